package cluster

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (s Spec) checkComponents() field.ErrorList {
	list := s.APIServer.check(field.NewPath("apiServer"), apiServerFlags)
	list = append(list, s.ControllerManager.check(field.NewPath("controllerManager"), controllerManagerFlags)...)
	list = append(list, s.Scheduler.check(field.NewPath("scheduler"), nil)...)
	p := field.NewPath("controlPlaneFiles")
	for i, file := range s.ControlPlaneFiles {
		list = append(list, checkPath(p.Index(i), file)...)
		if slices.Contains(s.ControlPlaneFiles[:i], file) {
			list = append(list, field.Duplicate(p.Index(i), file))
		}
	}
	return list
}

var pathTypes = []corev1.HostPathType{corev1.HostPathUnset, corev1.HostPathFile, corev1.HostPathFileOrCreate, corev1.HostPathDirectory, corev1.HostPathDirectoryOrCreate}

func (c Component) check(p *field.Path, elsewhere map[string]string) field.ErrorList {
	var list field.ErrorList
	for i, a := range c.ExtraArgs {
		list = append(list, a.check(p.Child("extraArgs").Index(i), argValue, elsewhere)...)
	}
	names := map[string]bool{}
	for i, v := range c.ExtraVolumes {
		at := p.Child("extraVolumes").Index(i)
		list = append(list, v.check(at)...)
		if names[v.Name] {
			list = append(list, field.Duplicate(at.Child("name"), v.Name))
		}
		names[v.Name] = true
	}
	return list
}

func (v Volume) check(p *field.Path) field.ErrorList {
	var list field.ErrorList
	if !volumeName.holds(v.Name) {
		list = append(list, field.Invalid(p.Child("name"), v.Name, "must be a DNS label: at most 63 lower-case letters, digits and '-'"))
	}
	list = append(list, checkPath(p.Child("hostPath"), v.HostPath)...)
	list = append(list, checkFile(p.Child("mountPath"), v.MountPath)...)
	if !slices.Contains(pathTypes, v.PathType) {
		list = append(list, field.NotSupported(p.Child("pathType"), v.PathType, pathTypes[1:]))
	}
	return list
}

func (e *ExternalEtcd) check(p *field.Path) field.ErrorList {
	if e == nil {
		return nil
	}
	var list field.ErrorList
	if len(e.Endpoints) == 0 {
		list = append(list, field.Required(p.Child("endpoints"), "give the client URLs of the etcd members, such as https://10.0.0.5:2379"))
	}
	for i, endpoint := range e.Endpoints {
		list = append(list, checkEtcdURL(p.Child("endpoints").Index(i), endpoint, e.CAFile != "")...)
		if slices.Contains(e.Endpoints[:i], endpoint) {
			list = append(list, field.Duplicate(p.Child("endpoints").Index(i), endpoint))
		}
	}
	list = append(list, checkFile(p.Child("caFile"), e.CAFile)...)
	list = append(list, checkFile(p.Child("certFile"), e.CertFile)...)
	list = append(list, checkFile(p.Child("keyFile"), e.KeyFile)...)
	if (e.CertFile == "") != (e.KeyFile == "") {
		list = append(list, field.Required(p.Child("keyFile"), "certFile and keyFile go together: give both or none"))
	}
	if e.CertFile != "" && e.CAFile == "" {
		list = append(list, field.Required(p.Child("caFile"), "give the CA that signed etcd's certificates, or leave certFile and keyFile out too"))
	}
	return list
}

// etcdEndpoint reads a client URL without a path.
func etcdEndpoint(text string) (scheme string, at Endpoint, ok bool) {
	scheme, rest, _ := strings.Cut(text, "://")
	at, err := ParseEndpoint(rest)
	return scheme, at, err == nil && (scheme == "https" || scheme == "http")
}

func checkEtcdURL(p *field.Path, text string, tls bool) field.ErrorList {
	scheme, at, ok := etcdEndpoint(text)
	switch {
	case !ok:
		return field.ErrorList{field.Invalid(p, text, "must be https:// or http://, a host and a port, such as https://10.0.0.5:2379")}
	case tls && scheme != "https":
		return field.ErrorList{field.Invalid(p, text, "must begin with https://, because caFile is given")}
	}
	if addr, err := netip.ParseAddr(at.Host); err == nil {
		return checkEndpointAddr(p, addr)
	}
	return checkName(p, at.Host)
}
