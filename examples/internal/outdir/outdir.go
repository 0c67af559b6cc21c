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

	"github.com/haplane/haplane/joinplan"
)

// Write makes the directory and the files, whose paths are relative to it. Where files with other content are
// there it names them all and writes nothing, unless replace is set.
func Write(dir string, files []joinplan.WriteFile, replace bool) error {
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
	for _, f := range files {
		if err := write(root, f); err != nil {
			return err
		}
	}
	return nil
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

// write goes through a temporary file beside the target, so that a reader sees
// the old or the new file and never a part.
func write(root *os.Root, f joinplan.WriteFile) error {
	if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil {
		return err
	}
	temp := f.Path + ".new"
	if err := root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := fill(root, temp, f); err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	return root.Rename(temp, f.Path)
}

func fill(root *os.Root, name string, f joinplan.WriteFile) error {
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.Content.Reveal())
	// The umask may have taken bits away.
	return errors.Join(err, out.Chmod(f.Mode), out.Sync(), out.Close())
}
