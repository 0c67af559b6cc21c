package schema_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/haplane/haplane/joinplan/cluster"
)

// own are the descriptions that are there for these tests; half of the corpus is
// made of them, because they say the most.
const own = "internal/conformance/schema/testdata/"

// mutations is how many changed descriptions are read.
const mutations = 10_000

// reason is why the parser refuses what a schema cannot refuse.
type reason struct {
	// says is what the parser's errors say then.
	says *regexp.Regexp
	// An example: in a description of testdata, a text and what it becomes.
	document, old, becomes string
}

var beyond = map[string]reason{
	"a name, an address or a label is given to two": {
		regexp.MustCompile(`is given twice:|is given to two groups|gives this label too`),
		"everything.yaml", "name: cp-2", "name: cp-1",
	},
	"two volumes have one name": {
		regexp.MustCompile(`extraVolumes\[\d+\]\.name: Duplicate value`),
		"everything.yaml", "name: audit,", "name: enc,",
	},
	"an endpoint that is an address has other addresses": {
		regexp.MustCompile(`^endpointAddresses: Forbidden`),
		"everything.yaml", "api.example:6443", "10.0.0.9:6443",
	},
	"two addresses or ranges are of one family": {
		regexp.MustCompile(`at most one IPv4 and one IPv6|two ranges are for dual stack|must be of the other family`),
		"everything.yaml", `"fd00::78"`, "10.7.0.8",
	},
	"services and API servers are of different families": {
		regexp.MustCompile(`the first range must be of the family`),
		"addresses.yaml", "10.96.0.0/16", `"fd00:96::/112"`,
	},
	"two programs have one port of one machine": {
		regexp.MustCompile(`this is (control plane|node) |this is the port of|HAProxy asks itself`),
		"everything.yaml", "apiServerPort: 8443", "apiServerPort: 10250",
	},
	"etcd's files and its endpoints do not go together": {
		regexp.MustCompile(`go together: give both|give the CA that signed|because caFile is given`),
		"everything.yaml", "keyFile: /etc/etcd/client.key", "keyFile: ~",
	},
	"versions do not go together, or are too old": {
		regexp.MustCompile(`works with control planes from|it cannot join:|may not be newer than|refuses kubelets older|API versions are older`),
		"everything.yaml", "kubeletVersion: v1.35.4", "kubeletVersion: v1.38.0",
	},
	"a node names a group that is not there": {
		regexp.MustCompile(`no such group`),
		"everything.yaml", "group: edge", "group: nobody",
	},
	"a pod subnet does not go with the nodes' mask": {
		regexp.MustCompile(`each node gets`),
		"everything.yaml", "10.244.0.0/16", "10.244.0.0/26",
	},
	"a kubelet's argument gives labels that it cannot": {
		regexp.MustCompile(`must be label=value|a kubelet may not set`),
		"everything.yaml", "disk=ssd,rack=7", "node-role.kubernetes.io/x=",
	},
	"YAML's anchors and aliases, which an editor resolves": {
		regexp.MustCompile(`anchors and aliases`),
		"everything.yaml", "name: north", "name: &x north",
	},
	"YAML's second document, which an editor reads by itself": {
		regexp.MustCompile(`a second document begins`),
		"addresses.yaml", "kubeletVersion: v1.33.13}]\n", "kubeletVersion: v1.33.13}]\n---\nkind: Cluster\n",
	},
	"YAML 1.1's dates, which are texts since 1.2": {
		regexp.MustCompile(`not the date`),
		"everything.yaml", "pool: mine", "pool: 2001-01-01",
	},
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(cluster.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(cluster.SchemaURL, value); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(cluster.SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	if schema.DraftVersion != 7 {
		t.Fatalf("the schema is of draft %d", schema.DraftVersion)
	}
	return schema
}

// judge gives why an editor marks the text, if it does.
func judge(schema *jsonschema.Schema, text string) error {
	value, err := read(text)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func TestTheSchemaTakesEveryDescriptionOfTheRepositoryThatTheParserTakes(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	accepted := 0
	for _, doc := range documents(t) {
		_, err := cluster.Parse([]byte(doc.text))
		verdict := judge(schema, doc.text)
		switch {
		case err == nil && verdict == nil:
			accepted++
		case err == nil:
			t.Errorf("%s: the parser takes it, and the schema does not: %v", doc.name, verdict)
		default:
			t.Errorf("%s is no description: %v", doc.name, err)
		}
	}
	t.Logf("%d descriptions", accepted)
	if accepted < 20 {
		t.Errorf("only %d descriptions were found", accepted)
	}
}

func TestTheSchemaAndTheParserRefuseTheSame(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	m := mutator{Rand: rand.New(rand.NewPCG(6, 7))}
	var rich []*yaml.Node
	for _, doc := range documents(t) {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(doc.text), &node); err != nil {
			t.Fatalf("%s: %v", doc.name, err)
		}
		m.donors = append(m.donors, &node)
		if strings.HasPrefix(doc.name, own) {
			rich = append(rich, &node)
		}
	}
	m.donors = append(m.donors, slices.Repeat(rich, len(m.donors)/len(rich))...)
	seen, both, neither := map[string]int{}, 0, 0
	for range mutations {
		text, err := m.mutate(m.donors[m.IntN(len(m.donors))])
		if err != nil {
			continue // an alias before its anchor, which is no YAML
		}
		_, parserErr := cluster.Parse([]byte(text))
		switch schemaErr := judge(schema, text); {
		case parserErr == nil && schemaErr == nil:
			both++
		case parserErr != nil && schemaErr != nil:
			neither++
		case parserErr == nil:
			t.Errorf("the parser takes it, and the schema does not: %v\n%s", schemaErr, text)
		default:
			if err := explained(parserErr, seen); err != nil {
				t.Errorf("the schema takes it, and the parser does not: %v\n%s", err, text)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d taken by both, %d refused by both; refused by the parser alone:", both, neither)
	for _, name := range slices.Sorted(maps.Keys(beyond)) {
		t.Logf("%5d %s", seen[name], name)
	}
	if both < mutations/20 || neither < mutations/4 {
		t.Errorf("%d taken and %d refused of %d: the corpus shows too little", both, neither, mutations)
	}
}

func TestOnlyTheParserRefusesWhatNoSchemaCan(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	for name, r := range beyond {
		data, err := os.ReadFile("testdata/" + r.document)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(data), r.old) != 1 {
			t.Errorf("%s: %s is not once in %s", name, r.old, r.document)
		}
		text := strings.Replace(string(data), r.old, r.becomes, 1)
		if err := judge(schema, text); err != nil {
			t.Errorf("%s: the schema refuses it too: %v", name, err)
		}
		seen := map[string]int{}
		_, err = cluster.Parse([]byte(text))
		if err == nil || explained(err, seen) != nil || len(seen) != 1 || seen[name] == 0 {
			t.Errorf("%s: the parser says: %v", name, err)
		}
	}
}

// explained counts the reasons for which the parser alone refuses a text, and
// gives the errors that have none.
func explained(err error, seen map[string]int) error {
	var unexplained []error
	for _, e := range parseErrors(err) {
		name := reasonOf(e)
		if name == "" {
			unexplained = append(unexplained, e)
		}
		seen[name]++
	}
	return errors.Join(unexplained...)
}

func parseErrors(err error) []*cluster.ParseError {
	var out []*cluster.ParseError
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		out = append(out, e.(*cluster.ParseError))
	}
	return out
}

func reasonOf(e *cluster.ParseError) string {
	for name, r := range beyond {
		if r.says.MatchString(fmt.Sprintf("%s: %s", e.Field, e.Msg)) {
			return name
		}
	}
	return ""
}

func TestEveryFieldOfTheSchemaIsInADescription(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, doc := range documents(t) {
		value, err := read(doc.text)
		if err != nil {
			t.Fatal(err)
		}
		collect(value, "", used)
	}
	missing(t, compile(t), "", used)
	if len(used) < 60 {
		t.Errorf("only %d fields are used", len(used))
	}
}

// collect notes the paths of fields, without the indices of lists.
func collect(value any, path string, used map[string]bool) {
	used[path] = true
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			collect(inner, path+"."+key, used)
		}
	case []any:
		for _, inner := range v {
			collect(inner, path+"[]", used)
		}
	}
}

func missing(t *testing.T, schema *jsonschema.Schema, path string, used map[string]bool) {
	t.Helper()
	for name, property := range schema.Properties {
		at := path + "." + name
		if !used[at] {
			t.Errorf("no description has %s", at)
		}
		missing(t, property, at, used)
	}
	if items, ok := schema.Items.(*jsonschema.Schema); ok {
		missing(t, items, path+"[]", used)
	}
}
