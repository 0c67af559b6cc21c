package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// Sockets of the container runtime on every machine that is not a load
// balancer. Both lead to the same runtime, and both are live.
const (
	ContainerdSocket = "unix:///run/containerd/containerd.sock"
	SecondSocket     = "unix:///var/run/cri-dockerd.sock"
)

func (h *Host) describe() machine.Machine {
	m := machine.Machine{
		Name:        h.Name,
		State:       h.state(),
		Overlays:    []string{"/etc", "/var/lib", "/var/log", "/root"},
		Hierarchies: machineGroups(h.lab.groups, h.Name),
		Path:        h.lab.bin() + ":" + path,
	}
	if h.Role == LoadBalancer {
		m.Overlays = append(m.Overlays, "/dev")
		m.Syslog = true
		m.Units = []machine.Unit{haproxyUnit()}
		return m
	}
	m.Volumes = []string{"/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd", "/var/log/pods"}
	m.Units = []machine.Unit{
		{Name: "containerd", Start: []string{"containerd"}, Enabled: true},
		{Name: "second-runtime", Start: []string{"socat", "UNIX-LISTEN:/run/cri-dockerd.sock,fork,unlink-early", "UNIX-CONNECT:/run/containerd/containerd.sock"}},
		kubeletUnit(),
	}
	return m
}

func haproxyUnit() machine.Unit {
	const file = "/etc/haproxy/haproxy.cfg"
	return machine.Unit{
		Name:    "haproxy",
		Start:   []string{"haproxy", "-Ws", "-f", file, "-p", "/run/haproxy.pid"},
		Check:   []string{"haproxy", "-c", "-q", "-f", file},
		Reloads: true,
	}
}

// kubeletUnit is what the kubelet's package and kubeadm's drop-in file make of
// it together.
func kubeletUnit() machine.Unit {
	const script = `if [ -f /var/lib/kubelet/kubeadm-flags.env ]; then . /var/lib/kubelet/kubeadm-flags.env; fi
exec kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf \
	--config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS`
	return machine.Unit{Name: "kubelet", Start: []string{"/bin/sh", "-c", script}, Enabled: true}
}

// stageRuntime writes the settings of the container runtime and of the pod
// network, which are on a machine before kubeadm comes.
func (h *Host) stageRuntime() error {
	runtime := fmt.Sprintf(`version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %q
    conf_dir = "/etc/cni/net.d"
`, h.lab.Artifacts.PauseImage, h.lab.cni)
	if err := h.stage("containerd/config.toml", runtime); err != nil || h.lab.PodNetwork {
		return err
	}
	network := fmt.Sprintf(`{"cniVersion": "0.4.0", "name": "lab", "plugins": [{"type": "ptp", "ipMasq": false,
 "ipam": {"type": "host-local", "subnet": "10.244.%d.0/24"}}]}
`, h.number)
	return h.stage("cni/net.d/10-lab.conflist", network)
}

// stage writes a file below /etc of a machine that was never on.
func (h *Host) stage(name, content string) error {
	file := filepath.Join(h.state(), "overlays/etc/upper", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o644)
}

func (h *Host) importImages(ctx context.Context) error {
	err := Poll(ctx, time.Minute, "containerd answers", func(ctx context.Context) error {
		_, err := h.Run(ctx, "ctr", "version")
		return err
	})
	if err != nil {
		return err
	}
	images := h.lab.Artifacts.NodeImages
	if h.Role == ControlPlane {
		images = append(images[:len(images):len(images)], h.lab.Artifacts.ControlPlaneImages...)
	}
	for _, image := range images {
		if err := h.importImage(ctx, image); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) importImage(ctx context.Context, file string) error {
	archive, err := os.Open(file)
	if err != nil {
		return err
	}
	defer archive.Close()
	_, err = h.RunInput(ctx, archive, "ctr", "-n", "k8s.io", "images", "import", "-")
	return err
}
