package keepalivedcfg

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// generator makes random files that are valid and give no warning, with values
// at the edge of what may be said.
type generator struct {
	*rand.Rand
	// script is a program that is there and that only root may change.
	script string
}

func newGenerator(seed uint64, script string) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 99)), script}
}

func (g *generator) maybe() bool { return g.IntN(2) == 0 }

func pick[T any](g *generator, values ...T) T { return values[g.IntN(len(values))] }

// networkInterfaces are those of the namespace that the files are judged in.
var networkInterfaces = []string{"eth0", "eth1", "bond0.12", "a-b_c.d-e_f.g-h"}

func (g *generator) config() Config {
	if g.IntN(4) == 0 {
		d := g.virtualAddresses()
		return d.Config(pick(g, d.Hosts...).Name)
	}
	c := Config{
		Comment: pick(g, "", "one line", "two\nlines {\n", "hostile\r\x00\x1b[2J }\nline"),
		Global: Global{
			RouterID:       pick(g, "", "lb-1", "a b", "x#y!z", "{q}", "$(r);s", "ü", strings.Repeat("x", 255)),
			ScriptUser:     "root",
			ScriptSecurity: true,
		},
	}
	// keepalived -t 2.2 kills itself where another user or group runs scripts.
	c.Global.ScriptGroup = pick(g, "", "root")
	for i := range g.IntN(3) {
		c.Scripts = append(c.Scripts, g.scriptEntry(g.name(i)))
	}
	for i := range 1 + g.IntN(4) {
		instance := g.instance(i)
		instance.TrackScripts = g.some(c.Scripts)
		c.Instances = append(c.Instances, instance)
	}
	if len(c.Instances) > 1 {
		c.Groups = []SyncGroup{{Name: g.name(99), TrackScripts: g.some(c.Scripts)}}
		for _, i := range c.Instances {
			c.Groups[0].Instances = append(c.Groups[0].Instances, i.Name)
		}
	}
	return c
}

// name is one that no other number has.
func (g *generator) name(i int) string {
	const letters = "abcXYZ019_.-"
	b := make([]byte, g.IntN(12))
	for j := range b {
		b[j] = letters[g.IntN(len(letters))]
	}
	return fmt.Sprintf("n%d.%s", i, b)
}

func (g *generator) some(scripts []Script) []string {
	var names []string
	for _, s := range scripts {
		if g.maybe() {
			names = append(names, s.Name)
		}
	}
	return names
}

func (g *generator) scriptEntry(name string) Script {
	s := Script{
		Name:     name,
		Command:  []string{g.script},
		Interval: pick(g, 0, time.Second, 7*time.Second, longestScript),
		Timeout:  pick(g, 0, time.Second, 7*time.Second, longestScript),
		Fall:     pick(g, 0, 1, 1000),
		Rise:     pick(g, 0, 1, 1000),
		InitFail: g.maybe(),
	}
	for range g.IntN(4) {
		s.Command = append(s.Command, pick(g, "6443", "a b", "x#y", "!z", "$HOME", "{q}", "}", "-n", "ü", "a;b|c&d>e", "~SEQ", "@x"))
	}
	return s
}

func (g *generator) instance(i int) Instance {
	six := g.maybe()
	instance := Instance{
		Name:               g.name(i),
		State:              pick(g, "", Backup),
		NoPreempt:          true,
		Interface:          pick(g, networkInterfaces...),
		RouterID:           1 + (i*64+g.IntN(64))%255,
		Priority:           pick(g, 0, 1, 100, 254),
		CheckUnicastSource: true,
		UnicastSource:      g.address(six, i, 1),
	}
	for n := range 1 + g.IntN(5) {
		instance.UnicastPeers = append(instance.UnicastPeers, g.address(six, i, 2+n))
	}
	for n := range 1 + g.IntN(pick(g, 3, 25)) {
		a := g.address(six, i, 20+n)
		instance.Addresses = append(instance.Addresses, netip.PrefixFrom(a, pick(g, 8, a.BitLen()/2, a.BitLen()-1, a.BitLen())))
	}
	switch {
	case six:
		instance.Version = pick(g, 0, 3)
	default:
		instance.Version = pick(g, 0, 2, 3)
	}
	instance.AdvertInterval = time.Duration(1+g.IntN(4095)) * advertStep
	if instance.version() == 2 {
		instance.AdvertInterval = time.Duration(1+g.IntN(255)) * time.Second
		if g.maybe() {
			instance.Password = g.password()
		}
	}
	return instance
}

// password has every character that one may have.
func (g *generator) password() string {
	b := make([]byte, 1+g.IntN(8))
	for i := range b {
		for b[i] = byte('!' + g.IntN('~'-'!'+1)); strings.ContainsRune("\"'\\{}", rune(b[i])); {
			b[i]++
		}
	}
	return string(b)
}

// address is one of a family that no other pair of numbers gives.
func (g *generator) address(six bool, i, n int) netip.Addr {
	if six {
		return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::%x", i+1, n))
	}
	return netip.AddrFrom4([4]byte{10, 77, byte(i + 1), byte(n)})
}

// virtualAddresses makes a random description.
func (g *generator) virtualAddresses() VirtualAddresses {
	six, four := g.maybe(), true
	if six {
		four = g.maybe()
	}
	v := VirtualAddresses{
		RouterID:       pick(g, 0, 1, 255),
		AdvertInterval: pick(g, 0, 200*time.Millisecond, time.Second),
		Port:           uint16(g.IntN(65536)),
		CheckFile:      g.script,
	}
	if !six && g.maybe() {
		v.Password, v.AdvertInterval = g.password(), 0
	}
	for n := range 2 + g.IntN(4) {
		h := Host{Name: g.name(n), Interface: pick(g, networkInterfaces...)}
		if four || g.maybe() {
			h.Addresses = append(h.Addresses, g.address(false, 1, 1+n))
		}
		if six {
			h.Addresses = append(h.Addresses, g.address(true, 1, 1+n))
		}
		v.Hosts = append(v.Hosts, h)
	}
	for n := range 1 + g.IntN(3) {
		if four {
			v.Addresses = append(v.Addresses, netip.PrefixFrom(g.address(false, 1, 20+n), pick(g, 24, 32)))
		}
		if six {
			v.Addresses = append(v.Addresses, netip.PrefixFrom(g.address(true, 1, 20+n), pick(g, 64, 128)))
		}
	}
	return v
}
