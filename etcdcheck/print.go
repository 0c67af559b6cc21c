package etcdcheck

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// TableStyle is how a table is drawn.
type TableStyle string

// The styles.
const (
	ASCII      TableStyle = "ascii" // of + and |, as etcdctl up to 3.6; also what the zero value means
	BoxDrawing TableStyle = "box"   // as etcdctl from 3.7 on
)

// PrintTable prints a command's part of the sample as etcdctl's table does.
// Endpoint status has the ten columns of etcdctl 3.4, or the sixteen of 3.6
// where a status knows what they hold. It is empty where there is nothing to
// show, and for the alarm list, which has no table.
func (s Sample) PrintTable(command Command, style TableStyle) []byte {
	columns, rows := s.tableOf(command)
	if len(rows) == 0 {
		return nil
	}
	return drawTable(styles[style], columns, rows)
}

func (s Sample) tableOf(command Command) (columns []string, rows [][]string) {
	switch command {
	case EndpointStatus:
		columns = statusColumns34
		for _, st := range s.Statuses {
			if st.StorageVersion != "" || st.Quota.Known || st.Downgrading.Known {
				columns = statusColumns36
			}
		}
		rows = rowsOf(columns, s.Statuses, Status.cell)
	case EndpointHealth:
		columns = healthColumns
		rows = rowsOf(columns, s.Health, Health.cell)
	case EndpointHashKV:
		columns = hashColumns
		rows = rowsOf(columns, s.Hashes, Hash.cell)
	case MemberList:
		columns = memberColumns
		rows = rowsOf(columns, s.Members, Member.cell)
	}
	return columns, rows
}

func rowsOf[T any](columns []string, items []T, cell func(T, string) string) [][]string {
	rows := make([][]string, 0, len(items))
	for _, item := range items {
		row := make([]string, len(columns))
		for i, column := range columns {
			row[i] = cell(item, column)
		}
		rows = append(rows, row)
	}
	return rows
}

func (s Status) cell(column string) string {
	switch column {
	case colEndpoint:
		return s.Endpoint
	case colID:
		return s.MemberID.String()
	case "version":
		return s.Version
	case "storage version":
		return s.StorageVersion
	case "db size":
		return s.DBSize.String()
	case "in use":
		return s.DBSizeInUse.String()
	case colNotInUse:
		return s.notInUse()
	case "quota":
		return s.Quota.String()
	case "is leader":
		return fmt.Sprint(s.IsLeader())
	case "is learner":
		return blank(s.Learner)
	case "raft term":
		return blank(s.RaftTerm)
	case "raft index":
		return blank(s.RaftIndex)
	case "raft applied index":
		return blank(s.RaftApplied)
	case colErrors:
		return strings.Join(s.Errors, ", ")
	case colTarget:
		return s.DowngradeTarget
	}
	return blank(s.Downgrading)
}

// notInUse is the share of the database that is not in use, rounded up as
// etcdctl does.
func (s Status) notInUse() string {
	size, known := s.DBSize.Exact()
	used, usedKnown := s.DBSizeInUse.Exact()
	switch {
	case s.PercentNotInUse.Known:
		return fmt.Sprintf("%v%%", s.PercentNotInUse)
	case known && usedKnown && size > 0 && used <= size:
		return fmt.Sprintf("%d%%", int(math.Ceil(100*(1-float64(used)/float64(size)))))
	}
	return ""
}

func (h Health) cell(column string) string {
	switch column {
	case colEndpoint:
		return h.Endpoint
	case "health":
		return fmt.Sprint(h.Healthy)
	case "took":
		return blank(h.Took)
	}
	return h.Error
}

func (h Hash) cell(column string) string {
	switch column {
	case colEndpoint:
		return h.Endpoint
	case "hash":
		return fmt.Sprint(h.Hash)
	}
	return blank(h.HashRevision)
}

func (m Member) cell(column string) string {
	switch column {
	case colID:
		return m.ID.String()
	case "status":
		if m.Started() {
			return "started"
		}
		return "unstarted"
	case "name":
		return m.Name
	case "peer addrs":
		return strings.Join(m.PeerURLs, ",")
	case "client addrs":
		return strings.Join(m.ClientURLs, ",")
	}
	return blank(m.Learner)
}

// blank is the value, or nothing where it is unknown.
func blank[T comparable](m Maybe[T]) string {
	if !m.Known {
		return ""
	}
	return m.String()
}

// drawing is the characters of a table: of the three borders, each from left
// to right, and of a row.
type drawing struct {
	top, middle, bottom [3]string
	line, bar           string
}

var (
	asciiCorners = [3]string{"+", "+", "+"}
	asciiDrawing = drawing{asciiCorners, asciiCorners, asciiCorners, "-", "|"}
	styles       = map[TableStyle]drawing{
		"":         asciiDrawing,
		ASCII:      asciiDrawing,
		BoxDrawing: {[3]string{"┌", "┬", "┐"}, [3]string{"├", "┼", "┤"}, [3]string{"└", "┴", "┘"}, "─", "│"},
	}
)

// drawTable draws a table: headers in the middle and in upper case, cells at
// the right, a space around each.
func drawTable(d drawing, columns []string, rows [][]string) []byte {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c)
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	border := func(corners [3]string) {
		for i, w := range widths {
			b.WriteString(corners[min(i, 1)] + strings.Repeat(d.line, w+2))
		}
		b.WriteString(corners[2] + "\n")
	}
	cells := func(cells []string, left func(int) int) {
		for i, c := range cells {
			space := widths[i] - utf8.RuneCountInString(c)
			b.WriteString(d.bar + strings.Repeat(" ", left(space)+1) + c + strings.Repeat(" ", space-left(space)+1))
		}
		b.WriteString(d.bar + "\n")
	}
	headers := make([]string, len(columns))
	for i, c := range columns {
		headers[i] = strings.ToUpper(c)
	}
	border(d.top)
	cells(headers, func(space int) int { return space / 2 })
	border(d.middle)
	for _, row := range rows {
		cells(row, func(space int) int { return space })
	}
	border(d.bottom)
	return []byte(b.String())
}
