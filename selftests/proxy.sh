#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A device with "proxy" answers ARP requests and neighbour solicitations out of
# its neighbour table, and sends none of them; "l3miss" tells of those that it
# could not answer, "l2miss" of unicast MACs that have no entry.
#
#   T               A                              B
#   t1 -- t0 \
#             br0
#        ovl0 /                                    ovl1 (wire looks here)
#                   u0  10.0.0.1 ---------------- u1  10.0.0.2

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="answered_ipv4 answered_ipv6 not_answered_ipv4 not_answered_ipv6
	local_neighbour turned_off l3miss l2miss"

# What a miss is asked for
ELSEWHERE4=192.168.0.9 ELSEWHERE6=fd01::9
MAC_X=02:00:00:00:09:09

tenant() # TYPE-ARGUMENT...
{
	underlay
	setup_ns T
	ip link add t0 netns "$A" type veth peer name t1 netns "$T" address $MAC_TA
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI $NO_LEARNING remote $B4 $*
	link add br0 type bridge mcast_snooping 0
	link set br0 addrgenmode none
	link set br0 up
	link set t0 addrgenmode none
	link set t0 master br0 up
	link set ovl0 addrgenmode none
	link set ovl0 master br0 up
	END
	check_err $? "could not add a device with $*"
	ip_in "$T" <<-END
	link set t1 addrgenmode none
	link set t1 up
	addr add $TA4/24 dev t1
	addr add $TA6/64 dev t1 nodad
	END
	ip_in "$B" <<-END
	link add ovl1 type $KIND id $VNI $NO_LEARNING remote $A4
	link set ovl1 addrgenmode none
	link set ovl1 up
	END
	port ovl1 "$B" ovl1
	port t1 "$T" t1
	port ovl0 "$A" ovl0
}

# The tenant looks for a neighbour; this does not wait.
looks_for() # ADDRESS
{
	udp "$T" to="$1" port=9
}

is_resolved() # ADDRESS MAC
{
	[[ $(ip -n "$T" neigh show "$1" dev t1) == *"lladdr $2 "* ]]
}

resolves() # ADDRESS MAC
{
	looks_for "$1"
	busywait $((WAIT_TIMEOUT * 1000)) is_resolved "$@"
	check_err $? "expected: $1 lladdr $2, seen: $(ip -n "$T" neigh show "$1" dev t1)"
}

# Of a request or solicitation nothing comes to B; the frame behind it, which
# has waited, does.
not_sent() # SELECT...
{
	expect ovl1 dir=in smac=$MAC_TA l4=udp
	none ovl1 dir=in "$@"
}

answered_ipv4()
{
	tenant proxy
	ip_in "$A" neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	resolves $TB4 $MAC_TB
	not_sent type=0x0806
	expect t1 dir=in type=0x0806 : smac=$MAC_TB dmac=$MAC_TA
	none t1 dir=in type=0x0806
	ip_in "$A" neigh replace $TB4 lladdr $MAC_X dev ovl0 nud reachable
	ip_in "$T" neigh flush all
	clear_port t1 ovl1
	resolves $TB4 $MAC_X
	not_sent type=0x0806
	log_test "ARP requests are answered"
}

answered_ipv6()
{
	tenant proxy
	ip_in "$A" neigh replace $TB6 lladdr $MAC_TB dev ovl0 nud permanent
	resolves $TB6 $MAC_TB
	# it says that it was solicited, so that nobody asks again
	[[ $(ip -n "$T" neigh show $TB6 dev t1) == *" REACHABLE"* ]]
	check_err $? "expected: REACHABLE, seen: $(ip -n "$T" neigh show $TB6 dev t1)"
	not_sent icmp6=135/0
	expect t1 dir=in icmp6=136/0 : src=$TB6 dst=$TA6 smac=$MAC_TB dmac=$MAC_TA \
		csum=ok ttl=255
	none t1 dir=in icmp6=136/0
	# of a router it is said, if its entry says so
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst $B4 self router
	ip_in "$T" neigh flush all
	clear_port t1 ovl1
	resolves $TB6 $MAC_TB
	not_sent icmp6=135/0
	[[ $(ip -n "$T" neigh show $TB6 dev t1) == *" router "* ]]
	check_err $? "expected: router, seen: $(ip -n "$T" neigh show $TB6 dev t1)"
	log_test "neighbour solicitations are answered"
}

# Asked for who is not there, a device says nothing; what is sent behind shows
# that it has been there.
silent() # ADDRESS TYPE
{
	local type=type=0x0806 to=icmp6=136/0

	[[ $1 == *:* ]] && type=icmp6=135/0 || to=$type
	clear_port t1 ovl0 ovl1
	ip -n "$T" neigh flush all
	looks_for "$1"
	expect ovl0 dir=out $type
	number
	send t1 $TENANT4 $FRAME
	expect ovl1 dir=in sport=$NUMBER
	none ovl1 dir=in $type
	none t1 dir=in $to
}

not_answered_ipv4()
{
	tenant proxy
	silent $ELSEWHERE4
	# one that is not known to be there
	ip_in "$A" neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud stale
	silent $TB4
	ip_in "$A" link set ovl0 arp off
	ip_in "$A" neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	silent $TB4
	log_test "who is not known is not answered for, over IPv4"
}

not_answered_ipv6()
{
	tenant proxy
	silent $ELSEWHERE6
	ip_in "$A" neigh replace $TB6 lladdr $MAC_TB dev ovl0 nud stale
	silent $TB6
	log_test "who is not known is not answered for, over IPv6"
}

# A neighbour whose MAC has an entry without endpoint is on this side.
local_neighbour()
{
	tenant proxy
	ip_in "$A" <<-END
	neigh replace $TB4 lladdr $MAC_X dev ovl0 nud permanent
	neigh replace $TB6 lladdr $MAC_X dev ovl0 nud permanent
	END
	# ovl has none
	bridge -n "$A" fdb add $MAC_X dev ovl0 dst 0.0.0.0 self 2> /dev/null || return
	silent $TB4
	silent $TB6
	log_test "a neighbour on this side is not answered for"
}

turned_off()
{
	tenant
	ip_in "$A" neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	looks_for $TB4
	expect ovl1 dir=in type=0x0806
	none t1 dir=in type=0x0806
	looks_for $ELSEWHERE6
	expect ovl1 dir=in icmp6=135/0
	if [ "$KIND" = ovl ]; then
		change "$A" ovl0 proxy
		ip_in "$T" neigh flush all
		resolves $TB4 $MAC_TB
		change "$A" ovl0 noproxy
		ip_in "$T" neigh flush all
		clear_port ovl1
		looks_for $TB4
		expect ovl1 dir=in type=0x0806
	fi
	log_test "without proxy they are sent"
}

# What is told, in MISSES.
monitor()
{
	MISSES=$(mktemp)
	defer rm "$MISSES"
	in_background ip -n "$A" monitor neigh > "$MISSES"
}

asked_and_told() # ADDRESS
{
	ip -n "$T" neigh flush all
	ask udp "$T" to="$1" port=9
	was_told "miss $1"
}

was_told() # PATTERN
{
	grep -qE "$1" "$MISSES"
}

l3miss()
{
	tenant proxy l3miss
	monitor
	ip_in "$A" neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	busywait $((WAIT_TIMEOUT * 1000)) asked_and_told $ELSEWHERE4
	check_err $? "expected: miss $ELSEWHERE4, seen: $(< "$MISSES")"
	busywait $((WAIT_TIMEOUT * 1000)) asked_and_told $ELSEWHERE6
	check_err $? "expected: miss $ELSEWHERE6, seen: $(< "$MISSES")"
	was_told "miss $ELSEWHERE4 dev ovl0.* STALE"
	check_err $? "expected: miss $ELSEWHERE4 dev ovl0 STALE, seen: $(< "$MISSES")"
	# of one that is known nothing is told
	resolves $TB4 $MAC_TB
	silent 192.168.0.10
	busywait $((WAIT_TIMEOUT * 1000)) was_told "miss 192.168.0.10 "
	check_err $? "expected: miss 192.168.0.10, seen: $(< "$MISSES")"
	! was_told "miss $TB4"
	check_err $? "told of one that is known: $(< "$MISSES")"
	log_test "l3miss tells who is not known"
}

sent_and_told() # MAC
{
	ask send t1 $TENANT4 dmac="$1"
	was_told "miss dev ovl0 lladdr $1 STALE"
}

l2miss()
{
	tenant l2miss
	# with a flood list everybody is reached
	number
	send t1 $TENANT4 $FRAME
	expect ovl1 dir=in sport=$NUMBER
	monitor
	bridge -n "$A" fdb del 00:00:00:00:00:00 dev ovl0 dst $B4 self
	bridge -n "$A" fdb add $MAC_X dev ovl0 dst $B4 self
	busywait $((WAIT_TIMEOUT * 1000)) sent_and_told $MAC_TB
	check_err $? "expected: miss lladdr $MAC_TB, seen: $(< "$MISSES")"
	# not of those that have an entry, and not of groups
	number
	send t1 $TENANT4 dmac=$MAC_X $FRAME
	expect ovl1 dir=in sport=$NUMBER
	send t1 $TENANT4 dmac=ff:ff:ff:ff:ff:ff
	send t1 $TENANT4 dmac=01:00:5e:05:05:05
	busywait $((WAIT_TIMEOUT * 1000)) sent_and_told 02:00:00:00:09:10
	check_err $? "expected: miss lladdr 02:00:00:00:09:10, seen: $(< "$MISSES")"
	! was_told "$MAC_X.*STALE|ff:ff:ff:ff:ff:ff|01:00:5e"
	check_err $? "told of what has an entry, or of groups: $(< "$MISSES")"
	# found again when there is one
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 dst $B4 self
	number
	send t1 $TENANT4 dmac=02:00:00:00:09:11 $FRAME
	expect ovl1 dir=in sport=$NUMBER
	! was_told 02:00:00:00:09:11
	check_err $? "told of what was flooded: $(< "$MISSES")"
	log_test "l2miss tells which MAC has no entry"
}

tests_run
exit "$EXIT_STATUS"
