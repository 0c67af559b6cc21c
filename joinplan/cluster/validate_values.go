package cluster

import (
	"net/netip"
	"path"
	"regexp"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const addressAdvice = "give the host's address, with its prefix length where it is known: 192.168.51.81/24"

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
	case addr.IsUnspecified(), addr.IsLoopback(), addr.IsMulticast():
		return field.ErrorList{field.Invalid(p, addr.String(), "other machines cannot reach this address; give the one that they use")}
	case addr.Zone() != "", addr.Is4In6():
		return field.ErrorList{field.Invalid(p, addr.String(), "give a plain IPv4 or IPv6 address, without a zone and not mapped")}
	}
	return nil
}

// checkName takes DNS names, and rejects what is shaped like an address and is
// none: a resolver would be asked for 192.168.51.300.
func checkName(p *field.Path, name string) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(p, "give a DNS name: lower-case letters, digits, '-' and '.'")}
	}
	if msgs := validation.IsDNS1123Subdomain(name); len(msgs) > 0 {
		return field.ErrorList{field.Invalid(p, name, "must be a DNS name of lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit (RFC 1123)")}
	}
	last := name[strings.LastIndex(name, ".")+1:]
	if strings.Trim(last, "0123456789") == "" {
		return field.ErrorList{field.Invalid(p, name, "looks like an IP address and is none; mend the address, or give a name whose last part is not all digits")}
	}
	return nil
}

func checkCRISocket(p *field.Path, socket string) field.ErrorList {
	file, ok := strings.CutPrefix(socket, "unix://")
	if !ok || !isCleanAbs(file) {
		return field.ErrorList{field.Invalid(p, socket, "must be unix:// and an absolute path, such as "+DefaultCRISocket)}
	}
	return nil
}

// isCleanAbs takes absolute paths that a shell, YAML and HAProxy all read as
// one plain word.
func isCleanAbs(file string) bool {
	return path.IsAbs(file) && path.Clean(file) == file && !strings.ContainsFunc(file, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+@", r)
	})
}

func checkSubnets(p *field.Path, subnets []netip.Prefix) field.ErrorList {
	var list field.ErrorList
	for i, subnet := range subnets {
		if !subnet.IsValid() {
			list = append(list, field.Required(p.Index(i), "give a range, such as 10.244.0.0/16"))
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
		if _, err := netip.ParseAddr(san); err == nil {
			continue
		}
		list = append(list, checkName(p.Index(i), strings.TrimPrefix(san, "*."))...)
	}
	return list
}

func checkFile(p *field.Path, file string) field.ErrorList {
	if file == "" || isCleanAbs(file) {
		return nil
	}
	return field.ErrorList{field.Invalid(p, file, "must be an absolute path of letters, digits and ._-+@, such as /etc/kubernetes/pki/etcd/ca.crt")}
}

var word = regexp.MustCompile(`^[A-Za-z0-9]+([/._-][A-Za-z0-9]+)*$`)

func checkWords(p *field.Path, words []string) field.ErrorList {
	var list field.ErrorList
	for i, w := range words {
		if !word.MatchString(w) {
			list = append(list, field.Invalid(p.Index(i), w, "must be one word of letters, digits and /._-, such as addon/kube-proxy"))
		}
	}
	return list
}
