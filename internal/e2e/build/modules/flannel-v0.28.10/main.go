// Command flanneld is flannel's daemon for clusters, made of flannel's own
// packages with the one backend that the lab needs: flannel's command would
// bring those of every cloud. It first writes the configuration of the pod
// network that it is given, as flannel's manifest has an init container do.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/flannel-io/flannel/pkg/backend"
	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet/kube"
)

func main() {
	iface := flag.String("iface", "eth0", "the `interface` by which other machines are reached")
	network := flag.String("net-config", "/etc/kube-flannel/net-conf.json", "the `file` that says which network is shared out")
	from := flag.String("cni-conf", "/etc/kube-flannel/cni-conf.json", "the `file` that is installed for the container runtime")
	to := flag.String("cni-conf-to", "/etc/cni/net.d/10-flannel.conflist", "the `file` that the container runtime reads")
	subnet := flag.String("subnet-file", "/run/flannel/subnet.env", "the `file` that the network plugin reads")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := install(*from, *to)
	if err == nil {
		err = run(ctx, *iface, *network, *subnet)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "flanneld:", err)
		os.Exit(1)
	}
}

// install puts the whole file there in one step.
func install(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}

// run takes the subnet of this node and keeps the routes to those of the others.
func run(ctx context.Context, iface, network, subnetFile string) error {
	manager, err := kube.NewSubnetManager(ctx, "", "", "flannel.alpha.coreos.com", network, false)
	if err != nil {
		return err
	}
	config, err := manager.GetNetworkConfig(ctx)
	if err != nil {
		return err
	}
	stack, err := ipmatch.GetIPFamily(config.EnableIPv4, config.EnableIPv6)
	if err != nil {
		return err
	}
	external, err := ipmatch.LookupExtIface(iface, "", "", stack, ipmatch.PublicIPOpts{})
	if err != nil {
		return err
	}
	chosen, err := backend.NewManager(ctx, manager, external).GetBackend(config.BackendType)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	leased, err := chosen.RegisterNetwork(ctx, &running, config)
	if err != nil {
		return err
	}
	lease := leased.Lease()
	if err := manager.HandleSubnetFile(subnetFile, config, false, lease.Subnet, lease.IPv6Subnet, leased.MTU()); err != nil {
		return err
	}
	running.Go(func() { leased.Run(ctx) })
	err = manager.CompleteLease(ctx, lease, &running)
	running.Wait()
	return err
}
