package kubeadmcmd

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
)

// CACertHashes gives the hash that kubeadm join checks for every certificate
// of a PEM bundle, such as /etc/kubernetes/pki/ca.crt, in its order: sha256:
// and the SHA-256 over the DER SubjectPublicKeyInfo (RFC 5280, 4.1), not over
// the certificate. Errors are *[ParseError]: no certificate, one that is
// damaged, one that is not a CA's, or a bundle larger than [MaxSize].
func CACertHashes(bundle []byte) ([]string, error) {
	if err := tooLarge(len(bundle)); err != nil {
		return nil, err
	}
	var hashes []string
	rest := bundle
	for {
		begin := bytes.Index(rest, []byte("-----BEGIN CERTIFICATE-----"))
		if begin < 0 {
			break
		}
		at := len(bundle) - len(rest) + begin
		block, after := pem.Decode(rest[begin:])
		if block == nil || startsLater(bundle[at:], after) {
			return nil, located(string(bundle), problem{at, "this certificate is damaged: copy the whole file again"})
		}
		hash, msg := caCertHash(block.Bytes)
		if msg != "" {
			return nil, located(string(bundle), problem{at, msg})
		}
		hashes = append(hashes, hash)
		rest = after
	}
	if len(hashes) == 0 {
		return nil, located(string(bundle), problem{0, "no certificate: want PEM, such as /etc/kubernetes/pki/ca.crt"})
	}
	return hashes, nil
}

// startsLater reports whether the decoder skipped a damaged block and took a
// later one.
func startsLater(from, after []byte) bool {
	taken := from[:len(from)-len(after)]
	return bytes.Count(taken, []byte("-----BEGIN ")) > 1
}

func caCertHash(der []byte) (hash, problem string) {
	cert, err := x509.ParseCertificate(der)
	switch {
	case err != nil:
		return "", "this certificate is damaged: " + err.Error()
	case cert.BasicConstraintsValid && !cert.IsCA:
		return "", "this certificate is not a CA's: want the cluster's ca.crt"
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), ""
}
