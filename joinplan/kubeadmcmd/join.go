package kubeadmcmd

import (
	"net/netip"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Join is kubeadm join. With ConfigFile alone it is the --config form, which
// keeps the secrets out of ps and of the shell's history; the other fields are
// the flag form. kubeadm takes NodeName, IgnorePreflightErrors, SkipPhases,
// DryRun and Verbosity with either.
type Join struct {
	ConfigFile string

	Endpoint                 string   // HOST:PORT of the control-plane endpoint
	Token                    Secret   // for discovery and for TLS bootstrap
	CACertHashes             []string // sha256:HEX, any of which may match
	UnsafeSkipCAVerification bool     // instead of CACertHashes
	DiscoveryFile            string   // instead of Token: a path or an https URL

	ControlPlane     bool       // without it the machine becomes a worker
	CertificateKey   Secret     // only with ControlPlane
	AdvertiseAddress netip.Addr // only with ControlPlane
	BindPort         int        // only with ControlPlane; 0: kubeadm's 6443

	CRISocket             string // empty: the only runtime that there is
	NodeName              string
	Patches               string // directory
	IgnorePreflightErrors []string
	SkipPhases            []string
	DryRun                bool
	Verbosity             int
}

// Command gives kubeadm join, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error]. A certificate key
// without ControlPlane is an error: kubeadm only warns and then joins a worker.
func (j Join) Command() (Command, error) {
	a := begin(j.ConfigFile, "kubeadm", "join")
	j.checkDiscovery(a)
	j.checkControlPlane(a)
	if j.Endpoint != "" {
		a.words = append(a.words, word{plain: j.Endpoint})
	}
	a.bool("control-plane", "controlPlane", j.ControlPlane)
	a.token(j.Token)
	for _, h := range j.CACertHashes {
		a.pair("discovery-token-ca-cert-hash", "caCertHashes", h)
	}
	a.bool("discovery-token-unsafe-skip-ca-verification", "unsafeSkipCAVerification", j.UnsafeSkipCAVerification)
	a.text("discovery-file", "discoveryFile", j.DiscoveryFile)
	a.certificateKey(j.CertificateKey)
	a.address("apiserver-advertise-address", "advertiseAddress", j.AdvertiseAddress)
	a.port("apiserver-bind-port", "bindPort", j.BindPort)
	a.text("cri-socket", "criSocket", j.CRISocket)
	a.text("node-name", "nodeName", j.NodeName)
	a.text("patches", "patches", j.Patches)
	a.list("ignore-preflight-errors", "ignorePreflightErrors", j.IgnorePreflightErrors)
	a.list("skip-phases", "skipPhases", j.SkipPhases)
	a.bool("dry-run", "dryRun", j.DryRun)
	a.number("v", "verbosity", j.Verbosity)
	return a.command()
}

func (j Join) checkDiscovery(a *arguments) {
	if a.config {
		if j.Endpoint != "" {
			a.forbid("endpoint", "the endpoint is in the file that --config names")
		}
		return
	}
	if j.Endpoint != "" && !isEndpoint(j.Endpoint) {
		a.invalid("endpoint", j.Endpoint, "must be an address or a lower-case DNS name with a port, such as k8s-vip:6443 or [fd00::1]:6443")
	}
	for i, h := range j.CACertHashes {
		if !isCACertHash(h) {
			a.errs = append(a.errs, field.Invalid(field.NewPath("caCertHashes").Index(i), h, "must be sha256: and 64 hexadecimal digits"))
		}
	}
	switch {
	case j.Token.IsZero() && j.DiscoveryFile == "":
		a.require("token", "a join needs a token, a discoveryFile or a configFile")
	case !j.Token.IsZero():
		j.checkToken(a)
	case j.Endpoint != "":
		a.forbid("endpoint", "the endpoint is in the discoveryFile")
	}
}

func (j Join) checkToken(a *arguments) {
	if j.DiscoveryFile != "" {
		a.forbid("discoveryFile", "a token and a discoveryFile exclude each other")
	}
	if j.Endpoint == "" {
		a.require("endpoint", "a token is presented to an endpoint")
	}
	if len(j.CACertHashes) == 0 && !j.UnsafeSkipCAVerification {
		a.require("caCertHashes", "without them nobody proves that the endpoint is this cluster's; CACertHashes reads them from ca.crt")
	}
}

func (j Join) checkControlPlane(a *arguments) {
	if j.ControlPlane || a.config {
		return
	}
	if !j.CertificateKey.IsZero() {
		a.forbid("certificateKey", "only a control plane uses it, and kubeadm would join a worker: set controlPlane or leave the key out")
	}
	if j.AdvertiseAddress.IsValid() {
		a.forbid("advertiseAddress", "only a control plane uses it: set controlPlane or leave it out")
	}
	if j.BindPort != 0 {
		a.forbid("bindPort", "only a control plane uses it: set controlPlane or leave it out")
	}
}
