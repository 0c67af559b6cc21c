package hostcheck

import (
	"encoding/json"
	"errors"
	"strings"
)

// startsJSON tells a list or an object from a line of a log, "[phase] ...".
func startsJSON(words []string) bool {
	line := strings.Join(words, "")
	return line == "[" || line == "{" || strings.HasPrefix(line, "[{") || strings.HasPrefix(line, "[]") || strings.HasPrefix(line, `{"`)
}

// json reads one JSON value: a list that ip -j prints, or kubeadm's object.
func (p *parser) json() {
	start := p.pos
	d := json.NewDecoder(strings.NewReader(p.text[start:]))
	var err error
	if strings.HasPrefix(strings.TrimSpace(p.peek()), "{") {
		err = p.expirations(d)
	} else {
		err = p.list(d, start)
	}
	if err != nil {
		p.brokenJSON(err)
		return
	}
	p.found = true
	p.moveTo(start + int(d.InputOffset()))
}

func (p *parser) list(d *json.Decoder, start int) error {
	_, err := d.Token()
	for err == nil && d.More() {
		var element json.RawMessage
		p.moveTo(start + int(d.InputOffset()))
		p.moveTo(len(p.text) - len(strings.TrimLeft(p.text[p.pos:], ", \t\r\n")))
		if err = d.Decode(&element); err == nil {
			p.element(element)
		}
	}
	if err == nil {
		_, err = d.Token()
	}
	return err
}

// element reads a route or a link; which one it is, its fields show.
func (p *parser) element(element json.RawMessage) {
	var key struct {
		Destination string `json:"dst"`
		Interface   string `json:"ifname"`
	}
	var err error
	switch err = json.Unmarshal(element, &key); {
	case err != nil:
	case isDestination(key.Destination):
		var route jsonRoute
		if err = json.Unmarshal(element, &route); err == nil {
			p.addRoute(route.words(), p.pos, 0)
		}
	case key.Interface != "":
		var link jsonLink
		if err = json.Unmarshal(element, &link); err == nil {
			p.link(link)
		}
	default:
		err = errors.New(`it has neither a "dst" that is a destination nor an "ifname"`)
	}
	if err != nil {
		p.fail(p.pos, "this is neither a route nor a link of ip -j: "+err.Error())
	}
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
