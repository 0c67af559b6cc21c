package conformance

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComparisonNamesEachFieldThatDiffers(t *testing.T) {
	t.Parallel()
	type Image struct {
		Image string `json:"image,omitempty"`
	}
	type theirs struct {
		Image
		Same    []Image        `json:"same,omitempty"`
		Missing string         `json:"missing,omitempty"`
		Retyped *bool          `json:"retyped,omitempty"`
		Taints  []string       `json:"taints"`
		Inner   Image          `json:"inner"`
		Map     map[string]int `json:"map"`
	}
	type ours struct {
		Image   string            `json:"image,omitempty"`
		Same    []Image           `json:"same,omitempty"`
		Extra   string            `json:"extra,omitempty"`
		Retyped bool              `json:"retyped,omitempty"`
		Taints  []string          `json:"taints,omitempty"`
		Inner   struct{}          `json:"inner"`
		Map     map[string]string `json:"map"`
	}
	var c comparison
	c.types("Kind", reflect.TypeFor[theirs](), reflect.TypeFor[ours]())
	want := []string{
		"Kind.extra: the library has this field, kubeadm lacks it",
		"Kind.inner.image: kubeadm has this field, the library lacks it",
		"Kind.map: kubeadm's type is int, the library's string",
		"Kind.missing: kubeadm has this field, the library lacks it",
		"Kind.retyped: kubeadm's type is *bool, the library's bool",
		"Kind.taints: only one of kubeadm and the library leaves the empty list out",
	}
	if diff := cmp.Diff(want, c.differences); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}
