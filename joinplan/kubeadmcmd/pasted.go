package kubeadmcmd

import (
	"html"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// pasted is a text as it was meant, before a word processor, a web page or a
// chat changed its characters: without invisible characters, with plain hyphens
// and blanks, and without HTML. Errors name the places of the original.
type pasted struct {
	original string
	text     string
	moves    []move // sorted; none where text is the original
}

// move says that from an offset of the text on, the original is elsewhere.
type move struct{ at, original int }

// changed finds what is not as it was typed.
var changed = regexp.MustCompile(`(?i)[` + invisible + hyphens + blanks + `]|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});|` +
	`</?(?:code|pre|p|br|span|b|strong|em|i|div|a|li|ul|td|tr|font|tt|kbd|samp)(?:[ /][^<>\n]{0,200})?>`)

const (
	// Zero-width characters, marks of direction, soft hyphens, byte order marks.
	invisible = `\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{ad}\x{feff}\x{180e}`
	// Hyphens and the minus, but not the dashes that stand for two of them.
	hyphens = `\x{2010}-\x{2012}\x{2212}\x{fe63}\x{ff0d}`
	blanks  = `\x{a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`
)

var (
	isInvisible = regexp.MustCompile(`^[` + invisible + `]$`)
	isHyphen    = regexp.MustCompile(`^[` + hyphens + `]$`)
	isBlank     = regexp.MustCompile(`^[` + blanks + `]$`)
	isInline    = regexp.MustCompile(`(?i)^</?(?:span|b|strong|em|i|a|font)\b`)
)

func unpasted(original string) pasted {
	p := pasted{original: original, text: original}
	found := changed.FindAllStringIndex(original, -1)
	if len(found) == 0 {
		return p
	}
	var b strings.Builder
	end := 0
	for _, at := range found {
		b.WriteString(original[end:at[0]])
		end = at[1]
		p.moves = append(p.moves, move{b.Len(), at[0]})
		b.WriteString(meant(original[at[0]:at[1]]))
		p.moves = append(p.moves, move{b.Len(), end})
	}
	b.WriteString(original[end:])
	p.text = b.String()
	return p
}

// meant is what stands for a character or a piece of HTML.
func meant(s string) string {
	switch {
	case s[0] == '&':
		if plain := html.UnescapeString(s); plain != s {
			return meant(plain)
		}
		return s
	case len(s) > 1 && s[0] == '<':
		if isInline.MatchString(s) {
			return ""
		}
		return "\n"
	case isInvisible.MatchString(s):
		return ""
	case isHyphen.MatchString(s):
		return "-"
	case isBlank.MatchString(s):
		return " "
	}
	return s
}

// place is where an offset of the text is in the original.
func (p pasted) place(at int) int {
	i := sort.Search(len(p.moves), func(i int) bool { return p.moves[i].at > at })
	if i == 0 {
		return at
	}
	m := p.moves[i-1]
	return min(m.original+at-m.at, len(p.original))
}

// located joins the problems as ParseErrors, at their places in the original.
func (p pasted) located(problems ...problem) error {
	moved := slices.Clone(problems)
	for i := range moved {
		moved[i].at = p.place(moved[i].at)
	}
	return located(p.original, moved...)
}
