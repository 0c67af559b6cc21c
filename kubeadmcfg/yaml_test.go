package kubeadmcfg

import (
	"strings"
	"testing"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

var hardStrings = []string{
	"", " ", "a", "true", "yes", "No", "on", "null", "~", "1", "1.5", "1e3", "0x1f", "0o17", "017", "1_000", "12:30:45", "2026-01-31", "2026-01-31T12:00:00Z",
	".5", ".inf", "-1", "+1", "-", "- a", "? a", ": a", "a: b", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%", "@", "`", "'", "\"", "\\", "{}", "[]", "{a", "a,b", "a:",
	"a\nb", "\n", "a\n", "a\r\nb", "\t", "\u0000", "\u0085", "\u2028", "\ufeff", "\U0001f600", "\U000e0001", "\x7f", "é", "=", "<<", "---", "...", "k8s-vip:6443", "10.0.0.1",
	"010.0.0.1", "fd00::1", "::1", "1::", "24h0m0s", "8c3c67e36", "1e10", "123456.0123456789012345", "/a b", "a  b", " a", "a ", "y", "n", "0b1", "1:2", "0", "00", "1.2.3", strings.Repeat("long ", 1000),
}

// Both YAML readers in use, the old one that kubeadm has and the new one, must
// read back what was written.
func checkScalar(t *testing.T, s string) {
	t.Helper()
	want := string([]rune(s)) // each byte that is not UTF-8 becomes U+FFFD
	text := []byte("- k: " + scalar(s) + "\n  " + key(s, "  ") + ": v\n")
	var old, new []map[string]any
	if err := yaml.Unmarshal(text, &old); err != nil {
		t.Fatalf("%q: %v\n%s", s, err, text)
	}
	if err := yamlv3.Unmarshal(text, &new); err != nil {
		t.Fatalf("%q: %v\n%s", s, err, text)
	}
	for _, got := range []map[string]any{old[0], new[0]} {
		if _, isKey := got[want]; got["k"] != want && want != "k" || !isKey {
			t.Fatalf("%q was read as %v\n%s", s, got, text)
		}
	}
}

func TestEveryStringIsReadAsWritten(t *testing.T) {
	t.Parallel()
	for _, s := range hardStrings {
		checkScalar(t, s)
	}
}

func FuzzScalar(f *testing.F) {
	for _, s := range hardStrings {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "k" {
			return // it is the other key
		}
		checkScalar(t, s)
	})
}
