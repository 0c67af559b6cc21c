package hostcheck

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// promptLine is a line that shows a command: the host, the sign and the command.
var promptLine = regexp.MustCompile(`^(?:\([\w.-]+\) ?)?(?:\[?[\w.-]+@([\w.-]+)[^#$%]{0,200}([#$%])|[\w.-]+:[~/]\S* ?([#$])|\w*sh-[\d.]+([#$])|([#$%+]+))(?:\s+(.*))?$`)

// commands are those that people type between the ones that are read here. What
// an unknown one should have been, nobody can tell.
var commands = []string{
	"apt", "apt-get", "arp", "awk", "bash", "cat", "cd", "chronyc", "clear", "command", "crictl", "curl", "date", "df", "dig", "dmidecode", "dnf",
	"done", "echo", "ethtool", "exit", "export", "for", "free", "getent", "grep", "head", "history", "host", "hostname", "hostnamectl", "id",
	"ifconfig", "ip", "iptables", "journalctl", "kubeadm", "kubectl", "less", "logout", "ls", "lsb_release", "more", "mtr", "nano", "nc",
	"netstat", "nft", "nmcli", "nslookup", "openssl", "ping", "pwd", "received", "resolvectl", "route", "scp", "sed", "sh", "ss", "ssh", "su", "sudo",
	"sysctl", "systemctl", "tail", "tee", "telnet", "timedatectl", "top", "traceroute", "true", "uname", "uptime", "vi", "vim", "w", "who", "whoami",
}

// prompt reads a line with a command, or a comment. It notices when getent is
// asked for a name, which table ip route is asked for, and when the answer was
// received.
func (p *parser) prompt(line string) bool {
	if !strings.ContainsAny(line, "#$%+") {
		return false
	}
	m := promptLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	host, sign, words := m[1], m[2]+m[3]+m[4]+m[5], commandOf(m[6])
	for len(words) > 0 && strings.Trim(words[0], "#") == "" {
		words = words[1:]
	}
	bare := host == "" && m[3] == "" && m[4] == ""
	if bare && strings.HasPrefix(sign, "#") && !isCommand(words) {
		p.comment(words)
		return true
	}
	p.unanswered()
	p.device, p.mac, p.table, p.oneRoute = "", "", "", false
	if host != "" {
		p.speaker, p.spoke = strings.ToLower(host), p.line+1
		p.capture.Hostname = Fact{p.speaker, p.evidence()}
	}
	switch {
	case len(words) == 0:
	case !isCommand(words):
		p.gap("this command is not known here")
	case words[0] == "received":
		p.received(words)
	case words[0] == "getent":
		p.getent(words)
	case words[0] == "ip":
		p.ip(words)
	}
	return true
}

func isCommand(words []string) bool { return len(words) > 0 && slices.Contains(commands, words[0]) }

// commandOf returns the words of a command without what runs it as root.
func commandOf(text string) []string {
	words := strings.Fields(text)
	for len(words) > 1 && (words[0] == "sudo" || words[0] == "time" || strings.Contains(words[0], "=")) {
		words = words[1:]
	}
	return words
}

// comment passes over a comment, as hosts files have them, unless it hides a
// line of a command.
func (p *parser) comment(words []string) {
	line := strings.Join(words, " ")
	if len(words) == 0 || isName(words) && !hasGenmask(words) && p.asked == nil {
		return
	}
	hidden := parser{text: line}
	hidden.section()
	if hidden.found || hidden.asked != nil || isRoute(words) {
		p.gap("this line is commented out")
	}
}

func (p *parser) received(words []string) {
	if len(words) == 2 {
		if at, err := time.Parse(time.RFC3339, words[1]); err == nil {
			p.capture.At = at
			return
		}
	}
	p.gap("this is no time of receipt: want $ received and a time such as 2026-11-22T22:00:00Z")
}

func (p *parser) getent(words []string) {
	switch {
	case len(words) == 2 && words[1] == "hosts":
	case len(words) == 3 && (words[1] == "hosts" || words[1] == "ahosts") && len(validation.IsDNS1123Subdomain(strings.ToLower(words[2]))) == 0:
		p.asked = &Fact{words[2], p.evidence()}
	default:
		p.gap("of getent only hosts and one name is understood")
	}
}

// ip notes which routes are asked for.
func (p *parser) ip(words []string) {
	if i := slices.Index(words, "netns"); i >= 0 && i+2 < len(words) {
		p.table = "of network namespace " + words[i+2]
	}
	if !slices.ContainsFunc(words, func(w string) bool { return len(w) > 0 && strings.HasPrefix("route", w) }) {
		return
	}
	p.oneRoute = slices.Contains(words, "get")
	for _, key := range []string{"table", "vrf"} {
		if i := slices.Index(words, key); i >= 0 && i+1 < len(words) && words[i+1] != "all" && words[i+1] != "main" {
			p.table = words[i+1]
		}
	}
}

// unanswered takes the name that getent was asked for to be unknown to the host.
func (p *parser) unanswered() {
	if p.asked != nil {
		p.fact()
		p.capture.Unresolved = append(p.capture.Unresolved, *p.asked)
		p.asked = nil
	}
}
