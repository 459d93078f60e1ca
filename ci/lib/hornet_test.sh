# shellcheck shell=sh
# "ci/hornet test": the integration tests on networks of their own. Sourced by ci/hornet.

: "${root:?}"
cd "$root" || exit 1
ci/setup --hornet || exit 1
use_tools
cmd_install
logs=$root/target/ci-hornet
rm -rf "$logs"
mkdir -p "$logs"
# shellcheck source=ci/lib/check.sh
. ci/lib/check.sh

# Tests of ours in Rust that take a node from STARDUST_NODE and STARDUST_FAUCET. With --workspace: of one crate alone cargo
# would build all dependencies anew, with the features that it alone asks for.
rust_suites="ledger"

in_background=yes running='' devnet=''
# A service must not outlive this script, not even when it is killed.
! command -v setpriv >/dev/null || leash="setpriv --pdeathsig TERM"

# each COMMAND...: in a process group of its own, and without the lock
each() {
	# shellcheck disable=SC2086 # a command prefix or nothing
	exec $leash setsid "$@" 9>&-
}
cargo_test() { cd native && each cargo test --locked "$@"; }
over_inx() {
	export STARDUST_FEED=inx
	"$@"
}
java_it() {
	# the unit tests do not take a node, and formats are for ci/test to check
	each mvn -B -ntp -Dstyle.color=never -pl java/it,examples -am verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
		-Dspotless.check.skip \
		"-Dstardust.node=$node_url" "-Dstardust.faucet=$faucet_url"
}

network=''
end_test() {
	status=$?
	trap - EXIT INT TERM HUP
	if [ -n "$running" ]; then
		kill -TERM -- "-$running" 2>/dev/null || true
		wait "$running" 2>/dev/null || true
	fi
	[ -z "$devnet" ] || kill "$devnet" 2>/dev/null || true
	[ -z "$network" ] || end_network
	exit $status
}

# begin_network INTERVAL: a new one in a directory of its own; STARDUST_NODE and its like say where
begin_network() {
	interval=$1
	dir=$(mktemp -d "$root/target/hornet/test.XXXXXX")
	network=$dir
	take_dir
	say "starting a network with milestones every $interval"
	start_network
	eval "$(settings)"
}

end_network() {
	stop_all
	# what the services said is worth keeping, their ledger is not
	rm -rf "$logs/network"
	[ ! -d "$logs_of_services" ] || mv "$logs_of_services" "$logs/network"
	exec 9>&-
	rm -rf "$network"
	network=
}

# Networks of earlier runs that were killed: nobody holds their lock any more.
mkdir -p "$root/target/hornet"
for left in "$root"/target/hornet/test.*; do
	[ -e "$left" ] || continue
	exec 9>"$left/lock"
	if flock -n 9; then
		say "clearing away $left of a run that was killed"
		ledger=$left/ledger run=$left/run
		stop_all
		rm -rf "$left"
	fi
	exec 9>&-
done

on_exit end_test

check "ci/hornet: faults" step_counts each ci/lib/hornet_faults.sh

# with milestones on request only
begin_network 0
check "Hornet: conformance record" rust_counts cargo_test --workspace --test conformance -- --ignored
end_network

begin_network 1s
for suite in $rust_suites; do
	check "Hornet: $suite" rust_counts cargo_test --workspace --test "$suite" -- --include-ignored
done
check "Hornet: the ledger over INX" rust_counts over_inx cargo_test --workspace --test ledger -- --include-ignored
check "Hornet: Java end-to-end tests and examples" java_counts java_it
check "Hornet: guide" no_counts each ci/guide --node "$node_url" --faucet "$faucet_url"
end_network
# Tests that prune issue milestones faster than one a second, which moves the ledger's clock ahead for good;
# the foreign client refuses a clock that is minutes away from its own.
begin_network 1s
if reason=$(ci/foreign --check 2>&1); then
	check "Hornet: foreign client" step_counts each ci/foreign --node "$node_url" --faucet "$faucet_url"
	check "development node: foreign client" step_counts each ci/lib/with_devnet.sh ci/foreign --without-vaults
	reason=$(ci/foreign --check-wallet-rs 2>&1) || skip "foreign client: wallet.rs" "$reason"
else
	skip "foreign client" "$reason"
fi
end_network

# where every block needs a proof of work
min_pow_score=500
export STARDUST_MIN_POW_SCORE=$min_pow_score
begin_network 1s
check "Hornet: proof of work" rust_counts cargo_test --workspace --test ledger -- proof::
end_network
finish
