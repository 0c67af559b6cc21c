package haplane_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/haproxytest"
)

const proxy = `
defaults
    mode tcp
    timeout connect 1s
    timeout client 1m
    timeout server 1m
listen kube-apiserver
    bind %s
    server cka-cp-1 192.168.51.81:6443
`

// What the page quotes of HAProxy is what the real one says of a configuration
// with that fault.
func TestHAProxySaysWhatTroubleshootingQuotes(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	sound := fmt.Sprintf("global\n    maxconn 100"+proxy, "127.0.0.1:6443")
	faults := map[string]string{
		"Couldn't open the ca-file": sound + "    server cka-cp-2 192.168.51.82:6443 check ssl ca-file /etc/haproxy/kubernetes-ca.crt\n",
		"could not resolve address": sound + "    server cka-cp-3 cka-cp-3:6443\n",
		"cannot bind socket":        fmt.Sprintf("global\n    maxconn 100"+proxy, listener.Addr()),
		"Missing LF on last line":   strings.TrimSpace(sound),
		"verify is enabled":         sound + "    server cka-cp-2 192.168.51.82:6443 check ssl\n",
		"'option forwardfor'":       fmt.Sprintf("global\n    maxconn 100"+proxy, listener.Addr()) + "    option forwardfor\n",
		"another server named":      sound + "    server cka-cp-1 192.168.51.81:6443\n",
	}
	quoted := quotedMessages(t, "HAProxy")
	for begin, config := range faults {
		t.Run(begin, func(t *testing.T) {
			t.Parallel()
			message := withPrefix(quoted, begin)
			if message == "" {
				t.Fatalf("the page has no entry for %q", begin)
			}
			if printed := started(t, config); !general(message).MatchString(printed) {
				t.Errorf("the page says %q, and HAProxy prints\n%s", message, printed)
			}
		})
	}
}

// started gives what HAProxy prints when it is started with a faulty
// configuration.
func started(t *testing.T, config string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, haproxytest.Binary(t), "-db", "-f", file)
	printed, err := command.CombinedOutput()
	if err == nil {
		t.Fatalf("HAProxy takes the configuration:\n%s", printed)
	}
	return string(printed)
}

var entry = regexp.MustCompile("(?m)^### `([^`]+)`")

// quotedMessages are the messages in the headings of one part of the page.
func quotedMessages(t *testing.T, part string) []string {
	t.Helper()
	_, text, found := strings.Cut(read(t, "docs/troubleshooting.md"), "\n## "+part+"\n")
	if !found {
		t.Fatalf("the page has no part %s", part)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var messages []string
	for _, match := range entry.FindAllStringSubmatch(text, -1) {
		messages = append(messages, match[1])
	}
	return messages
}

func withPrefix(messages []string, prefix string) string {
	for _, message := range messages {
		if strings.HasPrefix(message, prefix) {
			return message
		}
	}
	return ""
}

var example = regexp.MustCompile(`'[a-z0-9-]+'|\[[0-9.:]+\]|[0-9]+`)

// general matches the message with other names, addresses and numbers.
func general(message string) *regexp.Regexp {
	parts := example.Split(message, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile(strings.Join(parts, ".+"))
}
