#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The device tells how much room it needs before a frame (needed_headroom), so
# that nobody on the way has to move the frame to other memory: not the host
# that sends by it, and not the bridge that it is a port of.
#
#   T                        A
#   t1  192.168.0.1 -------- t0 -- br0 -- ovl0  192.168.0.3
#                                         u0  10.0.0.1, fd00::1 ---- u1
#                                         u0.9  10.9.0.1, fd09::1
#
# What moves a frame, pskb_expand_head(), is seen by the memory that it takes:
# the tracepoint kmem:kmalloc tells who asked for it.

. "${0%/*}/lib.sh"

ALL_TESTS="of_the_host bridged bridged_changed over_vlan ring"

TRACING=/sys/kernel/tracing/instances/ovl-$OVL_TAG

host_with_tracing()
{
	mkdir "$TRACING" 2> /dev/null || skip_all "no tracing here"
	defer rmdir "$TRACING"
	[ -w "$TRACING/events/kmem/kmalloc/filter" ] ||
		skip_all "no tracepoint kmem:kmalloc"
	echo "bytes_req >= 1024" > "$TRACING/events/kmem/kmalloc/filter"
	underlay
	# Whoever looks at a frame holds it, and it must be moved
	ask close u0
	ask close u1
	ip_in "$A" <<-END
	link add ovl0 mtu 1400 type $KIND id $VNI remote ${1:-$B4} udp6zerocsumtx
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
}

addresses() # NS DEV ADDR4 ADDR6
{
	ip_in "$1" <<-END
	addr add $3/24 dev $2
	addr add $4/64 dev $2 nodad
	neigh replace $TB4 lladdr $MAC_TB dev $2 nud permanent
	neigh replace $TB6 lladdr $MAC_TB dev $2 nud permanent
	END
}

# How many frames were moved while a command was carried out.
moves() # CMD...
{
	local line

	echo > "$TRACING/trace"
	echo 1 > "$TRACING/events/kmem/kmalloc/enable"
	"$@"
	echo 0 > "$TRACING/events/kmem/kmalloc/enable"
	MOVES=0
	while read -r line; do
		[[ $line != *call_site=*pskb_expand_head* &&
		   $line != *call_site=*"[$KIND]"* ]] || : $((MOVES++))
	done < "$TRACING/trace"
}

# Datagrams from a namespace are not moved; but one that a packet socket looks
# at must be, which shows that moves are seen.
nothing_moves() # NS WHEN
{
	local dst

	port ovl0 "$A" ovl0
	moves udp "$1" to=$TB4 size=1200
	expect ovl0 dir=out dst=$TB4
	ask close ovl0
	[ $MOVES != 0 ] || skip_all "moves are not seen here: an expected one was not"
	for dst in $TB4 $TB6; do
		# A frame that must be moved is, each time; but others on this
		# machine may take such memory meanwhile
		for _ in 1 2 3; do
			moves udp "$1" to=$dst size=1200
			[ $MOVES != 0 ] || break
		done
		[ $MOVES = 0 ]
		check_err $? "a datagram to $dst $2 was moved $MOVES times"
	done
}

of_the_host()
{
	host_with_tracing
	addresses "$A" ovl0 192.168.0.3 fd01::3
	nothing_moves "$A" "over IPv4"
	change "$A" ovl0 remote $B6
	nothing_moves "$A" "over IPv6"
	log_test "what the host sends is not moved"
}

tenant_behind_bridge()
{
	setup_ns T
	ip link add t0 netns "$A" type veth peer name t1 netns "$T"
	ip_in "$A" <<-END
	link set t0 addrgenmode none up
	link add br0 type bridge mcast_snooping 0
	link set br0 addrgenmode none
	link set t0 master br0
	link set ovl0 master br0
	link set br0 up
	END
	ip_in "$T" <<-END
	link set t1 addrgenmode none up
	link set t1 mtu 1400
	END
	addresses "$T" t1 $TA4 $TA6
}

bridged()
{
	local remote

	for remote in $B4 $B6; do
		in_defer_scope bridged_over $remote
	done
	log_test "what a bridge forwards is not moved"
}

bridged_over() # REMOTE
{
	host_with_tracing $1
	tenant_behind_bridge
	nothing_moves "$T" "over $1"
}

# A bridge asks its ports when they become that, and never again.
bridged_changed()
{
	host_with_tracing $B4
	tenant_behind_bridge
	change "$A" ovl0 remote $B6
	nothing_moves "$T" "over IPv6 instead of IPv4"
	log_test "what a bridge forwards is not moved after a change"
}

# An underlay whose own header is longer.
over_vlan()
{
	local remote

	for remote in 10.9.0.2 fd09::2; do
		in_defer_scope over_vlan_to $remote
	done
	log_test "what a bridge forwards is not moved, over a VLAN"
}

over_vlan_to() # REMOTE
{
	host_with_tracing
	ip netns exec "$A" ethtool -K u0 txvlan off > /dev/null
	ip_in "$A" <<-END
	link add u0.9 link u0 type vlan id 9
	link set u0.9 addrgenmode none up
	addr add 10.9.0.1/24 dev u0.9
	addr add fd09::1/64 dev u0.9 nodad
	neigh replace 10.9.0.2 lladdr $MAC_B dev u0.9 nud permanent
	neigh replace fd09::2 lladdr $MAC_B dev u0.9 nud permanent
	link set ovl0 type $KIND remote $1
	END
	tenant_behind_bridge
	nothing_moves "$T" "over $1"
}

# Two devices, each of which leads to the other, add their room to the other's with
# every change.  What is asked for in the end is seen by the memory of a datagram.
ring()
{
	local line n most=0

	host_with_tracing
	addresses "$A" ovl0 192.168.0.3 fd01::3
	{
		cat <<-END
		link add ovl1 type $KIND id 2 remote 192.168.1.2
		link set ovl1 addrgenmode none
		link set ovl1 up
		addr add 192.168.1.1/24 dev ovl0
		addr add 192.168.2.1/24 dev ovl1
		link set ovl0 type $KIND remote 192.168.2.2
		END
		for n in {1..60}; do
			echo "link set ovl0 type $KIND ttl $n"
			echo "link set ovl1 type $KIND ttl $n"
		done
	} | ip_in "$A"
	check_err $? "the ring could not be made"
	moves udp "$A" to=$TB4 size=1200
	while read -r line; do
		[[ $line =~ wire-.*bytes_req=([0-9]+) ]] || continue
		[ "${BASH_REMATCH[1]}" -le $most ] || most=${BASH_REMATCH[1]}
	done < "$TRACING/trace"
	[ $most != 0 ] || skip_all "what a datagram takes is not seen here"
	[ $most -le 8192 ]
	check_err $? "a datagram of 1200 bytes takes $most"
	log_test "devices in a ring do not ask for ever more room"
}

tests_run
exit "$EXIT_STATUS"
