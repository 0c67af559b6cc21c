package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"regexp"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// message is what syslog(3) sends over /dev/log: a priority, a time and the
// text, without the host's name.
var message = regexp.MustCompile(`^<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (.*)$`)

// collectLogs writes what is sent to /dev/log to a file, in the form that
// rsyslog gives it.
func collectLogs(host string) error {
	const socket = "/dev/log"
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	log, err := os.OpenFile(machine.SyslogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	go func() {
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
	}()
	return nil
}
