package haproxycfg

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
)

// Validate tells everything that HAProxy of the target would reject or misread,
// and most of what it warns about (Warnings has the rest): nil, or *field.Error values joined, each with the path of the
// field. errors.As finds the first; the joined error's Unwrap() []error has all.
// Files that the configuration names are not looked at.
func (c Config) Validate() error {
	v := &validator{config: c}
	v.target()
	if c.Global != nil {
		v.global(field.NewPath("global"), *c.Global)
	}
	if c.Defaults != nil {
		v.defaults(field.NewPath("defaults"), *c.Defaults)
	}
	v.resolvers()
	v.frontends()
	v.backends()
	return finding.JoinErrors(v.errs)
}

// validator collects errors.
type validator struct {
	config Config
	errs   []error
}

func (v *validator) add(e *field.Error) { v.errs = append(v.errs, e) }

func (v *validator) invalid(p *field.Path, value any, format string, args ...any) {
	v.add(field.Invalid(p, value, fmt.Sprintf(format, args...)))
}

func (v *validator) required(p *field.Path, say string) { v.add(field.Required(p, say)) }

// fragment tells whether other sections of the file are unknown.
func (v *validator) fragment() bool { return v.config.Global == nil && v.config.Defaults == nil }

// inherited gives the defaults section, empty where there is none.
func (v *validator) inherited() Defaults {
	if v.config.Defaults == nil {
		return Defaults{}
	}
	return *v.config.Defaults
}

func (v *validator) target() {
	if !v.config.Target.known() {
		v.add(field.NotSupported(field.NewPath("target"), v.config.Target, Versions()))
	}
}

// since rejects a directive that a HAProxy of the target does not know.
func (v *validator) since(p *field.Path, value any, first Version) {
	if v.config.Target.before(first) {
		v.invalid(p, value, "HAProxy knows this only from %s on; set the target to %s or newer", first, first)
	}
}

// word rejects what could leave its line. An empty value is not written.
func (v *validator) word(p *field.Path, value string) {
	if strings.ContainsFunc(value, isControl) {
		v.invalid(p, value, "must not hold line breaks or other control characters")
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// token rejects what is not one plain word.
func (v *validator) token(p *field.Path, value string) {
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"'\#$`, r) }) {
		v.invalid(p, value, "must be one word of printable ASCII without spaces, quotes, backslashes, # and $")
	}
}

// path rejects a file's path that depends on where HAProxy is started.
func (v *validator) path(p *field.Path, value string) {
	v.word(p, value)
	if value != "" && value[0] != '/' {
		v.invalid(p, value, "must be an absolute path")
	}
}

// fileUnder is path for a file that a base directory of the global section may
// stand before.
func (v *validator) fileUnder(p *field.Path, value, base string) {
	if base == "" && !v.fragment() && !strings.HasPrefix(value, "@") {
		v.path(p, value)
		return
	}
	v.word(p, value)
}

// maxTimeout is the longest time that HAProxy reads: 2147483647 ms.
const maxTimeout = 2147483647 * time.Millisecond

func (v *validator) duration(p *field.Path, d time.Duration) {
	switch {
	case d < 0:
		v.invalid(p, d.String(), "must not be negative")
	case d%time.Millisecond != 0:
		v.invalid(p, d.String(), "must be whole milliseconds")
	case d > maxTimeout:
		v.invalid(p, d.String(), "must be at most %s, which HAProxy can count in milliseconds", maxTimeout)
	}
}

func (v *validator) count(p *field.Path, n int) { v.between(p, n, 0, 2147483647) }

func (v *validator) between(p *field.Path, n, low, high int) {
	if n < low || n > high {
		v.invalid(p, n, "must be between %d and %d", low, high)
	}
}

// oneOf rejects a value that is neither empty nor listed.
func oneOf[T ~string](v *validator, p *field.Path, value T, list ...T) {
	if value != "" && !slices.Contains(list, value) {
		v.add(field.NotSupported(p, value, list))
	}
}

// name holds the name of a section or a server to HAProxy's characters.
func (v *validator) name(p *field.Path, name string) {
	if name == "" {
		v.required(p, "give it a name")
		return
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f || !isAlphanumeric(byte(r)) && !strings.ContainsRune("_.:-", r) }) {
		v.invalid(p, name, "may only hold letters, digits and the characters _ . : -")
	}
}

// unique gives a function that rejects names it has seen.
func (v *validator) unique() func(*field.Path, string) {
	seen := map[string]bool{}
	return func(p *field.Path, name string) {
		if seen[name] && name != "" {
			v.add(field.Duplicate(p, name))
		}
		seen[name] = true
	}
}

func (v *validator) host(p *field.Path, h Host) {
	if h == "" {
		v.required(p, "give an IP address or a DNS name")
		return
	}
	if problem := h.problem(); problem != "" {
		v.invalid(p, string(h), "%s", problem)
	}
}

// address is a host that must be an IP address.
func (v *validator) address(p *field.Path, h Host) {
	if _, ok := h.Addr(); h != "" && !ok {
		v.invalid(p, string(h), "must be an IP address without zone and brackets")
	}
}

// line rejects more words than HAProxy reads.
func (v *validator) line(p *field.Path, words []string) {
	if len(words) > maxWords {
		v.invalid(p, len(words), "makes a line of %d words; HAProxy reads at most %d", len(words), maxWords)
	}
}

// condition rejects an ACL condition that is none.
func (v *validator) condition(p *field.Path, text string) {
	words, err := splitWords(text)
	switch {
	case err != nil:
		v.invalid(p, text, "%v", err)
	case len(words) == 0:
		v.required(p, "say when: { nbsrv(servers) lt 1 }")
	default:
		v.line(p, append(words, "use_backend", "name", "if"))
	}
}
