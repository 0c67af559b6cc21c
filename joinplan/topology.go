package joinplan

import (
	"fmt"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Topology draws the cluster as a Mermaid flowchart, which GitHub, GitLab and
// many editors show as a picture.
func Topology(spec cluster.Spec) string {
	spec = sorted(spec.WithDefaults())
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	fmt.Fprintf(&b, "  clients([kubectl, kubelets]) --> endpoint{{\"%s\"}}\n", spec.ControlPlaneEndpoint)
	entries := []string{"endpoint"}
	if len(spec.LoadBalancers) > 0 {
		entries = nil
		for i, lb := range spec.LoadBalancers {
			id := fmt.Sprintf("lb%d", i+1)
			fmt.Fprintf(&b, "  endpoint --> %s[\"%s<br/>HAProxy %s\"]\n", id, lb.Name, lb.Address.Addr())
			entries = append(entries, id)
		}
	}
	b.WriteString("  subgraph control planes\n")
	for i, node := range spec.ControlPlanes {
		fmt.Fprintf(&b, "    cp%d[\"%s<br/>%s\"]\n", i+1, node.Name, node.Address.Addr())
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
		fmt.Fprintf(b, "  etcd[(\"external etcd<br/>%s\")]\n", strings.Join(spec.ExternalEtcd.Endpoints, "<br/>"))
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
	for i, node := range spec.Workers {
		fmt.Fprintf(b, "    wk%d[\"%s<br/>%s\"]\n", i+1, node.Name, node.Address.Addr())
	}
	b.WriteString("  end\n  workers --> endpoint\n")
}
