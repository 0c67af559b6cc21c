package etcdcheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// startsJSON reports whether a line starts a JSON value of etcdctl's, and not,
// say, a shell prompt in brackets.
func startsJSON(text string) bool {
	if text == "null" {
		return true
	}
	if strings.HasPrefix(text, logPrefix) {
		return false
	}
	rest := strings.TrimLeft(text[1:], " \t")
	switch text[0] {
	case '[':
		return rest == "" || rest[0] == '{' || rest[0] == ']'
	case '{':
		return rest == "" || rest[0] == '"' || rest[0] == '}'
	}
	return false
}

// readJSON reads one JSON value, which starts with line l.
func (r *reader) readJSON(l line) {
	rest := r.text[r.at:]
	if bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte("{")) {
		r.readObject(l, rest)
		return
	}
	r.readEntries(l, rest)
}

// readEntries reads a list: of endpoints, or of what jq takes out of the other
// outputs.
func (r *reader) readEntries(l line, rest []byte) {
	var entries []wireEntry
	n, err := r.decode(l, rest, &entries)
	if err != nil {
		r.skip(r.readBroken(l, rest, err))
		return
	}
	if len(entries) > 0 && entries[0].ID != 0 {
		r.newList()
	}
	r.checkIDs(l, func(yield func(uint64) bool) {
		for i := range entries {
			if !entries[i].eachID(yield) {
				return
			}
		}
	})
	r.keepEntries(l, entries)
	r.skip(n)
}

// keepEntries stores a list of endpoints. An empty list does not say which
// command printed it, and is taken for endpoint status unless the caller knows.
func (r *reader) keepEntries(l line, entries []wireEntry) {
	if len(entries) == 0 {
		command := EndpointStatus
		if r.command != "" {
			command = r.command
		}
		if r.accept(l, command, JSON) {
			r.sample.mark(command)
		}
		return
	}
	if entries[0].Status != nil {
		r.sample.Statuses = slices.Grow(r.sample.Statuses, len(entries))
	}
	for i := range entries {
		r.keepEntry(l, &entries[i])
	}
}

func (r *reader) keepEntry(l line, e *wireEntry) {
	switch {
	case e.Status != nil:
		if r.accept(l, EndpointStatus, JSON) {
			r.sample.Statuses = append(r.sample.Statuses, e.Status.status(e.Endpoint))
		}
	case e.HashKV != nil:
		if r.accept(l, EndpointHashKV, JSON) {
			r.sample.Hashes = append(r.sample.Hashes, e.HashKV.hash(e.Endpoint))
		}
	case e.Health != nil:
		if r.accept(l, EndpointHealth, JSON) {
			r.keepHealth(l, e)
		}
	case e.ID != 0:
		if r.accept(l, MemberList, JSON) {
			r.addMember(e.wireMember.member(0))
		}
	case e.MemberID != 0 && e.Alarm != "":
		if r.accept(l, AlarmList, JSON) {
			r.sample.Alarms = append(r.sample.Alarms, Alarm{MemberID: ID(e.MemberID), Type: string(e.Alarm)})
		}
	default:
		r.found = true
		r.fail(l.number, 0, "an element without Status, HashKV, health or ID is none of etcdctl's")
	}
}

func (r *reader) keepHealth(l line, e *wireEntry) {
	h, err := e.health()
	if err != nil {
		r.failed(notPrinted(l.number, "took", e.Took))
		return
	}
	r.sample.Health = append(r.sample.Health, h)
}

// readObject reads what is not a list of endpoints.
func (r *reader) readObject(l line, rest []byte) {
	var keys map[string]json.RawMessage
	n, err := decode(rest, &keys)
	if err != nil {
		r.skip(r.readBroken(l, rest, err))
		return
	}
	defer r.skip(n)
	names := lowered(slices.Collect(maps.Keys(keys)))
	command := objectCommand(names)
	switch {
	case isSnapshot(names):
		r.failSnapshot(l)
	case isElement(names):
		r.readElement(l, rest)
	case command == "":
		r.ignore(l)
	case r.accept(l, command, JSON):
		r.keepObject(l, command, rest[:n])
	}
}

// isElement reports whether an object is an element of one of etcdctl's lists,
// as jq '.[]' gives them.
func isElement(names []string) bool {
	has := func(name string) bool { return slices.Contains(names, name) }
	return has("endpoint") && (has("status") || has("hashkv") || has("health")) ||
		has("id") && has("peerurls") || has("memberid") && has("alarm")
}

func (r *reader) readElement(l line, rest []byte) {
	var e wireEntry
	if _, err := r.decode(l, rest, &e); err != nil {
		r.failJSON(l, rest, err)
		return
	}
	r.checkIDs(l, func(yield func(uint64) bool) { e.eachID(yield) })
	r.keepEntry(l, &e)
}

// objectCommand recognises an object by its keys. A header alone is an alarm
// list without alarms.
func objectCommand(names []string) Command {
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("members"):
		return MemberList
	case has("alarms"):
		return AlarmList
	case has("raftindex"):
		return EndpointStatus
	case has("hash"):
		return EndpointHashKV
	case has("header") && len(names) == 1:
		return AlarmList
	}
	return ""
}

func (r *reader) keepObject(l line, command Command, value []byte) {
	var (
		members wireMembers
		alarms  wireAlarms
		status  wireStatus
		hash    wireHash
	)
	target := map[Command]any{MemberList: &members, AlarmList: &alarms, EndpointStatus: &status, EndpointHashKV: &hash}[command]
	if _, err := r.decode(l, value, target); err != nil {
		r.failJSON(l, value, err)
		return
	}
	r.sample.mark(command)
	switch command {
	case MemberList:
		r.newList()
		r.checkIDs(l, members.eachID)
		for i := range members.Members {
			r.addMember(members.Members[i].member(members.Header.ClusterID))
		}
	case AlarmList:
		r.checkIDs(l, alarms.eachID)
		r.sample.Alarms = alarms.alarms()
	case EndpointStatus:
		r.checkIDs(l, func(yield func(uint64) bool) { status.eachID(yield) })
		r.sample.Statuses = append(r.sample.Statuses, status.status(""))
	case EndpointHashKV:
		r.sample.Hashes = append(r.sample.Hashes, hash.hash(""))
	}
}

// decode is decode that notes fields which are not known.
func (r *reader) decode(l line, text []byte, target any) (int, error) {
	n, err := decode(text, target)
	var unknown *unknownFieldError
	if errors.As(err, &unknown) {
		r.gap(l, Warning, CodeNotUnderstood, captureAgain, "a field that is not known: %.60q", unknown.name)
		err = unknown.err
	}
	return n, err
}

// checkIDs notes that the IDs of a value have lost digits: that all above 2^53
// are written as floating point prints them, with zeros for what it cannot hold.
func (r *reader) checkIDs(l line, ids iter.Seq[uint64]) {
	lost := false
	for id := range ids {
		switch {
		case id <= 1<<53:
		case !ID(id).isRounded():
			return
		default:
			lost = true
		}
	}
	if lost {
		r.gap(l, Warning, CodeIDsRounded, "ask again without jq, or with etcdctl -w simple",
			"the IDs have lost their last digits: a program such as jq up to 1.6, which keeps numbers as floating point, was in between")
	}
}

// unknownFieldError is a value that decodes, or not, and has a field that its
// target does not have.
type unknownFieldError struct {
	name string
	err  error
}

func (e *unknownFieldError) Error() string { return "unknown field " + e.name }

// decode decodes the value at the start of text and returns its length.
func decode(text []byte, target any) (int, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(target)
	n := int(d.InputOffset())
	value := text[:n]
	if isQuotedNumber(err) {
		value = bareIntegers(value)
		err = decodeStrictly(value, target)
	}
	if err == nil {
		return n, nil
	}
	_, name, unknown := strings.Cut(err.Error(), "unknown field ")
	if !unknown {
		return n, err
	}
	err = json.Unmarshal(value, target)
	if isQuotedNumber(err) {
		err = json.Unmarshal(bareIntegers(value), target)
	}
	return n, &unknownFieldError{strings.Trim(name, `"`), err}
}

func decodeStrictly(value []byte, target any) error {
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	return d.Decode(target)
}

func isQuotedNumber(err error) bool {
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &mismatch) && mismatch.Value == "string"
}

var (
	quotedInteger = regexp.MustCompile(`"((?i:cluster_id|member_id|memberID|ID|leader))"\s*:\s*"([0-9a-fA-F]+)"` +
		`|"(revision|raft_term|raftTerm|raftIndex|raftAppliedIndex|dbSize|dbSizeInUse|dbSizeQuota|hash_revision|compact_revision)"\s*:\s*"(-?\d+)"`)
	quotedTerm = regexp.MustCompile(`"raft_term"\s*:\s*"`)
)

// bareIntegers takes the quotation marks off integers: the gateway quotes
// them all, in decimal; etcdctl --hex quotes IDs, in hexadecimal, but no term.
func bareIntegers(value []byte) []byte {
	base := 16
	if quotedTerm.Match(value) {
		base = 10
	}
	return quotedInteger.ReplaceAllFunc(value, func(match []byte) []byte {
		m := quotedInteger.FindSubmatch(match)
		if len(m[1]) == 0 {
			return slices.Concat([]byte(`"`), m[3], []byte(`":`), m[4])
		}
		id, err := strconv.ParseUint(string(m[2]), base, 64)
		if err != nil {
			return match
		}
		return strconv.AppendUint(slices.Concat([]byte(`"`), m[1], []byte(`":`)), id, 10)
	})
}

// readBroken keeps the elements in front of an error, says where it is, and
// gives the length of what cannot be read.
func (r *reader) readBroken(l line, rest []byte, err error) int {
	d := json.NewDecoder(bytes.NewReader(rest))
	if open, tokenErr := d.Token(); tokenErr == nil && open == json.Delim('[') {
		var good []wireEntry
		for d.More() {
			var e wireEntry
			if d.Decode(&e) != nil {
				break
			}
			good = append(good, e)
		}
		if len(good) > 0 {
			r.keepEntries(l, good)
		}
	}
	r.found = true
	at := r.failJSON(l, rest, err)
	if end := bytes.IndexByte(rest[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(rest)
}

// failJSON says what is wrong with a value, and gives the offset.
func (r *reader) failJSON(l line, value []byte, err error) int {
	var (
		syntax   *json.SyntaxError
		mismatch *json.UnmarshalTypeError
	)
	at, msg := 0, err.Error()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		at, msg = len(value), "the JSON was cut off here; capture it again"
	case errors.As(err, &syntax):
		at = int(syntax.Offset) - 1
		msg = "no JSON: " + msg + syntaxHint(value[:max(0, min(at, len(value)))])
	case errors.As(err, &mismatch):
		at = int(mismatch.Offset)
		msg = mismatch.Field + ": a " + mismatch.Value + " is not what etcdctl prints there" + exponentHint(mismatch.Value)
	}
	at = max(0, min(at, len(value)))
	before := value[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	r.fail(l.number+bytes.Count(before, []byte{'\n'}), len([]rune(string(before[start:])))+1, "%s", msg)
	return at
}

// exponentHint explains a number that jq up to 1.5 has made of an ID.
func exponentHint(value string) string {
	if strings.ContainsAny(value, "eE") && strings.HasPrefix(value, "number ") && strings.Contains(value, "+") {
		return " (digits are lost: jq keeps numbers as floating point; ask again without it)"
	}
	return ""
}

// syntaxHint explains a known way in which etcdctl's own JSON is broken.
func syntaxHint(before []byte) string {
	if bytes.HasSuffix(bytes.TrimRight(before, "0123456789"), []byte(`"raft_term":`)) {
		return " (with --hex, etcdctl 3.5.0 to 3.5.2 prints the term in hexadecimal without quotation marks: leave --hex out)"
	}
	return ""
}
