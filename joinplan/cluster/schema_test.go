package cluster

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"
)

var writeSchema = flag.Bool("write-schema", false, "write cluster.schema.json anew")

func TestTheSchemaIsWhatTypesAndRulesSay(t *testing.T) {
	t.Parallel()
	want := generateSchema(t)
	if *writeSchema {
		if err := os.WriteFile("cluster.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(Schema())); diff != "" {
		t.Errorf("cluster.schema.json is old; -write-schema writes it anew (-want +committed):\n%s", diff)
	}
}

func TestASchemaThatIsChangedByItsCallerStaysWhole(t *testing.T) {
	t.Parallel()
	Schema()[0] = 'x'
	if Schema()[0] != '{' {
		t.Error("a caller changed the schema for all")
	}
}

type object = map[string]any

// kind is a part of the schema that holds for a type or for a field.
type kind func(optional bool) object

// generateSchema makes the schema of the Go types, of the rules that Validate
// has, and of the types' documentation.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	g := generator{t: t, docs: documentation(t), kinds: fieldKinds(), used: map[string]bool{}}
	root := g.structure(reflect.TypeFor[header](), true)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["$id"] = SchemaURL
	root["title"] = "haplane cluster description"
	root["type"] = "object"
	root["definitions"] = definitions()
	for field := range g.kinds {
		if !g.used[field] {
			t.Errorf("the table of fields has %s, which no type has", field)
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type generator struct {
	t     *testing.T
	docs  map[string]string
	kinds map[string]kind
	used  map[string]bool
	// elsewhere are the flags that the component at hand has otherwise.
	elsewhere map[string]string
}

var componentFlags = map[string]map[string]string{
	"Spec.apiServer":         apiServerFlags,
	"Spec.controllerManager": controllerManagerFlags,
	"Spec.scheduler":         {},
}

// required are the fields without which Validate refuses the struct.
var required = map[string][]string{
	"header":       {"apiVersion", "kind"},
	"Spec":         {"kubernetesVersion", "controlPlaneEndpoint", "controlPlanes"},
	"LoadBalancer": {"name", "address"},
	"Node":         {"name", "address"},
	"NodeGroup":    {"name"},
	"Arg":          {"name"},
	"Taint":        {"key", "effect"},
	"Volume":       {"name", "hostPath"},
	"ExternalEtcd": {"endpoints"},
}

func (g generator) structure(t reflect.Type, notNull bool) object {
	properties, must := object{}, []string{}
	g.fields(t, properties, &must)
	out := object{"type": typeOf("object", !notNull), "additionalProperties": false, "properties": properties}
	if len(must) > 0 {
		out["required"] = must
	}
	return out
}

func (g generator) fields(t reflect.Type, properties object, must *[]string) {
	*must = append(*must, required[t.Name()]...)
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			g.fields(f.Type, properties, must)
		case scalarsHide(f.Type):
		default:
			path := t.Name() + "." + name
			g.used[path] = true
			property := g.value(path, f.Type, !slices.Contains(required[t.Name()], name))
			if doc := g.docs[path]; doc != "" {
				property["description"] = doc
			}
			properties[name] = property
		}
	}
}

// scalarsHide tells of the types whose fields Parse does not know.
func scalarsHide(t reflect.Type) bool {
	read, known := scalars[t]
	return known && read == nil
}

func (g generator) value(path string, t reflect.Type, optional bool) object {
	if k, ok := g.kinds[path]; ok {
		return k(optional)
	}
	if elsewhere, ok := componentFlags[path]; ok {
		g.elsewhere = elsewhere
	}
	switch {
	case path == "Component.extraArgs":
		return arguments(argValue, g.elsewhere)(optional)
	case t == reflect.TypeFor[netip.Prefix]():
		return defined("hostAddress")(optional)
	case t == reflect.TypeFor[netip.Addr]():
		return defined("address")(optional)
	case t == reflect.TypeFor[Endpoint]():
		return defined("endpoint")(optional)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.value(path, t.Elem(), optional)
	case reflect.Struct:
		out := g.structure(t, !optional)
		if path == "Spec.workers[]" {
			out["properties"].(object)["advertiseAddress"] = object{"type": "null", "description": "A worker runs no API server."}
		}
		return out
	case reflect.Slice:
		out := object{"type": typeOf("array", optional), "items": g.value(path+"[]", t.Elem(), false)}
		if !optional {
			out["minItems"] = 1
		}
		return out
	case reflect.Bool:
		return object{"type": typeOf("boolean", optional)}
	case reflect.Uint16:
		return object{"type": typeOf("integer", optional), "minimum": 0, "maximum": 65535}
	}
	g.t.Errorf("nothing says what %s may be", path)
	return object{}
}

// typeOf allows null where nothing may stand.
func typeOf(name string, optional bool) any {
	if optional {
		return []string{name, "null"}
	}
	return name
}

func defined(name string) kind {
	return func(optional bool) object {
		return object{"type": typeOf("string", optional), "allOf": []object{{"$ref": "#/definitions/" + name}}}
	}
}

// ruled is a text with a rule, which may be empty where it may be left out.
func ruled(r rule) kind {
	return func(optional bool) object {
		out := object{"type": typeOf("string", optional)}
		maps.Copy(out, patterns(r, optional))
		return out
	}
}

func patterns(r rule, optional bool) object {
	out := object{}
	var texts []string
	for _, shape := range r.shapes {
		text := shape.String()
		if optional {
			text = strings.TrimSuffix(text, "$") + "?$"
		}
		texts = append(texts, text)
	}
	switch len(texts) {
	case 0:
	case 1:
		out["pattern"] = texts[0]
	default:
		var all []object
		for _, text := range texts {
			all = append(all, object{"pattern": text})
		}
		out["allOf"] = all
	}
	if r.not != nil {
		out["not"] = object{"type": "string", "pattern": r.not.String()}
	}
	if r.most > 0 {
		out["maxLength"] = r.most
	}
	return out
}

func words(list ...string) kind {
	return func(optional bool) object {
		allowed := []any{}
		for _, w := range list {
			allowed = append(allowed, w)
		}
		if optional {
			allowed = append(allowed, "", nil)
		}
		return object{"enum": allowed}
	}
}

func only(text string) kind {
	return func(bool) object { return object{"const": text} }
}

// flags are names of flags but those that a description says otherwise.
func flags(elsewhere map[string]string) kind {
	return func(optional bool) object {
		out := ruled(argName)(optional)
		if len(elsewhere) > 0 {
			out["not"] = object{"enum": slices.Sorted(maps.Keys(elsewhere))}
		}
		return out
	}
}

func arguments(value rule, elsewhere map[string]string) kind {
	return func(optional bool) object {
		return object{"type": typeOf("array", optional), "items": object{
			"type": "object", "additionalProperties": false, "required": []string{"name"},
			"properties": object{"name": flags(elsewhere)(false), "value": ruled(value)(true)},
		}}
	}
}

func withItems(k kind, more object) kind {
	return func(optional bool) object {
		out := object{"type": typeOf("array", optional), "items": k(false)}
		if !optional {
			out["minItems"] = 1
		}
		maps.Copy(out, more)
		return out
	}
}

func labels(optional bool) object {
	return object{"type": typeOf("object", optional), "propertyNames": patterns(labelKey, false), "additionalProperties": ruled(labelValue)(true)}
}

// allAlone is kubeadm's rule for ignored checks.
var allAlone = object{"anyOf": []object{{"maxItems": 1}, {"not": object{"contains": object{"pattern": "^[aA][lL][lL]$"}}}}}

func anything(optional bool) object { return object{"type": typeOf("string", optional)} }

// given gives the texts but the empty one.
func given[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		if v != "" {
			out = append(out, string(v))
		}
	}
	return out
}

// fieldKinds says of each field what its type does not.
func fieldKinds() map[string]kind {
	return map[string]kind{
		"header.apiVersion":                  only(APIVersion),
		"header.kind":                        only(Kind),
		"Spec.name":                          ruled(clusterName),
		"Spec.kubernetesVersion":             ruled(versionText),
		"Spec.kubeadmVersion":                ruled(versionText),
		"Spec.kubeadmAPIVersion":             words("v1beta3", "v1beta4"),
		"Spec.endpointAddresses":             withItems(defined("address"), object{"maxItems": 2}),
		"Spec.criSocket":                     ruled(socketURL),
		"Spec.podSubnets":                    withItems(defined("podSubnet"), object{"maxItems": 2}),
		"Spec.serviceSubnets":                withItems(defined("serviceSubnet"), object{"maxItems": 2}),
		"Spec.dnsDomain":                     ruled(domainName),
		"Spec.certSANs":                      withItems(defined("certSAN"), nil),
		"Spec.controlPlaneFiles":             withItems(ruled(plainPath), object{"uniqueItems": true}),
		"Spec.skipPhases":                    withItems(ruled(plainWord), nil),
		"Spec.ignorePreflightErrors":         withItems(ruled(plainWord), allAlone),
		"Spec.patchesDirectory":              ruled(plainPath),
		"Spec.kubeletConfiguration":          anything,
		"LoadBalancer.name":                  ruled(hostName),
		"Node.name":                          ruled(hostName),
		"Node.advertiseAddress":              defined("advertiseAddress"),
		"Node.group":                         ruled(groupName),
		"NodeGroup.name":                     ruled(groupName),
		"NodeSettings.criSocket":             ruled(socketURL),
		"NodeSettings.labels":                labels,
		"NodeSettings.kubeletArgs":           arguments(kubeletText, kubeletFlags),
		"NodeSettings.kubeadmVersion":        ruled(versionText),
		"NodeSettings.kubeletVersion":        ruled(versionText),
		"NodeSettings.patchesDirectory":      ruled(plainPath),
		"NodeSettings.ignorePreflightErrors": withItems(ruled(plainWord), allAlone),
		"Volume.name":                        ruled(volumeName),
		"Volume.hostPath":                    ruled(plainPath),
		"Volume.mountPath":                   ruled(plainPath),
		"Volume.pathType":                    words(given(pathTypes)...),
		"Taint.key":                          ruled(labelKey),
		"Taint.value":                        ruled(labelValue),
		"Taint.effect":                       words(given(taintEffects)...),
		"ExternalEtcd.endpoints":             withItems(defined("etcdURL"), object{"uniqueItems": true}),
		"ExternalEtcd.caFile":                ruled(plainPath),
		"ExternalEtcd.certFile":              ruled(plainPath),
		"ExternalEtcd.keyFile":               ruled(plainPath),
	}
}

func definitions() object {
	out := object{}
	for name, r := range addressRules {
		out[name] = patterns(r, false)
	}
	return out
}

// documentation gives the comments of the package's struct fields, by type and
// JSON name.
func documentation(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					documentFields(docs, spec.Name.Name, s)
				}
			}
			return true
		})
	}
	return docs
}

var links = regexp.MustCompile(`\[([A-Za-z.]+)\]`)

// documentFields gives a field without a comment that of the one before it.
func documentFields(docs map[string]string, typeName string, s *ast.StructType) {
	doc := ""
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue
		}
		if f.Doc != nil {
			doc = links.ReplaceAllString(strings.Join(strings.Fields(f.Doc.Text()), " "), "$1")
		}
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		docs[typeName+"."+name] = doc
	}
}

// The patterns of addresses say in a schema what netip says in Go.
const (
	octet = `(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`
	ipv4  = octet + `(\.` + octet + `){3}`
	group = `[0-9a-fA-F]{1,4}`
	tail  = `(` + group + `:` + group + `|` + ipv4 + `)`
	ipv6  = `(` +
		`(` + group + `:){6}` + tail +
		`|::(` + group + `:){5}` + tail +
		`|(` + group + `)?::(` + group + `:){4}` + tail +
		`|((` + group + `:){0,1}` + group + `)?::(` + group + `:){3}` + tail +
		`|((` + group + `:){0,2}` + group + `)?::(` + group + `:){2}` + tail +
		`|((` + group + `:){0,3}` + group + `)?::` + group + `:` + tail +
		`|((` + group + `:){0,4}` + group + `)?::` + tail +
		`|((` + group + `:){0,5}` + group + `)?::` + group +
		`|((` + group + `:){0,6}` + group + `)?::` +
		`)`
	// named is a DNS name whose last label is not all digits.
	named = `(` + dnsLabel + `\.)*[0-9]*([a-z]([-a-z0-9]*[a-z0-9])?|[0-9]-[-a-z0-9]*[a-z0-9])`
	port  = `0*(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})`
	// authority is a host and a port.
	authority = `(` + named + `|` + ipv4 + `|\[` + ipv6 + `\]):` + port
	// short is an authority whose name is not too long.
	short = `(\[.*|[^:]{1,253}):.*`

	mapped    = `([0:]*:[fF]{4}:` + tail + `|(0{1,4}:){5}[fF]{4}:(:(` + group + `)?|` + group + `::))`
	nowhere4  = `(0\.0\.0\.0|(22[4-9]|23[0-9])\.[0-9.]+)`
	nowhere6  = `([0:.]+|[fF][fF][0-9a-fA-F]{2}:[0-9a-fA-F:.]*|` + mapped + `)`
	end       = `(/[0-9]+)?$`
	nowhere   = `^(` + nowhere4 + `|` + nowhere6 + `)` + end
	nowhereAt = `^(https?://)?(` + nowhere4 + `|\[` + nowhere6 + `\]):[0-9]+$`
	loopback  = `^(127\.[0-9.]+|[0:]*:(0{0,3}1|0\.0\.0\.1))` + end
	linkLocal = `^(169\.254\.[0-9.]+|[fF][eE][89abAB][0-9a-fA-F]:[0-9a-fA-F:.]*)` + end
)

var addressRules = map[string]rule{
	"address":          shaped(ipv4 + `|` + ipv6).but(nowhere + `|` + loopback),
	"advertiseAddress": shaped(ipv4 + `|` + ipv6).but(nowhere + `|` + loopback + `|` + linkLocal),
	"hostAddress":      shaped(ipv4 + `(/(3[0-2]|[12]?[0-9]))?|` + ipv6 + `(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?`).but(nowhere + `|` + loopback),
	"podSubnet":        shaped(ipv4 + `/(2[0-8]|1?[0-9])|` + ipv6 + `/(12[0-4]|1[01][0-9]|[1-9]?[0-9])`).but(`^` + mapped + `/`),
	"serviceSubnet":    shaped(ipv4 + `/(2[0-8]|1[2-9])|` + ipv6 + `/(12[0-4]|11[0-9]|10[89])`).but(`^` + mapped + `/`),
	"endpoint":         shaped(authority, short).but(nowhereAt),
	"etcdURL":          shaped(`https?://`+authority, `https?://`+short).but(nowhereAt),
	"certSAN":          shaped(`(\*\.)?`+named+`|`+ipv4+`|`+ipv6, `(\*\.)?.{1,253}`).but(nowhere),
}

// readers are what Parse and Validate make of the same texts.
var readers = map[string]func(text string) bool{
	"address": func(text string) bool { a, err := parseAddr(text); return err == nil && len(checkAddr(nil, a)) == 0 },
	"advertiseAddress": func(text string) bool {
		a, err := parseAddr(text)
		return err == nil && len(checkAdvertised(nil, a)) == 0
	},
	"hostAddress": func(text string) bool {
		p, err := parsePrefix(text)
		return err == nil && len(checkPrefix(nil, p)) == 0
	},
	"podSubnet": func(text string) bool {
		p, err := parsePrefix(text)
		return err == nil && len(checkSubnets(nil, []netip.Prefix{p})) == 0
	},
	"serviceSubnet": func(text string) bool {
		p, err := parsePrefix(text)
		return err == nil && len(checkSubnets(nil, []netip.Prefix{p})) == 0 && hostBits(p) <= maxServiceBits
	},
	"endpoint": func(text string) bool {
		e, err := ParseEndpoint(text)
		return err == nil && len(Spec{ControlPlaneEndpoint: e}.checkEndpoint()) == 0
	},
	"etcdURL": func(text string) bool { return len(checkEtcdURL(nil, text, false)) == 0 },
	"certSAN": func(text string) bool { return len(checkSANs(nil, []string{text})) == 0 },
}

func TestThePatternsOfTheSchemaReadAddressesAsTheParserDoes(t *testing.T) {
	t.Parallel()
	for name, rule := range addressRules {
		r := rand.New(rand.NewPCG(1, 2))
		accepted, refused := 0, 0
		for range 8_000 {
			text := randomAddress(r)
			want := readers[name](text)
			if got := rule.holds(text); got != want {
				t.Errorf("%s: the schema says %v of %q, the parser %v", name, got, text, want)
			}
			if want {
				accepted++
			} else {
				refused++
			}
		}
		if accepted < 25 || refused < 25 {
			t.Errorf("%s: %d texts accepted, %d refused: the corpus shows too little", name, accepted, refused)
		}
	}
}

// randomAddress is an address in any spelling, or almost one, as a text of any
// of the schema's definitions.
func randomAddress(r *rand.Rand) string {
	text := randomHost(r)
	switch r.IntN(8) {
	case 0, 1:
		text += "/" + strconv.Itoa(r.IntN(140))
	case 2:
		if strings.Contains(text, ":") || r.IntN(9) == 0 {
			text = "[" + text + "]"
		}
		text += ":" + []string{"6443", "0", "65535", "65536", "00443", "1", "", "x"}[r.IntN(8)]
	case 3:
		if strings.Contains(text, ":") {
			text = "[" + text + "]"
		}
		text = []string{"https://", "http://", "ftp://", "HTTPS://"}[r.IntN(4)] + text + ":" + strconv.Itoa(r.IntN(70000))
	case 4:
		text = []string{"*.", "*", "%e", "/", ":"}[r.IntN(5)] + text
	}
	if r.IntN(10) == 0 {
		at := r.IntN(len(text) + 1)
		text = text[:at] + string("0:./%[]- a1fF*"[r.IntN(14)]) + text[at:]
	}
	return text
}

func randomHost(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	switch r.IntN(5) {
	case 0:
		return pick("a", "k8s-vip", "api.example", "a.1", "1.a", "1-1", "9", "A", "a_b", "a.", "-a", "a-", strings.Repeat("a", 253), strings.Repeat("a", 254), "1.2.3.a1", "x.1-2")
	case 1:
		return pick("0", "10", "127", "169", "224", "239", "240", "255", "256", "01", "192") + "." + pick("0", "254", "1", "168") + "." + pick("0", "1", "00") + "." + pick("0", "1", "255", "9")
	}
	var groups []string
	n := 1 + r.IntN(9)
	for range n {
		groups = append(groups, pick("0", "0", "0", "00", "0000", "1", "0001", "ffff", "FFFF", "ff02", "fe80", "febf", "fd00", "2001", "db8", "12345", "g"))
	}
	text := strings.Join(groups, ":")
	if r.IntN(2) == 0 {
		at := r.IntN(n + 1)
		text = strings.Join(groups[:at], ":") + "::" + strings.Join(groups[at:], ":")
	}
	if r.IntN(4) == 0 {
		text = strings.TrimSuffix(text, ":"+groups[n-1]) + ":" + pick("1.2.3.4", "0.0.0.0", "0.0.0.1", "1.2.3", "1.2.3.256")
	}
	return text
}

func TestTheRulesOfNamesAndLabelsAreKubernetesOwn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule  rule
		check func(text string) []string
	}{
		"label key":   {labelKey, validation.IsQualifiedName},
		"label value": {labelValue, validation.IsValidLabelValue},
		"DNS label":   {volumeName, validation.IsDNS1123Label},
		"DNS name":    {rule{shapes: hostName.shapes, most: hostName.most}, validation.IsDNS1123Subdomain},
	} {
		r := rand.New(rand.NewPCG(3, 4))
		accepted, refused := 0, 0
		for range 5_000 {
			text := randomName(r)
			want := len(tc.check(text)) == 0
			if tc.rule.holds(text) != want {
				t.Errorf("%s: %q: Kubernetes says %v", name, text, want)
			}
			if want {
				accepted++
			} else {
				refused++
			}
		}
		if accepted < 100 || refused < 100 {
			t.Errorf("%s: %d texts accepted, %d refused: the corpus shows too little", name, accepted, refused)
		}
	}
}

func randomName(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteString([]string{"a", "Z", "0", "-", "_", ".", "/", " ", "a.b", "example.com/", strings.Repeat("a", 61), strings.Repeat("b", 62), strings.Repeat("c.", 95), "\n", "é"}[r.IntN(15)])
	}
	return b.String()
}
