package conformance

import (
	"reflect"
	"strconv"
	"strings"
)

// Kubeadm is one release of kubeadm as the checks use it.
type Kubeadm struct {
	// Version is the release, v1.37.2.
	Version string

	// APIs are the versions of kubeadm.k8s.io that this release reads.
	APIs []API

	// Validate is what `kubeadm config validate --allow-experimental-api` does
	// with a file. It must not look for container runtimes or ask the network.
	Validate func(file []byte) error

	// Marshal writes a pointer to one of the types of APIs, as kubeadm does.
	Marshal func(object any) ([]byte, error)

	// Decode reads a file strictly into kubeadm's internal objects, as the first
	// half of Validate does.
	Decode func(file []byte) error

	// Default fills in kubeadm's static defaults in such an object.
	Default func(object any)

	// Migrate is what `kubeadm config migrate` does with a file; nil where this
	// release has nothing to migrate from.
	Migrate func(file []byte) ([]byte, error)

	// Command finds the command of a command line, parses its flags, counts its
	// arguments and applies the rules on which flags stand beside --config. It
	// must not run the command.
	Command func(argv []string) (Parsed, error)

	// Kubectl is the same for this release's kubectl; nil where the module does
	// not have it.
	Kubectl func(argv []string) (Parsed, error)
}

// API is one version of kubeadm's configuration API in one release.
type API struct {
	// Version is the API's name, v1beta4.
	Version string

	// Kinds maps each kind to kubeadm's own type of it.
	Kinds map[string]reflect.Type
}

// kind gives kubeadm's own type of a kind.
func (k Kubeadm) kind(version, name string) (reflect.Type, bool) {
	for _, api := range k.APIs {
		if api.Version == version {
			typ, ok := api.Kinds[name]
			return typ, ok
		}
	}
	return nil, false
}

// reads tells whether this release reads a version of the API.
func (k Kubeadm) reads(version string) bool {
	for _, api := range k.APIs {
		if api.Version == version {
			return true
		}
	}
	return false
}

// minor gives the minor version of the release: 37 for v1.37.2.
func (k Kubeadm) minor() int {
	n, err := strconv.Atoi(strings.Split(k.Version, ".")[1])
	if err != nil {
		panic(err) // the version is written in the module's test
	}
	return n
}
