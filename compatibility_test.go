package haplane_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/kubeadmcfg"
)

// What the page says is run is what the conformance modules are built from, and
// the other way round.
func TestTheCompatibilityPageNamesWhatTheConformanceModulesRun(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/compatibility.md")
	for _, program := range []struct{ modules, requires, section string }{
		{"kubeadm1_*", "k8s.io/kubernetes", "kubeadm and the versions of its configuration API"},
		{"etcd3_*", "go.etcd.io/etcd/server/v3", "etcd and etcdctl"},
	} {
		_, section, _ := strings.Cut(page, "\n## "+program.section+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		var said []string
		for _, cell := range ran.FindAllStringSubmatch(section, -1) {
			for release := range strings.SplitSeq(cell[1], ", ") {
				said = append(said, strings.TrimPrefix(release, "v"))
			}
		}
		slices.Sort(said)
		run := required(t, program.modules, program.requires)
		if said = slices.Compact(said); !slices.Equal(said, run) {
			t.Errorf("%s: the page says that %v are run, and the modules of make conformance are built from %v", program.section, said, run)
		}
	}
}

var ran = regexp.MustCompile(`\*\*run\*\* ([^|]+?) \|`)

// required gives the versions that the modules which make conformance runs
// require of another one.
func required(t *testing.T, modules, of string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("internal/conformance", modules, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^\t` + regexp.QuoteMeta(of) + ` v(\S+)`)
	_, conformance, _ := strings.Cut(read(t, "Makefile"), "\nCONFORMANCE := ")
	conformance, _, _ = strings.Cut(conformance, "\n")
	var versions []string
	for _, name := range names {
		dir := filepath.Base(filepath.Dir(name))
		if strings.HasPrefix(dir, "kubeadm") && !slices.Contains(strings.Fields(conformance), dir) {
			continue
		}
		if match := version.FindStringSubmatch(read(t, name)); match != nil {
			versions = append(versions, match[1])
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions)
}

var kubeadmRow = regexp.MustCompile(`(?m)^\| (1\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)

// Where nothing was run, a dash stands where the library says that this release
// of kubeadm does not read that version of the API.
func TestTheCompatibilityPageSaysWhichKubeadmReadsWhat(t *testing.T) {
	t.Parallel()
	rows := kubeadmRow.FindAllStringSubmatch(read(t, "docs/compatibility.md"), -1)
	if len(rows) < 10 {
		t.Fatalf("only %d releases were found", len(rows))
	}
	for _, row := range rows {
		for i, version := range []kubeadmcfg.Version{kubeadmcfg.V1Beta3, kubeadmcfg.V1Beta4, kubeadmcfg.V1} {
			if strings.HasPrefix(row[2+i], "**run**") {
				continue
			}
			file, err := kubeadmcfg.Parse([]byte("apiVersion: " + version.APIVersion() + "\nkind: InitConfiguration\n"))
			if err != nil {
				t.Fatal(err)
			}
			err = file.ValidateFor("v" + row[1] + ".0")
			reads := err == nil || !strings.Contains(err.Error(), "apiVersion")
			if said := row[2+i] != "–"; said != reads {
				t.Errorf("kubeadm %s and %s: the page says %q, and the library that it reads it: %t", row[1], version, row[2+i], reads)
			}
		}
	}
}

func TestTheCompatibilityPageHasEveryHAProxyThatTheLibraryKnows(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/compatibility.md")
	for _, version := range haproxycfg.Versions() {
		if !strings.Contains(page, "\n| "+string(version)+" | ") {
			t.Errorf("the page has no row for HAProxy %s", version)
		}
	}
}
