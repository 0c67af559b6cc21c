package haproxylog

import (
	"bytes"
	"net/netip"
)

// cursor walks over a line. The first thing that is not as expected is kept in
// bad; every step after it gives zero values.
type cursor struct {
	line []byte
	at   int
	bad  *syntaxError
}

// syntaxError is what is wrong at a byte of a line.
type syntaxError struct {
	at  int
	msg string
}

func (c *cursor) fail(msg string) {
	if c.bad == nil {
		c.bad = &syntaxError{c.at, msg}
	}
}

// rest is what the cursor has not walked over.
func (c *cursor) rest() []byte { return c.line[c.at:] }

// skip walks over one byte where it is next.
func (c *cursor) skip(b byte) bool {
	if c.at < len(c.line) && c.line[c.at] == b {
		c.at++
		return true
	}
	return false
}

// word gives what stands before the next end byte and walks over both.
func (c *cursor) word(end byte) []byte {
	rest := c.rest()
	n := bytes.IndexByte(rest, end)
	if n <= 0 {
		c.fail("the line ends too early")
		return nil
	}
	c.at += n + 1
	return rest[:n]
}

// number reads a number, or -1, and the byte behind it: end, which must be
// there, or for end 0 a space or the end of the line.
func (c *cursor) number(field string, end byte) int64 {
	line, i := c.line, c.at
	negative := i < len(line) && line[i] == '-'
	if negative {
		i++
	}
	start := i
	var n int64
	for ; i < len(line) && line[i]-'0' < 10; i++ {
		n = n*10 + int64(line[i]-'0')
	}
	if i == start || i-start > 18 || negative && n != 1 {
		c.fail(field + " is not a number")
		return 0
	}
	if !c.ends(i, end) {
		c.at = i
		c.fail(field + " is not followed by what a tcplog line has there")
		return 0
	}
	if negative {
		return -1
	}
	return n
}

func (c *cursor) ends(i int, end byte) bool {
	if i >= len(c.line) {
		c.at = i
		return end == 0
	}
	c.at = i + 1
	return c.line[i] == end || end == 0 && c.line[i] == ' '
}

// termination reads the two letters of %ts and the space behind them.
func (c *cursor) termination() Termination {
	rest := c.rest()
	if len(rest) < 3 || rest[2] != ' ' {
		c.fail("the termination state is not two letters")
		return Termination{}
	}
	t := Termination{rest[0], rest[1]}
	if !t.valid() {
		c.fail("the termination state is none that HAProxy has")
		return Termination{}
	}
	c.at += 3
	return t
}

// expect walks over one byte that must be next.
func (c *cursor) expect(b byte) {
	if !c.skip(b) {
		c.fail("the line has no " + string(rune(b)) + " here")
	}
}

// addrPort reads ADDRESS:PORT and the space behind it. HAProxy writes IPv6
// without brackets, so the last colon is the port's, and "unix" for a UNIX
// socket, which gives the zero value.
func (c *cursor) addrPort() netip.AddrPort {
	start := c.at
	word := c.word(' ')
	if a, ok := parseAddrPort(word); ok {
		return a
	}
	c.at = start
	c.fail("this is no ADDRESS:PORT")
	return netip.AddrPort{}
}

func parseAddrPort(word []byte) (netip.AddrPort, bool) {
	colon := bytes.LastIndexByte(word, ':')
	if colon < 0 {
		return netip.AddrPort{}, false
	}
	port, ok := parseUint(word[colon+1:], 1<<16-1)
	if !ok {
		return netip.AddrPort{}, false
	}
	host := word[:colon]
	if string(host) == "unix" {
		return netip.AddrPort{}, true
	}
	addr, ok := parseIPv4(host)
	if !ok {
		var err error
		if addr, err = netip.ParseAddr(string(bytes.Trim(host, "[]"))); err != nil {
			return netip.AddrPort{}, false
		}
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}

// parseIPv4 reads a dotted quad without the copy that netip.ParseAddr needs.
func parseIPv4(b []byte) (netip.Addr, bool) {
	var quad [4]byte
	part, n := 0, -1
	for _, d := range b {
		switch {
		case isDigit(d) && n < 0:
			n = int(d - '0')
		case isDigit(d) && n > 0 && n*10+int(d-'0') <= 255:
			n = n*10 + int(d-'0')
		case d == '.' && n >= 0 && part < 3:
			quad[part] = byte(n)
			part, n = part+1, -1
		default:
			return netip.Addr{}, false
		}
	}
	if part != 3 || n < 0 {
		return netip.Addr{}, false
	}
	quad[3] = byte(n)
	return netip.AddrFrom4(quad), true
}

func parseUint(b []byte, limit int) (int, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := 0
	for _, d := range b {
		if !isDigit(d) {
			return 0, false
		}
		n = n*10 + int(d-'0')
	}
	return n, n <= limit
}

func isDigit(b byte) bool { return b-'0' < 10 }
