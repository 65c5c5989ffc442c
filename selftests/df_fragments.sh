#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A frame that does not fit the path leaves in fragments of the outer packet if
# that may be fragmented, also over IPv6, and the far end gets it whole; if it
# may not, the sender is told.
#
#   A                                B
#   ovl0                             ovl1
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2

. "${0%/*}/lib.sh"

ALL_TESTS="over_ipv4 over_ipv6 inherited narrow_path"
NUMBER=0

# Both ends, and frames that are larger than the path takes.
two_ends() # REMOTE LOCAL TYPE-ARGUMENT...
{
	local remote=$1 local=$2

	shift 2
	underlay
	tunnel "$A" ovl0 id $VNI remote $remote "$@"
	tunnel "$B" ovl1 id $VNI remote $local
	ip_in "$A" link set ovl0 mtu 3000
	ip_in "$B" link set ovl1 address $MAC_TB
	mark ovl0
}

# The frame leaves in fragments none of which is above MTU, and arrives whole.
arrives_in_fragments() # MTU FRAME
{
	: $((NUMBER++))
	clear_port u1
	send ovl0 $2 sport=$NUMBER pay=2000
	expect u1 dir=in mf=1 off=0 : df!=1 "len<=$1"
	expect u1 dir=in mf=0 "off>0" : df!=1 "len<=$1"
	expect ovl1 sport=$NUMBER : csum=ok $2
	moved ovl0
}

# It does not, and the sender is told.
is_turned_away() # FRAME
{
	send ovl0 $1 pay=2000
	moved ovl0 tx_too_big=1
	expect ovl0 dir=in "mtu<1500"
	none u1 mf=1
}

over_ipv4()
{
	two_ends $B4 $A4 df unset
	arrives_in_fragments 1500 "$TENANT4 df=1"
	arrives_in_fragments 1500 "$TENANT6"
	arrives_in_fragments 1500 "vlan=7.5 $TENANT4 df=0"
	change "$A" ovl0 df set
	clear_port u1
	is_turned_away "$TENANT4 df=1"
	is_turned_away "$TENANT6"
	log_test "fragments leave and arrive, over IPv4"
}

over_ipv6()
{
	two_ends $B6 $A6 df unset
	arrives_in_fragments 1500 "$TENANT4 df=1"
	arrives_in_fragments 1500 "$TENANT6"
	arrives_in_fragments 1500 "vlan=7.5 $TENANT4 df=0"
	change "$A" ovl0 df set
	clear_port u1
	is_turned_away "$TENANT4 df=1"
	is_turned_away "$TENANT6"
	log_test "fragments leave and arrive, over IPv6"
}

inherited()
{
	local ends

	for ends in "$B4 $A4" "$B6 $A6"; do
		in_defer_scope inherited_over $ends
	done
	log_test "fragments only of what may be fragmented"
}

inherited_over() # REMOTE LOCAL
{
	two_ends "$@" df inherit
	arrives_in_fragments 1500 "$TENANT4 df=0"
	arrives_in_fragments 1500 "vlan=7 $TENANT4 df=0"
	clear_port u1
	is_turned_away "$TENANT4 df=1"
	is_turned_away "$TENANT6"
}

# A segment of a super-packet may be too big as well; and the path may be
# narrower than the device at its beginning.
narrow_path()
{
	in_defer_scope narrow_path_over $B4 $A4 \
		"src=10.0.0.254 dst=$A4 icmp=3/4 q.df=1"
	in_defer_scope narrow_path_over $B6 $A6 \
		"src=fd00::fe dst=$A6 icmp6=2/0"
	log_test "fragments fit the path, super-packets too"
}

narrow_path_over() # REMOTE LOCAL ERROR
{
	two_ends $1 $2 df unset
	send u1 dmac=$MAC_A smac=$MAC_B $3 mtu=1300 q.src=$2 q.dst=$1 q.vni=$VNI \
		q.in.src=$TA4 q.in.dst=$TB4
	arrives_in_fragments 1300 "$TENANT4 df=1"
	clear_port u1 ovl1
	send ovl0 $TENANT4 l4=tcp csum=partial gso=tcp4:1400 pay=2800
	expect u1 dir=in n=2 mf=1 off=0 : df!=1 "len<=1300"
	expect ovl1 l4=tcp seq=1 : "paylen>=1400"
}

tests_run
exit "$EXIT_STATUS"
