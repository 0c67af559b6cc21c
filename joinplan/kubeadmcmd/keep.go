package kubeadmcmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// kept are credentials as a file, with their secrets.
type kept struct {
	Endpoint              string    `json:"endpoint,omitempty"`
	CACertHashes          []string  `json:"caCertHashes,omitempty"`
	Token                 string    `json:"token,omitempty"`
	TokenExpires          time.Time `json:"tokenExpires,omitzero"`
	CertificateKey        string    `json:"certificateKey,omitempty"`
	CertificateKeyExpires time.Time `json:"certificateKeyExpires,omitzero"`
}

// Reveal returns the credentials as JSON, secrets and deadlines included, for a
// file of mode 0600 that [ReadCredentials] reads back.
func (c Credentials) Reveal() []byte {
	// Such a struct always marshals: a deadline is some hours after a capture.
	text, _ := json.MarshalIndent(kept{
		c.Endpoint, c.CACertHashes, c.Token.Reveal(), c.TokenExpires.UTC(), c.CertificateKey.Reveal(), c.CertificateKeyExpires.UTC(),
	}, "", "  ")
	return append(text, '\n')
}

// ReadCredentials reads what [Credentials.Reveal] returned. Its errors never quote
// the text. For what kubeadm printed see [ParseCredentials].
func ReadCredentials(data []byte) (Credentials, error) {
	if err := tooLarge(len(data)); err != nil {
		return Credentials{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var k kept
	if err := decoder.Decode(&k); err != nil {
		return Credentials{}, errors.New("these are no credentials as they were kept: want the JSON object that Reveal gave")
	}
	if decoder.More() {
		return Credentials{}, fmt.Errorf("something follows the credentials at byte %d: want one JSON object", decoder.InputOffset())
	}
	c := Credentials{
		Endpoint:     k.Endpoint,
		CACertHashes: canonicalHashes(k.CACertHashes),
		Token:        NewSecret(k.Token), TokenExpires: k.TokenExpires,
		CertificateKey: NewSecret(k.CertificateKey), CertificateKeyExpires: k.CertificateKeyExpires,
	}
	return c, nil
}

// Renewed returns the credentials with what was printed since then: of a token or
// a key that was printed anew, the old one is forgotten. Errors are those of
// [Credentials.Merge].
func (c Credentials) Renewed(printed Credentials) (Credentials, error) {
	if !printed.Token.IsZero() {
		c.Token, c.TokenExpires = Secret{}, time.Time{}
	}
	if !printed.CertificateKey.IsZero() {
		c.CertificateKey, c.CertificateKeyExpires = Secret{}, time.Time{}
	}
	return printed.Merge(c)
}
