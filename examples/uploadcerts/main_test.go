package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
)

func TestWritesTheTwoDocumentFileOfTheReferenceLab(t *testing.T) {
	t.Parallel()
	in, err := os.Open("testdata/kubeadm-config.configmap.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out, errs bytes.Buffer
	if status := run([]string{"-cri-socket", "unix:///var/run/cri-dockerd.sock"}, in, &out, &errs); status != 0 {
		t.Fatalf("exit status %d: %s", status, &errs)
	}
	golden.Check(t, "testdata/reference.txtar", txtar.File{Name: "upload-certs.yaml", Data: out.Bytes()})
}

func TestBadInputWritesNothingAndExitsWith2(t *testing.T) {
	t.Parallel()
	configMap, err := os.ReadFile("testdata/kubeadm-config.configmap.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(configMap)
	tests := map[string]struct {
		args []string
		in   string
		want string
	}{
		"no socket":             {nil, good, "nodeRegistration.criSocket: Required value"},
		"a socket of Windows":   {[]string{"-cri-socket", "npipe:////./pipe/containerd"}, good, "nodeRegistration.criSocket: Invalid value"},
		"a command as a socket": {[]string{"-cri-socket", "unix:///run/$(id).sock"}, good, "nodeRegistration.criSocket: Invalid value"},
		"a line break":          {[]string{"-cri-socket", "unix:///run/a\nb: c"}, good, "nodeRegistration.criSocket: Invalid value"},
		"empty input":           {[]string{"-cri-socket", "unix:///a.sock"}, "", "want the one ConfigMap"},
		"another kind":          {[]string{"-cri-socket", "unix:///a.sock"}, "apiVersion: v1\nkind: Secret\n", "want a v1 ConfigMap"},
		"another ConfigMap":     {[]string{"-cri-socket", "unix:///a.sock"}, "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n", "it has no such key"},
		"no YAML":               {[]string{"-cri-socket", "unix:///a.sock"}, "a: [b\nc: d", "kubeadm:"},
		"an unknown flag":       {[]string{"-socket", "x"}, good, "flag provided but not defined"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if status := run(test.args, strings.NewReader(test.in), &out, &errs); status != 2 {
				t.Errorf("exit status %d, want 2", status)
			}
			if out.Len() > 0 {
				t.Errorf("standard output has %q", &out)
			}
			if !strings.Contains(errs.String(), test.want) {
				t.Errorf("standard error has %q, want %q in it", &errs, test.want)
			}
		})
	}
}

func TestGarbageIsNoConfiguration(t *testing.T) {
	t.Parallel()
	for _, in := range garbage.For("uploadcerts") {
		var out, errs bytes.Buffer
		status := run([]string{"-cri-socket", "unix:///run/containerd/containerd.sock"}, strings.NewReader(in.Text), &out, &errs)
		if status == 0 || errs.Len() == 0 || out.Len() > 0 {
			t.Errorf("%s: exit status %d, output %q", in.Name, status, &out)
		}
	}
}
