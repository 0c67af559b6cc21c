// Compatibility keeps docs/compatibility.md: with which releases of kubeadm,
// HAProxy and etcd the library works, and whether a test ran them or the
// library's authors read them.
//
//	HAPLANE_RAN=DIR make test conformance
//	compatibility -ran DIR -update
//
// Without -update it fails where the tests that recorded to DIR ran something
// that the table does not have, or none of a program that it has.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/ran"
)

// records is where what was run is kept; the table is made of it.
const records = "internal/compatibility/ran.json"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("compatibility", flag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("ran", "", "the `directory` that tests recorded to (required)")
	root := flags.String("root", ".", "the `directory` of the repository")
	update := flags.Bool("update", false, "add what was run, and write the table anew")
	if err := flags.Parse(args); err != nil || *from == "" {
		fmt.Fprintln(stderr, "compatibility: give -ran, the directory that tests recorded to")
		return 2
	}
	now, err := readAll(*from)
	known, knownErr := readKnown(*root)
	if err = errors.Join(err, knownErr); err == nil && *update {
		err = write(*root, merge(known, now))
	} else if err == nil {
		err = missing(known, now)
	}
	for _, p := range now {
		fmt.Fprintln(stdout, "ran", p.Name, p.Release, p.API)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// readAll reads the records of a directory.
func readAll(dir string) ([]ran.Program, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []ran.Program
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var p ran.Program
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func readKnown(root string) ([]ran.Program, error) {
	text, err := os.ReadFile(filepath.Join(root, records))
	if err != nil {
		return nil, err
	}
	var known []ran.Program
	return known, json.Unmarshal(text, &known)
}

// merge puts what was run now in the place of the same minor release, but for
// etcd, whose table names every patch that its rules differ for.
func merge(known, now []ran.Program) []ran.Program {
	var kept []ran.Program
	for _, k := range known {
		if !slices.ContainsFunc(now, func(n ran.Program) bool { return same(k, n) }) {
			kept = append(kept, k)
		}
	}
	all := slices.Concat(kept, now)
	slices.SortFunc(all, func(a, b ran.Program) int {
		return strings.Compare(a.Name+natural(a.Release)+a.API, b.Name+natural(b.Release)+b.API)
	})
	return slices.Compact(all)
}

// same tells whether two records are of one row.
func same(a, b ran.Program) bool {
	if a.Name != b.Name || a.API != b.API {
		return false
	}
	if strings.HasPrefix(a.Name, "etcd") {
		return a.Release == b.Release
	}
	return minor(a.Release) == minor(b.Release)
}

// missing is what was run and is not known, and what is known of a program of
// which nothing was run.
func missing(known, now []ran.Program) error {
	var errs []error
	for _, n := range now {
		if !slices.ContainsFunc(known, func(k ran.Program) bool { return same(k, n) }) {
			errs = append(errs, fmt.Errorf("the tests ran %s %s %s, which the table does not have: add -update", n.Name, n.Release, n.API))
		}
	}
	for _, name := range []string{"kubeadm", "haproxy", "etcd", "etcdctl"} {
		if !slices.ContainsFunc(now, func(n ran.Program) bool { return n.Name == name }) {
			errs = append(errs, fmt.Errorf("the tests ran no %s, and the table says that they do", name))
		}
	}
	return errors.Join(errs...)
}

func write(root string, known []ran.Program) error {
	text, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, records), append(text, '\n'), 0o644); err != nil {
		return err
	}
	table, err := document(root, known)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, documentFile), table, 0o644)
}
