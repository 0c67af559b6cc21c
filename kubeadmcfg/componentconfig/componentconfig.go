package componentconfig

import (
	"encoding/json"
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubeproxy "k8s.io/kube-proxy/config/v1alpha1"
	kubelet "k8s.io/kubelet/config/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/kubeadmcfg"
)

var (
	kubeletMeta   = metav1.TypeMeta{APIVersion: "kubelet.config.k8s.io/v1beta1", Kind: "KubeletConfiguration"}
	kubeProxyMeta = metav1.TypeMeta{APIVersion: "kubeproxy.config.k8s.io/v1alpha1", Kind: "KubeProxyConfiguration"}
)

// Kubelet gives the file's KubeletConfiguration, or nil where it has none.
// Unknown fields and wrong types are [kubeadmcfg.ParseError]s with their place in
// the document.
func Kubelet(file kubeadmcfg.File) (*kubelet.KubeletConfiguration, error) {
	return find[kubelet.KubeletConfiguration](file, kubeletMeta)
}

// KubeProxy gives the file's KubeProxyConfiguration, or nil where it has none.
// Errors are as with [Kubelet].
func KubeProxy(file kubeadmcfg.File) (*kubeproxy.KubeProxyConfiguration, error) {
	return find[kubeproxy.KubeProxyConfiguration](file, kubeProxyMeta)
}

// KubeletDocument gives the document of a KubeletConfiguration. Its apiVersion
// and kind may be left empty.
func KubeletDocument(c kubelet.KubeletConfiguration) (*kubeadmcfg.Other, error) {
	c.TypeMeta = kubeletMeta
	return document(kubeletMeta, c, kubelet.KubeletConfiguration{})
}

// KubeProxyDocument gives the document of a KubeProxyConfiguration. Its
// apiVersion and kind may be left empty.
func KubeProxyDocument(c kubeproxy.KubeProxyConfiguration) (*kubeadmcfg.Other, error) {
	c.TypeMeta = kubeProxyMeta
	return document(kubeProxyMeta, c, kubeproxy.KubeProxyConfiguration{})
}

// find looks for a document that was parsed, and for one that is typed already.
func find[T any](file kubeadmcfg.File, meta metav1.TypeMeta) (*T, error) {
	if typed := kubeadmcfg.Find[T](file); typed != nil {
		return typed, nil
	}
	for _, d := range file.Documents {
		if other, ok := d.(*kubeadmcfg.Other); ok && other.TypeMeta == meta {
			config := new(T)
			if err := other.Decode(config); err != nil {
				return nil, fmt.Errorf("%s: %w", meta.Kind, err)
			}
			return config, nil
		}
	}
	return nil, nil
}

// document writes a configuration without the fields that an empty one has too.
func document(meta metav1.TypeMeta, config, empty any) (*kubeadmcfg.Other, error) {
	set, err := tree(config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", meta.Kind, err)
	}
	unset, err := tree(empty)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", meta.Kind, err)
	}
	text, err := yaml.Marshal(without(set, unset))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", meta.Kind, err)
	}
	return &kubeadmcfg.Other{TypeMeta: meta, Text: string(text)}, nil
}

func tree(config any) (map[string]any, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	return fields, yaml.Unmarshal(text, &fields)
}

// without gives the members of an object that differ from another's.
func without(set, unset map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range set {
		zero, both := unset[name]
		if !both || !reflect.DeepEqual(value, zero) {
			out[name] = difference(value, zero)
		}
	}
	return out
}

func difference(value, zero any) any {
	a, isObject := value.(map[string]any)
	b, alsoObject := zero.(map[string]any)
	if isObject && alsoObject {
		return without(a, b)
	}
	return value
}
