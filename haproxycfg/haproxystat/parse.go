package haproxystat

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/finding"
)

// ParseError is a line that cannot be read: Input is "haproxystat", Line and
// Column count from 1, Column is 0 where the whole line is meant, and Msg says
// what is wrong.
type ParseError = finding.ParseError

// input names what is read in errors.
const input = "haproxystat"

// MaxSize is the size in bytes of the largest output that Parse reads: that of
// some 100,000 servers fits.
const MaxSize = 64 << 20

// Parse reads the output of `show stat`, `show stat typed` or `show servers
// state` and gives the servers in its order. Its error joins a *ParseError for
// each line that cannot be read, up to a hundred; the servers of the other lines are given all
// the same. Output that is none of the three, an empty one too, and output larger
// than [MaxSize] is an error.
func Parse(output string) ([]Server, error) {
	if len(output) > MaxSize {
		return nil, &ParseError{Input: input, Line: 1, Column: 1, Msg: fmt.Sprintf("the output has %d bytes; at most %d are read: ask for one backend", len(output), MaxSize)}
	}
	text := strings.TrimLeft(output, "\r\n >")
	skipped := strings.Count(output[:len(output)-len(text)], "\n")
	p := &parser{first: skipped + 1}
	switch {
	case strings.HasPrefix(text, "# pxname,"):
		p.csv(text)
	case strings.HasPrefix(text, "1\n# be_id ") || strings.HasPrefix(text, "1\r\n# be_id "):
		p.state(text)
	case isTyped(text):
		p.typed(text)
	default:
		p.fail(0, 0, "is neither `show stat`, `show stat typed` nor `show servers state`")
	}
	return p.servers, finding.Join(p.errs)
}

type parser struct {
	first   int
	servers []Server
	errs    []*ParseError
}

// fail records what is wrong with a line, counted from 0.
func (p *parser) fail(line, column int, format string, args ...any) {
	if len(p.errs) == finding.MaxErrors {
		return
	}
	p.errs = append(p.errs, &ParseError{Input: input, Line: p.first + line, Column: column, Msg: fmt.Sprintf(format, args...)})
}

// csv reads `show stat`. HAProxy never breaks a line inside of a value, so each
// line is read alone and a broken one costs only itself.
func (p *parser) csv(text string) {
	var columns []string
	n := 0
	for line := range strings.Lines(text) {
		p.csvLine(n, strings.TrimRight(line, "\r\n"), &columns)
		n++
	}
}

func (p *parser) csvLine(n int, line string, columns *[]string) {
	if line == "" || line == ">" {
		return
	}
	values, err := splitValues(strings.TrimPrefix(line, "# "))
	if err != nil {
		p.fail(n, 1, "is no line of comma-separated values: %v", errors.Unwrap(err))
		return
	}
	if *columns == nil {
		*columns = values
		return
	}
	fields := map[string]string{}
	for i, name := range *columns {
		if i < len(values) {
			fields[name] = values[i]
		}
	}
	if fields["type"] == "" {
		p.fail(n, 1, "has no type; the line is cut off")
		return
	}
	if fields["type"] == typeServer {
		p.add(n, fields)
	}
}

// splitValues takes a line apart. Most have no quotes.
func splitValues(line string) ([]string, error) {
	if !strings.Contains(line, `"`) {
		return strings.Split(line, ","), nil
	}
	return csv.NewReader(strings.NewReader(line)).Read()
}

// typeServer is a server in the column "type"; 0 is a frontend, 1 a backend, 3 a
// listener.
const typeServer = "2"

// add reads the columns of `show stat` for one server.
func (p *parser) add(n int, fields map[string]string) {
	state, ok := stateOf(fields["status"])
	if !ok {
		p.fail(n, 1, "the status %q is unknown", fields["status"])
		return
	}
	s := Server{Backend: fields["pxname"], Name: fields["svname"], State: state, Check: strings.TrimPrefix(fields["check_status"], "* ")}
	s.Addr, _ = netip.ParseAddrPort(fields["addr"])
	numbers := p.numbers(n, fields, "weight", "lastchg", "scur", "stot")
	s.Weight, s.Since = int(numbers[0]), time.Duration(numbers[1])*time.Second
	s.Sessions, s.TotalSessions = numbers[2], numbers[3]
	p.servers = append(p.servers, s)
}

// numbers reads columns, empty ones as 0.
func (p *parser) numbers(n int, fields map[string]string, names ...string) []int64 {
	values := make([]int64, len(names))
	for i, name := range names {
		text := fields[name]
		if text == "" {
			continue
		}
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value < 0 || name == "lastchg" && value > maxSeconds {
			p.fail(n, 1, "%s is %q, not a count", name, text)
			continue
		}
		values[i] = value
	}
	return values
}

// maxSeconds fits a time.Duration: 292 years.
const maxSeconds = int64((1<<63 - 1) / time.Second)

func isTyped(text string) bool {
	line, _, _ := strings.Cut(text, "\n")
	_, _, _, ok := typedField(strings.TrimRight(line, "\r"))
	return ok
}

// typedField reads a line such as "S.5.1.17.status.1:SGP:str:UP": the object, the
// field and its value.
func typedField(line string) (object, field, value string, ok bool) {
	parts := strings.SplitN(line, ":", 4)
	if len(parts) != 4 {
		return "", "", "", false
	}
	path := strings.Split(parts[0], ".")
	if len(path) != 6 || !strings.Contains("FBLS", path[0]) || len(path[0]) != 1 {
		return "", "", "", false
	}
	return strings.Join(path[:3], "."), path[4], parts[3], true
}

// typed reads `show stat typed`: one line a field; an object's lines follow one
// another.
func (p *parser) typed(text string) {
	n, start := 0, 0
	current, fields := "", map[string]string{}
	flush := func() {
		if strings.HasPrefix(current, "S.") {
			p.add(start, fields)
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		object, field, value, ok := typedField(line)
		switch {
		case line == "" || line == ">":
		case !ok:
			p.fail(n, 1, "is no typed field")
		case object != current:
			flush()
			current, start, fields = object, n, map[string]string{field: value}
		default:
			fields[field] = value
		}
		n++
	}
	flush()
}

// state reads `show servers state`, version 1: columns by the names of its
// second line.
func (p *parser) state(text string) {
	var columns []string
	n := -1
	for line := range strings.Lines(text) {
		n++
		words := strings.Fields(line)
		switch {
		case n == 0 || len(words) == 0 || words[0] == ">":
		case columns == nil:
			columns = words[1:]
		default:
			p.stateLine(n, columns, words)
		}
	}
}

func (p *parser) stateLine(n int, columns, words []string) {
	if len(words) < len(columns) {
		p.fail(n, 1, "has %d values for %d columns; the line is cut off", len(words), len(columns))
		return
	}
	fields := map[string]string{}
	for i, name := range columns {
		fields[name] = words[i]
	}
	numbers := p.numbers(n, fields, "srv_op_state", "srv_admin_state", "srv_check_state", "srv_uweight", "srv_port")
	state, ok := stateOfNumbers(int(numbers[0]), int(numbers[1]), int(numbers[2]))
	if !ok {
		p.fail(n, 1, "the operational state %s is unknown", fields["srv_op_state"])
		return
	}
	s := Server{Backend: fields["be_name"], Name: fields["srv_name"], State: state, Weight: int(numbers[3])}
	since := p.numbers(n, map[string]string{"lastchg": fields["srv_time_since_last_change"]}, "lastchg")
	s.Since = time.Duration(since[0]) * time.Second
	if addr, err := netip.ParseAddr(fields["srv_addr"]); err == nil && numbers[4] <= 65535 {
		s.Addr = netip.AddrPortFrom(addr, uint16(numbers[4]))
	}
	p.servers = append(p.servers, s)
}
