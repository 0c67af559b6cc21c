package etcdcheck

import (
	"bytes"
	"fmt"
	"io"

	"github.com/haplane/haplane/internal/plain"
)

// Answer says whether a step may be taken now, and why.
type Answer struct {
	// Question is the step in words: "reboot cka-cp-2".
	Question string `json:"question"`
	// Yes is set where no reason speaks against it. What is not known speaks
	// against it.
	Yes bool `json:"yes"`
	// Server is what etcd itself will say to the request; unknown for steps
	// that it is not asked about.
	Server Maybe[bool] `json:"server,omitzero"`
	// Reasons are those against it first, then what there is to know.
	Reasons []Reason `json:"reasons,omitempty"`
}

// By says on whose word a reason stands.
type By string

// Who speaks.
const (
	// ByServer is a rule of etcd's server: it refuses the request.
	ByServer By = "server"
	// BySafety is a rule of this package: the step would harm the cluster, or
	// too little is known to say that it does not.
	BySafety By = "safety"
	// Note does not speak against the step.
	Note By = "note"
)

// Reason is one reason of an answer.
type Reason struct {
	// By says on whose word it stands, Code names its kind; the code of a finding
	// means what it means there.
	By      By     `json:"by"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// String is "server voters-disconnected: message".
func (r Reason) String() string { return fmt.Sprintf("%s %s: %s", r.By, r.Code, r.Message) }

// Codes that only reasons have.
const (
	CodeNoSuchMember    = "no-such-member"
	CodeAmbiguous       = "ambiguous-member"
	CodeTooFewStarted   = "too-few-started"
	CodeDisconnected    = "voters-disconnected"
	CodeTooManyLearners = "too-many-learners"
	CodeNotALearner     = "not-a-learner"
	CodeLearnerNotReady = "learner-not-ready"
	CodeStatusUnknown   = "status-unknown"
	CodeQuorumAfter     = "quorum-after"
	CodeBusyMember      = "member-catching-up"
	CodeNotAnswering    = "not-answering"
	CodeVersionUnknown  = "version-unknown"
	CodeVersionStep     = "version-step"
	CodeVersionBugs     = "version-bugs"
)

// Codes of notes, which speak for nothing and against nothing.
const (
	codeToleranceAfter = "tolerance-after"
	codeLeads          = "leads"
	codeAlreadyThere   = "already-there"
	codeBeforeUpgrade  = "before-upgrade"
)

// Bytes is the answer as lines for people.
func (a Answer) Bytes() []byte {
	word := "no"
	if a.Yes {
		word = "yes"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", plain.Line(a.Question), word)
	for _, r := range a.Reasons {
		fmt.Fprintf(&b, "  %s\n", plain.Short(plain.Line(r.String()), longestMessage))
	}
	return b.Bytes()
}

// WriteTo writes what Bytes gives.
func (a Answer) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(a.Bytes())
	return int64(n), err
}

// reasons collects the reasons of one answer.
type reasons struct {
	server, safety, notes []Reason
}

// refuse notes that the server will refuse.
func (rs *reasons) refuse(code string, format string, args ...any) {
	rs.server = append(rs.server, Reason{ByServer, code, fmt.Sprintf(format, args...)})
}

// warn notes that the step would harm.
func (rs *reasons) warn(code string, format string, args ...any) {
	rs.safety = append(rs.safety, Reason{BySafety, code, fmt.Sprintf(format, args...)})
}

// note notes what does not speak against the step.
func (rs *reasons) note(code string, format string, args ...any) {
	rs.notes = append(rs.notes, Reason{Note, code, fmt.Sprintf(format, args...)})
}

// answer is the answer to a question that the server has no say in.
func (rs *reasons) answer(format string, args ...any) Answer {
	all := append(append(rs.server, rs.safety...), rs.notes...)
	return Answer{
		Question: fmt.Sprintf(format, args...),
		Yes:      len(rs.server)+len(rs.safety) == 0,
		Reasons:  all,
	}
}

// requested is the answer to a request that the server decides about.
func (rs *reasons) requested(format string, args ...any) Answer {
	a := rs.answer(format, args...)
	a.Server = Known(len(rs.server) == 0)
	return a
}
