package keepalivedcfg

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var files = flag.Int("files", 400, "how many files keepalived judges; a quarter of those that are refused come on top")

// binaries are the keepaliveds that judge: the installed one, and those that
// KEEPALIVED_ALSO names, separated by colons (testdata/keepalived-2.3.sh makes
// one).
func binaries(t *testing.T) []string {
	t.Helper()
	path, err := exec.LookPath("keepalived")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/keepalived")
	}
	if err != nil {
		t.Fatal("this test runs the real keepalived, which is not installed; run: apt-get install -y keepalived")
	}
	return append([]string{path}, filepath.SplitList(os.Getenv("KEEPALIVED_ALSO"))...)
}

// releaseOf gives what a binary calls its release.
func releaseOf(t *testing.T, binary string) string {
	t.Helper()
	out, err := exec.Command("unshare", "-m", binary, "-v").CombinedOutput()
	if err != nil {
		t.Fatalf("%s -v: %v\n%s", binary, err, out)
	}
	_, rest, _ := strings.Cut(string(out), "Keepalived ")
	release, _, _ := strings.Cut(rest, " ")
	return release
}

// judging makes a network namespace with the interfaces of the generator and asks
// keepalived about all files of a directory.
const judging = `
mount -t tmpfs tmpfs /run
for name in $2; do ip link add "$name" type bridge || exit 9; done
for file in "$3"/*.conf; do
	"$1" -t -f "$file" >"$file.said" 2>&1
	echo "exit status $?" >>"$file.said"
done`

// judge gives what keepalived says of each file, and "" where it has nothing to
// say. It needs root, or a user who may make namespaces.
func judge(t *testing.T, binary string, configs [][]byte) []string {
	t.Helper()
	const workers = 4
	said := make([]string, len(configs))
	var wg sync.WaitGroup
	for worker := range workers {
		dir := t.TempDir()
		name := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%05d.conf", i)) }
		for i := worker; i < len(configs); i += workers {
			if err := os.WriteFile(name(i), configs[i], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		wg.Go(func() {
			arguments := []string{"-n", "-m", "-p", "-f", "--mount-proc"}
			if os.Getuid() != 0 {
				arguments = append(arguments, "-r")
			}
			arguments = append(arguments, "sh", "-c", judging, "sh", binary, strings.Join(networkInterfaces, " "), dir)
			if out, err := exec.Command("unshare", arguments...).CombinedOutput(); err != nil {
				t.Errorf("judging in a namespace: %v\n%s", err, out)
				return
			}
			for i := worker; i < len(configs); i += workers {
				out, err := os.ReadFile(name(i) + ".said")
				if err != nil {
					t.Error(err)
					return
				}
				if text := string(out); text != "exit status 0\n" {
					said[i] = text
				}
			}
		})
	}
	wg.Wait()
	return said
}

// script writes a program that only root may change.
func script(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "check")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKeepalivedAcceptsWhatIsValid is the agreement in one direction: what our
// validation accepts without a warning, keepalived accepts without a word.
func TestKeepalivedAcceptsWhatIsValid(t *testing.T) {
	t.Parallel()
	g := newGenerator(1, script(t))
	var configs [][]byte
	for range *files {
		c := g.config()
		if err := c.Validate(); err != nil {
			t.Fatalf("%v\n%s", err, c.Bytes())
		}
		if w := c.Warnings(); w != nil {
			t.Fatalf("%v\n%s", w, c.Bytes())
		}
		configs = append(configs, c.Bytes())
	}
	for _, binary := range binaries(t) {
		t.Run(releaseOf(t, binary), func(t *testing.T) {
			t.Parallel()
			for i, said := range judge(t, binary, configs) {
				if said != "" {
					t.Errorf("keepalived says:\n%s\nof:\n%s", said, configs[i])
				}
			}
			t.Logf("%d files", len(configs))
		})
	}
}

// mistake spoils a valid file so that our validation rejects it. Where
// keepalived takes it in silence, tolerated says why we do not, behind the
// release if only one does so.
type mistake struct {
	name      string
	tolerated string
	spoil     func(*generator, *Config)
}

// silent tells whether a release says nothing of the mistake.
func (m mistake) silent(release string) bool {
	only, _, found := strings.Cut(m.tolerated, ": ")
	return m.tolerated != "" && (!found || strings.HasPrefix(release, only))
}

// four gives the file one IPv4 instance of VRRP's version 3, to be spoilt.
func four(c *Config) *Instance {
	c.Instances = []Instance{{
		Name: "spoilt", State: Backup, NoPreempt: true, Interface: "eth0", RouterID: 7, Priority: 100, Version: 3, AdvertInterval: time.Second,
		UnicastSource: netip.MustParseAddr("192.0.2.1"), UnicastPeers: []netip.Addr{netip.MustParseAddr("192.0.2.2")}, CheckUnicastSource: true,
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")},
	}}
	c.Groups = nil
	return &c.Instances[0]
}

// tracked gives the file one script, which its instance tracks.
func (g *generator) tracked(c *Config) *Script {
	c.Scripts = []Script{{Name: "spoilt", Command: []string{g.script}}}
	c.Global = Global{ScriptUser: "root", ScriptSecurity: true}
	four(c).TrackScripts = []string{"spoilt"}
	return &c.Scripts[0]
}

var mistakes = []mistake{
	{"no instances", "a file that moves nothing is one that was forgotten", func(g *generator, c *Config) { *c = Config{Global: c.Global} }},
	{"an instance without a name", "its log then speaks of ()", func(g *generator, c *Config) { four(c).Name = "" }},
	{"an instance's name in braces", "keepalived 2.3 reads it as a name", func(g *generator, c *Config) { four(c).Name = pick(g, "{a", "a}b", "a{b}") }},
	{"an instance's name with a line break", "keepalived turns the escape back into a line break, which its log then shows", func(g *generator, c *Config) { four(c).Name = "a\nb" }},
	{"two instances of a name", "", func(g *generator, c *Config) {
		second := *four(c)
		second.RouterID, second.Addresses = 8, []netip.Prefix{netip.MustParsePrefix("192.0.2.11/24")}
		c.Instances = append(c.Instances, second)
	}},
	{"two instances of a number on an interface", "", func(g *generator, c *Config) {
		second := *four(c)
		second.Name, second.Addresses = "second", []netip.Prefix{netip.MustParsePrefix("192.0.2.11/24")}
		c.Instances = append(c.Instances, second)
	}},
	{"an address in two instances", "each removes it while the other holds it", func(g *generator, c *Config) {
		second := *four(c)
		second.Name, second.RouterID = "second", 8
		c.Instances = append(c.Instances, second)
	}},
	{"an address twice", "v2.2: one of the two is a slip for another address", func(g *generator, c *Config) {
		i := four(c)
		i.Addresses = append(i.Addresses, i.Addresses[0])
	}},
	{"an unknown state", "", func(g *generator, c *Config) { four(c).State = pick[State](g, "FAULT", "master", "x y") }},
	{"nopreempt and MASTER", "", func(g *generator, c *Config) { four(c).State = Master }},
	{"nopreempt and the owner's priority", "", func(g *generator, c *Config) { four(c).Priority = 255 }},
	{"no interface", "", func(g *generator, c *Config) { four(c).Interface = "" }},
	{"an interface whose name is too long", "", func(g *generator, c *Config) { four(c).Interface = strings.Repeat("e", 16+g.IntN(9)) }},
	{"an interface that is none", "", func(g *generator, c *Config) {
		four(c).Interface = pick(g, "eth 0", "eth0/x", "eth0\n", "eth0:1", ".", "..")
	}},
	{"the loopback interface", "", func(g *generator, c *Config) { four(c).Interface = "lo" }},
	{"a number that is missing", "", func(g *generator, c *Config) { four(c).RouterID = 0 }},
	{"a number out of range", "", func(g *generator, c *Config) { four(c).RouterID = pick(g, -1, 256, 1000) }},
	{"a priority out of range", "", func(g *generator, c *Config) { four(c).Priority = pick(g, -1, 256, 1000) }},
	{"an unknown version", "", func(g *generator, c *Config) { four(c).Version = pick(g, 1, 4, -1) }},
	{"IPv6 in version 2", "it has version 3 all the same", func(g *generator, c *Config) { six(c).Version = 2 }},
	{"advertisements that are too rare", "", func(g *generator, c *Config) { four(c).AdvertInterval = pick(g, 41*time.Second, time.Hour) }},
	{"negative time between advertisements", "", func(g *generator, c *Config) { four(c).AdvertInterval = -time.Second }},
	{"time between advertisements in milliseconds", "", func(g *generator, c *Config) {
		four(c).AdvertInterval = pick(g, time.Millisecond, 105*time.Millisecond, 9*time.Millisecond)
	}},
	{"fractions of a second in version 2", "", func(g *generator, c *Config) {
		i := four(c)
		i.Version, i.AdvertInterval = pick(g, 0, 2), pick(g, 500*time.Millisecond, 1500*time.Millisecond)
	}},
	{"advertisements that are too rare in version 2", "", func(g *generator, c *Config) {
		i := four(c)
		i.Version, i.AdvertInterval = 2, 256*time.Second
	}},
	{"a password in version 3", "", func(g *generator, c *Config) { four(c).Password = g.password() }},
	{"a password for IPv6", "", func(g *generator, c *Config) { six(c).Password = g.password() }},
	{"a password that is too long", "", func(g *generator, c *Config) {
		i := four(c)
		i.Version, i.Password = 2, "123456789"[:9]+g.password()
	}},
	{"a password that needs escapes", "which escapes keepalived reads here is not documented", func(g *generator, c *Config) {
		i := four(c)
		i.Version, i.Password = 2, pick(g, "a'b", "a b", "a\\b", "ü")
	}},
	{"no address", "", func(g *generator, c *Config) { four(c).Addresses = nil }},
	{"more addresses than an advertisement holds", "", func(g *generator, c *Config) {
		i := four(c)
		for n := range 300 {
			i.Addresses = append(i.Addresses, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(n / 200), byte(n%200 + 1)}), 16))
		}
	}},
	{"an address of the other family", "", func(g *generator, c *Config) {
		i := four(c)
		i.Addresses = append(i.Addresses, netip.MustParsePrefix("2001:db8::1/64"))
	}},
	{"an address without a prefix", "", func(g *generator, c *Config) { four(c).Addresses = []netip.Prefix{{}} }},
	{"an address that nobody can serve", "keepalived tries to set it, and the kernel may refuse", func(g *generator, c *Config) {
		four(c).Addresses = []netip.Prefix{netip.MustParsePrefix(pick(g, "0.0.0.0/8", "127.0.0.9/8", "224.0.0.9/24"))}
	}},
	{"the network's own address", "the kernel answers on it for the network, or not at all", func(g *generator, c *Config) {
		four(c).Addresses = []netip.Prefix{netip.MustParsePrefix(pick(g, "192.0.2.0/24", "192.0.2.255/24"))}
	}},
	{"a prefix of nothing", "every machine of the world would be a neighbour", func(g *generator, c *Config) {
		four(c).Addresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.9/0")}
	}},
	{"the machine's own address", "it would leave the machine", func(g *generator, c *Config) {
		four(c).Addresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}
	}},
	{"a source without peers", "", func(g *generator, c *Config) { four(c).UnicastPeers = nil }},
	{"a source of the other family", "", func(g *generator, c *Config) { four(c).UnicastSource = netip.MustParseAddr("2001:db8::1") }},
	{"a peer of the other family", "", func(g *generator, c *Config) {
		four(c).UnicastPeers = []netip.Addr{netip.MustParseAddr("2001:db8::2")}
	}},
	{"the machine as its own peer", "it would take its own advertisements for another's", func(g *generator, c *Config) {
		i := four(c)
		i.UnicastPeers = []netip.Addr{i.UnicastSource}
	}},
	{"a peer twice", "v2.2: it gets every advertisement twice", func(g *generator, c *Config) {
		i := four(c)
		i.UnicastPeers = append(i.UnicastPeers, i.UnicastPeers[0])
	}},
	{"a peer that is none", "", func(g *generator, c *Config) { four(c).UnicastPeers = []netip.Addr{{}} }},
	{"a script without a command", "", func(g *generator, c *Config) { g.tracked(c).Command = nil }},
	{"a script without a path", "", func(g *generator, c *Config) { g.tracked(c).Command[0] = pick(g, "check", "./check", "") }},
	{"an argument with a quote", "keepalived keeps it or takes it for its own, by the argument", func(g *generator, c *Config) {
		s := g.tracked(c)
		s.Command = append(s.Command, pick(g, "it's", "a'b'c"))
	}},
	{"two scripts of a name", "the second one is never run", func(g *generator, c *Config) {
		g.tracked(c)
		c.Scripts = append(c.Scripts, c.Scripts[0])
	}},
	{"a script's name in quotes", "keepalived reads the quotes", func(g *generator, c *Config) {
		g.tracked(c).Name = "a b"
		c.Instances[0].TrackScripts = []string{"a b"}
	}},
	{"an interval of no whole seconds", "v2.3: keepalived 2.2 ignores it", func(g *generator, c *Config) { g.tracked(c).Interval = 500 * time.Millisecond }},
	{"a negative interval", "", func(g *generator, c *Config) { g.tracked(c).Interval = -time.Second }},
	{"an interval that is too long", "", func(g *generator, c *Config) { g.tracked(c).Interval = 4295 * time.Second }},
	{"a timeout of no whole seconds", "v2.3: keepalived 2.2 ignores it", func(g *generator, c *Config) { g.tracked(c).Timeout = 1500 * time.Millisecond }},
	{"a negative fall or rise", "", func(g *generator, c *Config) {
		s := g.tracked(c)
		*pick(g, &s.Fall, &s.Rise) = -1
	}},
	{"a script that is not there", "", func(g *generator, c *Config) { four(c).TrackScripts = []string{"missing"} }},
	{"a script tracked twice", "", func(g *generator, c *Config) {
		g.tracked(c)
		c.Instances[0].TrackScripts = []string{"spoilt", "spoilt"}
	}},
	{"a group of one", "", func(g *generator, c *Config) {
		four(c)
		c.Groups = []SyncGroup{{Name: "g", Instances: []string{"spoilt"}}}
	}},
	{"a group with an unknown instance", "", func(g *generator, c *Config) {
		four(c)
		c.Groups = []SyncGroup{{Name: "g", Instances: []string{"spoilt", "missing"}}}
	}},
	{"an instance in two groups", "", func(g *generator, c *Config) {
		second := *four(c)
		second.Name, second.RouterID, second.Addresses = "second", 8, []netip.Prefix{netip.MustParsePrefix("192.0.2.11/24")}
		c.Instances = append(c.Instances, second)
		group := SyncGroup{Name: "g", Instances: []string{"spoilt", "second"}}
		other := group
		other.Name = "h"
		c.Groups = []SyncGroup{group, other}
	}},
	{"a script's user that is none", "", func(g *generator, c *Config) {
		g.tracked(c)
		c.Global.ScriptUser = pick(g, "no such user", "-x", "a/b")
	}},
}

// six gives the file one IPv6 instance, to be spoilt.
func six(c *Config) *Instance {
	i := four(c)
	i.UnicastSource, i.UnicastPeers = netip.MustParseAddr("2001:db8::1"), []netip.Addr{netip.MustParseAddr("2001:db8::2")}
	i.Addresses = []netip.Prefix{netip.MustParsePrefix("2001:db8::10/64")}
	return i
}

// TestKeepalivedRejectsWhatIsNotValid is the agreement in the other direction.
func TestKeepalivedRejectsWhatIsNotValid(t *testing.T) {
	t.Parallel()
	g := newGenerator(2, script(t))
	var spoilt []mistake
	var configs [][]byte
	for _, m := range mistakes {
		for range max(2, *files/100) {
			c := g.config()
			m.spoil(g, &c)
			if c.Validate() == nil {
				t.Fatalf("%s: our validation takes it:\n%s", m.name, c.Bytes())
			}
			spoilt, configs = append(spoilt, m), append(configs, c.Bytes())
		}
	}
	for _, binary := range binaries(t) {
		release := releaseOf(t, binary)
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			silent, loud := map[string][]byte{}, map[string]string{}
			for i, said := range judge(t, binary, configs) {
				if said == "" {
					silent[spoilt[i].name] = configs[i]
				} else {
					loud[spoilt[i].name] = said
				}
			}
			for _, m := range mistakes {
				config, is := silent[m.name]
				if is && !m.silent(release) {
					t.Errorf("%s: keepalived says nothing of:\n%s", m.name, config)
				}
				if !is && m.silent(release) {
					t.Errorf("%s: keepalived does reject it: %s; %q is no longer true", m.name, loud[m.name], m.tolerated)
				}
			}
			t.Logf("%d files", len(configs))
		})
	}
}

// TestNoValueLeavesItsLine holds for every value, valid or not.
func TestNoValueLeavesItsLine(t *testing.T) {
	t.Parallel()
	g := newGenerator(3, "/check")
	for range 500 {
		c := g.config()
		for i := range c.Instances {
			c.Instances[i].Password = ""
		}
		want := bytes.Count(c.Bytes(), []byte("\n"))
		hostile := func(s string) string {
			if s == "" {
				return s
			}
			return pick(g, "\n", "\r\nx {", "\"\n}", "\\\n", "'\n", "\x00", "a\n}\nglobal_defs {") + s
		}
		c.Global.RouterID, c.Global.ScriptUser = hostile(c.Global.RouterID), hostile(c.Global.ScriptUser)
		for i := range c.Scripts {
			c.Scripts[i].Name = hostile(c.Scripts[i].Name)
			c.Scripts[i].Command[0] = hostile(c.Scripts[i].Command[0])
		}
		for i := range c.Instances {
			c.Instances[i].Name, c.Instances[i].Interface = hostile(c.Instances[i].Name), hostile(c.Instances[i].Interface)
		}
		if got := bytes.Count(c.Bytes(), []byte("\n")); got != want {
			t.Fatalf("%d lines became %d:\n%s", want, got, c.Bytes())
		}
		if c.Validate() == nil {
			t.Fatalf("our validation takes:\n%s", c.Bytes())
		}
	}
}
