#!/bin/sh
# api-changes.sh COMMIT: says what changed in the exported API since a commit,
# and which of it breaks importers.
set -eu
since=${1:?usage: api-changes.sh COMMIT}
root=$(git rev-parse --show-toplevel)
module=github.com/haplane/haplane
work=$(mktemp -d)
trap 'git worktree remove --force "$work/then"; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/then" "$since"
apidiff() {
	"${GO:-go}" tool -modfile="$root/internal/tools/go.mod" apidiff "$@"
}
(cd "$work/then" && apidiff -m -w "$work/then.export" $module)
cd "$root"
apidiff -m "$work/then.export" $module
