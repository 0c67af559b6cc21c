package effect_test

import (
	"fmt"

	"github.com/haplane/haplane/joinplan/effect"
)

// Three control planes lose one, and then a second.
func ExampleModel_Without() {
	var m effect.Model
	for _, name := range []string{"cp-1", "cp-2", "cp-3"} {
		m = m.After(
			effect.Change{Kind: effect.ControlPlaneJoins, Subject: name},
			effect.Change{Kind: effect.VoterJoins, Subject: name},
		)
	}
	fmt.Println(m.Serves(), m.Tolerates())
	fmt.Println(m.Without("cp-2").Serves(), m.Without("cp-2").Tolerates())
	fmt.Println(m.Without("cp-2", "cp-3").Serves(), m.Without("cp-2", "cp-3").Tolerates())
	// Output:
	// true 1
	// true 0
	// false -1
}

// Two control planes that reboot side by side cost etcd its quorum.
func ExampleCheck() {
	var start effect.Model
	for _, name := range []string{"cp-1", "cp-2", "cp-3"} {
		start = start.After(
			effect.Change{Kind: effect.ControlPlaneJoins, Subject: name},
			effect.Change{Kind: effect.VoterJoins, Subject: name},
		)
	}
	reboot := func(name string, needs ...string) effect.Step {
		return effect.Step{
			ID:     "reboot/" + name,
			Needs:  needs,
			During: []effect.Change{{Kind: effect.NodeAway, Subject: name}, {Kind: effect.MemberAway, Subject: name}},
		}
	}
	fmt.Println(effect.Check(start, []effect.Step{reboot("cp-1"), reboot("cp-2")}))
	fmt.Println(effect.Check(start, []effect.Step{reboot("cp-1"), reboot("cp-2", "reboot/cp-1")}))
	// Output:
	// "etcd keeps its quorum" does not hold with reboot/cp-1, reboot/cp-2
	// <nil>
}
