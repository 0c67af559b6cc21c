package haproxylog

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// MaxLine is the size in bytes from which on a line is skipped and counted as
// foreign. HAProxy's own are shorter: `log ... len` takes at most 65535.
const MaxLine = 1 << 16

// lookAhead is how far a Reader looks for a session that tells the year.
const lookAhead = 4 * MaxLine

// Reader reads HAProxy's log, line by line, in constant memory whatever the log's
// size. Set Source, and the others where the log needs them. A Reader reads its
// source once: Events and Report go on where the call before stopped. It is not
// safe for concurrent use.
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
	// reference. The time at which the log was taken is right. From the first
	// session on its accept time tells the year, whatever the reference. Without a
	// reference the reader looks 256 KiB ahead for a session; where there is none
	// the first stamp is in the year 0, and the report's text shows no year.
	Reference time.Time
	// Observe, if set, is called with every event that Report reads.
	Observe func(*Event)

	lines  *bufio.Reader
	failed error
	counts Counts
	years  calendar
	names  map[string]string
	latest time.Time
	// last is the last session, and client what it has in the place of the client.
	last   Session
	client []byte
	// head is the last prefix of a session, as bytes and as what it says: most
	// lines have that of the one before.
	head   []byte
	prefix prefix
}

// Counts says what a [Reader] met so far.
type Counts struct {
	// Lines is every line, empty ones too.
	Lines int `json:"lines"`
	// Events is the lines that became an event.
	Events int `json:"events"`
	// Foreign is the lines that are not HAProxy's.
	Foreign int `json:"foreign"`
	// Broken is the lines that may be HAProxy's and were not understood.
	Broken int `json:"broken"`
}

// Counts returns the counts up to the event that was read last.
func (r *Reader) Counts() Counts { return r.counts }

// Events returns the events of the log in the order of its lines. A line that is
// not HAProxy's is skipped and counted. One that may be and is not understood
// gives a *ParseError, with an event that has what is known of it, and reading
// goes on; any other error is the source's and the last thing given. An event is
// the caller's to keep.
func (r *Reader) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for e, err := range r.events() {
			r.detach(e)
			if !yield(*e, err) {
				return
			}
		}
	}
}

// events is Events, but an event is the caller's only until the next one, and its
// session has no client.
func (r *Reader) events() iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		r.start()
		e := new(Event)
		for line := r.line(); line != nil; line = r.line() {
			*e = Event{Line: r.counts.Lines}
			known, wrong := r.read(line, e)
			switch {
			case wrong != nil:
				r.counts.Broken++
				if !yield(e, wrong) {
					return
				}
			case !known:
				r.counts.Foreign++
			default:
				r.counts.Events++
				if !yield(e, nil) {
					return
				}
			}
		}
		//nolint:errorlint // The end of a source is io.EOF itself; one that wraps it failed.
		if r.failed != io.EOF {
			yield(&Event{Line: r.counts.Lines}, fmt.Errorf("reading the log after line %d: %w", r.counts.Lines, r.failed))
		}
	}
}

// detach makes an event the caller's to keep.
func (r *Reader) detach(e *Event) {
	if e.Session == nil {
		return
	}
	s := *e.Session
	s.Client, _ = parseAddrPort(r.client)
	e.Session = &s
}

// tooLong stands for every line that does not fit into memory.
var tooLong = make([]byte, MaxLine+1)

func (r *Reader) start() {
	if r.lines != nil {
		return
	}
	if r.Source == nil {
		r.Source = strings.NewReader("")
	}
	r.lines = bufio.NewReaderSize(r.Source, lookAhead)
	r.names = map[string]string{}
	r.years.reference = r.Reference
	if !r.Reference.IsZero() {
		return
	}
	ahead, _ := r.lines.Peek(lookAhead) // What fails here fails when it is read.
	for line := range bytes.Lines(ahead) {
		if i := findAccept(line); i >= 0 {
			if t, ok := parseAccept(line[i:], orUTC(r.Location)); ok {
				r.years.see(t)
				return
			}
		}
	}
}

// line returns the next line without its end, and nil at the end of the source or
// where it fails.
func (r *Reader) line() []byte {
	if r.failed != nil {
		return nil
	}
	line, err := r.lines.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.lines.ReadSlice('\n')
		line = tooLong
	}
	if err != nil {
		r.failed = err
		if len(line) == 0 {
			return nil
		}
	}
	r.counts.Lines++
	return line
}

// read reads a line into an event. It reports whether the line is HAProxy's, and
// what is wrong with one that could be.
func (r *Reader) read(line []byte, e *Event) (known bool, wrong *ParseError) {
	indent, end := 0, len(line)
	for indent < end && (line[indent] <= ' ' || line[indent] == '>') {
		indent++
	}
	for end > indent && line[end-1] <= ' ' {
		end--
	}
	body := line[indent:end]
	if len(body) == 0 || len(line) > MaxLine {
		return false, nil
	}
	if i := findAccept(body); i >= 0 {
		if known, wrong, ok := r.session(body, i, indent, e); ok {
			return known, wrong
		}
	}
	p, message := parsePrefix(body, r.Location)
	return r.message(p, body, message, indent, e)
}

// session reads a line with an accept time at i. If ok is false it is something
// else.
func (r *Reader) session(line []byte, i, indent int, e *Event) (known bool, wrong *ParseError, ok bool) {
	p, client := r.sessionPrefix(bytes.TrimSuffix(line[:i-1], []byte(" ")))
	zone := r.Location
	if zone == nil && p.form == absolute {
		zone = p.stamp.Location()
	}
	s := &r.last
	at := r.parseSession(line, i, orUTC(zone), s)
	if at == i || bytes.IndexByte(client, ':') < 0 {
		return false, nil, false
	}
	r.years.see(s.Accept)
	first, _ := cutWord(client)
	switch {
	case at < 0 && isAddrPort(first):
		e.Session, r.client = s, first
	case isHandshake(line[i:]):
		e.Text = string(client) + string(line[i-2:])
	case s.Frontend == "":
		return false, nil, false
	default:
		e.Began, e.Text = s.Frontend, string(client)+string(line[i-2:])
		wrong = r.broken(indent+max(at, 0), "this is not what `option tcplog` or `option httplog` writes here")
	}
	r.complete(e, p)
	return wrong == nil, wrong, true
}

// sessionPrefix reads what stands before an accept time: a prefix and the client.
func (r *Reader) sessionPrefix(head []byte) (prefix, []byte) {
	if client, ok := bytes.CutPrefix(head, r.head); ok && r.prefix.tagged && len(client) > 0 && bytes.IndexByte([]byte(" <["), client[0]) < 0 {
		return r.prefix, client
	}
	p, client := parsePrefix(head, r.Location)
	r.prefix, r.head = p, append(r.head[:0], head[:len(head)-len(client)]...)
	return p, client
}

// message reads a message that is no session.
func (r *Reader) message(p prefix, line, message []byte, indent int, e *Event) (known bool, wrong *ParseError) {
	at, text := indent+len(line)-len(message), string(message)
	known, problem := notice(text, e)
	if i := findNotice(text); i > 0 && !known {
		known, problem = notice(text[i:], e)
	}
	switch {
	case known:
	case problem == "" && isHarmless(text) && (p.haproxy || !p.tagged):
		e.Text = text
	case p.haproxy, p.form != stampless && !p.tagged, mayBeHAProxys(line):
		return false, r.broken(at, cmp.Or(problem, "this may be a line of HAProxy's, and is none that is known"))
	default:
		return false, nil
	}
	r.complete(e, p)
	return true, nil
}

func (r *Reader) broken(at int, msg string) *ParseError {
	return &ParseError{Input: "haproxylog", Line: r.counts.Lines, Column: at + 1, Msg: msg}
}

// complete gives an event the rest of what its line says.
func (r *Reader) complete(e *Event, p prefix) {
	e.Host, e.PID = p.host, p.pid
	switch {
	case p.form == absolute:
		e.Time = p.stamp
	case p.form == yearless:
		e.Time = r.years.resolve(p.stamp)
	case e.Session != nil:
		e.Time = e.Session.End()
	default:
		e.Time, e.Estimated = r.latest, true
	}
	if e.Time.After(r.latest) || r.latest.IsZero() {
		r.latest = e.Time
	}
}

// maxNames bounds the memory for names against a log of random ones.
const maxNames = 4096

// name returns the same string for the same bytes, so that the names of a handful
// of proxies and servers are not copied for every line. Most are those of the line
// before.
func (r *Reader) name(text []byte, before string) string {
	if string(text) == before {
		return before
	}
	if s, ok := r.names[string(text)]; ok {
		return s
	}
	if len(r.names) >= maxNames {
		clear(r.names)
	}
	s := string(text)
	r.names[s] = s
	return s
}
