// Command uploadcerts reads the ConfigMap kube-system/kubeadm-config and writes
// the file with which kubeadm uploads its certificates again on a machine that
// has more than one container runtime.
//
//	kubectl get configmap -n kube-system kubeadm-config -o yaml |
//		uploadcerts -cri-socket unix:///var/run/cri-dockerd.sock > upload-certs.yaml
//	sudo kubeadm init phase upload-certs --upload-certs --config upload-certs.yaml
//
// Exit status: 0 for success, 2 for input that cannot be used; then nothing is
// written to standard output.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/haplane/haplane/kubeadmcfg"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("uploadcerts", flag.ContinueOnError)
	flags.SetOutput(stderr)
	criSocket := flags.String("cri-socket", "", "the container runtime's `socket`, such as unix:///var/run/containerd/containerd.sock")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	file, err := uploadCertsFile(stdin, *criSocket)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if _, err := stdout.Write(file); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	return 0
}

func uploadCertsFile(in io.Reader, criSocket string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, kubeadmcfg.MaxSize+1))
	if err != nil {
		return nil, err
	}
	stored, err := kubeadmcfg.ParseConfigMap(text)
	if err != nil {
		return nil, err
	}
	return stored.UploadCertsFile(criSocket)
}
