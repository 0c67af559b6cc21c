package observed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haplane/haplane/examples/internal/observed"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFileThatIsNotUnderstoodIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cka-cp-1.capture"), "haplane capture 1 machine cka-cp-1\n@ run date\n")
	write(t, filepath.Join(dir, "cka-wk-1.txt"), "haplane capture 1 machine cka-wk-1\n@ end 0\n")
	write(t, filepath.Join(dir, "notes.txt"), "call the data centre\n")
	_, err := observed.Read(dir)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		dir + "/cka-cp-1.capture:",
		dir + "/cka-wk-1.txt: this is a capture: name the file like its machine",
		dir + "/notes.txt: this is neither what kubectl printed nor what etcdctl printed",
	} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("the error does not say %q once: %v", want, err)
		}
	}
}

// The file has no content on the disk: it must be refused by its size, unread.
func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "nodes.yaml")
	write(t, file, "")
	const large = 1<<30 + 1
	if err := os.Truncate(file, large); err != nil {
		t.Fatal(err)
	}
	if _, err := observed.Read(filepath.Dir(file)); err == nil || !strings.Contains(err.Error(), "nodes.yaml: this file has 1073741825 bytes") {
		t.Errorf("error %v", err)
	}
}

func TestFilesOfMachinesAreKnownByTheirDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cka-wk-1/etc/kubernetes/kubelet.conf"), "a")
	write(t, filepath.Join(dir, "handed-in/alice.conf"), "b")
	o, err := observed.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range o.Files {
		got[f.Host+":"+f.Path] = string(f.Content.Reveal())
	}
	if len(got) != 2 || got["cka-wk-1:/etc/kubernetes/kubelet.conf"] != "a" || got[":alice.conf"] != "b" {
		t.Errorf("%v", got)
	}
	if o.NeedCluster() == nil || o.NeedEtcd() == nil {
		t.Error("nobody said what the cluster and etcd know, and it is not said")
	}
}
