// Package outdir writes a directory of files safely: each file atomically and
// with its mode, nothing outside the directory, and nothing at all when a file
// that is there already says something else.
package outdir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"

	"github.com/haplane/haplane/joinplan"
)

// Write makes the directory and the files, whose paths are relative to it. Where
// files with other content are there it names them all and writes nothing,
// unless replace is set. All files are on the disk under temporary names before
// the first takes its place, so that a full disk changes nothing; whenever the
// process dies, each file is the old or the new one. Where a machine is named
// like one of the files, such as hosts, nothing is written.
func Write(dir string, files []joinplan.WriteFile, replace bool) error {
	if err := collisions(files); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	return errors.Join(writeAll(root, files, replace), root.Close())
}

func writeAll(root *os.Root, files []joinplan.WriteFile, replace bool) error {
	if err := check(root, files, replace); err != nil {
		return err
	}
	for i, f := range files {
		if err := stage(root, f); err != nil {
			return errors.Join(err, unstage(root, files[:i+1]))
		}
	}
	for i, f := range files {
		if err := root.Rename(temporary(f.Path), f.Path); err != nil {
			return errors.Join(err, unstage(root, files[i:]))
		}
	}
	return syncDirectories(root, files)
}

// collisions finds paths that are there twice, or are the directory of another.
func collisions(files []joinplan.WriteFile) error {
	var errs []error
	taken := map[string]bool{}
	for _, f := range files {
		if name := path.Clean(f.Path); taken[name] {
			errs = append(errs, fmt.Errorf("%s would be two files: no machine can have that name here", name))
		} else {
			taken[name] = true
		}
	}
	reported := map[string]bool{}
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if taken[dir] && !reported[dir] {
				reported[dir] = true
				errs = append(errs, fmt.Errorf("%s would be a file and the directory of a machine: no machine can have that name here", dir))
			}
		}
	}
	return errors.Join(errs...)
}

func check(root *os.Root, files []joinplan.WriteFile, replace bool) error {
	var errs []error
	for _, f := range files {
		old, err := root.ReadFile(f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			errs = append(errs, err)
		case !replace && !bytes.Equal(old, f.Content.Reveal()):
			errs = append(errs, fmt.Errorf("%s is there and says something else", path.Join(root.Name(), f.Path)))
		}
	}
	return errors.Join(errs...)
}

// temporary is beside the file, because a rename does not cross file systems.
func temporary(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".haplane-new")
}

// stage writes a file under its temporary name, over what a process that died
// may have left there.
func stage(root *os.Root, f joinplan.WriteFile) error {
	if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil {
		return err
	}
	name := temporary(f.Path)
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.Content.Reveal())
	// The umask may have taken bits away.
	return errors.Join(err, out.Chmod(f.Mode), out.Sync(), out.Close())
}

// unstage removes the temporary files that are there.
func unstage(root *os.Root, files []joinplan.WriteFile) error {
	var errs []error
	for _, f := range files {
		_, err := root.Lstat(temporary(f.Path))
		if err == nil {
			errs = append(errs, root.Remove(temporary(f.Path)))
		}
	}
	return errors.Join(errs...)
}

// syncDirectories makes the new names last. Windows has nothing of the kind.
func syncDirectories(root *os.Root, files []joinplan.WriteFile) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	synced := map[string]bool{}
	for _, f := range files {
		for dir := path.Dir(f.Path); !synced[dir]; dir = path.Dir(dir) {
			synced[dir] = true
			d, err := root.Open(dir)
			if err != nil {
				return err
			}
			if err := errors.Join(d.Sync(), d.Close()); err != nil {
				return err
			}
		}
	}
	return nil
}
