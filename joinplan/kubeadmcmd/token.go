package kubeadmcmd

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// TokenCreate is kubeadm token create. With ConfigFile kubeadm takes only
// Token, PrintJoinCommand, Kubeconfig, DryRun and Verbosity. Without it kubeadm
// first tries for some ten seconds to look a version up on the internet.
type TokenCreate struct {
	ConfigFile string

	Token            Secret // empty: kubeadm makes one
	PrintJoinCommand bool
	CertificateKey   Secret        // only with PrintJoinCommand: a control plane's join command
	TTL              time.Duration // 0: kubeadm's 24 h
	NeverExpires     bool
	Usages           []string // empty: signing, authentication
	Groups           []string
	Description      string

	Kubeconfig string
	DryRun     bool
	Verbosity  int
}

// Command gives kubeadm token create, or every error as a joined
// [k8s.io/apimachinery/pkg/util/validation/field.Error].
func (t TokenCreate) Command() (Command, error) {
	a := begin(t.ConfigFile, "kubeadm", "token", "create")
	if !t.CertificateKey.IsZero() && !t.PrintJoinCommand {
		a.forbid("certificateKey", "only a printed join command uses it: set printJoinCommand or leave it out")
	}
	a.tokenOperand(t.Token)
	a.bool("print-join-command", "printJoinCommand", t.PrintJoinCommand)
	a.certificateKey(t.CertificateKey)
	a.duration("ttl", "ttl", t.TTL, t.NeverExpires)
	a.list("usages", "usages", t.Usages)
	a.list("groups", "groups", t.Groups)
	a.text("description", "description", t.Description)
	a.text("kubeconfig", "kubeconfig", t.Kubeconfig)
	a.bool("dry-run", "dryRun", t.DryRun)
	a.number("v", "verbosity", t.Verbosity)
	return a.command()
}

// NewToken makes a bootstrap token, [a-z0-9]{6}.[a-z0-9]{16}, from random
// bytes; give it crypto/rand.Reader. It reads more than 22 bytes when some
// would favour a letter.
func NewToken(random io.Reader) (Secret, error) {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	const fair = 256 - 256%len(alphabet)
	token := make([]byte, 0, 23)
	for len(token) < 23 {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return Secret{}, fmt.Errorf("a new token: random bytes ended: %w", err)
		}
		if int(b[0]) >= fair {
			continue
		}
		if len(token) == 6 {
			token = append(token, '.')
		}
		token = append(token, alphabet[int(b[0])%len(alphabet)])
	}
	return NewSecret(string(token)), nil
}

// NewCertificateKey makes a certificate key, 32 bytes as hexadecimal digits,
// from random bytes; give it crypto/rand.Reader.
func NewCertificateKey(random io.Reader) (Secret, error) {
	var key [32]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return Secret{}, fmt.Errorf("a new certificate key: random bytes ended: %w", err)
	}
	return NewSecret(hex.EncodeToString(key[:])), nil
}
