package kubeadmcmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

var captured = time.Date(2026, 11, 22, 19, 54, 0, 0, time.UTC)

const (
	fixtureHash = "sha256:767d68c68167f38557560a026316bbcbb81df14c280f530439b3c9d5465f2337"
	fixtureKey  = "915251b051626910d0b035e177e2e99f613e67b23058fa18c8feb2ffea1d636e"
)

func TestCredentialsAreFoundInWhatKubeadmPrints(t *testing.T) {
	t.Parallel()
	token, key := captured.Add(24*time.Hour), captured.Add(2*time.Hour)
	tests := []struct {
		text string
		want kubeadmcmd.Credentials
	}{
		{testdata(t, "kubeadm-1.37.2/init.txt"), kubeadmcmd.Credentials{
			Endpoint: "k8s-vip:6443", CACertHashes: []string{fixtureHash},
			Token: kubeadmcmd.NewSecret("is509p.9renby6xx0b6r3vt"), TokenExpires: token,
			CertificateKey: kubeadmcmd.NewSecret(fixtureKey), CertificateKeyExpires: key,
		}},
		{testdata(t, "kubeadm-1.37.2/token-create-print-join-command.txt"), kubeadmcmd.Credentials{
			Endpoint: "k8s-vip:6443", CACertHashes: []string{fixtureHash},
			Token: kubeadmcmd.NewSecret("w0w0gn.jk6t8aupda44f7kg"), TokenExpires: token,
		}},
		{testdata(t, "kubeadm-1.37.2/token-create-print-join-command-control-plane.txt"), kubeadmcmd.Credentials{
			Endpoint: "k8s-vip:6443", CACertHashes: []string{fixtureHash},
			Token: kubeadmcmd.NewSecret("8qrbfm.h1o55erinv1mb517"), TokenExpires: token,
			CertificateKey: kubeadmcmd.NewSecret("e02c9759d7c20028aabb7e28387c9d3580eec301bcf2a5c7fbe7341b201fe999"), CertificateKeyExpires: key,
		}},
		{testdata(t, "kubeadm-1.37.2/upload-certs.txt"), kubeadmcmd.Credentials{
			CertificateKey: kubeadmcmd.NewSecret("e02c9759d7c20028aabb7e28387c9d3580eec301bcf2a5c7fbe7341b201fe999"), CertificateKeyExpires: key,
		}},
		{testdata(t, "reference/join-command.txt"), kubeadmcmd.Credentials{
			Endpoint: "k8s-vip:6443", CACertHashes: []string{referenceHash},
			Token: kubeadmcmd.NewSecret("wrcwhn.rjpw9ghzy9t1zx4j"), TokenExpires: token,
		}},
		{testdata(t, "reference/upload-certs.txt"), kubeadmcmd.Credentials{
			CertificateKey: kubeadmcmd.NewSecret(referenceKey), CertificateKeyExpires: key,
		}},
		{testdata(t, "reference/join-control-plane.txt"), kubeadmcmd.Credentials{
			Endpoint: "k8s-vip:6443", CACertHashes: []string{referenceHash},
			Token: kubeadmcmd.NewSecret(referenceToken), TokenExpires: token,
			CertificateKey: kubeadmcmd.NewSecret(referenceKey), CertificateKeyExpires: key,
		}},
		{hidden + "\n", kubeadmcmd.Credentials{Token: kubeadmcmd.NewSecret(hidden), TokenExpires: token}},
		{"[upload-certs] Using certificate key:\nW1122 19:54:16.8 a log line of stderr\n" + strings.ToUpper(referenceKey) + "\n", kubeadmcmd.Credentials{
			CertificateKey: kubeadmcmd.NewSecret(referenceKey), CertificateKeyExpires: key,
		}},
	}
	for i, test := range tests {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			got, err := kubeadmcmd.ParseCredentials(test.text, captured)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			crlf, err := kubeadmcmd.ParseCredentials(strings.ReplaceAll(test.text, "\n", "\r\n"), captured)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, crlf); diff != "" {
				t.Errorf("CRLF makes a difference (-LF +CRLF):\n%s", diff)
			}
			undated := got
			undated.TokenExpires, undated.CertificateKeyExpires = time.Time{}, time.Time{}
			unknown, err := kubeadmcmd.ParseCredentials(test.text, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(undated, unknown); diff != "" {
				t.Errorf("without the moment of capture (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextsWithoutOneSetOfCredentialsAreErrors(t *testing.T) {
	t.Parallel()
	const join = "kubeadm join a:1 --discovery-token-ca-cert-hash " + referenceHash + " --token "
	tests := []struct{ name, text, want string }{
		{"nothing", "", "kubeadm:1:1: no credentials: want a kubeadm join command, or what kubeadm init, token create or upload-certs printed"},
		{"a key that nothing announces: it could be a hash", referenceKey + "\n", `kubeadm:1:1: this may be a certificate key, and nothing says so: copy the line "[upload-certs] Using certificate key:" before it too`},
		{"two tokens", join + referenceToken + "\n\n" + join + hidden + "\n", "kubeadm:3:129: another token than the text had before: keep only the newest"},
		{"a token of its own", join + referenceToken + "\n" + hidden + "\n", "kubeadm:2:1: another token than the text had before: keep only the newest"},
		{"two clusters", join + referenceToken + "\n" + strings.NewReplacer("a:1", "b:1", "5420", "6420").Replace(join+referenceToken),
			"kubeadm:2:14: another endpoint than the text had before: keep only the newest\n" +
				"kubeadm:2:49: another CA hash than the text had before: keep only the newest"},
		{"two keys", testdata(t, "reference/upload-certs.txt") + testdata(t, "kubeadm-1.37.2/upload-certs.txt"),
			"kubeadm:8:1: another certificate key than the text had before: keep only the newest"},
		{"a key that is cut off", "[upload-certs] Using certificate key:\n", "kubeadm:1:1: no certificate key follows this line: copy the next line too"},
		{"a file", "kubeadm join --config join.yaml", "kubeadm:1:1: this command has its credentials in a file: give that file's values, or a command with --token"},
		{"every command's errors", "sudo kubeadm join a\nsudo kubeadm join b\n",
			"kubeadm:1:19: this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443\n" +
				"kubeadm:2:19: this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := kubeadmcmd.ParseCredentials(test.text, captured)
			if err == nil {
				t.Fatalf("no error, but %v", got)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func parsed(t testing.TB, text string, captured time.Time) kubeadmcmd.Credentials {
	t.Helper()
	c, err := kubeadmcmd.ParseCredentials(text, captured)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCredentialsOfSeveralTextsMerge(t *testing.T) {
	t.Parallel()
	join := parsed(t, testdata(t, "kubeadm-1.37.2/token-create-print-join-command.txt"), captured)
	key := parsed(t, testdata(t, "kubeadm-1.37.2/upload-certs.txt"), captured.Add(time.Hour))
	want := join
	want.CertificateKey, want.CertificateKeyExpires = key.CertificateKey, captured.Add(3*time.Hour)
	for _, merge := range []func() (kubeadmcmd.Credentials, error){
		func() (kubeadmcmd.Credentials, error) { return join.Merge(key) },
		func() (kubeadmcmd.Credentials, error) { return key.Merge(join) },
		func() (kubeadmcmd.Credentials, error) { return kubeadmcmd.Credentials{}.Merge(key, join, key) },
	} {
		got, err := merge()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !got.Expires().Equal(captured.Add(3 * time.Hour)) {
			t.Errorf("expires at %v", got.Expires())
		}
	}
}

func TestTheEarlierDeadlineOfTheSameCredentialCounts(t *testing.T) {
	t.Parallel()
	text := testdata(t, "kubeadm-1.37.2/init.txt")
	early, late, undated := parsed(t, text, captured), parsed(t, text, captured.Add(time.Hour)), parsed(t, text, time.Time{})
	got, err := late.Merge(undated, early)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(early, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestContradictoryCredentialsDoNotMerge(t *testing.T) {
	t.Parallel()
	one := parsed(t, testdata(t, "kubeadm-1.37.2/init.txt"), captured)
	other := parsed(t, strings.Replace(testdata(t, "reference/join-control-plane.txt"), "k8s-vip", "other", 1), captured)
	_, err := one.Merge(other)
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"endpoint", "caCertHashes", "token", "certificateKey"} {
		if !strings.Contains(err.Error(), name+": Forbidden: two different values") {
			t.Errorf("no error about %s: %v", name, err)
		}
	}
	for _, secret := range []string{one.Token.Reveal(), other.Token.Reveal(), one.CertificateKey.Reveal(), other.CertificateKey.Reveal()} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}

func TestExpiredCredentialsSayHowToGetNewOnes(t *testing.T) {
	t.Parallel()
	c := parsed(t, testdata(t, "kubeadm-1.37.2/init.txt"), captured)
	if err := c.Expired(captured.Add(2*time.Hour - 1)); err != nil {
		t.Errorf("too early: %v", err)
	}
	keyOnly := c.Expired(captured.Add(2 * time.Hour))
	if want := "certificateKey: Forbidden: expired at 2026-11-22T21:54:00Z: upload the certificates again with kubeadm init phase upload-certs --upload-certs on a control plane"; fmt.Sprint(keyOnly) != want {
		t.Errorf("got %v\nwant %s", keyOnly, want)
	}
	both := c.Expired(captured.Add(24 * time.Hour))
	if both == nil || strings.Count(both.Error(), "expired at") != 2 {
		t.Errorf("not both expired: %v", both)
	}
	var fieldError *field.Error
	if !errors.As(both, &fieldError) {
		t.Errorf("no field error: %v", both)
	}
	if err := parsed(t, testdata(t, "kubeadm-1.37.2/init.txt"), time.Time{}).Expired(captured.Add(1e18)); err != nil {
		t.Errorf("unknown deadlines expired: %v", err)
	}
	if !(kubeadmcmd.Credentials{}).Expires().IsZero() {
		t.Error("no credentials have a deadline")
	}
}

func FuzzParseCredentials(f *testing.F) {
	for _, name := range []string{"kubeadm-1.37.2/init.txt", "kubeadm-1.37.2/join-worker.txt", "kubeadm-1.37.2/upload-certs.txt", "reference/join-control-plane.txt", "reference/join-command.txt"} {
		f.Add(testdata(f, name))
	}
	f.Add(hidden + "\r\n[upload-certs] Using certificate key:\r\n" + referenceKey)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := kubeadmcmd.ParseCredentials(text, captured)
		if err != nil {
			checkPlaces(t, text, err)
			return
		}
		same, err := c.Merge(c, kubeadmcmd.Credentials{})
		if err != nil {
			t.Fatalf("does not merge with itself: %v", err)
		}
		if diff := cmp.Diff(c, same); diff != "" {
			t.Errorf("merging with itself changes it:\n%s", diff)
		}
	})
}

func TestCACertHashesAreThoseThatKubeadmPrints(t *testing.T) {
	t.Parallel()
	ca := testdata(t, "kubeadm-1.37.2/ca.crt")
	for text, want := range map[string][]string{
		ca: {fixtureHash},
		"# the old and the new\n" + ca + "\n" + ca: {fixtureHash, fixtureHash},
		strings.ReplaceAll(ca, "\n", "\r\n"):       {fixtureHash},
	} {
		got, err := kubeadmcmd.CACertHashes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestBundlesThatAreNotCACertificatesAreErrors(t *testing.T) {
	t.Parallel()
	ca := testdata(t, "kubeadm-1.37.2/ca.crt")
	for name, test := range map[string]struct{ bundle, want string }{
		"nothing":        {"", "kubeadm:1:1: no certificate: want PEM, such as /etc/kubernetes/pki/ca.crt"},
		"a key":          {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "kubeadm:1:1: no certificate: want PEM, such as /etc/kubernetes/pki/ca.crt"},
		"cut off":        {ca[:len(ca)-40], "kubeadm:1:1: this certificate is damaged: copy the whole file again"},
		"second cut off": {ca + ca[:500], "kubeadm:20:1: this certificate is damaged: copy the whole file again"},
		"first cut off":  {ca[:500] + "\n" + ca, "kubeadm:1:1: this certificate is damaged: copy the whole file again"},
		"not the DER":    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "kubeadm:1:1: this certificate is damaged: x509: malformed certificate"},
		"not a CA's":     {leafCertificate(t), "kubeadm:1:1: this certificate is not a CA's: want the cluster's ca.crt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kubeadmcmd.CACertHashes([]byte(test.bundle))
			if err == nil {
				t.Fatalf("no error, but %v", got)
			}
			if err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzCACertHashes(f *testing.F) {
	ca := testdata(f, "kubeadm-1.37.2/ca.crt")
	f.Add([]byte(ca))
	f.Add([]byte(ca[:300] + ca))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		hashes, err := kubeadmcmd.CACertHashes(bundle)
		if err != nil {
			checkPlaces(t, string(bundle), err)
			return
		}
		if got, want := len(hashes), bytes.Count(bundle, []byte("-----BEGIN CERTIFICATE-----")); got != want {
			t.Errorf("%d hashes of %d certificates", got, want)
		}
	})
}

func TestNewSecretsComeFromTheReaderAlone(t *testing.T) {
	t.Parallel()
	zeros := bytes.NewReader(make([]byte, 32))
	token, err := kubeadmcmd.NewToken(zeros)
	if err != nil || token.Reveal() != "aaaaaa.aaaaaaaaaaaaaaaa" {
		t.Errorf("%q, %v", token.Reveal(), err)
	}
	key, err := kubeadmcmd.NewCertificateKey(bytes.NewReader(bytes.Repeat([]byte{0xAB}, 32)))
	if err != nil || key.Reveal() != strings.Repeat("ab", 32) {
		t.Errorf("%q, %v", key.Reveal(), err)
	}
	if _, err := kubeadmcmd.NewToken(bytes.NewReader(make([]byte, 21))); err == nil {
		t.Error("21 random bytes make a token")
	}
	broken := errors.New("no entropy")
	if _, err := kubeadmcmd.NewCertificateKey(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("the reader's error is lost: %v", err)
	}
}

func TestEveryLetterOfANewTokenIsAsLikelyAsEveryOther(t *testing.T) {
	t.Parallel()
	everyByte := make([]byte, 0, 256*22)
	for i := range 256 * 22 {
		everyByte = append(everyByte, byte(i))
	}
	random := bytes.NewReader(everyByte)
	letters := map[rune]int{}
	for range 7 * 36 { // 252 of 256 bytes are used, 22 a token
		token, err := kubeadmcmd.NewToken(random)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range strings.Replace(token.Reveal(), ".", "", 1) {
			letters[r]++
		}
	}
	for r, n := range letters {
		if n != 7*22 {
			t.Errorf("%q came %d times, not %d", r, n, 7*22)
		}
	}
	if len(letters) != 36 {
		t.Errorf("%d letters, not 36", len(letters))
	}
}
