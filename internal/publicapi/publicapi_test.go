package publicapi_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/publicapi"
)

var (
	update  = flag.Bool("update", false, "write api/current.txt anew")
	release = flag.Bool("release", false, "also make it the API that later changes are held to")
)

const root = "../.."

// What the listings are for stands at their beginning.
const head = `# The exported API, one line for each name; internal/publicapi keeps it.
# "go test ./internal/publicapi -update" writes current.txt anew. released.txt is
# what the section Unreleased of CHANGELOG.md starts from: "-update -release"
# copies current.txt there when a release is made.
`

func TestTheAPIIsAsListedAndItsChangesAreInTheChangelog(t *testing.T) {
	t.Parallel()
	packages, err := publicapi.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	var now []string
	for _, p := range packages {
		now = append(now, publicapi.Lines(p)...)
	}
	for name, told := range map[string]bool{"current.txt": *update, "released.txt": *update && *release} {
		if told {
			write(t, name, now)
		}
	}
	if diff := cmp.Diff(read(t, "current.txt"), now); diff != "" {
		t.Errorf("the exported API is not what api/current.txt lists (-listed +exported).\n"+
			"If that is meant: go test ./internal/publicapi -update, and a line in CHANGELOG.md.\n%s", diff)
	}
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range publicapi.Unnamed(read(t, "released.txt"), now, string(changelog)) {
		t.Errorf("the section Unreleased of CHANGELOG.md does not say that %s", what)
	}
	t.Logf("%d names in %d packages", len(now), len(packages))
}

func read(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "api", name))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "#")
	})
}

func write(t *testing.T, name string, lines []string) {
	t.Helper()
	text := head + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(root, "api", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
