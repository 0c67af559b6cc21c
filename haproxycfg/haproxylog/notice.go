package haproxylog

import (
	"strings"
)

// notice parses a message that is no log of a connection: what HAProxy says of
// its servers and proxies. A message that is none of these is HAProxy's only if
// its prefix shows it.
func notice(message []byte, p *prefix, e *Event) (known bool, err *syntaxError) {
	if !p.haproxy && !looksLikeNotice(message) {
		return false, nil
	}
	text := string(message)
	for _, parse := range noticeParsers {
		known, bad := parse(text, e)
		if bad != "" && p.haproxy {
			return true, &syntaxError{p.end, bad}
		}
		if known {
			e.Text = text
			return true, nil
		}
	}
	if !p.haproxy || text == "" {
		return false, nil
	}
	e.Text = text
	return true, nil
}

// looksLikeNotice looks at the first letters, so that the lines of other
// programs cost nothing.
func looksLikeNotice(message []byte) bool {
	if len(message) < 2 {
		return false
	}
	switch string(message[:2]) {
	case "Se", "Ba", "ba", "pr", "He", "Ag", "Pr", "St", "Pa", "En", "Re", "Co":
		return true
	}
	return false
}

// noticeParsers each try one kind of message: known says that it is of the kind
// and filled into the event, bad what is wrong with one that begins as the kind does.
var noticeParsers = []func(text string, e *Event) (known bool, bad string){
	parseServerChange, parseNoServer, parseCheck, parseProxyChange, parseConnect,
}

// parseNoServer reads "backend B has no server available!", in which standard
// error quotes the name, and a `listen` section is a proxy.
func parseNoServer(text string, e *Event) (bool, string) {
	subject, ok := strings.CutSuffix(text, " has no server available!")
	if !ok {
		return false, ""
	}
	kind, name, ok := strings.Cut(subject, " ")
	if !ok || kind != "backend" && kind != "proxy" || name == "" {
		return false, ""
	}
	e.Kind, e.NoServer = KindNoServer, &NoServer{strings.Trim(name, "'")}
	return true, ""
}

// proxyVerbs are what HAProxy does to a proxy, before its kind and name.
var proxyVerbs = map[string]ProxyState{
	"Pausing": ProxyPaused, "Paused": ProxyPaused,
	"Enabling": ProxyResumed, "Enabled": ProxyResumed, "Resuming": ProxyResumed, "Resumed": ProxyResumed,
	"Stopping": ProxyStopping, "Stopped": ProxyStopped,
}

// parseProxyChange reads "Proxy P started.", "Proxy P stopped (...).", and
// "Paused frontend P." and the like.
func parseProxyChange(text string, e *Event) (bool, string) {
	words := strings.Fields(text)
	if len(words) < 3 {
		return false, ""
	}
	var change ProxyChange
	state, isVerb := proxyVerbs[words[0]]
	switch kind := words[1]; {
	case words[0] == "Proxy" && words[2] == "started.":
		change = ProxyChange{words[1], ProxyStarted}
	case words[0] == "Proxy" && words[2] == "stopped":
		change = ProxyChange{words[1], ProxyStopped}
	case isVerb && (kind == "proxy" || kind == "frontend" || kind == "backend"):
		change = ProxyChange{strings.TrimSuffix(words[2], "."), state}
	default:
		return false, ""
	}
	e.Kind, e.Proxy = KindProxy, &change
	return true, ""
}

// parseConnect reads "Connect from A:P to A:P (FRONTEND/MODE)".
func parseConnect(text string, e *Event) (bool, string) {
	const form = "a line that begins with Connect from has no ADDRESS:PORT to ADDRESS:PORT (FRONTEND/MODE)"
	rest, ok := strings.CutPrefix(text, "Connect from ")
	if !ok {
		return false, ""
	}
	from, rest, ok1 := strings.Cut(rest, " to ")
	to, rest, ok2 := strings.Cut(rest, " (")
	where, _, ok3 := strings.Cut(rest, ")")
	slash := strings.LastIndexByte(where, '/')
	if !ok1 || !ok2 || !ok3 || slash <= 0 {
		return false, form
	}
	c := &Connect{Frontend: where[:slash], Mode: where[slash+1:]}
	var fine bool
	if c.Client, fine = parseAddrPort(from); !fine {
		return false, form
	}
	if c.Destination, fine = parseAddrPort(to); !fine {
		return false, form
	}
	e.Kind, e.Connect = KindConnect, c
	return true, ""
}
