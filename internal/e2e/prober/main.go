// Command prober runs in pods of the lab.
//
//	prober serve   answers with its host name on port 8080
//	prober ask     asks a Service, the API and cluster DNS the whole time
//
// Each question is a new connection or a new lookup, and waits for no other. A
// line is printed for each that was missed, and once a second the counts so far.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	interval = 200 * time.Millisecond
	patience = 2 * time.Second

	authority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "prober:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve()
	case len(args) == 2 && args[0] == "ask":
		return ask(args[1])
	}
	return fmt.Errorf("unknown arguments %q", args)
}

func serve() error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	return http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, name)
	}))
}

// counts are what a question came to so far.
type counts struct{ Asked, Missed int }

type prober struct {
	mu     sync.Mutex
	counts map[string]counts
}

// ask asks by the address of a Service, and by names.
func ask(service string) error {
	pem, err := os.ReadFile(authority)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	p := &prober{counts: map[string]counts{}}
	for name, question := range map[string]func(context.Context) error{
		"Service":    get("http://"+service+":80/", nil),
		"kubernetes": get("https://"+net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))+"/version", &tls.Config{RootCAs: roots}),
		"DNS":        lookup,
	} {
		go p.keepAsking(name, question)
	}
	for range time.Tick(time.Second) {
		p.report()
	}
	return nil
}

func get(url string, config *tls.Config) func(context.Context) error {
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", url, response.Status)
		}
		return nil
	}
}

func lookup(ctx context.Context) error {
	resolver := net.Resolver{PreferGo: true}
	_, err := resolver.LookupHost(ctx, "kubernetes.default.svc.cluster.local.")
	return err
}

func (p *prober) keepAsking(name string, question func(context.Context) error) {
	for range time.Tick(interval) {
		go func() {
			asked := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			p.count(name, asked, question(ctx))
		}()
	}
}

func (p *prober) count(name string, asked time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts[name]
	c.Asked++
	if err != nil {
		c.Missed++
		fmt.Println(asked.UTC().Format(time.RFC3339Nano), "missed", name, err)
	}
	p.counts[name] = c
}

func (p *prober) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	text, err := json.Marshal(p.counts)
	if err != nil {
		return
	}
	fmt.Println(string(text))
}
