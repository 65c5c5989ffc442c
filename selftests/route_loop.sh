#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Where there is no way for a packet it is counted and dropped: no route to the
# peer, a route that leads through the device itself, as when a routing protocol
# announces the underlay over the overlay, tunnels in tunnels without end.  The
# kernel's stack and log stay as they are, and with a route all works again.
#
#   A                                    B
#   ovl3 over ovl2 over ovl1 over ...
#   u0  10.0.0.1, fd00::1 -------------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="no_route_ipv4 no_route_ipv6 itself_ipv4 itself_ipv6 chain ring_ipv4
	ring_ipv6 ring_without_neighbours bridge_over_itself ring_mtu chain_mtu"

NUMBER=0

sent() # FIELDS...
{
	send ovl0 $TENANT4 sport=$((++NUMBER))
	expect u1 in.sport=$NUMBER : csum=ok "$@"
}

dropped() # COUNTER
{
	mark ovl0
	send ovl0 $TENANT4 sport=$((++NUMBER))
	moved ovl0 $1=1
	none u1 in.sport=$NUMBER
}

# As ip says it: "route KIND", and the route that is taken back
no_route() # FAMILY REMOTE
{
	local kind

	underlay
	tunnel "$A" ovl0 id $VNI remote "$2"
	sent
	for kind in unreachable prohibit blackhole; do
		ip_in "$A" $1 route add $kind "$2"
		dropped tx_no_route
		ip_in "$A" $1 route del $kind "$2"
		sent
	done
	ip_in "$A" link set u0 down
	dropped tx_no_route
	ip_in "$A" link set u0 up
	[ "$1" = -4 ] || ip_in "$A" addr replace $A6/64 dev u0 nodad
	ip_in "$A" neigh replace "$2" lladdr $MAC_B dev u0 nud permanent
	sent
	change "$A" ovl0 remote 203.0.113.1
	dropped tx_no_route
}

no_route_ipv4()
{
	no_route -4 $B4
	log_test "no route over IPv4"
}

no_route_ipv6()
{
	no_route -6 $B6
	log_test "no route over IPv6"
}

# A better route to the peer comes over the overlay, and goes.
itself() # FAMILY REMOTE LOCAL
{
	underlay
	tunnel "$A" ovl0 id $VNI remote "$2"
	sent
	ip_in "$A" $1 route add "$2" dev ovl0
	dropped tx_loop
	ip_in "$A" $1 route del "$2" dev ovl0
	sent
	ip_in "$A" $1 route add "$2" dev ovl0
	change "$A" ovl0 ttl 9
	dropped tx_loop
	change "$A" ovl0 dev u0
	sent ttl=9
}

itself_ipv4()
{
	itself -4 $B4
	log_test "a route through the device itself over IPv4"
}

itself_ipv6()
{
	itself -6 $B6
	log_test "a route through the device itself over IPv6"
}

# An ovl device NAME whose peer NET.2 is behind another device.
over() # NAME NET VIA
{
	ip_in "$A" <<-END
	addr add $2.1/24 dev $3
	neigh replace $2.2 lladdr $MAC_B dev $3 nud permanent
	END
	tunnel "$A" "$1" id ${1#ovl} remote $2.2
}

# The sum of counters that tell of loops
loops() # DEVICE...
{
	local port counter sum=0

	for port; do
		for counter in tx_loop tx_nesting; do
			ask counter $port $counter
			sum=$((sum + SAID[0]))
		done
	done
	echo $sum
}

any_loops() # DEVICE...
{
	[ "$(loops "$@")" -gt 0 ]
}

# It is counted that a packet could go no further.
counted() # DEVICE...
{
	busywait 5000 any_loops "$@"
	check_err $? "expected: tx_loop or tx_nesting, seen: neither"
	! klog_since_mark | grep -q 'Dead loop'
	check_err $? "the kernel's own check for loops had to help"
}

# Three in each other are fine; nine are not, and nothing of it gets out.
chain()
{
	local n

	underlay mtu 9000
	tunnel "$A" ovl0 id $VNI remote $B4
	for n in {1..8}; do
		over ovl$n 10.$n.0 ovl$((n - 1))
	done
	send ovl2 $TENANT4 sport=2
	expect u1 in.in.in.sport=2 : csum=ok in.csum=ok in.in.csum=ok in.in.in.csum=ok
	[ "$(loops ovl{0..8})" = 0 ]
	check_err $? "expected: no tx_loop and tx_nesting, seen: $(loops ovl{0..8})"
	ask clear u1
	send ovl8 $TENANT4 sport=8
	counted ovl{0..8}
	none u1 vni=*
	log_test "tunnels in tunnels"
}

ring_ipv4()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote 10.1.0.2
	tunnel "$A" ovl1 id 1 remote 10.2.0.2
	ip_in "$A" <<-END
	addr add 10.1.0.1/24 dev ovl1
	addr add 10.2.0.1/24 dev ovl0
	neigh replace 10.1.0.2 lladdr $MAC_B dev ovl1
	neigh replace 10.2.0.2 lladdr $MAC_B dev ovl0
	END
	send ovl0 $TENANT4
	counted ovl0 ovl1
	change "$A" ovl0 df unset
	change "$A" ovl1 df unset
	send ovl0 $TENANT4 pay=1000
	counted ovl0 ovl1
	none u1 vni=*
	log_test "two tunnels through each other over IPv4"
}

goes_round()
{
	send ovl0 $TENANT4
	any_loops ovl0 ovl1
}

ring_ipv6()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote fd01::2
	tunnel "$A" ovl1 id 1 remote fd02::2
	ip_in "$A" <<-END
	addr add fd01::1/64 dev ovl1 nodad
	addr add fd02::1/64 dev ovl0 nodad
	neigh replace fd01::2 lladdr $MAC_B dev ovl1
	neigh replace fd02::2 lladdr $MAC_B dev ovl0
	END
	# IPv6 may not be ready for an address that it has got this moment
	busywait 5000 goes_round
	counted ovl0 ovl1
	none u1 vni=*
	log_test "two tunnels through each other over IPv6"
}

# Each waits for the other, in vain.
ring_without_neighbours()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote 10.1.0.2
	tunnel "$A" ovl1 id 1 remote 10.2.0.2
	ip_in "$A" <<-END
	addr add 10.1.0.1/24 dev ovl1
	addr add 10.2.0.1/24 dev ovl0
	END
	send ovl0 $TENANT4 count=20
	send ovl1 $TENANT4 count=20
	expect ovl0 type=0x0806
	expect ovl1 type=0x0806
	none u1 vni=*
	log_test "two tunnels that look for neighbours in each other"
}

# The peer is looked for behind the bridge that the device is a port of.
bridge_over_itself()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote 10.1.0.2
	ip_in "$A" <<-END
	link add br0 type bridge
	link set br0 addrgenmode none up
	link set ovl0 master br0
	addr add 10.1.0.1/24 dev br0
	neigh replace 10.1.0.2 lladdr $MAC_B dev br0
	END
	send ovl0 $TENANT4
	counted ovl0
	log_test "a tunnel through the bridge that it is a port of"
}

# Each would follow the MTU of the other, down and down.
ring_mtu()
{
	underlay mtu 60000
	tunnel "$A" ovl0 id $VNI remote $B4
	tunnel "$A" ovl1 id 1 remote $B4
	ip_in "$A" <<-END
	addr add 10.1.0.1/24 dev ovl1
	addr add 10.2.0.1/24 dev ovl0
	END
	change "$A" ovl0 remote 10.1.0.2
	change "$A" ovl1 remote 10.2.0.2
	ip_in "$A" <<-END
	link set ovl1 down
	link set ovl1 up
	link set ovl1 mtu 1400
	link set u0 mtu 50000
	link set ovl1 mtu 9000
	END
	change "$A" ovl0 remote $B4
	change "$A" ovl1 remote $B4
	send ovl0 $TENANT4 sport=1
	expect u1 in.sport=1
	log_test "two tunnels that follow each other's MTU"
}

# What is one upon the other in earnest does follow.
chain_mtu()
{
	local mtus

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	over ovl1 10.1.0 ovl0
	over ovl2 10.2.0 ovl1
	ip_in "$A" link set u0 mtu 1400
	mtus=$(ip -n "$A" -j link show type "$KIND" | jq -c 'map(.mtu)')
	[ "$mtus" = "[1350,1300,1250]" ]
	check_err $? "expected: MTUs [1350,1300,1250] seen: $mtus"
	log_test "tunnels in tunnels follow the MTU"
}

tests_run
exit "$EXIT_STATUS"
