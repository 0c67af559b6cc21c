package conformance

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/kubeadmcfg"
)

// migrations is the number of random v1beta3 files.
const migrations = 2_500

// TestMigration turns random v1beta3 files into v1beta4 with `kubeadm config
// migrate` and with the library and fails where the results say different
// things. The files give everything that kubeadm would take from the machine.
func TestMigration(t *testing.T, kubeadm Kubeadm) {
	migrated := map[string]int{}
	g := newMigrationGenerator(kubeadm.minor())
	for n := range uint64(migrations) {
		g.Rand = newRand(20, n)
		c := g.explicit()
		text := c.text()
		want, err := kubeadm.Migrate(text)
		if err != nil {
			t.Fatalf("file %d: kubeadm does not migrate it: %v\n%s", n, err, text)
		}
		file, err := kubeadmcfg.Parse(text)
		if err != nil {
			t.Fatalf("file %d: %v\n%s", n, err, text)
		}
		converted, err := file.Convert(kubeadmcfg.V1Beta4)
		if err != nil {
			t.Fatalf("file %d: %v\n%s", n, err, text)
		}
		theirs, ours := kubeadm.decode(t, "v1beta4", want), kubeadm.decode(t, "v1beta4", converted.Bytes())
		if diff := cmp.Diff(theirs, ours, emptyIsNone); diff != "" {
			t.Fatalf("file %d (-kubeadm +library):\n%s\n%s", n, diff, text)
		}
		for kind := range ours {
			migrated[kind]++
		}
	}
	t.Logf("kubeadm %s and the library migrate alike: %s", kubeadm.Version, counts(migrated))
}

// decode reads a file into kubeadm's types, with kubeadm's defaults, by kind.
func (k Kubeadm) decode(t *testing.T, version string, file []byte) map[string]any {
	t.Helper()
	objects := map[string]any{}
	for _, document := range bytes.Split(file, []byte("---\n")) {
		var meta struct{ Kind string }
		if err := yaml.Unmarshal(document, &meta); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		typ, ok := k.kind(version, meta.Kind)
		if !ok {
			t.Fatalf("there is no kind %q in %s\n%s", meta.Kind, version, document)
		}
		object := reflect.New(typ).Interface()
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		k.Default(object)
		objects[meta.Kind] = object
	}
	return objects
}

// newMigrationGenerator makes files of which kubeadm takes every value as it
// stands: it would otherwise lower the case of names, look versions up, add a
// port or a scheme.
func newMigrationGenerator(minor int) *generator {
	g := newGenerator("v1beta3", minor)
	for field, p := range g.pools {
		p.good = literal(p.good)
		g.pools[field] = p
	}
	g.pools[".kubernetesVersion"] = pool{good: list{"v1.36.3", "v1.36.0", "v1.35.4"}}
	g.pools[".controlPlaneEndpoint"] = pool{good: list{"k8s-vip:6443", "[fd00::1]:6443", "10.0.0.1:6444"}}
	g.pools[".criSocket"] = pool{good: list{"unix:///run/containerd/containerd.sock", "unix:///a"}}
	g.pools["InitConfiguration.bootstrapTokens[]"] = pool{good: list{
		object{"token": goodToken}, object{"token": goodToken, "ttl": "1h", "description": "x"}, object{"token": goodToken, "ttl": "0s"},
		object{"token": goodToken, "usages": list{"signing", "authentication"}, "groups": list{"system:bootstrappers:a"}},
	}}
	return g
}

// literal leaves out the texts that kubeadm would rewrite.
func literal(values list) list {
	var kept list
	for _, v := range values {
		if s, ok := v.(string); ok && strings.ToLower(s) != s && strings.Contains(s, ".") {
			continue
		}
		kept = append(kept, v)
	}
	return kept
}

// explicit gives a file with nothing left to the machine.
func (g *generator) explicit() config {
	var c config
	kinds := [][]string{{"InitConfiguration", "ClusterConfiguration"}, {"JoinConfiguration"}}[g.IntN(2)]
	for _, kind := range kinds {
		d := g.document(kind)
		if node, ok := d["nodeRegistration"].(object); ok {
			node["taints"] = []any{list{}, list{object{"key": "a", "effect": "NoSchedule"}}}[g.IntN(2)]
		}
		if tokens, _ := d["bootstrapTokens"].(list); kind == "InitConfiguration" && len(tokens) == 0 {
			d["bootstrapTokens"] = list{object{"token": goodToken}}
		}
		c.documents = append(c.documents, d)
	}
	return c
}
