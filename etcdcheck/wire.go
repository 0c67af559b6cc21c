package etcdcheck

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The JSON that etcdctl prints, which is Go's rendering of the messages of
// etcdserverpb, and that the server's gateway answers, which is theirs by
// protobuf's rules. Zero values are left out of it, so absent means zero, save
// for what older releases do not know.

type wireHeader struct {
	ClusterID uint64 `json:"cluster_id,omitempty"`
	MemberID  uint64 `json:"member_id,omitempty"`
	Revision  *int64 `json:"revision,omitempty"`
	RaftTerm  uint64 `json:"raft_term,omitempty"`
}

type wireStatus struct {
	Header         wireHeader     `json:"header"`
	Version        string         `json:"version,omitempty"`
	DBSize         uint64         `json:"dbSize,omitempty"`
	Leader         uint64         `json:"leader,omitempty"`
	RaftIndex      uint64         `json:"raftIndex,omitempty"`
	RaftTerm       uint64         `json:"raftTerm,omitempty"`
	RaftApplied    uint64         `json:"raftAppliedIndex,omitempty"`
	Errors         []string       `json:"errors,omitempty"`
	DBSizeInUse    uint64         `json:"dbSizeInUse,omitempty"`
	IsLearner      bool           `json:"isLearner,omitempty"`
	StorageVersion string         `json:"storageVersion,omitempty"`
	DBSizeQuota    uint64         `json:"dbSizeQuota,omitempty"`
	DowngradeInfo  *wireDowngrade `json:"downgradeInfo,omitempty"`
}

type wireDowngrade struct {
	Enabled       bool   `json:"enabled,omitempty"`
	TargetVersion string `json:"targetVersion,omitempty"`
}

type wireHash struct {
	Header          wireHeader `json:"header"`
	Hash            uint32     `json:"hash,omitempty"`
	CompactRevision *int64     `json:"compact_revision,omitempty"`
	HashRevision    *int64     `json:"hash_revision,omitempty"`
}

// wireEntry is an element of the lists of endpoint status, health and hashkv, of
// members or of alarms.
// Status and hashkv write Endpoint, health endpoint; reading takes both.
type wireEntry struct {
	Endpoint string      `json:"endpoint"`
	Status   *wireStatus `json:"Status"`
	HashKV   *wireHash   `json:"HashKV"`
	Health   *bool       `json:"health"`
	Took     string      `json:"took"`
	Error    string      `json:"error"`

	// What jq '.[]', jq .members and jq .alarms leave has these fields at the top.
	wireMember
	wireAlarm
}

type wireMembers struct {
	Header  wireHeader   `json:"header"`
	Members []wireMember `json:"members"`
}

type wireMember struct {
	ID         uint64   `json:"ID"`
	Name       string   `json:"name,omitempty"`
	PeerURLs   []string `json:"peerURLs,omitempty"`
	ClientURLs []string `json:"clientURLs,omitempty"`
	IsLearner  bool     `json:"isLearner,omitempty"`
}

type wireAlarms struct {
	Header wireHeader  `json:"header"`
	Alarms []wireAlarm `json:"alarms,omitempty"`
}

type wireAlarm struct {
	MemberID uint64    `json:"memberID,omitempty"`
	Alarm    alarmType `json:"alarm"`
}

// eachID yields the IDs of a value, until it is told to stop, which it returns.
func (w *wireHeader) eachID(yield func(uint64) bool) bool {
	return yield(w.ClusterID) && yield(w.MemberID)
}

func (w *wireStatus) eachID(yield func(uint64) bool) bool {
	return w.Header.eachID(yield) && yield(w.Leader)
}

func (w *wireEntry) eachID(yield func(uint64) bool) bool {
	if w.Status != nil && !w.Status.eachID(yield) || w.HashKV != nil && !w.HashKV.Header.eachID(yield) {
		return false
	}
	return yield(w.ID) && yield(w.MemberID)
}

func (w *wireMembers) eachID(yield func(uint64) bool) {
	more := w.Header.eachID(yield)
	for i := 0; more && i < len(w.Members); i++ {
		more = yield(w.Members[i].ID)
	}
}

func (w *wireAlarms) eachID(yield func(uint64) bool) {
	more := w.Header.eachID(yield)
	for i := 0; more && i < len(w.Alarms); i++ {
		more = yield(w.Alarms[i].MemberID)
	}
}

func (w *wireStatus) status(endpoint string) Status {
	s := Status{
		Endpoint:       endpoint,
		ClusterID:      ID(w.Header.ClusterID),
		MemberID:       ID(w.Header.MemberID),
		Leader:         Known(ID(w.Leader)),
		Learner:        Known(w.IsLearner),
		Version:        w.Version,
		StorageVersion: w.StorageVersion,
		DBSize:         Bytes(w.DBSize),
		DBSizeInUse:    Bytes(w.DBSizeInUse),
		Quota:          Bytes(w.DBSizeQuota),
		RaftTerm:       Known(w.RaftTerm),
		RaftIndex:      Known(w.RaftIndex),
		RaftApplied:    Maybe[uint64]{Value: w.RaftApplied, Known: w.RaftApplied != 0},
		Revision:       pointed(w.Header.Revision),
		Errors:         trimmed(w.Errors),
	}
	if w.DowngradeInfo != nil {
		s.Downgrading = Known(w.DowngradeInfo.Enabled)
		s.DowngradeTarget = w.DowngradeInfo.TargetVersion
	}
	return s.withoutBlanks()
}

// trimmed is the errors without the space that etcd's text of an alarm ends in.
func trimmed(errs []string) []string {
	for i, e := range errs {
		errs[i] = strings.TrimSpace(e)
	}
	return errs
}

func (w *wireHash) hash(endpoint string) Hash {
	return Hash{
		Endpoint:        endpoint,
		ClusterID:       ID(w.Header.ClusterID),
		MemberID:        ID(w.Header.MemberID),
		Hash:            w.Hash,
		HashRevision:    pointed(w.HashRevision),
		CompactRevision: pointed(w.CompactRevision),
		Revision:        pointed(w.Header.Revision),
	}
}

func (w *wireEntry) health() (Health, error) {
	h := Health{Endpoint: w.Endpoint, Healthy: *w.Health, Error: w.Error}
	if w.Took == "" {
		return h, nil
	}
	took, err := time.ParseDuration(w.Took)
	h.Took = Known(took)
	return h, err
}

func (w *wireMember) member(cluster uint64) Member {
	return Member{
		ClusterID:  ID(cluster),
		ID:         ID(w.ID),
		Name:       w.Name,
		PeerURLs:   w.PeerURLs,
		ClientURLs: w.ClientURLs,
		Learner:    Known(w.IsLearner),
	}
}

func (w *wireAlarms) alarms() []Alarm {
	alarms := make([]Alarm, 0, len(w.Alarms))
	for _, a := range w.Alarms {
		if a.Alarm != "" && a.Alarm != alarmNumbers[0] {
			alarms = append(alarms, Alarm{MemberID: ID(a.MemberID), Type: string(a.Alarm)})
		}
	}
	return alarms
}

// pointed is a value that may be left out.
func pointed[T comparable](p *T) Maybe[T] {
	if p == nil {
		return Maybe[T]{}
	}
	return Known(*p)
}

// alarmType is etcdserverpb.AlarmType: a number in etcdctl's JSON, a name in
// the gateway's.
type alarmType string

// alarmNumbers are the alarms at their numbers.
var alarmNumbers = []alarmType{"NONE", "NOSPACE", "CORRUPT"}

// UnmarshalJSON reads a number or a name.
func (a *alarmType) UnmarshalJSON(data []byte) error {
	var number int
	if err := json.Unmarshal(data, &number); err == nil && number >= 0 && number < len(alarmNumbers) {
		*a = alarmNumbers[number]
		return nil
	}
	return json.Unmarshal(data, (*string)(a))
}

// MarshalJSON writes the number, or the name of an alarm that has none here.
func (a alarmType) MarshalJSON() ([]byte, error) {
	if number := slices.Index(alarmNumbers, a); number >= 0 {
		return json.Marshal(number)
	}
	return json.Marshal(string(a))
}
