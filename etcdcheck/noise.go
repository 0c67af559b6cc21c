package etcdcheck

import (
	"regexp"
	"slices"
	"strings"
)

// logPrefix starts a line of etcdctl's own log.
const logPrefix = `{"level":"`

// noise are lines that stand around etcdctl's output and say nothing of the
// cluster: the logs of gRPC, kubectl and crictl, and their and the shell's lines.
var noise = []*regexp.Regexp{
	regexp.MustCompile(`^(?:WARNING|INFO|ERROR): \d{4}/\d\d/\d\d `),
	regexp.MustCompile(`^\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d`),
	regexp.MustCompile(`^[IWEF]\d{4} \d\d:\d\d:\d\d`),
	regexp.MustCompile(`^time="\d{4}-`),
	regexp.MustCompile(`^Defaulted container `),
	regexp.MustCompile(`^Unable to use a TTY`),
	regexp.MustCompile(`^If you don't see a command prompt`),
	regexp.MustCompile(`^command terminated with (?:exit code|non-zero)`),
	regexp.MustCompile(`^Last login: `),
	regexp.MustCompile(`^(?:exit|logout|do|done)$`),
	regexp.MustCompile("^```\\w*$"),
	regexp.MustCompile(`^(?:\S* ?|\[[^\]]*\] ?|PS \S*)[#$%>](?: |$)`),
	regexp.MustCompile(`^(?:sudo|export|kubectl|crictl|docker|podman|nerdctl|ssh|for|\S*etcdctl) `),
	regexp.MustCompile(`^(?:ETCD|ETCDCTL)_\w+=`),
	regexp.MustCompile(`^--?[a-z][a-z-]*[= ].*\\$`),
	regexp.MustCompile(`^(?:==>|===|---) ?[\w.-]+ ?(?:<==|===|---)?$`),
	regexp.MustCompile(`^(?:Finished defragmenting etcd member|compacted revision|Leadership transferred|Snapshot saved at)\b`),
}

// label is a name that somebody wrote above what a machine said.
var label = regexp.MustCompile(`^[A-Za-z][\w-]*:$`)

// tidings are what a line of etcdctl's output has in it. A line that looks like
// noise and has any of them may be such a line behind a mark or a stamp.
var tidings = regexp.MustCompile(` is (?:un)?healthy|unreachable|alarm:|memberID:|Failed to |Error: | (?:added to|removed from|promoted in|updated in) cluster| of endpoint |committed proposal|commit proposal|etcdserver: |NOSPACE|CORRUPT` +
	`|, (?:un)?started,|(?:true|false),|\d [kMGT]?B,|[\w\]]:\d{4,5}[,#$%>]|^[#$%>] *[|│]` +
	`|"(?:Endpoint|endpoint|health|Status|HashKV|members|alarms|header|Health|Errors?|AlarmType|IsLearner|Leader)" ?:`)

// change is how etcdctl says that it changed the members.
var change = regexp.MustCompile(`^Member\s+[0-9a-f]{1,16} (?:added to|removed from|promoted in|updated in) cluster\s`)

// readNoise takes a line that is noise.
func (r *reader) readNoise(l line, text string) bool {
	if reason, ok := strings.CutPrefix(text, "Error: "); ok {
		r.readError(l, strings.TrimSpace(reason))
		return true
	}
	if strings.Contains(text, logPrefix) {
		r.readLog(text)
		return true
	}
	if change.MatchString(text) {
		r.changed = l
		return true
	}
	if label.MatchString(text) {
		return l.ended
	}
	for _, n := range noise {
		if n.MatchString(text) {
			r.readLog(text)
			return !tidings.MatchString(text)
		}
	}
	return false
}

// readError reads etcdctl's last word. Of endpoints that failed it has told
// before; anything else is a question that has no answer.
func (r *reader) readError(l line, reason string) {
	r.reason = reason
	told := slices.ContainsFunc(r.sample.Failures, func(f Failure) bool { return f.Error == reason })
	if told || reason == "unhealthy cluster" {
		return
	}
	severity, code := Warning, CodeCommandFailed
	switch {
	case strings.HasSuffix(reason, " not supported as output format"):
		severity = Info
	case clientTrouble(reason) != "":
		code = CodeClient
	}
	r.gap(l, severity, code, "ask again, so that nothing is missing", "etcdctl failed: %.200s", reason)
}

// readLog keeps why the client could not connect, where a line that is not about
// an endpoint says so: those that are then only say that time ran out.
func (r *reader) readLog(text string) {
	trouble := clientTrouble(text)
	if trouble == "" || r.logged {
		return
	}
	r.logged = true
	r.gap(line{number: r.number + 1}, Warning, CodeClient, clientRemedy, "a line of a log says: %s", trouble)
}
