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

func TestEveryAddressOfAMachineIsCheckedWithTheRoutesOfItsFamily(t *testing.T) {
	t.Parallel()
	spec := reference()
	for i := range spec.ControlPlanes {
		last := string(rune('1' + i))
		spec.ControlPlanes[i].SecondaryAddress = netip.MustParsePrefix("fd00::8" + last + "/64")
		spec.ControlPlanes[i].AdvertiseAddress = netip.MustParseAddr("172.16.0.8" + last)
	}
	const (
		addresses = "2: ens18: <UP> mtu 1500\n    inet 192.168.51.81/24 scope global ens18\n    inet6 fd00::81/64 scope global\n    inet 172.16.0.81/24 scope global ens19\n"
		routes    = good + "172.16.0.0/24 dev ens19 proto kernel scope link src 172.16.0.81\n"
		routes6   = "fd00::/64 dev ens18 proto kernel metric 256 pref medium\n"
	)
	for name, tc := range map[string]struct {
		captured string
		want     []string
	}{
		"all well":                          {addresses + "$ ip route\n" + routes + "$ ip -6 route\n" + routes6, nil},
		"a longer prefix in IPv6":           {"2: ens18: <UP> mtu 1500\n    inet 192.168.51.81/24 scope global ens18\n    inet6 fd00::81/80 scope global\n    inet 172.16.0.81/24 scope global ens19\n", []string{"cka-cp-1 prefix-differs"}},
		"no address for the API":            {"2: ens18: <UP> mtu 1500\n    inet 192.168.51.81/24 scope global ens18\n    inet6 fd00::81/64 scope global\n", []string{"cka-cp-1 address-missing"}},
		"a machine lost in IPv6":            {addresses + "$ ip -6 route\n" + routes6 + "unreachable fd00::82 dev lo metric 1024\n", []string{"cka-cp-1 unreachable-route"}},
		"another API server's address lost": {addresses + "$ ip route\n" + routes + "blackhole 172.16.0.83\n", []string{"cka-cp-1 unreachable-route"}},
	} {
		got := check(t, spec, parse(t, "cka-cp-1", "$ ip addr\n"+tc.captured))
		if diff := cmp.Diff(tc.want, codes(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, diff, got.Bytes())
		}
	}
}
