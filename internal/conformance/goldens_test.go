package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGoldensAreFoundWhereverTestdataIs(t *testing.T) {
	t.Parallel()
	const join = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n"
	const two = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/testdata/join.yaml":       join,
		"a/testdata/deep/x.json":     `{"apiVersion": "kubeadm.k8s.io/v1", "kind": "ResetConfiguration"}`,
		"a/testdata/pod.yaml":        "apiVersion: v1\nkind: Pod\n",
		"a/testdata/notes.md":        join,
		"a/elsewhere/join.yaml":      join,
		".cache/testdata/join.yaml":  join,
		"b/testdata/archive.txtar":   "-- rejected/join.yaml --\n" + join + "-- init.yaml --\n" + two + "-- plan.md --\n" + join,
		"b/testdata/configmap.yaml":  "apiVersion: v1\nkind: ConfigMap\ndata:\n  ClusterConfiguration: |\n    apiVersion: kubeadm.k8s.io/v1beta3\n",
		"b/testdata/unrelated.txtar": "-- a.txt --\nx\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	goldens, err := Goldens(root)
	if err != nil {
		t.Fatal(err)
	}
	type found struct {
		Name            string
		Versions, Kinds []string
	}
	var got []found
	for _, g := range goldens {
		got = append(got, found{g.Name, g.Versions, g.Kinds})
	}
	want := []found{
		{"a/testdata/deep/x.json", []string{"v1"}, []string{"ResetConfiguration"}},
		{"a/testdata/join.yaml", []string{"v1beta4"}, []string{"JoinConfiguration"}},
		{"b/testdata/archive.txtar:init.yaml", []string{"v1beta3"}, []string{"InitConfiguration"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("goldens (-want +got):\n%s", diff)
	}
}
