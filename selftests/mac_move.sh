#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A MAC address that moves to another endpoint, as tenants do, takes everything
# along at once: the next frame goes to the new endpoint by the new one's route,
# not by the route of the old one (where vxlan's frames go until its route
# changes); and what went before was not lost.
#
#   A                                         B (wire)
#   ovl0                                      endpoints 10.20.0.1, fd20::1
#   u0  10.0.0.1, fd00::1 --+--------------------- behind 10.0.0.20, fd00::20
#                           |                 endpoints 10.30.0.1, fd30::1
#                           +--------------------- behind 10.0.0.30, fd00::30

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="learned_ipv4 learned_ipv6 between_families by_user remote_changes group_moves
route_changes under_way from_the_flood"

NUMBER=0
GW20=02:00:00:00:20:00 GW30=02:00:00:00:30:00
E20=10.20.0.1 E30=10.30.0.1 F20=fd20::1 F30=fd30::1

device() # TYPE-ARGUMENT...
{
	with_fdb "$@"
	ip_in "$A" <<-END
	neigh replace 10.0.0.20 lladdr $GW20 dev u0 nud permanent
	neigh replace 10.0.0.30 lladdr $GW30 dev u0 nud permanent
	neigh replace fd00::20 lladdr $GW20 dev u0 nud permanent
	neigh replace fd00::30 lladdr $GW30 dev u0 nud permanent
	route add 10.20.0.0/16 via 10.0.0.20
	route add 10.30.0.0/16 via 10.0.0.30
	route add fd20::/16 via fd00::20
	route add fd30::/16 via fd00::30
	END
}

# A frame from that endpoint with the source MAC of NUMBER
frame_from() # ENDPOINT NUMBER
{
	local outer=$OUTER4

	[[ $1 != *:* ]] || outer=$OUTER6
	send u1 "$outer" src=$1 "$IN4" in.smac="$(mac $2)" in.sport=$((++NUMBER))
	expect ovl0 dir=in sport=$NUMBER
}

# A frame to the MAC of NUMBER goes to that endpoint by that gateway, twice, for
# the second time finds what the first has kept.
goes_to() # NUMBER ENDPOINT GATEWAY
{
	local time

	for time in first second; do
		send ovl0 "$TENANT4" dmac="$(mac $1)" sport=$((++NUMBER))
		expect u1 dir=in in.sport=$NUMBER : dst=$2 dmac=$3 csum=ok vni=$VNI
		check_err $? "the $time frame to $(mac $1)"
		none u1 dir=in in.sport=$NUMBER
	done
}

learned_ipv4()
{
	device learning
	frame_from $E20 1
	goes_to 1 $E20 $GW20
	frame_from $E30 1
	goes_to 1 $E30 $GW30
	frame_from $E20 1
	goes_to 1 $E20 $GW20
	# another address behind the other gateway has not moved
	frame_from $E30 2
	frame_from $E20 3
	frame_from $E30 3
	goes_to 1 $E20 $GW20
	goes_to 2 $E30 $GW30
	goes_to 3 $E30 $GW30
	learned 3
	log_test "learned, over IPv4"
}

learned_ipv6()
{
	device remote $F20 learning
	frame_from $F20 1
	goes_to 1 $F20 $GW20
	frame_from $F30 1
	goes_to 1 $F30 $GW30
	frame_from $F20 1
	goes_to 1 $F20 $GW20
	learned 1
	log_test "learned, over IPv6"
}

between_families()
{
	device remote $F20 learning
	fdb append mac=$ZERO dst=$E20
	frame_from $E20 1
	goes_to 1 $E20 $GW20
	frame_from $F30 1
	goes_to 1 $F30 $GW30
	frame_from $E30 1
	goes_to 1 $E30 $GW30
	frame_from $F20 1
	goes_to 1 $F20 $GW20
	learned 1
	log_test "learned, from IPv4 to IPv6 and back"
}

by_user()
{
	device
	fdb add mac="$(mac 1)" dst=$E20
	fdb add mac="$(mac 2)" dst=$E20
	goes_to 1 $E20 $GW20
	fdb replace mac="$(mac 1)" dst=$E30
	goes_to 1 $E30 $GW30
	goes_to 2 $E20 $GW20
	fdb replace mac="$(mac 1)" dst=$F20
	goes_to 1 $F20 $GW20
	fdb del mac="$(mac 1)"
	fdb add mac="$(mac 1)" dst=$F30
	goes_to 1 $F30 $GW30
	log_test "by the user"
}

remote_changes()
{
	device remote $E20
	goes_to 1 $E20 $GW20
	change "$A" ovl0 remote $E30
	goes_to 1 $E30 $GW30
	change "$A" ovl0 remote $F20
	goes_to 1 $F20 $GW20
	log_test "the remote of the device"
}

group_moves()
{
	device
	fdb append mac=$ZERO dst=$E20
	goes_to 1 $E20 $GW20
	fdb append mac=$ZERO dst=$E30
	fdb del mac=$ZERO dst=$E20
	goes_to 1 $E30 $GW30
	fdb append mac=$ZERO dst=$F20
	fdb del mac=$ZERO dst=$E30
	goes_to 1 $F20 $GW20
	log_test "the flood list"
}

# An endpoint that moves behind another gateway, with all that is behind it.
route_changes()
{
	local n

	device learning
	frame_from $E20 1
	frame_from $E20 2
	fdb add mac="$(mac 3)" dst=$E20
	fdb append mac=$ZERO dst=$E20
	goes_to 1 $E20 $GW20
	goes_to 3 $E20 $GW20
	ip_in "$A" route replace 10.20.0.0/16 via 10.0.0.30
	for n in 1 2 3 4; do
		goes_to $n $E20 $GW30
	done
	ip_in "$A" neigh replace 10.0.0.30 lladdr $GW20 dev u0 nud permanent
	for n in 1 2 3 4; do
		goes_to $n $E20 $GW20
	done
	ip_in "$A" route del 10.20.0.0/16
	mark ovl0
	send ovl0 "$TENANT4" dmac="$(mac 1)"
	moved ovl0 tx_no_route=1
	log_test "the route to an endpoint"
}

# Of the frames before the move all go to the old endpoint, of those after it all
# to the new one.
under_way()
{
	local n to gateway

	device remote $E20 learning
	fdb append mac=$ZERO dst=$F20
	frame_from $E20 1
	mark ovl0
	set -- $E20 $E30 $F20 $F30 $E20
	for n in 1 2 3 4 5; do
		frame_from ${!n} 1
		send ovl0 count=100 inc=sport "$TENANT4" dmac="$(mac 1)" sport=${n}000
	done
	for n in 1 2 3 4 5; do
		to=${!n} gateway=$GW20
		[[ $to != *30* ]] || gateway=$GW30
		expect u1 n=100 dir=in "in.sport>=${n}000" "in.sport<${n}100" : \
			dst=$to dmac=$gateway
	done
	none u1 dir=in in.sport=*
	moved ovl0
	learned 1
	log_test "with frames on their way"
}

# An address of which nothing is known.
from_the_flood()
{
	device remote $F30 learning
	goes_to 1 $F30 $GW30
	fdb append mac=$ZERO dst=$E30
	frame_from $E20 1
	goes_to 1 $E20 $GW20
	fdb del mac="$(mac 1)"
	fdb del mac=$ZERO dst=$F30
	goes_to 1 $E30 $GW30
	log_test "from the flood list to its own endpoint, and back"
}

tests_run
exit "$EXIT_STATUS"
