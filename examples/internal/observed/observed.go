// Package observed reads what machines and a cluster said, for the programs:
// directories of captures and of what people saved beside them, and files.
package observed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/natural"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubestate"
	"github.com/haplane/haplane/joinplan/next"
)

// extension is that of captures, whose files are named like their machines.
const extension = ".capture"

// handedIn is the directory of kubeconfigs that belong to no machine.
const handedIn = "handed-in"

// maxDir is how many bytes are read of a directory in all.
const maxDir = 4 * capture.MaxSize

// Observed is what a directory says.
type Observed struct {
	// State and Objects are what the cluster knows, Etcd is what etcdctl printed,
	// where somebody has said so.
	State   cluster.State
	Objects cluster.Objects
	Etcd    etcdcheck.Sample
	Files   []convert.File
	// captures are in the natural order of their machines' names.
	captures []capture.Capture
}

// Read reads a directory: captures in files NAME.capture, what kubectl or etcdctl
// printed in other files, files of machines as HOST/PATH, and kubeconfigs of
// people below handed-in. Every file must be regular and one of these; a link that
// leads out of the directory is an error.
func Read(dir string) (Observed, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Observed{}, err
	}
	o, err := ReadFS(root.FS(), dir)
	return o, errors.Join(err, root.Close())
}

// ReadFS is [Read] for a directory that is called name in errors.
func ReadFS(dir fs.FS, name string) (Observed, error) {
	r := reader{dir: dir, name: name, left: maxDir}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			r.fail(name, err)
		case !d.IsDir():
			r.file(name)
		}
		return nil
	})
	if err := errors.Join(append(r.errs, err)...); err != nil {
		return r.out, err
	}
	if r.files == 0 {
		return r.out, fmt.Errorf("%s: there is nothing in it: capture each machine first", name)
	}
	return r.out, r.finish()
}

// Input is what the directory says, for a description.
func (o Observed) Input(spec cluster.Spec) (next.Input, error) {
	in := next.Input{
		Input:   joinplan.Input{Spec: spec, State: o.State, Etcd: o.Etcd},
		Objects: o.Objects,
		Files:   o.Files,
	}
	return in.With(o.captures...)
}

// Hosts gives what the machines say of themselves.
func (o Observed) Hosts() ([]hostcheck.Capture, error) {
	var all []hostcheck.Capture
	var errs []error
	for _, c := range o.captures {
		host, err := hostcheck.Parse(c.Name, c.HostText())
		if err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w", c.Name, extension, err))
		}
		all = append(all, host)
	}
	return all, errors.Join(errs...)
}

// reader goes through a directory.
type reader struct {
	dir     fs.FS
	name    string
	left    int64
	files   int
	objects [][]byte
	out     Observed
	errs    []error
}

// fail notes what is wrong with a file.
func (r *reader) fail(name string, err error) {
	r.errs = append(r.errs, fmt.Errorf("%s: %w", path.Join(r.name, name), err))
}

func (r *reader) file(name string) {
	text, err := r.read(name)
	if err != nil {
		r.fail(name, err)
		return
	}
	r.files++
	host, rest, isOfHost := strings.Cut(name, "/")
	switch {
	case host == handedIn && isOfHost:
		r.out.Files = append(r.out.Files, convert.File{Path: rest, Content: joinplan.NewSecretContent(text)})
	case isOfHost:
		r.out.Files = append(r.out.Files, convert.File{Host: host, Path: "/" + rest, Content: joinplan.NewSecretContent(text)})
	case path.Ext(name) == extension:
		r.capture(name, text)
	default:
		r.output(name, text)
	}
}

// read reads a regular file, and never waits for one that is none.
func (r *reader) read(name string) ([]byte, error) {
	info, err := fs.Stat(r.dir, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no regular file: take it out of the directory")
	case info.Size() > r.left:
		return nil, fmt.Errorf("this file has %d bytes; at most %d are read of a directory", info.Size(), int64(maxDir))
	}
	file, err := r.dir.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := limited(file, r.left)
	r.left -= int64(len(text))
	return text, errors.Join(err, file.Close())
}

func limited(from io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("it has more than %d bytes, and no more are read", limit)
	}
	return text, err
}

// capture takes what a machine said. The file is named like the machine.
func (r *reader) capture(name string, text []byte) {
	c, err := capture.Parse(path.Join(r.name, name), text)
	if err != nil {
		r.errs = append(r.errs, err)
	}
	c.Name = strings.TrimSuffix(name, extension)
	r.out.captures = append(r.out.captures, c)
}

// output takes what a program printed: the text says which.
func (r *reader) output(name string, text []byte) {
	if bytes.HasPrefix(text, []byte("haplane capture ")) {
		r.fail(name, errors.New("this is a capture: name the file like its machine, NAME"+extension))
		return
	}
	_, stateErr := cluster.ParseState(text)
	if stateErr == nil {
		r.objects = append(r.objects, text)
		return
	}
	sample, err := etcdcheck.Parse(text)
	if err != nil {
		r.fail(name, fmt.Errorf("this is neither what kubectl printed nor what etcdctl printed: %w", stateErr))
		return
	}
	r.out.Etcd = etcdcheck.Merge(r.out.Etcd, sample)
}

// finish makes one picture of all.
func (r *reader) finish() error {
	slices.SortStableFunc(r.out.captures, func(a, b capture.Capture) int { return natural.Compare(a.Name, b.Name) })
	var errs [2]error
	if len(r.objects) > 0 {
		r.out.State, errs[0] = cluster.ParseState(r.objects...)
		r.out.Objects, errs[1] = cluster.ParseObjects(r.objects...)
	}
	in, err := r.out.Input(cluster.Spec{})
	r.out.State, r.out.Objects, r.out.Etcd = in.State, in.Objects, in.Etcd
	return errors.Join(errs[0], errs[1], err)
}

// NeedCluster is an error where nobody has said what the cluster knows.
func (o Observed) NeedCluster() error {
	s := o.State
	if len(s.Nodes)+len(s.Absent) == 0 && s.KubeadmConfig.Text == "" {
		return errors.New("no control plane has said what the cluster knows: run its script where kubectl reaches the API")
	}
	return nil
}

// NeedEtcd is an error where nobody has asked etcd.
func (o Observed) NeedEtcd() error {
	e := o.Etcd
	if len(e.Members)+len(e.Statuses)+len(e.Health)+len(e.Hashes)+len(e.Alarms)+len(e.Failures)+len(e.Gaps) == 0 {
		return errors.New("no control plane has said how etcd is: run its script where kubectl reaches the API and the pods of etcd")
	}
	return nil
}

// File reads a file, or standard input where it is called "-", up to a limit.
func File(name string, stdin io.Reader, limit int64) ([]byte, error) {
	if name == "-" {
		text, err := limited(stdin, limit)
		if err != nil {
			err = fmt.Errorf("standard input: %w", err)
		}
		return text, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := limited(file, limit)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return text, errors.Join(err, file.Close())
}

// Described reads a description from a file, or from standard input where it is
// called "-".
func Described(name string, stdin io.Reader) (cluster.Spec, error) {
	text, err := File(name, stdin, cluster.MaxSize)
	if err != nil {
		return cluster.Spec{}, err
	}
	spec, err := cluster.Parse(text)
	return spec, finding.Named(err, name)
}

// Cluster asks the cluster of a kubeconfig itself.
func Cluster(kubeconfig string) (cluster.State, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return cluster.State{}, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return cluster.State{}, err
	}
	return kubestate.Read(context.Background(), client)
}
