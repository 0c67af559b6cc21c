// Package hostcheck compares what hosts say of themselves with a cluster's
// description: a typo on a host shows only there.
//
// [Script] has a host say everything, in text that [Parse] reads into a
// [Capture]; the output of any of its commands alone will do too, and so will
// that of their JSON forms. [Check] compares captures with a [cluster.Spec]
// and with each other, and gives a [Report]. Each [Finding] has a code, what the
// host printed, what it means and what to do.
//
// What was not understood is said, and is not health: such lines are the
// [Capture]'s Gaps and a finding, [NotUnderstood].
//
// What the package looks for:
//
//   - routes that keep a host from machines of the cluster: [UnreachableRoute],
//     [NoRoute], [LinkDown], [HopDown], [Detour]; and from Services and the rest of
//     the world: [ServiceRoute], [NoDefault], [DefaultElsewhere];
//   - addresses: [PrefixDiffers], [AddressMissing], [AddressTaken];
//   - names and kubeconfigs: [NameDiffers], [NameUnresolved], [NameLoopback],
//     [ServerDiffers];
//   - certificates: [CertificateEnds], [AuthorityEnds], [CertificateMissing],
//     [CertificateRefused];
//   - machines that are not what they should be: [Clone], [ClockSkew],
//     [ClockUnsynchronized];
//   - captures that show less than they seem to: [NotUnderstood],
//     [NothingCompared].
//
// Routes are judged as the kernel does it: of all that match an address the
// longest prefix counts. So the unreachable and blackhole routes that Calico
// sets for blocks of pods are no findings, unless they cover a machine.
//
// The package runs nothing and reads no clock. It knows only the main routing
// table: no ip rules, no network namespaces, no packet filters.
//
// All functions and methods are safe for concurrent use.
//
// The formats are those of ip-route(8) and ip-address(8) of iproute2, of
// getent(1) and hosts(5), route(8), timedatectl(1), chronyc(1), and of kubeadm certs
// check-expiration.
package hostcheck
