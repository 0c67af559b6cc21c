package convert_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/render"
)

// Each situation is reviewed as people get it: the census, and the plan or why
// there is none.
func TestCensusAndPlanOfWhatIsThere(t *testing.T) {
	t.Parallel()
	const v37, v30, end = "testdata/v1.37.txtar", "testdata/v1.30.txtar", "the end"
	for name, situation := range map[string]struct {
		captures []string
		// until is the step before which an earlier run was interrupted, and
		// then what changed after it.
		until, then string
	}{
		"v1.37-without-kube-proxy":       {[]string{v37}, "", ""},
		"v1.37-cilium":                   {[]string{v37, "testdata/cilium.txtar"}, "", ""},
		"v1.30-with-kube-proxy":          {[]string{v30}, "", ""},
		"v1.30-with-everything":          {[]string{v30, "testdata/everything.txtar"}, "", ""},
		"v1.30-half-converted":           {[]string{v30}, "kubelet/cka-wk-2", ""},
		"v1.37-certificate-only":         {[]string{v37}, "kubeconfigs/cka-cp-1", ""},
		"v1.37-all-but-kubeadm-config":   {[]string{v37}, "kubeadm-config/cka-cp-1", ""},
		"v1.37-converted":                {[]string{v37}, end, ""},
		"v1.30-converted":                {[]string{v30}, end, ""},
		"endpoint-gets-another-name":     {[]string{v30}, end, "testdata/another-name.txtar"},
		"load-balancer-moves":            {[]string{v37}, end, "testdata/moved.txtar"},
		"certificate-gets-another-name":  {[]string{v37}, end, "testdata/another-san.txtar"},
		"nothing-but-the-nodes-captured": {[]string{"testdata/little.txtar"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := captured(t, situation.captures...)
			if situation.until != "" {
				s := simulate(t, in)
				s.follow(plan(t, in), func(step joinplan.Step) bool { return step.ID.String() == situation.until })
				in = s.capture()
			}
			if situation.then != "" {
				change := captured(t, situation.then)
				in.Spec, in.Files = change.Spec, append(in.Files, change.Files...)
			}
			result := txtar.File{Name: "plan.md"}
			p, err := convert.Plan(in)
			var refused *joinplan.RefusedError
			switch {
			case errors.As(err, &refused):
				result = txtar.File{Name: "refused", Data: []byte(strings.Join(refused.Reasons, "\n") + "\n")}
			case err != nil:
				t.Fatal(err)
			case len(p.Steps) == 0:
				result.Data = []byte("(no steps)\n")
			default:
				result.Data = render.Runbook(p)
			}
			golden.Check(t, "testdata/situations/"+name+".txtar", txtar.File{Name: "census", Data: take(t, in).Bytes()}, result)
		})
	}
}
