package hostcheck

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// parser goes through a text, a line or a JSON list at a time.
type parser struct {
	text    string
	pos     int // where the next line starts
	line    int // lines before it
	capture Capture
	found   bool // something was recognised, if only an empty list
	errs    []error
}

func (p *parser) err() error { return errors.Join(p.errs...) }

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
	switch words := strings.Fields(line); {
	case len(words) == 0, strings.IndexByte("#$+", words[0][0]) >= 0:
		p.skip(1)
	case startsJSON(line):
		p.json()
	case isRoute(words):
		p.routes()
	default:
		p.fail(p.pos, "this line is not of a command that is read here: leave it out, or see whether it was copied whole")
		p.skip(1)
	}
}

// peek gives the next line without its end.
func (p *parser) peek() string {
	line, _, _ := strings.Cut(p.text[p.pos:], "\n")
	return strings.TrimSuffix(line, "\r")
}

// skip passes lines.
func (p *parser) skip(lines int) {
	for range lines {
		_, rest, _ := strings.Cut(p.text[p.pos:], "\n")
		p.moveTo(len(p.text) - len(rest))
	}
}

func (p *parser) moveTo(pos int) {
	p.line += strings.Count(p.text[p.pos:pos], "\n")
	p.pos = pos
}
