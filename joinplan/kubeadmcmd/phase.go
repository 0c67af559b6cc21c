package kubeadmcmd

// InitPhase is kubeadm init phase.
type InitPhase struct {
	Phase      string // the words after phase: "certs ca", "kubeconfig admin", "upload-config kubeadm"
	ConfigFile string

	// Only without ConfigFile, and only for phases that have them.
	CertDir           string
	KubernetesVersion string // empty: kubeadm tries for some ten seconds to look it up on the internet

	Kubeconfig string // for reaching the cluster; empty: /etc/kubernetes/admin.conf
	DryRun     bool
	Verbosity  int
}

// Command gives kubeadm init phase, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error]. It checks the form of
// Phase, not whether this kubeadm has such a phase and takes these flags for
// it.
func (p InitPhase) Command() (Command, error) {
	a := begin("", "kubeadm", "init", "phase")
	a.subcommand("phase", p.Phase)
	a.configFile(p.ConfigFile)
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
	a.certificateKey(u.CertificateKey)
	a.text("kubeconfig", "kubeconfig", u.Kubeconfig)
	a.bool("skip-certificate-key-print", "skipCertificateKeyPrint", u.SkipCertificateKeyPrint)
	a.bool("dry-run", "dryRun", u.DryRun)
	a.number("v", "verbosity", u.Verbosity)
	return a.command()
}

// Certs is kubeadm certs.
type Certs struct {
	Subcommand string // the words after certs: "check-expiration", "renew all", "renew admin.conf"
	ConfigFile string
	CertDir    string
	Kubeconfig string
	Output     string // only for check-expiration: text or json
	Verbosity  int
}

// Command gives kubeadm certs, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error]. It checks the form of
// Subcommand, not whether this kubeadm has it and takes these flags for it.
func (c Certs) Command() (Command, error) {
	a := begin("", "kubeadm", "certs")
	a.subcommand("subcommand", c.Subcommand)
	if c.Output != "" && c.Subcommand != "check-expiration" {
		a.forbid("output", "only check-expiration prints in a format: leave it out")
	}
	a.pair("config", "configFile", c.ConfigFile) // which excludes none of the others here
	a.text("cert-dir", "certDir", c.CertDir)
	a.text("kubeconfig", "kubeconfig", c.Kubeconfig)
	a.short("o", "output", c.Output) // kubeadm 1.30 calls it --experimental-output
	a.number("v", "verbosity", c.Verbosity)
	return a.command()
}
