package conformance

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// A config is one generated file: documents as data, so that a value can be
// looked at and replaced, and what is done to their text.
type config struct {
	documents []object
	edit      edit
}

// An edit changes the text of a file.
type edit struct {
	name  string
	apply func(text string) string
}

func (c config) text() []byte {
	texts := make([]string, 0, len(c.documents))
	for _, d := range c.documents {
		text, err := yaml.Marshal(d)
		if err != nil {
			panic(err) // these are maps, lists and scalars
		}
		texts = append(texts, string(text))
	}
	text := strings.Join(texts, "---\n")
	if c.edit.apply != nil {
		text = c.edit.apply(text)
	}
	return []byte(text)
}

// A generator makes the files of one version of the API.
type generator struct {
	*rand.Rand
	version string
	pools   map[string]pool
	// fields are the paths of each kind that have a pool.
	fields map[string][]string
	// single are the changes that are each made alone.
	single []single
}

// A single change puts a value into a field of a kind, or edits the text of a
// file.
type single struct {
	kind, field string
	value       any
	edit        edit
}

// newGenerator prepares what all cases share; the random numbers are set case
// by case.
func newGenerator(version string, minor int) *generator {
	g := &generator{version: version, pools: poolsFor(version, minor), fields: map[string][]string{}}
	for kind, typ := range wireTypes[version] {
		g.collect(kind, kind, typ)
	}
	for _, kind := range slices.Sorted(maps.Keys(g.fields)) {
		for _, field := range g.fields[kind] {
			p, _ := g.poolFor(field)
			for _, value := range slices.Concat(p.good, p.bad) {
				g.single = append(g.single, single{kind: kind, field: field, value: value})
			}
		}
	}
	for _, e := range edits {
		for range 10 {
			g.single = append(g.single, single{edit: e})
		}
	}
	return g
}

func (g *generator) collect(kind, path string, t reflect.Type) {
	if _, ok := g.poolFor(path); ok {
		g.fields[kind] = append(g.fields[kind], path)
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t != reflect.TypeFor[*metav1.Duration]() && t != reflect.TypeFor[*metav1.Time]() {
			g.collectBelow(kind, path, t.Elem())
		}
	case reflect.Slice:
		g.collect(kind, path+"[]", t.Elem())
	default:
		g.collectBelow(kind, path, t)
	}
}

func (g *generator) collectBelow(kind, path string, t reflect.Type) {
	if t.Kind() != reflect.Struct || t.PkgPath() != "" && strings.HasPrefix(t.PkgPath(), "k8s.io/apimachinery") {
		return
	}
	for name, f := range sortedFields(t) {
		g.collect(kind, path+"."+name, f.Type)
	}
}

// sortedFields visits the fields of a struct by their JSON names, apart from
// apiVersion and kind.
func sortedFields(t reflect.Type) func(yield func(string, jsonField) bool) {
	fields := jsonFields(t)
	return func(yield func(string, jsonField) bool) {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if name != "apiVersion" && name != "kind" && !yield(name, fields[name]) {
				return
			}
		}
	}
}

// sets are the kinds that make up a file.
var sets = [][]string{
	{"InitConfiguration", "ClusterConfiguration"}, {"InitConfiguration", "ClusterConfiguration"},
	{"ClusterConfiguration"}, {"InitConfiguration"}, {"JoinConfiguration"}, {"JoinConfiguration"},
	{"ResetConfiguration"}, {"UpgradeConfiguration"},
}

// next gives the nth file: first one for each single change, then files with
// none to three random ones.
func (g *generator) next(n int) config {
	if n < len(g.single) {
		return g.changed(g.single[n])
	}
	c := g.ordinary(sets[g.IntN(len(sets))])
	for range []int{0, 0, 0, 1, 1, 1, 2, 3}[g.IntN(8)] {
		g.change(&c)
	}
	return c
}

func (g *generator) changed(by single) config {
	set := sets[0]
	for _, s := range sets {
		if slices.Contains(s, by.kind) {
			set = s
			break
		}
	}
	c := g.ordinary(set)
	c.edit = by.edit
	for _, d := range c.documents {
		if d["kind"] == by.kind {
			g.set(d, strings.Split(by.field, ".")[1:], clone(by.value))
		}
	}
	return c
}

// ordinary gives a file of these kinds in which nothing is wrong. Where the
// version has no such kinds it gives other ones.
func (g *generator) ordinary(kinds []string) config {
	for wireTypes[g.version][kinds[0]] == nil {
		kinds = sets[g.IntN(len(sets))]
	}
	var c config
	for _, kind := range kinds {
		c.documents = append(c.documents, g.document(kind))
	}
	return c
}

func (g *generator) document(kind string) object {
	d := g.object(kind, wireTypes[g.version][kind])
	d["apiVersion"], d["kind"] = "kubeadm.k8s.io/"+g.version, kind
	return d
}

// always are the fields that every file has: those that kubeadm would take from
// the machine, and those without which it makes no sense.
var always = map[string]bool{
	"nodeRegistration": true, "localAPIEndpoint": true, "name": true, "value": true, "criSocket": true,
	"advertiseAddress": true, "discovery": true, "key": true, "effect": true, "kubernetesVersion": true, "hostPath": true, "mountPath": true,
}

func (g *generator) value(path string, t reflect.Type) any {
	if p, ok := g.poolFor(path); ok && len(p.good) > 0 {
		return clone(p.good[g.IntN(len(p.good))])
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t == reflect.TypeFor[*metav1.Time]() {
			return "2030-01-01T00:00:00Z"
		}
		return g.value(path, t.Elem())
	case reflect.Struct:
		return g.object(path, t)
	case reflect.Slice:
		items := list{}
		for range g.IntN(3) {
			items = append(items, g.value(path+"[]", t.Elem()))
		}
		return items
	case reflect.Map:
		return object{}
	case reflect.Bool:
		return g.IntN(2) == 0
	case reflect.Int, reflect.Int32, reflect.Int64:
		return g.IntN(100)
	default:
		return []any{"a", "b-c", "/d", ""}[g.IntN(4)]
	}
}

func (g *generator) object(path string, t reflect.Type) object {
	o := object{}
	for name, f := range sortedFields(t) {
		if always[name] || g.IntN(3) == 0 {
			o[name] = g.value(path+"."+name, f.Type)
		}
	}
	return o
}

// change does one thing to a file that may make it wrong.
func (g *generator) change(c *config) {
	d := c.documents[g.IntN(len(c.documents))]
	kind, _ := d["kind"].(string)
	switch n := g.IntN(20); {
	case n < 15:
		g.replace(d, kind)
	case n < 17:
		g.mangle(d)
	case n < 19:
		g.restructure(d)
	default:
		g.reshape(c)
	}
}

// replace puts a bad value of its pool into a field, or now and then a good one.
func (g *generator) replace(d object, kind string) {
	fields := g.fields[kind]
	if len(fields) == 0 {
		return
	}
	path := fields[g.IntN(len(fields))]
	p, _ := g.poolFor(path)
	values := p.bad
	if len(values) == 0 || g.IntN(5) == 0 {
		values = p.good
	}
	g.set(d, strings.Split(path, ".")[1:], clone(values[g.IntN(len(values))]))
}

// set puts a value at a path, making what is missing on the way.
func (g *generator) set(o object, path []string, value any) {
	name, isList := strings.CutSuffix(path[0], "[]")
	if !isList {
		if len(path) == 1 {
			o[name] = value
			return
		}
		next, ok := o[name].(object)
		if !ok {
			next = object{}
			o[name] = next
		}
		g.set(next, path[1:], value)
		return
	}
	items, _ := o[name].(list)
	if len(items) == 0 || g.IntN(2) == 0 {
		items = append(items, object{})
	}
	i := g.IntN(len(items))
	if len(path) == 1 {
		items[i] = value
	} else if next, ok := items[i].(object); ok {
		g.set(next, path[1:], value)
	}
	o[name] = items
}

// A place is where a value stands.
type place struct {
	in   object
	name string
}

func places(o object) []place {
	var all []place
	for _, name := range slices.Sorted(maps.Keys(o)) {
		all = append(all, place{o, name})
		switch v := o[name].(type) {
		case object:
			all = append(all, places(v)...)
		case list:
			for _, item := range v {
				if inner, ok := item.(object); ok {
					all = append(all, places(inner)...)
				}
			}
		}
	}
	return all
}

// mangle edits one string somewhere.
func (g *generator) mangle(d object) {
	all := slices.DeleteFunc(places(d), func(p place) bool {
		_, ok := p.in[p.name].(string)
		return !ok || p.name == "apiVersion" || p.name == "kind"
	})
	if len(all) == 0 {
		return
	}
	p := all[g.IntN(len(all))]
	s := p.in[p.name].(string)
	at := g.IntN(len(s) + 1)
	const alphabet = "aZ0-_./: ,[]%"
	switch g.IntN(3) {
	case 0:
		s = s[:at] + string(alphabet[g.IntN(len(alphabet))]) + s[at:]
	case 1:
		s = s[:at]
	case 2:
		s = s[at:]
	}
	p.in[p.name] = strings.ToValidUTF8(s, "")
}

// restructure changes the shape of a document: unknown, misspelt, missing and
// mistyped fields.
func (g *generator) restructure(d object) {
	all := places(d)
	p := all[g.IntN(len(all))]
	switch g.IntN(5) {
	case 0:
		p.in["unknownField"] = "x"
	case 1:
		p.in[strings.ToUpper(p.name[:min(1, len(p.name))])+p.name[min(1, len(p.name)):]] = p.in[p.name]
	case 2:
		if !always[p.name] {
			delete(p.in, p.name)
		}
	case 3:
		p.in[p.name] = []any{"x", 1, true, 1.5, list{"x"}, object{"x": "y"}, list{}, object{}}[g.IntN(8)]
	case 4:
		if !always[p.name] {
			p.in[p.name] = nil
		}
	}
}

// reshape changes the set of documents, or how they are written.
func (g *generator) reshape(c *config) {
	first := c.documents[0]
	switch g.IntN(14) {
	case 0:
		c.documents = append(c.documents, clone(first).(object))
	case 1:
		c.documents = append(c.documents, object{"apiVersion": first["apiVersion"], "kind": "ClusterStatus"})
	case 2:
		c.documents = append(c.documents, object{"apiVersion": "example.com/v1", "kind": "Thing"})
	case 3:
		c.documents = append(c.documents, object{"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd"})
	case 4:
		c.documents = append(c.documents, object{"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "ipvs"})
	case 5:
		c.documents = append(c.documents, object{"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriverr": "systemd"})
	case 6:
		delete(first, []string{"apiVersion", "kind"}[g.IntN(2)])
	case 7:
		first["apiVersion"] = []any{"kubeadm.k8s.io/v1beta2", "kubeadm.k8s.io/v1beta9", "kubeadm.k8s.io", "v1", "apps/v1", ""}[g.IntN(6)]
	case 8:
		first["kind"] = []any{"initConfiguration", "Init", "ConfigMap", "", "MasterConfiguration"}[g.IntN(5)]
	case 9:
		c.documents = append(c.documents, object{"apiVersion": first["apiVersion"], "kind": "JoinConfiguration", "discovery": clone(g.pools[".discovery"].good[0]), "nodeRegistration": object{"name": "a", "criSocket": "unix:///a"}})
	case 10:
		first["metadata"] = object{"name": "x"}
	default:
		c.edit = edits[g.IntN(len(edits))]
	}
}

// edits are ways to write a file, good and bad.
var edits = []edit{
	{"CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
	{"comment first", func(s string) string { return "# a comment\n---\n" + s }},
	{"empty document last", func(s string) string { return s + "---\n" }},
	{"comment last", func(s string) string { return s + "---\n# the end\n" }},
	{"separator first", func(s string) string { return "---\n" + s }},
	{"field twice", func(s string) string { return s + s[:strings.IndexByte(s, '\n')+1] }},
	{"tab", func(s string) string { return s + "\tx: y\n" }},
	{"broken flow", func(s string) string { return s + "x: [\n" }},
	{"empty", func(s string) string { return "" }},
	{"only a comment", func(s string) string { return "\n# nothing\n" }},
	{"no newline", func(s string) string { return strings.TrimRight(s, "\n") }},
	{"remarks", func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " # a remark\n"), "--- #", "---\n#")
	}},
	{"plain text", func(s string) string { return "just text\n" }},
	{"a list", func(s string) string { return "- a\n- b\n" }},
	{"separator with a space", func(s string) string { return strings.Replace(s, "---\n", "--- \n", 1) }},
	{"separator with a remark", func(s string) string { return strings.Replace(s, "---\n", "--- # next\n", 1) }},
	{"end marker", func(s string) string { return s + "...\n" }},
	{"byte order mark", func(s string) string { return "\ufeff" + s }},
	{"another API version", mixed},
	{"YAML directive", func(s string) string { return "%YAML 1.1\n---\n" + s }},
}

// mixed gives the last document another API version.
func mixed(s string) string {
	for _, version := range []struct{ from, to string }{{"v1beta3", "v1beta4"}, {"v1", "v1beta4"}, {"v1beta4", "v1beta3"}} {
		from, to := "kubeadm.k8s.io/"+version.from+"\n", "kubeadm.k8s.io/"+version.to+"\n"
		if at := strings.LastIndex(s, from); at >= 0 {
			return s[:at] + to + s[at+len(from):]
		}
	}
	return s
}

func clone(v any) any {
	switch v := v.(type) {
	case object:
		o := make(object, len(v))
		for name, value := range v {
			o[name] = clone(value)
		}
		return o
	case list:
		l := make(list, len(v))
		for i, item := range v {
			l[i] = clone(item)
		}
		return l
	}
	return v
}
