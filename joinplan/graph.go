package joinplan

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// graphLimit is how many steps of one sort that follow each other are drawn
// one by one; more of them become one box.
const graphLimit = 4

// Graph draws the steps as a Mermaid flowchart: an arrow leads from each step to
// those that need it. Arrows that follow from others are left out. More than
// four steps that do the same on several machines, side by side or one after
// another, are one box, which says how many they are.
func (p Plan) Graph() string {
	boxes, boxOf := p.boxes()
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for i, box := range boxes {
		fmt.Fprintf(&b, "  %s[\"%s\"]\n", boxID(i), box.label())
	}
	for to, needs := range reduced(p.needsOf(boxes, boxOf)) {
		for _, from := range needs {
			fmt.Fprintf(&b, "  %s --> %s\n", boxID(from), boxID(to))
		}
	}
	return b.String()
}

// box is one step, or several that do the same.
type box struct {
	sort  string
	steps []Step
}

func boxID(i int) string { return "s" + strconv.Itoa(i+1) }

// boxes are runs of steps of one sort. As no step needs a later one, no box does
// either.
func (p Plan) boxes() ([]box, map[string]int) {
	var boxes []box
	for rest := bySort(p.Steps); len(rest) > 0; {
		sort := sortOf(rest[0])
		n := slices.IndexFunc(rest, func(s Step) bool { return sortOf(s) != sort })
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
	boxOf := make(map[string]int, len(p.Steps))
	for i, box := range boxes {
		for _, step := range box.steps {
			boxOf[step.ID] = i
		}
	}
	return boxes, boxOf
}

// bySort is another order in which the steps can be done: it goes on with the
// same sort as long as it can.
func bySort(steps []Step) []Step {
	index := make(map[string]int, len(steps))
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
	ready := map[string][]int{} // by sort
	for i, n := range missing {
		if n == 0 {
			ready[sortOf(steps[i])] = append(ready[sortOf(steps[i])], i)
		}
	}
	out, sort := make([]Step, 0, len(steps)), ""
	for len(ready) > 0 {
		if len(ready[sort]) == 0 {
			delete(ready, sort)
			sort = firstOf(ready)
			continue
		}
		next := ready[sort][0]
		ready[sort] = ready[sort][1:]
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
func firstOf(ready map[string][]int) string {
	first, sort := -1, ""
	for s, steps := range ready {
		if len(steps) > 0 && (first < 0 || steps[0] < first) {
			first, sort = steps[0], s
		}
	}
	return sort
}

// sortOf is what the step does, without the machine's name.
func sortOf(s Step) string {
	_, name, _ := strings.Cut(s.ID, "/")
	kind := strings.TrimSuffix(s.ID, name)
	return kind + " " + strings.TrimSpace(strings.TrimSuffix(s.Title, name))
}

func (b box) label() string {
	first, last := b.steps[0], b.steps[len(b.steps)-1]
	if len(b.steps) == 1 {
		return label(first.ID) + "<br/>" + label(first.Title)
	}
	_, title, _ := strings.Cut(b.sort, " ")
	return fmt.Sprintf("%s to %s<br/>%s<br/>%d steps, %s", label(first.ID), label(last.ID), label(title), len(b.steps), b.order())
}

func (b box) order() string {
	in := map[string]bool{}
	for _, step := range b.steps {
		in[step.ID] = true
	}
	for _, step := range b.steps {
		if slices.ContainsFunc(step.Needs, func(id string) bool { return in[id] }) {
			return "one after another"
		}
	}
	return "side by side"
}

// needsOf are, for each box, the boxes before it that it needs, sorted.
func (p Plan) needsOf(boxes []box, boxOf map[string]int) [][]int {
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
