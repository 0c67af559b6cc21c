package kubeadmcfg

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"

	"github.com/haplane/haplane/internal/fieldname"
)

// String gives the file as Bytes does, with "(secret)" in the place of each
// bootstrap token and certificate key, and without names of fields that may be
// secrets, for logs and error messages. kubeadm does not read it.
func (f File) String() string {
	var out bytes.Buffer
	for _, d := range f.Documents {
		if isNil(d) {
			continue
		}
		if out.Len() > 0 {
			out.WriteString(separator)
		}
		fields := f.fields(d)
		redactFields(fields)
		writeFields(&out, fields, "")
	}
	return out.String()
}

// Format writes what String is under every verb.
func (f File) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// MarshalText is what String is, so that encoding/json and YAML encoders show no
// secret either. There is no way back: Bytes is the file.
func (f File) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// LogValue is what String is, for log/slog.
func (f File) LogValue() slog.Value { return slog.StringValue(f.String()) }

// redactFields takes the secrets out of a document, those in the places of names
// too. One that could not be read is a secret as a whole.
func redactFields(value any) {
	switch v := value.(type) {
	case object:
		for i, m := range v {
			if text, ok := m.value.(string); ok && isSecret(m.name) {
				v[i].value = redact(text)
			}
			v[i].name = fieldname.Shown(m.name)
			redactFields(m.value)
		}
	case []any:
		for _, item := range v {
			redactFields(item)
		}
	}
}
