#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh [-l] [-t SECONDS] [TEST...]: run tests on the running kernel, as root
#
# Prints TAP 13 in the very format of the kernel's kselftest/runner.sh, a line
# as soon as it is known; before it, in a comment, the seconds that it took.  TEST
# is the name of a file, with or without .sh; without any, all those that the
# Makefile lists are run.
#
#   -l          only list the tests
#   -t SECONDS  begin none later than that: the rest is skipped
#
# Each test has the time that the file settings allows, five times as much if
# KSFT_MACHINE_SLOW is set.  A test fails, too, if it leaves a warning in the
# kernel's log.  Exit status: 0 if no test failed.

cd "${BASH_SOURCE[0]%/*}" || exit 1
# shellcheck source=lib.sh
. ./lib.sh

main()
{
	local test n=0 failed=0 skipped=0 last='' all=()

	case ${1:-} in
	-h|--help) sed -n '4,/^$/s/^# \{0,1\}//p' run.sh; exit ;;
	-l) list_tests; exit ;;
	-t) last=$2; shift 2 ;;
	esac
	[ $# -gt 0 ] || mapfile -t all < <(list_tests)
	for test; do
		all+=("${test%.sh}.sh")
	done

	# shellcheck source=/dev/null
	. ./settings
	[ -z "${KSFT_MACHINE_SLOW:-}" ] || timeout=$((timeout * 5))
	timeout=${kselftest_override_timeout:-$timeout}
	export OVL_RUN=1

	echo "TAP version 13"
	echo "1..${#all[@]}"
	for test in "${all[@]}"; do
		if [ -n "$last" ] && [ "$SECONDS" -gt "$last" ]; then
			echo "ok $((++n)) selftests: ovl: $test # SKIP no time left"
			: $((skipped++))
		else
			run_one "$((++n))" "$test"
		fi
	done
	echo "# Totals: pass:$((n - failed - skipped)) fail:$failed xfail:0" \
		"xpass:0 skip:$skipped error:0"
	[ "$failed" = 0 ]
}

# The tests that the Makefile lists, in that order.
list_tests()
{
	sed -n '/^TEST_PROGS/,/^#/s/^\t\(.*\.sh\).*/\1/p' Makefile
}

# Sets failed and skipped of main.
run_one() # NUMBER TEST
{
	local name="selftests: ovl: $2" status since=$SECONDS

	echo "# timeout set to $timeout"
	echo "# $name"
	OVL_TAG=$(printf '%06x' $((SRANDOM & 0xffffff)))
	export OVL_TAG
	klog_mark
	if [ -x "$2" ]; then
		timeout --foreground "$timeout" \
			timeout -k 10 "$timeout" "./$2" 2>&1 < /dev/null |
			sed -u 's/^/# /'
		status=${PIPESTATUS[0]}
	else
		echo "# Warning: file $2 is missing!"
		status=$ksft_fail
	fi
	tidy_up
	if ! klog_clean | sed -u 's/^/# /' || [ "${PIPESTATUS[0]}" != 0 ]; then
		[ "$status" = 124 ] || [ "$status" = 137 ] || status=klog
	fi
	echo "# took $((SECONDS - since)) s"

	case $status in
	0)
		echo "ok $1 $name"
		;;
	"$ksft_skip")
		echo "ok $1 $name # SKIP"
		: $((skipped++))
		;;
	124|137)
		echo "not ok $1 $name # TIMEOUT $timeout seconds"
		: $((failed++))
		;;
	klog)
		echo "not ok $1 $name # exit=1 the kernel's log is not clean"
		: $((failed++))
		;;
	*)
		echo "not ok $1 $name # exit=$status"
		: $((failed++))
		;;
	esac
}

# What a test that was killed has left.
tidy_up()
{
	local ns

	for ns in /run/netns/*"$OVL_TAG"*; do
		[ ! -e "$ns" ] || ip netns del "${ns##*/}"
	done
}

main "$@"
