package render

import (
	"fmt"
	"strings"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// topologyLimit is how many workers are drawn one by one.
const topologyLimit = 12

// Topology draws the cluster as a Mermaid flowchart, which GitHub, GitLab and
// many editors show as a picture. More than twelve workers are one box.
//
// Errors are those of the description.
func Topology(spec cluster.Spec) (string, error) {
	spec, err := joinplan.Ordered(spec)
	if err != nil {
		return "", err
	}
	return topology(spec), nil
}

func topology(spec cluster.Spec) string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	fmt.Fprintf(&b, "  clients([kubectl, kubelets]) --> endpoint{{\"%s\"}}\n", label(spec.ControlPlaneEndpoint.String()))
	entries := []string{"endpoint"}
	if len(spec.LoadBalancers) > 0 {
		entries = nil
		for i, lb := range spec.LoadBalancers {
			id := fmt.Sprintf("lb%d", i+1)
			fmt.Fprintf(&b, "  endpoint --> %s[\"%s<br/>HAProxy %s\"]\n", id, label(lb.Name), lb.Address.Addr())
			entries = append(entries, id)
		}
	}
	b.WriteString("  subgraph control planes\n")
	for i, node := range spec.ControlPlanes {
		fmt.Fprintf(&b, "    cp%d[\"%s<br/>%s\"]\n", i+1, label(node.Name), node.Address.Addr())
	}
	b.WriteString("  end\n")
	for _, entry := range entries {
		for i := range spec.ControlPlanes {
			fmt.Fprintf(&b, "  %s --> cp%d\n", entry, i+1)
		}
	}
	topologyEtcd(&b, spec)
	topologyWorkers(&b, spec)
	return b.String()
}

func topologyEtcd(b *strings.Builder, spec cluster.Spec) {
	if spec.ExternalEtcd != nil {
		b.WriteString("  etcd[(\"external etcd")
		for _, endpoint := range spec.ExternalEtcd.Endpoints {
			b.WriteString("<br/>" + label(endpoint))
		}
		b.WriteString("\")]\n")
		for i := range spec.ControlPlanes {
			fmt.Fprintf(b, "  cp%d --> etcd\n", i+1)
		}
		return
	}
	for i := 1; i < len(spec.ControlPlanes); i++ {
		fmt.Fprintf(b, "  cp%d <-. etcd .-> cp%d\n", i, i+1)
	}
}

func topologyWorkers(b *strings.Builder, spec cluster.Spec) {
	if len(spec.Workers) == 0 {
		return
	}
	b.WriteString("  subgraph workers\n")
	if n := len(spec.Workers); n > topologyLimit {
		fmt.Fprintf(b, "    wk1[\"%d workers<br/>%s to %s\"]\n", n, label(spec.Workers[0].Name), label(spec.Workers[n-1].Name))
		spec.Workers = nil
	}
	for i, node := range spec.Workers {
		fmt.Fprintf(b, "    wk%d[\"%s<br/>%s\"]\n", i+1, label(node.Name), node.Address.Addr())
	}
	b.WriteString("  end\n  workers --> endpoint\n")
}
