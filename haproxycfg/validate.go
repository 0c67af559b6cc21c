package haproxycfg

import (
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Warning is something that is allowed and that somebody may regret. Field is
// its path, Message one sentence with the reason.
type Warning struct{ Field, Message string }

// String gives "field: message".
func (w Warning) String() string { return fmt.Sprintf("%s: %s", w.Field, w.Message) }

// Validate tells everything that HAProxy of the target would reject, warn about
// or misread: nil, or *field.Error values joined, each with the path of the
// field. errors.As finds the first; the joined error's Unwrap() []error has all.
// Files that the configuration names are not looked at.
func (c Config) Validate() error {
	v := &validator{target: c.Target, fragment: c.Global == nil && c.Defaults == nil}
	v.config(c)
	return v.err()
}

// validator collects errors.
type validator struct {
	target   Version
	fragment bool
	errs     []error
}

func (v *validator) err() error { return errors.Join(v.errs...) }

func (v *validator) add(e *field.Error) { v.errs = append(v.errs, e) }

func (v *validator) invalid(p *field.Path, value any, format string, args ...any) {
	v.add(field.Invalid(p, value, fmt.Sprintf(format, args...)))
}

func (v *validator) required(p *field.Path, say string) { v.add(field.Required(p, say)) }

func (v *validator) config(c Config) {
	if !c.Target.known() {
		v.add(field.NotSupported(field.NewPath("target"), c.Target, Versions()))
	}
	for i, f := range c.Frontends {
		v.name(field.NewPath("frontends").Index(i).Child("name"), f.Name)
	}
	for i, b := range c.Backends {
		p := field.NewPath("backends").Index(i)
		v.name(p.Child("name"), b.Name)
		for j, s := range b.Servers {
			v.name(p.Child("servers").Index(j).Child("name"), s.Name)
		}
	}
}

// maxTimeout is the longest time that HAProxy reads, in its milliseconds.
const maxTimeout = 2147483647 * time.Millisecond

func (v *validator) name(p *field.Path, name string) {
	if name == "" {
		v.required(p, "give it a name")
		return
	}
	for i := range len(name) {
		if c := name[i]; !isAlphanumeric(c) && c != '_' && c != '.' && c != ':' && c != '-' {
			v.invalid(p, name, "may only hold letters, digits and the characters _ . : -")
			return
		}
	}
}

// Warnings tells what HAProxy accepts and somebody may regret.
func (c Config) Warnings() []Warning { return nil }

// Validate tells what is wrong with the description: nil, or *field.Error
// values joined, each with the path of the field.
func (a APIServers) Validate() error { return a.Config().Validate() }

// Warnings tells what is allowed here and somebody may regret.
func (a APIServers) Warnings() []Warning { return nil }
