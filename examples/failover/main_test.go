package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
)

func TestReportsOnCapturedLogs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, log string
		args      []string
		status    int
	}{
		{"reference", "reference.log", nil, 0},
		{"reference-json", "reference.log", []string{"-json"}, 0},
		{"quorum-lost", "kubeadm-tcp-check.log", nil, 3},
		{"fails-open", "busy-fails-open.log", nil, 1},
		{"unknown", "connect-lines.log", nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in, err := os.Open("testdata/" + test.log)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var out, errs bytes.Buffer
			if got := run(test.args, in, &out, &errs); got != test.status {
				t.Errorf("exit status %d, want %d", got, test.status)
			}
			golden.Check(t, "testdata/"+test.name+".txtar",
				txtar.File{Name: "stdout", Data: out.Bytes()}, txtar.File{Name: "stderr", Data: errs.Bytes()})
		})
	}
}

func TestBadInputIsStatusTwoAndOneClearLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args     []string
		in, want string
	}{
		"nothing":             {nil, "", "none of the 0 lines"},
		"nothing of HAProxy":  {nil, "Sep 25 18:05:53 host sshd[1]: hello\n", "none of the 1 lines"},
		"an unknown zone":     {[]string{"-zone", "Mars/Olympus"}, "", "-zone: "},
		"a reference as text": {[]string{"-reference", "yesterday"}, "", "-reference: "},
		"an argument":         {[]string{"haproxy.log"}, "", "reads standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if got := run(test.args, strings.NewReader(test.in), &out, &errs); got != 2 {
				t.Errorf("exit status %d, want 2", got)
			}
			if out.Len() > 0 {
				t.Errorf("standard output has %q", out.String())
			}
			if got := errs.String(); !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("standard error has %q, want one line with %q", got, test.want)
			}
		})
	}
}

func TestHelpNamesEveryExitStatus(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if got := run([]string{"-h"}, strings.NewReader(""), &out, &errs); got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
	for _, want := range []string{"\n  0 ", "\n  1 ", "\n  2 ", "\n  3 ", "-reference", "-zone", "-json", "-timeline"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("the help has no %q:\n%s", want, errs.String())
		}
	}
}

func TestGarbageIsNeverFine(t *testing.T) {
	t.Parallel()
	for _, in := range garbage.For("failover") {
		var out, errs bytes.Buffer
		if got := run(nil, strings.NewReader(in.Text), &out, &errs); got == 0 {
			t.Errorf("%s: exit status 0:\n%s", in.Name, out.String())
		}
	}
}

func TestTimelineShowsTheWorstOutage(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"reference", "kubeadm-tcp-check", "busy-fails-open"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log, err := os.ReadFile("testdata/" + name + ".log")
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/timeline-"+name+".txtar", txtar.File{Name: "timeline.svg", Data: draw(t, string(log))})
		})
	}
}

// draw gives the timeline of a log, and sees that it is one document of SVG.
func draw(t *testing.T, log string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "timeline.svg")
	var out, errs bytes.Buffer
	if got := run([]string{"-timeline", file}, strings.NewReader(log), &out, &errs); got == 2 {
		t.Fatal(errs.String())
	}
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"svg": true, "title": true, "style": true, "text": true, "line": true, "rect": true}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return svg
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && !allowed[e.Name.Local] {
			t.Errorf("an element %s in:\n%s", e.Name.Local, svg)
		}
	}
}

// Names and reasons of a log are text, in the picture and on the terminal.
func TestHostileNamesDoNothing(t *testing.T) {
	t.Parallel()
	const log = "2026-03-01T12:00:00Z l<script>b haproxy[1]: 10.0.0.1:1 [01/Mar/2026:12:00:00.000] f b/<i>s1\x1b]0;t\x07&\u202e 1/0/40 2000 -- 1/1/1/1/0 0/0\n" +
		"2026-03-01T12:00:10Z l<script>b haproxy[1]: Server b/<i>s1\x1b]0;t\x07&\u202e is DOWN, reason: <script>alert(1)</script>\x1b[2J, check duration: 0ms. 1 active and 0 backup servers left.\n"
	svg := string(draw(t, log))
	if strings.ContainsAny(svg, "\x1b\x07\u202e") || !strings.Contains(svg, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Errorf("alive in:\n%s", svg)
	}
	for _, args := range [][]string{nil, {"-json"}} {
		var out, errs bytes.Buffer
		run(args, strings.NewReader(log), &out, &errs)
		if strings.ContainsAny(out.String(), "\x1b\x07\u202e") {
			t.Errorf("%v: alive in:\n%s", args, out.String())
		}
		if args != nil && !json.Valid(out.Bytes()) {
			t.Errorf("no JSON:\n%s", out.String())
		}
	}
}

func TestATimelineThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	log, err := os.Open("testdata/reference.log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if got := run([]string{"-timeline", filepath.Join(t.TempDir(), "none", "t.svg")}, log, &out, &errs); got != 2 || !strings.Contains(errs.String(), "-timeline: ") {
		t.Errorf("exit status %d, %s", got, errs.String())
	}
}
