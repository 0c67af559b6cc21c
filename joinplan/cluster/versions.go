package cluster

import (
	"fmt"

	"github.com/haplane/haplane/kubeadmcfg"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/version"
)

// kubeadmSkew is how many minor versions kubeadm may be ahead of the control
// plane.
const kubeadmSkew = 1

// behindKubeadm is how many minor versions a kubelet may be older than the
// kubeadm that starts it: kubernetes/kubeadm#2924.
func behindKubeadm(kubeadm int) int {
	if kubeadm < 29 {
		return 1
	}
	return 3
}

// behindAPIServer is how many minor versions a kubelet may be older than the API
// servers: https://kubernetes.io/releases/version-skew-policy/.
func behindAPIServer(kubelet int) int {
	if kubelet < 25 {
		return 2
	}
	return 3
}

func (s Spec) checkVersions() field.ErrorList {
	p := field.NewPath("kubernetesVersion")
	if s.KubernetesVersion == "" {
		return field.ErrorList{field.Required(p, "give the exact version, such as v1.37.2")}
	}
	list := checkVersion(p, s.KubernetesVersion)
	list = append(list, checkVersion(field.NewPath("kubeadmVersion"), s.KubeadmVersion)...)
	switch kubeadmcfg.Version(s.KubeadmAPIVersion) {
	case "", kubeadmcfg.V1Beta3, kubeadmcfg.V1Beta4:
	default:
		list = append(list, field.NotSupported(field.NewPath("kubeadmAPIVersion"), s.KubeadmAPIVersion, []kubeadmcfg.Version{kubeadmcfg.V1Beta3, kubeadmcfg.V1Beta4}))
	}
	return list
}

// minorOf gives y of 1.y.z.
func minorOf(text string) (int, bool) {
	if !versionText.holds(text) {
		return 0, false
	}
	v, err := version.ParseSemantic(text)
	if err != nil {
		return 0, false
	}
	return int(v.Minor()), true
}

// skewed are the settings of one machine, or of a group of them, that name a
// version.
type skewed struct {
	at       *field.Path
	settings NodeSettings
}

// versioned gives where versions are named: the cluster, the groups and the
// nodes that name one themselves.
func (s Spec) versioned(given Spec) []skewed {
	out := []skewed{{nil, s.shared()}}
	named := func(own NodeSettings) bool { return own.KubeadmVersion != "" || own.KubeletVersion != "" }
	for i, g := range given.NodeGroups {
		if named(g.NodeSettings) {
			settings := g.clone()
			settings.inherit(s.shared())
			out = append(out, skewed{field.NewPath("nodeGroups").Index(i), settings})
		}
	}
	add := func(p *field.Path, own, resolved []Node) {
		for i := range own {
			if named(own[i].NodeSettings) {
				out = append(out, skewed{p.Index(i), resolved[i].NodeSettings})
			}
		}
	}
	add(field.NewPath("controlPlanes"), given.ControlPlanes, s.ControlPlanes)
	add(field.NewPath("workers"), given.Workers, s.Workers)
	return out
}

func (v skewed) field(name string) *field.Path {
	if v.at == nil {
		return field.NewPath(name)
	}
	return v.at.Child(name)
}

// checkSkew refuses what kubeadm refuses, or what the API server does not talk
// to. The receiver has its defaults.
func (s Spec) checkSkew(given Spec) field.ErrorList {
	control, ok := minorOf(s.KubernetesVersion)
	if !ok {
		return nil
	}
	var list field.ErrorList
	for _, v := range s.versioned(given) {
		list = append(list, s.checkKubeadm(v, control)...)
		list = append(list, s.checkKubelet(v, control)...)
	}
	return list
}

func (s Spec) checkKubeadm(v skewed, control int) field.ErrorList {
	p, own := v.field("kubeadmVersion"), v.settings.KubeadmVersion
	kubeadm, ok := minorOf(own)
	clusters, known := minorOf(s.KubeadmVersion)
	if !ok || !known {
		return nil
	}
	api, err := kubeadmcfg.VersionFor(own)
	clustersAPI, clusterErr := kubeadmcfg.VersionFor(s.KubeadmVersion)
	switch {
	case err != nil:
		return field.ErrorList{field.Invalid(p, own, err.Error())}
	case kubeadm > control+kubeadmSkew:
		return field.ErrorList{field.Invalid(p, own, fmt.Sprintf("kubeadm 1.%d works with control planes from 1.%d on, and kubernetesVersion is %s; use an older kubeadm or a newer version", kubeadm, kubeadm-kubeadmSkew, s.KubernetesVersion))}
	case kubeadm < clusters && clusterErr == nil && api != clustersAPI:
		return field.ErrorList{field.Invalid(p, own, fmt.Sprintf("it cannot join: kubeadm %s keeps the cluster's configuration as %s, which kubeadm 1.%d does not read; use kubeadm 1.31 or later here too", s.KubeadmVersion, clustersAPI, kubeadm))}
	}
	return nil
}

func (s Spec) checkKubelet(v skewed, control int) field.ErrorList {
	p, own := v.field("kubeletVersion"), v.settings.KubeletVersion
	kubelet, ok := minorOf(own)
	kubeadm, known := minorOf(v.settings.KubeadmVersion)
	switch {
	case !ok || v.at == nil:
		return nil
	case kubelet > control:
		return field.ErrorList{field.Invalid(p, own, "a kubelet may not be newer than the API servers, and kubernetesVersion is "+s.KubernetesVersion+"; use an older kubelet")}
	case known && kubelet < kubeadm-behindKubeadm(kubeadm):
		return field.ErrorList{field.Invalid(p, own, fmt.Sprintf("kubeadm 1.%d refuses kubelets older than 1.%d; use a newer kubelet or an older kubeadm", kubeadm, kubeadm-behindKubeadm(kubeadm)))}
	}
	return nil
}

// skewWarnings is for a description with its defaults.
func (s Spec) skewWarnings(given Spec) []Finding {
	control, ok := minorOf(s.KubernetesVersion)
	clusters, known := minorOf(s.KubeadmVersion)
	if !ok || !known {
		return nil
	}
	var out []Finding
	for _, v := range s.versioned(given) {
		kubeadm, ok := minorOf(v.settings.KubeadmVersion)
		p := v.field("kubeadmVersion").String()
		switch {
		case !ok:
		case v.at == nil && kubeadm < control:
			out = append(out, warning("kubeadm-older", p,
				"use a kubeadm of that minor version",
				"kubeadm %s is older than Kubernetes %s, which it does not know: it only warns of that itself", s.KubeadmVersion, s.KubernetesVersion))
		case v.at != nil && kubeadm != clusters:
			out = append(out, warning("kubeadm-differs", p,
				"leave kubeadmVersion out: an older kubelet does not need an older kubeadm",
				"kubeadm asks that machines join with the version that made the cluster, %s, and this is %s: it is not tested together", s.KubeadmVersion, v.settings.KubeadmVersion))
		}
		if kubelet, ok := minorOf(v.settings.KubeletVersion); ok && kubelet < control-behindAPIServer(kubelet) {
			out = append(out, warning("kubelet-too-old", v.field("kubeletVersion").String(),
				"use a newer kubelet",
				"kubelet %s is more than %d minor versions older than the API servers' %s, which is not supported", v.settings.KubeletVersion, behindAPIServer(kubelet), s.KubernetesVersion))
		}
	}
	return out
}
