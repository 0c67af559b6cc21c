package convert

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// lookForMissing names what was not captured and can hold an address. Files that
// need not be there (super-admin.conf before 1.29) are not among them.
func (s *survey) lookForMissing() {
	if len(s.state.Nodes) == 0 {
		s.miss("nodes", "kubectl get nodes -o json")
	}
	for _, node := range s.state.Nodes {
		if _, described := s.machine(node.Name); !described {
			s.miss("node "+node.Name, "it is in the cluster; put it into the description")
		}
	}
	if s.state.KubeadmConfig.Text == "" {
		s.miss(kubeadmConfigMap, "kubectl get configmap -n kube-system kubeadm-config -o json")
	}
	s.missedObject(clusterInfoMap, "kubectl get configmap -n kube-public cluster-info -o json")
	if len(s.in.Objects.Pods) == 0 {
		s.miss("pods", "kubectl get pods -A -o json")
	}
	if slices.ContainsFunc(s.in.Objects.Pods, isKubeProxy) {
		s.missedObject(kubeProxyMap, "kubectl get configmap -n kube-system kube-proxy -o json")
	}
	for _, m := range s.hosts {
		s.missedFiles(m)
	}
}

func isKubeProxy(pod corev1.Pod) bool {
	return pod.Namespace == "kube-system" && pod.Labels["k8s-app"] == "kube-proxy"
}

func (s *survey) missedObject(where, command string) {
	said := slices.ContainsFunc(s.census.Missing, func(m Missing) bool { return m.Place == where })
	if !s.seen[where] && !said {
		s.miss(where, "%s", command)
	}
}

func (s *survey) missedFiles(m machine) {
	want := []string{kubeletConf}
	if m.controlPlane {
		want = []string{s.servingCert(), adminConf, kubeletConf}
	}
	for _, file := range want {
		if where := place(m.name, file); !s.seen[where] {
			s.miss(where, "copy it from the machine; lines with client-key-data may be left out")
		}
	}
}
