package kubeadmcfg

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// A Loss is a field that a conversion cannot carry over.
type Loss struct {
	// Field is its path, such as "ClusterConfiguration.dns.disabled".
	Field string

	// Reason says why it has no place.
	Reason string
}

// String gives "FIELD: REASON".
func (l Loss) String() string { return l.Field + ": " + l.Reason }

// A LossError says that a conversion would lose something.
type LossError struct {
	// To is the version that has no place for the Losses.
	To     Version
	Losses []Loss
}

// Error lists all losses.
func (e *LossError) Error() string {
	lines := []string{fmt.Sprintf("converting to %s would lose:", e.To)}
	for _, l := range e.Losses {
		lines = append(lines, l.String())
	}
	return strings.Join(lines, "\n  ")
}

// Convert gives the file in another API version. The result shares nothing with
// the original; documents of other groups stay as they are.
//
// The whole set is converted together, because the versions keep some things in
// different documents: v1beta3 has the control-plane timeout in the
// ClusterConfiguration, later ones in the Init- and JoinConfiguration. Where
// none of these is there to hold it, an InitConfiguration is put in front.
//
// Files of v1beta2 are converted too, and none is to it. A conversion that would lose something is a [*LossError] with all its fields;
// [File.ConvertLossy] does it all the same. A field that says what the other
// version does anyway, such as v1beta4's imagePullSerial true in v1beta3, is no
// loss. Nothing is filled in: [File.WithDefaults] does that, and after both
// v1beta3 has become what "kubeadm config migrate" of kubeadm 1.36 gives.
func (f File) Convert(to Version) (File, error) {
	converted, losses, err := f.ConvertLossy(to)
	if err != nil {
		return File{}, err
	}
	if len(losses) > 0 {
		return File{}, &LossError{To: to, Losses: losses}
	}
	return converted, nil
}

// ConvertLossy is [File.Convert] for callers who accept the loss: it gives what
// can be converted, and the list of what cannot. It fails only on a file that
// has no version, or on a version that is not known here.
func (f File) ConvertLossy(to Version) (File, []Loss, error) {
	if _, known := supported[to]; !known || to == v1beta2Version {
		return File{}, nil, fmt.Errorf("API version %q: known are %s, %s and %s", to, V1Beta3, V1Beta4, V1)
	}
	from, err := f.Version()
	if err != nil {
		return File{}, nil, err
	}
	if from == to {
		return f.DeepCopy(), nil, nil
	}
	var losses []Loss
	for _, u := range f.Unknown {
		losses = append(losses, Loss{u.Kind + "." + pathString(u.Path), "the field is not known here"})
	}
	lose := func(l Loss) { losses = append(losses, l) }
	h := f.hub()
	losses = append(losses, h.lost...)
	if from.isOld() && !to.isOld() {
		h.placeTimeout()
	} else if to.isOld() && !from.isOld() {
		h.takeTimeout(lose)
	}
	return File{Documents: h.to(to, lose)}, losses, nil
}

// A hub holds a file in the one shape that every version converts to and from:
// the types of v1, which have a place for everything but the control-plane
// timeout that v1beta3 keeps in its ClusterConfiguration.
type hub struct {
	documents           []Document // of v1, and those of other groups
	controlPlaneTimeout *metav1.Duration
	lost                []Loss // what only v1beta2 has
}

// coreDNS is the DNS server that all later versions have.
const coreDNS = "CoreDNS"

// hub gives the file in that shape. Nothing of v1beta3 and later is lost on the
// way there.
func (f File) hub() hub {
	var h hub
	for _, d := range f.Documents {
		if isNil(d) {
			continue
		}
		k, ours := kindOf(d)
		if !ours {
			h.documents = append(h.documents, copyDocument(d))
			continue
		}
		target, _ := kindNamed(V1, k.name)
		out := target.new()
		carry(out, d, func(path []string, v reflect.Value, _ string) {
			name := pathString(path)
			if name == "useHyperKubeImage" || name == "dns.type" && v.String() != coreDNS {
				h.lost = append(h.lost, Loss{k.name + "." + name, "no version after v1beta2 has such a field"})
			}
		})
		h.documents = append(h.documents, out)
		h.readTimeouts(d, out)
	}
	return h
}

// to gives the documents in a version. The hub is used up.
func (h hub) to(version Version, lose func(Loss)) []Document {
	if version == V1 {
		return h.documents
	}
	var out []Document
	for _, d := range h.documents {
		k, ours := kindOf(d)
		if !ours {
			out = append(out, d)
			continue
		}
		target, exists := kindNamed(version, k.name)
		if !exists {
			lose(Loss{k.name, fmt.Sprintf("%s has no such kind", version)})
			continue
		}
		converted := target.new()
		if version == V1Beta3 {
			h.writeTimeouts(d, converted)
		}
		carry(converted, d, func(path []string, v reflect.Value, reason string) {
			if !impliedBy(version, pathString(path), v) && !sameEndpoints(d, path) {
				lose(Loss{k.name + "." + pathString(path), string(version) + ": " + reason})
			}
		})
		out = append(out, converted)
	}
	return out
}

// implied are the values of fields that v1beta3 does not have, and acts by.
var implied = map[string]any{
	"nodeRegistration.imagePullSerial": true,
	"encryptionAlgorithm":              v1.EncryptionAlgorithmRSA2048,
	"certificateValidityPeriod":        metav1.Duration{Duration: defaultCertificateValidity},
	"caCertificateValidityPeriod":      metav1.Duration{Duration: defaultCAValidity},
	"timeouts.kubeletHealthCheck":      metav1.Duration{Duration: 4 * time.Minute},
	"timeouts.kubernetesAPICall":       metav1.Duration{Duration: time.Minute},
	"timeouts.etcdAPICall":             metav1.Duration{Duration: 2 * time.Minute},
	"timeouts.tlsBootstrap":            metav1.Duration{Duration: 5 * time.Minute},
	"timeouts.discovery":               metav1.Duration{Duration: 5 * time.Minute},
	"timeouts.upgradeManifests":        metav1.Duration{Duration: 5 * time.Minute},
}

func impliedBy(version Version, path string, v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return version == V1Beta3 && implied[path] == v.Interface()
}

// sameEndpoints holds for etcd's HTTP endpoints where they are the endpoints,
// which is what a version without the field does.
func sameEndpoints(d Document, path []string) bool {
	cluster, ok := d.(*v1.ClusterConfiguration)
	return ok && pathString(path) == "etcd.external.httpEndpoints" &&
		slices.Equal(cluster.Etcd.External.HTTPEndpoints, cluster.Etcd.External.Endpoints)
}
