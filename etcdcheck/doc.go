// Package etcdcheck reads what etcdctl prints and gives a verdict on the
// cluster: is its quorum held, what does it tolerate, what is wrong, and may a
// member be added, removed, rebooted, promoted or upgraded now.
//
// # From output to verdict
//
// [Parse] reads the output of endpoint status, endpoint health, endpoint
// hashkv, member list and alarm list, in the formats simple, table, json and
// fields, of etcdctl 3.3 to 3.7, in any mix and as a captured terminal holds
// it. It gives a [Sample]. A program that has the values from elsewhere, from
// the gRPC API say, fills a Sample as a literal.
//
// [Check] takes an [Input], which is a sample, the members that the caller
// expects and perhaps an earlier sample, and gives a [Report]: the [Verdict],
// the quorum, the tolerance, each member as a [MemberState], and the
// [Finding] list with stable codes, severities and advice.
//
// [Report.CanAdd], [Report.CanRemove], [Report.CanReboot],
// [Report.CanPromote] and [Report.CanUpgrade] answer questions about the next
// step, each with an [Answer]; [Report.May] takes the question as a text.
// [Quorum] and [Tolerates] are the arithmetic for plans.
//
// [Report.WriteTo] prints a report for people.
//
// # Unknown is not zero
//
// The formats say different amounts: a table rounds sizes and does not say whom
// a follower follows, older releases have fewer columns. What an output does
// not say is an unknown [Maybe] or [Size], or an empty string, never a zero.
// IDs are exact.
//
// # What was not understood is said
//
// A line, field or column that is not understood is in Sample.Gaps and in the
// findings. With one, and where members were not asked, the question failed or
// two outputs contradict each other, the verdict is no better than [Unknown],
// and no answer is yes. That a client was refused, for its certificate or its
// user, says nothing of the cluster.
//
// Of several member lists the last one counts, and of several statuses of a
// member that of the highest term and index. Members are told apart by their
// IDs: an endpoint such as 127.0.0.1 or a service in front of all of them is
// nobody's.
//
// # What answering means
//
// Endpoint status is what each server knows by itself. Servers that are cut
// off from each other still answer it, and a server that is down is left out
// of the list without a word on stdout. So a quorum is a majority of all
// voters that agree on a leader and a term, and the voters are those of the
// member list; where there is no list, those that answered, failed or were
// expected.
//
// # What it does not do
//
// It does not run etcdctl, dial or wait, and it changes nothing.
//
// Etcdctl 3.5 to 3.7 are run in this project's tests; what 3.3 and 3.4 print was
// read in their source.
//
// The formats are those of etcdctl's printers; the fields are those of
// etcdserverpb (rpc.proto); the rules are those that etcd's server applies to
// membership changes with strict-reconfig-check, its default.
package etcdcheck
