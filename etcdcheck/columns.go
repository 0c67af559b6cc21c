package etcdcheck

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The columns that simple and table share, in etcdctl's words and in lower case.
const (
	colEndpoint = "endpoint"
	colID       = "id"
	colErrors   = "errors"
	colTarget   = "downgrade target version"
	colNotInUse = "percentage not in use"
)

var (
	statusColumns33 = []string{colEndpoint, colID, "version", "db size", "is leader", "raft term", "raft index"}
	statusColumns34 = []string{colEndpoint, colID, "version", "db size", "is leader", "is learner", "raft term", "raft index",
		"raft applied index", colErrors}
	statusColumns36 = []string{colEndpoint, colID, "version", "storage version", "db size", "in use", colNotInUse, "quota",
		"is leader", "is learner", "raft term", "raft index", "raft applied index", colErrors, colTarget, "downgrade enabled"}
	memberColumns = []string{colID, "status", "name", "peer addrs", "client addrs", "is learner"}
	healthColumns = []string{colEndpoint, "health", "took", "error"}
	hashColumns   = []string{colEndpoint, "hash", "hash revision"}
)

// row reads one row of a command's output.
func (r *reader) row(line int, command Command, columns, cells []string) {
	c := cellReader{line: line, columns: columns, cells: cells}
	switch command {
	case EndpointStatus:
		s := c.status()
		r.keep(c.wrongs, func() { r.sample.Statuses = append(r.sample.Statuses, s) })
	case MemberList:
		m := c.member()
		r.keep(c.wrongs, func() { r.sample.Members = append(r.sample.Members, m) })
	case EndpointHealth:
		h := c.health()
		r.keep(c.wrongs, func() { r.sample.Health = append(r.sample.Health, h) })
	case EndpointHashKV:
		h := c.hash()
		r.keep(c.wrongs, func() { r.sample.Hashes = append(r.sample.Hashes, h) })
	}
}

// keep stores what was read unless something was wrong with it.
func (r *reader) keep(wrongs []*ParseError, store func()) {
	if len(wrongs) > 0 {
		r.errs = append(r.errs, wrongs...)
		return
	}
	store()
}

// cellReader reads the cells of one row and collects what is wrong with them.
type cellReader struct {
	line           int
	columns, cells []string
	wrongs         []*ParseError
}

func (c *cellReader) status() Status {
	s := Status{
		Endpoint:        c.required(colEndpoint),
		MemberID:        c.id(colID),
		Version:         c.text("version"),
		StorageVersion:  c.text("storage version"),
		DBSize:          c.size("db size"),
		DBSizeInUse:     c.size("in use"),
		PercentNotInUse: cell(c, colNotInUse, parsePercent),
		Quota:           c.size("quota"),
		Learner:         cell(c, "is learner", strconv.ParseBool),
		RaftTerm:        cell(c, "raft term", parseUint),
		RaftIndex:       cell(c, "raft index", parseUint),
		RaftApplied:     cell(c, "raft applied index", parseUint),
		Errors:          splitErrors(c.text(colErrors)),
		Downgrading:     cell(c, "downgrade enabled", strconv.ParseBool),
		DowngradeTarget: c.text(colTarget),
	}
	leads := cell(c, "is leader", strconv.ParseBool)
	switch {
	case leads.Is(true):
		s.Leader = Known(s.MemberID)
	case s.HasNoLeader():
		s.Leader = Known(ID(0))
	}
	return s.withoutBlanks()
}

// withoutBlanks makes unknown what a server that is too old reports as 0.
func (s Status) withoutBlanks() Status {
	if s.DBSize.Bytes == 0 {
		s.DBSize = Size{}
	}
	if s.Quota.Bytes == 0 {
		s.Quota = Size{}
	}
	if s.DBSizeInUse.Bytes == 0 {
		s.DBSizeInUse = Size{}
	}
	return s
}

func (c *cellReader) member() Member {
	if status := c.text("status"); status != "started" && status != "unstarted" {
		c.wrong("status", status)
	}
	return Member{
		ID:         c.id(colID),
		Name:       c.text("name"),
		PeerURLs:   splitList(c.text("peer addrs")),
		ClientURLs: splitList(c.text("client addrs")),
		Learner:    cell(c, "is learner", strconv.ParseBool),
	}
}

func (c *cellReader) health() Health {
	return Health{
		Endpoint: c.required(colEndpoint),
		Healthy:  cell(c, "health", strconv.ParseBool).Value,
		Took:     cell(c, "took", time.ParseDuration),
		Error:    c.text("error"),
	}
}

func (c *cellReader) hash() Hash {
	sum := cell(c, "hash", func(s string) (uint32, error) {
		v, err := strconv.ParseUint(s, 10, 32)
		return uint32(v), err
	})
	return Hash{
		Endpoint:     c.required(colEndpoint),
		Hash:         sum.Value,
		HashRevision: cell(c, "hash revision", parseInt),
	}
}

// text is a cell, empty where the row has no such column.
func (c *cellReader) text(column string) string {
	for i, name := range c.columns {
		if name == column && i < len(c.cells) {
			return c.cells[i]
		}
	}
	return ""
}

func (c *cellReader) required(column string) string {
	s := c.text(column)
	if s == "" {
		c.wrong(column, s)
	}
	return s
}

func (c *cellReader) id(column string) ID {
	id, err := ParseID(c.text(column))
	if err != nil {
		c.wrong(column, c.text(column))
	}
	return id
}

func (c *cellReader) size(column string) Size {
	return cell(c, column, parseSize).Value
}

// cell is a cell as a value; an empty cell, or none, is unknown.
func cell[T comparable](c *cellReader, column string, parse func(string) (T, error)) Maybe[T] {
	s := c.text(column)
	if s == "" {
		return Maybe[T]{}
	}
	v, err := parse(s)
	if err != nil {
		c.wrong(column, s)
		return Maybe[T]{}
	}
	return Known(v)
}

func (c *cellReader) wrong(column, value string) {
	c.wrongs = append(c.wrongs, notPrinted(c.line, strings.ToUpper(column), value))
}

// notPrinted is the error of a value that etcdctl does not print.
func notPrinted(line int, name, value string) *ParseError {
	return &ParseError{Input: input, Line: line, Msg: fmt.Sprintf("%s: %.60q is not what etcdctl prints there: the text was cut off or edited; capture it again", name, value)}
}

func parseUint(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }

func parseInt(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

func parsePercent(s string) (int, error) { return strconv.Atoi(strings.TrimSuffix(s, "%")) }

// splitList splits a cell of URLs.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// splitErrors splits the errors of a status at where etcd's own words begin:
// simple and table join them with ", ", which an error may hold too, and the
// fields format joins them with spaces.
func splitErrors(s string) []string {
	var errs []string
	for s = strings.TrimSpace(s); s != ""; {
		end := nextError(s)
		errs = append(errs, strings.TrimRight(s[:end], ", "))
		s = s[end:]
	}
	return errs
}

// nextError is where the second error of s starts.
func nextError(s string) int {
	end := len(s)
	for _, word := range []string{" etcdserver: ", " memberID:"} {
		if at := strings.Index(s, word); at >= 0 && at+1 < end {
			end = at + 1
		}
	}
	return end
}
