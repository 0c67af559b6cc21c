// Upkeep moves the conformance checks to another release of Kubernetes and shows
// what changed in kubeadm since the release before:
//
//	upkeep -version 1.38.0
//
// It makes internal/conformance/kubeadm1_38, or moves it where it is there, and
// prints what is new, gone and changed in kubeadm's configuration types, in its
// defaults, validation, conversions, constants, flags and feature gates. With
// -compare it only prints that, between two releases: -compare 1.36.3 -version
// 1.37.2. Exit status: 0 done, 2 not.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("upkeep", flag.ContinueOnError)
	flags.SetOutput(stderr)
	version := flags.String("version", "", "the `release` of Kubernetes to move to, such as 1.38.0 (required)")
	from := flags.String("compare", "", "only compare with this `release`")
	dir := flags.String("dir", "internal/conformance", "the `directory` of the conformance modules")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	to, err := parseRelease(*version)
	if err == nil && *from == "" {
		err = move(stdout, *dir, to)
	} else if err == nil {
		var before release
		if before, err = parseRelease(*from); err == nil {
			err = compare(stdout, before, to)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "upkeep:", err)
		return 2
	}
	return 0
}

// release is one of Kubernetes.
type release struct{ minor, patch string }

var releaseForm = regexp.MustCompile(`^v?1\.(\d+)\.(\d+)$`)

func parseRelease(text string) (release, error) {
	m := releaseForm.FindStringSubmatch(text)
	if m == nil {
		return release{}, fmt.Errorf("%q is no release; give one such as 1.38.0", text)
	}
	return release{m[1], m[2]}, nil
}

// String is v1.38.0.
func (r release) String() string { return "v1." + r.minor + "." + r.patch }

// staging is the version of the modules that are released with it: v0.38.0.
func (r release) staging() string { return "v0." + r.minor + "." + r.patch }

// module is the name of the conformance module: kubeadm1_38.
func (r release) module() string { return "kubeadm1_" + r.minor }

// move makes the conformance module of a release out of the one before it.
func move(out io.Writer, dir string, to release) error {
	template, err := templateFor(dir, to)
	if err != nil {
		return err
	}
	source, err := download(to)
	if err != nil {
		return err
	}
	if err := write(dir, template, to, source); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s/%s now checks the library against kubeadm %s; it was made from the checks of %s.\n\n", dir, to.module(), to, template)
	if err := compare(out, template, to); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, next, dir, to.module())
	return err
}

const next = `
Now run the checks of the new module, which name every field, default and rule in which the library differs from it:

	cd %[1]s/%[2]s && go vet ./... && go test ./...

Where an API version is new or gone above, add it to the module's kubeadm_test.go or take it out. Then: the types in
kubeadmcfg, kubeadmcfg/release.go (which release reads which API version), CONFORMANCE in the Makefile, and CHANGELOG.md.
`

// compare prints what changed in kubeadm between two releases.
func compare(out io.Writer, from, to release) error {
	old, oldErr := download(from)
	new, newErr := download(to)
	if err := errors.Join(oldErr, newErr); err != nil {
		return err
	}
	fmt.Fprintf(out, "What changed in kubeadm from %s to %s\n", from, to)
	if err := compareTypes(out, old.dir, new.dir); err != nil {
		return err
	}
	return compareFiles(out, old.dir, new.dir)
}
