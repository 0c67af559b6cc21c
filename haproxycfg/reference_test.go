package haproxycfg_test

import (
	"time"

	"github.com/haplane/haplane/haproxycfg"
)

// reference is a whole haproxy.cfg, every directive of it, as a literal.
func reference() haproxycfg.Config {
	return haproxycfg.Config{
		Target: haproxycfg.V24,
		Global: &haproxycfg.Global{
			Logs: []haproxycfg.Log{
				{Address: "/dev/log", Facility: "local0"},
				{Address: "/dev/log", Facility: "local1", Level: "notice"},
			},
			Chroot:                     "/var/lib/haproxy",
			StatsSockets:               []haproxycfg.StatsSocket{{Path: "/run/haproxy/admin.sock", Mode: "660", Level: "admin", ExposeFDListeners: true}},
			StatsTimeout:               30 * time.Second,
			User:                       "haproxy",
			Group:                      "haproxy",
			Daemon:                     true,
			CABase:                     "/etc/ssl/certs",
			CrtBase:                    "/etc/ssl/private",
			SSLDefaultBindCiphers:      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384",
			SSLDefaultBindCiphersuites: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
			SSLDefaultBindOptions:      []string{"ssl-min-ver", "TLSv1.2", "no-tls-tickets"},
		},
		Defaults: &haproxycfg.Defaults{
			Logs:        []haproxycfg.Log{{Global: true}},
			Mode:        haproxycfg.ModeTCP,
			TCPLog:      true,
			DontLogNull: true,
			Timeouts: haproxycfg.Timeouts{
				Connect: 5 * time.Second,
				Client:  50 * time.Second,
				Server:  50 * time.Second,
			},
			ErrorFiles: []haproxycfg.ErrorFile{
				{Status: 400, Path: "/etc/haproxy/errors/400.http"},
				{Status: 403, Path: "/etc/haproxy/errors/403.http"},
				{Status: 408, Path: "/etc/haproxy/errors/408.http"},
				{Status: 500, Path: "/etc/haproxy/errors/500.http"},
				{Status: 502, Path: "/etc/haproxy/errors/502.http"},
				{Status: 503, Path: "/etc/haproxy/errors/503.http"},
				{Status: 504, Path: "/etc/haproxy/errors/504.http"},
			},
		},
		Frontends: []haproxycfg.Frontend{{
			Name:           "k8sVip",
			Binds:          []haproxycfg.Bind{{Port: 6443}},
			DefaultBackend: "k8sServers",
		}},
		Backends: []haproxycfg.Backend{{
			Name:    "k8sServers",
			Balance: haproxycfg.BalanceRoundRobin,
			Servers: []haproxycfg.Server{
				{Name: "cka-cp-1", Host: "192.168.51.81", Port: 6443, Options: haproxycfg.ServerOptions{Check: true}},
				{Name: "cka-cp-2", Host: "192.168.51.82", Port: 6443, Options: haproxycfg.ServerOptions{Check: true}},
				{Name: "cka-cp-3", Host: "192.168.51.83", Port: 6443, Options: haproxycfg.ServerOptions{Check: true}},
			},
		}},
	}
}
