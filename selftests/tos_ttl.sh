#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DSCP and TTL of the outer header: fixed, or those of the payload, or for the
# TTL what the route says.  Those of the payload come out of the tunnel as they
# went in (pipe model).  The ECN field has a test of its own.
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="tos_fixed tos_names tos_inherit ttl_auto ttl_route ttl_fixed
	ttl_inherit l3 pipe"
NUMBER=0

# A frame leaves with these outer fields, and its own unchanged.
sent_with() # FIELDS FRAME
{
	: $((NUMBER++))
	send ovl0 $2 tos=0x28 ttl=7 sport=$NUMBER
	expect u1 in.sport=$NUMBER : $1 csum=ok in.csum=ok in.tos=0x28 in.ttl=7
}

# A frame that is no IP packet at all.
other_sent_with() # FIELDS
{
	send ovl0 dmac=$MAC_TB smac=$MAC_TA pay=100
	expect u1 in.type=0x88b5 : $1
}

all_sent_with() # FIELDS
{
	sent_with "$1" "$TENANT4"
	sent_with "$1" "$TENANT6"
	sent_with "$1" "vlan=7.5 $TENANT4"
	sent_with "$1" "vlan=ad:8+9 $TENANT6"
}

# Do something over IPv4, and over IPv6.
over_both() # CMD... (TYPE-ARGUMENTs for "tunnel" are in $ARGS)
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 $ARGS
	"$@"
	change "$A" ovl0 remote $B6
	"$@"
}

tos_fixed()
{
	local ARGS="tos 0xb8"

	over_both fixed_tos
	change "$A" ovl0 tos 0
	all_sent_with tos=0
	log_test "tos fixed"
}

fixed_tos()
{
	all_sent_with tos=0xb8
	other_sent_with tos=0xb8
}

# As ip knows them, in /etc/iproute2/rt_dsfield.
tos_names()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 tos AF41
	all_sent_with tos=0x88
	change "$A" ovl0 tos CS6
	all_sent_with tos=0xc0
	log_test "tos by name"
}

tos_inherit()
{
	local ARGS="tos inherit"

	over_both inherited_tos
	log_test "tos inherit: as the payload, behind VLAN tags too"
}

inherited_tos()
{
	all_sent_with tos=0x28
	other_sent_with tos=0
}

ttl_auto()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	all_sent_with ttl=64
	other_sent_with ttl=64
	ask sysctl "$A" net.ipv4.ip_default_ttl 77
	all_sent_with ttl=77
	change "$A" ovl0 remote $B6
	all_sent_with ttl=64
	ask sysctl "$A" net.ipv6.conf.u0.hop_limit 88
	all_sent_with ttl=88
	other_sent_with ttl=88
	log_test "ttl auto: the host's default"
}

ttl_route()
{
	underlay
	ip_in "$A" <<-END
	route add $B4/32 dev u0 hoplimit 33
	route add $B6/128 dev u0 hoplimit 44
	END
	tunnel "$A" ovl0 id $VNI remote $B4
	all_sent_with ttl=33
	change "$A" ovl0 remote $B6
	all_sent_with ttl=44
	log_test "ttl auto: the route's"
}

ttl_fixed()
{
	local ARGS="ttl 9"

	over_both fixed_ttl
	change "$A" ovl0 ttl 255
	all_sent_with ttl=255
	log_test "ttl fixed"
}

fixed_ttl()
{
	all_sent_with ttl=9
	other_sent_with ttl=9
}

ttl_inherit()
{
	local ARGS="ttl inherit"

	over_both inherited_ttl
	log_test "ttl inherit: as the payload, behind VLAN tags too"
}

inherited_ttl()
{
	all_sent_with ttl=7
	other_sent_with ttl=64
}

l3()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	sent_with "tos=0 ttl=64" "$L3TENANT4"
	change "$A" ovl0 tos inherit ttl inherit
	sent_with "tos=0x28 ttl=7" "$L3TENANT4"
	sent_with "tos=0x28 ttl=7" "$L3TENANT6"
	change "$A" ovl0 remote $B6 tos 0x40 ttl 3
	sent_with "tos=0x40 ttl=3" "$L3TENANT4"
	sent_with "tos=0x40 ttl=3" "$L3TENANT6"
	log_test "all of it without Ethernet"
}

# What the underlay did to the outer fields stays outside, but for congestion.
pipe()
{
	local outer inner

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 ttl inherit tos inherit
	for outer in "$OUTER4" "$OUTER6"; do
		for inner in "$IN4" "$IN6" "in.vlan=7.5 $IN4" "in.vlan=ad:8+9 $IN6"; do
			: $((NUMBER++))
			send u1 $outer tos=0xff ttl=200 $inner in.tos=0x2a \
				in.ttl=1 in.sport=$NUMBER
			expect ovl0 sport=$NUMBER : dscp=10 ecn=ce ttl=1 csum=ok \
				ipcsum!=bad ${inner//in./}
		done
		change "$A" ovl0 remote $B6
	done
	log_test "payload's own come out as they went in"
}

tests_run
exit "$EXIT_STATUS"
