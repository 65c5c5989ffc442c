#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who listens to RTNLGRP_NEIGH is told of each change of the FDB once, and once
# only, whoever made it: a request, a flush, a frame that was learned from, a MAC
# that moved, age, the device's own remote, a device that goes down.  What changes
# nothing is not told.
#
# Of a single request, kernels before 6.13 tell by themselves, and leave out where
# it leads; those behind leave it to the device.
#
#   A                                B
#   ovl0 (VNI 5001)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire, and others)

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="requests endpoints nothing bridge_monitor flushes learning moving ageing
default_changed went_down deleted other_namespace many"

! kernel_is_at_least 6 13 || BY_DEVICE=y

# A notification has come, with all there is to say of it.
told() # WHAT MAC [KEY=VALUE...]
{
	expect fdb what=$1 mac="$2" dev=ovl0 : "${@:3}"
}

# A change by a single request; and then there is no other.
told_request() # WHAT MAC [KEY=VALUE...]
{
	if [ -n "${BY_DEVICE:-}" ]; then
		told "$@" flags!=0
	else
		expect fdb what=$1 mac="$2" dev=ovl0
	fi
	none fdb
}

requests()
{
	local one

	one=$(mac 1)
	with_fdb
	fdb add mac="$one" dst=$B4 port=7000 vni=77 via=u0
	told_request new "$one" dst=$B4 port=7000 vni=77 via=* state=noarp+permanent
	fdb replace mac="$one" dst=$C6
	told_request new "$one" dst=$C6 port=- vni=- via=-
	fdb replace mac="$one" dst=$C6 state=$REACHABLE
	told_request new "$one" dst=$C6 state=reachable
	fdb set mac="$one" dst=$C6 state=$REACHABLE flags=$((SELF | ROUTER))
	told_request new "$one" dst=$C6 flags=self+router
	fdb del mac="$one"
	told_request del "$one" dst=$C6
	fdb append mac="$one" dst=$B4
	told_request new "$one" dst=$B4
	fdb del mac="$one" dst=$B4
	told_request del "$one" dst=$B4
	log_test "an entry is added, changed, deleted"
}

endpoints()
{
	local group=01:00:5e:00:00:01

	with_fdb
	fdb append mac=$ZERO dst=$B4
	told_request new $ZERO dst=$B4
	fdb append mac=$ZERO dst=$C6 vni=77
	told_request new $ZERO dst=$C6 vni=77
	fdb append mac=$ZERO dst=$D4 port=7000
	told_request new $ZERO dst=$D4 port=7000
	fdb add mac=$group dst=$B4
	told_request new $group dst=$B4
	fdb append mac=$group dst=$C4
	told_request new $group dst=$C4
	fdb del mac=$group dst=$B4
	told_request del $group dst=$B4
	fdb del mac=$ZERO dst=$C6 vni=77
	told_request del $ZERO dst=$C6 vni=77
	# the whole entry: one request, but by the device each endpoint is told
	fdb del mac=$ZERO
	if [ -n "${BY_DEVICE:-}" ]; then
		told del $ZERO dst=$B4
		told del $ZERO dst=$D4 port=7000
	else
		told del $ZERO
	fi
	none fdb
	fdb del mac=$group
	told_request del $group dst=$C4
	log_test "an endpoint is appended, deleted"
}

# No change, and no notification by the device (the core does not know).
nothing()
{
	if [ -z "${BY_DEVICE:-}" ]; then
		log_test_skip "what changes nothing" "here the core tells of every request"
		return
	fi
	with_fdb remote $B4
	fdb add mac="$(mac 1)" dst=$B4
	fdb append mac=$ZERO dst=$C4
	must clear fdb
	fdb replace mac="$(mac 1)" dst=$B4
	fdb set mac="$(mac 1)" dst=$C4
	fdb append mac=$ZERO dst=$C4
	fdb append mac=$ZERO dst=$B4
	refuse ENOENT del mac="$(mac 2)"
	refuse EEXIST add mac="$(mac 1)" dst=$C4
	fdb flush dst=$D4
	fdb flush state=0 statemask=$PERMANENT
	none fdb
	log_test "what changes nothing"
}

# What users see, by bridge monitor.
bridge_monitor()
{
	local out seen

	with_fdb
	exec {out}< <(exec ip netns exec "$A" bridge monitor fdb)
	defer kill $!
	# it listens from some time on
	while ! read -rt 0.1 -u "$out" seen; do
		fdb replace mac="$(mac 1)" dst=$B4
		fdb del mac="$(mac 1)"
	done
	fdb add mac="$(mac 2)" dst=$B4
	fdb flush
	fdb add mac="$(mac 3)" dst=$B4
	while read -rt $WAIT_TIMEOUT -u "$out" seen && [[ $seen != *"$(mac 2)"* ]]; do
		:
	done
	[[ $seen == "$(mac 2) dev ovl0 "* ]]
	check_err $? "expected: $(mac 2) added, seen: $seen"
	read -rt $WAIT_TIMEOUT -u "$out" seen
	[[ $seen == "Deleted $(mac 2) dev ovl0 dst $B4 self permanent"* ]]
	check_err $? "expected: $(mac 2) deleted, seen: $seen"
	read -rt $WAIT_TIMEOUT -u "$out" seen
	[[ $seen == "$(mac 3) dev ovl0 "* ]]
	check_err $? "expected: $(mac 3) added, seen: $seen"
	exec {out}<&-
	log_test "bridge monitor fdb"
}

flushes()
{
	local n

	with_fdb remote $B4
	for n in 1 2 3; do
		fdb add mac="$(mac $n)" dst=$C4 vni=7
	done
	fdb add mac="$(mac 4)" dst=$C4 state=$REACHABLE
	fdb append mac=$ZERO dst=$C6
	must clear fdb
	fdb flush state=0 statemask=$PERMANENT
	told del "$(mac 4)" dst=$C4 state=reachable
	none fdb
	if kernel_is_at_least 6 7; then
		fdb flush dst=$C6
		told del $ZERO dst=$C6
		none fdb
	else
		fdb del mac=$ZERO dst=$C6
		must clear fdb
	fi
	fdb flush
	for n in 1 2 3; do
		told del "$(mac $n)" dst=$C4 vni=7
	done
	told del $ZERO dst=$B4
	none fdb
	log_test "a flush"
}

# A frame from HOST's endpoint with the source MAC of NUMBER
frame_from() # ENDPOINT NUMBER
{
	local outer=$OUTER4

	[[ $1 != *:* ]] || outer=$OUTER6
	send u1 $outer src=$1 $IN4 in.smac="$(mac $2)" in.sport=$2
	expect ovl0 dir=in sport=$2
}

# What comes last is the last: notifications keep their order.
none_after() # NUMBER
{
	frame_from $D4 $1
	told new "$(mac $1)" dst=$D4
	none fdb
}

# A device that learns from both families
learns()
{
	with_fdb learning "$@"
	fdb append mac=$ZERO dst=$B4
	fdb append mac=$ZERO dst=$B6
	must clear fdb
}

learning()
{
	learns
	frame_from $B4 1
	told new "$(mac 1)" dst=$B4 state=reachable flags=self port=- vni=- via=-
	frame_from $C6 2
	told new "$(mac 2)" dst=$C6 state=reachable
	# once, however many frames come
	frame_from $B4 1
	frame_from $C6 2
	none_after 9
	log_test "a frame is learned from"
}

moving()
{
	learns
	frame_from $B4 1
	told new "$(mac 1)" dst=$B4
	frame_from $C4 1
	told new "$(mac 1)" dst=$C4 state=reachable
	frame_from $C4 1
	frame_from $C6 1
	told new "$(mac 1)" dst=$C6
	none_after 8
	frame_from $B4 1
	told new "$(mac 1)" dst=$B4
	# what does not move is not told
	fdb add mac="$(mac 2)" dst=$B4
	must clear fdb
	mark ovl0
	send u1 $OUTER4 src=$C4 $IN4 in.smac="$(mac 2)"
	moved ovl0 rx_mac_static=1
	none_after 9
	log_test "a MAC address moves"
}

ageing()
{
	with_fdb learning ageing 1
	frame_from $B4 1
	told new "$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$C4 state=$REACHABLE
	fdb add mac="$(mac 3)" dst=$C4
	must clear fdb
	expect fdb within=$((WAIT_TIMEOUT * 1000)) what=del mac="$(mac 1)" : dst=$B4
	expect fdb within=$((WAIT_TIMEOUT * 1000)) what=del mac="$(mac 2)" : dst=$C4
	fdb flush
	told del "$(mac 3)"
	none fdb
	log_test "an entry ages"
}

default_changed()
{
	with_fdb remote $B4
	change "$A" ovl0 remote $C4
	told new $ZERO dst=$C4
	told del $ZERO dst=$B4
	none fdb
	change "$A" ovl0 remote $C4 ttl 7
	none fdb
	change "$A" ovl0 remote $B6
	told new $ZERO dst=$B6
	told del $ZERO dst=$C4
	none fdb
	log_test "the device has another remote"
}

went_down()
{
	with_fdb remote $B4 learning
	frame_from $C4 1
	fdb add mac="$(mac 2)" dst=$C4
	fdb add mac="$(mac 3)" dst=$C4 state=$REACHABLE
	must clear fdb
	ip_in "$A" link set ovl0 down
	told del "$(mac 1)" dst=$C4
	told del "$(mac 3)" dst=$C4
	none fdb
	ip_in "$A" link set ovl0 up
	none fdb
	log_test "the device goes down"
}

# All that is there when the device is deleted is told, as vxlan does.
deleted()
{
	local n

	with_fdb remote $B4
	for n in 1 2 3; do
		fdb add mac="$(mac $n)" dst=$C4
	done
	must clear fdb
	ip_in "$A" link del ovl0
	for n in 1 2 3; do
		expect fdb what=del mac="$(mac $n)" : dst=$C4
	done
	expect fdb what=del mac=$ZERO : dst=$B4
	none fdb
	log_test "the device is deleted"
}

# Of the namespace that the device is in, and there alone.
other_namespace()
{
	setup_ns F
	with_fdb remote $B4 learning
	must listen far "$F"
	ip_in "$A" link set ovl0 netns "$F"
	ip_in "$F" link set ovl0 up
	must clear fdb far
	send u1 $OUTER4 src=$C4 $IN4 in.smac="$(mac 1)"
	expect far what=new mac="$(mac 1)" : dst=$C4 netnsid=*
	none fdb
	none far
	ask close far
	drop_tunnel "$F" ovl0
	log_test "in another namespace"
}

# A great many at once, each once.
many()
{
	with_fdb
	fdb add count=3000 mac="$(mac 0)" dst=$B4
	must distinct fdb mac what=new
	[ "${SAID[0]:-}" = 3000 ]
	check_err $? "expected: 3000 notifications, seen: ${SAID[*]}"
	must clear fdb
	fdb flush
	must distinct fdb mac what=del dst=$B4
	[ "${SAID[0]:-}" = 3000 ]
	check_err $? "expected: 3000 notifications, seen: ${SAID[*]}"
	log_test "3000 at once"
}

tests_run
exit "$EXIT_STATUS"
