package hostcheck

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	certificateHead    = regexp.MustCompile(`^CERTIFICATE( AUTHORITY)?\s+EXPIRES\s+RESIDUAL TIME\s+(?:CERTIFICATE AUTHORITY\s+)?EXTERNALLY MANAGED$`)
	certificateMissing = regexp.MustCompile(`^!MISSING!\s+([A-Za-z0-9.-]+)$`)
	certificateRow     = regexp.MustCompile(`^([A-Za-z0-9.-]+)\s+([A-Z][a-z]{2} \d{2}, \d{4} \d{2}:\d{2} [A-Z]+)\s+((?:\d+[ydhms])+|<invalid>)\s+(?:[A-Za-z0-9.-]+\s+)?(yes|no)$`)
)

// certificateLine reads a line of kubeadm certs check-expiration.
func (p *parser) certificateLine(line string) bool {
	if head := certificateHead.FindStringSubmatch(line); head != nil {
		p.authorities = head[1] != ""
		return true
	}
	if missing := certificateMissing.FindStringSubmatch(line); missing != nil {
		p.certificate(Certificate{Name: missing[1], Authority: p.authorities, Missing: true, Evidence: p.evidence()})
		return true
	}
	row := certificateRow.FindStringSubmatch(line)
	if row == nil {
		return false
	}
	expires, err := time.Parse("Jan 02, 2006 15:04 MST", row[2])
	rest, ok := left(row[3])
	if err != nil || !ok {
		p.gap("the date or the residual time of this certificate is none")
		return true
	}
	p.certificate(Certificate{
		Name: row[1], Authority: p.authorities, Expires: expires, Left: rest, ExternallyManaged: row[4] == "yes", Evidence: p.evidence(),
	})
	return true
}

func (p *parser) certificate(c Certificate) {
	p.fact()
	p.capture.Certificates = append(p.capture.Certificates, c)
}

var (
	residual = regexp.MustCompile(`^(?:(\d+)y)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$`)
	units    = []time.Duration{365 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second}
)

// left reads the time that kubeadm prints rounded down: 2m53s, 5h12m, 7d23h,
// 364d, 7y364d, 9y, or <invalid> when it is over.
func left(text string) (time.Duration, bool) {
	if text == "<invalid>" {
		return -1, true
	}
	m := residual.FindStringSubmatch(text)
	if m == nil || text == "" {
		return 0, false
	}
	var sum time.Duration
	for i, unit := range units {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || n > int64((math.MaxInt64-sum)/unit) {
			return math.MaxInt64, true
		}
		sum += time.Duration(n) * unit
	}
	return sum, true
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

var (
	expirationsKeys = strings.Fields("kind apiVersion certificates certificateAuthorities")
	certificateKeys = strings.Fields("name expirationDate residualTime externallyManaged caName missing")
)

// expirations reads kubeadm's object.
func (p *parser) expirations(object json.RawMessage) {
	var info jsonExpirations
	var parts struct {
		Certificates []json.RawMessage `json:"certificates"`
		Authorities  []json.RawMessage `json:"certificateAuthorities"`
	}
	if json.Unmarshal(object, &info) != nil || json.Unmarshal(object, &parts) != nil || info.Kind != "CertificateExpirationInfo" {
		p.gap("this object is not one of kubeadm certs check-expiration -o json")
		return
	}
	unknown := unknownKey(object, expirationsKeys)
	for _, part := range slices.Concat(parts.Certificates, parts.Authorities) {
		if unknown == "" {
			unknown = unknownKey(part, certificateKeys)
		}
	}
	if unknown != "" {
		p.gap("kubeadm is not known to print all of these keys")
	}
	for _, c := range info.Certificates {
		p.expiration(c, false)
	}
	for _, c := range info.Authorities {
		p.expiration(c, true)
	}
}

func (p *parser) expiration(c jsonCertificate, authority bool) {
	if c.Missing {
		p.certificate(Certificate{Name: c.Name, Authority: authority, Missing: true, Evidence: Evidence{Text: "!MISSING! " + c.Name}})
		return
	}
	seconds := min(max(c.Left, -1), math.MaxInt64/float64(time.Second)-1)
	text := strings.Join([]string{c.Name, c.Expires.UTC().Format("Jan 02, 2006 15:04 MST")}, " ")
	p.certificate(Certificate{
		Name: c.Name, Authority: authority, Expires: c.Expires, Left: time.Duration(seconds * float64(time.Second)),
		ExternallyManaged: c.ExternallyManaged, Evidence: Evidence{Text: text},
	})
}
