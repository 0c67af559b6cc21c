package convert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/haplane/haplane/joinplan"
)

// Census is everything that was found to know an address of the API server.
type Census struct {
	// Endpoint that everything shall name, as a URL.
	Endpoint string `json:"endpoint"`
	// References, those of the whole cluster first, then host by host.
	References []Reference `json:"references"`
	// Missing is what must be seen before anybody can say that the cluster is
	// converted.
	Missing []Missing `json:"missing,omitempty"`
}

// Missing is something that was not captured.
type Missing struct {
	// Place as for [Reference.Place], and the command that captures it.
	Place   string `json:"place"`
	Capture string `json:"capture"`
	// Process is true where it is about what a process uses. A plan starts such a
	// process anew, and is refused for what else is missing.
	Process bool `json:"process,omitempty"`
}

// String is one line.
func (m Missing) String() string {
	if m.Process {
		return "what " + m.Place + " uses was not seen: " + m.Capture
	}
	return m.Place + " was not captured: " + m.Capture
}

// InScope gives the references that must change.
func (c Census) InScope() []Reference {
	return slices.DeleteFunc(slices.Clone(c.References), func(r Reference) bool { return !r.InScope() })
}

// Converted tells whether everything was seen and nothing must change.
func (c Census) Converted() bool { return len(c.InScope()) == 0 && len(c.Missing) == 0 }

// TakeCensus takes the census.
//
// Errors are those of the description, files that cannot be read as what they
// are, and files of hosts that the description does not have. They are joined,
// and never quote a file.
func TakeCensus(in Input) (Census, error) {
	s, err := newSurvey(in)
	if err != nil {
		return Census{}, err
	}
	return s.census, nil
}

// newSurvey looks at everything.
func newSurvey(in Input) (*survey, error) {
	spec, err := joinplan.Ordered(in.Spec)
	if err != nil {
		return nil, err
	}
	s := prepareSurvey(in, spec)
	s.objects()
	errs := s.files()
	s.processes()
	s.leftovers()
	s.lookForMissing()
	s.accept()
	return s, errors.Join(errs...)
}

// accept lets what the user accepts stay.
func (s *survey) accept() {
	for _, a := range s.in.Accepted {
		for i, r := range s.census.References {
			if r.Place() == a.Place && r.InScope() {
				s.census.References[i].Verdict = Keep
				s.census.References[i].Reason = "accepted: " + a.Reason
			}
		}
		s.census.Missing = slices.DeleteFunc(s.census.Missing, func(m Missing) bool { return m.Place == a.Place })
	}
}

func (s *survey) add(r Reference) {
	same := func(o Reference) bool {
		return o.Host == r.Host && o.Where == r.Where && o.Field == r.Field && o.Address == r.Address
	}
	if !slices.ContainsFunc(s.census.References, same) {
		s.census.References = append(s.census.References, r)
	}
}

func (s *survey) miss(place, format string, args ...any) {
	s.census.Missing = append(s.census.Missing, Missing{Place: place, Capture: fmt.Sprintf(format, args...)})
}
