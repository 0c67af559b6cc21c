package convert_test

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
)

// captured reads what a cluster said of itself: spec.yaml, objects of the
// cluster (*.yaml), and files by host and path, those that people handed in
// under handed-in.
func captured(t testing.TB, paths ...string) convert.Input {
	t.Helper()
	var in convert.Input
	var objects [][]byte
	for _, path := range paths {
		for _, part := range golden.Read(t, path).Files {
			host, file, isFile := strings.Cut(part.Name, "/")
			switch {
			case part.Name == "spec.yaml":
				spec, err := cluster.Parse(part.Data)
				if err != nil {
					t.Fatal(err)
				}
				in.Spec = spec
			case isFile:
				if host == "handed-in" {
					host = ""
				} else {
					file = "/" + file
				}
				in.Files = append(in.Files, convert.File{Host: host, Path: file, Content: joinplan.NewSecretContent(part.Data)})
			default:
				objects = append(objects, part.Data)
			}
		}
	}
	var err error
	if in.Objects, err = cluster.ParseObjects(objects...); err != nil {
		t.Fatal(err)
	}
	return in
}

func take(t testing.TB, in convert.Input) convert.Census {
	t.Helper()
	census, err := convert.TakeCensus(in)
	if err != nil {
		t.Fatal(err)
	}
	return census
}

func plan(t testing.TB, in convert.Input) joinplan.Plan {
	t.Helper()
	p, err := convert.Plan(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
