package haproxycfg

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// maxWords is how many words HAProxy reads on a line, the keyword included.
const maxWords = 64

// quote writes one word by the rules of section 2.2 of HAProxy's manual, so
// that HAProxy reads back the same bytes whatever they are. Only a NUL cannot be
// said: HAProxy ends the word there.
func quote(word string) string {
	if word != "" && strings.IndexFunc(word, special) < 0 {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(word) {
		b.WriteString(quoteByte(word[i]))
	}
	b.WriteByte('"')
	return b.String()
}

// special tells whether r has a meaning outside of quotes. All of them are
// ASCII, so the bytes of other runes pass.
func special(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`#\'"`, r)
}

func quoteByte(c byte) string {
	switch c {
	case '"', '\\', '$':
		return `\` + string(rune(c))
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	if c < ' ' || c == 0x7f {
		return fmt.Sprintf(`\x%02x`, c)
	}
	return string([]byte{c})
}

// splitWords reads a line as HAProxy does and gives its words, with variables
// of the environment left as they stand.
func splitWords(line string) ([]string, error) {
	s := wordScanner{in: line}
	for s.pos < len(s.in) && !s.done {
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	if s.quote != 0 {
		return nil, fmt.Errorf("the quote %c is never closed", s.quote)
	}
	s.endWord()
	if len(s.words) > maxWords {
		return nil, fmt.Errorf("has %d words; HAProxy reads at most %d on a line", len(s.words), maxWords)
	}
	return s.words, nil
}

// wordScanner walks over one line.
type wordScanner struct {
	in     string
	pos    int
	quote  byte // the open quote, or 0
	word   []byte
	inWord bool
	done   bool
	words  []string
}

func (s *wordScanner) step() error {
	c := s.in[s.pos]
	switch {
	case c == '\n' || c == '\r' || c == 0:
		return errors.New("must be a single line")
	case s.quote != 0 && c == s.quote:
		s.quote = 0
	case s.quote == '\'':
		s.emit(c)
	case c == '\\':
		return s.escape()
	case s.quote == '"':
		s.emit(c)
	case c == '\'' || c == '"':
		s.quote, s.inWord = c, true
	case c == '#':
		s.done = true
	case isSpace(c):
		s.endWord()
	default:
		s.emit(c)
	}
	s.pos++
	return nil
}

// escape reads a backslash and what it escapes; a backslash before anything else
// stands for itself.
func (s *wordScanner) escape() error {
	next := byte(0)
	if s.pos+1 < len(s.in) {
		next = s.in[s.pos+1]
	}
	switch {
	case next == 'n':
		s.emit('\n')
	case next == 'r':
		s.emit('\r')
	case next == 't':
		s.emit('\t')
	case next == 'x':
		return s.hex()
	case next == ' ' || next == '\\' || next == '#' || next == '\'' || next == '"' || next == '$' && s.quote == '"':
		s.emit(next)
	default:
		s.emit('\\')
		s.pos++
		return nil
	}
	s.pos += 2
	return nil
}

func (s *wordScanner) hex() error {
	if s.pos+4 > len(s.in) {
		return errors.New(`\x needs two hexadecimal digits`)
	}
	c, err := hex.DecodeString(s.in[s.pos+2 : s.pos+4])
	if err != nil {
		return errors.New(`\x needs two hexadecimal digits`)
	}
	s.emit(c[0])
	s.pos += 4
	return nil
}

func (s *wordScanner) emit(c byte) {
	s.word, s.inWord = append(s.word, c), true
}

func (s *wordScanner) endWord() {
	if s.inWord {
		s.words = append(s.words, string(s.word))
	}
	s.word, s.inWord = nil, false
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
