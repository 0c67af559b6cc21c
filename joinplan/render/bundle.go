package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"path"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Bundle returns the whole plan as files of one directory, by their paths in it:
//
//	plan.md               the runbook
//	hosts                 the block for every machine's /etc/hosts; a second
//	                      one, where a plan has two, is hosts-2
//	HOST/PATH             each file of the plan, as it stands on its host
//	join-commands.sh      the joins in flags, once the credentials are known
//
// The Path of a file is then relative to the directory, with slashes. What not
// everybody wants has a function of its own: [joinplan.Plan.JSON], [Scripts].
func Bundle(plan joinplan.Plan) iter.Seq[joinplan.WriteFile] {
	return func(yield func(joinplan.WriteFile) bool) {
		if !yield(openFile("plan.md", 0o644, Runbook(plan))) {
			return
		}
		for _, set := range plan.HostsBlocks() {
			if !yield(openFile(set.File, 0o644, set.Block.Bytes())) {
				return
			}
		}
		written := map[string]bool{}
		for file := range plan.Files() {
			file.Path = path.Join(file.Host, file.Path)
			if !written[file.Path] && !yield(file.WriteFile) {
				return
			}
			written[file.Path] = true
		}
		if commands := joinCommands(plan); len(commands) > 0 {
			yield(joinplan.WriteFile{Path: "join-commands.sh", Mode: 0o600, Content: joinplan.NewSecretContent(commands)})
		}
	}
}

func openFile(path string, mode fs.FileMode, text []byte) joinplan.WriteFile {
	return joinplan.WriteFile{Path: path, Mode: mode, Content: joinplan.NewContent(text)}
}

// joinCommands is the text of the joins whose credentials are known.
func joinCommands(plan joinplan.Plan) []byte {
	var b bytes.Buffer
	for node, command := range plan.JoinCommands() {
		fmt.Fprintf(&b, "\n# on %s\n%s%s\n", node.Name, withoutFlags(node), command.ShellLines())
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
