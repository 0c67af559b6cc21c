package joinplan

import (
	"fmt"
	"time"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// joinTime is what a plan allows for the join of a control plane, and for the
// workers, which join side by side.
const joinTime = 10 * time.Minute

// fresh leaves out credentials that stop working before the joins can be done:
// the plan makes new ones then. Of a token that the cluster knows, the cluster
// has the deadline.
func (k Known) fresh(spec cluster.Spec, state cluster.State) (Known, []cluster.Finding) {
	if k.Now.IsZero() {
		return k, nil
	}
	var warnings []cluster.Finding
	worksUntil := func(what string, expires time.Time, needed time.Duration) bool {
		end := k.Now.Add(needed)
		if expires.IsZero() || expires.After(end) {
			return true
		}
		if needed > 0 {
			message := fmt.Sprintf("it works until %s, and the joins may take until %s", stamp(expires), stamp(end))
			if !expires.After(k.Now) {
				message = "it has ended at " + stamp(expires)
			}
			warnings = append(warnings, cluster.Finding{
				Severity: finding.Warning, Place: "credentials." + what, Message: message + ": the plan makes a new one",
			})
		}
		return false
	}
	controlPlanes, all := joinTimes(spec, state)
	if !worksUntil("token", k.tokenExpires(state), min(all, kubeadmcmd.TokenTTL/2)) {
		k.Credentials.Token, k.Credentials.TokenExpires = kubeadmcmd.Secret{}, time.Time{}
	}
	if !worksUntil("certificateKey", k.Credentials.CertificateKeyExpires, min(controlPlanes, kubeadmcmd.CertificateKeyTTL/2)) {
		k.Credentials.CertificateKey, k.Credentials.CertificateKeyExpires = kubeadmcmd.Secret{}, time.Time{}
	}
	return k, warnings
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (k Known) tokenExpires(state cluster.State) time.Time {
	for _, token := range state.Tokens {
		if token.ID != "" && token.ID == tokenID(k.Credentials.Token) {
			return token.Expires
		}
	}
	return k.Credentials.TokenExpires
}

// tokenID is the half of a token that is no secret.
func tokenID(token kubeadmcmd.Secret) string {
	const length = 6
	text := token.Reveal()
	return text[:min(len(text), length)]
}

// joinTimes is how long the missing control planes take, and how long everybody
// who is missing takes.
func joinTimes(spec cluster.Spec, state cluster.State) (controlPlanes, all time.Duration) {
	for _, node := range spec.ControlPlanes {
		if _, there := state.Node(node.Name); !there {
			controlPlanes += joinTime
		}
	}
	for _, node := range spec.Workers {
		if _, there := state.Node(node.Name); !there {
			return controlPlanes, controlPlanes + joinTime
		}
	}
	return controlPlanes, controlPlanes
}
