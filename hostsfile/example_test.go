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
	// block: entries[0].addr: the entry needs an address
	// block: entries[0].names[0]: "bad name; rm" is not a host name: only letters, digits, hyphens and dots are allowed
}

func ExampleFile_Blocks() {
	file := hostsfile.Parse([]byte("127.0.0.1 localhost\n" +
		"# BEGIN haplane cka\n# CKA\n192.168.51.80 k8s-vip\n# END haplane cka\n" +
		"# BEGIN haplane cka-storage\n10.9.0.1 nfs.example.org nfs # filer\n# END haplane cka-storage\n"))
	blocks, err := file.Blocks()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, block := range blocks {
		fmt.Println(block.Name, block.Entries)
	}
	// Output:
	// cka [192.168.51.80 k8s-vip]
	// cka-storage [10.9.0.1 nfs.example.org nfs # filer]
}

func ExampleFile_Lines() {
	file := hostsfile.Parse([]byte("# hosts\n127.0.0.1\tlocalhost\n10.0.0.256 a\n"))
	for line := range file.Lines() {
		if line.Err != nil {
			fmt.Println(line.Err)
			continue
		}
		fmt.Printf("%d %v %q\n", line.Number, line.Kind, line.Text)
	}
	// Output:
	// 1 comment "# hosts"
	// 2 mapping "127.0.0.1\tlocalhost"
	// hosts:3:1: "10.0.0.256" is not an IP address: correct the line or make it a comment
}

func ExampleFile_LookupName() {
	file := hostsfile.Parse([]byte("127.0.0.1 localhost\n::1 localhost ip6-localhost\n"))
	answer, found := file.LookupName("LOCALHOST", hostsfile.AnyFamily)
	fmt.Println(found, answer.Canonical, answer.Addrs)
	// Output:
	// true localhost [127.0.0.1 ::1]
}

func ExampleFile_Check() {
	file := hostsfile.Parse([]byte("127.0.0.1 localhost\n192.168.51.70 k8s-vip\n" + string(lab.Bytes())))
	for _, finding := range file.Check() {
		fmt.Println(finding)
	}
	// Output:
	// hosts:2: k8s-vip: it is 192.168.51.70 here, which comes before 192.168.51.80 in block cka at line 5: programs that take the first address take this one; remove the name here, or let the block adopt it [shadowed]
}

func ExampleFile_Merge() {
	// Debian's installer puts the machine's own name on 127.0.1.1.
	file := hostsfile.Parse([]byte("127.0.0.1 localhost\n127.0.1.1 cka-cp-1 console # installer\n"))
	block := hostsfile.Block{Name: "cka", Entries: lab.Entries[:2]}
	merged, findings, err := file.Merge(block, hostsfile.Adopt)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range findings {
		fmt.Println(finding)
	}
	fmt.Printf("%s", merged.Bytes())
	// Output:
	// hosts:2: cka-cp-1: it is 127.0.1.1 here and 192.168.51.81 in block cka, which adopts it: removed here [adopted]
	// 127.0.0.1 localhost
	// 127.0.1.1 console # installer
	// # BEGIN haplane cka
	// 192.168.51.80 k8s-vip
	// 192.168.51.81 cka-cp-1
	// # END haplane cka
}

func ExampleFile_Repair() {
	// Somebody deleted the end marker.
	file := hostsfile.Parse([]byte("# BEGIN haplane cka\n192.168.51.80 k8s-vip\n\n10.0.0.9 printer\n"))
	_, err := file.SetBlock(lab)
	fmt.Println(err)
	mended, err := file.Repair("cka", hostsfile.CloseBlock)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", mended.Bytes())
	// Output:
	// hosts:1:1: block cka begins here and has no end: choose a repair (remove-markers, close-block)
	// # BEGIN haplane cka
	// 192.168.51.80 k8s-vip
	// # END haplane cka
	//
	// 10.0.0.9 printer
}

func ExampleBlock_Warnings() {
	block := hostsfile.Block{
		Name:    "cka",
		Entries: []hostsfile.Entry{{Addr: netip.MustParseAddr("192.168.51.81"), Names: []string{"cka_cp_1"}}},
	}
	for _, warning := range block.Warnings() {
		fmt.Println(warning)
	}
	// Output:
	// entries[0].names[0]: RFC 1123 has no underscores in host names: Kubernetes and certificates refuse them
}
