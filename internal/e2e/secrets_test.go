package e2e

import (
	"bytes"
	"encoding/base64"
	"os"
	"regexp"
	"testing"

	"github.com/haplane/haplane/internal/e2e/lab"
)

// places are where a cluster that nobody works on keeps private keys, and where a
// conversion says that it keeps what was there before. Tokens have no place on a
// machine: etcd has them.
var places = regexp.MustCompile(`^(/var/lib/haplane/before-[^/]+)?/(etc/kubernetes/(pki/.*|(admin|super-admin|controller-manager|scheduler)\.conf)|var/lib/kubelet/pki/.*)$`)

// secretsStayInTheirPlaces searches what each machine wrote on its disk, whether it
// is on or off.
func secretsStayInTheirPlaces(t *testing.T, l *lab.Lab) {
	t.Helper()
	searched, held := 0, 0
	for _, h := range l.Hosts() {
		for name, file := range h.Written() {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
				continue
			}
			searched++
			what := secretIn(content)
			switch {
			case what == "":
			case what == "a private key" && places.MatchString(name):
				held++
			default:
				t.Errorf("%s has %s in %s", h.Name, what, name)
			}
		}
	}
	if searched == 0 || held == 0 {
		t.Errorf("%d files of machines were searched, of which %d have a private key where it belongs", searched, held)
	}
}

var (
	bootstrapToken = regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`)
	privateKey     = []byte("PRIVATE KEY")
)

// secretIn looks for private keys, also where base64 hides them as in kubeconfigs
// and Secrets, and for bootstrap tokens in text.
func secretIn(content []byte) string {
	if bytes.Contains(content, append(privateKey[:len(privateKey):len(privateKey)], "-----"...)) {
		return "a private key"
	}
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString(append(bytes.Repeat([]byte{'x'}, before), privateKey...))
		// The first characters depend on what stands before, and the last on what comes after.
		if middle := encoded[(before*8+5)/6 : len(encoded)-1]; bytes.Contains(content, []byte(middle)) {
			return "a private key"
		}
	}
	if !bytes.Contains(content, []byte{0}) && bootstrapToken.Match(content) {
		return "a bootstrap token"
	}
	return ""
}

func TestSecretsAreFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	const pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n"
	for name, c := range map[string]struct{ content, want string }{
		"PEM":          {pem, "a private key"},
		"in base64":    {"client-key-data: " + base64.StdEncoding.EncodeToString([]byte(pem)), "a private key"},
		"shifted by 1": {base64.StdEncoding.EncodeToString([]byte("x" + pem)), "a private key"},
		"shifted by 2": {base64.StdEncoding.EncodeToString([]byte("xx" + pem)), "a private key"},
		"a token":      {"token: abcdef.0123456789abcdef\n", "a bootstrap token"},
		"a public key": {"-----BEGIN PUBLIC KEY-----\n", ""},
		"an image":     {"registry.k8s.io/kube-apiserver:v1.37.2 sha256.0123456789abcdef0", ""},
	} {
		if got := secretIn([]byte(c.content)); got != c.want {
			t.Errorf("%s: %q was found, not %q", name, got, c.want)
		}
	}
}
