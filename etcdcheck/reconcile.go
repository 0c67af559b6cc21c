package etcdcheck

import (
	"cmp"
	"fmt"
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
	// NameShared is set where another member has the same name.
	NameShared bool `json:"nameShared,omitempty"`
	Role       Role `json:"role"`
	// Endpoints are its client endpoints, without scheme, as far as they are its
	// own: 127.0.0.1 and a service in front of all members tell nobody apart.
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
	// is unknown, and where etcdctl was refused for its certificate or user.
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

// Label is how people call the member: its name, with the ID where others have
// the same name, its endpoint, or its ID.
func (m MemberState) Label() string {
	switch {
	case m.Name != "" && m.NameShared:
		return m.Name + " (" + m.ID.String() + ")"
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
func reconcile(s Sample, expect []Expected) *picture {
	s.Members = s.Members[lastDistinct(s.Members):]
	s.Statuses = newestStatuses(s.Statuses)
	p := newPicture(s)
	for _, m := range s.Members {
		p.addMember(m)
	}
	p.findSharedNames()
	for _, st := range s.Statuses {
		p.addStatus(st)
	}
	p.named, p.addressed = kinds(p.members)
	p.addExpected(expect)
	for _, f := range s.Failures {
		p.addFailure(f)
	}
	for _, h := range s.Health {
		p.addHealth(h)
	}
	for _, h := range s.Hashes {
		p.addHash(h)
	}
	p.addAlarms(slices.Concat(s.Alarms, statusAlarms(s.Statuses)))
	slices.SortStableFunc(p.members, compareMembers)
	return p
}

// picture is the members as they are put together, and what fits none of them.
type picture struct {
	sample  Sample
	cluster ID
	listed  bool // there is a member list
	members []*MemberState

	shared     map[string]bool // endpoints that tell nobody apart
	byID       map[ID]*MemberState
	byEndpoint map[string]*MemberState
	byName     map[string]*MemberState // nil for a name that several have
	byHost     map[string]*MemberState // by host of any URL; nil where several have it

	named, addressed bool // a member is known by no address, or by no name

	healthy   []Health        // whose endpoint could be that of any member
	unhealthy []Health        // likewise
	failures  []Failure       // likewise
	alarms    []Alarm         // of members that nothing else names
	unmatched []Expected      // who could be any of the members
	client    map[string]bool // why etcdctl could not ask, for reasons of its own
	doubts    []doubt
}

// doubt is where two outputs say different things of a member.
type doubt struct {
	member  *MemberState
	message string
}

func newPicture(s Sample) *picture {
	return &picture{
		sample: s, cluster: mainCluster(s), listed: len(s.Members) > 0, shared: sharedEndpoints(s), client: map[string]bool{},
		byID: map[ID]*MemberState{}, byEndpoint: map[string]*MemberState{}, byName: map[string]*MemberState{}, byHost: map[string]*MemberState{},
	}
}

func (p *picture) add(m *MemberState) *MemberState {
	p.members = append(p.members, m)
	return m
}

// foreign reports whether the member says that it is of another cluster.
func (m *MemberState) foreign(cluster ID) bool {
	return m.Status != nil && m.Status.ClusterID != 0 && cluster != 0 && m.Status.ClusterID != cluster
}

func (p *picture) addMember(m Member) {
	state := p.add(&MemberState{ID: m.ID, Name: m.Name, Role: Voter, PeerURLs: slices.Clone(m.PeerURLs), Listed: Known(true)})
	switch {
	case m.Learner.Value && !m.Started():
		state.Role = UnstartedLearner
	case m.Learner.Value:
		state.Role = Learner
	case !m.Started():
		state.Role = UnstartedVoter
	}
	if m.ID != 0 {
		p.byID[m.ID] = state
	}
	for _, u := range m.ClientURLs {
		p.addEndpoint(state, u)
	}
	for _, u := range m.PeerURLs {
		p.addHost(state, normalEndpoint(u))
	}
}

// findSharedNames marks the members of a list whose name does not tell them
// apart.
func (p *picture) findSharedNames() {
	for _, m := range p.members {
		switch first, ok := p.byName[m.Name]; {
		case m.Name == "":
		case !ok:
			p.byName[m.Name] = m
		case first != nil:
			first.NameShared, p.byName[m.Name] = true, nil
			fallthrough
		default:
			m.NameShared = true
		}
	}
}

// addEndpoint notes that a member is behind an endpoint, if nobody else is.
func (p *picture) addEndpoint(m *MemberState, endpoint string) {
	e := normalEndpoint(endpoint)
	if e == "" || p.shared[e] {
		return
	}
	if p.byEndpoint[e] == nil {
		p.byEndpoint[e] = m
		m.Endpoints = append(m.Endpoints, e)
		p.addHost(m, e)
	}
}

func (p *picture) addHost(m *MemberState, endpoint string) {
	host := hostOf(endpoint)
	if other, ok := p.byHost[host]; ok && other != m {
		p.byHost[host] = nil
		return
	}
	p.byHost[host] = m
}

func (p *picture) addStatus(s Status) {
	m := p.byID[s.MemberID]
	switch foreign := s.ClusterID != 0 && p.cluster != 0 && s.ClusterID != p.cluster; {
	case foreign:
		m = p.add(&MemberState{ID: s.MemberID, Role: NoMember})
	case s.MemberID == 0:
		m = p.byEndpoint[normalEndpoint(s.Endpoint)]
	}
	if m == nil {
		m = p.add(&MemberState{ID: s.MemberID, Role: p.unlistedRole(s.Learner.Value)})
		if s.MemberID != 0 {
			p.byID[s.MemberID] = m
		}
	}
	if p.listed && !m.Listed.Known {
		m.Listed = Known(false)
		if other := p.listedAt(s.Endpoint); other != nil {
			p.doubt(other, fmt.Sprintf("the member list has it at %s, where member %v answers", shown(s.Endpoint), s.MemberID))
		}
	}
	p.addEndpoint(m, s.Endpoint)
	s.Errors = slices.Clone(s.Errors)
	m.Status, m.Answered, m.Leads = &s, Known(true), s.IsLeader()
	if s.RaftIndex.Known && s.RaftApplied.Known {
		m.ApplyLag = Known(s.RaftIndex.Value - min(s.RaftApplied.Value, s.RaftIndex.Value))
	}
	p.compareWithList(m, s)
}

// listedAt returns the member of the list that is on the machine of an endpoint.
func (p *picture) listedAt(endpoint string) *MemberState {
	e := normalEndpoint(endpoint)
	m := p.byEndpoint[e]
	if m == nil && !isLoopback(hostOf(e)) {
		m = p.byHost[hostOf(e)]
	}
	if m == nil || !m.Listed.Is(true) {
		return nil
	}
	return m
}

// compareWithList notes where a member says something else of itself than the
// list does.
func (p *picture) compareWithList(m *MemberState, s Status) {
	switch listed := m.Listed.Is(true); {
	case !listed:
	case m.Role == UnstartedVoter || m.Role == UnstartedLearner:
		p.doubt(m, "the member list says that it never started, and it gives its status")
	case m.Role == Voter && s.Learner.Is(true):
		p.doubt(m, "the member list says that it is a voter, and it says that it is a learner")
	case m.Role == Learner && s.Learner.Is(false):
		p.doubt(m, "the member list says that it is a learner, and it says that it is a voter")
	}
}

func (p *picture) doubt(m *MemberState, message string) {
	p.doubts = append(p.doubts, doubt{m, message})
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

// behind returns who is behind an endpoint, adding somebody whom only the
// endpoint is known of. It returns nil where it could be any of the members.
func (p *picture) behind(endpoint string) *MemberState {
	e := normalEndpoint(endpoint)
	m := p.byEndpoint[e]
	switch {
	case m != nil:
		return m
	case isLoopback(hostOf(e)) && p.listed && len(p.members) == 1:
		return p.members[0]
	case e == "" || p.shared[e] || p.couldBeAny(hostOf(e)):
		return nil
	}
	m = p.add(&MemberState{Role: p.unlistedRole(false)})
	if p.listed {
		m.Listed = Known(false)
	}
	p.addEndpoint(m, endpoint)
	return m
}

// couldBeAny reports whether the host of an endpoint that nobody has is a name
// while members are known by addresses, or the other way round.
func (p *picture) couldBeAny(host string) bool {
	switch {
	case isLoopback(host):
		return p.listed
	case isAddress(host):
		return p.named
	}
	return p.addressed
}

// kinds reports whether any of the members is known by no address, and whether
// any is known by no name. Who is known by an endpoint alone is neither.
func kinds(members []*MemberState) (named, addressed bool) {
	for _, m := range members {
		if m.ID == 0 || m.Role == NoMember {
			continue
		}
		names, addresses := m.hosts()
		named = named || addresses == 0
		addressed = addressed || names == 0
	}
	return named, addressed
}

// hosts counts the names and the addresses among the member's hosts.
func (m *MemberState) hosts() (names, addresses int) {
	count := func(endpoint string) {
		if isAddress(hostOf(endpoint)) {
			addresses++
		} else {
			names++
		}
	}
	for _, e := range m.Endpoints {
		count(e)
	}
	for _, u := range m.PeerURLs {
		count(normalEndpoint(u))
	}
	return names, addresses
}

// ask notes that somebody was asked for a status, and gave none so far.
func (m *MemberState) ask() {
	if !m.Answered.Known {
		m.Answered = Known(false)
	}
}

// addFailure adds an endpoint that etcdctl could not ask. That the client was
// refused for what it is says nothing of the member.
func (p *picture) addFailure(f Failure) {
	m := p.behind(f.Endpoint)
	trouble := p.sample.failedClient(f.Error)
	if trouble != "" {
		p.client[trouble] = true
	}
	switch {
	case m == nil:
		p.failures = append(p.failures, f)
	case m.Status != nil && trouble == "":
		p.doubt(m, fmt.Sprintf("it gives its status, and could not be asked through %s: %s", shown(f.Endpoint), shown(f.Error)))
	default:
		if trouble == "" {
			m.ask()
		}
		m.Error = cmp.Or(m.Error, f.Error)
	}
}

// activeAlarm starts the error of an endpoint that read through the quorum and
// then got a list of alarms.
const activeAlarm = "Active Alarm(s): "

// learnerHealth is in the error of a learner, which serves no read through the
// quorum, so that it is never healthy.
const learnerHealth = "rpc not supported for learner"

// addHealth adds what endpoint health says, which reads a key through the
// quorum, and asks for alarms only when that worked.
func (p *picture) addHealth(h Health) {
	read := h.Healthy || strings.Contains(h.Error, activeAlarm) || strings.Contains(h.Error, noAlarmList)
	m := p.byEndpoint[normalEndpoint(h.Endpoint)]
	if m == nil && (read || !p.listed || len(p.members) == 1) {
		m = p.behind(h.Endpoint) // that a stranger to the list is ill may be said of any member
	}
	trouble := ""
	if !read {
		trouble = p.sample.failedClient(h.Error)
	}
	switch {
	case trouble != "":
		p.client[trouble] = true
		if m != nil {
			m.Error = cmp.Or(m.Error, h.Error)
		}
	case m == nil && read:
		p.healthy = append(p.healthy, h)
	case m == nil:
		p.unhealthy = append(p.unhealthy, h)
	case strings.Contains(h.Error, learnerHealth):
		p.addLearner(m)
	case m.Role == Learner:
	default:
		p.addMemberHealth(m, h, read)
	}
}

func (p *picture) addMemberHealth(m *MemberState, h Health, read bool) {
	m.Healthy = Known(read)
	if read {
		return
	}
	m.Error = cmp.Or(h.Error, m.Error)
	m.ask()
}

// addLearner adds that a member says it is a learner when it is asked to read.
func (p *picture) addLearner(m *MemberState) {
	switch {
	case m.Role == Learner:
	case m.Listed.Is(true) || m.Status != nil:
		p.doubt(m, "it is listed as a voter, and endpoint health says that it is a learner")
	case m.Role == Voter:
		m.Role = Learner
	}
}

func (p *picture) addHash(h Hash) {
	if m := p.memberOfHash(h); m != nil {
		m.Hash = &h
	}
}

// memberOfHash returns whose hash it is, and nil where that is not known.
func (p *picture) memberOfHash(h Hash) *MemberState {
	m := p.byID[h.MemberID]
	if m == nil || h.ClusterID != 0 && p.cluster != 0 && h.ClusterID != p.cluster {
		m = p.byEndpoint[normalEndpoint(h.Endpoint)]
	}
	return m
}

// addAlarms gives alarms to the members of those IDs. Where there is no list, an
// ID that nothing else names may be that of a member whose endpoint only is
// known; if there are more such IDs than members, they are further voters.
func (p *picture) addAlarms(alarms []Alarm) {
	var nameless int
	for _, m := range p.members {
		if m.ID == 0 {
			nameless++
		}
	}
	seen, unknown := map[Alarm]bool{}, map[ID]bool{}
	for _, a := range alarms {
		if seen[a] {
			continue
		}
		seen[a] = true
		if m := p.byID[a.MemberID]; m != nil {
			m.Alarms = append(m.Alarms, a.Type)
			continue
		}
		unknown[a.MemberID] = true
		switch {
		case p.listed:
			m := p.add(&MemberState{ID: a.MemberID, Role: NoMember, Alarms: []string{a.Type}})
			p.byID[a.MemberID] = m
		case len(unknown) > nameless && len(p.members) > 0:
			m := p.add(&MemberState{ID: a.MemberID, Role: Voter, Alarms: []string{a.Type}})
			p.byID[a.MemberID] = m
		default:
			p.alarms = append(p.alarms, a)
		}
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
