package hostcheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxSize is the size in bytes of the largest text that Parse reads: the routes
// of some 100,000 nodes fit.
const MaxSize = 16 << 20

// maxErrors is how many errors one Parse reports.
const maxErrors = 100

// Parse reads what a host printed. The text holds the output of one of these
// commands or of several, one after the other in any order, also with the
// commands themselves on lines that start with a prompt (#, $ or +):
//
//	ip addr                           ip -j addr            ip -o addr
//	ip route                          ip -j route           ip -6 route
//	getent hosts k8s-vip              cat /etc/hosts
//	grep server: /etc/kubernetes/*.conf
//	kubeadm certs check-expiration    kubeadm certs check-expiration -o json
//	cat /etc/machine-id               cat /sys/class/dmi/id/product_uuid
//	date -u +%FT%TZ
//
// Where "$ getent hosts NAME" is followed by no answer, the name is taken to
// be unresolved. A line "$ received TIME" is that of whoever asked, who writes
// his own time (date -u +'$ received %FT%TZ') behind the answer at once: it gives
// [Capture].At, without which the host's clock cannot be judged.
//
// host is the host's name in the description; it may be empty, see [Check].
// Errors are *[ParseError], the first hundred joined: a line that is none of
// these, a text without any of them, or one larger than [MaxSize].
func Parse(host, text string) (Capture, error) {
	if len(text) > MaxSize {
		return Capture{}, &ParseError{Line: 1, Column: 1, Msg: fmt.Sprintf("the text has %d bytes; at most %d are read: give what one host said", len(text), MaxSize)}
	}
	p := parser{text: text, capture: Capture{Host: host}}
	for p.pos < len(p.text) && len(p.errs) < maxErrors {
		p.section()
	}
	if len(p.errs) == 0 && !p.found {
		p.fail(0, "nothing that a host says of itself: want the output of ip route, for example")
	}
	if len(p.errs) > 0 {
		return Capture{}, errors.Join(p.errs...)
	}
	return p.capture, nil
}

// parser goes through a text, a line or a JSON value at a time.
type parser struct {
	text    string
	pos     int // where the next line starts
	line    int // lines before it
	capture Capture
	found   bool // something was recognised, if only an empty list
	errs    []error

	device, mac string // whose addresses the lines of ip addr are
	authorities bool   // the table is that of the certificate authorities
}

// fail reports what is wrong at a byte of the text near the position.
func (p *parser) fail(at int, msg string) {
	start := strings.LastIndexByte(p.text[:at], '\n') + 1
	line := p.line + 1
	if at < p.pos {
		line -= strings.Count(p.text[at:p.pos], "\n")
	} else {
		line += strings.Count(p.text[p.pos:at], "\n")
	}
	column := utf8.RuneCountInString(p.text[start:at]) + 1
	p.errs = append(p.errs, &ParseError{Line: line, Column: column, Msg: msg})
}

// section reads what starts at the next line.
func (p *parser) section() {
	line := p.peek()
	words := strings.Fields(line)
	switch {
	case len(words) == 0:
		p.skip()
	case isPrompt(words):
		p.prompt(words)
	case startsJSON(words):
		p.json()
	case p.addressLine(line, words), p.plainLine(words), p.certificateLine(line):
		p.found = true
		p.skip()
	case isRoute(words):
		p.routes()
	default:
		p.fail(p.pos, "this line is not of a command that is read here: leave it out, or see whether it was copied whole")
		p.skip()
	}
}

// isPrompt reports a line that shows a command, or a comment.
func isPrompt(words []string) bool { return strings.IndexByte("#$+", words[0][0]) >= 0 }

// prompt passes a command. It notices when getent was asked for one name and
// the next line does not answer, and when the answer was received.
func (p *parser) prompt(words []string) {
	evidence := p.evidence()
	if len(words) == 3 && words[1] == "received" {
		p.received(words[2])
	}
	p.skip()
	i := slices.Index(words, "getent")
	if i < 0 || len(words) != i+3 || words[i+1] != "hosts" && words[i+1] != "ahosts" {
		return
	}
	asked := words[i+2]
	p.found = true
	answer := strings.Fields(p.peek())
	if !isName(answer) {
		p.capture.Unresolved = append(p.capture.Unresolved, Fact{asked, evidence})
		return
	}
	// A name that was completed by a search domain is answered by the full one.
	p.name(append(answer, asked))
	p.skip()
}

func (p *parser) received(text string) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		p.fail(p.pos, "this is no time of receipt: want $ received and a time such as 2026-11-22T22:00:00Z")
		return
	}
	p.capture.At = at
}

// evidence is the next line.
func (p *parser) evidence() Evidence {
	return Evidence{strings.Join(strings.Fields(p.peek()), " "), p.line + 1}
}

// peek gives the next line without its end.
func (p *parser) peek() string {
	line, _, _ := strings.Cut(p.text[p.pos:], "\n")
	return strings.TrimSuffix(line, "\r")
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
