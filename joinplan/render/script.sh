# What stands above is of the plan; what follows here is the same in all scripts.

usage() {
	cat <<END
$0 carries out what the plan "$plan" has for the host $host.

  sh $0                  as far as nothing on another host must be done before
  sh $0 STEP...          the same, and go on with these steps: what they need on
                         other hosts is done, and its checks hold
  sh $0 --done STEP...   take these steps as done: they were done by hand
  sh $0 --anew           forget what was done, and carry the plan out once more
  sh $0 --steps          print the steps, and which of them are done

Run it as root on $host. The files of the plan for $host are read from
$files and $here, as the plan's bundle has them. What is done is kept in
$state, and is not done again; where one step shall be done
again, remove its file there.

Exit status: 0 all is done; 1 something failed; 2 wrong usage; 3 it waits for
another host or for a person, and has said for what.
END
}

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

fail() {
	complain "$*"
	exit 1
}

newline='
'
current='' cleanup='' mark='' reasons='' elsewhere='' hand=no waits=no listing=no worked=no confirmed='' already=no half=no

# ended says what to do when a command failed.
ended() {
	status=$?
	trap '' HUP INT TERM
	[ -z "$cleanup" ] || "$cleanup" || complain "What step $current takes away at its end is still there."
	cleanup=''
	if [ "$status" -ne 0 ] && [ -n "$current" ]; then
		complain "Step $current is not done (exit status $status). Mend what is wrong and run this script again: what is done is not done again."
	fi
}

# is_step tells whether a word is a step of this host.
is_step() { printf '%s\n' "$steps" | grep -qxF -- "$1"; }

# mark_of gives the name of a step's file in the state directory.
mark_of() { printf '%s' "$1" | tr -c 'A-Za-z0-9._-' _; }

is_done() { [ -e "$state/$(mark_of "$1").done" ]; }

arguments() {
	taken=no
	case ${1-} in
	-h | --help)
		usage
		exit 0
		;;
	--steps)
		listing=yes
		[ $# -eq 1 ] || wrong "--steps stands alone"
		return
		;;
	--anew)
		[ $# -eq 1 ] || wrong "--anew stands alone"
		shift
		rm -rf "$state"
		;;
	--done)
		taken=yes
		shift
		[ $# -gt 0 ] || wrong "--done needs a step"
		;;
	esac
	for word in "$@"; do
		is_step "$word" || wrong "$host has no step $word"
	done
	mkdir -p "$state"
	chmod 700 "$state"
	for word in "$@"; do
		confirmed=$confirmed$newline$word
		if [ $taken = yes ]; then
			note "$(mark_of "$word")"
			say "Taken as done: $word"
		fi
	done
}

wrong() {
	complain "$*"
	usage >&2
	exit 2
}

# step STEP TITLE begins what is said of a step.
step() {
	id=$1 title=$2 mark=$(mark_of "$1") reasons='' elsewhere='' hand=no
}

# after STEP: a step of this host that comes first.
after() {
	is_done "$1" || reasons="$reasons$newline  step $1 on this host"
}

# other WHAT: something on another host that comes first.
other() {
	case "$confirmed$newline" in
	*"$newline$id$newline"*) ;;
	*) elsewhere="$elsewhere$newline  $1" ;;
	esac
}

# brought WHAT FILE: a file from another host that must lie beside the script.
brought() {
	[ -e "$files/$2" ] || reasons="$reasons$newline  $1 to $files/$2"
}

# missing WHAT: something that this script cannot bring about.
missing() { reasons="$reasons$newline  $1"; }

# person WHAT: the step itself is for a person to do.
person() {
	missing "$1"
	hand=yes
}

# ready tells whether the step is to be done now.
ready() {
	todo="$reasons$elsewhere"
	if [ $listing = yes ]; then
		if is_done "$id"; then say "done  $id"; else say "      $id"; fi
		return 1
	fi
	if is_done "$id"; then
		say "Done before: $id ($(cat "$state/$mark.done"))"
		return 1
	fi
	if [ -n "$todo" ]; then
		waits=yes
		say "Waiting: $id ($title). First:$todo"
		[ -z "$elsewhere" ] || say "  then go on with: sh $0 $id"
		[ $hand = no ] || say "  when that is done by hand: sh $0 --done $id"
		return 1
	fi
	current=$id worked=yes
	say "Step $id: $title"
}

finished() {
	note "$mark"
	current=''
}

# note MARK keeps that a step is done. The file is whole or not there.
note() {
	if ! date >"$state/$1.part" || ! mv "$state/$1.part" "$state/$1.done"; then
		rm -f "$state/$1.part"
		fail "It cannot be noted in $state what is done."
	fi
}

# finally COMMAND runs the function COMMAND at the end of the actions, whether
# they work or not.
finally() { cleanup=$1; }

# cleaned runs it now.
cleaned() {
	"$cleanup"
	cleanup=''
}

# there FILE refuses to go on without a file of the bundle.
there() { [ -e "$1" ] || fail "$1 is missing: put the files of the plan's bundle beside this script."; }

# place MASK FROM TO [-P] makes TO a copy of FROM, whole or not at all, without
# the rights in MASK. With -P a link is copied as a link.
place() {
	follow=${4--L}
	[ ! -d "$3" ] || [ -L "$3" ] || fail "$3 is a directory, and should be a file."
	rm -f "$3.haplane-new"
	if ! (umask "$1" && cp "$follow" "$2" "$3.haplane-new") || ! mv -f "$3.haplane-new" "$3"; then
		rm -f "$3.haplane-new"
		fail "$3 is as it was: it could not be written."
	fi
}

# put MODE FILE PATH puts a file of the plan in place.
put() {
	there "$files/$2"
	mkdir -p "$(dirname "$3")"
	cmp -s "$files/$2" "$3" || place 077 "$files/$2" "$3"
	chmod "$1" "$3"
}

# bring MODE FILE PATH puts a file or a directory of another host in place. No
# copy has a right that MODE or the original lacks.
bring() {
	there "$files/$2"
	mask=$(printf '%04o' "$((0777 & ~0$1))")
	if ! [ -d "$files/$2" ]; then
		mkdir -p "$(dirname "$3")"
		place "$mask" "$files/$2" "$3"
		return
	fi
	bring_list=$state/bring
	if ! (cd "$files/$2" && find . -type d) >"$bring_list.dirs" || ! (cd "$files/$2" && find . -type f -o -type l) >"$bring_list.files"; then
		fail "$files/$2 could not be read."
	fi
	while IFS= read -r name; do mkdir -p "$3/$name"; done <"$bring_list.dirs"
	while IFS= read -r name; do place "$mask" "$files/$2/$name" "$3/$name" -P; done <"$bring_list.files"
	rm -f "$bring_list.dirs" "$bring_list.files"
}

# holds_secrets FILE says which file of the bundle is of no more use.
holds_secrets() { say "  remove it, it holds credentials and nothing needs it any more: $files/$1"; }

# hosts_block NAME FILE [FORMER...] sets the block in /etc/hosts, and leaves the
# file alone where its markers are broken.
hosts_block() {
	block_name=$1 block_file=$2
	shift 2
	[ -e "$block_file" ] || fail "$block_file is missing: put the files of the plan's bundle beside this script."
	set_hosts_block "$block_name" "$block_file" /etc/hosts "$@"
}

# once NAME tells whether something that must not be done twice was not done.
once() { [ ! -e "$state/$mark.$1" ]; }

# holds COMMAND... tells whether something holds now, and says nothing.
holds() { "$@" >/dev/null 2>&1; }

# half_done COMMANDS refuses a machine that is half in a cluster.
half_done() {
	fail "kubeadm has been at work on this machine, and the machine does not say that it is in this cluster: an attempt failed half way, or it is in another cluster.
If it is in this cluster as it should be: sh $0 --done $id
If nothing on it is needed, clear that away and begin again:
$1"
}

# was_reset STEP refuses to go on where the step was done and its traces are
# gone.
was_reset() {
	is_done "$1" || return 0
	if [ ! -e /etc/kubernetes/kubelet.conf ]; then
		fail "Step $1 was done here, and /etc/kubernetes/kubelet.conf is gone: the machine was reset since. To begin anew: rm -r $state"
	fi
}

# keep COMMAND... runs a command that prints credentials into a file of root's.
keep() {
	say "  what it prints goes to $state/$mark.out, mode 0600"
	printed=$("$@")
	if ! printf '%s\n' "$printed" >"$state/$mark.out"; then
		rm -f "$state/$mark.out"
		fail "There is no room for what it printed."
	fi
	say "  the credentials in $state/$mark.out are for the steps that await them"
}

# ask EXPECT COMMAND... asks until the command succeeds.
ask() {
	expect=$1
	shift
	tries=${HAPLANE_TRIES:-60}
	until "$@" >"$state/check" 2>&1; do
		tries=$((tries - 1))
		if [ "$tries" -le 0 ]; then
			cat "$state/check" >&2
			fail "It does not hold: $expect"
		fi
		sleep 5
	done
}

# try EXPECT COMMAND... holds when the command succeeds.
try() {
	ask "$@"
	say "  holds: $expect"
}

# look EXPECT COMMAND...: what the command prints is for eyes.
look() {
	ask "$@"
	cat "$state/check"
	say "  look at it yourself: $expect"
}

# equals WANTS COMMAND... holds when what it prints is one line of WANTS.
equals() {
	wants=$1
	shift
	answer=$("$@") || return 1
	printf '%s\n' "$answer"
	case $answer in *"$newline"*) return 1 ;; esac
	printf '%s\n' "$wants" | grep -qxF -- "$answer"
}

# first_word WANTS COMMAND... holds when a line begins with a line of WANTS.
first_word() {
	wants=$1
	shift
	answer=$("$@") || return 1
	printf '%s\n' "$answer"
	printf '%s\n' "$answer" | awk '{ print $1 }' | grep -qxF -- "$wants"
}

# lacks WANTS COMMAND... holds when no line begins with a line of WANTS, up to a
# comma.
lacks() {
	wants=$1
	shift
	answer=$("$@") || return 1
	printf '%s\n' "$answer"
	! printf '%s\n' "$answer" | awk -F, '{ print $1 }' | grep -qxF -- "$wants"
}

# nodes STATE NAMES COMMAND... holds when the table of nodes has all the names,
# and where STATE is ready, each as Ready.
nodes() {
	want=$1 names=$2
	shift 2
	answer=$("$@") || return 1
	printf '%s\n' "$answer"
	{
		printf '%s\n' "$answer"
		echo
		printf '%s\n' "$names"
	} | awk -v want="$want" '
		!names && NF == 0 { names = 1; next }
		!names { there[$1] = $2; next }
		!($1 in there) || want == "ready" && there[$1] !~ /^Ready(,|$)/ { missing = 1; print "not yet: " $1 }
		END { exit missing }'
}

# end says how it went.
end() {
	[ $listing = no ] || exit 0
	rm -f "$state/check"
	if [ $waits = yes ]; then
		say "$host waits for what is said above."
		exit 3
	fi
	for word in "$state"/*.out; do
		[ -e "$word" ] || continue
		rm -f "$word"
		say "Removed, because nothing awaits it any more: $word"
	done
	say "Everything on $host is done."
	[ $worked = yes ] || say "Nothing was left to do. To carry the plan out once more: sh $0 --anew"
}

trap ended EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
