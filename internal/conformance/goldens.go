package conformance

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// rejected starts the names of the parts of an archive that a test expects to
// be refused.
const rejected = "rejected/"

var (
	kubeadmDocument = regexp.MustCompile(`(?m)(?:^apiVersion:|"apiVersion":)\s*"?kubeadm\.k8s\.io/(\w+)`)
	kindOfDocument  = regexp.MustCompile(`(?m)(?:^kind:|"kind":)\s*"?(\w+Configuration)\b`)

	// discoveryFile is looked for on the machine that joins.
	discoveryFile = regexp.MustCompile(`(?m)^(\s*"?kubeConfigPath"?:\s*"?)/[^"\s]*`)
	// clusterVersion must be near kubeadm's own: the file is for a kubeadm of
	// that version, which read the same API.
	clusterVersion = regexp.MustCompile(`(?m)^(\s*"?kubernetesVersion"?:\s*"?)v?1\.[\w.+-]+`)
)

// Golden is a file of kubeadm documents that a test of the library renders or
// reads.
type Golden struct {
	// Name is the path under the root of the repository; for a part of an
	// archive a colon and the part's name follow.
	Name string
	// Data is the file.
	Data []byte
	// Versions are the API versions of its documents, sorted.
	Versions []string
	// Kinds are the kinds of its kubeadm documents, in order.
	Kinds []string
}

// Goldens finds every YAML or JSON file with a kubeadm document in the testdata
// directories under root, also within txtar archives.
func Goldens(root string) ([]Golden, error) {
	var goldens []Golden
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != "." {
			return fs.SkipDir
		}
		if entry.IsDir() || !slices.Contains(strings.Split(path.Dir(name), "/"), "testdata") {
			return nil
		}
		found, err := goldensIn(root, name)
		goldens = append(goldens, found...)
		return err
	})
	return goldens, err
}

func goldensIn(root, name string) ([]Golden, error) {
	if path.Ext(name) != ".txtar" && !isConfig(name) {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		return nil, err
	}
	if isConfig(name) {
		return newGolden(name, data), nil
	}
	var goldens []Golden
	for _, part := range txtar.Parse(data).Files {
		if isConfig(part.Name) && !strings.HasPrefix(part.Name, rejected) {
			goldens = append(goldens, newGolden(name+":"+part.Name, part.Data)...)
		}
	}
	return goldens, nil
}

func isConfig(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name))
}

// newGolden gives no golden where the data holds no kubeadm document.
func newGolden(name string, data []byte) []Golden {
	g := Golden{Name: name, Data: data}
	for _, match := range kubeadmDocument.FindAllSubmatch(data, -1) {
		g.Versions = append(g.Versions, string(match[1]))
	}
	if len(g.Versions) == 0 {
		return nil
	}
	slices.Sort(g.Versions)
	g.Versions = slices.Compact(g.Versions)
	for _, match := range kindOfDocument.FindAllSubmatch(data, -1) {
		if kind := string(match[1]); wireTypes[g.Versions[0]][kind] != nil {
			g.Kinds = append(g.Kinds, kind)
		}
	}
	return []Golden{g}
}

// TestGoldens fails for each golden under root that this release should read
// and does not accept, and where there is none at all. It prints how many
// documents of each kind were accepted.
func TestGoldens(t *testing.T, kubeadm Kubeadm, root string) {
	goldens, err := Goldens(root)
	if err != nil {
		t.Fatal(err)
	}
	onDisk := filepath.Join(t.TempDir(), "discovery.conf")
	if err := os.WriteFile(onDisk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	accepted := map[string]int{}
	for _, g := range goldens {
		if !slices.ContainsFunc(g.Versions, kubeadm.reads) {
			continue
		}
		data := discoveryFile.ReplaceAll(g.Data, []byte("${1}"+onDisk))
		data = clusterVersion.ReplaceAll(data, []byte("${1}"+kubeadm.Version))
		if err := kubeadm.Validate(data); err != nil {
			t.Errorf("kubeadm %s refuses %s: %v\n%s", kubeadm.Version, g.Name, err, g.Data)
			continue
		}
		for _, kind := range g.Kinds {
			accepted[strings.Join(g.Versions, ",")+" "+kind]++
		}
	}
	if len(accepted) == 0 {
		t.Errorf("no golden under %s holds a kubeadm document that kubeadm %s accepts", root, kubeadm.Version)
	}
	t.Logf("kubeadm %s accepts: %s", kubeadm.Version, counts(accepted))
}

func counts(m map[string]int) string {
	parts := make([]string, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", key, m[key]))
	}
	return strings.Join(parts, ", ")
}
