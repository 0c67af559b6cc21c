// Package haproxytest holds configurations that tests render to the judgement
// of the real HAProxy.
package haproxytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Install is the command that brings HAProxy to a Debian or Ubuntu machine.
const Install = "apt-get install -y haproxy"

// Binary gives the path of the haproxy program and stops the test where there
// is none. HAPROXY in the environment names another binary than the one on the
// PATH.
func Binary(t testing.TB) string {
	t.Helper()
	name := os.Getenv("HAPROXY")
	if name == "" {
		name = "haproxy"
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if path, err := exec.LookPath("/usr/sbin/haproxy"); err == nil {
		return path
	}
	t.Fatalf("this test runs the real HAProxy, which is not installed; run: %s", Install)
	return ""
}

// Result is what HAProxy said of a configuration.
type Result struct {
	// Valid is true where `haproxy -c` exited 0.
	Valid bool
	// Output is everything it printed.
	Output string
}

// Warned tells whether HAProxy printed a warning or an alert.
func (r Result) Warned() bool {
	return strings.Contains(r.Output, "[WARNING]") || strings.Contains(r.Output, "[ALERT]")
}

// Check runs `haproxy -c` over a configuration and gives its judgement.
func Check(t testing.TB, config []byte) Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(Binary(t), "-c", "-f", path).CombinedOutput()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatalf("running haproxy: %v", err)
	}
	return Result{Valid: err == nil, Output: string(out)}
}

// MustAccept fails the test unless HAProxy accepts the configuration without a
// word of warning.
func MustAccept(t testing.TB, config []byte) {
	t.Helper()
	if r := Check(t, config); !r.Valid || r.Warned() {
		t.Errorf("haproxy -c: valid %t, output:\n%s\nconfiguration:\n%s", r.Valid, r.Output, config)
	}
}

// CAFile makes a certificate authority in a file of the test's own and gives
// its path, for configurations that name one.
func CAFile(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "kubernetes"},
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.crt")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
