package haproxylog

import (
	"bytes"
	"slices"
	"time"
)

// prefix is what stands before HAProxy's own words in a line.
type prefix struct {
	// end is where the message begins.
	end int
	// stamp is the line's time: with the year 0 if form is yearless.
	form  form
	stamp time.Time
	// zone is that of HAProxy's local times in the line.
	zone *time.Location
	host string
	pid  int
	// tagged is true where it ends with the name of a program, and haproxy where
	// it shows that the line is HAProxy's.
	tagged, haproxy bool
	level           Level
}

// form is what a prefix tells of the time.
type form uint8

const (
	stampless form = iota
	yearless
	absolute
)

// prefixCache remembers the syslog prefix of the line before, which is the same
// for all lines of one second. Only one that ends with a tag is surely whole.
type prefixCache struct {
	bytes  []byte
	syslog prefix
	whole  prefix
}

// parse reads a line's prefix. What it gives is valid until the next call.
func (pc *prefixCache) parse(line []byte, location *time.Location, names *interner) *prefix {
	if !pc.fits(line) {
		pc.syslog = parseSyslog(line, location, names)
		pc.bytes = pc.bytes[:0]
		if pc.syslog.tagged && pc.syslog.end < len(line) {
			pc.bytes = append(pc.bytes, line[:pc.syslog.end]...)
		}
	}
	if at := pc.syslog.end; at >= len(line) || line[at] != '[' {
		return &pc.syslog
	}
	pc.whole = pc.syslog
	pc.whole.parseLevel(line)
	return &pc.whole
}

// fits tells whether the line has the prefix that is remembered, and no more of
// one: another space or a byte order mark.
func (pc *prefixCache) fits(line []byte) bool {
	n := len(pc.bytes)
	return n > 0 && len(line) > n && line[n] != ' ' && line[n] != bom[0] && bytes.HasPrefix(line, pc.bytes)
}

// bom is the byte order mark that RFC 5424 allows before a message.
var bom = []byte("\ufeff")

// parseSyslog reads all of a prefix but the level that standard error has.
func parseSyslog(line []byte, location *time.Location, names *interner) prefix {
	p := prefix{zone: zone(location)}
	if isSession(line) {
		return p
	}
	rest, syslog5424 := cutPriority(line)
	st, rest, ok := parseStamp(rest, location)
	if ok {
		p.form, p.stamp = st.form, st.time
	}
	if ok && location == nil && st.form == absolute {
		p.zone = st.time.Location()
	}
	if syslog5424 {
		rest = p.parse5424(rest, names)
	} else {
		rest = p.parseTag(rest, ok, names)
	}
	p.end = len(line) - len(rest)
	return p
}

// cutPriority cuts <134>, with which lines begin that come from the network,
// and the version that RFC 5424 has behind it.
func cutPriority(line []byte) (rest []byte, rfc5424 bool) {
	if len(line) > 0 && line[0] == '<' {
		if i := bytes.IndexByte(line, '>'); i > 1 && i < 5 {
			if _, ok := parseUint(line[1:i], 191); ok {
				line = line[i+1:]
			}
		}
	}
	if after, ok := bytes.CutPrefix(line, []byte("1 ")); ok {
		return after, true
	}
	return line, false
}

// parse5424 reads HOST APP PROCID MSGID STRUCTURED-DATA.
func (p *prefix) parse5424(rest []byte, names *interner) []byte {
	host, rest := cutWord(rest)
	app, rest := cutWord(rest)
	procid, rest := cutWord(rest)
	_, rest = cutWord(rest)
	p.setHost(host, names)
	p.setTag(app, procid)
	rest = skipStructuredData(rest)
	return bytes.TrimPrefix(rest, bom)
}

// skipStructuredData cuts a dash or [elements] and the space behind.
func skipStructuredData(rest []byte) []byte {
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

// parseTag reads HOST TAG[PID]: or TAG[PID]:, which only a line with a stamp
// surely has, and takes nothing where neither is there.
func (p *prefix) parseTag(line []byte, stamped bool, names *interner) []byte {
	first, rest := cutWord(line)
	if tag, pid, ok := splitTag(first); ok && (stamped || pid != nil) {
		p.setTag(tag, pid)
		return rest
	}
	second, after := cutWord(rest)
	if tag, pid, ok := splitTag(second); ok && stamped {
		p.setHost(first, names)
		p.setTag(tag, pid)
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

func (p *prefix) setTag(tag, pid []byte) {
	p.tagged = true
	p.haproxy = bytes.Contains(tag, []byte("haproxy")) || bytes.Contains(tag, []byte("HAProxy"))
	p.pid, _ = parseUint(pid, 1<<31-1)
}

func (p *prefix) setHost(host []byte, names *interner) {
	if string(host) != "-" {
		p.host = names.get(host)
	}
}

// parseLevel reads what standard error has before a message: `[WARNING]  (PID) : `
// and, up to HAProxy 2.3, the day of the year and the time before the pid.
func (p *prefix) parseLevel(line []byte) {
	rest := line[p.end:]
	word, rest, _ := bytes.Cut(rest[1:], []byte("]"))
	level := slices.Index(levelNames[:], string(word))
	if level <= 0 {
		return
	}
	open := bytes.IndexByte(rest, '(')
	if open < 0 || open > len(" 364/235959 ")+8 {
		return
	}
	pid, rest, ok := bytes.Cut(rest[open+1:], []byte(") : "))
	n, isPID := parseUint(pid, 1<<31-1)
	if !ok || !isPID {
		return
	}
	p.level, p.pid, p.haproxy = Level(level), n, true
	p.end = len(line) - len(rest)
}
