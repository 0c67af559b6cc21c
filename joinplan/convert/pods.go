package convert

import (
	"net"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const podNetworkBreaks = "pods get no network on nodes that restart, and policies stand still"

const workloadBreaks = "the pod loses the API"

const mirrorAnnotation = "kubernetes.io/config.mirror"

func (s *survey) pods() {
	pods := slices.Clone(s.in.Objects.Pods)
	slices.SortFunc(pods, func(a, b corev1.Pod) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	for _, pod := range pods {
		_, mirror := pod.Annotations[mirrorAnnotation]
		if mirror && s.hasManifestsOf(pod.Spec.NodeName) {
			continue
		}
		s.pod(pod, podOwner(pod), "", mirror)
	}
}

// hasManifestsOf tells whether the files that mirror pods show were captured.
func (s *survey) hasManifestsOf(host string) bool {
	return slices.ContainsFunc(s.in.Files, func(f File) bool {
		return f.Host == host && path.Dir(f.Path) == manifestsDir
	})
}

// podOwner names what makes pods like this one, so that a DaemonSet of a hundred
// pods is one place.
func podOwner(pod corev1.Pod) string {
	for _, owner := range pod.OwnerReferences {
		kind, name := strings.ToLower(owner.Kind), owner.Name
		if kind == "replicaset" {
			if i := strings.LastIndexByte(name, '-'); i > 0 {
				kind, name = "deployment", name[:i]
			}
		}
		if kind != "node" {
			return kind + " " + pod.Namespace + "/" + name
		}
	}
	return "pod " + pod.Namespace + "/" + pod.Name
}

// pod reads what a pod was told. Static pods are manifests of a
// host, and the mirror pods that show them.
func (s *survey) pod(pod corev1.Pod, where, host string, static bool) {
	kind, breaks := podKind(pod)
	if host == "" && isTenants(pod.Namespace) {
		kind, breaks = Workload, workloadBreaks
	}
	node := pod.Spec.NodeName
	if host != "" {
		node = host
	}
	var local *machine
	if m, known := s.machine(node); known && static {
		local = &m
	}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		base := Reference{Kind: kind, Host: host, Where: where, Breaks: breaks, Tenant: host == "" && isTenants(pod.Namespace)}
		if value := envValue(c, "KUBERNETES_SERVICE_HOST"); value != "" {
			base.Field, base.Address = "KUBERNETES_SERVICE_HOST", joinPort(value, envValue(c, "KUBERNETES_SERVICE_PORT"))
			s.add(s.told(base, local))
		}
		s.flags(base, c, local)
	}
}

func podKind(pod corev1.Pod) (Kind, string) {
	names := strings.Join([]string{pod.Labels["k8s-app"], pod.Labels["app"], pod.Labels["io.cilium/app"], pod.Labels["app.kubernetes.io/part-of"], pod.Labels["name"], pod.Name}, " ")
	switch {
	case strings.Contains(names, "cilium"), strings.Contains(names, "calico"), strings.Contains(names, "tigera"), strings.Contains(names, "flannel"):
		return PodNetwork, podNetworkBreaks
	case strings.Contains(names, "konnectivity"):
		return Konnectivity, "the API server reaches no pod and no kubelet: logs, exec, webhooks and metrics fail"
	}
	return Workload, workloadBreaks
}

func envValue(c corev1.Container, name string) string {
	for _, env := range c.Env {
		if env.Name == name {
			return env.Value
		}
	}
	return ""
}

// addressFlags are flags that take the API server's address.
var addressFlags = []string{"proxy-server-host", "kube-api-url", "k8s-api-server", "k8s-api-server-urls", "master", "apiserver"}

func (s *survey) flags(base Reference, c corev1.Container, local *machine) {
	words := slices.Concat(c.Command, c.Args)
	for i, word := range words {
		name, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if !strings.HasPrefix(word, "-") || !slices.Contains(addressFlags, name) {
			continue
		}
		if !joined && i+1 < len(words) {
			value = words[i+1]
		}
		if value != "" {
			base.Field, base.Address = "--"+name, value
			s.add(s.told(base, local))
		}
	}
}

// told judges an address that a pod was told. Static pods end with their
// machine: what they say to the API server beside them does no harm.
func (s *survey) told(r Reference, local *machine) Reference {
	at, ok := parseServer(r.Address)
	if !ok {
		at, ok = parseHostPort(r.Address, s.spec.ControlPlaneEndpoint.Port)
	}
	r.Verdict, r.Reason = Manual, "it is not the endpoint"
	switch {
	case !ok:
		r.Reason = "it cannot be read as an address"
	case s.isEndpoint(at), r.Kind == Konnectivity && at.Host == canonicalHost(s.spec.ControlPlaneEndpoint.Host):
		r.Verdict, r.Reason = Done, "it is the endpoint"
	case isLoopback(at.Host):
		r.Verdict, r.Reason = Keep, "something on the machine itself answers there"
	case s.isService(at.Host):
		r.Verdict, r.Reason = Keep, "the Service kubernetes knows every API server"
	case local != nil && local.controlPlane && local.isLocal(at.Host):
		r.Verdict, r.Reason = Keep, "a static pod ends with the API server beside it"
	}
	return r
}

func joinPort(host, port string) string {
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}
