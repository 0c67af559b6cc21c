package limits

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/haproxycfg/haproxystat"
	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// reader is one way into the library for text.
type reader struct {
	name string
	// max is the largest text in bytes; 0 where there is no limit.
	max  int
	read func(text []byte) error
}

var readers = []reader{
	{"kubeadmcfg.Parse", kubeadmcfg.MaxSize, func(text []byte) error { _, err := kubeadmcfg.Parse(text); return err }},
	{"kubeadmcfg.ParseTolerant", kubeadmcfg.MaxSize, func(text []byte) error { _, err := kubeadmcfg.ParseTolerant(text); return err }},
	{"kubeadmcfg.ParseConfigMap", kubeadmcfg.MaxSize, func(text []byte) error { _, err := kubeadmcfg.ParseConfigMap(text); return err }},
	{"kubeadmcfg.FromConfigMap", kubeadmcfg.MaxSize, func(text []byte) error {
		_, err := kubeadmcfg.FromConfigMap(&corev1.ConfigMap{Data: map[string]string{"ClusterConfiguration": string(text)}})
		return err
	}},
	{"cluster.Parse", cluster.MaxSize, func(text []byte) error { _, err := cluster.Parse(text); return err }},
	{"cluster.ParseState", cluster.MaxCapture, func(text []byte) error { _, err := cluster.ParseState(text); return err }},
	{"cluster.ParseObjects", cluster.MaxCapture, func(text []byte) error { _, err := cluster.ParseObjects(text); return err }},
	{"capture.Parse", capture.MaxSize, func(text []byte) error { _, err := capture.Parse("cp-1.capture", text); return err }},
	{"hostcheck.Parse", hostcheck.MaxSize, func(text []byte) error { _, err := hostcheck.Parse("cp-1", string(text)); return err }},
	{"kubeadmcmd.ParseJoin", kubeadmcmd.MaxSize, func(text []byte) error { _, err := kubeadmcmd.ParseJoin(string(text)); return err }},
	{"kubeadmcmd.ParseCredentials", kubeadmcmd.MaxSize, func(text []byte) error {
		_, err := kubeadmcmd.ParseCredentials(string(text), time.Time{})
		return err
	}},
	{"kubeadmcmd.CACertHashes", kubeadmcmd.MaxSize, func(text []byte) error { _, err := kubeadmcmd.CACertHashes(text); return err }},
	{"etcdcheck.Parse", etcdcheck.MaxSize, func(text []byte) error { _, err := etcdcheck.Parse(text); return err }},
	{"haproxystat.Parse", haproxystat.MaxSize, func(text []byte) error { _, err := haproxystat.Parse(string(text)); return err }},
	{"haproxylog.Reader", 0, func(text []byte) error {
		_, err := (&haproxylog.Reader{Source: bytes.NewReader(text)}).Report()
		return err
	}},
	{"hostsfile.Parse", 0, func(text []byte) error {
		hostsfile.Parse(text).Check()
		return nil
	}},
}

func TestTextOverTheLimitIsRefusedAndTheLimitNamed(t *testing.T) {
	t.Parallel()
	for _, r := range readers {
		if r.max == 0 {
			continue
		}
		err := r.read(make([]byte, r.max+1))
		if err == nil || !strings.Contains(err.Error(), strconv.Itoa(r.max)) {
			t.Errorf("%s: one byte more than %d: error %v", r.name, r.max, err)
		}
		if err := r.read(make([]byte, 1<<10)); err != nil && strings.Contains(err.Error(), strconv.Itoa(r.max)) {
			t.Errorf("%s: a small text: error %v", r.name, err)
		}
	}
}

func TestALineOfALogOverTheLimitIsSkippedAndCounted(t *testing.T) {
	t.Parallel()
	const line = "Sep 25 18:05:53 lb haproxy[1]: Server a/b is DOWN. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n"
	log := line + strings.Repeat("x", haproxylog.MaxLine) + "\n" + line
	r := haproxylog.Reader{Source: strings.NewReader(log)}
	report, err := r.Report()
	if err != nil || report.Counts.Lines != 3 || report.Counts.Foreign != 1 || report.Counts.Events != 2 {
		t.Errorf("%+v, error %v", report.Counts, err)
	}
}

const hostileSize = 64 << 10

// hostile are texts that make readers slow, large or deep.
var hostile = map[string]string{
	"deep lists":             strings.Repeat("[", hostileSize),
	"deep objects":           strings.Repeat(`{"a":`, hostileSize/5),
	"deep YAML":              deepYAML(),
	"deep block lists":       strings.Repeat("- ", hostileSize/2),
	"alias bomb":             bomb(),
	"alias bomb in a Secret": "apiVersion: v1\nkind: Secret\n" + bomb(),
	"one line":               strings.Repeat("a", hostileSize),
	"one line of words":      strings.Repeat("a ", hostileSize/2),
	"empty lines":            strings.Repeat("\n", hostileSize),
	"NUL":                    strings.Repeat("\x00", hostileSize),
	"documents":              strings.Repeat("---\n", hostileSize/4),
	"quotes":                 strings.Repeat(`"`, hostileSize),
	"backslashes":            strings.Repeat("kubeadm join \\\n", hostileSize/15),
	"a long number":          strings.Repeat("9", hostileSize),
	"keys":                   keys(),
	"table edges":            strings.Repeat("+----+\n| a |\n", hostileSize/13),
	"certificates":           strings.Repeat("-----BEGIN CERTIFICATE-----\n", hostileSize/28),
	"unended stamps":         strings.Repeat("<134>1 - - - - [a b=\"", hostileSize/21),
	"broken statistics":      "# pxname,svname\n" + strings.Repeat("a\n", hostileSize/2),
	"commas":                 "# pxname," + strings.Repeat(",", hostileSize),
}

func deepYAML() string {
	var b strings.Builder
	for i := range 350 {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// bomb is small and expands to 9^12 items.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 8), i-1)
	}
	return b.String()
}

func keys() string {
	var b strings.Builder
	b.WriteString("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n")
	for i := range hostileSize / 12 {
		fmt.Fprintf(&b, "key%d: x\n", i)
	}
	return b.String()
}

// A reader may allocate allowance bytes for each byte of hostile text, over all
// of its run, and least for any. No error is longer than longestError.
const (
	least        = 8 << 20
	longestError = 32 << 10
)

//nolint:paralleltest // Other tests would show among the allocations.
func TestHostileTextCostsNoMoreThanItsSizeAllows(t *testing.T) {
	var worst uint64
	for _, r := range readers {
		for name, text := range hostile {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := r.read([]byte(text))
			runtime.ReadMemStats(&after)
			spent := after.TotalAlloc - before.TotalAlloc
			if len(text) >= hostileSize/2 {
				worst = max(worst, spent/uint64(len(text)))
			}
			if spent > least+allowance*uint64(len(text)) {
				t.Errorf("%s: %s: %d bytes are allocated for %d bytes of text", r.name, name, spent, len(text))
			}
			if err != nil && len(err.Error()) > longestError {
				t.Errorf("%s: %s: the error has %d bytes", r.name, name, len(err.Error()))
			}
		}
	}
	t.Logf("at most %d bytes for each byte of text", worst)
}
