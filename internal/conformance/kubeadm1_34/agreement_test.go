package kubeadm1_34

import (
	"testing"

	"github.com/haplane/haplane/internal/conformance"
)

func TestAgreesWithKubeadm(t *testing.T) {
	conformance.TestAgreement(t, kubeadm)
}
