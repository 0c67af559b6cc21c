package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// agreements is the number of random and mutated files for each release.
const agreements = 20_000

// TestAgreement judges generated files with kubeadm and with the library and
// fails for each on which they differ in accepting it, other than by an
// intended difference. It fails also where an intended difference has no case,
// where there are more than 25 of them, and where too few files are accepted,
// or too few refused, to mean much. It prints the figures.
func TestAgreement(t *testing.T, kubeadm Kubeadm) {
	agreementRan = true
	figures := figures{hits: map[string]int{}, examples: map[string]example{}}
	for i, api := range kubeadm.APIs {
		g := newGenerator(api.Version, kubeadm.minor())
		for n := range agreements / len(kubeadm.APIs) {
			g.Rand = newRand(uint64(2+i), uint64(n))
			figures.judge(kubeadm, g.next(n))
		}
	}
	figures.check(t, kubeadm)
}

type figures struct {
	accepted, refused, unexplained int
	hits                           map[string]int
	examples                       map[string]example
}

// An example is one of several files on which the judgements differ alike.
type example struct {
	config
	count int
}

func (f *figures) judge(kubeadm Kubeadm, c config) {
	theirs, ours := kubeadm.Validate(c.text()), kubeadm.judge(c.text())
	if theirs == nil {
		f.accepted++
	} else {
		f.refused++
	}
	if (theirs == nil) == (ours == nil) {
		return
	}
	reasons, explained := explain(kubeadm, c)
	if explained {
		for _, field := range reasons {
			f.hits[field]++
		}
		return
	}
	f.unexplained++
	at := disagreement(kubeadm, c)
	e, seen := f.examples[at]
	if !seen {
		e.config = c
	}
	e.count++
	f.examples[at] = e
}

// disagreement gives what the one that refuses a file says first, without its
// values; nothing where both accept or both refuse it.
func disagreement(kubeadm Kubeadm, c config) string {
	theirs, ours := kubeadm.Validate(c.text()), kubeadm.judge(c.text())
	if (theirs == nil) == (ours == nil) {
		return ""
	}
	first, _, _ := strings.Cut(cmp.Or(theirs, ours).Error(), "\n")
	return fmt.Sprintf("accepted by kubeadm: %t: %s", theirs == nil, values.ReplaceAllString(first, ""))
}

// values are what tells apart two messages about the same thing.
var values = regexp.MustCompile(`^\w+Configuration|"[^"]*"|\[\d+\]|\d+`)

// explain finds the intended differences that account for a disagreement: one
// whose repair ends it, or all that apply where it takes more than one.
func explain(kubeadm Kubeadm, c config) (names []string, explained bool) {
	accepted := kubeadm.Validate(c.text()) == nil
	all := c
	for _, d := range differences {
		repaired, holds := d.repair(c)
		if !holds || d.Accepted != accepted || !d.concerns(kubeadm) {
			continue
		}
		if d.settled(kubeadm, repaired) {
			return []string{d.name()}, true
		}
		all, _ = d.repair(all)
		names = append(names, d.name())
	}
	return names, len(names) > 1 && bothAccept(kubeadm, all)
}

// settled tells whether a repair ended a disagreement. Of what one of the two
// accepted, both must accept what is left; where a text was restored of which
// one of them saw only a part, they must agree.
func (d Difference) settled(kubeadm Kubeadm, repaired config) bool {
	if d.Field == textField {
		return disagreement(kubeadm, repaired) == ""
	}
	return bothAccept(kubeadm, repaired)
}

func bothAccept(kubeadm Kubeadm, c config) bool {
	return kubeadm.Validate(c.text()) == nil && kubeadm.judge(c.text()) == nil
}

// shrink takes away what a disagreement does not need.
func shrink(kubeadm Kubeadm, c config) config {
	about := disagreement(kubeadm, c)
	for smaller := true; smaller; {
		smaller = false
		for i := range c.documents {
			for n := range places(c.documents[i]) {
				candidate := config{documents: slices.Clone(c.documents), edit: c.edit}
				document := clone(c.documents[i]).(object)
				candidate.documents[i] = document
				p := places(document)[n]
				if p.name == "apiVersion" || p.name == "kind" {
					continue
				}
				if delete(p.in, p.name); disagreement(kubeadm, candidate) == about {
					c, smaller = candidate, true
					break
				}
			}
		}
	}
	return c
}

func (f *figures) check(t *testing.T, kubeadm Kubeadm) {
	t.Helper()
	total := f.accepted + f.refused
	var hits strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.hits)) {
		fmt.Fprintf(&hits, "\n  %6d  %s", f.hits[name], name)
	}
	t.Logf("kubeadm %s: %d files, %d accepted (%d %%), %d refused (%d %%); differences that are not intended: %d; intended:%s",
		kubeadm.Version, total, f.accepted, 100*f.accepted/total, f.refused, 100*f.refused/total, f.unexplained, &hits)
	if f.accepted < total*3/10 || f.refused < total*3/10 {
		t.Error("less than 30 % of the files are accepted, or refused")
	}
	for _, at := range slices.Sorted(maps.Keys(f.examples)) {
		e := f.examples[at]
		c := shrink(kubeadm, e.config)
		t.Errorf("%d files like this one:\nkubeadm %s: %v\nthe library: %v\n%s", e.count, kubeadm.Version,
			kubeadm.Validate(c.text()), kubeadm.judge(c.text()), c.text())
	}
	if f.unexplained > 0 {
		t.Errorf("%d differences that are not intended", f.unexplained)
	}
	if len(differences) > 25 {
		t.Errorf("%d intended differences are too many", len(differences))
	}
	for _, d := range differences {
		if f.hits[d.name()] == 0 && d.concerns(kubeadm) {
			t.Errorf("no case for the intended difference %s", d.name())
		}
	}
}
