package joinplan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// InitFile gives the configuration with which the first control plane
// initialises the cluster: an InitConfiguration, a ClusterConfiguration and,
// where the description has one, the KubeletConfiguration. It is written in the
// described API version, or in the newest that the kubeadm of that machine
// reads.
//
// Errors are those of the description and of [kubeadmcfg.File.ValidateFor].
func InitFile(spec cluster.Spec) (kubeadmcfg.File, error) {
	spec, err := Ordered(spec)
	if err != nil {
		return kubeadmcfg.File{}, err
	}
	return initFile(spec)
}

// UploadCertsFile gives the configuration for `kubeadm init phase upload-certs
// --upload-certs --config`, a phase that has no flag for the CRI socket: the
// ClusterConfiguration, and an InitConfiguration that only carries the socket.
//
// It is for a cluster that was initialised from the same description. For any
// other, take the ClusterConfiguration that the cluster itself holds:
// [kubeadmcfg.Stored.UploadCertsFile].
func UploadCertsFile(spec cluster.Spec) (kubeadmcfg.File, error) {
	spec, err := Ordered(spec)
	if err != nil {
		return kubeadmcfg.File{}, err
	}
	return uploadCertsFile(spec)
}

// JoinFile gives the configuration with which a machine of the description
// joins, as a control plane or as a worker. The credentials are those that
// kubeadm printed; a control plane needs the certificate key too. The file
// holds the secrets: write it with mode 0600.
func JoinFile(spec cluster.Spec, name string, credentials kubeadmcmd.Credentials) (kubeadmcfg.File, error) {
	spec, err := Ordered(spec)
	if err != nil {
		return kubeadmcfg.File{}, err
	}
	node, controlPlane, err := joining(spec, name)
	if err != nil {
		return kubeadmcfg.File{}, err
	}
	return joinFile(spec, node, controlPlane, credentials)
}

// joining finds the machine and tells whether it joins as a control plane.
func joining(spec cluster.Spec, name string) (cluster.Node, bool, error) {
	i := slices.IndexFunc(spec.Nodes(), func(n cluster.Node) bool { return n.Name == name })
	switch {
	case i < 0:
		return cluster.Node{}, false, fmt.Errorf("the description has no control plane and no worker named %q", name)
	case i == 0:
		return cluster.Node{}, false, fmt.Errorf("%s is the first control plane: it initialises the cluster and does not join it", name)
	}
	return spec.Nodes()[i], i < len(spec.ControlPlanes), nil
}

func initFile(spec cluster.Spec) (kubeadmcfg.File, error) {
	first := spec.ControlPlanes[0]
	documents := []kubeadmcfg.Document{
		&v1beta4.InitConfiguration{
			NodeRegistration: registration(first),
			LocalAPIEndpoint: apiEndpoint(spec, first),
			SkipPhases:       spec.SkipPhases,
			Patches:          patches(first),
		},
		clusterConfiguration(spec),
	}
	if spec.KubeletConfiguration != "" {
		other, err := kubeletConfiguration(spec.KubeletConfiguration)
		if err != nil {
			return kubeadmcfg.File{}, err
		}
		documents = append(documents, other)
	}
	return versioned(spec, first, documents...)
}

func uploadCertsFile(spec cluster.Spec) (kubeadmcfg.File, error) {
	first := spec.ControlPlanes[0]
	return versioned(spec, first, clusterConfiguration(spec), &v1beta4.InitConfiguration{
		NodeRegistration: v1beta4.NodeRegistrationOptions{CRISocket: first.CRISocket},
	})
}

func joinFile(spec cluster.Spec, node cluster.Node, controlPlane bool, credentials kubeadmcmd.Credentials) (kubeadmcfg.File, error) {
	join := &v1beta4.JoinConfiguration{
		NodeRegistration: registration(node),
		Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{
			APIServerEndpoint: spec.ControlPlaneEndpoint.String(),
			Token:             credentials.Token.Reveal(),
			CACertHashes:      credentials.CACertHashes,
		}},
		Patches: patches(node),
	}
	if controlPlane {
		join.ControlPlane = &v1beta4.JoinControlPlane{
			LocalAPIEndpoint: apiEndpoint(spec, node),
			CertificateKey:   credentials.CertificateKey.Reveal(),
		}
	}
	return versioned(spec, node, join)
}

// versioned gives the documents in the API version of the machine's kubeadm,
// checked by kubeadm's rules.
func versioned(spec cluster.Spec, node cluster.Node, documents ...kubeadmcfg.Document) (kubeadmcfg.File, error) {
	version := kubeadmcfg.Version(spec.KubeadmAPIVersion)
	if version == "" {
		newest, err := kubeadmcfg.VersionFor(node.KubeadmVersion)
		if err != nil {
			return kubeadmcfg.File{}, fmt.Errorf("kubeadmVersion: %w", err)
		}
		version = newest
	}
	file, err := kubeadmcfg.New(documents...).Convert(version)
	if err != nil {
		return kubeadmcfg.File{}, err
	}
	return file, file.ValidateFor(node.KubeadmVersion)
}

func clusterConfiguration(spec cluster.Spec) *v1beta4.ClusterConfiguration {
	config := &v1beta4.ClusterConfiguration{
		KubernetesVersion:    spec.KubernetesVersion,
		ClusterName:          spec.Name,
		ControlPlaneEndpoint: spec.ControlPlaneEndpoint.String(),
		Networking: v1beta4.Networking{
			ServiceSubnet: joinPrefixes(spec.ServiceSubnets),
			PodSubnet:     joinPrefixes(spec.PodSubnets),
			DNSDomain:     spec.DNSDomain,
		},
		APIServer: v1beta4.APIServer{
			ExtraArgs:    args(spec.APIServer.ExtraArgs),
			ExtraVolumes: volumes(spec.APIServer.ExtraVolumes),
			CertSANs:     certSANs(spec),
		},
		ControllerManager: component(spec.ControllerManager),
		Scheduler:         component(spec.Scheduler),
	}
	if etcd := spec.ExternalEtcd; etcd != nil {
		config.Etcd.External = &v1beta4.ExternalEtcd{
			Endpoints: etcd.Endpoints,
			CAFile:    etcd.CAFile,
			CertFile:  etcd.CertFile,
			KeyFile:   etcd.KeyFile,
		}
	}
	return config
}

// certSANs adds the addresses of control planes by which kubeadm does not know
// them: it puts only the one that is advertised into their certificates.
func certSANs(spec cluster.Spec) []string {
	sans := slices.Clone(spec.CertSANs)
	for _, node := range spec.ControlPlanes {
		for _, addr := range node.Addresses() {
			if text := addr.String(); addr != node.APIServerAddress() && !slices.Contains(sans, text) {
				sans = append(sans, text)
			}
		}
	}
	return sans
}

func component(c cluster.Component) v1beta4.ControlPlaneComponent {
	return v1beta4.ControlPlaneComponent{ExtraArgs: args(c.ExtraArgs), ExtraVolumes: volumes(c.ExtraVolumes)}
}

func args(list []cluster.Arg) []v1beta4.Arg {
	var out []v1beta4.Arg
	for _, a := range list {
		out = append(out, v1beta4.Arg{Name: a.Name, Value: a.Value})
	}
	return out
}

func volumes(list []cluster.Volume) []v1beta4.HostPathMount {
	var out []v1beta4.HostPathMount
	for _, v := range list {
		out = append(out, v1beta4.HostPathMount{Name: v.Name, HostPath: v.HostPath, MountPath: v.MountPath, ReadOnly: v.ReadOnly, PathType: v.PathType})
	}
	return out
}

func patches(node cluster.Node) *v1beta4.Patches {
	if node.PatchesDirectory == "" {
		return nil
	}
	return &v1beta4.Patches{Directory: node.PatchesDirectory}
}

func registration(node cluster.Node) v1beta4.NodeRegistrationOptions {
	return v1beta4.NodeRegistrationOptions{
		Name:                  node.Name,
		CRISocket:             node.CRISocket,
		Taints:                node.Taints,
		IgnorePreflightErrors: node.IgnorePreflightErrors,
		KubeletExtraArgs:      kubeletArgs(node),
	}
}

// kubeletArgs names the node's addresses to the kubelet, which would otherwise
// take the one of the default route: the wrong one where a machine has several.
// All labels stand in one argument, because v1beta3 keeps only one of a name.
func kubeletArgs(node cluster.Node) []v1beta4.Arg {
	addresses := make([]string, 0, 2)
	for _, addr := range node.Addresses() {
		addresses = append(addresses, addr.String())
	}
	nodeIP := v1beta4.Arg{Name: "node-ip", Value: strings.Join(addresses, ",")}
	var labels []string
	var others []v1beta4.Arg
	for _, a := range args(node.KubeletArgs) {
		switch a.Name {
		case "node-ip":
			nodeIP.Value = a.Value
		case "node-labels":
			labels = append(labels, a.Value)
		default:
			others = append(others, a)
		}
	}
	labels = append(labels, pairs(node.Labels, cluster.KubeletMaySet)...)
	out := []v1beta4.Arg{nodeIP}
	if len(labels) > 0 {
		out = append(out, v1beta4.Arg{Name: "node-labels", Value: strings.Join(labels, ",")})
	}
	return append(out, others...)
}

func apiEndpoint(spec cluster.Spec, node cluster.Node) v1beta4.APIEndpoint {
	endpoint := v1beta4.APIEndpoint{AdvertiseAddress: node.APIServerAddress().String()}
	if spec.APIServerPort != cluster.DefaultAPIServerPort {
		endpoint.BindPort = int32(spec.APIServerPort)
	}
	return endpoint
}

func joinPrefixes(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, p := range prefixes {
		texts[i] = p.String()
	}
	return strings.Join(texts, ",")
}

func kubeletConfiguration(text string) (*kubeadmcfg.Other, error) {
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal([]byte(text), &meta); err != nil {
		return nil, fmt.Errorf("kubeletConfiguration: %w", err)
	}
	if meta.Kind != "KubeletConfiguration" {
		return nil, fmt.Errorf("kubeletConfiguration: kind is %q; give a KubeletConfiguration of kubelet.config.k8s.io/v1beta1 with its apiVersion and kind", meta.Kind)
	}
	return &kubeadmcfg.Other{TypeMeta: meta, Text: text}, nil
}

// JoinCommand gives the same join in flags, for a shell on the machine. Its
// arguments show in ps and in the shell's history, and kubeadm has no flags for
// labels, taints and kubelet arguments: prefer [JoinFile].
func JoinCommand(spec cluster.Spec, name string, credentials kubeadmcmd.Credentials) (kubeadmcmd.Command, error) {
	spec, err := Ordered(spec)
	if err != nil {
		return kubeadmcmd.Command{}, err
	}
	node, controlPlane, err := joining(spec, name)
	if err != nil {
		return kubeadmcmd.Command{}, err
	}
	return joinCommand(spec, node, controlPlane, credentials)
}

func joinCommand(spec cluster.Spec, node cluster.Node, controlPlane bool, credentials kubeadmcmd.Credentials) (kubeadmcmd.Command, error) {
	join := kubeadmcmd.Join{
		Endpoint:              spec.ControlPlaneEndpoint.String(),
		Token:                 credentials.Token,
		CACertHashes:          credentials.CACertHashes,
		CRISocket:             node.CRISocket,
		NodeName:              node.Name,
		Patches:               node.PatchesDirectory,
		IgnorePreflightErrors: node.IgnorePreflightErrors,
	}
	if controlPlane {
		join.ControlPlane = true
		join.CertificateKey = credentials.CertificateKey
		join.AdvertiseAddress = node.APIServerAddress()
		join.BindPort = int(apiEndpoint(spec, node).BindPort)
	}
	return join.Command()
}
