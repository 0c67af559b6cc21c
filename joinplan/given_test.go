package joinplan_test

import (
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// given is the input of a plan for a description, with what parts of it say.
func given(spec cluster.Spec, parts ...joinplan.Input) joinplan.Input {
	in := joinplan.Input{Spec: spec}
	for _, part := range parts {
		if len(part.State.Nodes) > 0 || part.State.KubeadmConfig.Text != "" {
			in.State, in.Etcd = part.State, part.Etcd
		}
		if !part.Now.IsZero() || len(part.Credentials.CACertHashes) > 0 {
			in.Credentials, in.Now = part.Credentials, part.Now
		}
	}
	return in
}

// id is the ID that a text says.
func id(text string) joinplan.ID {
	var out joinplan.ID
	if err := out.UnmarshalText([]byte(text)); err != nil {
		return joinplan.ID{}
	}
	return out
}
