package joinplan_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

var compareNetip = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// randomSpec is a valid description, the same for the same seed.
func randomSpec(seed uint64) cluster.Spec {
	r := rand.New(rand.NewPCG(seed, 1))
	base := netip.MustParseAddr("10.20.0.1")
	if r.IntN(2) == 0 {
		base = netip.MustParseAddr("2001:db8::1")
	}
	next := func() netip.Prefix {
		base = base.Next()
		return netip.PrefixFrom(base, base.BitLen()-8)
	}
	spec := cluster.Spec{
		KubernetesVersion:    []string{"v1.29.6", "v1.31.0", "v1.36.3", "v1.37.2"}[r.IntN(4)],
		ControlPlaneEndpoint: cluster.Endpoint{Host: "api.example", Port: 6443},
	}
	if base.Is6() {
		spec.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("fd00:10:96::/112")}
	}
	for i := range r.IntN(3) {
		spec.LoadBalancers = append(spec.LoadBalancers, cluster.LoadBalancer{Name: fmt.Sprintf("lb-%d", i+1), Address: next()})
	}
	for i := range 1 + r.IntN(5) {
		spec.ControlPlanes = append(spec.ControlPlanes, cluster.Node{Name: fmt.Sprintf("cp-%d", i+1), Address: next()})
	}
	for i := range r.IntN(12) {
		spec.Workers = append(spec.Workers, cluster.Node{Name: fmt.Sprintf("wk-%d", i+1), Address: next()})
	}
	if r.IntN(4) == 0 {
		spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:2379"}}
	}
	addSettings(r, &spec)
	return spec
}

// addSettings gives machines what real sites give them, each in a third of the
// descriptions.
func addSettings(r *rand.Rand, spec *cluster.Spec) {
	perhaps := func() bool { return r.IntN(3) == 0 }
	if perhaps() {
		for i := range spec.ControlPlanes {
			spec.ControlPlanes[i].AdvertiseAddress = inOtherNetwork(spec.ControlPlanes[i].Address.Addr())
		}
	}
	if perhaps() {
		spec.ControlPlaneFiles = []string{encryptionFile}
	}
	if perhaps() {
		spec.PatchesDirectory = "/etc/kubernetes/patches"
	}
	spec.NodeGroups = []cluster.NodeGroup{{Name: "group", NodeSettings: cluster.NodeSettings{
		Labels:         map[string]string{"zone": "a", "node-role.kubernetes.io/pool": ""},
		KubeletVersion: spec.KubernetesVersion,
	}}, {Name: "another"}}
	for _, nodes := range [][]cluster.Node{spec.ControlPlanes, spec.Workers} {
		for i := range nodes {
			if perhaps() {
				nodes[i].Group = "group"
			}
		}
	}
}

const encryptionFile = "/etc/kubernetes/enc/enc.yaml"

// inOtherNetwork gives an address of the same family whose last byte is the
// same.
func inOtherNetwork(addr netip.Addr) netip.Addr {
	last := addr.AsSlice()[len(addr.AsSlice())-1]
	if addr.Is4() {
		return netip.AddrFrom4([4]byte{172, 16, 0, last})
	}
	return netip.AddrFrom16([16]byte{0xfd, 0x16, 15: last})
}

func someCredentials(spec cluster.Spec) kubeadmcmd.Credentials {
	return kubeadmcmd.Credentials{
		Endpoint:       spec.ControlPlaneEndpoint.String(),
		Token:          kubeadmcmd.NewSecret("abcdef.0123456789abcdef"),
		CACertHashes:   []string{"sha256:" + strings.Repeat("0123456789abcdef", 4)},
		CertificateKey: kubeadmcmd.NewSecret(strings.Repeat("fedcba9876543210", 4)),
	}
}

func create(t *testing.T, spec cluster.Spec, known joinplan.Input) joinplan.Plan {
	t.Helper()
	plan, err := joinplan.Create(given(spec, known))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// virgin simulates machines that hold nothing: it knows the files of each host
// and what kubeadm has printed.
type virgin struct {
	t      *testing.T
	spec   cluster.Spec
	files  map[string]string
	known  joinplan.Input
	joined []string
}

func newVirgin(t *testing.T, spec cluster.Spec) *virgin {
	v := &virgin{t: t, spec: spec, files: map[string]string{}}
	for _, file := range spec.ControlPlaneFiles {
		v.files[spec.ControlPlanes[0].Name+file] = "put there by hand"
	}
	return v
}

func (v *virgin) carryOut(step joinplan.Step) {
	v.t.Helper()
	for _, action := range slices.Concat(step.Actions, step.Finally) {
		switch a := action.(type) {
		case joinplan.CopyFile:
			v.mustHave(step, a.FromHost, a.FromPath)
			v.files[step.Host+a.Path] = v.files[a.FromHost+a.FromPath]
		case joinplan.WriteFile:
			v.files[step.Host+a.Path] = string(a.Content.Reveal())
		case joinplan.SetHostsBlock:
			text, err := a.Apply([]byte(v.files[step.Host+a.Path()]))
			if err != nil {
				v.t.Fatal(err)
			}
			v.files[step.Host+a.Path()] = string(text)
		case joinplan.Run:
			v.run(step, a.Command.Argv())
		}
	}
}

func (v *virgin) mustHave(step joinplan.Step, host, path string) {
	v.t.Helper()
	if _, ok := v.files[host+path]; !ok {
		v.t.Errorf("%s needs %s on %s, which no step before it has made", step.ID, path, host)
	}
}

// run knows what the commands of a plan read and make.
func (v *virgin) run(step joinplan.Step, argv []string) {
	v.t.Helper()
	for i, word := range argv[:len(argv)-1] {
		if word == "--config" || word == "-f" && argv[0] == "haproxy" {
			v.mustHave(step, step.Host, argv[i+1])
		}
	}
	command := strings.Join(argv, " ")
	all := someCredentials(v.spec)
	switch {
	case strings.HasPrefix(command, "kubeadm init phase certs ca "):
		v.files[step.Host+"/etc/kubernetes/pki/ca.crt"] = "CA"
	case strings.HasPrefix(command, "kubeadm init phase upload-certs "):
		v.known.Credentials.CertificateKey = all.CertificateKey
	case strings.HasPrefix(command, "kubeadm token create "):
		v.known.Credentials.Token, v.known.Credentials.CACertHashes = all.Token, all.CACertHashes
	case strings.HasPrefix(command, "kubeadm init "):
		v.mustHave(step, step.Host, "/etc/hosts")
		v.joined = append(v.joined, step.Host)
		v.known.Credentials.Token, v.known.Credentials.CACertHashes = all.Token, all.CACertHashes
	case strings.HasPrefix(command, "kubeadm join "):
		v.mustHave(step, step.Host, "/etc/hosts")
		v.joined = append(v.joined, step.Host)
	case argv[0] == "kubectl" && slices.Contains(argv, "label"):
		if node := argv[slices.Index(argv, "node")+1]; !slices.Contains(v.joined, node) {
			v.t.Errorf("%s labels %s, which has not joined", step.ID, node)
		}
	case argv[0] == "haproxy":
		if strings.Contains(v.files[step.Host+joinplan.HAProxyPath], joinplan.HAProxyCAPath) {
			v.mustHave(step, step.Host, joinplan.HAProxyCAPath)
		}
	case argv[0] == "rm":
		delete(v.files, step.Host+argv[len(argv)-1])
	}
}

func TestAPlanFollowedFromVirginMachinesJoinsEveryMachineAndNeedsNothingThatOnlyALaterStepMakes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		spec := randomSpec(seed)
		v := newVirgin(t, spec)
		v.follow(func(known joinplan.Input) joinplan.Plan { return create(t, spec, known) })
		var want []string
		for _, node := range spec.Nodes() {
			want = append(want, node.Name)
		}
		slices.Sort(want)
		slices.Sort(v.joined)
		if diff := cmp.Diff(want, v.joined); diff != "" {
			t.Errorf("seed %d: machines that joined:\n%s", seed, diff)
		}
		for i, node := range spec.ControlPlanes {
			if _, there := v.files[node.Name+encryptionFile]; there != (len(spec.ControlPlaneFiles) > 0) {
				t.Errorf("seed %d: control plane %d has the file of the first: %v", seed, i, there)
			}
		}
		for path, content := range v.files {
			if strings.Contains(content, "abcdef.0123456789abcdef") {
				t.Errorf("seed %d: the token is left on a machine: %s", seed, path)
			}
		}
	}
}

func controlPlaneJoins(spec cluster.Spec, steps []joinplan.Step) int {
	n := 0
	for _, step := range steps {
		isControlPlane := slices.ContainsFunc(spec.ControlPlanes, func(c cluster.Node) bool { return c.Name == step.Host })
		if step.ID.Kind == "join" && isControlPlane {
			n++
		}
	}
	return n
}

func TestTheOrderOfTheStepsIsAnOrderInWhichTheyCanBeDone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		spec := randomSpec(seed)
		plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
		var before []joinplan.ID
		for _, step := range plan.Steps {
			for _, need := range step.Needs {
				if !slices.Contains(before, need) {
					t.Errorf("seed %d: %s needs %s, which is not before it", seed, step.ID, need)
				}
			}
			if slices.Contains(before, step.ID) {
				t.Errorf("seed %d: two steps are called %s", seed, step.ID)
			}
			if step.Awaits != "" {
				t.Errorf("seed %d: with all credentials %s awaits %s", seed, step.ID, step.Awaits)
			}
			before = append(before, step.ID)
		}
	}
}

func TestOnlyTheFirstControlPlaneOfADescriptionDependsOnItsOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		spec := randomSpec(seed)
		r := rand.New(rand.NewPCG(seed, 2))
		shuffled := spec.WithDefaults()
		rest := shuffled.ControlPlanes[1:]
		r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		r.Shuffle(len(shuffled.Workers), func(i, j int) {
			shuffled.Workers[i], shuffled.Workers[j] = shuffled.Workers[j], shuffled.Workers[i]
		})
		slices.Reverse(shuffled.LoadBalancers)
		slices.Reverse(shuffled.NodeGroups)
		known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
		a, b := create(t, spec, known), create(t, shuffled, known)
		b.Warnings = a.Warnings // they name the fields of the description
		if diff := cmp.Diff(a, b, compareNetip); diff != "" {
			t.Errorf("seed %d:\n%s", seed, diff)
		}
	}
}

func TestMachinesSortAsPeopleCount(t *testing.T) {
	t.Parallel()
	spec := randomSpec(0)
	spec.Workers = nil
	for i, name := range []string{"wk-10", "wk-2", "wk-1a", "wk-01", "wk-1", "wk", "aa-3"} {
		addr := netip.AddrFrom4([4]byte{10, 99, 0, byte(i + 1)})
		spec.Workers = append(spec.Workers, cluster.Node{Name: name, Address: netip.PrefixFrom(addr, 32)})
	}
	var got []string
	for _, node := range create(t, spec, joinplan.Input{}).Spec.Workers {
		got = append(got, node.Name)
	}
	want := []string{"aa-3", "wk", "wk-1", "wk-1a", "wk-01", "wk-2", "wk-10"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
