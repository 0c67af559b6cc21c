package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// pollInterval is how often a condition is looked at.
const pollInterval = 200 * time.Millisecond

// kernelFiles are the settings of the whole machine that a kubelet changes
// (setupKernelTunables of its container manager).
var kernelFiles = []string{
	"/proc/sys/vm/overcommit_memory",
	"/proc/sys/vm/panic_on_oom",
	"/proc/sys/kernel/panic",
	"/proc/sys/kernel/panic_on_oops",
	"/proc/sys/kernel/keys/root_maxkeys",
	"/proc/sys/kernel/keys/root_maxbytes",
}

// before is how this machine was before the lab.
type before struct {
	// Kernel is the content of kernelFiles.
	Kernel map[string]string
	// Controllers are those that the groups below the root of the unified
	// hierarchy had, where the machine has one.
	Controllers []string
}

func beforeFile() string { return filepath.Join(root, "before.json") }

// saveBefore keeps it in a file, because the run may end without putting it back.
func saveBefore(hierarchies []hierarchy) error {
	saved := before{Kernel: make(map[string]string)}
	for _, name := range kernelFiles {
		value, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		saved.Kernel[name] = string(value)
	}
	for _, h := range hierarchies {
		if !h.unified() {
			continue
		}
		controllers, err := os.ReadFile(h.subtreeControl())
		if err != nil {
			return err
		}
		saved.Controllers = strings.Fields(string(controllers))
	}
	content, err := json.Marshal(saved)
	if err != nil {
		return err
	}
	return os.WriteFile(beforeFile(), content, 0o600)
}

// loadBefore reads what an earlier run saved, if there was one.
func loadBefore() (before, error) {
	content, err := os.ReadFile(beforeFile())
	if errors.Is(err, fs.ErrNotExist) {
		return before{}, nil
	}
	if err != nil {
		return before{}, err
	}
	var saved before
	if err := json.Unmarshal(content, &saved); err != nil {
		return before{}, fmt.Errorf("%s: %w", beforeFile(), err)
	}
	return saved, nil
}

// restore writes no file but those that a lab changes, whatever was saved.
func (b before) restore(hierarchies []hierarchy) error {
	var errs []error
	for name, value := range b.Kernel {
		if !slices.Contains(kernelFiles, name) {
			errs = append(errs, fmt.Errorf("%s is no setting that a lab changes, and stays as it is", name))
			continue
		}
		current, err := os.ReadFile(name)
		if err == nil && string(current) != value {
			err = os.WriteFile(name, []byte(value), 0o644)
		}
		errs = append(errs, err)
	}
	for _, h := range hierarchies {
		if h.unified() && b.Kernel != nil {
			errs = append(errs, takeControllers(h.subtreeControl(), b.Controllers))
		}
	}
	return errors.Join(errs...)
}

// takeControllers takes from the groups below a group the controllers that they
// did not have before.
func takeControllers(file string, had []string) error {
	now, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var errs []error
	for controller := range strings.FieldsSeq(string(now)) {
		if !slices.Contains(had, controller) {
			errs = append(errs, os.WriteFile(file, []byte("-"+controller), 0o644))
		}
	}
	return errors.Join(errs...)
}

// removeLeftovers puts back what a lab changed and removes what it keeps outside
// of its machines. Those died with their lab.
func removeLeftovers(hierarchies []hierarchy) error {
	if err := checkRoot(); err != nil {
		return err
	}
	if err := removeGroups(hierarchies, 30*time.Second); err != nil {
		return err
	}
	saved, err := loadBefore()
	if err != nil {
		return err
	}
	return errors.Join(saved.restore(hierarchies), os.RemoveAll(root))
}
