package etcd

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// release is a server with an etcdctl of its line. The modules beside this one
// pin what they are built from.
type release struct {
	name         string
	server, ctl  string // modules
	addsWithDown bool   // adds a member while one is down, if the rest is a quorum of all
	reportsQuota bool
}

// Etcdctl 3.5.24 is not to be had as a module any more; the newest of its line
// stands for it. Its printers are the same.
var releases = []release{
	{name: "3.5.24", server: "etcd3_5_24", ctl: "etcd3_5"},
	{name: "3.5", server: "etcd3_5", ctl: "etcd3_5", addsWithDown: true},
	{name: "3.6", server: "etcd3_6", ctl: "etcd3_6", addsWithDown: true, reportsQuota: true},
	{name: "3.7", server: "etcd3_7", ctl: "etcd3_7", addsWithDown: true, reportsQuota: true},
}

// forEachRelease runs a test with every release, one after the other, so that
// few clusters run at a time.
func forEachRelease(t *testing.T, test func(*testing.T, binaries)) {
	for _, r := range releases {
		t.Run(r.name, func(t *testing.T) { test(t, r.binaries(t)) })
	}
}

// binaries are the built programs of a release.
type binaries struct {
	release
	etcd, etcdctl string
}

func (r release) binaries(t *testing.T) binaries {
	t.Helper()
	return binaries{
		release: r,
		etcd:    build(t, r.server, "go.etcd.io/etcd/server/v3", "etcd"),
		etcdctl: build(t, r.ctl, "go.etcd.io/etcd/etcdctl/v3", "etcdctl"),
	}
}

var building sync.Mutex

// build builds a program of a module and gives its path. The user's cache
// keeps it, so that the next run has nothing to build.
func build(t *testing.T, module, pkg, name string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "haplane", "conformance", module, name)
	cmd := exec.Command("go", "build", "-o", path, pkg)
	cmd.Dir = filepath.Join("..", module)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s in %s: %v\n%s", pkg, module, err, out)
	}
	return path
}
