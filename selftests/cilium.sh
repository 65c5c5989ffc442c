#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Options of other vendors, as they are in the field.  Cilium's, by which its
# load balancers tell of the service's address (DSR), is critical, but its header
# does not say so: dropped by default, RFC 8926 section 3.5, and delivered with
# "critmismatch accept".  What is not critical passes, known or not.
#
#   A                                          B
#   t1 -- t0 <- what flower matches of an external ovl0
#   r1 -- r0 <- all else
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_external.sh"

ALL_TESTS="dsr_plain dsr_external strangers_plain strangers_external"

# Class 0x014b, type 0x81: address and port of a service, two bytes of padding;
# the VNI is the identity of who sends.
DSR4_DATA=c633640a1f900000
DSR6_DATA=20010db800000000000000000000000a1f900000
DSR4=014b8102$DSR4_DATA DSR6=014b8105$DSR6_DATA
IDENTITY=16777214

# Not critical: some of VMware, one of Linux, and as many as there can be of an
# unknown class.
NSX=010400020123456789abcdef
HINT=0100010100000000
FULL=ffff7f1f$(printf 'ab%.0s' {1..124})ffff001e$(printf 'cd%.0s' {1..120})

# Both forms over both families
dsr_packets()
{
	printf '%s\n' "$OUTER4 $IN4 vni=$IDENTITY c=0 opts=$DSR4" \
		"$OUTER4 $IN6 vni=$IDENTITY c=0 opts=$DSR6" \
		"$OUTER6 $IN4 vni=$IDENTITY c=0 opts=$DSR4" \
		"$OUTER6 $IN6 vni=$IDENTITY c=0 opts=$DSR6"
}

dsr_plain()
{
	local test="Cilium's option on a plain device" packet remote

	only_ovl "$test" || return
	tunnel "$A" ovl0 id $IDENTITY remote $B4
	mark ovl0
	while read -r packet; do
		remote=$B4
		[[ $packet != *"src=$B6 "* ]] || remote=$B6
		change "$A" ovl0 remote $remote critmismatch drop
		: $((++NUMBER))
		send u1 $packet in.sport=$NUMBER
		moved ovl0 rx_opt_mismatch=1 link.rx_errors=1
		none ovl0 dir=in
		change "$A" ovl0 critmismatch accept
		comes_out ovl0 "$packet"
		moved ovl0 link.rx_packets=1
		# with its C bit it is any other critical option
		: $((++NUMBER))
		send u1 $packet c=1 in.sport=$NUMBER
		moved ovl0 rx_opt_critical=1 link.rx_dropped=1
		none ovl0 dir=in
	done < <(dsr_packets)
	log_test "$test"
}

dsr_external()
{
	local test="Cilium's option on an external device" packet

	only_ovl "$test" || return
	external
	while read -r packet; do
		if [[ $packet == *$DSR4 ]]; then
			matched enc_key_id $IDENTITY geneve_opts 014b:81:$DSR4_DATA
		else
			matched enc_key_id $IDENTITY geneve_opts 014b:81:$DSR6_DATA
		fi
		change "$A" ovl0 critmismatch drop
		mark ovl0
		is_refused "$packet" rx_opt_mismatch=1 link.rx_errors=1
		change "$A" ovl0 critmismatch accept
		is_matched "$packet"
		is_matched "$packet c=1"
	done < <(dsr_packets)
	log_test "$test"

	# an answer by the same means has its C bit
	keyed id $IDENTITY $KEY4 geneve_opts 014b:81:$DSR4_DATA
	leaves "vni=$IDENTITY c=1 opts=$DSR4"
	keyed id $IDENTITY $KEY6 geneve_opts 014b:81:$DSR6_DATA
	leaves "vni=$IDENTITY c=1 opts=$DSR6"
	log_test "and sent"
}

strangers_plain()
{
	local opts

	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	for opts in $NSX $HINT $NSX$HINT $FULL; do
		comes_out ovl0 "$OUTER4 $IN4 opts=$opts"
		comes_out ovl0 "$OUTER4 $IN6 opts=$opts"
	done
	moved ovl0 link.rx_packets=8 link.rx_errors=0 link.rx_dropped=0
	log_test "unknown options on a plain device"
}

strangers_external()
{
	external
	matched geneve_opts 0104:00:0123456789abcdef
	is_matched "$OUTER4 $IN4 opts=$NSX"
	is_not_matched "$OUTER6 $IN4 opts=$HINT"
	matched geneve_opts 0100:01:00000000
	is_matched "$OUTER6 $IN4 opts=$HINT"
	matched geneve_opts \
		"ffff:7f:${FULL:8:248},ffff:00:${FULL:264}"
	is_matched "$OUTER4 $IN4 opts=$FULL"
	is_matched "$OUTER6 $IN6 opts=$FULL"
	is_not_matched "$OUTER6 $IN6 opts=${FULL%cd}ce"
	moved ovl0 link.rx_packets=6 link.rx_errors=0 link.rx_dropped=0
	log_test "unknown options as metadata"
}

tests_run_on_external_hosts
exit "$EXIT_STATUS"
