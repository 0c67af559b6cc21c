package kubeadmcmd

import (
	"net/netip"
	"time"
)

// Init is kubeadm init. With ConfigFile it is the --config form, beside which
// kubeadm takes only UploadCerts, NodeName, IgnorePreflightErrors, SkipPhases,
// SkipTokenPrint, SkipCertificateKeyPrint, DryRun and Verbosity.
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
	a.token(i.Token)
	a.duration("token-ttl", "tokenTTL", i.TokenTTL, i.TokenNeverExpires)
	a.certificateKey(i.CertificateKey)
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
