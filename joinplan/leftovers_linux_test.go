package joinplan_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan"
)

// foreignRules are the host's own: a firewall that lets SSH in and nothing else,
// Docker's chains, and rules that only speak of Kubernetes.
const foreignRules = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
:MY-KUBE-RULES - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -s 192.0.2.0/24 -m comment --comment "from \"us\" -j KUBE-FIREWALL too" -j ACCEPT
-A INPUT -i cni0 -m comment --comment "flannel's own: cali:x" -j MY-KUBE-RULES
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j RETURN
-A MY-KUBE-RULES -m comment --comment KUBE-SERVICES -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
COMMIT
`

const kubernetesRules = `*filter
:KUBE-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
:FLANNEL-FWD - [0:0]
:cali-INPUT - [0:0]
:cali-from-host - [0:0]
-A INPUT -m comment --comment "cali:Cz_u1IQiXIMmKD4c" -j cali-INPUT
-I INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes \"service\" portals" -j KUBE-SERVICES
-A INPUT -j KUBE-FIREWALL
-I FORWARD 1 -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FORWARD -m comment --comment "cali:S93hcgKJrXEqnTfs" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -j DROP
-A FLANNEL-FWD -s 10.244.0.0/16 -j ACCEPT
-A cali-INPUT -g cali-from-host
COMMIT
*nat
:CNI-0123456789abcdef - [0:0]
:KUBE-POSTROUTING - [0:0]
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -s 10.244.1.5/32 -m comment --comment "name: \"cbr0\" id: \"5a\"" -j CNI-0123456789abcdef
-A CNI-0123456789abcdef ! -d 224.0.0.0/4 -j MASQUERADE
COMMIT
*mangle
:KUBE-KUBELET-CANARY - [0:0]
COMMIT
`

// onForeignHost runs in a network of its own. It prints the rules before
// Kubernetes came, and after the machine was reset.
const onForeignHost = `set -eu
show() {
	for kind in nft legacy; do
		for tool in iptables ip6tables; do
			echo "== $tool-$kind"
			"$tool-$kind-save" | sed '/^#/d; s/ \[[0-9:]*\]$//' | awk '/^\*/ { table = $0; text = "" } { text = text $0 "\n" } /^COMMIT/ && table != "*mangle" { printf "%s", text }'
		done
	done
	nft list table inet mine
	nft list tables | grep -v 'table ip6* \(filter\|nat\|mangle\)$'
}
v6() { sed 's/127\.0\.0\.0\/8/::1\/128/g; s/10\.244\.[0-9.]*\//fd00::\//g; s/172[0-9.]*\//fd01::\//; s/192[0-9.]*\//fd02::\//; s/224.0.0.0\/4/ff00::\/8/; s/\/16/\/64/; s/\/32/\/128/; s/fd02::\/24/fd02::\/64/'; }
each() {
	for kind in nft legacy; do
		"iptables-$kind-restore" --noflush <"$1"
		v6 <"$1" | "ip6tables-$kind-restore" --noflush
	done
}
ip link add cni0 type bridge
ip link add eth7 type bridge
nft add table inet mine
nft add chain inet mine input '{ type filter hook input priority 0; policy drop; }'
nft add rule inet mine input tcp dport 22 accept
each "$1/foreign"
show >"$1/before"
nft add table ip kube-proxy
nft add table ip6 kube-proxy
nft add table inet cni_plugins_masquerade
each "$1/kubernetes"
show >"$1/between"
sh "$1/leftovers.sh"
show >"$1/after"
ip link show eth7 >/dev/null
! ip link show cni0 2>/dev/null`

// A machine that is reset keeps its firewall: an operator who comes in by SSH is
// not locked out, and a policy that drops goes on dropping.
func TestAResetLeavesTheHostsOwnFirewall(t *testing.T) {
	t.Parallel()
	for name, pkg := range map[string]string{"iptables-legacy": "iptables", "iptables-nft": "iptables", "nft": "nftables", "ip": "iproute2"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("this test runs %s, which is not installed; run: apt-get install -y %s", name, pkg)
		}
	}
	for name, shell := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, shell)
			for _, recorded := range []string{"iptables", "ip", "ipvsadm"} {
				if err := os.Remove(filepath.Join(s.tools, recorded)); err != nil {
					t.Fatal(err)
				}
			}
			netd := filepath.Join(s.dir, "net.d")
			s.write(filepath.Join(netd, "deep/10-flannel.conflist"), "{}", 0o644)
			s.write(filepath.Join(netd, ".hidden"), "", 0o644)
			watched, err := os.Stat(netd)
			if err != nil {
				t.Fatal(err)
			}
			s.write(filepath.Join(s.dir, "foreign"), foreignRules, 0o644)
			s.write(filepath.Join(s.dir, "kubernetes"), kubernetesRules, 0o644)
			s.write(filepath.Join(s.dir, "leftovers.sh"), strings.ReplaceAll(leftoversOf(t), "/etc/cni/net.d", netd), 0o644)
			argv := []string{"-n"}
			if os.Geteuid() != 0 {
				argv = append(argv, "-r")
			}
			cmd := exec.Command("unshare", append(argv, append(append([]string{}, shell...), "-c", onForeignHost, "host", s.dir)...)...)
			cmd.Env = []string{"PATH=" + s.tools + ":" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "HOME=" + s.dir, "XTABLES_LOCKFILE=" + filepath.Join(s.dir, "lock")}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for line := range strings.Lines(string(out)) {
				if !strings.Contains(line, "-legacy tables present") {
					t.Errorf("it complains: %s", line)
				}
			}
			before, between, after := s.read("before"), s.read("between"), s.read("after")
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the host's own rules:\n%s", diff)
			}
			for _, lost := range []string{"KUBE-SERVICES", "cali-INPUT", "CNI-0123456789abcdef", "table ip kube-proxy"} {
				if want := map[bool]int{true: 1, false: 4}[strings.HasPrefix(lost, "table")]; strings.Count(between, ":"+lost)+strings.Count(between, lost+"\n") < want {
					t.Errorf("the test's Kubernetes did not write %s", lost)
				}
			}
			for _, kept := range []string{":INPUT DROP", "--dport 22 -j ACCEPT", "policy drop"} {
				if !strings.Contains(after, kept) {
					t.Errorf("after the reset there is no %q", kept)
				}
			}
			left, err := os.ReadDir(netd)
			if still, statErr := os.Stat(netd); err != nil || statErr != nil || !os.SameFile(watched, still) || len(left) > 0 {
				t.Errorf("the directory that containerd watches: %v, %v, %v", left, err, statErr)
			}
		})
	}
}

func (s *site) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(bytes.TrimSpace(text)) + "\n"
}

// leftoversOf is the script with which plans clear a machine that was reset: the
// same in all plans that reset one.
func leftoversOf(t *testing.T) string {
	t.Helper()
	spec := lab(t)
	rebuild, err := joinplan.Rebuild(joinplan.Input{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range rebuild.Steps {
		if step.ID != id("reset/cka-wk-1") {
			continue
		}
		for _, action := range step.Actions {
			if run, ok := action.(joinplan.Run); ok && run.Command.Argv()[0] == "sh" {
				return run.Command.Argv()[2]
			}
		}
	}
	t.Fatal("no step clears a machine")
	return ""
}
