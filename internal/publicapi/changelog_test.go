package publicapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/publicapi"
)

var before = []string{
	"hostsfile: field Block.Name string",
	"hostsfile: func Parse([]byte) *File",
	"hostsfile: method (*File) Bytes() []byte",
	"hostsfile: type Block struct",
}

func TestTheChangelogNamesWhatIsGoneChangedOrNew(t *testing.T) {
	t.Parallel()
	now := []string{
		"etcdcheck: func Parse([]byte) (Sample, error)",
		"hostsfile: func Parse([]byte) (*File, error)",
		"hostsfile: func Print(*File)",
		"hostsfile: type Block struct",
	}
	for name, c := range map[string]struct {
		changelog string
		missing   []string
	}{
		"silence": {"## Unreleased\n", []string{"`Block.Name`", "`Parse`", "`File.Bytes`", "`etcdcheck`", "`hostsfile`"}},
		"all named": {"## Unreleased\n`hostsfile.Parse(text)` gives an error, `Block.Name` and `(*File).Bytes` `File.Bytes` went; `etcdcheck` is new\n" +
			"and `hostsfile.Print` too\n", nil},
		"words are no names":         {"## Unreleased\nParse Block.Name File.Bytes etcdcheck hostsfile\n", []string{"`Block.Name`", "`Parse`", "`File.Bytes`", "`etcdcheck`", "`hostsfile`"}},
		"longer names are others":    {"## Unreleased\n`ParseAll` `Block.Named` `MyFile.Bytes` `etcdcheck/x` `hostsfile2`\n", []string{"`Block.Name`", "`Parse`", "`File.Bytes`", "`etcdcheck`", "`hostsfile`"}},
		"an older release is no use": {"## Unreleased\n\n## 0.1.0\n`Parse` `Block.Name` `File.Bytes` `etcdcheck` `hostsfile`\n", []string{"`Block.Name`", "`Parse`", "`File.Bytes`", "`etcdcheck`", "`hostsfile`"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var missing []string
			for _, m := range publicapi.Unnamed(before, now, "# Changelog\n\n"+c.changelog) {
				what, _, _ := strings.Cut(m, " ")
				missing = append(missing, what)
			}
			if diff := cmp.Diff(c.missing, missing); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestWhatIsAsItWasNeedsNoWord(t *testing.T) {
	t.Parallel()
	if missing := publicapi.Unnamed(before, before, "# Changelog\n\n## Unreleased\n"); missing != nil {
		t.Error(missing)
	}
}
