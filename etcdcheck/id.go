package etcdcheck

import (
	"fmt"
	"strconv"
)

// ID identifies a member or a cluster. Zero is no ID: etcd never gives it out.
//
// It prints as etcdctl's table does, in hexadecimal without padding, and it
// marshals to JSON as that text, because a JSON number this large loses digits
// in most programs that read it.
type ID uint64

// ParseID reads an ID as etcdctl's simple and table formats print it.
func ParseID(s string) (ID, error) {
	v, err := strconv.ParseUint(s, 16, 64)
	if err != nil || v == 0 {
		return 0, fmt.Errorf("%q is not an ID: it has 1 to 16 hexadecimal digits and is not zero", s)
	}
	return ID(v), nil
}

// String is the ID in hexadecimal, as etcdctl prints it in tables.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 16) }

// isRounded reports whether the ID is one that floating point can hold, written
// in its digits, which of a thousand IDs is hardly one.
func (id ID) isRounded() bool {
	return id > 1<<53 && strconv.FormatFloat(float64(id), 'f', -1, 64) == strconv.FormatUint(uint64(id), 10)
}

// MarshalText writes what String says.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText writes, and 0.
func (id *ID) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*id = 0
		return nil
	}
	v, err := ParseID(string(text))
	*id = v
	return err
}
