#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Options of packets that are many: changed while a device sends, of peers that
# come and go, of segments that the underlay's device may or may not cut.
# (RFC 8926 sections 4.4.1 and 4.6)
#
#   A                                    B
#   ovl0  192.168.0.1, fd01::1
#   u0  10.0.0.1, fd00::1 -------------- u1  10.0.0.2, fd00::2 (wire)

MANY=${MANY:-$((${#KSFT_MACHINE_SLOW} ? 1000 : 3000))}

. "${0%/*}/lib_options.sh"
. "${0%/*}/lib_change.sh"

ALL_TESTS="under_traffic mtu_peers segments_cut gro_l3"

segments_cut_here()
{
	ip netns exec "$A" ethtool -K u0 sg on tso on gso on tx on \
		tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off > /dev/null
	all_segments "ok|partial"
	# checksums by hand, but one packet to the device
	ip netns exec "$A" ethtool -K u0 tx off > /dev/null
	all_segments "ok|partial"
}

segments_cut()
{
	local UNDERLAY_MTU=1800 FEW=yes

	on_each segments_cut_here
	log_test "each segment has the same options, with other offloads"
}

gro_l3()
{
	local IN4=$L3IN4

	cutting_underlay tunnel_l3 accept "ffff:*" critmismatch accept
	gro_differing
	log_test "GRO merges only what is binary equal, without Ethernet"
}

# Peers of the FDB and of nexthops take theirs with them.
mtu_peers()
{
	local KIND_OF_DEVICE=L2 REMOTE=$B4

	underlay
	device L2 $B4 opts $PLAIN
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst 10.0.0.3 self
	change "$A" ovl0 peer 10.0.0.3 opts "$(option ffff:01 3)"
	leaves_room 16
	bridge -n "$A" fdb add 02:00:00:00:02:02 dev ovl0 dst 10.0.0.4 self
	change "$A" ovl0 peer 10.0.0.4 opts "$(option ffff:01 9)"
	leaves_room 40
	bridge -n "$A" fdb del $MAC_TB dev ovl0 self
	leaves_room 40
	bridge -n "$A" fdb del 02:00:00:00:02:02 dev ovl0 self
	busywait 5000 has_mtu ovl0=$((1500 - $(hlen) - 8))
	check_err $? "the MTU leaves room for options of peers that are gone"
	# who comes back has none of his own
	bridge -n "$A" fdb add 02:00:00:00:02:02 dev ovl0 dst 10.0.0.4 self
	leaves_room 8
	ip_in "$A" <<-END
	nexthop add id 5 via 10.0.0.5 fdb
	nexthop add id 50 group 5 fdb
	END
	bridge -n "$A" fdb add 02:00:00:00:02:03 dev ovl0 nhid 50 self
	change "$A" ovl0 peer 10.0.0.5 opts "$(option ffff:01 31)"
	leaves_room 128
	ip_in "$A" nexthop del id 50
	busywait 5000 has_mtu ovl0=$((1500 - $(hlen) - 8))
	check_err $? "the MTU leaves room for options of a nexthop that is gone"
	# an endpoint over IPv6 takes its own header, too
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst $B6 self
	change "$A" ovl0 peer $B6 opts "$(option ffff:01 3)"
	leaves_room $((20 + 16))
	log_test "the MTU follows when a peer's options come and go"
}

# A flood of packets each of which has one set or the other.
either() # ONE C OTHER C THESE THOSE
{
	local one two

	change "$A" ovl0 $5
	flood ovl0 "gap=50 $TENANT sport=4716" u1 in.sport=4716 "$5" "$6"
	check_all_of "$5, $6" "${SAID[0]}"
	wired "$1"
	ask count u1 in.sport=4716 opts=${HEX:--} c=$2 csum=ok in.csum=ok
	one=${SAID[0]}
	wired "$3"
	ask count u1 in.sport=4716 opts=${HEX:--} c=$4 csum=ok in.csum=ok
	two=${SAID[0]}
	check_all_of "either of both, $one and $two" $((one + two))
	[ "$one" -gt 0 ] && [ "$two" -gt 0 ]
	check_err $? "$5, $6: nothing has changed: $one and $two"
}

under_traffic_here()
{
	local long

	long=$(option ffff:81 31),$(option ffff:02 30)
	either $long 1 $PLAIN 0 "opts $long" "opts $PLAIN"
	either $CRITICAL 1 "" 0 "opts $CRITICAL" noopts
	change "$A" ovl0 opts $PLAIN
	either $long 1 $PLAIN 0 "peer $REMOTE opts $long" \
		"peer $REMOTE opts device"
	either ffff:03:,$CRITICAL 1 "" 0 "peer $REMOTE opts ffff:03:,$CRITICAL" \
		"peer $REMOTE noopts"
}

under_traffic()
{
	local FEW=yes

	on_each under_traffic_here
	log_test "options change under traffic"
}

tests_run
exit "$EXIT_STATUS"
