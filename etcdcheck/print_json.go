package etcdcheck

import "encoding/json"

// PrintJSON prints a command's part of the sample as etcdctl's JSON does, so
// that programs which read that can read this. What is not known exactly is
// left out; a follower's leader that a table did not say is who leads at its
// term.
func (s Sample) PrintJSON(command Command) ([]byte, error) {
	var v any
	switch command {
	case EndpointStatus:
		v = printed(s.Statuses, s.printStatus)
	case EndpointHealth:
		v = printed(s.Health, Health.print)
	case EndpointHashKV:
		v = printed(s.Hashes, Hash.print)
	case MemberList:
		v = s.printMembers()
	case AlarmList:
		v = wireAlarms{Alarms: printed(s.Alarms, Alarm.print)}
	default:
		return nil, nil
	}
	text, err := json.Marshal(v)
	return append(text, '\n'), err
}

// printed turns each item into what is printed of it.
func printed[T, P any](items []T, print func(T) P) []P {
	list := make([]P, 0, len(items))
	for _, item := range items {
		list = append(list, print(item))
	}
	return list
}

type printedStatus struct {
	Endpoint string
	Status   wireStatus
}

type printedHash struct {
	Endpoint string
	HashKV   wireHash
}

type printedHealth struct {
	Endpoint string `json:"endpoint"`
	Health   bool   `json:"health"`
	Took     string `json:"took"`
	Error    string `json:"error,omitempty"`
}

func (s Sample) printStatus(st Status) printedStatus {
	w := wireStatus{
		Header: wireHeader{
			ClusterID: uint64(st.ClusterID), MemberID: uint64(st.MemberID),
			Revision: pointer(st.Revision), RaftTerm: st.RaftTerm.Value,
		},
		Version: st.Version, DBSize: exactBytes(st.DBSize), Leader: uint64(s.leaderOf(st)),
		RaftIndex: st.RaftIndex.Value, RaftTerm: st.RaftTerm.Value, RaftApplied: st.RaftApplied.Value,
		Errors: st.Errors, DBSizeInUse: exactBytes(st.DBSizeInUse), IsLearner: st.Learner.Value,
		StorageVersion: st.StorageVersion, DBSizeQuota: exactBytes(st.Quota),
	}
	if st.Downgrading.Known {
		w.DowngradeInfo = &wireDowngrade{Enabled: st.Downgrading.Value, TargetVersion: st.DowngradeTarget}
	}
	return printedStatus{Endpoint: st.Endpoint, Status: w}
}

// leaderOf is whom a member follows, as far as the sample says.
func (s Sample) leaderOf(st Status) ID {
	if st.Leader.Known || st.HasNoLeader() {
		return st.Leader.Value
	}
	for _, other := range s.Statuses {
		if other.IsLeader() && other.RaftTerm == st.RaftTerm {
			return other.MemberID
		}
	}
	return 0
}

func (h Health) print() printedHealth {
	return printedHealth{Endpoint: h.Endpoint, Health: h.Healthy, Took: blank(h.Took), Error: h.Error}
}

func (h Hash) print() printedHash {
	return printedHash{Endpoint: h.Endpoint, HashKV: wireHash{
		Header: wireHeader{ClusterID: uint64(h.ClusterID), MemberID: uint64(h.MemberID), Revision: pointer(h.Revision)},
		Hash:   h.Hash, CompactRevision: pointer(h.CompactRevision), HashRevision: pointer(h.HashRevision),
	}}
}

func (s Sample) printMembers() wireMembers {
	w := wireMembers{Members: printed(s.Members, Member.print)}
	for _, m := range s.Members {
		w.Header.ClusterID = uint64(m.ClusterID)
	}
	return w
}

func (m Member) print() wireMember {
	return wireMember{ID: uint64(m.ID), Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs, IsLearner: m.Learner.Value}
}

func (a Alarm) print() wireAlarm {
	return wireAlarm{MemberID: uint64(a.MemberID), Alarm: alarmType(a.Type)}
}

func exactBytes(s Size) uint64 {
	if n, ok := s.Exact(); ok {
		return n
	}
	return 0
}

func pointer[T comparable](m Maybe[T]) *T {
	if !m.Known {
		return nil
	}
	return &m.Value
}
