// Package messages explains what kubeadm, etcd, HAProxy and clients of the API
// print when something is wrong: [Explain] takes a text, such as the end of a log,
// and gives the cause and the cure of each message in it that is known.
//
// The explanations are those of the page docs/troubleshooting.md, which is made of
// the same file. The messages are held to the source of kubeadm and etcd, and to
// HAProxy itself, by tests.
package messages
