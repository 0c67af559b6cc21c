// Package render makes of a plan what people and programs take it in: a runbook,
// pictures, a directory of files, a shell script for each host; and of a
// description what a network needs to know.
//
// [Runbook] is the plan as a document, [Graph] and [Topology] are its pictures,
// [Bundle] is a directory with the runbook and every file, and [Scripts] are for
// whoever carries a plan out by hand. [Firewall] and [Images] say what must be
// let through, and what machines pull. The plan for programs is
// [joinplan.Plan.JSON].
//
// What came from outside stands in all of them so that it does nothing there: no
// name or captured text can end a code block, become a link or a command.
//
// All functions are safe for concurrent use.
package render
