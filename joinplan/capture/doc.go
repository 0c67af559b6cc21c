// Package capture has machines of a cluster say everything that the other
// packages read, each in one file, and reads such files.
//
// [Script] gives a script for POSIX sh, for a control plane or for any other
// machine. It is meant to be run as root, changes nothing, and prints no private
// key, no token and nothing of what Secrets hold; what it leaves out stands at
// the top of its output. One control plane says what the whole cluster knows.
//
//	ssh cka-cp-1 sudo sh -s < control-plane.sh > observed/cka-cp-1.capture
//	ssh cka-wk-1 sudo sh -s < machine.sh       > observed/cka-wk-1.capture
//
// [Parse] reads a file, and the [Capture] gives each package its part:
//
//	cluster.ParseState(c.Objects()...)       // and cluster.ParseObjects
//	hostcheck.Parse(name, c.HostText())
//	etcdcheck.Parse(c.Etcd())
//	convert.Captured(name, c)
//
// A file also says what processes really use, and not only what stands in their
// files: when each was started ([Capture.Processes]) beside when files were
// changed ([File].Changed), and the connections that are open
// ([Capture.Connections]).
//
// # The format
//
// The first line is
//
//	haplane capture 1 ROLE NAME
//
// with what the machine calls itself. Lines with # that follow say what was left
// out. Then come sections, each with a line that begins with @, and the last line
// is @ end with their number, so that a file which was cut off is found:
//
//	@ run LABEL            what a command printed, up to @ exit STATUS
//	@ file CHANGED PATH    a file, with the second in which it was changed
//	@ absent PATH          a file that is not there
//	@ unread PATH          a file that is there and could not be shown without its secrets
//	@ end SECTIONS
//
// Every line of content has "| " before it, every line of what a command
// complained of "! ", and a last line without a line feed "|~". So no content can
// be taken for a section. What was left out within a line reads "(left out)".
package capture
