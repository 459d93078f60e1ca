# shellcheck shell=sh
# "ci/hornet test". Sourced by ci/hornet.
die "no tests yet"
