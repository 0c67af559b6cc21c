#!/bin/sh
# bench.sh DIRECTORY FILE: runs the benchmarks of a checkout and writes what go
# test prints of them to a file. BENCH selects benchmarks, BENCHCOUNT repeats them.
set -eu
cd "$1"
for module in . internal/conformance/kubeadm1_36 internal/conformance/kubeadm1_37; do
	(cd "$module" && "${GO:-go}" test -run '^$' -bench "${BENCH:-.}" -benchmem -count "${BENCHCOUNT:-1}" -p 1 -timeout 3h ./...)
done | tee "$2"
