package plain_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/haplane/haplane/internal/plain"
)

func TestLineShowsWhatDoesNotPrint(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"cp-1 räume 日本": "cp-1 räume 日本",
		"a\x1b[31mb":    `a\x1b[31mb`,
		"a\u009b31mb":   `a\u009b31mb`,
		"a\nb\r\tc":     `a\nb\r\tc`,
		"user\u202etxt": `user\u202etxt`,
		"a\u200bb":      `a\u200bb`,
		"a\u2028b":      `a\u2028b`,
		"\xff":          `\xff`,
		"\U000e0041":    `\U000e0041`,
	} {
		if got := plain.Line(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got, want := plain.Text("a\tb\n\x1bc\n"), "a\tb\n\\x1bc\n"; got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
}

func TestFenceIsLongerThanAnyRunInside(t *testing.T) {
	t.Parallel()
	if got, want := plain.Fence("sh", "echo\n````\n# mine\n"), "`````sh\necho\n````\n# mine\n`````\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := plain.Code("a``b"), "``` a``b ```"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShortCutsBetweenCharacters(t *testing.T) {
	t.Parallel()
	if got, want := plain.Short("räume", 2), "r..."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := plain.Short("räume", 6); got != "räume" {
		t.Errorf("got %q", got)
	}
}

func FuzzNothingComesThroughAlive(f *testing.F) {
	f.Add("\x1b]0;t\x07\n```\n# h\n<b>\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{plain.Line(s), plain.Markdown(s), plain.Code(s)} {
			for _, r := range out {
				if !strconv.IsPrint(r) {
					t.Fatalf("%q came through in %q", r, out)
				}
			}
		}
		if strings.ContainsAny(plain.Markdown(s), "<>") {
			t.Errorf("HTML came through in %q", plain.Markdown(s))
		}
		if !utf8.ValidString(s) {
			return
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(plain.JSON(text), &back); err != nil || back != s {
			t.Errorf("%q became %q (%v)", s, back, err)
		}
	})
}
