package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
)

func TestReportsOnCapturedLogs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, log string
		args      []string
		status    int
	}{
		{"reference", "reference.log", nil, 0},
		{"reference-json", "reference.log", []string{"-json"}, 0},
		{"quorum-lost", "kubeadm-tcp-check.log", nil, 3},
		{"fails-open", "busy-fails-open.log", nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in, err := os.Open("testdata/" + test.log)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var out, errs bytes.Buffer
			if got := run(test.args, in, &out, &errs); got != test.status {
				t.Errorf("exit status %d, want %d", got, test.status)
			}
			golden.Check(t, "testdata/"+test.name+".txtar",
				txtar.File{Name: "stdout", Data: out.Bytes()}, txtar.File{Name: "stderr", Data: errs.Bytes()})
		})
	}
}

func TestBadInputIsStatusTwoAndOneClearLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args     []string
		in, want string
	}{
		"nothing":             {nil, "", "none of the 0 lines"},
		"nothing of HAProxy":  {nil, "Sep 25 18:05:53 host sshd[1]: hello\n", "none of the 1 lines"},
		"an unknown zone":     {[]string{"-zone", "Mars/Olympus"}, "", "-zone: "},
		"a reference as text": {[]string{"-reference", "yesterday"}, "", "-reference: "},
		"an argument":         {[]string{"haproxy.log"}, "", "reads standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if got := run(test.args, strings.NewReader(test.in), &out, &errs); got != 2 {
				t.Errorf("exit status %d, want 2", got)
			}
			if out.Len() > 0 {
				t.Errorf("standard output has %q", out.String())
			}
			if got := errs.String(); !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("standard error has %q, want one line with %q", got, test.want)
			}
		})
	}
}

func TestHelpNamesEveryExitStatus(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if got := run([]string{"-h"}, strings.NewReader(""), &out, &errs); got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
	for _, want := range []string{"\n  0 ", "\n  1 ", "\n  2 ", "\n  3 ", "-reference", "-zone", "-json"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("the help has no %q:\n%s", want, errs.String())
		}
	}
}
