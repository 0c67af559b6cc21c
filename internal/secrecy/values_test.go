package secrecy

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/render"
	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

var now = time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)

// held is a value that holds secrets, and whether reflection, which debuggers
// and printers of data use, may find them: it may where the type's doc says
// that its fields are plain.
type held struct {
	value any
	plain bool
}

// values makes every type of the library that holds secrets.
func values(t *testing.T, s secrets) map[string]held {
	t.Helper()
	credentials := credentials(t, s)
	spec := spec(t)
	known := joinplan.Input{Spec: spec, Credentials: credentials, Now: now}
	plan := must(joinplan.Create(known))(t)
	in := captured(t, s)
	conversion := must(convert.Plan(in))(t)
	objects := in.Objects
	state := cluster.FromObjects(objects)
	file := kubeadmFile(s)
	join := kubeadmcmd.Join{
		Endpoint: "k8s-vip:6443", Token: kubeadmcmd.NewSecret(s.token()), UnsafeSkipCAVerification: true,
		ControlPlane: true, CertificateKey: kubeadmcmd.NewSecret(s.certificateKey),
	}
	create := kubeadmcmd.TokenCreate{Token: kubeadmcmd.NewSecret(s.token()), PrintJoinCommand: true, CertificateKey: kubeadmcmd.NewSecret(s.certificateKey)}
	all := map[string]held{
		"Secret":                {value: kubeadmcmd.NewSecret(s.token())},
		"Credentials":           {value: credentials},
		"Join":                  {value: join},
		"a join's Command":      {value: must(join.Command())(t)},
		"TokenCreate":           {value: create},
		"its Command":           {value: must(create.Command())(t)},
		"Content":               {value: joinplan.NewSecretContent([]byte("token: " + s.token()))},
		"a plan's Input":        {value: known},
		"an Input with a State": {value: joinplan.Input{State: state, Etcd: etcdcheck.Sample{}}},
		"State":                 {value: state},
		"Plan":                  {value: plan},
		"a conversion":          {value: conversion},
		"its way back":          {value: convert.Back(conversion, ids(conversion))},
		"Census":                {value: must(convert.TakeCensus(in))(t)},
		"Input":                 {value: in, plain: true},
		"Objects":               {value: objects, plain: true},
		"File":                  {value: file, plain: true},
		"Diff":                  {value: kubeadmcfg.Diff(kubeadmcfg.File{}, file)},
		"Warnings":              {value: file.Warnings()},
		"captured credentials":  {value: must(cluster.ParseObjects([]byte(secretObjects(s))))(t), plain: true},
	}
	for i, step := range plan.Steps {
		all[fmt.Sprintf("step %d", i)] = held{value: step}
		for _, action := range slices.Concat(step.Actions, step.Finally) {
			all[fmt.Sprintf("step %d, %T", i, action)] = held{value: action}
		}
	}
	for file := range render.Bundle(plan) {
		all["bundled "+file.Path] = held{value: file}
	}
	return all
}

func TestNoPrinterOrEncoderShowsASecret(t *testing.T) {
	t.Parallel()
	for name, h := range values(t, ours) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range []any{h.value, pointerTo(h.value), []any{h.value}, map[string]any{"it": h.value}} {
				prints(t, value, !h.plain)
				encodes(t, value)
				logs(t, value)
			}
			if path, found := reachable(reflect.ValueOf(h.value)); found && !h.plain {
				t.Errorf("reflection finds a secret at %s", path)
			}
		})
	}
}

// prints prints under every verb; under those that go vet refuses, and for which
// fmt asks no method, only where reflection may not find the secret either.
func prints(t *testing.T, value any, misused bool) {
	t.Helper()
	verbs := "vsqdxXbcoOtTeEfFgGU"
	if misused {
		verbs += "pw"
	}
	for _, verb := range verbs {
		for _, flags := range []string{"", "+", "#", " ", "-20", "020", ".3", "+#"} {
			format := "%" + flags + string(verb)
			mustHide(t, fmt.Sprintf("%s of %T", format, value), fmt.Sprintf(format, value))
		}
	}
	mustHide(t, "Sprint", fmt.Sprint(value))
	mustHide(t, "an error", fmt.Sprintln("it failed:", value))
}

// encodes takes the value through every encoder. What an encoder refuses shows
// nothing but its error.
func encodes(t *testing.T, value any) {
	t.Helper()
	for name, encode := range map[string]func(any) ([]byte, error){
		"JSON": json.Marshal, "YAML": yaml.Marshal, "YAML v3": yamlv3.Marshal, "XML": xml.Marshal,
	} {
		out, err := encode(value)
		mustHide(t, name, string(out)+fmt.Sprint(err))
	}
}

func logs(t *testing.T, value any) {
	t.Helper()
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("plan", "value", value, slog.Group("group", "value", value))
	}
	mustHide(t, "slog", out.String())
}

func TestNoDiffShowsASecret(t *testing.T) {
	t.Parallel()
	mine, others := values(t, ours), values(t, theirs)
	for name, h := range mine {
		if h.plain {
			continue
		}
		diff := cmp.Diff(h.value, others[name].value, cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty(),
			cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, netip.AddrPort{}))
		mustHide(t, "cmp.Diff of "+name, diff)
		if tellsSecretsApart[name] && diff == "" {
			t.Errorf("cmp.Diff takes one %s for another with other secrets", name)
		}
	}
}

var tellsSecretsApart = map[string]bool{"Secret": true, "Credentials": true, "Join": true, "a join's Command": true, "Content": true, "Known": true, "Plan": true}

func TestWhatIsMeantToGoOutDoes(t *testing.T) {
	t.Parallel()
	credentials := credentials(t, ours)
	if credentials.Token.Reveal() != ours.token() || credentials.CertificateKey.Reveal() != ours.certificateKey {
		t.Error("Reveal does not give the secret")
	}
	if text := string(kubeadmFile(ours).Bytes()); !strings.Contains(text, ours.token()) || !strings.Contains(text, ours.certificateKey) {
		t.Errorf("Bytes does not give the file:\n%s", text)
	}
}

// The runbook and the files that are not secret go into repositories and chats.
func TestFilesThatAreNotSecretHoldNone(t *testing.T) {
	t.Parallel()
	plan := must(joinplan.Create(joinplan.Input{Spec: spec(t), Credentials: credentials(t, ours), Now: now}))(t)
	open, secret := 0, 0
	for file := range render.Bundle(plan) {
		if file.Content.IsSecret() {
			secret++
			if file.Mode&0o077 != 0 {
				t.Errorf("%s is secret and has the mode %v", file.Path, file.Mode)
			}
			continue
		}
		open++
		mustHide(t, file.Path, string(file.Content.Reveal()))
	}
	if open == 0 || secret == 0 {
		t.Errorf("%d open files and %d secret ones", open, secret)
	}
	mustHide(t, "the runbook", string(render.Runbook(plan)))
}

// reachable looks for a secret behind pointers, in maps and in unexported
// fields, and says where it is.
func reachable(v reflect.Value) (string, bool) {
	return search(v, "", map[uintptr]bool{})
}

func search(v reflect.Value, path string, seen map[uintptr]bool) (string, bool) {
	switch v.Kind() {
	case reflect.String:
		return path, shows(v.String())
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return "", false
		}
		seen[v.Pointer()] = true
		return search(v.Elem(), path, seen)
	case reflect.Interface:
		return search(v.Elem(), path, seen)
	case reflect.Struct:
		for i := range v.NumField() {
			if at, found := search(v.Field(i), path+"."+v.Type().Field(i).Name, seen); found {
				return at, true
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return path, shows(fmt.Sprintf("%s", v))
		}
		for i := range v.Len() {
			if at, found := search(v.Index(i), fmt.Sprintf("%s[%d]", path, i), seen); found {
				return at, true
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if at, found := search(v.MapIndex(key), fmt.Sprintf("%s[%v]", path, key), seen); found {
				return at, true
			}
		}
	}
	return "", false
}

func shows(text string) bool {
	for form := range forms {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func pointerTo(value any) any {
	p := reflect.New(reflect.TypeOf(value))
	p.Elem().Set(reflect.ValueOf(value))
	return p.Interface()
}

func ids(plan joinplan.Plan) []joinplan.ID {
	var ids []joinplan.ID
	for _, step := range plan.Steps {
		ids = append(ids, step.ID)
	}
	return ids
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func credentials(t *testing.T, s secrets) kubeadmcmd.Credentials {
	t.Helper()
	return must(kubeadmcmd.ParseCredentials("kubeadm join k8s-vip:6443 --token "+s.token()+
		" --discovery-token-ca-cert-hash sha256:"+strings.Repeat("ab", 32)+" --control-plane --certificate-key "+s.certificateKey+"\n", now))(t)
}

func spec(t *testing.T) cluster.Spec {
	t.Helper()
	return must(cluster.Parse([]byte(`apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
podSubnets: [10.244.0.0/16]
loadBalancers: [{name: lb-1, address: 192.168.51.80/24}]
controlPlanes:
- {name: cp-1, address: 192.168.51.81/24}
- {name: cp-2, address: 192.168.51.82/24}
- {name: cp-3, address: 192.168.51.83/24}
workers: [{name: wk-1, address: 192.168.51.84/24}]
`)))(t)
}

func kubeadmFile(s secrets) kubeadmcfg.File {
	return kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			BootstrapTokens: []v1beta4.BootstrapToken{{Token: s.token()}},
			CertificateKey:  s.certificateKey,
		},
		&v1beta4.JoinConfiguration{
			Discovery: v1beta4.Discovery{
				BootstrapToken:    &v1beta4.BootstrapTokenDiscovery{APIServerEndpoint: "k8s-vip:6443", Token: s.token()},
				TLSBootstrapToken: s.token(),
			},
			ControlPlane: &v1beta4.JoinControlPlane{CertificateKey: s.certificateKey},
		},
		&kubeadmcfg.Other{Text: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nbroken: [" + s.token() + "\n"},
	)
}

// captured is a real cluster's capture with secrets in it.
func captured(t *testing.T, s secrets) convert.Input {
	t.Helper()
	var in convert.Input
	objects := [][]byte{[]byte(secretObjects(s))}
	for _, part := range golden.Read(t, "../../joinplan/convert/testdata/v1.37.txtar").Files {
		switch host, path, isFile := strings.Cut(part.Name, "/"); {
		case part.Name == "spec.yaml":
			in.Spec = must(cluster.Parse(part.Data))(t)
		case isFile && host != "handed-in":
			in.Files = append(in.Files, convert.File{Host: host, Path: "/" + path, Content: joinplan.NewSecretContent(part.Data)})
		case !isFile:
			objects = append(objects, part.Data)
		}
	}
	in.Objects = must(cluster.ParseObjects(objects...))(t)
	in.Files = append(in.Files, convert.File{Path: "laptop.conf", Content: joinplan.NewSecretContent([]byte(kubeconfig(s)))})
	return in
}

func kubeconfig(s secrets) string {
	return `apiVersion: v1
kind: Config
clusters:
- {name: kubernetes, cluster: {server: "https://192.168.51.81:6443"}}
contexts:
- {name: admin, context: {cluster: kubernetes, user: admin}}
current-context: admin
users:
- name: admin
  user:
    token: ` + s.token() + `
    client-key-data: ` + s.clientKey + `
`
}

func secretObjects(s secrets) string {
	return `{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"v1","kind":"Secret","type":"bootstrap.kubernetes.io/token","metadata":{"name":"bootstrap-token-` + s.tokenID + `","namespace":"kube-system"},
 "stringData":{"note":"` + s.token() + `"},
 "data":{"token-id":"` + encode(s.tokenID) + `","token-secret":"` + encode(s.tokenSecret) + `","usage-bootstrap-signing":"` + encode("true") + `","usage-bootstrap-authentication":"` + encode("true") + `"}},
{"apiVersion":"v1","kind":"Secret","metadata":{"name":"kubeadm-certs","namespace":"kube-system"},"data":{"ca.key":"` + encode(s.clientKey) + `"}}
]}`
}
