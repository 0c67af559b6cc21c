package hostile_test

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/haproxycfg/haproxystat"
	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/internal/hostile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

const manyFaults = 400

// faulty is a text with a fault in each of its lines, each long and the attacker's.
func faulty(head, line, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	evil := strings.ReplaceAll(hostile.Texts("")[2], `"`, "")[:60] + strings.Repeat("a", 300)
	evil = strings.Map(func(r rune) rune {
		if r < ' ' || r == '\'' || r == 0xfffd {
			return -1
		}
		return r
	}, evil)
	for i := range manyFaults {
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(line, "#", strconv.Itoa(i)), "EVIL", evil))
	}
	return b.String() + tail
}

func TestAnErrorIsShortHoweverManyFaultsThereAre(t *testing.T) {
	t.Parallel()
	a := newAlive(t)
	for name, try := range map[string]func() error{
		"the fields of a kubeadm file": func() error {
			_, err := kubeadmcfg.Parse([]byte(faulty("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n", "'field-#-EVIL': x\n", "")))
			return err
		},
		"the types of a kubeadm file": func() error {
			_, err := kubeadmcfg.Parse([]byte(faulty("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  certSANs:\n", "  - {'EVIL': #}\n", "")))
			return err
		},
		"the documents of a kubeadm file": func() error {
			_, err := kubeadmcfg.Parse([]byte(faulty("", "---\napiVersion: 'EVIL'\nkind: 'EVIL'\n", "")))
			return err
		},
		"the values of a kubeadm file": func() error {
			file, err := kubeadmcfg.Parse([]byte(faulty("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\napiServer:\n  certSANs:\n", "  - 'EVIL'\n", "")))
			return errors.Join(err, file.Validate())
		},
		"the fields of a description": func() error {
			_, err := cluster.Parse([]byte(faulty("", "'field-#-EVIL': x\n", "")))
			return err
		},
		"the workers of a description": func() error {
			spec, err := cluster.Parse([]byte(faulty("controlPlaneEndpoint: a:1\nworkers:\n", "- {name: 'EVIL', address: 'EVIL'}\n", "")))
			return errors.Join(err, spec.Validate())
		},
		"the groups of a description": func() error {
			_, err := cluster.Parse([]byte(faulty("controlPlaneEndpoint: a:1\nworkers:\n", "- {name: wk-#, address: 10.0.0.1/8, group: 'EVIL'}\n", "")))
			return err
		},
		"the labels of a description": func() error {
			spec, err := cluster.Parse([]byte(faulty("controlPlaneEndpoint: a:1\ncontrolPlanes:\n- name: cp-1\n  address: 10.0.0.1/8\n  labels:\n", "    '#-EVIL': 'EVIL'\n", "")))
			return errors.Join(err, spec.Validate())
		},
		"objects": func() error {
			_, err := cluster.ParseState([]byte(faulty(`{"apiVersion":"v1","kind":"List","items":[`, `{"apiVersion":"v1","kind":"Node","metadata":"EVIL"},`, "{}]}")))
			return err
		},
		"captures of objects": func() error {
			var captures [][]byte
			for i := range manyFaults {
				captures = append(captures, []byte(strings.Repeat("evil ", 400)+strconv.Itoa(i)))
			}
			_, err := cluster.ParseState(captures...)
			return err
		},
		"a capture": func() error {
			_, err := capture.Parse(strings.Repeat("name", 10), []byte(faulty("haplane capture 1 machine a\n", "@ EVIL\n", "")))
			return err
		},
		"etcd's text": func() error {
			_, err := etcdcheck.Parse([]byte(faulty("[", `{"EVIL":#},`, "{}]")))
			return err
		},
		"a host's text": func() error {
			_, err := hostcheck.Parse("", faulty("$ ip route\n", "EVIL #\n", ""))
			return err
		},
		"hosts without a name": func() error {
			var captures []hostcheck.Capture
			for i := range manyFaults {
				captures = append(captures, hostcheck.Capture{Host: hostile.Texts(strconv.Itoa(i))[0]})
			}
			_, err := hostcheck.Check(cluster.Spec{}, captures...)
			return err
		},
		"statistics": func() error {
			_, err := haproxystat.Parse(faulty("# pxname,svname,status,type,\n", "EVIL,EVIL\n", ""))
			return err
		},
		"a join command": func() error {
			_, err := kubeadmcmd.ParseJoin("kubeadm join a:1 " + strings.ReplaceAll(faulty("", "--EVIL=# ", ""), "\n", " "))
			return err
		},
		"a join command's hashes": func() error {
			_, err := kubeadmcmd.ParseJoin("kubeadm join a:1 --token abcdef.0123456789abcdef " + strings.ReplaceAll(faulty("", "--discovery-token-ca-cert-hash=#EVIL ", ""), "\n", " "))
			return err
		},
		"servers": func() error {
			var spec haproxycfg.APIServers
			for i := range manyFaults {
				evil := hostile.Texts(strconv.Itoa(i))[0]
				spec.Servers = append(spec.Servers, haproxycfg.APIServer{Name: evil, Host: haproxycfg.Host(evil)})
			}
			return spec.Validate()
		},
		"entries of hosts": func() error {
			block := hostsfile.Block{Name: "a"}
			for i := range manyFaults {
				block.Entries = append(block.Entries, hostsfile.Entry{Addr: netip.MustParseAddr("10.0.0.1"), Names: hostile.Texts(strconv.Itoa(i))})
			}
			return block.Validate()
		},
		"a description's parts": func() error {
			var spec cluster.Spec
			for i := range manyFaults {
				evil := hostile.Texts(strconv.Itoa(i))[0]
				spec.Workers = append(spec.Workers, cluster.Node{Name: evil})
			}
			_, err := joinplan.Create(joinplan.Input{Spec: spec})
			return err
		},
		"a refusal": func() error {
			var reasons []string
			for i := range manyFaults {
				reasons = append(reasons, hostile.Texts(strconv.Itoa(i))...)
			}
			return &joinplan.RefusedError{Reasons: reasons}
		},
	} {
		err := try()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		a.err(name, err)
	}
}

func TestAnAnswerOfACheckIsShortAndDoesNothing(t *testing.T) {
	t.Parallel()
	a := newAlive(t)
	for _, evil := range append(hostile.Texts("a"), strings.Repeat("evil\x1b\n", 1<<16)) {
		for _, kind := range []joinplan.CheckKind{
			joinplan.CheckSucceeds, joinplan.CheckAddress, joinplan.CheckEquals, joinplan.CheckRegistered, joinplan.CheckReady, joinplan.CheckEtcd,
			joinplan.CheckQuorum, joinplan.CheckNoMember, joinplan.CheckDraining, joinplan.CheckInRotation, "another",
		} {
			check := joinplan.Check{Host: "cp-1", Kind: kind, Want: []string{"a"}, Commands: []kubeadmcmd.Command{kubeadmcmd.NewCommand("true")}}
			a.err(string(kind), check.Judge(joinplan.Output{Stdout: []byte(evil)}))
			a.err(string(kind), check.Judge(joinplan.Output{Stderr: []byte(evil), Status: 1}))
		}
	}
}
