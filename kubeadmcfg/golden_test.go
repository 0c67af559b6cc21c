package kubeadmcfg_test

import (
	"errors"
	"testing"

	"golang.org/x/tools/txtar"

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
