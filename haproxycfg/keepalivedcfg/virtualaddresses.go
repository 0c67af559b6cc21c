package keepalivedcfg

import (
	"cmp"
	_ "embed" // the check script
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/natural"
)

// VirtualAddresses describes addresses that one of several load balancers
// holds. Hosts and Addresses are required; a zero value elsewhere means our
// default, which WithDefaults fills in. The package documentation explains what
// the files do and why.
type VirtualAddresses struct {
	// Hosts are the load balancers, two at least.
	Hosts []Host
	// Addresses are the virtual addresses, each with the length of its network's
	// prefix: 192.0.2.10/24. IPv4 and IPv6 may stand side by side.
	Addresses []netip.Prefix
	// RouterID is the virtual router's number, 1 to 255, which no other VRRP in
	// the broadcast domain may have. By default it is the last byte of the lowest
	// address.
	RouterID int
	// AdvertInterval is the time between two advertisements, 1 s by default. The
	// addresses of a machine that is gone are taken over after three of them. A
	// machine that has no time for as long loses its addresses, and with them all
	// connections, while nothing is broken.
	AdvertInterval time.Duration
	// Password is at most eight characters that go with every advertisement, in
	// the clear; with it VRRP has version 2. None by default.
	Password string
	// Port is the one that HAProxy serves, 6443 by default.
	Port uint16
	// Socket is the path of HAProxy's admin socket, /run/haproxy/admin.sock by
	// default.
	Socket string
	// CheckFile is the path of the check script on every host, by default
	// /usr/libexec/keepalived/check-haproxy, where the SELinux policy of RHEL lets
	// a script of keepalived's speak to HAProxy.
	CheckFile string
}

// Host is a load balancer.
type Host struct {
	// Name is the host's name.
	Name string
	// Interface is the network interface that gets the virtual addresses.
	Interface string
	// Addresses are the host's own addresses on it, which the others see: the
	// first of each family is used.
	Addresses []netip.Addr
}

// Our defaults.
const (
	defaultPort           = 6443
	defaultAdvertInterval = time.Second
	defaultSocket         = "/run/haproxy/admin.sock"
	defaultCheckFile      = "/usr/libexec/keepalived/check-haproxy"

	checkInterval  = time.Second
	checkTimeout   = time.Second
	checkDeadline  = 800 * time.Millisecond
	checksUntilOut = 1
	checksUntilIn  = 2

	highestPriority = 250
	priorityStep    = 10
	maxHosts        = 24
)

// WithDefaults gives a deep copy with our defaults in every zero value.
func (v VirtualAddresses) WithDefaults() VirtualAddresses {
	v.Hosts = slices.Clone(v.Hosts)
	for i := range v.Hosts {
		v.Hosts[i].Addresses = slices.Clone(v.Hosts[i].Addresses)
	}
	v.Addresses = slices.Clone(v.Addresses)
	v.RouterID = cmp.Or(v.RouterID, v.derivedRouterID())
	v.AdvertInterval = cmp.Or(v.AdvertInterval, defaultAdvertInterval)
	v.Port = cmp.Or(v.Port, defaultPort)
	v.Socket = cmp.Or(v.Socket, defaultSocket)
	v.CheckFile = cmp.Or(v.CheckFile, defaultCheckFile)
	return v
}

// derivedRouterID is the last byte of the lowest address: of two clusters in a
// network, whose addresses differ there, each gets its own. None ends in 255
// where the prefix is a common one, which leaves that number for those in 0.
func (v VirtualAddresses) derivedRouterID() int {
	if len(v.Addresses) == 0 {
		return 0
	}
	lowest := slices.MinFunc(v.Addresses, comparePrefixes).Addr().AsSlice()
	if len(lowest) == 0 {
		return 0
	}
	return cmp.Or(int(lowest[len(lowest)-1]), 255)
}

func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// Config gives the keepalived.conf of the host with this name. Where there is no
// such host the file has no instances, and is not valid.
func (v VirtualAddresses) Config(name string) Config {
	v = v.WithDefaults()
	slices.SortFunc(v.Hosts, func(a, b Host) int { return natural.Compare(a.Name, b.Name) })
	slices.SortFunc(v.Addresses, comparePrefixes)
	c := Config{
		Comment: "Written by haplane. The virtual addresses follow this machine's own HAProxy.",
		Global:  Global{RouterID: name, ScriptUser: "root", ScriptSecurity: true},
		Scripts: []Script{{
			Name:     checkName,
			Command:  []string{v.CheckFile},
			Interval: checkInterval,
			Timeout:  checkTimeout,
			Fall:     checksUntilOut,
			Rise:     checksUntilIn,
			InitFail: true,
		}},
	}
	for i, h := range v.Hosts {
		if h.Name == name {
			c.Instances = v.instances(i)
		}
	}
	if len(c.Instances) < 2 {
		return c
	}
	group := SyncGroup{Name: groupName, TrackScripts: []string{checkName}}
	for i := range c.Instances {
		group.Instances = append(group.Instances, c.Instances[i].Name)
		c.Instances[i].TrackScripts = nil
	}
	c.Groups = []SyncGroup{group}
	return c
}

// The names in the file, which show in keepalived's log.
const (
	checkName = "haproxy"
	groupName = "endpoint"
)

// instances gives an instance for each family that has addresses.
func (v VirtualAddresses) instances(host int) []Instance {
	var all []Instance
	for _, family := range families {
		i := Instance{
			Name:               family.name,
			State:              Backup,
			NoPreempt:          true,
			Interface:          v.Hosts[host].Interface,
			RouterID:           v.RouterID,
			Priority:           max(1, highestPriority-priorityStep*host),
			Version:            3,
			AdvertInterval:     v.AdvertInterval,
			CheckUnicastSource: true,
			Password:           v.Password,
			TrackScripts:       []string{checkName},
		}
		if v.Password != "" {
			i.Version = 2
		}
		for _, p := range v.Addresses {
			if family.has(p.Addr()) {
				i.Addresses = append(i.Addresses, p)
			}
		}
		for j, h := range v.Hosts {
			switch addr := h.address(family); {
			case j == host:
				i.UnicastSource = addr
			case addr.IsValid():
				i.UnicastPeers = append(i.UnicastPeers, addr)
			}
		}
		if len(i.Addresses) > 0 {
			all = append(all, i)
		}
	}
	return all
}

// family is IPv4 or IPv6.
type family struct {
	name string
	has  func(netip.Addr) bool
}

var families = []family{
	{"ipv4", netip.Addr.Is4},
	{"ipv6", netip.Addr.Is6},
}

// address gives the host's first address of a family.
func (h Host) address(f family) netip.Addr {
	for _, a := range h.Addresses {
		if f.has(a) {
			return a
		}
	}
	return netip.Addr{}
}

//go:embed check.sh
var checkScript string

// Check gives the script with which keepalived asks for the machine's own
// HAProxy. It belongs to root, at CheckFile, with mode 0755.
func (v VirtualAddresses) Check() []byte {
	v = v.WithDefaults()
	return []byte(strings.NewReplacer(
		"@PORT@", strconv.Itoa(int(v.Port)),
		"@HEXPORT@", fmt.Sprintf("%04X", v.Port),
		"@SOCKET@", "'"+strings.ReplaceAll(v.Socket, "'", `'\''`)+"'",
		"@DEADLINE@", inSeconds(checkDeadline),
	).Replace(checkScript))
}

// DropInFile is where systemd looks for what DropIn gives.
const DropInFile = "/etc/systemd/system/keepalived.service.d/haplane.conf"

// DropIn gives what keepalived's systemd unit needs beside its own settings, so
// that addresses do not stay where keepalived was killed.
func (v VirtualAddresses) DropIn() []byte {
	restart := 2 * v.WithDefaults().AdvertInterval
	return fmt.Appendf(nil, `# Written by haplane. A keepalived that is killed leaves its addresses behind, and
# another machine takes them too. Once started it gives them up, so it comes back
# after two advertisements: just before the other machine takes over.
[Unit]
StartLimitIntervalSec=0

[Service]
Restart=always
RestartSec=%dms
OOMScoreAdjust=-900
Nice=-10
`, restart.Milliseconds())
}

// Validate tells what is wrong with the description. The error joins a
// [ParseError] for each.
func (v VirtualAddresses) Validate() error {
	v = v.WithDefaults()
	c := &validator{input: "virtual addresses"}
	c.hosts(v)
	c.virtualAddresses(v)
	c.routerID("routerID", v.RouterID)
	version := 3
	if v.Password != "" {
		version = 2
		if slices.ContainsFunc(v.Addresses, func(p netip.Prefix) bool { return p.Addr().Is6() }) {
			version = 3
		}
		c.password("password", v.Password, version)
	}
	c.advertInterval("advertInterval", v.AdvertInterval, version)
	c.path("socket", v.Socket)
	c.path("checkFile", v.CheckFile)
	return finding.Join(c.problems)
}

func (v *validator) hosts(a VirtualAddresses) {
	if len(a.Hosts) < 2 || len(a.Hosts) > maxHosts {
		v.add("hosts", "give 2 to %d load balancers: with one there is nowhere to move to", maxHosts)
	}
	names, own := v.unique(), map[netip.Addr]bool{}
	for i, h := range a.Hosts {
		p := fmt.Sprintf("hosts[%d]", i)
		names(p+".name", h.Name)
		v.networkInterface(p+".interface", h.Interface)
		for _, f := range families {
			if !h.address(f).IsValid() && slices.ContainsFunc(a.Addresses, func(p netip.Prefix) bool { return f.has(p.Addr()) }) {
				v.add(p+".addresses", "give an address of the family %s: there are virtual addresses of it", f.name)
			}
		}
		for j, addr := range h.Addresses {
			p := fmt.Sprintf("%s.addresses[%d]", p, j)
			switch {
			case !addr.IsValid() || addr.Is4In6() || addr.Zone() != "" || addr.IsUnspecified() || addr.IsMulticast() || addr.IsLoopback():
				v.add(p, "give an address that the other load balancers reach, without a zone")
			case own[addr]:
				v.add(p, "%s stands there already", addr)
			case slices.ContainsFunc(a.Addresses, func(p netip.Prefix) bool { return p.Addr() == addr }):
				v.add(p, "%s is a virtual address: give the host's own, which never moves", addr)
			}
			own[addr] = true
		}
	}
}

func (v *validator) virtualAddresses(a VirtualAddresses) {
	if len(a.Addresses) == 0 || len(a.Addresses) > maxAddresses {
		v.add("addresses", "give 1 to %d virtual addresses", maxAddresses)
	}
	seen := map[netip.Addr]bool{}
	for i, prefix := range a.Addresses {
		p := fmt.Sprintf("addresses[%d]", i)
		if problem := addressProblem(prefix); problem != "" {
			v.add(p, "%s", problem)
		} else if seen[prefix.Addr()] {
			v.add(p, "%s stands there already", prefix.Addr())
		}
		seen[prefix.Addr()] = true
	}
}

// path holds a path to what needs quotes nowhere, and to what a socket's address
// can hold.
func (v *validator) path(p, path string) {
	const longest = 107
	if !strings.HasPrefix(path, "/") || len(path) > longest || strings.Trim(path, plainCharacters) != "" {
		v.add(p, "%q must be an absolute path of at most %d letters, digits and the characters / _ . : %% -", path, longest)
	}
}

// The range of advertisements that needs no word.
const (
	slowAdverts = time.Second
	fastAdverts = 200 * time.Millisecond
)

// Warnings tells what works and somebody may regret.
func (v VirtualAddresses) Warnings() []Finding {
	v = v.WithDefaults()
	w := &warner{}
	if v.AdvertInterval > slowAdverts {
		w.warn("advertInterval", fmt.Sprintf("the addresses of a machine that is gone are missing for %v", 3*v.AdvertInterval), "give 1s or less")
	}
	if v.AdvertInterval < fastAdverts {
		w.warn("advertInterval", fmt.Sprintf("a machine that has no time for %v loses its addresses, and all connections with them", 3*v.AdvertInterval), "give 200ms or more")
	}
	if v.Password != "" {
		w.warn("password", "VRRP sends it in the clear, and with it has version 2, in which a takeover needs up to one second more", "leave it away: advertisements that come from none of the hosts are dropped anyway")
	}
	for i, p := range v.Addresses {
		if v.outside(p) {
			w.warn(fmt.Sprintf("addresses[%d]", i), fmt.Sprintf("no host has an address in %s: who is in that network has a way to %s, and the hosts may have none back", p.Masked(), p.Addr()), "give the prefix of the hosts' network")
		}
	}
	return w.findings
}

// outside tells whether no host has an address in the network of a virtual one.
func (v VirtualAddresses) outside(p netip.Prefix) bool {
	if !p.IsValid() || p.IsSingleIP() {
		return false
	}
	for _, h := range v.Hosts {
		if slices.ContainsFunc(h.Addresses, p.Contains) {
			return false
		}
	}
	return true
}
