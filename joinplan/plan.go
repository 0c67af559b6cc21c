package joinplan

import (
	"io/fs"
	"iter"
	"slices"
	"time"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Plan is what there is to do, in an order in which each step finds what it
// needs. It is data: whoever carries it out brings the transport.
type Plan struct {
	// Title says in a few words what the plan leads to.
	Title string
	// Spec is the description, with its defaults, in the order of the plan.
	Spec cluster.Spec
	// Warnings are those of the description and of what was made from it.
	Warnings []cluster.Finding
	// Steps in order. A step may begin when those that it Needs are done; see
	// [Plan.Ready].
	Steps []Step
	// Expires is when the first of the credentials in the plan stops working;
	// zero when that is not known or the plan holds none.
	Expires time.Time
	// Credentials are those that the plan was made with.
	Credentials kubeadmcmd.Credentials
	// Stages say who serves the API and votes in etcd before the plan, and after
	// each step that changes it. None where the plan changes nothing about it.
	Stages []Stage
	// LeftOut are the IDs of steps that the plan would have if the credentials
	// that they print were not known: a [Progress] may say that they are done.
	LeftOut []string
}

// Step is one thing to do on one host.
type Step struct {
	// ID names the step, and is the same whenever the plan is made again:
	// "join/cka-cp-2".
	ID string
	// Title says it in a few words.
	Title string
	// Host is where the actions are carried out.
	Host string
	// Why is one or two sentences for people.
	Why string
	// Needs are the IDs of the steps that must be done before.
	Needs []string
	// Preconditions must hold before, and no step brings them about.
	Preconditions []string
	// Awaits says what must be known before the step has its actions: what an
	// earlier step prints. Empty when nothing is missing.
	Awaits string
	// Actions in order, as root. They may be repeated after a failure.
	Actions []Action
	// Checks that hold when the step is done.
	Checks []Check
	// Undo is the way back, where the plan has one: actions that bring about
	// what was there before the step. Undo the last step first.
	Undo []Action
}

// Action is one of [SetHostsBlock], [EditFile], [CopyFile], [WriteFile] and
// [Run].
type Action interface{ isAction() }

// SetHostsBlock sets Block in the host's /etc/hosts and leaves the rest of the
// file alone.
type SetHostsBlock struct{ Block hostsfile.Block }

// Path of the file that is edited.
func (SetHostsBlock) Path() string { return "/etc/hosts" }

// Apply gives the new text of the file for the old one. It fails where the
// markers in the file are broken, and nothing is to be written then.
func (a SetHostsBlock) Apply(old []byte) ([]byte, error) {
	file, err := hostsfile.Parse(old).SetBlock(a.Block)
	if err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// CopyFile brings a file from another host.
type CopyFile struct {
	// FromHost and FromPath say where it stands, Path where it goes, on the host of
	// the step. Mode is that of the copy.
	FromHost, FromPath string
	Path               string
	Mode               fs.FileMode
}

// WriteFile puts a whole file in place. Directories on the way are made.
type WriteFile struct {
	// Path on the host, absolute; in a Bundle relative to its directory.
	Path    string
	Mode    fs.FileMode
	Content Content
}

// Run runs a command.
type Run struct {
	// Command is run as root, and must exit with status 0.
	Command kubeadmcmd.Command
	// PrintsCredentials is true where what the command prints is to be read with
	// [kubeadmcmd.ParseCredentials], for the steps that await it.
	PrintsCredentials bool
}

func (SetHostsBlock) isAction() {}
func (CopyFile) isAction()      {}
func (WriteFile) isAction()     {}
func (Run) isAction()           {}

// HostFile is a file of a plan and the host that it belongs to.
type HostFile struct {
	// Host is its name in the description.
	Host string
	WriteFile
}

// Files gives every file that the plan writes as a whole, step by step.
func (p Plan) Files() iter.Seq[HostFile] {
	return func(yield func(HostFile) bool) {
		for _, step := range p.Steps {
			for _, action := range step.Actions {
				if file, ok := action.(WriteFile); ok && !yield(HostFile{step.Host, file}) {
					return
				}
			}
		}
	}
}

// Ready gives the steps that may begin now, given the IDs of those that are
// done: they may run beside each other. A step that still awaits something is
// not among them; make the plan again when it is known.
func (p Plan) Ready(done []string) []Step {
	isDone := make(map[string]bool, len(done))
	for _, id := range done {
		isDone[id] = true
	}
	missing := func(id string) bool { return !isDone[id] }
	var ready []Step
	for _, step := range p.Steps {
		if !isDone[step.ID] && step.Awaits == "" && !slices.ContainsFunc(step.Needs, missing) {
			ready = append(ready, step)
		}
	}
	return ready
}
