package kubeadmcmd

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// lexer splits one command of a text into words the way a POSIX shell does
// (POSIX.1-2017, Shell Command Language, 2.2 and 2.3), and forgives what
// copying does to commands: CRLF, blanks after a continuation backslash or a
// flag in its line, the shell's "> " before continued lines, a continued line
// that starts with a flag without being indented, and lines that were broken
// without a backslash.
type lexer struct {
	text string
	pos  int
}

// lexeme is a word and where it starts.
type lexeme struct {
	text     string
	at       int
	withheld bool // kubeadm's <value withheld>
}

const withheld = "<value withheld>"

// placeholder is what documentation writes for a value: <token>, <cert-key>.
var placeholder = regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9 ._-]*>`)

const (
	maxPlaceholder  = 100
	placeholderSaid = "this is a placeholder: write the value itself, as kubeadm printed it"
)

// next gives the next word of the command; false at its end.
func (l *lexer) next() (lexeme, bool, *problem) {
	for {
		l.skipBlanks()
		if strings.HasPrefix(l.text[l.pos:], withheld) {
			l.pos += len(withheld)
			return lexeme{at: l.pos - len(withheld), withheld: true}, true, nil
		}
		if placeholder.MatchString(l.text[l.pos:min(l.pos+maxPlaceholder, len(l.text))]) {
			return lexeme{}, false, &problem{l.pos, placeholderSaid}
		}
		if l.atRedirection() {
			if err := l.skipRedirection(); err != nil {
				return lexeme{}, false, err
			}
			continue
		}
		if l.atEnd() {
			return lexeme{}, false, nil
		}
		at := l.pos
		text, err := l.word()
		return lexeme{text: text, at: at}, true, err
	}
}

// rest gives all words that are left.
func (l *lexer) rest() ([]lexeme, *problem) {
	var words []lexeme
	for {
		w, more, err := l.next()
		if err != nil || !more {
			return words, err
		}
		words = append(words, w)
	}
}

// wrappedRest is rest for a command that may go on behind the ends of its lines.
func (l *lexer) wrappedRest() ([]lexeme, *problem) {
	words, err := l.rest()
	for err == nil && len(words) > 0 && l.pos < len(l.text) && strings.IndexByte("\r\n", l.text[l.pos]) >= 0 {
		how, next := l.wrapped(words)
		if how == ends {
			break
		}
		if how == broken {
			return words, &problem{next, "the command is broken before this line, and the place may be in the middle of a word: write it in one line"}
		}
		l.pos = next
		if how == glued {
			var more string
			if more, err = l.word(); err != nil {
				return words, err
			}
			words[len(words)-1].text += more
		}
		var more []lexeme
		more, err = l.rest()
		words = append(words, more...)
	}
	if err == nil && endsInBackslash(l.text[:l.pos]) {
		err = &problem{len(strings.TrimRight(l.text[:l.pos], " \t\r\n")) - 1, "the command ends in a backslash: its rest is missing"}
	}
	return words, err
}

func endsInBackslash(s string) bool {
	s = strings.TrimRight(s, " \t\r\n")
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// atEnd reports whether the command ends here: at the end of the line, at an
// operator or at a comment.
func (l *lexer) atEnd() bool {
	return l.pos >= len(l.text) || strings.IndexByte("\n\r;&|()#", l.text[l.pos]) >= 0
}

func (l *lexer) skipBlanks() {
	for l.pos < len(l.text) {
		if n := blank(l.text[l.pos:]); n > 0 {
			l.pos += n
		} else if n := continuation(l.text[l.pos:]); n > 0 {
			l.pos += n
		} else {
			return
		}
	}
}

func (l *lexer) atRedirection() bool {
	rest := strings.TrimLeft(l.text[l.pos:], "0123456789")
	return rest != "" && (rest[0] == '<' || rest[0] == '>')
}

func (l *lexer) skipRedirection() *problem {
	at := l.pos
	operator := strings.TrimLeft(l.text[l.pos:], "0123456789")
	l.pos = len(l.text) - len(strings.TrimLeft(operator, "<>&|"))
	l.skipBlanks()
	if l.atEnd() {
		return &problem{at, "the redirection names no file"}
	}
	_, err := l.word()
	return err
}

// word reads one word; the position is at its first character.
func (l *lexer) word() (string, *problem) {
	var b strings.Builder
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		if n := continuation(rest); n > 0 {
			l.pos += n
			if l.pos == len(l.text) || strings.HasPrefix(l.text[l.pos:], "--") {
				return b.String(), nil
			}
			continue
		}
		if placeholder.MatchString(rest[:min(maxPlaceholder, len(rest))]) && !strings.HasPrefix(rest, withheld) {
			return "", &problem{l.pos, placeholderSaid}
		}
		if blank(rest) > 0 || strings.IndexByte("\n\r;&|()<>", rest[0]) >= 0 {
			return b.String(), nil
		}
		if err := l.part(&b); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// part reads a quoted part or one character of a word.
func (l *lexer) part(b *strings.Builder) *problem {
	switch c := l.text[l.pos]; c {
	case '\'':
		return l.singleQuoted(b)
	case '"':
		return l.doubleQuoted(b)
	case '\\':
		if l.pos+1 == len(l.text) {
			return &problem{l.pos, "the text ends in a backslash: the rest of the command is missing"}
		}
		l.pos++
		l.character(b)
	case '$', '`':
		if expands(l.text[l.pos:]) {
			return &problem{l.pos, "only a shell can expand this: write the value itself"}
		}
		l.character(b)
	default:
		if r, _ := utf8.DecodeRuneInString(l.text[l.pos:]); strings.ContainsRune("“”‘’", r) {
			return &problem{l.pos, "typographic quotes quote nothing in a shell: type plain ones"}
		}
		l.character(b)
	}
	return nil
}

func (l *lexer) character(b *strings.Builder) {
	_, n := utf8.DecodeRuneInString(l.text[l.pos:])
	b.WriteString(l.text[l.pos : l.pos+n])
	l.pos += n
}

func (l *lexer) singleQuoted(b *strings.Builder) *problem {
	inside, _, closed := strings.Cut(l.text[l.pos+1:], "'")
	if !closed {
		return &problem{l.pos, "this quote is never closed"}
	}
	b.WriteString(inside)
	l.pos += len(inside) + 2
	return nil
}

func (l *lexer) doubleQuoted(b *strings.Builder) *problem {
	at := l.pos
	for l.pos++; l.pos < len(l.text); {
		rest := l.text[l.pos:]
		switch {
		case rest[0] == '"':
			l.pos++
			return nil
		case len(rest) > 1 && rest[0] == '\\' && strings.IndexByte("$`\"\\", rest[1]) >= 0:
			b.WriteByte(rest[1])
			l.pos += 2
		case strings.HasPrefix(rest, "\\\n"):
			l.pos += 2
		case expands(rest):
			return &problem{l.pos, "only a shell can expand this: write the value itself"}
		default:
			l.character(b)
		}
	}
	return &problem{at, "this quote is never closed"}
}

// blank gives the length of the blank at the start of s.
func blank(s string) int {
	if s[0] == ' ' || s[0] == '\t' {
		return 1
	}
	return 0
}

// continuation gives the length of a backslash and the end of its line, with
// the prompt of the next one. Where the line's end was lost, a flag follows.
func continuation(s string) int {
	rest, found := strings.CutPrefix(s, `\`)
	if !found {
		return 0
	}
	rest = strings.TrimLeft(rest, " \t\r")
	if len(s)-len(rest) > 1 && (strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "sha256:")) {
		return len(s) - len(rest)
	}
	rest, found = strings.CutPrefix(rest, "\n")
	if !found {
		return 0
	}
	rest = strings.TrimPrefix(rest, "> ")
	return len(s) - len(rest)
}

// expands reports whether s starts with something that a shell replaces.
func expands(s string) bool {
	if s[0] == '`' {
		return true
	}
	if s[0] != '$' || len(s) == 1 {
		return false
	}
	c := s[1]
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_{(@*#?$!-'\"", c) >= 0
}
