// Package etcd holds etcdcheck to etcd itself: its tests build etcd and etcdctl
// of several releases from the modules beside this one, run clusters of them on
// loopback, and compare what etcdcheck reads and says with what the servers
// tell over gRPC at the same moment and with what they do when asked.
package etcd
