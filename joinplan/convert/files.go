package convert

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/hostsfile"
)

// Where kubeadm keeps its files.
const (
	kubernetesDir  = "/etc/kubernetes"
	adminConf      = kubernetesDir + "/admin.conf"
	superAdminConf = kubernetesDir + "/super-admin.conf"
	kubeletConf    = kubernetesDir + "/kubelet.conf"
	controllerConf = kubernetesDir + "/controller-manager.conf"
	schedulerConf  = kubernetesDir + "/scheduler.conf"
	manifestsDir   = kubernetesDir + "/manifests"
	hostsPath      = "/etc/hosts"
)

// kubeconfigs of kubeadm, by their paths.
var kubeconfigs = map[string]struct {
	kind   Kind
	breaks string
}{
	adminConf:      {Admin, "kubectl and kubeadm on this machine fail"},
	superAdminConf: {SuperAdmin, "the way in past RBAC fails when it is needed"},
	kubeletConf:    {Kubelet, "the node goes NotReady and its pods are evicted"},
	controllerConf: {ControllerManager, "this kube-controller-manager cannot lead"},
	schedulerConf:  {Scheduler, "this kube-scheduler cannot lead"},
}

// files looks at the files host by host, in the order of the hosts.
func (s *survey) files() []error {
	order := func(f File) int {
		return slices.IndexFunc(s.hosts, func(m machine) bool { return m.name == f.Host })
	}
	files := slices.Clone(s.in.Files)
	slices.SortStableFunc(files, func(a, b File) int {
		if d := order(a) - order(b); d != 0 {
			return d
		}
		return strings.Compare(place(a.Host, a.Path), place(b.Host, b.Path))
	})
	var errs []error
	for _, f := range files {
		if err := s.file(f); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", place(f.Host, f.Path), err))
		}
	}
	return errs
}

func (s *survey) file(f File) error {
	m, known := s.machine(f.Host)
	switch {
	case f.Host != "" && f.Path == hostsPath:
		s.hostsFile(f)
		return nil
	case f.Host == "":
		return s.kubeconfigFile(f, machine{})
	case !known:
		return errors.New("the host is no node of the cluster and of the description; name the directory or the host as the node is named")
	case f.Path == s.servingCert():
		return s.certificate(f, m)
	case path.Dir(f.Path) == manifestsDir:
		return s.manifest(f)
	}
	if _, kubeadms := kubeconfigs[f.Path]; kubeadms {
		return s.kubeadmKubeconfig(f, m)
	}
	return s.kubeconfigFile(f, m)
}

func (s *survey) kubeadmKubeconfig(f File, m machine) error {
	config, err := parseKubeconfig(f.Content.Reveal())
	if err != nil {
		return err
	}
	s.seen[place(f.Host, f.Path)] = true
	known := kubeconfigs[f.Path]
	for _, c := range config.Clusters {
		s.add(s.mayBeLocal(s.server(Reference{
			Kind: known.kind, Host: f.Host, Where: f.Path, Field: serverField("", c.Name), Address: c.Cluster.Server, Breaks: known.breaks, Cluster: c.Name,
		}), m))
	}
	return nil
}

// mayBeLocal lets the components of a control plane talk to the API server
// beside them, where kubeadm has them do so.
func (s *survey) mayBeLocal(r Reference, m machine) Reference {
	if r.Verdict == Done {
		return r
	}
	at, ok := parseServer(r.Address)
	local := ok && m.controlPlane && m.isLocal(at.Host) && at.Port == s.spec.APIServerPort
	leads := r.Kind == ControllerManager || r.Kind == Scheduler
	switch {
	case leads && local:
		r.Verdict, r.Reason, r.Breaks = Keep, "it works with the API server beside it, and another one leads when that is gone", ""
	case leads:
		r.Verdict, r.Reason = Manual, "it names another machine's API server"
	case r.Kind == Kubelet && local && s.kubeletIsLocal():
		r.Verdict, r.Reason, r.Breaks = Keep, "this kubeadm has the kubelet of a control plane talk to the API server beside it", ""
	case r.Kind == Kubelet && local:
		r.Reason = "this kubeadm has the kubelet of a control plane talk to the endpoint"
	}
	return r
}

// kubeconfigFile is any other file: what is no kubeconfig is none of ours.
func (s *survey) kubeconfigFile(f File, m machine) error {
	config, err := parseKubeconfig(f.Content.Reveal())
	if err != nil && m.name != "" {
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range config.Clusters {
		r := s.server(Reference{
			Kind: Kubeconfig, Host: f.Host, Where: f.Path, Field: serverField("", c.Name), Address: c.Cluster.Server,
			Breaks: "whoever uses it is locked out", Cluster: c.Name,
		})
		s.add(s.ofOthers(r, c, f))
	}
	return nil
}

// ofOthers judges kubeconfigs that kubeadm did not write.
func (s *survey) ofOthers(r Reference, c namedCluster, f File) Reference {
	at, ok := parseServer(r.Address)
	hashes := c.caHashes()
	another := len(hashes) > 0 && len(s.state.ClusterInfo.CACertHashes) > 0 &&
		!slices.ContainsFunc(hashes, func(h string) bool { return slices.Contains(s.state.ClusterInfo.CACertHashes, h) })
	switch {
	case r.Verdict == Done:
	case another:
		r.Verdict, r.Reason, r.Breaks = Keep, "it is for another cluster: its CA is not this one's", ""
	case !ok || len(hashes) == 0 && !s.isOfCluster(at.Host):
		r.Verdict, r.Reason, r.Breaks = Keep, "it names none of this cluster's API servers", ""
	case s.isService(at.Host):
		r.Verdict, r.Reason, r.Breaks = Keep, "the Service kubernetes knows every API server", ""
	case strings.HasPrefix(f.Path, "/etc/cni/"):
		r.Kind, r.Verdict, r.Reason, r.Breaks = PodNetwork, Manual, "the pod network writes it from its own settings", podNetworkBreaks
	case f.Host == "":
		r.Verdict, r.Reason = Manual, "it is on nobody's machine of the cluster"
	}
	return r
}

func (s *survey) manifest(f File) error {
	var pod corev1.Pod
	if err := yaml.Unmarshal(f.Content.Reveal(), &pod); err != nil {
		return errors.New("it is no manifest of a pod")
	}
	if pod.Kind == "Pod" {
		s.pod(pod, f.Path, f.Host, true)
	}
	return nil
}

// hostsFile compares what the endpoint's name resolves to, where both are known.
func (s *survey) hostsFile(f File) {
	name := s.spec.ControlPlaneEndpoint.Host
	answer, found := hostsfile.Parse(f.Content.Reveal()).LookupName(name, hostsfile.AnyFamily)
	if len(s.spec.EndpointAddresses) == 0 || !found {
		return
	}
	for _, addr := range answer.Addrs {
		r := Reference{
			Kind: HostsEntry, Host: f.Host, Where: f.Path, Field: name, Address: addr.String(), Verdict: Done,
			Reason: "it is an address of the endpoint", Breaks: "everything on this machine loses the endpoint",
		}
		if !slices.Contains(s.spec.EndpointAddresses, addr) {
			r.Verdict, r.Reason = Edit, "the endpoint has another address"
		}
		s.add(r)
	}
}
