package haproxylog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// MaxLine is the size in bytes from which on a line is skipped and counted as
// foreign. HAProxy's own are shorter: `log ... len` takes at most 65535.
const MaxLine = 1 << 16

// Reader reads HAProxy's log, line by line, in constant memory whatever the log's
// size. Set Source, and
// the other two where the log needs them. A Reader reads its source once: Events
// and Report go on where the call before stopped. It is not safe for concurrent
// use.
type Reader struct {
	// Source is the log, in any of the forms that the package's doc lists, mixed
	// as they come.
	Source io.Reader
	// Location is the time zone of stamps that name none: those of RFC 3164, of
	// journalctl's short form, and HAProxy's own accept time, which is the local
	// time of its machine. Nil means the offset of the line's own stamp where it
	// has one, and UTC otherwise.
	Location *time.Location
	// Reference gives the year to stamps without one (RFC 3164) that stand before
	// the first session: the last year that puts them no more than a day after the
	// reference. The time at which the log was taken is right, or the current time
	// for a live one. From the first session on its accept time tells the year,
	// whatever the reference. Without a reference such events are held back until
	// the first session, and keep the year 0 if there is none.
	Reference time.Time

	lines   *bufio.Reader
	failed  error
	counts  Counts
	prefix  prefixCache
	years   calendar
	accepts acceptCache
	proxies proxyCache
	names   interner
	latest  time.Time
	waiting []pending
	told    repeats
	event   Event
}

// Counts says what a [Reader] met so far.
type Counts struct {
	// Lines is every line, empty ones too.
	Lines int `json:"lines"`
	// Events is the lines that became an event, Repeats those of them that told
	// again what an earlier line had told.
	Events  int `json:"events"`
	Repeats int `json:"repeats"`
	// Foreign is the lines that are not HAProxy's.
	Foreign int `json:"foreign"`
	// Broken is the lines that have HAProxy's form and do not parse.
	Broken int `json:"broken"`
}

// Counts gives the counts up to the event that was read last.
func (r *Reader) Counts() Counts { return r.counts }

// Events gives the events of the log in the order of its lines. A line that is
// not HAProxy's is skipped and counted. A broken one gives a *ParseError with an
// event that only has the line, and reading goes on; any other error is the
// source's and the last thing given. An event is the caller's to keep.
func (r *Reader) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r.start()
		for {
			line, more := r.line()
			if !more {
				break
			}
			r.counts.Lines++
			if !r.emit(line, yield) {
				return
			}
		}
		r.finish(yield)
	}
}

func (r *Reader) start() {
	if r.lines != nil {
		return
	}
	source := r.Source
	if source == nil {
		source = eof{}
	}
	r.lines = bufio.NewReaderSize(source, MaxLine)
	r.years = calendar{reference: r.Reference}
}

// line gives the next line without its end. One that is too long for HAProxy's
// is skipped and counts as foreign. False is the end of the source, or its error.
func (r *Reader) line() ([]byte, bool) {
	for tooLong := false; r.failed == nil; {
		line, err := r.lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			tooLong = true
			continue
		case err != nil:
			r.failed = err
			if len(line) == 0 && !tooLong {
				return nil, false
			}
		default:
			line = line[:len(line)-1]
		}
		if !tooLong {
			return bytes.TrimSuffix(line, carriageReturn), true
		}
		tooLong = false
		r.counts.Lines++
		r.counts.Foreign++
	}
	return nil, false
}

var carriageReturn = []byte("\r")

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// emit gives what a line says, and false where the caller wants no more.
func (r *Reader) emit(line []byte, yield func(Event, error) bool) bool {
	line = trimSpaces(line)
	e := &r.event
	*e = Event{}
	p := r.prefix.parse(line, r.Location, &r.names)
	known, err := r.message(line, p, e)
	switch {
	case err != nil:
		r.counts.Broken++
		return yield(Event{Line: r.counts.Lines}, &ParseError{r.counts.Lines, err.at + 1, err.msg})
	case !known:
		r.counts.Foreign++
		return true
	}
	r.counts.Events++
	e.Line, e.Host, e.PID, e.Level = r.counts.Lines, p.host, p.pid, p.level
	if e.Kind == KindSession {
		r.years.see(&e.Session)
	}
	if len(r.waiting) == 0 && !r.mustWait(p) {
		return r.deliver(e, p, yield)
	}
	r.waiting = append(r.waiting, pending{*e, *p})
	return r.mustWait(p) || r.release(yield)
}

func trimSpaces(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

// deliver gives an event whose time can be told.
func (r *Reader) deliver(e *Event, p *prefix, yield func(Event, error) bool) bool {
	r.setTime(e, p)
	if e.Kind != KindSession && r.told.again(e) {
		e.Repeat = true
		r.counts.Repeats++
	}
	return yield(*e, nil)
}

func (r *Reader) setTime(e *Event, p *prefix) {
	switch {
	case p.form == absolute:
		e.Time = p.stamp
	case p.form == yearless:
		p.stamp, p.form = r.years.resolve(p.stamp), absolute
		e.Time = p.stamp
	case e.Kind == KindSession:
		e.Time = e.Session.End()
	default:
		e.Time, e.Estimated = r.latest, true
	}
	if e.Time.After(r.latest) {
		r.latest = e.Time
	}
}

// pending is an event that waits for the log to tell its year.
type pending struct {
	event  Event
	prefix prefix
}

// maxWaiting bounds the memory that waiting takes; a load balancer that serves
// has a session long before.
const maxWaiting = 4096

// mustWait tells whether an event's year, or that of an event before it, is
// still to be told by a session.
func (r *Reader) mustWait(p *prefix) bool {
	return !r.years.known() && len(r.waiting) <= maxWaiting && (p.form == yearless || len(r.waiting) > 0)
}

// release gives the events that waited.
func (r *Reader) release(yield func(Event, error) bool) bool {
	for len(r.waiting) > 0 {
		next := r.waiting[0]
		r.waiting = r.waiting[1:]
		if !r.deliver(&next.event, &next.prefix, yield) {
			return false
		}
	}
	return true
}

// finish gives what still waits, and the source's error.
func (r *Reader) finish(yield func(Event, error) bool) {
	//nolint:errorlint // The end of a source is io.EOF itself; one that wraps it failed.
	if r.release(yield) && r.failed != io.EOF {
		yield(Event{Line: r.counts.Lines}, fmt.Errorf("reading the log after line %d: %w", r.counts.Lines, r.failed))
	}
}

// message parses a line behind its prefix. It gives false for a line that is
// not HAProxy's.
func (r *Reader) message(line []byte, p *prefix, e *Event) (bool, *syntaxError) {
	text := line[p.end:]
	if !isDigit(at(text, 0)) && !isSession(text) {
		return notice(text, p, e)
	}
	wrong := r.session(line, p.end, p.zone, &e.Session)
	if wrong < 0 {
		e.Kind = KindSession
		return true, nil
	}
	e.Session = Session{}
	switch {
	case !isSession(text):
		return notice(text, p, e)
	case isOtherLog(text):
		e.Text = string(text)
		return true, nil
	}
	return true, &syntaxError{wrong, "this is not what `option tcplog` writes here"}
}

// syntaxError is what is wrong at a byte of a line.
type syntaxError struct {
	at  int
	msg string
}
