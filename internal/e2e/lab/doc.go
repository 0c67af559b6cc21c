// Package lab makes machines out of namespaces on one Linux machine, as root:
// each has a network interface, a mount table, a host name, a process tree and
// control groups of its own, a first process that keeps containerd, the kubelet
// and HAProxy running, and a systemctl. A [Lab] is the network that joins them,
// a [Host] one machine. Nothing leaves the lab.
//
// [Open] takes the machine for itself, and first removes what an earlier run
// left, however it ended. Machines die with the process that opened the lab;
// [Lab.Close] removes the rest: directories, control groups, and what was changed
// of the kernel's settings. What a lab keeps is below a directory that only root
// can make, and is refused where it could be from anybody else.
package lab
