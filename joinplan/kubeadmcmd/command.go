package kubeadmcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
)

// Command is a command line as words, of which it knows the secret ones. It is
// run from [Command.Argv], or by a shell from [Command.Shell] or
// [Command.ShellLines]; everything else about it redacts.
//
// The zero Command has no words. Commands are immutable and safe for
// concurrent use.
type Command struct {
	words []word
}

// word is plain text, followed by a secret if it has one: --token=SECRET is a
// single word.
type word struct {
	plain  string
	secret Secret
}

func (w word) reveal() string { return w.plain + w.secret.Reveal() }

// NewCommand is a command without secrets.
func NewCommand(argv ...string) Command {
	words := make([]word, 0, len(argv))
	for _, a := range argv {
		words = append(words, word{plain: a})
	}
	return Command{words}
}

// Sudo is the command with sudo in front.
func (c Command) Sudo() Command {
	return Command{slices.Concat([]word{{plain: "sudo"}}, c.words)}
}

// IsZero reports whether the command has no words.
func (c Command) IsZero() bool { return len(c.words) == 0 }

// HasSecret reports whether a word holds a secret: a file with the command's
// Shell then wants mode 0600, and its arguments show in ps while it runs.
func (c Command) HasSecret() bool {
	return slices.ContainsFunc(c.words, func(w word) bool { return !w.secret.IsZero() })
}

// Argv gives the words as they are, secrets included.
func (c Command) Argv() []string {
	argv := make([]string, 0, len(c.words))
	for _, w := range c.words {
		argv = append(argv, w.reveal())
	}
	return argv
}

// Shell gives the command as one line for a POSIX shell, secrets included and
// every word quoted as it needs. (A word that holds a newline keeps it, in
// quotes.) There is no newline at the end.
func (c Command) Shell() string {
	quoted := make([]string, 0, len(c.words))
	for _, w := range c.words {
		quoted = append(quoted, quote(w.reveal()))
	}
	return strings.Join(quoted, " ")
}

// ShellLines is Shell with a continuation before every flag:
//
//	kubeadm join k8s-vip:6443 \
//	  --token abcdef.0123456789abcdef \
//	  --discovery-token-ca-cert-hash sha256:...
func (c Command) ShellLines() string {
	var b strings.Builder
	for i, w := range c.words {
		switch {
		case i == 0:
		case strings.HasPrefix(w.plain, "--"):
			b.WriteString(" \\\n  ")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(quote(w.reveal()))
	}
	return b.String()
}

// String is Shell with every secret replaced by "[redacted]". It is for people;
// a shell would not run it as it was meant.
func (c Command) String() string {
	words := make([]string, 0, len(c.words))
	for _, w := range c.words {
		if w.secret.IsZero() {
			words = append(words, quote(w.plain))
		} else {
			words = append(words, w.plain+redacted)
		}
	}
	return strings.Join(words, " ")
}

// GoString is what String is.
func (c Command) GoString() string { return c.String() }

// Format writes what String is under every verb.
func (c Command) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalJSON gives the words as an array of strings, with the secrets
// redacted.
func (c Command) MarshalJSON() ([]byte, error) {
	words := make([]string, 0, len(c.words))
	for _, w := range c.words {
		words = append(words, w.plain+w.secret.String())
	}
	return json.Marshal(words)
}

// LogValue is what String is, for log/slog.
func (c Command) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Equal reports whether both have the same words, secrets included.
func (c Command) Equal(other Command) bool {
	return slices.EqualFunc(c.words, other.words, func(a, b word) bool {
		return NewSecret(a.reveal()).Equal(NewSecret(b.reveal()))
	})
}
