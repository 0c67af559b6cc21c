package hostcheck

import (
	"regexp"
	"strings"
)

// escapes are the sequences with which programs colour what they print.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-9;:?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[()][0-9A-Za-z]|[=>])")

var (
	invisible = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "",
		"\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u2010", "-", "\u2011", "-", "\r", "")
	quoted = regexp.MustCompile(`^(?:[ \t]*>)+[ \t]?`)
)

// clean takes from each line what mail, chat, terminals and Markdown have put
// there. The lines stay as many as they are.
func clean(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for line := range strings.Lines(text) {
		line, ended := strings.CutSuffix(line, "\n")
		out.WriteString(cleanLine(line))
		if ended {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func cleanLine(line string) string {
	if strings.Contains(line, "\x1b") {
		line = escapes.ReplaceAllString(line, "")
	}
	line = invisible.Replace(line)
	if strings.Contains(line, ">") {
		line = line[len(quoted.FindString(line)):]
	}
	trimmed := strings.TrimSpace(line)
	if n := len(trimmed) - 1; n > 1 && strings.IndexByte("\"'`", trimmed[0]) >= 0 && trimmed[n] == trimmed[0] {
		if inner := trimmed[1:n]; strings.IndexByte(inner, trimmed[0]) < 0 {
			return inner
		}
	}
	return line
}

// passed are lines that are known and say nothing that is checked here. What
// stands in their place for what could be bad news is none of them.
var passed = regexp.MustCompile(strings.Join([]string{
	"^(?:`{3,}|~{3,})[\\w-]*$",
	`^\[[a-z-]+\] (?:Reading configuration from|FYI: You can look at|Use 'kubeadm)`,
	`^[IW]\d{4} \d\d:\d\d.* version\.go:\d+\]`,
	`^valid_lft (?:forever|\d+sec) preferred_lft (?:forever|\d+sec)$`,
	`^altname \S+$`,
	`^(?:Last login: .*|logout|exit|Connection to \S+ closed\.?|Warning: Permanently added .*|\[sudo\] password for \S+:)$`,
	`^Kernel IP routing table$`,
	`^0: from all lookup local$`,
	`^3276[67]: from all lookup (?:main|default)$`,
	`^cache(?: .*)?$`,
	`^(?:Local time|RTC time|Time zone|NTP service|Network time on|NTP enabled|RTC in local TZ|DST active|Last DST change|Next DST change|systemd-timesyncd\.service active): .+$`,
	`^(?:Reference ID|Stratum|Ref time \(UTC\)|Last offset|RMS offset|Frequency|Residual freq|Skew|Root delay|Root dispersion|Update interval) *: .+$`,
	`^(?:Static hostname|Transient hostname|Pretty hostname|Icon name|Chassis|Deployment|Location|Boot ID|Virtualization|Operating System|CPE OS Name|Kernel|Architecture|Hardware Vendor|Hardware Model|Hardware Serial|Firmware Version|Firmware Date|Firmware Age|OS Support End|OS Support Remaining): .+$`,
	`^(?:- )?(?:apiVersion|kind|clusters|contexts|users|preferences|current-context|cluster|context|user|name|namespace|tls-server-name|certificate-authority|certificate-authority-data|client-certificate|client-certificate-data|client-key|client-key-data|token):(?: \S+)?$`,
}, "|"))
