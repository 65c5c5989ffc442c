#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh [--kernel SERIES]... [TEST]...: build and test on each kernel
#
# For each kernel series (those of scripts/kernels.conf, unless named): prepares
# what is missing, builds without a warning, boots a VM and runs the selftests
# in it (all, or those named).  As many VMs run at once as there are processors,
# each with a part of one kernel's tests, the parts growing smaller to the end, so
# that no processor is left without work.  A VM that dies or hangs loses only the
# test that it was in: that one has failed, and a new VM goes on with the next.
#
# A test that failed is tried once more in a new VM after the others, unless the
# kernel complained or died, or the test is one of those that do something else each
# time: on a machine that others share, a packet may be later than any test waits.
# Both tries are shown, and the end says how many passed at the second one only.
#
# A kernel newer than all in kernels.conf is tried too when Debian's newest suite
# has one; it fails nothing.
#
# Unless tests were named, judges by the results what the RFCs require, see
# conformance.sh, which prints its rows into build/check/SERIES.conformance, and
# then compares the plugin for ip with iproute2's own
# tree after the patch (iproute2-patch/check).
#
# Prints one TAP stream, each test as it ends, with the seconds that it took, then
#   N passed, N failed, N skipped
# and fails if a test failed or none ran.  When a VM has ended, everything that was
# printed in it is in build/check/SERIES.log, the kernel's console in
# build/check/SERIES.console; build/check/times has the tests, the slowest first.
#
# OVL_CAPTURES=y keeps what named tests send, too, in build/check/SERIES.captures.
# VERBOSE=1 shows the diagnostics of tests that passed as well.
#
# Called by make check.

. "${BASH_SOURCE[0]%/*}/lib.sh"

LOGS=$OVL_TREE/build/check
# The longest silence of a VM: more than the longest test takes.
IDLE=${OVL_IDLE:-300}
# A VM is started for so many tests at least, if there are as many.
LEAST=3

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
	: > "$work/times"
	echo "TAP version 13"
	run_workers "${kernels[@]}"
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

run_workers() # SERIES...
{
	workers=$(nproc)
	mkdir "$work"/{todo,again,to_judge,busy}
	printf '%s\n' "$@" > "$work/to_build"
	for series; do
		: > "$LOGS/$series.log"
		: > "$LOGS/$series.console"
	done
	for ((worker = 0; worker < workers; worker++)); do
		# A process group for each, so that clean_up ends all of it.
		set -m
		work_on &
		set +m
	done
	wait
	for ((worker = 0; worker < workers; worker++)); do
		if [ ! -e "$work/done.$worker" ]; then
			series=worker\ $worker
			diagnostics=/dev/null
			emit "not ok" "check.sh itself (a bug in it)"
		fi
	done
}

# Print one result with its number, and what is in the diagnostics file if it
# is wanted.  One at a time, of all kernels.
emit() # "ok"|"not ok" NAME [DIRECTIVE [SECONDS]]
{
	local verdict=$1 name=$2 directive=${3:-} seconds=${4:-} kind=passed

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
		[ -z "$seconds" ] || echo "$seconds $series $name" >> "$work/times"
		if [ "$kind" != passed ] || [ -n "${VERBOSE:-}" ]; then
			cat "$diagnostics"
		fi
		directive+=${seconds:+${directive:+, }$seconds s}
		echo "$verdict $(cat "$work/count") $series: $name${directive:+ # $directive}"
	} 8> "$work/lock"
	: > "$diagnostics"
}

# In a process of its own for each worker, from here to summary.

work_on()
{
	local job

	diagnostics=$work/diagnostics.$worker
	log=$work/log.$worker
	: > "$diagnostics"
	while take_job; do
		"${job[@]}"
		rm "$work/busy/$worker"
	done
	touch "$work/done.$worker"
}

# What to do next: build for a kernel that nothing was built for yet, then tests,
# then those that failed, once more, then what the results tell.  Sets job of work_on, and series.  Fails when
# nothing is left and nobody is at work that may lead to more.
take_job()
{
	local none

	while none=; ! find_job_alone; do
		[ -n "$none" ] || sleep 0.5
		[ -z "$none" ] || return 1
	done
}

# One worker at a time.
find_job_alone()
{
	local found=1

	exec {lock}> "$work/queue"
	flock "$lock"
	if find_job; then
		echo "$series" > "$work/busy/$worker"
		found=0
	elif [ -z "$(ls "$work/busy")" ]; then
		none=y
	fi
	exec {lock}>&-
	return "$found"
}

find_job()
{
	local number

	if [ -s "$work/to_build" ]; then
		series=$(head -n 1 "$work/to_build")
		sed -i 1d "$work/to_build"
		job=(build_for)
	elif series=$(fullest todo); [ -n "$series" ]; then
		number=$(($(cat "$work"/todo/* | wc -l) / (2 * workers)))
		[ "$number" -ge "$LEAST" ] || number=$LEAST
		mapfile -t job < <(head -n "$number" "$work/todo/$series")
		sed -i "1,${number}d" "$work/todo/$series"
		job=(run_in_vms '' "${job[@]}")
	elif series=$(fullest again); [ -n "$series" ]; then
		mapfile -t job < "$work/again/$series"
		rm "$work/again/$series"
		job=(run_in_vms second "${job[@]}")
	elif series=$(all_tested); [ -n "$series" ]; then
		rm "$work/to_judge/$series"
		job=(check_rows)
	else
		return 1
	fi
}

# A series of which all results are there, when no tests are left to be taken.
all_tested()
{
	local file series

	for file in "$work"/to_judge/*; do
		series=${file##*/}
		if [ -e "$file" ] && ! grep -qsx "$series" "$work"/busy/*; then
			echo "$series"
			return 0
		fi
	done
}

# The series that has the most lines in its file.
fullest() # FOLDER
{
	local file lines most=0 found=''

	for file in "$work/$1"/*; do
		[ -e "$file" ] || continue
		lines=$(wc -l < "$file")
		if [ "$lines" -gt "$most" ]; then
			most=$lines
			found=${file##*/}
		fi
	done
	echo "$found"
}

build_for()
{
	local since=$SECONDS

	: > "$log"
	if has_moved_on "$series"; then
		emit ok build "SKIP Debian $(suite_of "$series") has a newer kernel by now"
	elif build_it; then
		emit ok build "" "$((SECONDS - since))"
		rm -rf "${LOGS:?}/$series.captures"
		[ "$named" = 1 ] || : > "$work/to_judge/$series"
		printf '%s\n' "${tests[@]}" > "$work/todo.$worker"
		mv "$work/todo.$worker" "$work/todo/$series"
	else
		emit "not ok" build
	fi
	keep_log
}

# Logs of workers come together in one for each series, a VM's in one piece.
keep_log()
{
	{
		flock 8
		cat "$log" >> "$LOGS/$series.log"
	} 8> "$work/lock"
	: > "$log"
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

run_in_vms() # ""|second TEST...
{
	second=$1
	shift
	remaining=("$@")
	barren=0
	while [ ${#remaining[@]} -gt 0 ] && [ "$barren" -lt 2 ]; do
		run_vm
	done
	lose_all "no VM comes as far as the first test"
}

# Run the remaining tests until the VM ends.  Memory is handed out as it is: what gets
# into an answer or a packet shall show.
run_vm()
{
	local output line status='' results=0 took='' out=() env=()

	if [ "$named" = 0 ] || [ -n "${OVL_CAPTURES:-}" ]; then
		out=(--out "$LOGS/$series.captures")
		env=(env OVL_CAPTURES=/out)
	fi
	exec {output}< <(
		"$OVL_SCRIPTS/vm.sh" --timeout 7200 --idle "$IDLE" "${out[@]}" \
			--append init_on_alloc=0 --console "$work/console.$worker" "$series" "${env[@]}" \
			selftests/run.sh "${remaining[@]}" 2> "$work/vm.$worker" |
			tee -a "$log" || status=${PIPESTATUS[0]}
		echo "@@vm ${status:-0}"
	)
	while IFS= read -r -u "$output" line; do
		case $line in
		"@@vm "*) status=${line#@@vm } ;;
		"ok "*|"not ok "*) take_result "$line" ;;
		"TAP version"*|1..*|'') ;;
		"# took "*" s") took=${line//[^0-9]/} ;;
		"#"*) echo "$line" >> "$diagnostics" ;;
		*) echo "# $line" >> "$diagnostics" ;;
		esac
	done
	exec {output}<&-
	cat "$work/vm.$worker" >> "$log"
	cat "$work/console.$worker" >> "$LOGS/$series.console"
	keep_log
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
		emit ok "$name" "${directive:-${second:+passed at the second try}}" "$took"
	elif [ -z "$second" ] && ! is_tried_once "$name" &&
	     ! grep -q 'the kernel says:' "$diagnostics"; then
		put_off "$name"
	else
		emit "not ok" "$name" "$directive" "$took"
	fi
	took=
	results=$((results + 1))
	for test in "${remaining[@]}"; do
		[ "$test" = "$name" ] || left+=("$test")
	done
	remaining=("${left[@]}")
}

# It failed, and gets its result at the second try.
put_off() # TEST
{
	{
		flock 8
		cat "$diagnostics"
		echo "# $series: $1 failed; it is tried once more after the others"
		echo "$series: $1" >> "$work/twice"
	} 8> "$work/lock"
	{
		flock 8
		echo "$1" >> "$work/again/$series"
	} 8> "$work/queue"
	: > "$diagnostics"
}

# How the VM ended concerns the first test that has no result.
judge_end() # STATUS
{
	if [ "$1" -lt 250 ]; then
		lose_all "run.sh ended with status $1 and said nothing of this test"
		return
	fi
	cat "$work/vm.$worker" >> "$diagnostics"
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

check_rows()
{
	local verdict=ok rows=$LOGS/$series.conformance

	"$OVL_SCRIPTS/conformance.sh" --judge "$series" > "$rows" 2>&1 ||
		verdict="not ok"
	sed '/^ok /d; s/^not/# not/; s/^[^#]/# &/' "$rows" > "$diagnostics"
	emit "$verdict" "conformance, $(tail -n 1 "$rows")"
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
	sort -rn "$work/times" > "$LOGS/times"
	if [ -s "$work/twice" ]; then
		echo "# tried twice: $(sort "$work/twice" | paste -sd, | sed 's/,/, /g')"
	fi
	[ "$failed" = 0 ] || say "all that was printed: build/check/SERIES.log"
	echo "$passed passed, $failed failed, $skipped skipped"
	# To have built is not to have tested.
	if [ "$failed" != 0 ] || ! grep -q '^passed .*\.sh' "$work/results"; then
		exit 1
	fi
}

main "$@"
