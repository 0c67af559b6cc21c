package plain

import "strings"

// Markdown returns the text as one line that stands for itself in Markdown:
// nothing in it is emphasis, a link, a list, a heading, code or HTML.
func Markdown(s string) string { return markdownEscapes.Replace(Line(s)) }

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `#`, `\#`, `|`, `\|`, `~`, `\~`, `!`, `\!`,
	`<`, `&lt;`, `>`, `&gt;`, `&`, `&amp;`,
)

// Code returns the text as one line in a code span of Markdown.
func Code(s string) string {
	s = Line(s)
	fence := strings.Repeat("`", longestRun(s)+1)
	if fence == "`" && strings.TrimSpace(s) == s && s != "" {
		return fence + s + fence
	}
	return fence + " " + s + " " + fence
}

// Fence returns the text as a fenced block of Markdown, in which nothing ends
// the block before its end. The language may be empty.
func Fence(language, s string) string {
	s = strings.TrimSuffix(Text(s), "\n")
	fence := strings.Repeat("`", max(3, longestRun(s)+1))
	return fence + language + "\n" + s + "\n" + fence + "\n"
}

// longestRun returns the length of the longest run of backticks.
func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
