package etcdcheck

import (
	"fmt"
	"regexp"
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
		r.keep(c.wrongs, func() { r.addMember(m) })
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
		for _, wrong := range wrongs {
			r.failed(wrong)
		}
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

// smallestDB is less than an empty database has: the pages that bbolt starts with.
const smallestDB = 4096

func (c *cellReader) status() Status {
	s := Status{
		Endpoint:        c.required(colEndpoint),
		MemberID:        c.id(colID),
		Version:         cell(c, "version", parseRelease).Value,
		StorageVersion:  cell(c, "storage version", parseRelease).Value,
		DBSize:          c.size("db size"),
		DBSizeInUse:     c.size("in use"),
		PercentNotInUse: cell(c, colNotInUse, parsePercent),
		Quota:           c.size("quota"),
		Learner:         cell(c, "is learner", parseBool),
		RaftTerm:        cell(c, "raft term", parseUint),
		RaftIndex:       cell(c, "raft index", parseUint),
		RaftApplied:     cell(c, "raft applied index", parseUint),
		Errors:          splitErrors(c.text(colErrors)),
		Downgrading:     cell(c, "downgrade enabled", parseBool),
		DowngradeTarget: c.text(colTarget),
	}
	if s.DBSize.Bytes > 0 && s.DBSize.Bytes < smallestDB {
		c.wrong("db size", c.text("db size"))
	}
	leads := cell(c, "is leader", parseBool)
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

// member reads a row of a member list. A member has started where it has a name.
func (c *cellReader) member() Member {
	m := Member{
		ID:         c.id(colID),
		Name:       c.text("name"),
		PeerURLs:   splitList(c.text("peer addrs")),
		ClientURLs: splitList(c.text("client addrs")),
		Learner:    cell(c, "is learner", parseBool),
	}
	status := c.text("status")
	if status != "started" && status != "unstarted" || status == "started" != (m.Name != "") || status == "unstarted" && m.Started() {
		c.wrong("status", status)
	}
	return m
}

func (c *cellReader) health() Health {
	return Health{
		Endpoint: c.required(colEndpoint),
		Healthy:  cell(c, "health", parseBool).Value,
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

// parseBool reads what Go prints, and not all that strconv.ParseBool takes.
func parseBool(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, fmt.Errorf("%q is neither true nor false", s)
	}
	return s == "true", nil
}

// parseRelease is the text of a release as it stands, if it is one.
func parseRelease(s string) (string, error) {
	_, err := ParseVersion(s)
	return s, err
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

// nextError is where an error of etcd's starts behind another one.
var nextError = regexp.MustCompile(`[ ,](?:etcdserver: |memberID:)`)

// splitErrors splits the errors of a status at where etcd's own words begin:
// simple and table join them with ", ", which an error may hold too, and the
// fields format joins them with spaces.
func splitErrors(s string) []string {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil
	}
	var errs []string
	start := 0
	for _, at := range nextError.FindAllStringIndex(s, -1) {
		errs = append(errs, strings.TrimRight(s[start:at[0]], ", "))
		start = at[0] + 1
	}
	return append(errs, strings.TrimRight(s[start:], ", "))
}
