#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A Geneve packet that a tenant sends to the host's own underlay address is a
# frame like any other: it is not decapsulated a second time, so that Red cannot
# put a frame into Blue (RFC 8926 section 6.2).  An overlay over an overlay is
# fine where it is meant: in a container of the tenant, or by "dev".
#
#   C                  A                                    B
#   ovl9 -- c0 --- c1  br0 or red itself, 192.168.0.1       red (the tenant)
#                      red (5001), blue (6001)
#                      u0  10.0.0.1, fd00::1 -------------- u1  10.0.0.2, fd00::2

. "${0%/*}/lib.sh"

ALL_TESTS="routed bridged fragments as_a_train by_detour container bound unbound"

RED=5001 BLUE=6001 GREEN=9
MAC_GATE=02:00:00:00:02:0a
NUMBER=0

# Red's gate to the host is DEV with MAC_GATE; what Red sends on B goes there.
two_tenants() # [TYPE-ARGUMENT...]
{
	underlay
	tunnel "$A" red id $RED remote $B4
	tunnel "$A" blue id $BLUE remote $B4
	tunnel "$A" blue6 id $BLUE remote $B6 udp6zerocsumrx
	ip -n "$B" link add red type "$KIND" id $RED remote $A4
	ip_in "$B" link set red addrgenmode none up
	port red_b "$B" red
}

gate_is_red()
{
	ip_in "$A" <<-END
	link set red address $MAC_GATE
	addr add $TA4/24 dev red
	END
}

gate_is_bridge()
{
	ip_in "$A" <<-END
	link add br0 address $MAC_GATE type bridge
	link set br0 addrgenmode none up
	link set red master br0
	addr add $TA4/24 dev br0
	END
}

# Red forges packets from Blue's peer to the host.
attack() # FIELDS...
{
	: $((++NUMBER))
	send red_b $OUTER4 dmac=$MAC_GATE vni=$BLUE $IN4 in.sport=$NUMBER "$@"
}

attack6() # FIELDS...
{
	: $((++NUMBER))
	send red_b $OUTER6 dmac=$MAC_GATE vni=$BLUE $IN4 in.sport=$NUMBER "$@"
}

# They come as far as the host, and no further.
attack_fails()
{
	mark blue blue6
	attack
	expect red vni=$BLUE in.sport=$NUMBER
	moved blue rx_nested=1
	attack csum=zero
	moved blue rx_nested=1
	attack6
	moved blue6 rx_nested=1
	attack6 csum=zero
	moved blue6 rx_nested=1
	none blue dir=in
	none blue6 dir=in
	# as it may, when it does not come through a tunnel
	send u1 $OUTER4 vni=$BLUE $IN4 in.sport=9999
	expect blue sport=9999
}

routed()
{
	two_tenants
	gate_is_red
	attack_fails
	log_test "through a device with an address"
}

bridged()
{
	two_tenants
	gate_is_bridge
	attack_fails
	log_test "through a bridge with an address"
}

# The host puts them together.
fragments()
{
	two_tenants
	gate_is_bridge
	mark blue blue6
	attack frag=32
	moved blue rx_nested=1
	attack6 frag=32
	moved blue6 rx_nested=1
	none blue dir=in
	none blue6 dir=in
	log_test "in fragments"
}

# Segments of a stream, which red holds for a moment to merge them.
as_a_train()
{
	two_tenants
	gate_is_bridge
	# what somebody else looks at is not merged
	ask close u0 u1
	ip netns exec "$A" sh -c "echo 100000000 > /sys/class/net/red/gro_flush_timeout"
	# those of anybody else it does merge
	send red_b count=20 inc=seq seq=1 smac=$MAC_TB dmac=$MAC_TA \
		src=$TB4 dst=$TA4 l4=tcp df=1 flags=A pay=1
	expect red dir=in l4=tcp "paylen>1"
	mark blue
	attack count=20 inc=in.seq in.seq=1 df=1 in.l4=tcp in.df=1 in.flags=A in.pay=1
	moved blue rx_nested=20
	none blue dir=in
	log_test "as a train that could be merged"
}

# To a container of the tenant, by an address of the tenant's network.
add_container()
{
	setup_ns C
	ip link add c0 netns "$C" address 02:00:00:00:03:0a type veth \
		peer name c1 netns "$A"
	ip_in "$C" <<-END
	link set c0 addrgenmode none up
	addr add 192.168.0.3/24 dev c0
	neigh replace $TA4 lladdr $MAC_GATE dev c0 nud permanent
	neigh replace $TB4 lladdr $MAC_TB dev c0 nud permanent
	END
	ip_in "$A" <<-END
	link set c1 addrgenmode none up master br0
	neigh replace 192.168.0.3 lladdr 02:00:00:00:03:0a dev br0 nud permanent
	END
}

# A router of the tenant sends it back to the host.
by_detour()
{
	two_tenants
	gate_is_bridge
	add_container
	ask sysctl "$C" net.ipv4.ip_forward 1
	ip_in "$C" route add 10.0.0.0/24 via $TA4
	mark blue
	attack dmac=02:00:00:00:03:0a
	moved blue rx_nested=1
	none blue dir=in
	log_test "by a router of the tenant"
}

container()
{
	two_tenants
	gate_is_bridge
	add_container
	tunnel "$C" ovl9 id $GREEN remote $TB4
	send red_b $OUTER4 dmac=02:00:00:00:03:0a src=$TB4 dst=192.168.0.3 \
		vni=$GREEN $IN4 in.sport=1
	expect ovl9 sport=1
	send ovl9 $TENANT4 sport=2
	expect u1 in.in.sport=2 : vni=$RED csum=ok in.src=192.168.0.3 in.dst=$TB4 \
		in.vni=$GREEN in.csum=ok in.in.csum=ok
	log_test "an overlay of a container in the tenant's network"
}

# Asked for by name.
bound()
{
	two_tenants
	gate_is_red
	ip_in "$A" neigh replace $TB4 lladdr $MAC_TB dev red
	tunnel "$A" ovl9 id $GREEN remote $TB4 dev red
	green_arrives
	expect ovl9 sport=$NUMBER
	send ovl9 $TENANT4 sport=2
	expect u1 in.in.sport=2 : vni=$RED csum=ok in.src=$TA4 in.dst=$TB4 \
		in.vni=$GREEN in.csum=ok in.in.csum=ok
	# Blue is not over Red, though
	mark blue
	attack
	moved blue rx_nested=1
	# and neither is this one any more
	change "$A" ovl9 nodev
	mark ovl9
	green_arrives
	moved ovl9 rx_nested=1
	change "$A" ovl9 dev red
	green_arrives
	expect ovl9 sport=$NUMBER
	log_test "an overlay with another one as dev"
}

green_arrives()
{
	send red_b $OUTER4 dmac=$MAC_GATE src=$TB4 dst=$TA4 vni=$GREEN $IN4 \
		in.sport=$((++NUMBER))
}

unbound()
{
	two_tenants
	gate_is_red
	tunnel "$A" ovl9 id $GREEN remote $TB4
	mark ovl9
	green_arrives
	moved ovl9 rx_nested=1
	none ovl9 dir=in
	log_test "an overlay that only a route leads over another one"
}

tests_run
exit "$EXIT_STATUS"
