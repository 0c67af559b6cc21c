// Package etcdctltest prints, for tests that pretend to be a cluster, what
// etcdctl -w json prints of it.
package etcdctltest

import (
	"encoding/json"

	"github.com/haplane/haplane/etcdcheck"
)

type header struct {
	ClusterID uint64 `json:"cluster_id,omitempty"`
	MemberID  uint64 `json:"member_id,omitempty"`
	Revision  int64  `json:"revision,omitempty"`
	RaftTerm  uint64 `json:"raft_term,omitempty"`
}

type status struct {
	Header      header   `json:"header"`
	Version     string   `json:"version,omitempty"`
	DBSize      uint64   `json:"dbSize,omitempty"`
	Leader      uint64   `json:"leader,omitempty"`
	RaftIndex   uint64   `json:"raftIndex,omitempty"`
	RaftTerm    uint64   `json:"raftTerm,omitempty"`
	RaftApplied uint64   `json:"raftAppliedIndex,omitempty"`
	Errors      []string `json:"errors,omitempty"`
	DBSizeInUse uint64   `json:"dbSizeInUse,omitempty"`
	IsLearner   bool     `json:"isLearner,omitempty"`
	Storage     string   `json:"storageVersion,omitempty"`
	DBSizeQuota uint64   `json:"dbSizeQuota,omitempty"`
}

type endpoint struct {
	Endpoint string
	Status   status
}

type member struct {
	ID         uint64
	Name       string   `json:"name,omitempty"`
	PeerURLs   []string `json:"peerURLs,omitempty"`
	ClientURLs []string `json:"clientURLs,omitempty"`
	IsLearner  bool     `json:"isLearner,omitempty"`
}

// Statuses returns what endpoint status prints of the statuses.
func Statuses(statuses []etcdcheck.Status) []byte {
	endpoints := make([]endpoint, 0, len(statuses))
	for _, s := range statuses {
		endpoints = append(endpoints, endpoint{Endpoint: s.Endpoint, Status: status{
			Header: header{
				ClusterID: uint64(s.ClusterID), MemberID: uint64(s.MemberID), Revision: s.Revision.Value, RaftTerm: s.RaftTerm.Value,
			},
			Version: s.Version, DBSize: s.DBSize.Bytes, Leader: uint64(s.Leader.Value),
			RaftIndex: s.RaftIndex.Value, RaftTerm: s.RaftTerm.Value, RaftApplied: s.RaftApplied.Value,
			Errors: s.Errors, DBSizeInUse: s.DBSizeInUse.Bytes, IsLearner: s.Learner.Value,
			Storage: s.StorageVersion, DBSizeQuota: s.Quota.Bytes,
		}})
	}
	return marshal(endpoints)
}

// Members returns what member list prints of the members.
func Members(members []etcdcheck.Member) []byte {
	var list struct {
		Header  header   `json:"header"`
		Members []member `json:"members"`
	}
	for _, m := range members {
		list.Header.ClusterID = uint64(m.ClusterID)
		list.Members = append(list.Members, member{
			ID: uint64(m.ID), Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs, IsLearner: m.Learner.Value,
		})
	}
	return marshal(list)
}

func marshal(v any) []byte {
	text, _ := json.Marshal(v) // structs of numbers and strings always marshal
	return append(text, '\n')
}
