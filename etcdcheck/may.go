package etcdcheck

import (
	"fmt"
	"strings"
)

// May answers a question that is written as a text: "add" (a voter),
// "add:learner", "remove:WHO", "reboot:WHO", "promote:WHO" or
// "upgrade:VERSION", where WHO is a name, an ID or a client endpoint.
func (r Report) May(question string) (Answer, error) {
	verb, object, _ := strings.Cut(question, ":")
	switch verb {
	case "add":
		return r.mayAdd(object)
	case "upgrade":
		to, err := ParseVersion(object)
		if err != nil {
			return Answer{}, err
		}
		return r.CanUpgrade(to), nil
	}
	ask, ok := map[string]func(string) Answer{"remove": r.CanRemove, "reboot": r.CanReboot, "promote": r.CanPromote}[verb]
	switch {
	case !ok:
		return Answer{}, fmt.Errorf("%q is no question: ask add, add:learner, remove:WHO, reboot:WHO, promote:WHO or upgrade:VERSION", question)
	case object == "":
		return Answer{}, fmt.Errorf("%q does not say who: write %s:NAME", question, verb)
	}
	return ask(object), nil
}

func (r Report) mayAdd(role string) (Answer, error) {
	switch role {
	case "", "voter":
		return r.CanAdd(Voter), nil
	case "learner":
		return r.CanAdd(Learner), nil
	}
	return Answer{}, fmt.Errorf("%q is no role to add: write add:voter or add:learner", role)
}
