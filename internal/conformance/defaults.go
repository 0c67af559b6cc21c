package conformance

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/kubeadmcfg"
)

// defaultings is the number of random objects of each kind.
const defaultings = 2_000

// TestDefaults fills in the defaults of random objects with kubeadm's scheme and
// with the library and fails where the results differ.
func TestDefaults(t *testing.T, kubeadm Kubeadm) {
	for _, api := range kubeadm.APIs {
		for kind, typ := range api.Kinds {
			t.Run(api.Version+" "+kind, func(t *testing.T) {
				t.Parallel()
				for n := range uint64(defaultings) {
					if defaulting(t, kubeadm, api.Version, kind, typ, n); t.Failed() {
						return
					}
				}
			})
		}
	}
}

func defaulting(t *testing.T, kubeadm Kubeadm, version, kind string, typ reflect.Type, n uint64) {
	t.Helper()
	object := reflect.New(typ)
	if n > 0 {
		fill(newRand(10, n), object.Elem())
	}
	setType(object, version, kind)
	bare, err := kubeadm.Marshal(object.Interface())
	if err != nil {
		t.Fatalf("object %d: kubeadm does not write it: %v", n, err)
	}
	file, err := kubeadmcfg.Parse(bare)
	if err != nil {
		t.Fatalf("object %d: %v\n%s", n, err, bare)
	}
	ours := file.WithDefaults().Bytes()
	want, got := reflect.New(typ).Interface(), reflect.New(typ).Interface()
	if err := yaml.UnmarshalStrict(bare, want); err != nil {
		t.Fatalf("object %d: kubeadm does not read what it wrote: %v\n%s", n, err, bare)
	}
	kubeadm.Default(want)
	if err := yaml.UnmarshalStrict(ours, got); err != nil {
		t.Fatalf("object %d: kubeadm does not read it: %v\n%s", n, err, ours)
	}
	if diff := cmp.Diff(want, got, emptyIsNone); diff != "" {
		t.Errorf("object %d (-kubeadm +library):\n%s\nwithout defaults:\n%s\nthe library's defaults:\n%s", n, diff, bare, ours)
	}
}
