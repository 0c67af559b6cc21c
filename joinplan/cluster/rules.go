package cluster

import "regexp"

// rule is what a text must be. The JSON Schema of a description is made of the
// same rules.
type rule struct {
	// shapes must all match, and not must not.
	shapes []*regexp.Regexp
	not    *regexp.Regexp
	// most is the greatest length in bytes; 0 is no limit.
	most int
}

func (r rule) holds(text string) bool {
	for _, shape := range r.shapes {
		if !shape.MatchString(text) {
			return false
		}
	}
	return (r.not == nil || !r.not.MatchString(text)) && (r.most == 0 || len(text) <= r.most)
}

func shaped(patterns ...string) rule {
	var r rule
	for _, p := range patterns {
		r.shapes = append(r.shapes, regexp.MustCompile("^("+p+")$"))
	}
	return r
}

func (r rule) atMost(n int) rule {
	r.most = n
	return r
}

func (r rule) but(pattern string) rule {
	r.not = regexp.MustCompile(pattern)
	return r
}

// The patterns are in what Go and ECMAScript both read.
const (
	number     = `(0|[1-9][0-9]{0,3})`
	identifier = `(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`
	dnsLabel   = `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
	dnsName    = dnsLabel + `(\.` + dnsLabel + `)*`
	word       = `[A-Za-z0-9]+([/._-][A-Za-z0-9]+)*`
	labelText  = `[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?`
	// segment is one of a path: neither "." nor "..".
	segment = `([A-Za-z0-9_+@-]|\.[A-Za-z0-9_+@-]|\.\.[A-Za-z0-9._+@-])[A-Za-z0-9._+@-]*`
	absPath = `/|(/` + segment + `)+`
	// allDigits is how an address ends that is none.
	allDigits = `(^|\.)[0-9]+$`
)

var (
	versionText = shaped(`v?1\.` + number + `\.` + number + `(-` + identifier + `(\.` + identifier + `)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?`).atMost(63)
	clusterName = shaped(`[A-Za-z0-9._-]+`).atMost(63)
	hostName    = shaped(dnsName).but(allDigits).atMost(253)
	domainName  = hostName
	groupName   = shaped(labelText).atMost(63)
	volumeName  = shaped(dnsLabel).atMost(63)
	plainWord   = shaped(word)
	argName     = shaped(`[A-Za-z0-9]+([._-][A-Za-z0-9]+)*`)
	argValue    = shaped(`[^\x00-\x1f\x7f-\x9f]*`)
	kubeletText = shaped(`[^\x00-\x1f\x7f-\x9f"\\]*`)
	plainPath   = shaped(absPath)
	socketURL   = shaped(`unix://(` + absPath + `)`)
	labelKey    = shaped(`(`+dnsName+`/)?`+labelText, `([^/]{1,253}/)?[^/]{1,63}`)
	labelValue  = shaped(`(` + labelText + `)?`).atMost(63)
)

// Flags that a description says otherwise, and where.
var (
	apiServerFlags = map[string]string{
		"advertise-address":        "the control planes' advertiseAddress",
		"secure-port":              "apiServerPort",
		"etcd-servers":             "externalEtcd",
		"service-cluster-ip-range": "serviceSubnets",
	}
	controllerManagerFlags = map[string]string{
		"cluster-cidr":             "podSubnets",
		"service-cluster-ip-range": "serviceSubnets",
		"cluster-name":             "name",
	}
	kubeletFlags = map[string]string{
		"hostname-override":          "the node's name",
		"register-with-taints":       "taints",
		"container-runtime-endpoint": "criSocket",
	}
)
