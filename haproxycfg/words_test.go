package haproxycfg

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/haproxytest"
)

// readWords reads a line by section 2.2 of HAProxy's manual. It is the tests'
// own reader and shares nothing with the package.
func readWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	started, quote := false, rune(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\n' || c == '\r' || c == 0:
			return nil, errors.New("more than a line")
		case quote == '\'' && c != '\'':
			word.WriteByte(c)
		case c == '\'' && quote != '"':
			quote, started = '\''-quote, true
		case c == '"' && quote != '\'':
			quote, started = '"'-quote, true
		case c == '\\' && i+1 < len(line):
			n, out := readEscape(line[i+1:], quote == '"')
			if n < 0 {
				return nil, errors.New("bad escape")
			}
			word.WriteString(out)
			started = true
			i += n
		case c == '$' && quote == '"':
			return nil, errors.New("a variable")
		case c == '#' && quote == 0:
			i = len(line)
		case strings.IndexByte(" \t\v\f", c) >= 0 && quote == 0:
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quote != 0 {
		return nil, errors.New("an open quote")
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}

// readEscape reads what follows a backslash: how many bytes of it belong to the
// escape, and what it stands for.
func readEscape(rest string, quoted bool) (int, string) {
	switch c := rest[0]; {
	case strings.IndexByte(` \#'"`, c) >= 0, c == '$' && quoted:
		return 1, string(c)
	case c == 'n':
		return 1, "\n"
	case c == 'r':
		return 1, "\r"
	case c == 't':
		return 1, "\t"
	case c == 'x':
		var b byte
		if len(rest) < 3 {
			return -1, ""
		}
		for _, h := range rest[1:3] {
			digit := strings.IndexRune("0123456789abcdef", h|0x20)
			if digit < 0 || h < '0' {
				return -1, ""
			}
			b = b<<4 | byte(digit)
		}
		return 3, string([]byte{b})
	}
	return 0, `\`
}

var awkward = []string{"", "a", "a b", `a"b`, `a'b`, `a\b`, `\`, `\\`, "$HOME", "${HOME}", "#", "a#b", "a\nb", "a\r\nb", "\t", "\x01\x7f", "é", "日本", `\x41`, `\x0X`, "%[src]", "{ }", "'\"'", "a;b", "`id`", "\x80\xff", "-", "*", "[::1]:6443"}

func FuzzQuotedWordsAreReadBack(f *testing.F) {
	for _, w := range awkward {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, word string) {
		line := lineOf("before", word, "after")
		if strings.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("%q leaves its line: %q", word, line)
		}
		want := []string{"before", word, "after"}
		got, err := readWords(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("HAProxy's rules read %q as %q, %v; want %q", line, got, err, want)
		}
		got, err = splitWords(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("splitWords(%q) = %q, %v; want %q", line, got, err, want)
		}
	})
}

func FuzzSplitsWordsByHAProxysRules(f *testing.F) {
	for _, w := range awkward {
		f.Add(w)
		f.Add(`acl x path -m str '` + w + `' "` + w + `" ` + w)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := splitWords(line)
		want, wantErr := readWords(line)
		if wantErr != nil && wantErr.Error() == "a variable" || len(want) > maxWords {
			return
		}
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("splitWords(%q) = %q, %v; want %q, %v", line, got, err, want, wantErr)
		}
		if err == nil && !slices.Equal(got, want) {
			t.Errorf("splitWords(%q) = %q; want %q", line, got, want)
		}
	})
}

// TestHAProxyReadsQuotedWordsBack lets HAProxy itself print what it read.
func TestHAProxyReadsQuotedWordsBack(t *testing.T) {
	t.Parallel()
	words := slices.Clone(awkward)
	r := rand.New(rand.NewPCG(1, 2))
	for len(words) < 3000 {
		words = append(words, randomText(r, 1+r.IntN(12)))
	}
	var file, want bytes.Buffer
	line := 0
	for _, w := range words {
		if w == "" {
			continue
		}
		line++
		file.WriteString(lineOf(".notice", w) + "\n")
		fmt.Fprintf(&want, "%d]: '%s'.\n", line, w)
	}
	file.WriteString("global\n")
	var got bytes.Buffer
	for part := range strings.SplitSeq(haproxytest.Check(t, file.Bytes()).Output, "haproxy.cfg:") {
		if end := strings.LastIndex(part, "'.\n"); end >= 0 {
			got.WriteString(part[:end] + "'.\n")
		}
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("HAProxy read other words than were quoted (-want +got):\n%s", diff)
	}
}

// randomText is text at the edge of the quoting rules. It holds no NUL, which
// ends a word for HAProxy.
func randomText(r *rand.Rand, n int) string {
	const edge = "aZ09 \t\n\"'\\$#{}[]()%;:,|&<>*?!~`-_./@^=+\x01\x1f\x7f\x80\xff"
	b := make([]byte, n)
	for i := range b {
		b[i] = edge[r.IntN(len(edge))]
	}
	return string(b)
}
