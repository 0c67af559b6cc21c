package hostcheck

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// How long before its end a certificate is a finding.
const (
	CertificateNotice = 30 * 24 * time.Hour
	AuthorityNotice   = 365 * 24 * time.Hour
)

// certificates finds those near their end, as the host's own clock has it, those
// that are missing, and what fails for it.
func (c *checker) certificates(h host) {
	c.refusals(h)
	c.endings(h, false, CertificateEnds, CertificateNotice,
		"What presents an expired certificate is refused: API server, kubelet, etcd and kubectl stop talking to each other.",
		"Run kubeadm certs renew all, then restart etcd, API server, controller manager and scheduler (their manifests out of /etc/kubernetes/manifests and back), one control plane after another. A kubeadm upgrade renews them too.")
	c.endings(h, true, AuthorityEnds, AuthorityNotice,
		"No certificate outlives its authority, and kubeadm does not renew authorities: at its end the whole cluster stops.",
		"Plan the change of the authority now: every certificate and every kubeconfig has to be made again, first trusting both, the old one and the new one.")
	c.missing(h)
}

// endings reports all certificates of a kind in one finding.
func (c *checker) endings(h host, authorities bool, code string, notice time.Duration, consequence, cure string) {
	var ending []Certificate
	var names []string
	severity := Warning
	external := false
	for _, cert := range h.Certificates {
		if cert.Missing || cert.Authority != authorities || cert.Left >= notice {
			continue
		}
		if cert.Left < 24*time.Hour {
			severity = Critical
		}
		ending = append(ending, cert)
		names = append(names, fmt.Sprintf("%s (%s)", cert.Name, ends(cert)))
		external = external || cert.ExternallyManaged
	}
	if len(ending) == 0 {
		return
	}
	if external {
		cure += " kubeadm leaves those that are externally managed to whoever manages them."
	}
	c.addAs(severity, h, ending[0].Evidence, code, few(names)+". "+consequence, cure)
}

func ends(cert Certificate) string {
	day := cert.Expires.UTC().Format(time.DateOnly)
	switch {
	case cert.Left < 0:
		return "expired on " + day
	case cert.Left < 24*time.Hour:
		return fmt.Sprintf("ends on %s, in %s", day, strings.TrimSuffix(strings.TrimSuffix(cert.Left.Truncate(time.Second).String(), "0s"), "0m"))
	}
	return "ends on " + day
}

// few names some of many.
func few(names []string) string {
	if n := len(names) - maxListed; n > 0 {
		names = append(slices.Clone(names[:maxListed]), fmt.Sprintf("%d others", n))
	}
	return strings.Join(names, ", ")
}

// refusals explains why commands fail: by an expired certificate, if there is one.
func (c *checker) refusals(h host) {
	var expired, authorities []string
	for _, cert := range h.Certificates {
		switch {
		case cert.Missing || cert.Left >= 0:
		case cert.Authority:
			authorities = append(authorities, cert.Name+" ("+ends(cert)+")")
		default:
			expired = append(expired, cert.Name+" ("+ends(cert)+")")
		}
	}
	for _, e := range h.Refusals {
		lower := strings.ToLower(e.Text)
		switch {
		case len(expired)+len(authorities) > 0 && strings.Contains(lower, "expired"):
			c.add(h, e, CertificateRefused, fmt.Sprintf("The cause is that certificates of this host have expired: %s.", few(append(authorities, expired...))),
				"Renew them (kubeadm certs renew all, for those that are no authority) and restart what uses them; nothing that asks the API works before.")
		case strings.Contains(lower, "expired") || strings.Contains(lower, "not yet valid"):
			c.add(h, e, CertificateRefused, "A certificate has expired, here or on the machine that was asked, or a clock is wrong.",
				"Run kubeadm certs check-expiration on every control plane, and date -u on this host; renew what has expired with kubeadm certs renew all and restart what uses it.")
		case strings.Contains(lower, "unknown authority"):
			c.add(h, e, CertificateRefused, "What answered has a certificate of another authority: another cluster, a cluster that was built anew, or a kubeconfig from before.",
				"Compare /etc/kubernetes/pki/ca.crt with that of the other control planes, and copy the kubeconfig from one of them.")
		default:
			c.add(h, e, CertificateRefused, "A command of this host fails because of a certificate.",
				"See which address and which certificate it speaks of: the API server's must name the control-plane endpoint.")
		}
	}
}

// missing reports certificates that a control plane should have. kubeadm lists
// super-admin.conf everywhere and makes it on the first one only.
func (c *checker) missing(h host) {
	var first Evidence
	var names []string
	there := 0
	for _, cert := range h.Certificates {
		switch {
		case !cert.Missing:
			there++
		case cert.Name == "super-admin.conf", c.spec.ExternalEtcd != nil && strings.Contains(cert.Name, "etcd"):
		default:
			if len(names) == 0 {
				first = cert.Evidence
			}
			names = append(names, cert.Name)
		}
	}
	switch {
	case len(names) == 0:
	case there == 0:
		c.addAs(Warning, h, first, CertificateMissing,
			"kubeadm finds no certificate here: the host is no control plane (yet), or /etc/kubernetes/pki was lost.",
			"Nothing, if it has not joined; otherwise bring /etc/kubernetes/pki back, or take the control plane out and join it again.")
	default:
		c.add(h, first, CertificateMissing, fmt.Sprintf("A control plane needs what kubeadm does not find here (%s): what uses it does not start again, or reaches nobody.", few(names)),
			"Make it again: kubeadm init phase certs NAME for a certificate, kubeadm init phase kubeconfig for a .conf file, with the cluster's configuration; see first where it went.")
	}
}
