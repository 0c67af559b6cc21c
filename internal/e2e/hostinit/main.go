// Command hostinit is the first process of a machine of the lab, and the
// systemctl in it.
//
//	hostinit enter FILE    joins the machine's control groups, then becomes init
//	hostinit init FILE     mounts the machine's file systems and keeps its units
//	hostinit hold          holds namespaces open until its standard input ends
//	systemctl ...          asks the first process
//
// A machine lives as long as the standard input of its first process: when the
// lab ends, however it ends, the kernel removes everything in the machine.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/haplane/haplane/internal/e2e/machine"
)

func main() {
	if filepath.Base(os.Args[0]) == "systemctl" {
		os.Exit(systemctl(os.Args[1:]))
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hostinit:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "hold":
		fmt.Println(machine.Ready)
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case len(args) == 2 && args[0] == "enter":
		return enter(args[1])
	case len(args) == 2 && args[0] == "init":
		return boot(args[1])
	}
	return fmt.Errorf("unknown arguments %q", args)
}
