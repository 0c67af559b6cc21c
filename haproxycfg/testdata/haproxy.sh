#!/bin/sh
# Unpacks other HAProxys with the libraries that they need into a folder, beside whatever is installed, and prints
# the paths of programs that run them, joined with colons. They are the packages of later Debian suites: 3.0 of
# Debian 13, 3.2 of the testing suite, 3.4 of experimental. Nothing is installed. Needs apt, and the Debian mirror
# that this machine uses (MIRROR names another one).
# usage: HAPROXY_ALSO=$(testdata/haproxy.sh FOLDER 3.0 3.2 3.4) go test .
set -eu
usage='usage: haproxy.sh FOLDER RELEASE...'
folder=${1:?$usage}
: "${2:?$usage}"
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

unpack() {
	release=$1
	case $release in
	3.0) suites=trixie ;;
	3.2) suites=forky ;;
	3.4) suites='experimental sid' ;;
	*)
		echo "haproxy.sh: no Debian suite is known for HAProxy $release; there are 3.0, 3.2 and 3.4" >&2
		exit 1
		;;
	esac
	into=$folder/$release
	rm -rf "$into"
	mkdir -p "$into/sources" "$into/lists/partial" "$into/cache/archives/partial" "$into/root"
	mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)}
	cat > "$into/sources/debian.sources" <<-SOURCES
		Types: deb
		URIs: $mirror
		Suites: $suites
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	SOURCES
	# With a list of installed packages that is empty, apt fetches everything that HAProxy depends on.
	: > "$into/status"
	later() {
		apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$into/sources" \
			-o Dir::State::Lists="$into/lists" -o Dir::State::status="$into/status" -o Dir::Cache="$into/cache" \
			-o Acquire::Languages=none -o APT::Install-Recommends=false "$@" >&2
	}
	later update
	later install --yes --download-only --target-release "${suites%% *}" haproxy
	for deb in "$into"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$into/root"
	done
	rm -rf "$into/cache" "$into/lists"
	libraries=$(dirname "$(find "$into/root/usr/lib" -name libssl.so.3)")
	loader=$(find "$into/root/usr" "$into/root/lib64" -name 'ld-linux*' 2>/dev/null | head -n 1)
	found=$("$loader" --library-path "$libraries" "$into/root/usr/sbin/haproxy" -v)
	case $found in
	*"version $release."*) ;;
	*)
		echo "haproxy.sh: $suites has no HAProxy $release any more: $found" >&2
		exit 1
		;;
	esac
	cat > "$into/haproxy.new" <<-PROGRAM
		#!/bin/sh
		exec "$loader" --library-path "$libraries" "$into/root/usr/sbin/haproxy" "\$@"
	PROGRAM
	chmod +x "$into/haproxy.new"
	mv "$into/haproxy.new" "$into/haproxy"
}

programs=
for release in "$@"; do
	[ -x "$folder/$release/haproxy" ] || unpack "$release"
	"$folder/$release/haproxy" -v >&2
	programs=$programs:$folder/$release/haproxy
done
echo "${programs#:}"
