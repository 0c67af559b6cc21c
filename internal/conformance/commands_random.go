package conformance

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

type builder interface {
	Command() (kubeadmcmd.Command, error)
}

// intention is what a random command means: what kubeadm must understand of it.
// Its methods set a field of a builder, or leave it, and take down what was set.
type intention struct {
	r       *rand.Rand
	density float64 // the part of the fields that are set
	command string
	args    []string
	flags   map[string][]string
}

func (m *intention) parsed() Parsed {
	return Parsed{Command: m.command, Args: m.args, Flags: m.flags}
}

// argv says the same without the library, flags in any order.
func (m *intention) argv() []string {
	argv := strings.Fields(m.command)
	for name, value := range m.flags {
		if text := joined(value); m.r.IntN(2) == 0 || text == "true" {
			argv = append(argv, "--"+name+"="+text)
		} else {
			argv = append(argv, "--"+name, text)
		}
	}
	return append(append(argv, "--"), m.args...)
}

// joined writes the values of a list as kubeadm reads them: a record of CSV.
func joined(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(values) // a Buffer takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

func (m *intention) chance() bool { return m.r.Float64() < m.density }

func pick[T any](m *intention, from ...T) T { return from[m.r.IntN(len(from))] }

// ordinary are names and paths as people give them, hostile what else a field
// may hold.
var (
	ordinary = []string{"a", "cka-cp-1", "/etc/kubernetes/kubeadm.yaml", "unix:///run/containerd/containerd.sock", "v1.37.2", "registry.example.org/k8s"}
	hostile  = []string{
		" ", "a b", "'", `"`, `a"b`, `"a"`, `\`, "$(id)", "`id`", "$HOME", "x;reboot", "-", "--", "-x", "--v=9", "--config", "=", "a=b", "#", "*",
		"é", "\u00a0", "\xff\xfe", "phase", "true", "0", "[]", "a,b", ",", "a\nb", "\r", "\x01", "\t",
	}
)

func (m *intention) word() string {
	if m.r.IntN(2) == 0 {
		return pick(m, ordinary...)
	}
	return pick(m, hostile...)
}

func (m *intention) text(name string, field *string) {
	if m.chance() {
		*field = m.word()
		m.flags[name] = []string{*field}
	}
}

// config chooses the form of every other command.
func (m *intention) config(field *string) {
	if m.r.IntN(2) == 0 {
		*field = m.word()
		m.flags["config"] = []string{*field}
	}
}

func (m *intention) list(name string, field *[]string) {
	if !m.chance() {
		return
	}
	for range 1 + m.r.IntN(3) {
		*field = append(*field, m.word())
	}
	m.flags[name] = slices.Clone(*field)
}

func (m *intention) toggle(name string, field *bool) {
	if m.chance() {
		*field = true
		m.flags[name] = []string{"true"}
	}
}

func (m *intention) number(name string, field *int, values ...int) {
	if m.chance() {
		*field = pick(m, values...)
		m.flags[name] = []string{strconv.Itoa(*field)}
	}
}

func (m *intention) secret(name string, field *kubeadmcmd.Secret, good string) {
	if m.chance() {
		*field = kubeadmcmd.NewSecret(m.secretValue(good))
		m.flags[name] = []string{field.Reveal()}
	}
}

func (m *intention) secretValue(good string) string {
	if m.r.IntN(5) == 0 {
		return m.word()
	}
	return good
}

// duration sets a lifetime, or that there is none, or both.
func (m *intention) duration(name string, field *time.Duration, never *bool) {
	if m.chance() {
		*field = pick(m, time.Hour, 90*time.Minute, time.Nanosecond, -time.Second)
		m.flags[name] = []string{field.String()}
	}
	if m.chance() {
		*never = true
		m.flags[name] = []string{"0s"}
	}
}

func (m *intention) address(name string, field *netip.Addr) {
	if m.chance() {
		*field = netip.MustParseAddr(pick(m, "192.168.51.81", "fd00::81", "::", "127.0.0.1"))
		m.flags[name] = []string{field.String()}
	}
}

func (m *intention) subnets(name string, field *[]netip.Prefix) {
	if !m.chance() {
		return
	}
	var texts []string
	for _, text := range pick(m, []string{"10.244.0.0/16"}, []string{"fd01::/56"}, []string{"10.96.0.0/12", "fd02::/112"}) {
		*field = append(*field, netip.MustParsePrefix(text))
		texts = append(texts, text)
	}
	m.flags[name] = []string{strings.Join(texts, ",")}
}

// endpoint gives what joins take, and often what they do not.
func (m *intention) endpoint() string {
	return pick(m, "k8s-vip:6443", "[fd00::80]:6443", "192.168.51.80:6443", "k8s-vip", "K8S:1", m.word())
}

// commandMakers fill a builder each.
var commandMakers = []func(*intention) builder{
	randomInit, randomJoin, randomJoin, randomReset, randomTokenCreate, randomUploadCerts, randomInitPhase, randomCerts,
}

func randomInit(m *intention) builder {
	m.command = "kubeadm init"
	var i kubeadmcmd.Init
	m.config(&i.ConfigFile)
	if m.chance() {
		i.ControlPlaneEndpoint = m.endpoint()
		m.flags["control-plane-endpoint"] = []string{i.ControlPlaneEndpoint}
	}
	m.address("apiserver-advertise-address", &i.AdvertiseAddress)
	m.number("apiserver-bind-port", &i.BindPort, 1, 6443, 65535, 65536)
	m.subnets("pod-network-cidr", &i.PodSubnets)
	m.subnets("service-cidr", &i.ServiceSubnets)
	m.text("service-dns-domain", &i.DNSDomain)
	m.list("apiserver-cert-extra-sans", &i.CertSANs)
	m.text("kubernetes-version", &i.KubernetesVersion)
	m.text("image-repository", &i.ImageRepository)
	m.text("cri-socket", &i.CRISocket)
	m.text("patches", &i.Patches)
	m.secret("token", &i.Token, goodToken)
	m.duration("token-ttl", &i.TokenTTL, &i.TokenNeverExpires)
	m.secret("certificate-key", &i.CertificateKey, goodKey)
	m.toggle("upload-certs", &i.UploadCerts)
	m.text("node-name", &i.NodeName)
	m.list("ignore-preflight-errors", &i.IgnorePreflightErrors)
	m.list("skip-phases", &i.SkipPhases)
	m.toggle("skip-token-print", &i.SkipTokenPrint)
	m.toggle("skip-certificate-key-print", &i.SkipCertificateKeyPrint)
	m.toggle("dry-run", &i.DryRun)
	m.number("v", &i.Verbosity, 1, 9)
	return i
}

func randomJoin(m *intention) builder {
	m.command = "kubeadm join"
	var j kubeadmcmd.Join
	m.config(&j.ConfigFile)
	if j.ConfigFile == "" || m.r.IntN(3) == 0 {
		m.discovery(&j)
	}
	m.toggle("control-plane", &j.ControlPlane)
	m.secret("certificate-key", &j.CertificateKey, goodKey)
	m.address("apiserver-advertise-address", &j.AdvertiseAddress)
	m.number("apiserver-bind-port", &j.BindPort, 1, 6443, 65535, 65536)
	m.text("cri-socket", &j.CRISocket)
	m.text("node-name", &j.NodeName)
	m.text("patches", &j.Patches)
	m.list("ignore-preflight-errors", &j.IgnorePreflightErrors)
	m.list("skip-phases", &j.SkipPhases)
	m.toggle("dry-run", &j.DryRun)
	m.number("v", &j.Verbosity, 1, 9)
	return j
}

// discovery mostly gives what a join needs.
func (m *intention) discovery(j *kubeadmcmd.Join) {
	rest := m.density
	m.density = 0.85
	if m.chance() {
		j.Endpoint = m.endpoint()
		m.args = []string{j.Endpoint}
	}
	m.secret("token", &j.Token, goodToken)
	if m.chance() {
		j.CACertHashes = pick(m, []string{goodHash}, []string{goodHash, goodHash}, []string{goodHash}, []string{"sha256:12"})
		m.flags["discovery-token-ca-cert-hash"] = j.CACertHashes
	}
	m.density = rest
	m.toggle("discovery-token-unsafe-skip-ca-verification", &j.UnsafeSkipCAVerification)
	m.text("discovery-file", &j.DiscoveryFile)
}

func randomReset(m *intention) builder {
	m.command = "kubeadm reset"
	var r kubeadmcmd.Reset
	m.config(&r.ConfigFile)
	m.toggle("force", &r.Force)
	m.text("cri-socket", &r.CRISocket)
	m.text("cert-dir", &r.CertDir)
	m.toggle("cleanup-tmp-dir", &r.CleanupTmpDir)
	m.text("kubeconfig", &r.Kubeconfig)
	m.list("ignore-preflight-errors", &r.IgnorePreflightErrors)
	m.list("skip-phases", &r.SkipPhases)
	m.toggle("dry-run", &r.DryRun)
	m.number("v", &r.Verbosity, 1, 9)
	return r
}

func randomTokenCreate(m *intention) builder {
	m.command = "kubeadm token create"
	var c kubeadmcmd.TokenCreate
	m.config(&c.ConfigFile)
	if m.chance() {
		c.Token = kubeadmcmd.NewSecret(m.secretValue(goodToken))
		m.args = []string{c.Token.Reveal()}
	}
	m.toggle("print-join-command", &c.PrintJoinCommand)
	m.secret("certificate-key", &c.CertificateKey, goodKey)
	m.duration("ttl", &c.TTL, &c.NeverExpires)
	m.list("usages", &c.Usages)
	m.list("groups", &c.Groups)
	m.text("description", &c.Description)
	m.text("kubeconfig", &c.Kubeconfig)
	m.toggle("dry-run", &c.DryRun)
	m.number("v", &c.Verbosity, 1, 9)
	return c
}

func randomUploadCerts(m *intention) builder {
	m.command = "kubeadm init phase upload-certs"
	m.flags["upload-certs"] = []string{"true"}
	var u kubeadmcmd.UploadCerts
	m.config(&u.ConfigFile)
	m.secret("certificate-key", &u.CertificateKey, goodKey)
	m.text("kubeconfig", &u.Kubeconfig)
	m.toggle("skip-certificate-key-print", &u.SkipCertificateKeyPrint)
	m.toggle("dry-run", &u.DryRun)
	m.number("v", &u.Verbosity, 1, 9)
	return u
}

// phases are those of init, with the flags of kubeadmcmd.InitPhase that each has.
var phases = []struct{ words, flags string }{
	{"certs all", "cert-dir kubernetes-version"},
	{"certs ca", "cert-dir kubernetes-version"},
	{"certs apiserver", "cert-dir kubernetes-version"},
	{"certs etcd-ca", "cert-dir kubernetes-version"},
	{"certs front-proxy-client", "cert-dir kubernetes-version"},
	{"kubeconfig all", "cert-dir kubernetes-version"},
	{"kubeconfig admin", "cert-dir kubernetes-version"},
	{"kubeconfig kubelet", "cert-dir kubernetes-version"},
	{"control-plane all", "cert-dir kubernetes-version"},
	{"control-plane apiserver", "cert-dir kubernetes-version"},
	{"etcd local", "cert-dir"},
	{"kubelet-start", ""},
	{"upload-config all", "kubeconfig"},
	{"upload-config kubeadm", "kubeconfig"},
	{"upload-config kubelet", "kubeconfig"},
	{"mark-control-plane", ""},
	{"bootstrap-token", "kubeconfig"},
	{"kubelet-finalize all", "cert-dir"},
	{"addon kube-proxy", "kubeconfig kubernetes-version"},
	{"addon coredns", "kubeconfig kubernetes-version"},
}

func randomInitPhase(m *intention) builder {
	phase := pick(m, phases...)
	m.command = "kubeadm init phase " + phase.words
	p := kubeadmcmd.InitPhase{Phase: phase.words}
	m.config(&p.ConfigFile)
	for _, f := range []struct {
		name  string
		field *string
	}{{"cert-dir", &p.CertDir}, {"kubernetes-version", &p.KubernetesVersion}, {"kubeconfig", &p.Kubeconfig}} {
		if slices.Contains(strings.Fields(phase.flags), f.name) {
			m.text(f.name, f.field)
		}
	}
	m.toggle("dry-run", &p.DryRun)
	m.number("v", &p.Verbosity, 1, 9)
	return p
}

func randomCerts(m *intention) builder {
	var c kubeadmcmd.Certs
	c.Subcommand = pick(m, "check-expiration", "renew all", "renew apiserver", "renew admin.conf", "renew etcd-server", "certificate-key")
	m.command = "kubeadm certs " + c.Subcommand
	if c.Subcommand != "certificate-key" {
		m.config(&c.ConfigFile)
		m.text("cert-dir", &c.CertDir)
		m.text("kubeconfig", &c.Kubeconfig)
		m.text("output", &c.Output)
	}
	m.number("v", &c.Verbosity, 1, 9)
	return c
}
