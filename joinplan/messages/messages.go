package messages

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// MaxSize is how much of a text [Explain] reads, in bytes: its end, where the
// newest messages are.
const MaxSize = 1 << 20

// Explanation is what is known of a message.
type Explanation struct {
	// Message as the page has it; names and numbers in it are examples.
	Message string `json:"message"`
	// Who prints it.
	Who string `json:"who,omitempty"`
	// Cause is why.
	Cause string `json:"cause,omitempty"`
	// Cure is what to do, with what in haplane helps.
	Cure string `json:"cure"`
}

// String returns the explanation for people, in four lines at most.
func (e Explanation) String() string {
	out := e.Message + "\n"
	for _, part := range []struct{ name, text string }{{"who", e.Who}, {"why", e.Cause}, {"way out", e.Cure}} {
		if part.text != "" {
			out += "  " + part.name + ": " + part.text + "\n"
		}
	}
	return out
}

// Explain returns the explanations of the messages in a text, in the order in
// which these begin; none where no message is known. Line breaks within a message,
// the quotes of a mail and other names and numbers than in the page do no harm.
func Explain(text string) []Explanation {
	text = oneLine(text[max(0, len(text)-MaxSize):])
	type found struct {
		at int
		Explanation
	}
	var all []found
	for _, entry := range entries() {
		if at := entry.match.FindStringIndex(text); at != nil {
			all = append(all, found{at[0], entry.Explanation})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return a.at - b.at })
	var out []Explanation
	for _, f := range all {
		out = append(out, f.Explanation)
	}
	return out
}

//go:embed page.txt
var page string

// entry is a message of the page with what finds it in a text.
type entry struct {
	Explanation
	match *regexp.Regexp
}

var entries = sync.OnceValue(func() []entry {
	var out []entry
	for _, section := range strings.Split(page, "\n### ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		body, _, _ = strings.Cut(body, "\n## ")
		for _, quoted := range message.FindAllStringSubmatch(heading, -1) {
			const tooShort = 6 // the two letters of a session's end are in every text
			if len(quoted[1]) < tooShort {
				continue
			}
			out = append(out, entry{
				Explanation{Message: quoted[1], Who: part(body, "Who"), Cause: part(body, "Why"), Cure: part(body, "Way out")},
				pattern(quoted[1]),
			})
		}
	}
	return out
})

var (
	message = regexp.MustCompile("`([^`]+)`")
	link    = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
	breaks  = regexp.MustCompile(`[ \t\r]*(?:\n[ \t>|]*)+|[ \t]{2,}`)
)

// oneLine is a text without line breaks.
func oneLine(text string) string { return strings.TrimSpace(breaks.ReplaceAllString(text, " ")) }

// part is what the page says behind a word in bold.
func part(body, name string) string {
	_, rest, found := strings.Cut(body, "**"+name+":** ")
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "\n**")
	return link.ReplaceAllString(oneLine(rest), "$1")
}

// example is what stands in a message for any name, address or number.
var example = regexp.MustCompile(`"[^"]*"|'[^']*'|\[[0-9.:]+\]|\b[0-9a-f]{16}\b|[0-9]+|/[a-z0-9./-]+|\bcka-[a-z0-9-]+|external-etcd\.crt|k8sServers|\bk8s-vip\b|…`)

// pattern matches a message with other names and numbers. Older releases begin
// some with a capital letter.
func pattern(text string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?i)")
	end := 0
	for _, at := range example.FindAllStringIndex(text, -1) {
		b.WriteString(regexp.QuoteMeta(text[end:at[0]]) + ".{1,200}?")
		end = at[1]
	}
	b.WriteString(regexp.QuoteMeta(text[end:]))
	return regexp.MustCompile(b.String())
}
