// Package yamlerror says where a text is no YAML.
package yamlerror

import (
	"regexp"
	"strconv"
)

var (
	// place is how go.yaml.in/yaml/v3 begins an error.
	place = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)
	// early are the errors in which it counts lines from zero.
	early = regexp.MustCompile(`^(?:did not find expected|found a tab character)`)
)

// Place gives the line of an error of go.yaml.in/yaml/v3, counted from 1, and
// what is wrong there.
func Place(err error) (line int, msg string) {
	m := place.FindStringSubmatch(err.Error())
	if m == nil {
		return 1, err.Error()
	}
	line, err = strconv.Atoi(m[1])
	switch {
	case err != nil:
		return 1, m[2]
	case early.MatchString(m[2]):
		line++
	}
	return line, m[2]
}
