#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Requests of every kind, at random, many of them wrong: devices, their
# options, endpoints, VNIs, namespaces.  What is refused leaves all that can be
# seen as it was; the kernel does not complain, and nothing stays in the end.
#
# OVL_FUZZ_SECONDS says how long, OVL_FUZZ_SEED what happens: a failure names
# the seed to see it again at once.

. "${0%/*}/lib.sh"

ALL_TESTS="refusals"

: "${OVL_FUZZ_SECONDS:=20}"
: "${OVL_FUZZ_SEED:=$SRANDOM}"

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
