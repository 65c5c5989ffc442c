#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A device may move to another namespace: its sockets, its routes and its "dev"
# stay behind, where it was made, and it says so.  It goes when either of the two
# namespaces goes.  Who got a device but has no rights where it came from cannot
# steer what it does there.
#
#   C                A                                B
#   ovl0 ----------- sockets, routes
#                    u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"
. "${0%/*}/lib_user.sh"

ALL_TESTS="moves moves_ipv6 made_from_afar dev_of_another underlay_deleted
	device_deleted both_deleted underlay_is_newer many no_rights own_rights"

NUMBER=0

# ovl0 of C, made in A.
moved_device() # TYPE-ARGUMENT...
{
	underlay
	setup_ns C
	ip_in "$A" <<-END
	link add ovl0 address $MAC_TA type $KIND id $VNI $*
	link set ovl0 addrgenmode none
	link set ovl0 netns $C
	END
	check_err $? "could not make it and move it"
	ip_in "$C" link set ovl0 up
	port ovl0 "$C" ovl0
}

# Both ways, by the addresses of A; nothing of it is seen in C besides ovl0.
passes() # OUTER FIELDS
{
	: $((++NUMBER))
	send ovl0 $TENANT4 sport=$NUMBER
	expect u1 in.sport=$NUMBER : csum=ok vni=$VNI in.csum=ok "${@:2}"
	send u1 $1 $IN4 in.sport=$NUMBER
	expect ovl0 dir=in sport=$NUMBER : csum=ok
}

moves()
{
	moved_device remote $B4
	passes "$OUTER4" src=$A4 dst=$B4
	change "$C" ovl0 ttl 7 local $A4
	passes "$OUTER4" src=$A4 ttl=7
	# a route of C does not matter, one of A does
	ip_in "$C" route add $B4 dev ovl0
	passes "$OUTER4" src=$A4 ttl=7
	ip_in "$A" route add unreachable $B4
	mark ovl0
	send ovl0 $TENANT4
	moved ovl0 tx_no_route=1
	ip_in "$A" route del unreachable $B4
	# a port of C is free, one of A is not
	must hold program "$C" port=6081
	ask hold program2 "$A" port=6081
	check_fail $? "the port is not held in A"
	ask release program
	# another one of A knows it by its name
	[[ $(ip -n "$A" link add ovl1 type "$KIND" id $VNI remote $B4 local $A4 2>&1) == *" device ovl0."* ]]
	check_err $? "the VNI is not taken in A"
	log_test "a device moves, its underlay does not"
}

moves_ipv6()
{
	moved_device remote $B6
	passes "$OUTER6" src=$A6 dst=$B6
	change "$C" ovl0 ttl 9
	passes "$OUTER6" ttl=9
	log_test "a device moves, its underlay does not, over IPv6"
}

made_from_afar()
{
	underlay
	setup_ns C
	ip_in "$C" link add ovl0 address $MAC_TA link-netns "$A" type "$KIND" id $VNI remote $B4
	check_err $? "could not make a device of another namespace's underlay"
	ip_in "$C" link set ovl0 addrgenmode none up
	port ovl0 "$C" ovl0
	passes "$OUTER4" src=$A4
	ip_in "$C" link set ovl0 netns "$A"
	ask close ovl0
	ip_in "$A" link set ovl0 up
	port ovl0 "$A" ovl0
	passes "$OUTER4" src=$A4
	[[ $(ip -n "$A" -d -j link show ovl0) != *link_netnsid* ]]
	check_err $? "at home, seen: $(ip -n "$A" -d -j link show ovl0)"
	log_test "a device is made from afar, and comes home"
}

# What is shown of "dev": whose it is, and that it is not one of the reader's.
dev_of_another()
{
	local shown index id names

	moved_device remote $B4 dev u0
	shown=$(ip -n "$C" -d -j link show ovl0)
	index=$(ip -n "$A" -o link show u0)
	index=${index%%:*}
	id=$(jq '.[0].link_netnsid' <<< "$shown")
	names=$(ip -n "$C" netns list-id)
	[[ $names == *"nsid $id (iproute2 netns name: $A)"* ]]
	check_err $? "expected: the id of $A, seen: $id among $names"
	[ "$(jq -c '.[0].linkinfo.info_data | [.link_index, .link_netnsid]' <<< "$shown")" = "[$index,$id]" ]
	check_err $? "expected: link_index $index, link_netnsid $id, seen: $shown"
	passes "$OUTER4" src=$A4
	# it goes with its dev
	ask close u0 u1
	ip_in "$A" link del u0
	[ "$(ip -n "$C" -j link show type "$KIND")" = "[]" ]
	check_err $? "its dev is gone, seen: $(ip -n "$C" link show type "$KIND")"
	log_test "a device moves away from its dev"
}

is_gone() # NS DEVICE
{
	! ip -n "$1" link show "$2" > /dev/null 2>&1
}

# Sockets of wire would keep a namespace alive.
underlay_deleted()
{
	moved_device remote $B4
	passes "$OUTER4"
	ask close u0 u1 ovl0
	ip netns del "$A"
	busywait 20000 is_gone "$C" ovl0
	check_err $? "ovl0 is still there"
	log_test "the namespace of the underlay is deleted"
}

vni_is_free()
{
	ip -n "$A" link add ovl7 type "$KIND" id $VNI remote $B4 2> /dev/null
}

device_deleted()
{
	moved_device remote $B4
	ask close ovl0
	ip netns del "$C"
	busywait 20000 vni_is_free
	check_err $? "the VNI is still held"
	ip_in "$A" link del ovl7
	must hold program "$A" port=6081
	ask release program
	log_test "the namespace of the device is deleted"
}

# Two that have moved into each other's place.
both_deleted()
{
	moved_device remote $B4 dev u0
	ip_in "$C" <<-END
	link add d0 type dummy
	link set d0 up
	link add ovl1 type $KIND id 7 remote 10.9.0.1 dev d0
	link set ovl1 netns $A
	END
	ip_in "$A" link set ovl1 up
	ask close u0 u1 ovl0
	ip -b - <<-END
	netns del $A
	netns del $C
	END
	busywait 20000 all_unused
	check_err $? "the module is in use: $(< "/sys/module/$KIND/refcnt")"
	log_test "both are deleted at once"
}

all_unused()
{
	[ ! -e "/sys/module/$KIND/refcnt" ] ||
		[ "$(< "/sys/module/$KIND/refcnt")" = 0 ]
}

# The underlay device is unregistered first.
underlay_is_newer()
{
	setup_ns A
	ip_in "$A" <<-END
	link add ovl0 type $KIND id 1 remote $B4
	link add d0 type dummy
	link set ovl0 type $KIND dev d0
	END
	ip netns del "$A"
	busywait 20000 all_unused
	check_err $? "the module is in use: $(< "/sys/module/$KIND/refcnt")"
	log_test "a namespace is deleted, its underlay device first"
}

many()
{
	local n

	setup_ns A C
	ip_in "$A" <<-END
	link add d0 type dummy
	link set d0 up
	addr add $A4/24 dev d0
	END
	for ((n = 1; n <= 100; n++)); do
		echo "link add o$n type $KIND id $n remote $B4 $([ $((n % 2)) = 0 ] || echo dev d0)"
		echo "link set o$n netns $C up"
	done | ip_in "$A"
	check_err $? "could not make 100 devices"
	ip netns del "$A"
	busywait 20000 is_gone "$C" o1
	busywait 20000 is_gone "$C" o100
	check_err $? "some of them are still there"
	log_test "a namespace of many devices elsewhere is deleted"
}

no_rights()
{
	local before after said

	underlay
	setup_user || { log_test_skip "a user without rights" "no user namespaces"; return; }
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI remote $B4
	link set ovl0 netns $USER_PID
	END
	before=$(user ip -d -j link show ovl0)
	for what in "ttl 9" "remote 10.0.0.9" "dstport 7000" "local 10.0.0.1" "id 7"; do
		said=$(user ip link set ovl0 type "$KIND" $what 2>&1)
		[[ $said == "Error: no rights in the underlay's namespace."* ]]
		check_err $? "$what: expected: no rights, seen: $said"
	done
	after=$(user ip -d -j link show ovl0)
	[ "$before" = "$after" ]
	check_err $? "shown before: $before after: $after"
	said=$(user ip link add ovl1 link-netnsid 0 type "$KIND" id 7 remote $B4 2>&1)
	[[ $said == *"Operation not permitted"* ]]
	check_err $? "another one: expected: not permitted, seen: $said"
	# what is his is his
	user ip -b - <<-END
	link set ovl0 mtu 1300 address 02:00:00:00:00:77
	link set ovl0 up
	END
	check_err $? "he may not do with it what concerns but him"
	user ip link del ovl0
	check_err $? "he may not delete it"
	log_test "a user who got a device has no rights in its underlay"
}

own_rights()
{
	setup_user || { log_test_skip "a user with rights" "no user namespaces"; return; }
	user ip -b - <<-END
	link add d0 type dummy
	link set d0 up
	addr add $A4/24 dev d0
	link add ovl0 type $KIND id 1 remote $B4 dev d0
	link set ovl0 up
	link set ovl0 type $KIND ttl 9 local $A4
	END
	check_err $? "he may not have a device of his own"
	log_test "a user has a device of his own"
}

tests_run
exit "$EXIT_STATUS"
