package haproxylog

import (
	"bytes"
	"math"
	"net/netip"
	"strings"
)

// The functions of this file walk over a line: each takes where it stands and
// gives where it stands then. What is not as expected gives the complement of
// the place, which is negative, and which every later step hands on untouched:
// a caller looks once, at the end.

// fail is what a step gives that found something unexpected at i.
func fail(i int) int {
	if i < 0 {
		return i
	}
	return ^i
}

// at gives the byte at i, or 0 where there is none.
func at(line []byte, i int) byte {
	if uint(i) < uint(len(line)) {
		return line[i]
	}
	return 0
}

// expect walks over one byte that must be b.
func expect(line []byte, i int, b byte) int {
	if at(line, i) != b {
		return fail(i)
	}
	return i + 1
}

// skip walks over b where it is next.
func skip(line []byte, i int, b byte) (bool, int) {
	if at(line, i) != b {
		return false, i
	}
	return true, i + 1
}

// word gives what stands before the next end byte, not nothing, and walks over
// both.
func word(line []byte, i int, end byte) ([]byte, int) {
	for j := i; uint(j) < uint(len(line)); j++ {
		if line[j] == end {
			if j == i {
				break
			}
			return line[i:j], j + 1
		}
	}
	return nil, fail(i)
}

// maxDigits is how many digits surely fit into an int64.
const maxDigits = 18

// number reads digits and the end byte behind them.
func number(line []byte, i int, end byte) (n int64, next int) {
	for j := i; uint(j) < uint(len(line)); j++ {
		if digit := line[j] - '0'; digit < 10 {
			n = n*10 + int64(digit)
			continue
		}
		if line[j] == end && j > i && j-i <= maxDigits {
			return n, j + 1
		}
		break
	}
	return 0, fail(i)
}

// timer reads a number, or the -1 of a timer that never stopped, and the end
// byte.
func timer(line []byte, i int, end byte) (Timer, int) {
	if at(line, i) == '-' {
		if at(line, i+1) != '1' {
			return 0, fail(i)
		}
		return Unknown, expect(line, i+2, end)
	}
	n, next := number(line, i, end)
	return Timer(n), next
}

// count reads a number that counts connections and the end byte.
func count(line []byte, i int, end byte) (int, int) {
	n, next := number(line, i, end)
	if n > math.MaxInt32 {
		return 0, fail(i)
	}
	return int(n), next
}

// counts reads numbers that count connections, each with a slash behind it.
func counts(line []byte, i int, to *[4]int) int {
	if i < 0 {
		return i
	}
	k, n := 0, int64(0)
	for j := i; j < len(line); j++ {
		if digit := line[j] - '0'; digit < 10 {
			n = n*10 + int64(digit)
			continue
		}
		if line[j] != '/' || n > math.MaxInt32 || j == i || j-i > maxDigits {
			return fail(i)
		}
		to[k], i, n = int(n), j+1, 0
		if k++; k == len(to) {
			return i
		}
	}
	return fail(i)
}

// lastCount reads a count that ends the line or stands before a space.
func lastCount(line []byte, i int) (n, next int) {
	if i < 0 {
		return 0, i
	}
	number, end := int64(0), i
	for ; end < len(line) && line[end] != ' '; end++ {
		digit := line[end] - '0'
		if digit > 9 || end-i == maxDigits {
			return 0, fail(i)
		}
		number = number*10 + int64(digit)
	}
	if end == i || number > math.MaxInt32 {
		return 0, fail(i)
	}
	return int(number), min(end+1, len(line))
}

// termination reads the two letters of %ts and the space behind them.
func termination(line []byte, i int) (Termination, int) {
	if i < 0 || len(line)-i < len("-- ") {
		return Termination{}, fail(i)
	}
	t := Termination{line[i], line[i+1]}
	if !isFirst[t[0]] || !isSecond[t[1]] || line[i+2] != ' ' {
		return Termination{}, fail(i)
	}
	return t, i + len("-- ")
}

// addrPort reads ADDRESS:PORT and the space behind it. HAProxy writes IPv6
// without brackets, so the last colon is the port's, and "unix" for a UNIX
// socket, which gives the zero value.
func addrPort(line []byte, i int) (netip.AddrPort, int) {
	quad, j := ipv4(line, i)
	if j < 0 {
		return otherAddrPort(line, i)
	}
	port, j := number(line, j, ' ')
	if j < 0 || port > math.MaxUint16 {
		return netip.AddrPort{}, fail(i)
	}
	return netip.AddrPortFrom(netip.AddrFrom4(quad), uint16(port)), j
}

// ipv4 reads a dotted quad and the colon behind it, without the copy that
// netip.ParseAddr needs.
func ipv4(line []byte, i int) (quad [4]byte, next int) {
	ends := [4]byte{'.', '.', '.', ':'}
	j := i
	for part, end := range ends {
		start := j
		var n int64
		if n, j = number(line, j, end); n > math.MaxUint8 || j-start > len("255.") {
			return quad, fail(i)
		}
		quad[part] = byte(n)
	}
	return quad, j
}

func otherAddrPort(line []byte, i int) (netip.AddrPort, int) {
	text, next := word(line, i, ' ')
	a, ok := parseAddrPort(string(text))
	if !ok {
		return netip.AddrPort{}, fail(i)
	}
	return a, next
}

func parseAddrPort(text string) (netip.AddrPort, bool) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return netip.AddrPort{}, false
	}
	port, ok := parseUint([]byte(text[colon+1:]), math.MaxUint16)
	if !ok {
		return netip.AddrPort{}, false
	}
	host := strings.Trim(text[:colon], "[]")
	if host == "unix" {
		return netip.AddrPort{}, true
	}
	addr, err := netip.ParseAddr(host)
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), err == nil
}

// parseUint reads a word that is a number up to a limit. Ten digits are more
// than an int has on every platform.
func parseUint[N int | int64](b []byte, limit N) (N, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := int64(0)
	for _, d := range b {
		if !isDigit(d) {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	return N(n), n <= int64(limit)
}

func isDigit(b byte) bool { return b-'0' < 10 }

// cutWord cuts the first word and the spaces behind it.
func cutWord(b []byte) (word, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	return b[:i], bytes.TrimLeft(b[i:], " ")
}
