#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-debug.sh [TEST]...: the selftests under the kernel's own checkers
#
# Runs all selftests, or those named, on the newest kernel as User Mode Linux,
# once with locking, RCU, object and reference debugging (lockdep), once with
# KASAN, UBSAN and kmemleak (kasan).  FLAVOURS= names others: faults is lockdep with
# fault injection, for faults.sh; kcsan looks for data races in a VM, and is slow:
# name tests for it.  The kernels are built when they are missing: 8 and 11 minutes
# on two processors.
#
# Prints one TAP stream, then
#   N passed, N failed, N skipped
# and fails if a test failed, a checker reported something, kmemleak found a leak,
# a network namespace, a device or the module was still held at the end, or no
# test ran.  All that was printed is in build/check/FLAVOUR.log.
#
# With OVL_DEBUG_SECONDS each kernel begins no test later than that; the rest is
# skipped.
#
# A test that failed is tried once more after the others, unless the kernel
# complained or it ran over time: a packet may be later than any test waits.  What
# does something else each time (is_tried_once in lib.sh) has found something.
#
# Which tests are skipped here, and why: those whose programs or kernel modules
# User Mode Linux or this machine lack; they say so in the log.  Those that this is
# for must not be.  What the tests take from the environment (OVL_RACE_SECONDS,
# OVL_FUZZ_SECONDS, OVL_FUZZ_SEED, OVL_LIMITS) they get.
#
# Called by make check-debug.

. "${BASH_SOURCE[0]%/*}/lib.sh"

LOGS=$OVL_TREE/build/check
# Seconds that a test may take
LONGEST=1200
# Variables for the tests
PASSED_ON=(OVL_RACE_SECONDS OVL_FUZZ_SECONDS OVL_FUZZ_SEED OVL_LIMITS)
passed=0 failed=0 skipped=0

main()
{
	local flavour

	case ${1:-} in
	-h|--help) usage; exit ;;
	--guest) shift; in_guest "$@" || exit 1; exit ;;
	esac
	mkdir -p "$LOGS"
	echo "TAP version 13"
	for flavour in ${FLAVOURS:-lockdep kasan}; do
		check_flavour "$flavour" "$@"
	done
	echo "1..$((passed + failed + skipped))"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

check_flavour() # FLAVOUR TEST...
{
	local flavour=$1 log=$LOGS/$1.log script=uml.sh line status=0 output why
	local planned='' ended=0 failed_before=$failed ran='' name environment=()

	shift
	[ "$flavour" != kcsan ] || script=kcsan.sh
	"$OVL_SCRIPTS/$script" build "$flavour" >&2
	"$OVL_SCRIPTS/$script" module --flavour "$flavour" >&2
	for name in "${PASSED_ON[@]}"; do
		[ -z "${!name:-}" ] || environment+=("$name=${!name}")
	done
	exec {output}< <(
		"$OVL_SCRIPTS/$script" run --flavour "$flavour" --timeout 7200 \
			env "${environment[@]}" scripts/check-debug.sh --guest \
			${OVL_DEBUG_SECONDS:+-t "$OVL_DEBUG_SECONDS"} "$@" 2>&1 | tee "$log" ||
			status=${PIPESTATUS[0]}
		echo "@@run $status"
	)
	while IFS= read -r -u "$output" line; do
		case $line in
		"@@run "*) status=${line#@@run } ;;
		# (the second try has a plan of its own)
		1..*) planned=${planned:-${line#1..}} ;;
		"ok "*|"not ok "*) result "$flavour" "$line" ;;
		# (a test of which one part is skipped is skipped, kselftest says)
		"# TEST: "*"[ OK ]") ran=y ;;
		esac
	done
	exec {output}<&-
	if ! run_is_whole; then
		tail -n 60 "$log" | sed 's/^/# /'
		why="status $status of $script, $ended of ${planned:-no} tests ended"
		result "$flavour" "not ok 0 ovl: the run ($why)"
	elif [ -z "$ran" ]; then
		result "$flavour" "not ok 0 ovl: no test ran"
	fi
}

# Of check_flavour.  1 is run.sh's own status, when a test failed.
run_is_whole()
{
	[ "$ended" = "$planned" ] || return 1
	[ "$status" = 0 ] || { [ "$status" = 1 ] && [ "$failed" -gt "$failed_before" ]; }
}

# In the kernel that is judged.
in_guest() # [-t SECONDS] TEST...
{
	local status=0 why line again=()

	# faults.sh has every allocation fail
	export kselftest_override_timeout=$LONGEST
	while IFS= read -r line; do
		if [[ $line =~ ^"not ok ".*" "(.*\.sh)" # exit="[0-9]+$ ]] &&
		   ! is_tried_once "${BASH_REMATCH[1]}"; then
			again+=("${BASH_REMATCH[1]}")
			line="# failed, and is tried once more: $line"
		fi
		[[ $line != "not ok "* ]] || status=1
		printf '%s\n' "$line"
	done < <(selftests/run.sh "$@")
	[ ${#again[@]} = 0 ] || second_try "${again[@]}" || status=1
	if why=$(nothing_is_held); then
		echo "ok 0 ovl: nothing is held at the end"
	else
		echo "# $why"
		echo "not ok 0 ovl: nothing is held at the end"
		status=1
	fi
	return "$status"
}

second_try() # TEST...
{
	selftests/run.sh "$@" |
		sed -u 's/^ok .*\.sh$/& # passed at the second try/'
}

# The kernel counts the namespaces that somebody made, until they are gone for
# good: when there is room for one alone, one can be made.  (A device that is held
# says so in the log, and holds its namespace.)
nothing_is_held()
{
	local limit=/proc/sys/user/max_net_namespaces before held=''

	before=$(< $limit)
	echo 1 > $limit
	unshare_soon || held="a network namespace is held; "
	echo "$before" > $limit
	module_goes || held+="the module cannot be unloaded"
	echo "$held"
	[ -z "$held" ]
}

module_goes()
{
	[ ! -d /sys/module/ovl ] || modprobe -r ovl
}

# They go one after the other, in the background.
unshare_soon()
{
	local i

	for ((i = 0; i < 60; i++)); do
		! unshare -n true 2> /dev/null || return 0
		sleep 1
	done
	return 1
}

# What such a kernel is made for is not left out in silence.
is_needed() # FLAVOUR TEST
{
	case $1:$2 in
	kcsan:*) return 1 ;;
	*:fuzz_*.sh|*:races.sh|*:limits.sh|*:rights.sh) ;;
	kasan:faults.sh|faults:faults.sh) ;;
	*) return 1 ;;
	esac
}

# Of what is not a test, only a failure counts.
result() # FLAVOUR "ok N selftests: ovl: x.sh # SKIP why"
{
	local flavour=$1 verdict=ok rest name

	[ "${2%% *}" = ok ] || verdict="not ok"
	rest=${2#"$verdict" }
	[[ $rest != *.sh* ]] || ended=$((ended + 1))
	name=${rest##*: }
	case $verdict:$rest in
	*"# SKIP no time left") skipped=$((skipped + 1)) ;;
	*"# SKIP"*)
		if is_needed "$flavour" "${name%% *}"; then
			verdict="not ok" failed=$((failed + 1))
		else
			skipped=$((skipped + 1))
		fi
		;;
	ok:*.sh*) passed=$((passed + 1)) ;;
	ok:*) echo "# $flavour: $name"; return ;;
	*) failed=$((failed + 1)) ;;
	esac
	echo "$verdict $((passed + failed + skipped)) $flavour: $name"
}

main "$@"
