package kubeadm1_34

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/haplane/haplane/internal/conformance"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/klog/v2"
	kubeadmapi "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	kubeadmscheme "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme"
	v1beta3 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta3"
	v1beta4 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	kubeadmutil "k8s.io/kubernetes/cmd/kubeadm/app/util"
	configutil "k8s.io/kubernetes/cmd/kubeadm/app/util/config"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/config/strict"
)

// root is the root of the repository.
const root = "../../.."

var kubeadm = conformance.Kubeadm{
	Version: "v1.34.4",
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
	Validate: func(file []byte) error { return configutil.ValidateConfig(file, true) },
	Marshal:  marshal,
	Decode:   decode,
	Default:  func(object any) { kubeadmscheme.Scheme.Default(object.(runtime.Object)) },
	Migrate:  migrate,
	Command:  kubeadmCommand,
}

// versionLabel matches the names that kubeadm looks up on the internet.
var versionLabel = regexp.MustCompile(`^((release|ci)/)?(stable|latest)(-[1-9](\.[1-9]\d?)?)?$`)

// A release build knows its own version from the linker, and asks the internet
// what "stable-1" is; here it is told.
func init() {
	minor := uint(34)
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

func marshal(object any) ([]byte, error) {
	o := object.(runtime.Object)
	return kubeadmutil.MarshalToYamlForCodecs(o, o.GetObjectKind().GroupVersionKind().GroupVersion(), kubeadmscheme.Codecs)
}

// migrate clears what kubeadm's conversions leave behind in a variable of the
// process, so that one file does not see the timeout of the one before.
func migrate(file []byte) ([]byte, error) {
	kubeadmapi.SetConversionTimeoutControlPlane(nil)
	return configutil.MigrateOldConfig(file, false, nil)
}

func decode(file []byte) error {
	documents, err := kubeadmutil.SplitConfigDocuments(file)
	if err != nil {
		return err
	}
	for gvk, document := range documents {
		if err := strict.VerifyUnmarshalStrict([]*runtime.Scheme{kubeadmscheme.Scheme}, gvk, document); err != nil {
			return err
		}
		internal := gvk.GroupKind().WithVersion(runtime.APIVersionInternal)
		object, err := kubeadmscheme.Scheme.New(internal)
		if err != nil {
			return err
		}
		if err := runtime.DecodeInto(kubeadmscheme.Codecs.UniversalDecoder(), document, object); err != nil {
			return err
		}
	}
	return nil
}

func TestMain(m *testing.M) { conformance.Main(m) }

func TestGoldensAreAccepted(t *testing.T) {
	conformance.TestGoldens(t, kubeadm, root)
}

func TestWireTypesHaveTheFieldsOfKubeadm(t *testing.T) {
	conformance.TestTypes(t, kubeadm)
}

func TestObjectsSurviveTheLibrary(t *testing.T) {
	conformance.TestRoundTrips(t, kubeadm)
}

func TestMigratesAsKubeadm(t *testing.T) {
	conformance.TestMigration(t, kubeadm)
}

func BenchmarkAgainstKubeadm(b *testing.B) {
	conformance.Benchmarks(b, kubeadm)
}
