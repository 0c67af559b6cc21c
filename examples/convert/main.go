// Convert takes the census of everything in a captured cluster that knows an
// address of its API server, and plans how it comes to name the endpoint.
//
//	convert -cluster FILE -observed DIR [-out DIR] [-check]
//	convert -from DIR [-out DIR] [-check]
//
// An observed DIR has what the scripts of the program capture printed, in files
// NAME.capture. The other holds spec.yaml, what kubectl printed of nodes,
// ConfigMaps, Secrets and pods, the machines' files as HOST/PATH, and people's
// kubeconfigs in handed-in.
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

	"github.com/haplane/haplane/examples/internal/observed"
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
	description := flags.String("cluster", "", "`FILE` that describes the cluster, with -observed")
	dir := flags.String("observed", "", "`DIR` with the captures of the machines")
	from := flags.String("from", "", "`DIR` with the description and single files")
	out := flags.String("out", "", "`DIR` to write the plan and its files to; they hold secrets")
	check := flags.Bool("check", false, "only take the census")
	if err := flags.Parse(args); err != nil || (*from == "") == (*dir == "") || (*dir == "") != (*description == "") || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "convert: give -cluster and -observed, or -from, and only these flags")
		return 2
	}
	in, err := input(*description, *dir, *from)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	converted, err := convertTo(in, *out, *check, stdout)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 2
	case !converted:
		return 1
	}
	return 0
}

// convertTo prints the census and, unless only that is asked for, writes the
// plan.
func convertTo(in convert.Input, out string, check bool, stdout io.Writer) (converted bool, err error) {
	census, err := convert.TakeCensus(in)
	if err != nil {
		return false, err
	}
	if _, err := census.WriteTo(stdout); err != nil || check {
		return census.Converted(), err
	}
	return census.Converted(), writePlan(in, out, stdout)
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

// input reads the captures of a directory, or single files.
func input(description, dir, from string) (convert.Input, error) {
	if dir == "" {
		return read(os.DirFS(from))
	}
	text, err := os.ReadFile(description)
	if err != nil {
		return convert.Input{}, err
	}
	spec, specErr := cluster.Parse(text)
	o, err := observed.Read(dir)
	return convert.Input{Spec: spec, Objects: o.Objects, Files: o.Files}, errors.Join(specErr, cmp.Or(err, o.NeedCluster()))
}

func read(dir fs.FS) (convert.Input, error) {
	var in convert.Input
	var captures [][]byte
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		switch host, path, isFile := strings.Cut(name, "/"); {
		case name == "spec.yaml":
			in.Spec, err = cluster.Parse(data)
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
