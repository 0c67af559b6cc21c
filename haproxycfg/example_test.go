package haproxycfg_test

import (
	"errors"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/haproxycfg"
)

// A whole file as a literal: every line of it is a field.
func ExampleConfig() {
	config := reference()
	if err := config.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	config.WriteTo(os.Stdout)
	// Output:
	// global
	//     log /dev/log local0
	//     log /dev/log local1 notice
	//     chroot /var/lib/haproxy
	//     stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
	//     stats timeout 30s
	//     user haproxy
	//     group haproxy
	//     daemon
	//     ca-base /etc/ssl/certs
	//     crt-base /etc/ssl/private
	//     ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384
	//     ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
	//     ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
	//
	// defaults
	//     log global
	//     mode tcp
	//     option tcplog
	//     option dontlognull
	//     timeout connect 5s
	//     timeout client 50s
	//     timeout server 50s
	//     errorfile 400 /etc/haproxy/errors/400.http
	//     errorfile 403 /etc/haproxy/errors/403.http
	//     errorfile 408 /etc/haproxy/errors/408.http
	//     errorfile 500 /etc/haproxy/errors/500.http
	//     errorfile 502 /etc/haproxy/errors/502.http
	//     errorfile 503 /etc/haproxy/errors/503.http
	//     errorfile 504 /etc/haproxy/errors/504.http
	//
	// frontend k8sVip
	//     bind *:6443
	//     default_backend k8sServers
	//
	// backend k8sServers
	//     balance roundrobin
	//     server cka-cp-1 192.168.51.81:6443 check
	//     server cka-cp-2 192.168.51.82:6443 check
	//     server cka-cp-3 192.168.51.83:6443 check
}

// Three control planes behind the file that everybody knows.
func ExampleAPIServers() {
	lb := haproxycfg.APIServers{
		Servers: []haproxycfg.APIServer{
			{Name: "cka-cp-1", Host: "192.168.51.81"},
			{Name: "cka-cp-2", Host: "192.168.51.82"},
			{Name: "cka-cp-3", Host: "192.168.51.83"},
		},
		Profile: haproxycfg.ProfilePlain,
		Target:  haproxycfg.V30,
	}
	if err := lb.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range lb.Warnings() {
		fmt.Println("#", w)
	}
	lb.Config().WriteTo(os.Stdout)
	// Output:
	// # caFile: the servers' certificates are not verified: anybody on the network can answer the check in a server's place; give it once the cluster's CA exists
	// # profile: a plain check cuts the connections of a server that only drains, and of all servers where all are slow; use the profile default
	// # Load balancer for the API servers of a Kubernetes cluster. Clients arrive at kube-apiserver. They go to
	// # kube-apiservers, or to kube-apiservers-unchecked while none of those is up.
	// # A server that is not ready, or silent, is down, and loses its connections.
	//
	// # As Debian's package has it. After a reload the old process goes on for the time of grace, checks included.
	// global
	//     log /dev/log local0
	//     chroot /var/lib/haproxy
	//     stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
	//     user haproxy
	//     group haproxy
	//     fd-hard-limit 100000
	//     hard-stop-after 30m
	//     grace 1m
	//
	// # A watch may be idle for hours. Who meets a server that is gone goes on to the next one within a second.
	// defaults
	//     log global
	//     mode tcp
	//     option dontlognull
	//     option redispatch 1
	//     retries 3
	//     balance leastconn
	//     timeout connect 700ms
	//     timeout client 1m
	//     timeout client-fin 30s
	//     timeout server 1m
	//     timeout server-fin 30s
	//     timeout tunnel 5h
	//     option clitcpka
	//     clitcpka-idle 1m
	//     clitcpka-intvl 10s
	//     option srvtcpka
	//     srvtcpka-idle 1m
	//     srvtcpka-intvl 10s
	//
	// # Fewer connections than the process can take, so that checks always get through. One address cannot take all.
	// frontend kube-apiserver
	//     bind [::]:6443 v4v6
	//     option tcplog
	//     maxconn 20000
	//     stick-table type ipv6 size 20000 expire 1m store conn_cur
	//     tcp-request connection track-sc0 src
	//     tcp-request connection reject if { sc0_conn_cur gt 5000 }
	//     use_backend kube-apiservers-unchecked if { nbsrv(kube-apiservers) lt 1 }
	//     default_backend kube-apiservers
	//
	// # Is the server ready?
	// backend kube-apiservers
	//     timeout check 1500ms
	//     option httpchk
	//     http-check connect ssl sni kubernetes
	//     http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
	//     http-check expect status 200
	//     default-server check verify none inter 1s fastinter 250ms rise 2 fall 2 on-marked-down shutdown-sessions slowstart 20s
	//     server cka-cp-1 192.168.51.81:6443
	//     server cka-cp-2 192.168.51.82:6443
	//     server cka-cp-3 192.168.51.83:6443
	//
	// # The same servers, whatever their checks say: a wrong check costs supervision, and not service.
	// backend kube-apiservers-unchecked
	//     server cka-cp-1 192.168.51.81:6443
	//     server cka-cp-2 192.168.51.82:6443
	//     server cka-cp-3 192.168.51.83:6443
}

// Everything that is wrong is told at once, each with its path.
func ExampleAPIServers_Validate() {
	err := haproxycfg.APIServers{
		Servers: []haproxycfg.APIServer{
			{Name: "x;reboot", Host: "192.168.51.81"},
			{Name: "cka-cp-2", Host: "192.168.51.256"},
			{Name: "cka-cp-2"},
		},
		ClientCert:    "client.pem",
		LoadBalancers: []haproxycfg.Host{"192.168.51.81"},
	}.Validate()
	fmt.Println(err)
	var e *field.Error
	fmt.Println(errors.As(err, &e), e.Field)
	// Output:
	// servers[0].name: Invalid value: "x;reboot": may only hold letters, digits and the characters _ . : -
	// servers[1].host: Invalid value: "192.168.51.256": must be an IP address without zone and brackets, or a DNS name of letters, digits and hyphens in labels of at most 63
	// servers[2].name: Duplicate value: "cka-cp-2"
	// servers[2].host: Required value: give an IP address or a DNS name
	// clientCert: Invalid value: "client.pem": must be an absolute path
	// port: Invalid value: 6443: servers[0] (192.168.51.81) runs HAProxy too and its API server already listens on this port; choose another one, such as 8443, and put it into the control-plane endpoint
	// true servers[0].name
}
