#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A device that learns takes the endpoint of a MAC address from the frames that
# come: at most so many as it may, from whom it may, until so long after the last
# frame; nothing that the user or an agent has said is changed by a frame; and one
# that does not learn, which is the default, takes nothing.
#
#   A                                B
#   ovl0 (VNI 5001), ovl1 (5002)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire, all endpoints)

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="off on ipv6 link_local link_of_device source_check invalid said_by_user dynamic_of_user
limit limit_changes switched ages refreshed ages_none ages_changed ages_of_user
ages_many forgets default_changes"

NUMBER=0

# A frame from an endpoint with the source MAC of NUMBER; it is delivered.
frame_from() # ENDPOINT NUMBER [KEY=VALUE...]
{
	put_from "$@"
	expect ovl0 dir=in sport=$NUMBER
}

put_from() # ENDPOINT NUMBER [KEY=VALUE...]
{
	local outer=$OUTER4

	[[ $1 != *:* ]] || outer=$OUTER6
	send u1 "$outer" src=$1 "$IN4" in.smac="$(mac $2)" in.sport=$((++NUMBER)) "${@:3}"
}

# It is dropped for that reason.
dropped_from() # CAUSE ENDPOINT NUMBER [KEY=VALUE...]
{
	put_from "${@:2}"
	moved ovl0 $1=1
	none ovl0 dir=in sport=$NUMBER
}

# A frame to the MAC of NUMBER goes to that endpoint alone, or to none.
goes_to() # NUMBER [ENDPOINT]
{
	send ovl0 "$TENANT4" dmac="$(mac $1)" sport=$((++NUMBER))
	[ $# = 1 ] || expect u1 dir=in in.sport=$NUMBER : dst=$2 vni=$VNI dport=6081
	none u1 dir=in in.sport=$NUMBER
}

# Nothing is in the FDB.
has_nothing()
{
	entries
	[ -z "${ENTRIES[*]}" ]
	check_err $? "expected: an empty FDB, seen: ${ENTRIES[*]}"
}

off()
{
	with_fdb nosrccheck
	mark ovl0
	frame_from $B4 1
	frame_from $C4 2
	has_nothing
	goes_to 1
	moved ovl0 tx_no_endpoint=1
	learned 0
	[[ $(ip -n "$A" -d link show dev ovl0) == *" nolearning "* ]]
	check_err $? "expected in ip -d link: nolearning"
	log_test "not unless it is asked to"
}

on()
{
	with_fdb learning
	[[ $(ip -n "$A" -d link show dev ovl0) == *" learning "* ]]
	check_err $? "expected in ip -d link: learning"
	learned 0
	frame_from $B4 1
	frame_from $C4 2
	has "$(mac 1)" "dst $B4 self"
	has "$(mac 2)" "dst $C4 self"
	learned 2
	goes_to 1 $B4
	goes_to 2 $C4
	# what a frame is for, or what is in it, makes no difference
	frame_from $D4 3 in.dmac=$BROADCAST
	frame_from $D4 4 in.vlan=7
	put_from $D4 5 in.dmac="$(mac 6)"
	expect ovl0 dir=in sport=$NUMBER
	goes_to 3 $D4
	goes_to 4 $D4
	goes_to 5 $D4
	learned 5
	log_test "from every frame that comes"
}

ipv6()
{
	with_fdb remote $B6 learning
	frame_from $B6 1
	frame_from $C6 2
	has "$(mac 1)" "dst $B6 self"
	has "$(mac 2)" "dst $C6 self"
	goes_to 1 $B6
	goes_to 2 $C6
	# the same address in both families is two endpoints
	fdb append mac=$ZERO dst=$D4
	frame_from $C4 2
	has "$(mac 2)" "dst $C4 self"
	goes_to 2 $C4
	frame_from $C6 2
	goes_to 2 $C6
	learned 2
	log_test "over IPv6"
}

# An address that is good on one link alone is learned with the link.
link_local()
{
	with_fdb remote $B6 learning
	ip_in "$A" <<-END
	addr add fe80::1/64 dev u0 nodad
	neigh replace fe80::2 lladdr $MAC_B dev u0 nud permanent
	END
	frame_from fe80::2 1 dst=fe80::1
	has "$(mac 1)" "dst fe80::2 via u0 self"
	goes_to 1 fe80::2
	log_test "from a link-local address"
}

# With dev it is as a user would name it; without any link there is no way to it.
link_of_device()
{
	with_fdb remote $B6 learning dev u0
	ip_in "$A" <<-END
	addr add fe80::1/64 dev u0 nodad
	neigh replace fe80::2 lladdr $MAC_B dev u0 nud permanent
	END
	frame_from fe80::2 1 dst=fe80::1
	change "$A" ovl0 peer fe80::2 opts ffff:01:11223344
	send ovl0 "$TENANT4" dmac="$(mac 1)" sport=$((++NUMBER))
	expect u1 dir=in in.sport=$NUMBER : dst=fe80::2 opts=ffff010111223344
	change "$A" ovl0 nodev
	mark ovl0
	goes_to 1
	moved ovl0 tx_no_route=1
	change "$A" ovl0 dev u0
	goes_to 1 fe80::2
	bridge -n "$A" fdb del "$(mac 1)" dev ovl0 dst fe80::2 via u0 self
	check_err $? "the learned entry cannot be named"
	# what names a link stays good when that becomes the device's
	change "$A" ovl0 nodev
	bridge -n "$A" fdb add "$(mac 2)" dev ovl0 dst fe80::2 via u0 self
	frame_from fe80::2 2 dst=fe80::1
	change "$A" ovl0 dev u0
	frame_from fe80::2 2 dst=fe80::1
	log_test "from a link-local address, by the device's link"
}

# Learning, and whom to listen to, are two things.
source_check()
{
	with_fdb remote $B4
	mark ovl0
	dropped_from rx_source $C4 1
	has "$(mac 1)"
	change "$A" ovl0 learning
	frame_from $C4 1
	has "$(mac 1)" "dst $C4 self"
	drop_tunnel "$A" ovl0
	ask close ovl0
	tunnel "$A" ovl0 id $VNI remote $B4 learning srccheck
	mark ovl0
	frame_from $B4 1
	has "$(mac 1)" "dst $B4 self"
	dropped_from rx_source $C4 2
	has "$(mac 2)"
	# nor does a stranger move what is known
	dropped_from rx_source $C4 1
	has "$(mac 1)" "dst $B4 self"
	fdb append mac=$ZERO dst=$C4
	frame_from $C4 1
	has "$(mac 1)" "dst $C4 self"
	learned 1
	log_test "only from whom is listened to"
}

invalid()
{
	local smac

	with_fdb learning
	mark ovl0
	for smac in $ZERO $BROADCAST 01:00:5e:00:00:01 33:33:00:00:00:01 03:00:00:00:00:01; do
		put_from $B4 1 in.smac=$smac
		moved ovl0 rx_mac_invalid=1
		none ovl0 dir=in sport=$NUMBER
	done
	has_nothing
	learned 0
	log_test "not from a MAC address that is nobody's"
}

# Of what was said, a frame from somebody else changes nothing, and is dropped.
said_by_user()
{
	local n

	with_fdb remote $D4 learning ageing 1
	fdb add mac="$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$B4 state=$((REACHABLE | NOARP))
	fdb add mac="$(mac 3)" dst=$B4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN))
	fdb add mac="$(mac 4)" dst=$B4 state=$PERMANENT flags=$((SELF | STICKY))
	fdb add mac="$(mac 5)" dst=$B4 port=7000 vni=77
	ip_in "$A" <<-END
	nexthop add id 1 via $B4 fdb
	nexthop add id 2 via $D4 fdb
	nexthop add id 10 group 1/2 fdb
	END
	fdb add mac="$(mac 6)" nh=10
	snapshot before
	mark ovl0
	for n in 1 2 3 4 5; do
		dropped_from rx_mac_static $C4 $n
		# and one of its own passes
		frame_from $B4 $n
		dropped_from rx_mac_static $C4 $n in.dmac=$BROADCAST
	done
	dropped_from rx_mac_static $C4 6
	snapshot after
	same_as before after "frames from others"
	ask close before after
	learned 0
	# without learning it is of no concern
	change "$A" ovl0 nolearning nosrccheck
	frame_from $C4 1
	moved ovl0
	log_test "not against what the user or an agent has said"
}

# What the user says is dynamic may move, but it is not counted as learned.
dynamic_of_user()
{
	with_fdb learning maxaddress 1
	fdb add mac="$(mac 1)" dst=$B4 state=$REACHABLE
	fdb add mac="$(mac 2)" dst=$B4 state=$REACHABLE flags=$((SELF | ROUTER))
	mark ovl0
	frame_from $C4 1
	has "$(mac 1)" "dst $C4 self"
	frame_from $C4 2
	has "$(mac 2)" "dst $C4 self router"
	learned 0
	frame_from $C4 3
	has "$(mac 3)" "dst $C4 self"
	learned 1
	# what was learned becomes the user's when the user says something of it
	fdb replace mac="$(mac 3)" dst=$C4
	learned 0
	has "$(mac 3)" "dst $C4 self permanent"
	frame_from $C4 4
	learned 1
	refuse EEXIST add mac="$(mac 4)" dst=$D4
	fdb set mac="$(mac 4)" dst=$C4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN))
	learned 0
	dropped_from rx_mac_static $B4 4
	log_test "what the user has added as dynamic"
}

limit()
{
	local n

	with_fdb remote $D4 learning maxaddress 10
	fdb add count=20 mac="$(mac 500)" dst=$B4 state=$REACHABLE
	mark ovl0
	for n in {1..10}; do
		frame_from $B4 $n
	done
	learned 10
	moved ovl0
	# delivered, and not learned
	for n in {11..15}; do
		frame_from $B4 $n
		has "$(mac $n)"
	done
	moved ovl0 rx_learn_full=5 link.rx_dropped=0
	learned 10
	# who is known may come and move
	frame_from $B4 1
	frame_from $C4 10
	has "$(mac 10)" "dst $C4 self"
	moved ovl0
	learned 10
	# the user is not limited
	fdb add mac="$(mac 11)" dst=$B4
	fdb add mac="$(mac 12)" dst=$B4 state=$REACHABLE
	learned 10
	# one goes, one comes
	fdb del mac="$(mac 1)"
	learned 9
	frame_from $B4 13
	frame_from $B4 14
	has "$(mac 13)" "dst $B4 self"
	has "$(mac 14)"
	moved ovl0 rx_learn_full=1
	learned 10
	fdb flush state=0 statemask=$PERMANENT
	learned 0
	frame_from $B4 14
	learned 1
	log_test "no more than it may"
}

limit_changes()
{
	local n

	with_fdb learning maxaddress 2
	mark ovl0
	for n in 1 2 3; do
		frame_from $B4 $n
	done
	moved ovl0 rx_learn_full=1
	learned 2
	change "$A" ovl0 maxaddress 3
	frame_from $B4 3
	frame_from $B4 4
	moved ovl0 rx_learn_full=1
	learned 3
	# what is there stays
	change "$A" ovl0 maxaddress 1
	learned 3
	frame_from $B4 4
	moved ovl0 rx_learn_full=1
	fdb del mac="$(mac 1)"
	fdb del mac="$(mac 2)"
	frame_from $B4 4
	moved ovl0 rx_learn_full=1
	fdb del mac="$(mac 3)"
	frame_from $B4 4
	moved ovl0
	learned 1
	change "$A" ovl0 maxaddress unlimited
	for n in {101..160}; do
		put_from $C4 $n
	done
	learned 61
	moved ovl0
	log_test "the limit is changed"
}

switched()
{
	with_fdb remote $B4 nosrccheck
	mark ovl0
	frame_from $C4 1
	has "$(mac 1)"
	change "$A" ovl0 learning
	frame_from $C4 1
	has "$(mac 1)" "dst $C4 self"
	change "$A" ovl0 nolearning
	frame_from $D4 1
	frame_from $D4 2
	has "$(mac 1)" "dst $C4 self"
	has "$(mac 2)"
	learned 1
	goes_to 1 $C4
	moved ovl0
	log_test "learning is turned on and off"
}

ages()
{
	with_fdb remote $D4 learning ageing 1
	frame_from $B4 1
	frame_from $C4 2
	learned 2
	becomes "$(mac 1)"
	becomes "$(mac 2)"
	learned 0
	goes_to 1 $D4
	has $ZERO "dst $D4 self permanent"
	frame_from $B4 1
	has "$(mac 1)" "dst $B4 self"
	log_test "until so long after the last frame"
}

# Until the MAC address of the second is gone, the first is sent from, the second
# to, again and again.
refreshed()
{
	local end=$((SECONDS + WAIT_TIMEOUT)) gone='' now last slow=0

	with_fdb remote $D4 learning ageing 2
	frame_from $B4 2
	frame_from $B4 1
	last=$(timestamp_ms)
	while [ -z "$gone" ] && [ $SECONDS -lt $end ]; do
		frame_from $B4 1
		now=$(timestamp_ms)
		[ $((now - last)) -lt 1500 ] || slow=y
		last=$now
		send ovl0 "$TENANT4" dmac="$(mac 2)" sport=9
		entry "$(mac 2)" || gone=y
		read -rt 0.1 -u "$SLEEP_FD" _
	done
	[ -n "$gone" ]
	check_err $? "expected: $(mac 2), which is only sent to, goes; seen: ${FIELD[*]@K}"
	has "$(mac 1)" "dst $B4 self"
	# on a machine that stood still, it may have gone and come again
	[ $slow = y ] || none fdb what=del mac="$(mac 1)"
	log_test "kept by what is received, not by what is sent"
}

# The same device beside one that ages.
ages_none()
{
	with_fdb learning ageing none
	tunnel "$A" ovl1 id 5002 learning ageing 1
	[[ $(ip -n "$A" -d link show dev ovl0) == *" ageing none "* ]]
	check_err $? "expected in ip -d link: ageing none"
	frame_from $B4 1
	fdb add mac="$(mac 2)" dst=$B4 state=$REACHABLE
	send u1 "$OUTER4" vni=5002 "$IN4" in.smac="$(mac 3)" in.sport=77
	expect ovl1 dir=in sport=77
	must fdb "$A" ovl1 get mac="$(mac 3)"
	busywait $((WAIT_TIMEOUT * 1000)) is_forgotten
	check_err $? "expected: $(mac 3) goes from ovl1; it does not"
	has "$(mac 1)" "dst $B4 self"
	has "$(mac 2)" "dst $B4 self"
	learned 1
	# until it is said otherwise
	change "$A" ovl0 ageing 1
	becomes "$(mac 1)"
	becomes "$(mac 2)"
	log_test "never, if that is what is said"
}

is_forgotten()
{
	! ask fdb "$A" ovl1 get mac="$(mac 3)"
}

ages_changed()
{
	with_fdb learning ageing 8
	frame_from $B4 1
	slowwait $WAIT_TIMEOUT entry_is_old "$(mac 1)" 200
	check_err $? "entries do not grow old"
	has "$(mac 1)" "dst $B4 self"
	change "$A" ovl0 ageing 1
	becomes "$(mac 1)"
	log_test "the time is changed"
}

entry_is_old() # MAC HUNDREDTHS
{
	entry "$1" && [ "${FIELD[updated]}" -ge $2 ]
}

ages_of_user()
{
	local n

	with_fdb remote $D4 learning ageing 1
	fdb add mac="$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$B4 state=$((REACHABLE | NOARP))
	fdb add mac="$(mac 3)" dst=$B4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN))
	fdb append mac=01:00:5e:00:00:01 dst=$B4 state=$REACHABLE
	fdb add mac="$(mac 4)" dst=$B4 state=$REACHABLE
	fdb replace mac="$(mac 5)" dst=$B4
	fdb replace mac="$(mac 5)" dst=$B4 state=$REACHABLE
	fdb add mac="$(mac 6)" dst=$B4 state=$REACHABLE
	fdb replace mac="$(mac 6)" dst=$B4 state=$((REACHABLE | NOARP))
	becomes "$(mac 4)"
	becomes "$(mac 5)"
	for n in 1 2 3 6; do
		entry "$(mac $n)"
		check_err $? "expected: $(mac $n) stays, seen: it has gone"
	done
	entry 01:00:5e:00:00:01
	check_err $? "expected: the group stays, seen: it has gone"
	has $ZERO "dst $D4 self permanent"
	log_test "of what the user has added, only what is dynamic"
}

# One old entry behind so many young ones that it takes several rounds to come to
# it: it goes, and before any of those does.
ages_many()
{
	local before

	with_fdb learning ageing none
	fdb add count=5000 mac="$(mac 1000)" dst=$B4
	fdb add mac="$(mac 1)" dst=$B4 state=$REACHABLE
	slowwait $WAIT_TIMEOUT entry_is_old "$(mac 1)" 400
	check_err $? "entries do not grow old"
	fdb replace count=5000 mac="$(mac 1000)" dst=$B4 state=$REACHABLE
	must clear fdb
	change "$A" ovl0 ageing 3
	expect fdb within=$((WAIT_TIMEOUT * 1000)) what=del mac="$(mac 1)"
	must count fdb what=del
	before=${SAID[0]:-0}
	[ "$before" -lt 5000 ]
	check_err $? "expected: the old entry goes first, seen: $before others went before"
	log_test "an old entry behind many young ones"
}

# Nothing is learned by a device that is down, and what was is forgotten.
forgets()
{
	with_fdb remote $D4 learning
	frame_from $B4 1
	ip_in "$A" link set ovl0 down
	has "$(mac 1)"
	learned 0
	mark ovl0
	put_from $B4 2
	moved ovl0 rx_down=1
	has "$(mac 2)"
	ip_in "$A" link set ovl0 up
	ask close ovl0
	port ovl0 "$A" ovl0
	frame_from $B4 2
	has "$(mac 2)" "dst $B4 self"
	learned 1
	log_test "going down, it forgets"
}

# Who was learned at the default endpoint is reached there as long as it is known,
# though the default one is of the other family now.
default_changes()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 learning
	send u1 $OUTER6 $IN4
	expect ovl0 dir=in
	change "$A" ovl0 remote $B4
	send ovl0 $TENANT4
	expect u1 dir=in in.l4=udp : dst=$B6
	log_test "another default endpoint, of the other family"
}

tests_run
exit "$EXIT_STATUS"
