#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A device floods to a multicast group: it is a member while it is up, again when
# its underlay comes back, of the new group when that changes; members that share
# a group do not leave it before the last; what is flooded goes to the group's
# address and no further than a hop, what comes from it reaches the VNI.
#
#   A                                  B
#   ovl0 (VNI 5001), ovl1 (VNI 7)
#   u0  10.0.0.1, fd00::1 ------------ u1  10.0.0.2, fd00::2 (wire)
#   w0 ------------------------------- w1

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="member_ipv4 member_ipv6 underlay_down underlay_mtu shared_ipv4 shared_ipv6
	shown sent_ipv4 sent_ipv6 received_ipv4 received_ipv6 once_ipv4 once_ipv6
	local_ipv4 local_ipv6 changed changed_dev
	in_another_netns no_membership refused"

GROUP4=239.1.1.1 GROUP4_MAC=01:00:5e:01:01:01
GROUP6=ff05::5001 GROUP6_MAC=33:33:00:00:50:01
OTHER4=239.2.2.2
# A MAC that nobody has
MAC_X=02:00:00:00:09:09

# Groups that u0 is a member of
memberships() # [DEV]
{
	ip -n "$A" -o maddr show dev "${1:-u0}"
}

is_member() # GROUP [DEV]
{
	[[ $(memberships "${2:-u0}") == *" $1 "* || $(memberships "${2:-u0}") == *" $1"$'\n'* ||
		$(memberships "${2:-u0}") == *" $1" ]]
}

is_no_member()
{
	! is_member "$@"
}

check_member() # WHEN GROUP [DEV]
{
	busywait $((WAIT_TIMEOUT * 1000)) is_member "${@:2}"
	check_err $? "no member of $2 $1: $(memberships "${3:-}")"
}

check_no_member() # WHEN GROUP [DEV]
{
	busywait $((WAIT_TIMEOUT * 1000)) is_no_member "${@:2}"
	check_err $? "a member of $2 $1: $(memberships "${3:-}")"
}

member() # GROUP
{
	underlay
	ip_in "$A" link add ovl0 type "$KIND" id $VNI $OVERLAY_ARGS group "$1" dev u0
	check_err $? "could not add a device with group $1"
	check_no_member "before it is up" "$1"
	for _ in 1 2; do
		ip_in "$A" link set ovl0 up
		check_member "when it is up" "$1"
		ip_in "$A" link set ovl0 down
		check_no_member "when it is down" "$1"
	done
	ip_in "$A" link set ovl0 up
	check_member "when it is up again" "$1"
	ip_in "$A" link del ovl0
	check_no_member "when it is deleted" "$1"
	# and not if it was down
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI $OVERLAY_ARGS group $1 dev u0
	link del ovl0
	END
	check_no_member "without a device" "$1"
}

member_ipv4()
{
	member $GROUP4
	[[ $(ip netns exec "$A" cat /proc/net/igmp) != *010101EF* ]]
	check_err $? "still in /proc/net/igmp"
	log_test "a member while it is up, over IPv4"
}

member_ipv6()
{
	member $GROUP6
	log_test "a member while it is up, over IPv6"
}

# What B sends to the group arrives.
hears() # GROUP-MAC OUTER [DEV [VNI [WIRE]]]
{
	# wire cannot make VXLAN
	[ "$KIND" = ovl ] || return 0
	number
	send "${5:-u1}" $2 dmac="$1" vni="${4:-$VNI}" $IN4 in.dmac=ff:ff:ff:ff:ff:ff \
		in.sport=$NUMBER
	expect "${3:-ovl0}" dir=in sport=$NUMBER
}

hears_ipv4() { hears $GROUP4_MAC "$OUTER4 dst=$GROUP4" "$@"; }
hears_ipv6() { hears $GROUP6_MAC "$OUTER6 dst=$GROUP6" "$@"; }

# Another program's membership makes the packets come in all the same; so it is
# the membership that is looked at.
underlay_down()
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP4 dev u0
	tunnel "$A" ovl1 id 7 $LEARNING group $GROUP6 dev u0
	hears_ipv4
	hears_ipv6 ovl1 7
	ip_in "$A" link set u0 down
	ip_in "$A" link set u0 up
	host "$A" u0 $A4 $A6 $B4 $B6 $MAC_B 2> /dev/null
	check_member "when u0 is up again" $GROUP4
	check_member "when u0 is up again" $GROUP6
	hears_ipv4
	hears_ipv6 ovl1 7
	# and one that comes up while the underlay is down
	ip_in "$A" <<-END
	link set ovl0 down
	link set ovl1 down
	link set u0 down
	END
	check_no_member "when it is down" $GROUP4
	check_no_member "when it is down" $GROUP6
	ip -n "$A" link set ovl0 up 2> /dev/null
	ip -n "$A" link set ovl1 up 2> /dev/null
	ip_in "$A" link set u0 up
	ip -n "$A" link set ovl0 up
	ip -n "$A" link set ovl1 up
	check_member "when all are up" $GROUP4
	check_member "when all are up" $GROUP6
	log_test "the underlay device goes down and up"
}

# IPv6 leaves a device whose MTU is too small for it.
underlay_mtu()
{
	[ "$KIND" = ovl ] ||
		{ log_test_skip "the underlay loses IPv6" "$KIND does not come back"; return; }
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP6 dev u0
	ip_in "$A" link set u0 mtu 1200
	check_no_member "when there is no IPv6" $GROUP6
	ip_in "$A" link set u0 mtu 1500
	ip_in "$A" addr add $A6/64 dev u0 nodad
	check_member "when IPv6 is back" $GROUP6
	hears_ipv6
	ip_in "$A" link set ovl0 down
	check_no_member "when it is down" $GROUP6
	log_test "the underlay device is too small for IPv6 for a while"
}

shared() # GROUP HEARS
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group "$1" dev u0
	tunnel "$A" ovl1 id 7 $LEARNING group "$1" dev u0
	$2
	$2 ovl1 7
	ip_in "$A" link set ovl0 down
	check_member "with one of two up" "$1"
	$2 ovl1 7
	ip_in "$A" link set ovl0 up
	ip_in "$A" link del ovl1
	check_member "with one of two left" "$1"
	$2
	ip_in "$A" link del ovl0
	check_no_member "with none left" "$1"
}

shared_ipv4()
{
	shared $GROUP4 hears_ipv4
	log_test "two devices share a group, over IPv4"
}

shared_ipv6()
{
	shared $GROUP6 hears_ipv6
	log_test "two devices share a group, over IPv6"
}

shown()
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP4 dev u0
	tunnel "$A" ovl1 id 7 $LEARNING group $GROUP6 dev u0
	check_fdb "$A" ovl0 "^00:00:00:00:00:00 dst $GROUP4 via u0 self permanent"
	check_fdb "$A" ovl1 "^00:00:00:00:00:00 dst $GROUP6 via u0 self permanent"
	[[ $(ip -n "$A" -d link show ovl0) == *" group $GROUP4 "*"dev u0 "* ]]
	check_err $? "expected: group $GROUP4 dev u0, seen: $(ip -n "$A" -d link show ovl0)"
	[[ $(ip -n "$A" -d link show ovl1) =~ " group"6?" $GROUP6 ".*"dev u0 " ]]
	check_err $? "expected: group $GROUP6 dev u0, seen: $(ip -n "$A" -d link show ovl1)"
	log_test "the group is shown"
}

# What is flooded, and with this TTL.
floods() # TTL FIELDS
{
	local dmac

	for dmac in ff:ff:ff:ff:ff:ff 01:00:5e:05:05:05 33:33:00:00:00:99 $MAC_X; do
		number
		send ovl0 $TENANT4 dmac=$dmac $FRAME
		expect u1 $CARRIED : $2 ttl="$1" csum=ok
		none u1 $CARRIED
	done
}

# A route that leads elsewhere does not matter, the group's device is given.
sent_ipv4()
{
	local to="dst=$GROUP4 dmac=$GROUP4_MAC src=$A4"

	underlay
	tunnel "$A" ovl0 id $VNI $NO_LEARNING group $GROUP4 dev u0
	floods 1 "$to"
	ip_in "$A" route add unreachable 239.0.0.0/8
	floods 1 "$to"
	if [ "$KIND" = ovl ]; then
		change "$A" ovl0 ttl 8
		floods 8 "$to"
		change "$A" ovl0 ttl auto
		floods 1 "$to"
	fi
	# what has an entry does not go to the group
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst $B4 self
	number
	send ovl0 $TENANT4 $FRAME
	expect u1 $CARRIED : dst=$B4 dmac=$MAC_B ttl=64
	# a second one for what is flooded
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 dst $B4 self
	number
	send ovl0 $TENANT4 dmac=ff:ff:ff:ff:ff:ff $FRAME
	expect u1 $CARRIED dst=$B4 : dmac=$MAC_B ttl=64
	expect u1 $CARRIED dst=$GROUP4 : dmac=$GROUP4_MAC ttl=1
	log_test "what is flooded goes to the group, over IPv4"
}

sent_ipv6()
{
	local to="dst=$GROUP6 dmac=$GROUP6_MAC src=$A6"

	underlay
	tunnel "$A" ovl0 id $VNI $NO_LEARNING group $GROUP6 dev u0
	floods 1 "$to"
	if [ "$KIND" = ovl ]; then
		change "$A" ovl0 ttl 8
		floods 8 "$to"
	fi
	log_test "what is flooded goes to the group, over IPv6"
}

received() # HEARS GROUP OUTER SOURCE GROUP-MAC
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group "$2" dev u0
	tunnel "$A" ovl1 id 7 $LEARNING group "$2" dev u0
	$1
	none ovl1 dir=in sport=$NUMBER
	$1 ovl1 7
	none ovl0 dir=in sport=$NUMBER
	check_fdb "$A" ovl1 "^$MAC_TB dst $4 "
	# nobody has that VNI
	mark ovl0
	number
	send u1 $3 dmac="$5" dst="$2" vni=9 $IN4 in.sport=$NUMBER
	moved ovl0 port_rx_unknown_vni=1
	# unicast as well
	number
	send u1 $3 $IN4 in.sport=$NUMBER
	expect ovl0 dir=in sport=$NUMBER
}

received_ipv4()
{
	[ "$KIND" = ovl ] || { log_test_skip "what is received, over IPv4" "wire has no VXLAN"; return; }
	received hears_ipv4 $GROUP4 "$OUTER4" $B4 $GROUP4_MAC
	log_test "what is received, over IPv4"
}

received_ipv6()
{
	[ "$KIND" = ovl ] || { log_test_skip "what is received, over IPv6" "wire has no VXLAN"; return; }
	received hears_ipv6 $GROUP6 "$OUTER6" $B6 $GROUP6_MAC
	log_test "what is received, over IPv6"
}

hears_once() # HEARS DEV VNI
{
	$1 "$2" "$3"
	none "$2" dir=in sport=$NUMBER
}

# UDP gives what goes to a group, or to all, to the socket of each device.
once() # HEARS GROUP REMOTE
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group "$2" dev u0
	tunnel "$A" ovl1 id 7 $LEARNING remote "$3"
	mark ovl0
	hears_once $1 ovl0 $VNI
	hears_once $1 ovl1 7
	if [ "$2" = $GROUP4 ]; then
		hears_once hears_broadcast ovl0 $VNI
		hears_once hears_broadcast ovl1 7
	fi
	moved ovl0 port_rx_unknown_vni=0
}

hears_broadcast() { hears ff:ff:ff:ff:ff:ff "$OUTER4 dst=10.0.0.255" "$@"; }

once_ipv4()
{
	once hears_ipv4 $GROUP4 $B4
	log_test "once, beside a device with another socket, over IPv4"
}

once_ipv6()
{
	once hears_ipv6 $GROUP6 $B6
	log_test "once, beside a device with another socket, over IPv6"
}

# With an address of its own a device hears the group all the same, and what is
# sent to that address.
local_ipv4()
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP4 dev u0 local $A4
	hears_ipv4
	floods 1 "dst=$GROUP4 src=$A4"
	hears $MAC_A "$OUTER4"
	log_test "a group and an address of its own, over IPv4"
}

local_ipv6()
{
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP6 dev u0 local $A6
	hears_ipv6
	floods 1 "dst=$GROUP6 src=$A6"
	hears $MAC_A "$OUTER6"
	log_test "a group and an address of its own, over IPv6"
}

# To another group, to a host, to a group of the other family.
changed()
{
	[ "$KIND" = ovl ] || { log_test_skip "the group changes" "$KIND does not join"; return; }
	underlay
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP4 dev u0
	change "$A" ovl0 group $OTHER4
	check_member "of the new group" $OTHER4
	check_no_member "of the old group" $GROUP4
	floods 1 "dst=$OTHER4 dmac=01:00:5e:02:02:02"
	check_no_fdb "$A" ovl0 $GROUP4
	check_fdb "$A" ovl0 "^00:00:00:00:00:00 dst $OTHER4 via u0 self permanent"
	change "$A" ovl0 remote $B4
	check_no_member "with remote" $OTHER4
	floods 64 "dst=$B4 dmac=$MAC_B"
	change "$A" ovl0 group $GROUP6
	check_member "of one over IPv6" $GROUP6
	hears_ipv6
	floods 1 "dst=$GROUP6 dmac=$GROUP6_MAC"
	# a device that is down
	ip_in "$A" link set ovl0 down
	change "$A" ovl0 group $GROUP4
	check_no_member "when it is down" $GROUP4
	ip_in "$A" link set ovl0 up
	check_member "when it is up" $GROUP4
	check_no_member "of that before" $GROUP6
	# the same again changes nothing
	change "$A" ovl0 group $GROUP4 dev u0
	check_member "after no change" $GROUP4
	hears_ipv4
	ip_in "$A" link del ovl0
	check_no_member "when it is deleted" $GROUP4
	log_test "the group changes"
}

changed_dev()
{
	[ "$KIND" = ovl ] || { log_test_skip "the group's device changes" "$KIND cannot"; return; }
	underlay
	ip link add w0 netns "$A" type veth peer name w1 netns "$B"
	host "$A" w0 10.1.0.1 fd02::1 10.1.0.2 fd02::2 $MAC_B
	ip_in "$B" link set w1 up
	port w1 "$B" w1
	offload w1 off
	tunnel "$A" ovl0 id $VNI $LEARNING group $GROUP4 dev u0
	# one on each device does not make it the same
	ip_in "$A" link add ovl1 type "$KIND" id 7 $LEARNING group $GROUP4 dev w0
	ip_in "$A" link set ovl1 up
	check_member "on the one device" $GROUP4 u0
	check_member "on the other device" $GROUP4 w0
	ip_in "$A" link del ovl1
	check_no_member "on the other device" $GROUP4 w0
	check_member "on the one device" $GROUP4 u0
	change "$A" ovl0 dev w0
	check_member "on the new device" $GROUP4 w0
	check_no_member "on the old device" $GROUP4 u0
	number
	send ovl0 $TENANT4 $FRAME
	expect w1 $CARRIED : dst=$GROUP4 src=10.1.0.1
	none u1 $CARRIED
	# it goes with the device, and so does the membership
	ip_in "$A" link del w0
	ip -n "$A" link show ovl0 > /dev/null 2>&1
	check_fail $? "the device has outlived its underlay"
	log_test "the group's device changes"
}

# The membership is where the underlay is.
in_another_netns()
{
	underlay
	setup_ns C
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI $LEARNING group $GROUP4 dev u0
	link set ovl0 netns $C
	END
	ip_in "$C" link set ovl0 addrgenmode none
	ip_in "$C" link set ovl0 up
	port ovl0 "$C" ovl0
	check_member "when it is up elsewhere" $GROUP4
	hears_ipv4
	number
	send ovl0 $TENANT4 dmac=$MAC_X $FRAME
	expect u1 $CARRIED : dst=$GROUP4
	ip_in "$C" link set ovl0 down
	check_no_member "when it is down elsewhere" $GROUP4
	ip_in "$C" link set ovl0 up
	check_member "when it is up again elsewhere" $GROUP4
	ask close ovl0
	ip_in "$C" link del ovl0
	check_no_member "when it is deleted elsewhere" $GROUP4
	log_test "a device in another namespace than its group"
}

# A device that cannot become a member does not come up, and can later.
no_membership()
{
	underlay
	ip_in "$A" link add ovl0 type "$KIND" id $VNI $OVERLAY_ARGS group $GROUP4 dev u0
	ask sysctl "$A" net.ipv4.igmp_max_memberships 0
	ip -n "$A" link set ovl0 up 2> /dev/null
	check_fail $? "the device came up without its group"
	[[ $(ip -n "$A" link show ovl0) != *[,\<]UP[,\>]* ]]
	check_err $? "the device is up: $(ip -n "$A" link show ovl0)"
	ask sysctl "$A" net.ipv4.igmp_max_memberships 20
	ip_in "$A" link set ovl0 up
	check_member "when it may" $GROUP4
	log_test "a membership that is not given"
}

refused()
{
	local words

	underlay
	while read -r words; do
		ip -n "$A" link add ovl0 type "$KIND" id $VNI $OVERLAY_ARGS $words 2> /dev/null
		check_fail $? "taken: $words"
		ip -n "$A" link show ovl0 > /dev/null 2>&1
		check_fail $? "there is a device in spite of $words"
	done <<-END
	group $GROUP4
	group $GROUP6
	group $B4 dev u0
	group $B6 dev u0
	group $GROUP4 remote $B4 dev u0
	END
	if [ "$KIND" = ovl ]; then
		tunnel "$A" ovl0 id $VNI group $GROUP4 dev u0
		for words in nodev "group $B4" "group $GROUP4 remote $B4"; do
			ip -n "$A" link set ovl0 type "$KIND" $words 2> /dev/null
			check_fail $? "changed: $words"
		done
		check_member "after what was refused" $GROUP4
		floods 1 "dst=$GROUP4"
	fi
	log_test "what makes no sense is refused"
}

tests_run
exit "$EXIT_STATUS"
