package kubeadmcmd

import (
	"fmt"
	"iter"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// MaxSize is the size in bytes of the largest text that [ParseJoin],
// [ParseCredentials] and [CACertHashes] read: a long terminal session fits.
const MaxSize = 16 << 20

// tooLarge gives an error for a text that is larger.
func tooLarge(size int) error {
	if size <= MaxSize {
		return nil
	}
	return &ParseError{Line: 1, Column: 1, Msg: fmt.Sprintf("the text has %d bytes; at most %d are read: give the part that kubeadm printed", size, MaxSize)}
}

// ParseJoin reads the first kubeadm join command of a text: as kubeadm prints
// it, or as people type it, on one line or with continuation backslashes, with
// prompts, sudo, an environment or other commands around it. Flags may be
// --flag=value or --flag value, quoted as a shell allows.
//
// Errors are *[ParseError], all of the command's joined: a flag that kubeadm
// join does not have, a token, key or hash that cannot be one, or no join
// command at all, or a text larger than [MaxSize]. Whether the flags make sense together is for [Join.Command].
func ParseJoin(text string) (Join, error) {
	if err := tooLarge(len(text)); err != nil {
		return Join{}, err
	}
	for c := range joinCommands(text) {
		if len(c.problems) > 0 {
			return Join{}, located(text, c.problems...)
		}
		return c.join, nil
	}
	return Join{}, located(text, problem{0, "no kubeadm join command"})
}

// commandStart finds kubeadm as the name of a command, with what may stand
// before it on its line: another command or a prompt, a list's bullet, sudo,
// an environment, a directory.
var commandStart = regexp.MustCompile(
	`(?m)^(?:.*?[;&|#$%>❯])??[ \t\x{a0}]*(?:[-*][ \t]+)?` +
		`(?:(?:sudo|doas)(?:[ \t]+-u[ \t]+\S+|[ \t]+-\S+)*[ \t]+)?(?:env[ \t]+)?` +
		`(?:[A-Za-z_][A-Za-z0-9_]*=\S*[ \t]+)*(?:[^\s"'` + "`" + `]*/)?(kubeadm)(?:[ \t\x{a0}]|\\[ \t]*\r?$)`)

// joinCommand is a kubeadm join command found in a text.
type joinCommand struct {
	join     Join
	at       int
	problems []problem

	// Where the values start, for errors about them.
	endpointAt, tokenAt, hashAt, keyAt int
}

// joinCommands gives the join commands of a text in their order.
func joinCommands(text string) iter.Seq[*joinCommand] {
	return func(yield func(*joinCommand) bool) {
		for pos := 0; pos < len(text); {
			found := commandStart.FindStringSubmatchIndex(text[pos:])
			if found == nil {
				return
			}
			l := &lexer{text: text, pos: pos + found[3]}
			c := &joinCommand{at: pos + found[2]}
			isJoin := c.parse(l)
			if isJoin && !yield(c) {
				return
			}
			pos = l.pos
		}
	}
}

// parse reads the words after kubeadm and reports whether they are a join.
func (c *joinCommand) parse(l *lexer) bool {
	words, err := l.rest()
	for len(words) > 0 && strings.HasPrefix(words[0].text, "--") && strings.Contains(words[0].text, "=") {
		words = words[1:] // global flags
	}
	if len(words) == 0 || words[0].text != "join" || len(words) > 1 && words[1].text == "phase" {
		return false
	}
	if err != nil {
		c.problems = append(c.problems, *err)
		return true
	}
	c.arguments(words[1:])
	return true
}

// arguments reads flags and the endpoint.
func (c *joinCommand) arguments(words []lexeme) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch {
		case w.text == "--":
			for _, operand := range words {
				c.endpoint(operand)
			}
			return
		case strings.HasPrefix(w.text, "–"), strings.HasPrefix(w.text, "—"):
			c.fail(w.at, "this dash is typographic: type two plain ones")
		case len(w.text) < 2 || w.text[0] != '-':
			c.endpoint(w)
		default:
			words = c.flag(w, words)
		}
	}
}

// flag reads a flag, and its value from the words that follow if it has none
// of its own; it gives the words that are left.
func (c *joinCommand) flag(w lexeme, rest []lexeme) []lexeme {
	name, value, hasValue := strings.Cut(w.text, "=")
	at := w.at
	name, known := flagName(name)
	switch {
	case !known:
		c.fail(w.at, "kubeadm join has no flag of this name")
		return rest
	case joinSwitches[name] && !hasValue:
		value = "true"
	case !hasValue && len(rest) == 0:
		c.fail(w.at, "this flag needs a value")
		return rest
	case !hasValue:
		if rest[0].withheld {
			return rest[1:]
		}
		value, at = rest[0].text, rest[0].at
		rest = rest[1:]
	case value == "" && len(rest) > 0 && rest[0].withheld:
		return rest[1:]
	}
	if msg := c.set(name, value, at); msg != "" {
		c.fail(at, msg)
	}
	return rest
}

func (c *joinCommand) fail(at int, msg string) {
	c.problems = append(c.problems, problem{at, msg})
}

// joinSwitches are the flags of kubeadm join that need no value.
var joinSwitches = map[string]bool{
	"control-plane": true, "experimental-control-plane": true,
	"discovery-token-unsafe-skip-ca-verification": true, "dry-run": true,
}

var joinValues = map[string]bool{
	"config": true, "token": true, "discovery-token": true, "tls-bootstrap-token": true,
	"discovery-token-ca-cert-hash": true, "discovery-file": true, "certificate-key": true,
	"apiserver-advertise-address": true, "apiserver-bind-port": true, "cri-socket": true,
	"node-name": true, "patches": true, "ignore-preflight-errors": true, "skip-phases": true,
	"v": true, "vmodule": true, "rootfs": true,
}

// flagName gives the name of a flag as it was typed, and whether join has it.
func flagName(typed string) (string, bool) {
	name, long := strings.CutPrefix(typed, "--")
	if !long {
		name = strings.TrimPrefix(typed, "-")
		return name, name == "v"
	}
	return name, joinSwitches[name] || joinValues[name]
}

// endpoint takes the one operand of kubeadm join.
func (c *joinCommand) endpoint(w lexeme) {
	switch {
	case c.join.Endpoint != "":
		c.fail(w.at, "kubeadm join takes one endpoint, and this is a second one")
	case !isEndpoint(w.text):
		c.fail(w.at, "this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443")
	default:
		c.join.Endpoint, c.endpointAt = w.text, w.at
	}
}

// set gives a flag its value; it says what is wrong with that.
func (c *joinCommand) set(name, value string, at int) string {
	j := &c.join
	switch name {
	case "token", "discovery-token", "tls-bootstrap-token":
		return c.setToken(value, at)
	case "discovery-token-ca-cert-hash":
		return c.setHashes(value, at)
	case "certificate-key":
		if !isCertificateKey(value) {
			return "this is no certificate key: want 64 hexadecimal digits"
		}
		j.CertificateKey, c.keyAt = NewSecret(value), at
	case "control-plane", "experimental-control-plane":
		return setBool(&j.ControlPlane, value)
	case "discovery-token-unsafe-skip-ca-verification":
		return setBool(&j.UnsafeSkipCAVerification, value)
	case "dry-run":
		return setBool(&j.DryRun, value)
	case "apiserver-advertise-address":
		addr, err := netip.ParseAddr(value)
		if err != nil {
			return "this is no IP address"
		}
		j.AdvertiseAddress = addr
	case "apiserver-bind-port":
		if !isPort(value) {
			return "this is no port: want 1 to 65535"
		}
		j.BindPort, _ = strconv.Atoi(value)
	case "v":
		level, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			return "this is no log level: want a small number"
		}
		j.Verbosity = int(level)
	default:
		j.setText(name, value)
	}
	return ""
}

// setText sets the fields that take any text. Join has none for --vmodule and
// --rootfs.
func (j *Join) setText(name, value string) {
	switch name {
	case "config":
		j.ConfigFile = value
	case "discovery-file":
		j.DiscoveryFile = value
	case "cri-socket":
		j.CRISocket = value
	case "node-name":
		j.NodeName = value
	case "patches":
		j.Patches = value
	case "ignore-preflight-errors":
		j.IgnorePreflightErrors = appendList(j.IgnorePreflightErrors, value)
	case "skip-phases":
		j.SkipPhases = appendList(j.SkipPhases, value)
	}
}

func (c *joinCommand) setToken(value string, at int) string {
	token := NewSecret(value)
	switch {
	case !isToken(value):
		return "this is no bootstrap token: want 6, a dot and 16 of a-z0-9"
	case !c.join.Token.IsZero() && !c.join.Token.Equal(token):
		return "this command has a second token, another one"
	}
	c.join.Token, c.tokenAt = token, at
	return ""
}

func (c *joinCommand) setHashes(value string, at int) string {
	for hash := range strings.SplitSeq(value, ",") {
		if !isCACertHash(hash) {
			return "this is no CA hash: want sha256: and 64 hexadecimal digits"
		}
		c.join.CACertHashes = append(c.join.CACertHashes, hash)
	}
	if c.hashAt == 0 {
		c.hashAt = at
	}
	return ""
}

func setBool(field *bool, value string) string {
	set, err := strconv.ParseBool(value)
	if err != nil {
		return "this flag is true or false"
	}
	*field = set
	return ""
}

func appendList(list []string, value string) []string {
	if value == "" {
		return list
	}
	return append(list, strings.Split(value, ",")...)
}
