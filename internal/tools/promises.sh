#!/bin/sh
# promises.sh FILE: holds what go test printed of benchmarks to promises.txt. Of
# several runs the best counts. It fails where a promise is missed or not measured.
set -eu
awk -v module=github.com/haplane/haplane/ '
	FNR == NR {
		if ($0 !~ /^(#|$)/) { what[++n] = $1 " " $2 " " $3; rule[n] = $4; goal[n] = $5 }
		next
	}
	$1 == "pkg:" { package = substr($2, length(module) + 1) }
	/^Benchmark/ {
		name = substr($1, length("Benchmark") + 1)
		sub(/-[0-9]+$/, "", name)
		for (i = 3; i < NF; i += 2) {
			key = package " " name " " $(i + 1)
			if (!(key in least) || $i + 0 < least[key]) least[key] = $i + 0
			if (!(key in most) || $i + 0 > most[key]) most[key] = $i + 0
		}
	}
	END {
		print "| package | benchmark | unit | measured | promised | |\n|---|---|---|--:|--:|---|"
		for (i = 1; i <= n; i++) {
			split(what[i], part, " ")
			value = "–"; verdict = "**not measured**"
			if (what[i] in least) {
				value = rule[i] == "<=" ? least[what[i]] : most[what[i]]
				kept = rule[i] == "<=" ? value <= goal[i] : value >= goal[i]
				verdict = kept ? "met" : "**missed**"
			}
			if (verdict != "met") bad++
			printf "| `%s` | %s | %s | %s | %s %s | %s |\n", part[1], part[2], part[3], value, rule[i] == "<=" ? "at most" : "at least", goal[i], verdict
		}
		exit bad > 0
	}
' "$(dirname "$0")/promises.txt" "$1"
