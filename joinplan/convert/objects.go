package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Where kubeadm keeps its objects.
const (
	kubeadmConfigMap = "configmap kube-system/kubeadm-config"
	clusterInfoMap   = "configmap kube-public/cluster-info"
	kubeProxyMap     = "configmap kube-system/kube-proxy"
)

const kubeProxyBreaks = "no node learns of new Services and endpoints: traffic goes to pods that are gone"

const (
	clusterInfoKey = "kubeconfig"
	kubeProxyKey   = "kubeconfig.conf"
)

func (s *survey) objects() {
	s.kubeadmConfig()
	configMaps := slices.Clone(s.in.Objects.ConfigMaps)
	slices.SortFunc(configMaps, func(a, b corev1.ConfigMap) int { return strings.Compare(objectName(a), objectName(b)) })
	for _, cm := range configMaps {
		s.configMap(cm)
	}
	s.pods()
}

func objectName(cm corev1.ConfigMap) string { return "configmap " + cm.Namespace + "/" + cm.Name }

func (s *survey) kubeadmConfig() {
	if s.state.KubeadmConfig.Text == "" {
		return
	}
	want, got := s.spec.ControlPlaneEndpoint.String(), s.config.ControlPlaneEndpoint
	r := Reference{
		Kind: KubeadmConfig, Where: kubeadmConfigMap, Field: "ClusterConfiguration.controlPlaneEndpoint", Address: got,
		Verdict: Done, Reason: "it is the endpoint",
		Breaks: "no control plane can join, and what kubeadm writes from now on names a single machine",
	}
	switch {
	case got == "":
		r.Verdict, r.Reason = Edit, "the cluster was built without an endpoint"
	case got != want:
		r.Verdict, r.Reason = Edit, "it is not "+want
	}
	s.add(r)
	for _, san := range s.spec.CertSANs {
		if !slices.Contains(s.config.APIServer.CertSANs, san) {
			s.add(Reference{
				Kind: KubeadmConfig, Where: kubeadmConfigMap, Field: "ClusterConfiguration.apiServer.certSANs", Address: san,
				Verdict: Edit, Reason: "the name is described and not there",
				Breaks: "the next certificate lacks the name",
			})
		}
	}
}

func (s *survey) configMap(cm corev1.ConfigMap) {
	where := objectName(cm)
	switch where {
	case kubeadmConfigMap:
	case clusterInfoMap:
		s.kubeconfigIn(cm, clusterInfoKey, ClusterInfo, "machines that join ask an address that is gone")
	case kubeProxyMap:
		s.kubeconfigIn(cm, kubeProxyKey, KubeProxy, kubeProxyBreaks)
	default:
		if cm.Name == "kubernetes-services-endpoint" {
			s.servicesEndpoint(cm)
			return
		}
		s.urlsIn(cm)
	}
}

// kubeconfigIn reads a kubeconfig that kubeadm keeps in a ConfigMap.
func (s *survey) kubeconfigIn(cm corev1.ConfigMap, key string, kind Kind, breaks string) {
	where := objectName(cm)
	config, err := parseKubeconfig([]byte(cm.Data[key]))
	if err != nil {
		s.miss(where, "its data[%q] is no kubeconfig (%v); mend it and capture it again", key, err)
		return
	}
	s.seen[where] = true
	for _, c := range config.Clusters {
		r := s.server(Reference{Kind: kind, Where: where, Field: serverField(key, c.Name), Address: c.Cluster.Server, Breaks: breaks, Cluster: c.Name})
		if kind == KubeProxy && r.InScope() && len(s.in.Objects.Pods) > 0 && !slices.ContainsFunc(s.in.Objects.Pods, isKubeProxy) {
			r.Verdict, r.Reason, r.Breaks = Keep, "no kube-proxy runs", ""
		}
		s.add(r)
	}
}

func serverField(key, cluster string) string {
	if key != "" {
		key += ": "
	}
	return fmt.Sprintf("%sclusters[%s].server", key, cluster)
}

// server judges a URL that must be the endpoint's.
func (s *survey) server(r Reference) Reference {
	r.Verdict, r.Reason = Edit, "it is not the endpoint"
	if r.Address == "" {
		r.Verdict, r.Reason = Manual, "it names no server"
	}
	if !isWord(r.Cluster) || strings.ContainsAny(r.Cluster, `"'\`) {
		r.Verdict, r.Reason = Manual, "no command can hold the name of its cluster"
	}
	if at, ok := parseServer(r.Address); ok && s.isEndpoint(at) {
		r.Verdict, r.Reason = Done, "it is the endpoint"
	}
	return r
}

// servicesEndpoint is Calico's ConfigMap, in the operator's namespace or its
// own.
func (s *survey) servicesEndpoint(cm corev1.ConfigMap) {
	host := cm.Data["KUBERNETES_SERVICE_HOST"]
	if host == "" {
		return
	}
	s.add(s.told(Reference{
		Kind: PodNetwork, Where: objectName(cm), Field: "KUBERNETES_SERVICE_HOST", Address: joinPort(host, cm.Data["KUBERNETES_SERVICE_PORT"]),
		Breaks: podNetworkBreaks, Tenant: isTenants(cm.Namespace),
	}, nil))
}

// urlsIn finds the URL of an API server in any other ConfigMap.
func (s *survey) urlsIn(cm corev1.ConfigMap) {
	kind, breaks := ConfigMap, "whatever reads it loses the API"
	if strings.HasPrefix(cm.Name, "cilium") && !isTenants(cm.Namespace) {
		kind, breaks = PodNetwork, podNetworkBreaks
	}
	for _, key := range slices.Sorted(maps.Keys(cm.Data)) {
		for _, url := range urls(cm.Data[key]) {
			at, ok := parseServer(url)
			if !ok || isLoopback(at.Host) || s.isService(at.Host) || !s.isOfCluster(at.Host) || !s.isAPIPort(at.Port) {
				continue
			}
			r := Reference{Kind: kind, Where: objectName(cm), Field: key, Address: url, Verdict: Manual, Reason: "it names one API server", Breaks: breaks, Tenant: isTenants(cm.Namespace)}
			if s.isEndpoint(at) {
				r.Verdict, r.Reason = Done, "it is the endpoint"
			}
			s.add(r)
		}
	}
}

func (s *survey) isAPIPort(port uint16) bool {
	old, _ := parseHostPort(s.config.ControlPlaneEndpoint, s.spec.APIServerPort)
	return port == s.spec.APIServerPort || port == s.spec.ControlPlaneEndpoint.Port || port == old.Port
}

// urls gives the words of a text that begin with https://, each as far as its
// port.
func urls(text string) []string {
	var out []string
	for {
		i := strings.Index(text, "https://")
		if i < 0 {
			return out
		}
		text = text[i:]
		end := len("https://")
		for end < len(text) && isAuthority(text[end]) {
			end++
		}
		out = append(out, strings.TrimRight(text[:end], ".:-"))
		text = text[end:]
	}
}

func isAuthority(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(".-_:[]", c) >= 0
}
