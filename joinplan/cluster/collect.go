package cluster

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"

	"github.com/haplane/haplane/internal/strictyaml"
)

// A collector makes a State of one object after the other, and keeps none of
// them: an object is many times what a State holds of it.
type collector struct {
	state   State
	nodes   map[string]int // where state.Nodes has them
	secrets []corev1.Secret
	pods    map[string]APIServerState // by node
}

func (c *collector) take(kind string, raw json.RawMessage) error {
	var one Objects
	if err := one.take(kind, raw); err != nil {
		return err
	}
	c.add(one)
	if kind == "Node" {
		return misspelt(raw, one.Nodes[0].Name)
	}
	return nil
}

// nodeFields are those of a Node that say something bad where they are set.
var nodeFields = []string{"spec", "status", "unschedulable", "conditions", "type", "addresses", "address", "labels", "nodeInfo", "kubeletVersion"}

// unknownField is what a strict decoder says of one.
var unknownField = regexp.MustCompile(`unknown field "(?:[^"]*\.)?([^".]+)"`)

// misspelt finds fields of a node that are like those that are read, and are
// none: what they say would be passed over. Other fields that are not known here
// are those of a newer Kubernetes.
func misspelt(raw json.RawMessage, name string) error {
	problems, err := kjson.UnmarshalStrict(raw, &corev1.Node{})
	for _, problem := range problems {
		m := unknownField.FindStringSubmatch(problem.Error())
		if m == nil {
			continue
		}
		if meant := strictyaml.Meant(m[1], nodeFields); meant != "" {
			return fmt.Errorf("node %s has a field %q, which a node does not have: it looks like %s", shown(name), shown(m[1]), meant)
		}
	}
	return err
}

func (c *collector) add(o Objects) {
	for _, node := range o.Nodes {
		c.node(nodeState(node))
	}
	for _, cm := range o.ConfigMaps {
		c.state.readConfigMap(cm)
	}
	for _, secret := range o.Secrets {
		if secret.Namespace == "kube-system" && (secret.Type == tokenSecretType || secret.Name == certificatesSecret) {
			secret.ManagedFields = nil
			c.secrets = append(c.secrets, secret)
		}
	}
	for _, pod := range o.Pods {
		if pod.Namespace == "kube-system" && pod.Labels["component"] == "kube-apiserver" {
			if c.pods == nil {
				c.pods = map[string]APIServerState{}
			}
			c.pods[pod.Spec.NodeName] = apiServerState(pod)
		}
	}
}

func (c *collector) node(node NodeState) {
	if c.nodes == nil {
		c.nodes = map[string]int{}
	}
	i, there := c.nodes[node.Name]
	if !there {
		i = len(c.state.Nodes)
		c.nodes[node.Name] = i
		c.state.Nodes = append(c.state.Nodes, NodeState{})
	}
	c.state.Nodes[i] = node
}

// row is a node of kubectl's table. Where an object has told of it before, the
// table is the newer one, and knows less.
func (c *collector) row(node NodeState) {
	if i, there := c.nodes[node.Name]; there {
		before := c.state.Nodes[i]
		before.Ready, before.Unschedulable, before.KubeletVersion = node.Ready, node.Unschedulable, node.KubeletVersion
		node = before
	}
	c.node(node)
}

func (c *collector) done() State {
	s := c.state
	s.readSecrets(c.secrets)
	for _, server := range c.pods {
		s.APIServers = append(s.APIServers, server)
	}
	slices.SortFunc(s.Nodes, func(a, b NodeState) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Tokens, func(a, b TokenState) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.APIServers, func(a, b APIServerState) int { return cmp.Compare(a.Node, b.Node) })
	return s
}
