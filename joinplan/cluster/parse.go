package cluster

import (
	"cmp"
	"errors"
	"net/netip"
	"reflect"
	"slices"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/strictyaml"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ParseError is one thing that is wrong with a description in YAML: its Input,
// Line and Column (those of the value or of the key, counted from 1), the path of
// the Field, and Msg, which says what is wrong and what to do.
type ParseError = finding.ParseError

// inputName names a description in errors; a caller that has read a file puts
// its name there.
const inputName = "cluster"

// header is what a description in YAML has beside the fields of [Spec].
type header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       `json:",inline"`
}

// MaxSize is the size in bytes of the largest description that [Parse] reads:
// that of a cluster of some 100,000 machines fits.
const MaxSize = strictyaml.MaxSize

// Parse reads a description in YAML (or JSON, which is YAML) and validates it.
// It is strict: unknown and doubled fields are errors. Everything that is
// wrong is reported at once, as one [*ParseError] each, joined:
//
//	cluster:12:12: controlPlanes[1].address: Invalid value: "10.0.0.300": must be an address, ...
//
// A text larger than [MaxSize] is an error, and so are YAML's anchors and
// aliases. The Spec is as it was written, without defaults.
func Parse(data []byte) (Spec, error) {
	var doc header
	positions, found := strictyaml.Decode(data, &doc, scalars)
	reported, misspelt := map[string]bool{}, map[string]bool{}
	var errs []*ParseError
	for _, e := range found {
		reported[e.Path], misspelt[e.Meant] = true, true
		errs = append(errs, &ParseError{Input: inputName, Line: e.Line, Column: e.Column, Field: e.Path, Msg: e.Msg})
	}
	if reported[""] {
		return Spec{}, joinByLine(errs)
	}
	for _, e := range doc.invalid() {
		isMisspelt := e.Type == field.ErrorTypeRequired && misspelt[e.Field]
		if at := nearest(positions, e.Field); !reported[e.Field] && !isMisspelt {
			errs = append(errs, &ParseError{Input: inputName, Line: at.Line, Column: at.Column, Field: e.Field, Msg: shortened(e).ErrorBody()})
		}
	}
	if len(errs) > 0 {
		return Spec{}, joinByLine(errs)
	}
	return doc.Spec, nil
}

func joinByLine(list []*ParseError) error {
	slices.SortStableFunc(list, func(a, b *ParseError) int { return cmp.Compare(a.Line, b.Line) })
	return finding.Join(list)
}

func (h header) invalid() field.ErrorList {
	var list field.ErrorList
	for _, f := range []struct{ name, value, want string }{{"apiVersion", h.APIVersion, APIVersion}, {"kind", h.Kind, Kind}} {
		switch f.value {
		case f.want:
		case "":
			list = append(list, field.Required(field.NewPath(f.name), "add "+f.name+": "+f.want))
		default:
			list = append(list, field.Invalid(field.NewPath(f.name), f.value, "must be "+f.want))
		}
	}
	return append(list, h.validate()...)
}

// nearest gives the position of a field, or of the field that it is missing
// from.
func nearest(positions map[string]strictyaml.Position, path string) strictyaml.Position {
	for path != "" {
		if at, ok := positions[path]; ok {
			return at
		}
		path = parent(path)
	}
	return strictyaml.Position{Line: 1, Column: 1}
}

func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

var scalars = strictyaml.Scalars{
	reflect.TypeFor[netip.Prefix](): func(text string) (any, error) { return parsePrefix(text) },
	reflect.TypeFor[netip.Addr]():   func(text string) (any, error) { return parseAddr(text) },
	reflect.TypeFor[Endpoint]():     func(text string) (any, error) { return ParseEndpoint(text) },
	reflect.TypeFor[*metav1.Time](): nil, // of a taint: the cluster's
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errors.New("must be an address, with its prefix length where it is known, such as 192.168.51.81/24")
	}
	return prefix, nil
}

func parseAddr(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, errors.New("must be an IPv4 or IPv6 address, without a prefix length")
	}
	return addr, nil
}
