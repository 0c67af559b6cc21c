// Package haproxycfg writes haproxy.cfg for the API servers of a Kubernetes
// cluster.
package haproxycfg
