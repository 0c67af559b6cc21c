package build_test

import (
	"context"
	"os"
	"testing"

	"github.com/haplane/haplane/internal/e2e/build"
)

func TestPrebuild(t *testing.T) {
	b := build.Builder{Source: ".", Cache: "/root/.cache/haplane-e2e", Log: os.Stderr}
	a, err := b.Release(context.Background(), build.V1_37)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
}
