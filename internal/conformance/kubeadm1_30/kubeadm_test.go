package kubeadm1_30

import (
	"os"
	"reflect"
	"testing"

	"github.com/haplane/haplane/internal/conformance"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/klog/v2"
	kubeadmscheme "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme"
	v1beta3 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta3"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	kubeadmutil "k8s.io/kubernetes/cmd/kubeadm/app/util"
	configutil "k8s.io/kubernetes/cmd/kubeadm/app/util/config"
)

// root is the root of the repository.
const root = "../../.."

var kubeadm = conformance.Kubeadm{
	Version: "v1.30.4",
	APIs: []conformance.API{
		{Version: "v1beta3", Kinds: map[string]reflect.Type{
			"InitConfiguration":    reflect.TypeFor[v1beta3.InitConfiguration](),
			"ClusterConfiguration": reflect.TypeFor[v1beta3.ClusterConfiguration](),
			"JoinConfiguration":    reflect.TypeFor[v1beta3.JoinConfiguration](),
		}},
	},
	Validate: func(file []byte) error { return configutil.ValidateConfig(file, false) },
	Marshal:  marshal,
	Default:  func(object any) { kubeadmscheme.Scheme.Default(object.(runtime.Object)) },
	Command:  kubeadmCommand,
}

// A release build knows its own version from the linker. It asks the internet
// what "stable-1" is, through a proxy that is not there, and then takes its own
// version.
func init() {
	constants.CurrentKubernetesVersion = version.MustParseSemantic(kubeadm.Version)
	constants.MinimumControlPlaneVersion = version.MustParseSemantic("v1.29.0")
	constants.MinimumKubeletVersion = version.MustParseSemantic("v1.27.0")
	if err := os.Setenv("HTTPS_PROXY", "http://127.0.0.1:9"); err != nil {
		panic(err)
	}
	klog.SetLogger(logr.Discard())
}

func marshal(object any) ([]byte, error) {
	o := object.(runtime.Object)
	return kubeadmutil.MarshalToYamlForCodecs(o, o.GetObjectKind().GroupVersionKind().GroupVersion(), kubeadmscheme.Codecs)
}

func TestGoldensAreAccepted(t *testing.T) {
	conformance.TestGoldens(t, kubeadm, root)
}

func TestWireTypesHaveTheFieldsOfKubeadm(t *testing.T) {
	conformance.TestTypes(t, kubeadm)
}

func TestObjectsSurviveTheLibrary(t *testing.T) {
	conformance.TestRoundTrips(t, kubeadm)
}

func TestDefaultsAreKubeadms(t *testing.T) {
	conformance.TestDefaults(t, kubeadm)
}

func TestAgreesWithKubeadm(t *testing.T) {
	conformance.TestAgreement(t, kubeadm)
}
