package cluster

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (s Spec) checkSettings() field.ErrorList {
	var list field.ErrorList
	s.eachNode(func(p *field.Path, n Node) { list = append(list, n.NodeSettings.check(p)...) })
	for i, g := range s.NodeGroups {
		list = append(list, g.NodeSettings.check(field.NewPath("nodeGroups").Index(i))...)
	}
	return list
}

func (s NodeSettings) check(p *field.Path) field.ErrorList {
	list := checkCRISocket(p.Child("criSocket"), s.CRISocket)
	list = append(list, checkLabels(p.Child("labels"), s.Labels)...)
	for i, taint := range s.Taints {
		list = append(list, checkTaint(p.Child("taints").Index(i), taint)...)
	}
	for i, a := range s.KubeletArgs {
		at := p.Child("kubeletArgs").Index(i)
		list = append(list, a.check(at, kubeletText, kubeletFlags)...)
		if a.Name == nodeLabels {
			list = append(list, checkNodeLabels(at.Child("value"), a.Value)...)
		}
	}
	list = append(list, checkVersion(p.Child("kubeadmVersion"), s.KubeadmVersion)...)
	list = append(list, checkVersion(p.Child("kubeletVersion"), s.KubeletVersion)...)
	list = append(list, checkFile(p.Child("patchesDirectory"), s.PatchesDirectory)...)
	return append(list, checkPreflight(p.Child("ignorePreflightErrors"), s.IgnorePreflightErrors)...)
}

// checkLabelClashes finds labels that are given twice: by a group, or by a node
// beside its group. The receiver has its defaults.
func (s Spec) checkLabelClashes(given Spec) field.ErrorList {
	var list field.ErrorList
	for i, g := range given.NodeGroups {
		list = append(list, g.checkLabelClash(field.NewPath("nodeGroups").Index(i))...)
	}
	own := given.Nodes()
	i := 0
	s.eachNode(func(p *field.Path, n Node) {
		if len(own[i].Labels) > 0 || len(own[i].KubeletArgs) > 0 {
			list = append(list, n.checkLabelClash(p)...)
		}
		i++
	})
	return list
}

var taintEffects = []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute}

func checkTaint(p *field.Path, taint corev1.Taint) field.ErrorList {
	var list field.ErrorList
	if !labelKey.holds(taint.Key) {
		list = append(list, field.Invalid(p.Child("key"), taint.Key, "must be a label key, such as node-role.kubernetes.io/control-plane"))
	}
	list = append(list, check(p.Child("value"), labelValue, taint.Value, labelValueAdvice)...)
	if !slices.Contains(taintEffects, taint.Effect) {
		list = append(list, field.NotSupported(p.Child("effect"), taint.Effect, taintEffects))
	}
	if taint.TimeAdded != nil {
		list = append(list, field.Forbidden(p.Child("timeAdded"), "the cluster notes this itself; leave it out"))
	}
	return list
}

// check refuses flags that the description says otherwise.
func (a Arg) check(p *field.Path, value rule, elsewhere map[string]string) field.ErrorList {
	var list field.ErrorList
	if !argName.holds(a.Name) {
		list = append(list, field.Invalid(p.Child("name"), a.Name, "must be a flag's name without dashes, such as node-ip"))
	}
	if where, ok := elsewhere[a.Name]; ok {
		list = append(list, field.Invalid(p.Child("name"), a.Name, "this comes from "+where+": set that, so that the whole plan knows it"))
	}
	if !value.holds(a.Value) {
		list = append(list, field.Invalid(p.Child("value"), a.Value, "must be one line without control characters, and for a kubelet without quotes and backslashes: its flags stand in a file of environment variables"))
	}
	return list
}
