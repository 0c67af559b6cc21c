package kubeadmcmd

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret holds a bootstrap token or a certificate key. It prints, marshals,
// logs and compares without showing its value; only [Secret.Reveal] gives it
// out.
//
// The value sits behind a function, because fmt, encoding/json and go-cmp look
// into strings, also into those in unexported fields. So == does not compile
// and reflect.DeepEqual is false: compare with [Secret.Equal], which go-cmp
// uses by itself.
//
// The zero Secret is empty. Secrets are immutable and safe for concurrent use.
type Secret struct {
	reveal func() string
}

// NewSecret wraps value. An empty value gives the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return value }}
}

// Reveal gives the value out. Whoever calls it answers for where it goes.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal reports whether both hold the same value, in a time that does not
// depend on where they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String is "[redacted]", or empty for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString is what String is.
func (s Secret) GoString() string { return s.String() }

// Format writes what String is under every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText is what String is; encoding/json and YAML encoders use it. There
// is no way back: a redacted secret cannot be read again.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is what String is, for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
