package conformance

import (
	"errors"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/kubeadmcfg"
)

// judge is the library's judgement of a file for a release of kubeadm.
func (k Kubeadm) judge(file []byte) error {
	f, err := kubeadmcfg.Parse(file)
	if err != nil {
		return err
	}
	err = f.ValidateFor(k.Version)
	if version, _ := f.Version(); version == kubeadmcfg.V1 && k.reads("v1") {
		err = withExperimental(err)
	}
	return err
}

// withExperimental takes away that init and join refuse an experimental API
// version, which `kubeadm config validate --allow-experimental-api` reads.
func withExperimental(err error) error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return err
	}
	var kept []error
	for _, err := range joined.Unwrap() {
		if about := new(field.Error); !errors.As(err, &about) || about.Field != "apiVersion" {
			kept = append(kept, err)
		}
	}
	return errors.Join(kept...)
}
