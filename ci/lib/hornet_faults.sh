#!/bin/sh
# What ci/hornet does when something is wrong: it says so, and leaves no process behind. Prints "ok STEP" or
# "FAILED STEP" for each; the exit status is 0 only if nothing failed.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$root/target/hornet"
work=$(mktemp -d "$root/target/hornet/faults.XXXXXX")
failed=''
finish() {
	status=$?
	trap - EXIT
	for network in "$work"/*/; do "$root/ci/hornet" down --dir "$network" >/dev/null 2>&1; done
	rm -rf "$work"
	exit $status
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

hornet() { "$root/ci/hornet" "$@" >"$work/output" 2>&1 </dev/null; }
result() { # result STEP STATUS
	if [ "$2" = 0 ]; then
		echo "ok $1"
	else
		cat "$work/output"
		echo "FAILED $1"
		failed=yes
	fi
}
says() { grep -q -- "$1" "$work/output"; }
# processes DIR: those that run in it
processes() {
	for process in /proc/[0-9]*; do
		case $(readlink "$process/cwd" 2>/dev/null) in "$1"/*) echo "${process#/proc/}" ;; esac
	done
}
# refused TEXT: ended with 1, said TEXT, and nothing runs in $work/net
refused() {
	[ "$status" = 1 ] && says "$1" && [ -z "$(processes "$work/net")" ]
}
attempt() {
	status=0
	hornet "$@" || status=$?
}
up() { hornet up --dir "$work/net" --milestone-interval 0; }
# is_there PID: also as long as threads of it are, which hold its files and ports
is_there() {
	case $(sed 's/^.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) in
	'' | X) return 1 ;;
	Z)
		set -- "/proc/$1/task"/*
		[ $# -gt 1 ]
		;;
	esac
}
# kill_now PID...: and waits until they are gone
kill_now() {
	kill -9 "$@" 2>/dev/null
	tries=0
	for pid in "$@"; do
		while is_there "$pid" && [ $tries -lt 600 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
	done
}

mkdir "$work/other" && touch "$work/other/file"
attempt up --dir "$work/other"
refused "holds something else"
result "a directory of something else" $?

XDG_CACHE_HOME=$work/empty STARDUST_GO=/nowhere/go "$root/ci/hornet" up --dir "$work/net" >"$work/output" 2>&1
status=$?
refused "there is no Go"
result "no Go and no programs" $?

hornet up --dir "$work/first" --milestone-interval 0
port=$(sed -n 's/^rest1=//p' "$work/first/run/ports")
attempt up --dir "$work/net" --port "$port"
refused "in use by another program: port $port"
result "a port in use" $?
hornet down --dir "$work/first" && [ -z "$(processes "$work/first")" ]
result "down leaves nothing behind" $?

up && hornet status --dir "$work/net" && hornet down --dir "$work/net" && up
result "up, down and up again" $?
attempt up --dir "$work/net"
[ "$status" = 0 ] && says "already up"
result "up twice" $?

hornet node2 stop --dir "$work/net" && ! hornet status --dir "$work/net" &&
	hornet node2 start --dir "$work/net" && hornet status --dir "$work/net"
result "a node stopped and started" $?
hornet node2 stop --dir "$work/net" && hornet down --dir "$work/net" && up && ! says "starting from genesis"
result "up again with a node that was stopped" $?

# shellcheck disable=SC2046 # pids
kill_now $(processes "$work/net")
up && says "starting from genesis"
result "all processes killed" $?
kill_now "$(cut -d ' ' -f 1 "$work/net/run/node2.pid")"
up && says "starting from genesis"
result "one process killed" $?

hornet down --dir "$work/net"
attempt node2 start --dir "$work/net"
refused "does not run"
result "a node of a network that is down" $?
: >"$work/net/ledger/coordinator.state"
attempt up --dir "$work/net"
refused "is damaged"
result "a damaged coordinator state" $?
hornet reset --dir "$work/net" && up
result "up after a reset" $?
hornet down --dir "$work/net"
find "$work/net/ledger/node1/db" -type f -exec sh -c 'echo rubbish >"$1"' _ {} \;
attempt up --dir "$work/net"
refused "is damaged"
result "a damaged database" $?
hornet reset --dir "$work/net"
[ -z "$failed" ]
