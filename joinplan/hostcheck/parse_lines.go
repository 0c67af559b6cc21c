package hostcheck

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plainLine reads what takes one line and shows by its form what it is.
func (p *parser) plainLine(words []string) bool {
	line := strings.Join(words, " ")
	return p.refusal(line) || p.server(line) || p.identity(line) || p.clock(line) || p.clockState(line)
}

// refusal reads the message of a command that fails because of a certificate.
func (p *parser) refusal(line string) bool {
	lower := strings.ToLower(line)
	if !strings.Contains(lower, "x509:") && !strings.Contains(lower, "certificate has expired") && !strings.Contains(lower, "certificate signed by unknown authority") {
		return false
	}
	p.fact()
	p.capture.Refusals = append(p.capture.Refusals, p.evidence())
	return true
}

// isName reports a line of a hosts file or of getent.
func isName(words []string) bool {
	if len(words) < 2 {
		return false
	}
	if _, err := netip.ParseAddr(words[0]); err != nil {
		return false
	}
	switch words[1] {
	case "dev", "via", "from", "src", "encap", "nhid", "proto", "scope", "metric", "table", "onlink", "tos":
		return false
	}
	_, err := netip.ParseAddr(words[1]) // of route -n
	return err != nil
}

// nameLike is what stands for a name, known or not. A final dot is no part of it.
var nameLike = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$`)

// isNoName reports a word of a route or a number, which may be a name, but more
// likely shows that a line of another command was spoilt.
func isNoName(name string) bool {
	name = strings.ToLower(name)
	return strings.Trim(name, "0123456789.") == "" || slices.Contains(routeKeys, name) || slices.Contains(routeFlags, name)
}

// name adds an address and its names; a comment may follow them.
func (p *parser) name(words []string) {
	n := Name{Evidence: p.evidence()}
	n.Address, _ = netip.ParseAddr(words[0])
	strange := false
	for _, word := range words[1:] {
		name, _, comment := strings.Cut(word, "#")
		switch {
		case name == "" || name == "STREAM" || name == "DGRAM" || name == "RAW": // of getent ahosts
		case nameLike.MatchString(name) && !isNoName(name):
			n.Names = append(n.Names, strings.ToLower(strings.TrimSuffix(name, ".")))
		default:
			strange = true
		}
		if comment {
			break
		}
	}
	if strange || len(n.Names) == 0 {
		p.gap("a name of this line is none")
	}
	if p.asked != nil {
		// A name that was completed by a search domain is answered by the full one.
		n.Names = append(n.Names, strings.ToLower(p.asked.Value))
		p.asked = nil
	}
	p.fact()
	p.capture.Names = append(p.capture.Names, n)
}

// serverLine is a kubeconfig's server, after its path if grep names it.
var serverLine = regexp.MustCompile(`^(?:(\S+?)[:-] ?)?server: ["']?(https?://[^\s"']+)["']?$`)

func (p *parser) server(line string) bool {
	m := serverLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	p.fact()
	p.capture.Servers = append(p.capture.Servers, Server{m[1], m[2], p.evidence()})
	return true
}

var (
	machineIDLine   = regexp.MustCompile(`^(?:/etc/machine-id:|Machine ID: )?([0-9a-f]{32})$`)
	productUUIDLine = regexp.MustCompile(`^(?:/sys/class/dmi/id/product_uuid:)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)
)

func (p *parser) identity(line string) bool {
	if m := machineIDLine.FindStringSubmatch(line); m != nil {
		p.fact()
		p.capture.MachineID = Fact{m[1], p.evidence()}
		return true
	}
	if m := productUUIDLine.FindStringSubmatch(line); m != nil {
		p.fact()
		p.capture.ProductUUID = Fact{strings.ToLower(m[1]), p.evidence()}
		return true
	}
	return false
}

func (p *parser) clock(line string) bool {
	if _, err := time.Parse(time.RFC3339, line); err == nil {
		p.fact()
		p.capture.Clock = Fact{line, p.evidence()}
		return true
	}
	text, found := strings.CutPrefix(line, "Universal time: ")
	if !found {
		return false
	}
	at, err := time.Parse("Mon 2006-01-02 15:04:05 MST", text)
	switch {
	case err != nil:
		p.gap("this is no time of timedatectl")
	case p.capture.Clock.Value == "":
		p.capture.Clock = Fact{at.UTC().Format(time.RFC3339), p.evidence()}
	}
	return true
}

// offsetLine is chronyc's distance from the right time.
var offsetLine = regexp.MustCompile(`^System time *: (\d+\.\d+) seconds (?:slow|fast) of NTP time$`)

// clockState reads whether something keeps the clock right, from timedatectl and
// chronyc tracking.
func (p *parser) clockState(line string) bool {
	key, value, found := strings.Cut(line, ":")
	if !found {
		return false
	}
	good, bad := false, false
	switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
	case "System clock synchronized", "NTP synchronized":
		good, bad = value == "yes", value == "no"
	case "Leap status":
		good, bad = value == "Normal" || value == "Insert second" || value == "Delete second", value == "Not synchronised"
	case "System time":
		if m := offsetLine.FindStringSubmatch(line); m != nil {
			seconds, err := strconv.ParseFloat(m[1], 64)
			bad = err != nil || seconds >= MaxClockSkew.Seconds()
			good = !bad
		}
	default:
		return false
	}
	switch {
	case bad:
		p.fact()
		p.capture.Unsynchronized = append(p.capture.Unsynchronized, p.evidence())
	case good:
		p.fact()
	default:
		p.gap("whether the clock is synchronized cannot be told from this line")
	}
	return true
}
