package conformance

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// newRand gives the random numbers of one case: the same in every run.
func newRand(seed, n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, n))
}

// awkward are strings that YAML and JSON writers get wrong.
var awkward = []string{
	"", " ", "a", "true", "no", "null", "~", "0", "0644", "1.0", "1e3", "0x1f", ".5", "-", "- a", "a: b", "a #b", "#",
	"'", "\"", "\\", "a'b\"c", "[a]", "{a: b}", "&a", "*a", "!a", "%a", "@a", "`a`", "|", ">", "?", ":", "=", "<<", "---", "...",
	" leading", "trailing ", "two\nlines", "ends\n", "\n", "tab\tinside", "\r\n", "2001-01-01", "12:30:00", "ünïcödé", "日本語", "😀",
	"\u00a0", "\u0085", "\u2028", "\ufeff", "\x00", "\x1b[0m", "a,b", "$HOME", "<a>&b", "kubeadm.k8s.io/v1beta4",
	"a long line that a writer may want to fold because it goes on well beyond the eighty columns of an old terminal",
}

// unreadableKeys are what kubeadm writes so, as the key of a map, that it cannot
// read it.
var unreadableKeys = []string{"\u0085", "<<"}

func randomString(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return awkward[r.IntN(len(awkward))]
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-./:"
	b := make([]byte, r.IntN(12))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// fill gives every field of v a random value, of which a good part are zero or
// empty.
func fill(r *rand.Rand, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *metav1.TypeMeta:
		return
	case *metav1.Duration:
		p.Duration = randomDuration(r)
		return
	case *metav1.Time:
		*p = metav1.Unix(r.Int64N(1<<32), 0)
		return
	case *resource.Quantity:
		*p = *resource.NewMilliQuantity(r.Int64N(1<<30), resource.DecimalSI)
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64([]int32{0, 1, -1, 6443, 1<<31 - 1, -1 << 31, r.Int32()}[r.IntN(7)]))
	case reflect.String:
		v.SetString(randomString(r))
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if r.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
			for i := range v.Len() {
				fill(r, v.Index(i))
			}
		}
	case reflect.Map:
		if r.IntN(4) > 0 {
			fillMap(r, v)
		}
	case reflect.Struct:
		fillStruct(r, v)
	default:
		panic("a field of an unforeseen type: " + v.Type().String())
	}
}

func fillMap(r *rand.Rand, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for range r.IntN(4) {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(r, key)
		fill(r, value)
		if slices.Contains(unreadableKeys, key.String()) {
			continue
		}
		v.SetMapIndex(key, value)
	}
}

func fillStruct(r *rand.Rand, v reflect.Value) {
	if v.Type().Name() == "BootstrapTokenString" {
		v.FieldByName("ID").SetString(randomFrom(r, tokenLetters, 6))
		v.FieldByName("Secret").SetString(randomFrom(r, tokenLetters, 16))
		return
	}
	for i := range v.NumField() {
		fill(r, v.Field(i))
	}
}

const tokenLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

func randomFrom(r *rand.Rand, letters string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func randomDuration(r *rand.Rand) time.Duration {
	switch r.IntN(4) {
	case 0:
		return 0
	case 1:
		return time.Duration(r.IntN(1000)) * time.Second
	case 2:
		return time.Duration(r.IntN(100000)) * time.Hour
	default:
		return time.Duration(r.Int64())
	}
}
