package hostcheck

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	certificateHead    = regexp.MustCompile(`^CERTIFICATE( AUTHORITY)? +EXPIRES +RESIDUAL TIME `)
	certificateMissing = regexp.MustCompile(`^!MISSING! \S+\s*$`)
	certificateRow     = regexp.MustCompile(`^(\S+) +([A-Z][a-z]{2} \d{2}, \d{4} \d{2}:\d{2} [A-Z]+) +(\d+[smhdy]|<invalid>) +(?:\S+ +)?(yes|no)\s*$`)
)

// certificateLine reads a line of kubeadm certs check-expiration. What is
// missing there (super-admin.conf on all control planes but the first, say) is
// no matter.
func (p *parser) certificateLine(line string) bool {
	if head := certificateHead.FindStringSubmatch(line); head != nil {
		p.authorities = head[1] != ""
		return true
	}
	if certificateMissing.MatchString(line) {
		return true
	}
	row := certificateRow.FindStringSubmatch(line)
	if row == nil {
		return false
	}
	expires, err := time.Parse("Jan 02, 2006 15:04 MST", row[2])
	if err != nil {
		p.fail(p.pos, "the date of this certificate is none: copy the line whole")
		return true
	}
	p.capture.Certificates = append(p.capture.Certificates, Certificate{
		Name: row[1], Authority: p.authorities, Expires: expires, Left: left(row[3]), ExternallyManaged: row[4] == "yes", Evidence: p.evidence(),
	})
	return true
}

// left reads kubeadm's rounded time: 364d, 9y, or <invalid> when it is over.
func left(text string) time.Duration {
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'y': 365 * 24 * time.Hour}[text[len(text)-1]]
	n, err := strconv.ParseInt(text[:len(text)-1], 10, 64)
	switch {
	case err != nil:
		return -1
	case n > math.MaxInt64/int64(unit):
		return math.MaxInt64
	}
	return time.Duration(n) * unit
}

// jsonExpirations is what kubeadm certs check-expiration -o json prints.
type jsonExpirations struct {
	Kind         string            `json:"kind"`
	Certificates []jsonCertificate `json:"certificates"`
	Authorities  []jsonCertificate `json:"certificateAuthorities"`
}

type jsonCertificate struct {
	Name              string    `json:"name"`
	Expires           time.Time `json:"expirationDate"`
	Left              float64   `json:"residualTime"` // seconds
	ExternallyManaged bool      `json:"externallyManaged"`
	Missing           bool      `json:"missing"`
}

func (p *parser) expirations(d *json.Decoder) error {
	var info jsonExpirations
	if err := d.Decode(&info); err != nil {
		return err
	}
	if info.Kind != "CertificateExpirationInfo" {
		p.fail(p.pos, "this object is not one of kubeadm certs check-expiration -o json")
	}
	for _, c := range info.Certificates {
		p.expiration(c, false)
	}
	for _, c := range info.Authorities {
		p.expiration(c, true)
	}
	return nil
}

func (p *parser) expiration(c jsonCertificate, authority bool) {
	if c.Missing {
		return
	}
	seconds := min(max(c.Left, -1), math.MaxInt64/float64(time.Second)-1)
	text := strings.Join([]string{c.Name, c.Expires.UTC().Format("Jan 02, 2006 15:04 MST")}, " ")
	p.capture.Certificates = append(p.capture.Certificates, Certificate{
		Name: c.Name, Authority: authority, Expires: c.Expires, Left: time.Duration(seconds * float64(time.Second)),
		ExternallyManaged: c.ExternallyManaged, Evidence: Evidence{Text: text},
	})
}
