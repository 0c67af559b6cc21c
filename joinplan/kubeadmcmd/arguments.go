package kubeadmcmd

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
)

// arguments collects a command's words and everything that is wrong with them.
type arguments struct {
	words  []word
	config bool // --config was given
	errs   field.ErrorList
}

// begin starts a command with its fixed words and its configuration file.
func begin(configFile string, words ...string) *arguments {
	a := &arguments{words: NewCommand(words...).words}
	a.configFile(configFile)
	return a
}

func (a *arguments) configFile(file string) {
	a.pair("config", "configFile", file)
	a.config = file != ""
}

// subcommand adds words that only kubeadm can know.
func (a *arguments) subcommand(path, words string) {
	if !subcommandText.MatchString(words) {
		a.invalid(path, words, `must be the words of a subcommand, such as "certs ca"`)
	}
	a.words = append(a.words, NewCommand(strings.Fields(words)...).words...)
}

func (a *arguments) command() (Command, error) {
	if len(a.errs) > 0 {
		errs := make([]error, 0, len(a.errs))
		for _, e := range a.errs {
			errs = append(errs, e)
		}
		return Command{}, finding.JoinErrors(errs)
	}
	return Command{a.words}, nil
}

// besideConfig holds the flags that kubeadm takes together with --config
// (isAllowedFlag in its validation), besides those that start with skip-.
var besideConfig = map[string]bool{
	"ignore-preflight-errors": true, "dry-run": true, "kubeconfig": true, "node-name": true,
	"upload-certs": true, "print-join-command": true, "v": true,
}

// allowed reports a flag that may not stand beside --config.
func (a *arguments) allowed(flag, path string) bool {
	if a.config && !besideConfig[flag] && !strings.HasPrefix(flag, "skip-") {
		a.forbid(path, "kubeadm does not take --"+flag+" together with --config; write it into the file")
		return false
	}
	return true
}

// clean reports a value that no command line should hold.
func (a *arguments) clean(path, value string) bool {
	if strings.IndexFunc(value, unicode.IsControl) < 0 {
		return true
	}
	a.invalid(path, value, "holds a control character or a newline")
	return false
}

// pair adds --flag value as two words, the way kubeadm prints its own join
// command.
func (a *arguments) pair(flag, path, value string) {
	if value != "" && a.allowed(flag, path) && a.clean(path, value) {
		a.words = append(a.words, word{plain: "--" + flag}, word{plain: value})
	}
}

// short adds -f value as two words.
func (a *arguments) short(flag, path, value string) {
	if value != "" && a.allowed(flag, path) && a.clean(path, value) {
		a.words = append(a.words, word{plain: "-" + flag}, word{plain: value})
	}
}

func (a *arguments) text(flag, path, value string) {
	if value != "" && a.allowed(flag, path) && a.clean(path, value) {
		a.words = append(a.words, word{plain: "--" + flag + "=" + value})
	}
}

// list adds the values as one flag: kubeadm reads them as a record of CSV.
func (a *arguments) list(flag, path string, values []string) {
	for i, v := range values {
		if v == "" || strings.ContainsAny(v, `,"`) {
			a.errs = append(a.errs, field.Invalid(field.NewPath(path).Index(i), v, "must be one value, not empty, without a comma and without a double quote"))
			return
		}
	}
	a.text(flag, path, strings.Join(values, ","))
}

func (a *arguments) bool(flag, path string, set bool) {
	if set && a.allowed(flag, path) {
		a.words = append(a.words, word{plain: "--" + flag})
	}
}

func (a *arguments) number(flag, path string, n int) {
	if n < 0 {
		a.invalid(path, n, "must not be negative")
		return
	}
	if n != 0 {
		a.text(flag, path, strconv.Itoa(n))
	}
}

func (a *arguments) address(flag, path string, addr netip.Addr) {
	if addr.IsValid() {
		a.text(flag, path, addr.String())
	}
}

func (a *arguments) prefixes(flag, path string, prefixes []netip.Prefix) {
	texts := make([]string, 0, len(prefixes))
	for i, p := range prefixes {
		if !p.IsValid() {
			a.errs = append(a.errs, field.Required(field.NewPath(path).Index(i), "must be a subnet such as 10.244.0.0/16"))
			return
		}
		texts = append(texts, p.String())
	}
	a.text(flag, path, strings.Join(texts, ","))
}

func (a *arguments) port(flag, path string, n int) {
	if n > 65535 {
		a.invalid(path, n, "must be a port: 1 to 65535")
		return
	}
	a.number(flag, path, n)
}

// duration adds the flag; never stands for kubeadm's 0, which is no end.
func (a *arguments) duration(flag, path string, d time.Duration, never bool) {
	switch {
	case d < 0:
		a.invalid(path, d.String(), "must not be negative")
	case d > 0 && never:
		a.forbid(path, "a duration and no end exclude each other")
	case never:
		a.text(flag, path, "0")
	case d > 0:
		a.text(flag, path, d.String())
	}
}

// token adds --token TOKEN as two words.
func (a *arguments) token(s Secret) {
	if !s.IsZero() && a.allowed("token", "token") {
		a.words = append(a.words, word{plain: "--token"})
		a.tokenOperand(s)
	}
}

// tokenOperand adds a token as a word of its own. No error holds its value.
func (a *arguments) tokenOperand(s Secret) {
	switch {
	case s.IsZero():
	case !isToken(s.Reveal()):
		a.invalid("token", s.String(), "must be a bootstrap token: 6, a dot and 16 of a-z0-9")
	default:
		a.words = append(a.words, word{secret: s})
	}
}

// certificateKey adds --certificate-key KEY as two words. No error holds its
// value.
func (a *arguments) certificateKey(s Secret) {
	switch {
	case s.IsZero() || !a.allowed("certificate-key", "certificateKey"):
	case !isCertificateKey(s.Reveal()):
		a.invalid("certificateKey", s.String(), "must be a certificate key: 64 hexadecimal digits")
	default:
		a.words = append(a.words, word{plain: "--certificate-key"}, word{secret: s})
	}
}

func (a *arguments) require(path, why string) {
	a.errs = append(a.errs, field.Required(field.NewPath(path), why))
}

func (a *arguments) forbid(path, why string) {
	a.errs = append(a.errs, field.Forbidden(field.NewPath(path), why))
}

func (a *arguments) invalid(path string, value any, why string) {
	a.errs = append(a.errs, field.Invalid(field.NewPath(path), value, why))
}
