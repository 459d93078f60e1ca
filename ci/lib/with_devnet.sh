#!/bin/sh
# with_devnet.sh COMMAND...: runs it with "--node URL --faucet URL" of a development node that lives as long.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cargo build --manifest-path "$root/native/Cargo.toml" -p stardust-devnet --locked
work=$(mktemp -d)
node=''
finish() {
	status=$?
	trap - EXIT
	[ -z "$node" ] || kill "$node" 2>/dev/null || true
	rm -rf "$work"
	exit $status
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
# The node ends with its standard input, so also when this script is killed.
mkfifo "$work/alive"
"${CARGO_TARGET_DIR:-$root/native/target}/debug/stardust-devnet" --exit-with-stdin --milestone-interval 500ms \
	<"$work/alive" >"$work/where" 2>"$work/log" &
node=$!
exec 3>"$work/alive"
tries=0
until [ -s "$work/where" ]; do
	kill -0 "$node" 2>/dev/null || { cat "$work/log"; exit 1; }
	tries=$((tries + 1))
	[ $tries -lt 300 ] || { echo "the node did not start within 30 seconds"; exit 1; }
	sleep 0.1
done
where() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$work/where"; }
"$@" --node "$(where node)" --faucet "$(where faucet)" 3>&-
