package conformance

import (
	"fmt"
	"maps"
	"strings"
)

type (
	list   = []any
	object = map[string]any
)

// A pool holds the values that a generated config may have in a field.
type pool struct {
	// good are ordinary values, bad those that kubeadm refuses or should, and
	// those of which it is not obvious.
	good, bad list
}

const (
	goodToken = "abcdef.0123456789abcdef"
	goodHash  = "sha256:7c2e69131a36ae2a042a339b33381c6d0d43887e2de83720eff5359e26aec866"
)

var (
	goodKey  = strings.Repeat("0123456789abcdef", 4)
	longName = strings.Repeat("a", 63) + "." + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 61)

	goodSANs = list{"a", "k8s-vip", "*.example.com", "10.0.0.1", "fd00::1", "a.b.c", "Upper.Example.com", "010.0.0.1"}
	badSANs  = list{"", "a_b", "*", "*.", "*.*.a", "a b", "https://a", "-", "a.", "10.0.0.0/8", "fd00::1%eth0", longName + "d", "é", "a.*"}

	goodPaths = list{"/etc/kubernetes/pki", "/", "/a b", "/etc/../x", "/var/lib/etcd"}
	badPaths  = list{"etc", "./x", "~/x", `C:\x`, " /x", "../x", "file:///x", "$HOME"}

	goodURLs = list{"https://10.0.0.1:2379", "https://etcd-1:2379", "https://[fd00::1]:2379", "https://a/b?c=d"}
	badURLs  = list{"", "10.0.0.1:2379", "etcd-1:2379", "etcd-1", "https://%zz", "//a:2379", "https://a:port", "https://[fd00::1", "http://a:2379", "unix:///a", "HTTPS://a:2379", "https://", "https://a b", "https:a"}

	goodRepositories = list{"registry.k8s.io", "registry.example.com:5000/k8s", "a/b/c", "localhost", "192.168.0.1:5000", "a_b/c--d", "UPPER.example.com/x"}
	badRepositories  = list{"a//b", "https://x", "x:y/z", " a", "a b", "@", "a/", "/a", "a:", "Upper/Case", "a/_b", "[fd00::1]:5000/a", "a@sha256:b", strings.Repeat("a/", 130) + "a"}

	goodArgs = list{list{object{"name": "v", "value": "4"}}, list{}, list{object{"name": "v", "value": ""}, object{"name": "v", "value": "2"}}}
	badArgs  = list{list{object{"name": "", "value": "x"}}, list{object{"value": "x"}}, list{object{"name": "v"}}, list{object{"name": "-v", "value": "x"}, object{"name": "--v=4", "value": ""}}, list{object{"name": "a b", "value": "x"}}, object{"v": "4"}, list{object{"name": "v", "value": 4}}}

	goodArgMap = list{object{"v": "4"}, object{}, object{"v": "", "profiling": "false"}}
	badArgMap  = list{object{"": "x"}, object{"-v": "4"}, object{"--v": "4"}, object{"v": 4}, object{"a b": "x"}, list{object{"name": "v", "value": "4"}}, object{"v": nil}}

	goodDurations = list{"4m0s", "1h", "0s", "90s", "1.5h", "8760h0m0s"}
	badDurations  = list{"1d", "5", "", "-1h", "4 m", 5, "1h ", "99999999999h", "∞", true, "100000h", "200000h"}

	goodPullPolicies = list{"Always", "IfNotPresent", "Never", ""}
	badPullPolicies  = list{"always", "Sometimes", "IfNotPresent "}
)

// pools are found by the longest suffix of a field's path that is a key here.
// What poolsFor adds depends on the release.
var pools = map[string]pool{
	"InitConfiguration.bootstrapTokens[]": {
		good: list{
			object{"token": goodToken}, object{"token": goodToken, "ttl": "24h"}, object{"token": goodToken, "expires": "2030-01-01T00:00:00Z"},
			object{"token": goodToken, "usages": list{"signing", "authentication"}, "groups": list{"system:bootstrappers:kubeadm:default-node-token"}},
			object{"token": goodToken, "usages": list{"signing"}}, object{"token": nil, "ttl": "0s"}, object{"ttl": "1h"}, object{"token": goodToken, "groups": list{}},
		},
		bad: list{
			object{"token": goodToken, "ttl": "24h", "expires": "2030-01-01T00:00:00Z"}, object{"token": goodToken, "ttl": "0s", "expires": "2030-01-01T00:00:00Z"},
			object{"token": goodToken, "usages": list{"signing"}, "groups": list{"system:bootstrappers:a"}}, object{"token": goodToken, "usages": list{"sign"}},
			object{"token": goodToken, "groups": list{"admins"}}, object{"token": goodToken, "groups": list{"system:bootstrappers:"}}, object{"token": goodToken, "groups": list{"system:bootstrappers:A_b"}},
			object{"token": goodToken, "usages": list{""}}, object{"token": ""}, object{"token": "abcdef"}, object{"token": "ABCDEF.0123456789abcdef"}, object{"token": goodToken + "0"}, object{"token": 123456},
			object{"token": goodToken, "expires": "tomorrow"}, object{"token": goodToken, "expires": ""}, object{"token": goodToken, "ttl": "1d"}, object{"token": `"` + goodToken + `"`}, object{}, nil,
			object{"token": goodToken, "usages": list{}, "groups": list{"system:bootstrappers:a"}}, object{"token": goodToken, "usages": list{"authentication", "authentication"}},
		},
	},
	".name":                        {good: list{"x"}, bad: list{""}},
	".value":                       {good: list{"x", ""}},
	".mergeMethod":                 {good: list{"append", "prepend", ""}, bad: list{"replace", "Append"}},
	".nodeRegistration.name":       {good: list{"cp-1", "wk-1.example.com", "10.0.0.1", "1"}, bad: list{"a_b", "Upper", " padded ", "-a", "a.", "a b", "x;reboot", "$(id)", "a\nb", longName, longName + "d", strings.Repeat("a", 64), "é"}},
	".criSocket":                   {good: list{"unix:///var/run/containerd/containerd.sock", "unix:///run/cri dockerd.sock", "/run/crio/crio.sock"}, bad: list{"tcp://10.0.0.1:1234", "npipe:////./pipe/a", "unix", "unix.sock", "unix:", "unix://%zz", "run/a.sock", "unixx:///a", "http://a", " unix:///a", "UNIX:///a", "unix:///a\nb", "unix:///a%", "containerd"}},
	".kubeletExtraArgs":            {good: goodArgs, bad: badArgs},
	".extraArgs":                   {good: goodArgs, bad: badArgs},
	".imagePullPolicy":             {good: goodPullPolicies, bad: badPullPolicies},
	".ignorePreflightErrors[]":     {good: list{"NumCPU", "Swap"}, bad: list{"all", "All", ""}},
	".advertiseAddress":            {good: list{"192.168.51.11", "fd00::11", "10.0.0.1"}, bad: list{"127.0.0.1", "::1", "a", "10.0.0", "10.0.0.1/24", "[fd00::1]", "fd00::1%eth0", "010.0.0.1", "10.0.0.256", "224.0.0.1", " 10.0.0.1", "::ffff:10.0.0.1", "169.254.0.1", "fe80::1", "255.255.255.255"}},
	".bindPort":                    {good: list{6443, 443, 65535, 1}, bad: list{-1, 65536, 0, "6443", 6443.5, 1 << 40}},
	".certificateKey":              {good: list{goodKey, strings.ToUpper(goodKey), ""}, bad: list{"abc", "xyz", goodKey[:62], goodKey + "00", "g" + goodKey[1:], " " + goodKey}},
	".controlPlaneEndpoint":        {good: list{"k8s-vip:6443", "10.0.0.1:6443", "10.0.0.1", "lb.example.com", "[fd00::1]:6443", "k8s-vip:65535", "fd00::1", ""}, bad: list{"fd00::1:6443", "https://a:6443", "A.example.com", "a_b:6443", "a.", "[fd00::1]", "a:0", "a:65536", "a:http", "a b", "-a:1", "a:+1", "a:06443", "10.0.0.1:", ":6443", "010.0.0.1:6443", "10.0.0.256", "a:6443:6443", "a:-1", "[a]:6443", "[10.0.0.1]:6443", "*.a:6443", "fd00::1%eth0", "[fd00::1%eth0]:6443", "::", "a:6443/", "é:1", "::ffff:10.0.0.1", "fd00:0:0:0:0:0:0:1:6443", "fd00:0:0:0:0:0:0:6443", "fd00::1:99999", "0:6443", "[::1]:"}},
	".certificatesDir":             {good: goodPaths, bad: badPaths},
	".imageRepository":             {good: goodRepositories, bad: badRepositories},
	".imageTag":                    {good: list{"v1.11.1", "3.5.0-0", ""}, bad: list{"a b", ":", "@"}},
	".dnsDomain":                   {good: list{"cluster.local", "a", "k8s.example.com", strings.Repeat("a", 64)}, bad: list{"Cluster.local", "a_b", "-a", "a..b", "a.", ".a", "a b", "*.a", longName + "d", longName, "é"}},
	".serviceSubnet":               {good: list{"10.96.0.0/12", "10.96.0.0/16,fd00:1::/112", "fd00:1::/108", "10.96.0.5/24", "10.96.0.0/28", "fd00:1::/112,10.96.0.0/16"}, bad: list{"10.96.0.0/29", "10.0.0.0/8", "fd00::/64", "10.96.0.0", "a", "10.96.0.0/16, fd00::/112", "10.0.0.0/16,10.1.0.0/16", "a/b", "10.0.0.0/16,fd00::/112,10.1.0.0/16", "10.96.0.0/33", "010.96.0.0/12", "10.96.0.0/16,", ",", "10.96.0.0/+16", "10.96.0.0/016", "fec0::/112", "::ffff:10.96.0.0/112", "0.0.0.0/0", "10.96.0.0/11", "fd00::/107", "fd00::/126", "10.96.0.0/-1", "10.96.0.0/16 ", "fd00::%eth0/112", "fd00::/112,fd01::/112"}},
	".podSubnet":                   {good: list{"192.168.0.0/16", "10.244.0.0/16", "10.244.0.0/24", "fd00:2::/56", "fd00:2::/64", "10.244.0.0/16,fd00:2::/56", "10.0.0.0/8"}, bad: list{"10.244.0.0/25", "10.0.0.0/7", "fd00::/47", "10.244.0.0/29", "10.244.0.0/30", "10.244.0.0", "fd00::/65", "10.244.0.0/16,10.245.0.0/16", "10.244.0.0/16,fd00::/65", "10.244.0.0/16;fd00::/64", "a,b", "10.244.0.0/16,fd00::/56,fd01::/56", "fec0::/56", "10.244.1.2/16", "::/0", "010.244.0.0/16"}},
	".certSANs[]":                  {good: goodSANs, bad: badSANs},
	".serverCertSANs[]":            {good: goodSANs[:6], bad: append(badSANs, goodSANs[6:]...)},
	".peerCertSANs[]":              {good: goodSANs[:6], bad: append(badSANs, goodSANs[6:]...)},
	".timeoutForControlPlane":      {good: goodDurations, bad: badDurations},
	".discovery.timeout":           {good: goodDurations, bad: badDurations},
	".certificateValidityPeriod":   {good: goodDurations, bad: badDurations},
	".caCertificateValidityPeriod": {good: goodDurations, bad: badDurations},
	".encryptionAlgorithm":         {good: list{"RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384", ""}, bad: list{"RSA", "rsa-2048", "ECDSA-P521", "RSA-2048 "}},
	".dataDir":                     {good: goodPaths, bad: badPaths},
	".caCertPath":                  {good: list{"/etc/kubernetes/pki/ca.crt", "/a.crt", ""}, bad: list{"ca.crt", "/a/ca.pem", "/a.crt ", "/", `C:\ca.crt`}},
	".directory":                   {good: list{"/etc/kubernetes/patches"}, bad: badPaths},
	".unmountFlags[]":              {good: list{"MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE", "UMOUNT_NOFOLLOW"}, bad: list{"", "mnt_force", "FORCE"}},
	"UpgradeConfiguration.apply.kubernetesVersion": {good: list{"v1.37.2", ""}, bad: list{"x"}},
	"UpgradeConfiguration.plan.kubernetesVersion":  {good: list{"v1.37.2", ""}, bad: list{"x"}},
	"UpgradeConfiguration.diff.kubernetesVersion":  {good: list{"v1.37.2", ""}, bad: list{"x"}},
	".etcd": {
		good: list{
			object{"local": object{"dataDir": "/var/lib/etcd"}}, object{"local": object{}}, object{},
			object{"local": object{"dataDir": "/d", "serverCertSANs": list{"a"}, "peerCertSANs": list{"10.0.0.1"}, "imageRepository": "registry.k8s.io", "imageTag": "3.6.1-0"}},
			object{"external": object{"endpoints": list{"https://10.0.0.1:2379", "https://10.0.0.2:2379"}, "caFile": "/ca.crt", "certFile": "/c.crt", "keyFile": "/c.key"}},
			object{"external": object{"endpoints": list{"http://10.0.0.1:2379"}, "caFile": "", "certFile": "", "keyFile": ""}},
			object{"external": object{"endpoints": list{"https://10.0.0.1:2379"}, "caFile": "/ca.crt"}},
		},
		bad: list{
			object{"local": object{}, "external": object{"endpoints": list{"https://a:1"}}}, object{"external": object{}}, object{"external": object{"endpoints": list{}}},
			object{"external": object{"endpoints": list{"https://a:1"}, "certFile": "/c"}}, object{"external": object{"endpoints": list{"https://a:1"}, "keyFile": "/c"}},
			object{"external": object{"endpoints": list{"https://a:1"}, "certFile": "/c", "keyFile": "/k"}}, object{"external": object{"endpoints": list{"http://a:1"}, "caFile": "/c"}},
			object{"external": object{"endpoints": list{"https://a:1"}, "caFile": "/c", "keyFile": "/k"}}, object{"local": nil}, object{"local": object{"dataDir": ""}},
		},
	},
	".etcd.external.endpoints[]":     {good: goodURLs, bad: badURLs},
	".etcd.external.httpEndpoints[]": {good: goodURLs, bad: badURLs},
	".etcd.external.caFile":          {good: list{"/ca.crt"}, bad: badPaths},
	".etcd.external.certFile":        {good: list{"/c.crt"}, bad: append(list{""}, badPaths...)},
	".etcd.external.keyFile":         {good: list{"/c.key"}, bad: append(list{""}, badPaths...)},
	".discovery": {
		good: list{
			object{"bootstrapToken": object{"token": goodToken, "apiServerEndpoint": "k8s-vip:6443", "caCertHashes": list{goodHash}}},
			object{"bootstrapToken": object{"token": goodToken, "apiServerEndpoint": "[fd00::1]:6443", "unsafeSkipCAVerification": true}},
			object{"bootstrapToken": object{"token": goodToken, "apiServerEndpoint": "10.0.0.1:6443", "caCertHashes": list{goodHash, goodHash}}, "tlsBootstrapToken": goodToken},
			object{"file": object{"kubeConfigPath": "https://example.com/discovery.conf"}}, object{"file": object{"kubeConfigPath": "https://example.com/a"}, "tlsBootstrapToken": goodToken},
		},
		bad: list{
			object{}, nil, object{"bootstrapToken": nil}, object{"bootstrapToken": object{}}, object{"file": object{}},
			object{"bootstrapToken": object{"token": goodToken, "apiServerEndpoint": "a:1", "caCertHashes": list{goodHash}}, "file": object{"kubeConfigPath": "https://a/b"}},
			object{"bootstrapToken": object{"token": goodToken, "apiServerEndpoint": "a:1"}}, object{"bootstrapToken": object{"token": goodToken, "apiServerEndpoint": "a:1", "caCertHashes": list{}}},
			object{"bootstrapToken": object{"apiServerEndpoint": "a:1", "caCertHashes": list{goodHash}}}, object{"bootstrapToken": object{"token": goodToken, "caCertHashes": list{goodHash}}},
			object{"bootstrapToken": object{"apiServerEndpoint": "a:1", "caCertHashes": list{goodHash}}, "tlsBootstrapToken": goodToken},
			object{"file": object{"kubeConfigPath": "/no/such/file"}}, object{"file": object{"kubeConfigPath": "file:///no/such/file"}},
		},
	},
	".discovery.tlsBootstrapToken":                     {good: list{goodToken, ""}, bad: list{"x", "ABCDEF.0123456789abcdef", goodToken + "x", "abcdef0123456789abcdef"}},
	".discovery.bootstrapToken.token":                  {good: list{goodToken}, bad: list{"", "x", "abcdef.0123456789abcde", "Abcdef.0123456789abcdef", goodToken + ".a", " " + goodToken}},
	".discovery.bootstrapToken.apiServerEndpoint":      {good: list{"k8s-vip:6443", "[fd00::1]:6443"}, bad: list{"", "k8s-vip", "https://a:6443", "fd00::1:6443", "a:", ":1", "a:b", "a:70000", "A_b:6443", "[fd00::1]", "a:0", "a b:1", "a:1:2"}},
	".discovery.bootstrapToken.caCertHashes[]":         {good: list{goodHash}, bad: list{"", "sha256:zz", "md5:abc", goodHash[7:], goodHash + "0", "SHA256:" + goodHash[7:], "sha256:" + strings.ToUpper(goodHash[7:])}},
	".discovery.file.kubeConfigPath":                   {good: list{"https://example.com/discovery.conf"}, bad: list{"", "http://a/b", "ftp://a", "/no/such/file", "no/such/file", "https://%zz", "file:///no/such", "HTTPS://a/b", "https:", "https://"}},
	".timeouts.controlPlaneComponentHealthCheck":       {good: goodDurations, bad: badDurations},
	".timeouts.kubeletHealthCheck":                     {good: goodDurations, bad: badDurations},
	".timeouts.kubernetesAPICall":                      {good: goodDurations, bad: badDurations},
	".timeouts.etcdAPICall":                            {good: goodDurations, bad: badDurations},
	".timeouts.tlsBootstrap":                           {good: goodDurations, bad: badDurations},
	".timeouts.discovery":                              {good: goodDurations, bad: badDurations},
	".timeouts.upgradeManifests":                       {good: goodDurations, bad: badDurations},
	"ClusterConfiguration.controllerManager.extraArgs": {good: goodArgs, bad: append(list{nodeMasks("ipv4", "26"), nodeMasks("ipv4", "x"), nodeMasks("ipv6", "80"), nodeMasks("ipv4", "16"), nodeMasks("ipv6", "-1"), list{object{"name": "allocate-node-cidrs", "value": "false"}}, list{object{"name": "node-cidr-mask-size", "value": "30"}}}, badArgs...)},
	".extraVolumes[].name":                             {good: list{"etc", "audit-log"}, bad: list{"", "A", "a b", "a.b"}},
	".hostPath":                                        {good: list{"/etc/audit", "/"}, bad: list{"", "x", "/a;b"}},
	".mountPath":                                       {good: list{"/etc/audit", "/a b"}, bad: list{"", "x", "/$(id)"}},
	".clusterName":                                     {good: list{"kubernetes", "prod"}, bad: list{"", "a b", "a;b", "A"}},
	".divisor":                                         {good: list{"1", "1m", "0"}, bad: list{"x", "1Q"}},
	".key":                                             {good: list{"node-role.kubernetes.io/control-plane", "a"}, bad: list{"", "a b", "/", "-a"}},
	".effect":                                          {good: list{"NoSchedule", "NoExecute", "PreferNoSchedule"}, bad: list{"", "Sometimes"}},
	".pathType":                                        {good: list{"File", "Directory", "", "DirectoryOrCreate"}, bad: list{"file", "x"}},
}

// poolsFor gives the pools for one version of the API in a minor release of
// kubeadm.
func poolsFor(version string, minor int) map[string]pool {
	all := maps.Clone(pools)
	release := func(minor int, rest string) string { return fmt.Sprintf("v1.%d%s", minor, rest) }
	all[".kubernetesVersion"] = pool{
		good: list{release(minor, ".0"), release(minor, ".2")[1:], release(minor-1, ".4"), release(minor, ".1-rc.0"), "stable-1", "latest", "ci/latest", release(minor, ".0+build")},
		bad:  list{"v1.20.0", "foo", "1", release(minor, ""), release(minor-2, ".0"), release(minor, ".0 "), "", "stable-x", "v2.0.0", release(minor+1, ".0"), release(minor+9, ".0"), "V1.30.0", release(minor, ".01"), release(minor, ".0-"), "release/stable", "v1", release(minor, ".0.0")},
	}
	gates := pool{bad: list{
		object{"Foo": true}, object{"EtcdLearnerMode": true}, object{"": true}, object{"WaitForAllControlPlaneComponents": false}, object{"publicKeysECDSA": true},
		object{"RootlessControlPlane": "true"}, object{"UpgradeAddonsBeforeControlPlane": true}, object{"ControlPlaneKubeletLocalMode": true}, object{"NodeLocalCRISocket": true}, object{"PublicKeysECDSA": false},
	}}
	gates.good = list{object{}, object{"RootlessControlPlane": true}, object{"RootlessControlPlane": false}}
	if minor < 37 {
		gates.good = append(gates.good, object{"PublicKeysECDSA": true, "RootlessControlPlane": false})
	}
	all[".featureGates"] = gates
	if version == "v1beta3" {
		all[".extraArgs"] = pool{good: goodArgMap, bad: badArgMap}
		all[".kubeletExtraArgs"] = all[".extraArgs"]
		all["ClusterConfiguration.controllerManager.extraArgs"] = pool{good: goodArgMap, bad: append(list{
			object{"node-cidr-mask-size-ipv4": "26"}, object{"node-cidr-mask-size-ipv4": "x"}, object{"node-cidr-mask-size-ipv6": "80"}, object{"allocate-node-cidrs": "false"},
		}, badArgMap...)}
	}
	return all
}

func nodeMasks(family, size string) list {
	return list{object{"name": "node-cidr-mask-size-" + family, "value": size}}
}

// poolFor gives the pool of a field and whether there is one. The path starts
// with the kind.
func (g *generator) poolFor(path string) (pool, bool) {
	for rest := path; rest != ""; {
		if p, ok := g.pools[rest]; ok {
			return p, true
		}
		cut := strings.IndexByte(rest[1:], '.')
		if cut < 0 {
			break
		}
		rest = rest[cut+1:]
	}
	return pool{}, false
}
