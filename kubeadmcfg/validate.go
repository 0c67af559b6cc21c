package kubeadmcfg

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// Validate judges the values as kubeadm does before it touches the machine, with
// its defaults filled in, and refuses some that kubeadm accepts and that fail
// later: these errors say so. What kubeadm finds out on the machine (the node's
// name, its address, the CRI socket) may be left out.
//
// All errors are joined, each a [*field.Error] whose path starts with the kind:
//
//	ClusterConfiguration.networking.podSubnet: Invalid value: "10.244.0.0/30": ...
//
// Secrets are never shown. What depends on kubeadm's release is judged by
// [File.ValidateFor].
func (f File) Validate() error {
	return f.validate(0)
}

// ValidateFor is [File.Validate] for one release of kubeadm, such as "v1.37.2":
// it also refuses API versions, fields, feature gates and Kubernetes versions
// that this kubeadm does not take.
func (f File) ValidateFor(kubeadmVersion string) error {
	r, err := parseRelease(kubeadmVersion)
	if err != nil {
		return err
	}
	return f.validate(r)
}

func (f File) validate(r release) error {
	errs := f.validateSet()
	if len(errs) == 0 {
		version, _ := f.Version()
		v := validator{version: version, release: r}
		given := f.hub()
		filled := f.hub()
		filled.setDefaults()
		for i, d := range filled.documents {
			errs = append(errs, v.document(d, given.documents[i])...)
		}
		errs = append(errs, f.validateRelease(r)...)
	}
	return finding.JoinErrors(asErrors(errs))
}

// validateSet checks that the documents make a set.
func (f File) validateSet() field.ErrorList {
	var errs field.ErrorList
	root := field.NewPath("documents")
	seen := map[string]bool{}
	for i, d := range f.Documents {
		at := root.Index(i)
		if isNil(d) {
			errs = append(errs, field.Required(at, "the document is nil"))
			continue
		}
		name := typeMeta(d).Kind
		if name != "" && seen[name] {
			errs = append(errs, field.Duplicate(at, name))
		}
		seen[name] = true
		if _, ours := kindOf(d); !ours {
			errs = append(errs, validateForeign(at, d)...)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	if _, err := f.Version(); err != nil {
		errs = append(errs, field.Invalid(root, field.OmitValueType{}, err.Error()))
	}
	return errs
}

// validateForeign checks a document of another group from the outside.
func validateForeign(at *field.Path, d Document) field.ErrorList {
	meta := typeMeta(d)
	if meta.Kind == "" || meta.APIVersion == "" {
		return field.ErrorList{field.Required(at, "a document of another group must say its apiVersion and kind")}
	}
	sameKind := func(k metav1.TypeMeta) bool { return k.Kind == meta.Kind && k.APIVersion != meta.APIVersion }
	if i := slices.IndexFunc(componentKinds, sameKind); i >= 0 {
		return field.ErrorList{invalid(at.Child("apiVersion"), meta.APIVersion, "a %s is of %s: write that", meta.Kind, componentKinds[i].APIVersion)}
	}
	if !slices.Contains(componentKinds, meta) {
		return field.ErrorList{invalid(at, meta.APIVersion+" "+meta.Kind, "kubeadm does not know this kind: it takes its own, KubeletConfiguration and KubeProxyConfiguration")}
	}
	if other, ok := d.(*Other); ok && !other.isWhole() {
		return field.ErrorList{invalidSecret(at.Child("text"), "want one document with this apiVersion and kind, and nothing else")}
	}
	return nil
}

// isWhole holds where the text is the one document that TypeMeta says.
func (o *Other) isWhole() bool {
	file, err := Parse([]byte(o.Text))
	return err == nil && len(file.Documents) == 1 && typeMeta(file.Documents[0]) == o.TypeMeta
}

// componentKinds are what kubeadm takes beside its own kinds.
var componentKinds = []metav1.TypeMeta{
	{APIVersion: "kubelet.config.k8s.io/v1beta1", Kind: "KubeletConfiguration"},
	{APIVersion: "kubeproxy.config.k8s.io/v1alpha1", Kind: "KubeProxyConfiguration"},
}

// A validator judges documents in the shape of v1, with the defaults filled in.
type validator struct {
	version Version
	release release // 0: any
}

// document judges a document; given is the same one as it was written.
func (v validator) document(d, given Document) field.ErrorList {
	switch d := d.(type) {
	case *v1.InitConfiguration:
		return v.init(field.NewPath(kindInit), d, given.(*v1.InitConfiguration))
	case *v1.ClusterConfiguration:
		return v.cluster(field.NewPath(kindCluster), d)
	case *v1.JoinConfiguration:
		return v.join(field.NewPath(kindJoin), d)
	case *v1.ResetConfiguration:
		return v.reset(field.NewPath(kindReset), d)
	case *v1.UpgradeConfiguration:
		return v.upgrade(field.NewPath(kindUpgrade), d)
	}
	return nil
}

func asErrors(list field.ErrorList) []error {
	errs := make([]error, len(list))
	for i, e := range list {
		errs[i] = e
	}
	return errs
}

// invalidSecret is field.Invalid without the value.
func invalidSecret(path *field.Path, format string, args ...any) *field.Error {
	return field.Invalid(path, field.OmitValueType{}, fmt.Sprintf(format, args...))
}

// invalid is field.Invalid with a formatted message.
func invalid(path *field.Path, value any, format string, args ...any) *field.Error {
	return field.Invalid(path, value, fmt.Sprintf(format, args...))
}
