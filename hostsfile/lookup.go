package hostsfile

import (
	"iter"
	"net/netip"
	"slices"
)

// Family is the kind of address that a lookup asks for.
type Family int

const (
	// AnyFamily asks for IPv4 and IPv6, as getaddrinfo with AF_UNSPEC does.
	AnyFamily Family = iota
	// IPv4 asks as AF_INET does.
	IPv4
	// IPv6 asks as AF_INET6 does.
	IPv6
)

// Answer is what a lookup finds.
type Answer struct {
	// Canonical is the first name of the first line that answers. It is empty
	// where that line has an address and no name.
	Canonical string
	// Aliases are the other names, in the order in which getent prints them.
	// A name that several lines give is in there several times.
	Aliases []string
	// Addrs are the addresses in the order of the file, repeated where the
	// file repeats them. getaddrinfo sorts them by RFC 6724 afterwards.
	Addrs []netip.Addr
	// Lines are the numbers of the lines that answer.
	Lines []int
}

// LookupName answers as the files service of glibc's name service switch does,
// and tells whether the file knows the name:
//
//   - Letters match in either case, an alias matches as the first name does,
//     and a final dot is part of a name.
//   - Every line that matches adds its address ("multi on" in host.conf(5), as
//     distributions ship it; without it the first line alone answers).
//   - A line with a zone in its address, or with something that is no address,
//     is passed over.
//   - For IPv4, ::1 stands for 127.0.0.1 and an IPv4-mapped IPv6 address for
//     the IPv4 address in it.
//   - A name that reads as an address, "10" and "0x7f.1" included, is never
//     looked up.
func (f *File) LookupName(name string, family Family) (Answer, bool) {
	var a Answer
	if readsAsAddress(name) {
		return a, false
	}
	for m := range f.mappings() {
		addr, ok := inFamily(m.addr, family)
		if !ok || !slices.ContainsFunc(m.names, func(n string) bool { return sameName(n, name) }) {
			continue
		}
		a.add(m, addr)
	}
	return a, len(a.Lines) > 0
}

// LookupAddr answers as the files service of glibc's name service switch does,
// and tells whether the file knows the address. The first line that has it
// answers alone, even if it has no name. An address with a zone is looked up
// without it.
//
// An IPv4 address is also found as the IPv4-mapped IPv6 address, and 127.0.0.1
// as ::1, but not the other way round.
func (f *File) LookupAddr(addr netip.Addr) (Answer, bool) {
	var a Answer
	addr = addr.WithZone("")
	family := IPv6
	if addr.Is4() {
		family = IPv4
	}
	for m := range f.mappings() {
		if found, ok := inFamily(m.addr, family); ok && found == addr {
			a.add(m, addr)
			break
		}
	}
	return a, len(a.Lines) > 0
}

// add puts a line that matches into the answer.
func (a *Answer) add(m mapping, addr netip.Addr) {
	names := m.names
	if len(names) == 0 {
		names = []string{""}
	}
	if len(a.Lines) == 0 {
		a.Canonical = names[0]
	}
	a.Aliases = append(a.Aliases, names[1:]...)
	if names[0] != a.Canonical {
		a.Aliases = append(a.Aliases, names[0])
	}
	a.Addrs = append(a.Addrs, addr)
	a.Lines = append(a.Lines, m.line.number)
}

// mapping is a line that begins with an address. It may have no names.
type mapping struct {
	line    rawLine
	addr    netip.Addr
	names   []string
	comment string
}

// mappings gives the lines that begin with an address.
func (f *File) mappings() iter.Seq[mapping] {
	return func(yield func(mapping) bool) {
		for r := range f.rawLines() {
			field, names, comment := splitEntry(r.text)
			if field == "" || r.bom != "" {
				continue
			}
			addr, err := netip.ParseAddr(field)
			if err == nil && !yield(mapping{r, addr, names, comment}) {
				return
			}
		}
	}
}

// inFamily gives the address that glibc makes of one in the file for a lookup
// in a family.
func inFamily(addr netip.Addr, family Family) (netip.Addr, bool) {
	switch {
	case addr.Zone() != "":
		return addr, false
	case family == IPv4 && addr == netip.IPv6Loopback():
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	case family == IPv4:
		addr = addr.Unmap()
		return addr, addr.Is4()
	case family == IPv6:
		return addr, addr.Is6()
	}
	return addr, true
}
