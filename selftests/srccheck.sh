#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Only the peer is listened to, unless the user says nosrccheck; and even then a
# packet over IPv6 without a checksum has to come from the peer.
# (RFC 8926 sections 4.3.1 item 3, and 6.3)
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire, and others)

. "${0%/*}/lib.sh"

ALL_TESTS="ipv4 ipv6 l3 peer_changes zero_csum_ipv4 zero_csum_ipv6 before_the_rest"

NUMBER=0

accepted() # OUTER FIELDS...
{
	send u1 "$@" $PAYLOAD in.sport=$((++NUMBER))
	expect ovl0 sport=$NUMBER
	moved ovl0
}

refused() # COUNTER OUTER FIELDS...
{
	local counter=$1

	shift
	send u1 "$@" $PAYLOAD in.sport=$((++NUMBER))
	moved ovl0 $counter=1
	none ovl0 sport=$NUMBER
	none u1 q.dport=*
}

# STRANGERs differ from the peer in their first, and in their last bit.
check_source() # OUTER STRANGER...
{
	local outer=$1 stranger

	shift
	mark ovl0
	accepted $outer
	for stranger; do
		refused rx_source $outer src=$stranger
	done
	change "$A" ovl0 nosrccheck
	for stranger; do
		accepted $outer src=$stranger
	done
	change "$A" ovl0 srccheck
	for stranger; do
		refused rx_source $outer src=$stranger
	done
	accepted $outer
}

ipv4()
{
	PAYLOAD=$IN4
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	check_source "$OUTER4" 138.0.0.2 10.0.0.3
	log_test "only the peer, over IPv4"
}

ipv6()
{
	PAYLOAD=$IN4
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6
	check_source "$OUTER6" 7d00::2 fd00:0:0:1::2 fd00::3
	log_test "only the peer, over IPv6"
}

l3()
{
	PAYLOAD=$L3IN4
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	check_source "$OUTER4" 10.0.0.3
	log_test "only the peer, without Ethernet"
}

peer_changes()
{
	PAYLOAD=$IN4
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	change "$A" ovl0 remote 10.0.0.9
	accepted $OUTER4 src=10.0.0.9
	refused rx_source $OUTER4
	change "$A" ovl0 remote $B6
	accepted $OUTER6
	refused rx_source $OUTER6 src=fd00::9
	change "$A" ovl0 remote $B4
	accepted $OUTER4
	log_test "it is the peer of now"
}

# IPv4 does not ask for it.
zero_csum_ipv4()
{
	PAYLOAD=$IN4
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 nosrccheck
	mark ovl0
	accepted $OUTER4 csum=zero
	accepted $OUTER4 csum=zero src=10.0.0.3
	change "$A" ovl0 srccheck
	refused rx_source $OUTER4 csum=zero src=10.0.0.3
	log_test "no checksum over IPv4"
}

zero_csum_ipv6()
{
	PAYLOAD=$IN4
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 udp6zerocsumrx nosrccheck
	mark ovl0
	accepted $OUTER6 csum=zero
	accepted $OUTER6 src=fd00::3
	refused rx_source $OUTER6 csum=zero src=fd00::3
	change "$A" ovl0 srccheck
	accepted $OUTER6 csum=zero
	refused rx_source $OUTER6 csum=zero src=fd00::3
	change "$A" ovl0 noudp6zerocsumrx
	refused rx_zero_csum6 $OUTER6 csum=zero
	log_test "no checksum over IPv6"
}

# Of a stranger's packet nothing else is looked at.
before_the_rest()
{
	PAYLOAD=$IN4
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	refused rx_source $OUTER4 src=10.0.0.3 o=1
	refused rx_source $OUTER4 src=10.0.0.3 c=1 opts=ffff800111223344
	refused rx_source $OUTER4 src=10.0.0.3 opts=ffff0002 cut=40
	refused rx_source $OUTER4 src=10.0.0.3 proto=0x0806
	refused rx_source $OUTER4 src=10.0.0.3 ecn=ce in.ecn=not
	log_test "the source is looked at first"
}

tests_run
exit "$EXIT_STATUS"
