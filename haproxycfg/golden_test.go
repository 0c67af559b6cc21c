package haproxycfg_test

import (
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/haproxytest"
)

func TestRendersTheReferenceFile(t *testing.T) {
	t.Parallel()
	text := reference().Bytes()
	golden.Check(t, "testdata/reference.txtar", txtar.File{Name: "haproxy.cfg", Data: text})
	haproxytest.MustAccept(t, text)
}
