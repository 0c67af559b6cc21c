package conformance

import (
	"reflect"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// wireTypes are the library's types by API version and kind.
var wireTypes = map[string]map[string]reflect.Type{
	"v1beta3": {
		"InitConfiguration":    reflect.TypeFor[v1beta3.InitConfiguration](),
		"ClusterConfiguration": reflect.TypeFor[v1beta3.ClusterConfiguration](),
		"JoinConfiguration":    reflect.TypeFor[v1beta3.JoinConfiguration](),
	},
	"v1beta4": {
		"InitConfiguration":    reflect.TypeFor[v1beta4.InitConfiguration](),
		"ClusterConfiguration": reflect.TypeFor[v1beta4.ClusterConfiguration](),
		"JoinConfiguration":    reflect.TypeFor[v1beta4.JoinConfiguration](),
		"ResetConfiguration":   reflect.TypeFor[v1beta4.ResetConfiguration](),
		"UpgradeConfiguration": reflect.TypeFor[v1beta4.UpgradeConfiguration](),
	},
	"v1": {
		"InitConfiguration":    reflect.TypeFor[v1.InitConfiguration](),
		"ClusterConfiguration": reflect.TypeFor[v1.ClusterConfiguration](),
		"JoinConfiguration":    reflect.TypeFor[v1.JoinConfiguration](),
		"ResetConfiguration":   reflect.TypeFor[v1.ResetConfiguration](),
		"UpgradeConfiguration": reflect.TypeFor[v1.UpgradeConfiguration](),
	},
}
