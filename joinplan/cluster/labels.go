package cluster

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// nodeLabels is the kubelet's flag for the labels that it registers with.
const nodeLabels = "node-labels"

// kubeletLabels are the labels of Kubernetes itself that a kubelet may set, and
// kubeletNamespaces the prefixes of which it may set all.
var (
	kubeletLabels = []string{
		corev1.LabelHostname, corev1.LabelOSStable, corev1.LabelArchStable,
		corev1.LabelTopologyZone, corev1.LabelTopologyRegion, corev1.LabelInstanceTypeStable,
		corev1.LabelFailureDomainBetaZone, corev1.LabelFailureDomainBetaRegion, corev1.LabelInstanceType,
		"beta.kubernetes.io/os", "beta.kubernetes.io/arch",
	}
	kubeletNamespaces = []string{corev1.LabelNamespaceSuffixKubelet, corev1.LabelNamespaceSuffixNode}
	// ownLabels are those that every kubelet sets from what it finds.
	ownLabels = []string{corev1.LabelHostname, corev1.LabelOSStable, corev1.LabelArchStable, "beta.kubernetes.io/os", "beta.kubernetes.io/arch"}
)

// KubeletMaySet tells whether a kubelet may set the label on its own node: any
// outside of kubernetes.io and k8s.io, those under kubelet.kubernetes.io and
// node.kubernetes.io, and some well-known ones such as
// topology.kubernetes.io/zone. With another one the kubelet does not start, and
// the API server's NodeRestriction refuses it:
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction.
func KubeletMaySet(label string) bool {
	namespace, _, found := strings.Cut(label, "/")
	if !found || !within(namespace, "kubernetes.io", "k8s.io") {
		return true
	}
	return slices.Contains(kubeletLabels, label) || within(namespace, kubeletNamespaces...)
}

// within tells whether a DNS name is one of the domains or under one.
func within(name string, domains ...string) bool {
	return slices.ContainsFunc(domains, func(domain string) bool {
		return name == domain || strings.HasSuffix(name, "."+domain)
	})
}

func checkLabels(p *field.Path, labels map[string]string) field.ErrorList {
	var list field.ErrorList
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if !labelKey.holds(key) {
			list = append(list, field.Invalid(p.Key(key), key, "must be a label key, such as topology.kubernetes.io/zone"))
		}
		if value := labels[key]; !labelValue.holds(value) {
			list = append(list, field.Invalid(p.Key(key), value, labelValueAdvice))
		}
	}
	return list
}

const labelValueAdvice = "must be a label value: at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"

// checkNodeLabels checks the labels that a kubelet's arguments give it.
func checkNodeLabels(p *field.Path, value string) field.ErrorList {
	if value == "" {
		return nil
	}
	var list field.ErrorList
	for pair := range strings.SplitSeq(value, ",") {
		key, text, found := strings.Cut(pair, "=")
		switch {
		case !found, !labelKey.holds(key), !labelValue.holds(text):
			list = append(list, field.Invalid(p, value, "must be label=value with commas between several, such as zone=a,disk=ssd"))
		case !KubeletMaySet(key):
			list = append(list, field.Invalid(p, value, "a kubelet may not set the label "+key+" and does not start with it; give it in labels, which sets it with kubectl"))
		}
	}
	return list
}

// checkLabelClash refuses a label that stands in labels and in the kubelet's
// arguments.
func (s NodeSettings) checkLabelClash(p *field.Path) field.ErrorList {
	var list field.ErrorList
	for _, a := range s.KubeletArgs {
		if a.Name != nodeLabels {
			continue
		}
		for pair := range strings.SplitSeq(a.Value, ",") {
			key, _, _ := strings.Cut(pair, "=")
			if _, twice := s.Labels[key]; twice {
				list = append(list, field.Invalid(p.Child("labels").Key(key), s.Labels[key], "the kubelet's argument node-labels gives this label too; give it once"))
			}
		}
	}
	return list
}
