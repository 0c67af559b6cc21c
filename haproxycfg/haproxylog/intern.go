package haproxylog

// interner gives the same string for the same bytes, so that the names of a
// handful of proxies and servers are not copied for every line.
type interner struct {
	names map[string]string
	last  [4]string
	next  int
}

// maxNames bounds the interner's memory against a log of random names.
const maxNames = 4096

func (in *interner) get(name []byte) string {
	for _, s := range in.last {
		if s == string(name) {
			return s
		}
	}
	s, ok := in.names[string(name)]
	if !ok {
		s = in.add(string(name))
	}
	in.last[in.next%len(in.last)] = s
	in.next++
	return s
}

func (in *interner) add(s string) string {
	if in.names == nil || len(in.names) >= maxNames {
		in.names = map[string]string{}
	}
	in.names[s] = s
	return s
}
