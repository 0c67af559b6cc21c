package cluster_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan/cluster"
)

func TestCountsThatNoClusterHasAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: haplane.github.io/v1alpha1\nkind: Cluster\nkubernetesVersion: v1.37.2\ncontrolPlaneEndpoint: k8s-vip:6443\n"
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	for want, text := range map[string]string{
		"controlPlanes: Invalid value: has 101 elements, and at most 100 are taken":           "controlPlanes:\n" + many(101, "- {name: cp-#, address: 10.0.0.1}\n"),
		"loadBalancers: Invalid value: has 251 elements, and at most 250 are taken":           "loadBalancers:\n" + many(251, "- {name: lb-#, address: 10.0.0.1}\n"),
		"workers: Invalid value: has 20001 elements":                                          "workers:\n" + many(20001, "- {name: wk-#, address: 10.0.0.1}\n"),
		"controlPlaneFiles: Invalid value: has 1001 elements":                                 "controlPlaneFiles:\n" + many(1001, "- /etc/#\n"),
		"workers[0]: Invalid value: has a list of 201 elements, and at most 200 are taken":    "workers:\n- name: wk-1\n  address: 10.0.0.1\n  kubeletArgs:\n" + many(201, "  - {name: a-#, value: b}\n"),
		"group: Invalid value: \"none\": no such group in nodeGroups: there is g-0, g-1, g-2": "workers:\n- {name: wk-1, address: 10.0.0.1, group: none}\nnodeGroups:\n" + many(900, "- {name: g-#}\n"),
	} {
		_, err := cluster.Parse([]byte(head + text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %.300v, want %s", err, want)
		}
	}
}

func TestErrorsStayShortWhateverTheInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<16)
	for _, text := range []string{
		"name: " + long + "\n", long + ": 1\n", "workers:\n" + strings.Repeat("- {name: "+long[:1<<12]+"}\n", 60), "certSANs: [\"" + long + "\"]\n", "a\x1b[31m: \"" + long,
	} {
		if _, err := cluster.Parse([]byte(text)); err == nil || len(err.Error()) > finding.MaxText {
			t.Errorf("%.30q: an error of %d bytes", text, len(err.Error()))
		}
		var captures [][]byte
		for range 60 {
			captures = append(captures, []byte(text))
		}
		if _, err := cluster.ParseState(captures...); err == nil || len(err.Error()) > finding.MaxText {
			t.Errorf("%.30q: captures give an error of %d bytes", text, len(err.Error()))
		}
	}
	spec := cluster.Spec{Name: long, CertSANs: []string{long, long}}
	if err := spec.Validate(); err == nil || len(err.Error()) > finding.MaxText {
		t.Errorf("validation: an error of %d bytes", len(err.Error()))
	}
}
