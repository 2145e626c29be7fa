# lib.sh: what the peer suites share: finding peers, skipping, comparing, counting, servers that end with the suite. Sourced.
exec </dev/null # nobody is asked
PATH=${RAIBID_PEERS:-$HOME/.cache/raibid-peers}/bin:$PATH
export PATH

need() { # PROGRAM…: skips the suite where one is missing
	for program; do
		command -v "$program" >/dev/null 2>&1 || {
			echo "SKIP: no $program here (tests/tools/peers installs it)"
			exit 77
		}
	done
}

work=$(mktemp -d)
pids=
cleanup() {
	for pid in $pids; do kill "$pid" 2>/dev/null; done
	for pid in $pids; do wait "$pid" 2>/dev/null; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

checks=0 failures=0
ok() { checks=$((checks + 1)); }
fail() { # MESSAGE…
	checks=$((checks + 1)) failures=$((failures + 1))
	echo "FAIL: $*"
}
same() { # WHAT GOT WANT
	if [ "$2" = "$3" ]; then ok; else
		fail "$1"
		printf '  got:  %s\n  want: %s\n' "$2" "$3"
	fi
}
contains() { # WHAT TEXT PART
	case $2 in
	*"$3"*) ok ;;
	*)
		fail "$1"
		printf '  got:  %s\n  want a part: %s\n' "$2" "$3"
		;;
	esac
}
finish() { # a suite that checked nothing has not passed
	echo "$checks checks, $failures failed"
	[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
	exit
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wait_for_port() { # PORT
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		sleep 0.05
	done
	echo "no server on port $1"
	return 1
}
