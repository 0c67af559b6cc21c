package keepalivedcfg_test

import (
	"net/netip"
	"os"

	"github.com/haplane/haplane/haproxycfg/keepalivedcfg"
)

// Two load balancers share an address, which is with the one whose HAProxy serves.
func ExampleVirtualAddresses() {
	shared := keepalivedcfg.VirtualAddresses{
		Hosts: []keepalivedcfg.Host{
			{Name: "lb-1", Interface: "eth0", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.11")}},
			{Name: "lb-2", Interface: "eth0", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.12")}},
		},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")},
	}
	os.Stdout.Write(shared.Config("lb-1").Bytes())
	// Output:
	// # Written by haplane. The virtual addresses follow this machine's own HAProxy.
	//
	// global_defs {
	//     router_id lb-1
	//     script_user root
	//     enable_script_security
	// }
	//
	// vrrp_script haproxy {
	//     script "/usr/libexec/keepalived/check-haproxy"
	//     interval 1
	//     timeout 1
	//     fall 1
	//     rise 2
	//     init_fail
	// }
	//
	// vrrp_instance ipv4 {
	//     state BACKUP
	//     nopreempt
	//     interface eth0
	//     virtual_router_id 10
	//     priority 250
	//     version 3
	//     advert_int 1
	//     unicast_src_ip 192.0.2.11
	//     unicast_peer {
	//         192.0.2.12
	//     }
	//     check_unicast_src
	//     virtual_ipaddress {
	//         192.0.2.10/24
	//     }
	//     track_script {
	//         haproxy
	//     }
	// }
}
