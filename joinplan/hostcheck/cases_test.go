package hostcheck_test

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

// small is the description of the cases: lb-1, cp-1 to cp-3 and wk-1.
func small(t testing.TB) cluster.Spec {
	t.Helper()
	spec, err := cluster.Parse([]byte(testdata(t, "cases/spec.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

const (
	smallDefault = "default via 10.0.1.1 dev eth0\n"
	smallLink    = "10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.11\n"
	smallRoutes  = smallDefault + smallLink
	header       = "CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED\n"
)

// row is a line of kubeadm certs check-expiration.
func row(name, left string) string {
	return fmt.Sprintf("%-26s Nov 30, 2026 22:05 UTC   %-15s ca                      no      \n", name, left)
}

type pasted struct {
	name, text string
	want       []string // code and severity of each finding
}

// pastes are what people paste, by kind.
func pastes(t testing.TB) []pasted {
	t.Helper()
	const (
		service     = "cp-1 service-route warning"
		gap         = "cp-1 not-understood warning"
		unreachable = "cp-1 unreachable-route critical"
		hopDown     = "cp-1 hop-down info"
		down        = "cp-1 link-down critical"
		elsewhere   = "cp-1 default-elsewhere warning"
		ends        = "cp-1 certificate-ends "
		refused     = "cp-1 certificate-refused critical"
		missing     = "cp-1 certificate-missing critical"
		clock       = "cp-1 clock-unsynchronized warning"
		loopback    = "cp-1 name-loopback warning"
		noDefault   = "cp-1 no-default-route warning"
		taken       = "cp-1 address-taken critical"
	)
	dead := "10.0.1.12 proto bird metric 32\n\tnexthop via 10.0.9.1 dev eth0 weight 1 linkdown\n\tnexthop via 10.0.8.1 dev eth1 weight 1 dead linkdown\n"
	var all []pasted
	add := func(name, text string, want ...string) { all = append(all, pasted{name, text, want}) }
	file := func(name string, want ...string) { add(name, testdata(t, "cases/"+name), want...) }

	file("blackhole-over-service-subnet.txt", service)
	add("unreachable over all private addresses", smallRoutes+"unreachable 10.0.0.0/8 metric 9\n", service)
	add("a part of the service subnet", smallRoutes+"prohibit 10.96.4.0/24 proto static\n", service)
	add("blocks of pods", smallRoutes+"blackhole 10.244.3.0/26 proto bird\n")

	file("colours.txt")
	add("colours of another command", "\x1b[1;32mroot@cp-1\x1b[0m:\x1b[1;34m~\x1b[0m# ip -c route\n"+strings.ReplaceAll(smallRoutes, "10.0.1", "\x1b[35m10.0.1"))
	add("a window's title", "\x1b]0;root@cp-1: ~\x07"+smallRoutes)
	add("colours around bad news", smallRoutes+"\x1b[31munreachable \x1b[0m10.0.1.12 proto bird\n", unreachable)

	file("user-prompt.txt")
	add("another user's prompt", "ubuntu@cp-1:~$ ip route\n"+smallRoutes+"ubuntu@cp-1:~$ exit\nlogout\n")
	add("SUSE's and a container's prompt", "cp-1:~ # ip route\n"+smallRoutes+"sh-5.1# sudo ip -6 route\n")
	add("a laptop's prompt before", "me@laptop:~$ ssh cp-1\nLast login: Mon Nov 30 22:05:11 2026 from 10.0.1.1\n[root@cp-1 ~]# ip r\n"+smallRoutes)
	add("a code fence", "```console\n$ ip route\n"+smallRoutes+"```\n")
	add("a quoted mail", "> $ ip route\n> "+strings.ReplaceAll(strings.TrimSpace(smallRoutes), "\n", "\n> ")+"\n")
	add("no indentation", strings.ReplaceAll(testdata(t, "cases/cp-1-holds-lb-address.txt"), "    ", ""), taken)
	add("no-break spaces and CRLF", strings.ReplaceAll(strings.ReplaceAll(smallRoutes, " ", "\u00a0"), "\n", "\r\n"))

	file("encap-route.txt")
	add("more encapsulation", smallRoutes+"10.3.0.0/16  encap seg6 mode encap segs 1 [ fc00::1 ] dev eth0 scope link\n10.4.0.0/16 nhid 7  encap bpf xmit obj a.o section b via 10.0.1.13 dev eth0 proto static\n")
	add("encapsulation as JSON", `[{"dst":"default","gateway":"10.0.1.1","dev":"eth0","flags":[]},{"dst":"10.0.1.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.0.1.11","flags":[]},`+
		`{"dst":"10.244.3.0/24","encap":"ip","id":100,"src":"0.0.0.0","dst":"10.0.1.13","ttl":0,"tos":0,"gateway":"10.0.1.13","dev":"tunl0","flags":["onlink"]}]`)
	add("ip route get", smallRoutes+"$ ip route get 10.0.1.12\n10.0.1.12 dev eth0 src 10.0.1.11 uid 0\n    cache\n")
	add("ip route get, older, and neighbours", smallRoutes+"10.0.1.12 dev eth0 src 10.0.1.11\n    cache\n10.0.1.13 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n")
	add("ip route get that fails", smallRoutes+"$ ip route get 10.0.1.12\nRTNETLINK answers: Network is unreachable\n", gap)
	add("another table", smallRoutes+"$ ip route show table 100\nunreachable 10.0.1.0/25 proto static\n")

	file("multipath-one-hop-down.txt", hopDown)
	add("a hop of three", smallRoutes+"10.0.1.12\n"+"\tnexthop via 10.0.1.1 dev eth0 weight 1 linkdown\n\tnexthop via 10.0.1.2 dev eth0 weight 1\n\tnexthop via 10.0.1.3 dev eth0 weight 1\n", hopDown)
	add("all hops dead", smallRoutes+dead, down)
	add("all hops dead, as JSON", `[{"dst":"default","gateway":"10.0.1.1","dev":"eth0","flags":[]},{"dst":"10.0.1.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.0.1.11","flags":[]},`+
		`{"dst":"10.0.1.12","protocol":"bird","metric":32,"flags":[],"nexthops":[{"gateway":"10.0.9.1","dev":"eth0","weight":1,"flags":["linkdown"]},{"gateway":"10.0.8.1","dev":"eth1","weight":1,"flags":["dead","linkdown"]}]}]`, down)
	add("one hop dead, as JSON", `[{"dst":"10.0.1.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.0.1.11","flags":[]},`+
		`{"dst":"default","protocol":"bird","flags":[],"nexthops":[{"gateway":"10.0.1.1","dev":"eth0","weight":1,"flags":["linkdown"]},{"gateway":"10.0.8.1","dev":"eth1","weight":1,"flags":[]}]}]`)

	file("cp-1-holds-lb-address.txt", taken)
	file("lb-1.txt")
	add("the balancer's address first", "2: ens5: <UP> mtu 1500\n    inet 10.0.1.5/24 scope global ens5\n    inet 10.0.1.11/24 scope global secondary ens5\n", taken)
	add("ip -br addr", "lo               UNKNOWN        127.0.0.1/8 ::1/128 \nens5             UP             10.0.1.11/24 10.0.1.5/32 fe80::5a/64 \n", taken)

	add("route -n", "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0         10.0.1.1        0.0.0.0         UG    100    0        0 eth0\n10.0.1.0        0.0.0.0         255.255.255.0   U     100    0        0 eth0\n$ hostname\n2: eth0: <UP> mtu 1500\n inet 10.0.1.11/24 scope global eth0\n")
	add("route -n with a reject", smallRoutes+"10.0.1.12       -               255.255.255.255 !H    0      -        0 -\n", unreachable)
	add("netstat -rn without a default", "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n10.0.1.0        0.0.0.0         255.255.255.0   U         0 0          0 eth0\n2: eth0: <UP> mtu 1500\n inet 10.0.1.11/24 scope global eth0\n", noDefault)

	add("timedatectl", smallRoutes+"               Local time: Mon 2026-11-30 22:05:11 UTC\n           Universal time: Mon 2026-11-30 22:05:11 UTC\n                 RTC time: Mon 2026-11-30 22:05:11\n                Time zone: Etc/UTC (UTC, +0000)\nSystem clock synchronized: yes\n              NTP service: active\n          RTC in local TZ: no\n")
	add("timedatectl without synchronization", smallRoutes+"System clock synchronized: no\n              NTP service: inactive\n", clock)
	add("an older timedatectl", smallRoutes+"     NTP enabled: yes\nNTP synchronized: no\n", clock)
	add("chronyc tracking", smallRoutes+"Reference ID    : A29FC87B (time.example.com)\nStratum         : 4\nSystem time     : 0.000012 seconds slow of NTP time\nLast offset     : -0.000013 seconds\nLeap status     : Normal\n")
	add("chronyc tracking, far away", smallRoutes+"System time     : 7.310000 seconds fast of NTP time\nLeap status     : Normal\n", clock)
	add("chronyc tracking, lost", smallRoutes+"Leap status     : Not synchronised\n", clock)

	add("no default route", smallLink, noDefault)
	add("an unreachable default route", smallLink+"unreachable default metric 4278198272\n", noDefault)
	add("a VPN's two halves", smallLink+"0.0.0.0/1 via 10.0.1.1 dev eth0\n128.0.0.0/1 via 10.0.1.1 dev eth0\n")
	add("the default route of Vagrant", "default via 10.0.2.2 dev eth0 proto dhcp metric 100\n10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15\n10.0.1.0/24 dev eth1 proto kernel scope link src 10.0.1.11\n", elsewhere)
	add("two default routes, the worse on the node's", "default via 10.0.2.2 dev eth0 metric 100\ndefault via 10.0.1.1 dev eth1 metric 200\n10.0.1.0/24 dev eth1 proto kernel scope link src 10.0.1.11\n", elsewhere)

	add("the own name on 127.0.1.1", smallRoutes+"127.0.1.1 cp-1.example.com cp-1\n", loopback)
	add("the own name on 127.0.0.1", smallRoutes+"127.0.0.1 localhost cp-1\n", loopback)
	add("getent says it", smallRoutes+"$ getent hosts cp-1\n127.0.1.1       cp-1.example.com cp-1\n", loopback)
	add("localhost", smallRoutes+"127.0.0.1 localhost\n::1 localhost ip6-localhost\n")

	add("years and days", smallRoutes+header+row("apiserver", "7y364d")+row("etcd-server", "364d"))
	add("days and hours", smallRoutes+header+row("apiserver", "7d23h"), ends+"warning")
	add("hours and minutes", smallRoutes+header+row("apiserver", "5h12m"), ends+"critical")
	add("minutes and seconds", smallRoutes+header+row("apiserver", "2m53s"), ends+"critical")
	add("seconds", smallRoutes+header+row("apiserver", "0s"), ends+"critical")
	add("expired, and kubectl says so", smallRoutes+header+row("admin.conf", "<invalid>")+"$ kubectl get nodes\nUnable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-30T22:05:59Z is after 2026-11-30T22:05:00Z\n",
		refused, ends+"critical")
	add("an unknown authority", smallRoutes+"Unable to connect to the server: x509: certificate signed by unknown authority\n", refused)
	add("a missing certificate", smallRoutes+header+"!MISSING! apiserver                                                                                  \n"+row("etcd-server", "300d")+"!MISSING! super-admin.conf\n", missing)
	add("a missing authority", smallRoutes+header+row("etcd-server", "300d")+"CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED\n!MISSING! ca\n", missing)
	add("a residual time that is none", smallRoutes+header+row("apiserver", "soon"), gap)

	add("a line of something else", smallRoutes+"the wind blows from the west\n", gap)
	return all
}

func TestWhatPeoplePasteIsReadForWhatItIs(t *testing.T) {
	t.Parallel()
	spec := small(t)
	used := map[string]bool{"spec.yaml": true}
	for _, p := range pastes(t) {
		used[p.name] = true
		report := check(t, spec, parse(t, "", strings.TrimPrefix(p.text, "\ufeff")))
		if p.name == "lb-1.txt" && !slices.Equal(report.Hosts, []string{"lb-1"}) {
			t.Errorf("%s is taken for %v", p.name, report.Hosts)
		}
		if diff := cmp.Diff(p.want, verdict(report)); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", p.name, diff, report.Bytes())
		}
	}
	files, err := os.ReadDir(filepath.Join("testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("%s is no test", f.Name())
		}
	}
}

// verdict gives host, code and severity of each finding.
func verdict(r hostcheck.Report) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, fmt.Sprintf("%s %s %s", f.Subject, f.Code, f.Severity))
	}
	return all
}

func TestAControlPlaneAndTheBalancerWhoseAddressItHoldsAreToldApart(t *testing.T) {
	t.Parallel()
	cp, lb := parse(t, "", testdata(t, "cases/cp-1-holds-lb-address.txt")), parse(t, "", testdata(t, "cases/lb-1.txt"))
	report := check(t, small(t), lb, cp)
	if diff := cmp.Diff([]string{"lb-1", "cp-1"}, report.Hosts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cp-1 address-taken critical"}, verdict(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheExpiredCertificateIsNamedAsTheCause(t *testing.T) {
	t.Parallel()
	text := header + row("admin.conf", "<invalid>") + row("apiserver", "2m53s") + "error: x509: certificate has expired or is not yet valid\n"
	report := check(t, small(t), parse(t, "cp-1", text))
	for i, want := range []string{"certificates of this host have expired: admin.conf (expired on 2026-11-30)", "apiserver (ends on 2026-11-30, in 2m53s)"} {
		if len(report.Findings) != 2 || !strings.Contains(report.Findings[i].Message, want) {
			t.Errorf("%s is not in\n%s", want, report.Bytes())
		}
	}
}

func TestAHostIsKnownByItsPromptWhereNoAddressTells(t *testing.T) {
	t.Parallel()
	for _, prompt := range []string{"[root@cp-2 ~]# ", "ubuntu@cp-2.example.com:~$ "} {
		report := check(t, small(t), parse(t, "", prompt+"kubeadm certs check-expiration\n"+header+row("apiserver", "300d")))
		if !slices.Equal(report.Hosts, []string{"cp-2"}) {
			t.Errorf("%q is taken for %v", prompt, report.Hosts)
		}
	}
}

// changes are what pasting and copying do to a line.
var changes = map[string]func(line string, at int) string{
	"garbled": func(line string, at int) string { return line[:at] + "\ufffd" + line[min(at+1, len(line)):] },
	"spoilt":  func(line string, at int) string { return line[:at] + "?~" + line[at:] },
	"wrapped": func(line string, at int) string {
		i := strings.IndexByte(line[at:], ' ')
		if i < 0 || strings.TrimSpace(line[:at+i]) == "" {
			return line
		}
		return line[:at+i] + "\n" + line[at+i+1:]
	},
	"quoted":       func(line string, _ int) string { return "> " + line },
	"in quotes":    func(line string, _ int) string { return `"` + line + `"` },
	"in backticks": func(line string, _ int) string { return "`" + line + "`" },
	"indented":     func(line string, _ int) string { return "\t    " + line },
	"flush":        func(line string, _ int) string { return strings.TrimSpace(line) },
	"after noise":  func(line string, _ int) string { return "-bash: warning: setlocale: LC_ALL\n\n" + line },
	"before noise": func(line string, _ int) string { return line + "\nConnection to cp-1 closed.\nhello world" },
	"commented":    func(line string, _ int) string { return "# " + line },
	"a difference": func(line string, _ int) string { return "+ " + line },
}

// A line that was damaged is read for what it was, or listed: the verdict is
// never better than it was. A verdict is the set of what was found, in which a gap
// stands for anything.
func TestNoVerdictGetsBetterByWhatHappensToALine(t *testing.T) {
	t.Parallel()
	small, lab := small(t), reference()
	texts := map[string]string{}
	specs := map[string]cluster.Spec{}
	for _, p := range pastes(t) {
		texts[p.name], specs[p.name] = p.text, small
	}
	for _, name := range []string{"ip-route-broken.txt", "ip-route-broken.json", "check-expiration.txt", "check-expiration.json"} {
		texts[name], specs[name] = testdata(t, name), lab
	}
	for name, text := range map[string]string{
		"names":  "192.168.51.81 k8s-vip\n192.168.51.92 cka-cp-2 other\n$ getent hosts cka-wk-1\n$ getent hosts cka-wk-2\n192.168.51.85 cka-wk-2\n",
		"server": "/etc/kubernetes/admin.conf:    server: https://192.168.51.81:6443\n",
		"prefix": goodDefault + "192.168.51.0/25 dev ens18 proto kernel scope link src 192.168.51.81\n",
	} {
		texts[name], specs[name] = text, lab
	}
	tried := 0
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		host := map[bool]string{false: "cp-1", true: "cka-cp-1"}[specs[name].LoadBalancers[0].Name == "cka-hap-1"]
		was := check(t, specs[name], parse(t, host, texts[name]))
		if name == "lb-1.txt" || len(was.Findings) == 0 {
			continue
		}
		lines := strings.Split(strings.TrimSuffix(texts[name], "\n"), "\n")
		for i, line := range lines {
			if strings.TrimSpace(line) == "" {
				continue
			}
			for how, change := range changes {
				if how == "commented" && (isHostsLine(line) || slices.ContainsFunc(was.Findings, func(f hostcheck.Finding) bool { return f.Code == hostcheck.NotUnderstood })) {
					continue // a comment of anybody
				}
				for at := 0; at < len(line); at += 1 + len(line)/15 {
					changed := slices.Clone(lines)
					changed[i] = change(line, at)
					tried++
					mustBeNoBetter(t, specs[name], host, strings.Join(changed, "\n")+"\n", was, fmt.Sprintf("%s, line %d %s at %d", name, i+1, how, at))
					if !strings.HasPrefix(how, "g") && !strings.HasPrefix(how, "w") && how != "spoilt" {
						break // the place is of no matter
					}
				}
			}
		}
	}
	if tried < 5000 {
		t.Errorf("only %d captures were tried", tried)
	}
}

// isHostsLine reports a line of a hosts file, which takes nothing by being one of
// its comments.
func isHostsLine(line string) bool {
	fields := strings.Fields(line)
	_, err := netip.ParseAddr(fields[0])
	return err == nil && len(fields) < 5 && !strings.Contains(line, " dev ")
}

func mustBeNoBetter(t *testing.T, spec cluster.Spec, host, text string, was hostcheck.Report, what string) {
	t.Helper()
	capture, err := hostcheck.Parse(host, text)
	if err != nil {
		return // refused
	}
	now, err := hostcheck.Check(spec, capture)
	if err != nil {
		return
	}
	codes := map[string]bool{}
	for _, f := range now.Findings {
		codes[f.Code] = true
	}
	for _, f := range was.Findings {
		if !codes[f.Code] && !codes[hostcheck.NotUnderstood] {
			t.Errorf("%s: %s is found no longer, and nothing says why, in\n%s\n%s", what, f.Code, text, now.Bytes())
			return
		}
	}
}
