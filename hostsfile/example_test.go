package hostsfile_test

import (
	"fmt"
	"net/netip"

	"github.com/haplane/haplane/hostsfile"
)

// lab is the block of the reference lab: one load balancer, three control
// planes, three workers.
var lab = hostsfile.Block{
	Name:    "cka",
	Comment: "CKA",
	Entries: []hostsfile.Entry{
		{Addr: netip.MustParseAddr("192.168.51.80"), Names: []string{"k8s-vip"}},
		{Addr: netip.MustParseAddr("192.168.51.81"), Names: []string{"cka-cp-1"}},
		{Addr: netip.MustParseAddr("192.168.51.82"), Names: []string{"cka-cp-2"}},
		{Addr: netip.MustParseAddr("192.168.51.83"), Names: []string{"cka-cp-3"}},
		{Addr: netip.MustParseAddr("192.168.51.84"), Names: []string{"cka-wk-1"}},
		{Addr: netip.MustParseAddr("192.168.51.85"), Names: []string{"cka-wk-2"}},
		{Addr: netip.MustParseAddr("192.168.51.86"), Names: []string{"cka-wk-3"}},
	},
}

func ExampleFile_SetBlock() {
	file := hostsfile.Parse([]byte("127.0.0.1\tlocalhost\n"))
	file, err := file.SetBlock(lab)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", file.Bytes())
	// Output:
	// 127.0.0.1	localhost
	// # BEGIN haplane cka
	// # CKA
	// 192.168.51.80 k8s-vip
	// 192.168.51.81 cka-cp-1
	// 192.168.51.82 cka-cp-2
	// 192.168.51.83 cka-cp-3
	// 192.168.51.84 cka-wk-1
	// 192.168.51.85 cka-wk-2
	// 192.168.51.86 cka-wk-3
	// # END haplane cka
}

func ExampleBlock_Validate() {
	block := hostsfile.Block{
		Name:    "cka",
		Entries: []hostsfile.Entry{{Names: []string{"bad name; rm"}}},
	}
	fmt.Println(block.Validate())
	// Output:
	// entries[0].addr: the entry needs an address
	// entries[0].names[0]: "bad name; rm" is not a host name: only letters, digits, hyphens and dots are allowed
}
