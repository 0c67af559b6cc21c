package convert_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/convert"
)

// simulation is a cluster whose machines carry plans out. It knows the commands
// of a conversion and what they do, and stops the test at any other.
type simulation struct {
	t    testing.TB
	in   convert.Input
	host map[string]map[string]string
	maps map[string]*corev1.ConfigMap
	processes
}

func simulate(t testing.TB, in convert.Input) *simulation {
	t.Helper()
	s := &simulation{t: t, in: in, host: map[string]map[string]string{}, maps: map[string]*corev1.ConfigMap{}}
	for _, lb := range in.Spec.LoadBalancers {
		s.host[lb.Name] = map[string]string{"/etc/hosts": "127.0.0.1 localhost\n"}
	}
	for i, node := range in.Spec.Nodes() {
		s.host[node.Name] = map[string]string{"/etc/hosts": "127.0.0.1 localhost\n"}
		if i < len(in.Spec.ControlPlanes) {
			s.host[node.Name][pki+"/ca.crt"], s.host[node.Name][pki+"/ca.key"] = "CA", "CA key"
		}
	}
	for _, f := range in.Files {
		if f.Host != "" {
			s.host[f.Host][f.Path] = string(f.Content.Reveal())
		}
		if f.Path == pki+"/apiserver.crt" {
			s.host[f.Host][pki+"/apiserver.key"] = "key of " + s.host[f.Host][f.Path]
		}
	}
	for i := range in.Objects.ConfigMaps {
		cm := in.Objects.ConfigMaps[i].DeepCopy()
		cm.Kind, cm.APIVersion, cm.ResourceVersion = "ConfigMap", "v1", "1"
		s.maps[cm.Namespace+"/"+cm.Name] = cm
	}
	s.sign()
	s.started()
	return s
}

const pki = "/etc/kubernetes/pki"

// capture is what the cluster says of itself now.
func (s *simulation) capture() convert.Input {
	in := s.in
	in.Files, in.Objects.ConfigMaps = nil, nil
	for _, f := range s.in.Files {
		content := f.Content
		if f.Host != "" {
			content = joinplan.NewSecretContent([]byte(s.host[f.Host][f.Path]))
		}
		in.Files = append(in.Files, convert.File{Host: f.Host, Path: f.Path, Content: content})
	}
	in.Objects.Pods = slices.Clone(in.Objects.Pods)
	for _, name := range slices.Sorted(maps.Keys(s.maps)) {
		in.Objects.ConfigMaps = append(in.Objects.ConfigMaps, *s.maps[name].DeepCopy())
	}
	s.observe(&in)
	return in
}

// text is everything that a way back must bring back.
func (s *simulation) text() map[string]string {
	out := map[string]string{}
	for host, files := range s.host {
		for file, content := range files {
			if !strings.HasPrefix(file, convert.WorkDir) {
				out[host+":"+file] = content
			}
		}
	}
	for name, cm := range s.maps {
		for key, value := range cm.Data {
			out[name+" "+key] = value
		}
	}
	return out
}

// sign does what kube-controller-manager does: it signs cluster-info when it has
// changed.
func (s *simulation) sign() {
	if cm := s.maps["kube-public/cluster-info"]; cm != nil {
		cm.Data["jws-kubeconfig-is509p"] = fmt.Sprintf("%x", sha256.Sum256([]byte(cm.Data["kubeconfig"])))
	}
}

func (s *simulation) carryOut(step joinplan.Step) {
	s.t.Helper()
	for _, action := range step.Actions {
		s.act(step.Host, action)
	}
	s.owner(step)
	for _, check := range step.Checks {
		if err := s.judge(check); err != nil {
			s.t.Errorf("%s is done, and its check does not hold: %v", step.ID, err)
		}
	}
}

func (s *simulation) act(host string, action joinplan.Action) {
	s.t.Helper()
	files := s.host[host]
	edit := func(path string, apply func([]byte) ([]byte, error)) {
		old, there := files[path]
		if !there {
			s.t.Fatalf("%s has no %s to edit", host, path)
		}
		edited, err := apply([]byte(old))
		if err != nil {
			s.t.Fatalf("%s: %v", host, err)
		}
		files[path] = string(edited)
		s.touch(host, path)
	}
	switch a := action.(type) {
	case joinplan.SetHostsBlock:
		edit(a.Path(), a.Apply)
	case joinplan.EditFile:
		edit(a.Path, a.Apply)
	case joinplan.CopyFile:
		files[a.Path] = s.host[a.FromHost][a.FromPath]
	case joinplan.WriteFile:
		files[a.Path] = string(a.Content.Reveal())
	case joinplan.Run:
		s.run(host, a.Command.Argv())
	}
	s.nothingIsWithoutItsFiles()
}

// nothingIsWithoutItsFiles holds after every single action.
func (s *simulation) nothingIsWithoutItsFiles() {
	s.t.Helper()
	for _, f := range s.in.Files {
		if f.Host != "" && s.host[f.Host][f.Path] == "" {
			s.t.Errorf("%s is without %s", f.Host, f.Path)
		}
	}
}

func (s *simulation) run(host string, argv []string) {
	s.t.Helper()
	files, line := s.host[host], strings.Join(argv, " ")
	switch {
	case argv[0] == "sh":
		s.shell(host, argv[2], argv[4:])
	case strings.HasPrefix(line, "rm -rf "):
		for file := range files {
			for _, dir := range argv[2:] {
				if file == dir || strings.HasPrefix(file, dir+"/") {
					delete(files, file)
				}
			}
		}
	case argv[0] == "cp" && argv[1] == "-p", argv[0] == "mv" && argv[1] == "-f":
		s.copy(files, argv[0] == "mv", argv[2:])
	case strings.HasPrefix(line, "kubeadm init phase certs apiserver --config "):
		s.certificate(files, files[argv[len(argv)-1]])
	case strings.Contains(line, " replace -f "):
		s.replace(files[argv[len(argv)-1]])
	case line == "systemctl restart kubelet":
		s.startKubelet(host)
	case strings.Contains(line, "rollout restart daemonset/kube-proxy"):
		s.startKubeProxies()
	case strings.HasPrefix(line, "ln -s "):
		s.copy(files, false, argv[2:])
	case argv[0] == "haproxy", argv[0] == "systemctl", argv[0] == "mkdir", strings.Contains(line, "snapshot save"):
	default:
		s.t.Fatalf("the simulation knows no command %q", line)
	}
}

func (s *simulation) copy(files map[string]string, move bool, paths []string) {
	s.t.Helper()
	to := paths[len(paths)-1]
	for _, from := range paths[:len(paths)-1] {
		content, there := files[from]
		if !there {
			s.t.Fatalf("there is no %s to copy", from)
		}
		target := to
		if strings.HasSuffix(to, "/") {
			target = to + path.Base(from)
		}
		files[target] = content
		if move {
			delete(files, from)
		}
	}
}

func (s *simulation) shell(host, script string, values []string) {
	s.t.Helper()
	files := s.host[host]
	switch {
	case strings.Contains(script, "cp -a --parents"):
		s.backUp(files, values[0], values[1:])
	case strings.Contains(script, "get configmap"):
		text, err := json.Marshal(s.maps[values[1]+"/"+values[2]])
		if err != nil {
			s.t.Fatal(err)
		}
		files[values[3]] = string(text)
	case strings.Contains(script, "disable --now haproxy"):
		delete(files, values[1])
		if old, there := files[values[0]]; there {
			files[values[1]] = old
		}
	default:
		s.t.Fatalf("the simulation knows no script %q", script)
	}
}

func (s *simulation) backUp(files map[string]string, dir string, what []string) {
	for file := range files {
		if strings.HasPrefix(file, dir+"/") {
			return
		}
	}
	for file, content := range maps.Clone(files) {
		for _, w := range what {
			if file == w || strings.HasPrefix(file, w+"/") {
				files[dir+file] = content
			}
		}
	}
}

// replace fails as the API server does where the object is not the one that was
// read.
func (s *simulation) replace(object string) {
	s.t.Helper()
	var cm corev1.ConfigMap
	if err := json.Unmarshal([]byte(object), &cm); err != nil {
		s.t.Fatal(err)
	}
	name := cm.Namespace + "/" + cm.Name
	if cm.ResourceVersion != s.maps[name].ResourceVersion {
		s.t.Fatalf("%s has changed since it was read", name)
	}
	version, _ := strconv.Atoi(cm.ResourceVersion)
	cm.ResourceVersion = strconv.Itoa(version + 1)
	s.maps[name] = &cm
	s.touch("", name)
	s.sign()
}

// certificate does what kubeadm does: a certificate that is there is kept,
// whatever its names.
func (s *simulation) certificate(files map[string]string, config string) {
	s.t.Helper()
	cluster, init, _ := strings.Cut(config, "\n---\n")
	var c struct {
		CertificatesDir      string
		ControlPlaneEndpoint string
		APIServer            struct{ CertSANs []string }
	}
	var i struct {
		NodeRegistration struct{ Name string }
		LocalAPIEndpoint struct{ AdvertiseAddress string }
	}
	if err := yaml.Unmarshal([]byte(cluster), &c); err != nil {
		s.t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(init), &i); err != nil {
		s.t.Fatal(err)
	}
	if files[c.CertificatesDir+"/ca.key"] != "CA key" {
		s.t.Fatalf("there is no CA in %s", c.CertificatesDir)
	}
	if _, there := files[c.CertificatesDir+"/apiserver.crt"]; there {
		return
	}
	host, _, err := net.SplitHostPort(c.ControlPlaneEndpoint)
	if err != nil {
		s.t.Fatal(err)
	}
	made := certificate(s.t, append(c.APIServer.CertSANs, host, i.NodeRegistration.Name, i.LocalAPIEndpoint.AdvertiseAddress)...)
	files[c.CertificatesDir+"/apiserver.crt"], files[c.CertificatesDir+"/apiserver.key"] = made, "key of "+made
}

func certificate(t testing.TB, sans ...string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	for _, san := range sans {
		if ip := net.ParseIP(san); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, san)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// owner does what a step says that the owner must: here every pod and every
// ConfigMap that is not kubeadm's gets the endpoint.
func (s *simulation) owner(step joinplan.Step) {
	s.t.Helper()
	if step.ID.Kind != "owner" {
		return
	}
	if len(step.Actions) > 0 || len(step.Preconditions) == 0 {
		s.t.Errorf("%s must say what its owner has to do, and do nothing itself", step.ID)
	}
	endpoint := s.in.Spec.ControlPlaneEndpoint
	where := step.ID.Subject
	for i := range s.in.Objects.Pods {
		pod := s.in.Objects.Pods[i].DeepCopy()
		s.in.Objects.Pods[i] = *pod
		if len(pod.OwnerReferences) == 0 || where != strings.ToLower(pod.OwnerReferences[0].Kind)+"/"+pod.Namespace+"/"+pod.OwnerReferences[0].Name {
			continue
		}
		for j, env := range pod.Spec.Containers[0].Env {
			switch env.Name {
			case "KUBERNETES_SERVICE_HOST":
				pod.Spec.Containers[0].Env[j].Value = endpoint.Host
			case "KUBERNETES_SERVICE_PORT":
				pod.Spec.Containers[0].Env[j].Value = strconv.Itoa(int(endpoint.Port))
			}
		}
	}
	if name, ok := strings.CutPrefix(where, "configmap/"); ok {
		s.maps[name].Data = map[string]string{"KUBERNETES_SERVICE_HOST": endpoint.Host, "KUBERNETES_SERVICE_PORT": strconv.Itoa(int(endpoint.Port))}
	}
	for i, f := range s.in.Files {
		if f.Host == "" && f.Path == where {
			edited, err := convert.SetServer{Cluster: "kubernetes", Server: "https://" + endpoint.String()}.Apply(f.Content.Reveal())
			if err != nil {
				s.t.Fatal(err)
			}
			s.in.Files[i].Content = joinplan.NewSecretContent(edited)
		}
	}
}

// judge gives a check what its commands would print here.
func (s *simulation) judge(check joinplan.Check) error {
	s.t.Helper()
	var outputs []joinplan.Output
	for _, command := range check.Commands {
		outputs = append(outputs, s.answer(check.Host, command.Argv(), check))
	}
	return check.Judge(outputs...)
}

func (s *simulation) answer(host string, argv []string, check joinplan.Check) joinplan.Output {
	s.t.Helper()
	line := strings.Join(argv, " ")
	switch {
	case check.Kind == joinplan.CheckAddress:
		for name := range strings.Lines(s.host[host]["/etc/hosts"]) {
			if fields := strings.Fields(name); slices.Contains(fields, argv[2]) {
				return joinplan.Output{Stdout: []byte(name)}
			}
		}
		return joinplan.Output{Status: 2}
	case check.Kind == joinplan.CheckReady:
		var list corev1.NodeList
		list.Items = s.in.Objects.Nodes
		text, err := json.Marshal(list)
		if err != nil {
			s.t.Fatal(err)
		}
		return joinplan.Output{Stdout: text}
	case strings.Contains(line, "config view -o jsonpath={.clusters[?("):
		_, rest, _ := strings.Cut(line, `@.name=="`)
		name, _, _ := strings.Cut(rest, `"`)
		return joinplan.Output{Stdout: []byte(server(s.host[host][argv[2]], name))}
	case argv[0] == "sh" && strings.Contains(argv[2], "config view"):
		cm := s.maps[argv[4]+"/"+argv[5]]
		return joinplan.Output{Stdout: []byte(server(cm.Data[strings.ReplaceAll(argv[6], `\.`, ".")], ""))}
	case strings.Contains(line, "--tls-server-name"):
		return s.served(host, argv[slices.Index(argv, "--tls-server-name")+1])
	case argv[0] == "sh" && strings.Contains(argv[2], "grep controlPlaneEndpoint"):
		for line := range strings.Lines(s.maps["kube-system/kubeadm-config"].Data["ClusterConfiguration"]) {
			if strings.Contains(line, "controlPlaneEndpoint") {
				return status(strings.Contains(line, argv[4]))
			}
		}
		return status(false)
	case argv[0] == "sh" && strings.Contains(argv[2], "jws-kubeconfig"):
		return status(s.maps["kube-public/cluster-info"].Data["jws-kubeconfig-is509p"] != "")
	}
	return joinplan.Output{}
}

func status(ok bool) joinplan.Output {
	if ok {
		return joinplan.Output{}
	}
	return joinplan.Output{Status: 1}
}

// server is that of a cluster in a kubeconfig, or of its first.
func server(kubeconfig, name string) string {
	var config struct {
		Clusters []struct {
			Name    string
			Cluster struct{ Server string }
		}
	}
	if err := yaml.Unmarshal([]byte(kubeconfig), &config); err != nil {
		return ""
	}
	for _, c := range config.Clusters {
		if c.Name == name || name == "" {
			return c.Cluster.Server
		}
	}
	return ""
}

func (s *simulation) served(host, name string) joinplan.Output {
	s.t.Helper()
	block, _ := pem.Decode([]byte(s.host[host][pki+"/apiserver.crt"]))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		s.t.Fatal(err)
	}
	matches := s.host[host][pki+"/apiserver.key"] == "key of "+s.host[host][pki+"/apiserver.crt"]
	return status(cert.VerifyHostname(name) == nil && matches)
}

// follow carries a plan out in its order until stop says so.
func (s *simulation) follow(p joinplan.Plan, stop func(step joinplan.Step) bool) []joinplan.ID {
	s.t.Helper()
	var done []joinplan.ID
	for {
		ready := p.Ready(done)
		if len(ready) == 0 {
			break
		}
		if stop(ready[0]) {
			return done
		}
		s.carryOut(ready[0])
		done = append(done, ready[0].ID)
	}
	if len(done) != len(p.Steps) {
		s.t.Errorf("%d of %d steps were ever ready", len(done), len(p.Steps))
	}
	return done
}

func never(joinplan.Step) bool { return false }
