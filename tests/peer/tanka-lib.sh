# tanka-lib.sh: what the suites share that run real tk and ours on the same folders: small projects, and both commands on them. Sourced, after lib.sh.
export HOME=$work/home TANKA_DANGEROUS_ALLOW_REDIRECT=true
unset KUBECONFIG JSONNET_PATH
mkdir -p "$HOME"

# What differs by intent: tk's log lines (its fatal one is its error), its whole help after a wrong call, the random order in which it lists what an object lacks, and the frames of traces that are in the text of its std.
plain() { # FILE
	sed -e 's/^{"level":"fatal".*"message":"\(.*\)"}$/Error: \1/' -e '/^{"level":"\(info\|warn\)"/d' -e '/^Usage:/,$d' -e '/^	<std>:/d' -e '/^		$/d' "$1" |
		awk '/^  - /{l[n++]=$0;next} {sort_l();print} END{sort_l()} function sort_l(  i,j,t){for(i=0;i<n;i++)for(j=i+1;j<n;j++)if(l[j]<l[i]){t=l[i];l[i]=l[j];l[j]=t} for(i=0;i<n;i++)print l[i]; n=0}' |
		sed -e '/^$/d'
}
tree() { # DIR: names, modes and contents
	[ -e "$1" ] || return 0
	find "$1" | LC_ALL=C sort | while read -r f; do
		if [ -d "$f" ]; then stat -c 'dir %n' "$f"; else stat -c 'file %a %n' "$f" && cat "$f" && echo '$'; fi
	done
}
after= # a folder that the commands write: compared, and removed in between
peer() { # WORDS…: what tk makes of them
	local at
	tk "$@" >"$work/want.out" 2>"$work/want.err" </dev/null
	want="status $?"
	at=$(pwd)
	plain "$work/want.err" >"$work/want.plain"
	[ -z "$after" ] || { tree "$after" >"$work/want.tree" && rm -rf "$at/${after:?}" && restore; }
}
agree() {
	[ "$got" = "$want" ] && cmp -s "$work/want.out" "$work/got.out" && cmp -s "$work/want.plain" "$work/got.plain" && { [ -z "$after" ] || cmp -s "$work/want.tree" "$work/got.tree"; }
}
both() { # WORDS…
	local got want at tries
	peer "$@"
	at=$(pwd)
	"$RAIBID_RUN" --step "$@" >"$work/got.out" 2>"$work/got.err" </dev/null
	got="status $?"
	plain "$work/got.err" >"$work/got.plain"
	[ -z "$after" ] || { tree "$after" >"$work/got.tree" && rm -rf "$at/${after:?}" && restore; }
	# tk goes through Go's maps, so it does not always agree with itself: ours must be one of the results that it gives.
	for ((tries = 0; tries < 12; tries++)); do
		agree && break
		peer "$@"
	done
	same "$project: $*: status" "$got" "$want"
	cmp -s "$work/want.out" "$work/got.out" && ok || { fail "$project: $*: output"; diff "$work/want.out" "$work/got.out" | head -20; }
	cmp -s "$work/want.plain" "$work/got.plain" && ok || { fail "$project: $*: messages"; diff "$work/want.plain" "$work/got.plain" | head -20; }
	[ -z "$after" ] || { cmp -s "$work/want.tree" "$work/got.tree" && ok || { fail "$project: $*: files"; diff "$work/want.tree" "$work/got.tree" | head -20; }; }
}
restore() { :; }
project() { # NAME: a new folder with a root
	project=$1 after=
	restore() { :; }
	mkdir -p "$work/$1" && cd "$work/$1" || exit 1
	echo '{}' >jsonnetfile.json
}
file() { # PATH: from standard input
	mkdir -p "$(dirname "$1")" && cat >"$1"
}
show() { # PROGRAM: of environments/dev
	printf '%s\n' "$1" | file environments/dev/main.jsonnet
	both show environments/dev "${@:2}"
}
spec() { # JSON
	printf '%s\n' "$1" | file environments/dev/spec.json
}
object() { # KIND NAME [MORE METADATA]
	echo "{apiVersion:'v1',kind:'$1',metadata:{name:'$2'$3}}"
}
environment() { # NAME [DATA] [MORE METADATA] [MORE SPEC]
	echo "{apiVersion:'tanka.dev/v1alpha1',kind:'Environment',metadata:{name:'$1'$3},spec:{namespace:'ns-$1'$4},data:${2:-$(object ConfigMap x)}}"
}
one=$(object ConfigMap x)

