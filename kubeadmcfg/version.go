package kubeadmcfg

import (
	"fmt"

	utilversion "k8s.io/apimachinery/pkg/util/version"
)

// Group is the API group of kubeadm's configuration.
const Group = "kubeadm.k8s.io"

// Version is a version of kubeadm's configuration API, such as "v1beta4".
type Version string

// The versions that have types here.
const (
	V1Beta3 Version = "v1beta3" // kubeadm 1.22 to 1.36, deprecated since 1.31
	V1Beta4 Version = "v1beta4" // kubeadm 1.31 and later
	V1      Version = "v1"      // experimental in kubeadm 1.37: no init, no join
)

// v1beta2Version is read, and never written: it has no types for users.
const v1beta2Version Version = "v1beta2" // kubeadm 1.15 to 1.22

// isOld reports whether a version keeps the control-plane timeout in its
// ClusterConfiguration.
func (v Version) isOld() bool { return v == v1beta2Version || v == V1Beta3 }

// APIVersion gives what stands in a document's apiVersion field, such as
// "kubeadm.k8s.io/v1beta4".
func (v Version) APIVersion() string { return Group + "/" + string(v) }

// VersionFor gives the newest API version that "kubeadm init" and "kubeadm
// join" of this release accept. What counts is the version of the kubeadm
// binary ("kubeadm version -o short"), such as "v1.31.4" or "1.31", not the
// kubernetesVersion of the cluster: the two may differ by a minor version.
//
//	1.22 to 1.30   v1beta3
//	1.31 and later v1beta4
//
// An older or an unreadable version is an error.
func VersionFor(kubeadmVersion string) (Version, error) {
	release, err := parseRelease(kubeadmVersion)
	switch {
	case err != nil:
		return "", err
	case release < minor(22):
		return "", fmt.Errorf("kubeadm %s: its API versions are older than v1beta3; use kubeadm 1.22 or later", kubeadmVersion)
	case release < minor(31):
		return V1Beta3, nil
	}
	return V1Beta4, nil
}

// A release is a minor release of kubeadm, so that releases compare by <.
type release uint

func minor(n uint) release { return release(n) }

func (r release) String() string { return fmt.Sprintf("1.%d", uint(r)) }

func parseRelease(text string) (release, error) {
	v, err := utilversion.ParseGeneric(text)
	if err != nil || v.Major() != 1 {
		return 0, fmt.Errorf("kubeadm version %q: want a version such as \"v1.37.2\" (kubeadm version -o short prints it)", text)
	}
	return release(v.Minor()), nil
}

// support says which releases of kubeadm read an API version in init and join.
type support struct{ from, until, deprecatedFrom release }

const noRelease release = 1 << 30

var supported = map[Version]support{
	v1beta2Version: {from: minor(15), until: minor(22), deprecatedFrom: minor(22)},
	V1Beta3:        {from: minor(22), until: minor(36), deprecatedFrom: minor(31)},
	V1Beta4:        {from: minor(31), until: noRelease, deprecatedFrom: noRelease},
	V1:             {from: newest + 1, until: noRelease, deprecatedFrom: noRelease},
}

// lastRelease is the last release of kubeadm that read a version which has no
// types here.
var lastRelease = map[Version]release{
	"v1alpha1": minor(11),
	"v1alpha2": minor(12),
	"v1alpha3": minor(14),
	"v1beta1":  minor(15),
}
