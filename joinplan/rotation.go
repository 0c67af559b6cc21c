package joinplan

import (
	"slices"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/joinplan/cluster"
)

// rotation adds the steps that take a control plane out of the rotation of
// every load balancer, or back into it, through HAProxy's admin socket (HAProxy
// Management Guide, 9.3, "set server"). It gives their IDs; none where nobody
// runs HAProxy here, or without such a socket.
func (b *builder) rotation(in bool, node string, needs ...string) []string {
	var ids []string
	backend, socket := b.adminSocket()
	if socket == "" {
		return nil
	}
	for _, lb := range b.spec.LoadBalancers {
		step := rotationOut(lb, node)
		state, drained := "drain", "1"
		if in {
			step, state, drained = rotationIn(lb, node), "ready", "0"
		}
		step.Host, step.Needs = lb.Name, needs
		step.Preconditions = []string{"socat is installed, and HAProxy runs with the description's haproxy.cfg."}
		step.Actions = []Action{run("sh", "-c", setServer, "sh", backend+"/"+node, state, socket)}
		step.Checks = []Check{{
			Host: lb.Name, Commands: one("sh", "-c", isDrained, "sh", backend, node, socket),
			Expect: "HAProxy says " + drained + ": 1 is out of the rotation, 0 is in it", Kind: CheckEquals, Want: []string{drained},
		}}
		b.add(step)
		ids = append(ids, step.ID)
	}
	return ids
}

func rotationOut(lb cluster.LoadBalancer, node string) Step {
	return Step{
		ID:    "out-of-rotation/" + lb.Name,
		Title: "Take " + node + " out of the rotation",
		Why:   "New connections go to the other control planes from here on, so that nobody meets this one while it stops. Those that are open stay until then. A reload of HAProxy puts it back.",
	}
}

func rotationIn(lb cluster.LoadBalancer, node string) Step {
	return Step{
		ID:    "into-rotation/" + lb.Name,
		Title: "Put " + node + " back into the rotation",
		Why:   "HAProxy keeps what it was told: without this step it never sends anybody there again, until it is reloaded.",
	}
}

// adminSocket is where the generated haproxy.cfg takes commands.
func (b *builder) adminSocket() (backend, socket string) {
	config, err := haproxyConfig(b.spec)
	if err != nil || config.Global == nil || len(config.Backends) == 0 {
		return "", ""
	}
	i := slices.IndexFunc(config.Global.StatsSockets, func(s haproxycfg.StatsSocket) bool { return s.Level == "admin" })
	if i < 0 {
		return "", ""
	}
	return config.Backends[0].Name, config.Global.StatsSockets[i].Path
}

// setServer takes SERVER STATE SOCKET. HAProxy answers with nothing, or with
// what is wrong.
const setServer = `answer=$(echo "set server $1 state $2" | socat -t 5 - "UNIX-CONNECT:$3") || exit 1
[ -z "$answer" ] || { echo "$answer" >&2; exit 1; }`

// isDrained takes BACKEND SERVER SOCKET. The seventh column of a server is its
// administrative state, in which 8 is a forced drain.
const isDrained = `echo "show servers state $1" | socat -t 5 - "UNIX-CONNECT:$3" | awk -v server="$2" '$4 == server { print int($7 / 8) % 2 }'`
