package hostcheck

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

var (
	// deviceLine is the head of a device in ip addr, or a whole line of ip -o addr.
	deviceLine = regexp.MustCompile(`^\d+: ([^\s:@]+)(?:@[^\s:]+)?(?:: <[A-Z0-9_,-]*>|\s+inet6? )`)
	// briefLine is a line of ip -br addr or ip -br link.
	briefLine = regexp.MustCompile(`^([^\s:@]+)(?:@\S+)? +(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN|NOTPRESENT|DORMANT|TESTING)((?: +\S+)*)$`)
	macLine   = regexp.MustCompile(`^[0-9a-f]{2}(?::[0-9a-f]{2})+$`)
	linkType  = regexp.MustCompile(`^link/[a-z0-9]+$`)
)

// addressLine reads a line of ip addr.
func (p *parser) addressLine(line string, words []string) bool {
	if p.brief(line) {
		return true
	}
	if head := deviceLine.FindStringSubmatch(line); head != nil {
		p.device, p.mac = head[1], ""
	} else if !linkType.MatchString(words[0]) && words[0] != "inet" && words[0] != "inet6" {
		return false
	}
	if i := slices.IndexFunc(words, linkType.MatchString); i >= 0 && i+1 < len(words) {
		if words[i] == "link/ether" && !macLine.MatchString(words[i+1]) {
			p.gap(isCutOff)
		} else {
			p.mac = words[i+1]
		}
	}
	if i := slices.IndexFunc(words, func(w string) bool { return w == "inet" || w == "inet6" }); i >= 0 {
		if i+1 == len(words) {
			p.gap(isCutOff)
			return true
		}
		p.address(words[i+1], p.deviceOf(words))
	}
	return true
}

// deviceOf names the device of an address: that of the head, or else the label at
// the end of the line.
func (p *parser) deviceOf(words []string) string {
	if p.device != "" {
		return p.device
	}
	if i := slices.Index(words, "scope"); i >= 0 && i+2 < len(words) {
		return words[len(words)-1]
	}
	return ""
}

func (p *parser) address(text, device string) {
	prefix, ok := parseAddress(text)
	if !ok {
		p.gap("what follows inet is no address")
		return
	}
	p.fact()
	p.capture.Addresses = append(p.capture.Addresses, Address{prefix, device, p.mac, p.evidence()})
}

// parseAddress reads an address with its prefix length, or, of a point-to-point
// link, without one.
func parseAddress(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix, err == nil
}

// brief reads a line of ip -br.
func (p *parser) brief(line string) bool {
	m := briefLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	p.mac = ""
	words := strings.Fields(m[2])
	for i, word := range words {
		prefix, ok := parseAddress(word)
		switch {
		case ok:
			p.fact()
			p.capture.Addresses = append(p.capture.Addresses, Address{prefix, m[1], p.mac, p.evidence()})
		case macLine.MatchString(word):
			p.mac = word
		case word == "peer" || word == "metric" || i > 0 && words[i-1] == "metric" || strings.HasPrefix(word, "<") && strings.HasSuffix(word, ">"):
		default:
			p.gap("an address of this line is none")
			return true
		}
	}
	return true
}

// jsonLink is a device of ip -j addr.
type jsonLink struct {
	Name      string `json:"ifname"`
	Type      string `json:"link_type"`
	MAC       string `json:"address"`
	Addresses []struct {
		Family string `json:"family"`
		Local  string `json:"local"`
		Bits   *int   `json:"prefixlen"`
	} `json:"addr_info"`
}

// link reads a device; the line is that where it begins.
func (p *parser) link(link jsonLink, line int) {
	for _, a := range link.Addresses {
		addr, err := netip.ParseAddr(a.Local)
		if err != nil || a.Bits == nil || !netip.PrefixFrom(addr, *a.Bits).IsValid() {
			if a.Local != "" || a.Bits != nil {
				p.gapAt(line, "an address of this link is none")
			}
			continue
		}
		p.fact()
		prefix := netip.PrefixFrom(addr, *a.Bits)
		text := strings.Join([]string{a.Family, prefix.String(), "dev", link.Name}, " ")
		p.capture.Addresses = append(p.capture.Addresses, Address{prefix, link.Name, link.MAC, Evidence{Text: text}})
	}
}
