#!/bin/sh
# Succeeds where this machine's HAProxy serves port @PORT@: something listens there,
# HAProxy answers on its admin socket, and it is not stopping. It asks HAProxy
# alone and no API server: where all of those are down, another machine is no better.
# It gives up after @DEADLINE@ s: an HAProxy that hangs does not answer.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
socket=@SOCKET@

fail() {
	echo "$0: $*" >&2
	exit 1
}

# Succeeds where the HAProxy that answered is the last one that its parent started.
is_newest() {
	pid=${answer#*"Pid: "}
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v pid="${pid%%[!0-9]*}" '
		$2 == "(haproxy)" { parent[$1] = $4; started[$1] = $22 + 0 }
		END {
			if (!(pid in parent)) exit 1
			for (other in parent) if (parent[other] == parent[pid] && started[other] > started[pid]) exit 1
		}'
}

[ "${1-}" = within-deadline ] || exec timeout @DEADLINE@ "$0" within-deadline

grep -qsE '^ *[0-9]+: [0-9A-F]+:@HEXPORT@ [0-9A-F]+:0000 0A ' /proc/net/tcp /proc/net/tcp6 ||
	fail "nothing listens on port @PORT@"

if command -v socat >/dev/null; then
	answer=$(echo 'show info' | socat -t 9 - "UNIX-CONNECT:$socket")
elif command -v perl >/dev/null; then
	# shellcheck disable=SC2016 # the variables are perl's
	answer=$(perl -MSocket -e '
		socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack_sockaddr_un($ARGV[0])) or die "$ARGV[0]: $!\n";
		syswrite S, "show info\n";
		print while <S>' "$socket")
elif python=$(command -v python3 || command -v /usr/libexec/platform-python); then
	answer=$("$python" -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"show info\n")
sys.stdout.write(s.makefile().read())' "$socket")
else
	fail "socat, perl or python3 is needed to ask HAProxy; install one"
fi || fail "HAProxy does not answer on $socket"

# For a while after a reload the old process answers too. It stops for good only
# where there is no newer one.
case $answer in
*"Stopping: 0"*) ;;
*"Stopping: 1"*) is_newest && fail "HAProxy is stopping" ;;
*) fail "HAProxy does not say on $socket whether it is stopping" ;;
esac
exit 0
