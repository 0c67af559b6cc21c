package kubestate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/haplane/haplane/internal/e2e/build"
)

// The users of the server and their groups, by the token that each shows.
const (
	admin  = "admin"  // may do everything
	reader = "reader" // too, and only kubestate uses it
	viewer = "viewer" // may see ConfigMaps and pods
	nobody = "nobody" // may see nothing
)

const users = admin + ",admin,1,system:masters\n" + reader + ",reader,2,system:masters\n" + viewer + ",viewer,3\n" + nobody + ",nobody,4\n"

const auditPolicy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"

// server is a real API server with its etcd, on loopback, and with the
// certificates that kubeadm made for it.
type server struct {
	t   *testing.T
	dir string
	url string
}

// start starts both and waits until the API server is ready.
func start(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir()}
	s.write("kubeadm.yaml", []byte(strings.Replace(kubeadmConfig, "DIR", s.path("pki"), 1)))
	s.phase("certs all")
	client, peer, address := freePort(t), freePort(t), freePort(t)
	s.url = "https://" + address
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	s.run("etcd", "--data-dir", s.path("etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", "http://"+client, "--advertise-client-urls", "http://"+client,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer, "--initial-cluster", "default=http://"+peer)
	s.write("users.csv", []byte(users))
	s.write("audit.yaml", []byte(auditPolicy))
	s.run("kube-apiserver", "--etcd-servers", "http://"+client, "--bind-address", "127.0.0.1", "--secure-port", port,
		"--tls-cert-file", s.path("pki/apiserver.crt"), "--tls-private-key-file", s.path("pki/apiserver.key"),
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", s.path("pki/sa.pub"), "--service-account-signing-key-file", s.path("pki/sa.key"),
		"--endpoint-reconciler-type", "none", "--service-cluster-ip-range", "10.96.0.0/24",
		"--authorization-mode", "RBAC", "--token-auth-file", s.path("users.csv"), "--disable-admission-plugins", "ServiceAccount",
		"--audit-policy-file", s.path("audit.yaml"), "--audit-log-path", s.path("audit.log"))
	s.waitReady()
	return s
}

func (s *server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *server) write(name string, data []byte) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// freePort is an address of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// run starts a program that is killed when the test ends.
func (s *server) run(name string, args ...string) {
	s.t.Helper()
	log, err := os.Create(s.path(name + ".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program(s.t, name), args...)
	cmd.Stdout, cmd.Stderr = log, log
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, err := os.ReadFile(s.path(name + ".log")); err == nil && s.t.Failed() {
			s.t.Logf("the end of what %s logged:\n%s", name, text[max(0, len(text)-2000):])
		}
	})
}

const (
	buildTimeout = 30 * time.Minute // with an empty cache
	startTimeout = 2 * time.Minute
)

// program builds a program of the newest release, or finds it in the cache.
func program(t *testing.T, name string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
	defer cancel()
	builder := build.Builder{Source: "../../e2e/build", Cache: filepath.Join(cache, "haplane-e2e"), Log: os.Stderr}
	path, err := builder.Program(ctx, build.V1_37, name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *server) waitReady() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ready(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("the API server is not ready within %v: %v", startTimeout, err)
		case <-tick.C:
		}
	}
}

func (s *server) ready(ctx context.Context) error {
	client, err := rest.HTTPClientFor(s.config(admin))
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

func (s *server) config(user string) *rest.Config {
	return &rest.Config{Host: s.url, BearerToken: user, TLSClientConfig: rest.TLSClientConfig{CAFile: s.path("pki/ca.crt")}}
}

// client is the clientset of a user.
func (s *server) client(user string) kubernetes.Interface {
	s.t.Helper()
	client, err := kubernetes.NewForConfig(s.config(user))
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

// kubeconfig writes that of a user, with the CA in it.
func (s *server) kubeconfig(user string) string {
	s.t.Helper()
	ca, err := os.ReadFile(s.path("pki/ca.crt"))
	if err != nil {
		s.t.Fatal(err)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["kubernetes"] = &clientcmdapi.Cluster{Server: s.url, CertificateAuthorityData: ca}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: user}
	config.Contexts[user] = &clientcmdapi.Context{Cluster: "kubernetes", AuthInfo: user}
	config.CurrentContext = user
	path := s.path(user + ".conf")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// command runs a program, and gives what it wrote to both outputs: kubectl says
// on the second what is not there.
func command(t *testing.T, name string, args ...string) ([]byte, error) {
	t.Helper()
	out, err := exec.Command(program(t, name), args...).CombinedOutput()
	if err != nil {
		return out, fmt.Errorf("%s %q: %w\n%s", name, args, err, out)
	}
	return out, nil
}

// phase runs one of kubeadm init with the server's configuration.
func (s *server) phase(words string) {
	s.t.Helper()
	args := strings.Fields("init phase " + words + " --config " + s.path("kubeadm.yaml"))
	if _, err := command(s.t, "kubeadm", args...); err != nil {
		s.t.Fatal(err)
	}
}
