package kubeadmcmd_test

import (
	"fmt"
	"time"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const joinCommand = `kubeadm join k8s-vip:6443 --token is509p.9renby6xx0b6r3vt \
	--discovery-token-ca-cert-hash sha256:767d68c68167f38557560a026316bbcbb81df14c280f530439b3c9d5465f2337
`

const uploadedCerts = `[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace
[upload-certs] Using certificate key:
915251b051626910d0b035e177e2e99f613e67b23058fa18c8feb2ffea1d636e
`

// The token comes from one text and the certificate key from another, which
// was captured three hours later.
func Example() {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	token, err := kubeadmcmd.ParseCredentials(joinCommand, noon)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := kubeadmcmd.ParseCredentials(uploadedCerts, noon.Add(3*time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	credentials, err := token.Merge(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	join, err := kubeadmcmd.Join{
		Endpoint:       credentials.Endpoint,
		Token:          credentials.Token,
		CACertHashes:   credentials.CACertHashes,
		ControlPlane:   true,
		CertificateKey: credentials.CertificateKey,
		CRISocket:      "unix:///var/run/cri-dockerd.sock",
	}.Command()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(join)
	fmt.Println("expires", credentials.Expires())
	fmt.Println(credentials.Expired(noon.Add(6 * time.Hour)))
	// Output:
	// kubeadm join k8s-vip:6443 --control-plane --token [redacted] --discovery-token-ca-cert-hash sha256:767d68c68167f38557560a026316bbcbb81df14c280f530439b3c9d5465f2337 --certificate-key [redacted] --cri-socket=unix:///var/run/cri-dockerd.sock
	// expires 2026-11-22 17:00:00 +0000 UTC
	// certificateKey: Forbidden: expired at 2026-11-22T17:00:00Z: upload the certificates again with kubeadm init phase upload-certs --upload-certs on a control plane
}

func ExampleJoin_Command() {
	join := kubeadmcmd.Join{
		Endpoint:       "k8s-vip",
		Token:          kubeadmcmd.NewSecret("is509p.9renby6xx0b6r3vt"),
		CertificateKey: kubeadmcmd.NewSecret("915251b051626910d0b035e177e2e99f613e67b23058fa18c8feb2ffea1d636e"),
	}
	_, err := join.Command()
	fmt.Println(err)
	// Output:
	// endpoint: Invalid value: "k8s-vip": must be an address or a lower-case DNS name with a port, such as k8s-vip:6443 or [fd00::1]:6443
	// caCertHashes: Required value: without them nobody proves that the endpoint is this cluster's; CACertHashes reads them from ca.crt
	// certificateKey: Forbidden: only a control plane uses it, and kubeadm would join a worker: set controlPlane or leave the key out
}

func ExampleCommand_ShellLines() {
	join, err := kubeadmcmd.ParseJoin(joinCommand)
	if err != nil {
		fmt.Println(err)
		return
	}
	join.NodeName = "it's me"
	join.CRISocket = "unix:///var/run/cri-dockerd.sock"
	command, err := join.Command()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(command.Sudo().ShellLines())
	// Output:
	// sudo kubeadm join k8s-vip:6443 \
	//   --token is509p.9renby6xx0b6r3vt \
	//   --discovery-token-ca-cert-hash sha256:767d68c68167f38557560a026316bbcbb81df14c280f530439b3c9d5465f2337 \
	//   --cri-socket=unix:///var/run/cri-dockerd.sock \
	//   '--node-name=it'\''s me'
}

func ExampleParseJoin_errors() {
	_, err := kubeadmcmd.ParseJoin("sudo kubeadm join k8s-vip:6443 –control-plane \\\n  --token $TOKEN\n")
	fmt.Println(err)
	_, err = kubeadmcmd.ParseJoin("sudo kubeadm join https://k8s-vip:6443 –control-plane --token is509p\n")
	fmt.Println(err)
	// Output:
	// kubeadm:2:11: only a shell can expand this: write the value itself
	// kubeadm:1:19: this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443
	// kubeadm:1:40: this dash is typographic: type two plain ones
	// kubeadm:1:63: this is no bootstrap token: want 6, a dot and 16 of a-z0-9
}

func ExampleInit_Command() {
	command, err := kubeadmcmd.Init{ConfigFile: "/etc/kubernetes/kubeadm-init.yaml", UploadCerts: true}.Command()
	fmt.Println(command, err)
	// Output:
	// kubeadm init --config /etc/kubernetes/kubeadm-init.yaml --upload-certs <nil>
}
