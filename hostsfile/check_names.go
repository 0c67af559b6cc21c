package hostsfile

import (
	"fmt"
	"net/netip"
	"strings"
)

// claim is one name on one line.
type claim struct {
	name    string
	addr    netip.Addr // IPv4-mapped addresses are IPv4 here, as for glibc
	line    int
	block   string // empty outside the managed blocks
	foreign string // the tool that manages the line, if another one does
	index   int    // tells apart a name that stands twice in a line
}

// where says where a claim stands.
func (c claim) where() string {
	if c.block == "" {
		return fmt.Sprintf("at line %d", c.line)
	}
	return fmt.Sprintf("in block %s at line %d", c.block, c.line)
}

// claims returns every name of the file with its owner.
func (f *File) claims(regions []region, foreign []foreignRegion) []claim {
	var all []claim
	for m := range f.mappings() {
		number := m.line.number
		for len(regions) > 0 && number > regions[0].end.line.number {
			regions = regions[1:]
		}
		for len(foreign) > 0 && number > foreign[0].end {
			foreign = foreign[1:]
		}
		block, tool := "", ""
		switch {
		case len(regions) > 0 && number > regions[0].begin.line.number:
			block = regions[0].begin.name
		case len(foreign) > 0 && number > foreign[0].begin:
			tool = foreign[0].title
		case strings.HasPrefix(m.comment, perLine):
			tool = "Vagrant"
		}
		for _, name := range m.names {
			all = append(all, claim{name, m.addr.Unmap(), number, block, tool, len(all)})
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
func checkNames(claims []claim) []note {
	var all []note
	r := register(claims)
	for _, c := range claims {
		for _, judge := range []func(claim) (note, bool){r.loopback, r.duplicate, r.conflict} {
			if n, found := judge(c); found {
				all = append(all, n)
				break
			}
		}
	}
	return all
}

// note makes a finding about the claim.
func (c claim) note(code, message, remedy string) note {
	if c.foreign != "" {
		remedy = fmt.Sprintf("the line is in the block %q of another tool: have that tool take the name out", c.foreign)
	}
	return newNote(c.line, code, c.name, message, remedy)
}

const (
	removeHere       = "remove the name here"
	removeOrAdopt    = "remove the name here, or let the block adopt it"
	loopbackIsTaken  = "programs that resolve their own name get the loopback address, and kubeadm may advertise it"
	installersChoice = "where Debian's installer and cloud-init put the machine's own name"
)

// loopback finds the name of a machine on a loopback address.
func (r registry) loopback(c claim) (note, bool) {
	if c.block != "" || !c.addr.IsLoopback() || isLocal(c.name) {
		return note{}, false
	}
	for _, key := range []ownedName{c.key(), c.key().other()} {
		if m, ok := r.managed[key]; ok && !m.addr.IsLoopback() {
			return c.note(CodeLoopbackName, fmt.Sprintf("it is %s here but %s %s: %s", c.addr, m.addr, m.where(), loopbackIsTaken), removeOrAdopt), true
		}
	}
	if c.addr != debianHost {
		return note{}, false
	}
	return c.note(CodeLoopbackName, fmt.Sprintf("it is %s, %s: %s", c.addr, installersChoice, loopbackIsTaken),
		"give it the address that the machine has in the network"), true
}

// debianHost is where Debian's installer puts the name of the machine.
var debianHost = netip.AddrFrom4([4]byte{127, 0, 1, 1})

// isLocal reports a name that belongs on a loopback address.
func isLocal(name string) bool {
	name = lowerName(name)
	return strings.HasPrefix(name, "localhost") || strings.HasPrefix(name, "ip6-") || strings.HasSuffix(name, ".localhost")
}

// duplicate finds what is said twice. Of a line in a block and one outside it
// is the latter that is reported.
func (r registry) duplicate(c claim) (note, bool) {
	first := r.same[c.nameAddr()]
	switch {
	case first.index == c.index:
		return note{}, false
	case c.line == first.line:
		return c.note(CodeDuplicate, "it stands twice in this line", removeHere), true
	}
	return c.note(CodeDuplicate, fmt.Sprintf("it is %s also %s", c.addr, first.where()), removeHere), true
}

// conflict finds other addresses of the same family with another owner.
func (r registry) conflict(c claim) (note, bool) {
	other, ok := r.managed[c.key()]
	if !ok {
		other = r.outside[c.key()]
	}
	switch {
	case c.addr.Zone() != "" && isLocal(c.name): // as macOS has it
		return note{}, false
	case other.addr == c.addr || other.block != "" && other.block == c.block:
		return note{}, false
	case c.block != "" || other.block == "":
		return c.note(CodeConflict, fmt.Sprintf("it is %s here but %s %s: resolvers give both", c.addr, other.addr, other.where()),
			"remove the address that is wrong"), true
	case c.line < other.line:
		return c.note(CodeShadowed, fmt.Sprintf("it is %s here, which comes before %s %s: programs that take the first address take this one",
			c.addr, other.addr, other.where()), removeOrAdopt), true
	}
	return c.note(CodeConflict, fmt.Sprintf("it is %s here but %s %s: resolvers give both", c.addr, other.addr, other.where()), removeOrAdopt), true
}
