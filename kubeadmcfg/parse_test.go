package kubeadmcfg_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

func TestParseThenWriteIsTheIdentityOnWhatItWrote(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"testdata/reference-v1beta3.txtar", "testdata/reference-v1beta4.txtar", "testdata/every-field-v1beta4.txtar"} {
		for _, part := range golden.Read(t, path).Files {
			file, err := kubeadmcfg.Parse(part.Data)
			if err != nil {
				t.Errorf("%s %s: %v", path, part.Name, err)
				continue
			}
			if diff := cmp.Diff(string(part.Data), string(file.Bytes())); diff != "" {
				t.Errorf("%s %s (-read +written):\n%s", path, part.Name, diff)
			}
		}
	}
}

func TestReadsEveryFormThatPeopleAndToolsWrite(t *testing.T) {
	t.Parallel()
	const init = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  name: cp-1\n"
	tests := map[string]string{
		"plain YAML":                       init,
		"CRLF":                             strings.ReplaceAll(init, "\n", "\r\n"),
		"a byte order mark":                "\ufeff" + init,
		"comments around":                  "# before\n---\n# only a comment\n---\n" + init + "# after\n---\n\n",
		"a comment beside":                 "--- # the first\n" + init,
		"JSON":                             `{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","nodeRegistration":{"name":"cp-1"}}`,
		"JSON with tabs":                   "{\n\t\"apiVersion\": \"kubeadm.k8s.io/v1beta4\",\n\t\"kind\": \"InitConfiguration\",\n\t\"nodeRegistration\": {\"name\": \"cp-1\"}\n}\n",
		"an anchor":                        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: &n\n  name: cp-1\n",
		"no newline at the end":            strings.TrimSuffix(init, "\n"),
		"a List":                           "apiVersion: v1\nkind: List\nitems:\n- apiVersion: kubeadm.k8s.io/v1beta4\n  kind: InitConfiguration\n  nodeRegistration:\n    name: cp-1\n- apiVersion: v1\n  kind: Secret\n",
		"a separator with spaces after it": "---  \n" + init,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := kubeadmcfg.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			found := kubeadmcfg.Find[v1beta4.InitConfiguration](file)
			if found == nil || found.NodeRegistration.Name != "cp-1" || len(file.Documents) != 1 {
				t.Errorf("got %s", file.Bytes())
			}
		})
	}
}

func TestReadsTheConfigurationOutOfAConfigMap(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/kubeadm-config.configmap.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file, err := kubeadmcfg.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	cluster := kubeadmcfg.Find[v1beta3.ClusterConfiguration](file)
	if cluster == nil || cluster.ControlPlaneEndpoint != "k8s-vip:6443" {
		t.Errorf("got %s", file.Bytes())
	}
	_, err = kubeadmcfg.Parse([]byte(strings.Replace(string(text), "clusterName: kubernetes", "clustername: kubernetes", 1)))
	if want := `kubeadm:10:5: clustername: unknown field: names are case-sensitive, write "clusterName"`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestReportsEveryErrorWithLineAndColumn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"unknown, wrongly cased and duplicate fields": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nNetworking: {}\nnetworking:\n  podSubnet: a\n  podsubnet: b\n  podSubnet: c\nfoo: 1\n",
			want: []string{
				"kubeadm:7:3: networking.podSubnet: the field is given twice, first in line 5",
			},
		},
		"unknown and wrongly cased fields": {
			text: "# head\n\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nNetworking: {}\nnetworking:\n  podsubnet: b\nfoo: 1\napiServer:\n  extraArgs:\n  - {name: a, value: b, mergeMethod: append}\n",
			want: []string{
				`kubeadm:5:1: Networking: unknown field: names are case-sensitive, write "networking"`,
				`kubeadm:7:3: networking.podsubnet: unknown field: names are case-sensitive, write "podSubnet"`,
				"kubeadm:8:1: foo: unknown field in v1beta4 ClusterConfiguration",
				"kubeadm:11:25: apiServer.extraArgs[0].mergeMethod: unknown field in v1beta4: v1 has it",
			},
		},
		"a field of another version": {
			text: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\ntimeouts: {}\n",
			want: []string{"kubeadm:3:1: timeouts: unknown field in v1beta3: v1beta4 has it"},
		},
		"wrong types": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint:\n  bindPort: \"6443\"\n  advertiseAddress: 10\nskipPhases: addon\nnodeRegistration: [a]\ntimeouts:\n  discovery: 5\n  tlsBootstrap: soon\ndryRun: \"yes\"\ncertificateKey: 1234\nbootstrapTokens:\n- ttl: {}\n",
			want: []string{
				"kubeadm:4:13: localAPIEndpoint.bindPort: want a whole number, got a string",
				"kubeadm:5:21: localAPIEndpoint.advertiseAddress: want a string, got a number: put it in quotes",
				"kubeadm:6:13: skipPhases: want a list (- item), got a string",
				"kubeadm:7:19: nodeRegistration: want a mapping (name: value), got a list",
				`kubeadm:9:14: timeouts.discovery: want a duration such as "4m0s", got a number`,
				`kubeadm:10:17: timeouts.tlsBootstrap: want a duration such as "4m0s", got a string`,
				"kubeadm:11:9: dryRun: want true or false, got a string",
				"kubeadm:12:17: certificateKey: want a string, got a number: put it in quotes",
				`kubeadm:14:8: bootstrapTokens[0].ttl: want a duration such as "4m0s", got a mapping`,
			},
		},
		"what an old YAML reader takes for a truth value": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nclusterName: on\napiServer:\n  extraArgs:\n  - name: a\n    value: yes\n",
			want: []string{
				"kubeadm:3:14: clusterName: want a string, got true or false: put it in quotes",
				"kubeadm:7:12: apiServer.extraArgs[0].value: want a string, got true or false: put it in quotes",
			},
		},
		"unknown kinds and versions, and documents that are none": {
			text: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ResetConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta1\nkind: InitConfiguration\n---\n- a\n---\nkind: InitConfiguration\n---\nhello\n---\napiVersion: v1\nkind: Pod\n---\napiVersion: kubeadm.k8s.io/v2\nkind: InitConfiguration\n",
			want: []string{
				`kubeadm:1:1: the kind "ResetConfiguration" is not known in kubeadm.k8s.io/v1beta3; known are InitConfiguration, ClusterConfiguration, JoinConfiguration`,
				`kubeadm:4:1: kubeadm.k8s.io/v1beta1 is too old to be read here: "kubeadm config migrate" of kubeadm 1.15 makes a newer one of it`,
				"kubeadm:7:1: a document must be a mapping with apiVersion and kind",
				"kubeadm:9:1: a document needs apiVersion and kind",
				"kubeadm:11:1: a document must be a mapping with apiVersion and kind",
				"kubeadm:13:1: v1 Pod is no configuration that kubeadm reads",
				"kubeadm:16:1: the API version kubeadm.k8s.io/v2 is not known here; known are v1beta3, v1beta4 and v1",
			},
		},
		"a kind twice and mixed versions": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n",
			want: []string{
				"kubeadm:4:1: InitConfiguration is given twice, first in line 1; kubeadm takes one document of a kind",
				"kubeadm:7:1: this document has v1beta3 and an earlier one v1beta4; write all of a file in one API version",
			},
		},
		"a document that kubeadm would not see": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n--- # second\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
			want: []string{`kubeadm:3:1: kubeadm ignores the document that starts here: write "---" alone on its line`},
		},
		"a token that a template left empty": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens:\n- ttl: 1h\n- token: \"\"\n",
			want: []string{"kubeadm:5:10: bootstrapTokens[1].token: the token is empty: leave the field out to get a random one"},
		},
		"wrong types in maps and lists": {
			text: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nfeatureGates: {A: 1}\napiServer:\n  extraArgs: {v: 4}\n  certSANs: [{}]\nscheduler:\n  extraArgs: [v]\n",
			want: []string{
				"kubeadm:3:19: featureGates.A: want true or false, got a number",
				"kubeadm:5:18: apiServer.extraArgs.v: want a string, got a number: put it in quotes",
				"kubeadm:6:14: apiServer.certSANs[0]: want a string, got a mapping",
				"kubeadm:8:14: scheduler.extraArgs: want a mapping (name: value), got a list",
			},
		},
		"a key twice where no type says what belongs there": {
			text: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\na:\n- b: 1\n  b: 2\n",
			want: []string{"kubeadm:5:3: a[0].b: the field is given twice, first in line 4"},
		},
		"an unknown field in an item of a List": {
			text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n- apiVersion: kubeadm.k8s.io/v1beta4\n  kind: InitConfiguration\n  foo: 1\n- apiVersion: v1\n  kind: ConfigMap\n  data: {ClusterConfiguration: 'a: b'}\n",
			want: []string{
				"kubeadm:6:1: foo: unknown field in v1beta4 InitConfiguration",
				"kubeadm:9:1: a document needs apiVersion and kind",
			},
		},
		"a merge key beside a wrong type": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: &e {bindPort: 1}\nnodeRegistration: {<<: *e, name: 5}\n",
			want: []string{"kubeadm:4:34: nodeRegistration.name: want a string, got a number: put it in quotes"},
		},
		"a List without a configuration": {
			text: "apiVersion: v1\nkind: List\nitems: []\n",
			want: []string{`kubeadm:1:1: this List holds no configuration of kubeadm: want the key "ClusterConfiguration" in its data`},
		},
		"broken YAML": {
			text: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n  networking: {}\n",
			want: []string{"kubeadm:6:1: not valid YAML: mapping values are not allowed in this context"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kubeadmcfg.Parse([]byte(test.text))
			if err == nil {
				t.Fatal("there was no error")
			}
			if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var parseErr *kubeadmcfg.ParseError
			if !errors.As(err, &parseErr) {
				t.Errorf("%T is no ParseError", err)
			}
		})
	}
}

func TestSecretsDoNotShowInParseErrors(t *testing.T) {
	t.Parallel()
	const secret = "123456.0123456789012345"
	_, err := kubeadmcfg.Parse([]byte("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens:\n- token: " + secret + "\ncertificateKey: 00112233445566778899\n"))
	if err == nil || strings.Contains(err.Error(), "0123456789012345") || strings.Contains(err.Error(), "00112233445566778899") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownFieldsOfALiveClusterAreKept(t *testing.T) {
	t.Parallel()
	const text = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
  - name: a
    value: b
    since: 3
  quantum: true
futureField:
  nested:
  - 1
  - two
`
	if _, err := kubeadmcfg.Parse([]byte(text)); err == nil {
		t.Error("the strict parse took unknown fields")
	}
	file, err := kubeadmcfg.ParseTolerant([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(file.Bytes())); diff != "" {
		t.Errorf("-read +written:\n%s", diff)
	}
	var warned []string
	for _, w := range file.Warnings() {
		if strings.Contains(w.Message, "not known here") {
			warned = append(warned, w.Place)
		}
	}
	want := []string{
		"ClusterConfiguration.apiServer.extraArgs[0].since",
		"ClusterConfiguration.apiServer.quantum",
		"ClusterConfiguration.futureField",
	}
	if diff := cmp.Diff(want, warned); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, losses, err := file.ConvertLossy(kubeadmcfg.V1)
	if err != nil || len(losses) != 3 {
		t.Errorf("converting loses %v, %v", losses, err)
	}
}

func TestRefusesTextsThatEatMemoryOrTime(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"
	aliases := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		this, next := string(rune('a'+i)), string(rune('b'+i))
		aliases += next + ": &" + next + " [" + strings.TrimSuffix(strings.Repeat("*"+this+", ", 9), ", ") + "]\n"
	}
	tests := map[string]string{
		"100 MB of one line":             head + "x: " + strings.Repeat("a", 100<<20),
		"nested lists":                   head + "x: " + strings.Repeat("[", 1<<19),
		"nested mappings":                head + "x: " + strings.Repeat("{a: ", 1<<18),
		"nested blocks":                  head + nestedBlocks(2000),
		"nested JSON":                    `{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","x":` + strings.Repeat("[", 1<<19),
		"aliases of aliases":             head + aliases,
		"an alias of itself":             head + "x: &x [*x]\n",
		"a mapping that merges itself":   head + "x: &x\n  <<: *x\n",
		"many documents":                 strings.Repeat("a: b\n---\n", 50_000),
		"many fields":                    head + strings.Repeat("x: 1\n", 30_000),
		"many anchors":                   head + "x: [" + strings.Repeat("&a 1, ", 50_000) + "]\n",
		"a long quoted text that breaks": head + "x: \"" + strings.Repeat("\n", 1<<20),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kubeadmcfg.Parse([]byte(text))
			if err == nil {
				t.Fatal("there was no error")
			}
			if len(err.Error()) > 64<<10 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func nestedBlocks(depth int) string {
	var out strings.Builder
	for i := range depth {
		out.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return out.String()
}

func TestDecodesDocumentsOfOtherGroupsStrictly(t *testing.T) {
	t.Parallel()
	type config struct {
		Kind   string            `json:"kind"`
		Period *metav1.Duration  `json:"period"`
		Start  metav1.Time       `json:"start"`
		Size   resource.Quantity `json:"size"`
		Nested struct {
			Count int `json:"count"`
		} `json:"nested"`
	}
	other := &kubeadmcfg.Other{Text: "kind: Config\nperiod: 1m\nstart: \"2026-01-31T12:00:00Z\"\nsize: 5\nnested: {count: 3}\n"}
	var got config
	if err := other.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Period.Minutes() != 1 || got.Nested.Count != 3 || got.Size.Value() != 5 {
		t.Errorf("got %+v", got)
	}
	bad := &kubeadmcfg.Other{TypeMeta: metav1.TypeMeta{Kind: "Config"}, Text: "kind: Config\nstart: today\nsize: {}\nnested: {count: many, sum: 1}\n"}
	want := []string{
		`kubeadm:2:8: start: want a time such as "2026-01-31T12:00:00Z", got a string`,
		"kubeadm:3:7: size: want a Quantity, got a mapping",
		"kubeadm:4:17: nested.count: want a whole number, got a string",
		"kubeadm:4:23: nested.sum: unknown field in Config",
	}
	err := bad.Decode(&got)
	if err == nil {
		t.Fatal("there was no error")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := (&kubeadmcfg.Other{Text: "a: [\n"}).Decode(&got); err == nil {
		t.Error("took broken YAML")
	}
}

func TestParseStopsAfterAHundredErrors(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "x%d: 1\n", i)
	}
	_, err := kubeadmcfg.Parse([]byte(text.String()))
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 101 || lines[100] != "there are more errors" {
		t.Errorf("got %d errors, the last one %q", len(lines), lines[len(lines)-1])
	}
}
