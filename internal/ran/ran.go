// Package ran keeps what tests really ran: which release of which program. The
// compatibility table is made of it.
package ran

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Dir names the variable of the environment with the directory that records are
// written to; without it nothing is recorded.
const Dir = "HAPLANE_RAN"

// Program is a release of a program that a test ran.
type Program struct {
	// Name is kubeadm, haproxy, etcd or etcdctl, and Release what it calls
	// itself: v1.37.2, 2.6.12-1+deb12u4.
	Name    string `json:"name"`
	Release string `json:"release"`
	// API is the version of kubeadm's configuration API.
	API string `json:"api,omitempty"`
}

// Record keeps that a test ran a program, when the test has passed.
func Record(t testing.TB, p Program) {
	t.Helper()
	dir := os.Getenv(Dir)
	t.Cleanup(func() {
		if dir == "" || t.Failed() {
			return
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Error(err)
			return
		}
		name := strings.NewReplacer("/", "_", " ", "_").Replace(p.Name + "-" + p.Release + "-" + p.API + ".json")
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Error(err)
		}
	})
}
