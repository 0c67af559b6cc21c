package haplane_test

import (
	"errors"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is a Markdown file: its text without code blocks, and the blocks.
type page struct {
	name   string
	prose  string
	blocks []block
}

// block is a fenced block of code.
type block struct {
	line     int
	language string
	// from is the file that the comment in front of the block names.
	from string
	text string
}

var fromComment = regexp.MustCompile(`^<!-- from (\S+) -->$`)

// pages gives the project's Markdown files.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	walk(t, func(name string) {
		if path.Ext(name) == ".md" {
			all = append(all, readPage(t, name))
		}
	})
	if len(all) < 5 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

func readPage(t *testing.T, name string) page {
	t.Helper()
	p := page{name: name}
	var open *block
	var from string
	for i, line := range strings.Split(read(t, name), "\n") {
		fence := strings.HasPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{line: i + 1, language: strings.TrimPrefix(line, "```"), from: from}
		case fence:
			p.blocks = append(p.blocks, *open)
			open, from = nil, ""
		case open != nil:
			open.text += line + "\n"
		case fromComment.MatchString(line):
			from = fromComment.FindStringSubmatch(line)[1]
		case line != "":
			from = ""
		}
		if open == nil && !fence {
			p.prose += line + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the block does not end", name, open.line)
	}
	return p
}

// generated tells whether another test writes the page.
func (p page) generated() bool {
	return strings.HasPrefix(p.name, "docs/e2e") || p.name == "docs/performance.md"
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan = regexp.MustCompile("`[^`\n]+`")
	heading  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	count := 0
	for _, p := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(p.prose, "code"), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, ":") {
				continue
			}
			count++
			file := p.name
			if target != "" {
				file = path.Join(path.Dir(p.name), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", p.name, match[1], err)
			} else if anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s: the link %s names a heading that %s does not have", p.name, match[1], file)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d links were found", count)
	}
}

// A page that nobody finds is not there.
func TestTheReadmeLeadsToEveryPage(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if reached[name] || path.Ext(name) != ".md" {
			return
		}
		reached[name] = true
		for _, match := range link.FindAllStringSubmatch(readPage(t, name).prose, -1) {
			if target, _, _ := strings.Cut(match[1], "#"); target != "" && !strings.Contains(target, ":") {
				follow(path.Join(path.Dir(name), target))
			}
		}
	}
	follow("README.md")
	for _, p := range pages(t) {
		if strings.HasPrefix(p.name, "docs/") && !reached[p.name] {
			t.Errorf("no link leads from the README to %s", p.name)
		}
	}
}

// anchors are the names that GitHub gives the headings of a page.
func anchors(t *testing.T, file string) []string {
	t.Helper()
	var names []string
	for _, match := range heading.FindAllStringSubmatch(readPage(t, file).prose, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r > 127 || '0' <= r && r <= '9' || 'a' <= r && r <= 'z':
				return r
			}
			return -1
		}, strings.ToLower(match[1]))
		if n := count(names, name); n > 0 {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		names = append(names, name)
	}
	return names
}

func count(names []string, name string) int {
	n := 0
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}

var (
	identifier = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)
	makeTarget = regexp.MustCompile(`^make ([a-z0-9.-]+)$`)
	program    = regexp.MustCompile(`^examples/([a-z]+)$`)
)

// In pages, a code span such as `joinplan.Plan.Ready`, `make test` or
// `examples/scaleout` names something that there is.
func TestNamesOnPagesExist(t *testing.T) {
	t.Parallel()
	exported, makefile, found := exportedNames(t), read(t, "Makefile"), 0
	for _, p := range pages(t) {
		for _, span := range codeSpan.FindAllString(p.prose, -1) {
			span = strings.Trim(span, "`")
			if match := identifier.FindStringSubmatch(span); match != nil && exported[match[1]] != nil {
				found++
				if name := strings.Join(slices.DeleteFunc(match[2:], isEmpty), "."); !exported[match[1]][name] {
					t.Errorf("%s: %s: package %s has no %s", p.name, span, match[1], name)
				}
			}
			if match := makeTarget.FindStringSubmatch(span); match != nil && !strings.Contains(makefile, "\n"+match[1]+":") {
				t.Errorf("%s: the Makefile has no target %s", p.name, match[1])
			}
			if match := program.FindStringSubmatch(span); match != nil && len(goFiles(t, span)) == 0 {
				t.Errorf("%s: there is no program %s", p.name, span)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d identifiers were found", found)
	}
}

func isEmpty(s string) bool { return s == "" }

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// exportedNames gives, by package name, what can be named of it: Name, and
// Type.Member.
func exportedNames(t *testing.T) map[string]map[string]bool {
	t.Helper()
	names := map[string]map[string]bool{}
	for _, parsed := range libraryPackages(t) {
		for _, file := range parsed {
			if names[file.Name.Name] == nil {
				names[file.Name.Name] = map[string]bool{}
			}
			ast.Inspect(file, func(n ast.Node) bool { return collect(n, names[file.Name.Name]) })
		}
	}
	return names
}

func collect(n ast.Node, names map[string]bool) bool {
	switch d := n.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names[d.Name.Name] = true
		} else if receiver := receiverName(d); receiver != "" {
			names[receiver+"."+d.Name.Name] = true
		}
		return false
	case *ast.ValueSpec:
		for _, name := range d.Names {
			names[name.Name] = true
		}
	case *ast.TypeSpec:
		names[d.Name.Name] = true
		if fields := memberList(d.Type); fields != nil {
			for _, field := range fields.List {
				for _, name := range field.Names {
					names[d.Name.Name+"."+name.Name] = true
				}
			}
		}
	}
	return true
}

// What a page shows is what a file says: every block but commands and pictures
// stands in the file that the comment in front of it names, line by line. A line
// of three dots stands for lines that are left out.
func TestBlocksOfPagesStandInTheFilesThatTheyName(t *testing.T) {
	t.Parallel()
	found := 0
	for _, p := range pages(t) {
		if !strings.HasPrefix(p.name, "docs/") || p.generated() {
			continue
		}
		for _, b := range p.blocks {
			if slices.Contains([]string{"sh", "console", "mermaid"}, b.language) {
				continue
			}
			found++
			if b.from == "" {
				t.Errorf("%s:%d: say in a comment in front of the block which file it is from", p.name, b.line)
			} else if missing := b.missing(read(t, b.from)); missing != "" {
				t.Errorf("%s:%d: %s does not have, after what stands before:\n%s", p.name, b.line, b.from, missing)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d blocks were found", found)
	}
}

// missing gives the first part of the block that the text does not have.
func (b block) missing(text string) string {
	rest := "\n" + normalised(b.from, text)
	for _, part := range strings.Split("\n"+b.text, "\n...\n") {
		part = normalised(b.from, strings.Trim(part, "\n"))
		_, after, found := strings.Cut(rest, "\n"+part+"\n")
		if !found {
			return part
		}
		rest = "\n" + after
	}
	return ""
}

// normalised leaves out, of Go files, how deep a line is indented and whether it
// is a comment: an Example's output stands in one.
func normalised(file, text string) string {
	if path.Ext(file) != ".go" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(strings.TrimPrefix(strings.TrimLeft(line, "\t "), "//"))
	}
	return strings.Join(lines, "\n")
}

// The commands of a page's console blocks print what stands below them, in a
// directory that has the examples in bin and the files of the page's own folder.
func TestProgramsPrintWhatPagesShow(t *testing.T) {
	t.Parallel()
	bin := buildPrograms(t)
	for _, p := range pages(t) {
		blocks := slices.DeleteFunc(p.blocks, func(b block) bool { return b.language != "console" })
		if len(blocks) == 0 {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(strings.TrimSuffix(p.name, ".md"))); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(bin, filepath.Join(dir, "bin")); err != nil {
				t.Fatal(err)
			}
			for _, b := range blocks {
				b.run(t, p.name, dir)
			}
		})
	}
}

var usedProgram = regexp.MustCompile(`\bbin/([a-z]+)`)

// buildPrograms builds the examples that pages run.
func buildPrograms(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "bin") + string(filepath.Separator)
	args := []string{"build", "-ldflags=-s -w", "-o", bin}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			for _, match := range usedProgram.FindAllStringSubmatch(b.text, -1) {
				if arg := "./examples/" + match[1]; b.language == "console" && !slices.Contains(args, arg) {
					args = append(args, arg)
				}
			}
		}
	}
	if output, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("building the examples: %v\n%s", err, output)
	}
	return bin
}

// run runs each line after "$ " and compares what it prints with the lines below
// it.
func (b block) run(t *testing.T, name, dir string) {
	t.Helper()
	for _, part := range strings.Split("\n"+b.text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		shell := exec.Command("sh", "-c", command)
		shell.Dir = dir
		output, err := shell.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if !shows(want, string(output)) {
			t.Errorf("%s:%d: $ %s prints\n%s\nand the page says\n%s", name, b.line, command, output, want)
		}
	}
}

// shows tells whether a page's text is what was printed, up to lines of three
// dots, which stand for lines that are left out.
func shows(want, printed string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(strings.TrimSpace(want) + "\n") {
		if line == "...\n" {
			pattern.WriteString(`(?:.*\n)*`)
		} else {
			pattern.WriteString(regexp.QuoteMeta(line))
		}
	}
	return regexp.MustCompile(`\A` + pattern.String() + `\z`).MatchString(strings.TrimSpace(printed) + "\n")
}

var directive = regexp.MustCompile("`((?:balance|slowstart|option|retries|timeout|verify|grace|hard-stop-after|fd-hard-limit) [^`]+)`")

// The values that the page explains are those that the file has.
func TestTheHAProxyPageExplainsTheFileThatIsWritten(t *testing.T) {
	t.Parallel()
	file := read(t, "examples/goldens/testdata/shop/lb-1/etc/haproxy/haproxy.cfg")
	values := directive.FindAllStringSubmatch(read(t, "docs/decisions/haproxy-values.md"), -1)
	if len(values) < 10 {
		t.Errorf("only %d values were found", len(values))
	}
	for _, match := range values {
		if !strings.Contains(file, match[1]) {
			t.Errorf("the page explains %q, which the file does not have", match[1])
		}
	}
}
