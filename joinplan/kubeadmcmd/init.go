package kubeadmcmd

import (
	"net/netip"
	"strings"
	"time"
)

// Init is kubeadm init. With ConfigFile it is the --config form, beside which
// kubeadm takes only UploadCerts, NodeName, IgnorePreflightErrors, SkipPhases,
// the two Skip...Print, DryRun and Verbosity.
type Init struct {
	ConfigFile string

	ControlPlaneEndpoint string // HOST:PORT; the port may be left out
	AdvertiseAddress     netip.Addr
	BindPort             int            // 0: kubeadm's 6443
	PodSubnets           []netip.Prefix // one, or one per family
	ServiceSubnets       []netip.Prefix
	DNSDomain            string
	CertSANs             []string
	KubernetesVersion    string
	ImageRepository      string
	CRISocket            string
	Patches              string // directory
	Token                Secret
	TokenTTL             time.Duration // 0: kubeadm's 24 h
	TokenNeverExpires    bool
	CertificateKey       Secret // only with UploadCerts

	UploadCerts             bool
	NodeName                string
	IgnorePreflightErrors   []string
	SkipPhases              []string
	SkipTokenPrint          bool
	SkipCertificateKeyPrint bool
	DryRun                  bool
	Verbosity               int
}

// Command gives kubeadm init, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error].
func (i Init) Command() (Command, error) {
	a := begin(i.ConfigFile, "kubeadm", "init")
	i.check(a)
	a.text("control-plane-endpoint", "controlPlaneEndpoint", i.ControlPlaneEndpoint)
	a.address("apiserver-advertise-address", "advertiseAddress", i.AdvertiseAddress)
	a.port("apiserver-bind-port", "bindPort", i.BindPort)
	a.prefixes("pod-network-cidr", "podSubnets", i.PodSubnets)
	a.prefixes("service-cidr", "serviceSubnets", i.ServiceSubnets)
	a.text("service-dns-domain", "dnsDomain", i.DNSDomain)
	a.list("apiserver-cert-extra-sans", "certSANs", i.CertSANs)
	a.text("kubernetes-version", "kubernetesVersion", i.KubernetesVersion)
	a.text("image-repository", "imageRepository", i.ImageRepository)
	a.text("cri-socket", "criSocket", i.CRISocket)
	a.text("patches", "patches", i.Patches)
	a.token("token", "token", i.Token)
	a.duration("token-ttl", "tokenTTL", i.TokenTTL, i.TokenNeverExpires)
	a.key("certificate-key", "certificateKey", i.CertificateKey)
	a.bool("upload-certs", "uploadCerts", i.UploadCerts)
	a.text("node-name", "nodeName", i.NodeName)
	a.list("ignore-preflight-errors", "ignorePreflightErrors", i.IgnorePreflightErrors)
	a.list("skip-phases", "skipPhases", i.SkipPhases)
	a.bool("skip-token-print", "skipTokenPrint", i.SkipTokenPrint)
	a.bool("skip-certificate-key-print", "skipCertificateKeyPrint", i.SkipCertificateKeyPrint)
	a.bool("dry-run", "dryRun", i.DryRun)
	a.number("v", "verbosity", i.Verbosity)
	return a.command()
}

func (i Init) check(a *arguments) {
	if e := i.ControlPlaneEndpoint; e != "" && !isEndpoint(e) && !isHost(e) {
		a.invalid("controlPlaneEndpoint", e, "must be an address or a lower-case DNS name, with or without a port, such as k8s-vip:6443")
	}
	if !i.CertificateKey.IsZero() && !i.UploadCerts {
		a.forbid("certificateKey", "only uploading certificates uses it: set uploadCerts or leave it out")
	}
}

// InitPhase is kubeadm init phase.
type InitPhase struct {
	Phase      string // the words after phase: "certs ca", "kubeconfig admin", "upload-config kubeadm"
	ConfigFile string

	// Only without ConfigFile, and only for phases that have them.
	CertDir           string
	KubernetesVersion string // empty: kubeadm tries for some ten seconds to look it up on the internet

	Kubeconfig string
	DryRun     bool
	Verbosity  int
}

// Command gives kubeadm init phase, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error]. It checks the form of
// Phase, not whether this kubeadm has such a phase and takes these flags for
// it.
func (p InitPhase) Command() (Command, error) {
	a := begin(p.ConfigFile, append([]string{"kubeadm", "init", "phase"}, strings.Fields(p.Phase)...)...)
	if !phaseText.MatchString(p.Phase) {
		a.invalid("phase", p.Phase, `must be a phase's words, such as "certs ca"`)
	}
	a.text("cert-dir", "certDir", p.CertDir)
	a.text("kubernetes-version", "kubernetesVersion", p.KubernetesVersion)
	a.text("kubeconfig", "kubeconfig", p.Kubeconfig)
	a.bool("dry-run", "dryRun", p.DryRun)
	a.number("v", "verbosity", p.Verbosity)
	return a.command()
}

// UploadCerts is kubeadm init phase upload-certs --upload-certs. It prints the
// certificate key, which opens the uploaded certificates for two hours.
//
// The phase has no flag for the CRI socket. Where several runtimes are
// installed, older kubeadm stops at "Found multiple CRI endpoints" unless
// ConfigFile holds a ClusterConfiguration and an InitConfiguration with the
// socket.
type UploadCerts struct {
	ConfigFile              string
	CertificateKey          Secret // empty: kubeadm makes one; not with ConfigFile
	Kubeconfig              string
	SkipCertificateKeyPrint bool
	DryRun                  bool
	Verbosity               int
}

// Command gives kubeadm init phase upload-certs, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error].
func (u UploadCerts) Command() (Command, error) {
	a := begin(u.ConfigFile, "kubeadm", "init", "phase", "upload-certs", "--upload-certs")
	a.key("certificate-key", "certificateKey", u.CertificateKey)
	a.text("kubeconfig", "kubeconfig", u.Kubeconfig)
	a.bool("skip-certificate-key-print", "skipCertificateKeyPrint", u.SkipCertificateKeyPrint)
	a.bool("dry-run", "dryRun", u.DryRun)
	a.number("v", "verbosity", u.Verbosity)
	return a.command()
}
