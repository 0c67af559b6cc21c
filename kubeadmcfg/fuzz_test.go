package kubeadmcfg_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/kubeadmcfg"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, path := range []string{"testdata/reference-v1beta3.txtar", "testdata/reference-v1beta4.txtar", "testdata/every-field-v1beta4.txtar"} {
		for _, part := range golden.Read(f, path).Files {
			f.Add(part.Data)
		}
	}
	for _, path := range []string{labConfigMap, newerConfigMap} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("apiVersion: v1\nkind: List\nitems:\n- apiVersion: kubeadm.k8s.io/v1\n  kind: ResetConfiguration\n"))
	f.Add([]byte("apiVersion: kubeadm.example.io/v1beta3\nkind: JoinCOn\r\r"))
	f.Add([]byte("apiVersion: kubeadm.example.io/v1beta3\nkind: JoinCOn\r\r\nx: 1\n"))
	f.Add([]byte("a: &a [*a]\n---\n--- x\n...\n{\"a\":\t1}"))
}

// What is read is written so that it reads as the same, judging it never fails,
// and every error has its place.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, parse := range []func([]byte) (kubeadmcfg.File, error){kubeadmcfg.Parse, kubeadmcfg.ParseTolerant} {
			file, err := parse(text)
			if err != nil {
				var parseErr *kubeadmcfg.ParseError
				if !errors.As(err, &parseErr) || parseErr.Line < 1 || parseErr.Column < 1 {
					t.Fatalf("error without a place: %v", err)
				}
				continue
			}
			written := file.Bytes()
			again, err := parse(written)
			if err != nil {
				t.Fatalf("%v in what was written:\n%s", err, written)
			}
			if diff := cmp.Diff(string(written), string(again.Bytes())); diff != "" {
				t.Fatalf("-written +written again:\n%s", diff)
			}
			judge(t, file)
		}
	})
}

func judge(t *testing.T, file kubeadmcfg.File) {
	t.Helper()
	written := file.Bytes()
	_ = file.Validate()
	_ = file.Warnings()
	_ = file.WithDefaults()
	for _, version := range []kubeadmcfg.Version{kubeadmcfg.V1Beta3, kubeadmcfg.V1Beta4, kubeadmcfg.V1} {
		if _, _, err := file.ConvertLossy(version); err != nil && len(file.Documents) > 0 {
			if _, versionErr := file.Version(); versionErr == nil {
				t.Fatal(err)
			}
		}
	}
	if changes := kubeadmcfg.Diff(file, file.DeepCopy()); len(changes) > 0 {
		t.Fatalf("a copy differs: %v", changes)
	}
	if !bytes.Equal(written, file.Bytes()) {
		t.Fatal("judging the file changed it")
	}
}

func FuzzParseConfigMap(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		stored, err := kubeadmcfg.ParseConfigMap(text)
		if err != nil {
			return
		}
		file, err := stored.UploadCertsFile("unix:///run/containerd/containerd.sock")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(file, []byte(stored.Text)) {
			t.Fatalf("the cluster's own text was changed:\n%s", file)
		}
	})
}
