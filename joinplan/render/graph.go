package render

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/haplane/haplane/joinplan"
)

// graphLimit is how many steps of one sort that follow each other are drawn
// one by one; more of them become one box.
const graphLimit = 4

// Graph draws the steps as a Mermaid flowchart: an arrow leads from each step to
// those that need it. Arrows that follow from others are left out. More than
// four steps that do the same on several machines, side by side or one after
// another, are one box, which says how many they are.
func Graph(plan joinplan.Plan) string {
	boxes, boxOf := boxesOf(plan.Steps)
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for i, box := range boxes {
		fmt.Fprintf(&b, "  %s[\"%s\"]\n", boxID(i), box.label())
	}
	for to, needs := range reduced(needsOf(boxes, boxOf)) {
		for _, from := range needs {
			fmt.Fprintf(&b, "  %s --> %s\n", boxID(from), boxID(to))
		}
	}
	return b.String()
}

// box is one step, or several that do the same.
type box struct {
	sort  sort
	steps []joinplan.Step
}

// sort is what steps have in common that do the same on several machines.
type sort struct {
	kind joinplan.Kind
	name string
}

func sortOf(s joinplan.Step) sort { return sort{s.ID.Kind, s.Name()} }

func boxID(i int) string { return "s" + strconv.Itoa(i+1) }

// boxesOf are runs of steps of one sort. As no step needs a later one, no box
// does either.
func boxesOf(steps []joinplan.Step) ([]box, map[joinplan.ID]int) {
	var boxes []box
	for rest := bySort(steps); len(rest) > 0; {
		sort := sortOf(rest[0])
		n := slices.IndexFunc(rest, func(s joinplan.Step) bool { return sortOf(s) != sort })
		if n < 0 {
			n = len(rest)
		}
		size := 1
		if n > graphLimit {
			size = n
		}
		for part := range slices.Chunk(rest[:n], size) {
			boxes = append(boxes, box{sort, part})
		}
		rest = rest[n:]
	}
	boxOf := make(map[joinplan.ID]int, len(steps))
	for i, box := range boxes {
		for _, step := range box.steps {
			boxOf[step.ID] = i
		}
	}
	return boxes, boxOf
}

// bySort is another order in which the steps can be done: it goes on with the
// same sort as long as it can.
func bySort(steps []joinplan.Step) []joinplan.Step {
	index := make(map[joinplan.ID]int, len(steps))
	for i, step := range steps {
		index[step.ID] = i
	}
	missing, neededBy := make([]int, len(steps)), make([][]int, len(steps))
	for i, step := range steps {
		for _, id := range step.Needs {
			if need, known := index[id]; known && need < i {
				missing[i]++
				neededBy[need] = append(neededBy[need], i)
			}
		}
	}
	ready := map[sort][]int{}
	for i, n := range missing {
		if n == 0 {
			ready[sortOf(steps[i])] = append(ready[sortOf(steps[i])], i)
		}
	}
	out, current := make([]joinplan.Step, 0, len(steps)), sort{}
	for len(ready) > 0 {
		if len(ready[current]) == 0 {
			delete(ready, current)
			current = firstOf(ready)
			continue
		}
		next := ready[current][0]
		ready[current] = ready[current][1:]
		out = append(out, steps[next])
		for _, i := range neededBy[next] {
			if missing[i]--; missing[i] == 0 {
				ready[sortOf(steps[i])] = append(ready[sortOf(steps[i])], i)
			}
		}
	}
	return out
}

// firstOf is the sort whose next step is the first in the plan.
func firstOf(ready map[sort][]int) sort {
	first, found := -1, sort{}
	for s, steps := range ready {
		if len(steps) > 0 && (first < 0 || steps[0] < first) {
			first, found = steps[0], s
		}
	}
	return found
}

func (b box) label() string {
	first, last := b.steps[0], b.steps[len(b.steps)-1]
	if len(b.steps) == 1 {
		return label(first.ID.String()) + "<br/>" + label(first.Title)
	}
	return fmt.Sprintf("%s to %s<br/>%s<br/>%d steps, %s", label(first.ID.String()), label(last.ID.String()), label(b.sort.name), len(b.steps), b.order())
}

func (b box) order() string {
	in := map[joinplan.ID]bool{}
	for _, step := range b.steps {
		in[step.ID] = true
	}
	for _, step := range b.steps {
		if slices.ContainsFunc(step.Needs, func(id joinplan.ID) bool { return in[id] }) {
			return "one after another"
		}
	}
	return "side by side"
}

// needsOf are, for each box, the boxes before it that it needs, sorted.
func needsOf(boxes []box, boxOf map[joinplan.ID]int) [][]int {
	needs := make([][]int, len(boxes))
	for to, box := range boxes {
		from := map[int]bool{}
		for _, step := range box.steps {
			for _, id := range step.Needs {
				if i, known := boxOf[id]; known && i < to {
					from[i] = true
				}
			}
		}
		for i := range from {
			needs[to] = append(needs[to], i)
		}
		slices.Sort(needs[to])
	}
	return needs
}

// reduced leaves out what follows from other needs (the transitive reduction of
// a graph in topological order).
func reduced(needs [][]int) [][]int {
	before := make([]*big.Int, len(needs)) // all that a box needs, as bits
	out := make([][]int, len(needs))
	for to := range needs {
		before[to] = new(big.Int)
		for _, from := range slices.Backward(needs[to]) {
			if before[to].Bit(from) == 0 {
				out[to] = append(out[to], from)
				before[to].Or(before[to], before[from])
				before[to].SetBit(before[to], from, 1)
			}
		}
		slices.Reverse(out[to])
	}
	return out
}
