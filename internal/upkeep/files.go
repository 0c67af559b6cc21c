package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// watched are the files whose changes the library may have to follow, in the
// order in which they are read.
var watched = []struct{ what, pattern string }{
	{"Defaults", apis + "/v1*/defaults*.go"},
	{"Validation", apis + "/validation/validation.go"},
	{"Conversions", apis + "/v1*/conversion.go"},
	{"Constants", "cmd/kubeadm/app/constants/constants.go"},
	{"Flags", "cmd/kubeadm/app/cmd/options/constant.go"},
	{"Feature gates", "cmd/kubeadm/app/features/features.go"},
}

// compareFiles prints the difference of each watched file.
func compareFiles(out io.Writer, old, new string) error {
	for _, w := range watched {
		names, err := namesIn(w.pattern, old, new)
		if err != nil {
			return err
		}
		var all bytes.Buffer
		for _, name := range names {
			diff, err := difference(old, new, name)
			if err != nil {
				return err
			}
			all.Write(diff)
		}
		if all.Len() == 0 {
			fmt.Fprintf(out, "\n== %s: no change in %s\n", w.what, strings.Join(names, ", "))
			continue
		}
		fmt.Fprintf(out, "\n== %s\n%s", w.what, all.Bytes())
	}
	return nil
}

// namesIn gives the files that match in either directory.
func namesIn(pattern string, dirs ...string) ([]string, error) {
	var names []string
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return nil, err
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("kubeadm has no %s any more: look where it went and change internal/upkeep", pattern)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// difference gives what diff -u says, with names that do not tell of this
// machine. A file that one release lacks is empty there.
func difference(old, new, name string) ([]byte, error) {
	before, after := filepath.Join(old, name), filepath.Join(new, name)
	for _, path := range []*string{&before, &after} {
		if _, err := os.Stat(*path); err != nil {
			*path = os.DevNull
		}
	}
	out, err := exec.Command("diff", "-u", "--label", "a/"+name, "--label", "b/"+name, before, after).Output()
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == 1 {
		return out, nil
	}
	return out, err
}
