package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/capturetest"
	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/haproxytest"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// scaleout runs the program and gives its exit status and what it printed, with
// the directory named OUT.
func scaleout(t *testing.T, out string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(append([]string{"-out", out}, args...), strings.NewReader(""), &o, &e, now)
	hide := func(s string) string { return strings.ReplaceAll(s, out, "OUT") }
	return status, hide(o.String()), hide(e.String())
}

// written gives the files below a directory, each headed by its mode.
func written(t *testing.T, dir string) []txtar.File {
	t.Helper()
	var files []txtar.File
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files = append(files, txtar.File{Name: name, Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// printed is a run's own output as a part of the golden.
func printed(t *testing.T, dir, stdout string) txtar.File {
	t.Helper()
	for _, f := range written(t, dir) {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		stdout = strings.Replace(stdout, "wrote OUT/"+f.Name+"\n", "wrote OUT/"+f.Name+" "+info.Mode().String()+"\n", 1)
	}
	return txtar.File{Name: "printed", Data: []byte(stdout)}
}

// withTime gives a copy of a file that was last changed at a time.
func withTime(t *testing.T, file string, at time.Time) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWritesWhatAClusterNeeds(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"reference":         nil,
		"reference-printed": {"-printed", withTime(t, "reference-credentials.txt", now)},
		"cloud":             {"-cluster", "testdata/cloud.yaml", "-printed", withTime(t, "testdata/cloud-credentials.txt", now.Add(-time.Hour)), "create"},
		"virgin":            {"-cluster", "reference.yaml", "create"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out")
			status, stdout, stderr := scaleout(t, out, args...)
			if status != 0 {
				t.Fatalf("exit status %d: %s", status, stderr)
			}
			files := append([]txtar.File{printed(t, out, stdout)}, written(t, out)...)
			golden.Check(t, "testdata/"+name+".txtar", files...)
			for _, f := range files {
				if strings.HasSuffix(f.Name, "haproxy.cfg") {
					haproxytest.MustAccept(t, bytes.ReplaceAll(f.Data, []byte(joinplan.HAProxyCAPath), []byte(haproxytest.CAFile(t))))
				}
			}
		})
	}
}

func TestSecretsStandOnlyInFilesForTheirOwner(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	if status, _, stderr := scaleout(t, out, "-printed", withTime(t, "reference-credentials.txt", now)); status != 0 {
		t.Fatal(stderr)
	}
	secrets := []string{"x3xsp6", "dwqt2lg576fjoug5", "8c3c67e3632f926cac260c53f5436014"}
	found := 0
	for _, f := range written(t, out) {
		info, err := os.Stat(filepath.Join(out, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if !bytes.Contains(f.Data, []byte(secret)) {
				continue
			}
			found++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s holds a secret and has mode %v", f.Name, info.Mode())
			}
		}
	}
	if found == 0 {
		t.Error("no file holds the credentials")
	}
	status, stdout, _ := scaleout(t, filepath.Join(t.TempDir(), "out"), "-json", "-printed", withTime(t, "reference-credentials.txt", now))
	for _, secret := range secrets[1:] {
		if status != 0 || strings.Contains(stdout, secret) {
			t.Errorf("exit status %d, and -json prints a secret", status)
		}
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, workers, found := strings.Cut(string(text), "workers:\n")
	if !found {
		t.Fatal("the reference lab has no workers")
	}
	lines := strings.SplitAfter(strings.TrimSuffix(workers, "\n"), "\n")
	shuffled := head + "workers:\n" + strings.Join(lines[2:], "") + "\n" + strings.Join(lines[:2], "")
	file := filepath.Join(t.TempDir(), "shuffled.yaml")
	if err := os.WriteFile(file, []byte(shuffled), 0o600); err != nil {
		t.Fatal(err)
	}
	first, again, other := t.TempDir(), t.TempDir(), t.TempDir()
	credentials := withTime(t, "reference-credentials.txt", now)
	for dir, cluster := range map[string]string{first: "reference.yaml", again: "reference.yaml", other: file} {
		if status, _, stderr := scaleout(t, dir, "-cluster", cluster, "-printed", credentials, "create"); status != 0 {
			t.Fatal(stderr)
		}
	}
	if diff := cmp.Diff(written(t, first), written(t, again)); diff != "" {
		t.Errorf("a second run wrote something else:\n%s", diff)
	}
	if diff := cmp.Diff(written(t, first), written(t, other)); diff != "" {
		t.Errorf("the order of the workers shows:\n%s", diff)
	}
}

func TestASecondRunLeavesAnEditedFileAloneUnlessTold(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	if status, _, stderr := scaleout(t, out); status != 0 {
		t.Fatal(stderr)
	}
	edited := filepath.Join(out, "cka-hap-1/etc/haproxy/haproxy.cfg")
	if err := os.WriteFile(edited, []byte("# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := scaleout(t, out)
	if status != 2 || !strings.Contains(stderr, "OUT/cka-hap-1/etc/haproxy/haproxy.cfg") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	if data, err := os.ReadFile(edited); err != nil || string(data) != "# mine\n" {
		t.Errorf("the file now says %q, %v", data, err)
	}
	if status, _, stderr := scaleout(t, out, "-replace"); status != 0 {
		t.Errorf("-replace: exit status %d: %s", status, stderr)
	}
}

func TestBadInputIsReportedAtOnceAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	const broken = `apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
colour: blue
apiServerPort: [6443]
controlPlanes:
- {name: cp-1, address: 10.0.0.300}
- {name: "a b", address: 10.0.0.2}
- {name: "x;reboot", address: 10.0.0.3}
- {name: "$(id)", address: 10.0.0.4}
- {name: "a\nb", address: 10.0.0.5}
workers:
- {name: wk-1, address: 10.0.0.6}
- {name: wk-1, address: 10.0.0.7}
`
	want := []string{
		`broken.yaml:5:1: colour: unknown field`,
		`broken.yaml:6:16: apiServerPort: must be a port, 1 to 65535, not a list`,
		`broken.yaml:8:25: controlPlanes[0].address: Invalid value: "10.0.0.300": `,
		`broken.yaml:9:10: controlPlanes[1].name: Invalid value: "a b": `,
		`broken.yaml:10:10: controlPlanes[2].name: Invalid value: "x;reboot": `,
		`broken.yaml:11:10: controlPlanes[3].name: Invalid value: "$(id)": `,
		`broken.yaml:12:10: controlPlanes[4].name: Invalid value: "a\nb": `,
		`broken.yaml:15:10: workers[1].name: Invalid value: "wk-1": this name is given twice`,
		`token: `,
	}
	file := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	expired := withTime(t, "reference-credentials.txt", now.Add(-25*time.Hour))
	status, stdout, stderr := scaleout(t, out, "-cluster", file, "-printed", expired, "create")
	if status != 2 || stdout != "" {
		t.Errorf("exit status %d, printed %q", status, stdout)
	}
	for _, line := range want {
		if strings.Count(stderr, line) != 1 {
			t.Errorf("not reported once: %s", line)
		}
	}
	if t.Failed() {
		t.Log(stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the directory was made")
	}
}

func TestUnreadableInputIsExitStatus2(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no such description":        {[]string{"-cluster", "testdata/none.yaml"}, "testdata/none.yaml"},
		"no such file of kubeadm's":  {[]string{"-printed", "testdata/none.txt"}, "testdata/none.txt"},
		"a file without any":         {[]string{"-printed", "reference.yaml"}, "reference.yaml:1:1: no credentials"},
		"of another cluster":         {[]string{"-printed", withTime(t, "testdata/cloud-credentials.txt", now)}, "are they of this cluster?"},
		"a description that is none": {[]string{"-cluster", "main.go"}, "main.go"},
		"no such directory":          {[]string{"-cluster", "reference.yaml", "-observed", "testdata/none"}, "testdata/none"},
		"an empty directory":         {[]string{"-cluster", "reference.yaml", "-observed", t.TempDir()}, "capture each machine first"},
		"no such kubeconfig":         {[]string{"-cluster", "reference.yaml", "-kubeconfig", "testdata/none"}, "testdata/none"},
		"no such flag":               {[]string{"-colour"}, "-colour"},
		"nothing to ask for":         {[]string{"grow"}, `"grow" is nothing that can be asked for`},
		"a machine without a name":   {[]string{"replace"}, "replace needs the name of a machine"},
		"no progress":                {[]string{"back"}, "back needs the file"},
		"one argument too many":      {[]string{"create", "cka-cp-2"}, `"cka-cp-2" is one argument too many`},
		"no description":             {[]string{"-observed", "reference"}, "give -cluster"},
		"standard input twice":       {[]string{"-cluster", "-", "-printed", "-"}, "only one file can be standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out")
			status, _, stderr := scaleout(t, out, test.args...)
			if status != 2 || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d, want 2 and %q: %q", status, test.want, stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("the directory was made")
			}
		})
	}
}

// said is what -json prints.
type said struct {
	Way      string
	InTheWay []string
	Findings []struct{ Code, Subject string }
	Plan     struct {
		Fingerprint, Title string
		Steps              []struct{ ID string }
	}
}

// ask runs the program without a directory to write to.
func ask(t *testing.T, stdin string, args ...string) (int, said) {
	t.Helper()
	var o, e bytes.Buffer
	status := run(append([]string{"-json"}, args...), strings.NewReader(stdin), &o, &e, now)
	if e.Len() > 0 {
		t.Fatal(e.String())
	}
	var got said
	if err := json.Unmarshal(o.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, o.String())
	}
	return status, got
}

func (s said) steps() []string {
	var ids []string
	for _, step := range s.Plan.Steps {
		ids = append(ids, step.ID)
	}
	return ids
}

// TestTheReferenceJourneyIsPlannedFromWhereItsMachinesStood has steps 5 to 10 of
// the reference: a token, the third worker, the certificates, the control planes
// one after another, and the checks.
func TestTheReferenceJourneyIsPlannedFromWhereItsMachinesStood(t *testing.T) {
	t.Parallel()
	status, got := ask(t, "")
	var journey []string
	for _, id := range got.steps() {
		if !strings.HasPrefix(id, "hosts/") {
			journey = append(journey, id)
		}
	}
	want := []string{
		"load-balancer/cka-hap-1", "token/cka-cp-1", "join/cka-wk-3", "upload-certs/cka-cp-1", "join/cka-cp-2", "join/cka-cp-3",
		"coredns/cka-cp-1", "verify/cka-cp-1",
	}
	if status != 0 || got.Way != "scale-out" || !slices.Equal(journey, want) {
		t.Errorf("exit status %d, way %s, steps %q, want %q", status, got.Way, journey, want)
	}
}

// unpacked writes the parts of an archive into a directory, but its description,
// whose file it returns too.
func unpacked(t *testing.T, archive string) (dir, description string) {
	t.Helper()
	dir, description = t.TempDir(), filepath.Join(t.TempDir(), "cluster.yaml")
	for _, part := range golden.Read(t, archive).Files {
		file := filepath.Join(dir, part.Name)
		if part.Name == "spec.yaml" {
			file = description
		}
		write(t, file, part.Data)
	}
	return dir, description
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

const withoutEndpoint = "../../joinplan/convert/testdata/v1.37.txtar"

func TestAClusterWithoutAnEndpointGetsItsCensusAndItsConversion(t *testing.T) {
	t.Parallel()
	dir, description := unpacked(t, withoutEndpoint)
	out := filepath.Join(t.TempDir(), "out")
	status, stdout, stderr := scaleout(t, out, "-cluster", description, "-observed", dir, "-scripts")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	plan, err := os.ReadFile(filepath.Join(out, "plan.md"))
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/convert.txtar", printed(t, out, stdout), txtar.File{Name: "plan.md", Data: plan})
	if _, err := os.Stat(filepath.Join(out, "cka-cp-1.sh")); err != nil {
		t.Error(err)
	}
}

func TestCapturesSayTheSameAsSingleFiles(t *testing.T) {
	t.Parallel()
	machines := map[string]*capture.Capture{}
	of := func(name string) *capture.Capture {
		if machines[name] == nil {
			machines[name] = &capture.Capture{Name: name, Role: capture.Machine}
		}
		return machines[name]
	}
	dir, description := unpacked(t, withoutEndpoint)
	for _, part := range golden.Read(t, withoutEndpoint).Files {
		host, path, isFile := strings.Cut(part.Name, "/")
		switch {
		case isFile:
			of(host).Files = append(of(host).Files, capture.File{Path: "/" + path, Content: part.Data})
		case part.Name != "spec.yaml":
			first := of("cka-cp-1")
			first.Role = capture.ControlPlane
			first.Runs = append(first.Runs, capture.Run{Label: "kubectl get nodes", Output: part.Data})
		}
	}
	var captures []capture.Capture
	for _, c := range machines {
		captures = append(captures, *c)
	}
	_, want := ask(t, "", "-cluster", description, "-observed", dir)
	status, got := ask(t, "", "-cluster", description, "-observed", capturetest.Dir(t, captures...))
	if diff := cmp.Diff(want, got); status != 0 || got.Way != "convert" || diff != "" {
		t.Errorf("exit status %d, way %s, -files +captures\n%s", status, got.Way, diff)
	}
}

func TestBackUndoesWhatIsDone(t *testing.T) {
	t.Parallel()
	dir, description := unpacked(t, withoutEndpoint)
	args := []string{"-cluster", description, "-observed", dir}
	_, plan := ask(t, "", args...)
	done := plan.steps()
	progress := `{"apiVersion":"haplane.github.io/v1alpha1","kind":"Progress","plan":"` + plan.Plan.Fingerprint + `","steps":[`
	for i, id := range done {
		if i > 0 {
			progress += ","
		}
		progress += `{"id":"` + id + `","state":"done","time":"2026-05-01T12:00:00Z"}`
	}
	status, back := ask(t, progress+"]}", append(args, "back", "-")...)
	if status != 0 || back.Way != "back" || len(back.Plan.Steps) == 0 || len(back.Plan.Steps) >= len(done) {
		t.Errorf("exit status %d, way %s, steps %q", status, back.Way, back.steps())
	}
	for _, id := range back.steps() {
		if !strings.HasPrefix(id, "undo/") {
			t.Errorf("step %s undoes nothing", id)
		}
	}
	var o, e bytes.Buffer
	if status := run(append(args, "-json", "back", "-"), strings.NewReader(`{"plan":"sha256:0"}`), &o, &e, now); status != 2 || o.Len() > 0 {
		t.Errorf("a progress of another plan: exit status %d, %s", status, o.String())
	}
}

// healthy is a directory of what a cluster of three control planes said.
func healthy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"nodes.yaml", "configmap-kubeadm-config.yaml", "configmap-cluster-info.yaml", "healthy/endpoint-status.json.out", "healthy/member-list.json.out"} {
		data, err := os.ReadFile("../../joinplan/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, filepath.Base(name)), data)
	}
	return dir
}

func TestWhatTakesAwayIsDoneOnlyByItsName(t *testing.T) {
	t.Parallel()
	three, dir := "../observe/testdata/three.yaml", healthy(t)
	text, err := os.ReadFile(three)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "cka-cp-3") {
			kept = append(kept, line)
		}
	}
	two := filepath.Join(t.TempDir(), "two.yaml")
	write(t, two, []byte(strings.Join(kept, "")))
	for name, test := range map[string]struct {
		args   []string
		status int
		way    string
		has    string
	}{
		"nothing to do":              {[]string{"-cluster", three}, 0, "check", "verify/cka-cp-1"},
		"not described, and unasked": {[]string{"-cluster", two}, 0, "check", "verify/cka-cp-1"},
		"removed":                    {[]string{"-cluster", two, "remove", "cka-cp-3"}, 0, "remove", "remove-node/cka-cp-3"},
		"replaced":                   {[]string{"-cluster", two, "replace", "cka-cp-3"}, 0, "replace", "remove-node/cka-cp-3"},
		"rebooted":                   {[]string{"-cluster", three, "reboot", "cka-cp-2"}, 0, "reboot", "reboot/cka-cp-2"},
		"rebuilt":                    {[]string{"-cluster", three, "rebuild"}, 0, "rebuild", "init/cka-cp-1"},
		"created where one is there": {[]string{"-cluster", three, "create"}, 1, "create", ""},
		"removed while described":    {[]string{"-cluster", three, "remove", "cka-cp-3"}, 1, "remove", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, got := ask(t, "", append(test.args, "-observed", dir)...)
			if status != test.status || got.Way != test.way || test.has != "" && !slices.Contains(got.steps(), test.has) {
				t.Errorf("exit status %d, way %s, steps %q, in the way %q", status, got.Way, got.steps(), got.InTheWay)
			}
			if (status == 1) != (len(got.InTheWay) > 0) {
				t.Errorf("exit status %d, in the way %q", status, got.InTheWay)
			}
		})
	}
}

func TestNothingIsWrittenWhereSomethingIsInTheWay(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	status, stdout, stderr := scaleout(t, out, "-cluster", "reference.yaml")
	if status != 1 || stderr != "" || !strings.Contains(stdout, "in the way: nothing says whether cka-cp-1, cka-cp-2 and cka-cp-3 are of a cluster") {
		t.Errorf("exit status %d, %q, it printed:\n%s", status, stderr, stdout)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the directory was made")
	}
}

func TestAMachineWithTheNameOfAFileOverwritesNothing(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hosts", "plan.md", "join-commands.sh"} {
		file := filepath.Join(t.TempDir(), "cluster.yaml")
		write(t, file, bytes.Replace(text, []byte("name: cka-cp-1\n"), []byte("name: "+name+"\n"), 1))
		out := filepath.Join(t.TempDir(), "out")
		status, _, stderr := scaleout(t, out, "-cluster", file, "-printed", withTime(t, "reference-credentials.txt", now), "create")
		if status != 2 || !strings.Contains(stderr, name+" would be a file and the directory of a machine") {
			t.Errorf("%s: exit status %d: %s", name, status, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: the directory was made", name)
		}
	}
}

func TestHelpAndVersionAreNoErrors(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	if status, _, stderr := scaleout(t, out, "-h"); status != 0 || !strings.Contains(stderr, "Exit status:") || !strings.Contains(stderr, "-observed DIR") {
		t.Errorf("-h: exit status %d: %s", status, stderr)
	}
	if status, stdout, _ := scaleout(t, out, "-version"); status != 0 || !strings.HasPrefix(stdout, "scaleout ") {
		t.Errorf("-version: exit status %d: %s", status, stdout)
	}
}

func TestGarbageNeverMakesAPlan(t *testing.T) {
	t.Parallel()
	for _, in := range garbage.For("scaleout") {
		dir := t.TempDir()
		file := filepath.Join(dir, "garbage")
		write(t, file, []byte(in.Text))
		if err := os.Chtimes(file, now, now); err != nil {
			t.Fatal(err)
		}
		beside := filepath.Join(t.TempDir(), "cka-cp-1.capture")
		write(t, beside, []byte(in.Text))
		for name, args := range map[string][]string{
			"the description": {"-cluster", file, "create"},
			"printed":         {"-printed", file},
			"observed":        {"-cluster", "reference.yaml", "-observed", dir},
			"a capture":       {"-cluster", "reference.yaml", "-observed", filepath.Dir(beside)},
			"progress":        {"back", file},
		} {
			out := filepath.Join(t.TempDir(), "out")
			status, _, _ := scaleout(t, out, args...)
			if _, err := os.Stat(out); status == 0 || err == nil {
				t.Errorf("%s as %s: exit status %d", in.Name, name, status)
			}
		}
	}
}

func TestLinksOutOfTheDirectoryAreNotFollowed(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	write(t, outside, []byte("kind: Secret\n"))
	for name, target := range map[string]string{"out of it": outside, "to a directory": filepath.Dir(outside), "to nothing": "nothing"} {
		dir := healthy(t)
		if err := os.Symlink(target, filepath.Join(dir, "link.yaml")); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		if status, _, stderr := scaleout(t, out, "-cluster", "../observe/testdata/three.yaml", "-observed", dir); status != 2 || !strings.Contains(stderr, "link.yaml") {
			t.Errorf("%s: exit status %d: %s", name, status, stderr)
		}
	}
}
