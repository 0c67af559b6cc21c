package kubeadmcfg_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/kubeadmcfg"
)

func TestWritesTheFilesOfTheReferenceLab(t *testing.T) {
	t.Parallel()
	files := []struct {
		name string
		file kubeadmcfg.File
	}{
		{"init", labInit()},
		{"join-worker", labJoin("cka-wk-1", "")},
		{"join-control-plane", labJoin("cka-cp-2", "192.168.51.82")},
	}
	for _, version := range []kubeadmcfg.Version{kubeadmcfg.V1Beta3, kubeadmcfg.V1Beta4} {
		var parts []txtar.File
		for _, f := range files {
			if err := f.file.Validate(); err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
			converted, err := f.file.Convert(version)
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			parts = append(parts, txtar.File{Name: f.name + ".yaml", Data: converted.Bytes()})
		}
		golden.Check(t, "testdata/reference-"+string(version)+".txtar", parts...)
	}
}

func TestWritesEveryKindOfField(t *testing.T) {
	t.Parallel()
	file := everyField()
	if err := file.Validate(); err != nil {
		t.Error(err)
	}
	golden.Check(t, "testdata/every-field-v1beta4.txtar", txtar.File{Name: "init.yaml", Data: file.Bytes()})
}

func TestConversionThatWouldLoseFieldsNamesThem(t *testing.T) {
	t.Parallel()
	_, err := everyField().Convert(kubeadmcfg.V1Beta3)
	var lossy *kubeadmcfg.LossError
	if !errors.As(err, &lossy) {
		t.Fatalf("want a LossError, got %v", err)
	}
	accepted, losses, err := everyField().ConvertLossy(kubeadmcfg.V1Beta3)
	if err != nil {
		t.Fatal(err)
	}
	var list []byte
	for _, loss := range losses {
		list = append(list, loss.String()+"\n"...)
	}
	golden.Check(t, "testdata/every-field-v1beta3.txtar",
		txtar.File{Name: "losses.txt", Data: list},
		txtar.File{Name: "init.yaml", Data: accepted.Bytes()})
}

// A countingWriter counts how often it is written to, and can fail.
type countingWriter struct {
	writes int
	err    error
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	return len(p), w.err
}

func TestWritesAFileAtOnce(t *testing.T) {
	t.Parallel()
	file := everyField()
	w := &countingWriter{}
	n, err := file.WriteTo(w)
	if err != nil || w.writes != 1 || n != int64(len(file.Bytes())) {
		t.Errorf("%d writes of %d bytes, %v", w.writes, n, err)
	}
	if _, err := file.WriteTo(&countingWriter{err: io.ErrShortWrite}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

func TestWritesAnyDocument(t *testing.T) {
	t.Parallel()
	configMap := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, Data: map[string]string{"b": "1\n", "a": "x"}}
	list := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "a/v1", "kind": "K", "l": []any{[]any{"x", []any{}}, map[string]any{}, nil, 1.5, true}}}
	file := kubeadmcfg.New(configMap, nil, list).DeepCopy()
	configMap.Data["a"] = "changed"
	const want = `apiVersion: v1
kind: ConfigMap
metadata: {}
data:
  a: x
  b: "1\n"
---
apiVersion: a/v1
kind: K
l:
-
  - x
  - []
- {}
- null
- 1.5
- true
`
	if diff := cmp.Diff(want, string(file.Bytes())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := (kubeadmcfg.File{}).Bytes(); len(got) > 0 {
		t.Errorf("nothing was written as %q", got)
	}
}
