#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh [--kernel SERIES]... [TEST]...: build and test on each kernel
#
# For each kernel series (those of scripts/kernels.conf, unless named): prepares
# what is missing, builds without a warning, boots a VM and runs the selftests
# in it (all, or those named).  As many kernels at once as there
# are processors.  A VM that dies or hangs loses only the test that it was in:
# that one has failed, and a new VM goes on with the next.
#
# A test that failed is tried once more in a new VM after the others, unless the
# kernel complained or died: on a machine that others share, a packet may be
# later than any test waits.  Both tries are shown, and the end says how many
# passed at the second one only.
#
# A kernel newer than all in kernels.conf is tried too when Debian's newest suite
# has one; it fails nothing.
#
# Then, unless tests were named, compares the plugin for ip with iproute2's own
# tree after the patch (iproute2-patch/check).
#
# Prints one TAP stream, each test as it ends, then
#   N passed, N failed, N skipped
# and fails if a test failed or none ran.  Everything that was printed in a VM is
# in build/check/SERIES.log, the kernel's console in build/check/SERIES.console.
#
# VERBOSE=1 shows the diagnostics of tests that passed as well.
#
# Called by make check.

. "${BASH_SOURCE[0]%/*}/lib.sh"

LOGS=$OVL_TREE/build/check
# The longest silence of a VM: more than the longest test takes.
IDLE=${OVL_IDLE:-300}

main()
{
	local kernels=() series test

	tests=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage; exit ;;
		--kernel) kernels+=("$2"); shift ;;
		-*) die "unknown option $1 (see --help)" ;;
		*) break ;;
		esac
		shift
	done
	named=$(($# > 0))
	[ $# -gt 0 ] || mapfile -t tests < <("$OVL_TREE/selftests/run.sh" -l)
	for test; do
		tests+=("${test%.sh}.sh")
	done
	[ ${#tests[@]} -gt 0 ] || die "selftests/run.sh -l lists no tests"
	for series in "${kernels[@]}"; do
		suite_of "$series" > /dev/null
	done
	[ ${#kernels[@]} -gt 0 ] || read -ra kernels <<< "$(default_kernels)"

	# Before the kernels run side by side: one apt at a time.
	need_programs qemu-system-x86_64:qemu-system-x86 mmdebstrap \
		mksquashfs:squashfs-tools cpio zstd xz:xz-utils

	mkdir -p "$LOGS"
	work=$(mktemp -d)
	trap clean_up EXIT
	echo 0 > "$work/count"
	: > "$work/results"
	echo "TAP version 13"
	run_at_once "$(nproc)" "${kernels[@]}"
	[ "$named" = 1 ] || check_ip
	summary
}

# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	local pid

	for pid in $(jobs -p); do
		kill -- "-$pid" 2> /dev/null || :
	done
	rm -rf "$work"
}

# Those that are supported, and what Debian's newest suite has beyond them.
default_kernels()
{
	local now

	now=$(series_of_newest_suite)
	if [ -n "$now" ] && is_newer_than_supported "$now"; then
		say "Debian $(newest_suite) has kernel $now, which is newer than" \
			"supported: its result is shown and fails nothing"
	else
		now=
	fi
	echo "$(supported_series | tr '\n' ' ')$now"
}

run_at_once() # NUMBER SERIES...
{
	local most=$1 series running=0

	shift
	for series; do
		if [ "$running" -ge "$most" ]; then
			wait -n || :
			running=$((running - 1))
		fi
		# A process group for each, so that clean_up ends all of it.
		set -m
		check_kernel "$series" &
		set +m
		running=$((running + 1))
	done
	wait
	for series; do
		if [ ! -e "$work/done.$series" ]; then
			diagnostics=/dev/null
			emit "not ok" "check.sh itself (a bug in it)"
		fi
	done
}

# Print one result with its number, and what is in the diagnostics file if it
# is wanted.  One at a time, of all kernels.
emit() # "ok"|"not ok" NAME [DIRECTIVE]
{
	local verdict=$1 name=$2 directive=${3:-} kind=passed

	case $verdict:$directive in
	*:SKIP*) kind=skipped ;;
	"not ok":*)
		kind=failed
		if is_newer_than_supported "$series"; then
			kind=skipped
			# TAP's word for a test that may fail; not to be taken for
			# unfinished work in this file.
			directive="TO""DO newer than supported"
		fi
		;;
	esac
	{
		flock 8
		echo $(($(cat "$work/count") + 1)) > "$work/count"
		echo "$kind $name" >> "$work/results"
		if [ "$kind" != passed ] || [ -n "${VERBOSE:-}" ]; then
			cat "$diagnostics"
		fi
		echo "$verdict $(cat "$work/count") $series: $name${directive:+ # $directive}"
	} 8> "$work/lock"
	: > "$diagnostics"
}

# In a process of its own for each series, from here to summary.

check_kernel() # SERIES
{
	series=$1
	log=$LOGS/$series.log
	diagnostics=$work/diagnostics.$series
	: > "$diagnostics"
	: > "$log"
	: > "$LOGS/$series.console"
	if has_moved_on "$series"; then
		emit ok build "SKIP Debian $(suite_of "$series") has a newer kernel by now"
	elif build_it; then
		emit ok build
		run_tests
	else
		emit "not ok" build
	fi
	touch "$work/done.$series"
}

build_it()
{
	# Progress on stderr as well as in the log; all of it with a failure.
	if "$OVL_SCRIPTS/build.sh" "$series" 2>&1 > /dev/null |
			tee -a "$log" | sed -u -n '/^# /p' >&2; then
		return 0
	fi
	sed '/^# /!s/^/# /' "$log" | tail -n 60 > "$diagnostics"
	return 1
}

run_tests()
{
	again=() second=
	run_in_vms "${tests[@]}"
	second=1
	run_in_vms "${again[@]}"
}

run_in_vms() # TEST...
{
	remaining=("$@")
	barren=0
	while [ ${#remaining[@]} -gt 0 ] && [ "$barren" -lt 2 ]; do
		run_vm
	done
	lose_all "no VM comes as far as the first test"
}

# Run the remaining tests until the VM ends.
run_vm()
{
	local output line status='' results=0

	exec {output}< <(
		"$OVL_SCRIPTS/vm.sh" --timeout 7200 --idle "$IDLE" \
			--console "$work/console.$series" "$series" \
			selftests/run.sh "${remaining[@]}" 2> "$work/vm.$series" |
			tee -a "$log" || status=${PIPESTATUS[0]}
		echo "@@vm ${status:-0}"
	)
	while IFS= read -r -u "$output" line; do
		case $line in
		"@@vm "*) status=${line#@@vm } ;;
		"ok "*|"not ok "*) take_result "$line" ;;
		"TAP version"*|1..*|'') ;;
		"#"*) echo "$line" >> "$diagnostics" ;;
		*) echo "# $line" >> "$diagnostics" ;;
		esac
	done
	exec {output}<&-
	cat "$work/vm.$series" >> "$log"
	cat "$work/console.$series" >> "$LOGS/$series.console"
	if [ "$results" = 0 ]; then
		barren=$((barren + 1))
	else
		barren=0
	fi
	judge_end "$status"
}

# A result line of run.sh: "ok 3 selftests: ovl: ping4.sh # SKIP why".
take_result() # LINE
{
	local verdict=ok rest name directive='' test left=()

	[ "${1%% *}" = ok ] || verdict="not ok"
	rest=${1#"$verdict" }
	name=${rest%% # *}
	[ "$name" = "$rest" ] || directive=${rest#* # }
	name=${name##* }
	if [ "$verdict" = ok ]; then
		emit ok "$name" "${directive:-${second:+passed at the second try}}"
	elif [ -z "$second" ] && ! grep -q 'the kernel says:' "$diagnostics"; then
		put_off "$name"
	else
		emit "not ok" "$name" "$directive"
	fi
	results=$((results + 1))
	for test in "${remaining[@]}"; do
		[ "$test" = "$name" ] || left+=("$test")
	done
	remaining=("${left[@]}")
}

# It failed, and gets its result at the second try.
put_off() # TEST
{
	again+=("$1")
	{
		flock 8
		cat "$diagnostics"
		echo "# $series: $1 failed; it is tried once more after the others"
		echo "$series: $1" >> "$work/again"
	} 8> "$work/lock"
	: > "$diagnostics"
}

# How the VM ended concerns the first test that has no result.
judge_end() # STATUS
{
	if [ "$1" -lt 250 ]; then
		lose_all "run.sh ended with status $1 and said nothing of this test"
		return
	fi
	cat "$work/vm.$series" >> "$diagnostics"
	if [ ${#remaining[@]} = 0 ]; then
		emit "not ok" "the VM after the last test"
	else
		lose "the VM did not survive this test"
	fi
}

# The first of the remaining tests gets no result from run.sh.
lose() # WHY
{
	echo "# $1" >> "$diagnostics"
	emit "not ok" "${remaining[0]}"
	remaining=("${remaining[@]:1}")
}

lose_all() # WHY
{
	while [ ${#remaining[@]} -gt 0 ]; do
		lose "$1"
	done
}

# Back in the first process.

# The plugin and the patch, which need no VM.
check_ip()
{
	local verdict=ok

	series=ip
	diagnostics=$work/diagnostics.ip
	make -s -C "$OVL_TREE/iproute2-patch" check > "$LOGS/ip.log" 2>&1 ||
		verdict="not ok"
	sed 's/^/# /' "$LOGS/ip.log" > "$diagnostics"
	emit "$verdict" "plugin and patch"
}

summary()
{
	local passed failed skipped

	passed=$(grep -c ^passed "$work/results" || :)
	failed=$(grep -c ^failed "$work/results" || :)
	skipped=$(grep -c ^skipped "$work/results" || :)
	echo "1..$(cat "$work/count")"
	if [ -s "$work/again" ]; then
		echo "# tried twice: $(sort "$work/again" | paste -sd, | sed 's/,/, /g')"
	fi
	[ "$failed" = 0 ] || say "all that was printed: build/check/SERIES.log"
	echo "$passed passed, $failed failed, $skipped skipped"
	# To have built is not to have tested.
	if [ "$failed" != 0 ] || ! grep -q '^passed .*\.sh' "$work/results"; then
		exit 1
	fi
}

main "$@"
