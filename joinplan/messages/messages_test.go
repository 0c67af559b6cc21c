package messages_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/messages"
)

var update = flag.Bool("update", false, "write docs/troubleshooting.md from the data")

const docs = "../../docs/troubleshooting.md"

func TestThePageIsTheData(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("page.txt")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(docs, data, 0o644); err != nil { //nolint:gosec // A page of the repository.
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != string(data) {
		t.Error("docs/troubleshooting.md is not joinplan/messages/page.txt: edit that, and -update copies it")
	}
}

func TestEveryMessageOfThePageIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("page.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(page)) {
		heading, found := strings.CutPrefix(strings.TrimSpace(line), "### `")
		text, rest, one := strings.Cut(heading, "`")
		if !found || !one || rest != "" {
			continue
		}
		n++
		got := messages.Explain("error: " + text + "\n")
		if len(got) == 0 || got[0].Message != text || got[0].Cure == "" {
			t.Errorf("%s: got %v", text, got)
		}
	}
	if n < 45 {
		t.Errorf("only %d messages", n)
	}
}

func TestMessagesAreFoundAsPeoplePasteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"error execution phase check-etcd: etcd cluster is not healthy: failed to dial endpoint https://10.0.0.2:2379 with maintenance client: context deadline exceeded":                                                                        "etcd cluster is not healthy",
		"> error execution phase control-plane-prepare/download-certs: error downloading certs: the Secret does not include the\n> required certificate or key - name: external-etcd-ca.crt, path: /etc/ssl/etcd/ca.pem":                         "the Secret does not include",
		"error execution phase preflight:\nOne or more conditions for hosting a new control plane instance is not satisfied.\n\nunable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address": "One or more conditions",
		"error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized":                                                                                                                  "unable to fetch the kubeadm-config",
		"this version of kubeadm only supports deploying clusters with the control plane version >= 1.35.0. Current version: v1.30.4":                                                                                                            "this version of kubeadm",
		"accepts at most 1 arg(s), received 3\nTo see the stack trace of this error execute with --v=5 or higher":                                                                                                                                "accepts at most",
		"unable to select an IP from default routes.":                                          "unable to select an IP",
		"Found multiple CRI endpoints on the host. Please define which one do you wish to use": "found multiple CRI endpoints",
		"[ERROR Port-10250]: Port 10250 is in use":                                             "Port 6443 is in use",
		"a Node with name \"node7\" and status \"Ready\" already exists in the cluster":        "a Node with name",
		"etcdserver: re-configuration failed\n    due to not enough started members":           "etcdserver: re-configuration failed",
		"x509: certificate is valid for 10.96.0.1, 10.0.0.5, not 10.0.0.99":                    "",
		"":            "",
		"all is well": "",
	} {
		got := messages.Explain(text)
		switch {
		case want == "" && len(got) > 0:
			if !strings.Contains(text, "x509") {
				t.Errorf("%q: got %v", text, got)
			}
		case want != "" && (len(got) == 0 || !strings.HasPrefix(got[0].Message, want)):
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestSeveralMessagesComeInTheirOrder(t *testing.T) {
	t.Parallel()
	got := messages.Explain("etcdserver: no leader\n...\netcdserver: request timed out\n")
	if len(got) != 2 || got[0].Message != "etcdserver: no leader" || got[1].Message != "etcdserver: request timed out" {
		t.Errorf("got %v", got)
	}
}

func ExampleExplain() {
	for _, e := range messages.Explain("unable to select an IP from default routes.") {
		fmt.Print(e)
	}
	// Output:
	// unable to select an IP from default routes
	//   who: `kubeadm init` and `join`, before they begin.
	//   why: the machine has no default route, and kubeadm takes the node's address from its interface.
	//   way out: name the address (`localAPIEndpoint.advertiseAddress`), as every file of a plan does, or give the machine a route. `hostcheck.Check` finds a machine without one.
}
