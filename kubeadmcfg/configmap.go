package kubeadmcfg

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// clusterConfigurationKey is where the ConfigMap kube-system/kubeadm-config has
// the ClusterConfiguration.
const clusterConfigurationKey = "ClusterConfiguration"

// Stored is the ClusterConfiguration that a cluster has of itself, in the
// ConfigMap kube-system/kubeadm-config. [ParseStored] makes one.
type Stored struct {
	// Text is the ClusterConfiguration, byte for byte.
	Text string

	// APIVersion is that of Text, such as "kubeadm.k8s.io/v1beta4". It may be
	// one that has no types here.
	APIVersion string

	// Cluster is what Text says, in the newest types, whatever its API version.
	// Fields that these do not have are in Text only.
	Cluster v1.ClusterConfiguration `json:"-"`
}

// ParseStored reads a ClusterConfiguration as a cluster keeps it. Fields that a
// newer kubeadm wrote are no error, and neither is an API version without types
// here, as long as its fields are those of the known ones.
func ParseStored(text string) (Stored, error) { return parseStored(text, chunk{line: 1}) }

// parseStored reads a text that stands at a place in another one.
func parseStored(text string, at chunk) (Stored, error) {
	if len(text) > MaxSize {
		return Stored{}, fmt.Errorf("a ClusterConfiguration of %d bytes: more than %d are not read", len(text), MaxSize)
	}
	chunks := split([]byte(text))
	if len(chunks) != 1 {
		return Stored{}, fmt.Errorf("want one ClusterConfiguration, got %d documents", len(chunks))
	}
	chunks[0].line, _ = at.position(chunks[0].line, 1)
	chunks[0].indent, chunks[0].flat = at.indent, at.flat
	var meta metav1.TypeMeta
	body, err := chunks[0].json()
	if err != nil {
		return Stored{}, errors.Join(chunks[0].syntaxErrors(err)...)
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, &meta); err != nil || meta.GroupVersionKind().Group != Group || meta.Kind != kindCluster {
		return Stored{}, fmt.Errorf("want a %s of %s", kindCluster, Group)
	}
	cluster, err := chunks[0].cluster(body, meta)
	if err != nil {
		return Stored{}, err
	}
	return Stored{Text: text, APIVersion: meta.APIVersion, Cluster: cluster}, nil
}

// cluster reads a ClusterConfiguration into the newest types.
func (c chunk) cluster(body []byte, meta metav1.TypeMeta) (v1.ClusterConfiguration, error) {
	p := parser{}
	if _, known := kindNamed(Version(meta.GroupVersionKind().Version), kindCluster); !known {
		return c.clusterOfUnknownVersion(body)
	}
	p.document(c, body, meta)
	if len(p.errs) > 0 {
		return v1.ClusterConfiguration{}, errors.Join(p.errs...)
	}
	return *Find[v1.ClusterConfiguration](File{Documents: p.file.hub().documents}), nil
}

// clusterOfUnknownVersion reads what all versions so far have in common: flags
// are a mapping in the old ones, and a list in the new ones.
func (c chunk) clusterOfUnknownVersion(body []byte) (v1.ClusterConfiguration, error) {
	for _, version := range []Version{V1, V1Beta3} {
		k, _ := kindNamed(version, kindCluster)
		d := k.new()
		if _, err := kjson.UnmarshalStrict(body, d); err == nil {
			return *Find[v1.ClusterConfiguration](File{Documents: New(d).hub().documents}), nil
		}
	}
	return v1.ClusterConfiguration{}, c.error(1, "the API version is not known here, and its fields are not those of the known ones")
}

// UnmarshalJSON reads what json.Marshal gives: Cluster is read from the Text
// again.
func (s *Stored) UnmarshalJSON(data []byte) error {
	type plain Stored
	var given plain
	if err := json.Unmarshal(data, &given); err != nil || given.Text == "" {
		*s = Stored(given)
		return err
	}
	stored, err := ParseStored(given.Text)
	*s = stored
	return err
}

// ParseConfigMap reads what "kubectl get configmap -n kube-system kubeadm-config
// -o yaml" (or json) prints. A List is searched for the ConfigMap.
func ParseConfigMap(text []byte) (Stored, error) {
	if len(text) > MaxSize {
		return Stored{}, &ParseError{Input: inputName, Line: 1, Column: 1, Msg: fmt.Sprintf("the text has %d bytes; more than %d cannot be a ConfigMap", len(text), MaxSize)}
	}
	chunks := split(text)
	if len(chunks) != 1 {
		return Stored{}, &ParseError{Input: inputName, Line: 1, Column: 1, Msg: fmt.Sprintf("want the one ConfigMap kubeadm-config, got %d documents", len(chunks))}
	}
	c := chunks[0]
	body, err := c.json()
	if err != nil {
		return Stored{}, errors.Join(c.syntaxErrors(err)...)
	}
	var list struct {
		metav1.TypeMeta `json:",inline"`
		Items           []corev1.ConfigMap `json:"items"`
	}
	var cm corev1.ConfigMap
	if err := errors.Join(yaml.Unmarshal(body, &list), yaml.Unmarshal(body, &cm)); err != nil {
		return Stored{}, &ParseError{Input: inputName, Line: c.line, Column: 1, Msg: "want the ConfigMap kubeadm-config as kubectl prints it"}
	}
	for _, item := range list.Items {
		if _, has := item.Data[clusterConfigurationKey]; has {
			cm = item
			cm.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
		}
	}
	if cm.Kind != "ConfigMap" || cm.APIVersion != "v1" {
		return Stored{}, &ParseError{Input: inputName, Line: c.line, Column: 1, Msg: fmt.Sprintf("want a v1 ConfigMap, got %q %q", cm.APIVersion, cm.Kind)}
	}
	return fromConfigMap(&cm, c.block(clusterConfigurationKey))
}

// FromConfigMap reads the ConfigMap kube-system/kubeadm-config.
func FromConfigMap(cm *corev1.ConfigMap) (Stored, error) { return fromConfigMap(cm, chunk{line: 1}) }

func fromConfigMap(cm *corev1.ConfigMap, at chunk) (Stored, error) {
	path := field.NewPath("data").Key(clusterConfigurationKey)
	text, has := "", false
	if cm != nil {
		text, has = cm.Data[clusterConfigurationKey]
	}
	if !has {
		return Stored{}, field.Required(path, "this is not the ConfigMap kube-system/kubeadm-config: it has no such key")
	}
	return parseStored(text, at)
}

// File parses the ClusterConfiguration, tolerantly: fields that a newer kubeadm
// wrote are kept in File.Unknown. An API version without types here is an
// error.
func (s Stored) File() (File, error) {
	return ParseTolerant([]byte(s.Text))
}

// UploadCertsFile gives the file for "kubeadm init phase upload-certs
// --upload-certs --config FILE": the ClusterConfiguration byte for byte, and an
// InitConfiguration of the same API version that names the CRI socket and
// nothing else. kubeadm needs the second on machines with more than one
// container runtime, because the phase has no flag for the socket.
//
// A CRI socket that kubeadm would not accept is an error.
func (s Stored) UploadCertsFile(criSocket string) ([]byte, error) {
	path := field.NewPath("nodeRegistration", "criSocket")
	if criSocket == "" {
		return nil, field.Required(path, "name the container runtime's socket, such as unix:///var/run/containerd/containerd.sock")
	}
	if errs := validateCRISocket(path, criSocket); len(errs) > 0 {
		return nil, errors.Join(asErrors(errs)...)
	}
	init := "apiVersion: " + scalar(s.APIVersion) + "\n" +
		"kind: " + kindInit + "\n" +
		"nodeRegistration:\n" +
		"  criSocket: " + scalar(criSocket) + "\n"
	return append(s.document(), separator+init...), nil
}

// PhaseFile gives the file for a phase of "kubeadm init" on a cluster that is
// there: the ClusterConfiguration byte for byte, and these documents, an
// InitConfiguration as a rule, in the same API version.
//
// To change the ClusterConfiguration take [Stored.File], and write that.
func (s Stored) PhaseFile(documents ...Document) ([]byte, error) {
	version, err := s.version()
	if err != nil {
		return nil, err
	}
	more, err := New(documents...).Convert(version)
	if err != nil {
		return nil, err
	}
	if Find[v1.ClusterConfiguration](File{Documents: more.hub().documents}) != nil {
		return nil, errors.New("the ClusterConfiguration comes from the cluster, and kubeadm takes one only")
	}
	return append(s.document(), separator+string(more.Bytes())...), nil
}

// JoinFile gives the file with which a machine joins the cluster, in the API
// version that the cluster's ClusterConfiguration has. An endpoint that the
// JoinConfiguration, of any version, does not name is the control-plane
// endpoint. A control plane cannot join a cluster that has none.
func (s Stored) JoinFile(join Document) (File, error) {
	version, err := s.version()
	if err != nil {
		return File{}, err
	}
	stored, err := s.File()
	if err != nil {
		return File{}, err
	}
	cluster := Find[v1.ClusterConfiguration](File{Documents: stored.hub().documents})
	to := Find[v1.JoinConfiguration](File{Documents: New(join).hub().documents})
	switch {
	case to == nil:
		return File{}, errors.New("want a JoinConfiguration")
	case to.ControlPlane != nil && cluster.ControlPlaneEndpoint == "":
		return File{}, field.Required(field.NewPath(kindCluster, "controlPlaneEndpoint"), "no control plane can join a cluster that has no control-plane endpoint")
	}
	if b := to.Discovery.BootstrapToken; b != nil {
		fill(&b.APIServerEndpoint, cluster.ControlPlaneEndpoint)
	}
	return New(to).Convert(version)
}

// In gives the ClusterConfiguration in another API version. Its text is then
// ours, not the cluster's. v1beta3's control-plane timeout, which no later
// ClusterConfiguration has, is left out, as kubeadm does when it upgrades a
// cluster; everything else that would be lost is a [*LossError].
func (s Stored) In(version Version) (Stored, error) {
	if s.APIVersion == version.APIVersion() {
		return s, nil
	}
	file, err := s.File()
	if err != nil {
		return Stored{}, err
	}
	converted, err := file.Convert(version)
	if err != nil {
		return Stored{}, err
	}
	isCluster := func(d Document) bool { return typeMeta(d).Kind == kindCluster }
	i := slices.IndexFunc(converted.Documents, isCluster)
	return ParseStored(string(New(converted.Documents[i]).Bytes()))
}

func (s Stored) version() (Version, error) {
	version := Version(strings.TrimPrefix(s.APIVersion, Group+"/"))
	if _, known := supported[version]; !known {
		return "", fmt.Errorf("the cluster's API version %s is not known here; known are %s, %s and %s", s.APIVersion, V1Beta3, V1Beta4, V1)
	}
	if version == v1beta2Version {
		return "", fmt.Errorf("the cluster's API version is %s, which is not written; kubeadm upgrade to 1.22 or later makes it %s", s.APIVersion, V1Beta3)
	}
	return version, nil
}

// document is the text with a newline at its end.
func (s Stored) document() []byte {
	if strings.HasSuffix(s.Text, "\n") {
		return []byte(s.Text)
	}
	return []byte(s.Text + "\n")
}
