// Package hostcheck compares what hosts say of themselves with a cluster's
// description: a typo on a host shows only there.
//
// [Parse] reads what a host printed into a [Capture]; [Check] compares captures
// with a [cluster.Spec] and with each other, and gives a [Report]. Each
// [Finding] has a code, the evidence as the host printed it, what it means and
// what to do.
//
// What the package looks for:
//
//   - routes that keep a host from machines of the cluster: [UnreachableRoute],
//     [NoRoute], [LinkDown], [Detour];
//   - addresses with another prefix length than described: [PrefixDiffers].
//
// Routes are judged as the kernel does it: of all that match an address the
// longest prefix counts. So the unreachable and blackhole routes that Calico
// sets for blocks of pods are no findings, unless they cover a machine.
//
// The package runs nothing on hosts, and knows only the main routing table: no
// ip rules, no network namespaces, no packet filters.
//
// The formats are those of ip-route(8) of iproute2.
package hostcheck
