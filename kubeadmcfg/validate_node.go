package kubeadmcfg

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

func (v validator) init(path *field.Path, c, given *v1.InitConfiguration) field.ErrorList {
	errs := v.node(path.Child("nodeRegistration"), c.NodeRegistration)
	errs = append(errs, validateAPIEndpoint(path.Child("localAPIEndpoint"), c.LocalAPIEndpoint)...)
	for i, token := range c.BootstrapTokens {
		at := path.Child("bootstrapTokens").Index(i)
		errs = append(errs, validateBootstrapToken(at, token)...)
		if token.Expires != nil {
			errs = append(errs, validateExpires(at, given.BootstrapTokens[i])...)
		}
	}
	errs = append(errs, validateCertificateKey(path.Child("certificateKey"), c.CertificateKey)...)
	return append(errs, validatePatches(path.Child("patches"), c.Patches)...)
}

func (v validator) join(path *field.Path, c *v1.JoinConfiguration) field.ErrorList {
	errs := validateDiscovery(path.Child("discovery"), c.Discovery)
	errs = append(errs, v.node(path.Child("nodeRegistration"), c.NodeRegistration)...)
	if c.ControlPlane != nil {
		at := path.Child("controlPlane")
		errs = append(errs, validateAPIEndpoint(at.Child("localAPIEndpoint"), c.ControlPlane.LocalAPIEndpoint)...)
		errs = append(errs, validateCertificateKey(at.Child("certificateKey"), c.ControlPlane.CertificateKey)...)
	}
	errs = append(errs, validatePath(path.Child("caCertPath"), c.CACertPath)...)
	if !strings.HasSuffix(c.CACertPath, ".crt") {
		errs = append(errs, invalid(path.Child("caCertPath"), c.CACertPath, "the file's name must end in .crt"))
	}
	return append(errs, validatePatches(path.Child("patches"), c.Patches)...)
}

func (v validator) reset(path *field.Path, c *v1.ResetConfiguration) field.ErrorList {
	errs := validateCRISocket(path.Child("criSocket"), c.CRISocket)
	errs = append(errs, validatePath(path.Child("certificatesDir"), c.CertificatesDir)...)
	errs = append(errs, validatePreflight(path.Child("ignorePreflightErrors"), c.IgnorePreflightErrors)...)
	for i, flag := range c.UnmountFlags {
		if !slices.Contains(unmountFlags, flag) {
			errs = append(errs, field.NotSupported(path.Child("unmountFlags").Index(i), flag, unmountFlags))
		}
	}
	return errs
}

var unmountFlags = []string{"MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE", "UMOUNT_NOFOLLOW"}

func (v validator) upgrade(path *field.Path, c *v1.UpgradeConfiguration) field.ErrorList {
	apply, node := path.Child("apply"), path.Child("node")
	errs := validateUpgradePatches(apply.Child("patches"), c.Apply.Patches)
	errs = append(errs, validateUpgradePatches(node.Child("patches"), c.Node.Patches)...)
	errs = append(errs, validatePullPolicy(apply.Child("imagePullPolicy"), c.Apply.ImagePullPolicy)...)
	errs = append(errs, validatePullPolicy(node.Child("imagePullPolicy"), c.Node.ImagePullPolicy)...)
	errs = append(errs, validatePreflight(path.Child("plan", "ignorePreflightErrors"), c.Plan.IgnorePreflightErrors)...)
	errs = append(errs, validatePreflight(apply.Child("ignorePreflightErrors"), c.Apply.IgnorePreflightErrors)...)
	return append(errs, validatePreflight(node.Child("ignorePreflightErrors"), c.Node.IgnorePreflightErrors)...)
}

func (v validator) node(path *field.Path, n v1.NodeRegistrationOptions) field.ErrorList {
	errs := validateNodeName(path.Child("name"), n.Name)
	errs = append(errs, validateCRISocket(path.Child("criSocket"), n.CRISocket)...)
	errs = append(errs, v.args(path.Child("kubeletExtraArgs"), n.KubeletExtraArgs)...)
	for i, arg := range n.KubeletExtraArgs {
		if strings.ContainsAny(arg.Value, "\n\r\"\\") {
			errs = append(errs, invalidSecret(path.Child("kubeletExtraArgs").Index(i).Child("value"), "kubeadm passes the kubelet's flags through a file of environment variables, which takes no quotes, backslashes or line breaks"))
		}
	}
	errs = append(errs, validateTaints(path.Child("taints"), n.Taints)...)
	errs = append(errs, validatePreflight(path.Child("ignorePreflightErrors"), n.IgnorePreflightErrors)...)
	return append(errs, validatePullPolicy(path.Child("imagePullPolicy"), n.ImagePullPolicy)...)
}

// validateNodeName accepts what kubeadm makes a valid name of: it cuts off
// spaces around it and lowers its case.
func validateNodeName(path *field.Path, name string) field.ErrorList {
	var errs field.ErrorList
	if name == "" {
		return nil
	}
	for _, msg := range validation.IsDNS1123Subdomain(strings.ToLower(strings.TrimSpace(name))) {
		errs = append(errs, invalid(path, name, "%s", msg))
	}
	return errs
}

func validateTaints(path *field.Path, taints []corev1.Taint) field.ErrorList {
	var errs field.ErrorList
	for i, t := range taints {
		at := path.Index(i)
		for _, msg := range validation.IsQualifiedName(t.Key) {
			errs = append(errs, invalid(at.Child("key"), t.Key, "the kubelet does not start with it: %s", msg))
		}
		for _, msg := range validation.IsValidLabelValue(t.Value) {
			errs = append(errs, invalid(at.Child("value"), t.Value, "the kubelet does not start with it: %s", msg))
		}
		if !slices.Contains(taintEffects, t.Effect) {
			errs = append(errs, field.NotSupported(at.Child("effect"), t.Effect, taintEffects))
		}
	}
	return errs
}

var taintEffects = []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute}

func validateAPIEndpoint(path *field.Path, e v1.APIEndpoint) field.ErrorList {
	var errs field.ErrorList
	if e.AdvertiseAddress != "" {
		errs = append(errs, validateAdvertiseAddress(path.Child("advertiseAddress"), e.AdvertiseAddress)...)
	}
	if e.BindPort < 1 || e.BindPort > 65535 {
		errs = append(errs, invalid(path.Child("bindPort"), e.BindPort, "want a port from 1 to 65535"))
	}
	return errs
}

func validateAdvertiseAddress(path *field.Path, text string) field.ErrorList {
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil || addr.Zone() != "":
		return field.ErrorList{invalid(path, text, "want an IP address of this machine, such as \"10.0.0.11\"")}
	case addr.IsMulticast() || addr.IsLinkLocalUnicast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return field.ErrorList{invalid(path, text, "the API server cannot listen there: kubeadm stops when it comes to it")}
	}
	return nil
}

func validateDiscovery(path *field.Path, d v1.Discovery) field.ErrorList {
	var errs field.ErrorList
	switch {
	case d.BootstrapToken == nil && d.File == nil:
		errs = append(errs, field.Required(path, "set bootstrapToken or file: without one the machine cannot find the cluster"))
	case d.BootstrapToken != nil && d.File != nil:
		errs = append(errs, field.Forbidden(path.Child("file"), "set either bootstrapToken or file, not both"))
	}
	if d.BootstrapToken != nil {
		errs = append(errs, validateTokenDiscovery(path.Child("bootstrapToken"), d.BootstrapToken)...)
	}
	if d.File != nil {
		errs = append(errs, validateDiscoveryFile(path.Child("file", "kubeConfigPath"), d.File.KubeConfigPath)...)
	}
	if d.TLSBootstrapToken != "" {
		errs = append(errs, validateToken(path.Child("tlsBootstrapToken"), d.TLSBootstrapToken)...)
	}
	return errs
}

func validateTokenDiscovery(path *field.Path, b *v1.BootstrapTokenDiscovery) field.ErrorList {
	var errs field.ErrorList
	at := path.Child("apiServerEndpoint")
	if b.APIServerEndpoint == "" {
		errs = append(errs, field.Required(at, "name the control-plane endpoint with its port, such as \"k8s-vip:6443\""))
	} else {
		errs = append(errs, validateEndpointWithPort(at, b.APIServerEndpoint)...)
	}
	errs = append(errs, validateToken(path.Child("token"), b.Token)...)
	if len(b.CACertHashes) == 0 && !b.UnsafeSkipCAVerification {
		errs = append(errs, field.Required(path.Child("caCertHashes"), "give the hash of the cluster's CA (\"sha256:...\"), or set unsafeSkipCAVerification to trust whoever answers"))
	}
	for i, hash := range b.CACertHashes {
		if !caCertHash.MatchString(hash) {
			errs = append(errs, invalid(path.Child("caCertHashes").Index(i), hash, "want \"sha256:\" and 64 hexadecimal digits: kubeadm fails on it when it comes to it"))
		}
	}
	return errs
}

var caCertHash = regexp.MustCompile(`^(?i:sha256):[0-9a-fA-F]{64}$`)

func validateDiscoveryFile(path *field.Path, text string) field.ErrorList {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return field.ErrorList{field.Required(path, "name a kubeconfig file on the machine, or an https URL")}
	case err != nil:
		return field.ErrorList{invalid(path, text, "want a path on the machine or an https URL")}
	case u.Scheme == "https":
		return nil
	case u.Scheme != "":
		return field.ErrorList{invalid(path, text, "a URL must start with https://")}
	}
	return validateHarmless(path, text)
}

func validateBootstrapToken(path *field.Path, t v1.BootstrapToken) field.ErrorList {
	var errs field.ErrorList
	if t.Token != "" {
		errs = append(errs, validateToken(path.Child("token"), t.Token)...)
	}
	for i, usage := range t.Usages {
		if !slices.Contains(defaultTokenUsages(), usage) {
			errs = append(errs, field.NotSupported(path.Child("usages").Index(i), usage, defaultTokenUsages()))
		}
	}
	if !slices.Contains(t.Usages, "authentication") {
		errs = append(errs, field.Forbidden(path.Child("groups"), "groups, which kubeadm fills in, need the usage \"authentication\""))
	}
	for i, group := range t.Groups {
		if !tokenGroup.MatchString(group) {
			errs = append(errs, invalid(path.Child("groups").Index(i), group, "want \"system:bootstrappers:\" and a name of lower case letters, digits, colons and dashes"))
		}
	}
	return errs
}

// validateExpires explains the refusal of a field that kubeadm documents.
func validateExpires(path *field.Path, given v1.BootstrapToken) field.ErrorList {
	if given.TTL != nil {
		return field.ErrorList{field.Forbidden(path.Child("expires"), "set either ttl or expires, not both")}
	}
	return field.ErrorList{field.Forbidden(path.Child("expires"), "set ttl instead: kubeadm fills in a ttl and then refuses the two together")}
}

var (
	bootstrapToken = regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}$`)
	tokenGroup     = regexp.MustCompile(`^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$`)
)

func validateToken(path *field.Path, token string) field.ErrorList {
	if bootstrapToken.MatchString(token) {
		return nil
	}
	return field.ErrorList{invalidSecret(path, "want six, a dot and sixteen lower case letters or digits, such as \"abcdef.0123456789abcdef\"; \"kubeadm token create\" prints one")}
}

// certificateKeySize is the length of an AES-256 key.
const certificateKeySize = 32

func validateCertificateKey(path *field.Path, key string) field.ErrorList {
	if key == "" {
		return nil
	}
	if decoded, err := hex.DecodeString(key); err != nil || len(decoded) != certificateKeySize {
		return field.ErrorList{invalidSecret(path, "want %d bytes as %d hexadecimal digits; \"kubeadm certs certificate-key\" prints one", certificateKeySize, 2*certificateKeySize)}
	}
	return nil
}

func validatePatches(path *field.Path, p *v1.Patches) field.ErrorList {
	if p == nil || p.Directory == "" {
		return nil
	}
	return validateHarmless(path.Child("directory"), p.Directory)
}

// validateUpgradePatches wants an absolute directory, which only upgrades do.
func validateUpgradePatches(path *field.Path, p *v1.Patches) field.ErrorList {
	if p == nil {
		return nil
	}
	return validatePath(path.Child("directory"), p.Directory)
}

func validatePullPolicy(path *field.Path, policy corev1.PullPolicy) field.ErrorList {
	if policy == "" || slices.Contains(pullPolicies, policy) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, policy, pullPolicies)}
}

var pullPolicies = []corev1.PullPolicy{corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever}

// validatePreflight refuses "all" beside others, which kubeadm does when it
// starts.
func validatePreflight(path *field.Path, checks []string) field.ErrorList {
	names := map[string]bool{}
	for _, check := range checks {
		names[strings.ToLower(check)] = true
	}
	if names["all"] && len(names) > 1 {
		return field.ErrorList{invalid(path, strings.Join(checks, ","), "\"all\" stands alone")}
	}
	return nil
}
