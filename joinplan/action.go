package joinplan

import (
	"fmt"
	"io/fs"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Action is one of [SetHostsBlock], [EditFile], [CopyFile], [WriteFile] and
// [Run].
type Action interface{ isAction() }

// SetHostsBlock sets Block in the host's /etc/hosts and leaves the rest of the
// file alone.
type SetHostsBlock struct {
	Block hostsfile.Block
	// File is where the block stands in the bundle of the plan: "hosts", and
	// "hosts-2" where the plan has another one too.
	File string
}

// Path of the file that is edited.
func (SetHostsBlock) Path() string { return "/etc/hosts" }

// Apply returns the new text of the file for the old one. It fails where the
// markers in the file are broken, and nothing is to be written then.
func (a SetHostsBlock) Apply(old []byte) ([]byte, error) {
	file, err := hostsfile.Parse(old).SetBlock(a.Block)
	if err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// Edit is a change of a file's text. Those of [EditFile] are small structs: they
// compare, print and marshal as what they are.
type Edit interface {
	// Apply returns the new text for the old one, and the same where the change
	// is there already. It fails where the text is not what it should be;
	// nothing is to be written then.
	Apply(old []byte) ([]byte, error)
	// String says the change to people, after "In FILE ".
	fmt.Stringer
}

// EditFile changes a file that stands on the host, and leaves its owner and its
// mode. It is to be replaced atomically: whoever reads it sees the old text or
// the new one.
type EditFile struct {
	// Path on the host, absolute.
	Path string
	// Edit gives the new text for the old one.
	Edit Edit
}

// Apply is that of the edit.
func (a EditFile) Apply(old []byte) ([]byte, error) {
	edited, err := a.Edit.Apply(old)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Path, err)
	}
	return edited, nil
}

// CopyFile brings a file from another host, or a directory with everything in it.
type CopyFile struct {
	// FromHost and FromPath say where it stands, Path where it goes, on the host of
	// the step. Mode is the most that a copy may have: rights that the original
	// lacks are not given either. Directories may be searched by who may read
	// their files; one that is there already keeps its mode.
	FromHost, FromPath string
	Path               string
	Mode               fs.FileMode
}

// WriteFile puts a whole file in place. Directories on the way are made.
type WriteFile struct {
	// Path on the host, absolute; in a bundle relative to its directory.
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
	// Once is true where the command fails or does harm when it is repeated after
	// it has worked: it is left out where the step's Done hold.
	Once bool
	// Reboots is true where the machine goes away, and nothing more is to be asked
	// of it until it is back.
	Reboots bool
}

func (SetHostsBlock) isAction() {}
func (EditFile) isAction()      {}
func (CopyFile) isAction()      {}
func (WriteFile) isAction()     {}
func (Run) isAction()           {}

// nameBlocks gives each different block of the steps the name of its file in
// the bundle. Nearly always there is one, and every step has it.
func nameBlocks(steps []Step) {
	files := map[string]string{}
	var last SetHostsBlock
	name := func(actions []Action) {
		for i, action := range actions {
			set, ok := action.(SetHostsBlock)
			if !ok {
				continue
			}
			if last.File == "" || !isSame(set.Block, last.Block) {
				last = SetHostsBlock{Block: set.Block, File: fileOf(files, set.Block)}
			}
			actions[i] = last
		}
	}
	for _, step := range steps {
		name(step.Actions)
		name(step.Undo)
	}
}

func fileOf(files map[string]string, block hostsfile.Block) string {
	text := string(block.Bytes())
	if files[text] == "" {
		files[text] = "hosts"
		if n := len(files); n > 1 {
			files[text] = fmt.Sprintf("hosts-%d", n)
		}
	}
	return files[text]
}

// isSame reports whether two values are the same block, without a look at its
// thousands of entries.
func isSame(a, b hostsfile.Block) bool {
	return a.Name == b.Name && a.Comment == b.Comment && len(a.Entries) == len(b.Entries) &&
		(len(a.Entries) == 0 || &a.Entries[0] == &b.Entries[0])
}

// HostsBlocks returns the different blocks that the steps set, each once.
func (p Plan) HostsBlocks() []SetHostsBlock {
	var out []SetHostsBlock
	seen := map[string]bool{}
	for _, step := range p.Steps {
		for _, actions := range [][]Action{step.Actions, step.Undo} {
			for _, action := range actions {
				if set, ok := action.(SetHostsBlock); ok && !seen[set.File] {
					seen[set.File] = true
					out = append(out, set)
				}
			}
		}
	}
	return out
}
