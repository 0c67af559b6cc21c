package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// root is the directory of the lab: what an earlier run left there is trusted
// and removed. It is on a disk, because images and etcd's data are kept there,
// below directories in which nobody but root can make anything, and outside of
// those that machines have of their own.
var root = filepath.Join("/var/cache", prefix)

// makeRoot makes the directory, unless it is there.
func makeRoot() error {
	if err := os.Mkdir(root, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return checkRoot()
}

// checkRoot refuses a directory that others could have made or filled. It is no
// error where there is none.
func checkRoot() error {
	for dir := filepath.Dir(root); ; dir = filepath.Dir(dir) {
		if err := ownedAlone(dir, 0o022); err != nil {
			return err
		}
		if dir == "/" {
			break
		}
	}
	err := ownedAlone(root, 0o077)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ownedAlone refuses all but a directory of the user that runs this, without the
// permissions of others that are named.
func ownedAlone(dir string, permissions fs.FileMode) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is no directory, and the lab trusts nothing there: remove it", dir)
	case owner != uint32(os.Geteuid()):
		return fmt.Errorf("%s belongs to user %d, who could have put anything there: remove it or give it to root", dir, owner)
	case info.Mode().Perm()&permissions != 0:
		return fmt.Errorf("%s has the mode %04o, with which others could have put anything there: take %04o from it", dir, info.Mode().Perm(), info.Mode().Perm()&permissions)
	}
	return nil
}
