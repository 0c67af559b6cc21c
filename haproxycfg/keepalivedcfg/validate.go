package keepalivedcfg

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/finding"
)

// ParseError says what is wrong with a value: Input is what it belongs to, Field
// its path, such as instances[0].priority, and Msg what is wrong and what to do.
type ParseError = finding.ParseError

// Finding is something that somebody may regret: Place is the path of the field,
// Message what happens, Remedy what to do.
type Finding = finding.Finding

// Validate tells what keepalived would reject, ignore or change, and what would
// do something else than it says. The error joins a [ParseError] for each.
func (c Config) Validate() error {
	v := &validator{input: "keepalived.conf"}
	v.word("global.routerID", c.Global.RouterID)
	v.user("global.scriptUser", c.Global.ScriptUser)
	v.user("global.scriptGroup", c.Global.ScriptGroup)
	if c.Global.ScriptGroup != "" && c.Global.ScriptUser == "" {
		v.add("global.scriptUser", "a group needs its user: keepalived writes both in one line")
	}
	v.scripts(c.Scripts)
	v.instances(c)
	v.groups(c)
	return finding.Join(v.problems)
}

// validator collects what is wrong.
type validator struct {
	input    string
	problems []*ParseError
}

func (v *validator) add(path, format string, args ...any) {
	v.problems = append(v.problems, &ParseError{Input: v.input, Field: path, Msg: fmt.Sprintf(format, args...)})
}

// The longest times that keepalived takes.
const (
	longestScript     = 4294 * time.Second
	maxAdvertVersion2 = 255 * time.Second
	maxAdvertVersion3 = 40950 * time.Millisecond
	advertStep        = 10 * time.Millisecond
)

// maxPassword is where keepalived cuts a password.
const maxPassword = 8

// maxAddresses is how many addresses an advertisement holds.
const maxAddresses = 255

func (v *validator) scripts(scripts []Script) {
	names := v.unique()
	for i, s := range scripts {
		p := fmt.Sprintf("scripts[%d]", i)
		names(p+".name", s.Name)
		v.command(p+".command", s.Command)
		v.wholeSeconds(p+".interval", s.Interval)
		v.wholeSeconds(p+".timeout", s.Timeout)
		v.notNegative(p+".fall", s.Fall)
		v.notNegative(p+".rise", s.Rise)
	}
}

func (v *validator) command(p string, words []string) {
	if len(words) == 0 {
		v.add(p, "give the absolute path of the program, and its arguments")
		return
	}
	if !strings.HasPrefix(words[0], "/") {
		v.add(p+"[0]", "%q is no absolute path, and keepalived would ignore the script", words[0])
	}
	for i, word := range words {
		if word == "" || strings.ContainsFunc(word, isQuoteOrControl) {
			v.add(fmt.Sprintf("%s[%d]", p, i), "a word of a command has no quotes, backslashes and control characters, and is not empty")
		}
	}
}

func (v *validator) wholeSeconds(p string, d time.Duration) {
	if d < 0 || d > longestScript || d%time.Second != 0 {
		v.add(p, "%v must be whole seconds, at most %d", d, longestScript/time.Second)
	}
}

func (v *validator) notNegative(p string, n int) {
	if n < 0 {
		v.add(p, "%d must be at least 1", n)
	}
}

func (v *validator) groups(c Config) {
	names, members := v.unique(), map[string]bool{}
	for i, g := range c.Groups {
		p := fmt.Sprintf("groups[%d]", i)
		names(p+".name", g.Name)
		if len(g.Instances) < 2 {
			v.add(p+".instances", "a group of fewer than two instances has nothing to keep together")
		}
		for j, name := range g.Instances {
			p := fmt.Sprintf("%s.instances[%d]", p, j)
			if !slices.ContainsFunc(c.Instances, func(i Instance) bool { return i.Name == name }) {
				v.add(p, "there is no instance %q", name)
			}
			if members[name] {
				v.add(p, "%q is in a group already", name)
			}
			members[name] = true
		}
		v.tracked(p+".trackScripts", c, g.TrackScripts)
	}
}

func (v *validator) tracked(p string, c Config, names []string) {
	for i, name := range names {
		p := fmt.Sprintf("%s[%d]", p, i)
		if !slices.ContainsFunc(c.Scripts, func(s Script) bool { return s.Name == name }) {
			v.add(p, "there is no script %q", name)
		}
		if slices.Contains(names[:i], name) {
			v.add(p, "%q stands there already", name)
		}
	}
}

func (v *validator) instances(c Config) {
	if len(c.Instances) == 0 {
		v.add("instances", "give at least one: a file without instances moves no address")
	}
	names, held := v.unique(), map[netip.Addr]bool{}
	for i, instance := range c.Instances {
		p := fmt.Sprintf("instances[%d]", i)
		names(p+".name", instance.Name)
		v.instance(p, instance)
		v.addresses(p+".addresses", instance, held)
		v.unicast(p, instance)
		v.tracked(p+".trackScripts", c, instance.TrackScripts)
		for _, other := range c.Instances[:i] {
			if other.RouterID == instance.RouterID && other.Interface == instance.Interface && other.isIPv6() == instance.isIPv6() {
				v.add(p+".routerID", "%s has the number %d on %s already", other.Name, other.RouterID, other.Interface)
			}
		}
	}
}

func (v *validator) instance(p string, i Instance) {
	switch i.State {
	case "", Master, Backup:
	default:
		v.add(p+".state", "%q must be MASTER or BACKUP", i.State)
	}
	if i.NoPreempt && i.State == Master {
		v.add(p+".noPreempt", "it does not work with the state MASTER: give BACKUP to all machines")
	}
	v.networkInterface(p+".interface", i.Interface)
	v.routerID(p+".routerID", i.RouterID)
	if i.Priority < 0 || i.Priority > 255 {
		v.add(p+".priority", "%d must be 1 to 255", i.Priority)
	}
	if i.NoPreempt && i.Priority == 255 {
		v.add(p+".priority", "the owner's priority 255 always preempts: give 254 or less")
	}
	if i.Version != 0 && i.Version != 2 && i.Version != 3 || i.Version == 2 && i.isIPv6() {
		v.add(p+".version", "%d must be 2 or 3, and 3 for IPv6", i.Version)
	}
	v.advertInterval(p+".advertInterval", i.AdvertInterval, i.version())
	if i.Password != "" {
		v.password(p+".password", i.Password, i.version())
	}
}

func (v *validator) networkInterface(p, name string) {
	switch {
	case name == "":
		v.add(p, "give the network interface that gets the addresses, such as eth0")
	case len(name) > 15 || name == "." || name == ".." || strings.Trim(name, plainCharacters) != "" || strings.ContainsAny(name, "/:"):
		v.add(p, "%q is no name of a network interface: at most 15 letters, digits and _ . -", name)
	case name == "lo":
		v.add(p, "keepalived sends no advertisements on the loopback interface")
	}
}

func (v *validator) routerID(p string, id int) {
	if id < 1 || id > 255 {
		v.add(p, "%d must be 1 to 255", id)
	}
}

func (v *validator) advertInterval(p string, d time.Duration, version int) {
	switch {
	case d == 0:
	case version == 2 && (d < 0 || d > maxAdvertVersion2 || d%time.Second != 0):
		v.add(p, "%v must be whole seconds, at most 255, in version 2 of VRRP", d)
	case version != 2 && (d < 0 || d > maxAdvertVersion3 || d%advertStep != 0):
		v.add(p, "%v must be a multiple of 10ms, at most 40.95s", d)
	}
}

// password says nothing of what a password holds.
func (v *validator) password(p, password string, version int) {
	if version != 2 {
		v.add(p, "version 3 of VRRP, which IPv6 always has, knows no passwords: leave it away")
	}
	if len(password) > maxPassword {
		v.add(p, "it has %d characters, and keepalived cuts it after 8: give at most 8", len(password))
	}
	if strings.ContainsFunc(password, func(r rune) bool { return isQuoteOrControl(r) || r > '~' || strings.ContainsRune(" {}", r) }) {
		v.add(p, "it may only hold printable ASCII characters without blanks, quotes, braces and backslashes")
	}
}

func (v *validator) addresses(p string, i Instance, held map[netip.Addr]bool) {
	switch n := len(i.Addresses); {
	case n == 0:
		v.add(p, "give at least one virtual address")
	case n > maxAddresses:
		v.add(p, "%d addresses are more than the 255 of an advertisement", n)
	}
	for j, prefix := range i.Addresses {
		p := fmt.Sprintf("%s[%d]", p, j)
		if problem := addressProblem(prefix); problem != "" {
			v.add(p, "%s", problem)
			continue
		}
		if prefix.Addr().Is6() != i.isIPv6() {
			v.add(p, "%s is not of the family of the others: give IPv4 and IPv6 an instance each, in one group", prefix)
		}
		if prefix.Addr() == i.UnicastSource {
			v.add(p, "%s is the machine's own address, which would move away", prefix.Addr())
		}
		if held[prefix.Addr()] {
			v.add(p, "%s stands there already", prefix.Addr())
		}
		held[prefix.Addr()] = true
	}
}

// addressProblem says why nobody can hold an address, or "".
func addressProblem(prefix netip.Prefix) string {
	addr := prefix.Addr()
	switch {
	case !prefix.IsValid():
		return "give an address with the length of its network's prefix, such as 192.0.2.10/24"
	case addr.Is4In6():
		return fmt.Sprintf("%s is an IPv4 address in IPv6's notation: write %s", addr, addr.Unmap())
	case addr.IsUnspecified() || addr.IsLoopback() || addr.IsMulticast():
		return fmt.Sprintf("%s is no address that a machine can serve", addr)
	case prefix.Bits() == 0:
		return fmt.Sprintf("%s makes every address of the world a neighbour: give the prefix of the network", prefix)
	case addr.Is4() && prefix.Bits() < 31 && (addr == prefix.Masked().Addr() || addr == broadcast(prefix)):
		return fmt.Sprintf("%s is the network's own address or its broadcast address", prefix)
	}
	return ""
}

// broadcast gives the last address of an IPv4 network.
func broadcast(prefix netip.Prefix) netip.Addr {
	addr := prefix.Addr().As4()
	for bit := prefix.Bits(); bit < 32; bit++ {
		addr[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(addr)
}

func (v *validator) unicast(p string, i Instance) {
	if len(i.UnicastPeers) == 0 && (i.UnicastSource.IsValid() || i.CheckUnicastSource) {
		v.add(p+".unicastPeers", "give the other machines: without peers keepalived uses multicast after all")
	}
	if i.UnicastSource.IsValid() && i.UnicastSource.Is6() != i.isIPv6() {
		v.add(p+".unicastSource", "%s is not of the family of the virtual addresses", i.UnicastSource)
	}
	for j, peer := range i.UnicastPeers {
		p := fmt.Sprintf("%s.unicastPeers[%d]", p, j)
		switch {
		case !peer.IsValid() || peer.IsUnspecified() || peer.IsMulticast() || peer.IsLoopback():
			v.add(p, "give the address of another machine")
		case peer.Is6() != i.isIPv6():
			v.add(p, "%s is not of the family of the virtual addresses", peer)
		case peer == i.UnicastSource:
			v.add(p, "%s is this machine's own address: give only those of the others", peer)
		case slices.Contains(i.UnicastPeers[:j], peer):
			v.add(p, "%s stands there already", peer)
		}
	}
}

// unique gives a function that rejects names that are none, or that it has seen.
func (v *validator) unique() func(p, name string) {
	seen := map[string]bool{}
	return func(p, name string) {
		switch {
		case !isName(name):
			v.add(p, "%q must be 1 to 63 letters, digits and the characters _ . -", name)
		case seen[name]:
			v.add(p, "%q stands there already", name)
		}
		seen[name] = true
	}
}

func isName(name string) bool {
	return name != "" && len(name) <= 63 && strings.Trim(name, plainCharacters) == "" && !strings.ContainsAny(name, "/:%")
}

func (v *validator) user(p, name string) {
	if name != "" && (!isName(name) || strings.HasPrefix(name, "-")) {
		v.add(p, "%q is no name of a user or group", name)
	}
}

// word rejects what cannot be written in quotes.
func (v *validator) word(p, word string) {
	if len(word) > 255 || strings.ContainsFunc(word, isQuoteOrControl) {
		v.add(p, "it has at most 255 bytes, and no quotes, backslashes and control characters")
	}
}

func isQuoteOrControl(r rune) bool { return isControl(r) || strings.ContainsRune("\"'\\\ufffd", r) }
