package conformance

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A kubeadm that accepts what the library accepts, apart from one word.
func pretended(word string) Kubeadm {
	k := Kubeadm{Version: "v1.37.2"}
	k.Validate = func(file []byte) error {
		if strings.Contains(string(file), word) {
			return errors.New("not this word")
		}
		return k.judge(file)
	}
	return k
}

func clusterConfig(fields object) config {
	d := object{"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "kubernetesVersion": "v1.37.0"}
	for name, value := range fields {
		d[name] = value
	}
	return config{documents: []object{d}}
}

func TestDisagreementIsFoundAndShrunk(t *testing.T) {
	t.Parallel()
	kubeadm := pretended("xyzzy")
	c := clusterConfig(object{
		"clusterName": "xyzzy", "networking": object{"dnsDomain": "cluster.local"},
		"apiServer": object{"certSANs": list{"a", "b"}},
	})
	if reasons, explained := explain(kubeadm, c); explained {
		t.Errorf("explained by %q", reasons)
	}
	want := "apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: xyzzy\nkind: ClusterConfiguration\n"
	if got := string(shrink(kubeadm, c).text()); got != want {
		t.Errorf("shrunk to:\n%swant:\n%s", got, want)
	}
}

func TestDifferenceExplainsOnlyWhatItsRepairEnds(t *testing.T) {
	t.Parallel()
	trap := object{"controlPlaneEndpoint": "fd00::1:6443"}
	accepts := Kubeadm{Version: "v1.37.2", Validate: func([]byte) error { return nil }}
	reasons, explained := explain(accepts, clusterConfig(trap))
	if !explained || len(reasons) != 1 || !strings.HasPrefix(reasons[0], ".controlPlaneEndpoint: ") {
		t.Errorf("explained %t by %q, want the difference on the endpoint", explained, reasons)
	}
	trap["encryptionAlgorithm"] = "ROT13"
	if reasons, explained := explain(accepts, clusterConfig(trap)); explained {
		t.Errorf("explained by %q, although the library refuses the file for another reason too", reasons)
	}
}

func TestRepairReplacesTheValuesThatItIsAbout(t *testing.T) {
	t.Parallel()
	about := func(field string, repaired any) Difference {
		return Difference{Field: field, Repaired: repaired, Holds: text(func(s string) bool { return s == "bad" })}
	}
	c := clusterConfig(object{"clusterName": "bad", "apiServer": object{"certSANs": list{"bad", "good"}}})
	for _, test := range []struct {
		name string
		Difference
		want  object
		found bool
	}{
		{"a field", about(".clusterName", "good"), object{"clusterName": "good", "apiServer": object{"certSANs": list{"bad", "good"}}}, true},
		{"a field to be taken away", about(".clusterName", nil), object{"apiServer": object{"certSANs": list{"bad", "good"}}}, true},
		{"an item", about(".certSANs[]", "better"), object{"clusterName": "bad", "apiServer": object{"certSANs": list{"better", "good"}}}, true},
		{"an item to be taken away", about(".certSANs[]", nil), object{"clusterName": "bad", "apiServer": object{"certSANs": list{"good"}}}, true},
		{"another field", about(".dnsDomain", "good"), object{"clusterName": "bad", "apiServer": object{"certSANs": list{"bad", "good"}}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, found := test.repair(c)
			if diff := cmp.Diff(clusterConfig(test.want).documents, got.documents); diff != "" || found != test.found {
				t.Errorf("found %t, want %t (-want +got):\n%s", found, test.found, diff)
			}
		})
	}
}

func TestGeneratedFilesAreTheSameInEveryRun(t *testing.T) {
	t.Parallel()
	first, second := newGenerator("v1beta4", 37), newGenerator("v1beta4", 37)
	different := map[string]bool{}
	for n := range 4000 {
		first.Rand, second.Rand = newRand(1, uint64(n)), newRand(1, uint64(n))
		a, b := string(first.next(n).text()), string(second.next(n).text())
		if a != b {
			t.Fatalf("file %d:\n%s\nand in another run:\n%s", n, a, b)
		}
		different[a] = true
	}
	if len(different) < 3500 {
		t.Errorf("only %d of 4000 files are different", len(different))
	}
}
