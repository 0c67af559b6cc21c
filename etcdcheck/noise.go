package etcdcheck

import (
	"regexp"
	"strings"
)

// failure is how etcdctl words, on stderr, that it could not ask an endpoint.
var failure = regexp.MustCompile(`^Failed to get the (?:status|hash) of endpoint (\S+) \((.*)\)$`)

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
	regexp.MustCompile(`^(?:exit|logout)$`),
	regexp.MustCompile(`^(?:\S* ?|\[[^\]]*\] ?|PS \S*)[#$%>](?: |$)`),
	regexp.MustCompile(`^(?:sudo |export |kubectl |crictl |\S*etcdctl |ETCDCTL_\w+=)`),
}

// readNoise takes a line that is noise. Endpoints that failed are noted.
func (r *reader) readNoise(text string) bool {
	if m := failure.FindStringSubmatch(text); m != nil {
		r.found = true
		r.sample.Failures = append(r.sample.Failures, Failure{Endpoint: m[1], Error: m[2]})
		return true
	}
	if reason, ok := strings.CutPrefix(text, "Error: "); ok {
		r.reason = reason
		return true
	}
	if strings.HasPrefix(text, logPrefix) {
		return true
	}
	for _, n := range noise {
		if n.MatchString(text) {
			return true
		}
	}
	return false
}
