package etcdcheck

import (
	"bytes"
	"regexp"
	"strings"
)

var quoteMark = regexp.MustCompile(`^[ \t]*(?:>[ \t]?)+`)

// unquote takes the marks of quoted mail and chat, "> ", off lines of etcdctl's
// output. A shell's mark for a line that goes on looks the same, and stays.
func unquote(text []byte) []byte {
	if bytes.IndexByte(text, '>') < 0 {
		return text
	}
	lines := bytes.Split(text, []byte("\n"))
	inside := false
	for i, l := range lines {
		mark := quoteMark.Find(l)
		inside = mark != nil && (inside || isOutput(string(bytes.TrimSpace(l[len(mark):]))))
		if inside {
			lines[i] = l[len(mark):]
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// isOutput reports whether a line by itself is, or begins, output of etcdctl.
func isOutput(text string) bool {
	switch {
	case text == "":
		return false
	case startsTable(text), isField(text), startsJSON(text), strings.HasPrefix(text, logPrefix), strings.HasPrefix(text, "Error: "), change.MatchString(text):
		return true
	}
	return isSimple(text)
}

// isSimple reports whether a line is one of the simple format, or of the same
// kind.
func isSimple(text string) bool {
	if failure.MatchString(text) || healthLine.MatchString(text) || alarmLine.MatchString(text) || version2.MatchString(text) {
		return true
	}
	if !strings.Contains(text, ",") {
		return false
	}
	_, columns := simpleColumns(simpleCells(text))
	return columns != nil
}

// A terminal or a mail program wraps a line into a few; longer ones are not
// looked at.
const (
	wrapLines = 4
	wrapBytes = 2000
)

// readWrapped puts a line together that was wrapped, with or without a space
// where the break is.
func (r *reader) readWrapped(l line) bool {
	was, number := r.at, r.number
	r.take(l)
	spaced, joined := strings.TrimSpace(l.text), strings.TrimSpace(l.text)
	for range wrapLines - 1 {
		next, ok := r.peek()
		text := strings.TrimSpace(next.text)
		if !ok || text == "" || len(joined)+len(text) > wrapBytes || isOutput(text) {
			break
		}
		r.take(next)
		spaced, joined = spaced+" "+text, joined+text
		for _, whole := range []string{spaced, joined} {
			if isSimple(whole) {
				r.readSimple(line{number: l.number, text: whole, ended: next.ended})
				return true
			}
		}
	}
	r.at, r.number = was, number
	return false
}

// wideEnough is the shortest line that a terminal or mail program wraps.
const wideEnough = 60

// readRest adds a line to the error of the endpoint before it, of which it is
// the rest where that was wrapped.
func (r *reader) readRest(l line) bool {
	if r.unhealthy == 0 || r.unhealthy != l.number-1 || r.width < wideEnough || len(l.text) > r.width {
		return false
	}
	last := &r.sample.Health[len(r.sample.Health)-1]
	last.Error += " " + strings.TrimSpace(l.text)
	return true
}
