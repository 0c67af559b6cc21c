package haproxylog

// interner gives the same string for the same bytes, so that the names of a
// handful of proxies and servers are not copied for every line.
type interner struct {
	names map[string]string
	// recent has the names used last, each in the slot of its last byte: the
	// servers of a backend mostly differ there.
	recent [16]string
}

// maxNames bounds the interner's memory against a log of random names.
const maxNames = 4096

func (in *interner) get(name []byte) string {
	if len(name) == 0 {
		return ""
	}
	slot := &in.recent[name[len(name)-1]%16]
	if *slot == string(name) {
		return *slot
	}
	s, ok := in.names[string(name)]
	if !ok {
		s = in.add(string(name))
	}
	*slot = s
	return s
}

func (in *interner) add(s string) string {
	if in.names == nil || len(in.names) >= maxNames {
		in.names = map[string]string{}
	}
	in.names[s] = s
	return s
}
