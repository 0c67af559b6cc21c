// Package finding has the two shapes in which every package of haplane says
// what is wrong: a [Finding] about something that was understood, and a
// [ParseError] about text that was not. The public packages alias them, so that
// one loop prints what all of them found.
package finding

import (
	"cmp"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/plain"
)

// Severity says how much a finding matters.
type Severity string

// The severities. Info needs nothing done. Warning leaves things working with
// less than they should have, or is about to hurt. Critical is broken, or one
// step from it.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Rank orders severities: Critical has the highest.
func (s Severity) Rank() int { return slices.Index([]Severity{Info, Warning, Critical}, s) }

// Finding is one thing that somebody should know.
type Finding struct {
	// Code names the kind of finding, such as "no-leader". Codes are stable.
	Code string `json:"code,omitempty"`
	// Severity says how much it matters.
	Severity Severity `json:"severity"`
	// Subject is the host, member, server or name that it is about; empty where
	// it is about the whole.
	Subject string `json:"subject,omitempty"`
	// Place is where it was seen: the path of a field such as podSubnets[0], or
	// INPUT:LINE.
	Place string `json:"place,omitempty"`
	// Message says what is wrong, in one sentence without a final stop.
	Message string `json:"message"`
	// Remedy says what to do; empty where nothing is to be done.
	Remedy string `json:"remedy,omitempty"`
}

// String returns "PLACE: SUBJECT: MESSAGE; REMEDY [CODE]" without the parts that
// are empty, as one line that no terminal takes for an order: what comes from
// outside may stand in each part.
func (f Finding) String() string {
	var b strings.Builder
	for _, part := range []string{f.Place, f.Subject} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	b.WriteString(f.Message)
	if f.Remedy != "" {
		b.WriteString("; " + f.Remedy)
	}
	if f.Code != "" {
		b.WriteString(" [" + f.Code + "]")
	}
	return plain.Line(b.String())
}

// Worst returns the highest severity among the findings, and "" for none.
func Worst(findings []Finding) Severity {
	if len(findings) == 0 {
		return ""
	}
	return slices.MaxFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) }).Severity
}
