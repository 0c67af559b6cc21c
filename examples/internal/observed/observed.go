// Package observed reads a directory of captures for the programs.
package observed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/natural"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

// extension is that of the files which are read.
const extension = ".capture"

// Observed is what the machines of a directory have said.
type Observed struct {
	// State and Objects are what the cluster knows, Etcd is what etcdctl printed,
	// where a control plane has said so.
	State   cluster.State
	Objects cluster.Objects
	Etcd    etcdcheck.Sample
	asked   struct{ cluster, etcd bool }
	// Hosts are in the natural order of their names, which are those of the files.
	Hosts []hostcheck.Capture
	Files []convert.File
}

// Read reads the files NAME.capture of a directory.
func Read(dir string) (Observed, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	if err != nil {
		return Observed{}, err
	}
	if len(paths) == 0 {
		return Observed{}, fmt.Errorf("%s: there is no file NAME%s in it: capture each machine first", dir, extension)
	}
	slices.SortFunc(paths, natural.Compare)
	var o Observed
	var captures []capture.Capture
	var errs []error
	for _, path := range paths {
		c, err := o.machine(path)
		captures, errs = append(captures, c), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return o, err
	}
	c, found := capture.OfCluster(captures)
	if !found {
		return o, nil
	}
	return o, o.cluster(c)
}

// NeedCluster is an error where nobody has said what the cluster knows.
func (o Observed) NeedCluster() error {
	if !o.asked.cluster {
		return errors.New("no control plane has said what the cluster knows: run its script where kubectl reaches the API")
	}
	return nil
}

// NeedEtcd is an error where nobody has asked etcd.
func (o Observed) NeedEtcd() error {
	if !o.asked.etcd {
		return errors.New("no control plane has said how etcd is: run its script where kubectl reaches the API and the pods of etcd")
	}
	return nil
}

// machine adds what one machine says of itself.
func (o *Observed) machine(path string) (capture.Capture, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return capture.Capture{}, err
	}
	c, err := capture.Parse(path, text)
	if err != nil {
		return c, err
	}
	name := strings.TrimSuffix(filepath.Base(path), extension)
	host, err := hostcheck.Parse(name, c.HostText())
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	o.Hosts = append(o.Hosts, host)
	for _, f := range c.Files {
		o.Files = append(o.Files, convert.File{Host: name, Path: f.Path, Content: joinplan.NewSecretContent(f.Content)})
	}
	return c, nil
}

// cluster adds what the cluster knows.
func (o *Observed) cluster(c capture.Capture) error {
	o.asked.cluster = true
	var stateErr, objectsErr, etcdErr error
	o.State, stateErr = cluster.ParseState(c.Objects()...)
	o.Objects, objectsErr = cluster.ParseObjects(c.Objects()...)
	if text := c.Etcd(); len(text) > 0 {
		o.asked.etcd = true
		o.Etcd, etcdErr = etcdcheck.Parse(text)
	}
	if err := errors.Join(stateErr, objectsErr, etcdErr); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}
