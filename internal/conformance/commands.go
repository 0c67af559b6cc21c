package conformance

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// commandLines is the number of random commands for each release, and
// minCommandLines how many of them both must accept, and both refuse.
const (
	commandLines    = 8_000
	minCommandLines = 2_000
)

// Parsed is what a program made of its command line, without running anything.
type Parsed struct {
	// Command is the path of the command, "kubeadm token create".
	Command string
	// Args are the words that are no flags.
	Args []string
	// Flags are the values of the flags that were set, by name; those of a list
	// are split.
	Flags map[string][]string
}

// TestCommands fails for each random command that package kubeadmcmd builds and
// kubeadm refuses or understands otherwise, and for each that kubeadmcmd refuses
// and kubeadm accepts, other than for a reason in stricter. It prints the
// figures.
func TestCommands(t *testing.T, kubeadm Kubeadm) {
	judged := lines{kubeadm: kubeadm, hits: map[string]int{}, unexplained: map[string]string{}}
	for n := range commandLines {
		random := newRand(40, uint64(n))
		made := intention{r: random, density: []float64{0.05, 0.2, 0.6}[random.IntN(3)], flags: map[string][]string{}}
		judged.judge(t, commandMakers[n%len(commandMakers)](&made), &made)
	}
	judged.check(t)
}

// lines counts the judgements.
type lines struct {
	kubeadm           Kubeadm
	accepted, refused int
	hits              map[string]int
	unexplained       map[string]string // an example by what the library says
}

func (l *lines) judge(t *testing.T, b builder, made *intention) {
	t.Helper()
	command, err := b.Command()
	if err == nil {
		l.accepted++
		got, err := l.kubeadm.Command(command.Argv())
		if diff := cmp.Diff(made.parsed(), got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("kubeadm %s: %v\n(-meant +understood):\n%s\nby %q", l.kubeadm.Version, err, diff, command.Argv())
		}
		return
	}
	if _, theirs := l.kubeadm.Command(made.argv()); theirs != nil {
		l.refused++
		return
	}
	if !l.explain(err) {
		l.unexplained[values.ReplaceAllString(err.Error(), "")] = strings.Join(made.argv(), " ")
	}
}

// explain tells whether each error of the library has its reason.
func (l *lines) explain(err error) bool {
	for _, err := range split(err) {
		i := slices.IndexFunc(stricter, func(s strictness) bool { return s.matches(err) })
		if i < 0 {
			return false
		}
		l.hits[stricter[i].says]++
	}
	return true
}

func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func (l *lines) check(t *testing.T) {
	t.Helper()
	t.Logf("kubeadm %s: %d commands, %d built and understood as meant, %d refused by both, the rest refused by the library alone: %s",
		l.kubeadm.Version, commandLines, l.accepted, l.refused, counts(l.hits))
	if l.accepted < minCommandLines || l.refused < minCommandLines {
		t.Errorf("fewer than %d commands are accepted, or refused", minCommandLines)
	}
	for _, says := range slices.Sorted(maps.Keys(l.unexplained)) {
		t.Errorf("kubeadm %s accepts what the library refuses:\n%s\nfor example: %s", l.kubeadm.Version, says, l.unexplained[says])
	}
	for _, s := range stricter {
		if l.hits[s.says] == 0 {
			t.Errorf("no case for what the library alone refuses: %s", s.says)
		}
	}
}

// strictness is something that the library refuses, and that kubeadm's parser
// of flags does not.
type strictness struct {
	says   string // within the error's detail
	reason string
}

func (s strictness) matches(err error) bool {
	var about *field.Error
	return errors.As(err, &about) && strings.Contains(about.Detail, s.says)
}

var stricter = []strictness{
	// kubeadm refuses these too, after it has parsed its flags.
	{"must be a bootstrap token", "kubeadm validates tokens once it runs"},
	{"must be a certificate key", "kubeadm validates keys once it runs"},
	{"must be sha256:", "kubeadm join fails on the hash when it meets the CA"},
	{"must be a port", "kubeadm validates ports once it runs"},
	{"must be an address or a lower-case DNS name", "kubeadm validates endpoints once it runs"},
	{"a join needs a token", "kubeadm validates discovery once it runs"},
	{"a token is presented to an endpoint", "kubeadm validates discovery once it runs"},
	{"without them nobody proves", "kubeadm validates discovery once it runs"},
	{"a token and a discoveryFile exclude each other", "kubeadm validates discovery once it runs"},
	{"the endpoint is in the discoveryFile", "kubeadm validates discovery once it runs"},
	{"must not be negative", "kubeadm validates lifetimes once it runs"},

	// kubeadm ignores these, or makes something else of them.
	{"only a control plane uses it", "kubeadm warns, and then joins a worker"},
	{"only a printed join command uses it", "kubeadm ignores the key"},
	{"only uploading certificates uses it", "kubeadm ignores the key"},
	{"the endpoint is in the file that --config names", "kubeadm ignores the endpoint"},
	{"a duration and no end exclude each other", "the flag has one value, and the struct two"},
	{"must be one value, not empty, without a comma", "kubeadm splits lists at commas, and a quote opens a value with commas"},
	{"holds a control character", "the value ends up in file names, logs and scripts"},
}
