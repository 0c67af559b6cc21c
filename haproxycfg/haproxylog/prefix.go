package haproxylog

import (
	"bytes"
	"strconv"
	"time"
)

// prefix is what stands before HAProxy's own words in a line.
type prefix struct {
	// stamp is the line's time: with the year 0 if form is yearless.
	form  form
	stamp time.Time
	host  string
	pid   int
	// tagged is true where it has the name of a program, and haproxy where it
	// shows that the line is HAProxy's.
	tagged, haproxy bool
	// rfc5424 is true behind the priority and version of RFC 5424.
	rfc5424 bool
	// open is true between a stamp and the tag that belongs to it.
	open bool
}

// form is what a prefix tells of the time.
type form uint8

const (
	stampless form = iota
	yearless
	absolute
)

// parsePrefix reads whatever syslog, journalctl, a container runtime and the tools
// that print its logs put before a message, one around the other, and returns
// the message.
func parsePrefix(line []byte, location *time.Location) (prefix, []byte) {
	var p prefix
	for {
		rest := p.element(line, location)
		if len(rest) == len(line) {
			return p, line
		}
		line = bytes.TrimLeft(rest, " ")
	}
}

// element cuts one element of a prefix, or nothing.
func (p *prefix) element(line []byte, location *time.Location) []byte {
	if len(line) == 0 {
		return line
	}
	switch line[0] {
	case '<':
		return p.priority(line)
	case '[':
		return p.bracket(line)
	case '1':
		if after, ok := bytes.CutPrefix(line, []byte("1 ")); ok {
			p.rfc5424 = true
			return after
		}
	}
	if after, ok := bytes.CutPrefix(line, byteOrderMark); ok {
		return after
	}
	if st, rest, ok := parseStamp(line, location); ok {
		p.open = true
		if st.form > p.form {
			p.form, p.stamp = st.form, st.time
		}
		if p.rfc5424 {
			return p.header5424(rest)
		}
		return rest
	}
	return p.words(line)
}

// byteOrderMark is what RFC 5424 allows before a message.
var byteOrderMark = []byte("\ufeff")

// priority cuts <134>, with which lines begin that come from the network.
func (p *prefix) priority(line []byte) []byte {
	const longest = len("<191>")
	if i := bytes.IndexByte(line, '>'); i > 1 && i < longest {
		if n, ok := parseInt(line[1:i]); ok && n <= 191 {
			return line[i+1:]
		}
	}
	return line
}

// bracket cuts `[WARNING]  (PID) : ` of standard error, with the day of the year
// and the time before the pid up to HAProxy 2.3, and `[pod/NAME/CONTAINER] ` of
// kubectl.
func (p *prefix) bracket(line []byte) []byte {
	word, rest, ok := bytes.Cut(line[1:], []byte("]"))
	if !ok {
		return line
	}
	switch string(word) {
	case "DIAG", "NOTICE", "WARNING", "ALERT":
		pid, after, ok := bytes.Cut(rest, []byte(") : "))
		if _, pid, _ = bytes.Cut(pid, []byte("(")); !ok {
			return line
		}
		if n, ok := parseInt(pid); ok {
			p.pid, p.haproxy = n, true
			return after
		}
		return line
	}
	if bytes.HasPrefix(word, []byte("pod/")) && bytes.HasPrefix(rest, []byte(" ")) {
		pod, _, _ := bytes.Cut(word[len("pod/"):], []byte("/"))
		p.container(pod)
		return bytes.TrimLeft(rest, " ")
	}
	return line
}

// header5424 cuts HOST APP PROCID MSGID STRUCTURED-DATA.
func (p *prefix) header5424(rest []byte) []byte {
	host, rest := cutWord(rest)
	app, rest := cutWord(rest)
	procid, rest := cutWord(rest)
	_, rest = cutWord(rest)
	if string(host) != "-" {
		p.host = string(host)
	}
	p.tag(app, procid)
	p.rfc5424 = false
	if len(rest) == 0 || rest[0] != '[' {
		_, rest = cutWord(rest)
		return rest
	}
	quoted := false
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && quoted:
			i++
		case rest[i] == '"':
			quoted = !quoted
		case rest[i] == ']' && !quoted && (i+1 == len(rest) || rest[i+1] == ' '):
			return bytes.TrimPrefix(rest[i+1:], []byte(" "))
		}
	}
	return nil
}

// words cuts `stdout F ` of CRI, `SERVICE  | ` of docker compose, and a tag with
// the host before it.
func (p *prefix) words(line []byte) []byte {
	first, rest := cutWord(line)
	second, after := cutWord(rest)
	stream := string(first) == "stdout" || string(first) == "stderr"
	switch {
	case stream && (string(second) == "F" || string(second) == "P"):
		return after
	case string(second) == "|" && after != nil:
		p.container(first)
		return after
	}
	if tag, pid, ok := splitTag(first); ok && (p.open || pid != nil) {
		p.tag(tag, pid)
		return rest
	}
	if tag, pid, ok := splitTag(second); ok && p.open {
		p.host = string(first)
		p.tag(tag, pid)
		return after
	}
	return line
}

// splitTag takes TAG[PID]: or TAG: apart.
func splitTag(word []byte) (tag, pid []byte, ok bool) {
	word, ok = bytes.CutSuffix(word, []byte(":"))
	if !ok || len(word) == 0 {
		return nil, nil, false
	}
	if !bytes.HasSuffix(word, []byte("]")) {
		return word, nil, bytes.IndexByte(word, '/') < 0
	}
	open := bytes.LastIndexByte(word, '[')
	if open <= 0 {
		return nil, nil, false
	}
	return word[:open], word[open+1 : len(word)-1], true
}

// container takes the name of what a line comes from.
func (p *prefix) container(name []byte) {
	p.host = string(name)
	p.haproxy = p.haproxy || isHAProxy(name)
}

func isHAProxy(program []byte) bool {
	return bytes.Contains(bytes.ToLower(program), []byte("haproxy"))
}

func (p *prefix) tag(tag, pid []byte) {
	p.tagged, p.open = true, false
	p.haproxy = p.haproxy || isHAProxy(tag)
	p.pid, _ = parseInt(pid)
}

// parseInt reads a word of digits that is a number of at most nine of them.
func parseInt(word []byte) (int, bool) {
	if len(word) == 0 || len(word) > 9 || !isDigit(word[0]) {
		return 0, false
	}
	n, err := strconv.Atoi(string(word))
	return n, err == nil
}

func isDigit(b byte) bool { return b-'0' < 10 }

// cutWord cuts the first word and the spaces behind it.
func cutWord(b []byte) (word, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	return b[:i], bytes.TrimLeft(b[i:], " ")
}
