package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/haplane/haplane/internal/e2e/machine"
)

const (
	restartDelay = time.Second
	stopTimeout  = 20 * time.Second
)

// units are the services of a machine.
type units struct {
	processes *processes
	byName    map[string]*unit
	order     []*unit
}

func newUnits(described []machine.Unit) (*units, error) {
	u := &units{processes: newProcesses(), byName: make(map[string]*unit)}
	for _, d := range described {
		unit := &unit{Unit: d, processes: u.processes}
		u.byName[d.Name] = unit
		u.order = append(u.order, unit)
		if err := unit.firstBoot(); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func (u *units) startEnabled() {
	for _, unit := range u.order {
		if unit.enabled() {
			if err := unit.change("start", false); err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", unit.Name, err)
			}
		}
	}
}

// unit is a service. It is safe for concurrent use.
type unit struct {
	machine.Unit
	processes *processes

	// changing is held while a request is carried out.
	changing sync.Mutex
	mu       sync.Mutex
	// stop is closed to end the unit's keeper, which closes stopped.
	stop, stopped chan struct{}
	pid           int
}

func (u *unit) marker() string { return filepath.Join(machine.EnabledDir, u.Name) }

// firstBoot enables a unit that a new machine has enabled.
func (u *unit) firstBoot() error {
	seen := u.marker() + ".known"
	if _, err := os.Stat(seen); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if u.Enabled {
		if err := u.enable(); err != nil {
			return err
		}
	}
	return os.WriteFile(seen, nil, 0o644)
}

func (u *unit) enabled() bool {
	_, err := os.Stat(u.marker())
	return err == nil
}

func (u *unit) enable() error { return os.WriteFile(u.marker(), nil, 0o644) }

func (u *unit) disable() error {
	if err := os.Remove(u.marker()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// state is active, activating (it ended and is about to be started again) or
// inactive, as systemd calls them.
func (u *unit) state() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.stop == nil:
		return "inactive"
	case u.pid == 0:
		return "activating"
	}
	return "active"
}

func (u *unit) start() error {
	if err := u.check(); err != nil {
		return err
	}
	log, err := u.log()
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		return log.Close()
	}
	pid, done, err := u.processes.start(u.Start, log)
	if err != nil {
		log.Close()
		return err
	}
	u.pid, u.stop, u.stopped = pid, make(chan struct{}), make(chan struct{})
	go u.keep(log, done, u.stop, u.stopped)
	return nil
}

// keep starts the unit again whenever it ends, until it is told to stop.
func (u *unit) keep(log *os.File, done <-chan syscall.WaitStatus, stop <-chan struct{}, stopped chan<- struct{}) {
	defer close(stopped)
	defer log.Close()
	for {
		select {
		case <-done:
		case <-stop:
			u.terminate(done)
			return
		}
		u.setPID(0)
		for {
			select {
			case <-stop:
				return
			case <-time.After(restartDelay):
			}
			pid, again, err := u.processes.start(u.Start, log)
			if err == nil {
				u.setPID(pid)
				done = again
				break
			}
			fmt.Fprintln(log, "starting again:", err)
		}
	}
}

func (u *unit) setPID(pid int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.pid = pid
}

func (u *unit) terminate(done <-chan syscall.WaitStatus) {
	u.mu.Lock()
	pid := u.pid
	u.mu.Unlock()
	syscall.Kill(pid, syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(stopTimeout):
		syscall.Kill(-pid, syscall.SIGKILL)
		<-done
	}
}

func (u *unit) halt() error {
	u.mu.Lock()
	stop, stopped := u.stop, u.stopped
	u.stop = nil
	u.mu.Unlock()
	if stop == nil {
		return nil
	}
	close(stop)
	<-stopped
	u.setPID(0)
	return nil
}

func (u *unit) reload() error {
	if !u.Reloads {
		return fmt.Errorf("Job type reload is not applicable for unit %s.service.", u.Name)
	}
	if u.state() != "active" {
		return fmt.Errorf("%s.service is not active, cannot reload.", u.Name)
	}
	if err := u.check(); err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return syscall.Kill(u.pid, syscall.SIGUSR2)
}

func (u *unit) check() error {
	if len(u.Check) == 0 {
		return nil
	}
	log, err := u.log()
	if err != nil {
		return err
	}
	defer log.Close()
	_, done, err := u.processes.start(u.Check, log)
	if err != nil {
		return err
	}
	if status := <-done; status.ExitStatus() != 0 {
		return fmt.Errorf("Job for %s.service failed because the control process exited with error code: %q. See %s", u.Name, u.Check, log.Name())
	}
	return nil
}

func (u *unit) log() (*os.File, error) {
	name := filepath.Join(machine.LogDir, u.Name+".log")
	return os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}
