package hostsfile

import (
	"regexp"
	"strings"
)

// Other tools keep blocks in the same file. Their markers are comments in pairs:
//
//	# BEGIN ANSIBLE MANAGED BLOCK          # END ANSIBLE MANAGED BLOCK
//	# Ansible inventory hosts BEGIN        # Ansible inventory hosts END
//	## vagrant-hostmanager-start id: 4f2c  ## vagrant-hostmanager-end
//	# Added by Docker Desktop              # End of section

// foreignMarker begins or ends a block of another tool.
type foreignMarker struct {
	line  rawLine
	begin bool
	key   string // what begin and end have in common
	// certain markers are ones even where the other one of the pair is missing.
	certain bool
}

// foreignRegion is a block of another tool; its end is the last line of the
// file where the end marker is missing.
type foreignRegion struct {
	begin, end int
	title      string // the text of the marker that begins it
	closed     bool
}

var (
	certainMarker = regexp.MustCompile(`(?:^|[^A-Za-z0-9])(BEGIN|END)(?:$|[^A-Za-z0-9])`)
	likelyMarker  = regexp.MustCompile(`(?i)(?:^|[^a-z0-9])(begin|end|start|stop)(?:$|[^a-z0-9])|section(start|end)$`)
)

// readForeign reads a marker of another tool.
func readForeign(r rawLine) (foreignMarker, bool) {
	text := trimLeftBlanks(r.text)
	if !strings.HasPrefix(text, "#") || isMarker(text) {
		return foreignMarker{}, false
	}
	title := foreignTitle(text)
	lower := strings.ToLower(title)
	switch {
	case strings.HasPrefix(lower, "vagrant-hostmanager-start"):
		return foreignMarker{r, true, "vagrant-hostmanager", true}, true
	case strings.HasPrefix(lower, "vagrant-hostmanager-end"):
		return foreignMarker{r, false, "vagrant-hostmanager", true}, true
	case lower == "added by docker desktop":
		return foreignMarker{r, true, "docker", true}, true
	case lower == "end of section":
		return foreignMarker{r, false, "docker", true}, true
	case strings.HasPrefix(lower, ">>> "), strings.HasPrefix(lower, "<<< "):
		return foreignMarker{r, lower[0] == '>', strings.Trim(lower, "<> "), false}, true
	}
	certain := true
	at := certainMarker.FindStringSubmatchIndex(title)
	if at == nil {
		certain = false
		at = likelyMarker.FindStringSubmatchIndex(title)
	}
	if at == nil {
		return foreignMarker{}, false
	}
	word := at[2:4]
	if word[0] < 0 {
		word = at[4:6]
	}
	begin := strings.Contains("begin start", lower[word[0]:word[1]])
	return foreignMarker{r, begin, lower[:word[0]] + lower[word[1]:], certain}, true
}

// foreignTitle is the text of a comment without the signs around it.
func foreignTitle(comment string) string { return strings.Trim(comment, "# \t\r\v\f") }

// foreignRegions returns the blocks of other tools in the order of their
// beginnings. One inside another is left out.
func (f *File) foreignRegions() []foreignRegion {
	open := map[string][]int{}
	var all []foreignRegion
	last := 0
	var sure []bool
	for r := range f.commentLines() {
		m, ok := readForeign(r)
		if !ok {
			continue
		}
		waiting := open[m.key]
		switch {
		case m.begin:
			open[m.key] = append(waiting, len(all))
			all = append(all, foreignRegion{begin: r.number, title: shown(foreignTitle(r.text))})
			sure = append(sure, m.certain)
		case len(waiting) > 0:
			i := waiting[len(waiting)-1]
			all[i].end, all[i].closed = r.number, true
			open[m.key] = waiting[:len(waiting)-1]
		}
	}
	last = strings.Count(f.text, "\n") + 1
	var outer []foreignRegion
	for i, region := range all {
		if !region.closed {
			if !sure[i] {
				continue
			}
			region.end = last
		}
		if n := len(outer); n > 0 && region.begin < outer[n-1].end && outer[n-1].closed {
			continue
		}
		outer = append(outer, region)
	}
	return outer
}

// perLine is the comment with which vagrant-hostsupdater marks each of its
// lines.
const perLine = "VAGRANT:"
