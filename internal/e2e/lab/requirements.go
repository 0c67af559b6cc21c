package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Install is the command that brings a Debian or Ubuntu machine what a lab
// needs.
const Install = "apt-get install -y --no-install-recommends haproxy containerd runc containernetworking-plugins iproute2 conntrack socat ethtool iptables util-linux"

// programs are what machines and the lab run of this machine's.
var programs = []string{"haproxy", "containerd", "ctr", "runc", "ip", "conntrack", "socat", "ethtool", "iptables", "nsenter", "mount", "install"}

// path is where the programs of machines are found, after the lab's own.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var cniDirs = []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"}

// checkRequirements gives the directory of the CNI plugins, or everything that
// is missing.
func checkRequirements() (string, error) {
	var missing []string
	for _, program := range programs {
		if !installed(program) {
			missing = append(missing, program)
		}
	}
	cni := ""
	for _, dir := range cniDirs {
		if _, err := os.Stat(filepath.Join(dir, "ptp")); err == nil && cni == "" {
			cni = dir
		}
	}
	if cni == "" {
		missing = append(missing, "the CNI plugins ptp and host-local in one of "+strings.Join(cniDirs, ", "))
	}
	var errs []error
	if len(missing) > 0 {
		errs = append(errs, fmt.Errorf("missing on this machine: %s; on Debian run: %s", strings.Join(missing, ", "), Install))
	}
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("a lab makes namespaces and mounts: run it as root"))
	}
	return cni, errors.Join(errs...)
}

func installed(program string) bool {
	if _, err := exec.LookPath(program); err == nil {
		return true
	}
	for dir := range strings.SplitSeq(path, ":") {
		if _, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return true
		}
	}
	return false
}

// takeLock keeps a second lab away. A socket with an abstract name is no file:
// the kernel takes it back when the process ends.
func takeLock() (net.Listener, error) {
	lock, err := net.Listen("unix", "@"+prefix)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another lab is open on this machine: %w", err)
	}
	return lock, err
}
