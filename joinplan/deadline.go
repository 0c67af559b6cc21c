package joinplan

import (
	"fmt"
	"time"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// joinTime is what a plan allows for the join of a control plane, and for the
// workers, which join side by side.
const joinTime = 10 * time.Minute

// fresh leaves out credentials that stop working before the joins can be done:
// the plan makes new ones then. Of a token that the cluster knows, the cluster
// has the deadline.
func (in Input) fresh(spec cluster.Spec) (kubeadmcmd.Credentials, []cluster.Finding) {
	known := in.Credentials
	if in.Now.IsZero() {
		return known, nil
	}
	var warnings []cluster.Finding
	worksUntil := func(what string, expires time.Time, needed time.Duration) bool {
		end := in.Now.Add(needed)
		if expires.IsZero() || expires.After(end) {
			return true
		}
		if needed > 0 {
			message := fmt.Sprintf("it works until %s, and the joins may take until %s", stamp(expires), stamp(end))
			if !expires.After(in.Now) {
				message = "it has ended at " + stamp(expires)
			}
			warnings = append(warnings, warning("credentials."+what, message+": the plan makes a new one"))
		}
		return false
	}
	controlPlanes, all := joinTimes(spec, in.State)
	if !worksUntil("token", in.tokenExpires(), min(all, kubeadmcmd.TokenTTL/2)) {
		known.Token, known.TokenExpires = kubeadmcmd.Secret{}, time.Time{}
	}
	if !worksUntil("certificateKey", known.CertificateKeyExpires, min(controlPlanes, kubeadmcmd.CertificateKeyTTL/2)) {
		known.CertificateKey, known.CertificateKeyExpires = kubeadmcmd.Secret{}, time.Time{}
	}
	return known, warnings
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (in Input) tokenExpires() time.Time {
	for _, token := range in.State.Tokens {
		if token.ID != "" && token.ID == tokenID(in.Credentials.Token) {
			return token.Expires
		}
	}
	return in.Credentials.TokenExpires
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
