#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An outer packet that arrives in fragments, in whatever order and wherever they
# were cut, is put together and treated as if it had come in one piece.
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="over_ipv4 over_ipv6 without_ethernet wrong incomplete"
NUMBER=0

# A packet is sent in fragments, the first one of SIZE bytes, and once the last
# to be sent; it is delivered as it was.  (What follows the first one is so long
# that the kernel does not copy it to there.)
arrives() # SIZE OUTER INNER [FIELD...]
{
	local size=$1 outer=$2 inner=$3 reverse

	shift 3
	for reverse in 0 1; do
		: $((NUMBER++))
		send u1 $outer $inner in.pay=1300 in.sport=$NUMBER "$@" \
			frag=1400 head=$size rev=$reverse
		expect u0 dir=in mf=1 off=0
		expect ovl0 sport=$NUMBER : csum=ok ipcsum!=bad ${inner//in./} "$@"
	done
}

# Cut behind all headers, in the middle of them, behind each of the outer ones.
all_arrive() # OUTER INNER...
{
	local outer=$1 inner size

	shift
	for inner; do
		for size in 200 24 16 8; do
			arrives $size "$outer" "$inner"
		done
	done
	send u1 $outer $1 in.pay=5000 in.sport=1 frag=1400
	expect ovl0 sport=1 : csum=ok paylen=5000
	moved ovl0
}

over_ipv4()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	all_arrive "$OUTER4" "$IN4" "$IN6" "in.vlan=7.5 $IN4" "in.vlan=ad:8+9 $IN6"
	all_arrive "$OUTER4 csum=zero" "$IN4"
	log_test "fragments are put together, over IPv4"
}

over_ipv6()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 udp6zerocsumrx
	mark ovl0
	all_arrive "$OUTER6" "$IN4" "$IN6" "in.vlan=7.5 $IN4" "in.vlan=ad:8+9 $IN6"
	all_arrive "$OUTER6 csum=zero" "$IN4"
	log_test "fragments are put together, over IPv6"
}

without_ethernet()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	mark ovl0
	all_arrive "$OUTER4" "$L3IN4" "$L3IN6"
	change "$A" ovl0 remote $B6
	all_arrive "$OUTER6" "$L3IN4" "$L3IN6"
	log_test "fragments are put together, without Ethernet"
}

# What is wrong with the whole is found, and is one packet.
wrong()
{
	local size packet

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	for size in 200 8; do
		packet="$OUTER4 $IN4 in.pay=1300 frag=1400 head=$size"
		send u1 $packet csum=bad
		moved ovl0 UdpInCsumErrors=1
		send u1 $packet ver=1
		moved ovl0 port_rx_version=1
		send u1 $packet vni=77
		moved ovl0 port_rx_unknown_vni=1
		send u1 $packet o=1
		moved ovl0 rx_oam=1
		send u1 $packet c=1 opts=ffff800111223344
		moved ovl0 rx_opt_critical=1
		send u1 $packet opts=ffff001f11223344
		moved ovl0 rx_opt_malformed=1
		send u1 $packet tos=3
		moved ovl0 rx_ecn_drop=1
	done
	none ovl0 dir=in
	log_test "what is wrong with the whole is found"
}

# The rest of a packet may not be taken from another one.
incomplete()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	send u1 $OUTER4 $IN4 in.pay=302 id=5 mf=1
	send u1 dmac=$MAC_A smac=$MAC_B src=$B4 dst=$A4 l4=17 pay=302 id=6 off=360
	send u1 $OUTER4 $IN4 in.pay=302 id=7 in.sport=2
	expect ovl0 sport=2 : paylen=302
	none ovl0 dir=in
	moved ovl0
	log_test "a packet that is not complete is not delivered"
}

tests_run
exit "$EXIT_STATUS"
