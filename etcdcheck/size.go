package etcdcheck

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes as an output says it. The zero value is unknown.
//
// JSON and fields say bytes; simple and table say a rounded text such as
// "2.1 GB", from which the bytes cannot be had back.
type Size struct {
	// Bytes is the size, or near it where Rounded is set.
	Bytes uint64
	// Rounded says that Bytes was read from a text of two digits.
	Rounded bool
	// Known is false where the output does not say the size.
	Known bool
}

// sizeJSON is a known size in JSON.
type sizeJSON struct {
	Bytes   uint64 `json:"bytes"`
	Rounded bool   `json:"rounded,omitempty"`
}

// MarshalJSON writes {"bytes":4400000,"rounded":true}, or null where the size
// is unknown; use the option omitzero to leave it out.
func (s Size) MarshalJSON() ([]byte, error) {
	if !s.Known {
		return []byte("null"), nil
	}
	return json.Marshal(sizeJSON{Bytes: s.Bytes, Rounded: s.Rounded})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Size) UnmarshalJSON(data []byte) error {
	var v *sizeJSON
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*s = Size{}
	if v != nil {
		*s = Size{Bytes: v.Bytes, Rounded: v.Rounded, Known: true}
	}
	return nil
}

// Bytes is an exact size.
func Bytes(n uint64) Size { return Size{Bytes: n, Known: true} }

// String is the size as etcdctl's tables print it: powers of 1000, two digits.
// It is empty where the size is unknown.
func (s Size) String() string {
	if !s.Known {
		return ""
	}
	if s.Bytes < 10 {
		return fmt.Sprintf("%d B", s.Bytes)
	}
	exp := int(math.Floor(math.Log(float64(s.Bytes)) / math.Log(1000)))
	val := math.Floor(float64(s.Bytes)/math.Pow(1000, float64(exp))*10+0.5) / 10
	digits := 0
	if val < 10 {
		digits = 1
	}
	return strconv.FormatFloat(val, 'f', digits, 64) + " " + sizeUnits[exp]
}

var sizeUnits = []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}

// parseSize reads what String writes. Sizes under 1 kB are exact.
func parseSize(s string) (Size, error) {
	number, unit, ok := strings.Cut(s, " ")
	if ok {
		for exp, name := range sizeUnits {
			if unit == name {
				return scaleSize(s, number, exp)
			}
		}
	}
	return Size{}, fmt.Errorf("%q is not a size such as 4.4 MB", s)
}

func scaleSize(s, number string, exp int) (Size, error) {
	val, err := strconv.ParseFloat(number, 64)
	if err != nil || !(val >= 0 && val <= 1000) {
		return Size{}, fmt.Errorf("%q is not a size such as 4.4 MB", s)
	}
	return Size{Bytes: uint64(math.Round(val * math.Pow(1000, float64(exp)))), Rounded: exp > 0, Known: true}, nil
}
