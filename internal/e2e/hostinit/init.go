package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// boot is the life of a machine.
func boot(file string) error {
	m, err := machine.Load(file)
	if err != nil {
		return err
	}
	if err := prepare(m); err != nil {
		return err
	}
	fmt.Println(machine.Ready)
	lab := bufio.NewScanner(os.Stdin)
	if !lab.Scan() || strings.TrimSpace(lab.Text()) != machine.Boot {
		return fmt.Errorf("the lab ended before the machine was started")
	}
	units, err := newUnits(m.Units)
	if err != nil {
		return err
	}
	go reap(units.processes)
	if err := serve(units); err != nil {
		return err
	}
	units.startEnabled()
	go func() {
		for lab.Scan() {
		}
		os.Exit(0)
	}()
	select {}
}

func prepare(m machine.Machine) error {
	if err := mountAll(m); err != nil {
		return err
	}
	if err := delegate(m.Hierarchies); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte(m.Name)); err != nil {
		return err
	}
	if err := os.Setenv("PATH", m.Path); err != nil {
		return err
	}
	if err := os.Setenv("HOME", "/root"); err != nil {
		return err
	}
	for _, dir := range []string{"/run/haproxy", "/run/lock", machine.EnabledDir, machine.LogDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if m.Syslog {
		if err := collectLogs(m.Name); err != nil {
			return err
		}
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

// reap takes in every process that ended: the first process of a machine is
// the parent of its orphans.
func reap(p *processes) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	for {
		p.reap()
		<-ended
	}
}
