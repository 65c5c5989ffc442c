#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The MTU of a device is that of its underlay less the outer headers, and
# follows it, unless the user has set one; no other value is taken than the one
# that was asked for.  (RFC 8926 section 4.4.1)
#
#   A                                B
#   four4 four6 bare4 bare6: over IPv4 and IPv6, with and without Ethernet
#   u0  10.0.0.1, fd00::1 ---------- u1

. "${0%/*}/lib_mtu.sh"

ALL_TESTS="default with_dev by_route through_gateway set_when_made set_later
	remote_changed route_later route_comes
	endpoint_comes endpoint_of_loopback endpoint_refused
	refused"

# One of each kind, with more arguments for ip, and for the kind.
four_devices() # [LINK-ARGUMENTS [TYPE-ARGUMENTS]]
{
	ip_in "$A" <<-END
	link add four4 ${1:-} type $KIND id 1 remote ${REMOTE4:-$B4} ${2:-}
	link add four6 ${1:-} type $KIND id 2 remote ${REMOTE6:-$B6} ${2:-}
	link add bare4 ${1:-} type $KIND id 3 remote ${REMOTE4:-$B4} innerprotoinherit ${2:-}
	link add bare6 ${1:-} type $KIND id 4 remote ${REMOTE6:-$B6} innerprotoinherit ${2:-}
	END
	check_err $? "could not add the devices"
}

# The MTU of each is that of the underlay less IP, UDP, Geneve and Ethernet.
four_fit() # UNDERLAY_MTU
{
	mtu four4=$(($1 - 20 - 8 - 8 - 14)) four6=$(($1 - 40 - 8 - 8 - 14)) \
		bare4=$(($1 - 20 - 8 - 8)) bare6=$(($1 - 40 - 8 - 8))
}

default()
{
	underlay mtu 9000
	four_devices
	four_fit 9000
	log_test "default: that of the underlay less the headers"
}

with_dev()
{
	local mtu

	underlay
	four_devices "" "dev u0"
	four_fit 1500
	for mtu in 1400 9000; do
		ip_in "$A" link set u0 mtu $mtu
		four_fit $mtu
	done
	log_test "follows the underlay device"
}

by_route()
{
	local mtu

	underlay
	four_devices
	for mtu in 1400 9000; do
		ip_in "$A" link set u0 mtu $mtu
		four_fit $mtu
	done
	log_test "follows the device that the route leads to"
}

through_gateway()
{
	underlay
	ip_in "$A" <<-END
	route add 10.8.0.0/16 via $B4
	route add fd08::/64 via $B6
	END
	REMOTE4=10.8.0.1 REMOTE6=fd08::1 four_devices
	ip_in "$A" link set u0 mtu 1400
	four_fit 1400
	log_test "follows the device on the way to the gateway"
}

set_when_made()
{
	underlay
	four_devices "mtu 1234"
	mtu four4=1234 four6=1234 bare4=1234 bare6=1234
	ip_in "$A" <<-END
	link set u0 mtu 1400
	link set four4 up
	link set four6 type $KIND remote fd00::3
	END
	mtu four4=1234 four6=1234 bare4=1234 bare6=1234
	log_test "stays as the user has made it"
}

set_later()
{
	underlay
	four_devices
	ip_in "$A" <<-END
	link set four4 mtu 1234
	link set bare6 mtu 68
	link set u0 mtu 1400
	link set four4 up
	link set bare6 up
	END
	mtu four4=1234 four6=1330 bare4=1364 bare6=68
	log_test "stays as the user has set it later"
}

remote_changed()
{
	underlay
	four_devices
	ip_in "$A" <<-END
	link set four4 type $KIND remote fd00::3
	link set bare6 type $KIND remote 10.0.0.3
	END
	mtu four4=1430 four6=1430 bare4=1464 bare6=1464
	ip_in "$A" link set four4 type "$KIND" remote 10.0.0.3
	mtu four4=1450
	log_test "follows the address family of the remote"
}

# Without a route, that of Ethernet is assumed.
route_later()
{
	underlay mtu 1400
	ip_in "$A" link set u0 down
	four_devices
	four_fit 1500
	ip_in "$A" <<-END
	link set u0 up
	addr replace $A6/64 dev u0 nodad
	END
	mtu four4=1350 bare4=1364
	ip_in "$A" <<-END
	link set four6 up
	link set bare6 up
	END
	four_fit 1400
	log_test "follows a route that was not there at first"
}

# A route that comes while everything is up: the next frame finds it.
route_comes()
{
	underlay
	ip_in "$A" <<-END
	link add u2 mtu 1400 type dummy
	link set u2 addrgenmode none up
	addr add 10.2.0.1/24 dev u2
	END
	tunnel "$A" four4 id 1 remote 10.7.0.1
	mtu four4=1450
	ip_in "$A" route add 10.7.0.0/16 dev u2
	send four4 $TENANT4
	busywait 5000 has_mtu four4=1350
	check_err $? "four4 does not follow a route that was added"
	ip_in "$A" link set u2 mtu 1300
	mtu four4=1250
	log_test "follows a route that comes while it is up"
}

# Not only with the first packet, which is too long then.
endpoint_comes()
{
	underlay mtu 9000
	tunnel "$A" many external nosrccheck
	tunnel "$A" some external vnifilter nosrccheck dstport 6082
	mtu many=1430 some=1430
	bridge -n "$A" fdb add 02:00:00:00:00:01 dev many src_vni 1 dst $B4 self
	ip_in "$A" link set some type $KIND vni add 1
	mtu many=8930 some=1430
	ip_in "$A" link set some type $KIND vni add 2 remote $B4
	mtu some=8930
	log_test "follows the underlay of the first endpoint"
}

# Whose own address stands on lo is not to take packets as long as lo's.
endpoint_of_loopback()
{
	underlay
	ip_in "$A" addr add 10.255.0.1/32 dev lo
	tunnel "$A" some id 1 local 10.255.0.1
	mtu some=65023
	bridge -n "$A" fdb add 02:00:00:00:00:01 dev some dst $B4 self
	mtu some=1450
	log_test "follows the first endpoint rather than its own address"
}

# A device above would be lowered, and stay so.
endpoint_refused()
{
	underlay
	tunnel "$A" other external vnifilter nosrccheck local $A4
	tunnel "$A" some external vnifilter nosrccheck local $A4
	ip_in "$A" <<-END
	link set other type $KIND vni add 20
	link add link some name above type macvlan
	END
	mtu some=1450 above=1450
	ip -n "$A" link set some type "$KIND" vni add 10 remote $B6 vni add 20 2> /dev/null
	check_fail $? "VNI 20, which another device has, is given"
	mtu some=1450 above=1450
	log_test "a request that is refused moves nothing above it"
}

# What is refused names the bound, and changes nothing.
refused()
{
	local bad said

	underlay
	four_devices
	for bad in 67 65024 65536; do
		said=$(ip -n "$A" link add no mtu $bad type "$KIND" id 9 remote $B4 2>&1)
		check_fail $? "a device was made with mtu $bad"
		[[ $said == *"mtu "*" than device m"* ]]
		check_err $? "mtu $bad was refused with: $said"
		ip -n "$A" link set four4 mtu $bad 2> /dev/null
		check_fail $? "mtu $bad was taken"
	done
	four_fit 1500
	ip -n "$A" link show no > /dev/null 2>&1
	check_fail $? "a device was made of what was refused"
	for bad in 68 65023; do
		ip_in "$A" link set four4 mtu $bad
		mtu four4=$bad
	done
	log_test "out of bounds is refused"
}

tests_run
exit "$EXIT_STATUS"
