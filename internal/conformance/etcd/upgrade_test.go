package etcd

import (
	"fmt"
	"os/exec"
	"regexp"
	"syscall"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
)

// TestUpgradesOneMinorAtATime asks whether three members may be moved to the
// next minor, and to the one after it, and does both.
func TestUpgradesOneMinorAtATime(t *testing.T) {
	t.Parallel()
	from, next, tooFar := releases[1].binaries(t), releases[2].binaries(t), releases[3].binaries(t)
	c := startCluster(t, from, 3)
	for _, r := range c.wantVerdicts(t, true, etcdcheck.Healthy, 3) {
		if a := r.CanUpgrade(versionOf(t, tooFar)); a.Yes {
			t.Errorf("%s", a.Bytes())
		}
		if a := r.CanUpgrade(versionOf(t, next)); !a.Yes {
			t.Errorf("%s", a.Bytes())
		}
	}
	c.refusesToStart(t, tooFar, c.members[2])
	for i, s := range c.members {
		c.replace(next, s)
		if i < len(c.members)-1 {
			reports := c.wantVerdicts(t, true, etcdcheck.Degraded, 3, etcdcheck.CodeVersionMix)
			if a := reports[etcdcheck.JSON].CanUpgrade(versionOf(t, next)); !a.Yes {
				t.Errorf("half way: %s", a.Bytes())
			}
		}
	}
	for _, r := range c.wantVerdicts(t, true, etcdcheck.Healthy, 3) {
		if r.Version != versionOf(t, next) {
			t.Errorf("the members run %v, want %v", r.Version, versionOf(t, next))
		}
	}
	c.compareFormats(t, c.members, true)
}

// replace restarts a member as another release.
func (c *cluster) replace(bin binaries, s *server) {
	c.bin = bin
	c.signal(s, syscall.SIGTERM)
	<-s.done
	c.start(s)
}

// refusesToStart restarts a member as a release that is two minors ahead, which
// ends by itself, and then as what it was.
func (c *cluster) refusesToStart(t *testing.T, bin binaries, s *server) {
	t.Helper()
	was := c.bin
	c.replace(bin, s)
	c.eventually(t, startTimeout, "the server ends by itself", func() error {
		select {
		case <-s.done:
			return nil
		default:
			return fmt.Errorf("%s runs as %s", s.name, bin.name)
		}
	})
	c.bin = was
	c.start(s)
	c.wantVerdicts(t, true, etcdcheck.Healthy, 3)
}

var versionLine = regexp.MustCompile(`etcd Version: (\S+)`)

// versionOf asks a server's binary for its release.
func versionOf(t *testing.T, bin binaries) etcdcheck.Version {
	t.Helper()
	out, err := exec.Command(bin.etcd, "--version").Output()
	m := versionLine.FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%s --version: %v\n%s", bin.etcd, err, out)
	}
	v, err := etcdcheck.ParseVersion(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
