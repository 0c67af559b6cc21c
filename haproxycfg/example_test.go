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

// Three control planes behind one file, with our defaults.
func ExampleAPIServers() {
	lb := haproxycfg.APIServers{
		Servers: []haproxycfg.APIServer{
			{Name: "cka-cp-1", Host: "192.168.51.81"},
			{Name: "cka-cp-2", Host: "192.168.51.82"},
			{Name: "cka-cp-3", Host: "192.168.51.83"},
		},
		Target: haproxycfg.V30,
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
	// # check: the servers' certificates are not verified: anybody on the network can answer the check in a server's place; give caFile once the cluster's CA exists
	// # Load balancer for Kubernetes API servers: clients arrive at kube-apiserver and go to kube-apiservers,
	// # or to kube-apiservers-unchecked while no server is up.
	// # Servers are checked through kube-apiserver-probe. Its answers: 200 ready; 404 no new connections, the established
	// # ones stay; 503 nobody there; 504 silent alone, its connections are cut. Before that its agent says 0%: a server
	// # that owes an answer gets no new connections, unless most of them owe one.
	//
	// global
	//     log /dev/log local0
	//     chroot /var/lib/haproxy
	//     stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
	//     stats timeout 30s
	//     user haproxy
	//     group haproxy
	//     fd-hard-limit 100000
	//     hard-stop-after 30m
	//     grace 1m
	//
	// frontend kube-apiserver
	//     mode tcp
	//     bind [::]:6443 v4v6
	//     log global
	//     option tcplog
	//     option dontlognull
	//     timeout client 1m
	//     timeout client-fin 30s
	//     option clitcpka
	//     clitcpka-idle 1m
	//     clitcpka-intvl 10s
	//     clitcpka-cnt 3
	//     use_backend kube-apiservers-unchecked if { nbsrv(kube-apiservers) lt 1 }
	//     default_backend kube-apiservers
	//
	// frontend kube-apiserver-probe
	//     mode http
	//     bind 127.0.0.1:26443
	//     timeout http-request 4s
	//     timeout client 4s
	//     no log
	//     http-request set-var(txn.start) date(0,ms)
	//     http-request set-var(txn.server) path,field(2,/)
	//     http-request return status 404 unless { var(txn.server) -m str -- cka-cp-1 cka-cp-2 cka-cp-3 }
	//     http-request set-method GET
	//     http-request set-var(txn.read) bool(true) if { path_end /read }
	//     http-request set-var(txn.share) bool(true) if { path_end /share }
	//     http-request set-path /api/v1/namespaces/kube-public/configmaps/cluster-info if { var(txn.read) -m bool }
	//     http-request set-path /readyz unless { var(txn.read) -m bool }
	//     default_backend kube-apiserver-probes
	//
	// backend kube-apiservers
	//     mode tcp
	//     log global
	//     balance leastconn
	//     option redispatch 1
	//     retries 3
	//     timeout connect 700ms
	//     timeout server 1m
	//     timeout server-fin 30s
	//     timeout tunnel 5h
	//     timeout check 4s
	//     option srvtcpka
	//     srvtcpka-idle 1m
	//     srvtcpka-intvl 10s
	//     srvtcpka-cnt 3
	//     option httpchk
	//     http-check disable-on-404
	//     http-check connect addr 127.0.0.1 port 26443
	//     http-check send meth GET uri-lf /%[srv_name]/read ver HTTP/1.1 hdr Host kubernetes
	//     http-check expect status 200
	//     http-check connect addr 127.0.0.1 port 26443
	//     http-check send meth GET uri-lf /%[srv_name]/ready ver HTTP/1.1 hdr Host kubernetes
	//     http-check expect status 200
	//     default-server check inter 250ms rise 3 fall 5 on-marked-down shutdown-sessions agent-check agent-inter 50ms agent-addr 127.0.0.1 agent-port 26443 slowstart 20s
	//     server cka-cp-1 192.168.51.81:6443 agent-send "GET /cka-cp-1/share HTTP/1.0\r\n\r\n"
	//     server cka-cp-2 192.168.51.82:6443 agent-send "GET /cka-cp-2/share HTTP/1.0\r\n\r\n"
	//     server cka-cp-3 192.168.51.83:6443 agent-send "GET /cka-cp-3/share HTTP/1.0\r\n\r\n"
	//
	// backend kube-apiservers-unchecked
	//     mode tcp
	//     log global
	//     balance leastconn
	//     option redispatch 1
	//     retries 3
	//     timeout connect 700ms
	//     timeout server 1m
	//     timeout server-fin 30s
	//     timeout tunnel 5h
	//     option srvtcpka
	//     srvtcpka-idle 1m
	//     srvtcpka-intvl 10s
	//     srvtcpka-cnt 3
	//     server cka-cp-1 192.168.51.81:6443
	//     server cka-cp-2 192.168.51.82:6443
	//     server cka-cp-3 192.168.51.83:6443
	//
	// backend kube-apiserver-probes
	//     mode http
	//     balance roundrobin
	//     timeout connect 1600ms
	//     timeout server 1600ms
	//     no log
	//     retries 0
	//     http-reuse never
	//     http-request return status 200 if { var(txn.share) -m bool }
	//     acl slow date(0,ms),sub(txn.start) ge 500
	//     acl for-1 var(txn.server) -m str -- cka-cp-1
	//     acl up-1 srv_is_up(kube-apiservers/cka-cp-1)
	//     acl used-1 srv_conn(kube-apiservers/cka-cp-1) gt 0
	//     acl asked-1 srv_conn(kube-apiserver-probes/cka-cp-1) gt 0
	//     acl owes-1 date(0,ms),sub(proc.kube_apiserver.asked_1) ge 200
	//     acl fresh-1 date(0,ms),sub(proc.kube_apiserver.answered_1) lt 400
	//     acl dead-1 date(0,ms),sub(proc.kube_apiserver.dead_1) lt 1000
	//     acl long-1 date(0,ms),sub(proc.kube_apiserver.asked_1) ge 500
	//     acl silent-1 date(0,ms),sub(proc.kube_apiserver.silent_1) lt 1500
	//     acl lately-1 date(0,ms),sub(proc.kube_apiserver.silent_1) lt 10000
	//     acl restless-1 var(proc.kube_apiserver.silent_1),sub(proc.kube_apiserver.calm_1) ge 3000
	//     http-request set-var(proc.kube_apiserver.asked_1) date(0,ms) if for-1
	//     http-request set-var(proc.kube_apiserver.calm_1) date(0,ms) unless lately-1
	//     http-response set-var(proc.kube_apiserver.answered_1) date(0,ms) if for-1
	//     acl for-2 var(txn.server) -m str -- cka-cp-2
	//     acl up-2 srv_is_up(kube-apiservers/cka-cp-2)
	//     acl used-2 srv_conn(kube-apiservers/cka-cp-2) gt 0
	//     acl asked-2 srv_conn(kube-apiserver-probes/cka-cp-2) gt 0
	//     acl owes-2 date(0,ms),sub(proc.kube_apiserver.asked_2) ge 200
	//     acl fresh-2 date(0,ms),sub(proc.kube_apiserver.answered_2) lt 400
	//     acl dead-2 date(0,ms),sub(proc.kube_apiserver.dead_2) lt 1000
	//     acl long-2 date(0,ms),sub(proc.kube_apiserver.asked_2) ge 500
	//     acl silent-2 date(0,ms),sub(proc.kube_apiserver.silent_2) lt 1500
	//     acl lately-2 date(0,ms),sub(proc.kube_apiserver.silent_2) lt 10000
	//     acl restless-2 var(proc.kube_apiserver.silent_2),sub(proc.kube_apiserver.calm_2) ge 3000
	//     http-request set-var(proc.kube_apiserver.asked_2) date(0,ms) if for-2
	//     http-request set-var(proc.kube_apiserver.calm_2) date(0,ms) unless lately-2
	//     http-response set-var(proc.kube_apiserver.answered_2) date(0,ms) if for-2
	//     acl for-3 var(txn.server) -m str -- cka-cp-3
	//     acl up-3 srv_is_up(kube-apiservers/cka-cp-3)
	//     acl used-3 srv_conn(kube-apiservers/cka-cp-3) gt 0
	//     acl asked-3 srv_conn(kube-apiserver-probes/cka-cp-3) gt 0
	//     acl owes-3 date(0,ms),sub(proc.kube_apiserver.asked_3) ge 200
	//     acl fresh-3 date(0,ms),sub(proc.kube_apiserver.answered_3) lt 400
	//     acl dead-3 date(0,ms),sub(proc.kube_apiserver.dead_3) lt 1000
	//     acl long-3 date(0,ms),sub(proc.kube_apiserver.asked_3) ge 500
	//     acl silent-3 date(0,ms),sub(proc.kube_apiserver.silent_3) lt 1500
	//     acl lately-3 date(0,ms),sub(proc.kube_apiserver.silent_3) lt 10000
	//     acl restless-3 var(proc.kube_apiserver.silent_3),sub(proc.kube_apiserver.calm_3) ge 3000
	//     http-request set-var(proc.kube_apiserver.asked_3) date(0,ms) if for-3
	//     http-request set-var(proc.kube_apiserver.calm_3) date(0,ms) unless lately-3
	//     http-response set-var(proc.kube_apiserver.answered_3) date(0,ms) if for-3
	//     http-response set-status 200 if { var(txn.read) -m bool }
	//     http-response wait-for-body time 100ms if { status 500 }
	//     http-response set-status 504 if { status 500 } { res.body -m sub -- [-]etcd } !{ res.body -m sub -- [-]shutdown }
	//     http-after-response set-status 504 if { status 503 } { date(0,ms),sub(txn.start) ge 1500 }
	//     http-after-response set-var(txn.tally) int(1000)
	//     http-after-response set-var(proc.kube_apiserver.silent_1) date(0,ms) if for-1 { status 504 } or for-1 slow or asked-1 long-1
	//     http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-1
	//     http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-1 silent-1 or up-1 lately-1 restless-1
	//     http-after-response set-var(proc.kube_apiserver.silent_2) date(0,ms) if for-2 { status 504 } or for-2 slow or asked-2 long-2
	//     http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-2
	//     http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-2 silent-2 or up-2 lately-2 restless-2
	//     http-after-response set-var(proc.kube_apiserver.silent_3) date(0,ms) if for-3 { status 504 } or for-3 slow or asked-3 long-3
	//     http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-3
	//     http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-3 silent-3 or up-3 lately-3 restless-3
	//     http-after-response set-status 404 if { status 504 } { var(txn.tally) -m int gt 1000 }
	//     http-after-response set-status 404 if for-1 { status 503 } used-1
	//     http-after-response set-status 404 if for-2 { status 503 } used-2
	//     http-after-response set-status 404 if for-3 { status 503 } used-3
	//     http-after-response set-status 404 unless { status 200 503 504 }
	//     http-after-response set-var(proc.kube_apiserver.dead_1) date(0,ms) if for-1 { status 503 504 }
	//     http-after-response set-var(proc.kube_apiserver.dead_2) date(0,ms) if for-2 { status 503 504 }
	//     http-after-response set-var(proc.kube_apiserver.dead_3) date(0,ms) if for-3 { status 503 504 }
	//     http-after-response set-var(txn.tally) int(1000)
	//     http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-1
	//     http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-1 asked-1 owes-1
	//     http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-2
	//     http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-2 asked-2 owes-2
	//     http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-3
	//     http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-3 asked-3 owes-3
	//     http-after-response set-status 200 reason 100%,up if { var(txn.share) -m bool } for-1 fresh-1
	//     http-after-response set-status 200 reason 0% if { var(txn.share) -m bool } for-1 asked-1 owes-1
	//     http-after-response set-status 200 reason 100%,up if { var(txn.share) -m bool } for-2 fresh-2
	//     http-after-response set-status 200 reason 0% if { var(txn.share) -m bool } for-2 asked-2 owes-2
	//     http-after-response set-status 200 reason 100%,up if { var(txn.share) -m bool } for-3 fresh-3
	//     http-after-response set-status 200 reason 0% if { var(txn.share) -m bool } for-3 asked-3 owes-3
	//     http-after-response set-status 200 reason 100% if { var(txn.share) -m bool } { var(txn.tally) -m int gt 1000 }
	//     http-after-response set-status 200 reason down if { var(txn.share) -m bool } for-1 dead-1
	//     http-after-response set-status 200 reason down if { var(txn.share) -m bool } for-2 dead-2
	//     http-after-response set-status 200 reason down if { var(txn.share) -m bool } for-3 dead-3
	//     use-server cka-cp-1 if for-1
	//     use-server cka-cp-2 if for-2
	//     use-server cka-cp-3 if for-3
	//     default-server ssl sni str(kubernetes) verify none
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
		Check:         haproxycfg.CheckTLS,
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
	// caFile: Required value: the check verifies the servers against the cluster's CA; give its path on the load balancer, or another check
	// port: Invalid value: 6443: servers[0] (192.168.51.81) runs HAProxy too and its API server already listens on this port; choose another one, such as 8443, and put it into the control-plane endpoint
	// true servers[0].name
}
