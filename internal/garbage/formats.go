package garbage

// formats are texts of other programs, each right in itself.
var formats = []Input{
	{Name: "an empty object of JSON", Text: "{}\n"},
	{Name: "an empty list of JSON", Text: "[]\n"},
	{Name: "a text of JSON", Text: "\"healthy\"\n"},
	{Name: "true", Text: "true\n"},
	{Name: "a Status of the API", Text: `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}
`},
	{Name: "a Status of the API in YAML", Text: "apiVersion: v1\ncode: 403\nkind: Status\nmessage: forbidden\nmetadata: {}\nreason: Forbidden\nstatus: Failure\n"},
	{Name: "a list of objects that is empty", Text: `{"apiVersion":"v1","items":[],"kind":"List","metadata":{"resourceVersion":""}}
`},
	{Name: "JSON that was cut off", Text: `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Node","metadata":{"name":"cp`},
	{Name: "a Deployment", Text: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: registry.example/web:1
`},
	{Name: "a table of kubectl", Text: "NAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   0          3d\nweb-2   1/1     Running   0          3d\n"},
	{Name: "metrics", Text: "# HELP etcd_server_has_leader Whether or not a leader exists. 1 is existence, 0 is not.\n# TYPE etcd_server_has_leader gauge\netcd_server_has_leader 1\n"},
	{Name: "the health of etcd over HTTP", Text: `{"health":"true","reason":""}` + "\n"},
	{Name: "the version of etcd over HTTP", Text: `{"etcdserver":"3.5.24","etcdcluster":"3.5.0"}` + "\n"},
	{Name: "the version of etcdctl", Text: "etcdctl version: 3.5.24\nAPI version: 3.5\n"},
	{Name: "a journal", Text: "Nov 30 21:40:00 cp-1 systemd[1]: Started kubelet.service - kubelet: The Kubernetes Node Agent.\nNov 30 21:40:01 cp-1 kubelet[811]: I1130 21:40:01.000000     811 server.go:467] \"Kubelet version\" kubeletVersion=\"v1.36.3\"\n"},
	{Name: "CSV", Text: "name,address,role\ncp-1,10.0.0.1,control-plane\ncp-2,10.0.0.2,control-plane\n"},
	{Name: "an INI file", Text: "[all]\ncp-1 ansible_host=10.0.0.1\n\n[kube_control_plane]\ncp-1\n"},
	{Name: "TOML", Text: "version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"registry.example/pause:3.10\"\n"},
	{Name: "a script", Text: "#!/bin/sh\nset -eu\nexec etcdctl endpoint health \"$@\"\n"},
	{Name: "a certificate", Text: "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2FybG90dGU=\n-----END CERTIFICATE-----\n"},
	{Name: "a diff", Text: "--- a/haproxy.cfg\n+++ b/haproxy.cfg\n@@ -1,2 +1,2 @@\n-    server cp-1 10.0.0.1:6443 check\n+    server cp-1 10.0.0.9:6443 check\n"},
	{Name: "a systemd unit", Text: "[Unit]\nDescription=etcd\n\n[Service]\nExecStart=/usr/local/bin/etcd --name cp-1\n"},
	{Name: "a snapshot status", Text: `{"hash":3940384223,"revision":10,"totalKey":7,"totalSize":2113536}` + "\n"},
}

// ours are files that this project writes or reads, given to the wrong program.
var ours = []Input{
	{Name: "our haproxy.cfg", Text: `global
    log /dev/log local0
    maxconn 20000

frontend kube-apiserver
    mode tcp
    bind :6443
    default_backend kube-apiserver

backend kube-apiserver
    mode tcp
    option httpchk GET /readyz
    server cp-1 10.0.0.1:6443 check
`},
	{Name: "our plan.md", Text: "# Plan: create the cluster\n\n## 1. init-cp-1: initialise the cluster on cp-1\n\n```sh\nkubeadm init --config kubeadm-init.yaml\n```\n"},
	{Name: "our keepalived.conf", Text: "vrrp_instance kube_apiserver {\n    state BACKUP\n    interface eth0\n    virtual_router_id 51\n    priority 100\n}\n"},
	{Name: "our kubeadm configuration", Reader: "migrate", Text: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
controlPlaneEndpoint: lb.example:6443
networking:
  podSubnet: 10.244.0.0/16
`},
	{Name: "a hosts file", Reader: "hostsmerge", Text: "127.0.0.1 localhost\n10.0.0.1 cp-1\n10.0.0.2 cp-2\n"},
	{Name: "a healthy etcd", Reader: "etcdstatus", Text: "10.0.0.1:2379, 7be191c78888168, 3.5.24, 4.4 MB, true, false, 6, 32101, 32101, \n"},
	{Name: "a join command", Reader: "scaleout", Text: "kubeadm join lb.example:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"},
}
