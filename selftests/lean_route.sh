#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The way to the other host changes, and the next packet takes the new one: routes
# and their metrics, rules of routing, neighbours, addresses, the MTU, the
# underlay device goes down or into a VRF.
#
# The hosts: see lib_lean.sh.

. "${0%/*}/lib_lean.sh"

ALL_TESTS="route_wire route_gateway route_none route_source route_hoplimit hoplimit
	neighbour neighbour_asked neighbour_silent
	address_gone mtu_device mtu_route mtu_locked mtu_super down vrf_moved
	routing_rule"

route_wire()
{
	goes
	route_in add $FAR/$ONE dev w0 src $NEAR
	goes_by w1 src=$NEAR
	route_in replace $FAR/$ONE dev u0 src $NEAR
	goes
	route_in replace $FAR/$ONE dev w0
	goes_by w1
	route_in del $FAR/$ONE
	goes src=$NEAR
}

route_gateway()
{
	ip_in "$A" neigh replace $NOBODY lladdr $SECOND_MAC dev u0 nud permanent
	goes dmac=$MAC_B
	route_in add $FAR/$ONE via $NOBODY
	goes dmac=$SECOND_MAC dst=$FAR
	route_in del $FAR/$ONE
	goes dmac=$MAC_B
	[ $FAMILY = 4 ] || return
	ip_in "$A" neigh replace fd00::9 lladdr $SECOND_MAC dev u0 nud permanent
	route_in add $FAR/$ONE via inet6 fd00::9 dev u0
	goes dmac=$SECOND_MAC dst=$FAR
	route_in del $FAR/$ONE
	goes dmac=$MAC_B
}

route_none()
{
	local kind

	for kind in unreachable prohibit blackhole; do
		goes
		route_in add $kind $FAR/$ONE metric 1
		stays
		route_in del $kind $FAR/$ONE metric 1
	done
	goes
}

route_source()
{
	ip_in "$A" addr add $OTHER/$ONE dev lo
	goes src=$NEAR
	route_in add $FAR/$ONE dev u0 src $OTHER
	goes src=$OTHER
	route_in del $FAR/$ONE
	goes src=$NEAR
	ip_in "$A" addr del $OTHER/$ONE dev lo
}

route_hoplimit()
{
	goes ttl=64
	route_in add $FAR/$ONE dev u0 hoplimit 44
	goes ttl=44
	route_in del $FAR/$ONE
	goes ttl=64
}

hoplimit()
{
	local name=net.ipv4.ip_default_ttl

	[ $FAMILY = 4 ] || name=net.ipv6.conf.u0.hop_limit
	goes ttl=64
	ask sysctl "$A" $name 33
	goes ttl=33
	ask sysctl "$A" $name 64
	goes ttl=64
}

routing_rule()
{
	local kind

	route_in add $FAR/$ONE dev w0 src $NEAR table 78
	goes
	for kind in unreachable blackhole prohibit; do
		ip_in "$A" -$FAMILY rule add to $FAR $kind
		stays
		ip_in "$A" -$FAMILY rule del to $FAR $kind
		goes
	done
	ip_in "$A" -$FAMILY rule add to $FAR table 78
	goes_by w1
	ip_in "$A" -$FAMILY rule del to $FAR table 78
	goes
	ip_in "$A" -$FAMILY rule add ipproto udp dport 6081 table 78
	goes_by w1
	ip_in "$A" -$FAMILY rule del ipproto udp dport 6081 table 78
	goes
}

neighbour()
{
	goes dmac=$MAC_B
	ip_in "$A" neigh replace $FAR lladdr $SECOND_MAC dev u0 nud permanent
	goes dmac=$SECOND_MAC
	ip_in "$A" neigh replace $FAR lladdr $MAC_B dev u0 nud permanent
	goes dmac=$MAC_B
	ip_in "$A" link set u0 address 02:00:00:00:00:0c
	neighbours u0
	goes smac=02:00:00:00:00:0c
	ip_in "$A" link set u0 address $MAC_A
	neighbours u0
	goes smac=$MAC_A
}

# The frame waits for the answer.
neighbour_asked()
{
	local question="type=0x0806"

	[ $FAMILY = 4 ] || question="icmp6=135/0"
	goes
	clear_port u1
	ip_in "$A" neigh del $FAR dev u0
	goes dmac=$MAC_B
	expect u1 dir=in $question
}

# The frames wait for an answer, and the last ones get it.
neighbour_silent()
{
	local question="type=0x0806"

	[ $FAMILY = 4 ] || question="icmp6=135/0"
	goes
	ip_in "$B" addr del $FAR/$NET dev u1
	clear_port u1
	ip_in "$A" neigh del $FAR dev u0
	stays
	expect u1 dir=in $question
	none u1 dir=in dmac=00:00:00:00:00:00
	ip_in "$B" addr add $FAR/$NET dev u1 ${NODAD:-}
	goes dmac=$MAC_B
}

# The source address goes, and comes again; if the device asks for it, there is no
# way without it (IPv6 sends from what it is told to send from).
address_gone()
{
	ip_in "$A" addr add $OTHER/$NET dev u0 ${NODAD:-}
	route_in add $FAR/$ONE dev u0 src $OTHER
	goes src=$OTHER
	ip_in "$A" addr del $OTHER/$NET dev u0
	goes src=$NEAR
	[ $FAMILY = 4 ] || { route_in del $FAR/$ONE; return; }
	ip_in "$A" addr add $OTHER/$NET dev u0
	change "$A" ovl0 local $OTHER
	goes src=$OTHER
	ip_in "$A" addr del $OTHER/$NET dev u0
	stays
	ip_in "$A" addr add $OTHER/$NET dev u0
	goes src=$OTHER
}

# What was in one piece is in two now, none of which is too long.
in_pieces() # BYTES_OF_TENANT MTU
{
	clear_port u1
	: $((++NUMBER))
	send ovl0 $TENANT4 sport=$NUMBER pay=$1
	expect u1 dir=in mf=1 off=0 vni=$VNI
	expect u1 dir=in mf=0 "off>0"
	none u1 dir=in "wirelen>$(($2 + 14))"
}

mtu_device()
{
	change "$A" ovl0 df unset
	FIELDS="pay=1300" goes
	ip_in "$A" link set u0 mtu 1300
	ip_in "$A" link set ovl0 mtu 1500
	in_pieces 1300 1300
	goes
	ip_in "$A" link set u0 mtu 1500
	FIELDS="pay=1300" goes "mf!=1"
	change "$A" ovl0 df set
	FIELDS="pay=1300" goes
	ip_in "$A" link set u0 mtu 1300
	ip_in "$A" link set ovl0 mtu 1500
	FIELDS="pay=1300 df=1" stays_alone
	goes
	ip_in "$A" link set u0 mtu 1500
	FIELDS="pay=1300" goes
}

# This one does not leave, in no piece.
stays_alone()
{
	: $((++NUMBER))
	clear_port u0
	send ovl0 $TENANT4 sport=$NUMBER $FIELDS
	none u0 dir=out "wirelen>200"
}

mtu_route()
{
	change "$A" ovl0 df unset
	FIELDS="pay=1300" goes
	route_in add $FAR/$ONE dev u0 mtu 1300
	in_pieces 1300 1300
	goes
	route_in del $FAR/$ONE
	FIELDS="pay=1300" goes
	change "$A" ovl0 df set
	route_in add $FAR/$ONE dev u0 mtu 1300
	FIELDS="pay=1300 df=1" stays_alone
	goes
	route_in del $FAR/$ONE
	FIELDS="pay=1300" goes
}

# With a lock there is no DF, as there is none in anything that the host sends.
mtu_locked()
{
	local locked=df=0 free=df=1

	[ $FAMILY = 4 ] || locked=mf=- free=mf=-
	goes $free
	route_in add $FAR/$ONE dev u0 mtu lock 1400
	goes $locked
	route_in del $FAR/$ONE
	goes $free
}

# Segments of a super-packet that are too long are sent in pieces, each alone.
mtu_super()
{
	local frame="$TENANT4 l4=tcp csum=partial gso=tcp4:1300 pay=3900"

	change "$A" ovl0 df unset
	clear_port u1
	send ovl0 $frame sport=77
	expect u1 n=3 dir=in in.sport=77 : csum=ok in.csum=ok in.paylen=1300
	ip_in "$A" link set u0 mtu 1280
	ip_in "$A" link set ovl0 mtu 1500
	clear_port u1
	send ovl0 $frame sport=78
	expect u1 n=3 dir=in mf=1 off=0 vni=$VNI
	expect u1 n=3 dir=in mf=0 "off>0"
	none u1 dir=in "wirelen>1294"
	ip_in "$A" link set u0 mtu 1500
	clear_port u1
	send ovl0 $frame sport=79
	expect u1 n=3 dir=in in.sport=79 : csum=ok in.csum=ok in.paylen=1300
}

down()
{
	goes
	ip_in "$A" link set u0 down
	stays
	ip_in "$A" link set u0 up
	host_again
	goes
	ip_in "$B" link set u1 down
	stays_on_wire
	ip_in "$B" link set u1 up
	goes
	[ $FAMILY = 6 ] || return
	ask sysctl "$A" net.ipv6.conf.u0.disable_ipv6 1
	stays
	ask sysctl "$A" net.ipv6.conf.u0.disable_ipv6 0
	host_again
	goes
}

# Without a carrier the device takes it, but it goes nowhere.
stays_on_wire()
{
	clear_port u1
	send ovl0 $TENANT4 sport=$((++NUMBER))
	none u1 dir=in in.sport=$NUMBER
}

vrf_moved()
{
	goes
	into_vrf || return 0
	stays
	change "$A" ovl0 dev vrf0
	goes
	hook postrouting 0 "oifname vrf0 udp dport 6081 counter drop"
	stays
	check_hits "postrouting of the VRF"
	unhook
	goes
	change "$A" ovl0 nodev
	stays
	out_of_vrf
	goes
}

tests_run_busy
exit "$EXIT_STATUS"
