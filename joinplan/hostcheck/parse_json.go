package hostcheck

import (
	"encoding/json"
	"errors"
	"strings"
)

func startsJSON(line string) bool {
	line = strings.ReplaceAll(strings.TrimSpace(line), " ", "")
	return line == "[" || strings.HasPrefix(line, "[{") || strings.HasPrefix(line, "[]")
}

// json reads one JSON array of what ip -j prints.
func (p *parser) json() {
	start := p.pos
	d := json.NewDecoder(strings.NewReader(p.text[start:]))
	_, err := d.Token()
	for err == nil && d.More() {
		var element jsonElement
		p.moveTo(start + int(d.InputOffset()))
		p.moveTo(len(p.text) - len(strings.TrimLeft(p.text[p.pos:], ", \t\r\n")))
		if err = d.Decode(&element); err == nil {
			p.element(element)
		}
	}
	if err == nil {
		_, err = d.Token()
	}
	if err != nil {
		p.brokenJSON(err)
		return
	}
	p.found = true
	p.moveTo(start + int(d.InputOffset()))
}

// jsonElement is an element of any of the lists; which one it is, its fields
// show.
type jsonElement struct {
	jsonRoute
}

func (p *parser) element(e jsonElement) {
	if !isDestination(e.Destination) {
		p.fail(p.pos, `an element of this list has no "dst" that is a destination: want the output of ip -j route`)
		return
	}
	p.addRoute(e.jsonRoute.words(), p.pos, 0)
}

// brokenJSON reports JSON that does not parse. What follows it is lost. The
// decoder counts from the start of the element.
func (p *parser) brokenJSON(err error) {
	at := p.pos
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at += int(max(syntax.Offset-1, 0))
	}
	p.fail(min(at, len(p.text)), "this JSON is broken or cut off: "+err.Error())
	p.moveTo(len(p.text))
}
