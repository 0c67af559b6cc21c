package etcdcheck

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// clean takes out what terminals, editors and shells add to a text: a byte
// order mark, UTF-16 (PowerShell's redirection), bytes that are no UTF-8, CRLF,
// colour codes, no-break spaces. It never adds or removes a line.
func clean(text []byte) []byte {
	text = fromUTF16(text)
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !slices.ContainsFunc(suspects, func(b byte) bool { return bytes.IndexByte(text, b) >= 0 }) {
		return text
	}
	text = escapes.ReplaceAll(text, nil)
	return []byte(invisible.Replace(string(text)))
}

// suspects are the first bytes of what is taken out. A text without them, such
// as a long line of JSON, need not be looked at closely.
var suspects = []byte{'\r', '\x1b', "\u00a0"[0], "\u200b"[0]}

// escapes are the control sequences of ECMA-48 (colours, cursor, titles).
var escapes = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b\n]*(\x07|\x1b\\\\)|[@-Z\\\\-_=>])")

var invisible = strings.NewReplacer("\r", "", "\u00a0", " ", "\u200b", "")

// fromUTF16 turns text that starts with a byte order mark of UTF-16 into UTF-8.
func fromUTF16(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for at := 2; at+1 < len(text); at += 2 {
		units = append(units, order.Uint16(text[at:]))
	}
	return []byte(string(utf16.Decode(units)))
}
