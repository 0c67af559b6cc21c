package etcd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var entry = regexp.MustCompile("(?m)^### `(etcdserver: [^`]+)`")

// The messages of etcd that the troubleshooting page explains are in etcd's
// source.
func TestEtcdSaysWhatTroubleshootingQuotes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.etcd.io/etcd/api/v3").Output()
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), "v3rpc", "rpctypes", "error.go"))
	if err != nil {
		t.Fatal(err)
	}
	entries := entry.FindAllStringSubmatch(string(page), -1)
	if len(entries) < 8 {
		t.Errorf("the page has only %d messages of etcd", len(entries))
	}
	for _, match := range entries {
		if !strings.Contains(string(said), `"`+match[1]+`"`) {
			t.Errorf("etcd has no message %s", match[1])
		}
	}
}
