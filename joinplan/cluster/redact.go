package cluster

import (
	"fmt"
	"io"
	"log/slog"
)

// String says how many objects there are, and nothing of what they hold: there
// are Secrets among them.
func (o Objects) String() string {
	return fmt.Sprintf("%d nodes, %d configmaps, %d secrets, %d pods", len(o.Nodes), len(o.ConfigMaps), len(o.Secrets), len(o.Pods))
}

// Format writes what String is under every verb.
func (o Objects) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.String()) }

// MarshalText is what String is, so that no encoder shows a secret. There is no
// way back: encode the lists one by one.
func (o Objects) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// LogValue is what String is, for log/slog.
func (o Objects) LogValue() slog.Value { return slog.StringValue(o.String()) }
