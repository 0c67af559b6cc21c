package hostcheck_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

// hostile is what a host can print to whoever reads about it.
var hostile = "\x1b[2J\x1b]0;owned\x07\u202e\u2028```\n# heading\n<script>" + strings.Repeat("x", 10_000)

// poison puts the text into every string of a value.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + hostile)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	}
}

func TestNothingThatAHostPrintsDoesAnythingInTheReport(t *testing.T) {
	t.Parallel()
	spec := small(t)
	findings := 0
	for _, p := range pastes(t) {
		capture := parse(t, "cp-1", p.text)
		poison(reflect.ValueOf(&capture).Elem())
		capture.Host = "cp-1"
		report := check(t, spec, capture)
		findings += len(report.Findings)
		if out := string(report.Bytes()); out != plain.Text(out) || strings.Contains(out, "\n# heading") || len(out) > 32<<10 {
			t.Errorf("%s: %d bytes, %q", p.name, len(out), plain.Short(out, 3000))
		}
	}
	if findings < 20 {
		t.Errorf("only %d findings", findings)
	}
}

func TestAGapDoesNotShowItsLine(t *testing.T) {
	t.Parallel()
	const secret = "c0ffee.0123456789abcdef"
	capture := parse(t, "cp-1", smallRoutes+"--token "+secret+"\ndefault via "+secret+"\n$ "+secret+"\n192.168.51.80 ?"+secret+"\n")
	report := check(t, small(t), capture)
	if text := fmt.Sprintf("%+v", capture.Gaps) + string(report.Bytes()); len(capture.Gaps) != 4 || strings.Contains(text, secret) {
		t.Errorf("got %s", text)
	}
}

// With a look at every other host for each of them this takes hours.
func TestManyHostsAreComparedInTheTimeOfSorting(t *testing.T) {
	t.Parallel()
	const hosts = 50_000
	spec := cluster.Spec{ControlPlaneEndpoint: cluster.Endpoint{Host: "10.0.0.1", Port: 6443}}
	captures := make([]hostcheck.Capture, 0, hosts)
	asked := time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)
	for i := range hosts {
		name := fmt.Sprintf("wk-%d", i)
		addr := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		spec.Workers = append(spec.Workers, cluster.Node{Name: name, Address: netip.PrefixFrom(addr, 32)})
		captures = append(captures, hostcheck.Capture{
			Host:      name,
			At:        asked,
			Clock:     hostcheck.Fact{Value: asked.Add(time.Duration(i%2) * 500 * time.Millisecond).Format(time.RFC3339)},
			MachineID: hostcheck.Fact{Value: fmt.Sprintf("%032x", i/2)},
			Addresses: []hostcheck.Address{{Prefix: netip.PrefixFrom(addr, 16), Device: "e0"}},
		})
	}
	if n := len(check(t, spec, captures...).Findings); n != hosts/2 {
		t.Errorf("%d findings", n)
	}
}
