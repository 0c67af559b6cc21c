package fieldname

import (
	"strings"
	"testing"
)

func TestShowsWhatIsLikeTheNameOfAFieldAndNoSecret(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "worker", "controlPlaneEndpoint", "kubernetes_version", "cluster.name", "v1beta4", "node-role.kubernetes.io/control-plane"} {
		if got := Shown(name); got != name {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
	for _, secret := range []string{
		"abcdef.ghijklmnopqrstuv", "abcdef.0123456789abcdef", "0123456789abcdef", strings.Repeat("ab12", 16), strings.Repeat("ab", 32),
		"eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVz",
	} {
		if got := Shown(secret); got != hidden {
			t.Errorf("%q is shown as %q", secret, got)
		}
	}
}
