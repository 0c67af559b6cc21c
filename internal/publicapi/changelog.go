package publicapi

import (
	"fmt"
	"slices"
	"strings"
)

// Unnamed compares the API with the one before and gives what the changelog
// does not say: each name that is gone or is no longer what it was must stand in
// the section Unreleased, as NAME or Type.NAME in backticks, and so must each
// package in which something is new, by its path or by one of the new names.
func Unnamed(before, now []string, changelog string) []string {
	section := unreleased(changelog)
	var missing []string
	for _, line := range before {
		if name := symbol(line); !slices.Contains(now, line) && !mentions(section, name) {
			missing = append(missing, fmt.Sprintf("`%s` is gone or changed (it was %q)", name, line))
		}
	}
	named := map[string]bool{}
	var fresh []string
	for _, line := range now {
		if slices.Contains(before, line) {
			continue
		}
		path := packageOf(line)
		fresh = append(fresh, path)
		if mentions(section, path) || mentions(section, symbol(line)) {
			named[path] = true
		}
	}
	for _, path := range slices.Compact(fresh) {
		if !named[path] {
			missing = append(missing, fmt.Sprintf("`%s` has something new", path))
		}
	}
	return missing
}

// mentions tells whether the text has a name in backticks, alone or behind
// another name and a dot, and maybe with more behind it: `hostsfile.Parse(text)`.
func mentions(text, name string) bool {
	for i, code := range strings.Split(text, "`") {
		if i%2 == 0 {
			continue
		}
		at := strings.Index(code, name)
		if at < 0 || at > 0 && code[at-1] != '.' && code[at-1] != '(' && code[at-1] != '*' {
			continue
		}
		if rest := code[at+len(name):]; rest == "" || !isNamePart(rest[0]) {
			return true
		}
	}
	return false
}

func isNamePart(b byte) bool {
	return b == '_' || b == '/' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// unreleased gives the text of that section.
func unreleased(changelog string) string {
	_, section, _ := strings.Cut(changelog, "\n## Unreleased\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

func packageOf(line string) string {
	path, _, _ := strings.Cut(line, ": ")
	return path
}

// symbol gives the name that a line of a listing is about: Parse, Block.Name,
// File.Bytes.
func symbol(line string) string {
	_, text, _ := strings.Cut(line, ": ")
	kind, text, _ := strings.Cut(text, " ")
	if kind == "method" {
		receiver, rest, _ := strings.Cut(strings.TrimPrefix(text, "("), ") ")
		receiver, _, _ = strings.Cut(strings.TrimPrefix(receiver, "*"), "[")
		name, _, _ := strings.Cut(rest, "(")
		return receiver + "." + name
	}
	end := strings.IndexAny(text, " ([")
	if end < 0 {
		return text
	}
	return text[:end]
}
