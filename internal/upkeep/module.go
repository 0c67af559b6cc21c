package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// source is k8s.io/kubernetes as the module proxy has it.
type source struct{ dir, gomod string }

func download(r release) (source, error) {
	out, err := goCommand("", "mod", "download", "-json", "k8s.io/kubernetes@"+r.String())
	if err != nil {
		return source{}, fmt.Errorf("release %s of Kubernetes cannot be downloaded: %w", r, err)
	}
	var found struct{ Dir, GoMod string }
	if err := json.Unmarshal(out, &found); err != nil {
		return source{}, err
	}
	return source{found.Dir, found.GoMod}, nil
}

func goCommand(dir string, args ...string) ([]byte, error) {
	var complaint bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = dir, &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s%s", strings.Join(args, " "), err, complaint.String(), out)
	}
	return out, nil
}

var required = regexp.MustCompile(`(?m)^\tk8s\.io/kubernetes (v\S+)`)

// templateFor gives the release whose checks those of another are made of: that
// of the same minor version, or the last one before it.
func templateFor(dir string, to release) (release, error) {
	modules, err := filepath.Glob(filepath.Join(dir, "kubeadm1_*", "go.mod"))
	if err != nil {
		return release{}, err
	}
	var found []release
	for _, name := range modules {
		text, err := os.ReadFile(name)
		if err != nil {
			return release{}, err
		}
		m := required.FindSubmatch(text)
		if m == nil {
			return release{}, fmt.Errorf("%s does not require k8s.io/kubernetes", name)
		}
		r, err := parseRelease(string(m[1]))
		if err != nil {
			return release{}, fmt.Errorf("%s: %w", name, err)
		}
		if number(r.minor) <= number(to.minor) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return release{}, fmt.Errorf("%s has no module for this minor version or one before it", dir)
	}
	return slices.MaxFunc(found, func(a, b release) int { return number(a.minor) - number(b.minor) }), nil
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // releaseForm has only digits
	return n
}

// write copies the template's files, with the names and versions of the new
// release, and makes its go.mod.
func write(dir string, template, to release, kubernetes source) error {
	target := filepath.Join(dir, to.module())
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, template.module(), "*.go"))
	if err != nil {
		return err
	}
	for _, name := range append(files, filepath.Join(dir, template.module(), "go.mod")) {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		renamed := rename(string(text), template, to)
		if filepath.Base(name) == "go.mod" {
			renamed = withoutIndirect(renamed)
		}
		if err := os.WriteFile(filepath.Join(target, filepath.Base(name)), []byte(renamed), 0o644); err != nil {
			return err
		}
	}
	if err := replaceStaging(target, to, kubernetes.gomod); err != nil {
		return err
	}
	_, err = goCommand(target, "mod", "tidy")
	return err
}

// rename puts a release in the place of another.
func rename(text string, from, to release) string {
	return strings.NewReplacer(
		from.module(), to.module(),
		from.String(), to.String(),
		from.staging(), to.staging(),
		"kubeadm 1."+from.minor+".", "kubeadm 1."+to.minor+".",
		"kubeadm 1."+from.minor+"\n", "kubeadm 1."+to.minor+"\n",
		"uint("+from.minor+")", "uint("+to.minor+")",
	).Replace(text)
}

// withoutIndirect leaves the requirements out that go mod tidy finds by itself.
func withoutIndirect(gomod string) string {
	var b strings.Builder
	for line := range strings.Lines(gomod) {
		if !strings.HasSuffix(line, "// indirect\n") {
			b.WriteString(line)
		}
	}
	return b.String()
}

var stagingModule = regexp.MustCompile(`(?m)^\t(k8s\.io/\S+) v0\.0\.0$`)

// replaceStaging gives the modules that Kubernetes requires as v0.0.0 their
// versions, and drops the replacements of those that it no longer has.
func replaceStaging(dir string, to release, kubernetes string) error {
	out, err := goCommand(dir, "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var gomod struct {
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal(out, &gomod); err != nil {
		return err
	}
	var edits []string
	for _, r := range gomod.Replace {
		if strings.HasPrefix(r.Old.Path, "k8s.io/") {
			edits = append(edits, "-dropreplace="+r.Old.Path)
		}
	}
	text, err := os.ReadFile(kubernetes)
	if err != nil {
		return err
	}
	for _, m := range stagingModule.FindAllStringSubmatch(string(text), -1) {
		edits = append(edits, "-replace="+m[1]+"="+m[1]+"@"+to.staging())
	}
	_, err = goCommand(dir, append([]string{"mod", "edit"}, edits...)...)
	return err
}
