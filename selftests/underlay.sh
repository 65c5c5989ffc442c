#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What happens to the underlay: a bond fails over, a VRF carries the tunnel, the
# device is renamed, goes down and up, has another MTU, another address, or is
# gone for good.  A device that is bound to it by "dev" goes with it; one that is
# not stays, and works again when there is a route.
#
#   A                                  B
#   ovl0, ovl1
#   u0  10.0.0.1, fd00::1 ------------ u1  10.0.0.2, fd00::2 (wire)
#   w0 ------------------------------- w1  (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="bond vrf_ipv4 vrf_ipv6 vrf_port_beside_vrf vrf_apart vrf_by_route renamed
	down_up
	mtu readdressed gone gone_with_others moved_away"

NUMBER=0

# Both ways through DEVICE by way of WIRE.
passes() # WIRE DEVICE REMOTE
{
	local outer=$OUTER4

	[[ $3 != *:* ]] || outer=$OUTER6
	: $((++NUMBER))
	send "$2" $TENANT4 sport=$NUMBER
	expect "$1" dir=in in.sport=$NUMBER : csum=ok vni=$VNI dst="$3"
	send "$1" $outer $IN4 in.sport=$NUMBER
	expect "$2" dir=in sport=$NUMBER
}

# What fails is a counter of the device.
is_stuck() # DEVICE
{
	mark "$1"
	send "$1" $TENANT4
	moved "$1" tx_no_route=1
}

second_wire()
{
	ip link add w0 netns "$A" address $MAC_A type veth \
		peer name w1 netns "$B" address $MAC_B
	ip_in "$B" link set w1 addrgenmode none up
	port w0 "$A" w0
	port w1 "$B" w1
	offload w0 off
	offload w1 off
}

# The address of A is on a device; and no neighbour discovery.
readdress() # DEV [ADDR4]
{
	ip_in "$A" <<-END
	addr replace ${2:-$A4}/24 dev $1
	addr replace $A6/64 dev $1 nodad
	neigh replace $B4 lladdr $MAC_B dev $1 nud permanent
	neigh replace $B6 lladdr $MAC_B dev $1 nud permanent
	END
}

active_is() # SLAVE
{
	[[ $(ip -n "$A" -d -j link show bond7) == *"\"active_slave\":\"$1\""* ]]
}

bond()
{
	modprobe -q bonding || { log_test_skip "a bond" "no bonding"; return; }
	underlay
	second_wire
	ip_in "$A" <<-END
	link set u0 down
	link add bond7 address $MAC_A type bond mode active-backup miimon 10
	link set u0 master bond7
	link set w0 master bond7
	link set bond7 addrgenmode none up
	END
	readdress bond7
	tunnel "$A" ovl0 id $VNI remote $B4 dev bond7
	tunnel "$A" ovl1 id $VNI remote $B6
	busywait 10000 active_is u0
	check_err $? "u0 is not the active slave"
	passes u1 ovl0 $B4
	passes u1 ovl1 $B6
	ip_in "$B" link set u1 down
	busywait 10000 active_is w0
	check_err $? "no failover to w0"
	passes w1 ovl0 $B4
	passes w1 ovl1 $B6
	ip_in "$A" link set bond7 mtu 1400
	[[ $(ip -n "$A" link show ovl0) == *" mtu 1350 "* ]]
	check_err $? "expected: mtu 1350 seen: $(ip -n "$A" link show ovl0)"
	log_test "a bond that fails over"
}

in_vrf()
{
	underlay
	ip_in "$A" <<-END
	link add vrf0 type vrf table 10
	link set vrf0 up
	link set u0 master vrf0
	END
	readdress u0
}

# By the VRF and by its port; without either there is no way.
vrf() # REMOTE
{
	in_vrf
	tunnel "$A" ovl0 id $VNI remote "$1" dev vrf0
	passes u1 ovl0 "$1"
	change "$A" ovl0 dev u0
	passes u1 ovl0 "$1"
	change "$A" ovl0 nodev
	is_stuck ovl0
	change "$A" ovl0 dev vrf0
	passes u1 ovl0 "$1"
}

vrf_ipv4()
{
	modprobe -q vrf || { log_test_skip "a VRF over IPv4" "no vrf"; return; }
	vrf $B4
	log_test "a VRF over IPv4"
}

vrf_ipv6()
{
	modprobe -q vrf || { log_test_skip "a VRF over IPv6" "no vrf"; return; }
	vrf $B6
	log_test "a VRF over IPv6"
}

vrf_port_beside_vrf()
{
	local first second remote outer

	modprobe -q vrf || { log_test_skip "a VRF and its port" "no vrf"; return; }
	in_vrf
	for remote in $B4 $B6; do
		outer=$OUTER4
		[ $remote = $B4 ] || outer=$OUTER6
		for first in u0 vrf0; do
			second=vrf0
			[ $first = u0 ] || second=u0
			tunnel "$A" ovl0 id $VNI remote $remote dev $first
			tunnel "$A" ovl1 id 7 remote $remote dev $second
			passes u1 ovl0 $remote
			send u1 $outer vni=7 $IN4 in.sport=7777
			expect ovl1 sport=7777
			drop_tunnel "$A" ovl0
			drop_tunnel "$A" ovl1
			ask close ovl0
			ask close ovl1
		done
	done
	log_test "a VRF and its port, side by side"
}

# What comes in by a VRF is for a device without one if the sysctl says so alone, also
# when a device of the VRF has a socket.
vrf_apart()
{
	local remote outer

	modprobe -q vrf || { log_test_skip "a VRF and a device of none" "no vrf"; return; }
	in_vrf
	for remote in $B4 $B6; do
		outer=$OUTER4
		[ $remote = $B4 ] || outer=$OUTER6
		tunnel "$A" ovl0 id $VNI remote $remote dev vrf0
		tunnel "$A" ovl1 id 7 remote $remote
		mark ovl0
		send u1 $outer vni=7 $IN4 in.sport=7777
		moved ovl0 port_rx_unknown_vni=1
		none ovl1 sport=7777
		ask sysctl "$A" net.ipv4.udp_l3mdev_accept 1
		send u1 $outer vni=7 $IN4 in.sport=7777
		expect ovl1 sport=7777
		ask sysctl "$A" net.ipv4.udp_l3mdev_accept 0
		drop_tunnel "$A" ovl0
		drop_tunnel "$A" ovl1
		ask close ovl0
		ask close ovl1
	done
	log_test "a VRF and a device of none"
}

# The route leads into the VRF, the socket is open to all of them.
vrf_by_route()
{
	modprobe -q vrf || { log_test_skip "a route in a VRF" "no vrf"; return; }
	in_vrf
	ask sysctl "$A" net.ipv4.udp_l3mdev_accept 1
	ip_in "$A" <<-END
	route add $B4/32 dev vrf0
	route add $B6/128 dev vrf0
	END
	tunnel "$A" ovl0 id $VNI remote $B4 local $A4
	tunnel "$A" ovl1 id $VNI remote $B6 local $A6
	passes u1 ovl0 $B4
	passes u1 ovl1 $B6
	log_test "a route in a VRF"
}

renamed()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 dev u0
	ip_in "$A" <<-END
	link set u0 down
	link set u0 name under
	link set under up
	END
	readdress under
	passes u1 ovl0 $B4
	[[ $(ip -n "$A" -d link show ovl0) == *" dev under "* ]]
	check_err $? "expected: dev under seen: $(ip -n "$A" -d link show ovl0)"
	log_test "the underlay device has another name"
}

down_up()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 dev u0
	tunnel "$A" ovl1 id $VNI remote $B6
	passes u1 ovl0 $B4
	passes u1 ovl1 $B6
	ip_in "$A" link set u0 down
	is_stuck ovl0
	is_stuck ovl1
	ip_in "$A" link set u0 up
	readdress u0
	passes u1 ovl0 $B4
	passes u1 ovl1 $B6
	log_test "the underlay device goes down and up"
}

# A device that was made first of all, without anything to go by, follows too.
mtu()
{
	local mtus

	setup_ns A B
	ip_in "$A" link add ovl0 type "$KIND" id 1 remote $B4
	ip link add u0 netns "$A" mtu 2000 type veth peer name u1 netns "$B"
	host "$A" u0 $A4 $A6 $B4 $B6 $MAC_B
	ip_in "$A" <<-END
	link add ovl1 type $KIND id 1 remote $B6 dev u0
	link add ovl2 mtu 1111 type $KIND id 2 remote $B4
	link set ovl0 up
	link set u0 mtu 1700
	END
	mtus=$(ip -n "$A" -j link show type "$KIND" | jq -c 'map([.ifname, .mtu])')
	[ "$mtus" = '[["ovl0",1650],["ovl1",1630],["ovl2",1111]]' ]
	check_err $? "expected: 1650, 1630, 1111 (set by hand) seen: $mtus"
	log_test "the underlay device has another MTU"
}

# The address that the route gives is used, the other one still listened to.
readdressed()
{
	underlay
	ask sysctl "$A" net.ipv4.conf.u0.promote_secondaries 1
	tunnel "$A" ovl0 id $VNI remote $B4
	passes u1 ovl0 $B4
	ip_in "$A" <<-END
	addr add 10.0.0.5/24 dev u0
	addr del $A4/24 dev u0
	END
	send ovl0 $TENANT4 sport=7001
	expect u1 in.sport=7001 : src=10.0.0.5 csum=ok
	send u1 $OUTER4 dst=10.0.0.5 $IN4 in.sport=7002
	expect ovl0 sport=7002
	ip_in "$A" <<-END
	addr add $A4/24 dev u0
	addr del 10.0.0.5/24 dev u0
	END
	send ovl0 $TENANT4 sport=7003
	expect u1 in.sport=7003 : src=$A4 csum=ok
	passes u1 ovl0 $B4
	log_test "the underlay device has another address"
}

new_wire()
{
	ip link add u0 netns "$A" address $MAC_A type veth \
		peer name u1 netns "$B" address $MAC_B
	ip_in "$A" link set u0 addrgenmode none up
	readdress u0
	ip_in "$B" link set u1 addrgenmode none up
	port u0 "$A" u0
	port u1 "$B" u1
	offload u0 off
}

gone()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	tunnel "$A" ovl1 id 1 remote $B4 dev u0
	tunnel "$A" ovl2 id 2 remote $B6 dev u0
	passes u1 ovl0 $B4
	ask close u0 u1
	ip_in "$A" link del u0
	[ "$(ip -n "$A" -j link show type "$KIND" | jq -c 'map(.ifname)')" = '["ovl0"]' ]
	check_err $? "expected: ovl0 alone, seen: $(ip -n "$A" link)"
	is_stuck ovl0
	new_wire
	passes u1 ovl0 $B4
	# there is nobody on the VNI of one that is gone
	tunnel "$A" ovl4 id 1 remote $B4 dev u0
	log_test "the underlay device is deleted"
}

# Also when both are in what is deleted, or the one that goes is a tunnel.
gone_with_others()
{
	underlay
	ip_in "$A" <<-END
	link set u0 group 7
	link add ovl0 type $KIND id 0 remote $B4 dev u0
	link add ovl1 group 7 type $KIND id 1 remote $B4 dev u0
	link add ovl2 type $KIND id 2 remote $B4 dev ovl1
	link add ovl3 type $KIND id 3 remote $B4 dev ovl2
	link del group 7
	END
	[ "$(ip -n "$A" -j link show type "$KIND")" = "[]" ]
	check_err $? "expected: nothing, seen: $(ip -n "$A" link)"
	log_test "the underlay device is deleted together with others"
}

# To another namespace: not the underlay any more.
moved_away()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	ip_in "$A" link add ovl1 type "$KIND" id 1 remote $B4 dev u0
	ip_in "$A" link set u0 netns "$B" name u7
	[ "$(ip -n "$A" -j link show type "$KIND" | jq -c 'map(.ifname)')" = '["ovl0"]' ]
	check_err $? "expected: ovl0 alone, seen: $(ip -n "$A" link)"
	is_stuck ovl0
	log_test "the underlay device is moved to another namespace"
}

tests_run
exit "$EXIT_STATUS"
