# shellcheck shell=sh
# Finds the tools that the other scripts use. Sourced by them, with $root set to the repository:
# sets JAVA_HOME and puts the Rust toolchain and the JDK that fit first on PATH. Installs nothing.

# A rustup that lacks the toolchain must say so, and not download one.
export RUSTUP_AUTO_INSTALL=0

: "${root:?}"
java_baseline=17
min_rust=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$root/native/Cargo.toml")

# at_least HAVE WANT: compares dotted versions
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# jdks: every JDK (a JRE is not one) in the usual places, one "MAJOR HOME" a line
jdks() {
	on_path=$(readlink -f "$(command -v javac || echo /nowhere/bin/javac)")
	for home in "${JAVA_HOME:-/nowhere}" "${on_path%/bin/javac}" /usr/lib/jvm/* /usr/local/lib/jvm/* \
		/opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
		if [ ! -x "$home/bin/javac" ] || [ ! -r "$home/release" ]; then continue; fi
		major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
		echo "${major:-0} $home"
	done
}

# jdk MAJOR: the home of a JDK of exactly that version, or nothing
jdk() {
	jdks | awk -v want="$1" '$1 == want { sub(/^[0-9]+ /, ""); print; exit }'
}

# jdk_for_build: the baseline, or else the oldest newer one (which compiles for the baseline's API)
jdk_for_build() {
	jdks | sort -s -n -k 1,1 | awk -v want="$java_baseline" '$1 >= want { sub(/^[0-9]+ /, ""); print; exit }'
}

# rust_fits DIR: a complete toolchain, new enough. The programs are run, because rustup leaves
# stand-ins in place of what it has not installed.
rust_fits() {
	[ -x "$1/rustc" ] && [ -x "$1/cargo" ] && [ -x "$1/rustfmt" ] && [ -x "$1/cargo-clippy" ] || return 1
	have=$("$1/rustc" --version 2>/dev/null | awk '{ print $2 }')
	at_least "${have%%-*}" "$min_rust" || return 1
	"$1/cargo" --version >/dev/null 2>&1 && "$1/rustfmt" --version >/dev/null 2>&1 &&
		PATH=$1:$PATH "$1/cargo-clippy" --version >/dev/null 2>&1
}

# rust_bin: the directory of the first toolchain that fits, or nothing
rust_bin() {
	on_path=$(command -v rustc || echo /nowhere/rustc)
	for bin in "${on_path%/rustc}" "${CARGO_HOME:-$HOME/.cargo}/bin" /usr/local/cargo/bin /usr/bin /usr/lib/rust-*/bin; do
		if rust_fits "$bin"; then
			echo "$bin"
			return
		fi
	done
}

# use_tools: what the scripts run after ci/setup has seen that everything is there
use_tools() {
	HOME=${HOME:-/root}
	JAVA_HOME=$(jdk_for_build)
	rust=$(rust_bin)
	PATH=${JAVA_HOME:+$JAVA_HOME/bin:}${rust:+$rust:}$PATH
	export HOME JAVA_HOME PATH
}
