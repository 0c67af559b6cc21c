#!/bin/sh
# new-kubernetes.sh 1.38.0: makes the conformance module of a release of
# Kubernetes out of the newest one before it (or moves it, where that minor version
# is there), and shows what changed in kubeadm between the two.
set -eu
to=${1:?usage: new-kubernetes.sh 1.38.0}
minor=$(echo "$to" | cut -d. -f2)
cd "$(dirname "$0")/../conformance"
last=$minor
while [ ! -d "kubeadm1_$last" ]; do
	last=$((last - 1))
	[ "$last" -gt 20 ] || { echo "there is no module to start from" >&2; exit 1; }
done
from=$(sed -n 's|^\tk8s.io/kubernetes v||p' "kubeadm1_$last/go.mod" | cut -d' ' -f1)
[ -d "kubeadm1_$minor" ] || cp -R "kubeadm1_$last" "kubeadm1_$minor"

source_of() {
	"${GO:-go}" mod download -json "k8s.io/kubernetes@v$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'
}
old=$(source_of "$from")
new=$(source_of "$to")

cd "kubeadm1_$minor"
sed -i -e "s/kubeadm1_$last/kubeadm1_$minor/g" -e "s/v${from}/v${to}/g" -e "s/uint($last)/uint($minor)/g" \
	-e "s/kubeadm 1\.$last\b/kubeadm 1.$minor/g" ./*.go
sed -i -e "s/kubeadm1_$last/kubeadm1_$minor/g" -e "s/v${from}/v${to}/g" -e "s/v0${from#1}/v0${to#1}/g" -e '/\/\/ indirect$/d' go.mod
sed -n 's#^\t\(k8s.io/[^ ]*\) v0\.0\.0$#\1#p' "$new/go.mod" | while read -r staged; do
	"${GO:-go}" mod edit -replace="$staged=$staged@v0${to#1}"
done
"${GO:-go}" mod tidy -e

echo "internal/conformance/kubeadm1_$minor checks the library against kubeadm $to. What changed since $from:"
for path in apis/kubeadm constants cmd/options features; do
	diff -ru --exclude='*_test.go' --exclude='zz_generated*' --exclude=fuzzer "$old/cmd/kubeadm/app/$path" "$new/cmd/kubeadm/app/$path" || true
done
cat <<NEXT

Now run the checks of the new module, which name every field, default and rule in which the library differs:
cd internal/conformance/kubeadm1_$minor && go vet ./... && go test ./...
Where an API version is new or gone, add it to its kubeadm_test.go or take it out. Then: the types in kubeadmcfg,
kubeadmcfg/release.go (which release reads which API version), CONFORMANCE in the Makefile, and CHANGELOG.md.
NEXT
