package keepalivedcfg_test

import (
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/haproxycfg/keepalivedcfg"
	"github.com/haplane/haplane/internal/golden"
)

var equateAddresses = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func addrs(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// descriptions are what the goldens show, by the name of their folder.
var descriptions = map[string]keepalivedcfg.VirtualAddresses{
	"default": {
		Hosts: []keepalivedcfg.Host{
			{Name: "lb-1", Interface: "eth0", Addresses: addrs("192.0.2.11")},
			{Name: "lb-2", Interface: "eth0", Addresses: addrs("192.0.2.12")},
		},
		Addresses: prefixes("192.0.2.10/24"),
	},
	"dual-stack": {
		Hosts: []keepalivedcfg.Host{
			{Name: "lb-10", Interface: "ens3", Addresses: addrs("2001:db8::13", "192.0.2.13")},
			{Name: "lb-2", Interface: "ens4", Addresses: addrs("192.0.2.12", "2001:db8::12")},
			{Name: "lb-1", Interface: "ens3", Addresses: addrs("192.0.2.11", "192.0.2.111", "2001:db8::11")},
		},
		Addresses:      prefixes("2001:db8::10/64", "192.0.2.9/24", "192.0.2.10/32"),
		RouterID:       77,
		AdvertInterval: 250 * time.Millisecond,
		Port:           8443,
	},
	"password": {
		Hosts: []keepalivedcfg.Host{
			{Name: "cp-1", Interface: "bond0.12", Addresses: addrs("10.1.0.11")},
			{Name: "cp-2", Interface: "bond0.12", Addresses: addrs("10.1.0.12")},
		},
		Addresses: prefixes("10.1.0.0/16")[:0:0],
		Password:  "a#b!c&d$",
		CheckFile: "/opt/haplane/check",
		Socket:    "/var/run/haproxy.sock",
	},
}

func init() {
	d := descriptions["password"]
	d.Addresses = prefixes("10.1.1.0/16")
	descriptions["password"] = d
}

func TestRendersVirtualAddresses(t *testing.T) {
	t.Parallel()
	var files []txtar.File
	for _, name := range slices.Sorted(maps.Keys(descriptions)) {
		d := descriptions[name]
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, h := range d.Hosts {
			c := d.Config(h.Name)
			if err := c.Validate(); err != nil {
				t.Errorf("%s: the file of %s: %v", name, h.Name, err)
			}
			if w := c.Warnings(); w != nil {
				t.Errorf("%s: the file of %s: %v", name, h.Name, w)
			}
			files = append(files, txtar.File{Name: name + "/" + h.Name + ".conf", Data: c.Bytes()})
		}
		files = append(files,
			txtar.File{Name: name + "/check-haproxy", Data: d.Check()},
			txtar.File{Name: name + "/drop-in.conf", Data: d.DropIn()})
	}
	golden.Check(t, "testdata/virtualaddresses.txtar", files...)
}

func TestFillingDefaultsTwiceIsFillingThemOnce(t *testing.T) {
	t.Parallel()
	for name, d := range descriptions {
		once := d.WithDefaults()
		if diff := cmp.Diff(once, once.WithDefaults(), equateAddresses); diff != "" {
			t.Errorf("%s (-once +twice):\n%s", name, diff)
		}
		for _, h := range d.Hosts {
			if diff := cmp.Diff(d.Config(h.Name), once.Config(h.Name), equateAddresses); diff != "" {
				t.Errorf("%s: defaults that are written out change the file of %s:\n%s", name, h.Name, diff)
			}
		}
	}
}

func TestTheOrderOfHostsAndAddressesDoesNotShow(t *testing.T) {
	t.Parallel()
	for name, d := range descriptions {
		reversed := d.WithDefaults()
		slices.Reverse(reversed.Hosts)
		slices.Reverse(reversed.Addresses)
		reversed.RouterID = d.RouterID
		for _, h := range d.Hosts {
			if diff := cmp.Diff(d.Config(h.Name), reversed.Config(h.Name), equateAddresses); diff != "" {
				t.Errorf("%s: %s:\n%s", name, h.Name, diff)
			}
		}
		if diff := cmp.Diff(d.WithDefaults().Hosts, descriptions[name].WithDefaults().Hosts, equateAddresses); diff != "" {
			t.Errorf("%s: Config changed its receiver:\n%s", name, diff)
		}
	}
}

func TestAHostThatIsNotDescribedGetsNoValidFile(t *testing.T) {
	t.Parallel()
	if err := descriptions["default"].Config("lb-3").Validate(); err == nil {
		t.Error("a file for an unknown host is valid")
	}
}
