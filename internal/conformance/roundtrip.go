package conformance

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/kubeadmcfg"
)

// roundTrips is the number of random objects of each kind.
const roundTrips = 10_000

// TestRoundTrips takes random objects of kubeadm's own types through the
// library, kubeadm -> YAML -> library -> YAML -> kubeadm, and fails where one
// does not come back equal.
func TestRoundTrips(t *testing.T, kubeadm Kubeadm) {
	for _, api := range kubeadm.APIs {
		for kind, typ := range api.Kinds {
			t.Run(api.Version+" "+kind, func(t *testing.T) {
				t.Parallel()
				for n := range uint64(roundTrips) {
					if roundTrip(t, kubeadm, api.Version, kind, typ, n); t.Failed() {
						return
					}
				}
			})
		}
	}
}

func roundTrip(t *testing.T, kubeadm Kubeadm, version, kind string, typ reflect.Type, n uint64) {
	t.Helper()
	object := reflect.New(typ)
	fill(newRand(1, n), object.Elem())
	setType(object, version, kind)
	written, err := kubeadm.Marshal(object.Interface())
	if err != nil {
		t.Fatalf("object %d: kubeadm does not write it: %v", n, err)
	}
	file, err := kubeadmcfg.Parse(written)
	if err != nil {
		t.Fatalf("object %d: %v\nkubeadm wrote:\n%s", n, err, written)
	}
	again := file.Bytes()
	want, got := reflect.New(typ).Interface(), reflect.New(typ).Interface()
	if err := yaml.UnmarshalStrict(written, want); err != nil {
		t.Fatalf("object %d: kubeadm does not read what it wrote: %v\n%s", n, err, written)
	}
	if err := yaml.UnmarshalStrict(again, got); err != nil {
		t.Fatalf("object %d: kubeadm does not read it: %v\n%s", n, err, again)
	}
	if diff := cmp.Diff(want, got, emptyIsNone); diff != "" {
		t.Errorf("object %d (-kubeadm +library):\n%s\nkubeadm wrote:\n%s\nthe library wrote:\n%s", n, diff, written, again)
	}
}

// setType fills in the TypeMeta of one of kubeadm's objects.
func setType(object reflect.Value, version, kind string) {
	object.Elem().FieldByName("APIVersion").SetString(kubeadmcfg.Version(version).APIVersion())
	object.Elem().FieldByName("Kind").SetString(kind)
}

// emptyIsNone takes an empty list or map for an absent one, except where that
// makes a difference.
var emptyIsNone = cmp.FilterPath(func(p cmp.Path) bool {
	for i := len(p) - 1; i >= 0; i-- {
		if f, ok := p[i].(cmp.StructField); ok {
			return f.Name() != "Taints"
		}
	}
	return true
}, cmpopts.EquateEmpty())
