package finding_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/finding"
)

func TestStringLeavesOutWhatIsEmpty(t *testing.T) {
	t.Parallel()
	full := finding.Finding{Code: "no-leader", Severity: finding.Critical, Subject: "cp-1", Place: "status:3", Message: "it has no leader", Remedy: "look at its log"}
	if got, want := full.String(), "status:3: cp-1: it has no leader; look at its log [no-leader]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (finding.Finding{Message: "it is there"}).String(), "it is there"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWorstIsTheHighestSeverity(t *testing.T) {
	t.Parallel()
	if got := finding.Worst(nil); got != "" {
		t.Errorf("none: got %q", got)
	}
	findings := []finding.Finding{{Severity: finding.Info}, {Severity: finding.Critical}, {Severity: finding.Warning}}
	if got := finding.Worst(findings); got != finding.Critical {
		t.Errorf("got %q, want %q", got, finding.Critical)
	}
}

func TestParseErrorNamesThePlace(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]finding.ParseError{
		"cluster:4:23: podSubnets[0]: not a range": {Input: "cluster", Line: 4, Column: 23, Field: "podSubnets[0]", Msg: "not a range"},
		"hosts:4: a marker is missing":             {Input: "hosts", Line: 4, Msg: "a marker is missing"},
		"etcdctl output: it is empty":              {Input: "etcdctl output", Msg: "it is empty"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestJoinStopsAtTheLimitAndSaysHowManyMore(t *testing.T) {
	t.Parallel()
	if err := finding.Join(nil); err != nil {
		t.Errorf("none: got %v", err)
	}
	problems := make([]*finding.ParseError, finding.MaxErrors+7)
	for i := range problems {
		problems[i] = &finding.ParseError{Input: "hosts", Line: i + 1, Msg: "bad"}
	}
	text := finding.Join(problems).Error()
	if lines := strings.Count(text, "\n") + 1; lines != finding.MaxErrors+1 {
		t.Errorf("got %d lines, want %d", lines, finding.MaxErrors+1)
	}
	if !strings.HasSuffix(text, "hosts: and 7 more errors") {
		t.Errorf("the end says %q", text[len(text)-40:])
	}
}

func TestJoinedErrorsAreNeverLongerThanTheLimit(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 500, 5000, 1 << 20} {
		problems := make([]*finding.ParseError, 1000)
		for i := range problems {
			problems[i] = &finding.ParseError{Input: "hosts", Line: i + 1, Field: strings.Repeat("f", length), Msg: strings.Repeat("m", length)}
		}
		if text := finding.Join(problems).Error(); len(text) > finding.MaxText || !strings.HasSuffix(text, " more errors") {
			t.Errorf("of %d bytes each: %d bytes, the end is %q", length, len(text), text[len(text)-30:])
		}
	}
}

func TestNamedNamesTheFileInEveryJoinedError(t *testing.T) {
	t.Parallel()
	other := errors.New("something else")
	err := errors.Join(&finding.ParseError{Input: "cluster", Line: 1, Msg: "a"}, other, &finding.ParseError{Input: "cluster", Line: 2, Msg: "b"})
	named := finding.Named(err, "cluster.yaml")
	if got, want := named.Error(), "cluster.yaml:1: a\nsomething else\ncluster.yaml:2: b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(named, other) {
		t.Error("the other error is lost")
	}
	if strings.Contains(err.Error(), "cluster.yaml") {
		t.Error("the original has changed")
	}
}

func TestErrorsOfAnyKindAreJoinedShortAndFoundBehindTheirText(t *testing.T) {
	t.Parallel()
	plain, evil := &finding.ParseError{Input: "a", Msg: "plain"}, errors.New("evil\x1b\n"+strings.Repeat("a", 1<<20))
	all := []error{plain, evil}
	for range 1000 {
		all = append(all, errors.New("more"))
	}
	err := finding.JoinErrors(all)
	if text := err.Error(); len(text) > finding.MaxText || strings.Contains(text, "\x1b") || !strings.HasSuffix(text, "and 902 more errors") {
		t.Errorf("%d bytes, the end is %q", len(text), text[len(text)-30:])
	}
	if !errors.Is(err, plain) || !errors.Is(err, evil) {
		t.Error("an error is lost")
	}
	if err := finding.JoinErrors(nil); err != nil {
		t.Errorf("none: got %v", err)
	}
}
