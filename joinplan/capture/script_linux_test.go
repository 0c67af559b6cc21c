package capture_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

// objectsDir names the directory of the objects for which this program is the
// kubectl of a test.
const objectsDir = "CAPTURE_TEST_OBJECTS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(objectsDir); dir != "" {
		os.Exit(kubectl(dir, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// kubectl answers from files as the real one does: lists and objects as JSON and
// through templates of Go, and what is not there with its error.
func kubectl(dir string, args []string) int {
	words := map[string]string{}
	var positional []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-n" || a == "-o" || a == "-l" || a == "--field-selector":
			words[a] = args[i+1]
			i++
		case !strings.HasPrefix(a, "-"):
			positional = append(positional, a)
		}
	}
	if slices.Contains(positional, "exec") {
		text, err := os.ReadFile(filepath.Join(dir, "etcdctl-"+strings.Join(positional[slices.Index(positional, "etcdctl")+1:], "-")))
		os.Stdout.Write(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	kind, name := strings.TrimSuffix(positional[1], "s")+"s", ""
	if len(positional) > 2 {
		name = positional[2]
	}
	text, err := os.ReadFile(filepath.Join(dir, kind+".json"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "Unable to connect to the server:", err)
		return 1
	}
	var all []map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	all = slices.DeleteFunc(all, func(o map[string]any) bool {
		meta := o["metadata"].(map[string]any)
		labels, _ := meta["labels"].(map[string]any)
		return name != "" && meta["name"] != name || words["-n"] != "" && meta["namespace"] != words["-n"] ||
			words["-l"] != "" && labels["component"] != "etcd" ||
			strings.HasPrefix(words["--field-selector"], "type=") && o["type"] != "bootstrap.kubernetes.io/token" ||
			strings.Contains(words["--field-selector"], "metadata.name!="+fmt.Sprint(meta["name"]))
	})
	var answer any = map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}, "items": all}
	if name != "" {
		if len(all) == 0 {
			fmt.Fprintf(os.Stderr, "Error from server (NotFound): %s %q not found\n", kind, name)
			return 1
		}
		answer = all[0]
	}
	if text, is := strings.CutPrefix(words["-o"], "go-template="); is {
		if err := template.Must(template.New("").Parse(text)).Execute(os.Stdout, answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "    ")
	if encoder.Encode(answer) != nil {
		return 1
	}
	return 0
}

// machine is a machine of a test: files over those of this one, and programs of
// its own.
type machine struct {
	name string
	dir  string
	t    *testing.T
}

func newMachine(t *testing.T, name string) *machine {
	t.Helper()
	m := &machine{name: name, dir: t.TempDir(), t: t}
	for _, dir := range []string{"etc", "var/lib", "root", "home", "objects", "bin"} {
		if err := os.MkdirAll(filepath.Join(m.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.program("getent", "exit 2")
	return m
}

func (m *machine) write(path, text string) {
	m.t.Helper()
	path = filepath.Join(m.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// program puts a program of shell onto the machine.
func (m *machine) program(name, text string) {
	m.t.Helper()
	// Another process writes it: a program that this one has open for writing, in
	// whatever it forks meanwhile, cannot be executed.
	cmd := exec.Command("sh", "-c", `cat >"$1" && chmod 755 "$1"`, "sh", filepath.Join(m.dir, "bin", name))
	cmd.Stdin = strings.NewReader("#!/bin/sh\n" + text + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
}

// objects gives the cluster the objects of a kind, which the program kubectl of
// the machine shows.
func (m *machine) objects(kind string, objects ...map[string]any) {
	m.t.Helper()
	text, err := json.Marshal(objects)
	if err != nil {
		m.t.Fatal(err)
	}
	m.write("objects/"+kind+".json", string(text))
	program, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	m.program("kubectl", fmt.Sprintf("%s=%s exec %s \"$@\"", objectsDir, filepath.Join(m.dir, "objects"), program))
}

// onMachine puts the files of a machine over those of this one, gives it its
// name, and fails where a script has changed a file.
const onMachine = `
dir=$1 name=$2 shell=$3; shift 3
hostname "$name"
mkdir -p "$dir/memory" && mount -t tmpfs tmpfs "$dir/memory" || exit 99
for part in etc root home var/lib; do
	mkdir -p "$dir/memory/upper/$part" "$dir/memory/work/$part"
	mount -t overlay overlay -o "lowerdir=$dir/$part:/$part,upperdir=$dir/memory/upper/$part,workdir=$dir/memory/work/$part" "/$part" || exit 99
done
PATH=$dir/bin:$PATH $shell "$@"
status=$?
changed=$(find "$dir/memory/upper" ! -type d)
[ -z "$changed" ] || { echo "it has changed $changed" >&2; exit 98; }
exit "$status"`

// run runs the script with a shell, and gives what it printed.
func (m *machine) run(shell string, script []byte, args ...string) ([]byte, error) {
	m.t.Helper()
	m.withTools(shell)
	file := filepath.Join(m.dir, "script")
	if err := os.WriteFile(file, script, 0o755); err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command("unshare", append([]string{"-m", "-u", "sh", "-c", onMachine, "sh", m.dir, m.name, shell, file}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.Dir = m.dir
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return out, err
}

// capture runs the script, reads what it printed, and gives that too.
func (m *machine) capture(shell string, role capture.Role) (capture.Capture, string) {
	m.t.Helper()
	out, err := m.run(shell, capture.Script(role, "k8s-vip"))
	if err != nil {
		m.t.Fatal(err)
	}
	c, err := capture.Parse(m.name, out)
	if err != nil {
		m.t.Fatalf("%v in:\n%s", err, out)
	}
	return c, string(out)
}

// secrets are what is planted on a machine, and must not be in its capture.
type secrets struct {
	key, token, certificateKey, jwt, password string
	certificate                               string
}

func newSecrets(t *testing.T) secrets {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	// The certificate has another key: a private key has its public one within it.
	key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, NotAfter: time.Now().Add(time.Hour)}
	certDER, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return secrets{
		key:            string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		certificate:    string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certDER})),
		token:          "q1w2e3.r4t5y6u7i8o9p0a1",
		certificateKey: strings.Repeat("c0ffee42", 8),
		jwt:            "eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJrdWJlcm5l.c2lnbmF0dXJl-_x",
		password:       "correct-horse-battery",
	}
}

// encoded gives the key in base64, as kubeconfigs have it.
func (s secrets) encoded() string { return base64.StdEncoding.EncodeToString([]byte(s.key)) }

// wrapped gives it in lines of 60 characters.
func (s secrets) wrapped(indent string) string {
	var b strings.Builder
	for text := s.encoded(); text != ""; text = text[min(60, len(text)):] {
		b.WriteString(indent + text[:min(60, len(text))] + "\n")
	}
	return b.String()
}

// found gives what of the secrets a text holds.
func (s secrets) found(text string) []string {
	var found []string
	for _, secret := range []string{s.token, strings.Split(s.token, ".")[1], s.certificateKey, s.jwt, s.password, base64.StdEncoding.EncodeToString([]byte(s.password))} {
		if strings.Contains(text, secret) {
			found = append(found, secret)
		}
	}
	const part = 20
	lines := strings.Split(strings.TrimSpace(s.key), "\n")
	for _, body := range append(slices.Clone(lines[1:len(lines)-1]), s.encoded()) {
		for i := 0; i+part <= len(body); i += part {
			if strings.Contains(text, body[i:i+part]) {
				found = append(found, body[i:i+part])
			}
		}
	}
	return found
}

func object(kind, namespace, name string, fields map[string]any) map[string]any {
	meta := map[string]any{"name": name}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	o := map[string]any{"apiVersion": "v1", "kind": kind, "metadata": meta}
	for key, value := range fields {
		if key == "labels" || key == "annotations" || key == "ownerReferences" {
			meta[key] = value
			continue
		}
		o[key] = value
	}
	return o
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

const clusterConfiguration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: kubernetes
controlPlaneEndpoint: k8s-vip:6443
kubernetesVersion: v1.37.2
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
apiServer:
  extraArgs:
  - name: token-auth-file
    value: /etc/kubernetes/tokens.csv
`

// populate makes the machine a control plane with secrets in every place.
func (m *machine) populate(s secrets) {
	kubeconfig := `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ` + base64.StdEncoding.EncodeToString([]byte(s.certificate)) + `
    server: https://k8s-vip:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
preferences: {}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ` + base64.StdEncoding.EncodeToString([]byte(s.certificate+s.key)) + `
    client-key-data: ` + s.encoded() + `
    token: ` + s.jwt + `
    password: ` + s.password + `
    exec:
      env:
      - name: TOKEN
        value: ` + s.token + `
`
	for _, path := range []string{
		"etc/kubernetes/admin.conf", "etc/kubernetes/controller-manager.conf", "etc/kubernetes/scheduler.conf",
		"etc/kubernetes/kubelet.conf", "root/.kube/config", "home/ann/.kube/config", "etc/cni/net.d/calico-kubeconfig",
	} {
		m.write(path, kubeconfig)
	}
	m.write("etc/kubernetes/super-admin.conf", "{clusters: [{cluster: {server: 'https://k8s-vip:6443'}}], users: [{user: {token: "+s.jwt+"}}]}\n")
	m.write("etc/kubernetes/bootstrap-kubelet.conf", strings.Replace(kubeconfig, "    token: ", "    client-key-data: |\n"+s.wrapped("      ")+"    token: ", 1))
	m.write("home/bob/.kube/config", `{"clusters":[{"cluster":{"server":"https://k8s-vip:6443"}}],"users":[{"user":{"token":"`+s.jwt+`"}}]}`)
	m.write("etc/kubernetes/pki/apiserver.crt", s.certificate+s.key)
	m.write("etc/kubernetes/pki/apiserver.key", s.key)
	m.write("etc/kubernetes/pki/ca.crt", s.certificate)
	m.write("etc/kubernetes/pki/ca.key", s.key)
	m.write("etc/kubernetes/pki/etcd/server.crt", s.certificate)
	m.write("var/lib/kubelet/pki/kubelet-client-current.pem", s.certificate+s.key)
	m.write("var/lib/haplane/before/etc/kubernetes/pki/ca.key", s.key)
	m.write("etc/hosts", "127.0.0.1 localhost\n192.0.2.10 k8s-vip # "+s.jwt+"\n")
	m.write("etc/kubernetes/manifests/kube-apiserver.yaml", `apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=192.0.2.11
    - --etcd-password=`+s.password+`
    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt
    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
    env:
    - name: KEY
      value: "`+s.encoded()+`"
    name: kube-apiserver
`)
	m.write("etc/kubernetes/manifests/kube-vip.yaml", `apiVersion: v1
kind: Pod
metadata:
  annotations:
    example.org/note: `+s.password+`
  name: kube-vip
  namespace: kube-system
spec:
  containers:
  - args:
    - manager
    - --master
    - https://192.0.2.10:6443
    - --token=`+s.jwt+`
    - `+s.password+`
    env:
    - name: vip_pass
      value: `+s.password+`
    - name: KUBERNETES_SERVICE_HOST
      value: 192.0.2.10
    image: ghcr.io/kube-vip/kube-vip:v1.0.0
    livenessProbe:
      httpGet:
        httpHeaders:
        - name: Authorization
          value: Bearer `+s.jwt+`
    name: kube-vip
  hostNetwork: true
`)
	m.write("etc/kubernetes/manifests/script.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - sh\n    - -c\n    - |\n      login "+s.password+"\n")
	m.write("etc/kubernetes/manifests/flow.yaml", "{kind: Pod, spec: {containers: [{env: [{name: A, value: "+s.password+"}]}]}}\n")

	m.objects("nodes", object("Node", "", "cp-1", map[string]any{
		"labels": map[string]any{"node-role.kubernetes.io/control-plane": ""},
		"annotations": map[string]any{
			"kubeadm.alpha.kubernetes.io/cri-socket":           "unix:///run/containerd/containerd.sock",
			"kubectl.kubernetes.io/last-applied-configuration": `{"password":"` + s.password + `"}`,
			"example.org/join":                                 "kubeadm join --token " + s.token + " --certificate-key " + s.certificateKey,
		},
		"status": map[string]any{
			"addresses":  []any{map[string]any{"type": "InternalIP", "address": "192.0.2.11"}},
			"conditions": []any{map[string]any{"type": "Ready", "status": "True"}},
			"nodeInfo":   map[string]any{"kubeletVersion": "v1.37.2"},
		},
	}))
	m.objects("configmaps",
		object("ConfigMap", "kube-system", "kubeadm-config", map[string]any{"data": map[string]any{
			"ClusterConfiguration": clusterConfiguration + "certificateKey: " + s.certificateKey + "\n",
			"Note":                 "a\ntoken: " + s.token + "\n" + s.key + "end",
		}}),
		object("ConfigMap", "kube-system", "kubelet-config", map[string]any{"data": map[string]any{"kubelet": "kind: KubeletConfiguration\n# " + s.encoded() + "\n"}}),
		object("ConfigMap", "kube-public", "cluster-info", map[string]any{"data": map[string]any{
			"kubeconfig":            "clusters:\n- cluster:\n    server: https://k8s-vip:6443\n",
			"jws-kubeconfig-q1w2e3": "eyJhbGciOiJIUzI1NiIsImtpZCI6InExdzJlMyJ9..c2lnbmF0dXJl",
		}}),
		object("ConfigMap", "shop", "settings", map[string]any{
			"data":        map[string]any{"database": s.password, "api": "url: https://192.0.2.11:6443/api\nother: https://ann:" + s.password + "@db.example:5432\n", "key": s.key},
			"annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": s.password},
		}),
		object("ConfigMap", "tigera-operator", "kubernetes-services-endpoint", map[string]any{"data": map[string]any{"KUBERNETES_SERVICE_HOST": "192.0.2.11", "KUBERNETES_SERVICE_PORT": "6443"}}),
	)
	tokenID, tokenSecret, _ := strings.Cut(s.token, ".")
	m.objects("secrets",
		map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token", "metadata": map[string]any{"name": "bootstrap-token-" + tokenID, "namespace": "kube-system"},
			"data": map[string]any{"token-id": encode(tokenID), "token-secret": encode(tokenSecret), "expiration": encode("2026-12-01T00:00:00Z"), "usage-bootstrap-authentication": encode("true"), "description": encode(s.password)}},
		map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
			"metadata": map[string]any{"name": "kubeadm-certs", "namespace": "kube-system", "ownerReferences": []any{map[string]any{"kind": "Secret", "name": "bootstrap-token-" + tokenID, "uid": "1"}}},
			"data":     map[string]any{"ca.key": s.encoded()}},
		map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": map[string]any{"name": "db", "namespace": "shop"}, "data": map[string]any{"password": encode(s.password)}},
	)
	m.objects("pods",
		object("Pod", "kube-system", "kube-apiserver-cp-1", map[string]any{
			"labels":      map[string]any{"component": "kube-apiserver", "tier": "control-plane"},
			"annotations": map[string]any{"kubernetes.io/config.mirror": "x", "example.org/note": s.password},
			"spec": map[string]any{"nodeName": "cp-1", "containers": []any{map[string]any{
				"name": "kube-apiserver", "command": []any{"kube-apiserver", "--anonymous-auth=false", "--etcd-password=" + s.password},
			}}, "volumes": []any{map[string]any{"name": "audit", "hostPath": map[string]any{"path": "/etc/kubernetes/audit"}}}},
			"status": map[string]any{"startTime": "2026-11-30T10:00:00Z"},
		}),
		object("Pod", "kube-system", "etcd-cp-1", map[string]any{"labels": map[string]any{"component": "etcd", "tier": "control-plane"}, "spec": map[string]any{"nodeName": "cp-1"}}),
		object("Pod", "shop", "web", map[string]any{
			"annotations": map[string]any{"example.org/token": s.token},
			"spec": map[string]any{"nodeName": "wk-1", "containers": []any{map[string]any{
				"name": "web", "args": []any{"--master", "https://192.0.2.11:6443", "--login", s.password, "--password=" + s.password},
				"command": []any{"sh", "-c", "TOKEN=" + s.jwt + " run"},
				"env": []any{
					map[string]any{"name": "DB_PASSWORD", "value": s.password}, map[string]any{"name": "JOIN", "value": s.token},
					map[string]any{"name": "KUBERNETES_SERVICE_HOST", "value": "192.0.2.11"},
				},
				"livenessProbe": map[string]any{"httpGet": map[string]any{"httpHeaders": []any{map[string]any{"name": "Authorization", "value": "Basic " + s.password}}}},
			}}, "volumes": []any{map[string]any{"name": "t", "projected": map[string]any{"sources": []any{map[string]any{"serviceAccountToken": map[string]any{"expirationSeconds": 3607, "path": "token"}}}}}}},
		}),
	)
	m.write("objects/etcdctl-member-list", `{"header":{"cluster_id":1,"member_id":2,"raft_term":3},"members":[{"ID":2,"name":"cp-1","peerURLs":["https://192.0.2.11:2380"],"clientURLs":["https://192.0.2.11:2379"]}]}`+"\n")
	m.write("objects/etcdctl-endpoint-status", `[{"Endpoint":"https://192.0.2.11:2379","Status":{"header":{"cluster_id":1,"member_id":2,"revision":5,"raft_term":3},"version":"3.7.3","dbSize":1,"leader":2,"raftIndex":7,"raftTerm":3,"raftAppliedIndex":7,"dbSizeInUse":1}}]`+"\n")
	m.write("objects/etcdctl-endpoint-health", `[{"endpoint":"https://192.0.2.11:2379","health":true,"took":"1ms"}]`+"\n")
	m.write("objects/etcdctl-alarm-list", `{"header":{"cluster_id":1,"member_id":2,"raft_term":3}}`+"\n")
	m.program("kubeadm", `case $1 in version) echo v1.37.2 ;; *) printf 'CERTIFICATE   EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED\nadmin.conf    Nov 22, 2027 10:00 UTC   364d            ca                      no\n' ;; esac`)
	m.program("kubelet", "echo Kubernetes v1.37.2; echo token: "+s.jwt+" >&2")
	m.program("ss", `case $1 in
-Htnp) printf 'ESTAB 0      0         192.0.2.11:51000    192.0.2.10:6443 users:(("kubelet",pid=612,fd=12))\nESTAB 0 0 [::ffff:192.0.2.11]:6443 [::ffff:192.0.2.12%%eth0]:40000 users:(("kube-apiserver",pid=700,fd=7),("x",pid=1,fd=1))\nTIME-WAIT 0 0 192.0.2.11:1 192.0.2.10:2\n' ;;
*) echo 'LISTEN 0 4096 *:6443 *:* users:(("kube-apiserver",pid=700,fd=3))' ;;
esac`)
}

// shells are tried with each script; busybox brings its own tools.
var shells = []string{"dash", "bash", busybox}

const busybox = "busybox sh"

// withTools gives the machine the tools of a shell.
func (m *machine) withTools(shell string) {
	m.t.Helper()
	if shell != busybox {
		return
	}
	path, err := exec.LookPath("busybox")
	if err != nil {
		m.t.Fatal(err)
	}
	for _, tool := range []string{"awk", "sed", "stat", "tr", "cat", "find", "timeout", "date", "uname"} {
		name := filepath.Join(m.dir, "bin", tool)
		if _, err := os.Lstat(name); err == nil {
			continue
		}
		if err := os.Symlink(path, name); err != nil {
			m.t.Fatal(err)
		}
	}
}

func TestACaptureHoldsWhatTheOtherPackagesRead(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "cp-1")
	s := newSecrets(t)
	m.populate(s)
	for _, shell := range shells {
		c, out := m.capture(shell, capture.ControlPlane)
		if c.Name != "cp-1" || c.Role != capture.ControlPlane || len(c.LeftOut) == 0 {
			t.Errorf("%s: it is the capture of %q, a %s, without %q", shell, c.Name, c.Role, c.LeftOut)
		}
		state, err := cluster.ParseState(c.Objects()...)
		if err != nil {
			t.Fatalf("%s: %v in:\n%s", shell, err, out)
		}
		if len(state.Nodes) != 1 || state.Nodes[0].CRISocket != "unix:///run/containerd/containerd.sock" || !state.Nodes[0].Ready {
			t.Errorf("%s: nodes: %+v", shell, state.Nodes)
		}
		if !strings.HasPrefix(state.KubeadmConfig.Text, clusterConfiguration) || state.ClusterInfo.Server != "https://k8s-vip:6443" {
			t.Errorf("%s: the configuration is %q, cluster-info names %q", shell, state.KubeadmConfig.Text, state.ClusterInfo.Server)
		}
		if len(state.Tokens) != 1 || state.Tokens[0].ID != "q1w2e3" || !state.Tokens[0].Authentication || !state.Certificates.Uploaded || state.Certificates.Expires.IsZero() {
			t.Errorf("%s: tokens %+v, certificates %+v", shell, state.Tokens, state.Certificates)
		}
		if len(state.APIServers) != 1 || state.APIServers[0].AnonymousAuth || !slices.Equal(state.APIServers[0].ExtraFiles, []string{"/etc/kubernetes/audit"}) {
			t.Errorf("%s: API servers: %+v", shell, state.APIServers)
		}
		if !slices.ContainsFunc(state.Absent, func(a cluster.Absence) bool {
			return strings.Contains(a.What, "kube-proxy") && a.Reason == cluster.NotFound
		}) {
			t.Errorf("%s: absent: %+v", shell, state.Absent)
		}
		objects, err := cluster.ParseObjects(c.Objects()...)
		if err != nil {
			t.Fatal(err)
		}
		web := objects.Pods[slices.IndexFunc(objects.Pods, func(p corev1.Pod) bool { return p.Name == "web" })].Spec.Containers[0]
		if got := web.Args[:2]; !slices.Equal(got, []string{"--master", "https://192.0.2.11:6443"}) || web.Env[2].Value != "192.0.2.11" {
			t.Errorf("%s: the pod web has the arguments %q and the environment %v", shell, web.Args, web.Env)
		}
		settings := objects.ConfigMaps[slices.IndexFunc(objects.ConfigMaps, func(cm corev1.ConfigMap) bool { return cm.Name == "settings" })]
		if !strings.Contains(settings.Data["api"], "https://192.0.2.11:6443") || strings.Contains(settings.Data["api"], "db.example") {
			t.Errorf("%s: the ConfigMap settings has %q", shell, settings.Data)
		}
		host, err := hostcheck.Parse("cp-1", c.HostText())
		if err != nil {
			t.Fatalf("%s: %v in:\n%s", shell, err, c.HostText())
		}
		if len(host.Servers) != 4 || len(host.Certificates) != 1 || host.Clock.Value == "" || len(host.Routes)+len(host.Addresses) == 0 {
			t.Errorf("%s: the host says %+v", shell, host)
		}
		sample, err := etcdcheck.Parse(c.Etcd())
		if err != nil || len(sample.Statuses) != 1 || len(sample.Members) != 1 || len(sample.Health) != 1 {
			t.Errorf("%s: etcd: %+v, %v", shell, sample, err)
		}
		wantConnections(t, c)
	}
}

func wantConnections(t *testing.T, c capture.Capture) {
	t.Helper()
	connections := c.Connections()
	if len(connections) != 2 || connections[0].Process != "kubelet" || connections[0].ID != 612 || connections[0].Peer.String() != "192.0.2.10:6443" ||
		connections[1].Peer.String() != "192.0.2.12:40000" {
		t.Errorf("connections: %+v", connections)
	}
	if r, _ := c.Run("leftovers"); !bytes.Contains(r.Output, []byte("/var/lib/haplane/before/etc/kubernetes/pki/ca.key\n")) {
		t.Errorf("leftovers: %s", r.Output)
	}
	var files []string
	for _, f := range c.Files {
		files = append(files, f.Path)
		if f.Changed.IsZero() {
			t.Errorf("%s has no time", f.Path)
		}
	}
	for _, path := range []string{"/etc/hosts", "/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf", "/root/.kube/config", "/home/ann/.kube/config",
		"/etc/cni/net.d/calico-kubeconfig", "/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/manifests/kube-vip.yaml"} {
		if !slices.Contains(files, path) {
			t.Errorf("%s is not in the capture, which has %q", path, files)
		}
	}
	unread := []string{"/etc/kubernetes/super-admin.conf", "/home/bob/.kube/config", "/etc/kubernetes/manifests/flow.yaml", "/etc/kubernetes/manifests/script.yaml"}
	if !slices.Equal(c.Unread, unread) {
		t.Errorf("unread: %q, want %q", c.Unread, unread)
	}
}

func TestACaptureHoldsNoSecret(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "cp-1")
	s := newSecrets(t)
	m.populate(s)
	if planted := s.found(m.everything()); len(planted) < 6+len(s.encoded())/20 {
		t.Fatalf("only %q are planted", planted)
	}
	for _, role := range []capture.Role{capture.ControlPlane, capture.Machine} {
		for _, shell := range shells {
			_, out := m.capture(shell, role)
			if found := s.found(out); found != nil {
				t.Errorf("%s, %s: the capture holds %q:\n%s", shell, role, found, linesWith(out, found))
			}
		}
	}
}

// everything is the text of all files of the machine.
func (m *machine) everything() string {
	m.t.Helper()
	var b strings.Builder
	err := fs.WalkDir(os.DirFS(m.dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(m.dir, name))
		b.Write(text)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return b.String()
}

func linesWith(text string, parts []string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(line, part) }) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestContentIsReadBackByteByByteAndCannotForgeASection(t *testing.T) {
	t.Parallel()
	forged := "127.0.0.1 localhost\r\n\n\n| \n@ file 0 /etc/shadow\n| root\n@ end 1\nhaplane capture 1 machine other\n! x\n@ exit 0\n\t\\n$(id)'\"\n"
	for _, text := range []string{forged, forged + "no line feed", forged + ".", ".", "", "\n", "x"} {
		m := newMachine(t, "wk-1")
		m.write("etc/hosts", text)
		for _, shell := range shells {
			if shell != shells[0] && text != forged {
				continue
			}
			c, out := m.capture(shell, capture.Machine)
			i := slices.IndexFunc(c.Files, func(f capture.File) bool { return f.Path == "/etc/hosts" })
			if i < 0 || string(c.Files[i].Content) != text || c.Name != "wk-1" {
				t.Errorf("%s: %q became %q", shell, text, out)
			}
		}
	}
}

func TestAMachineThatHasNothingSaysSo(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "lb-1")
	m.program("ip", "exit 127")
	c, _ := m.capture("dash", capture.Machine)
	if !slices.Contains(c.Absent, "/etc/kubernetes/kubelet.conf") {
		t.Errorf("absent: %q", c.Absent)
	}
	if r, ok := c.Run("ip addr"); !ok || r.Status != 127 {
		t.Errorf("ip addr: %+v", r)
	}
	if objects := c.Objects(); objects != nil {
		t.Errorf("objects: %q", objects)
	}
}

func TestTheFileIsItsOwnersAloneAndNoOtherIsWrittenOver(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "wk-1")
	script := capture.Script(capture.Machine)
	for _, shell := range shells {
		name := "wk-1.capture"
		if out, err := m.run(shell, script, name); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v, and it printed %q", shell, err, out)
		}
		path := filepath.Join(m.dir, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("%s: the file has the mode %v", shell, info.Mode())
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := capture.Parse(name, text); err != nil {
			t.Errorf("%s: %v", shell, err)
		}
		if _, err := m.run(shell, script, name); err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("%s: a second run: %v", shell, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScriptsAreCleanShell(t *testing.T) {
	t.Parallel()
	for _, role := range []capture.Role{capture.ControlPlane, capture.Machine} {
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, capture.Script(role, "k8s-vip", "cp-1"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("shellcheck", "-s", "sh", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", role, err, out)
		}
	}
}

func TestNamesThatNoHostHasAreNotInTheScript(t *testing.T) {
	t.Parallel()
	got := capture.Script(capture.Machine, "$(reboot)", "a b", "-x", "", "x;y", "'", "api.example.org")
	want := capture.Script(capture.Machine, "api.example.org")
	if !bytes.Equal(got, want) || bytes.Equal(got, capture.Script(capture.Machine)) {
		t.Errorf("the script has other names:\n%s", got)
	}
}
