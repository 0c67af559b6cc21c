package etcd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/haplane/haplane/etcdcheck"
)

// truth is what the members that answer tell over gRPC.
func (c *cluster) truth(servers []*server) (etcdcheck.Sample, error) {
	var s etcdcheck.Sample
	for _, srv := range servers {
		if err := c.tell(srv, &s); err != nil {
			return s, fmt.Errorf("%s: %w", srv.name, err)
		}
	}
	return s, nil
}

func (c *cluster) tell(srv *server, s *etcdcheck.Sample) error {
	cl := c.client(srv)
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	st, err := cl.Status(ctx, srv.client)
	if err != nil {
		return err
	}
	s.Statuses = append(s.Statuses, toldStatus(srv.client, st))
	h, err := cl.HashKV(ctx, srv.client, 0)
	if err != nil {
		return err
	}
	s.Hashes = append(s.Hashes, toldHash(srv.client, h))
	return nil
}

// tellMembers adds the member list, which needs a quorum.
func (c *cluster) tellMembers(srv *server, s *etcdcheck.Sample) error {
	cl := c.client(srv)
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	members, err := cl.MemberList(ctx)
	if err != nil {
		return err
	}
	for _, m := range members.Members {
		s.Members = append(s.Members, etcdcheck.Member{
			ClusterID: etcdcheck.ID(members.Header.ClusterId), ID: etcdcheck.ID(m.ID), Name: m.Name,
			PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs, Learner: etcdcheck.Known(m.IsLearner),
		})
	}
	return nil
}

// tellAlarms is the alarms, which also need a quorum.
func (c *cluster) tellAlarms(srv *server) (etcdcheck.Sample, error) {
	cl := c.client(srv)
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	alarms, err := cl.AlarmList(ctx)
	if err != nil {
		return etcdcheck.Sample{}, err
	}
	s := etcdcheck.Sample{Alarms: []etcdcheck.Alarm{}}
	for _, a := range alarms.Alarms {
		s.Alarms = append(s.Alarms, etcdcheck.Alarm{MemberID: etcdcheck.ID(a.MemberID), Type: a.Alarm.String()})
	}
	return s, nil
}

func toldStatus(endpoint string, st *clientv3.StatusResponse) etcdcheck.Status {
	s := etcdcheck.Status{
		Endpoint:       endpoint,
		ClusterID:      etcdcheck.ID(st.Header.ClusterId),
		MemberID:       etcdcheck.ID(st.Header.MemberId),
		Leader:         etcdcheck.Known(etcdcheck.ID(st.Leader)),
		Learner:        etcdcheck.Known(st.IsLearner),
		Version:        st.Version,
		StorageVersion: st.StorageVersion,
		DBSize:         etcdcheck.Bytes(uint64(st.DbSize)),
		DBSizeInUse:    etcdcheck.Bytes(uint64(st.DbSizeInUse)),
		RaftTerm:       etcdcheck.Known(st.RaftTerm),
		RaftIndex:      etcdcheck.Known(st.RaftIndex),
		RaftApplied:    etcdcheck.Known(st.RaftAppliedIndex),
		Revision:       etcdcheck.Known(st.Header.Revision),
	}
	for _, e := range st.Errors {
		s.Errors = append(s.Errors, strings.TrimSpace(e)) // the text of an alarm ends in a space
	}
	if st.DbSizeQuota != 0 {
		s.Quota = etcdcheck.Bytes(uint64(st.DbSizeQuota))
	}
	if st.DowngradeInfo != nil {
		s.Downgrading = etcdcheck.Known(st.DowngradeInfo.Enabled)
		s.DowngradeTarget = st.DowngradeInfo.TargetVersion
	}
	return s
}

func toldHash(endpoint string, h *clientv3.HashKVResponse) etcdcheck.Hash {
	hash := etcdcheck.Hash{
		Endpoint: endpoint, ClusterID: etcdcheck.ID(h.Header.ClusterId), MemberID: etcdcheck.ID(h.Header.MemberId),
		Hash: h.Hash, Revision: etcdcheck.Known(h.Header.Revision),
	}
	if h.CompactRevision != 0 {
		hash.CompactRevision = etcdcheck.Known(h.CompactRevision)
	}
	if h.HashRevision != 0 {
		hash.HashRevision = etcdcheck.Known(h.HashRevision)
	}
	return hash
}

// sayable is what a format can say of a sample. The columns of etcdctl 3.5 are
// fewer than those of 3.6.
func sayable(s etcdcheck.Sample, format etcdcheck.Format, columns36 bool) etcdcheck.Sample {
	s.Statuses = slices.Clone(s.Statuses)
	s.Hashes = slices.Clone(s.Hashes)
	s.Members = slices.Clone(s.Members)
	for i := range s.Statuses {
		sayableStatus(&s.Statuses[i], format, columns36)
	}
	for i := range s.Hashes {
		sayableHash(&s.Hashes[i], format, columns36)
	}
	for i := range s.Members {
		if text(format) {
			s.Members[i].ClusterID = 0
		}
	}
	return s
}

func text(f etcdcheck.Format) bool { return f == etcdcheck.Simple || f == etcdcheck.Table }

func sayableStatus(s *etcdcheck.Status, format etcdcheck.Format, columns36 bool) {
	if text(format) {
		s.ClusterID, s.Revision = 0, etcdcheck.Maybe[int64]{}
		if !s.IsLeader() && !s.HasNoLeader() {
			s.Leader = etcdcheck.Maybe[etcdcheck.ID]{}
		}
		if columns36 {
			s.PercentNotInUse = etcdcheck.Known(100 - int(s.DBSizeInUse.Bytes*100/s.DBSize.Bytes))
		}
		s.DBSize, s.DBSizeInUse, s.Quota = rounded(s.DBSize), rounded(s.DBSizeInUse), rounded(s.Quota)
	}
	if format == etcdcheck.JSON || columns36 {
		if format != etcdcheck.JSON && !s.Downgrading.Known {
			s.Downgrading = etcdcheck.Known(false) // etcdctl prints false for what the server did not say
		}
		return
	}
	s.StorageVersion, s.DBSizeInUse, s.Quota = "", etcdcheck.Size{}, etcdcheck.Size{}
	s.Downgrading, s.DowngradeTarget = etcdcheck.Maybe[bool]{}, ""
}

func sayableHash(h *etcdcheck.Hash, format etcdcheck.Format, columns36 bool) {
	if format == etcdcheck.JSON {
		return
	}
	h.CompactRevision = etcdcheck.Maybe[int64]{}
	if text(format) {
		h.ClusterID, h.MemberID, h.Revision = 0, 0, etcdcheck.Maybe[int64]{}
	}
	if !columns36 {
		h.HashRevision = etcdcheck.Maybe[int64]{}
	}
}

// rounded is what a size says when it is printed with two digits.
func rounded(s etcdcheck.Size) etcdcheck.Size {
	if !s.Known {
		return s
	}
	text := fmt.Sprintf("x, 1, 3.5.0, %s, false, false, 1, 1, 1, \n", s)
	read, err := etcdcheck.Parse([]byte("127.0.0.1:1" + text[1:]))
	if err != nil || len(read.Statuses) != 1 {
		return etcdcheck.Size{}
	}
	return read.Statuses[0].DBSize
}
