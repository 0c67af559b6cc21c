package kubeadmcfg

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/internal/v1beta2"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
)

// Two timeouts of v1beta3 stand elsewhere in later versions: the one for
// discovery in the same document, the one for the control plane in another.

// readTimeouts takes the two over from a document of v1beta3.
func (h *hub) readTimeouts(from, to Document) {
	switch from := from.(type) {
	case *v1beta2.ClusterConfiguration:
		if t := from.APIServer.TimeoutForControlPlane; t != nil {
			h.controlPlaneTimeout = &metav1.Duration{Duration: t.Duration}
		}
	case *v1beta2.JoinConfiguration:
		if t := from.Discovery.Timeout; t != nil {
			join := to.(*v1.JoinConfiguration)
			join.Timeouts = &v1.Timeouts{Discovery: &metav1.Duration{Duration: t.Duration}}
		}
	case *v1beta3.ClusterConfiguration:
		if t := from.APIServer.TimeoutForControlPlane; t != nil {
			h.controlPlaneTimeout = &metav1.Duration{Duration: t.Duration}
		}
	case *v1beta3.JoinConfiguration:
		if t := from.Discovery.Timeout; t != nil {
			join := to.(*v1.JoinConfiguration)
			join.Timeouts = &v1.Timeouts{Discovery: &metav1.Duration{Duration: t.Duration}}
		}
	}
}

// placeTimeout puts v1beta3's control-plane timeout into the documents that hold it
// later. The default needs no document made for it.
func (h *hub) placeTimeout() {
	if h.controlPlaneTimeout == nil {
		return
	}
	placed := false
	for _, d := range h.documents {
		if timeouts := timeoutsOf(d); timeouts != nil {
			*timeouts = cmp.Or(*timeouts, &v1.Timeouts{})
			(*timeouts).ControlPlaneComponentHealthCheck = &metav1.Duration{Duration: h.controlPlaneTimeout.Duration}
			placed = true
		}
	}
	if !placed && h.controlPlaneTimeout.Duration != defaultControlPlaneTimeout {
		k, _ := kindNamed(V1, kindInit)
		init := k.new().(*v1.InitConfiguration)
		init.Timeouts = &v1.Timeouts{ControlPlaneComponentHealthCheck: h.controlPlaneTimeout}
		h.documents = slices.Insert(h.documents, 0, Document(init))
	}
}

func timeoutsOf(d Document) **v1.Timeouts {
	switch d := d.(type) {
	case *v1.InitConfiguration:
		return &d.Timeouts
	case *v1.JoinConfiguration:
		return &d.Timeouts
	}
	return nil
}

// takeTimeout finds the one control-plane timeout that v1beta3 can say.
func (h *hub) takeTimeout(lose func(Loss)) {
	h.controlPlaneTimeout = nil
	hasCluster := Find[v1.ClusterConfiguration](File{Documents: h.documents}) != nil
	for _, d := range h.documents {
		timeouts := timeoutsOf(d)
		if timeouts == nil || *timeouts == nil || (*timeouts).ControlPlaneComponentHealthCheck == nil {
			continue
		}
		t := (*timeouts).ControlPlaneComponentHealthCheck
		(*timeouts).ControlPlaneComponentHealthCheck = nil
		switch {
		case hasCluster && (h.controlPlaneTimeout == nil || *h.controlPlaneTimeout == *t):
			h.controlPlaneTimeout = t
		case t.Duration != defaultControlPlaneTimeout:
			k, _ := kindOf(d)
			lose(Loss{k.name + ".timeouts.controlPlaneComponentHealthCheck", "v1beta3 keeps it in a ClusterConfiguration, once"})
		}
	}
}

// writeTimeouts puts the two into a document of v1beta3, and takes the one for
// discovery from where it was.
func (h hub) writeTimeouts(from, to Document) {
	switch to := to.(type) {
	case *v1beta3.ClusterConfiguration:
		to.APIServer.TimeoutForControlPlane = h.controlPlaneTimeout
	case *v1beta3.JoinConfiguration:
		if t := from.(*v1.JoinConfiguration).Timeouts; t != nil {
			to.Discovery.Timeout, t.Discovery = t.Discovery, nil
		}
	}
}
