package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// requestPatience is how long a client waits for one answer.
const requestPatience = 30 * time.Second

// answer is what a client got for a request.
type answer struct {
	sent, done time.Time
	err        error
}

// client asks the API by the endpoint, as somebody outside of the cluster who
// has the administrator's kubeconfig.
type client struct {
	http *http.Client
	// streams has no limit of time.
	streams     *http.Client
	server, url string
}

// newClient reads admin.conf on a control plane. Every request of the client is
// a new connection to the endpoint's port of an address.
func (d *deployment) newClient(t *testing.T, on, address string) *client {
	t.Helper()
	config, server := d.credentials(t, on)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.lab.DialContext(ctx, network, net.JoinHostPort(address, strconv.Itoa(int(d.spec.ControlPlaneEndpoint.Port))))
	}
	transport := &http.Transport{DialContext: dial, TLSClientConfig: config, DisableKeepAlives: true}
	return &client{
		http:    &http.Client{Transport: transport, Timeout: requestPatience},
		streams: &http.Client{Transport: transport},
		server:  server,
		url:     server + "/api/v1/namespaces/kube-system",
	}
}

func (d *deployment) endpointAddress() string {
	return d.spec.LoadBalancers[0].Address.Addr().String()
}

// credentials are what admin.conf has: for TLS, and the server's URL.
func (d *deployment) credentials(t *testing.T, on string) (*tls.Config, string) {
	t.Helper()
	var kubeconfig struct {
		Clusters []struct {
			Cluster struct {
				CA     string `json:"certificate-authority-data"`
				Server string `json:"server"`
			} `json:"cluster"`
		} `json:"clusters"`
		Users []struct {
			User struct {
				Certificate string `json:"client-certificate-data"`
				Key         string `json:"client-key-data"`
			} `json:"user"`
		} `json:"users"`
	}
	content, err := d.host(t, on).ReadFile(interrupted, "/etc/kubernetes/admin.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, &kubeconfig); err != nil || len(kubeconfig.Clusters) != 1 || len(kubeconfig.Users) != 1 {
		t.Fatalf("admin.conf on %s: %v", on, err)
	}
	user, cluster := kubeconfig.Users[0].User, kubeconfig.Clusters[0].Cluster
	certificate, err := tls.X509KeyPair(decode(t, user.Certificate), decode(t, user.Key))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(decode(t, cluster.CA)) {
		t.Fatalf("admin.conf on %s has no CA", on)
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}, cluster.Server
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (c *client) ask(ctx context.Context) answer {
	a := answer{sent: time.Now()}
	a.err = c.get(ctx)
	a.done = time.Now()
	return a
}

func (c *client) get(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}

// keepAsking sends a request every interval, whether or not the ones before are
// answered, until the context ends. It gives the answers in the order in which
// they were asked for.
func (c *client) keepAsking(ctx context.Context, interval time.Duration) []answer {
	var (
		wait    sync.WaitGroup
		mu      sync.Mutex
		answers []answer
	)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		mu.Lock()
		i := len(answers)
		answers = append(answers, answer{})
		mu.Unlock()
		wait.Add(1)
		go func() {
			defer wait.Done()
			a := c.ask(context.WithoutCancel(ctx))
			mu.Lock()
			defer mu.Unlock()
			answers[i] = a
		}()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	wait.Wait()
	return answers
}

// service is how answers look to those who asked.
type service struct {
	Requests, Failed, Slow int
	Worst                  time.Duration
}

func judge(answers []answer) service {
	s := service{Requests: len(answers)}
	for _, a := range answers {
		took := a.done.Sub(a.sent)
		s.Worst = max(s.Worst, took)
		if a.err != nil {
			s.Failed++
		} else if took > time.Second {
			s.Slow++
		}
	}
	return s
}

func (s service) String() string {
	return fmt.Sprintf("%d requests, %d failed, %d more took over 1 s, worst %.1f s", s.Requests, s.Failed, s.Slow, s.Worst.Seconds())
}

// between are the requests that ended in a span of time: one that a fault cuts off
// counts to the time after it.
func between(answers []answer, from, to time.Time) []answer {
	var out []answer
	for _, a := range answers {
		if !a.done.Before(from) && a.done.Before(to) {
			out = append(out, a)
		}
	}
	return out
}
