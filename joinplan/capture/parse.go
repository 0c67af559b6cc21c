package capture

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
)

// ParseError is a line of a capture that could not be read: Input names the
// file, Line the line in it, and Msg says what is wrong and what to do.
type ParseError = finding.ParseError

// MaxSize is the size in bytes of the largest capture that [Parse] reads: the
// nodes and pods of a cluster of 5,000 machines fit.
const MaxSize = 256 << 20

// Capture is what one machine said.
type Capture struct {
	// Name is what the machine calls itself.
	Name string
	Role Role
	// LeftOut says what is missing on purpose.
	LeftOut []string
	// Runs and Files are in the order of the capture.
	Runs  []Run
	Files []File
	// Absent are paths of files that were looked for and are not there, Unread
	// those that are there and could not be shown without their secrets. What is
	// in neither, and no file, was not looked for.
	Absent, Unread []string
}

// Run is a command that was run.
type Run struct {
	// Label names it, as a person would write it: "ip addr", "kubectl get nodes".
	Label string
	// Output is what it printed, Complaints what it wrote to standard error.
	Output, Complaints []byte
	// Status is its exit status.
	Status int
}

// File is a file of the machine.
type File struct {
	// Path on the machine, absolute.
	Path string
	// Changed is when it was, to the second, by the machine's clock.
	Changed time.Time
	// Content is without what is secret.
	Content []byte
}

// Parse reads a capture, whose input is called name in errors. What stands
// before its first line and behind its last one is passed over, and so are
// carriage returns that a terminal has put behind every line. Everything else must
// be as the script prints it: a capture that was cut off, edited or put together
// from several is refused.
//
// Errors are *[ParseError]: the first line that is wrong.
func Parse(name string, text []byte) (Capture, error) {
	p := parser{input: name, text: text, seen: map[string]bool{}}
	if len(text) > MaxSize {
		return Capture{}, p.fail("the text has %d bytes; at most %d are read: give what one machine said", len(text), MaxSize)
	}
	if err := p.first(); err != nil {
		return Capture{}, err
	}
	for {
		line, ok := p.next()
		words, isSection := strings.CutPrefix(line, "@ ")
		switch {
		case !ok:
			return Capture{}, p.fail("the capture is cut off: its last line is not @ end; capture the machine again")
		case !isSection:
			return Capture{}, p.fail("a section must begin here with @, and it is %s; do not edit a capture, and fetch it as a file: terminals break long lines", shown(line))
		}
		kind, rest, _ := strings.Cut(words, " ")
		if kind == "end" {
			return p.end(rest)
		}
		p.sections++
		if err := p.section(kind, rest); err != nil {
			return Capture{}, err
		}
	}
}

// parser goes through a capture line by line.
type parser struct {
	input    string
	text     []byte
	line     int
	returns  bool // every line ends in a carriage return
	sections int
	seen     map[string]bool
	capture  Capture
}

func (p *parser) fail(format string, args ...any) error {
	return &ParseError{Input: p.input, Line: p.line, Msg: fmt.Sprintf(format, args...)}
}

// shown is a line for an error: short, and harmless.
func shown(line string) string {
	const enough = 60
	return strconv.Quote(plain.Short(plain.Line(line), enough))
}

// next takes a line.
func (p *parser) next() (string, bool) {
	if len(p.text) == 0 {
		return "", false
	}
	line, rest, _ := bytes.Cut(p.text, []byte("\n"))
	p.text = rest
	p.line++
	if p.returns {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	return string(line), true
}

const firstWords = "haplane capture "

// first finds the first line, and the lines that say what was left out.
func (p *parser) first() error {
	for {
		line, ok := p.next()
		if !ok {
			p.line = min(p.line, 1)
			return p.fail("this is no capture: it has no line that begins with %q", firstWords)
		}
		words, is := strings.CutPrefix(line, firstWords)
		if !is {
			continue
		}
		p.returns = strings.HasSuffix(words, "\r")
		fields := strings.Fields(words)
		if len(fields) != 3 || fields[0] != "1" {
			return p.fail("it is %s, and this program reads version 1: use the script of the same release", shown(line))
		}
		p.capture.Role, p.capture.Name = Role(fields[1]), fields[2]
		if p.capture.Role != ControlPlane && p.capture.Role != Machine {
			return p.fail("the role %s is neither %s nor %s", shown(fields[1]), ControlPlane, Machine)
		}
		break
	}
	for bytes.HasPrefix(p.text, []byte("#")) {
		line, _ := p.next()
		p.capture.LeftOut = append(p.capture.LeftOut, strings.TrimLeft(line, "# -"))
	}
	return nil
}

func (p *parser) end(count string) (Capture, error) {
	if n, err := strconv.Atoi(count); err != nil || n != p.sections {
		return Capture{}, p.fail("the capture has %d sections, and says that it has %s: something was taken out or put in; capture the machine again", p.sections, shown(count))
	}
	if rest := bytes.Index(p.text, []byte("\n"+firstWords)); rest >= 0 || bytes.HasPrefix(p.text, []byte(firstWords)) {
		return Capture{}, p.fail("another capture follows: give each machine a file")
	}
	return p.capture, nil
}

func (p *parser) section(kind, rest string) error {
	switch kind {
	case "run":
		return p.run(rest)
	case "file":
		return p.file(rest)
	case "absent", "unread":
		if err := p.newPath(rest); err != nil {
			return err
		}
		if kind == "absent" {
			p.capture.Absent = append(p.capture.Absent, rest)
		} else {
			p.capture.Unread = append(p.capture.Unread, rest)
		}
		return nil
	}
	return p.fail("%s is no section that this program knows: use the script of the same release", shown("@ "+kind))
}

// newPath refuses what is no path, and a path that was there already.
func (p *parser) newPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return p.fail("%s is no absolute path", shown(path))
	}
	return p.once("file " + path)
}

// once refuses a section that was there already.
func (p *parser) once(section string) error {
	if p.seen[section] {
		_, name, _ := strings.Cut(section, " ")
		return p.fail("%s is in the capture twice", shown(name))
	}
	p.seen[section] = true
	return nil
}

func (p *parser) file(rest string) error {
	seconds, path, _ := strings.Cut(rest, " ")
	changed, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return p.fail("%s is not when a file was changed", shown(seconds))
	}
	if err := p.newPath(path); err != nil {
		return err
	}
	content, err := p.content("|")
	p.capture.Files = append(p.capture.Files, File{Path: path, Changed: time.Unix(changed, 0).UTC(), Content: content})
	return err
}

func (p *parser) run(label string) error {
	r := Run{Label: label}
	err := p.once("run " + label)
	if err != nil {
		return err
	}
	if r.Output, err = p.content("|"); err != nil {
		return err
	}
	if r.Complaints, err = p.content("!"); err != nil {
		return err
	}
	line, _ := p.next()
	status, is := strings.CutPrefix(line, "@ exit ")
	if r.Status, err = strconv.Atoi(status); !is || err != nil {
		return p.fail("the output of %s must end with @ exit and its status, and %s follows", shown(label), shown(line))
	}
	p.capture.Runs = append(p.capture.Runs, r)
	return nil
}

// content takes the lines that begin with a mark, and a blank or, at the end of
// a text without a line feed, a tilde.
func (p *parser) content(mark string) ([]byte, error) {
	var content []byte
	for bytes.HasPrefix(p.text, []byte(mark)) {
		line, _ := p.next()
		rest := strings.TrimPrefix(line, mark)
		switch {
		case strings.HasPrefix(rest, " "):
			content = append(content, rest[1:]+"\n"...)
		case strings.HasPrefix(rest, "~"):
			return append(content, rest[1:]...), nil
		case rest == "":
			content = append(content, '\n') // a terminal has dropped the blank
		default:
			return nil, p.fail("a line of content begins with %q and a blank: %s was edited", mark, shown(line))
		}
	}
	return content, nil
}
