package hostcheck_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// reference is the description of the reference lab.
func reference() cluster.Spec {
	at := netip.MustParsePrefix
	return cluster.Spec{
		KubernetesVersion:    "v1.24.6",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "k8s-vip", Port: 6443},
		PodSubnets:           []netip.Prefix{at("192.168.0.0/16")},
		LoadBalancers:        []cluster.LoadBalancer{{Name: "cka-hap-1", Address: at("192.168.51.80/24")}},
		ControlPlanes: []cluster.Node{
			{Name: "cka-cp-1", Address: at("192.168.51.81/24")},
			{Name: "cka-cp-2", Address: at("192.168.51.82/24")},
			{Name: "cka-cp-3", Address: at("192.168.51.83/24")},
		},
		Workers: []cluster.Node{
			{Name: "cka-wk-1", Address: at("192.168.51.84/24")},
			{Name: "cka-wk-2", Address: at("192.168.51.85/24")},
			{Name: "cka-wk-3", Address: at("192.168.51.86/24")},
		},
	}
}

func parse(t testing.TB, host, text string) hostcheck.Capture {
	t.Helper()
	c, err := hostcheck.Parse(host, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t testing.TB, spec cluster.Spec, captures ...hostcheck.Capture) hostcheck.Report {
	t.Helper()
	r, err := hostcheck.Check(spec, captures...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// codes gives host and code of each finding.
func codes(r hostcheck.Report) []string {
	var codes []string
	for _, f := range r.Findings {
		codes = append(codes, f.Subject+" "+f.Code)
	}
	return codes
}
