#!/bin/sh
# Has a @WHAT@ say what haplane reads, into one file that only its owner can read:
#
#   ssh HOST sudo sh -s < THIS-SCRIPT > HOST.capture    or, on the machine,
#   sudo sh THIS-SCRIPT HOST.capture
#
# It changes nothing, and is meant for root. It leaves out:
@LEFT-OUT@
set -u
PATH=$PATH:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
HOME=/nonexistent # kubectl keeps no cache there
export PATH LC_ALL HOME
umask 077

file=${1-}
if [ -z "$file" ] && [ -t 1 ]; then
	file=./$(uname -n).capture
fi
if [ -n "$file" ]; then
	set -C
	if ! (: >"$file") 2>/dev/null; then
		echo "$0: $file is there already, or cannot be written; name another file" >&2
		exit 2
	fi
	set +C
	exec >"$file"
	echo "$0: writing $file" >&2
fi
exec 4>&1

# The filter puts "| " before every line, so that no line of a file looks like one
# of ours, and takes out what is secret. Its input ends with a dot of ours: a last
# line without a line feed gets "|~".
# shellcheck disable=SC2016 # the dollars are awk's
filter='
function out(s) { print (open ? "|~" : "| ") s }

# around replaces what the pattern matches, unless a character on either side
# shows that it is a part of something longer.
function around(s, pattern, outside,   done, before, after) {
	done = ""
	while (match(s, pattern)) {
		before = RSTART > 1 ? substr(s, RSTART - 1, 1) : substr(done, length(done))
		after = substr(s, RSTART + RLENGTH, 1)
		if ((before == "" || before !~ outside) && (after == "" || after !~ outside)) {
			done = done substr(s, 1, RSTART - 1) "(left out)"
			s = substr(s, RSTART + RLENGTH)
		} else {
			done = done substr(s, 1, RSTART)
			s = substr(s, RSTART + 1)
		}
	}
	return done s
}

# value gives a line of JSON or YAML, or an argument, with another value.
function value(s,   comma) {
	comma = (s ~ /,[ \t]*$/) ? "," : ""
	if (match(s, /^[ \t]*"[^"]*": /)) return substr(s, 1, RLENGTH) "\"(left out)\"" comma
	if (match(s, /^[ \t]*(- )?[A-Za-z0-9_.\/-]+: /)) return substr(s, 1, RLENGTH) "(left out)"
	if (match(s, /^[ \t]*"/)) return substr(s, 1, RLENGTH) "(left out)\"" comma
	match(s, /^[ \t]*(- )?/)
	return substr(s, 1, RLENGTH) "(left out)"
}

# without_keys gives text without private keys and signed tokens. A key goes on
# over lines.
function without_keys(s) {
	if (in_key) {
		if (s !~ /END [A-Z0-9 ]*PRIVATE KEY/) return "(left out)"
		in_key = 0
		sub(/.*PRIVATE KEY-*/, "(left out)", s)
	}
	while (match(s, /-*BEGIN [A-Z0-9 ]*PRIVATE KEY-*/)) {
		in_key = 1
		before = substr(s, 1, RSTART - 1) "(left out)"
		s = substr(s, RSTART + RLENGTH)
		if (!match(s, /-*END [A-Z0-9 ]*PRIVATE KEY-*/)) return before
		in_key = 0
		s = before substr(s, RSTART + RLENGTH)
	}
	if (in_encoded && s ~ /^[ \t]*[A-Za-z0-9+\/=]+[ \t\r]*$/) return "(left out)"
	in_encoded = (s ~ encoded)
	gsub(encoded, "(left out)", s)
	gsub(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/, "(left out)", s)
	return s
}

# secretive tells whether the text gives something that is called a secret a
# value, and not a file, a name or a yes or no.
function secretive(s,   name, rest) {
	s = tolower(s)
	while (match(s, /[a-z0-9_.-]*(passw|secret|token|credential|certificate-?key|api-?key)[a-z0-9_.-]*[^a-z0-9=:]?[ \t]*[=:][ \t]*"?/)) {
		name = substr(s, RSTART, RLENGTH)
		rest = substr(s, RSTART + RLENGTH)
		if (rest ~ /^[^] \t"{[,\\]/ && rest !~ /^(true|false)/ && name !~ /(file|path|name|ref|dir|ttl|seconds|id|version)[^a-z0-9=:]?[ \t]*[=:][ \t]*"?$/) return 1
		s = rest
	}
	return 0
}

function piece(s) {
	s = without_keys(s)
	s = around(s, token, "[a-z0-9.-]")
	s = around(s, key, "[0-9a-f:]")
	return secretive(s) ? value(s) : s
}

# guarded gives a line without what is secret. Where it is a string of JSON that
# holds lines, each of them is looked at.
function guarded(s,   n, i, lines, joined) {
	n = split(s, lines, /\\n/)
	if (n < 2) return piece(s)
	match(s, /^[ \t]*("[^"]*": )?"?/)
	joined = substr(s, 1, RLENGTH)
	lines[1] = substr(lines[1], RLENGTH + 1)
	for (i = 1; i <= n; i++) joined = joined (i > 1 ? "\\n" : "") (i < n ? piece(lines[i]) : lines[i] ~ /^",?$/ ? lines[i] : value_end(piece(lines[i]), lines[i]))
	return joined
}

# value_end sees that the last line of a string keeps its quote.
function value_end(s, was,   tail) {
	tail = was ~ /",$/ ? "\"," : was ~ /"$/ ? "\"" : ""
	return substr(s, length(s) - length(tail) + 1) == tail ? s : s tail
}

function kubeconfig(s) {
	if (s !~ /^[ \t]*(- )?(apiVersion|kind|clusters|cluster|server|certificate-authority|certificate-authority-data|name|contexts|context|user|users|namespace|current-context|tls-server-name|insecure-skip-tls-verify|preferences|client-certificate|client-key|tokenFile):( []["A-Za-z0-9+\/=._:@{}-]*)?[ \t\r]*$/) return
	if (s ~ /\{[^}]/ || s ~ encoded) return
	if (s ~ /^[ \t]*(- )?server: [^ ]/) found = 1
	out(guarded(s))
}

function certificate(s) {
	if (s ~ /-----BEGIN CERTIFICATE-----/) inside = 1
	if (inside) { found = 1; out(s) }
	if (s ~ /-----END CERTIFICATE-----/) inside = 0
}

# manifest is for static pods that kubeadm did not write. Of their arguments it
# passes addresses of API servers, of their environment the same. What it cannot
# follow line by line makes the file unread.
function manifest(s,   indent) {
	if (s ~ /^[ \t\r]*(#.*)?$/ || s ~ /^---/) return
	match(s, /^ */)
	indent = RLENGTH
	if (s ~ /\t/ || s ~ /^ *[^ A-Za-z-]/ || s ~ /: *[|>&*]/ || (s ~ /[[{]/ && s !~ /: *(\[\]|\{\})$/)) { bad = 1; return }
	if (annotated && indent <= annotations) annotated = 0
	if (s ~ /^ *(- )?annotations:/) { annotated = 1; annotations = indent; out(s); return }
	if (s !~ /^ *(- )?[A-Za-z0-9_.\/-]+:( |$)/) {
		if (s !~ /^ *- /) { bad = 1; return }
		if (next_is_address || s ~ address) {
			next_is_address = (s ~ address && s !~ /=/)
			out(guarded(s))
			return
		}
		out(value(s))
		return
	}
	next_is_address = 0
	if (annotated) { out(value(s)); return }
	if (s ~ /^ *(- )?name:/) last = s
	if (s ~ /^ *(- )?value:/ && last !~ /KUBERNETES_SERVICE_(HOST|PORT)"?[ \r]*$/) { out(value(s)); return }
	if (s ~ /^ *kind: *"?Pod/) found = 1
	out(guarded(s))
}

# pods passes lists of pods as JSON, with the same exceptions.
function pods(s) {
	if (s ~ /^        \{/) { control_plane = 0; last = "" }
	if (s ~ /"tier": "control-plane"/) control_plane = 1
	if (s ~ /"annotations": \{$/) { annotated = 1; out(s); return }
	if (annotated && s ~ /^ *\},?$/) { annotated = 0; out(s); return }
	if (annotated) { out(s ~ /"kubernetes\.io\/config\./ ? guarded(s) : value(s)); return }
	if (s ~ /"(args|command)": \[$/) { listed = 1; out(s); return }
	if (listed && s ~ /^ *\],?$/) { listed = next_is_address = 0; out(s); return }
	if (listed) {
		if (control_plane || next_is_address || s ~ address) {
			next_is_address = (s ~ address && s !~ /=/)
			out(guarded(s))
			return
		}
		out(value(s))
		return
	}
	if (s ~ /"name": /) last = s
	if (s ~ /^ *"value": / && last !~ /"KUBERNETES_SERVICE_(HOST|PORT)"/) { out(value(s)); return }
	if (s ~ /^ *"message": /) { out(value(s)); return }
	out(guarded(s))
}

# urls passes ConfigMaps as JSON, of whose data it keeps the addresses alone.
function urls(s,   found, rest, url, comma) {
	if (s ~ /"(data|binaryData|annotations)": \{$/) { listed = 1; out(s); return }
	if (listed && s ~ /^ *\},?$/) { listed = 0; out(s); return }
	if (!listed || s ~ /"KUBERNETES_SERVICE_(HOST|PORT)": "[A-Za-z0-9.:-]*",?$/) { out(guarded(s)); return }
	found = ""
	match(s, /^ *"[^"]*": "/)
	rest = substr(s, RLENGTH + 1)
	comma = (s ~ /,$/) ? "," : ""
	s = substr(s, 1, RLENGTH)
	while (match(rest, /https:\/\/[][A-Za-z0-9.:-]+/)) {
		url = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (substr(rest, 1, 1) != "@" && substr(rest, 1, 1) !~ /[%_~!$&*+,;=]/) found = found " " url
	}
	out(s "(left out)" found "\"" comma)
}

function line(s) {
	if (mode == "plain") out(without_keys(s))
	else if (mode == "guard") out(s ~ /last-applied-configuration/ ? value(s) : guarded(s))
	else if (mode == "kubeconfig") kubeconfig(s)
	else if (mode == "certificate") certificate(s)
	else if (mode == "manifest") manifest(s)
	else if (mode == "pods") pods(s)
	else if (mode == "urls") urls(s)
}

BEGIN {
	encoded = "[A-Za-z0-9+\/=]*(UFJJVkFURSBLRV|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)[A-Za-z0-9+\/=]*"
	letter = "[a-z0-9]"
	for (i = 0; i < 6; i++) token = token letter
	token = token "[.]"
	for (i = 0; i < 16; i++) token = token letter
	for (i = 0; i < 64; i++) key = key "[0-9a-f]"
	address = "--?(proxy-server-host|kube-api-url|k8s-api-server|k8s-api-server-urls|master|apiserver)(=|\"|\047|$)"
}
NR > 1 { line(held) }
{ held = $0 }
END {
	if (held != ".") {
		sub(/\.$/, "", held)
		open = 1
		line(held)
	}
	if (bad || !found && mode ~ /^(kubeconfig|certificate|manifest)$/) exit 3
}'

sections=0
section() {
	sections=$((sections + 1))
	printf '@ %s\n' "$*" >&4
}

# say MODE LABEL COMMAND...: what a command prints, what it complains of, and its
# exit status.
say() {
	mode=$1 label=$2
	shift 2
	command -v "$1" >/dev/null || return 0
	section "run $label"
	errors=$(
		{
			{
				timeout 60 "$@" </dev/null 2>&3
				printf '\n%s' "$?" >&3
				printf .
			} | awk -v mode="$mode" "$filter" >&4
		} 3>&1
	)
	status=${errors##*
}
	errors=${errors%
"$status"}
	[ -z "$errors" ] || { printf '%s.' "$errors" | awk -v mode=guard "$filter" | sed 's/^|./! /' >&4; }
	printf '@ exit %s\n' "$status" >&4
}

# keep MODE PATH...: files, with when they were changed. Names with characters
# that paths seldom have are left out.
keep() {
	mode=$1
	shift
	for path; do
		case $path in
		*[!A-Za-z0-9._/@+,=-]*) continue ;;
		esac
		if [ ! -e "$path" ]; then
			section "absent $path"
		elif [ -f "$path" ] && changed=$(stat -L -c %Y "$path") &&
			text=$({ cat "$path" && printf .; } 2>/dev/null | tr -d '\000' | awk -v mode="$mode" "$filter"); then
			section "file $changed $path"
			[ -z "$text" ] || printf '%s\n' "$text" >&4
		else
			section "unread $path"
		fi
	done
}

# there PATH...: those that are there, for names that may match nothing.
there() {
	mode=$1
	shift
	for found; do
		[ ! -e "$found" ] || keep "$mode" "$found"
	done
}

# tell LABEL FUNCTION: what a function prints.
tell() {
	section "run $1"
	{ "$2" && printf .; } | awk -v mode=plain "$filter" >&4
	echo '@ exit 0' >&4
}

# leftovers prints what a conversion that was interrupted may have left.
leftovers() {
	for path in /etc/kubernetes/pki-convert /etc/kubernetes/kubeadm-convert.yaml /etc/kubernetes/tmp /var/lib/haplane; do
		[ ! -e "$path" ] || find "$path" -xdev
	done
}

# processes prints the number, the name and the start, in seconds since 1970, of
# each process that this is about.
processes() {
	cat /proc/stat /proc/[0-9]*/stat 2>/dev/null | awk -v ticks="$(getconf CLK_TCK 2>/dev/null || echo 100)" '
		$1 == "btime" { boot = $2 }
		$2 ~ /^\((kube|etcd|haproxy|keepalived|containerd|crio)[a-z-]*\)$/ {
			printf "%d %s %d\n", $1, substr($2, 2, length($2) - 2), boot + $22 / ticks
		}'
}

printf 'haplane capture 1 @ROLE@ %s\n' "$(uname -n)" >&4
cat <<'LEFT-OUT' >&4
@LEFT-OUT@
LEFT-OUT
