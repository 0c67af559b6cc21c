package cluster

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/plain"
)

// The most of each that a description may have. No cluster has as many: they keep
// what is made of a small text small.
const (
	maxControlPlanes = 100
	maxLoadBalancers = 250
	maxWorkers       = 20_000
	maxOthers        = 1_000
)

// checkCounts refuses lists that are longer than those of any cluster, before
// anything is made of them.
func (s Spec) checkCounts() field.ErrorList {
	var list field.ErrorList
	check := func(p string, n, most int) {
		if n > most {
			list = append(list, field.Invalid(field.NewPath(p), field.OmitValueType{}, fmt.Sprintf("has %d elements, and at most %d are taken", n, most)))
		}
	}
	check("controlPlanes", len(s.ControlPlanes), maxControlPlanes)
	check("loadBalancers", len(s.LoadBalancers), maxLoadBalancers)
	check("workers", len(s.Workers), maxWorkers)
	for p, n := range map[string]int{
		"nodeGroups": len(s.NodeGroups), "podSubnets": len(s.PodSubnets), "serviceSubnets": len(s.ServiceSubnets),
		"endpointAddresses": len(s.EndpointAddresses), "certSANs": len(s.CertSANs), "controlPlaneFiles": len(s.ControlPlaneFiles),
		"skipPhases": len(s.SkipPhases), "ignorePreflightErrors": len(s.IgnorePreflightErrors),
	} {
		check(p, n, maxOthers)
	}
	for p, c := range map[string]Component{"apiServer": s.APIServer, "controllerManager": s.ControllerManager, "scheduler": s.Scheduler} {
		check(p+".extraArgs", len(c.ExtraArgs), maxOthers)
		check(p+".extraVolumes", len(c.ExtraVolumes), maxOthers)
	}
	if s.ExternalEtcd != nil {
		check("externalEtcd.endpoints", len(s.ExternalEtcd.Endpoints), maxOthers)
	}
	return list
}

// checkSettingsCounts refuses settings of nodes that are longer than any kubelet
// takes.
func (s Spec) checkSettingsCounts() field.ErrorList {
	const most = 200
	var list field.ErrorList
	check := func(p *field.Path, settings NodeSettings) {
		n := max(len(settings.KubeletArgs), len(settings.Labels), len(settings.Taints), len(settings.IgnorePreflightErrors))
		if n > most && len(list) < most {
			list = append(list, field.Invalid(p, field.OmitValueType{}, fmt.Sprintf("has a list of %d elements, and at most %d are taken", n, most)))
		}
	}
	s.eachNode(func(p *field.Path, n Node) { check(p, n.NodeSettings) })
	for i, g := range s.NodeGroups {
		check(field.NewPath("nodeGroups").Index(i), g.NodeSettings)
	}
	return list
}

// tooMany are the counts for which nothing else is checked.
func (s Spec) tooMany() field.ErrorList {
	if list := s.checkCounts(); len(list) > 0 {
		return list
	}
	return s.checkSettingsCounts()
}

// shortened keeps a value that a description gives from filling an error.
func shortened(e *field.Error) *field.Error {
	const enough = 200
	short := *e
	if text, isText := e.BadValue.(string); isText {
		short.BadValue = plain.Short(text, enough)
	}
	short.Detail = plain.Short(e.Detail, 5*enough)
	return &short
}
