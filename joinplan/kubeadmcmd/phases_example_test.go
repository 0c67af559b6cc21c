package kubeadmcmd_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// The phase that uploads the certificates again takes the CRI socket only from a
// file.
func ExampleUploadCerts_Command() {
	command, err := kubeadmcmd.UploadCerts{ConfigFile: "/etc/kubernetes/kubeadm-upload-certs.yaml"}.Command()
	fmt.Println(command, err)
	// Output:
	// kubeadm init phase upload-certs --upload-certs --config /etc/kubernetes/kubeadm-upload-certs.yaml <nil>
}

// A new join command for workers, of a token that lives two hours.
func ExampleTokenCreate_Command() {
	command, err := kubeadmcmd.TokenCreate{PrintJoinCommand: true, TTL: 2 * time.Hour}.Command()
	fmt.Println(command, err)
	// Output:
	// kubeadm token create --print-join-command --ttl=2h0m0s <nil>
}

// The hash by which machines that join recognise the cluster.
func ExampleCACertHashes() {
	bundle, err := os.ReadFile("testdata/kubeadm-1.37.2/ca.crt")
	if err != nil {
		fmt.Println(err)
		return
	}
	hashes, err := kubeadmcmd.CACertHashes(bundle)
	fmt.Println(hashes, err)
	// Output:
	// [sha256:767d68c68167f38557560a026316bbcbb81df14c280f530439b3c9d5465f2337] <nil>
}

// Give it crypto/rand.Reader; this reader makes a poor token, and the same one
// each time.
func ExampleNewToken() {
	token, err := kubeadmcmd.NewToken(strings.NewReader("not random at all, not random at all"))
	fmt.Println(token, len(token.Reveal()), err)
	// Output:
	// [redacted] 23 <nil>
}
