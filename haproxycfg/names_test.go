package haproxycfg

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxystat"
)

// TestFindsAServerByItsNameWheneverThatResolves starts HAProxy before the name of
// a server resolves, and has the name server fail later.
func TestFindsAServerByItsNameWheneverThatResolves(t *testing.T) {
	t.Parallel()
	lb := APIServers{}
	b := bareBed(t, 1, &lb)
	lb.Servers[0].Host = "cp-1.test"
	names := newNameServer(t)
	config := lb.Config()
	config.Resolvers[0].ParseResolvConf = false
	config.Resolvers[0].Nameservers = []Nameserver{{"stub", "127.0.0.1", names.port}}
	config.Resolvers[0].Hold.Valid = time.Second
	b.write(config.Bytes())
	b.startHAProxy()
	b.until("the server has no address", func() bool { return len(b.in(haproxystat.Maintenance)) == 1 })
	names.known.Store(true)
	b.until("the server is up", b.allUp)
	watches := b.watches()
	names.known.Store(false)
	asked := names.asked.Load()
	b.until("the name server has failed some times", func() bool { return names.asked.Load() > asked+4 })
	if up := b.in(haproxystat.Up); !slices.Equal(up, []string{"cp-1"}) {
		t.Errorf("up is %q: %+v", up, b.main())
	}
	b.mustKeep(watches)
}

// nameServer knows that every name is 127.0.0.1, or that there is none.
type nameServer struct {
	port  uint16
	known atomic.Bool
	asked atomic.Int64
}

func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &nameServer{port: uint16(conn.LocalAddr().(*net.UDPAddr).Port)}
	go func() {
		question := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFromUDP(question)
			if err != nil {
				return
			}
			conn.WriteToUDP(s.answer(question[:n]), from)
		}
	}()
	return s
}

// answer is that of RFC 1035, section 4.1, to one question.
func (s *nameServer) answer(question []byte) []byte {
	s.asked.Add(1)
	const header, suffix = 12, 5
	end := header + bytes.IndexByte(question[header:], 0) + suffix
	const typeA, none = 1, 3
	isA := binary.BigEndian.Uint16(question[end-4:]) == typeA
	out := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[header:end]...)
	switch {
	case !s.known.Load():
		out[3] |= none
	case isA:
		out[7] = 1
		out = append(out, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
	}
	return out
}
