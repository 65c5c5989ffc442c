#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Flags of the metadata that tc has learned late: the DF bit of what an external
# device sends (tunnel_key nofrag), and whether what it has received had that bit, a
# checksum and critical options (flower enc_flags).
#
#   A                                          B
#   t1 -- t0 ingress: tunnel_key set, to ovl0
#            ovl0 ingress: flower enc_flags, to t0
#   r1 -- r0 <- what flower does not match
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_external.sh"

ALL_TESTS="df_sent df_received checksum_received critical_received"

# tc and the kernel take that.
nofrag_is_known()
{
	tc -n "$A" actions add action tunnel_key set id 1 $KEY4 nofrag \
		2> /dev/null && tc -n "$A" actions flush action tunnel_key
}

enc_flags_are_known()
{
	tc -n "$A" filter add dev ovl0 ingress protocol all flower \
		enc_flags tuncsum action gact ok 2> /dev/null
}

df_sent()
{
	local test="DF is set by its flag" df

	external
	if ! nofrag_is_known; then
		log_test_skip "$test" "tc or the kernel has no nofrag"
		return
	fi
	keyed id $VNI $KEY4 nofrag
	leaves df=1
	for df in unset set inherit; do
		[ "$KIND" = ovl ] || break
		change "$A" ovl0 df $df
		leaves df=1
	done
	log_test "$test"
}

# (one after the other: metadata is kept for packets that are alike)
df_received()
{
	local test="the metadata tells of DF"

	external
	if ! enc_flags_are_known; then
		log_test_skip "$test" "tc or the kernel has no enc_flags"
		return
	fi
	matched enc_flags tundf
	for _ in 1 2; do
		is_matched "$OUTER4 $IN4 df=1"
		is_not_matched "$OUTER4 $IN4 df=0"
	done
	log_test "$test"
}

checksum_received()
{
	local test="the metadata tells of the checksum"

	external
	if ! enc_flags_are_known; then
		log_test_skip "$test" "tc or the kernel has no enc_flags"
		return
	fi
	matched enc_flags tuncsum
	is_matched "$OUTER4 $IN4"
	is_not_matched "$OUTER4 $IN4 csum=zero"
	is_matched "$OUTER6 $IN4"
	matched enc_flags notuncsum
	is_matched "$OUTER4 $IN4 csum=zero"
	is_not_matched "$OUTER4 $IN4"
	is_not_matched "$OUTER6 $IN4"
	log_test "$test"
}

critical_received()
{
	local test="the metadata tells of critical options"

	external
	if ! enc_flags_are_known; then
		log_test_skip "$test" "tc or the kernel has no enc_flags"
		return
	fi
	matched enc_flags tuncrit
	is_matched "$OUTER4 $IN4 c=1 opts=$CRIT"
	is_not_matched "$OUTER4 $IN4 opts=$PLAIN"
	is_matched "$OUTER6 $IN4 c=1 opts=$PLAIN$CRIT"
	is_not_matched "$OUTER6 $IN4"
	log_test "$test"
}

tests_run_on_external_hosts
exit "$EXIT_STATUS"
