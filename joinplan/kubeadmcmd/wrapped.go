package kubeadmcmd

import (
	"slices"
	"strings"
)

// wrapping is how a command goes on behind the end of its line, where no
// backslash says that it does.
type wrapping int

const (
	ends   wrapping = iota // it does not
	spaced                 // with a further word
	glued                  // in the middle of a word
	broken                 // it does, and nobody can tell how
)

// wrapped judges the line that follows a command's words: a mail program, a
// terminal or a page may have broken the command there, with blank lines too.
// It gives the offset where the line's text begins.
func (l *lexer) wrapped(words []lexeme) (wrapping, int) {
	next, directly := l.nextLine()
	line, _, _ := strings.Cut(l.text[next:], "\n")
	line = strings.TrimRight(line, " \t\r\\")
	fields := strings.Fields(line)
	if len(fields) == 0 || slices.ContainsFunc(fields, isKubeadm) {
		return ends, next
	}
	first, last := fields[0], lastWord(words)
	hasFlags := slices.ContainsFunc(fields, startsFlag)
	switch {
	case startsFlag(first) && !isUsage(line):
		return spaced, next
	case last.flag != "" && fits(last.flag, first) && (hasFlags || directly || !takesAnything(last.flag)):
		return spaced, next
	case !last.whole() && last.with(first).whole():
		return glued, next
	case !hasEndpoint(words) && isEndpoint(first):
		return spaced, next
	case hasFlags && !isUsage(line):
		return broken, next
	case len(fields) == 1 && last.cutUnseen() && isPiece(first) && (directly || isPort(first)):
		return broken, next
	}
	return ends, next
}

// nextLine gives the start of the next line that is not blank, without a prompt,
// and whether it follows directly.
func (l *lexer) nextLine() (start int, directly bool) {
	at, lines := l.pos, 0
	for at < len(l.text) {
		switch {
		case l.text[at] == '\n':
			lines++
			at++
		case l.text[at] == '\r' || blank(l.text[at:]) > 0:
			at++
		case strings.HasPrefix(l.text[at:], "> "):
			at += len("> ")
		default:
			return at, lines < 2
		}
	}
	return at, lines < 2
}

// A lastly is the last word before a line ends, and what it is to kubeadm join.
type lastly struct {
	text string
	flag string // the flag that has no value yet
	of   string // the flag whose value the word is
}

func lastWord(words []lexeme) lastly {
	last := lastly{text: words[len(words)-1].text}
	if isValueFlag(last.text) {
		last.flag = strings.TrimLeft(last.text, "-")
	} else if len(words) > 1 && isValueFlag(words[len(words)-2].text) {
		last.of = strings.TrimLeft(words[len(words)-2].text, "-")
	}
	return last
}

// with is the word with more of it behind.
func (w lastly) with(more string) lastly {
	return lastly{text: w.text + more, of: w.of}
}

// whole reports whether the word makes sense as it is.
func (w lastly) whole() bool {
	name, value, hasValue := strings.Cut(w.text, "=")
	switch known := startsFlag(w.text); {
	case w.flag != "":
		return false
	case w.of != "":
		return fits(w.of, w.text)
	case known && hasValue:
		return fits(strings.TrimLeft(name, "-"), value)
	case strings.HasPrefix(w.text, "-"):
		return known
	}
	return w.text == "join" || isEndpoint(w.text)
}

// cutUnseen reports whether the word would make sense too where its end is
// missing: a port, a path, a name.
func (w lastly) cutUnseen() bool {
	name, _, hasValue := strings.Cut(w.text, "=")
	switch {
	case w.flag != "":
		return false
	case w.of != "":
		return takesAnything(w.of)
	case strings.HasPrefix(w.text, "-"):
		return hasValue && takesAnything(strings.TrimLeft(name, "-"))
	}
	return isEndpoint(w.text)
}

// isPiece reports whether a line of one word may be the rest of a word: words of
// a shell and the marks of a page are not.
func isPiece(word string) bool {
	if slices.Contains([]string{"EOF", "fi", "done", "exit", "esac", "logout", "reboot"}, word) {
		return false
	}
	return !strings.ContainsFunc(word, func(r rune) bool {
		isWord := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !isWord && !strings.ContainsRune(".:/-_", r)
	}) && strings.Trim(word, "-.:/_") != ""
}

func isKubeadm(word string) bool { return word == "kubeadm" || strings.HasSuffix(word, "/kubeadm") }

// startsFlag reports whether a word is a flag of kubeadm join, with or without
// its value.
func startsFlag(word string) bool {
	name, _, _ := strings.Cut(plainDashes(word), "=")
	_, known := flagName(name)
	return known && strings.HasPrefix(name, "-")
}

func isValueFlag(word string) bool {
	name, known := flagName(plainDashes(word))
	return known && strings.HasPrefix(word, "-") && !joinSwitches[name]
}

// plainDashes makes two plain hyphens of the two dashes that a word processor
// makes of them.
func plainDashes(word string) string {
	for _, two := range []string{"––", "——", "–-", "—-", "-–", "-—"} {
		if rest, found := strings.CutPrefix(word, two); found {
			return "--" + rest
		}
	}
	return word
}

func hasEndpoint(words []lexeme) bool {
	for i, w := range words {
		if i > 0 && isEndpoint(w.text) && !isValueFlag(words[i-1].text) {
			return true
		}
	}
	return false
}

// fits reports whether a flag takes a value.
func fits(flag, value string) bool {
	switch flag {
	case "token", "discovery-token", "tls-bootstrap-token":
		return isToken(value)
	case "discovery-token-ca-cert-hash":
		return !slices.ContainsFunc(strings.Split(value, ","), func(hash string) bool { return !isCACertHash(hash) })
	case "certificate-key":
		return isCertificateKey(value)
	case "apiserver-bind-port":
		return isPort(value)
	}
	return value != "" && !strings.HasPrefix(value, "-")
}

// takesAnything reports whether any word would fit a flag.
func takesAnything(flag string) bool {
	switch flag {
	case "token", "discovery-token", "tls-bootstrap-token", "discovery-token-ca-cert-hash", "certificate-key":
		return false
	}
	return true
}

// isUsage reports whether a line is of kubeadm's list of flags: behind the name
// stand a type or many blanks, and then prose.
func isUsage(line string) bool {
	flag, rest, _ := strings.Cut(line, " ")
	if strings.Contains(flag, "=") || rest == "" {
		return false
	}
	if strings.HasPrefix(rest, "  ") {
		return true
	}
	kind, _, _ := strings.Cut(rest, " ")
	return slices.Contains([]string{"string", "strings", "int", "int32", "Level", "duration", "mapStringString", "stringToString"}, kind)
}
