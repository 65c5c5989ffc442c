#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An external device with vnifilter has the VNIs that it was given and no others:
# each with its flood list, its counters and its part of the FDB.  They move as
# one when the device gets another socket, come and go thousands at a time, and
# 4,000 of them are 4,000 VLANs of a bridge after two commands.
#
#   A                                  B
#   et -- pt (tagged) \
#          ovl0 ------ br0
#   u0  10.0.0.1, fd00::1 ------------ u1  10.0.0.2, fd00::2 (wire)
#
# VLAN N of the bridge is VNI 10000 + N.

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="only_given over_ipv6 shared taken flood_lists remote_changes
	nexthop_list groups_ipv4 groups_ipv6 groups_shared groups_stay groups_refused counters deleted_entries new_local new_port
	range range_is_whole xstats_complete deleted moved_namespace vlans"

C4=10.0.0.3
BROADCAST=ff:ff:ff:ff:ff:ff
FLOODED="$TENANT4 dmac=$BROADCAST"
GROUP4=239.1.1.1 OTHER4=239.2.2.2 GROUP6=ff05::5001 MARKER=33:33:00:00:99:99
# How many VNIs are many
MANY=${MANY:-4000}

# The device, without a bridge
filter() # [TYPE-ARGUMENT...]
{
	[ "$KIND" = ovl ] || skip_all "$KIND has other words for it"
	underlay
	ip_in "$A" neigh replace $C4 lladdr $MAC_B dev u0 nud permanent
	tunnel "$A" ovl0 external vnifilter nosrccheck "$@"
	mark ovl0
}

# The same as a port of a bridge, with the VLANs 10 to 40
bridged() # [TYPE-ARGUMENT...]
{
	filter "$@"
	ip_in "$A" <<-END
	link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	link set br0 addrgenmode none
	link set br0 up
	link add pt type veth peer name et
	link set pt addrgenmode none
	link set pt up master br0
	link set et addrgenmode none
	link set et up
	link set ovl0 master br0
	END
	vlans_are_vnis "$A" pt 10-40
	port et "$A" et
	offload et off
}

# VLANs of a port of the bridge, and of ovl0, where they are VNIs
vlans_are_vnis() # NS PORT FIRST-LAST
{
	local range=$3

	bridge -n "$1" -b - <<-END
	link set dev ovl0 vlan_tunnel on
	vlan add dev $2 vid $range
	vlan add dev ovl0 vid $range
	vlan add dev ovl0 vid $range tunnel_info id $((10000 + ${range%-*}))-$((10000 + ${range#*-}))
	END
	check_err $? "could not map VLANs to VNIs"
}

# ip link set ovl0 type ovl vni ...
vni() # add|del ARGUMENT...
{
	change "$A" "${DEV:-ovl0}" vni "$@"
}

# It is refused, with these words, and nothing changes.
refused() # WORDS ARGUMENT...
{
	local before said words=$1

	shift
	before=$(all_shown)
	said=$(ip -n "$A" link set "${DEV:-ovl0}" type "$KIND" vni "$@" 2>&1)
	check_fail $? "vni $* is not refused"
	[[ $said == *"$words"* ]]
	check_err $? "expected of vni $*: $words, seen: $said"
	[ "$(all_shown)" = "$before" ]
	check_err $? "vni $* has changed something: $(all_shown)"
}

# With counters, and the flood lists in their order
all_shown()
{
	ip -n "$A" link xstats type "$KIND" dev "${DEV:-ovl0}"
	bridge -n "$A" fdb show dev "${DEV:-ovl0}" | grep '^00:00:00:00:00:00'
}

# The VNIs of the device, in a line, with their remotes
vnis()
{
	ip -n "$A" -j link xstats type "$KIND" dev "${DEV:-ovl0}" | jq -r '
		[.[].vnis[] | "\(.vni)=\(.remote // .group // "-")"] | join(" ")'
}

are() # VNI=REMOTE...
{
	[ "$(vnis)" = "$*" ]
	check_err $? "expected VNIs: $*, seen: $(vnis)"
}

# What B sends in a VNI comes out of a device, or nowhere.
heard() # VNI [DEV [OUTER-FIELDS...]]
{
	local dev=${2:-ovl0}

	number
	send u1 $OUTER4 vni="$1" $IN4 in.sport=$NUMBER "${@:3}"
	expect "$dev" dir=in sport=$NUMBER
}

not_heard() # VNI [OUTER-FIELDS...]
{
	number
	send u1 $OUTER4 vni="$1" $IN4 in.sport=$NUMBER "${@:2}"
	moved ovl0 port_rx_unknown_vni=1
	none ovl0 dir=in
}

# A broadcast in a VLAN goes there, and is all; or nowhere.
flooded_to() # VLAN DST...
{
	local vlan=$1 dst

	shift
	number
	send et vlan="$vlan" $FLOODED sport=$NUMBER
	for dst; do
		expect u1 dir=in l4=udp dst="$dst" : vni=$((10000 + vlan)) in.vlan=- \
			in.sport=$NUMBER in.csum=ok csum=ok
	done
	none u1 dir=in in.sport=$NUMBER
}

flooded_nowhere() # VLAN
{
	number
	send et vlan="$1" $FLOODED sport=$NUMBER
	moved ovl0 tx_no_endpoint=1
	none u1 dir=in in.sport=$NUMBER
}

only_given()
{
	filter
	not_heard 0
	not_heard 10
	vni add 10,20-22
	are 10=- 20=- 21=- 22=-
	heard 10
	heard 20
	heard 22
	not_heard 0
	not_heard 11
	not_heard 19
	not_heard 23
	not_heard 16777215
	vni add 0 vni add 16777215
	heard 0
	heard 16777215
	vni del 20,22
	are 0=- 10=- 21=- 16777215=-
	not_heard 20
	not_heard 22
	heard 21
	vni del 0-0,16777215 vni add 22-23
	not_heard 0
	not_heard 16777215
	heard 22
	heard 23
	log_test "only the given VNIs are received"
}

over_ipv6()
{
	filter
	vni add 10
	heard 10 ovl0 dmac=$MAC_A src=$B6 dst=$A6
	not_heard 11 src=$B6 dst=$A6
	vni add 11 vni del 10
	heard 11 ovl0 src=$B6 dst=$A6
	not_heard 10 src=$B6 dst=$A6
	log_test "over IPv6"
}

# Devices of one port
shared()
{
	local vni

	filter
	tunnel "$A" ovl1 external vnifilter nosrccheck
	tunnel "$A" ovl2 id 30 nosrccheck
	vni add 10-11
	DEV=ovl1 vni add 20
	not_heard 40
	tunnel "$A" ovl3 external nosrccheck
	heard 10 ovl0
	heard 11 ovl0
	heard 20 ovl1
	heard 30 ovl2
	heard 40 ovl3
	heard 0 ovl3
	# what is nobody's any more is the one's who takes the rest
	vni del 11
	heard 11 ovl3
	DEV=ovl1 vni add 11
	heard 11 ovl1
	ask close ovl3
	drop_tunnel "$A" ovl3
	for vni in ovl0 ovl1 ovl2; do
		none $vni dir=in
	done
	mark ovl0
	not_heard 40
	log_test "several devices of one port"
}

taken()
{
	filter
	tunnel "$A" ovl1 external vnifilter nosrccheck
	tunnel "$A" ovl2 id 30 nosrccheck
	vni add 10 remote $B4
	DEV=ovl1 vni add 20
	refused ovl1 add 20
	refused ovl2 add 30
	refused ovl1 add 12-25 remote $B6
	refused ovl2 add 9 vni add 10 remote $B6 vni add 28-31
	refused ovl1 del 10 vni add 20
	DEV=ovl1 refused ovl0 add 10
	are 10=$B4
	heard 10
	heard 20 ovl1
	heard 30 ovl2
	mark ovl0
	not_heard 12
	not_heard 9
	ip_in "$A" link add ovl4 type "$KIND" id 10 2> /dev/null
	check_fail $? "a second device got VNI 10"
	ip_in "$A" link set ovl2 type "$KIND" id 10 2> /dev/null
	check_fail $? "a second device got VNI 10 by a change"
	# not there, above what there is, twice, backwards
	refused "11 is not one" del 11
	refused "9 is not one" del 9-10
	refused "" add 16777216
	refused "" add 12-11
	refused "12 is named twice" add 12 vni add 11-13
	refused "10 is named twice" del 10 vni add 10
	refused "" del 10 remote $B4
	refused "" add 13 remote 255.255.255.255
	refused "" add 13 group $GROUP4
	log_test "what is another device's, or makes no sense, is refused"
	vni del 10
	ip_in "$A" link set ovl2 type "$KIND" id 10
	check_err $? "VNI 10 is free and not given"
	heard 10 ovl2
	refused ovl2 add 10
	vni add 30
	heard 30
	log_test "what is free can be had by another device"
}

flood_lists()
{
	bridged dev u0
	vni add 10010 remote $B4 vni add 10020 remote $B6 vni add 10030 group $GROUP4 \
		vni add 10040
	are 10010=$B4 10020=$B6 10030=$GROUP4 10040=-
	flooded_to 10 $B4
	flooded_to 20 $B6
	flooded_to 30 $GROUP4
	flooded_nowhere 40
	# what is appended to it belongs to that VNI alone
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 src_vni 10010 dst $C4 self
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 src_vni 10040 dst $C4 self
	check_err $? "could not append to a flood list"
	flooded_to 10 $B4 $C4
	flooded_to 20 $B6
	flooded_to 40 $C4
	log_test "each VNI has its flood list"
}

remote_changes()
{
	bridged dev u0
	vni add 10010,10020,10030 remote $B4
	vni add 10010 remote $C4
	flooded_to 10 $C4
	flooded_to 20 $B4
	vni add 10010 remote $B6
	flooded_to 10 $B6
	vni add 10010 group $GROUP4
	flooded_to 10 $GROUP4
	vni add 10010
	are 10010=$GROUP4 10020=$B4 10030=$B4
	flooded_to 10 $GROUP4
	vni add 10010 remote any
	flooded_nowhere 10
	vni add 10020 remote 0.0.0.0
	flooded_nowhere 20
	vni add 10030 remote ::
	flooded_nowhere 30
	are 10010=- 10020=- 10030=-
	vni add 10010-10030 remote $B4
	flooded_to 10 $B4
	flooded_to 25 $B4
	flooded_to 30 $B4
	log_test "the remote of a VNI changes"
	# what was appended stays when the remote goes, and one that is there twice
	# is one
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 src_vni 10010 dst $C4 self
	vni add 10010 remote any
	flooded_to 10 $C4
	vni add 10010 remote $C4
	flooded_to 10 $C4
	vni add 10010 remote $B6
	flooded_to 10 $B6 $C4
	log_test "what was appended to its list stays"
	# a request that is refused leaves all as it was
	ip_in "$A" link add ovl2 type "$KIND" id 10050 dev u0
	refused ovl2 add 10010-10020 remote $C4 vni add 10050
	flooded_to 10 $B6 $C4
	flooded_to 20 $B4
	drop_tunnel "$A" ovl2
	log_test "a request that is refused changes no list"
}

# A list that is the user's nexthop group takes no remote beside it.
nexthop_list()
{
	bridged dev u0
	vni add 10010-10011
	ip_in "$A" <<-END
	nexthop add id 1 via $B4 fdb
	nexthop add id 10 group 1 fdb
	END
	bridge -n "$A" fdb add 00:00:00:00:00:00 dev ovl0 src_vni 10010 nhid 10 self
	check_err $? "could not add a flood list that is a nexthop group"
	flooded_to 10 $B4
	refused nhid add 10010 remote $C4
	refused nhid add 10011 remote $C4 vni add 10010 group $GROUP4 vni add 10012
	flooded_to 10 $B4
	flooded_nowhere 11
	vni del 10010
	are 10011=-
	log_test "a list that is a nexthop group stays what it is"
}

# Groups that u0 is a member of, as addresses
is_member() # GROUP
{
	[[ " $(ip -n "$A" -o maddr show dev u0 | tr -s ' \n\t' '   ') " == *" $1 "* ]]
}

is_no_member()
{
	! is_member "$@"
}

member() # WHEN GROUP
{
	busywait $((WAIT_TIMEOUT * 1000)) is_member "$2"
	check_err $? "no member of $2 $1"
}

no_member() # WHEN GROUP
{
	busywait $((WAIT_TIMEOUT * 1000)) is_no_member "$2"
	check_err $? "a member of $2 $1"
}

groups_follow() # GROUP
{
	filter dev u0
	vni add 10
	no_member "of no VNI" "$1"
	vni add 10 group "$1"
	member "of a VNI that is there" "$1"
	ip_in "$A" link set ovl0 down
	no_member "when it is down" "$1"
	vni add 11 group "$1"
	no_member "when it is down" "$1"
	ip_in "$A" link set ovl0 up
	member "when it is up" "$1"
	vni del 10
	member "for the other VNI" "$1"
	vni add 11 remote $B4
	no_member "of VNIs with other remotes" "$1"
	vni add 12 group "$1"
	member "for a third VNI" "$1"
	vni del 12
	no_member "without the VNI" "$1"
	vni add 12-14 group "$1"
	member "again" "$1"
	change "$A" ovl0 ttl 5
	member "after a change" "$1"
	change "$A" ovl0 dstport 7000
	member "after a change of the port" "$1"
	# what is refused joins nothing
	ip_in "$A" link add ovl2 type "$KIND" id 50 dstport 7000 dev u0
	refused ovl2 del 12-14 vni add 40-50 group "$1"
	refused ovl2 add 12 remote any vni add 13 remote any vni add 14 remote any vni add 50
	member "after a request that was refused" "$1"
	drop_tunnel "$A" ovl2
	ask close ovl0
	drop_tunnel "$A" ovl0
	no_member "without a device" "$1"
}

groups_ipv4()
{
	local test="the groups of VNIs are joined and left, IPv4"

	groups_follow $GROUP4
	[[ $(ip netns exec "$A" cat /proc/net/igmp) != *010101EF* ]]
	check_err $? "still in /proc/net/igmp"
	log_test "$test"
}

groups_ipv6()
{
	groups_follow $GROUP6
	log_test "the groups of VNIs are joined and left, IPv6"
}

# What comes from a group is of the VNI that it says; a report tells the network.
groups_shared()
{
	filter dev u0
	clear_port u1
	vni add 10-12 group $GROUP4
	expect u1 dir=in l4=2 : dst=224.0.0.22\|$GROUP4
	vni add 13 group $OTHER4
	heard 10 ovl0 dmac=01:00:5e:01:01:01 dst=$GROUP4
	heard 12 ovl0 dmac=01:00:5e:01:01:01 dst=$GROUP4
	heard 13 ovl0 dmac=01:00:5e:02:02:02 dst=$OTHER4
	mark ovl0
	not_heard 14 dmac=01:00:5e:01:01:01 dst=$GROUP4
	vni del 10-11
	member "of the last VNI" $GROUP4
	not_heard 10 dmac=01:00:5e:01:01:01 dst=$GROUP4
	heard 12 ovl0 dmac=01:00:5e:01:01:01 dst=$GROUP4
	vni del 12
	no_member "of no VNI" $GROUP4
	member "of VNI 13" $OTHER4
	log_test "VNIs that share a group, and another one"
}

# What a VNI has been given holds for changes of the device.
groups_stay()
{
	filter dev u0
	vni add 10 group $GROUP4 vni add 11 group $GROUP6
	ip_in "$A" link set ovl0 type "$KIND" local $A4 2> /dev/null
	check_fail $? "a device with a group of IPv4 takes a local address"
	ip_in "$A" link set ovl0 type "$KIND" local $A6 2> /dev/null
	check_fail $? "a device with a group of IPv6 takes a local address"
	# IFLA_OVL_LINK
	ask link "$A" ovl0 set "$KIND" 6:u32:0
	check_fail $? "a device with a group loses its underlay device"
	[[ "${SAID[*]}" == *EINVAL* ]]
	check_err $? "expected: EINVAL, seen: ${SAID[*]}"
	heard 10 ovl0 dmac=01:00:5e:01:01:01 dst=$GROUP4
	heard 11 ovl0 dmac=33:33:00:00:50:01 src=$B6 dst=$GROUP6
	vni add 11 remote $B4
	change "$A" ovl0 local $A6
	heard 10 ovl0 dmac=01:00:5e:01:01:01 dst=$GROUP4
	vni del 10
	change "$A" ovl0 local $A4
	refused "a group cannot be received" add 10 group $GROUP4
	heard 11
	log_test "a group stands against what it cannot be received with"
}

# A socket is a member of so many groups, here of one, and no more: what is refused
# for that leaves groups and flood lists as they were.
groups_refused()
{
	local memberships

	bridged dev u0
	ask sysctl "$A" net.ipv4.igmp_max_memberships 1
	vni add 10010 remote $B4 vni add 10020 group $GROUP4
	refused "" add 10010 group $OTHER4
	flooded_to 10 $B4
	# who joins a group again is behind the marker
	ip -n "$A" maddr add $MARKER dev u0
	memberships=$(ip -n "$A" maddr show dev u0)
	refused "" add 10020 remote $B4 vni add 10030 group $OTHER4 \
		vni add 10040 group 239.3.3.3
	[ "$(ip -n "$A" maddr show dev u0)" = "$memberships" ]
	check_err $? "a group was left for a while: $(ip -n "$A" maddr show dev u0)"
	are 10010=$B4 10020=$GROUP4
	member "after a request that was refused" $GROUP4
	flooded_to 20 $GROUP4
	# in its place in the list
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 src_vni 10010 dst $C4 self
	refused "" add 10010 remote $B6 vni add 10020 group $OTHER4
	flooded_to 10 $B4 $C4
	bridge -n "$A" fdb del 00:00:00:00:00:00 dev ovl0 src_vni 10010 dst $C4 self
	# what the user has taken from the list does not come back
	bridge -n "$A" fdb del 00:00:00:00:00:00 dev ovl0 src_vni 10010 dst $B4 self
	refused "" add 10010 remote $C4 vni add 10020 group $OTHER4
	flooded_nowhere 10
	log_test "a group too many is refused, and nothing else"
}

# Counters of a VNI: RX TX, each PACKETS/BYTES/ERRORS
counted() # VNI RX TX
{
	local seen

	seen=$(ip -n "$A" -j link xstats type "$KIND" dev ovl0 | jq -r --argjson vni "$1" '
		.[].vnis[] | select(.vni == $vni) |
		[.rx, .tx][] | "\(.packets)/\(.bytes)/\(.errors)"')
	[ "$seen" = "$2"$'\n'"$3" ]
	check_err $? "expected: VNI $1 RX $2 TX $3, seen: ${seen//$'\n'/ }"
}

counters()
{
	# a frame with 100 bytes in it
	local l=142

	bridged
	vni add 10010 remote $B4 vni add 10020 remote $B6 vni add 10030-10031
	counted 10010 0/0/0 0/0/0
	send et count=3 vlan=10 $FLOODED pay=100
	send et count=2 vlan=20 $FLOODED pay=100
	expect u1 n=3 dir=in vni=10010
	expect u1 n=2 dir=in vni=10020
	counted 10010 0/0/0 3/$((3 * l))/0
	counted 10020 0/0/0 2/$((2 * l))/0
	send u1 count=4 $OUTER4 vni=10010 $IN4 in.pay=100
	send u1 count=5 $OUTER6 vni=10030 $IN4 in.pay=100
	expect ovl0 n=9 dir=in
	counted 10010 4/$((4 * l))/0 3/$((3 * l))/0
	counted 10020 0/0/0 2/$((2 * l))/0
	counted 10030 5/$((5 * l))/0 0/0/0
	log_test "counters of VNIs: what is delivered and sent"
	# nobody to send to; two copies; what is refused
	send et count=6 vlan=30 $FLOODED pay=100
	moved ovl0 tx_no_endpoint=6
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 src_vni 10010 dst $C4 self
	send et vlan=10 $FLOODED pay=100
	expect u1 n=2 dir=in vni=10010
	send u1 count=2 $OUTER4 vni=10020 proto=0x1234 $IN4
	send u1 $OUTER4 vni=10020 o=1 $IN4
	send u1 $OUTER4 vni=10099 $IN4
	moved ovl0 rx_proto=2 rx_oam=1 port_rx_unknown_vni=1
	counted 10010 4/$((4 * l))/0 5/$((5 * l))/0
	counted 10020 0/0/3 2/$((2 * l))/0
	counted 10030 5/$((5 * l))/0 0/0/6
	counted 10031 0/0/0 0/0/0
	log_test "counters of VNIs: errors"
	# they are those of the VNI, whatever becomes of its remote and the socket
	vni add 10010 remote any
	change "$A" ovl0 dstport 7000
	counted 10010 4/$((4 * l))/0 5/$((5 * l))/0
	heard 10010 ovl0 dport=7000 in.pay=100
	counted 10010 5/$((5 * l))/0 5/$((5 * l))/0
	# and a new one begins anew
	vni del 10010
	vni add 10010
	counted 10010 0/0/0 0/0/0
	log_test "counters of VNIs that change"
}

# How many entries of a VNI the FDB has
fdb_of() # VNI
{
	bridge -n "$A" fdb show dev ovl0 | grep -w self | grep -cw "src_vni $1"
}

deleted_entries()
{
	local vni

	bridged
	vni add 10010-10014 remote $B4
	for vni in {10010..10014}; do
		printf '%s\n' "fdb append 00:00:00:00:00:00 dev ovl0 src_vni $vni dst $C4 self" \
			"fdb add $MAC_TB dev ovl0 src_vni $vni dst $C4 self" \
			"fdb add $MAC_B dev ovl0 src_vni $vni dst $B6 self"
	done | bridge -n "$A" -b -
	check_err $? "could not add entries"
	[ "$(fdb_of 10010)" = 4 ]
	check_err $? "expected: 4 entries of VNI 10010, seen: $(fdb_of 10010)"
	vni del 10011,10013-10014
	for vni in 10011 10013 10014; do
		[ "$(fdb_of $vni)" = 0 ]
		check_err $? "VNI $vni is gone and has $(fdb_of $vni) entries"
	done
	for vni in 10010 10012; do
		[ "$(fdb_of $vni)" = 4 ]
		check_err $? "VNI $vni stays and has $(fdb_of $vni) entries"
	done
	flooded_to 10 $B4 $C4
	flooded_nowhere 11
	vni add 10011
	flooded_nowhere 11
	send et vlan=12 $TENANT4
	expect u1 dir=in l4=udp : dst=$C4 vni=10012
	send et vlan=11 $TENANT4
	moved ovl0 tx_no_endpoint=1
	vni del 10010-10012
	[[ $(bridge -n "$A" fdb show dev ovl0) != *src_vni* ]]
	check_err $? "entries are left: $(bridge -n "$A" fdb show dev ovl0)"
	log_test "a VNI takes its entries along, and only those"
}

# Frames of 200 VNIs come in all the time, while the address changes to the one
# that they are sent to, and back.
new_local()
{
	local packets=2000

	filter
	vni add 1000-1199 remote $B4
	send_steadily "$B" u1 $packets 400 $OUTER4 vni=1100 $IN4
	for _ in 1 2 3; do
		change "$A" ovl0 local $A4
		change "$A" ovl0 local any
	done
	change "$A" ovl0 local $A4
	sent
	expect ovl0 n=$packets dir=in
	moved ovl0 link.rx_packets=$packets link.rx_errors=0 link.rx_dropped=0 \
		port_rx_unknown_vni=0
	ip_in "$A" addr add 10.0.0.7/24 dev u0
	heard 1000
	heard 1099
	heard 1199
	clear_port ovl0
	send u1 $OUTER4 dst=10.0.0.7 vni=1000 $IN4
	none ovl0 dir=in
	log_test "the address changes, and no packet of 200 VNIs is lost"
}

new_port()
{
	local packets=2000 vni
	filter
	vni add 1000-1199 remote $B4
	# another device keeps the old port
	tunnel "$A" ovl1 id 5 nosrccheck
	change "$A" ovl0 dstport 7000
	for vni in 1000 1099 1199; do
		heard $vni ovl0 dport=7000
		send u1 $OUTER4 vni=$vni $IN4
	done
	none ovl0 dir=in
	mark ovl0
	# there, and back, with what comes to the port that stays
	change "$A" ovl0 dstport 6081
	mark ovl0
	send_steadily "$B" u1 $packets 400 $OUTER4 vni=1100 $IN4
	for _ in 1 2 3; do
		change "$A" ovl0 srccheck
		change "$A" ovl0 nosrccheck udpcsum
		change "$A" ovl0 ttl 5
		change "$A" ovl0 udp6zerocsumrx
		change "$A" ovl0 noudp6zerocsumrx
	done
	sent
	expect ovl0 n=$packets dir=in
	moved ovl0 link.rx_packets=$packets port_rx_unknown_vni=0
	# a port where one of them is taken
	ip_in "$A" link add ovl2 type "$KIND" id 1150 dstport 8000
	ip_in "$A" link set ovl0 type "$KIND" dstport 8000 2> /dev/null
	check_fail $? "moved to a port where a VNI is another device's"
	heard 1000
	heard 1199
	drop_tunnel "$A" ovl2
	change "$A" ovl0 dstport 8000
	heard 1150 ovl0 dport=8000
	log_test "all VNIs move to another port, or none"
}

range()
{
	local vni began took

	filter
	began=$(timestamp_ms)
	vni add 10001-$((10000 + MANY)) remote $B4
	took=$(($(timestamp_ms) - began))
	log_info "$MANY VNIs are added in $took ms"
	for vni in 10001 10002 $((10000 + MANY / 2)) $((10000 + MANY)); do
		heard $vni
	done
	not_heard 10000
	not_heard $((10001 + MANY))
	[[ $(ip -n "$A" -d -s link show ovl0) == *" vnifilter vnis $MANY "* ]]
	check_err $? "expected: vnis $MANY, seen: $(ip -n "$A" -d -s link show ovl0)"
	vni add 10001-$((10000 + MANY)) remote $B6
	vni del 10002-$((9999 + MANY))
	are 10001=$B6 $((10000 + MANY))=$B6
	not_heard 10002
	heard 10001
	log_test "a range of $MANY VNIs"
}

range_is_whole()
{
	filter
	ip_in "$A" link add ovl2 type "$KIND" id $((10000 + MANY))
	vni add 10005 remote $B6
	refused ovl2 add 10001-$((10000 + MANY)) remote $B4
	are 10005=$B6
	# lists that were to go are where they were
	vni add 10003 remote $B4
	refused ovl2 add 10003 remote any vni add 10005 remote any \
		vni add $((10000 + MANY))
	vni del 10003
	not_heard 10001
	heard 10005
	drop_tunnel "$A" ovl2
	log_test "of $MANY VNIs the last one is taken: none is added"
}

xstats_complete()
{
	local seen

	filter
	vni add 1-$MANY remote $B4
	seen=$(ip -n "$A" -j link xstats type "$KIND" |
		jq -r '.[] | select(.ifname == "ovl0") | .vnis[].vni')
	[ "$seen" = "$(seq $MANY)" ]
	check_err $? "expected: 1 to $MANY, seen: $(wc -l <<< "$seen"), $(sort -u <<< "$seen" | wc -l) of them distinct"
	# the same of the device alone
	seen=$(ip -n "$A" -j link xstats type "$KIND" dev ovl0 | jq -r '.[].vnis[].vni')
	[ "$seen" = "$(seq $MANY)" ]
	check_err $? "expected of ovl0: 1 to $MANY, seen: $(wc -l <<< "$seen")"
	log_test "a dump of $MANY VNIs is complete"
}

deleted()
{
	filter dev u0
	vni add 10-200 remote $B4 vni add 5 group $GROUP4
	heard 10
	ask close ovl0
	drop_tunnel "$A" ovl0
	tunnel "$A" ovl0 id 10 nosrccheck
	mark ovl0
	heard 10
	not_heard 11
	ask close ovl0
	drop_tunnel "$A" ovl0
	# its underlay goes
	tunnel "$A" ovl0 external vnifilter nosrccheck
	vni add 10-20
	cleanup_ns "$A"
	log_test "a device goes with its VNIs"
}

# It is no device's any more.
is_free() # VNI
{
	ip -n "$A" -b - 2> /dev/null <<-END
	link add probe type $KIND id $1
	link del probe
	END
}

moved_namespace()
{
	filter
	setup_ns C
	vni add 10-12 remote $B4
	heard 10
	ask close ovl0
	ip_in "$A" link set ovl0 netns "$C"
	ip_in "$C" <<-END
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
	must port ovl0 "$C" ovl0
	mark ovl0
	heard 10
	heard 12
	not_heard 13
	ip_in "$C" <<-END
	link set ovl0 type $KIND vni add 13 remote $B6 vni del 10
	END
	check_err $? "could not change it in the other namespace"
	heard 13
	not_heard 10
	[[ $(ip -n "$C" link xstats type "$KIND" dev ovl0) == *"vni 13 remote $B6"* ]]
	check_err $? "VNI 13 is not shown"
	# a VNI that it has is taken where its sockets are
	ip_in "$A" link add ovl1 type "$KIND" id 12 2> /dev/null
	check_fail $? "VNI 12 was given twice"
	ask close ovl0
	cleanup_ns "$C"
	slowwait $WAIT_TIMEOUT is_free 12
	check_err $? "VNI 12 is not free after the namespace"
	tunnel "$A" ovl1 id 12 nosrccheck
	heard 12 ovl1
	log_test "a device with VNIs in another namespace"
}

# 4,000 VLANs on two hosts, each a VNI, and a host in a few of them
vlans_of() # NS ADDR4-OF-PEER NUMBER-OF-HOST
{
	local vlan

	ip_in "$1" <<-END
	link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	link add ovl0 type $KIND external vnifilter
	link set ovl0 type $KIND vni add 10001-$((10000 + MANY)) remote $2
	link set br0 addrgenmode none
	link set ovl0 addrgenmode none
	link set br0 up
	link set ovl0 up master br0
	END
	check_err $? "could not add ovl0 with $MANY VNIs"
	bridge -n "$1" -b - <<-END
	link set dev ovl0 vlan_tunnel on
	vlan add dev br0 vid 1-$MANY self
	vlan add dev ovl0 vid 1-$MANY
	vlan add dev ovl0 vid 1-$MANY tunnel_info id 10001-$((10000 + MANY))
	END
	check_err $? "could not map $MANY VLANs"
	for vlan in $VLANS; do
		echo "link add v$vlan link br0 type vlan id $vlan"
		echo "link set v$vlan addrgenmode none"
		echo "link set v$vlan up"
		echo "addr add 172.$((16 + vlan / 256)).$((vlan % 256)).$3/24 dev v$vlan"
		echo "addr add fd02:$vlan::$3/64 dev v$vlan nodad"
	done | ip_in "$1"
	check_err $? "could not add hosts"
}

vlans()
{
	local VLANS="1 2 $((MANY / 2)) $MANY" vlan began took limit=20000

	[ "$KIND" = ovl ] || skip_all "$KIND has other words for it"
	[ -z "${KSFT_MACHINE_SLOW:-}" ] || limit=200000
	underlay
	began=$(timestamp_ms)
	vlans_of "$A" $B4 1
	vlans_of "$B" $A4 2
	took=$(($(timestamp_ms) - began))
	log_info "two hosts with $MANY VLANs and VNIs each: $took ms"
	[ $took -lt $limit ]
	check_err $? "$MANY VLANs took $took ms, more than $limit"
	for vlan in $VLANS; do
		clear_port u1
		ip netns exec "$A" ping -q -c 1 -W 10 \
			172.$((16 + vlan / 256)).$((vlan % 256)).2 > /dev/null
		check_err $? "no ping in VLAN $vlan"
		ip netns exec "$A" ping -q -c 1 -W 10 fd02:$vlan::2 > /dev/null
		check_err $? "no ping over IPv6 in VLAN $vlan"
		expect u1 dir=in in.icmp=8/0 : vni=$((10000 + vlan)) in.vlan=-
		expect u1 dir=out in.icmp=0/0 : vni=$((10000 + vlan)) in.vlan=-
		none u1 in.icmp=* vni!=$((10000 + vlan))
	done
	log_test "$MANY VLANs are $MANY VNIs"
	began=$(timestamp_ms)
	ip_in "$A" link del ovl0
	ip_in "$B" link del ovl0
	log_info "deleted in $(($(timestamp_ms) - began)) ms"
}

tests_run
exit "$EXIT_STATUS"
