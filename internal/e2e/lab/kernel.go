package lab

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// pollInterval is how often a condition is looked at.
const pollInterval = 200 * time.Millisecond

// kernelSettings are settings of the whole machine, by their files, that a
// kubelet changes (setupKernelTunables of its container manager).
type kernelSettings map[string]string

func kernelFiles() []string {
	return []string{
		"/proc/sys/vm/overcommit_memory",
		"/proc/sys/vm/panic_on_oom",
		"/proc/sys/kernel/panic",
		"/proc/sys/kernel/panic_on_oops",
		"/proc/sys/kernel/keys/root_maxkeys",
		"/proc/sys/kernel/keys/root_maxbytes",
	}
}

func settingsFile() string { return filepath.Join(root, "kernel-settings.json") }

// saveKernelSettings keeps them in a file too, for a run that cannot put them
// back itself.
func saveKernelSettings() (kernelSettings, error) {
	settings := make(kernelSettings)
	for _, name := range kernelFiles() {
		value, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		settings[name] = string(value)
	}
	content, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	return settings, os.WriteFile(settingsFile(), content, 0o600)
}

func loadKernelSettings() (kernelSettings, error) {
	content, err := os.ReadFile(settingsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var settings kernelSettings
	return settings, json.Unmarshal(content, &settings)
}

func (s kernelSettings) restore() error {
	var errs []error
	for name, value := range s {
		current, err := os.ReadFile(name)
		if err == nil && string(current) != value {
			err = os.WriteFile(name, []byte(value), 0o644)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// removeLeftovers removes what a lab keeps outside of its machines. Those died
// with their lab.
func removeLeftovers(hierarchies []hierarchy) error {
	if err := removeGroups(hierarchies, 30*time.Second); err != nil {
		return err
	}
	settings, err := loadKernelSettings()
	if err != nil {
		return err
	}
	return errors.Join(settings.restore(), os.RemoveAll(root))
}
