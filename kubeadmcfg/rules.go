package kubeadmcfg

import (
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilversion "k8s.io/apimachinery/pkg/util/version"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// validateEndpoint wants a host with or without a port.
func validateEndpoint(at *field.Path, text string) field.ErrorList {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, ""
		if looksLikePort(text) {
			return field.ErrorList{invalid(at, text, "kubeadm takes all of it for an IPv6 address: write \"[ADDRESS]:PORT\"")}
		}
	}
	if port != "" && !isPort(port) {
		return field.ErrorList{invalid(at, text, "want a port from 1 to 65535 after the colon")}
	}
	if !isHost(host) {
		return field.ErrorList{invalid(at, text, "want a lower case DNS name or an IP address, with or without a port, such as \"k8s-vip:6443\" or \"[fd00::1]:6443\"")}
	}
	return nil
}

// validateEndpointWithPort also refuses hosts that kubeadm would fail on only
// when it calls them.
func validateEndpointWithPort(at *field.Path, text string) field.ErrorList {
	host, port, err := net.SplitHostPort(text)
	if err != nil || !isPort(port) || !isHost(strings.ToLower(host)) {
		return field.ErrorList{invalid(at, text, "want host and port, such as \"k8s-vip:6443\" or \"[fd00::1]:6443\"")}
	}
	return nil
}

// looksLikePort holds for an IPv6 address that still is one without its last
// group, where that is a decimal number: "fd00::1:6443".
func looksLikePort(text string) bool {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || !isPort(text[i+1:]) {
		return false
	}
	addr, err := netip.ParseAddr(text[:i])
	return err == nil && addr.Is6()
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func isHost(text string) bool {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Zone() == ""
	}
	return len(validation.IsDNS1123Subdomain(text)) == 0 && !looksLikeIPv4(text)
}

// looksLikeIPv4 holds for names of digits and dots, such as "10.0.0.256", which
// are DNS names to kubeadm and typing errors to people.
func looksLikeIPv4(text string) bool {
	return strings.Contains(text, ".") && !strings.ContainsFunc(text, func(r rune) bool { return r != '.' && !isDigit(r) })
}

// validateSANs wants names, names with a wildcard, and addresses.
func validateSANs(at *field.Path, names []string) field.ErrorList {
	var errs field.ErrorList
	for i, name := range names {
		if !isHost(name) && len(validation.IsWildcardDNS1123Subdomain(name)) > 0 {
			errs = append(errs, invalid(at.Index(i), name, "want a lower case DNS name, one that starts with \"*.\", or an IP address"))
		}
	}
	return errs
}

var (
	kubernetesRelease = regexp.MustCompile(`^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-\w.+]*)?$`)
	kubernetesLabel   = regexp.MustCompile(`^(latest|stable)+(-[1-9](\.[1-9]\d?)?)?$`)
)

func validateKubernetesVersion(at *field.Path, text string) field.ErrorList {
	bare := strings.TrimPrefix(strings.TrimPrefix(text, "release/"), "ci/")
	if kubernetesLabel.MatchString(bare) {
		return nil
	}
	if kubernetesRelease.MatchString(bare) {
		if v, err := utilversion.ParseSemantic(bare); err == nil && v.Major() == 1 {
			return nil
		}
	}
	return field.ErrorList{invalid(at, text, "want a full version such as \"v1.37.2\", or a label such as \"stable-1.37\"")}
}

// imageReference is a repository and an image's name, as registries define
// them.
var imageReference = func() *regexp.Regexp {
	const (
		label  = `(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])`
		host   = `(?:` + label + `(?:\.` + label + `)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`
		part   = `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`
		prefix = `(?:` + host + `/)?`
	)
	return regexp.MustCompile(`^` + prefix + part + `(?:/` + part + `)*$`)
}()

func validateImageRepository(at *field.Path, repository string) field.ErrorList {
	if imageReference.MatchString(repository + "/name") {
		return nil
	}
	return field.ErrorList{invalid(at, repository, "want a registry and path in lower case, such as \"registry.k8s.io\" or \"registry.example:5000/k8s\", without a scheme and a final slash")}
}

var imageTag = regexp.MustCompile(`^\w[\w.-]{0,127}$`)

func validateImageTag(at *field.Path, tag string) field.ErrorList {
	if tag == "" || imageTag.MatchString(tag) {
		return nil
	}
	return field.ErrorList{invalid(at, tag, "want an image tag of letters, digits, dots, dashes and underscores: no registry has it otherwise")}
}

// validateCRISocket accepts a bare path too, which kubeadm makes a URL of.
func validateCRISocket(at *field.Path, socket string) field.ErrorList {
	if socket == "" {
		return nil
	}
	u, err := url.Parse(socket)
	if err == nil && u.Scheme == "" {
		u, err = url.Parse("unix://" + socket)
	}
	if err != nil || u.Scheme != "unix" || !path.IsAbs(u.Path) || u.Host != "" || len(validateHarmless(at, socket)) > 0 {
		return field.ErrorList{invalid(at, socket, "want the URL of a socket, such as \"unix:///var/run/containerd/containerd.sock\"")}
	}
	return nil
}

func validatePath(at *field.Path, text string) field.ErrorList {
	if !path.IsAbs(text) {
		return field.ErrorList{invalid(at, text, "want an absolute path")}
	}
	return validateHarmless(at, text)
}

func validateOptionalPath(at *field.Path, text string) field.ErrorList {
	if text == "" {
		return nil
	}
	return validatePath(at, text)
}

// validateHarmless refuses what no name and no path needs, and what does damage
// in the shell scripts and unit files that these end up in.
func validateHarmless(at *field.Path, text string) field.ErrorList {
	if strings.ContainsFunc(text, isHarmful) {
		return field.ErrorList{invalid(at, text, "quotes, backslashes, \"$\", \";\", \"|\", \"&\", backquotes, line breaks and control characters are not allowed here")}
	}
	return nil
}

func isHarmful(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune("\"'\\$;|&`<>", r)
}

var argName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (v validator) args(at *field.Path, args []v1.Arg) field.ErrorList {
	var errs field.ErrorList
	for i, arg := range args {
		where, name := at.Index(i), at.Index(i).Child("name")
		if v.version == V1Beta3 {
			where, name = at.Key(arg.Name), at.Key(arg.Name)
		}
		switch {
		case arg.Name == "":
			errs = append(errs, field.Required(name, "name the flag, without leading dashes"))
		case !argName.MatchString(arg.Name):
			errs = append(errs, invalid(name, arg.Name, "want a flag's name without leading dashes, such as \"audit-log-path\": the component does not start with it"))
		}
		if !slices.Contains(mergeMethods, arg.MergeMethod) {
			errs = append(errs, field.NotSupported(where.Child("mergeMethod"), arg.MergeMethod, mergeMethods[1:]))
		}
	}
	return errs
}

var mergeMethods = []v1.ArgMergeMethod{"", v1.ArgMergeMethodAppend, v1.ArgMergeMethodPrepend}

// validateVolumes refuses volumes with which the static pod does not start.
func validateVolumes(at *field.Path, volumes []v1.HostPathMount) field.ErrorList {
	var errs field.ErrorList
	for i, volume := range volumes {
		for _, msg := range validation.IsDNS1123Label(volume.Name) {
			errs = append(errs, invalid(at.Index(i).Child("name"), volume.Name, "the static pod does not start with it: %s", msg))
		}
		errs = append(errs, validatePath(at.Index(i).Child("hostPath"), volume.HostPath)...)
		errs = append(errs, validatePath(at.Index(i).Child("mountPath"), volume.MountPath)...)
	}
	return errs
}
