package capture_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/capturetest"
	"github.com/haplane/haplane/joinplan/capture"
)

const small = `haplane capture 1 machine wk-1
# - private keys;
@ run ip addr
| 1: lo
|   inet 127.0.0.1/8
! a complaint
@ exit 1
@ run kubectl get nodes
! Error from server (NotFound): nodes "x" not found
@ exit 1
@ file 1796074742 /etc/hosts
| 127.0.0.1 localhost
| 
|~::1 localhost
@ absent /etc/kubernetes/admin.conf
@ unread /root/.kube/config
@ run processes
| 612 kubelet 1796070000
| kubelet
@ exit 0
@ end 6
`

func TestParseReadsEverySection(t *testing.T) {
	t.Parallel()
	want := capture.Capture{
		Name: "wk-1", Role: capture.Machine, LeftOut: []string{"private keys;"},
		Runs: []capture.Run{
			{Label: "ip addr", Output: []byte("1: lo\n  inet 127.0.0.1/8\n"), Complaints: []byte("a complaint\n"), Status: 1},
			{Label: "kubectl get nodes", Complaints: []byte("Error from server (NotFound): nodes \"x\" not found\n"), Status: 1},
			{Label: "processes", Output: []byte("612 kubelet 1796070000\nkubelet\n")},
		},
		Files:  []capture.File{{Path: "/etc/hosts", Changed: time.Date(2026, 11, 30, 21, 39, 2, 0, time.UTC), Content: []byte("127.0.0.1 localhost\n\n::1 localhost")}},
		Absent: []string{"/etc/kubernetes/admin.conf"},
		Unread: []string{"/root/.kube/config"},
	}
	for name, text := range map[string]string{
		"as it is":                       small,
		"from a terminal":                "$ sudo sh script\r\n" + strings.ReplaceAll(strings.ReplaceAll(small, "| \n", "|\n"), "\n", "\r\n") + "$ exit\r\n",
		"with what stood before it":      "Last login: today\n@ file 1 /etc/shadow\n" + small + "wk-1:~# \n",
		"without a line feed at its end": strings.TrimSuffix(small, "\n"),
	} {
		got, err := capture.Parse("wk-1.capture", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if again, err := capture.Parse("again", capturetest.Bytes(want)); err != nil || !cmp.Equal(want, again) {
		t.Errorf("written and read again: %v\n%s", err, cmp.Diff(want, again))
	}
	if got := want.Processes(); len(got) != 1 || got[0].Name != "kubelet" || got[0].ID != 612 || got[0].Started.Unix() != 1796070000 {
		t.Errorf("processes: %+v", got)
	}
	if got := want.Objects(); len(got) != 1 || !strings.HasPrefix(string(got[0]), "Error from server (NotFound)") {
		t.Errorf("objects: %q", got)
	}
}

func TestACaptureThatIsNotWholeIsRefused(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(small, old, new, 1) }
	for want, text := range map[string]string{
		"x: this is no capture":                                                               "",
		"x:1: this is no capture: it has no line":                                             "hello\n",
		`x:1: it is "haplane capture 2 machine wk-1"`:                                         change("capture 1", "capture 2"),
		`x:1: the role "worker"`:                                                              change("machine", "worker"),
		"x:20: the capture is cut off":                                                        change("@ end 6\n", ""),
		"x:21: the capture has 6 sections":                                                    change("@ end 6", "@ end 7"),
		"x:19: the capture has 4 sections":                                                    change("@ absent /etc/kubernetes/admin.conf\n@ unread /root/.kube/config\n@ run processes", "@ run processes"),
		`x:16: "/etc/hosts" is in the capture twice`:                                          change("/root/.kube/config", "/etc/hosts"),
		`x:8: "ip addr" is in the capture twice`:                                              change("kubectl get nodes", "ip addr"),
		`x:15: "etc" is no absolute path`:                                                     change("/etc/kubernetes/admin.conf", "etc"),
		`x:11: "soon" is not when`:                                                            change("1796074742", "soon"),
		`x:4: a line of content begins with "|"`:                                              change("| 1: lo", "|1: lo"),
		`x:5: the output of "ip addr" must end with`:                                          change("|   inet 127.0.0.1/8\n", "inet 127.0.0.1/8\n"),
		`x:13: a section must begin here with @`:                                              change("| \n", "wrapped\n"),
		`x:15: "@ link" is no section`:                                                        change("@ absent", "@ link"),
		"x:21: another capture follows":                                                       small + small,
		`x:13: a section must begin here with @, and it is "haplane capture 1 machine other"`: change("| \n", "haplane capture 1 machine other\n"),
	} {
		_, err := capture.Parse("x", []byte(text))
		var problem *capture.ParseError
		if !errors.As(err, &problem) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestWhatTheClusterKnowsCountsOnceAndTheLatestCounts(t *testing.T) {
	t.Parallel()
	at := func(name, date string, status int) capture.Capture {
		return capture.Capture{Name: name, Runs: []capture.Run{{Label: "kubectl get nodes", Status: status}, {Label: "date", Output: []byte(date + "\n")}}}
	}
	early, late, failed := at("cp-1", "2026-11-30T10:00:00Z", 0), at("cp-2", "2026-11-30T11:00:00Z", 0), at("cp-3", "2026-11-30T12:00:00Z", 1)
	for _, all := range [][]capture.Capture{{early, late, failed, {Name: "wk-1"}}, {failed, late, early}} {
		if got, ok := capture.OfCluster(all); !ok || got.Name != "cp-2" {
			t.Errorf("got %q", got.Name)
		}
	}
	if got, ok := capture.OfCluster([]capture.Capture{failed, {}}); ok {
		t.Errorf("got %q", got.Name)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(strings.ReplaceAll(small, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := capture.Parse("x", text)
		if err != nil {
			var problem *capture.ParseError
			if !errors.As(err, &problem) {
				t.Fatalf("%T", err)
			}
			return
		}
		_, _, _ = c.Objects(), c.Etcd(), c.HostText()
		_, _ = c.Processes(), c.Connections()
		sections := len(c.Runs) + len(c.Files) + len(c.Absent) + len(c.Unread)
		if strings.Count("\n"+string(text), "\n@ ") < sections+1 {
			t.Errorf("%d sections, and fewer headers in %q", sections, text)
		}
	})
}
