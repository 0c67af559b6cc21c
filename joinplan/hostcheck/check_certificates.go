package hostcheck

import (
	"fmt"
	"strings"
	"time"
)

// How long before its end a certificate is a finding.
const (
	CertificateNotice = 30 * 24 * time.Hour
	AuthorityNotice   = 365 * 24 * time.Hour
)

// certificates finds those near their end, as the host's own clock has it.
func (c *checker) certificates(h host) {
	c.endings(h, false, CertificateEnds, CertificateNotice,
		"What presents an expired certificate is refused: API server, kubelet, etcd and kubectl stop talking to each other.",
		"Run kubeadm certs renew all, then restart etcd, API server, controller manager and scheduler (their manifests out of /etc/kubernetes/manifests and back), one control plane after another. A kubeadm upgrade renews them too.")
	c.endings(h, true, AuthorityEnds, AuthorityNotice,
		"No certificate outlives its authority, and kubeadm does not renew authorities: at its end the whole cluster stops.",
		"Plan the change of the authority now: every certificate and every kubeconfig has to be made again, first trusting both, the old one and the new one.")
}

// endings reports all certificates of a kind in one finding.
func (c *checker) endings(h host, authorities bool, code string, notice time.Duration, consequence, cure string) {
	var ending []Certificate
	var names []string
	external := false
	for _, cert := range h.Certificates {
		if cert.Authority == authorities && cert.Left < notice {
			ending = append(ending, cert)
			names = append(names, fmt.Sprintf("%s (%s)", cert.Name, ends(cert)))
			external = external || cert.ExternallyManaged
		}
	}
	if len(ending) == 0 {
		return
	}
	if external {
		cure += " kubeadm leaves those that are externally managed to whoever manages them."
	}
	c.add(h, ending[0].Evidence, code, strings.Join(names, ", ")+". "+consequence, cure)
}

func ends(cert Certificate) string {
	if cert.Left < 0 {
		return "expired on " + cert.Expires.UTC().Format(time.DateOnly)
	}
	return "ends on " + cert.Expires.UTC().Format(time.DateOnly)
}
