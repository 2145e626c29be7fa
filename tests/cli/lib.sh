# lib.sh: what the CLI suites share: a folder of their own, running the binary, comparing. Sourced.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
export HOME=$work/home XDG_CACHE_HOME=$work/cache PYTHONDONTWRITEBYTECODE=1
unset KUBECONFIG RAIBID_MIRROR REGISTRY NO_COLOR JUST_CHOOSER JUST_UNSTABLE
mkdir -p "$HOME"

checks=0 failures=0
fail() {
	checks=$((checks + 1)) failures=$((failures + 1))
	echo "FAIL: $*"
}
run() { # WORDS…: runs the binary; leaves $out, $err and $status
	"$RAIBID_RUN" "$@" >"$work/.out" 2>"$work/.err" </dev/null
	status=$?
	out=$(cat "$work/.out") err=$(cat "$work/.err")
}
same() { # WHAT GOT WANT
	checks=$((checks + 1))
	[ "$2" = "$3" ] || {
		failures=$((failures + 1))
		printf 'FAIL: %s\n  got:  %s\n  want: %s\n' "$1" "$2" "$3"
	}
}
has() { # WHAT TEXT PART
	checks=$((checks + 1))
	case $2 in *"$3"*) ;; *)
		failures=$((failures + 1))
		printf 'FAIL: %s\n  got:  %s\n  want a part: %s\n' "$1" "$2" "$3"
		;;
	esac
}
lacks() { # WHAT TEXT PART
	checks=$((checks + 1))
	case $2 in *"$3"*)
		failures=$((failures + 1))
		printf 'FAIL: %s\n  got:  %s\n  want no part: %s\n' "$1" "$2" "$3"
		;;
	esac
}
finish() { # a suite that checked nothing has not passed
	echo "$checks checks, $failures failed"
	[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
	exit
}
