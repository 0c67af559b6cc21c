package cluster

import (
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

const addressAdvice = "give the host's address, with its prefix length where it is known: 192.168.51.81/24"

// check holds a text that may be left out to its rule.
func check(p *field.Path, r rule, text, advice string) field.ErrorList {
	if text == "" || r.holds(text) {
		return nil
	}
	return field.ErrorList{field.Invalid(p, text, advice)}
}

func checkVersion(p *field.Path, v string) field.ErrorList {
	return check(p, versionText, v, "must be an exact version, such as v1.37.2")
}

func checkPrefix(p *field.Path, prefix netip.Prefix) field.ErrorList {
	if !prefix.IsValid() {
		return field.ErrorList{field.Required(p, addressAdvice)}
	}
	return checkAddr(p, prefix.Addr())
}

func checkAddr(p *field.Path, addr netip.Addr) field.ErrorList {
	switch {
	case !addr.IsValid():
		return field.ErrorList{field.Required(p, "give an IPv4 or IPv6 address")}
	case addr.IsLoopback():
		return field.ErrorList{field.Invalid(p, addr.String(), unreachable)}
	}
	return checkEndpointAddr(p, addr)
}

const unreachable = "other machines cannot reach this address; give the one that they use"

// checkEndpointAddr allows loopback addresses: every machine may have a load
// balancer of its own.
func checkEndpointAddr(p *field.Path, addr netip.Addr) field.ErrorList {
	switch {
	case addr.IsUnspecified(), addr.IsMulticast():
		return field.ErrorList{field.Invalid(p, addr.String(), unreachable)}
	case addr.Zone() != "", addr.Is4In6():
		return field.ErrorList{field.Invalid(p, addr.String(), "give a plain IPv4 or IPv6 address, without a zone and not mapped")}
	}
	return nil
}

// checkName takes DNS names, and rejects what is shaped like an address and is
// none: a resolver would be asked for 192.168.51.300.
func checkName(p *field.Path, name string) field.ErrorList {
	switch {
	case name == "":
		return field.ErrorList{field.Required(p, "give a DNS name: lower-case letters, digits, '-' and '.'")}
	case hostName.holds(name):
		return nil
	case hostName.not.MatchString(name):
		return field.ErrorList{field.Invalid(p, name, "looks like an IP address and is none; mend the address, or give a name whose last part is not all digits")}
	}
	return field.ErrorList{field.Invalid(p, name, "must be a DNS name of lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit (RFC 1123)")}
}

func checkCRISocket(p *field.Path, socket string) field.ErrorList {
	return check(p, socketURL, socket, "must be unix:// and an absolute path, such as "+DefaultCRISocket)
}

func checkSubnets(p *field.Path, subnets []netip.Prefix) field.ErrorList {
	var list field.ErrorList
	for i, subnet := range subnets {
		switch {
		case !subnet.IsValid():
			list = append(list, field.Required(p.Index(i), "give a range, such as 10.244.0.0/16"))
		case subnet.Addr().Is4In6():
			list = append(list, field.Invalid(p.Index(i), subnet.String(), "give a plain IPv4 or IPv6 range"))
		case hostBits(subnet) < minSubnetBits:
			list = append(list, field.Invalid(p.Index(i), subnet.String(), "is too small: give a range of 16 addresses or more, such as 10.244.0.0/16"))
		}
	}
	if len(subnets) > 2 {
		list = append(list, field.TooMany(p, len(subnets), 2))
	}
	if len(subnets) == 2 && subnets[0].Addr().Is4() == subnets[1].Addr().Is4() {
		list = append(list, field.Invalid(p.Index(1), subnets[1].String(), "two ranges are for dual stack: give one IPv4 and one IPv6 range"))
	}
	return list
}

func checkSANs(p *field.Path, sans []string) field.ErrorList {
	var list field.ErrorList
	for i, san := range sans {
		if addr, err := netip.ParseAddr(san); err == nil {
			list = append(list, checkEndpointAddr(p.Index(i), addr)...)
			continue
		}
		list = append(list, checkName(p.Index(i), strings.TrimPrefix(san, "*."))...)
	}
	return list
}

func checkFile(p *field.Path, file string) field.ErrorList {
	return check(p, plainPath, file, "must be an absolute path of letters, digits and ._-+@, such as /etc/kubernetes/pki/etcd/ca.crt")
}

func checkPath(p *field.Path, file string) field.ErrorList {
	if file == "" {
		return field.ErrorList{field.Required(p, "give an absolute path, such as /etc/kubernetes/enc/enc.yaml")}
	}
	return checkFile(p, file)
}

func checkWords(p *field.Path, words []string) field.ErrorList {
	var list field.ErrorList
	for i, w := range words {
		if !plainWord.holds(w) {
			list = append(list, field.Invalid(p.Index(i), w, "must be one word of letters, digits and /._-, such as addon/kube-proxy"))
		}
	}
	return list
}

func checkPreflight(p *field.Path, checks []string) field.ErrorList {
	list := checkWords(p, checks)
	if len(checks) > 1 && slices.ContainsFunc(checks, isAll) {
		list = append(list, field.Invalid(p, strings.Join(checks, ","), "kubeadm takes \"all\" only alone: leave the others out"))
	}
	return list
}
