package kubeadm1_37

import (
	"testing"

	"github.com/haplane/haplane/internal/conformance"
)

func TestAgreesWithKubeadm(t *testing.T) {
	conformance.TestAgreement(t, kubeadm)
}
