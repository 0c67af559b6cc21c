package etcd

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// cluster is a cluster of real servers on loopback.
type cluster struct {
	t   *testing.T
	bin binaries
	dir string
	*network
	members []*server
	extra   []string          // flags for all servers
	fronts  map[string]*front // of members that were added, by ID
}

// server is one etcd process.
type server struct {
	name     string
	client   string // host:port
	peer     string // host:port behind the proxy
	front    *front
	id       uint64
	cmd      *exec.Cmd
	done     chan struct{} // closed when the process has ended
	state    string        // new or existing
	existing string        // the initial cluster of a member that joins
}

const startTimeout = 60 * time.Second

// startCluster starts n members and waits until all follow a leader.
func startCluster(t *testing.T, bin binaries, n int, flags ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, bin: bin, dir: t.TempDir(), network: newNetwork(t), extra: flags, fronts: map[string]*front{}}
	for i := range n {
		c.newServer(fmt.Sprintf("m%d", i+1))
	}
	for _, s := range c.members {
		c.start(s)
	}
	c.eventually(t, startTimeout, "all members follow one leader", func() error {
		for _, s := range c.members {
			st, err := c.status(s)
			if err != nil {
				return err
			}
			if st.Leader == 0 {
				return fmt.Errorf("%s has no leader", s.name)
			}
			s.id = st.Header.MemberId
			s.front.setID(s.id)
		}
		return nil
	})
	return c
}

// newServer gives a member its ports.
func (c *cluster) newServer(name string) *server {
	s := &server{name: name, client: freePort(c.t), peer: freePort(c.t), state: "new"}
	s.front = c.newFront(c.t, s.peer)
	c.members = append(c.members, s)
	return s
}

// freePort is a port of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *server) peerURL() string { return "http://" + s.front.addr() }

func (c *cluster) initial() string {
	var parts []string
	for _, s := range c.members {
		parts = append(parts, s.name+"="+s.peerURL())
	}
	return strings.Join(parts, ",")
}

// start starts a member, for the first time or again.
func (c *cluster) start(s *server) {
	c.t.Helper()
	initial := s.existing
	if initial == "" {
		initial = c.initial()
	}
	log, err := os.OpenFile(filepath.Join(c.dir, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	args := append([]string{
		"--name", s.name, "--data-dir", filepath.Join(c.dir, s.name),
		"--listen-client-urls", "http://" + s.client, "--advertise-client-urls", "http://" + s.client,
		"--listen-peer-urls", "http://" + s.peer, "--initial-advertise-peer-urls", s.peerURL(),
		"--initial-cluster", initial, "--initial-cluster-state", s.state, "--initial-cluster-token", c.dir,
	}, c.extra...)
	s.cmd = exec.Command(c.bin.etcd, args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	dieWithParent(s.cmd)
	if err := s.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	done, cmd := make(chan struct{}), s.cmd
	s.done = done
	go func() {
		cmd.Wait()
		close(done)
	}()
	c.t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
	})
}

// stop kills a member and waits until it is gone.
func (c *cluster) stop(s *server) {
	s.cmd.Process.Kill()
	<-s.done
}

// signal sends a member a signal such as SIGSTOP.
func (c *cluster) signal(s *server, sig syscall.Signal) {
	c.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		c.t.Fatal(err)
	}
}

// eventually asks until there is no error.
func (c *cluster) eventually(t *testing.T, timeout time.Duration, what string, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s: %v\n%s", timeout, what, err, c.logs())
		case <-tick.C:
		}
	}
}

// logs is the end of each server's log.
func (c *cluster) logs() string {
	var b bytes.Buffer
	for _, s := range c.members {
		log, _ := os.ReadFile(filepath.Join(c.dir, s.name+".log"))
		fmt.Fprintf(&b, "--- %s\n%s\n", s.name, log[max(0, len(log)-1500):])
	}
	return b.String()
}

// endpoints are the client endpoints of all members.
func (c *cluster) endpoints() []string {
	var list []string
	for _, s := range c.members {
		list = append(list, s.client)
	}
	return list
}

const askTimeout = 2 * time.Second

// client connects to one member.
func (c *cluster) client(s *server) *clientv3.Client {
	c.t.Helper()
	cl, err := clientv3.New(clientv3.Config{Endpoints: []string{s.client}, DialTimeout: askTimeout, Logger: zap.NewNop()})
	if err != nil {
		c.t.Fatal(err)
	}
	return cl
}

// status is what a member says of itself over gRPC.
func (c *cluster) status(s *server) (*clientv3.StatusResponse, error) {
	cl := c.client(s)
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	return cl.Status(ctx, s.client)
}

// output is what one run of etcdctl printed.
type output struct {
	stdout, stderr []byte
	err            error
}

// both is what a terminal shows.
func (o output) both() []byte { return append(append([]byte{}, o.stderr...), o.stdout...) }

// ctl runs etcdctl against the endpoints.
func (c *cluster) ctl(endpoints []string, args ...string) output {
	cmd := exec.Command(c.bin.etcdctl, append(args,
		"--endpoints", strings.Join(endpoints, ","), "--command-timeout", askTimeout.String(), "--dial-timeout", "1s")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	return output{stdout.Bytes(), stderr.Bytes(), err}
}
