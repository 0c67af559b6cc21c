package etcdcheck

import (
	"regexp"
	"slices"
	"strings"
)

// version2 is what etcdctl prints with ETCDCTL_API=2, which was the default
// before etcd 3.4.
var version2 = regexp.MustCompile(`^member [0-9a-f]+ is (?:un)?(?:healthy|reachable)` +
	`|^failed to check the health of member [0-9a-f]+ ` +
	`|^cluster is (?:healthy|degraded|unhealthy|unavailable)` +
	`|^[0-9a-f]+(?:\[unstarted\])?: (?:name=.*)?peerURLs=`)

// failVersion2 says once what the output is.
func (r *reader) failVersion2(l line) {
	r.found = true
	if !r.version2 {
		r.version2 = true
		r.fail(l.number, 0, "this is the output of etcdctl with its API of version 2, which does not tell terms, indexes or learners: "+
			"ask with ETCDCTL_API=3 set: etcdctl member list and endpoint status --cluster")
	}
}

// snapshotRow is snapshot status in the simple format: hash, revision, keys,
// size, and a version from 3.6 on.
var snapshotRow = regexp.MustCompile(`^[0-9a-f]{1,8}, \d+, \d+, \d+(?:\.\d+)? [kMGTP]?B(?:, [\d.]*)?$`)

// isSnapshot reports whether the names of columns, fields or keys are those of
// snapshot status.
func isSnapshot(names []string) bool {
	has := func(name string) bool { return slices.Contains(names, name) }
	return has("hash") && has("revision") && (has("total keys") || has("totalkey") || has("keys"))
}

func (r *reader) failSnapshot(l line) {
	r.found = true
	r.fail(l.number, 0, "this is the output of snapshot status, which describes a file and says nothing of the cluster: give that of endpoint status and member list")
}

// lowered returns the names in lower case.
func lowered(names []string) []string {
	low := make([]string, 0, len(names))
	for _, name := range names {
		low = append(low, strings.ToLower(name))
	}
	return low
}
