package haproxycfg

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/haproxytest"
)

// TestKnowsWhereDirectivesStand holds the table of directives to HAProxy: none
// may be unknown or out of place where the table allows it.
func TestKnowsWhereDirectivesStand(t *testing.T) {
	t.Parallel()
	headers := map[place]string{inGlobal: "global\n", inDefaults: "defaults\n", inFrontend: "frontend f\n", inBackend: "backend b\n"}
	for where, header := range headers {
		lines := []string{strings.TrimSpace(header)}
		for _, name := range slices.Sorted(maps.Keys(directives)) {
			if directives[name]&where != 0 && name != "zero-warning" {
				lines = append(lines, name)
			}
		}
		out := haproxytest.Check(t, []byte(strings.Join(lines, "\n")+"\n")).Output
		if !strings.Contains(out, "parsing [") {
			t.Errorf("HAProxy says nothing of the directives of %s:\n%s", where, out)
		}
		for message := range strings.Lines(out) {
			for _, misplaced := range []string{"unknown keyword", "not allowed in", "cannot be used in", "no frontend capability", "no backend capability", "must be in"} {
				if strings.Contains(message, misplaced) {
					t.Errorf("%s: %s", where, message)
				}
			}
		}
	}
}

func TestExtraLinesStayInTheirSection(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"option log-health-checks":        "",
		"no option redispatch":            "",
		"# only a comment":                "",
		"":                                "",
		`http-request set-header X "a b"`: "",
		"backend other":                   "would begin a section of its own",
		"   listen   x":                   "would begin a section of its own",
		"daemon":                          "is no directive of a backend",
		"no bind":                         "is no directive of a backend",
		"option a\nbackend x":             "must be a single line",
		"option a\x00":                    "must be a single line",
		"option \x1b[2J":                  "must be a single line",
		`acl x path "open`:                "is never closed",
		".endif":                          "closes no .if",
		"acl x src" + strings.Repeat(" 1.1.1.1", 62): "at most 64",
	} {
		err := APIServers{Servers: []APIServer{{Name: "a", Host: "192.0.2.1"}}, BackendExtra: []string{line}}.Validate()
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", line, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error %v, want one with %q", line, err, want)
		}
	}
}

func TestWarnsOfDirectivesThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	lb := APIServers{Servers: []APIServer{{Name: "a", Host: "192.0.2.1"}}, BackendExtra: []string{"option tcp-check", "quantum-balance on"}}
	if err := lb.Validate(); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(lb.Warnings())
	if !strings.Contains(text, "backendExtra[1]: quantum-balance is a directive that this package does not know") {
		t.Errorf("warnings: %s", text)
	}
}

func TestTellsEveryErrorWithItsPath(t *testing.T) {
	t.Parallel()
	err := Config{
		Target:    "1.8",
		Global:    &Global{FDHardLimit: 5, MaxConn: -1},
		Frontends: []Frontend{{Name: "same", Binds: []Bind{{Port: 1}}, DefaultBackend: "same"}},
		Backends:  []Backend{{Name: "same", Servers: []Server{{Name: "a", Host: "h", Port: 1}, {Name: "a", Host: "bad host"}}}},
	}.Validate()
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("%v is not joined", err)
	}
	var got []string
	for _, e := range joined.Unwrap() {
		var f *field.Error
		if !errors.As(e, &f) {
			t.Errorf("%v is no field error", e)
			continue
		}
		got = append(got, f.Field)
	}
	want := []string{"target", "global.maxConn", "backends[0].servers[1].name", "backends[0].servers[1].host", "backends[0].servers[1].port"}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no error for %s in %q", w, got)
		}
	}
}
