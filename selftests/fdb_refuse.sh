#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong with a request about the FDB is refused: with the errno that vxlan
# gives, and words that tell why; and after each of them the FDB is, entry by entry
# and age by age, what it was before, nobody has been told of anything, and no
# endpoint is listened to that was not.
#
#   A
#   ovl0 (VNI 5001), ovl6 (over IPv6), far (in the namespace F, its underlay in A)
#   u0  10.0.0.1, fd00::1; x0 in F

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="requests no_socket other_namespace not_ethernet"

# What is asked of what is there
ONE=$(mac 1) TWO=$(mac 2) NEW=$(mac 9)

# Entries of each kind; a second at least since they were made.
some()
{
	with_fdb remote $B4
	fdb add mac="$ONE" dst=$B4
	fdb add mac="$TWO" dst=$C6 port=7000 vni=77 via=u0 state=$REACHABLE
	fdb append mac=$ZERO dst=$C4
	fdb add mac=01:00:5e:00:00:01 dst=$C4
	fdb append mac=01:00:5e:00:00:01 dst=$B6
	if ip_in "$A" <<-END
		nexthop add id 1 via $B4 fdb
		nexthop add id 2 via $C4 fdb
		nexthop add id 3 via $B6 fdb
		nexthop add id 4 dev u0
		nexthop add id 10 group 1/2 fdb
		nexthop add id 11 group 2 fdb
		nexthop add id 12 group 3 fdb
		nexthop add id 13 group 4
		END
	then
		fdb add mac="$(mac 3)" nh=10
	else
		check_err 1 "no nexthops here"
	fi
	snapshot before
	defer ask close before now
	slowwait $WAIT_TIMEOUT aged
	check_err $? "entries do not grow old"
	must clear fdb
}

# All entries are some seconds old.
aged()
{
	snapshot now
	ask none now "used<200" && ask none now "updated<200"
}

# All of these change nothing.
requests()
{
	some
	destinations
	states
	places
	numbers
	nexthops
	nexthops_in_use
	by_the_core
	of_a_flush
	by_bridge
}

# Lines of ERRNO REQUEST on stdin, each of which is refused so.
refused()
{
	local errno line

	while read -r errno line; do
		# shellcheck disable=SC2086 # words
		refuse "$errno" $line
		says_why "$line"
		unchanged "$line"
	done
}

# The last refusal had a message.
says_why() # REQUEST
{
	[[ ${SAID[0]:-} =~ ^E[A-Z]+\ attr=[0-9]+\ ..... ]]
	check_err $? "expected for fdb $1: a message, seen: ${SAID[*]}"
}

unchanged() # REQUEST
{
	snapshot now
	same_as before now "fdb $1"
	must none now "used<200"
	must none now "updated<200"
	must none fdb
}

destinations()
{
	refused <<-END
	EINVAL add mac=$NEW
	EINVAL replace mac=$ONE
	EINVAL append mac=$ZERO
	EINVAL add mac=$NEW dst=0.0.0.0
	EINVAL add mac=$NEW dst=::
	EINVAL replace mac=$ONE dst=0.0.0.0
	EINVAL append mac=$ZERO dst=::
	EAFNOSUPPORT add mac=$NEW 1:hex:
	EAFNOSUPPORT add mac=$NEW 1:hex:0a0000
	EAFNOSUPPORT add mac=$NEW 1:hex:0a00000201
	EAFNOSUPPORT add mac=$NEW 1:hex:0a0000020a000002
	EAFNOSUPPORT replace mac=$ONE 1:hex:fd00000000000000000000000000000203
	EAFNOSUPPORT del mac=$ONE 1:hex:0a0000
	END
	log_test "no destination, or none that is"
}

states()
{
	refused <<-END
	EINVAL add mac=$NEW dst=$B4 state=0
	EINVAL add mac=$NEW dst=$B4 state=$NOARP
	EINVAL add mac=$NEW dst=$B4 state=0x04
	EINVAL replace mac=$ONE dst=$C4 state=0x01
	EINVAL append mac=$ZERO dst=$B6 state=0x20
	EINVAL add mac=$NEW nh=10 state=$REACHABLE
	END
	log_test "a state that is no entry's"
}

# What does not go with what is there, or not.
places()
{
	refused <<-END
	EEXIST add mac=$ONE dst=$C4
	EEXIST add mac=$ONE dst=$B4
	EEXIST add mac=$ZERO dst=$D4
	EEXIST add mac=01:00:5e:00:00:01 dst=$D4
	EEXIST add mac=$(mac 3) dst=$D4
	ENOENT change mac=$NEW dst=$B4
	ENOENT touch mac=$NEW dst=$B4
	ENOENT change mac=$BROADCAST dst=$B4
	EOPNOTSUPP append mac=$ONE dst=$C4
	EOPNOTSUPP append mac=$ONE dst=$B4
	EOPNOTSUPP append mac=$ONE dst=$C4 state=$REACHABLE
	EOPNOTSUPP replace mac=$ZERO dst=$D4
	EOPNOTSUPP replace mac=$ZERO dst=$B4
	EOPNOTSUPP replace mac=01:00:5e:00:00:01 dst=$D4
	EOPNOTSUPP replace mac=01:00:5e:00:00:02 dst=$D4
	EOPNOTSUPP replace mac=$BROADCAST dst=$D4
	ENOENT del mac=$NEW
	ENOENT del mac=$BROADCAST
	ENOENT del mac=$ONE dst=$C4
	ENOENT del mac=$ONE dst=$D6
	ENOENT del mac=$ONE dst=$B4 port=7000
	ENOENT del mac=$ONE dst=$B4 vni=77
	ENOENT del mac=$ONE dst=$B4 via=u0
	ENOENT del mac=$ZERO dst=$D4
	ENOENT del mac=$ZERO dst=$C4 port=7000
	ENOENT del mac=01:00:5e:00:00:01 dst=$B4
	ENOENT del mac=$(mac 3) dst=$B4
	ENOENT get mac=$NEW
	END
	log_test "an entry that is there, or is not"
}

numbers()
{
	refused <<-END
	EINVAL add mac=$NEW dst=$B4 port=0
	EINVAL replace mac=$ONE dst=$B4 port=0
	EINVAL append mac=$ZERO dst=$D4 port=0
	EINVAL add mac=$NEW dst=$B4 6:hex:1b
	EINVAL add mac=$NEW dst=$B4 6:hex:00001b58
	EINVAL add mac=$NEW dst=$B4 vni=0x1000000
	EINVAL add mac=$NEW dst=$B4 vni=0xffffffff
	EINVAL replace mac=$ONE dst=$B4 vni=0x1000000
	EINVAL add mac=$NEW dst=$B4 7:hex:1b58
	EINVAL add mac=$NEW dst=$B4 7:hex:000000000000004d
	EINVAL add mac=$NEW dst=$B4 srcvni=77
	EINVAL add mac=$NEW dst=$B4 srcvni=0
	EINVAL add mac=$NEW dst=$B4 srcvni=$((0x1000000 + VNI))
	EINVAL add mac=$NEW dst=$B4 11:hex:1389
	EINVAL del mac=$ONE srcvni=77
	EADDRNOTAVAIL add mac=$NEW dst=$B4 via=424242
	EADDRNOTAVAIL replace mac=$ONE dst=$B4 via=424242
	EADDRNOTAVAIL append mac=$ZERO dst=$D4 via=424242
	EINVAL add mac=$NEW dst=$B4 8:hex:0001
	END
	log_test "numbers that are none"
}

nexthops()
{
	refused <<-END
	EINVAL add mac=$NEW nh=99
	EINVAL add mac=$NEW nh=0
	EINVAL add mac=$NEW nh=1
	EINVAL add mac=$NEW nh=4
	EINVAL add mac=$NEW nh=13
	EINVAL add mac=$NEW nh=10 dst=$B4
	EINVAL add mac=$NEW nh=10 vni=77
	EINVAL add mac=$NEW nh=10 port=7000
	EINVAL add mac=$NEW nh=10 via=u0
	EINVAL add mac=$NEW 13:hex:0a00
	EINVAL replace mac=$(mac 3) nh=99
	EINVAL replace mac=$(mac 3) nh=1
	EINVAL del mac=$(mac 3) nh=10 dst=$B4
	END
	log_test "nexthops that are none"
}

nexthops_in_use()
{
	refused <<-END
	EOPNOTSUPP replace mac=$ONE nh=10
	EOPNOTSUPP replace mac=$TWO nh=10
	EOPNOTSUPP append mac=$ZERO nh=10
	EOPNOTSUPP append mac=01:00:5e:00:00:01 nh=10
	EOPNOTSUPP append mac=$(mac 3) nh=11
	EOPNOTSUPP replace mac=$(mac 3) dst=$B4 state=$REACHABLE
	END
	log_test "a nexthop in the place of endpoints"
}

# Before ovl is asked.
by_the_core()
{
	refused <<-END
	EINVAL add dst=$B4
	EINVAL add 2:hex:0200000001 dst=$B4
	EINVAL add mac=$NEW dst=$B4 5:u16:5000
	END
	refuse EOPNOTSUPP add mac="$NEW" dst=$B4 flags=0
	unchanged "add without NTF_SELF"
	log_test "what is no request"
}

of_a_flush()
{
	refused <<-END
	EINVAL flush state=0x04 statemask=0x04
	EINVAL flush state=$REACHABLE statemask=$REACHABLE
	END
	if kernel_is_at_least 6 7; then
		refused <<-END
		EINVAL flush port=0
		EINVAL flush vni=0x1000000
		EINVAL flush 7:hex:1b58
		ERANGE flush 1:hex:0a0000
		END
	fi
	log_test "a flush by what nothing has"
}

# A device of IPv4 alone is one after a refusal, too.
no_socket()
{
	local line

	with_fdb remote $B4
	fdb add mac="$ONE" dst=$B4
	ip -n "$A" nexthop add id 3 via $B6 fdb
	ip -n "$A" nexthop add id 12 group 3 fdb
	must hold v6 "$A" port=6081 addr=$A6 && ask release v6
	while read -r line; do
		# shellcheck disable=SC2086 # words
		refuse $line
		must hold v6 "$A" port=6081 addr=$A6 && ask release v6
	done <<-END
	EEXIST add mac=$ONE dst=$B6
	EOPNOTSUPP append mac=$ONE dst=$B6
	EOPNOTSUPP replace mac=$ZERO dst=$B6
	EOPNOTSUPP replace mac=$BROADCAST dst=$B6
	ENOENT change mac=$NEW dst=$B6
	ENOENT del mac=$ONE dst=$B6
	EINVAL add mac=$NEW dst=$B6 port=0
	EINVAL add mac=$NEW dst=$B6 state=0
	EEXIST add mac=$ONE nh=12
	END
	# as it would be otherwise
	fdb add mac="$NEW" dst=$B6
	ask hold v6 "$A" port=6081 addr=$A6
	check_fail $? "expected: the port is in use over IPv6, seen: it is free"
	log_test "a refused endpoint opens no port"
}

# "via" is a device of the underlay's namespace, wherever the device is.
other_namespace()
{
	local index

	underlay
	setup_ns F
	ip_in "$A" link add ovl0 netns "$F" address $MAC_TA type "$KIND" id $VNI remote $B4
	ip -n "$F" link add x0 index 4711 type dummy
	must fdb "$F" ovl0 add mac="$ONE" dst=$B4
	if ask fdb "$F" ovl0 add mac="$TWO" dst=$B4 via=4711; then
		check_err 1 "expected: EADDRNOTAVAIL for a device of the other namespace, seen: it was done"
	else
		[[ ${SAID[0]} == "EADDRNOTAVAIL "* ]]
		check_err $? "expected: EADDRNOTAVAIL, seen: ${SAID[*]}"
	fi
	# a number is a device of the reader's, who sees none of the underlay
	index=$(ip -n "$A" -j link show dev u0 | jq '.[0].ifindex')
	ask fdb "$F" ovl0 add mac="$TWO" dst=$B4 via="$index"
	check_fail $? "expected: EADDRNOTAVAIL for a device that cannot be seen, seen: it was done"
	must fdb "$F" ovl0 get mac="$ONE"
	[[ " ${SAID[0]} " == *" dst=$B4 "* && " ${SAID[0]} " == *" netnsid="* ]]
	check_err $? "expected: dst=$B4 netnsid=*, seen: ${SAID[*]}"
	log_test "via a device of the other namespace"
}

# What has no MAC addresses has no FDB.
not_ethernet()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	refuse EINVAL add mac="$ONE" dst=$C4
	refuse EINVAL del mac=$ZERO
	must dump none "$A" ovl0
	ask more none
	none none dst!=$B4
	ask close none
	log_test "a device of IP packets"
}

# What bridge says of it.
by_bridge()
{
	local typed wanted seen

	while IFS='>' read -r typed wanted; do
		# shellcheck disable=SC2086 # words
		seen=$(bridge -n "$A" fdb $typed 2>&1)
		check_fail $? "expected for bridge fdb $typed: it is refused"
		[[ $seen =~ $wanted ]]
		check_err $? "expected for bridge fdb $typed: $wanted, seen: $seen"
		unchanged "$typed"
	done <<-END
	append $ONE dev ovl0 dst $C4>^Error: .*append
	replace $ZERO dev ovl0 dst $C4>^Error: .*replace
	add $NEW dev ovl0 nhid 99>^Error: .*nhid|[Nn]exthop
	add $NEW dev ovl0 dst $B4 src_vni 77>^Error: .*src_vni|[Vv][Nn][Ii]
	add $NEW dev ovl0 dst 0.0.0.0>^Error: .*dst
	add $NEW dev ovl0 dst $B4 vni 16777216>VNI|vni
	END
	log_test "what the user is told"
}

tests_run
exit "$EXIT_STATUS"
