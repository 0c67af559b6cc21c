package kubeadmcfg

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"github.com/haplane/haplane/internal/v1beta2"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// A Document is one document of a file: a pointer to a kind of one of the
// packages v1beta3, v1beta4 and v1, an [Other], or a pointer to any other
// Kubernetes API object, such as a typed KubeletConfiguration.
type Document interface {
	// GetObjectKind gives the document's apiVersion and kind, where they are set.
	GetObjectKind() schema.ObjectKind
}

// An Other is a document that kubeadm hands on to somebody else, such as a
// KubeletConfiguration. It is carried as it is.
type Other struct {
	metav1.TypeMeta

	// Text is the whole document without separators, apiVersion and kind
	// included.
	Text string
}

// Decode reads the document into a Go type, strictly: fields that are unknown or
// given twice are errors, each a [ParseError] with its place in the document.
func (o *Other) Decode(into any) error {
	c := chunk{text: o.Text, line: 1}
	body, err := c.json()
	if err != nil {
		return errors.Join(c.syntaxErrors(err)...)
	}
	strictErrs, err := kjson.UnmarshalStrict(body, into)
	if err := errors.Join(append(strictErrs, err)...); err != nil {
		typ := reflect.TypeOf(into).Elem()
		return errors.Join(c.fieldErrors(kind{name: o.Kind, typ: typ}, true, err)...)
	}
	return nil
}

// A File is a set of documents, such as one InitConfiguration and one
// ClusterConfiguration. All documents of kubeadm's own group have the same API
// version, and each kind occurs once.
//
// The zero File is an empty set. A File may be read by many goroutines at once.
//
// It holds the secrets that its documents hold. Bytes and WriteTo give them out;
// printed, logged or marshalled it shows none. The documents themselves are
// plain data and show what they hold.
type File struct {
	// Documents in the order in which they are written.
	Documents []Document

	// Unknown are the fields that a tolerant read found and that the types have
	// no place for. They are written where they stood.
	Unknown []UnknownField
}

// An UnknownField is a field that these types do not know, as a newer kubeadm
// may write it.
type UnknownField struct {
	// Kind is the kind of the document that has it.
	Kind string

	// Path leads to it: field names, and positions in lists as decimal numbers.
	Path []string

	// Value is as encoding/json decodes it.
	Value any
}

// New gives the file of these documents:
//
//	file := kubeadmcfg.New(
//		&v1beta4.InitConfiguration{ ... },
//		&v1beta4.ClusterConfiguration{ ... },
//	)
func New(documents ...Document) File {
	return File{Documents: documents}
}

// Find gives the first document of a type, or nil:
//
//	cluster := kubeadmcfg.Find[v1beta4.ClusterConfiguration](file)
func Find[T any](f File) *T {
	for _, d := range f.Documents {
		if found, ok := any(d).(*T); ok {
			return found
		}
	}
	return nil
}

// Version gives the API version of the kubeadm documents. A file without any,
// one that mixes versions, and one with a nil document are errors.
func (f File) Version() (Version, error) {
	var version Version
	for i, d := range f.Documents {
		if isNil(d) {
			return "", fmt.Errorf("document %d is nil", i+1)
		}
		k, ours := kindOf(d)
		switch {
		case !ours:
		case version == "":
			version = k.version
		case version != k.version:
			return "", fmt.Errorf("the documents mix %s and %s; kubeadm wants one API version per file", version, k.version)
		}
	}
	if version == "" {
		return "", fmt.Errorf("there is no document of %s", Group)
	}
	return version, nil
}

// A kind is one row of the table of everything that has a type here.
type kind struct {
	version Version
	name    string
	typ     reflect.Type
}

const (
	kindInit    = "InitConfiguration"
	kindCluster = "ClusterConfiguration"
	kindJoin    = "JoinConfiguration"
	kindReset   = "ResetConfiguration"
	kindUpgrade = "UpgradeConfiguration"
)

var kinds = []kind{
	{V1Beta3, kindInit, reflect.TypeFor[v1beta3.InitConfiguration]()},
	{V1Beta3, kindCluster, reflect.TypeFor[v1beta3.ClusterConfiguration]()},
	{V1Beta3, kindJoin, reflect.TypeFor[v1beta3.JoinConfiguration]()},
	{V1Beta4, kindInit, reflect.TypeFor[v1beta4.InitConfiguration]()},
	{V1Beta4, kindCluster, reflect.TypeFor[v1beta4.ClusterConfiguration]()},
	{V1Beta4, kindJoin, reflect.TypeFor[v1beta4.JoinConfiguration]()},
	{V1Beta4, kindReset, reflect.TypeFor[v1beta4.ResetConfiguration]()},
	{V1Beta4, kindUpgrade, reflect.TypeFor[v1beta4.UpgradeConfiguration]()},
	{V1, kindInit, reflect.TypeFor[v1.InitConfiguration]()},
	{V1, kindCluster, reflect.TypeFor[v1.ClusterConfiguration]()},
	{V1, kindJoin, reflect.TypeFor[v1.JoinConfiguration]()},
	{V1, kindReset, reflect.TypeFor[v1.ResetConfiguration]()},
	{V1, kindUpgrade, reflect.TypeFor[v1.UpgradeConfiguration]()},
	{v1beta2Version, kindInit, reflect.TypeFor[v1beta2.InitConfiguration]()},
	{v1beta2Version, kindCluster, reflect.TypeFor[v1beta2.ClusterConfiguration]()},
	{v1beta2Version, kindJoin, reflect.TypeFor[v1beta2.JoinConfiguration]()},
}

// new gives an empty document of the kind with its TypeMeta filled in.
func (k kind) new() Document {
	d := reflect.New(k.typ).Interface().(Document)
	d.GetObjectKind().SetGroupVersionKind(k.gvk())
	return d
}

func (k kind) gvk() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: Group, Version: string(k.version), Kind: k.name}
}

func kindOf(d Document) (kind, bool) {
	t := reflect.TypeOf(d)
	if t.Kind() != reflect.Pointer {
		return kind{}, false
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.typ == t.Elem() })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

func kindNamed(version Version, name string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.version == version && k.name == name })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// typeMeta gives a document's apiVersion and kind: those of its Go type, and
// what it says of itself where the type is not one of kubeadm's.
func typeMeta(d Document) metav1.TypeMeta {
	gvk := d.GetObjectKind().GroupVersionKind()
	if k, ours := kindOf(d); ours {
		gvk = k.gvk()
	}
	apiVersion, name := gvk.ToAPIVersionAndKind()
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: name}
}

func isNil(d Document) bool {
	return d == nil || reflect.ValueOf(d).Kind() == reflect.Pointer && reflect.ValueOf(d).IsNil()
}
