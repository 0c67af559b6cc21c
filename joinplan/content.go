package joinplan

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Content is what a file holds. Where it is secret it prints, marshals, logs
// and compares without showing itself; only [Content.Reveal] gives it out.
//
// The zero Content is empty. Contents are immutable.
type Content struct {
	secret bool
	reveal func() []byte
}

// NewContent is content that anybody may read.
func NewContent(data []byte) Content { return newContent(data, false) }

// NewSecretContent is content with a token or a key in it.
func NewSecretContent(data []byte) Content { return newContent(data, true) }

func newContent(data []byte, secret bool) Content {
	data = slices.Clone(data)
	return Content{secret: secret, reveal: func() []byte { return slices.Clone(data) }}
}

// IsSecret tells whether the content shows itself only to Reveal.
func (c Content) IsSecret() bool { return c.secret }

// Reveal gives the bytes of the file. Whoever calls it answers for where they
// go.
func (c Content) Reveal() []byte {
	if c.reveal == nil {
		return nil
	}
	return c.reveal()
}

// Equal tells whether both hold the same and are equally secret.
func (c Content) Equal(other Content) bool {
	return c.secret == other.secret && bytes.Equal(c.Reveal(), other.Reveal())
}

// String is the text, or "[redacted]".
func (c Content) String() string {
	if c.secret {
		return "[redacted]"
	}
	return string(c.Reveal())
}

// Format writes what String is under every verb.
func (c Content) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText is what String is. There is no way back for a secret.
func (c Content) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// LogValue is what String is, for log/slog.
func (c Content) LogValue() slog.Value { return slog.StringValue(c.String()) }
