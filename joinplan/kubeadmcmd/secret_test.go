package kubeadmcmd_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const hidden = "abcdef.0123456789abcdef"

// leaks fails the test when text holds any recognisable part of the secret.
func leaks(t *testing.T, how, text string) {
	t.Helper()
	hex := fmt.Sprintf("%x", hidden)
	for _, part := range []string{hidden, "abcdef", "0123456789abcdef", hex, strings.ToUpper(hex), fmt.Sprint([]byte(hidden))} {
		if strings.Contains(text, part) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
}

type holder struct {
	Exported   kubeadmcmd.Secret
	unexported kubeadmcmd.Secret
	pointer    *kubeadmcmd.Secret
	list       []kubeadmcmd.Secret
	command    kubeadmcmd.Command
}

func newHolder(t *testing.T, value string) holder {
	t.Helper()
	s := kubeadmcmd.NewSecret(value)
	join := kubeadmcmd.Join{Endpoint: "k8s-vip:6443", Token: s, UnsafeSkipCAVerification: true}
	command, err := join.Command()
	if err != nil {
		t.Fatal(err)
	}
	return holder{s, s, &s, []kubeadmcmd.Secret{s}, command}
}

func TestNoFmtVerbShowsASecret(t *testing.T) {
	t.Parallel()
	h := newHolder(t, hidden)
	values := map[string]any{
		"secret": h.Exported, "pointer": h.pointer, "list": h.list,
		"command": h.command, "struct": h, "pointer to struct": &h,
		"map": map[string]kubeadmcmd.Secret{"token": h.Exported},
	}
	for name, value := range values {
		for _, verb := range "bcdeEfFgGopqstTUvxX" {
			for _, flags := range []string{"", "+", "#", " ", "-20", "020", ".3"} {
				format := "%" + flags + string(verb)
				leaks(t, name+" with "+format, fmt.Sprintf(format, value))
			}
		}
	}
}

func TestNoEncodingShowsASecret(t *testing.T) {
	t.Parallel()
	h := newHolder(t, hidden)
	encoders := map[string]func() ([]byte, error){
		"JSON secret":  func() ([]byte, error) { return json.Marshal(h.Exported) },
		"JSON struct":  func() ([]byte, error) { return json.Marshal(h) },
		"JSON command": func() ([]byte, error) { return json.Marshal(h.command) },
		"YAML secret":  func() ([]byte, error) { return yaml.Marshal(h.Exported) },
		"YAML struct":  func() ([]byte, error) { return yaml.Marshal(h) },
		"XML secret":   func() ([]byte, error) { return xml.Marshal(h.Exported) },
	}
	for name, encode := range encoders {
		b, err := encode()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		leaks(t, name, string(b))
	}
}

func TestNoLogShowsASecret(t *testing.T) {
	t.Parallel()
	h := newHolder(t, hidden)
	var b bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(handler).Info("join", "token", h.Exported, "command", h.command, "holder", h)
	}
	if !strings.Contains(b.String(), "redacted") {
		t.Errorf("nothing says that something was redacted: %s", b.String())
	}
	leaks(t, "slog", b.String())
}

func TestNoDiffShowsASecret(t *testing.T) {
	t.Parallel()
	one, other := newHolder(t, hidden), newHolder(t, "ghijkl.0123456789zzzzzz")
	diff := cmp.Diff(one, other, cmp.AllowUnexported(holder{}))
	if diff == "" {
		t.Error("different secrets compare as equal")
	}
	leaks(t, "cmp.Diff", diff)
	if diff := cmp.Diff(one, newHolder(t, hidden), cmp.AllowUnexported(holder{})); diff != "" {
		t.Errorf("equal secrets compare as different: %s", diff)
	}
}

func TestASecretGivesItsValueOnlyWhenAskedByName(t *testing.T) {
	t.Parallel()
	s := kubeadmcmd.NewSecret(hidden)
	if s.Reveal() != hidden {
		t.Error("Reveal does not give the value")
	}
	if s.String() != "[redacted]" || s.GoString() != "[redacted]" {
		t.Errorf("String is %q, GoString is %q", s.String(), s.GoString())
	}
	if s.IsZero() || !kubeadmcmd.NewSecret("").IsZero() || (kubeadmcmd.Secret{}).String() != "" {
		t.Error("only the empty secret is zero, and it prints as nothing")
	}
	if (kubeadmcmd.Secret{}).Equal(s) || !(kubeadmcmd.Secret{}).Equal(kubeadmcmd.NewSecret("")) {
		t.Error("Equal is wrong about the zero secret")
	}
}
