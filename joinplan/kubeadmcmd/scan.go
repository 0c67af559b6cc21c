package kubeadmcmd

import (
	"iter"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner finds the commands of kubeadm in a text.
type scanner struct {
	text string
	read []extent // the commands that were found, in their order
}

// extent is a part of a text.
type extent struct{ start, end int }

// maybeKubeadm finds kubeadm as a word with more behind it.
var maybeKubeadm = regexp.MustCompile(`kubeadm(?:[ \t]|\\[ \t\r]*$|\\[ \t\r]*\n|\r*\n)`)

// before may stand before a command on its line, behind another command, a
// prompt or a quote: a list's bullet, sudo, an environment, a directory.
var before = regexp.MustCompile(
	`^[ \t]*(?:[-*][ \t]+)?(?:(?:sudo|doas)(?:[ \t]+-u[ \t]+\S+|[ \t]+-\S+)*[ \t]+)?(?:env[ \t]+)?` +
		`(?:[A-Za-z_][A-Za-z0-9_]*=\S*[ \t]+)*(?:[^\s"'` + "`" + `]*/)?$`)

// maxBefore is how much before a command is looked at.
const maxBefore = 1000

// joinCommands gives the join commands of a text in their order.
func (s *scanner) joinCommands() iter.Seq[*joinCommand] {
	return func(yield func(*joinCommand) bool) {
		for pos := 0; pos < len(s.text); {
			found := maybeKubeadm.FindStringIndex(s.text[pos:])
			if found == nil {
				return
			}
			at, end := pos+found[0], pos+found[0]+len("kubeadm")
			pos = end
			start := s.context(at)
			l := &lexer{text: s.text[:start.end], pos: end}
			c := &joinCommand{at: at}
			if !start.isCommand && (!l.followedBy("join") || s.isProse(end)) {
				continue
			}
			isJoin := c.parse(l, start.isCommand)
			c.checkQuote(s.text, l.pos, start.end)
			if isJoin || start.isCommand {
				s.read = append(s.read, extent{at, l.pos})
			}
			pos = max(pos, l.pos)
			if isJoin && !yield(c) {
				return
			}
		}
	}
}

// isProse reports whether the sentence that goes on here names another join, as
// in "by kubeadm join: ssh HOST kubeadm join ...".
func (s *scanner) isProse(at int) bool {
	other := strings.Index(s.text[at:], "kubeadm join")
	return other >= 0 && !strings.ContainsAny(s.text[at:at+other], ";&|\n")
}

// followedBy reports whether the next word is this one.
func (l *lexer) followedBy(word string) bool {
	rest := strings.TrimLeft(l.text[l.pos:], " \t\r\n\\")
	return strings.HasPrefix(rest, word)
}

// context is where a command stands.
type context struct {
	isCommand bool // and not in the middle of a sentence
	end       int  // where it ends at the latest: at the quote that ends it
}

func (s *scanner) context(at int) context {
	window := s.text[max(0, at-maxBefore):at]
	line := window[strings.LastIndexByte(window, '\n')+1:]
	here := context{end: len(s.text)}
	mark := strings.LastIndexAny(line, "'\"`")
	for _, separator := range []string{";", "&", "|", "#", "$", "%", ">", "❯", "("} {
		if i := strings.LastIndex(line, separator); i >= 0 && i >= mark {
			mark = i + len(separator) - 1
		}
	}
	if mark < 0 {
		here.isCommand = len(window) < maxBefore && before.MatchString(line)
		return here
	}
	here.isCommand = before.MatchString(line[mark+1:])
	quote := line[mark]
	if strings.IndexByte("'\"`", quote) < 0 || !here.isCommand || strings.HasPrefix(line[mark+1:], " ") {
		return here
	}
	here.isCommand = false // prose quotes commands too
	if end := closing(s.text[at:], quote); end >= 0 {
		here.end = at + end
	}
	return here
}

// checkQuote finds a quote that ends in the middle of the command: a command in
// quotes goes up to the quote, and a blank or a mark follows that.
func (c *joinCommand) checkQuote(text string, at, end int) {
	if end == len(text) {
		return
	}
	rest := strings.TrimLeft(text[at:end], " \t\r\n")
	after, _ := utf8.DecodeRuneInString(text[end+1:])
	switch {
	case rest != "" && strings.IndexByte(";&|", rest[0]) < 0 && strings.IndexByte("\r\n", text[at]) >= 0:
		c.fail(end-len(rest), "the command ends before this line, and the quotes around it do not: write it in one line")
	case unicode.IsLetter(after) || unicode.IsDigit(after) || after == '-' || after == '/':
		c.fail(end, "the quotes around the command end in the middle of a word")
	}
}

// closing gives where a quote ends, or -1.
func closing(text string, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return i
		case text[i] == '\\' && quote == '"':
			i++
		}
	}
	return -1
}

// credentialAlone finds a flag with a credential in it.
var credentialAlone = regexp.MustCompile(
	`(?:--|––|——|–|—)(?:token|discovery-token|tls-bootstrap-token|discovery-token-ca-cert-hash|certificate-key)[ \t=]+["']?` +
		`(?:[a-z0-9]{6}\.[a-z0-9]{16}\b|sha256:[0-9a-fA-F]{64}\b|[0-9a-fA-F]{64}\b)`)

// flagAlone finds a line that begins with a flag.
var flagAlone = regexp.MustCompile(`(?m)^[ \t>]*((?:--|––|——)[a-z][a-z-]*(?:[ =][^\r\n]*)?)\r*$`)

// strays are parts of a join command that are in none of the commands, all of
// which have been found: the lines between were not understood, and neither is
// the command.
func (s *scanner) strays() []problem {
	const said = "this belongs to a join command that cannot be told: write the whole command in one line"
	var out []problem
	for _, m := range credentialAlone.FindAllStringIndex(s.text, -1) {
		if !s.isRead(m[0]) {
			out = append(out, problem{m[0], said})
		}
	}
	for _, m := range flagAlone.FindAllStringSubmatchIndex(s.text, -1) {
		line := s.text[m[2]:m[3]]
		name, _, _ := strings.Cut(line, " ")
		if startsFlag(name) && !isUsage(line) && !s.isRead(m[2]) {
			out = append(out, problem{m[2], said})
		}
	}
	return out
}

// isRead reports whether a place is in a command that was found.
func (s *scanner) isRead(at int) bool {
	i := sort.Search(len(s.read), func(i int) bool { return s.read[i].start > at })
	return i > 0 && at < s.read[i-1].end
}
