package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/capture"
)

func TestPrintsTheScriptOfEachRole(t *testing.T) {
	t.Parallel()
	for _, role := range []capture.Role{capture.ControlPlane, capture.Machine} {
		var out, errs bytes.Buffer
		if status := run([]string{"-cluster", "testdata/cluster.yaml", string(role)}, &out, &errs); status != 0 {
			t.Fatalf("%s: status %d: %s", role, status, &errs)
		}
		if !strings.HasPrefix(out.String(), "#!/bin/sh\n") || !strings.Contains(out.String(), " k8s-vip ") {
			t.Errorf("%s: it is no script with the names of the description:\n%s", role, &out)
		}
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"give one role":          {},
		"give one role: control": {"worker"},
		"no such file":           {"-cluster", "missing.yaml", "machine"},
	} {
		var out, errs bytes.Buffer
		if status := run(args, &out, &errs); status != 2 || !strings.Contains(errs.String(), want) || out.Len() > 0 {
			t.Errorf("%q: status %d, %q", args, status, errs.String())
		}
	}
	var out, errs bytes.Buffer
	if status := run([]string{"-h"}, &out, &errs); status != 0 || !strings.Contains(errs.String(), "usage: capture") {
		t.Errorf("-h: status %d, %q", status, errs.String())
	}
}
