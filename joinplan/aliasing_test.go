package joinplan_test

import (
	"testing"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func TestAPlanSharesNoMemoryWithTheCredentialsItWasMadeFrom(t *testing.T) {
	t.Parallel()
	const hash = "sha256:3b1f0a5a6ef8a2b1d8a2fbd0a7bd7b9e2dd5a4d6fd70a8cf6ddd2c0f1b3b5e66"
	in := joinplan.Input{Spec: lab(t), Credentials: kubeadmcmd.Credentials{CACertHashes: []string{hash}}}
	plan, err := joinplan.Create(in)
	if err != nil {
		t.Fatal(err)
	}
	plan.Credentials.CACertHashes[0] = "another"
	if got := in.Credentials.CACertHashes[0]; got != hash {
		t.Errorf("the input has %q now, not %q", got, hash)
	}
}
