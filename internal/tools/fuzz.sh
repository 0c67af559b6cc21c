#!/usr/bin/env bash
# fuzz.sh PACKAGE TARGET TIME: fuzzes one target. Inputs are hardly minimised, which
# takes longer than finding them where a reader is slow. Go before 1.27 may take the end
# of the time for a failure, one without an input (go.dev/issue/75804): that is
# tried once more.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
fuzz() {
	"${GO:-go}" test -run '^$' -fuzz "^$2\$" -fuzztime "$3" -fuzzminimizetime 1x "$1" 2>&1 | tee "$log"
}
ended_in_time() {
	grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log"
}
fuzz "$@" || { ended_in_time && fuzz "$@"; }
