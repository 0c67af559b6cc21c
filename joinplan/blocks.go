package joinplan

import (
	"fmt"

	"github.com/haplane/haplane/hostsfile"
)

// blockFiles are the different blocks that the steps of a plan set, each with
// the name of its file in the bundle. Nearly always there is one, and every
// step has it.
type blockFiles struct {
	files  []blockFile
	byText map[string]string
	last   hostsfile.Block
	name   string // of last
}

type blockFile struct {
	name  string
	block hostsfile.Block
}

// hostsBlocks gives that of the description where no step sets one.
func (p Plan) hostsBlocks() *blockFiles {
	blocks := &blockFiles{byText: map[string]string{}}
	for _, step := range p.Steps {
		for _, action := range append(step.Actions[:len(step.Actions):len(step.Actions)], step.Undo...) {
			if set, ok := action.(SetHostsBlock); ok {
				blocks.fileOf(set.Block)
			}
		}
	}
	if len(blocks.files) == 0 {
		blocks.fileOf(hostsBlock(p.Spec))
	}
	return blocks
}

// fileOf names the file of a block: hosts, hosts-2 and so on.
func (b *blockFiles) fileOf(block hostsfile.Block) string {
	if b.name != "" && isSame(block, b.last) {
		return b.name
	}
	text := string(block.Bytes())
	name, known := b.byText[text]
	if !known {
		name = "hosts"
		if n := len(b.files); n > 0 {
			name = fmt.Sprintf("hosts-%d", n+1)
		}
		b.byText[text] = name
		b.files = append(b.files, blockFile{name, block})
	}
	b.last, b.name = block, name
	return name
}

// isSame tells whether two values are the same block, without a look at its
// thousands of entries.
func isSame(a, b hostsfile.Block) bool {
	return a.Name == b.Name && a.Comment == b.Comment && len(a.Entries) == len(b.Entries) &&
		(len(a.Entries) == 0 || &a.Entries[0] == &b.Entries[0])
}
