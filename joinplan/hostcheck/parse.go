package hostcheck

import (
	"fmt"
	"strings"
)

// MaxSize is the size in bytes of the largest text that Parse reads: the routes
// of some 100,000 nodes fit.
const MaxSize = 16 << 20

// Parse reads what a host printed. The text holds the output of one of these
// commands or of several, one after the other in any order, also with the
// commands themselves behind a prompt ($, #, +, root@host:~#, [user@host ~]$):
//
//	ip addr                           ip -j addr            ip -o addr, ip -br addr
//	ip route                          ip -j route           ip -6 route, route -n
//	getent hosts k8s-vip              cat /etc/hosts
//	grep server: /etc/kubernetes/*.conf
//	kubeadm certs check-expiration    kubeadm certs check-expiration -o json
//	cat /etc/machine-id               cat /sys/class/dmi/id/product_uuid
//	date -u +%FT%TZ                   timedatectl           chronyc tracking
//
// Colours, quote signs, code fences, invisible characters and lost indentation
// are no matter. What a text holds beside is passed over where it is known to say
// nothing (ip route get, a login's greeting), and otherwise becomes one of
// [Capture].Gaps.
//
// Where "$ getent hosts NAME" is followed by no answer, the name is taken to
// be unresolved. A line "$ received TIME" is that of whoever asked, who writes
// his own time (date -u +'$ received %FT%TZ') behind the answer at once: it gives
// [Capture].At, without which the host's clock cannot be judged.
//
// host is the host's name in the description; it may be empty, see [Check]. The
// error is a [ParseError]: a text without anything that is read here, with the
// output of two hosts, or larger than [MaxSize].
func Parse(host, text string) (Capture, error) {
	fail := func(line int, msg string) (Capture, error) {
		return Capture{}, &ParseError{Input: "capture", Line: line, Msg: msg}
	}
	if len(text) > MaxSize {
		return fail(0, fmt.Sprintf("the text has %d bytes; at most %d are read: give what one host said", len(text), MaxSize))
	}
	p := parser{text: clean(text), capture: Capture{Host: host}}
	for p.pos < len(p.text) {
		p.section()
	}
	p.unanswered()
	switch {
	case p.mixed > 0:
		return fail(p.mixed, "what stands above is of another host, by the prompts: give each host's output alone")
	case !p.found && len(p.capture.Gaps) > 0:
		return fail(p.capture.Gaps[0].Line, "nothing that a host says of itself: want the output of ip route, for example; "+p.capture.Gaps[0].Reason)
	case !p.found:
		return fail(0, "nothing that a host says of itself: want the output of ip route, for example")
	}
	return p.capture, nil
}

// parser goes through a text, a line or a JSON value at a time.
type parser struct {
	text    string // cleaned
	pos     int    // where the next line starts
	line    int    // lines before it
	capture Capture
	found   bool // something that can be checked was read

	device, mac string // whose addresses the lines of ip addr are
	authorities bool   // the table is that of the certificate authorities
	table       string // that ip route was asked for; empty for main
	open        bool   // next hops are of the last route
	oneRoute    bool   // ip route get was asked
	metrics     bool   // the fifth column of route -n is the metric
	asked       *Fact  // the name that getent was asked for, until it answers

	speaker string // whose prompt came last
	spoke   int    // its line
	of      string // whose prompt was above what was read
	mixed   int    // the line where another host begins
}

// fact notes that something was read that can be checked.
func (p *parser) fact() {
	p.found, p.open = true, false
	switch {
	case p.speaker == "":
	case p.of == "":
		p.of = p.speaker
	case p.of != p.speaker && p.mixed == 0:
		p.mixed = p.spoke
	}
}

// gap notes that the next line was not understood.
func (p *parser) gap(reason string) { p.gapAt(p.line+1, reason) }

func (p *parser) gapAt(line int, reason string) {
	p.capture.Gaps = append(p.capture.Gaps, Gap{line, reason})
}

const (
	isUnknown = "this line is of no command that is read here, or was not copied whole"
	isCutOff  = "this line was not copied whole"
)

// section reads what starts at the next line.
func (p *parser) section() {
	line := strings.TrimSpace(p.peek())
	words := strings.Fields(line)
	switch {
	case len(words) == 0:
		p.skip()
	case p.routingRow(words):
		p.unanswered()
		p.skip()
	case isName(words):
		p.name(words)
		p.skip()
	case isRoute(words), len(words) == 1 && isDestination(words[0]) && strings.HasPrefix(p.below(), "nexthop "):
		p.unanswered()
		p.routes()
	case startsJSON(words):
		p.unanswered()
		p.json()
	case p.prompt(line):
		p.skip()
	case p.addressLine(line, words), p.certificateLine(line), p.plainLine(words):
		p.unanswered()
		p.skip()
	case passed.MatchString(strings.Join(words, " ")):
		p.skip()
	default:
		p.gap(isUnknown)
		p.skip()
	}
}

// evidence is the next line.
func (p *parser) evidence() Evidence {
	return Evidence{strings.Join(strings.Fields(p.peek()), " "), p.line + 1}
}

// peek returns the next line without its end.
func (p *parser) peek() string {
	line, _, _ := strings.Cut(p.text[p.pos:], "\n")
	return line
}

// below returns the line after the next one, without blanks around it.
func (p *parser) below() string {
	_, rest, _ := strings.Cut(p.text[p.pos:], "\n")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// skip passes the next line.
func (p *parser) skip() {
	_, rest, _ := strings.Cut(p.text[p.pos:], "\n")
	p.moveTo(len(p.text) - len(rest))
}

func (p *parser) moveTo(pos int) {
	p.line += strings.Count(p.text[p.pos:pos], "\n")
	p.pos = pos
}
