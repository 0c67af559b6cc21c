package secrecy

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// damaged gives a text with each of many faults near its secrets.
func damaged(text string) []string {
	out := []string{text, text[:len(text)/2], strings.ReplaceAll(text, " ", "\t"), text + text}
	for _, secret := range []string{ours.token(), ours.certificateKey, ours.clientKey} {
		for _, broken := range []string{
			secret + "x", secret[:len(secret)-1], strings.ToUpper(secret), "[" + secret, `"` + secret, "'" + secret, "&" + secret, "*" + secret,
			"!!int " + secret, "!!binary " + secret, "|\n" + secret, secret + "\x00", "[" + secret + "]", "- " + secret, "@" + secret, "%" + secret,
			"`" + secret, "!" + secret, secret + "\n" + secret, "\"\\" + secret + "\"", "5 " + secret,
			"\n" + secret + ": x", "{" + secret + ": x}", "{" + secret + ": x, " + secret + ": y}", "\n  " + secret + ":\n  " + secret + ": [", "? " + secret,
		} {
			out = append(out, strings.ReplaceAll(text, secret, broken))
		}
	}
	return out
}

const kubeadmText = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- token: TOKEN
  ttl: 24h0m0s
certificateKey: KEY
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: k8s-vip:6443
    token: TOKEN
    unsafeSkipCAVerification: true
  tlsBootstrapToken: TOKEN
controlPlane:
  certificateKey: KEY
`

func TestNoErrorAboutTextShowsASecret(t *testing.T) {
	t.Parallel()
	fill := strings.NewReplacer("TOKEN", ours.token(), "KEY", ours.certificateKey)
	lines := fill.Replace("kubeadm join k8s-vip:6443 --token TOKEN --discovery-token-ca-cert-hash sha256:" + strings.Repeat("ab", 32) +
		" --control-plane --certificate-key KEY\n[upload-certs] Using certificate key:\nKEY\n[bootstrap-token] Using token: TOKEN\nTOKEN\n")
	capture := captured(t, ours)
	for name, c := range map[string]struct {
		text string
		read func(text string) error
	}{
		"credentials": {lines, func(text string) error {
			_, err := kubeadmcmd.ParseCredentials(text, now)
			return err
		}},
		"join": {lines, func(text string) error {
			_, err := kubeadmcmd.ParseJoin(text)
			return err
		}},
		"kubeadm file": {fill.Replace(kubeadmText), func(text string) error { return judge(kubeadmcfg.Parse([]byte(text))) }},
		"kubeadm file with misplaced secrets": {
			fill.Replace("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ntoken: TOKEN\nbootstrapTokens: [TOKEN]\nnodeRegistration: KEY\nlocalAPIEndpoint: {bindPort: KEY}\ntimeouts: {discovery: TOKEN}\n"),
			func(text string) error { return judge(kubeadmcfg.Parse([]byte(text))) },
		},
		"kubeadm file, tolerant": {fill.Replace(kubeadmText), func(text string) error { return judge(kubeadmcfg.ParseTolerant([]byte(text))) }},
		"objects": {secretObjects(ours), func(text string) error {
			_, err := cluster.ParseObjects([]byte(text))
			return err
		}},
		"objects in YAML": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: bootstrap-token-ab12cd, namespace: kube-system}\ndata:\n  token-secret: " + ours.token() + "\nstringData:\n  key: " + ours.clientKey + "\n",
			func(text string) error {
				_, err := cluster.ParseState([]byte(text))
				return err
			},
		},
		"kubeconfig of a host": {kubeconfig(ours), func(text string) error {
			c, err := hostcheck.Parse("cp-1", text)
			return fmt.Errorf("%w %+v", err, c)
		}},
		"kubeconfig in a census": {kubeconfig(ours), func(text string) error {
			in := capture
			in.Files = append(in.Files[:len(in.Files):len(in.Files)], convert.File{Host: "cka-cp-1", Path: "/root/.kube/config", Content: joinplan.NewSecretContent([]byte(text))})
			census, err := convert.TakeCensus(in)
			_, planErr := convert.Plan(in)
			return fmt.Errorf("%w %w %+v", err, planErr, census)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := 0
			for _, text := range damaged(c.text) {
				err := c.read(text)
				if err == nil {
					continue
				}
				failed++
				mustHide(t, fmt.Sprintf("the error about\n%s\n", text), err.Error())
				prints(t, err, true)
			}
			if failed == 0 {
				t.Error("no damage was found")
			}
		})
	}
}

// judge gives all that the library says of a file.
func judge(file kubeadmcfg.File, err error) error {
	if err != nil {
		return err
	}
	_, losses, convertErr := file.ConvertLossy(kubeadmcfg.V1Beta3)
	_, strictErr := file.Convert(kubeadmcfg.V1)
	return fmt.Errorf("%w %w %w %v %v %v", file.Validate(), convertErr, strictErr, file.Warnings(), losses, kubeadmcfg.Diff(file, kubeadmcfg.File{}))
}

func TestNoErrorAboutACommandShowsASecret(t *testing.T) {
	t.Parallel()
	other := credentials(t, theirs)
	mine := credentials(t, ours)
	_, conflict := mine.Merge(other)
	if conflict == nil {
		t.Error("two tokens are merged")
	} else {
		mustHide(t, "Merge", conflict.Error())
	}
	for _, broken := range damaged(ours.token() + " " + ours.certificateKey) {
		token, key, _ := strings.Cut(broken, " ")
		s, k := kubeadmcmd.NewSecret(token), kubeadmcmd.NewSecret(key)
		for _, command := range []interface {
			Command() (kubeadmcmd.Command, error)
		}{
			kubeadmcmd.Join{Endpoint: "k8s-vip:6443", Token: s, CertificateKey: k, ControlPlane: true},
			kubeadmcmd.Join{ConfigFile: "a.yaml", Token: s, CertificateKey: k},
			kubeadmcmd.TokenCreate{Token: s, CertificateKey: k},
			kubeadmcmd.Init{CertificateKey: k},
			kubeadmcmd.UploadCerts{CertificateKey: k},
		} {
			c, err := command.Command()
			mustHide(t, fmt.Sprintf("%T", command), fmt.Sprint(c, err))
		}
		for _, known := range []joinplan.Input{
			{Credentials: kubeadmcmd.Credentials{Token: s, CertificateKey: k, Endpoint: "other:6443"}},
			{Credentials: kubeadmcmd.Credentials{Token: s, CertificateKey: k, TokenExpires: now}, Now: now},
		} {
			known.Spec = spec(t)
			_, err := joinplan.Create(known)
			mustHide(t, "Create", fmt.Sprint(err))
		}
	}
}
