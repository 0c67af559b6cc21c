package joinplan_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const printedByKubeadm = `kubeadm join k8s-vip:6443 --token abcdef.0123456789abcdef \
	--discovery-token-ca-cert-hash sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b
[upload-certs] Using certificate key:
8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31
`

// One machine's file, from the description and what kubeadm printed.
func ExampleJoinFile() {
	spec, specErr := cluster.Parse([]byte(description))
	credentials, err := kubeadmcmd.ParseCredentials(printedByKubeadm, now)
	if err := errors.Join(specErr, err); err != nil {
		fmt.Println(err)
		return
	}
	file, err := joinplan.JoinFile(spec, "cp-2", credentials)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = file.WriteTo(os.Stdout)
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: JoinConfiguration
	// discovery:
	//   bootstrapToken:
	//     apiServerEndpoint: k8s-vip:6443
	//     token: abcdef.0123456789abcdef
	//     caCertHashes:
	//     - sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b
	// nodeRegistration:
	//   name: cp-2
	//   criSocket: unix:///var/run/containerd/containerd.sock
	//   kubeletExtraArgs:
	//   - name: node-ip
	//     value: 192.168.51.82
	// controlPlane:
	//   localAPIEndpoint:
	//     advertiseAddress: 192.168.51.82
	//   certificateKey: "8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31"
}

// The same in flags, printed without the secrets.
func ExampleJoinCommand() {
	spec, specErr := cluster.Parse([]byte(description))
	credentials, err := kubeadmcmd.ParseCredentials(printedByKubeadm, now)
	if err := errors.Join(specErr, err); err != nil {
		fmt.Println(err)
		return
	}
	command, err := joinplan.JoinCommand(spec, "wk-1", credentials)
	fmt.Println(command, err)
	// Output:
	// kubeadm join k8s-vip:6443 --token [redacted] --discovery-token-ca-cert-hash sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b --cri-socket=unix:///var/run/containerd/containerd.sock --node-name=wk-1 <nil>
}

func ExampleUploadCertsFile() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := joinplan.UploadCertsFile(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = file.WriteTo(os.Stdout)
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// clusterName: kubernetes
	// controlPlaneEndpoint: k8s-vip:6443
	// networking:
	//   serviceSubnet: 10.96.0.0/12
	//   podSubnet: 10.244.0.0/16
	//   dnsDomain: cluster.local
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: InitConfiguration
	// nodeRegistration:
	//   criSocket: unix:///var/run/containerd/containerd.sock
}

// What an orchestrator keeps, and reads back in another process.
func ExamplePlan_ParseProgress() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	progress := plan.NewProgress().With(joinplan.StepProgress{ID: joinplan.KindHosts.Step("cp-1"), State: joinplan.StepDone, Time: now})
	kept := progress.Bytes()

	progress, err = plan.ParseProgress(kept)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Ready(progress.Done()) {
		fmt.Println(step.ID)
	}
	// Output:
	// hosts/lb-1
	// hosts/cp-2
	// hosts/cp-3
	// hosts/wk-1
	// ca/cp-1
}

// What a file holds shows itself only where that was meant.
func ExampleContent_Reveal() {
	secret := joinplan.NewSecretContent([]byte("token: abcdef.0123456789abcdef\n"))
	fmt.Println(secret)
	fmt.Print(string(secret.Reveal()))
	// Output:
	// [redacted]
	// token: abcdef.0123456789abcdef
}

// What etcdctl prints, held to the members that the description makes.
func ExampleExpectedEtcd() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	sample, err := etcdcheck.ParseAs([]byte(onlyTheFirst), etcdcheck.EndpointStatus, etcdcheck.Simple)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample, Expect: joinplan.ExpectedEtcd(spec)})
	fmt.Println(report.Verdict)
	for _, expected := range joinplan.ExpectedEtcd(spec) {
		fmt.Println(expected.Name, expected.Endpoint)
	}
	// Output:
	// quorum lost
	// cp-1 https://192.168.51.81:2379
	// cp-2 https://192.168.51.82:2379
	// cp-3 https://192.168.51.83:2379
}

const onlyTheFirst = "https://192.168.51.81:2379, 7be191c78888168, 3.7.3, 3.7.0, 4.4 MB, 2.0 MB, 55%, 0 B, true, false, 6, 1, 1, , , false\n"
