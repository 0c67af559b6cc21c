package conformance

import "reflect"

// Kubeadm is one release of kubeadm as the checks use it.
type Kubeadm struct {
	// Version is the release, v1.37.2.
	Version string

	// APIs are the versions of kubeadm.k8s.io that this release reads.
	APIs []API

	// Validate is what `kubeadm config validate --allow-experimental-api` does
	// with a file. It must not look for container runtimes or ask the network.
	Validate func(file []byte) error
}

// API is one version of kubeadm's configuration API in one release.
type API struct {
	// Version is the API's name, v1beta4.
	Version string

	// Kinds maps each kind to kubeadm's own type of it.
	Kinds map[string]reflect.Type
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
