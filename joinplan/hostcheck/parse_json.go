package hostcheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
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
		var object json.RawMessage
		if err = d.Decode(&object); err == nil {
			p.expirations(object)
		}
	} else {
		err = p.list(d, start)
	}
	if err != nil {
		p.brokenJSON(err)
		return
	}
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

// The keys of ip -j. What an unknown one should have been, nobody can tell.
var (
	routeJSONKeys = strings.Fields(`type dst gateway via dev protocol scope prefsrc metric table pref flags nexthops tos nhid weight mtu advmss
		metrics uid cache expires error from src encap encap_type id ttl key hmac mode segs action encap_flags users age used realm realms window
		rtt rttvar ssthresh cwnd initcwnd initrwnd hoplimit quickack features congctl rto_min fastopen_no_cookie iif mark features_ecn`)
	linkJSONKeys = strings.Fields(`ifindex ifname flags mtu qdisc operstate group txqlen link_type address broadcast addr_info link link_index
		link_netnsid altnames master linkmode promiscuity allmulti min_mtu max_mtu linkinfo num_tx_queues num_rx_queues gso_max_size
		gso_max_segs tso_max_size tso_max_segs gro_max_size gso_ipv4_max_size gro_ipv4_max_size permaddr ifalias parentbus parentdev
		vfinfo_list inet6_addr_gen_mode xdp proto_down proto_down_reason event stats stats64 deleted carrier link_pointtopoint phys_port_name
		phys_switch_id phys_port_id netns-immutable`)
	addressJSONKeys = strings.Fields(`family local peer address prefixlen metric broadcast anycast scope label dynamic temporary deprecated
		tentative dadfailed noprefixroute mngtmpaddr secondary home nodad optimistic stable-privacy protocol valid_life_time
		preferred_life_time autojoin permanent`)
)

// unknownKey returns a key of a JSON object that is not among the known ones.
func unknownKey(object json.RawMessage, known []string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		return ""
	}
	var unknown []string
	for key := range fields {
		if !slices.Contains(known, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return ""
	}
	return slices.Min(unknown)
}

// element reads a route or a link; which one it is, its fields show.
func (p *parser) element(element json.RawMessage) {
	line := p.line + 1
	var key struct {
		Destination string            `json:"dst"`
		Interface   string            `json:"ifname"`
		Hops        []json.RawMessage `json:"nexthops"`
		Addresses   []json.RawMessage `json:"addr_info"`
	}
	err := json.Unmarshal(element, &key)
	parts, known := key.Addresses, linkJSONKeys
	switch destination := firstDestination(element); {
	case err != nil:
	case isDestination(destination):
		var route jsonRoute
		parts, known = key.Hops, routeJSONKeys
		if err = json.Unmarshal(element, &route); err == nil && (route.User == nil || dropsAll(route.Type)) {
			route.Destination = destination
			p.addRoute(route.words(), line, 0)
		}
	case key.Interface != "":
		var link jsonLink
		if err = json.Unmarshal(element, &link); err == nil {
			p.link(link, line)
		}
	case len(bytes.TrimSpace(element)) == len("{}"): // ip -j -4 addr leaves links without addresses empty
	default:
		err = errors.New("it has neither a destination nor a device")
	}
	if err != nil {
		p.gapAt(line, "this is neither a route nor a link of ip -j")
		return
	}
	unknown := unknownKey(element, known)
	if known = routeJSONKeys; len(key.Addresses) > 0 {
		known = addressJSONKeys
	}
	for _, part := range parts {
		if unknown == "" {
			unknown = unknownKey(part, known)
		}
	}
	if unknown != "" {
		p.gapAt(line, "ip -j is not known to print all of these keys")
	}
}

// firstDestination returns the first "dst" of an object: an encapsulated route
// has two, and the second is that of its tunnel.
func firstDestination(object json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return ""
		}
		if key == "dst" {
			var text string
			_ = json.Unmarshal(value, &text) // no string is no destination
			return text
		}
	}
	return ""
}

// brokenJSON notes JSON that does not parse, and goes on behind the line where it
// breaks, or at that line where it is of something else.
func (p *parser) brokenJSON(err error) {
	p.gap("the JSON that begins here is broken or cut off")
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
		p.moveTo(len(p.text))
		return
	}
	broken := min(p.pos+int(max(syntax.Offset-1, 0)), len(p.text))
	begin := strings.LastIndexByte(p.text[:broken], '\n') + 1
	if begin <= p.pos || strings.TrimSpace(p.text[begin:broken]) != "" {
		end := strings.IndexByte(p.text[broken:], '\n')
		if end < 0 {
			p.moveTo(len(p.text))
			return
		}
		begin = broken + end + 1
	}
	if begin > p.pos {
		p.moveTo(begin)
		return
	}
	p.skip()
}
