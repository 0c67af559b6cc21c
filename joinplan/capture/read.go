package capture

import (
	"bytes"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Run gives what a command printed, by its label.
func (c Capture) Run(label string) (Run, bool) {
	for _, r := range c.Runs {
		if r.Label == label {
			return r, true
		}
	}
	return Run{}, false
}

// Objects gives what kubectl printed, each command's output alone, with the
// errors that say what is not there or not allowed: what cluster.ParseState and
// cluster.ParseObjects read.
func (c Capture) Objects() [][]byte {
	var all [][]byte
	for _, r := range c.Runs {
		if !strings.HasPrefix(r.Label, "kubectl get ") {
			continue
		}
		text := bytes.Clone(r.Output)
		for line := range bytes.Lines(r.Complaints) {
			if bytes.HasPrefix(line, []byte("Error from server (")) {
				text = append(text, line...)
			}
		}
		if len(bytes.TrimSpace(text)) > 0 {
			all = append(all, text)
		}
	}
	return all
}

// Etcd gives what etcdctl printed and complained of, for etcdcheck.Parse. It is
// empty where etcd was not asked.
func (c Capture) Etcd() []byte {
	var text []byte
	for _, r := range c.Runs {
		if strings.HasPrefix(r.Label, "etcdctl ") {
			text = append(append(append(text, r.Output...), '\n'), r.Complaints...)
		}
	}
	return text
}

// hostLabels begin the labels of what hostcheck reads.
var hostLabels = regexp.MustCompile(`^(ip addr|ip route|ip -6 route|getent hosts .*|cat /etc/machine-id|cat /sys/class/dmi/id/product_uuid|kubeadm certs check-expiration|date)$`)

// kubeadmsKubeconfigs are those whose servers hostcheck compares.
var kubeadmsKubeconfigs = regexp.MustCompile(`^/etc/kubernetes/(admin|super-admin|controller-manager|scheduler|kubelet)\.conf$`)

// HostText gives what the machine says of itself, as hostcheck.Parse reads it.
func (c Capture) HostText() string {
	var b strings.Builder
	for _, r := range c.Runs {
		if hostLabels.MatchString(r.Label) {
			fmt.Fprintf(&b, "$ %s\n%s", r.Label, r.Output)
		}
	}
	for _, f := range c.Files {
		if !kubeadmsKubeconfigs.MatchString(f.Path) {
			continue
		}
		for line := range strings.Lines(string(f.Content)) {
			if strings.HasPrefix(strings.TrimSpace(line), "server:") {
				fmt.Fprintf(&b, "%s:%s\n", f.Path, strings.TrimRight(line, "\r\n"))
			}
		}
	}
	return b.String()
}

// Process is a process that ran when the capture was made.
type Process struct {
	// ID is its number.
	ID int
	// Name is that of the program, cut after 15 characters, as the kernel has it.
	Name string
	// Started is when it was started, to the second, by the machine's clock. A
	// process that was started before its file was changed uses the file as it was.
	Started time.Time
}

// Processes gives those of Kubernetes, etcd, containers and load balancers.
// Lines that are none are left out.
func (c Capture) Processes() []Process {
	r, _ := c.Run("processes")
	var all []Process
	for line := range strings.Lines(string(r.Output)) {
		var p Process
		var started int64
		if _, err := fmt.Sscanf(line, "%d %s %d\n", &p.ID, &p.Name, &started); err == nil {
			p.Started = time.Unix(started, 0).UTC()
			all = append(all, p)
		}
	}
	return all
}

// Connection is a TCP connection that a process of the machine had open.
type Connection struct {
	// Process and ID are those of the first process that has it.
	Process     string
	ID          int
	Local, Peer netip.AddrPort
}

var usedBy = regexp.MustCompile(`users:\(\("([^"]*)",pid=([0-9]+),`)

// Connections gives the established connections whose process is known, as ss
// prints them. Lines that are none are left out.
func (c Capture) Connections() []Connection {
	r, _ := c.Run("ss -Htnp")
	var all []Connection
	for line := range strings.Lines(string(r.Output)) {
		words := strings.Fields(line)
		process := usedBy.FindStringSubmatch(line)
		if len(words) < 5 || words[0] != "ESTAB" || process == nil {
			continue
		}
		local, localErr := socketAddress(words[3])
		peer, peerErr := socketAddress(words[4])
		id, idErr := strconv.Atoi(process[2])
		if localErr == nil && peerErr == nil && idErr == nil {
			all = append(all, Connection{Process: process[1], ID: id, Local: local, Peer: peer})
		}
	}
	return all
}

// socketAddress reads an address as ss prints it: with a device behind the
// address, or an IPv4 address in the notation of IPv6.
func socketAddress(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, "%")
	if port != "" {
		closing := ""
		if strings.HasPrefix(host, "[") {
			closing = "]"
		}
		text = host + closing + port[strings.LastIndexByte(port, ':'):]
	}
	addr, err := netip.ParseAddrPort(text)
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), err
}

// Leftovers gives the paths of what a conversion puts on a machine for a while,
// as far as they are there.
func (c Capture) Leftovers() []string {
	r, _ := c.Run("leftovers")
	var paths []string
	for line := range strings.Lines(string(r.Output)) {
		if path := strings.TrimRight(line, "\r\n"); strings.HasPrefix(path, "/") {
			paths = append(paths, path)
		}
	}
	return paths
}

// Taken gives when the capture was made, by the machine's clock; zero where that
// is not known.
func (c Capture) Taken() time.Time {
	r, _ := c.Run("date")
	at, _ := time.Parse(time.RFC3339, strings.TrimSpace(string(r.Output)))
	return at
}

// OfCluster gives, of the captures of control planes that reached the API, the
// one that was taken last: what the cluster knows counts once. It reports false
// where none did.
func OfCluster(captures []Capture) (Capture, bool) {
	var latest Capture
	found := false
	for _, c := range captures {
		if r, ok := c.Run("kubectl get nodes"); ok && r.Status == 0 && (!found || c.Taken().After(latest.Taken())) {
			latest, found = c, true
		}
	}
	return latest, found
}
