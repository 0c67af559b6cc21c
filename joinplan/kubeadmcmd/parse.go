package kubeadmcmd

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
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

// ParseJoin reads the first kubeadm join command of a text that says what to
// join: as kubeadm prints it, as people type it, or as it comes out of mails, web
// pages and chats. It may stand behind prompts, sudo, an environment, other
// commands or "ssh HOST", in quotes and backquotes, and on several lines, with
// backslashes or without. Flags may be --flag=value or --flag value, quoted as a
// shell allows.
//
// Errors are *[ParseError], all of the command's joined: a flag that kubeadm
// join does not have, a token, key or hash that cannot be one, a placeholder, a
// command that is broken so that its words cannot be told, or no join command at
// all, or a text larger than [MaxSize]. A command is never read in part. Whether
// the flags make sense together is for [Join.Command].
func ParseJoin(text string) (Join, error) {
	if err := tooLarge(len(text)); err != nil {
		return Join{}, err
	}
	p := unpasted(text)
	s := scanner{text: p.text}
	var first *joinCommand
	for c := range s.joinCommands() {
		if first == nil {
			first = c
		}
	}
	strays := s.strays()
	switch {
	case first != nil && len(first.problems) > 0:
		return Join{}, p.located(first.problems...)
	case len(strays) > 0:
		return Join{}, p.located(strays...)
	case first == nil:
		return Join{}, p.located(problem{0, "no kubeadm join command"})
	}
	return first.join, nil
}

// joinCommand is a kubeadm join command found in a text.
type joinCommand struct {
	join     Join
	at       int
	problems []problem

	// Where the values start, for errors about them.
	endpointAt, tokenAt, hashAt, keyAt int
}

// parse reads the words after kubeadm and reports whether they are a join.
// Where the word is not at a command's start it may be prose, which names no
// credentials.
func (c *joinCommand) parse(l *lexer, isCommand bool) bool {
	words, err := l.wrappedRest()
	for len(words) > 0 && strings.HasPrefix(words[0].text, "--") && strings.Contains(words[0].text, "=") {
		words = words[1:] // global flags
	}
	if len(words) == 0 || words[0].text != "join" || len(words) > 1 && words[1].text == "phase" || isSynopsis(words) {
		return false
	}
	if !isCommand && !slices.ContainsFunc(words, func(w lexeme) bool { return namesCredentials.MatchString(w.text) }) {
		return false
	}
	if err != nil {
		c.problems = append(c.problems, *err)
		return true
	}
	c.arguments(words[1:])
	return len(c.problems) > 0 || !c.join.saysNothing()
}

// namesCredentials are the flags without which a join is prose.
var namesCredentials = regexp.MustCompile(`^--?(?:token|discovery-|tls-bootstrap-token|certificate-key|config\b)`)

// isSynopsis finds the lines of kubeadm's own help.
func isSynopsis(words []lexeme) bool {
	return slices.ContainsFunc(words, func(w lexeme) bool {
		return slices.Contains([]string{"[api-server-endpoint]", "[flags]", "[command]", "--help", "-h"}, w.text)
	})
}

// saysNothing reports whether there is nothing to join by, as in a command that
// only failed.
func (j Join) saysNothing() bool {
	return j.Endpoint == "" && j.Token.IsZero() && j.CertificateKey.IsZero() && j.ConfigFile == "" &&
		j.DiscoveryFile == "" && len(j.CACertHashes) == 0
}

// arguments reads flags and the endpoint.
func (c *joinCommand) arguments(words []lexeme) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch {
		case w.text == "--":
			if len(words) == 0 {
				c.fail(w.at, "the command ends in dashes: its rest is missing")
			}
			for _, operand := range words {
				c.endpoint(operand)
			}
			return
		case strings.HasPrefix(plainDashes(w.text), "–"), strings.HasPrefix(plainDashes(w.text), "—"):
			c.fail(w.at, "this dash is typographic: type two plain ones")
		case len(w.text) < 2 || plainDashes(w.text)[0] != '-':
			c.endpoint(w)
		default:
			words = c.flag(w, words)
		}
	}
}

// flag reads a flag, and its value from the words that follow if it has none
// of its own; it gives the words that are left.
func (c *joinCommand) flag(w lexeme, rest []lexeme) []lexeme {
	name, value, hasValue := strings.Cut(plainDashes(w.text), "=")
	if level, isLevel := strings.CutPrefix(name, "-v"); isLevel && level != "" && !hasValue {
		name, value, hasValue = "-v", level, true
	}
	at := w.at
	name, known := flagName(name)
	switch {
	case !known:
		c.fail(w.at, "kubeadm join has no flag of this name")
		return rest
	case joinSwitches[name] && !hasValue:
		value = "true"
	case !hasValue && (len(rest) == 0 || startsFlag(rest[0].text)):
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
