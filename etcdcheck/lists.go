package etcdcheck

// A text may hold several member lists. The last one is the present.

// addMember stores a row of a member list. Rows do not say where a list begins:
// where something stood before the row, one may.
func (r *reader) addMember(m Member) {
	r.changed = line{}
	if r.apart || len(r.sample.Members) == 0 {
		r.starts = append(r.starts, len(r.sample.Members))
		r.apart = false
	}
	r.sample.Members = append(r.sample.Members, m)
}

// addRecord stores a record of the format fields. Only the first record of a
// list has the header with the cluster's ID.
func (r *reader) addRecord(m Member, first bool) {
	if first {
		r.newList()
	}
	if n := len(r.sample.Members); n > 0 && m.ClusterID == 0 {
		m.ClusterID = r.sample.Members[n-1].ClusterID
	}
	r.addMember(m)
}

// newList forgets the list before: one starts here for sure.
func (r *reader) newList() {
	r.sample.Members, r.starts = []Member{}, nil
	r.changed = line{}
}

// lastList keeps the last of the lists whose rows were read: it has no member
// twice, and begins where one may.
func (r *reader) lastList() {
	from := lastDistinct(r.sample.Members)
	for _, start := range r.starts {
		if from > 0 && start >= from && start < len(r.sample.Members) {
			from = start
			break
		}
	}
	r.sample.Members = r.sample.Members[from:]
}

// lastDistinct returns where the longest run of different members at the end
// of the list begins.
func lastDistinct(members []Member) int {
	seen := make(map[ID]bool, len(members))
	for i := len(members) - 1; i >= 0; i-- {
		id := members[i].ID
		if id != 0 && seen[id] {
			return i + 1
		}
		seen[id] = true
	}
	return 0
}
