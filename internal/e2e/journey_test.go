package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// A cluster of one control plane and one worker grows to three control planes,
// on machines with two container runtimes.
func TestJourney(t *testing.T) {
	spec := describe(build.V1_37, 3, 1)
	spec.CRISocket = lab.SecondSocket
	d := deploy(t, "The journey: from one control plane to three, with two live CRI sockets", build.V1_37, spec)
	d.startSecondRuntimes(t)
	d.installKubeadm(t, "v1.30.4")

	t.Run("without our files kubeadm stops at two runtimes", d.stopsAtTwoRuntimes)

	full := d.spec
	d.spec.ControlPlanes = full.ControlPlanes[:1]
	d.create(t)
	d.scaleOut(t, full)
	t.Run("the cluster is highly available", d.isHighlyAvailable)
	t.Run("with our files kubeadm goes through", d.goesThroughWithFiles)
}

// startSecondRuntimes brings a second socket of a container runtime to life on
// every node.
func (d *deployment) startSecondRuntimes(t *testing.T) {
	t.Helper()
	for _, name := range d.nodeNames() {
		host := d.host(t, name)
		run(t, host, "systemctl", "enable", "--now", "second-runtime")
		err := lab.Poll(interrupted, 30*time.Second, "both sockets of "+name+" answer", func(ctx context.Context) error {
			for _, socket := range []string{lab.ContainerdSocket, lab.SecondSocket} {
				if _, err := host.Run(ctx, "ctr", "-a", strings.TrimPrefix(socket, "unix://"), "version"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (d *deployment) installKubeadm(t *testing.T, version string) {
	t.Helper()
	program, err := newBuilder(t).Program(interrupted, build.Release{Kubernetes: version}, "kubeadm")
	if err == nil {
		err = d.lab.Install(program, "kubeadm-"+version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const multipleRuntimes = "ound multiple CRI endpoints on the host"

// stopsAtTwoRuntimes shows what the files are for.
func (d *deployment) stopsAtTwoRuntimes(t *testing.T) {
	host := d.host(t, d.spec.ControlPlanes[0].Name)
	const file = "/root/without-socket.yaml"
	for program, version := range map[string]kubeadmcfg.Version{"kubeadm": kubeadmcfg.V1Beta4, "kubeadm-v1.30.4": kubeadmcfg.V1Beta3} {
		text := fmt.Sprintf("apiVersion: kubeadm.k8s.io/%s\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.4\n", version)
		if program == "kubeadm" {
			text = strings.Replace(text, "v1.30.4", d.spec.KubernetesVersion, 1)
		}
		if err := host.WriteFile(interrupted, file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, arguments := range []string{
			"init --config " + file,
			"join k8s-vip:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
			"reset --force",
			"init phase upload-config kubeadm --config " + file,
			"config migrate --old-config " + file,
		} {
			result, err := host.Run(interrupted, append([]string{program}, strings.Fields(arguments)...)...)
			if err == nil || !strings.Contains(string(result.Stderr), multipleRuntimes) {
				t.Errorf("%s %s: got %v; want the error that it found two runtimes\n%s%s", program, arguments, err, result.Stdout, result.Stderr)
			}
		}
	}
	d.tell("Without a CRI socket in a file `init`, `join`, `reset`, `init phase upload-config` and `config migrate` stop at %q, with kubeadm v1.30.4 and %s.", "found multiple CRI endpoints", d.spec.KubernetesVersion)
}

// goesThroughWithFiles takes a worker out and lets it join again.
func (d *deployment) goesThroughWithFiles(t *testing.T) {
	first, worker := d.host(t, d.spec.ControlPlanes[0].Name), d.spec.Workers[0]
	run(t, first, "kubeadm", "config", "migrate", "--old-config", joinplan.InitPath)
	run(t, first, "kubeadm", "init", "phase", "upload-config", "kubeadm", "--config", joinplan.InitPath)

	reset, err := kubeadmcmd.Reset{Force: true, CRISocket: d.spec.CRISocket}.Command()
	if err != nil {
		t.Fatal(err)
	}
	run(t, d.host(t, worker.Name), reset.Argv()...)
	d.kubectl(t, first.Name, "delete", "node", worker.Name)
	d.scaleOut(t, d.spec)
	d.awaitNodes(t, first.Name, d.nodeNames()...)
	d.tell("With the library's files and commands `init`, `join`, `reset`, `init phase upload-config` and `config migrate` go through.")
}
