package hostsfile

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/haplane/haplane/internal/plain"
)

const (
	// muslLine is the longest line, without its ending, that musl reads whole:
	// its buffer has 512 bytes, for the line, a newline and a NUL.
	muslLine = 510
	// windowsNames is the number of names of a line that Windows resolves.
	windowsNames = 9
)

// Warnings tells what may be written but may not do what its author expects.
func (b Block) Warnings() []Finding {
	var all []Finding
	add := func(msg, path string, args ...any) {
		if msg != "" {
			all = append(all, Finding{Severity: Warning, Place: fmt.Sprintf(path, args...), Message: plain.Line(msg)})
		}
	}
	seen := map[ownedName]place{}
	for i, e := range b.Entries {
		add(warnAddr(e.Addr), "entries[%d].addr", i)
		add(warnLine(e), "entries[%d]", i)
		for j, name := range e.Names {
			add(warnName(name), "entries[%d].names[%d]", i, j)
			key := ownedName{lowerName(name), e.Addr.Is4()}
			first, again := seen[key]
			if !again {
				seen[key] = place{i, j, e.Addr}
				continue
			}
			add(first.warn(name, e.Addr), "entries[%d].names[%d]", i, j)
		}
	}
	return all
}

// ownedName is a name in one address family.
type ownedName struct {
	name string
	is4  bool
}

// place is where a name stands first.
type place struct {
	entry, name int
	addr        netip.Addr
}

func (p place) warn(name string, addr netip.Addr) string {
	if p.addr == addr {
		return fmt.Sprintf("%s has this address already in entries[%d].names[%d]", name, p.entry, p.name)
	}
	return fmt.Sprintf("%s is also %s in entries[%d].names[%d]: resolvers give both addresses, and most programs use the first",
		name, p.addr, p.entry, p.name)
}

func warnAddr(addr netip.Addr) string {
	switch {
	case addr.Zone() != "":
		return "glibc passes over a line whose address has a zone"
	case addr.Is4In6():
		return fmt.Sprintf("glibc and musl disagree on IPv4-mapped addresses: write %s", addr.Unmap())
	case addr.IsLoopback():
		return "this is a loopback address, so every machine takes the name for itself"
	case addr.IsUnspecified():
		return "this is the unspecified address, which nobody can connect to"
	}
	return ""
}

func warnLine(e Entry) string {
	var reasons []string
	if n := len(e.String()); n > muslLine {
		reasons = append(reasons, fmt.Sprintf("musl reads %d bytes of a line at once and this one has %d: give the address a second entry", muslLine, n))
	}
	if n := len(e.Names); n > windowsNames {
		reasons = append(reasons, fmt.Sprintf("Windows resolves %d names of a line and this one has %d: give the address a second entry", windowsNames, n))
	}
	return strings.Join(reasons, "; ")
}

func warnName(name string) string {
	var reasons []string
	if strings.Contains(name, "_") {
		reasons = append(reasons, "RFC 1123 has no underscores in host names: Kubernetes and certificates refuse them")
	}
	if lowerName(name) != name {
		reasons = append(reasons, "musl finds the name only in this case, and Kubernetes writes names in lower case")
	}
	return strings.Join(reasons, "; ")
}
