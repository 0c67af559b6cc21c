package etcdcheck

import "strings"

// troubles are what goes wrong between etcdctl and an endpoint through no fault
// of the cluster: certificates, users, names, files.
var troubles = []string{
	"certificate signed by unknown authority", "x509: ", "tls: ", "authentication handshake failed",
	"HTTP response to HTTPS client", "malformed HTTP response", "user name is empty", "invalid auth token", "authentication failed",
	"permission denied", "no such host", "no such file or directory", "server misbehaving", "missing address", "unknown flag",
}

// clientTrouble returns what is wrong with the client, and "" for any other
// error.
func clientTrouble(text string) string {
	at := len(text)
	for _, trouble := range troubles {
		if i := strings.Index(text, trouble); i >= 0 {
			at = min(at, i)
		}
	}
	trouble := text[at:]
	if end := strings.IndexAny(trouble, "\"\\"); end >= 0 {
		trouble = trouble[:end]
	}
	return shown(trouble)
}

const clientRemedy = "give etcdctl what this cluster takes: --cacert, --cert and --key of its own " +
	"(kubeadm: ca.crt, server.crt and server.key below /etc/kubernetes/pki/etcd), or --user where it asks for one, and run it as root"

// noAlarmList is how etcdctl says that an endpoint read through the quorum, and
// did not give the list of alarms.
const noAlarmList = "Unable to fetch the alarm list"

// timedOut reports whether an error only says that time ran out, for whatever
// reason.
func timedOut(err string) bool { return strings.Contains(err, "deadline exceeded") }

// failedClient returns why an endpoint's error is the client's own: its error
// says so, or it ran out of time and etcdctl's log says so. It is "" otherwise.
func (s Sample) failedClient(err string) string {
	if trouble := clientTrouble(err); trouble != "" {
		return trouble
	}
	if !timedOut(err) {
		return ""
	}
	for _, gap := range s.Gaps {
		if gap.Code == CodeClient {
			return gap.Message
		}
	}
	return ""
}
