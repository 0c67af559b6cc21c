package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// message is what syslog(3) sends over /dev/log: a priority, a time and the
// text, without the host's name.
var message = regexp.MustCompile(`^<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (.*)$`)

// sockets are where programs send their messages: everybody, and a HAProxy that
// has locked itself into its directory, for which Debian's rsyslog listens there
// too.
var sockets = []string{"/dev/log", "/var/lib/haproxy/dev/log"}

// queueLength is how many messages may wait at a socket until HAProxy drops the
// next: what systemd sets, where the kernel's own 10 are too few for a server
// that takes its connections with it.
const queueLength = "512"

// collectLogs writes what is sent to the sockets to a file, in the form that
// rsyslog gives it.
func collectLogs(host string) error {
	if err := os.WriteFile("/proc/sys/net/unix/max_dgram_qlen", []byte(queueLength), 0o644); err != nil {
		return err
	}
	log, err := os.OpenFile(machine.SyslogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for _, socket := range sockets {
		conn, err := listen(socket)
		if err != nil {
			return err
		}
		go collect(conn, log, host)
	}
	return nil
}

func listen(socket string) (*net.UnixConn, error) {
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return nil, err
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	return conn, os.Chmod(socket, 0o666)
}

// collect writes each message in one piece.
func collect(conn *net.UnixConn, log *os.File, host string) {
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			fmt.Fprintln(os.Stderr, "syslog:", err)
			return
		}
		line := bytes.TrimRight(buf[:n], "\n\x00")
		if parts := message.FindSubmatch(line); parts != nil {
			line = fmt.Appendf(nil, "%s %s %s", parts[1], host, parts[2])
		}
		if _, err := log.Write(append(line, '\n')); err != nil {
			fmt.Fprintln(os.Stderr, "syslog:", err)
		}
	}
}
