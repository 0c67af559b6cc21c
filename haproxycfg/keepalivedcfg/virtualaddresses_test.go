package keepalivedcfg

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestEveryHostOfAValidDescriptionGetsAValidFile(t *testing.T) {
	t.Parallel()
	g := newGenerator(4, "/check")
	for range 1000 {
		v := g.virtualAddresses()
		if err := v.Validate(); err != nil {
			t.Fatalf("%+v: %v", v, err)
		}
		for _, h := range v.Hosts {
			c := v.Config(h.Name)
			if err := c.Validate(); err != nil {
				t.Fatalf("%+v: %v\n%s", v, err, c.Bytes())
			}
			if w := c.Warnings(); w != nil {
				t.Fatalf("%+v: %v\n%s", v, w, c.Bytes())
			}
		}
	}
}

// twoHosts is a valid description.
func twoHosts() VirtualAddresses {
	return VirtualAddresses{
		Hosts: []Host{
			{Name: "lb-1", Interface: "eth0", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.11")}},
			{Name: "lb-2", Interface: "eth0", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.12")}},
		},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")},
	}
}

func TestValidateNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*VirtualAddresses){
		"hosts: give 2 to 24 load balancers":                            func(v *VirtualAddresses) { v.Hosts = v.Hosts[:1] },
		`hosts[1].name: "lb-1" stands there already`:                    func(v *VirtualAddresses) { v.Hosts[1].Name = "lb-1" },
		`hosts[0].name: "a b" must be`:                                  func(v *VirtualAddresses) { v.Hosts[0].Name = "a b" },
		"hosts[0].interface: give the network interface":                func(v *VirtualAddresses) { v.Hosts[0].Interface = "" },
		"hosts[1].addresses: give an address of the family ipv4":        func(v *VirtualAddresses) { v.Hosts[1].Addresses = nil },
		"hosts[0].addresses[0]: 192.0.2.10 is a virtual address":        func(v *VirtualAddresses) { v.Hosts[0].Addresses[0] = v.Addresses[0].Addr() },
		"hosts[1].addresses[0]: 192.0.2.11 stands there already":        func(v *VirtualAddresses) { v.Hosts[1].Addresses[0] = v.Hosts[0].Addresses[0] },
		"addresses: give 1 to 255":                                      func(v *VirtualAddresses) { v.Addresses = nil },
		"addresses[0]: 192.0.2.0/24 is the network's own address":       func(v *VirtualAddresses) { v.Addresses[0] = v.Addresses[0].Masked() },
		"routerID: 256 must be 1 to 255":                                func(v *VirtualAddresses) { v.RouterID = 256 },
		"advertInterval: 15ms must be a multiple of 10ms":               func(v *VirtualAddresses) { v.AdvertInterval = 15 * time.Millisecond },
		"password: it has 9 characters, and keepalived cuts it after 8": func(v *VirtualAddresses) { v.Password = "123456789" },
		"advertInterval: 500ms must be whole seconds": func(v *VirtualAddresses) {
			v.Password, v.AdvertInterval = "12345678", 500*time.Millisecond
		},
		"password: version 3 of VRRP, which IPv6 always has, knows no passwords": func(v *VirtualAddresses) {
			v.Password = "12345678"
			v.Addresses = append(v.Addresses, netip.MustParsePrefix("2001:db8::10/64"))
		},
		`socket: "/run/a b" must be an absolute path`: func(v *VirtualAddresses) { v.Socket = "/run/a b" },
		`checkFile: "check" must be an absolute path`: func(v *VirtualAddresses) { v.CheckFile = "check" },
	} {
		v := twoHosts()
		spoil(&v)
		if err := v.Validate(); err == nil || !strings.Contains(err.Error(), "virtual addresses: "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := twoHosts().Validate(); err != nil {
		t.Error(err)
	}
}

func TestAPasswordIsInNoError(t *testing.T) {
	t.Parallel()
	v := twoHosts()
	v.Password = "it's secret, and long"
	if err := v.Validate(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestWarningsSayWhatACommonChoiceCosts(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*VirtualAddresses){
		"advertInterval: the addresses of a machine that is gone are missing for 15s": func(v *VirtualAddresses) { v.AdvertInterval = 5 * time.Second },
		"advertInterval: a machine that has no time for 150ms loses its addresses":    func(v *VirtualAddresses) { v.AdvertInterval = 50 * time.Millisecond },
		"password: VRRP sends it in the clear":                                        func(v *VirtualAddresses) { v.Password = "12345678" },
		"addresses[0]: no host has an address in 198.51.100.0/24":                     func(v *VirtualAddresses) { v.Addresses[0] = netip.MustParsePrefix("198.51.100.7/24") },
	} {
		v := twoHosts()
		change(&v)
		if got := v.Warnings(); len(got) != 1 || !strings.HasPrefix(got[0].String(), want) {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	if got := twoHosts().Warnings(); got != nil {
		t.Errorf("a description with our defaults: %v", got)
	}
}

func TestTheRouterIDIsTheLastByteOfTheLowestAddress(t *testing.T) {
	t.Parallel()
	for want, addresses := range map[int][]netip.Prefix{
		10:  {netip.MustParsePrefix("192.0.2.10/24")},
		7:   {netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("192.0.2.7/24"), netip.MustParsePrefix("2001:db8::1/64")},
		255: {netip.MustParsePrefix("10.1.1.0/16")},
		254: {netip.MustParsePrefix("2001:db8::fe/64")},
	} {
		v := VirtualAddresses{Addresses: addresses}
		if got := v.WithDefaults().RouterID; got != want {
			t.Errorf("%v: got %d, want %d", addresses, got, want)
		}
	}
}
