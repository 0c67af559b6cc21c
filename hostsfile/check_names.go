package hostsfile

import (
	"fmt"
	"net/netip"
	"strings"
)

// claim is one name on one line.
type claim struct {
	name  string
	addr  netip.Addr // IPv4-mapped addresses are IPv4 here, as for glibc
	line  int
	block string // empty outside the managed blocks
	index int    // tells apart a name that stands twice in a line
}

// where says where a claim stands.
func (c claim) where() string {
	if c.block == "" {
		return fmt.Sprintf("at line %d", c.line)
	}
	return fmt.Sprintf("in block %s at line %d", c.block, c.line)
}

// claims gives every name of the file with its owner.
func (f *File) claims(regions []region) []claim {
	var all []claim
	for m := range f.mappings() {
		for len(regions) > 0 && m.line.number > regions[0].end.line.number {
			regions = regions[1:]
		}
		block := ""
		if len(regions) > 0 && m.line.number > regions[0].begin.line.number {
			block = regions[0].begin.name
		}
		for _, name := range m.names {
			all = append(all, claim{name, m.addr.Unmap(), m.line.number, block, len(all)})
		}
	}
	return all
}

// registry knows the first claim of each kind, so that every claim is judged
// in constant time.
type registry struct {
	same    map[nameAddr]claim  // of this name and address, one in a block first
	outside map[ownedName]claim // of this name and family outside the blocks
	managed map[ownedName]claim // of this name and family in a block
}

type nameAddr struct {
	name string
	addr netip.Addr
}

func (c claim) nameAddr() nameAddr { return nameAddr{lowerName(c.name), c.addr} }

func (c claim) key() ownedName { return ownedName{lowerName(c.name), c.addr.Is4()} }

// other is the same name in the other address family.
func (k ownedName) other() ownedName { return ownedName{k.name, !k.is4} }

func register(claims []claim) registry {
	r := registry{map[nameAddr]claim{}, map[ownedName]claim{}, map[ownedName]claim{}}
	for _, c := range claims {
		first, seen := r.same[c.nameAddr()]
		if !seen || first.block == "" && c.block != "" {
			r.same[c.nameAddr()] = c
		}
		owners := r.outside
		if c.block != "" {
			owners = r.managed
		}
		if _, seen := owners[c.key()]; !seen {
			owners[c.key()] = c
		}
	}
	return r
}

// checkNames looks for names that several lines claim.
func (f *File) checkNames(regions []region) []Finding {
	var all []Finding
	claims := f.claims(regions)
	r := register(claims)
	for _, c := range claims {
		for _, judge := range []func(claim) (Finding, bool){r.loopback, r.duplicate, r.conflict} {
			if finding, found := judge(c); found {
				finding.Line, finding.Name = c.line, c.name
				all = append(all, finding)
				break
			}
		}
	}
	return all
}

// loopback finds the name of a machine on a loopback address.
func (r registry) loopback(c claim) (Finding, bool) {
	if c.block != "" || !c.addr.IsLoopback() || isLocal(c.name) {
		return Finding{}, false
	}
	for _, key := range []ownedName{c.key(), c.key().other()} {
		if m, ok := r.managed[key]; ok && !m.addr.IsLoopback() {
			return Finding{
				Code: CodeLoopbackName,
				Message: fmt.Sprintf("%s is %s here but %s %s: programs that resolve their own name get the loopback address, and kubeadm may advertise it",
					c.name, c.addr, m.addr, m.where()),
				Advice: "remove the name here, or let the block adopt it",
			}, true
		}
	}
	if c.addr != debianHost {
		return Finding{}, false
	}
	return Finding{
		Code: CodeLoopbackName,
		Message: fmt.Sprintf("%s is %s, where Debian's installer and cloud-init put the machine's own name: "+
			"programs that resolve it get the loopback address, and kubeadm may advertise it", c.name, c.addr),
		Advice: "give it the address that the machine has in the network",
	}, true
}

// debianHost is where Debian's installer puts the name of the machine.
var debianHost = netip.AddrFrom4([4]byte{127, 0, 1, 1})

// isLocal tells the names that belong on a loopback address.
func isLocal(name string) bool {
	name = lowerName(name)
	return strings.HasPrefix(name, "localhost") || strings.HasPrefix(name, "ip6-") || strings.HasSuffix(name, ".localhost")
}

// duplicate finds what is said twice. Of a line in a block and one outside it
// is the latter that is reported.
func (r registry) duplicate(c claim) (Finding, bool) {
	first := r.same[c.nameAddr()]
	if first.index == c.index {
		return Finding{}, false
	}
	finding := Finding{
		Code:    CodeDuplicate,
		Message: fmt.Sprintf("%s is %s also %s", c.name, c.addr, first.where()),
		Advice:  "remove the name here",
	}
	if c.line == first.line {
		finding.Message = fmt.Sprintf("%s stands twice in this line", c.name)
	}
	return finding, true
}

// conflict finds other addresses of the same family with another owner.
func (r registry) conflict(c claim) (Finding, bool) {
	other, ok := r.managed[c.key()]
	if !ok {
		other = r.outside[c.key()]
	}
	if other.addr == c.addr || other.block != "" && other.block == c.block {
		return Finding{}, false
	}
	finding := Finding{
		Code:    CodeConflict,
		Message: fmt.Sprintf("%s is %s here but %s %s: resolvers give both", c.name, c.addr, other.addr, other.where()),
		Advice:  "remove the address that is wrong",
	}
	if c.block == "" && other.block != "" {
		finding.Advice = "remove the name here, or let the block adopt it"
		if c.line < other.line {
			finding.Code = CodeShadowed
			finding.Message = fmt.Sprintf("%s is %s here, which comes before %s %s: programs that take the first address take this one",
				c.name, c.addr, other.addr, other.where())
		}
	}
	return finding, true
}
