package cluster

import (
	"errors"
	"fmt"
)

// ParseObjects reads the API objects that [ParseState] makes a State of, from
// the same captures, for what needs more of them than a State holds. Tables and
// errors of kubectl among the captures hold no objects.
//
// Errors are those of ParseState.
func ParseObjects(captures ...[]byte) (Objects, error) {
	r := readCaptures(captures)
	return r.objects, errors.Join(r.errs...)
}

func readCaptures(captures [][]byte) stateReader {
	var r stateReader
	for i, capture := range captures {
		if err := r.read(capture); err != nil {
			r.errs = append(r.errs, fmt.Errorf("capture %d: %w", i+1, err))
		}
	}
	return r
}
