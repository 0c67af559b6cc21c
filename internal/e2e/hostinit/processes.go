package main

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// processes starts processes and hears of their end. It is safe for concurrent
// use. Package os/exec waits for its children itself, which a first process
// that reaps every child must not do.
type processes struct {
	mu      sync.Mutex
	waiting map[int]chan syscall.WaitStatus
}

func newProcesses() *processes {
	return &processes{waiting: make(map[int]chan syscall.WaitStatus)}
}

// start gives a channel that gets the status of the process when it ends.
func (p *processes) start(argv []string, output *os.File) (int, <-chan syscall.WaitStatus, error) {
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return 0, nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, nil, err
	}
	defer null.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	pid, err := syscall.ForkExec(program, argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null.Fd(), output.Fd(), output.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, nil, err
	}
	done := make(chan syscall.WaitStatus, 1)
	p.waiting[pid] = done
	return pid, done, nil
}

func (p *processes) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 {
			return
		}
		if done, ok := p.waiting[pid]; ok {
			done <- status
			delete(p.waiting, pid)
		}
	}
}
