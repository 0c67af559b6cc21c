package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// unpacked writes the files of an archive.
func unpacked(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const oldKubeadm = `
-- cmd/kubeadm/app/apis/kubeadm/types.go --
package kubeadm
type Internal struct{ NotLookedAt int }
-- cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go --
package v1beta4
type ClusterConfiguration struct {
	metav1.TypeMeta ` + "`json:\",inline\"`" + `
	DNS DNS ` + "`json:\"dns,omitempty\"`" + `
	Gone []string
}
-- cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go --
package v1beta4
const DefaultPort = 6443
-- cmd/kubeadm/app/apis/kubeadm/v1beta4/conversion.go --
package v1beta4
-- cmd/kubeadm/app/apis/kubeadm/validation/validation.go --
package validation
-- cmd/kubeadm/app/constants/constants.go --
package constants
-- cmd/kubeadm/app/cmd/options/constant.go --
package options
-- cmd/kubeadm/app/features/features.go --
package features
`

func TestShowsWhatChangedInTypesAndFiles(t *testing.T) {
	t.Parallel()
	newKubeadm := strings.NewReplacer(
		"DNS DNS `json:\"dns,omitempty\"`\n\tGone []string", "DNS *DNS `json:\"dns\"`",
		"DefaultPort = 6443", "DefaultPort = 6444",
	).Replace(oldKubeadm) + "-- cmd/kubeadm/app/apis/kubeadm/v1/types.go --\npackage v1\ntype New struct{ A, B int }\n"
	old, new := unpacked(t, oldKubeadm), unpacked(t, newKubeadm)
	var out bytes.Buffer
	if err := compareTypes(&out, old, new); err != nil {
		t.Fatal(err)
	}
	if err := compareFiles(&out, old, new); err != nil {
		t.Fatal(err)
	}
	want := `
== Types
v1beta4: 3 fields before, 2 after, 2 changes
  ! ClusterConfiguration.DNS DNS ` + "`json:\"dns,omitempty\"` is now *DNS `json:\"dns\"`" + `
  - ClusterConfiguration.Gone []string
+ the version v1 of the API is new; against v1beta4:
v1: 2 fields before, 2 after, 4 changes
  - ClusterConfiguration.DNS *DNS ` + "`json:\"dns\"`" + `
  - ClusterConfiguration.metav1.TypeMeta metav1.TypeMeta ` + "`json:\",inline\"`" + `
  + New.A int
  + New.B int

== Defaults
--- a/cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go
+++ b/cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go
@@ -1,2 +1,2 @@
 package v1beta4
-const DefaultPort = 6443
+const DefaultPort = 6444

== Validation: no change in cmd/kubeadm/app/apis/kubeadm/validation/validation.go

== Conversions: no change in cmd/kubeadm/app/apis/kubeadm/v1beta4/conversion.go

== Constants: no change in cmd/kubeadm/app/constants/constants.go

== Flags: no change in cmd/kubeadm/app/cmd/options/constant.go

== Feature gates: no change in cmd/kubeadm/app/features/features.go
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestTheChecksAreMadeFromTheLastReleaseBefore(t *testing.T) {
	t.Parallel()
	dir := unpacked(t, `
-- kubeadm1_9/go.mod --
require (
	k8s.io/kubernetes v1.9.1
)
-- kubeadm1_36/go.mod --
require (
	k8s.io/kubernetes v1.36.3
)
-- kubeadm1_37/go.mod --
require (
	k8s.io/kubernetes v1.37.2
)
`)
	for to, want := range map[string]string{"1.38.0": "v1.37.2", "1.37.9": "v1.37.2", "1.36.0": "v1.36.3", "v1.35.1": "v1.9.1"} {
		r, err := parseRelease(to)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := templateFor(dir, r); err != nil || got.String() != want {
			t.Errorf("for %s the template is %s, error %v; want %s", to, got, err, want)
		}
	}
	if r, err := templateFor(dir, release{"8", "0"}); err == nil {
		t.Errorf("before all there is %s", r)
	}
	for _, bad := range []string{"", "1.38", "2.0.0", "1.38.0-rc.1", "v1.38.x"} {
		if _, err := parseRelease(bad); err == nil {
			t.Errorf("%q passes for a release", bad)
		}
	}
}

func TestRenamesTheReleaseAndNothingElse(t *testing.T) {
	t.Parallel()
	const text = `// Package kubeadm1_37 runs the checks against
// kubeadm 1.37.
package kubeadm1_37
k8s.io/api v0.37.2 and v1.37.2, uint(37), other 1.37.20 and 37
`
	want := `// Package kubeadm1_38 runs the checks against
// kubeadm 1.38.
package kubeadm1_38
k8s.io/api v0.38.0 and v1.38.0, uint(38), other 1.37.20 and 37
`
	if diff := cmp.Diff(want, rename(text, release{"37", "2"}, release{"38", "0"})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	gomod := "require (\n\ta v1\n\tb v2 // indirect\n)\n"
	if got := withoutIndirect(gomod); got != "require (\n\ta v1\n)\n" {
		t.Errorf("%q", got)
	}
}
