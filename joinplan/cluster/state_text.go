package cluster

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Bytes gives the state for people, in lines:
//
//	Kubernetes v1.37.2, endpoint k8s-vip:6443
//
//	NODE      ROLE           STATUS  VERSION  ADDRESS
//	cka-cp-1  control plane  Ready   v1.37.2  192.168.51.81
//	cka-wk-1  worker         Ready   v1.37.2  192.168.51.84
//
//	token is509p: signs and authenticates until 2026-11-23T19:52:02Z
//	certificates for control planes that join: uploaded, until 2026-11-22T21:54:16Z
func (s State) Bytes() []byte {
	var b bytes.Buffer
	if s.KubeadmConfig.Text == "" {
		b.WriteString("the cluster's configuration was not seen\n")
	} else {
		c := s.KubeadmConfig.Cluster
		fmt.Fprintf(&b, "Kubernetes %s, endpoint %s\n", shown(cmp.Or(c.KubernetesVersion, "unknown")), shown(cmp.Or(c.ControlPlaneEndpoint, "none")))
	}
	s.writeNodes(&b)
	b.WriteString("\n")
	for _, t := range s.Tokens {
		fmt.Fprintf(&b, "token %s: %s %s\n", shown(t.ID), t.uses(), until(t.Expires))
	}
	if s.Certificates.Uploaded {
		fmt.Fprintf(&b, "certificates for control planes that join: uploaded, %s\n", until(s.Certificates.Expires))
	} else {
		b.WriteString("certificates for control planes that join: not seen\n")
	}
	for _, server := range s.APIServers {
		if len(server.ExtraFiles) > 0 {
			fmt.Fprintf(&b, "API server of %s: needs %s\n", shown(server.Node), shown(strings.Join(server.ExtraFiles, ", ")))
		}
	}
	for _, a := range s.Absent {
		fmt.Fprintf(&b, "%s: %s\n", shown(a.What), shown(string(a.Reason)))
	}
	return b.Bytes()
}

// WriteTo writes [State.Bytes] in one Write.
func (s State) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s.Bytes())
	return int64(n), err
}

func (s State) writeNodes(b *bytes.Buffer) {
	if len(s.Nodes) == 0 {
		return
	}
	b.WriteString("\n")
	// A Buffer takes everything, so no Write fails.
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "NODE\tROLE\tSTATUS\tVERSION\tADDRESS\n")
	for _, n := range s.Nodes {
		role, status := "worker", "NotReady"
		if n.ControlPlane {
			role = "control plane"
		}
		if n.Ready {
			status = "Ready"
		}
		if n.Unschedulable {
			status += ", cordoned"
		}
		var addresses []string
		for _, addr := range n.Addresses {
			addresses = append(addresses, addr.String())
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", shown(n.Name), role, status, shown(cmp.Or(n.KubeletVersion, "-")), cmp.Or(strings.Join(addresses, ","), "-"))
	}
	_ = table.Flush()
}

func (t TokenState) uses() string {
	var uses []string
	if t.Signing {
		uses = append(uses, "signs")
	}
	if t.Authentication {
		uses = append(uses, "authenticates")
	}
	return cmp.Or(strings.Join(uses, " and "), "is of no use")
}

func until(t time.Time) string {
	if t.IsZero() {
		return "without an end"
	}
	return "until " + t.UTC().Format(time.RFC3339)
}
