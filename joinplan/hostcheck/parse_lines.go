package hostcheck

import (
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// plainLine reads what takes one line and shows by its form what it is.
func (p *parser) plainLine(words []string) bool {
	line := strings.Join(words, " ")
	switch {
	case isLog(line):
	case isName(words):
		p.name(words)
	case p.server(line), p.identity(line), p.clock(line):
	default:
		return false
	}
	return true
}

// logLine is a line of kubeadm about its phases, or one of klog.
var logLine = regexp.MustCompile(`^(?:\[[a-z-]+\] |[IWEF]\d{4} \d\d:\d\d)`)

func isLog(line string) bool { return logLine.MatchString(line) }

// isName reports a line of a hosts file or of getent.
func isName(words []string) bool {
	if len(words) < 2 || isRoute(words) {
		return false
	}
	_, err := netip.ParseAddr(words[0])
	return err == nil
}

// name adds an address and its names; a comment may follow them.
func (p *parser) name(words []string) {
	n := Name{Evidence: p.evidence()}
	n.Address, _ = netip.ParseAddr(words[0])
	for _, word := range words[1:] {
		name, _, comment := strings.Cut(word, "#")
		if name != "" {
			n.Names = append(n.Names, strings.ToLower(strings.TrimSuffix(name, ".")))
		}
		if comment {
			break
		}
	}
	p.capture.Names = append(p.capture.Names, n)
}

// serverLine is a kubeconfig's server, after its path if grep names it.
var serverLine = regexp.MustCompile(`^(?:(\S+?)[:-] ?)?server: ["']?(https?://[^\s"']+)["']?$`)

func (p *parser) server(line string) bool {
	m := serverLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	p.capture.Servers = append(p.capture.Servers, Server{m[1], m[2], p.evidence()})
	return true
}

var (
	machineIDLine   = regexp.MustCompile(`^(?:/etc/machine-id:)?([0-9a-f]{32})$`)
	productUUIDLine = regexp.MustCompile(`^(?:/sys/class/dmi/id/product_uuid:)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)
)

func (p *parser) identity(line string) bool {
	if m := machineIDLine.FindStringSubmatch(line); m != nil {
		p.capture.MachineID = Fact{m[1], p.evidence()}
		return true
	}
	if m := productUUIDLine.FindStringSubmatch(line); m != nil {
		p.capture.ProductUUID = Fact{strings.ToLower(m[1]), p.evidence()}
		return true
	}
	return false
}

func (p *parser) clock(line string) bool {
	if _, err := time.Parse(time.RFC3339, line); err != nil {
		return false
	}
	p.capture.Clock = Fact{line, p.evidence()}
	return true
}
