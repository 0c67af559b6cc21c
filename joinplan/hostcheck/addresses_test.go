package hostcheck_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASecondaryAddressIsWhatANameStandsForToo(t *testing.T) {
	t.Parallel()
	spec := reference()
	spec.Workers[0].SecondaryAddress = netip.MustParsePrefix("fd00::84/64")
	for line, want := range map[string][]string{
		"192.168.51.84 cka-wk-1\n": nil,
		"fd00::84 cka-wk-1\n":      nil,
		"fd00::99 cka-wk-1\n":      {"cka-cp-1 name-differs"},
	} {
		if diff := cmp.Diff(want, codes(check(t, spec, parse(t, "cka-cp-1", line)))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestAControlPlanesKubeletMayUseTheAddressThatItsAPIServerAdvertises(t *testing.T) {
	t.Parallel()
	spec := reference()
	spec.ControlPlanes[0].AdvertiseAddress = netip.MustParseAddr("10.9.0.1")
	for server, want := range map[string][]string{
		"https://10.9.0.1:6443":      nil,
		"https://192.168.51.81:6443": {"cka-cp-1 server-differs"},
	} {
		capture := parse(t, "cka-cp-1", "/etc/kubernetes/kubelet.conf:    server: "+server+"\n")
		if diff := cmp.Diff(want, codes(check(t, spec, capture))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", server, diff)
		}
	}
}
