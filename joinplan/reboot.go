package joinplan

import (
	"slices"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Reboot plans the reboot of a node on purpose: it is drained, goes away, comes
// back Ready, and for a control plane etcd is checked before and after. A
// control plane is taken out of the rotation of the load balancers first, and
// put back when it is Ready, through the admin socket in the haproxy.cfg of
// [HAProxyConfig].
//
// It is refused, with a [*RefusedError], where the reboot would cost etcd its
// quorum, and where no other control plane is Ready to work from.
func Reboot(in Input, name string) (Plan, error) {
	in.Credentials = kubeadmcmd.Credentials{}
	p, err := runningPicture(in)
	if err != nil {
		return Plan{}, err
	}
	node, there := p.state.Node(name)
	if !there {
		return Plan{}, &RefusedError{[]string{name + " is no node of the cluster"}}
	}
	i := slices.IndexFunc(p.spec.ControlPlanes, func(n cluster.Node) bool {
		other, there := p.state.Node(n.Name)
		return n.Name != name && there && other.Ready
	})
	if i < 0 {
		return Plan{}, &RefusedError{[]string{"no other control plane is Ready: while " + name + " is away nothing serves the API, and nobody sees it come back"}}
	}
	p = p.from(p.spec.ControlPlanes[i])
	if node.ControlPlane && p.hasEtcd() {
		if answer := p.report.CanReboot(name); !answer.Yes {
			return Plan{}, &RefusedError{reasonsOf(answer)}
		}
		p = p.settled()
	}
	return p.finish("Reboot "+name, draft{steps: p.reboot(node)})
}

func (p picture) reboot(node cluster.NodeState) []Step {
	name := node.Name
	reboot := Step{
		ID:      KindReboot.Step(name),
		Title:   "Reboot " + name,
		Host:    name,
		Why:     "A graceful stop ends the API server's connections before the machine goes.",
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand("systemctl", "reboot"), Reboots: true}},
		Checks:  []Check{justStarted(name), p.ready(name+" is Ready", name)},
		During:  []effect.Change{{Kind: effect.NodeAway, Subject: name}},
		Effects: []effect.Change{{Kind: effect.NodeBack, Subject: name}},
	}
	drain := p.drain(name)
	if node.ControlPlane && p.hasEtcd() {
		drain.Checks = []Check{p.etcdAgrees(p.model())}
		reboot.Checks = append(reboot.Checks, p.etcdAgrees(p.model()))
		reboot.During = append(reboot.During, effect.Change{Kind: effect.MemberAway, Subject: name})
		reboot.Effects = append(reboot.Effects, effect.Change{Kind: effect.MemberBack, Subject: name})
	}
	var out, in []Step
	if node.ControlPlane {
		out, in = p.rotation(false, name, drain.ID), p.rotation(true, name, reboot.ID)
	}
	reboot.Needs = append([]ID{drain.ID}, ids(out)...)
	uncordon := Step{
		ID:      KindUncordon.Step(name),
		Title:   "Let pods back on " + name,
		Host:    p.admin.Name,
		Why:     "Draining closed the node to new pods.",
		Needs:   []ID{reboot.ID},
		Actions: []Action{kubectlRun("uncordon", name)},
	}
	return slices.Concat([]Step{drain}, out, []Step{reboot}, in, []Step{uncordon})
}

// rotation are the steps that take a control plane out of the rotation of every
// load balancer, or back into it, through HAProxy's admin socket (HAProxy
// Management Guide, 9.3, "set server"); none where nobody runs HAProxy here, or
// without such a socket.
func (p picture) rotation(in bool, node string, needs ...ID) []Step {
	backend, socket := p.adminSocket()
	if socket == "" {
		return nil
	}
	var out []Step
	for _, lb := range p.spec.LoadBalancers {
		step, state, kind := rotationOut(lb, node), "drain", CheckDraining
		if in {
			step, state, kind = rotationIn(lb, node), "ready", CheckInRotation
		}
		step.Host, step.Needs = lb.Name, needs
		step.Preconditions = []string{"socat is installed, and HAProxy runs with the description's haproxy.cfg."}
		step.Actions = []Action{run("sh", "-c", setServer, "sh", backend+"/"+node, state, socket)}
		step.Checks = []Check{{
			Host:     lb.Name,
			Commands: one("sh", "-c", showServers, "sh", backend, socket),
			Expect:   "HAProxy has " + node + " " + kind.saysOfServer(),
			Kind:     kind,
			Want:     []string{backend + "/" + node},
		}}
		out = append(out, step)
	}
	return out
}

func rotationOut(lb cluster.LoadBalancer, node string) Step {
	return Step{
		ID:    KindOutOfRotation.Step(lb.Name),
		Title: "Take " + node + " out of the rotation",
		Why:   "New connections go to the other control planes from here on, so that nobody meets this one while it stops. Those that are open stay until then. A reload of HAProxy puts it back.",
	}
}

func rotationIn(lb cluster.LoadBalancer, node string) Step {
	return Step{
		ID:    KindIntoRotation.Step(lb.Name),
		Title: "Put " + node + " back into the rotation",
		Why:   "HAProxy keeps what it was told: without this step it never sends anybody there again, until it is reloaded.",
	}
}

// adminSocket is where the generated haproxy.cfg takes commands.
func (p picture) adminSocket() (backend, socket string) {
	if p.haproxy.Global == nil || len(p.haproxy.Backends) == 0 {
		return "", ""
	}
	i := slices.IndexFunc(p.haproxy.Global.StatsSockets, func(s haproxycfg.StatsSocket) bool { return s.Level == "admin" })
	if i < 0 {
		return "", ""
	}
	return p.haproxy.Backends[0].Name, p.haproxy.Global.StatsSockets[i].Path
}

// setServer takes SERVER STATE SOCKET. HAProxy answers with nothing, or with
// what is wrong.
const setServer = `answer=$(echo "set server $1 state $2" | socat -t 5 - "UNIX-CONNECT:$3") || exit 1
[ -z "$answer" ] || { echo "$answer" >&2; exit 1; }`

// showServers takes BACKEND SOCKET.
const showServers = `echo "show servers state $1" | socat -t 5 - "UNIX-CONNECT:$2"`
