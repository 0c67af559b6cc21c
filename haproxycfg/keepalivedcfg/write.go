package keepalivedcfg

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bytes gives the file. Whatever a value holds, it stays one word of its line;
// that keepalived accepts it is what Validate says.
func (c Config) Bytes() []byte {
	w := &writer{}
	w.comment(c.Comment)
	if c.Global != (Global{}) {
		w.block(func() { c.Global.write(w) }, "global_defs")
	}
	for _, s := range c.Scripts {
		w.block(func() { s.write(w) }, "vrrp_script", s.Name)
	}
	for _, g := range c.Groups {
		w.block(func() { g.write(w) }, "vrrp_sync_group", g.Name)
	}
	for _, i := range c.Instances {
		w.block(func() { i.write(w) }, "vrrp_instance", i.Name)
	}
	return w.buf.Bytes()
}

// WriteTo writes the file in one Write.
func (c Config) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.Bytes())
	return int64(n), err
}

func (g Global) write(w *writer) {
	w.text("router_id", g.RouterID)
	if g.ScriptUser != "" {
		w.line(strings.Fields("script_user " + quote(g.ScriptUser) + " " + optional(g.ScriptGroup))...)
	}
	w.flag(g.ScriptSecurity, "enable_script_security")
}

func (s Script) write(w *writer) {
	if len(s.Command) > 0 {
		w.line("script", commandLine(s.Command))
	}
	w.seconds("interval", s.Interval)
	w.seconds("timeout", s.Timeout)
	w.number("fall", s.Fall)
	w.number("rise", s.Rise)
	w.flag(s.InitFail, "init_fail")
}

func (g SyncGroup) write(w *writer) {
	w.list("group", g.Instances)
	w.list("track_script", g.TrackScripts)
}

func (i Instance) write(w *writer) {
	w.text("state", string(i.State))
	w.flag(i.NoPreempt, "nopreempt")
	w.text("interface", i.Interface)
	w.number("virtual_router_id", i.RouterID)
	w.number("priority", i.Priority)
	w.number("version", i.Version)
	w.seconds("advert_int", i.AdvertInterval)
	if i.UnicastSource.IsValid() {
		w.line("unicast_src_ip", quote(i.UnicastSource.String()))
	}
	w.list("unicast_peer", texts(i.UnicastPeers))
	w.flag(i.CheckUnicastSource, "check_unicast_src")
	if i.Password != "" {
		w.block(func() {
			w.line("auth_type", "PASS")
			w.line("auth_pass", quoted(i.Password))
		}, "authentication")
	}
	w.list("virtual_ipaddress", texts(i.Addresses))
	w.list("track_script", i.TrackScripts)
}

// writer collects lines, indented by the depth of their block.
type writer struct {
	buf   bytes.Buffer
	depth int
}

func (w *writer) comment(text string) {
	if text == "" {
		return
	}
	for l := range strings.Lines(strings.TrimRight(text, "\n")) {
		w.line(strings.TrimRight("# "+printable(l), " "))
	}
}

// printable drops what could end a comment's line.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, line)
}

// line writes words that are quoted already.
func (w *writer) line(words ...string) {
	w.buf.WriteString(strings.Repeat("    ", w.depth) + strings.Join(words, " ") + "\n")
}

// block writes a block with what content writes, and an empty line before it
// where it stands at the top.
func (w *writer) block(content func(), words ...string) {
	if w.depth == 0 && w.buf.Len() > 0 {
		w.buf.WriteByte('\n')
	}
	for i := range words {
		words[i] = quote(words[i])
	}
	w.line(append(words, "{")...)
	w.depth++
	content()
	w.depth--
	w.line("}")
}

// list writes a block with a word on each line, if there is one.
func (w *writer) list(name string, words []string) {
	if len(words) == 0 {
		return
	}
	w.block(func() {
		for _, word := range words {
			w.line(quote(word))
		}
	}, name)
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.line(name, quote(value))
	}
}

func (w *writer) number(name string, value int) {
	if value != 0 {
		w.line(name, strconv.Itoa(value))
	}
}

func (w *writer) seconds(name string, value time.Duration) {
	if value != 0 {
		w.line(name, inSeconds(value))
	}
}

// inSeconds gives a time as a decimal fraction: 1, 0.25.
func inSeconds(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%09d", d/time.Second, d.Abs()%time.Second), "0"), ".")
}

func (w *writer) flag(on bool, name string) {
	if on {
		w.line(name)
	}
}

func optional(word string) string {
	if word == "" {
		return ""
	}
	return quote(word)
}

func texts[T fmt.Stringer](values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, v.String())
	}
	return all
}

// quote gives a word as it stands where it needs no quotes.
func quote(word string) string {
	if word != "" && strings.Trim(word, plainCharacters) == "" {
		return word
	}
	return quoted(word)
}

const plainCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/%-"

// quoted gives a word in double quotes, with keepalived's own escapes inside
// (keepalived.conf(5), "Quoted strings").
func quoted(word string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range word {
		switch {
		case isControl(r):
			fmt.Fprintf(&b, `\%03o`, r)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// commandLine gives a command in double quotes, with single quotes around those
// of its words that need them.
func commandLine(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = word
		if word == "" || strings.Trim(word, plainCharacters) != "" {
			all[i] = "'" + word + "'"
		}
	}
	return quoted(strings.Join(all, " "))
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
