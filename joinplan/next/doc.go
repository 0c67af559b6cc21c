// Package next answers one question: what leads from the cluster that is there
// to the one that is described?
//
// [Decide] looks at what was observed, and makes the plan for it: to create the
// cluster, to convert it in place to its endpoint, to scale it out, or only to
// check it. It says in a paragraph what it decided and from what.
//
//	in := next.Input{Input: joinplan.Input{Spec: spec}}
//	in, err := in.With(captures...)       // package capture
//	decision, err := next.Decide(in)
//	fmt.Println(decision.Because)
//	for _, step := range decision.Plan.Steps {}
//
// A cluster that nobody saw is none that is not there: a plan to create one needs
// machines that said that they are of no cluster. What takes something away, a
// removal or a reboot, is never decided here: the findings name the machine, and
// somebody asks for it with the planner of package joinplan.
//
// The package only decides: the plans are those of joinplan and of convert. All
// functions and methods are safe for concurrent use.
package next
