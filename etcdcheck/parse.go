package etcdcheck

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
)

// Command is a command of etcdctl that this package reads. The zero value is
// any of them, recognised by what it prints.
type Command string

// The commands.
const (
	EndpointStatus Command = "endpoint status"
	EndpointHealth Command = "endpoint health"
	EndpointHashKV Command = "endpoint hashkv"
	MemberList     Command = "member list"
	AlarmList      Command = "alarm list"
)

// Format is an output format of etcdctl (its flag --write-out). The zero value
// is any of them, recognised by how it looks.
type Format string

// The formats. Table is both styles, of + and | (up to etcdctl 3.6) and of box
// drawing characters (from 3.7 on). JSON is also what the server's
// grpc-gateway answers under /v3.
const (
	Simple Format = "simple"
	Table  Format = "table"
	JSON   Format = "json"
	Fields Format = "fields"
)

// MaxSize is the size in bytes of the largest text that Parse reads: the status
// of some 100,000 members fits.
const MaxSize = 64 << 20

// input is what a text is called in errors.
const input = "etcdctl output"

// Parse reads any mix of what the five commands print, in any of the formats,
// one after the other, also as a captured terminal holds it: with CRLF, colour
// codes, no-break spaces, shell prompts, stderr and etcdctl's own log in between.
//
// Whatever is wrong is in the error, each as a [*ParseError] that errors.As
// finds; the Sample has what was understood all the same. Lines that look like
// nothing that etcdctl prints are in Sample.Gaps. It is an error if there is
// nothing to understand at all, and if the text is larger than [MaxSize].
//
// It is safe for concurrent use, as all functions of this package are.
func Parse(text []byte) (Sample, error) { return ParseAs(text, "", "") }

// ParseAs is Parse for text whose command or format the caller knows; either
// may be left empty. Output of another command or format is then an error, and
// no output at all means what it means for that command: an empty alarm list
// is no alarms.
func ParseAs(text []byte, command Command, format Format) (Sample, error) {
	if len(text) > MaxSize {
		return Sample{}, &ParseError{Input: input, Line: 1, Column: 1, Msg: fmt.Sprintf("the text has %d bytes; at most %d are read: give the output of fewer commands", len(text), MaxSize)}
	}
	r := &reader{text: unquote(clean(text)), command: command, format: format}
	for {
		l, ok := r.peek()
		if !ok {
			break
		}
		r.read(l)
	}
	r.finish()
	return r.sample, finding.Join(r.errs)
}

// reader goes through a text. Each format's reader takes the lines that belong
// to it.
type reader struct {
	text    []byte
	command Command
	format  Format

	at     int // offset of the next line
	number int // lines taken so far
	found  bool
	reason string // why etcdctl failed, in its last word
	sample Sample
	errs   []*ParseError

	changed   line  // where etcdctl changed the members after it listed them
	starts    []int // indexes of sample.Members where a list may start
	apart     bool  // something stood between the last member and what comes
	logged    bool  // etcdctl's log told the client's trouble
	version2  bool  // output of version 2 was named
	unhealthy int   // the line of the last endpoint that is unhealthy
	width     int   // of that line
}

// line is one line without its end; number counts from 1.
type line struct {
	number int
	text   string
	ended  bool // it ends in a newline, not with the text
}

// peek is the next line, not taken.
func (r *reader) peek() (line, bool) {
	rest := r.text[r.at:]
	if len(rest) == 0 {
		return line{}, false
	}
	text, _, ended := bytes.Cut(rest, []byte{'\n'})
	return line{number: r.number + 1, text: string(text), ended: ended}, true
}

// take moves past a line that peek gave.
func (r *reader) take(l line) {
	r.at += len(l.text)
	if l.ended {
		r.at++
	}
	r.number++
}

// skip moves n bytes on, which may be several lines or a part of one.
func (r *reader) skip(n int) {
	r.number += bytes.Count(r.text[r.at:r.at+n], []byte{'\n'})
	r.at += n
}

// read reads what begins with line l.
func (r *reader) read(l line) {
	trimmed := strings.TrimSpace(l.text)
	switch {
	case trimmed == "":
		r.take(l)
	case startsJSON(trimmed):
		r.readJSON(l)
	case startsTable(trimmed):
		r.readTable()
	case isField(trimmed):
		r.readFields()
	case isSimple(trimmed):
		r.take(l)
		r.readSimple(l)
	case r.readNoise(l, trimmed):
		r.take(l)
		r.apart = true
	case r.readWrapped(l):
	default:
		r.take(l)
		r.readSimple(l)
	}
}

// accept says whether the caller wants this command's output in this format,
// and notes that there was some.
func (r *reader) accept(l line, c Command, f Format) bool {
	r.found = true
	r.apart = r.apart || c != MemberList
	if r.command != "" && c != r.command {
		r.fail(l.number, 0, "this is the output of %q, not of %q", c, r.command)
		return false
	}
	if r.format != "" && f != r.format {
		r.fail(l.number, 0, "this is the %s format, not %s", f, r.format)
		return false
	}
	return true
}

// finish judges the text as a whole.
func (r *reader) finish() {
	switch {
	case len(r.errs) > 0:
		last := r.errs[len(r.errs)-1]
		last.Msg += "; understood so far: " + r.sample.summary()
	case !r.found && r.command == "" && r.reason != "":
		r.fail(max(r.number, 1), 0, "etcdctl failed and printed nothing else: %s", r.reason)
	case !r.found && r.command == "":
		r.fail(max(r.number, 1), 0, "nothing here is output of etcdctl endpoint status, endpoint health, endpoint hashkv, member list or alarm list: capture it again, with stderr")
	}
	if r.command != "" {
		r.sample.mark(r.command)
	}
	r.lastList()
	r.checkEndpoints()
	if r.changed.number > 0 && len(r.sample.Members) > 0 {
		r.gap(r.changed, Warning, CodeListOutdated, "run etcdctl member list again", "the members were changed here, after they were listed")
	}
}

// summary counts what a sample has.
func (s Sample) summary() string {
	var parts []string
	for _, list := range []struct {
		n    int
		noun string
	}{
		{len(s.Statuses), "endpoint status"}, {len(s.Health), "endpoint health"}, {len(s.Hashes), "endpoint hashkv"},
		{len(s.Members), "member list"}, {len(s.Alarms), "alarm list"}, {len(s.Failures), "failed endpoints"},
	} {
		if list.n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s", list.n, list.noun))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}

// mark notes that a command was asked, even if it had nothing to say.
func (s *Sample) mark(c Command) {
	switch c {
	case EndpointStatus:
		s.Statuses = join(s.Statuses, []Status{})
	case EndpointHealth:
		s.Health = join(s.Health, []Health{})
	case EndpointHashKV:
		s.Hashes = join(s.Hashes, []Hash{})
	case MemberList:
		s.Members = join(s.Members, []Member{})
	case AlarmList:
		s.Alarms = join(s.Alarms, []Alarm{})
	}
}

// fail notes an error, which is also a gap.
func (r *reader) fail(line, column int, format string, args ...any) {
	r.failed(&ParseError{Input: input, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)})
}

func (r *reader) failed(err *ParseError) {
	r.errs = append(r.errs, err)
	if len(r.errs) <= finding.MaxErrors {
		r.gap(line{number: err.Line}, Warning, CodeNotUnderstood, captureAgain, "%s", err.Msg)
	}
}

const captureAgain = "what it says is not in the verdict: capture it again"

// ignore notes a line that is left out.
func (r *reader) ignore(l line) {
	r.gap(l, Warning, CodeNotUnderstood, captureAgain, "not understood and left out: %.60q", strings.TrimSpace(l.text))
}

// maxGaps is how many gaps are told one by one.
const maxGaps = 1000

func (r *reader) gap(l line, severity Severity, code, remedy, format string, args ...any) {
	if len(r.sample.Gaps) >= maxGaps {
		return
	}
	place := input
	if l.number > 0 {
		place = fmt.Sprintf("%s:%d", input, l.number)
	}
	r.sample.Gaps = append(r.sample.Gaps, Finding{
		Code: code, Severity: severity, Place: place,
		Message: plain.Line(fmt.Sprintf(format, args...)), Remedy: remedy,
	})
}
