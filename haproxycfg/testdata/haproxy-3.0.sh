#!/bin/sh
# Unpacks Debian 13's HAProxy 3.0 with the libraries it needs into a folder, beside whatever is installed,
# and prints the path of a program that runs it. Nothing is installed. Needs apt, once,
# and the Debian mirror that this machine uses (MIRROR names another one).
# usage: HAPROXY_ALSO=$(testdata/haproxy-3.0.sh FOLDER) go test .
set -eu
folder=${1:?usage: haproxy-3.0.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
program=$folder/haproxy-3.0
if [ ! -x "$program" ]; then
	mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/debs" "$folder/root"
	mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)}
	cat > "$folder/apt/sources/trixie.sources" <<-SOURCES
		Types: deb
		URIs: $mirror
		Suites: trixie
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	SOURCES
	apt() {
		apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/sources" \
			-o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" "$@" >&2
	}
	apt update
	(
		cd "$folder/debs"
		for package in haproxy libc6 libcrypt1 libgcc-s1 libjemalloc2 liblua5.4-0 libopentracing1 \
			libopentracing-c-wrapper0t64 libpcre2-8-0 libssl3t64 libstdc++6 libzstd1 zlib1g; do
			apt download "$package/trixie"
		done
		for deb in *.deb; do dpkg-deb -x "$deb" "$folder/root"; done
	)
	libraries=$(dirname "$(find "$folder/root/usr/lib" -name libssl.so.3)")
	loader=$(find "$libraries" "$folder/root/usr/lib64" "$folder/root/lib64" -name 'ld-linux*' 2>/dev/null | head -n 1)
	cat > "$program.new" <<-PROGRAM
		#!/bin/sh
		exec "$loader" --library-path "$libraries" "$folder/root/usr/sbin/haproxy" "\$@"
	PROGRAM
	chmod +x "$program.new"
	mv "$program.new" "$program"
fi
"$program" -v >&2
echo "$program"
