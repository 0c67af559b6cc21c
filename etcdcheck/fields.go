package etcdcheck

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var fieldLine = regexp.MustCompile(`^"([A-Za-z]+)" :(?: (.*))?$`)

func isField(text string) bool { return fieldLine.MatchString(text) }

// readFields reads one record of the fields format: lines of `"Key" : value`
// up to a blank line.
func (r *reader) readFields() {
	first, _ := r.peek()
	rec := record{line: first.number}
	var last line
	for {
		l, ok := r.peek()
		text := strings.TrimSpace(l.text)
		m := fieldLine.FindStringSubmatch(text)
		if !ok || m == nil {
			break
		}
		r.take(l)
		last = l
		rec.fields = append(rec.fields, field{line: l.number, key: m[1], value: strings.TrimSpace(m[2])})
	}
	r.warnUnended(last)
	rec.closed = r.recordClosed()
	rec.hex = slices.ContainsFunc(rec.fields, field.isHexID)
	r.readRecord(rec)
}

// recordClosed reports whether the record was ended and not cut off.
func (r *reader) recordClosed() bool {
	l, ok := r.peek()
	return ok && strings.TrimSpace(l.text) == ""
}

func (r *reader) readRecord(rec record) {
	command := rec.command()
	r.unknownKeys(rec)
	if command == "" && isSnapshot(lowered(rec.keys())) {
		r.failSnapshot(line{number: rec.line})
		return
	}
	if command == "" {
		r.found = true
		r.fail(rec.last().line, 0, "a record of fields that ends after %q, which is no record of etcdctl's: it was cut off; capture it again", rec.last().key)
		return
	}
	if !r.accept(line{number: rec.line}, command, Fields) {
		return
	}
	switch command {
	case EndpointStatus:
		s := rec.status()
		r.keep(rec.wrongs, func() { r.sample.Statuses = append(r.sample.Statuses, s) })
	case EndpointHealth:
		h := rec.health()
		r.keep(rec.wrongs, func() { r.sample.Health = append(r.sample.Health, h) })
	case EndpointHashKV:
		h := rec.hash()
		r.keep(rec.wrongs, func() { r.sample.Hashes = append(r.sample.Hashes, h) })
	case MemberList:
		m := rec.member()
		if m.Name != "" && len(m.ClientURLs) == 0 {
			r.gap(line{number: rec.line}, Warning, CodeNotUnderstood, captureAgain, "member %v has a name and no client URL, which etcd learns together", m.ID)
		}
		r.keep(rec.wrongs, func() { r.addRecord(m, rec.fields[0].key == "ClusterID") })
	case AlarmList:
		a := rec.alarm()
		r.keep(rec.wrongs, func() { r.addAlarm(a) })
	}
}

// addAlarm stores an alarm, or notes that there is none.
func (r *reader) addAlarm(a Alarm) {
	r.sample.mark(AlarmList)
	if a.Type != "" {
		r.sample.Alarms = append(r.sample.Alarms, a)
	}
}

// knownKeys are the keys of all records of etcdctl's.
var knownKeys = map[string]bool{
	"ClusterID": true, "MemberID": true, "Revision": true, "RaftTerm": true, "Endpoint": true,
	"Version": true, "StorageVersion": true, "DBSize": true, "DBSizeInUse": true, "DBSizeQuota": true, "Leader": true,
	"IsLearner": true, "RaftIndex": true, "RaftAppliedIndex": true, "Errors": true, "DowngradeTargetVersion": true, "DowngradeEnabled": true,
	"Health": true, "Took": true, "Error": true, "Hash": true, "HashRevision": true, "CompactRevision": true,
	"ID": true, "Name": true, "PeerURL": true, "ClientURL": true, "AlarmType": true,
}

// unknownKeys notes the keys that none of etcdctl's records has.
func (r *reader) unknownKeys(rec record) {
	for _, f := range rec.fields {
		if !knownKeys[f.key] && f.key != "Keys" && f.key != "Size" {
			r.gap(line{number: f.line}, Warning, CodeNotUnderstood, captureAgain, "a field that is not known: %.60q", f.key)
		}
	}
}

func (rec *record) keys() []string {
	keys := make([]string, 0, len(rec.fields))
	for _, f := range rec.fields {
		keys = append(keys, f.key)
	}
	return keys
}

type field struct {
	line       int
	key, value string
}

// isHexID reports whether the field is an ID that --hex printed.
func (f field) isHexID() bool {
	return slices.Contains([]string{"ClusterID", "MemberID", "ID"}, f.key) && strings.ContainsAny(f.value, "abcdef")
}

// record is one record of the fields format.
type record struct {
	line   int
	fields []field
	hex    bool
	closed bool
	wrongs []*ParseError
}

func (rec *record) last() field { return rec.fields[len(rec.fields)-1] }

// command recognises a record by its keys. A header alone is an alarm list
// without alarms.
func (rec *record) command() Command {
	has := func(key string) bool {
		return slices.ContainsFunc(rec.fields, func(f field) bool { return f.key == key })
	}
	switch {
	case has("Endpoint") && has("Health") && has("Error"):
		return EndpointHealth
	case has("Endpoint") && has("Hash"):
		return EndpointHashKV
	case has("Endpoint") && has("RaftIndex") && (!has("StorageVersion") || has("DowngradeEnabled")):
		return EndpointStatus
	case has("ID") && has("Name") && (has("IsLearner") || rec.closed):
		return MemberList
	case has("AlarmType"):
		return AlarmList
	case rec.fields[0].key == "ClusterID" && rec.last().key == "RaftTerm":
		return AlarmList
	}
	return ""
}

func (rec *record) status() Status {
	s := Status{
		Endpoint:        rec.text("Endpoint"),
		ClusterID:       rec.id("ClusterID"),
		MemberID:        rec.id("MemberID"),
		Learner:         fieldAs(rec, "IsLearner", parseBool),
		Version:         rec.release("Version"),
		StorageVersion:  rec.release("StorageVersion"),
		DBSize:          rec.size("DBSize"),
		DBSizeInUse:     rec.size("DBSizeInUse"),
		Quota:           rec.size("DBSizeQuota"),
		RaftTerm:        fieldAs(rec, "RaftTerm", parseUint),
		RaftIndex:       fieldAs(rec, "RaftIndex", parseUint),
		RaftApplied:     fieldAs(rec, "RaftAppliedIndex", parseUint),
		Revision:        fieldAs(rec, "Revision", parseInt),
		Errors:          splitErrors(strings.TrimSuffix(strings.TrimPrefix(rec.raw("Errors"), "["), "]")),
		Downgrading:     fieldAs(rec, "DowngradeEnabled", parseBool),
		DowngradeTarget: rec.text("DowngradeTargetVersion"),
	}
	if leader := fieldAs(rec, "Leader", parseUint); leader.Known { // decimal, also with --hex
		s.Leader = Known(ID(leader.Value))
	}
	return s.withoutBlanks()
}

func (rec *record) health() Health {
	return Health{
		Endpoint: rec.text("Endpoint"),
		Healthy:  fieldAs(rec, "Health", parseBool).Value,
		Took:     fieldAs(rec, "Took", time.ParseDuration),
		Error:    rec.text("Error"),
	}
}

func (rec *record) hash() Hash {
	return Hash{
		Endpoint:     rec.text("Endpoint"),
		ClusterID:    rec.id("ClusterID"),
		MemberID:     rec.id("MemberID"),
		Hash:         fieldAs(rec, "Hash", parseUint32).Value,
		HashRevision: fieldAs(rec, "HashRevision", parseInt),
		Revision:     fieldAs(rec, "Revision", parseInt),
	}
}

func (rec *record) member() Member {
	return Member{
		ClusterID:  rec.optionalID("ClusterID"),
		ID:         rec.id("ID"),
		Name:       rec.text("Name"),
		PeerURLs:   rec.texts("PeerURL"),
		ClientURLs: rec.texts("ClientURL"),
		Learner:    fieldAs(rec, "IsLearner", parseBool),
	}
}

func (rec *record) alarm() Alarm {
	alarm := rec.text("AlarmType")
	if alarm == "" {
		return Alarm{}
	}
	return Alarm{MemberID: rec.id("MemberID"), Type: alarm}
}

// raw is the value of the last field of that name: the header that some
// records start with has fields of the same names.
func (rec *record) raw(key string) string {
	for _, f := range slices.Backward(rec.fields) {
		if f.key == key {
			return f.value
		}
	}
	return ""
}

// text is a value without its quotation marks.
func (rec *record) text(key string) string {
	values := rec.texts(key)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func (rec *record) texts(key string) []string {
	var values []string
	for _, f := range rec.fields {
		if f.key != key {
			continue
		}
		v := f.value
		if strings.HasPrefix(v, `"`) {
			unquoted, err := strconv.Unquote(v)
			if err != nil {
				rec.wrong(key, v)
			}
			v = strings.ToValidUTF8(unquoted, "\ufffd") // \xb6 in quotation marks is a byte that clean could not see
		}
		values = append(values, v)
	}
	return values
}

// release is the text of a release.
func (rec *record) release(key string) string {
	text := rec.text(key)
	if text == "" {
		return ""
	}
	if _, err := ParseVersion(text); err != nil {
		rec.wrong(key, text)
	}
	return text
}

func (rec *record) id(key string) ID {
	id := rec.optionalID(key)
	if id == 0 {
		rec.wrong(key, rec.raw(key))
	}
	return id
}

func (rec *record) optionalID(key string) ID {
	base := 10
	if rec.hex {
		base = 16
	}
	return fieldAs(rec, key, func(s string) (ID, error) {
		v, err := strconv.ParseUint(s, base, 64)
		return ID(v), err
	}).Value
}

func (rec *record) size(key string) Size {
	n := fieldAs(rec, key, parseUint)
	return Size{Bytes: n.Value, Known: n.Known}
}

// fieldAs is a field as a value; an empty one, or none, is unknown.
func fieldAs[T comparable](rec *record, key string, parse func(string) (T, error)) Maybe[T] {
	s := rec.raw(key)
	if s == "" {
		return Maybe[T]{}
	}
	v, err := parse(s)
	if err != nil {
		rec.wrong(key, s)
		return Maybe[T]{}
	}
	return Known(v)
}

// wrong notes a wrong value, at its line; what is missing is noted at the first.
func (rec *record) wrong(key, value string) {
	line := rec.line
	for _, f := range rec.fields {
		if f.key == key {
			line = f.line
		}
	}
	rec.wrongs = append(rec.wrongs, notPrinted(line, key, value))
}

func parseUint32(s string) (uint32, error) {
	v, err := strconv.ParseUint(s, 10, 32)
	return uint32(v), err
}
