package hostcheck

// Capture is what one host said of itself. Empty fields were not captured, and
// what they would show is not checked.
type Capture struct {
	Host   string // its name in the description
	Routes []Route
}

// Parse reads what a host printed. The text holds the output of one of these
// commands or of several, one after the other in any order, also with the
// commands themselves on lines that start with a prompt (#, $ or +):
//
//	ip route show      ip -j route show
//	ip -6 route show   ip -j -6 route show
//
// host is the host's name in the description. Errors are *[ParseError], all of
// them joined: a line that is none of these, or a text without any of them.
func Parse(host, text string) (Capture, error) {
	p := parser{text: text, capture: Capture{Host: host}}
	for p.pos < len(p.text) {
		p.section()
	}
	if len(p.errs) == 0 && !p.found {
		p.fail(0, "nothing that a host says of itself: want the output of ip route, for example")
	}
	if len(p.errs) > 0 {
		return Capture{}, p.err()
	}
	return p.capture, nil
}
