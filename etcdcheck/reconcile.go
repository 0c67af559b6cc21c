package etcdcheck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Role is what a member is to the cluster.
type Role string

// The roles. An unstarted voter counts for the quorum as any voter does: it can
// only never be part of one, which is why it blocks the next join.
const (
	Voter            Role = "voter"
	Learner          Role = "learner"
	UnstartedVoter   Role = "unstarted voter"
	UnstartedLearner Role = "unstarted learner"
	// NoMember is somebody that answered, or that the caller expects, and that
	// the member list does not have, or that is of another cluster.
	NoMember Role = "no member"
)

// Votes reports whether a member of this role counts for the quorum.
func (r Role) Votes() bool { return r == Voter || r == UnstartedVoter }

// MemberState is all that a sample says of one member, put together from the
// outputs that name it by ID, by name or by endpoint.
type MemberState struct {
	// ID is 0 for an expected member that nothing else knows.
	ID   ID     `json:"id,omitzero"`
	Name string `json:"name,omitempty"`
	Role Role   `json:"role"`
	// Endpoints are its client endpoints, without scheme.
	Endpoints []string `json:"endpoints,omitempty"`
	// PeerURLs are said by the member list.
	PeerURLs []string `json:"peerURLs,omitempty"`
	// Listed says whether the member list has it; unknown without a list.
	Listed Maybe[bool] `json:"listed,omitzero"`
	// Answered says whether it gave its status; unknown where it seems that
	// it was not asked.
	Answered Maybe[bool] `json:"answered,omitzero"`
	// Agrees is set where it follows the leader, at the term, of the majority,
	// or gave no status and could read through the quorum.
	Agrees bool `json:"agrees"`
	// Leads is set where it says that it is the leader.
	Leads bool `json:"leads"`
	// Healthy is endpoint health's word: it could read through the quorum. An
	// endpoint that only has an alarm counts as healthy here; of a learner it
	// is unknown.
	Healthy Maybe[bool] `json:"healthy,omitzero"`
	// Error is why it did not answer or is not healthy.
	Error string `json:"error,omitempty"`
	// ApplyLag is the number of committed entries that it has not applied.
	ApplyLag Maybe[uint64] `json:"applyLag,omitzero"`
	// CommitLag is how far its committed index is behind the highest one.
	CommitLag Maybe[uint64] `json:"commitLag,omitzero"`
	Alarms    []string      `json:"alarms,omitempty"`
	// Status is nil where there is none.
	Status *Status `json:"status,omitempty"`
	// Hash is nil where there is none.
	Hash *Hash `json:"hash,omitempty"`
}

// Label is how people call the member: its name, its endpoint, or its ID.
func (m MemberState) Label() string {
	switch {
	case m.Name != "":
		return m.Name
	case len(m.Endpoints) > 0:
		return m.Endpoints[0]
	}
	return m.ID.String()
}

// Expected is a member that the caller knows of. Etcdctl leaves endpoints that
// are down out of its lists, so that without a member list or an expectation
// silence looks like health.
type Expected struct {
	// Name may be empty.
	Name string `json:"name,omitempty"`
	// Endpoint is the client endpoint, with or without scheme.
	Endpoint string `json:"endpoint,omitempty"`
}

// ParseExpected reads members that are separated by commas, each an endpoint or
// name=endpoint. An empty text is none.
func ParseExpected(s string) []Expected {
	var list []Expected
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		name, endpoint, named := strings.Cut(part, "=")
		switch {
		case named:
			list = append(list, Expected{Name: name, Endpoint: endpoint})
		case part != "":
			list = append(list, Expected{Endpoint: part})
		}
	}
	return list
}

// reconcile puts a sample and what the caller expects together.
func reconcile(s Sample, expect []Expected) []*MemberState {
	p := &picture{cluster: mainCluster(s), listed: len(s.Members) > 0}
	for _, m := range s.Members {
		p.addMember(m)
	}
	for _, st := range bestStatuses(s.Statuses) {
		p.addStatus(st)
	}
	for _, e := range expect {
		p.addExpected(e)
	}
	for _, f := range s.Failures {
		p.addFailure(f)
	}
	for _, h := range s.Health {
		p.addHealth(h)
	}
	for _, h := range s.Hashes {
		p.addHash(h)
	}
	for _, a := range slices.Concat(s.Alarms, statusAlarms(s.Statuses)) {
		p.addAlarm(a)
	}
	slices.SortStableFunc(p.members, compareMembers)
	return p.members
}

// picture is the members as they are put together.
type picture struct {
	cluster ID
	listed  bool // there is a member list
	members []*MemberState
}

func (p *picture) add(m *MemberState) *MemberState {
	p.members = append(p.members, m)
	return m
}

func (p *picture) byID(id ID) *MemberState {
	return p.find(func(m *MemberState) bool { return id != 0 && m.ID == id && !m.foreign(p.cluster) })
}

func (p *picture) byEndpoint(endpoint string) *MemberState {
	e := normalEndpoint(endpoint)
	return p.find(func(m *MemberState) bool { return e != "" && slices.Contains(m.Endpoints, e) })
}

func (p *picture) find(match func(*MemberState) bool) *MemberState {
	if i := slices.IndexFunc(p.members, match); i >= 0 {
		return p.members[i]
	}
	return nil
}

// foreign reports whether the member says that it is of another cluster.
func (m *MemberState) foreign(cluster ID) bool {
	return m.Status != nil && m.Status.ClusterID != 0 && cluster != 0 && m.Status.ClusterID != cluster
}

func (p *picture) addMember(m Member) {
	if p.byID(m.ID) != nil {
		return
	}
	state := &MemberState{ID: m.ID, Name: m.Name, Role: Voter, PeerURLs: m.PeerURLs, Listed: Known(true)}
	switch {
	case m.Learner.Value && !m.Started():
		state.Role = UnstartedLearner
	case m.Learner.Value:
		state.Role = Learner
	case !m.Started():
		state.Role = UnstartedVoter
	}
	for _, u := range m.ClientURLs {
		state.addEndpoint(u)
	}
	p.add(state)
}

func (p *picture) addStatus(s Status) {
	m := p.byID(s.MemberID)
	switch foreign := s.ClusterID != 0 && p.cluster != 0 && s.ClusterID != p.cluster; {
	case foreign:
		m = p.add(&MemberState{ID: s.MemberID, Role: NoMember})
	case m == nil && s.MemberID == 0:
		m = p.byEndpoint(s.Endpoint)
	}
	if m == nil {
		m = p.add(&MemberState{ID: s.MemberID, Role: p.unlistedRole(s.Learner.Value)})
	}
	if p.listed && !m.Listed.Known {
		m.Listed = Known(false)
	}
	m.addEndpoint(s.Endpoint)
	m.Status, m.Answered, m.Leads = &s, Known(true), s.IsLeader()
	if s.RaftIndex.Known && s.RaftApplied.Known {
		m.ApplyLag = Known(s.RaftIndex.Value - min(s.RaftApplied.Value, s.RaftIndex.Value))
	}
}

// unlistedRole is the role of somebody whom the member list does not have.
func (p *picture) unlistedRole(learner bool) Role {
	switch {
	case p.listed:
		return NoMember
	case learner:
		return Learner
	}
	return Voter
}

// byEndpointOrNew finds who is behind an endpoint, or adds somebody whom only
// the endpoint is known of.
func (p *picture) byEndpointOrNew(endpoint string) *MemberState {
	m := p.byEndpoint(endpoint)
	if m == nil {
		m = p.add(&MemberState{Role: p.unlistedRole(false)})
		if p.listed {
			m.Listed = Known(false)
		}
		m.addEndpoint(endpoint)
	}
	return m
}

func (p *picture) addExpected(e Expected) {
	m := p.find(func(m *MemberState) bool { return e.Name != "" && m.Name == e.Name })
	if m == nil {
		m = p.byEndpointOrNew(e.Endpoint)
	}
	m.addEndpoint(e.Endpoint)
	m.Name = cmp.Or(m.Name, e.Name)
	m.ask()
}

// ask notes that somebody was asked for a status, and gave none so far.
func (m *MemberState) ask() {
	if !m.Answered.Known {
		m.Answered = Known(false)
	}
}

func (p *picture) addFailure(f Failure) {
	m := p.byEndpointOrNew(f.Endpoint)
	m.ask()
	if m.Answered.Is(false) {
		m.Error = cmp.Or(m.Error, f.Error)
	}
}

// addHealth adds what endpoint health says, which reads a key, and asks for
// alarms only when that worked. A learner serves no such read, so that it is
// never healthy.
func (p *picture) addHealth(h Health) {
	m := p.byEndpointOrNew(h.Endpoint)
	if m.Role == Learner {
		return
	}
	m.Healthy = Known(h.Healthy || strings.Contains(h.Error, "Active Alarm"))
	if m.Healthy.Is(false) {
		m.Error = cmp.Or(m.Error, h.Error)
		m.ask()
	}
}

func (p *picture) addHash(h Hash) {
	m := p.byID(h.MemberID)
	if m == nil || h.ClusterID != 0 && p.cluster != 0 && h.ClusterID != p.cluster {
		m = p.byEndpoint(h.Endpoint)
	}
	if m != nil {
		m.Hash = &h
	}
}

func (p *picture) addAlarm(a Alarm) {
	m := p.byID(a.MemberID)
	if m == nil {
		m = p.add(&MemberState{ID: a.MemberID, Role: NoMember})
		if !p.listed {
			m.Role = Voter
		}
	}
	if !slices.Contains(m.Alarms, a.Type) {
		m.Alarms = append(m.Alarms, a.Type)
	}
}

func (m *MemberState) addEndpoint(endpoint string) {
	if e := normalEndpoint(endpoint); e != "" && !slices.Contains(m.Endpoints, e) {
		m.Endpoints = append(m.Endpoints, e)
	}
}

// mainCluster is the cluster that the sample is about: the one of the member
// list, or the one that most endpoints are of, those in the list first.
func mainCluster(s Sample) ID {
	listed := map[ID]bool{}
	for _, m := range s.Members {
		if m.ClusterID != 0 {
			return m.ClusterID
		}
		listed[m.ID] = true
	}
	count := map[ID]int{}
	for _, st := range s.Statuses {
		if st.ClusterID == 0 {
			continue
		}
		count[st.ClusterID]++
		if listed[st.MemberID] {
			count[st.ClusterID] += len(s.Statuses)
		}
	}
	var best ID
	for id, n := range count {
		if n > count[best] || n == count[best] && id < best {
			best = id
		}
	}
	return best
}

// bestStatuses keeps one status of each member: of several, the one that says
// most, and of those the last.
func bestStatuses(statuses []Status) []Status {
	type who struct {
		cluster, member ID
		endpoint        string
	}
	var kept []Status
	at := map[who]int{}
	// Simple and table do not say the cluster; it is then the member's only one.
	clusters := map[ID]ID{}
	for _, s := range statuses {
		if s.ClusterID != 0 {
			clusters[s.MemberID] = s.ClusterID
		}
	}
	for _, s := range statuses {
		w := who{cmp.Or(s.ClusterID, clusters[s.MemberID]), s.MemberID, ""}
		if s.MemberID == 0 {
			w.endpoint = normalEndpoint(s.Endpoint)
		}
		i, ok := at[w]
		switch {
		case !ok:
			at[w] = len(kept)
			kept = append(kept, s)
		case s.detail() >= kept[i].detail():
			kept[i] = s
		}
	}
	return kept
}

// detail is higher where a status says more.
func (s Status) detail() int {
	n := 0
	if s.ClusterID != 0 {
		n += 2
	}
	if s.StorageVersion != "" {
		n++
	}
	return n
}

// statusAlarms are the alarms that the members tell of in their errors.
func statusAlarms(statuses []Status) []Alarm {
	var alarms []Alarm
	for _, s := range statuses {
		for _, e := range s.Errors {
			if m := alarmLine.FindStringSubmatch(strings.TrimSpace(e)); m != nil {
				if id, err := strconv.ParseUint(m[1], 10, 64); err == nil {
					alarms = append(alarms, Alarm{MemberID: ID(id), Type: m[2]})
				}
			}
		}
	}
	return alarms
}
