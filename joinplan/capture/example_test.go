package capture_test

import (
	"fmt"

	"github.com/haplane/haplane/joinplan/capture"
)

// A machine's file says which connections its processes have, and when they were
// started: this kubelet uses the old address, whatever its file says by now.
func ExampleParse() {
	c, err := capture.Parse("wk-1.capture", []byte(`haplane capture 1 machine wk-1
@ file 1796074742 /etc/kubernetes/kubelet.conf
| clusters:
| - cluster:
|     server: https://k8s-vip:6443
@ run processes
| 612 kubelet 1796070000
@ exit 0
@ run ss -Htnp
| ESTAB 0 0 192.0.2.21:51000 192.0.2.11:6443 users:(("kubelet",pid=612,fd=12))
@ exit 0
@ end 3
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, process := range c.Processes() {
		fmt.Println(process.Name, "started before its file was changed:", process.Started.Before(c.Files[0].Changed))
	}
	for _, connection := range c.Connections() {
		fmt.Println(connection.Process, "is connected to", connection.Peer)
	}
	// Output:
	// kubelet started before its file was changed: true
	// kubelet is connected to 192.0.2.11:6443
}
