package hostsfile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The codes of findings. They do not change between releases.
const (
	// CodeMarker is a fault in the markers of managed blocks: see [MarkerError].
	CodeMarker = "marker"
	// CodeShadowed is a name of a block for which a line above the block gives
	// another address of the same family, so that this one comes first.
	CodeShadowed = "shadowed"
	// CodeConflict is a name with two addresses of one family on lines of
	// different owners.
	CodeConflict = "conflict"
	// CodeDuplicate is a name that has the same address twice.
	CodeDuplicate = "duplicate"
	// CodeLoopbackName is a name of this machine, or of a block, on a loopback
	// address.
	CodeLoopbackName = "loopback-name"
	// CodeLocalhost is a localhost that is missing or is not 127.0.0.1.
	CodeLocalhost = "localhost"
	// CodeGenerated is a file that a program writes anew, as its header says:
	// cloud-init, WSL, the kubelet and others.
	CodeGenerated = "generated"
	// CodeInsideForeign is a managed block inside the block of another tool,
	// which overwrites it.
	CodeInsideForeign = "inside-foreign-block"
	// CodeUnclosedForeign is a marker that begins the block of another tool and
	// has no end.
	CodeUnclosedForeign = "unclosed-foreign-block"
	// CodeUnreadable is a line that resolvers ignore.
	CodeUnreadable = "unreadable"
	// CodeBOM is a byte-order mark in front of a line.
	CodeBOM = "byte-order-mark"
	// CodeControl is a line with a control character that resolvers read each
	// in their own way: any but a tab and a carriage return.
	CodeControl = "control-character"
	// CodeZone is an address with a zone, which glibc ignores.
	CodeZone = "zone"
	// CodeMapped is an IPv4-mapped IPv6 address.
	CodeMapped = "ipv4-mapped"
	// CodeName is a name that is no host name of RFC 1123.
	CodeName = "name"
	// CodeUnderscore is a host name with an underscore.
	CodeUnderscore = "underscore"
	// CodeUpperCase is a name that musl finds in one spelling only.
	CodeUpperCase = "upper-case"
	// CodeMuslLineLength is a line that musl reads in pieces.
	CodeMuslLineLength = "musl-line-length"
	// CodeMuslIndent is a line that musl ignores because it begins with a blank.
	CodeMuslIndent = "musl-indent"
	// CodeLastLine is a last line without an ending. musl does not find its last
	// name, and glibc garbles that name where the line begins with a blank.
	CodeLastLine = "last-line"
	// CodeWindowsNames is a line with more names than Windows resolves.
	CodeWindowsNames = "windows-names"
)

// Check returns what is worth knowing about the file: first what is about the
// markers and the names of the managed blocks, by line, then everything else,
// by line. Of each code it tells the first few and sums up the others, so that a
// long list of a stranger hides nothing. For a file without findings glibc, musl
// and Go give the same addresses for every name in it, asked for both families.
func (f *File) Check() []Finding {
	regions, faults := f.regions()
	foreign := f.foreignRegions()
	var all []note
	for _, fault := range faults {
		all = append(all, fault.note())
	}
	all = append(all, f.checkHeader()...)
	all = append(all, checkInside(regions, foreign)...)
	all = append(all, f.checkLines()...)
	all = append(all, f.checkLocalhost()...)
	claims := f.claims(regions, foreign)
	all = append(all, checkNames(claims)...)
	slices.SortStableFunc(all, func(a, b note) int { return cmp.Compare(a.line, b.line) })
	return ordered(all, claims, regions)
}

// ordered puts what concerns the managed blocks first, and sums up.
func ordered(all []note, claims []claim, regions []region) []Finding {
	own := map[string]bool{}
	for _, c := range claims {
		if c.block != "" {
			own[lowerName(c.name)] = true
		}
	}
	first, rest := summary{limit: 20}, summary{limit: 3}
	for _, n := range all {
		for len(regions) > 0 && n.line > regions[0].end.line.number {
			regions = regions[1:]
		}
		inside := len(regions) > 0 && n.line >= regions[0].begin.line.number
		aboutAll := n.Code == CodeMarker || n.Code == CodeGenerated || n.Code == CodeInsideForeign
		if inside || aboutAll || own[lowerName(n.Subject)] {
			first.add(n)
		} else {
			rest.add(n)
		}
	}
	return append(first.findings(), rest.findings()...)
}

// summary tells some of the notes of each code and counts the others.
type summary struct {
	limit int
	told  []Finding
	codes []string
	notes map[string][]note // what is beyond the limit: the first and the last
	count map[string]int
}

func (s *summary) add(n note) {
	if s.count == nil {
		s.count, s.notes = map[string]int{}, map[string][]note{}
	}
	s.count[n.Code]++
	if s.count[n.Code] <= s.limit {
		s.told = append(s.told, n.Finding)
		return
	}
	if s.notes[n.Code] == nil {
		s.codes = append(s.codes, n.Code)
		s.notes[n.Code] = []note{n, n}
	}
	s.notes[n.Code][1] = n
}

func (s *summary) findings() []Finding {
	for _, code := range s.codes {
		first, last := s.notes[code][0], s.notes[code][1]
		more := first
		if n := s.count[code] - s.limit; n > 1 {
			more = newNote(first.line, code, "", fmt.Sprintf("%d more findings of this kind, up to line %d", n, last.line), "see those above")
		}
		s.told = append(s.told, more.Finding)
	}
	return s.told
}

// checkLocalhost asks for the one name that every machine needs.
func (f *File) checkLocalhost() []note {
	answer, ok := f.LookupName("localhost", IPv4)
	const remedy = "add the line \"127.0.0.1 localhost\" at the top"
	switch {
	case !ok:
		return []note{newNote(0, CodeLocalhost, "localhost", "it has no IPv4 address", remedy)}
	case !answer.Addrs[0].IsLoopback():
		return []note{newNote(answer.Lines[0], CodeLocalhost, "localhost", fmt.Sprintf("it is %s, another machine", answer.Addrs[0]), remedy)}
	}
	return nil
}

// header is what the top of a generated file says.
type header struct {
	sign                *regexp.Regexp
	severity            Severity
	message, remedy     string
	zonesAreOfNoTrouble bool
}

var headers = []header{
	{regexp.MustCompile(`(?i)manage_etc_hosts.*true`), Warning,
		"cloud-init writes this file anew on every boot, and every edit is lost",
		"set manage_etc_hosts: false in cloud-init's configuration, or edit its template too", false},
	{regexp.MustCompile(`(?i)automatically generated by WSL`), Warning,
		"WSL writes this file anew whenever it starts, and every edit is lost",
		"set generateHosts = false below [network] in /etc/wsl.conf", false},
	{regexp.MustCompile(`(?i)Kubernetes-managed hosts file`), Warning,
		"this is the file of a pod, which the kubelet writes anew with every container, and not that of a machine",
		"edit the machine's own file; for a pod set hostAliases", false},
	{regexp.MustCompile(`^#\s*Host Database\s*$`), Info,
		"this is the file of a Mac, which is no machine of a kubeadm cluster",
		"see whether it is the file that you mean", true},
	{regexp.MustCompile(`(?i)\bauto-?generated\b|automatically generated|\bgenerated by\b|\b(?:managed|maintained|controlled) by (?:ansible|cfengine|chef|puppet|salt)|ansible managed`), Warning,
		"the header says that a program writes this file, and it may overwrite every edit",
		"have that program write the block, or leave the file to it no longer", false},
}

// header finds who writes the file, by the comments in front of its first entry.
func (f *File) header() (at rawLine, h header, found bool) {
	for r := range f.rawLines() {
		if addr, _, _ := splitEntry(r.text); addr != "" {
			break
		}
		for _, h := range headers {
			if h.sign.MatchString(r.text) && !isMarker(r.text) {
				return r, h, true
			}
		}
	}
	return rawLine{}, header{}, false
}

func (f *File) checkHeader() []note {
	at, h, found := f.header()
	if !found {
		return nil
	}
	n := newNote(at.number, CodeGenerated, "", h.message, h.remedy)
	n.Severity = h.severity
	return []note{n}
}

// checkInside finds blocks that another tool takes for its own, and those of
// other tools that have no end.
func checkInside(regions []region, foreign []foreignRegion) []note {
	var all []note
	for _, r := range foreign {
		if !r.closed {
			all = append(all, newNote(r.begin, CodeUnclosedForeign, "",
				fmt.Sprintf("the marker %q of another tool has no end: everything behind it is taken to be of that tool", r.title),
				"put its end marker where its lines end"))
		}
	}
	for _, r := range regions {
		for len(foreign) > 0 && foreign[0].end < r.begin.line.number {
			foreign = foreign[1:]
		}
		if len(foreign) > 0 && foreign[0].begin < r.begin.line.number {
			all = append(all, newNote(r.begin.line.number, CodeInsideForeign, "",
				fmt.Sprintf("block %s stands inside the block %q of another tool, which begins at line %d and is overwritten by it", r.begin.name, foreign[0].title, foreign[0].begin),
				"move the block out of there, with its markers"))
		}
	}
	return all
}

// checkLines looks at each line for itself.
func (f *File) checkLines() []note {
	var all []note
	_, h, _ := f.header()
	for r := range f.rawLines() {
		all = append(all, r.check(h.zonesAreOfNoTrouble)...)
	}
	return all
}

func (r rawLine) check(zones bool) []note {
	var all []note
	add := func(code, message, remedy string) {
		all = append(all, newNote(r.number, code, "", message, remedy))
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
	case Unreadable:
		switch {
		case r.bom != "": // said already
		case strings.HasPrefix(r.text, bom):
			add(CodeBOM, "a byte-order mark stands in front of the address, and resolvers ignore the line", "remove the mark")
		default:
			add(CodeUnreadable, "the line is ignored: "+strings.TrimSuffix(l.Err.Msg, ": "+mendLine), mendLine)
		}
	case Mapping:
		all = append(all, r.checkEntry(l.Entry, zones)...)
	}
	return all
}

func (r rawLine) checkEntry(e Entry, zones bool) []note {
	var all []note
	add := func(code, name, message, remedy string) {
		all = append(all, newNote(r.number, code, name, message, remedy))
	}
	if isBlank(r.text[0]) {
		add(CodeMuslIndent, "", "the line begins with a blank, and musl ignores it", "remove the blank")
	}
	if last := e.Names[len(e.Names)-1]; r.ending == "" && strings.HasSuffix(r.text, last) && !strings.Contains(r.text, "#") {
		add(CodeLastLine, last, "the last line has no ending, so musl does not find its last name, which is this one", "end the line")
	}
	if e.Addr.Zone() != "" && !zones {
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

func checkSpelling(line int, name string) []note {
	if msg := checkHostname(name); msg != "" {
		return []note{newNote(line, CodeName, name, msg, "correct the name or remove it")}
	}
	var all []note
	if strings.Contains(name, "_") {
		all = append(all, newNote(line, CodeUnderscore, name, "RFC 1123 does not allow the underscore: Kubernetes and certificates refuse it", "use a hyphen"))
	}
	if lowerName(name) != name {
		all = append(all, newNote(line, CodeUpperCase, name, "musl finds the name only in this spelling", "add the name in lower case, or write it so"))
	}
	return all
}
