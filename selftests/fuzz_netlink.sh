#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Requests of every kind, at random, many of them wrong: devices, their
# options, endpoints, VNIs, namespaces.  What is refused leaves all that can be
# seen as it was; the kernel does not complain, and nothing stays in the end.
#
# OVL_FUZZ_SECONDS says how long, OVL_FUZZ_SEED what happens: a failure names
# the seed to see it again at once.  What was found stays in KEPT: a request of each
# kind more in the generator makes others of these seeds, so it has a test of its own
# as well.

. "${0%/*}/lib.sh"

ALL_TESTS="kept refusals"

: "${OVL_FUZZ_SECONDS:=20}"
: "${OVL_FUZZ_SEED:=$SRANDOM}"

# Groups left and joined again, endpoints made anew, an MTU that followed late
KEPT="2474340185 2458952202 3659138221 2841804366"

kept()
{
	local seed said

	modprobe -q dummy numdummies=0
	for seed in $KEPT; do
		said=$("$SELFTESTS/fuzz_netlink" "$seed" 0) || {
			echo "$said"
			check_err 1 "found again (OVL_FUZZ_SEED=$seed)"
		}
	done
	log_test "what has been found once"
}

refusals()
{
	log_info "OVL_FUZZ_SEED=$OVL_FUZZ_SEED OVL_FUZZ_SECONDS=$OVL_FUZZ_SECONDS"
	modprobe -q dummy numdummies=0
	"$SELFTESTS/fuzz_netlink" "$OVL_FUZZ_SEED" "$OVL_FUZZ_SECONDS"
	check_err $? "a refused request has changed something (OVL_FUZZ_SEED=$OVL_FUZZ_SEED)"
	log_test "what is refused changes nothing"
}

tests_run
exit "$EXIT_STATUS"
