package kubeadmcmd

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// How long kubeadm's credentials live unless it was told otherwise.
const (
	TokenTTL          = 24 * time.Hour
	CertificateKeyTTL = 2 * time.Hour
)

// Credentials are what machines need to join a cluster. Empty fields are not
// known. It prints redacted and compares with go-cmp.
type Credentials struct {
	Endpoint     string   // HOST:PORT
	CACertHashes []string // sha256:HEX, sorted
	Token        Secret
	// CertificateKey opens the certificates that a control plane needs.
	CertificateKey Secret

	// When they stop working, at the latest; zero when that is not known.
	TokenExpires          time.Time
	CertificateKeyExpires time.Time
}

// ParseCredentials reads what kubeadm init, kubeadm token create and kubeadm
// init phase upload-certs print, and join commands as [ParseJoin] does. The
// text may hold several of them, also mixed with other output.
//
// captured is when the text was printed: the token is taken to expire
// [TokenTTL] later, the certificate key [CertificateKeyTTL] later. That is when
// they expire at the latest, unless kubeadm was told another --ttl; the
// deadline is in the cluster. When captured is zero, so are the deadlines.
//
// Errors are *[ParseError], all of them joined: what ParseJoin finds wrong, two
// different values for one field, a text without any credentials, or one larger
// than [MaxSize].
func ParseCredentials(text string, captured time.Time) (Credentials, error) {
	if err := tooLarge(len(text)); err != nil {
		return Credentials{}, err
	}
	p := unpasted(text)
	f := finder{text: p.text}
	f.joins()
	f.uploads()
	f.bareTokens()
	if len(f.problems) == 0 && f.empty() {
		f.fail(0, "no credentials: want a kubeadm join command, or what kubeadm init, token create or upload-certs printed")
	}
	if len(f.problems) > 0 {
		return Credentials{}, p.located(f.problems...)
	}
	return f.credentials(captured), nil
}

// found is a value and where its text starts.
type found struct {
	value string
	at    int
}

// finder collects the values of a text.
type finder struct {
	text                         string
	endpoint, token, hashes, key found
	problems                     []problem
}

func (f *finder) fail(at int, msg string) {
	f.problems = append(f.problems, problem{at, msg})
}

func (f *finder) empty() bool {
	return f.endpoint.value == "" && f.token.value == "" && f.hashes.value == "" && f.key.value == ""
}

// set keeps the first value and reports another one.
func (f *finder) set(to *found, name, value string, at int) {
	switch {
	case value == "":
	case to.value == "":
		*to = found{value, at}
	case to.value != value:
		f.fail(at, "another "+name+" than the text had before: keep only the newest")
	}
}

func (f *finder) joins() {
	s := scanner{text: f.text}
	for c := range s.joinCommands() {
		f.problems = append(f.problems, c.problems...)
		if len(c.problems) > 0 {
			continue
		}
		if c.join.ConfigFile != "" || c.join.DiscoveryFile != "" {
			f.fail(c.at, "this command has its credentials in a file: give that file's values, or a command with --token")
			continue
		}
		if c.join.Endpoint == "" {
			f.fail(c.at, "this command names no endpoint: its rest is missing")
			continue
		}
		f.set(&f.endpoint, "endpoint", c.join.Endpoint, c.endpointAt)
		f.set(&f.token, "token", c.join.Token.Reveal(), c.tokenAt)
		f.set(&f.hashes, "CA hash", strings.Join(canonicalHashes(c.join.CACertHashes), ","), c.hashAt)
		f.set(&f.key, "certificate key", strings.ToLower(c.join.CertificateKey.Reveal()), c.keyAt)
	}
	if len(f.problems) == 0 {
		f.problems = s.strays()
	}
}

// uploadedKey is the line that announces the certificate key, and the first
// line after it that could be one.
var uploadedKey = regexp.MustCompile(`(?m)^[ \t>]*\[upload-certs\] Using certificate key:[ \t]*\r*$`)

var keyLine = regexp.MustCompile(`(?m)^[ \t>]*([0-9a-fA-F]{64})[ \t]*\r*$`)

// nextAnnouncement is a line of kubeadm about something else.
var nextAnnouncement = regexp.MustCompile(`\n[ \t>]*\[`)

// uploads takes the certificate keys that upload-certs announces. Log lines may
// stand between the announcement and the key.
func (f *finder) uploads() {
	for _, line := range uploadedKey.FindAllStringIndex(f.text, -1) {
		rest := f.text[line[1]:]
		if next := nextAnnouncement.FindStringIndex(rest); next != nil {
			rest = rest[:next[0]+1]
		}
		key := keyLine.FindStringSubmatchIndex(rest)
		if key == nil {
			f.fail(line[0], "no certificate key follows this line: copy the next line too")
			continue
		}
		f.set(&f.key, "certificate key", strings.ToLower(rest[key[2]:key[3]]), line[1]+key[2])
	}
	for _, m := range keyLine.FindAllStringSubmatchIndex(f.text, -1) {
		if key := strings.ToLower(f.text[m[2]:m[3]]); key != f.key.value && len(f.problems) == 0 {
			f.fail(m[2], "this may be a certificate key, and nothing says so: copy the line \"[upload-certs] Using certificate key:\" before it too")
		}
	}
}

// tokenLine is the announcement by kubeadm init, or all that kubeadm token
// create prints.
var tokenLine = regexp.MustCompile(`(?m)^[ \t>]*(?:\[bootstrap-token\] Using token: )?([a-z0-9]{6}\.[a-z0-9]{16})[ \t]*\r*$`)

func (f *finder) bareTokens() {
	for _, m := range tokenLine.FindAllStringSubmatchIndex(f.text, -1) {
		f.set(&f.token, "token", f.text[m[2]:m[3]], m[2])
	}
}

func (f *finder) credentials(captured time.Time) Credentials {
	c := Credentials{
		Endpoint:       f.endpoint.value,
		Token:          NewSecret(f.token.value),
		CertificateKey: NewSecret(f.key.value),
	}
	if f.hashes.value != "" {
		c.CACertHashes = strings.Split(f.hashes.value, ",")
	}
	if captured.IsZero() {
		return c
	}
	if !c.Token.IsZero() {
		c.TokenExpires = captured.Add(TokenTTL)
	}
	if !c.CertificateKey.IsZero() {
		c.CertificateKeyExpires = captured.Add(CertificateKeyTTL)
	}
	return c
}

func canonicalHashes(hashes []string) []string {
	if len(hashes) == 0 {
		return nil
	}
	lower := make([]string, 0, len(hashes))
	for _, h := range hashes {
		lower = append(lower, strings.ToLower(h))
	}
	slices.Sort(lower)
	return slices.Compact(lower)
}

// Merge fills what c does not know from the others: a token from one text, a
// certificate key from another. Where several know a value they must agree, and
// its earliest deadline counts. Errors are
// [k8s.io/apimachinery/pkg/util/validation/field.Error], joined, without the
// values.
func (c Credentials) Merge(others ...Credentials) (Credentials, error) {
	var errs []error
	conflict := func(name string) {
		errs = append(errs, field.Forbidden(field.NewPath(name), "two different values were captured: are they of the same cluster? Keep the newest"))
	}
	c.CACertHashes = canonicalHashes(c.CACertHashes)
	for _, o := range others {
		if c.Endpoint != "" && o.Endpoint != "" && c.Endpoint != o.Endpoint {
			conflict("endpoint")
		}
		c.Endpoint = firstSet(c.Endpoint, o.Endpoint)

		theirs := canonicalHashes(o.CACertHashes)
		if len(c.CACertHashes) > 0 && len(theirs) > 0 && !slices.Equal(c.CACertHashes, theirs) {
			conflict("caCertHashes")
		}
		if len(c.CACertHashes) == 0 {
			c.CACertHashes = theirs
		}

		var agree bool
		if c.Token, c.TokenExpires, agree = mergeSecret(c.Token, c.TokenExpires, o.Token, o.TokenExpires); !agree {
			conflict("token")
		}
		if c.CertificateKey, c.CertificateKeyExpires, agree = mergeSecret(c.CertificateKey, c.CertificateKeyExpires, o.CertificateKey, o.CertificateKeyExpires); !agree {
			conflict("certificateKey")
		}
	}
	if len(errs) > 0 {
		return Credentials{}, errors.Join(errs...)
	}
	return c, nil
}

func firstSet(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// mergeSecret gives the one of two secrets that is known, and its deadline.
func mergeSecret(a Secret, aEnds time.Time, b Secret, bEnds time.Time) (Secret, time.Time, bool) {
	switch {
	case b.IsZero():
		return a, aEnds, true
	case a.IsZero():
		return b, bEnds, true
	default:
		return a, earlier(aEnds, bEnds), a.Equal(b)
	}
}

// earlier gives the earlier of two times; zero is no time.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Expires is when the first of them stops working, at the latest; zero when
// that is not known.
func (c Credentials) Expires() time.Time {
	return earlier(c.TokenExpires, c.CertificateKeyExpires)
}

// Expired gives an error for each credential that has stopped working at that
// time, joined: nil when all of them still work or their deadlines are not
// known. The errors are
// [k8s.io/apimachinery/pkg/util/validation/field.Error] that say how to get new
// ones.
func (c Credentials) Expired(now time.Time) error {
	var errs []error
	expired := func(name string, ends time.Time, cure string) {
		if !ends.IsZero() && !now.Before(ends) {
			errs = append(errs, field.Forbidden(field.NewPath(name), "expired at "+ends.UTC().Format(time.RFC3339)+": "+cure))
		}
	}
	expired("token", c.TokenExpires, "make a new one with kubeadm token create --print-join-command on a control plane")
	expired("certificateKey", c.CertificateKeyExpires, "upload the certificates again with kubeadm init phase upload-certs --upload-certs on a control plane")
	return errors.Join(errs...)
}
