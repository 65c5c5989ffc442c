#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A MAC behind a group of nexthops: its flows are divided among the paths by
# weight, a flow keeps its path, and groups, members and paths that are replaced
# or deleted under way take the traffic along and lose nothing.  An entry goes
# with its group.
#
#   A                       B
#   ovl0, ovl1
#   u0  10.0.0.1 ---------- u1  10.0.0.2 to .4, fd00::2 to ::4 (wire)

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="divided_ipv4 divided_ipv6 weights resilient group_replaced member_replaced
	member_deleted group_deleted family_changed
	no_gateway several_users device_deleted accepted refused"

FLOWS=256

# Nexthops 2 to 4 are 10.0.0.2 to .4, 22 to 24 the same over IPv6.
paths() # [TYPE-ARGUMENT...]
{
	local n

	underlay
	for n in 2 3 4; do
		ip_in "$A" <<-END
		neigh replace 10.0.0.$n lladdr $MAC_B dev u0 nud permanent
		neigh replace fd00::$n lladdr $MAC_B dev u0 nud permanent
		nexthop add id $n via 10.0.0.$n fdb
		nexthop add id 2$n via fd00::$n fdb
		END
	done
	[ "$KIND" != vxlan ] || [[ " $* " == *" local "* ]] || set -- "$@" local $A4
	tunnel "$A" ovl0 id $VNI $NO_LEARNING "$@"
}

nexthop() # ARGUMENT...
{
	ip_in "$A" nexthop "$@" > /dev/null
	check_err $? "nexthop $* failed"
}

entry() # NHID [DEV]
{
	bridge -n "$A" fdb add $MAC_TB dev "${2:-ovl0}" nhid "$1" self
	check_err $? "could not add an entry with nhid $1"
}

# Send FLOWS; how many go where is in WENT, and in WHICH (as wire reads Geneve)
# the flows of each path.
declare -A WENT WHICH

divide() # [INDEX-OF-FIRST]
{
	local n dst total=0

	clear_port u1
	send ovl0 count=$FLOWS inc=sport dmac=$MAC_TB smac=$MAC_TA src=$TA4 \
		dst=$TB4 sport="${1:-20000}"
	busywait $((WAIT_TIMEOUT * 1000)) have_come $FLOWS
	for n in 2 3 4; do
		dst="10.0.0.$n|fd00::$n"
		ask count u1 dir=in dport=$TUNNEL_PORT dst="$dst"
		WENT[$n]=${SAID[0]}
		ask values u1 in.sport dir=in dport=$TUNNEL_PORT dst="$dst"
		WHICH[$n]=${SAID[*]}
		: $((total += WENT[$n]))
	done
	[ "$total" = $FLOWS ]
	check_err $? "expected: $FLOWS packets on three paths, seen: $total"
}

have_come() # NUMBER
{
	ask count u1 dir=in dport=$TUNNEL_PORT
	[ "${SAID[0]}" -ge "$1" ]
}

# So many of the flows go to each path, in hundredths.
check_shares() # PATH:FROM:TO...
{
	local path from to share

	for share; do
		IFS=: read -r path from to <<< "$share"
		[ $((WENT[$path] * 100)) -ge $((from * FLOWS)) ] &&
			[ $((WENT[$path] * 100)) -le $((to * FLOWS)) ]
		check_err $? "expected: $from to $to % of $FLOWS at .$path, seen: ${WENT[$path]}"
	done
}

divided() # NEXTHOP NEXTHOP
{
	local before

	nexthop add id 10 group "$1/$2" fdb
	entry 10
	check_fdb "$A" ovl0 "^$MAC_TB nhid 10 self permanent"
	[ "$(bridge -n "$A" -j fdb show dev ovl0 | jq -c \
		".[] | select(.mac == \"$MAC_TB\" and .flags == [\"self\"]) | .nhid")" = 10 ]
	check_err $? "no nhid 10 in $(bridge -n "$A" -j fdb show dev ovl0)"
	divide
	check_shares 2:25:75 3:25:75 4:0:0
	before=${WHICH[2]}
	divide
	[ "$before" = "${WHICH[2]}" ]
	check_err $? "flows have changed their path: $before to ${WHICH[2]}"
}

divided_ipv4()
{
	paths
	divided 2 3
	log_test "flows are divided, and each keeps its path, over IPv4"
}

divided_ipv6()
{
	paths local $A6
	divided 22 23
	log_test "flows are divided, and each keeps its path, over IPv6"
}

weights()
{
	paths
	nexthop add id 10 group 2,1/3,3 fdb
	entry 10
	divide
	check_shares 2:10:40 3:60:90
	nexthop replace id 10 group 2,3/3,1 fdb
	divide
	check_shares 2:60:90 3:10:40
	nexthop replace id 10 group 2,1/3,1/4,2 fdb
	divide
	check_shares 2:10:40 3:10:40 4:35:65
	log_test "by weight"
}

# Of a resilient group, only the flows of the path that goes are moved.
resilient()
{
	local before

	paths
	ip_in "$A" nexthop add id 10 group 2/3 type resilient buckets 8 fdb ||
		{ log_test_skip "a resilient group" "not known here"; return; }
	entry 10
	divide
	check_shares 2:25:75 3:25:75
	before=${WHICH[2]}
	nexthop replace id 10 group 2/4 type resilient buckets 8 fdb
	divide
	check_shares 3:0:0 4:25:75
	[ "$before" = "${WHICH[2]}" ]
	check_err $? "flows have changed their path: $before to ${WHICH[2]}"
	log_test "a resilient group"
}

# Frames of several flows are sent while CHANGE; all arrive, the last ones
# at PATH.
nothing_lost() # PATH CHANGE...
{
	local path=$1 number=200

	shift
	clear_port u1
	send_steadily "$A" ovl0 $number 2500 dmac=$MAC_TB smac=$MAC_TA src=$TA4 dst=$TB4
	busywait $((WAIT_TIMEOUT * 1000)) have_come 40
	check_err $? "the traffic does not start"
	"$@"
	sent
	busywait $((WAIT_TIMEOUT * 1000)) have_come $number
	ask count u1 dir=in dport=$TUNNEL_PORT
	[ "${SAID[0]}" = $number ]
	check_err $? "expected: $number packets, seen: ${SAID[0]}"
	divide 40000
	check_shares "$path:100:100"
}

group_replaced()
{
	paths
	nexthop add id 10 group 2/3 fdb
	entry 10
	divide
	nothing_lost 4 nexthop replace id 10 group 4 fdb
	nothing_lost 2 nexthop replace id 10 group 2 fdb
	log_test "a group is replaced while it is used"
}

member_replaced()
{
	paths
	nexthop add id 10 group 2 fdb
	entry 10
	divide
	check_shares 2:100:100
	nothing_lost 4 nexthop replace id 2 via 10.0.0.4 fdb
	nothing_lost 3 nexthop replace id 2 via 10.0.0.3 fdb
	check_fdb "$A" ovl0 "^$MAC_TB nhid 10 self permanent"
	log_test "a member is replaced while it is used"
}

member_deleted()
{
	paths
	nexthop add id 10 group 2/3/4 fdb
	entry 10
	nothing_lost 3 eval 'nexthop del id 2; nexthop del id 4'
	check_fdb "$A" ovl0 "^$MAC_TB nhid 10 self permanent"
	# the group goes with the last one
	nexthop del id 3
	check_no_fdb "$A" ovl0 "$MAC_TB"
	log_test "members are deleted while they are used"
}

has_left() # FILE
{
	grep -q "^Deleted $MAC_TB.* nhid 10 " "$1"
}

# Make sure that somebody listens, by a change: what changes nothing is not told.
is_watched() # FILE
{
	bridge -n "$A" -b - <<-END
	fdb add 02:00:00:00:09:09 dev ovl0 dst 10.0.0.9 self
	fdb del 02:00:00:00:09:09 dev ovl0 dst 10.0.0.9 self
	END
	grep -q 02:00:00:00:09:09 "$1"
}

group_deleted()
{
	local seen n

	paths
	nexthop add id 10 group 2/3 fdb
	nexthop add id 11 group 2/3 fdb
	entry 10
	for n in {10..29}; do
		echo "fdb add 02:00:00:00:08:$n dev ovl0 nhid 10 self"
		echo "fdb add 02:00:00:00:07:$n dev ovl0 nhid 11 self"
	done | bridge -n "$A" -b -
	bridge -n "$A" fdb add 02:00:00:00:08:01 dev ovl0 dst 10.0.0.2 self
	seen=$(mktemp)
	defer rm "$seen"
	in_background bridge -n "$A" monitor fdb > "$seen"
	busywait $((WAIT_TIMEOUT * 1000)) is_watched "$seen"
	check_err $? "bridge monitor says nothing"
	nexthop del id 10
	# vxlan does not tell
	[ "$KIND" != ovl ] || busywait $((WAIT_TIMEOUT * 1000)) has_left "$seen"
	check_err $? "expected: Deleted $MAC_TB, seen: $(< "$seen")"
	! fdb "$A" ovl0 | grep -q 'nhid 10 '
	check_err $? "entries are left: $(fdb "$A" ovl0)"
	[ "$(fdb "$A" ovl0 | grep -c 'nhid 11 ')" = 20 ]
	check_err $? "expected: 20 entries of the other group, seen: $(fdb "$A" ovl0)"
	check_fdb "$A" ovl0 "02:00:00:00:08:01 dst 10.0.0.2 "
	ip -n "$A" nexthop flush > /dev/null
	! fdb "$A" ovl0 | grep -q nhid
	check_err $? "entries are left: $(fdb "$A" ovl0)"
	log_test "entries go with their group"
}

# A group that has paths over the other family all of a sudden.
family_changed()
{
	[ "$KIND" = ovl ] || { log_test_skip "the family of a group changes" "$KIND has one"; return; }
	paths
	nexthop add id 10 group 2/3 fdb
	entry 10
	divide
	check_shares 2:25:75 3:25:75
	nexthop replace id 10 group 23/24 fdb
	busywait $((WAIT_TIMEOUT * 1000)) reaches fd00::3
	check_err $? "nothing is sent to a path over IPv6"
	divide
	check_shares 2:0:0 3:25:75 4:25:75
	log_test "the family of a group changes"
}

reaches() # ADDRESS
{
	ask send ovl0 count=16 inc=sport dmac=$MAC_TB smac=$MAC_TA src=$TA4 dst=$TB4 \
		sport=1000
	ask expect u1 within=100 dir=in dst="$1"
}

# Paths that lead nowhere.
no_gateway()
{
	paths
	ip -n "$A" -4 nexthop add id 5 fdb 2> /dev/null ||
		{ log_test_skip "a path without an address" "no such nexthop"; return; }
	nexthop add id 10 group 5 fdb
	bridge -n "$A" fdb add $MAC_TB dev ovl0 nhid 10 self 2> /dev/null
	send ovl0 count=16 inc=sport dmac=$MAC_TB smac=$MAC_TA src=$TA4 dst=$TB4 \
		sport=1000
	none u1 dir=in dport=$TUNNEL_PORT
	nexthop del id 5
	check_no_fdb "$A" ovl0 "$MAC_TB"
	log_test "a path without an address"
}

# One group in several entries and devices; each may go, the others stay.
several_users()
{
	local left

	paths
	ip_in "$A" link add ovl1 type "$KIND" id 7 $NO_LEARNING local $A4
	nexthop add id 10 group 2/3 fdb
	entry 10
	entry 10 ovl1
	bridge -n "$A" fdb add 02:00:00:00:08:01 dev ovl0 nhid 10 self
	bridge -n "$A" fdb del 02:00:00:00:08:01 dev ovl0 self
	divide
	check_shares 2:25:75 3:25:75
	# to another group, to an endpoint, and back
	nexthop add id 11 group 4 fdb
	bridge -n "$A" fdb replace $MAC_TB dev ovl0 nhid 11 self
	check_err $? "could not replace the nexthop of an entry"
	divide
	check_shares 4:100:100
	# vxlan says yes and does nothing
	[ "$KIND" != ovl ] ||
		! bridge -n "$A" fdb replace $MAC_TB dev ovl0 dst 10.0.0.3 self 2> /dev/null ||
		{ divide; check_shares 3:100:100; }
	bridge -n "$A" fdb replace $MAC_TB dev ovl0 nhid 10 self 2> /dev/null
	nexthop del id 11
	nexthop del id 10
	for left in ovl0 ovl1; do
		check_no_fdb "$A" $left nhid
	done
	log_test "several entries and devices share a group"
}

# The group does not remember the device.
device_deleted()
{
	paths
	nexthop add id 10 group 2/3 fdb
	entry 10
	ip_in "$A" link del ovl0
	nexthop replace id 10 group 3 fdb
	nexthop del id 10
	[ -z "$(ip -n "$A" nexthop show id 10 2> /dev/null)" ]
	check_err $? "the group is still there"
	log_test "a device is deleted, then its group"
}

# Who is sent to is listened to.
hears() # ADDRESS
{
	number
	send u1 $OUTER4 src="$1" $IN4 in.sport=$NUMBER
	expect ovl0 dir=in sport=$NUMBER
}

hears_not() # ADDRESS
{
	mark ovl0
	number
	send u1 $OUTER4 src="$1" $IN4 in.sport=$NUMBER
	moved ovl0 rx_source=1
	none ovl0 dir=in sport=$NUMBER
}

# A change of nexthops takes a moment to be known.
comes_to_hear() # ADDRESS
{
	busywait $((WAIT_TIMEOUT * 1000)) is_heard "$1"
	check_err $? "not accepted: packets from $1"
}

is_heard() # ADDRESS
{
	ask send u1 $OUTER4 src="$1" $IN4 in.sport=7000
	ask expect ovl0 within=100 dir=in sport=7000
}

forgets() # ADDRESS
{
	busywait $((WAIT_TIMEOUT * 1000)) is_unheard "$1"
	check_err $? "accepted: packets from $1"
}

is_unheard() # ADDRESS
{
	ask mark ovl0
	ask send u1 $OUTER4 src="$1" $IN4 in.sport=7001
	ask moved ovl0 within=100 rx_source=1
}

accepted()
{
	[ "$KIND" = ovl ] || { log_test_skip "paths are peers" "$KIND has no srccheck"; return; }
	paths srccheck
	nexthop add id 10 group 2/3 fdb
	hears_not 10.0.0.2
	entry 10
	hears 10.0.0.2
	hears 10.0.0.3
	hears_not 10.0.0.4
	nexthop replace id 10 group 3/4 fdb
	comes_to_hear 10.0.0.4
	hears 10.0.0.3
	forgets 10.0.0.2
	nexthop replace id 3 via 10.0.0.2 fdb
	comes_to_hear 10.0.0.2
	forgets 10.0.0.3
	bridge -n "$A" fdb del $MAC_TB dev ovl0 self
	for n in 2 3 4; do
		hears_not 10.0.0.$n
	done
	log_test "paths are peers that packets are accepted from"
}

# An entry with these words is not made, and nothing is half there.
refuses() # WORDS...
{
	if bridge -n "$A" fdb add $MAC_TB dev ovl0 "$@" self 2> /dev/null; then
		check_err 1 "taken: $*"
	fi
	! fdb_has "$A" ovl0 "$MAC_TB"
	check_err $? "left by $*: $(fdb "$A" ovl0)"
}

refused()
{
	paths
	nexthop add id 10 group 2/3 fdb
	ip_in "$A" <<-END
	nexthop add id 30 via 10.0.0.2 dev u0
	nexthop add id 31 group 30
	END
	refuses nhid 99
	refuses nhid 30
	refuses nhid 31
	refuses nhid 10 dst 10.0.0.2
	refuses nhid 10 dynamic
	entry 10
	# nothing holds what was refused
	nexthop del id 31
	nexthop del id 30
	log_test "a nexthop that cannot be used is refused"
}

tests_run
exit "$EXIT_STATUS"
