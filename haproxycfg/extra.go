package haproxycfg

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// place is a set of sections.
type place uint8

const (
	inGlobal place = 1 << iota
	inDefaults
	inFrontend
	inBackend

	inProxies = inDefaults | inFrontend | inBackend
	inRules   = inFrontend | inBackend
	inServing = inDefaults | inBackend
	inTaking  = inDefaults | inFrontend
)

func (p place) String() string {
	switch p {
	case inGlobal:
		return "the global section"
	case inDefaults:
		return "a defaults section"
	case inFrontend:
		return "a frontend"
	case inFrontend | inBackend:
		return "a listen section"
	}
	return "a backend"
}

// sections are the words that open a section.
var sections = strings.Fields("global defaults frontend backend listen peers mailers resolvers userlist cache program ring http-errors fcgi-app log-forward log-profile traces crt-store acme")

// directives says where a directive stands (manual, section 4.1, and 3 for the
// global section). What is not here may be newer than this package.
var directives = map[string]place{
	"acl":                         inRules,
	"balance":                     inServing,
	"bind":                        inFrontend,
	"clitcpka-cnt":                inTaking,
	"clitcpka-idle":               inTaking,
	"clitcpka-intvl":              inTaking,
	"cookie":                      inServing,
	"declare":                     inFrontend,
	"default-server":              inServing,
	"default_backend":             inTaking,
	"description":                 inRules,
	"disabled":                    inProxies,
	"email-alert":                 inProxies,
	"enabled":                     inProxies,
	"errorfile":                   inProxies,
	"errorfiles":                  inProxies,
	"errorloc":                    inProxies,
	"errorloc302":                 inProxies,
	"errorloc303":                 inProxies,
	"external-check":              inServing,
	"filter":                      inRules,
	"force-persist":               inBackend,
	"fullconn":                    inServing,
	"hash-type":                   inServing,
	"http-after-response":         inRules,
	"http-check":                  inServing,
	"http-error":                  inProxies,
	"http-request":                inRules,
	"http-response":               inRules,
	"http-reuse":                  inServing,
	"id":                          inRules,
	"ignore-persist":              inRules,
	"load-server-state-from-file": inServing,
	"log":                         inGlobal | inProxies,
	"log-format":                  inTaking,
	"log-format-sd":               inTaking,
	"log-tag":                     inGlobal | inProxies,
	"max-keep-alive-queue":        inServing,
	"maxconn":                     inGlobal | inTaking,
	"mode":                        inProxies,
	"monitor":                     inFrontend,
	"monitor-uri":                 inTaking,
	"option":                      inProxies,
	"rate-limit":                  inTaking,
	"redirect":                    inRules,
	"retries":                     inServing,
	"retry-on":                    inServing,
	"server":                      inBackend,
	"server-state-file-name":      inServing,
	"server-template":             inBackend,
	"source":                      inServing,
	"srvtcpka-cnt":                inServing,
	"srvtcpka-idle":               inServing,
	"srvtcpka-intvl":              inServing,
	"stats":                       inGlobal | inProxies,
	"stick":                       inBackend,
	"stick-table":                 inRules,
	"tcp-check":                   inServing,
	"tcp-request":                 inRules,
	"tcp-response":                inBackend,
	"timeout":                     inProxies,
	"unique-id-format":            inTaking,
	"unique-id-header":            inTaking,
	"use-fcgi-app":                inBackend,
	"use-server":                  inBackend,
	"use_backend":                 inFrontend,

	"ca-base":                         inGlobal,
	"chroot":                          inGlobal,
	"close-spread-time":               inGlobal,
	"cpu-map":                         inGlobal,
	"crt-base":                        inGlobal,
	"daemon":                          inGlobal,
	"default-path":                    inGlobal,
	"fd-hard-limit":                   inGlobal,
	"gid":                             inGlobal,
	"grace":                           inGlobal,
	"group":                           inGlobal,
	"hard-stop-after":                 inGlobal,
	"insecure-fork-wanted":            inGlobal,
	"insecure-setuid-wanted":          inGlobal,
	"issuers-chain-path":              inGlobal,
	"localpeer":                       inGlobal,
	"log-send-hostname":               inGlobal,
	"lua-load":                        inGlobal,
	"lua-prepend-path":                inGlobal,
	"master-worker":                   inGlobal,
	"maxcompcpuusage":                 inGlobal,
	"maxcomprate":                     inGlobal,
	"maxconnrate":                     inGlobal,
	"maxpipes":                        inGlobal,
	"maxsessrate":                     inGlobal,
	"maxsslconn":                      inGlobal,
	"maxsslrate":                      inGlobal,
	"mworker-max-reloads":             inGlobal,
	"nbthread":                        inGlobal,
	"no-memory-trimming":              inGlobal,
	"node":                            inGlobal,
	"noepoll":                         inGlobal,
	"nopoll":                          inGlobal,
	"noreuseport":                     inGlobal,
	"nosplice":                        inGlobal,
	"numa-cpu-mapping":                inGlobal,
	"pidfile":                         inGlobal,
	"presetenv":                       inGlobal,
	"profiling.tasks":                 inGlobal,
	"quiet":                           inGlobal,
	"resetenv":                        inGlobal,
	"server-state-base":               inGlobal,
	"server-state-file":               inGlobal,
	"set-dumpable":                    inGlobal,
	"set-var":                         inGlobal,
	"set-var-fmt":                     inGlobal,
	"setenv":                          inGlobal,
	"spread-checks":                   inGlobal,
	"ssl-default-bind-ciphers":        inGlobal,
	"ssl-default-bind-ciphersuites":   inGlobal,
	"ssl-default-bind-curves":         inGlobal,
	"ssl-default-bind-options":        inGlobal,
	"ssl-default-server-ciphers":      inGlobal,
	"ssl-default-server-ciphersuites": inGlobal,
	"ssl-default-server-options":      inGlobal,
	"ssl-dh-param-file":               inGlobal,
	"ssl-load-extra-files":            inGlobal,
	"ssl-mode-async":                  inGlobal,
	"ssl-server-verify":               inGlobal,
	"strict-limits":                   inGlobal,
	"thread-group":                    inGlobal,
	"thread-groups":                   inGlobal,
	"uid":                             inGlobal,
	"ulimit-n":                        inGlobal,
	"unix-bind":                       inGlobal,
	"unsetenv":                        inGlobal,
	"user":                            inGlobal,
	"wurfl-data-file":                 inGlobal,
	"zero-warning":                    inGlobal,
}

// extra judges the lines of a user: each must be one line, and must stay in its
// section.
func (v *validator) extra(p *field.Path, lines []string, where place) {
	open := 0
	for i, line := range lines {
		words, err := splitWords(line)
		if err != nil {
			v.invalid(p.Index(i), line, "%v", err)
			continue
		}
		if strings.ContainsFunc(line, func(r rune) bool { return isControl(r) && r != '\t' }) {
			v.invalid(p.Index(i), line, "must be a single line without control characters")
		}
		if len(words) == 0 {
			continue
		}
		open = v.block(p.Index(i), line, words[0], open)
		v.directive(p.Index(i), line, words, where)
	}
	if open > 0 {
		v.invalid(p, lines, "a .if is never closed; add .endif")
	}
}

// block follows .if and .endif: they must close within the section.
func (v *validator) block(p *field.Path, line, word string, open int) int {
	switch word {
	case ".if":
		return open + 1
	case ".elif", ".else":
		if open == 0 {
			v.invalid(p, line, "stands outside of .if and .endif")
		}
	case ".endif":
		if open == 0 {
			v.invalid(p, line, "closes no .if")
			return 0
		}
		return open - 1
	}
	return open
}

func (v *validator) directive(p *field.Path, line string, words []string, where place) {
	name := keyword(words)
	if slices.Contains(sections, name) {
		v.invalid(p, line, "would begin a section of its own; this line belongs into %s", where)
		return
	}
	if places, known := directives[name]; known && places&where == 0 {
		v.invalid(p, line, "%s is no directive of %s", name, where)
	}
}

// unknown gives the directive of a line that this package does not know.
func unknown(line string) (string, bool) {
	words, err := splitWords(line)
	if err != nil || len(words) == 0 {
		return "", false
	}
	name := keyword(words)
	_, known := directives[name]
	return name, !known && !slices.Contains(sections, name) && name[0] != '.' && !strings.HasPrefix(name, "tune.")
}

// keyword gives the directive of a line, behind a "no" or "default".
func keyword(words []string) string {
	if len(words) > 1 && (words[0] == "no" || words[0] == "default") {
		return words[1]
	}
	return words[0]
}
