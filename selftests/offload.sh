#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A super-packet of the tenant (TSO, UDP GSO) goes through the device in one
# piece, for the underlay's device to cut.
#
#   A                                           B
#   ovl0  192.168.0.1, fd01::1                  ovl1 (TCP only)
#   u0  10.0.0.1, fd00::1 --------------------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_super.sh"

ALL_TESTS="one_piece one_piece_l3 longest tcp_arrives"

# All at once.  (Not every kernel tells the size of a UDP super-packet.)
passes_whole() # FRAME
{
	tcp "$1"
	expect u1 in.l4=tcp : "gso=tcp4|tcp6" gso_size=1000 in.paylen=9500 $GENEVE
}

datagrams_pass_whole() # ADDR
{
	datagrams $1
	expect u1 in.l4=udp in.dst=$1 : "gso=udp|other" in.paylen=9500 $GENEVE
}

one_piece()
{
	local remote

	underlay
	offload u0 on
	device L2 $B4
	for remote in "$B4 udpcsum" "$B4 noudpcsum" "$B6 noudp6zerocsumtx" \
			"$B6 udp6zerocsumtx"; do
		change "$A" ovl0 remote $remote
		passes_whole "$TENANT4"
		passes_whole "$TENANT6"
		passes_whole "vlan=7.5 $TENANT4"
		passes_whole "vlan=ad:8+9 $TENANT6"
		datagrams_pass_whole $TB4
		datagrams_pass_whole $TB6
	done
	log_test "super-packets pass in one piece"
}

one_piece_l3()
{
	local remote

	underlay
	offload u0 on
	device L3 $B4
	for remote in "$B4 udpcsum" "$B4 noudpcsum" "$B6"; do
		change "$A" ovl0 remote $remote
		passes_whole "$L3TENANT4"
		passes_whole "$L3TENANT6"
		datagrams_pass_whole $TB4
		datagrams_pass_whole $TB6
	done
	log_test "super-packets pass in one piece, without Ethernet"
}

# Longer than the outer headers could tell: cut before they are put, even if the
# underlay would take it.
longest()
{
	local remote

	underlay
	offload u0 on
	ip_in "$A" link set u0 gso_max_size 131072
	device L2 $B4
	for remote in $B4 $B6; do
		change "$A" ovl0 remote $remote
		send ovl0 $TENANT4 l4=tcp csum=partial gso=tcp4:1000 pay=65475
		expect u1 n=65 in.paylen=1000 : csum=ok "in.csum=ok|partial" gso=-
		expect u1 in.paylen=475 : in.seq=65001
		send ovl0 $TENANT4 l4=tcp csum=partial gso=tcp4:1000 pay=64000
		expect u1 in.paylen=64000 : gso=tcp4 gso_size=1000
	done
	log_test "super-packets that are too long for the outer headers"
}

# The tenant's own TCP, from one end to the other.
tcp_between() # REMOTE LOCAL
{
	underlay
	offload u0 on
	offload u1 on
	tunnel "$A" ovl0 id $VNI remote $1
	tunnel "$B" ovl1 id $VNI remote $2
	ip_in "$A" <<-END
	addr add $TA4/24 dev ovl0
	addr add $TA6/64 dev ovl0 nodad
	END
	ip_in "$B" <<-END
	link set ovl1 address $MAC_TB
	addr add $TB4/24 dev ovl1
	addr add $TB6/64 dev ovl1 nodad
	END
	stream "$A" "$B" to=$TB4
	expect u1 dir=in in.src=$TA4 gso=tcp4 "in.paylen>10000"
	stream "$B" "$A" to=$TA6
	expect u0 dir=in in.src=$TB6 gso=tcp6 "in.paylen>10000"
}

tcp_arrives()
{
	in_defer_scope tcp_between $B4 $A4
	in_defer_scope tcp_between $B6 $A6
	log_test "TCP goes through in super-packets"
}

tests_run
exit "$EXIT_STATUS"
