package hostile_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/internal/hostile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/render"
)

func tenantsPod(address string) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "cilium-calico-konnectivity", Labels: map[string]string{"k8s-app": "cilium"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ConfigMap kube-system/x", Name: hostile.Texts("a")[0]}},
		},
		Spec: corev1.PodSpec{NodeName: "cka-wk-1", Containers: []corev1.Container{
			{Env: []corev1.EnvVar{{Name: "KUBERNETES_SERVICE_HOST", Value: address}}, Args: []string{"--master=" + address}},
			{Env: []corev1.EnvVar{{Name: "KUBERNETES_SERVICE_HOST", Value: "https://" + address}}},
		}},
	}
}

// A tenant's object adds one step for all tenants, and to that one line.
func TestATenantsObjectBlocksNoStepAndAddsOneLine(t *testing.T) {
	t.Parallel()
	const title = "Whoever runs what was told the old address"
	in := captured(t, []string{"v1.37"})
	before := planned(t, in)
	for _, evil := range append(hostile.Texts("192.168.51.81"), "192.168.51.81") {
		in := in
		in.Objects.Pods = append(slices.Clone(in.Objects.Pods), tenantsPod(evil))
		in.Objects.ConfigMaps = append(slices.Clone(in.Objects.ConfigMaps), corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "kubernetes-services-endpoint"},
			Data:       map[string]string{"KUBERNETES_SERVICE_HOST": evil},
		})
		plan := planned(t, in)
		last := plan.Steps[len(plan.Steps)-1]
		if last.Title != title || len(last.Preconditions) != 2 || len(last.Checks)+len(last.Actions) > 0 {
			t.Fatalf("the tenant's step is %+v", last)
		}
		if got, want := ids(plan.Steps[:len(plan.Steps)-1]), ids(before.Steps); !slices.Equal(got, want) {
			t.Errorf("the other steps are %v, without the tenant's objects %v", got, want)
		}
		for _, step := range plan.Steps {
			if slices.Contains(step.Needs, last.ID) {
				t.Errorf("%s waits for a tenant", step.ID)
			}
		}
		_, section, _ := strings.Cut(string(render.Runbook(plan)), title+"\n")
		if got := strings.Count(section, "shop/"); got != 2 {
			t.Errorf("the runbook names the two objects %d times:\n%s", got, section)
		}
	}
}

func planned(t *testing.T, in convert.Input) joinplan.Plan {
	t.Helper()
	plan, err := convert.Plan(in)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func ids(steps []joinplan.Step) []joinplan.ID {
	var out []joinplan.ID
	for _, s := range steps {
		out = append(out, s.ID)
	}
	return out
}
