package joinplan

import (
	"bytes"
	"fmt"
	"iter"
	"path"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Bundle gives the whole plan as files of one directory, by their paths in it:
//
//	plan.md               the runbook
//	hosts                 the block for every machine's /etc/hosts; a second
//	                      one, where a plan has two, is hosts-2
//	HOST/PATH             each file of the plan, as it stands on its host
//	join-commands.sh      the joins in flags, once the credentials are known
//
// The Path of a file is then relative to the directory, with slashes. What not
// everybody wants has a method of its own: [Plan.JSON], [Plan.Scripts].
func (p Plan) Bundle() iter.Seq[WriteFile] {
	return func(yield func(WriteFile) bool) {
		if !yield(WriteFile{Path: "plan.md", Mode: 0o644, Content: NewContent(p.Runbook())}) {
			return
		}
		for _, hosts := range p.hostsBlocks().files {
			if !yield(WriteFile{Path: hosts.name, Mode: 0o644, Content: NewContent(hosts.block.Bytes())}) {
				return
			}
		}
		for file := range p.Files() {
			file.Path = path.Join(file.Host, file.Path)
			if !yield(file.WriteFile) {
				return
			}
		}
		if commands := p.joinCommands(); len(commands) > 0 {
			yield(WriteFile{Path: "join-commands.sh", Mode: 0o600, Content: NewSecretContent(commands)})
		}
	}
}

// joinCommands is the text of the joins whose credentials are known.
func (p Plan) joinCommands() []byte {
	var b bytes.Buffer
	for i, node := range p.Spec.Nodes() {
		command, err := joinCommand(p.Spec, node, i < len(p.Spec.ControlPlanes), p.Credentials)
		if i > 0 && err == nil {
			fmt.Fprintf(&b, "\n# on %s\n%s%s\n", node.Name, withoutFlags(node), command.ShellLines())
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return append([]byte(joinCommandsHead), b.Bytes()...)
}

// withoutFlags says what a join in flags leaves out.
func withoutFlags(node cluster.Node) string {
	if len(node.Labels)+len(node.Taints)+len(node.KubeletArgs) == 0 {
		return ""
	}
	return "# without the labels, taints and kubelet arguments of this machine: kubeadm has no flags for them\n"
}

const joinCommandsHead = `# The joins in flags, one for each machine: not a script to run as a whole.
# Their arguments show in ps and in the shell's history; the plan joins with
# --config instead. Control planes join one at a time.
`
