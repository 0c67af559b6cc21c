package kubeadm1_36

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/haplane/haplane/internal/conformance"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/klog/v2"
	v1beta3 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta3"
	v1beta4 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	kubeadmutil "k8s.io/kubernetes/cmd/kubeadm/app/util"
	configutil "k8s.io/kubernetes/cmd/kubeadm/app/util/config"
)

// root is the root of the repository.
const root = "../../.."

var kubeadm = conformance.Kubeadm{
	Version: "v1.36.3",
	APIs: []conformance.API{
		{Version: "v1beta3", Kinds: map[string]reflect.Type{
			"InitConfiguration":    reflect.TypeFor[v1beta3.InitConfiguration](),
			"ClusterConfiguration": reflect.TypeFor[v1beta3.ClusterConfiguration](),
			"JoinConfiguration":    reflect.TypeFor[v1beta3.JoinConfiguration](),
		}},
		{Version: "v1beta4", Kinds: map[string]reflect.Type{
			"InitConfiguration":    reflect.TypeFor[v1beta4.InitConfiguration](),
			"ClusterConfiguration": reflect.TypeFor[v1beta4.ClusterConfiguration](),
			"JoinConfiguration":    reflect.TypeFor[v1beta4.JoinConfiguration](),
			"ResetConfiguration":   reflect.TypeFor[v1beta4.ResetConfiguration](),
			"UpgradeConfiguration": reflect.TypeFor[v1beta4.UpgradeConfiguration](),
		}},
	},
	Validate: func(file []byte) error { return configutil.ValidateConfig(file, true, true) },
}

// versionLabel matches the names that kubeadm looks up on the internet.
var versionLabel = regexp.MustCompile(`^((release|ci)/)?(stable|latest)(-[1-9](\.[1-9]\d?)?)?$`)

// A release build knows its own version from the linker, and asks the internet
// what "stable-1" is; here it is told.
func init() {
	minor := uint(36)
	constants.CurrentKubernetesVersion = version.MajorMinor(1, minor)
	constants.MinimumControlPlaneVersion = version.MajorMinor(1, minor-1)
	constants.MinimumKubeletVersion = version.MajorMinor(1, minor-3)
	resolve := kubeadmutil.KubernetesReleaseVersion
	kubeadmutil.KubernetesReleaseVersion = func(name string) (string, error) {
		if versionLabel.MatchString(name) {
			return kubeadm.Version, nil
		}
		return resolve(name)
	}
	klog.SetLogger(logr.Discard())
}

func TestGoldensAreAccepted(t *testing.T) {
	conformance.TestGoldens(t, kubeadm, root)
}

func TestWireTypesHaveTheFieldsOfKubeadm(t *testing.T) {
	conformance.TestTypes(t, kubeadm)
}
