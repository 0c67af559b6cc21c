package joinplan

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Rebuild plans the creation of the cluster on machines that were in a cluster
// before: every machine is reset, with what kubeadm reset leaves behind, and
// then as in [Create]. All that the old cluster held is lost.
func Rebuild(in Input) (Plan, error) {
	p, err := virginPicture(in)
	if err != nil {
		return Plan{}, err
	}
	var d draft
	for _, node := range p.spec.Nodes() {
		actions, err := resetActions(node.CRISocket)
		if err != nil {
			return Plan{}, fmt.Errorf("%s: %w", node.Name, err)
		}
		d.steps = append(d.steps, Step{
			ID:            KindReset.Step(node.Name),
			Title:         "Reset " + node.Name,
			Group:         "Reset the machines",
			Host:          node.Name,
			Why:           "kubeadm refuses machines that were in a cluster, and the pod network's files and rules of the old one would stay in force.",
			Preconditions: []string{"Nothing that the old cluster holds is needed any more, or etcd has a snapshot elsewhere."},
			Actions:       actions,
		})
	}
	resets, created := setOf(d.steps), p.create()
	for i, step := range created.steps {
		created.steps[i].Needs = append(resets.among(KindReset.Step(step.Host)), step.Needs...)
	}
	d.add(created.steps, created.err)
	d.leftOut = created.leftOut
	return p.finish("Rebuild "+p.spec.Name, d)
}

// resetActions undo a join or an initialisation, with what kubeadm reset says
// that it leaves behind: the pod network's configuration and interfaces, its and
// kube-proxy's rules in the firewall and in IPVS, and root's kubeconfig. The
// host's own rules stay.
func resetActions(criSocket string) ([]Action, error) {
	reset, err := kubeadmcmd.Reset{Force: true, CRISocket: criSocket}.Command()
	if err != nil {
		return nil, err
	}
	return []Action{
		Run{Command: reset},
		run("sh", "-c", strings.TrimSpace(leftovers)),
	}, nil
}

//go:embed leftovers.sh
var leftovers string
