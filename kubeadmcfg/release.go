package kubeadmcfg

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	utilversion "k8s.io/apimachinery/pkg/util/version"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// A span is a run of releases, both ends included.
type span struct{ from, until release }

func (s span) has(r release) bool { return s.from <= r && r <= s.until }

// newest is the newest release whose source these tables were written from.
const newest release = 37

// featureGates are kubeadm's own gates with the releases that know them.
var featureGates = map[string]span{
	"PublicKeysECDSA":                  {minor(19), minor(36)},
	"RootlessControlPlane":             {minor(22), noRelease},
	"EtcdLearnerMode":                  {minor(27), minor(32)},
	"UpgradeAddonsBeforeControlPlane":  {minor(28), minor(30)},
	"WaitForAllControlPlaneComponents": {minor(30), minor(34)},
	"ControlPlaneKubeletLocalMode":     {minor(31), minor(35)},
	"NodeLocalCRISocket":               {minor(32), minor(36)},
}

// featureGates refuses gates that no release with this API version knows, or
// not this release. Releases newer than the tables are given the benefit of the
// doubt.
func (v validator) featureGates(path *field.Path, gates map[string]bool) field.ErrorList {
	var errs field.ErrorList
	if v.release > newest {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(gates)) {
		known, exists := featureGates[name]
		switch {
		case !exists:
			errs = append(errs, field.NotSupported(path.Key(name), name, slices.Sorted(maps.Keys(featureGates))))
		case v.release == 0 && (known.until < supported[v.version].from || known.from > supported[v.version].until):
			errs = append(errs, invalid(path.Key(name), gates[name], "no kubeadm that reads %s knows this gate: leave it out", v.version))
		case v.release > 0 && !known.has(v.release):
			errs = append(errs, invalid(path.Key(name), gates[name], "kubeadm %s does not know this gate (%s does): leave it out", v.release, known))
		}
	}
	return errs
}

func (s span) String() string {
	if s.until == noRelease {
		return fmt.Sprintf("%s and later", s.from)
	}
	return fmt.Sprintf("%s to %s", s.from, s.until)
}

func (v validator) encryptionAlgorithm(path *field.Path, algorithm v1.EncryptionAlgorithm) field.ErrorList {
	known := []v1.EncryptionAlgorithm{v1.EncryptionAlgorithmRSA2048, v1.EncryptionAlgorithmRSA3072, v1.EncryptionAlgorithmRSA4096, v1.EncryptionAlgorithmECDSAP256}
	if v.release == 0 || v.release >= minor(34) {
		known = append(known, v1.EncryptionAlgorithmECDSAP384)
	}
	if slices.Contains(known, algorithm) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, algorithm, known)}
}

// validateRelease judges what depends on kubeadm's release and on nothing else.
func (f File) validateRelease(r release) field.ErrorList {
	if r == 0 {
		return nil
	}
	var errs field.ErrorList
	version, _ := f.Version()
	if s := supported[version]; r < s.from || r > s.until {
		errs = append(errs, invalid(field.NewPath("apiVersion"), version.APIVersion(), "kubeadm %s does not take it in init and join: convert to %s", r, newestVersion(r)))
	}
	for _, d := range f.hub().documents {
		if c, ok := d.(*v1.ClusterConfiguration); ok {
			errs = append(errs, validateSkew(field.NewPath(kindCluster, "kubernetesVersion"), c.KubernetesVersion, r)...)
		}
	}
	return errs
}

func newestVersion(r release) Version {
	if r < minor(31) {
		return V1Beta3
	}
	return V1Beta4
}

// validateSkew refuses control planes more than one minor version older than
// kubeadm. Labels are resolved only when kubeadm runs.
func validateSkew(path *field.Path, text string, r release) field.ErrorList {
	version, err := utilversion.ParseSemantic(text)
	if err != nil || release(version.Minor())+1 >= r {
		return nil
	}
	return field.ErrorList{invalid(path, text, "kubeadm %s installs control planes from 1.%d on: use an older kubeadm or a newer version", r, uint(r)-1)}
}

// unknownTo names fields that came after the release. v1beta4 is as old as 1.31
// but for these.
func (w *warner) unknownTo(r release, d Document) {
	switch d := d.(type) {
	case *v1.ClusterConfiguration:
		path := field.NewPath(kindCluster)
		if e := d.Etcd.External; e != nil && len(e.HTTPEndpoints) > 0 {
			w.since(r, minor(35), path.Child("etcd", "external", "httpEndpoints"))
		}
		if version, err := utilversion.ParseSemantic(d.KubernetesVersion); err == nil && release(version.Minor()) > r {
			w.add("kubeadm-older", path.Child("kubernetesVersion"), "use a kubeadm of that minor version",
				"%s is newer than kubeadm %s, which does not know what it needs", d.KubernetesVersion, r)
		}
	case *v1.UpgradeConfiguration:
		if d.Plan.EtcdUpgrade != nil {
			w.since(r, minor(33), field.NewPath(kindUpgrade, "plan", "etcdUpgrade"))
		}
		if len(d.Apply.SkipPhases) > 0 {
			w.since(r, minor(32), field.NewPath(kindUpgrade, "apply", "skipPhases"))
		}
	}
}

func (w *warner) since(r, first release, path *field.Path) {
	if r < first {
		w.add("field-ignored", path, "use a newer kubeadm, or leave the field out",
			"kubeadm %s ignores this field: it takes effect since %s", r, first)
	}
}
