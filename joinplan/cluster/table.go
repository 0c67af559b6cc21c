package cluster

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

var nodesTableHead = regexp.MustCompile(`^NAME +STATUS +ROLES +AGE +VERSION`)

func isNodesTable(text []byte) bool { return nodesTableHead.Match(text) }

// internalIPColumn is where `kubectl get nodes -o wide` has the InternalIP,
// behind those of the plain table.
const internalIPColumn = 5

// table reads what kubectl get nodes printed. A line that is no node is an
// error: it may be one that is not Ready.
func (r *stateReader) table(text string) error {
	lines := strings.Split(text, "\n")
	columns := strings.Fields(lines[0])
	wide := slices.Contains(columns, "INTERNAL-IP")
	if len(columns) > internalIPColumn && !wide && columns[internalIPColumn] != "LABELS" {
		return fmt.Errorf("the head of the table of nodes cannot be read: %q is no column of it", shown(columns[internalIPColumn]))
	}
	for i, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) == 0 || nodesTableHead.MatchString(line) {
			continue
		}
		node, ok := nodeOfRow(cells, wide)
		if !ok || len(columns) == internalIPColumn && len(cells) != internalIPColumn {
			return fmt.Errorf("line %d of the table of nodes is no node: %q", i+2, shown(line))
		}
		r.taken++
		r.row(node)
	}
	return nil
}

// kubeletVersion begins the cell of that name.
var kubeletVersion = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.`)

func nodeOfRow(cells []string, wide bool) (NodeState, bool) {
	if len(cells) < internalIPColumn || wide && len(cells) <= internalIPColumn {
		return NodeState{}, false
	}
	status, roles := strings.Split(cells[1], ","), strings.Split(cells[2], ",")
	known := []string{"Ready", "NotReady", "Unknown", "SchedulingDisabled"}
	isUnknown := func(s string) bool { return !slices.Contains(known, s) }
	if slices.ContainsFunc(status, isUnknown) || !kubeletVersion.MatchString(cells[4]) || !hostName.holds(cells[0]) {
		return NodeState{}, false
	}
	node := NodeState{
		Name:           cells[0],
		ControlPlane:   slices.Contains(roles, "control-plane") || slices.Contains(roles, "master"),
		Ready:          slices.Contains(status, "Ready"),
		Unschedulable:  slices.Contains(status, "SchedulingDisabled"),
		KubeletVersion: cells[4],
	}
	if !wide {
		return node, true
	}
	addr, ok := parseInternalIP(cells[internalIPColumn])
	if ok {
		node.Addresses = []netip.Addr{addr}
	}
	return node, ok || cells[internalIPColumn] == "<none>"
}

// parseInternalIP reads an address of a node. A zone holds on one machine only,
// and its text may be anything.
func parseInternalIP(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr, err == nil && addr.Zone() == ""
}
