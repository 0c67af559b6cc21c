package joinplan

import (
	"fmt"
	"strings"
	"time"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Input is everything that a plan is made from. Only Spec is required; what a
// planner makes of the rest, it says.
type Input struct {
	// Spec is the description of what the cluster shall be.
	Spec cluster.Spec
	// State is what the cluster says of itself: see [cluster.ParseState].
	State cluster.State
	// Etcd is what etcdctl endpoint status and member list say: see
	// [etcdcheck.Parse]. A plan that adds or removes a member needs it, to tell
	// whether that is allowed now.
	Etcd etcdcheck.Sample
	// Credentials that kubeadm printed, as far as it did: see
	// [kubeadmcmd.ParseCredentials].
	Credentials kubeadmcmd.Credentials
	// Now is the time at which the plan is made, to compare with the deadlines of
	// the credentials. Zero compares nothing.
	Now time.Time
	// HAProxy are the settings of the load balancers beyond ours. The plan fills
	// in the servers and the load balancers, and where they are zero the port, the
	// addresses to listen on and the CA.
	HAProxy haproxycfg.APIServers
	// Former are the names and ports of the endpoint until now, which go on
	// working beside it.
	Former Former
}

// Former is what the endpoint was called before.
type Former struct {
	// Names have the addresses of the endpoint too, and the load balancers listen
	// on Ports too.
	Names []string
	Ports []uint16
}

// isDescribed reports whether there is a description at all.
func (in Input) isDescribed() bool {
	return len(in.Spec.ControlPlanes) > 0 || in.Spec.ControlPlaneEndpoint != (cluster.Endpoint{})
}

// asksEtcd reports whether somebody asked the members how they are.
func (in Input) asksEtcd() bool { return len(in.Etcd.Statuses)+len(in.Etcd.Failures) > 0 }

// RefusedError is a plan that would do harm now. Its Reasons say what is in the
// way and what to do.
type RefusedError struct{ Reasons []string }

// Error returns the reasons, as far as they fit into one text.
func (e *RefusedError) Error() string {
	const longest, most = 1000, 30
	var told []string
	for i, reason := range e.Reasons {
		if i == most {
			told = append(told, fmt.Sprintf("and %d more reasons", len(e.Reasons)-i))
			break
		}
		told = append(told, plain.Short(plain.Line(reason), longest))
	}
	return "no plan can be made: " + strings.Join(told, "; ")
}
