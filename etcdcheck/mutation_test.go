package etcdcheck_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
)

// rank orders verdicts by how well they leave a reader. A lost quorum whose only
// witness cannot be read is unknown, which is no better news.
var rank = map[etcdcheck.Verdict]int{etcdcheck.Healthy: 0, etcdcheck.Degraded: 1, etcdcheck.Unknown: 2, etcdcheck.QuorumLost: 2}

// judgement is what a text leads to: the rank of its verdict, and the questions
// that are answered with yes.
type judgement struct {
	rank int
	yes  map[string]bool
}

func judgeText(text string, questions []string) judgement {
	s, err := etcdcheck.Parse([]byte(text))
	r := etcdcheck.Check(etcdcheck.Input{Sample: s})
	j := judgement{rank: rank[r.Verdict], yes: map[string]bool{}}
	if err != nil {
		j.rank = 2
	}
	for _, q := range questions {
		if a, err := r.May(q); err == nil && a.Yes {
			j.yes[q] = true
		}
	}
	return j
}

// questionsAbout are all questions about the members that a text names.
func questionsAbout(text string) []string {
	questions := []string{"add", "add:learner", "upgrade:3.6.16", "upgrade:3.7.3"}
	s, _ := etcdcheck.Parse([]byte(text))
	for _, m := range etcdcheck.Check(etcdcheck.Input{Sample: s}).Members {
		for _, verb := range []string{"remove", "reboot", "promote"} {
			questions = append(questions, verb+":"+m.Label())
		}
	}
	return questions
}

// fixtures are all captures in testdata: the cases, the kinds, and what each
// captured cluster prints in each format.
func fixtures(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"testdata/cases/*", "testdata/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[file] = string(text)
		}
	}
	for _, file := range golden.Read(t, "testdata/kinds.txtar").Files {
		all[file.Name] = string(file.Data)
	}
	for _, state := range states {
		for _, format := range formats {
			var text strings.Builder
			for _, command := range commands {
				text.Write(capture(t, state).text(command, format))
			}
			all[state+"."+string(format)] = text.String()
		}
	}
	return all
}

// between are lines that may stand between two others.
var between = []string{
	"", "   ", "root@cp-1:~# ", "$ etcdctl endpoint status", "# cp-2", "cp-2:", "Defaulted container \"etcd\" out of: etcd",
	`{"level":"warn","ts":"2026-11-22T19:55:04.247554Z","msg":"retrying of unary invoker failed","error":"desc = x"}`,
	"WARNING: 2026/11/22 19:55:04 grpc: addrConn.createTransport failed", "hello", "all is well", "{}", "> ", "```",
	"command terminated with exit code 1", "Error: unhealthy cluster",
}

// manyLines is how many lines of a text are changed, about.
const manyLines = 12

// mutations gives the text with one line changed in ways that a person, a
// terminal or a mail program changes it.
func mutations(text string, r *rand.Rand, yield func(how, line, mutated string)) {
	lines := strings.SplitAfter(text, "\n")
	for i, l := range lines {
		if len(lines) > manyLines && r.IntN(len(lines)) > manyLines {
			continue // a sample of the lines
		}
		content, end := strings.TrimSuffix(l, "\n"), "\n"
		if strings.TrimSpace(content) == "" {
			continue
		}
		change := func(how string, replacement ...string) {
			yield(how, strings.Join(replacement, ""), strings.Join(slices.Concat(lines[:i], replacement, lines[i+1:]), ""))
		}
		change("quoted", "> "+l)
		change("quoted twice", ">> "+l)
		change("indented", "    "+l)
		change("indented with a tab", "\t"+l)
		change("in capitals", strings.ToUpper(l))
		change("with a stamp", "2026-11-30 21:40:05 "+l)
		change("behind a prompt", "root@cp-1:~# "+l)
		change("behind a name", "cp-1: "+l)
		for _, noise := range []string{between[r.IntN(len(between))], between[r.IntN(len(between))], between[r.IntN(len(between))]} {
			change(fmt.Sprintf("behind the line %q", noise), noise+"\n", l)
		}
		runes := []rune(content)
		for range 3 {
			at := r.IntN(len(runes))
			change("wrapped", string(runes[:at])+end, string(runes[at:])+end)
			change("wrapped and indented", string(runes[:at])+end, "  "+string(runes[at:])+end)
		}
		if at := 80; len(runes) > at {
			change("wrapped at 80", string(runes[:at])+end, string(runes[at:])+end)
		}
		for range 8 {
			at := r.IntN(len(runes))
			junk := []rune("x?#@~\ufffd$%>")[r.IntN(9)]
			change(fmt.Sprintf("with %q at %d", junk, at), string(runes[:at])+string(junk)+string(runes[at+1:])+end)
			change(fmt.Sprintf("with %q put in at %d", junk, at), string(runes[:at])+string(junk)+string(runes[at:])+end)
			if !unicode.IsDigit(runes[at]) {
				change(fmt.Sprintf("without character %d", at), string(runes[:at])+string(runes[at+1:])+end)
			}
		}
	}
}

// A line that is there and was not understood never makes anything better: not
// the verdict, and no answer.
func TestNoChangeOfALineMakesACaptureBetter(t *testing.T) {
	t.Parallel()
	all := fixtures(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := all[name]
			questions := questionsAbout(text)
			before := judgeText(text, questions)
			mutations(text, rand.New(rand.NewPCG(24, 1)), func(how, line, mutated string) {
				after := judgeText(mutated, questions)
				if after.rank < before.rank {
					t.Errorf("%s: the verdict gets better:\n%s", how, line)
				}
				for q := range after.yes {
					if !before.yes[q] {
						t.Errorf("%s: %s becomes yes:\n%s", how, q, line)
					}
				}
			})
		})
	}
}
