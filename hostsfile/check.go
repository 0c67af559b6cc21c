package hostsfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Code names a kind of [Finding]. Codes do not change between releases.
type Code string

const (
	// CodeMarker is a fault in the markers of managed blocks: see [MarkerError].
	CodeMarker Code = "marker"
	// CodeShadowed is a name of a block for which a line above the block gives
	// another address of the same family, so that this one comes first.
	CodeShadowed Code = "shadowed"
	// CodeConflict is a name with two addresses of one family on lines of
	// different owners.
	CodeConflict Code = "conflict"
	// CodeDuplicate is a name that has the same address twice.
	CodeDuplicate Code = "duplicate"
	// CodeLoopbackName is a name of this machine, or of a block, on a loopback
	// address.
	CodeLoopbackName Code = "loopback-name"
	// CodeLocalhost is a localhost that is missing or is not 127.0.0.1.
	CodeLocalhost Code = "localhost"
	// CodeCloudInit is a file that cloud-init writes anew on every boot.
	CodeCloudInit Code = "cloud-init"
	// CodeUnreadable is a line that resolvers ignore.
	CodeUnreadable Code = "unreadable"
	// CodeBOM is a byte-order mark in front of the file.
	CodeBOM Code = "byte-order-mark"
	// CodeControl is a line with a control character that resolvers read each
	// in their own way: any but a tab and a carriage return.
	CodeControl Code = "control-character"
	// CodeZone is an address with a zone, which glibc ignores.
	CodeZone Code = "zone"
	// CodeMapped is an IPv4-mapped IPv6 address.
	CodeMapped Code = "ipv4-mapped"
	// CodeName is a name that is no host name of RFC 1123.
	CodeName Code = "name"
	// CodeUnderscore is a host name with an underscore.
	CodeUnderscore Code = "underscore"
	// CodeUpperCase is a name that musl finds in one spelling only.
	CodeUpperCase Code = "upper-case"
	// CodeMuslLineLength is a line that musl reads in pieces.
	CodeMuslLineLength Code = "musl-line-length"
	// CodeMuslIndent is a line that musl ignores because it begins with a blank.
	CodeMuslIndent Code = "musl-indent"
	// CodeLastLine is a last line without an ending. musl does not find its last
	// name, and glibc garbles that name where the line begins with a blank.
	CodeLastLine Code = "last-line"
	// CodeWindowsNames is a line with more names than Windows resolves.
	CodeWindowsNames Code = "windows-names"
)

// Finding is something in a file that its readers may take otherwise than its
// authors meant.
type Finding struct {
	// Code names the kind of finding.
	Code Code
	// Line counts from 1; 0 means the file as a whole.
	Line int
	// Name is the host name, where the finding is about one.
	Name string
	// Message says what is wrong, Advice what to do.
	Message, Advice string
}

// String prints "hosts:3: what is wrong; what to do [code]".
func (f Finding) String() string {
	where := "hosts"
	if f.Line > 0 {
		where = fmt.Sprintf("hosts:%d", f.Line)
	}
	return fmt.Sprintf("%s: %s; %s [%s]", where, f.Message, f.Advice, f.Code)
}

// Check gives what is worth knowing about the file, by line. For a file
// without findings glibc, musl and Go give the same addresses for every name in
// it, asked for both families.
func (f *File) Check() []Finding {
	var all []Finding
	regions, faults := f.regions()
	for _, fault := range faults {
		all = append(all, fault.finding())
	}
	all = append(all, f.checkLines()...)
	all = append(all, f.checkLocalhost()...)
	all = append(all, f.checkNames(regions)...)
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return all
}

// checkLocalhost asks for the one name that every machine needs.
func (f *File) checkLocalhost() []Finding {
	answer, ok := f.LookupName("localhost", IPv4)
	const advice = "add the line \"127.0.0.1 localhost\" at the top"
	switch {
	case !ok:
		return []Finding{{CodeLocalhost, 0, "localhost", "localhost has no IPv4 address", advice}}
	case !answer.Addrs[0].IsLoopback():
		return []Finding{{CodeLocalhost, answer.Lines[0], "localhost",
			fmt.Sprintf("localhost is %s, another machine", answer.Addrs[0]), advice}}
	}
	return nil
}

// checkLines looks at each line for itself.
func (f *File) checkLines() []Finding {
	var all []Finding
	for r := range f.rawLines() {
		all = append(all, r.check()...)
	}
	return all
}

func (r rawLine) check() []Finding {
	var all []Finding
	add := func(code Code, message, advice string) {
		all = append(all, Finding{code, r.number, "", message, advice})
	}
	if r.bom != "" {
		add(CodeBOM, "the file begins with a byte-order mark, and resolvers ignore its first line", "remove the mark")
	}
	if i := strings.IndexFunc(r.text, func(c rune) bool { return c != '\r' && c < 0x80 && isControl(byte(c)) }); i >= 0 {
		add(CodeControl, fmt.Sprintf("resolvers do not agree on the control character 0x%02x", r.text[i]), "remove it")
	}
	if n := len(r.bom) + len(r.text); n > muslLine {
		add(CodeMuslLineLength, fmt.Sprintf("musl reads %d bytes of a line at once and takes the rest of these %d for a line of its own", muslLine, n),
			"spread the names over several lines with the same address, or shorten the comment")
	}
	switch l := r.line(); l.Kind {
	case Comment:
		if isCloudInit(r.text) {
			add(CodeCloudInit, "cloud-init writes this file anew on every boot, and every edit is lost",
				"set manage_etc_hosts: false in cloud-init's configuration, or edit its template too")
		}
	case Unreadable:
		if r.bom != "" {
			break // said already
		}
		add(CodeUnreadable, "the line is ignored: "+strings.TrimSuffix(l.Err.Msg, ": "+mendLine), mendLine)
	case Mapping:
		all = append(all, r.checkEntry(l.Entry)...)
	}
	return all
}

// isCloudInit recognises the header that cloud-init's templates put in front
// of a file that they own.
func isCloudInit(text string) bool {
	text = strings.ToLower(text)
	_, value, found := strings.Cut(text, "manage_etc_hosts")
	return found && strings.Contains(value, "true")
}

func (r rawLine) checkEntry(e Entry) []Finding {
	var all []Finding
	add := func(code Code, name, message, advice string) {
		all = append(all, Finding{code, r.number, name, message, advice})
	}
	if isBlank(r.text[0]) {
		add(CodeMuslIndent, "", "the line begins with a blank, and musl ignores it", "remove the blank")
	}
	if last := e.Names[len(e.Names)-1]; r.ending == "" && strings.HasSuffix(r.text, last) && !strings.Contains(r.text, "#") {
		add(CodeLastLine, last, "the last line has no ending, so musl does not find its last name, "+last, "end the line")
	}
	if e.Addr.Zone() != "" {
		add(CodeZone, "", fmt.Sprintf("glibc ignores the line because the address %s has a zone", e.Addr), "give an address that needs no zone")
	}
	if e.Addr.Is4In6() {
		add(CodeMapped, "", fmt.Sprintf("%s is an IPv4 address to glibc and an IPv6 address to musl", e.Addr), "write "+e.Addr.Unmap().String())
	}
	if n := len(e.Names); n > windowsNames {
		add(CodeWindowsNames, "", fmt.Sprintf("Windows resolves %d names of a line and this one has %d", windowsNames, n),
			"spread the names over several lines with the same address")
	}
	for _, name := range e.Names {
		all = append(all, checkSpelling(r.number, name)...)
	}
	return all
}

func checkSpelling(line int, name string) []Finding {
	var all []Finding
	add := func(code Code, message, advice string) {
		all = append(all, Finding{code, line, name, message, advice})
	}
	if msg := checkHostname(name); msg != "" {
		add(CodeName, msg, "correct the name or remove it")
		return all
	}
	if strings.Contains(name, "_") {
		add(CodeUnderscore, fmt.Sprintf("%s has an underscore, which RFC 1123 does not allow: Kubernetes and certificates refuse it", name),
			"use a hyphen")
	}
	if lowerName(name) != name {
		add(CodeUpperCase, fmt.Sprintf("musl finds %s only in this spelling", name), "add the name in lower case, or write it so")
	}
	return all
}
