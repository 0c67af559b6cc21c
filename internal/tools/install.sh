#!/bin/sh
# install.sh PROGRAM:PACKAGE...: installs the Debian packages of the programs
# that are missing, where it can, and otherwise prints the one command that does.
set -eu
PATH=$PATH:/usr/sbin:/sbin
missing=
for pair in "$@"; do
	command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of packages
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
	exit 0
fi
echo "These programs, which the tests run, are missing. Run:" >&2
echo "sudo apt-get install -y$missing" >&2
exit 1
