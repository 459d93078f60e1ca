# shellcheck shell=sh
# Finds a Go toolchain that builds Hornet. Sourced after ci/lib/env.sh.

min_go=1.21

# go_fits PROGRAM
go_fits() {
	[ -x "$1" ] || return 1
	have=$("$1" env GOVERSION 2>/dev/null) || return 1
	have=${have#go}
	at_least "${have%%[!0-9.]*}" "$min_go"
}

# go_bin: the directory of the first toolchain that fits, or nothing. It is used as it is and downloads no other.
# STARDUST_GO, if it is set, names the go to use.
go_bin() {
	export GOTOOLCHAIN=local
	if [ -n "${STARDUST_GO:-}" ]; then
		! go_fits "$STARDUST_GO" || dirname "$STARDUST_GO"
		return
	fi
	on_path=$(command -v go || echo /nowhere/go)
	for bin in "${on_path%/go}" /usr/local/go/bin /usr/lib/go-*/bin "$HOME"/go/bin "$HOME"/sdk/go*/bin /snap/bin; do
		if go_fits "$bin/go"; then
			echo "$bin"
			return
		fi
	done
}
