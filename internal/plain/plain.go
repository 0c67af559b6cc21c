// Package plain stands in front of everything that writes text for people. What
// comes from outside (a captured file, an object of a cluster, a log) may hold
// escape sequences of terminals, line breaks, invisible characters, Markdown and
// HTML. It is shown, and none of it works.
package plain

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line returns the text as one line: line breaks and all characters that do not
// print are written as escapes, such as \n, \x1b and \u202e. Bytes that are not
// UTF-8 become \x escapes.
func Line(s string) string { return escaped(s, false) }

// Text is [Line] for text of several lines: line feeds and tabs stay.
func Text(s string) string { return escaped(s, true) }

func escaped(s string, lines bool) string {
	if isPlain(s, lines) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case prints(r, lines):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

func isPlain(s string, lines bool) bool {
	for _, r := range s {
		if r == utf8.RuneError || !prints(r, lines) {
			return false
		}
	}
	return true
}

func prints(r rune, lines bool) bool { return strconv.IsPrint(r) || lines && (r == '\n' || r == '\t') }

// Short returns at most limit bytes of the text, cut between characters and
// followed by "..." where something was left out.
func Short(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "..."
}

// JSON returns a JSON text in which characters that do not print are escapes of
// JSON: it means the same, and a terminal shows it.
func JSON(text []byte) []byte {
	if isPlain(string(text), true) {
		return text
	}
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case prints(r, true):
			b.WriteRune(r)
		case r > 0xffff:
			const surrogates, low = 0x10000, 0x3ff
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r-surrogates)>>10, 0xdc00+(r-surrogates)&low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String())
}
