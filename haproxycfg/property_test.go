package haproxycfg

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/haplane/haplane/internal/haproxytest"
)

// binaries are the HAProxys that judge: the installed one, and those that
// HAPROXY_ALSO names, separated by colons (testdata/haproxy-3.0.sh makes one).
func binaries(t *testing.T) []string {
	return append([]string{haproxytest.Binary(t)}, filepath.SplitList(os.Getenv("HAPROXY_ALSO"))...)
}

func version(t *testing.T, binary string) string {
	out, err := exec.Command(binary, "-v").Output()
	if err != nil {
		t.Fatalf("%s -v: %v", binary, err)
	}
	v, _, _ := strings.Cut(string(out), "-")
	return strings.ReplaceAll(v, " ", "_")
}

// batch is how many configurations share a file: most of the time that HAProxy
// needs for one is its start.
const batch = 25

// judge lets HAProxy look at many configurations and gives, for each, the lines
// that it printed about it; nil where it had nothing to say.
func judge(t *testing.T, binary string, configs []Config) [][]string {
	t.Helper()
	said := make([][]string, len(configs))
	dir := t.TempDir()
	var wg sync.WaitGroup
	free := make(chan struct{}, 3)
	for first := 0; first < len(configs); first += batch {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			last := min(first+batch, len(configs))
			judgeBatch(t, binary, filepath.Join(dir, itoa(first)), configs[first:last], said[first:last])
		})
	}
	wg.Wait()
	return said
}

// judgeBatch takes those out of the file of which HAProxy said something, and
// asks again, until it is content with the rest: it stops early at some errors.
func judgeBatch(t *testing.T, binary, path string, configs []Config, said [][]string) {
	for slices.ContainsFunc(said, func(s []string) bool { return s == nil }) {
		var file bytes.Buffer
		ends := make([]int, len(configs))
		for i, c := range configs {
			if said[i] == nil {
				file.Write(joined(c, file.Len() == 0).Bytes())
				file.WriteByte('\n')
			}
			ends[i] = bytes.Count(file.Bytes(), []byte("\n"))
		}
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Error(err)
			return
		}
		out, err := exec.Command(binary, "-c", "-f", path).CombinedOutput()
		if !(haproxytest.Result{Valid: err == nil, Output: string(out)}).Warned() && err == nil {
			return
		}
		if !attribute(string(out), configs, ends, said) {
			t.Errorf("cannot tell whom HAProxy means:\n%s", out)
			return
		}
	}
}

// joined is a configuration as it stands behind others: with the global section
// of the first, and cut off from the defaults of the one before.
func joined(c Config, first bool) Config {
	if !first {
		c.Global = nil
	}
	if c.Defaults == nil {
		c.Defaults = &Defaults{}
	}
	return c
}

var atLine = regexp.MustCompile(`\[[^]]*:([0-9]+)\]`)

// attribute finds the configuration that each message is about, by the line or
// by a section's name.
func attribute(out string, configs []Config, ends []int, said [][]string) bool {
	found := false
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "[ALERT]") && !strings.Contains(line, "[WARNING]") {
			continue
		}
		var i int
		if m := atLine.FindStringSubmatch(line[strings.Index(line, ":")+1:]); m != nil {
			n, _ := strconv.Atoi(m[1])
			i = slices.IndexFunc(ends, func(end int) bool { return n <= end })
		} else {
			i = slices.IndexFunc(configs, func(c Config) bool { return named(line, c) })
		}
		if i >= 0 {
			said[i] = append(said[i], strings.TrimSpace(line))
			found = true
		}
	}
	return found
}

func named(line string, c Config) bool {
	for _, name := range sectionNames(c) {
		if strings.Contains(line, "'"+name+"'") || strings.Contains(line, "'"+name+"/") || strings.Contains(line, " "+name+"/") {
			return true
		}
	}
	return false
}

func sectionNames(c Config) []string {
	var names []string
	for _, f := range c.Frontends {
		names = append(names, f.Name)
	}
	for _, b := range c.Backends {
		names = append(names, b.Name)
	}
	return names
}

// TestHAProxyAcceptsWhatIsValid is the agreement in one direction: what our
// validation accepts without a warning, HAProxy accepts without a word.
func TestHAProxyAcceptsWhatIsValid(t *testing.T) {
	t.Parallel()
	configs := validConfigs(t, newGenerator(t, 1), 1600, 400)
	for _, binary := range binaries(t) {
		t.Run(version(t, binary), func(t *testing.T) {
			t.Parallel()
			for i, said := range judge(t, binary, configs) {
				if said != nil {
					t.Errorf("valid for us, and HAProxy says:\n%s\n%s", strings.Join(said, "\n"), configs[i].Bytes())
				}
			}
			t.Logf("%d configurations", len(configs))
		})
	}
}

// validConfigs makes random configurations, from the model and from
// descriptions of API servers.
func validConfigs(t *testing.T, g *generator, models, descriptions int) []Config {
	t.Helper()
	var configs []Config
	for range models {
		c := g.config()
		for _, w := range c.Warnings() {
			t.Fatalf("the generator made a configuration with a warning: %s\n%s", w, c.Bytes())
		}
		configs = append(configs, c)
	}
	for range descriptions {
		a := g.apiServers()
		if err := a.Validate(); err != nil {
			t.Fatalf("the generator made a description that is not valid: %v\n%+v", err, a)
		}
		configs = append(configs, a.Config())
	}
	for _, c := range configs {
		if err := c.Validate(); err != nil {
			t.Fatalf("the generator made a configuration that is not valid: %v\n%s", err, c.Bytes())
		}
	}
	return configs
}
