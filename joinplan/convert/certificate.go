package convert

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/netip"
	"slices"
)

// certificate looks for the names that the API server must be known by.
func (s *survey) certificate(f File, m machine) error {
	block, _ := pem.Decode(f.Content.Reveal())
	if block == nil || block.Type != "CERTIFICATE" {
		return errors.New("it is no certificate in PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return errors.New("it is no X.509 certificate")
	}
	s.seen[place(m.name, s.servingCert())] = true
	s.sans[m.name] = slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		s.sans[m.name] = append(s.sans[m.name], ip.String())
	}
	for _, name := range append([]string{s.spec.ControlPlaneEndpoint.Host}, s.spec.CertSANs...) {
		r := Reference{
			Kind: ServingCertificate, Host: f.Host, Where: f.Path, Field: "subjectAltName", Address: name, Verdict: Done,
			Reason: "the certificate has the name", Breaks: "nobody who verifies the API server reaches it by this name",
		}
		if !hasName(cert, name) {
			r.Verdict, r.Reason = Edit, "the certificate lacks the name"
		}
		s.add(r)
	}
	return nil
}

func hasName(cert *x509.Certificate, name string) bool {
	if addr, err := netip.ParseAddr(name); err == nil {
		for _, ip := range cert.IPAddresses {
			if has, ok := netip.AddrFromSlice(ip); ok && has.Unmap() == addr.Unmap() {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(cert.DNSNames, func(n string) bool { return canonicalHost(n) == canonicalHost(name) }) ||
		cert.VerifyHostname(name) == nil
}
