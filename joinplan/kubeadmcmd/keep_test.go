package kubeadmcmd_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func keptCredentials() kubeadmcmd.Credentials {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	return kubeadmcmd.Credentials{
		Endpoint:     "k8s-vip:6443",
		CACertHashes: []string{"sha256:" + strings.Repeat("0123456789abcdef", 4)},
		Token:        kubeadmcmd.NewSecret("abcdef.0123456789abcdef"), TokenExpires: at,
		CertificateKey: kubeadmcmd.NewSecret(strings.Repeat("fedcba9876543210", 4)), CertificateKeyExpires: at.Add(time.Hour),
	}
}

func TestCredentialsAreReadBackAsTheyWereKept(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]kubeadmcmd.Credentials{
		"all":         keptCredentials(),
		"none":        {},
		"a key alone": {CertificateKey: keptCredentials().CertificateKey},
	} {
		got, err := kubeadmcmd.ReadCredentials(want.Reveal())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestWhatWasNotKeptIsRefusedWithoutBeingQuoted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "abcdef.0123456789abcdef", `{"token": 7}`, `{"secret": "abcdef.0123456789abcdef"}`, `{}{"token": "abcdef.0123456789abcdef"}`,
	} {
		if _, err := kubeadmcmd.ReadCredentials([]byte(text)); err == nil || strings.Contains(err.Error(), "abcdef.0") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestWhatIsPrintedAnewTakesThePlaceOfTheOld(t *testing.T) {
	t.Parallel()
	printed := kubeadmcmd.Credentials{Token: kubeadmcmd.NewSecret("zzzzzz.zzzzzzzzzzzzzzzz"), CACertHashes: keptCredentials().CACertHashes}
	got, err := keptCredentials().Renewed(printed)
	if err != nil {
		t.Fatal(err)
	}
	want := keptCredentials()
	want.Token, want.TokenExpires = printed.Token, time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	other := kubeadmcmd.Credentials{CACertHashes: []string{"sha256:" + strings.Repeat("f", 64)}}
	if _, err := keptCredentials().Renewed(other); err == nil {
		t.Error("credentials of another cluster are taken")
	}
}
