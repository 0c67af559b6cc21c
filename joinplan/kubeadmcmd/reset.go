package kubeadmcmd

// Reset is kubeadm reset, which undoes init and join on one machine. It leaves
// the CNI's files, iptables and IPVS rules and kubeconfigs of users behind.
type Reset struct {
	ConfigFile string // instead of the flags up to CleanupTmpDir

	Force         bool // without asking; in a file: force
	CRISocket     string
	CertDir       string
	CleanupTmpDir bool

	Kubeconfig            string // for reaching the cluster; empty: /etc/kubernetes/admin.conf
	IgnorePreflightErrors []string
	SkipPhases            []string
	DryRun                bool
	Verbosity             int
}

// Command gives kubeadm reset, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error].
func (r Reset) Command() (Command, error) {
	a := begin(r.ConfigFile, "kubeadm", "reset")
	a.bool("force", "force", r.Force)
	a.text("cri-socket", "criSocket", r.CRISocket)
	a.text("cert-dir", "certDir", r.CertDir)
	a.bool("cleanup-tmp-dir", "cleanupTmpDir", r.CleanupTmpDir)
	a.text("kubeconfig", "kubeconfig", r.Kubeconfig)
	a.list("ignore-preflight-errors", "ignorePreflightErrors", r.IgnorePreflightErrors)
	a.list("skip-phases", "skipPhases", r.SkipPhases)
	a.bool("dry-run", "dryRun", r.DryRun)
	a.number("v", "verbosity", r.Verbosity)
	return a.command()
}
