package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// systemctl asks the machine's first process and gives the exit status.
func systemctl(args []string) int {
	reply, err := ask(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "Failed to connect to bus:", err)
		return 1
	}
	fmt.Print(reply.Stdout)
	fmt.Fprint(os.Stderr, reply.Stderr)
	return reply.Status
}

func ask(args []string) (machine.Reply, error) {
	var reply machine.Reply
	conn, err := net.Dial("unix", machine.Socket)
	if err != nil {
		return reply, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(args); err != nil {
		return reply, err
	}
	err = json.NewDecoder(conn).Decode(&reply)
	return reply, err
}

// serve answers systemctl from now on.
func serve(u *units) error {
	listener, err := net.Listen("unix", machine.Socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				fmt.Fprintln(os.Stderr, "systemctl:", err)
				return
			}
			go answer(u, conn)
		}
	}()
	return nil
}

func answer(u *units, conn net.Conn) {
	defer conn.Close()
	var args []string
	if err := json.NewDecoder(conn).Decode(&args); err != nil {
		fmt.Fprintln(os.Stderr, "systemctl:", err)
		return
	}
	if err := json.NewEncoder(conn).Encode(u.control(args)); err != nil {
		fmt.Fprintln(os.Stderr, "systemctl:", err)
	}
}

// control does what systemctl(1) says for the commands that tools use.
func (u *units) control(args []string) machine.Reply {
	isFlag := func(arg string) bool { return strings.HasPrefix(arg, "-") }
	now := slices.Contains(args, "--now")
	words := slices.DeleteFunc(slices.Clone(args), isFlag)
	if len(words) == 0 {
		return machine.Reply{Status: 1, Stderr: "systemctl: a command is missing\n"}
	}
	verb, names := words[0], words[1:]
	if verb == "daemon-reload" || verb == "reset-failed" {
		return machine.Reply{}
	}
	if len(names) == 0 {
		return machine.Reply{Status: 1, Stderr: "Too few arguments.\n"}
	}
	var reply machine.Reply
	for _, name := range names {
		one := u.controlOne(verb, strings.TrimSuffix(name, ".service"), now)
		reply.Stdout += one.Stdout
		reply.Stderr += one.Stderr
		reply.Status = max(reply.Status, one.Status)
	}
	return reply
}

func (u *units) controlOne(verb, name string, now bool) machine.Reply {
	unit, ok := u.byName[name]
	if !ok {
		return missing(verb, name)
	}
	switch verb {
	case "status":
		return unit.status()
	case "is-active":
		return unit.isActive()
	case "is-enabled":
		if unit.enabled() {
			return machine.Reply{Stdout: "enabled\n"}
		}
		return machine.Reply{Status: 1, Stdout: "disabled\n"}
	}
	if err := unit.change(verb, now); err != nil {
		return machine.Reply{Status: 1, Stderr: err.Error() + "\n"}
	}
	return machine.Reply{}
}

func missing(verb, name string) machine.Reply {
	switch verb {
	case "is-active":
		return machine.Reply{Status: 3, Stdout: "inactive\n"}
	case "is-enabled":
		return machine.Reply{Status: 1, Stderr: "Failed to get unit file state for " + name + ".service: No such file or directory\n"}
	case "status":
		return machine.Reply{Status: 4, Stderr: "Unit " + name + ".service could not be found.\n"}
	}
	return machine.Reply{Status: 5, Stderr: "Failed to " + verb + " " + name + ".service: Unit " + name + ".service not found.\n"}
}

func (u *unit) status() machine.Reply {
	state := u.state()
	reply := machine.Reply{Stdout: fmt.Sprintf("%s.service\n   Loaded: loaded\n   Active: %s\n", u.Name, state)}
	if state != "active" {
		reply.Status = 3
	}
	return reply
}

func (u *unit) isActive() machine.Reply {
	state := u.state()
	reply := machine.Reply{Stdout: state + "\n"}
	if state != "active" {
		reply.Status = 3
	}
	return reply
}

func (u *unit) change(verb string, now bool) error {
	u.changing.Lock()
	defer u.changing.Unlock()
	switch verb {
	case "start":
		return u.start()
	case "stop":
		return u.halt()
	case "restart":
		return u.restart()
	case "reload":
		return u.reload()
	case "reload-or-restart":
		if u.Reloads && u.state() == "active" {
			return u.reload()
		}
		return u.restart()
	case "enable":
		if err := u.enable(); err != nil || !now {
			return err
		}
		return u.start()
	case "disable":
		if err := u.disable(); err != nil || !now {
			return err
		}
		return u.halt()
	}
	return errors.New("Unknown command verb " + verb + ".")
}

func (u *unit) restart() error {
	if err := u.halt(); err != nil {
		return err
	}
	return u.start()
}
