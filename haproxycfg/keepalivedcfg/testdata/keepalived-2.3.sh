#!/bin/sh
# Unpacks Debian 13's keepalived 2.3 with the libraries it needs into a folder, beside whatever is installed,
# and prints the path of a program that runs it, as root of a user namespace at least. Nothing is installed. Needs apt, once,
# and the Debian mirror that this machine uses (MIRROR names another one).
# usage: KEEPALIVED_ALSO=$(testdata/keepalived-2.3.sh FOLDER) go test .
set -eu
folder=${1:?usage: keepalived-2.3.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
program=$folder/keepalived-2.3
if [ ! -x "$program" ]; then
	mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/root"
	mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)}
	cat > "$folder/apt/sources/trixie.sources" <<-SOURCES
		Types: deb
		URIs: $mirror
		Suites: trixie
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	SOURCES
	: > "$folder/apt/status"
	apt() {
		apt-get -q -y -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/sources" \
			-o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" \
			-o Dir::State::status="$folder/apt/status" "$@" >&2
	}
	apt update
	apt install --no-install-recommends --download-only keepalived
	for deb in "$folder"/apt/cache/archives/*.deb; do dpkg-deb -x "$deb" "$folder/root"; done
	libraries=$(dirname "$(find "$folder/root/usr/lib" -name libssl.so.3)")
	loader=$(find "$libraries" "$folder/root/usr/lib64" "$folder/root/lib64" -name 'ld-linux*' 2>/dev/null | head -n 1)
	cat > "$program.new" <<-PROGRAM
		#!/bin/sh
		# It reads how it was built from /etc/keepalived, in a mount namespace of its own.
		exec unshare -m sh -c 'mount --bind "\$0" /etc/keepalived && exec "\$@"' "$folder/root/etc/keepalived" \\
			"$loader" --library-path "$libraries" "$folder/root/usr/sbin/keepalived" "\$@"
	PROGRAM
	chmod +x "$program.new"
	mv "$program.new" "$program"
fi
"$program" -v 2>&1 | head -n 1 >&2
echo "$program"
