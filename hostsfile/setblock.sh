# set_hosts_block NAME BLOCK HOSTS [FORMER...] puts the block in the file BLOCK,
# markers included, into the hosts file HOSTS, by the rule of File.SetBlock in the
# Go package hostsfile. Where that gives an error this one changes nothing and
# fails, and also where two programs read a file in two ways (carriage returns, a
# NUL, a byte-order mark). The words FORMER are names that the block had before.
#
# The whole new text is in HOSTS.haplane-new before HOSTS is touched, and the text
# before stays in HOSTS.haplane-old. Mode and owner stay. Where HOSTS is a link or
# a mount of its own it is written in place.
set_hosts_block() {
	set_hosts_name=$1 set_hosts_from=$2 set_hosts_file=$3
	shift 3
	set_hosts_former=$*
	set_hosts_new=$set_hosts_file.haplane-new set_hosts_old=$set_hosts_file.haplane-old
	if ! [ -f "$set_hosts_from" ]; then
		printf '%s\n' "$set_hosts_from is missing; nothing was written." >&2
		return 1
	fi
	if ! [ -e "$set_hosts_file" ]; then
		(umask 022 && : >"$set_hosts_file") || return 1
	fi
	set_hosts_bytes=$(wc -c <"$set_hosts_file") || return 1
	if [ "$(tr -d '\000' <"$set_hosts_file" | wc -c)" -ne "$set_hosts_bytes" ]; then
		printf '%s\n' "$set_hosts_file has a NUL. Mend it first; nothing was written." >&2
		return 1
	fi
	rm -f "$set_hosts_new"
	# The text is made twice: a full disk that cut the copy short is noticed.
	if ! set_hosts_copy "$set_hosts_file" "$set_hosts_new" ||
		! set_hosts_text >"$set_hosts_new" ||
		! set_hosts_text | cmp -s - "$set_hosts_new"; then
		rm -f "$set_hosts_new"
		printf '%s\n' "$set_hosts_file is as it was: the new text could not be made beside it." >&2
		return 1
	fi
	if cmp -s "$set_hosts_new" "$set_hosts_file"; then
		rm -f "$set_hosts_new"
		return 0
	fi
	rm -f "$set_hosts_old"
	if ! set_hosts_copy "$set_hosts_file" "$set_hosts_old" || ! cmp -s "$set_hosts_file" "$set_hosts_old"; then
		rm -f "$set_hosts_new" "$set_hosts_old"
		printf '%s\n' "$set_hosts_file is as it was: there is no room for a backup beside it." >&2
		return 1
	fi
	if ! [ -L "$set_hosts_file" ] && mv -f "$set_hosts_new" "$set_hosts_file" 2>/dev/null; then
		return 0
	fi
	if cat "$set_hosts_new" >"$set_hosts_file" && cmp -s "$set_hosts_new" "$set_hosts_file"; then
		rm -f "$set_hosts_new"
		return 0
	fi
	rm -f "$set_hosts_new"
	if cat "$set_hosts_old" >"$set_hosts_file" && cmp -s "$set_hosts_old" "$set_hosts_file"; then
		printf '%s\n' "$set_hosts_file is as it was: the new text could not be written." >&2
	else
		printf '%s\n' "$set_hosts_file could not be written whole: bring it back from $set_hosts_old." >&2
	fi
	return 1
}

# set_hosts_copy FROM TO copies a file with its mode, its owner and, where cp knows
# how, its security context.
set_hosts_copy() {
	if [ -L "$1" ]; then
		cp -p "$1" "$2"
	else
		cp -a "$1" "$2" 2>/dev/null || cp -p "$1" "$2"
	fi
}

# set_hosts_text prints the new text. The files go in through a pipe and the words
# through the environment, because awk reads backslashes in its operands.
set_hosts_text() {
	set_hosts_end=$(tail -c 1 "$set_hosts_file" && printf .) || return 1
	set_hosts_lines=$(wc -l <"$set_hosts_from") || return 1
	cat "$set_hosts_from" "$set_hosts_file" |
		SET_HOSTS_NAME=$set_hosts_name SET_HOSTS_FILE=$set_hosts_file SET_HOSTS_END=$set_hosts_end \
			SET_HOSTS_LINES=$set_hosts_lines SET_HOSTS_FORMER=$set_hosts_former LC_ALL=C awk '
	function broken(number, what) {
		print ENVIRON["SET_HOSTS_FILE"] ":" number ": " what " Mend it first; nothing was written." >"/dev/stderr"
		failed = 1
		exit 1
	}
	function trim(s) {
		sub(/^[ \t]+/, "", s)
		sub(/[ \t]+$/, "", s)
		return s
	}
	# marker reads a marker of ours into word and owner.
	function marker(s, words, count) {
		if (s !~ /^[ \t]*#[ \t]*(BEGIN|END)[ \t]+haplane([ \t]|$)/) return 0
		sub(/^[ \t]*#[ \t]*/, "", s)
		count = split(s, words, /[ \t]+/)
		if (count > 0 && words[count] == "") count--
		word = words[1]
		owner = words[3]
		if (count != 3 || length(owner) > 63 || owner !~ /^[A-Za-z0-9._-]+$/) owner = ""
		return 1
	}
	# foreign tells the marker of another tool.
	function foreign(s, lower) {
		if (s !~ /^[ \t]*#/) return 0
		gsub(/^[# \t]+|[# \t]+$/, "", s)
		lower = tolower(s)
		if (lower ~ /^vagrant-hostmanager-(start|end)/ || lower == "added by docker desktop" || lower == "end of section") return 1
		if (lower ~ /^(>>>|<<<) /) return 0
		return s ~ /(^|[^A-Za-z0-9])(BEGIN|END)([^A-Za-z0-9]|$)/
	}
	# entry reads a line into addr, name[1..names] and remark.
	function entry(s, at, parts, i) {
		at = index(s, "#")
		remark = at ? substr(s, at) : ""
		if (at) s = substr(s, 1, at - 1)
		names = split(trim(s), parts, /[ \t]+/) - 1
		addr = names < 0 ? "" : parts[1]
		if (names < 0) names = 0
		for (i = 1; i <= names; i++) name[i] = parts[i + 1]
	}
	function family(a) { return index(a, ":") ? 6 : 4 }
	function addresslike(a) {
		sub(/%.*/, "", a)
		return a ~ /^[0-9A-Fa-f.:]+$/ && a ~ /[.:]/
	}
	function emit(s) { out[++outs] = s }
	function copy(i) {
		emit(line[i])
		copied = i
	}
	# see looks at a line of the old block before any is judged.
	function see(s, i) {
		entry(s)
		if (addr == "" && top && (trim(s) in heading)) headings--
		if (addr != "") top = 0
		addr = tolower(addr)
		for (i = 1; i <= names; i++)
			if ((tolower(name[i]), addr) in own) there[tolower(name[i]), family(addr)] = 1
	}
	# keep emits what is left of a line of the old block.
	function keep(s, i, key, others, wrong, left) {
		entry(s)
		if (addr != "") top = 0
		if (addr == "") {
			s = trim(s)
			if (s == "" || (s in heading)) return
			if (top && headings > 0) {
				headings--
				return
			}
			emit(s)
			return
		}
		if (!addresslike(addr) || names == 0) {
			emit(s)
			return
		}
		others = wrong = ""
		left = 0
		for (i = 1; i <= names; i++) {
			key = tolower(name[i])
			if (((key, tolower(addr)) in own) || (key in former)) continue
			if ((key, family(addr)) in families) {
				if ((key, family(addr)) in there) wrong = wrong " " name[i]
				continue
			}
			others = others " " name[i]
			left++
		}
		if (wrong != "") emit("# " addr wrong)
		if (left == names) emit(s)
		else if (left > 0) {
			s = addr others " " remark
			sub(/ +$/, "", s)
			emit(s)
		} else if (remark != "" && !remarks) emit(marker(remark) ? "# " remark : remark)
	}
	function write(from, to, i) {
		for (i = 1; i <= blocks; i++) emit(block[i])
		top = 1
		for (i = from; i <= to; i++) see(line[i])
		top = 1
		for (i = from; i <= to; i++) keep(line[i])
	}
	NR <= ENVIRON["SET_HOSTS_LINES"] + 0 {
		block[++blocks] = $0
		next
	}
	{
		line[++lines] = $0
		if (lines == 1 && substr($0, 1, 3) == "\357\273\277") broken(1, "a byte-order mark.")
		if ($0 ~ /[\r\v\f]/) broken(lines, "a carriage return or another control character.")
	}
	END {
		if (failed) exit 1
		wanted = ENVIRON["SET_HOSTS_NAME"]
		if (blocks < 2 || !marker(block[1]) || word != "BEGIN" || owner != wanted || !marker(block[blocks]) || word != "END" || owner != wanted)
			broken(0, "the new block has no markers of " wanted ".")
		for (i = 2; i < blocks; i++) {
			entry(block[i])
			if (addr == "") {
				heading[trim(block[i])] = 1
				headings++
			}
			if (addr != "" && remark != "") remarks = 1
			for (j = 1; j <= names; j++) {
				own[tolower(name[j]), tolower(addr)] = 1
				families[tolower(name[j]), family(addr)] = 1
			}
		}
		count = split(ENVIRON["SET_HOSTS_FORMER"], parts, / +/)
		for (i = 1; i <= count; i++) if (parts[i] != "") former[tolower(parts[i])] = 1

		for (i = 1; i <= lines; i++) {
			if (!marker(line[i])) {
				if (inside != "" && foreign(line[i])) broken(i, "the marker of another tool inside block " inside ".")
				if (inside != wanted || inside == "") copy(i)
				continue
			}
			if (owner == "") broken(i, "a marker without a block name.")
			ours = owner == wanted
			if (word == "BEGIN") {
				if (inside != "") broken(i, "block " owner " begins inside block " inside ".")
				if (owner in seen) broken(i, "block " owner " stands here a second time.")
				seen[owner] = 1
				inside = owner
				begun = i
			} else {
				if (owner != inside) broken(i, "block " owner " ends here but begins nowhere.")
				inside = ""
				if (ours) write(begun + 1, i - 1)
			}
			if (!ours) copy(i)
		}
		if (inside != "") broken(begun, "block " inside " has no end.")
		open = lines > 0 && copied == lines && ENVIRON["SET_HOSTS_END"] != "\n."
		if (!(wanted in seen)) {
			write(1, 0)
			open = 0
		}
		for (i = 1; i < outs; i++) print out[i]
		if (outs > 0) printf "%s%s", out[outs], (open ? "" : "\n")
	}'
}
