package etcdcheck

import (
	"encoding/json"
	"fmt"
)

// Maybe is a value that a format may not be able to say. Its zero value is
// unknown, which is not the same as zero. It marshals to JSON as the value, or
// as null where it is unknown; use the option omitzero to leave it out.
type Maybe[T comparable] struct {
	// Value is the zero value where Known is false.
	Value T
	Known bool
}

// Known is a value that was said.
func Known[T comparable](v T) Maybe[T] { return Maybe[T]{Value: v, Known: true} }

// Is reports whether the value is known and equal to v.
func (m Maybe[T]) Is(v T) bool { return m.Known && m.Value == v }

// Or is the value, or v where it is unknown.
func (m Maybe[T]) Or(v T) T {
	if m.Known {
		return m.Value
	}
	return v
}

// String is the value as fmt prints it, or "unknown".
func (m Maybe[T]) String() string {
	if !m.Known {
		return "unknown"
	}
	return fmt.Sprint(m.Value)
}

// MarshalJSON writes the value, or null where it is unknown.
func (m Maybe[T]) MarshalJSON() ([]byte, error) {
	if !m.Known {
		return []byte("null"), nil
	}
	return json.Marshal(m.Value)
}

// UnmarshalJSON reads a value; null is unknown.
func (m *Maybe[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*m = Maybe[T]{}
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*m = Known(v)
	return nil
}
