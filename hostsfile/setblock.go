package hostsfile

import _ "embed"

// SetBlockScript returns the text of functions for a POSIX sh that edit a hosts file
// where no Go program can, with awk, cmp, cp, mv, tail, tr and wc:
//
//	set_hosts_block NAME BLOCK HOSTS [FORMER...]
//
// It does what [File.SetBlock] does with the block in the file BLOCK, as
// [Block.WriteTo] writes it, and fails without a change where that gives an
// error. A block stands between two marker lines:
//
//	# BEGIN haplane NAME
//	# END haplane NAME
//
// Blanks may stand before and behind each of their words, but the # is the first
// sign of the line; NAME is one word of at most 63 letters, digits, dots, hyphens
// and underscores. A comment that begins so and has no such name, an end without a
// begin, a begin without an end, one block inside another, two of one name, and the
// marker of another tool inside a block are faults, and nothing is edited.
//
// The script refuses more than the library does: files with carriage returns,
// vertical tabs, form feeds, NUL or a byte-order mark. It writes the complete new
// text beside the file first, keeps what was before in HOSTS.haplane-old, and
// leaves mode and owner as they are, under every umask.
func SetBlockScript() string { return setBlockScript }

//go:embed setblock.sh
var setBlockScript string
