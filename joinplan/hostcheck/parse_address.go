package hostcheck

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// deviceLine is the head of a device in ip addr, or a whole line of ip -o addr.
var deviceLine = regexp.MustCompile(`^\d+: ([^\s:@]+)(?:@[^\s:]+)?:?\s`)

// addressLine reads a line of ip addr.
func (p *parser) addressLine(line string, words []string) bool {
	if head := deviceLine.FindStringSubmatch(line); head != nil {
		p.device, p.mac = head[1], ""
	} else if p.device == "" || line[0] != ' ' && line[0] != '\t' {
		p.device = ""
		return false
	}
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "link/") }); i >= 0 && i+1 < len(words) {
		p.mac = words[i+1]
	}
	if i := slices.IndexFunc(words, func(w string) bool { return w == "inet" || w == "inet6" }); i >= 0 && i+1 < len(words) {
		p.address(words[i], words[i+1])
	}
	return true
}

func (p *parser) address(family, text string) {
	prefix, err := netip.ParsePrefix(text)
	if addr, bare := netip.ParseAddr(text); bare == nil { // of a point-to-point link
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if err != nil {
		p.fail(p.pos, "what follows "+family+" is no address: copy the line whole")
		return
	}
	p.capture.Addresses = append(p.capture.Addresses, Address{prefix, p.device, p.mac, p.evidence()})
}

// jsonLink is a device of ip -j addr.
type jsonLink struct {
	Name      string `json:"ifname"`
	Type      string `json:"link_type"`
	MAC       string `json:"address"`
	Addresses []struct {
		Family string `json:"family"`
		Local  string `json:"local"`
		Bits   int    `json:"prefixlen"`
	} `json:"addr_info"`
}

func (p *parser) link(link jsonLink) {
	for _, a := range link.Addresses {
		addr, err := netip.ParseAddr(a.Local)
		prefix := netip.PrefixFrom(addr, a.Bits)
		if err != nil || !prefix.IsValid() {
			p.fail(p.pos, "an address of this link is none")
			continue
		}
		text := strings.Join([]string{a.Family, prefix.String(), "dev", link.Name}, " ")
		p.capture.Addresses = append(p.capture.Addresses, Address{prefix, link.Name, link.MAC, Evidence{Text: text}})
	}
}
