package haproxycfg_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/haproxytest"
)

func TestRendersTheReferenceFile(t *testing.T) {
	t.Parallel()
	text := reference().Bytes()
	golden.Check(t, "testdata/reference.txtar", txtar.File{Name: "haproxy.cfg", Data: text})
	haproxytest.MustAccept(t, text)
}

const (
	caFile     = "/etc/haproxy/kubernetes-ca.crt"
	clientCert = "/etc/haproxy/kubernetes-client.pem"
)

// descriptions are what the goldens show, by the name of their file.
var descriptions = []struct {
	file string
	lb   haproxycfg.APIServers
}{
	{"default.cfg", haproxycfg.APIServers{Servers: reds}},
	{"verified.cfg", haproxycfg.APIServers{Servers: reds, CAFile: caFile}},
	{"client-certificate.cfg", haproxycfg.APIServers{Servers: reds, CAFile: caFile, ClientCert: clientCert}},
	{"always-read.cfg", haproxycfg.APIServers{Servers: reds, CAFile: caFile, AlwaysRead: true}},
	{"plain.cfg", haproxycfg.APIServers{Servers: reds, CAFile: caFile, Profile: haproxycfg.ProfilePlain, Target: haproxycfg.V30}},
	{"tcp.cfg", haproxycfg.APIServers{Servers: reds, Profile: haproxycfg.ProfileTCP, MaxConnPerSource: -1}},
	{"not-started-by-root.cfg", haproxycfg.APIServers{Servers: reds, CAFile: caFile, RunDir: "/tmp", Target: haproxycfg.V34}},
	{"ipv6-names-and-other-ports.cfg", haproxycfg.APIServers{
		Name:   "blue",
		Listen: []netip.Addr{netip.MustParseAddr("2001:db8::80")},
		Port:   8443,
		Servers: []haproxycfg.APIServer{
			{Name: "blue-1", Host: "2001:db8::1", Port: 16443},
			{Name: "blue-2", Host: "blue-2.example.org"},
		},
		Target: haproxycfg.V32,
	}},
	{"dual-stack.cfg", haproxycfg.APIServers{
		Listen:  []netip.Addr{netip.MustParseAddr("192.0.2.80"), netip.MustParseAddr("2001:db8::80")},
		Servers: reds,
		Stats:   netip.MustParseAddrPort("127.0.0.1:8404"),
		Metrics: netip.MustParseAddrPort("127.0.0.1:8404"),
		MaxConn: 4000,
		Target:  haproxycfg.V28,
	}},
	{"fragment-with-extra-lines.cfg", haproxycfg.APIServers{
		Servers:       reds[:1],
		Fragment:      true,
		Metrics:       netip.MustParseAddrPort("192.0.2.80:9101"),
		FrontendExtra: []string{"tcp-request connection reject unless { src 192.0.2.0/24 }"},
		BackendExtra:  []string{"option log-health-checks", "# a comment"},
		Target:        haproxycfg.V24,
	}},
}

var reds = []haproxycfg.APIServer{
	{Name: "red-1", Host: "192.0.2.1"},
	{Name: "red-2", Host: "192.0.2.2"},
	{Name: "red-3", Host: "192.0.2.3"},
}

func TestRendersAPIServers(t *testing.T) {
	t.Parallel()
	ca, pair := haproxycfg.WriteCertificates(t, t.TempDir())
	var files []txtar.File
	for _, d := range descriptions {
		if err := d.lb.Validate(); err != nil {
			t.Errorf("%s: %v", d.file, err)
		}
		if err := d.lb.Config().Validate(); err != nil {
			t.Errorf("%s: the configuration: %v", d.file, err)
		}
		text := d.lb.Config().Bytes()
		files = append(files, txtar.File{Name: d.file, Data: text})
		here := strings.NewReplacer(caFile, ca, clientCert, pair, "blue-2.example.org", "localhost").Replace(string(text))
		if d.lb.Fragment {
			here = "global\n    log /dev/log local0\n" + here
		}
		haproxytest.MustAccept(t, []byte(here))
	}
	golden.Check(t, "testdata/apiservers.txtar", files...)
}

// TestAFragmentSaysWhatTheFileSays gives a fragment the file's global section,
// and writes the defaults of the file into each section by itself.
func TestAFragmentSaysWhatTheFileSays(t *testing.T) {
	t.Parallel()
	for _, d := range descriptions {
		fragment, file := d.lb, d.lb
		fragment.Fragment, file.Fragment = true, false
		got, want := fragment.Config(), file.Config()
		if got.Global != nil || got.Defaults != nil {
			t.Errorf("%s: a fragment has a section that others share", d.file)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%s: %v", d.file, err)
		}
		shared := *want.Defaults
		for i := range want.Frontends {
			f := &want.Frontends[i]
			f.DontLogNull, f.ClientKeepAlive, f.Timeouts.ClientFin = shared.DontLogNull, shared.ClientKeepAlive, shared.Timeouts.ClientFin
			if f.Mode == "" {
				f.Mode, f.Logs, f.Timeouts.Client = shared.Mode, shared.Logs, shared.Timeouts.Client
			}
		}
		for i := range want.Backends {
			b := &want.Backends[i]
			b.Balance = shared.Balance
			if b.Mode == "" {
				b.Mode, b.Logs, b.Redispatch, b.Retries, b.ServerKeepAlive = shared.Mode, shared.Logs, shared.Redispatch, shared.Retries, shared.ServerKeepAlive
				check := b.Timeouts.Check
				b.Timeouts = shared.Timeouts
				b.Timeouts.Check, b.Timeouts.Client, b.Timeouts.ClientFin = check, 0, 0
			}
		}
		want.Global, want.Defaults = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-file +fragment):\n%s", d.file, diff)
		}
	}
}

func TestFillingDefaultsTwiceIsFillingThemOnce(t *testing.T) {
	t.Parallel()
	for _, d := range descriptions {
		once := d.lb.WithDefaults()
		if diff := cmp.Diff(once, once.WithDefaults(), equateAddresses); diff != "" {
			t.Errorf("%s (-once +twice):\n%s", d.file, diff)
		}
		if diff := cmp.Diff(d.lb.Config(), once.Config()); diff != "" {
			t.Errorf("%s: defaults that are written out change the file:\n%s", d.file, diff)
		}
		if d.lb.Servers[0].Port != 0 && d.lb.Servers[0].Port != 16443 {
			t.Errorf("%s: WithDefaults changed its receiver", d.file)
		}
	}
}

var equateAddresses = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})
