# shellcheck shell=sh
# A private Stardust network of two Hornet nodes with coordinator, indexers and faucet, everything bound to
# 127.0.0.1. Sourced by ci/hornet, which sets:
#   dir      where the network is kept      programs  where hornet and extensions are
#   port     the first of its ports, or 0 for free ones
#   leash    a command prefix that ends a service when the script that started it is killed, or nothing
#   interval, min_pow_score, node_pow, wait_seconds
# The lock on $dir is file descriptor 9, which must not live on in a service.

: "${dir:?}" "${programs:?}" "${port:?}" "${interval:?}" "${min_pow_score:?}" "${node_pow:?}" "${wait_seconds:?}"
ledger=$dir/ledger run=$dir/run logs_of_services=$dir/logs
services="node1 node2 coordinator indexer1 indexer2 faucet" # in the order of their start

# Test keys, known to everybody: those of Hornet's own private_tangle folder.
coordinator_keys=651941eddb3e68cb1f6ef4ef5b04625dcf5c70de1fdc4b1c9eadb2c219c074e0ed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c,0e324c6ff069f31890d496e9004636fd73d8e8b5bea08ec58a4178ca85462325f6752f5f46a53364e2ee9c4d662d762a81efd51010282a75cd6bd03f28ef349c
p2p_key1=1f46fad4f538a031d4f87f490f6bca4319dfd0307636a5759a22b5e8874bd608f9156ba976a12918c16a481c38c88a7b5351b769adc30390e93b6c0a63b09b79
p2p_id1=12D3KooWSagdVaCrS14GeJhM8CbQr41AW2PiYMgptTyAybCbQuEY
p2p_key2=a06b288ce7fc3b6f1e716f6f7d72050b53417aae4b305a68883550a3bb28597f254b082515a79391a7f13009b4133851a0c4d48e0e948809c3b46ff3e2500b4f
p2p_id2=12D3KooWCKwcTWevoRKa2kEBputeGASvEBuDfRDSbe8t1DWugUmL
faucet_key=887844b1e6bf9ca9e0b57584656add4370dbb49a8cb79e2e3032229f30fd80359e3df559ad0de8e5fa019b9ea46d1ee40879f3f3f74594a3306de9dfd43dcd25
faucet_public_key=9e3df559ad0de8e5fa019b9ea46d1ee40879f3f3f74594a3306de9dfd43dcd25
# The first address, m/44'/4218'/0'/0'/0', of the mnemonic that the development node uses too.
wallet_mnemonic="giant dynamic museum toddler six deny defense ostrich bomb access mercy blood explain muscle shoot shallow glad autumn author calm heavy hawk abuse rally"
wallet_public_key=31f176dadf38cdec0eadd1d571394be78f0bbee3ed594316678dffc162a095cb
wallet_seed=52d23081a626b1eca34b63f1eaeeafcbd66bf545635befc12cd0f19926efefb0
wallet_amount=1000000000000
network_name=stardust-devnet hrp=tst

now() { date +%s%3N; }
get() { curl -sf --max-time 5 "$@"; }

# A pid file holds the pid and when that process began, so that no other process is taken for it.
began() {
	sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# pid_of SERVICE: its pid, if that process is alive
pid_of() {
	[ -s "$run/$1.pid" ] || return 1
	read -r known_pid known_began <"$run/$1.pid" || return 1
	[ -n "$known_began" ] && [ "$(began "$known_pid")" = "$known_began" ] || return 1
	case $(sed 's/^.*) //; s/ .*//' "/proc/$known_pid/stat" 2>/dev/null) in '' | Z) return 1 ;; esac
	echo "$known_pid"
}

# start SERVICE COMMAND...
start() {
	service=$1
	shift
	# shellcheck disable=SC2086 # leash is a command prefix or nothing
	(cd "$ledger" && exec $leash setsid "$@" >"$logs_of_services/$service.log" 2>&1 </dev/null 7>&- 9>&-) &
	echo "$! $(began $!)" >"$run/$service.pid"
}

# stop SERVICE: asks, and kills what has not ended after 30 seconds
stop() {
	if pid=$(pid_of "$1"); then
		kill "$pid" 2>/dev/null || true
		tries=0
		while pid_of "$1" >/dev/null && [ $tries -lt 600 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
		if pid_of "$1" >/dev/null; then
			say "$1 (pid $pid) did not stop within 30 s: killed"
			kill -9 "$pid" 2>/dev/null || true
			case $1 in node*) : >"$ledger/unclean" ;; esac
			sleep 0.2
		fi
	fi
	rm -f "$run/$1.pid"
}

# hold_nodes: nobody else stops or starts nodes meanwhile
hold_nodes() {
	mkdir -p "$run"
	exec 7>"$run/nodes.lock"
	flock -w "$wait_seconds" 7 || die "another ci/hornet is at work on the nodes in $dir"
}

# stop_all: the extensions before the nodes. Notes when a node had ended by itself: Hornet does not start
# on the database of a node that was killed.
stop_all() {
	hold_nodes
	if [ -e "$ledger/running" ]; then
		for service in node1 node2; do
			# a node that was stopped has left no such file
			if [ -e "$run/$service.pid" ] && ! pid_of $service >/dev/null; then : >"$ledger/unclean"; fi
		done
	fi
	for group in "faucet indexer1 indexer2 coordinator" "node1 node2"; do
		stopping=
		for service in $group; do
			stop "$service" &
			stopping="$stopping $!"
		done
		# shellcheck disable=SC2086 # pids
		wait $stopping
	done
	rm -f "$ledger/running"
	exec 7>&-
}

# fail SERVICE MESSAGE: with the end of the service's log
fail() {
	say "the last lines of $logs_of_services/$1.log:"
	tail -n 15 "$logs_of_services/$1.log" >&2 2>/dev/null || true
	[ "$fresh" = yes ] || say "if its ledger is damaged: \"ci/hornet reset\" throws it away, and the next start is from genesis"
	die "$2"
}

# wait_for WHAT SERVICE COMMAND...: until the command succeeds, the service ends or the time is up
wait_for() {
	what=$1 waited_for=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		pid_of "$waited_for" >/dev/null || fail "$waited_for" "$waited_for ended while waiting for $what"
		[ "$(now)" -lt "$deadline" ] || fail "$waited_for" "no $what within $wait_seconds s"
		sleep 0.05
	done
}

# choose_ports: into the file ports and into variables
choose_ports() {
	names="rest1 rest2 gossip1 gossip2 inx1 inx2 control api1 api2 faucet"
	if [ "$port" = 0 ]; then
		# shellcheck disable=SC2046 # numbers
		set -- $("$programs/extensions" ports 10)
	else
		# shellcheck disable=SC2046
		set -- $(seq "$port" $((port + 9)))
		busy=$("$programs/extensions" ports check "$@" | tr '\n' ' ')
		[ -z "$busy" ] || die "in use by another program: port $busy(the network wants ten from $port on; --port 0 takes free ones)"
	fi
	[ $# = 10 ] || die "no free ports"
	for name in $names; do
		echo "$name=$1"
		shift
	done >"$run/ports"
	read_ports
}

read_ports() {
	# shellcheck disable=SC1091 # written by choose_ports
	. "$run/ports"
	node_url=http://127.0.0.1:${rest1:?} node2_url=http://127.0.0.1:${rest2:?}
	faucet_url=http://127.0.0.1:${faucet:?} control_url=http://127.0.0.1:${control:?}
}

# write_config NUMBER REST_PORT GOSSIP_PORT INX_PORT
write_config() {
	cat >"$ledger/node$1.json" <<END
{
  "app": {"checkForUpdates": false, "shutdown": {"stopGracePeriod": "20s", "log": {"enabled": false}}},
  "node": {"profile": "2gb"},
  "protocol": {
    "targetNetworkName": "$network_name",
    "milestonePublicKeyCount": 2,
    "baseToken": {"name": "TestCoin", "tickerSymbol": "TEST", "unit": "TEST", "subunit": "testies", "decimals": 6, "useMetricPrefix": false},
    "publicKeyRanges": [
      {"key": "ed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c", "start": 0, "end": 0},
      {"key": "f6752f5f46a53364e2ee9c4d662d762a81efd51010282a75cd6bd03f28ef349c", "start": 0, "end": 0}
    ]
  },
  "db": {"engine": "pebble"},
  "p2p": {"bindMultiAddresses": ["/ip4/127.0.0.1/tcp/$3"], "reconnectInterval": "1s", "autopeering": {"enabled": false}},
  "snapshots": {"enabled": false, "downloadURLs": []},
  "pruning": {"milestones": {"enabled": false}, "size": {"enabled": false}},
  "warpsync": {"enabled": true},
  "restAPI": {
    "bindAddress": "127.0.0.1:$2", "publicRoutes": ["/health", "/api/*"], "protectedRoutes": [],
    "pow": {"enabled": $node_pow, "workerCount": 1}
  },
  "prometheus": {"enabled": false}, "profiling": {"enabled": false}, "debug": {"enabled": true},
  "inx": {"enabled": true, "bindAddress": "127.0.0.1:$4", "pow": {"workerCount": 1}}
}
END
}

write_configs() {
	write_config 1 "$rest1" "$gossip1" "$inx1"
	write_config 2 "$rest2" "$gossip2" "$inx2"
	for n in 1 2; do
		echo '{"peers": []}' >"$ledger/node$n/peering.json"
		# the other node has another port now
		rm -rf "$ledger/node$n/p2pstore"
	done
}

# address PUBLIC_KEY: in bech32
address() {
	"$programs/hornet" tool ed25519-addr --hrp "$hrp" --publicKey "$1" | sed -n 's/.*bech32 address: *//p' | tr -d ' \r'
}

# genesis: a new ledger. It counts as one only with the file addresses, which is written last.
genesis() {
	faucet_address=$(address $faucet_public_key) wallet_address=$(address $wallet_public_key)
	if [ -z "$faucet_address" ] || [ -z "$wallet_address" ]; then die "$programs/hornet gives no addresses"; fi
	rm -rf "$ledger"
	mkdir -p "$ledger/node1" "$ledger/node2"
	cat >"$ledger/protocol_parameters.json" <<END
{
  "version": 2, "networkName": "$network_name", "bech32HRP": "$hrp", "minPoWScore": $min_pow_score, "belowMaxDepth": 15,
  "rentStructure": {"vByteCost": 500, "vByteFactorData": 1, "vByteFactorKey": 10}, "tokenSupply": "2779530283277761"
}
END
	write_configs
	(
		cd "$ledger"
		"$programs/hornet" tool snap-gen --protocolParametersPath=protocol_parameters.json --mintAddress="$faucet_address" \
			--genesisAddresses="$wallet_address:$wallet_amount" --outputPath=node1/full_snapshot.bin
	) >"$ledger/genesis.log" 2>&1 || die "the genesis snapshot failed: $(tail -n 3 "$ledger/genesis.log")"
	cp "$ledger/node1/full_snapshot.bin" "$ledger/node2/"
	(
		cd "$ledger"
		COO_PRV_KEYS=$coordinator_keys "$programs/hornet" tool bootstrap-private-tangle --configFile=node1.json \
			--snapshotPath=node1/full_snapshot.bin --databasePath=node1/db --databaseEngine=pebble --cooStatePath=coordinator.state
	) >>"$ledger/genesis.log" 2>&1 || die "the first milestone failed: $(tail -n 3 "$ledger/genesis.log")"
	printf '%s\n' "faucet_address=$faucet_address" "wallet_address=$wallet_address" >"$ledger/addresses"
	fresh=yes
}

# prepare_ledger: from the last run, or a new one
prepare_ledger() {
	fresh=no
	if [ -e "$ledger/unclean" ]; then
		say "the last run was killed, and Hornet does not start on what a killed node leaves: starting from genesis"
		rm -rf "$ledger"
	fi
	if [ ! -s "$ledger/addresses" ]; then
		[ ! -e "$ledger" ] || say "the ledger in $ledger was never finished: starting from genesis"
		genesis
		return
	fi
	for file in coordinator.state node1/db node2/full_snapshot.bin; do
		[ -s "$ledger/$file" ] || die "the ledger in $ledger is damaged, $file is missing: \"ci/hornet reset\" throws it away"
	done
	write_configs
}

confirmed_index() { get "$node_url/api/core/v2/info" | sed -n 's/.*"confirmedMilestone":{"index":\([0-9]*\).*/\1/p'; }
node_answers() { get "$1/api/core/v2/info"; }
node_ready() { get "$1/api/core/v2/info" | grep -q '"isHealthy":true'; }
has_route() { get "$1/api/routes" | grep -q "\"$2\""; }
faucet_ready() { get "$faucet_url/api/info" | grep -q '"isHealthy":true'; }
confirmed_after() { [ "$(confirmed_index)" -gt "$1" ]; }

# Hornet makes nothing of a connection that comes up before its gossip does: the nodes are connected anew then.
both_ready() {
	if node_ready "$node_url" && node_ready "$node2_url"; then return; fi
	if [ "$(now)" -gt "$patience" ]; then
		reconnect
		patience=$(($(now) + 4000))
	fi
	return 1
}
reconnect() {
	get -X DELETE "$node_url/api/core/v2/peers/$p2p_id2"
	get -H 'Content-Type: application/json' -d "{\"multiAddress\":\"/ip4/127.0.0.1/tcp/$gossip2/p2p/$p2p_id2\"}" \
		"$node_url/api/core/v2/peers"
}

# start_node NUMBER KEY PEER
start_node() {
	start "node$1" "$programs/hornet" -c "$ledger/node$1.json" --peering="$ledger/node$1/peering.json" \
		--node.alias="hornet-$1" --db.path="$ledger/node$1/db" --p2p.db.path="$ledger/node$1/p2pstore" \
		--snapshots.fullPath="$ledger/node$1/full_snapshot.bin" --snapshots.deltaPath="$ledger/node$1/delta_snapshot.bin" \
		--p2p.identityPrivateKey="$2" --p2p.peers="$3" --p2p.peerAliases="hornet-$((3 - $1))"
}

start_first_node() { start_node 1 $p2p_key1 "/ip4/127.0.0.1/tcp/$gossip2/p2p/$p2p_id2"; }
start_second_node() { start_node 2 $p2p_key2 "/ip4/127.0.0.1/tcp/$gossip1/p2p/$p2p_id1"; }

# stop_second: the second node, and what depends on it
stop_second() {
	stop indexer2
	stop node2
}

# start_second: again, until it is healthy and has its indexer
start_second() {
	fresh=no
	deadline=$(($(now) + wait_seconds * 1000))
	patience=$(($(now) + 3000))
	if ! pid_of node2 >/dev/null; then
		start_second_node
		# the lock is held by a test run, which may be killed: then the node ends too
		if ! flock -n "$dir/lock" true; then outlive_not node2 & fi
	fi
	wait_for "answer of node 2" node2 node_answers "$node2_url"
	wait_for "healthy nodes" node2 second_ready
	pid_of indexer2 >/dev/null || start_second_indexer
	wait_for "indexer of node 2" indexer2 has_route "$node2_url" indexer/v1
}

# second_ready: a node that was started again is not healthy before it has seen a milestone, and none may come by itself
second_ready() {
	if node_ready "$node_url" && node_ready "$node2_url"; then return; fi
	if [ "$(now)" -gt "$patience" ]; then
		reconnect
		get -X POST "$control_url/milestones"
		patience=$(($(now) + 4000))
	fi
	return 1
}

# outlive_not SERVICE: stops it when nobody holds the lock on the directory any more
outlive_not() {
	exec >/dev/null 2>&1 7>&-
	read -r watched since <"$run/$1.pid"
	flock "$dir/lock" true
	[ "$(began "$watched")" != "$since" ] || kill "$watched"
}

# start_second_indexer: it reads the ledger at its start, so the node must have one
start_second_indexer() {
	start indexer2 "$programs/extensions" indexer -inx "127.0.0.1:${inx2:?}" -bind "127.0.0.1:${api2:?}"
}

# settings: by which tests find the network, as a shell reads them
settings() {
	quoted() { printf "%s='%s'\n" "$1" "$(printf '%s' "$2" | sed "s/'/'\\\\''/g")"; }
	quoted STARDUST_NODE "$node_url"
	quoted STARDUST_NODE_2 "$node2_url"
	quoted STARDUST_NODE_2_CONTROL "'$root/ci/hornet' node2 --dir '$dir'"
	quoted STARDUST_FAUCET "$faucet_url"
	quoted STARDUST_INX "http://127.0.0.1:${inx1:?}"
	quoted STARDUST_COORDINATOR "$control_url"
	echo "export STARDUST_NODE STARDUST_NODE_2 STARDUST_NODE_2_CONTROL STARDUST_FAUCET STARDUST_INX STARDUST_COORDINATOR"
}

# start_network: until both nodes are healthy and the faucet pays. On any failure nothing stays behind.
start_network() {
	begin=$(now)
	deadline=$((begin + wait_seconds * 1000))
	mkdir -p "$run" "$logs_of_services"
	choose_ports
	prepare_ledger
	starting=yes
	: >"$ledger/running"
	start_first_node
	start_second_node
	wait_for "answer of node 1" node1 node_answers "$node_url"
	wait_for "answer of node 2" node2 node_answers "$node2_url"
	before=$(confirmed_index)

	COO_PRV_KEYS=$coordinator_keys WALLET_SEED=$wallet_seed start coordinator "$programs/extensions" coordinator -inx "127.0.0.1:${inx1:?}" \
		-state "$ledger/coordinator.state" -interval "$interval" -control "127.0.0.1:$control"
	start indexer1 "$programs/extensions" indexer -inx "127.0.0.1:$inx1" -bind "127.0.0.1:${api1:?}"
	wait_for "confirmed milestone" coordinator confirmed_after "${before:-0}"
	wait_for "control routes" coordinator has_route "$node_url" devnet/v1
	patience=$(($(now) + 3000))
	wait_for "healthy nodes" node1 both_ready
	start_second_indexer
	wait_for "indexer of node 1" indexer1 has_route "$node_url" indexer/v1
	wait_for "indexer of node 2" indexer2 has_route "$node2_url" indexer/v1
	# the faucet looks for its funds with the indexer
	FAUCET_PRV_KEY=$faucet_key start faucet "$programs/extensions" faucet -inx "127.0.0.1:$inx1" -bind "127.0.0.1:$faucet"
	wait_for "healthy faucet" faucet faucet_ready
	starting=
	say "up in $(($(now) - begin)) ms"
}

all_run() {
	for service in $services; do pid_of "$service" >/dev/null || return 1; done
}
