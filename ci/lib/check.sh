# shellcheck shell=sh
# Runs checks one after the other and counts what they tested. Sourced by ci/test, with $logs set to an
# empty directory for their output.

: "${logs:?}"
passed=0 failed=0 summary='' skipped='' failures=''

# note RESULT NAME DETAIL: a line of the summary
note() {
	summary="$summary$(printf '%-8s %-34s %s' "$1" "$2" "$3")
"
	printf '%-8s %-34s %s\n' "$1" "$2" "$3"
}

# skip NAME REASON: a check that cannot be made here; it is named in the summary
skip() {
	skipped="$skipped  $1: $2
"
	note skipped "$1" "$2"
}

# rust_counts LOG, java_counts LOG: "PASSED FAILED SKIPPED", from what the test runner printed.
# Maven prints a line for each class, with the time it took, and one for each module, which is the one to add.
rust_counts() {
	awk '/^test result: / { p += $4; f += $6; s += $8 } END { print p + 0, f + 0, s + 0 }' "$1"
}
java_counts() {
	awk '/Tests run: / && !/Time elapsed/ {
		sub(/.*Tests run: /, ""); gsub(/[^0-9 ]/, ""); p += $1 - $2 - $3 - $4; f += $2 + $3; s += $4
	} END { print p + 0, f + 0, s + 0 }' "$1"
}
# step_counts LOG: of a script that prints "ok STEP" or "FAILED STEP"
step_counts() {
	awk '/^ok / { p++ } /^FAILED / { f++ } END { print p + 0, f + 0, 0 }' "$1"
}
# no_counts LOG: of a check that is a single one
no_counts() { echo 0 0 0; }

# skipped_tests LOG: the tests that the runner left out
skipped_tests() {
	sed -n -e 's/^test \(.*\) \.\.\. ignored.*/  \1/p' \
		-e '/Tests run:.*Skipped: [1-9].*Time elapsed/s/.* in \(.*\)/  some of \1/p' "$1"
}

# what_failed LOG: the tests that failed and what they said, or what the compiler said
what_failed() {
	awk '/^---- .* stdout ----$/ { show = 1 } /^failures:$/ { show = 0 } /^error(\[|:)/ { left = 12 }
		/^\[ERROR\] / || /^FAILED / || show || left > 0 { print substr($0, 1, 400); left-- }' "$1" | head -n 80
}

# check NAME COUNTS COMMAND...: COUNTS is one of the functions above. A check without tests counts as one,
# and one that fails without a failed test (it did not compile, it crashed) counts as one failure.
check() {
	name=$1 counts=$2
	shift 2
	log=$logs/$(echo "$name" | tr -c 'A-Za-z0-9\n' -).log
	start=$(date +%s)
	printf '%-8s %s\n' running "$name"
	status=0
	if [ -n "${in_background:-}" ]; then
		# so that a signal is answered at once, by who set this
		"$@" >"$log" 2>&1 </dev/null &
		running=$!
		wait $running || status=$?
		running=
	else
		"$@" >"$log" 2>&1 </dev/null || status=$?
	fi
	seconds=$(($(date +%s) - start))
	# shellcheck disable=SC2046 # three numbers
	set -- $("$counts" "$log")
	if [ "$counts" != no_counts ] && [ $(($1 + $2)) = 0 ] && [ $status = 0 ]; then
		echo "no tests were run" >>"$log"
		status=1
	fi
	if [ "$counts" = no_counts ] && [ $status = 0 ]; then set -- 1 0 0; fi
	if [ $status != 0 ] && [ "$2" = 0 ]; then set -- "$1" 1 "$3"; fi
	passed=$((passed + $1)) failed=$((failed + $2))

	detail="$seconds s"
	[ "$counts" = no_counts ] || detail="$1 passed, $2 failed, $3 skipped, $detail"
	if [ $status = 0 ] && [ "$2" = 0 ]; then
		note ok "$name" "$detail"
	else
		note FAILED "$name" "$detail"
		printf -- '--- the last lines of %s\n' "$log"
		tail -n 150 "$log"
		printf -- '---\n'
		failures="$failures--- $name
$(what_failed "$log")
"
	fi
	if [ "$3" != 0 ]; then
		skipped="$skipped$(skipped_tests "$log")
"
	fi
}

# finish: the summary, and what failed at its end, where it is looked for first; the status is that of the whole
finish() {
	printf '\n%s' "$summary"
	[ -z "$skipped" ] || printf '\nskipped:\n%s' "$skipped"
	[ -z "$failures" ] || printf '\nfailed:\n%s' "$failures"
	printf '\n%s passed, %s failed\n' "$passed" "$failed"
	[ "$failed" = 0 ]
}
