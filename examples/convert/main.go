// Convert takes the census of everything in a captured cluster that knows an
// address of its API server, and plans how it comes to name the endpoint.
//
//	convert -from DIR [-out DIR] [-check]
//
// DIR holds spec.yaml, what kubectl printed of nodes, ConfigMaps, Secrets and
// pods, the machines' files as HOST/PATH, and people's kubeconfigs in handed-in.
// Exit status: 0 everything names the endpoint; 1 something does not yet; 2 bad
// input, or too little captured to plan, and then nothing is written.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/haplane/haplane/examples/internal/outdir"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/render"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("from", "", "`DIR` with the capture (required)")
	out := flags.String("out", "", "`DIR` to write the plan and its files to; they hold secrets")
	check := flags.Bool("check", false, "only take the census")
	if err := flags.Parse(args); err != nil || *from == "" {
		fmt.Fprintln(stderr, "convert: give -from, the directory with the capture, and only these flags")
		return 2
	}
	in, err := read(os.DirFS(*from))
	census, censusErr := convert.TakeCensus(in)
	if err = cmp.Or(err, censusErr); err == nil {
		_, err = census.WriteTo(stdout)
	}
	if err == nil && !*check {
		err = writePlan(in, *out, stdout)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 2
	case !census.Converted():
		return 1
	}
	return 0
}

func writePlan(in convert.Input, dir string, stdout io.Writer) error {
	plan, err := convert.Plan(in)
	if err != nil || dir == "" {
		return err
	}
	files := slices.Collect(render.Bundle(plan))
	if err := outdir.Write(dir, files, false); err != nil {
		return err
	}
	for _, file := range files {
		fmt.Fprintln(stdout, "wrote", file.Path)
	}
	return nil
}

func read(dir fs.FS) (convert.Input, error) {
	var in convert.Input
	var captures [][]byte
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		switch host, path, isFile := strings.Cut(name, "/"); {
		case name == "spec.yaml":
			var specErr error
			in.Spec, specErr = cluster.Parse(data)
			return errors.Join(err, specErr)
		case host == "handed-in":
			in.Files = append(in.Files, convert.File{Path: path, Content: joinplan.NewSecretContent(data)})
		case isFile:
			in.Files = append(in.Files, convert.File{Host: host, Path: "/" + path, Content: joinplan.NewSecretContent(data)})
		default:
			captures = append(captures, data)
		}
		return err
	})
	objects, objectsErr := cluster.ParseObjects(captures...)
	in.Objects = objects
	return in, errors.Join(err, objectsErr)
}
