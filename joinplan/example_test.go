package joinplan_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const description = `
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
podSubnets: [10.244.0.0/16]
loadBalancers: [{name: lb-1, address: 192.168.51.80/24}]
controlPlanes:
- {name: cp-1, address: 192.168.51.81/24}
- {name: cp-2, address: 192.168.51.82/24}
- {name: cp-3, address: 192.168.51.83/24}
workers: [{name: wk-1, address: 192.168.51.84/24}]
`

func ExampleCreate() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err) // every error of the file, each with its line
		return
	}
	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		fmt.Println(step.ID)
	}
	// Output:
	// hosts/lb-1
	// hosts/cp-1
	// hosts/cp-2
	// hosts/cp-3
	// hosts/wk-1
	// ca/cp-1
	// load-balancer/lb-1
	// init/cp-1
	// pod-network/cp-1
	// token/cp-1
	// join/wk-1
	// upload-certs/cp-1
	// join/cp-2
	// join/cp-3
	// verify/cp-1
}

// What kubeadm printed gives the credentials that the joins wait for.
func ExampleCreate_credentials() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	printed := "kubeadm join k8s-vip:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:" + strings.Repeat("0123456789abcdef", 4)
	credentials, err := kubeadmcmd.ParseCredentials(printed, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Create(joinplan.Input{Spec: spec, Credentials: credentials, Now: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		if step.Awaits != "" {
			fmt.Printf("%s awaits %s\n", step.ID, step.Awaits)
		}
	}
	fmt.Println("valid until", plan.Credentials.Expires())
	// Output:
	// join/cp-2 awaits the certificate key that step upload-certs/cp-1 prints
	// join/cp-3 awaits the certificate key that step upload-certs/cp-1 prints
	// valid until 2026-05-02 12:00:00 +0000 UTC
}

func ExampleHAProxyConfig() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(string(config.Bytes())) {
		if strings.HasPrefix(line, "frontend kube-apiserver\n") || strings.HasSuffix(line, ":6443\n") && strings.HasPrefix(line, "    bind ") {
			fmt.Print(line)
		}
	}
	// Output:
	// frontend kube-apiserver
	//     bind 0.0.0.0:6443
}

func ExampleHostsBlock() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	block, err := joinplan.HostsBlock(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = block.WriteTo(os.Stdout)
	// Output:
	// # BEGIN haplane kubernetes
	// # Cluster kubernetes
	// 192.168.51.80 k8s-vip lb-1
	// 192.168.51.81 cp-1
	// 192.168.51.82 cp-2
	// 192.168.51.83 cp-3
	// 192.168.51.84 wk-1
	// # END haplane kubernetes
}

func ExampleCheck_Judge() {
	check := joinplan.Check{
		Host:     "cp-1",
		Commands: []kubeadmcmd.Command{kubeadmcmd.NewCommand("kubectl", "get", "nodes", "-o", "json")},
		Kind:     joinplan.CheckReady,
		Want:     []string{"cp-1", "cp-2"},
	}
	printed := `{"items": [{"metadata": {"name": "cp-1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}`
	fmt.Println(check.Judge(joinplan.Output{Stdout: []byte(printed)}))
	// Output:
	// cp-1: no such node yet: cp-2
}
