package conformance

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// validationFile is where kubeadm's rules are.
const validationFile = "/cmd/kubeadm/app/apis/kubeadm/validation/validation.go:"

// minCoverage is the part of its statements that the checks must run.
const minCoverage = 0.9

// Main runs a module's tests. Where they wrote a coverage profile and TestAgreement
// was among them it prints how much of kubeadm's validation they ran, and fails
// where that is too little:
//
//	go test -coverpkg=k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/validation -coverprofile=FILE
func Main(m *testing.M) {
	code := m.Run()
	if profile := flag.Lookup("test.coverprofile").Value.String(); profile != "" && agreementRan {
		covered, err := coverageOf(profile, validationFile)
		fmt.Printf("%.1f %% of the statements of kubeadm's validation.go were run\n", 100*covered)
		if err != nil || covered < minCoverage {
			fmt.Println("FAIL: that is too little, or could not be measured:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// agreementRan tells whether there is a coverage to speak of.
var agreementRan bool

// coverageOf gives the part of a file's statements that ran, from a coverage
// profile. Blocks may be listed more than once.
func coverageOf(profile, file string) (float64, error) {
	f, err := os.Open(profile)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	statements, ran := map[string]int{}, map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), file) {
			continue
		}
		var block string
		var n, count int
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %d", &block, &n, &count); err != nil {
			return 0, fmt.Errorf("%s: %q: %w", profile, lines.Text(), err)
		}
		statements[block] = n
		ran[block] = ran[block] || count > 0
	}
	total, covered := 0, 0
	for block, n := range statements {
		total += n
		if ran[block] {
			covered += n
		}
	}
	if total == 0 {
		return 0, fmt.Errorf("%s says nothing of %s", profile, file)
	}
	return float64(covered) / float64(total), lines.Err()
}
