package etcdcheck

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// startsTable reports whether a line is the upper border of a table.
func startsTable(text string) bool {
	return strings.HasPrefix(text, "+-") || strings.HasPrefix(text, "┌─") || isTableRow(text)
}

func isTableRow(text string) bool {
	return strings.HasPrefix(text, "|") || strings.HasPrefix(text, "│")
}

func isTableBorder(text string) bool {
	return strings.HasPrefix(text, "+-") || strings.HasPrefix(text, "┌─") || strings.HasPrefix(text, "├─") || strings.HasPrefix(text, "└─")
}

// readTable reads a table from its upper border to its lower one. The columns
// are known by their headers, so their number and order do not matter.
func (r *reader) readTable() {
	t := tableReader{reader: r, pieces: 1}
	t.upperBorder()
	for t.markdown || t.borders < 3 {
		l, ok := r.peek()
		text := strings.TrimSpace(l.text)
		if !ok || !isTableBorder(text) && !isTableRow(text) {
			break
		}
		r.take(l)
		t.line(t.unbreak(l))
	}
	t.end()
}

// tableReader holds one table while it is read.
type tableReader struct {
	*reader
	width   int // of the table, in characters; 0 where the upper border is missing
	screen  int // of the terminal, where it broke the lines
	pieces  int // lines that the terminal made of each
	borders int
	// markdown says that the table was pasted into Markdown, whose tables have a
	// rule under the header and no borders.
	markdown bool
	first    line
	last     line
	columns  []string
	command  Command
	wanted   bool
	row      [][]string // the cells of the row before the last, each in its pieces
	rowLine  int
}

// widestScreen is the number of columns above which no terminal breaks lines.
const widestScreen = 500

// upperBorder takes the upper border, which tells whether a terminal broke the
// lines at its width: then more of the border follows before the header, and
// all of its pieces but the last are as wide as the terminal.
func (t *tableReader) upperBorder() {
	for n := 1; ; n++ {
		l, ok := t.peek()
		text := strings.TrimSpace(l.text)
		if !ok || text == "" || strings.Trim(text, "+-┌─┬┐") != "" || t.width != (n-1)*t.screen || n > 1 && t.screen > widestScreen {
			return
		}
		t.take(l)
		width := utf8.RuneCountInString(text)
		if n == 1 {
			t.first, t.borders, t.screen = l, 1, width
		}
		t.last, t.pieces = l, n
		t.width += width
	}
}

// unbreak puts a line together that the terminal broke. Spaces at the end of a
// piece may have been lost.
func (t *tableReader) unbreak(l line) line {
	l.text = strings.TrimSpace(l.text)
	if t.pieces == 1 {
		return l
	}
	var whole strings.Builder
	whole.WriteString(l.text)
	width := utf8.RuneCountInString(l.text)
	for n := 1; n < t.pieces; n++ {
		more, ok := t.peek()
		if !ok {
			break
		}
		t.take(more)
		missing := max(0, n*t.screen-width)
		piece := strings.TrimRight(more.text, " ")
		whole.WriteString(strings.Repeat(" ", missing) + piece)
		width += missing + utf8.RuneCountInString(piece)
	}
	l.text = whole.String()
	return l
}

func (t *tableReader) line(l line) {
	if t.first.number == 0 {
		t.first = l
	}
	t.last = l
	switch {
	case isTableBorder(l.text):
		if last, _ := utf8.DecodeLastRuneInString(l.text); utf8.RuneCountInString(l.text) >= t.width && strings.ContainsRune("+┤┘", last) {
			t.borders++
		}
	case t.columns == nil:
		t.header(l)
	case t.row == nil && isMarkdownRule(l.text):
		t.markdown = true
	default:
		t.body(l)
	}
}

func (t *tableReader) header(l line) {
	t.columns = lowered(splitRow(l.text))
	t.command = tableCommand(t.columns)
	switch {
	case t.command == "" && isSnapshot(t.columns):
		t.failSnapshot(l)
		return
	case t.command == "":
		t.fail(l.number, 0, "a table with the columns %.120q is none of etcdctl's: its header was cut off or edited", strings.Join(t.columns, ", "))
		return
	}
	if t.borders == 0 {
		t.borders = 1 // the copy starts under the upper border
	}
	t.wanted = t.accept(l, t.command, Table)
	if t.wanted && t.command == MemberList {
		t.newList()
	}
	for _, name := range t.columns {
		if !slices.Contains(tableColumns[t.command], name) {
			t.gap(l, Warning, CodeNotUnderstood, captureAgain, "a column that is not known: %.60q", name)
		}
	}
}

// tableColumns are the columns that a command's tables may have.
var tableColumns = map[Command][]string{
	EndpointStatus: statusColumns36, EndpointHealth: healthColumns, EndpointHashKV: hashColumns, MemberList: memberColumns,
}

// isMarkdownRule reports whether a row is the rule under a header in Markdown.
func isMarkdownRule(text string) bool {
	for _, cell := range splitRow(text) {
		if rule := strings.Trim(cell, ":"); rule == "" || strings.Trim(rule, "-") != "" {
			return false
		}
	}
	return true
}

// tableCommand recognises a table by its columns.
func tableCommand(columns []string) Command {
	has := func(name string) bool { return slices.Contains(columns, name) }
	switch {
	case has(colEndpoint) && has(colID) && has("raft term"):
		return EndpointStatus
	case has(colEndpoint) && has("hash"):
		return EndpointHashKV
	case has(colEndpoint) && has("health"):
		return EndpointHealth
	case has(colID) && has("status") && has("peer addrs"):
		return MemberList
	}
	return ""
}

// body takes a row, or a further physical row of it: etcdctl up to 3.6 wraps
// long cells, and then the first cell, which is never empty, is.
func (t *tableReader) body(l line) {
	cells := splitRow(l.text)
	if len(cells) != len(t.columns) {
		t.fail(l.number, 0, "%d cells under %d columns: the row was cut off; capture it again", len(cells), len(t.columns))
		return
	}
	if cells[0] != "" || t.row == nil {
		t.flush()
		t.row, t.rowLine = make([][]string, len(cells)), l.number
	}
	for i, c := range cells {
		if c != "" {
			t.row[i] = append(t.row[i], c)
		}
	}
}

// flush reads the row that is complete now.
func (t *tableReader) flush() {
	if t.row != nil && t.wanted {
		cells := make([]string, len(t.row))
		for i, pieces := range t.row {
			cells[i] = strings.Join(pieces, " ")
		}
		t.reader.row(t.rowLine, t.command, t.columns, cells)
	}
	t.row = nil
}

func (t *tableReader) end() {
	t.flush()
	switch {
	case t.wanted:
		t.sample.mark(t.command)
		switch {
		case t.markdown:
			t.gap(t.last, Info, codeMayBeCut, "", "a table that was pasted into Markdown has no lower border, so that nobody sees whether rows are missing")
		case t.borders < 3:
			t.fail(t.last.number, 0, "the table that starts in line %d has no lower border: it was cut off; capture it again", t.first.number)
		}
	case t.columns == nil:
		t.fail(t.first.number, 0, "a table without a header: it was cut off; capture it again")
	}
}

// splitRow gives the cells of a row without the space around them.
func splitRow(text string) []string {
	bar := "|"
	if strings.HasPrefix(text, "│") {
		bar = "│"
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, bar), bar)
	cells := strings.Split(text, bar)
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}
