#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the host asks of a packet before it is for a socket, and who else may get
# it, counts from the next packet on: the reverse path filter and what else is
# asked of a source, addresses, local routes, rules of routing, forwarding, a VRF,
# options, checksums, other sockets, BPF that looks up sockets.
#
# The hosts: see lib_lean.sh.

. "${0%/*}/lib_lean.sh"

# (after the first rule a namespace never takes the shortcut again; a VRF has one)
ALL_TESTS="rp_filter martians own_source link_layer
	address_gone local_route forwarded options checksums
	raw_socket udp_socket udp_socket_device bpf_lookup gone
	vrf_moved routing_rule"

# The way back to the sender is by another device.
rp_filter()
{
	local name

	[ $FAMILY = 4 ] || { SKIPPED=-; return; }
	for name in all u0; do
		route_in add $FAR/$ONE dev w0
		arrives
		remember TcpExtIPReversePathFilter
		ask sysctl "$A" net.ipv4.conf.$name.rp_filter 1
		vanishes
		rises TcpExtIPReversePathFilter
		route_in del $FAR/$ONE
		arrives
		route_in add $FAR/$ONE dev w0
		vanishes
		ask sysctl "$A" net.ipv4.conf.$name.rp_filter 2
		arrives
		route_in replace unreachable $FAR/$ONE
		vanishes
		ask sysctl "$A" net.ipv4.conf.$name.rp_filter 0
		arrives
		route_in del $FAR/$ONE
	done
}

# No host may have these addresses, or they are of the host alone.
martians()
{
	local field from to

	change "$A" ovl0 nosrccheck
	from="127.0.0.5 224.0.0.1 255.255.255.255 0.0.0.0"
	to="127.0.0.1 0.0.0.0"
	[ $FAMILY = 4 ] || from="::1 ff02::1 ff0e::1" to="::1"
	arrives
	for field in $from; do
		FIELDS="src=$field" vanishes_alone
		arrives
	done
	for field in $to; do
		FIELDS="dst=$field" vanishes_alone
		arrives
	done
}

# Only if the host is asked to.
own_source()
{
	[ $FAMILY = 4 ] || { SKIPPED=-; return; }
	change "$A" ovl0 nosrccheck
	FIELDS="src=$NEAR" vanishes_alone
	ask sysctl "$A" net.ipv4.conf.u0.accept_local 1
	FIELDS="src=$NEAR" arrives
	ask sysctl "$A" net.ipv4.conf.u0.accept_local 0
	FIELDS="src=$NEAR" vanishes_alone
	# any address is the host's own now, or is not any more
	FIELDS="src=$NOBODY" arrives
	ip_in "$A" addr add $NOBODY/$ONE dev lo
	FIELDS="src=$NOBODY" vanishes_alone
	ip_in "$A" addr del $NOBODY/$ONE dev lo
	FIELDS="src=$NOBODY" arrives
}

# The frame is for another host; or for all of them, which the host may refuse.
link_layer()
{
	local name=net.ipv$FAMILY.conf.u0.drop_unicast_in_l2_multicast
	local every="dmac=ff:ff:ff:ff:ff:ff"

	arrives
	FIELDS="dmac=$SECOND_MAC" vanishes_alone
	FIELDS=$every arrives
	ask sysctl "$A" $name 1
	FIELDS=$every vanishes_alone
	arrives
	ask sysctl "$A" $name 0
	FIELDS=$every arrives
}

address_gone()
{
	ask sysctl "$A" net.ipv4.conf.u0.promote_secondaries 1
	arrives
	FIELDS="dst=$OTHER" vanishes_alone
	ip_in "$A" addr add $OTHER/$NET dev u0 ${NODAD:-}
	FIELDS="dst=$OTHER" arrives
	ip_in "$A" addr del $NEAR/$NET dev u0
	vanishes
	FIELDS="dst=$OTHER" arrives
	# it need not be that of the device that the packet comes in by
	ip_in "$A" addr add $NEAR/$ONE dev lo ${NODAD:-}
	arrives
	ip_in "$A" addr del $NEAR/$ONE dev lo
	vanishes
	ip_in "$A" addr add $NEAR/$NET dev u0 ${NODAD:-}
	arrives
	ip_in "$A" addr del $OTHER/$NET dev u0
	FIELDS="dst=$OTHER" vanishes_alone
	arrives
}

local_route()
{
	arrives
	route_in del local $NEAR dev u0 table local
	vanishes
	route_in add local $NEAR dev u0 table local
	arrives
	FIELDS="dst=$NOBODY" vanishes_alone
	route_in add local $NOBODY/$ONE dev lo
	FIELDS="dst=$NOBODY" arrives
	route_in del local $NOBODY/$ONE dev lo
	FIELDS="dst=$NOBODY" vanishes_alone
	arrives
}

# One that is asked before the table of local addresses is.
routing_rule()
{
	local rule="ip_in $A -$FAMILY rule" kind

	$rule add pref 10 lookup local
	$rule del pref 0
	arrives
	for kind in unreachable blackhole prohibit; do
		$rule add pref 5 from $FAR $kind
		vanishes
		$rule del pref 5
		arrives
		$rule add pref 5 iif u0 ipproto udp dport 6081 $kind
		vanishes
		$rule del pref 5
		arrives
	done
	# of one host two flows go two ways
	$rule add pref 5 iif u0 ipproto udp sport 7778 unreachable
	arrives
	arrives
	FIELDS="sport=7778" vanishes_alone
	arrives
	$rule del pref 5
	FIELDS="sport=7778" arrives
	$rule add pref 0 lookup local
	$rule del pref 10
	arrives
}

# What is for another host goes on to it.
forwarded()
{
	local name=net.ipv4.ip_forward to=10.2.0.9

	[ $FAMILY = 4 ] || name=net.ipv6.conf.all.forwarding to=fd09::9
	route_in add $to/$ONE dev w0
	ip_in "$A" neigh replace $to lladdr $SECOND_MAC dev w0 nud permanent
	arrives
	FIELDS="dst=$to" vanishes_alone
	ask sysctl "$A" $name 1
	FIELDS="dst=$to" vanishes_alone
	expect w1 dir=in in.sport=$NUMBER : dst=$to dmac=$SECOND_MAC ttl=63
	arrives
	ask sysctl "$A" $name 0
	FIELDS="dst=$to" vanishes_alone
	none w1 dir=in in.sport=$NUMBER
	arrives
	route_in del $to/$ONE dev w0
}

# Options that do nothing, and those that the host refuses.
options()
{
	local name=net.ipv4.conf.all.accept_source_route

	if [ $FAMILY = 6 ]; then
		FIELDS="ipopts=010400000000" arrives
		FIELDS="ipopts=800400000000" vanishes_alone
		arrives
		return
	fi
	FIELDS="ipopts=01010101" arrives
	ask sysctl "$A" $name 0
	ask sysctl "$A" net.ipv4.conf.u0.accept_source_route 1
	FIELDS="ipopts=8307080a00000100" vanishes_alone
	ask sysctl "$A" $name 1
	FIELDS="ipopts=8307080a00000100" arrives
	ask sysctl "$A" $name 0
	FIELDS="ipopts=8307080a00000100" vanishes_alone
	# too long for the header
	FIELDS="ipopts=07ff0401" vanishes_alone
	arrives
}

checksums()
{
	local name=UdpInCsumErrors

	[ $FAMILY = 4 ] || name=Udp6InCsumErrors
	arrives
	remember $name
	FIELDS="csum=bad" vanishes_alone
	rises $name
	arrives
	FIELDS="ttl=1" arrives
	[ $FAMILY = 4 ] || return
	remember IpInHdrErrors
	FIELDS="ipcsum=bad" vanishes_alone
	arrives
}

# The socket is of no VRF, and gets only what is of none, unless it is told to.
vrf_moved()
{
	arrives
	into_vrf || return 0
	vanishes
	ask sysctl "$A" net.ipv4.udp_l3mdev_accept 1
	arrives
	hook prerouting 0 "iifname vrf0 udp dport 6081 counter drop"
	vanishes
	check_hits "prerouting of the VRF"
	unhook
	arrives
	ask sysctl "$A" net.ipv4.udp_l3mdev_accept 0
	vanishes
	change "$A" ovl0 dev vrf0
	arrives
	change "$A" ovl0 nodev
	vanishes
	out_of_vrf
	arrives
}

# It sees all of UDP that is for the host, once, and keeps nothing from us.
raw_socket()
{
	local addr="$NEAR"

	for _ in 1 2; do
		must sock raw "$A" raw addr=$addr
		arrives
		expect raw in.sport=$NUMBER : vni=$VNI src=$FAR in.csum=ok
		none raw in.sport=$NUMBER
		arrives
		expect raw in.sport=$NUMBER
		ask close raw
		addr=$([ $FAMILY = 4 ] && echo 0.0.0.0 || echo ::)
		arrives
	done
	must sock raw "$A" raw addr=$addr dev=w0
	arrives
	none raw
	ask close raw
}

# A program has the port on another address of the host.
udp_socket()
{
	ip_in "$A" addr add $OTHER/$NET dev u0 ${NODAD:-}
	change "$A" ovl0 local $NEAR
	arrives
	must sock program "$A" udp addr=$OTHER port=6081
	FIELDS="dst=$OTHER in.pay=100" vanishes_alone
	expect program paylen=$((8 + 14 + 28 + 100))
	arrives
	none program
	ask close program
	FIELDS="dst=$OTHER" vanishes_alone
	change "$A" ovl0 local any
	FIELDS="dst=$OTHER" arrives
	ip_in "$A" addr del $OTHER/$NET dev u0
}

# The same for what comes in by another device.
udp_socket_device()
{
	local any=0.0.0.0

	[ $FAMILY = 4 ] || any=::
	arrives_by w1
	change "$A" ovl0 dev u0
	arrives
	vanishes_alone_by w1
	must sock program "$A" udp addr=$any port=6081 dev=w0
	FIELDS="in.pay=100" vanishes_alone_by w1
	expect program paylen=$((8 + 14 + 28 + 100))
	arrives
	none program
	ask close program
	change "$A" ovl0 nodev
	arrives_by w1
	arrives
}

# A program looks up the socket, and finds none.
bpf_lookup()
{
	arrives
	if ! ask sock other "$A" steer port=6082; then
		SKIPPED="no such program of BPF here: ${SAID[*]}"
		return
	fi
	arrives
	must sock steer "$A" steer port=6081
	vanishes
	ask close steer
	arrives
	ask close other
	arrives
}

# Nobody is there, and the sender is told so.
gone()
{
	local error="icmp=3/3"

	[ $FAMILY = 4 ] || error="icmp6=1/4"
	arrives
	ip_in "$A" link set ovl0 down
	vanishes_unheard
	ip_in "$A" link set ovl0 up
	arrives
	clear_port u1
	ask close ovl0
	drop_tunnel "$A" ovl0
	send u1 $OUTER $NO_SUM $IN4 in.sport=$((++NUMBER))
	expect u1 dir=in $error
}

# A device that is down gets nothing.
vanishes_unheard()
{
	local before

	settle
	ask counter ovl0 link.rx_packets
	before=${SAID[0]}
	clear_port u0
	expect u0 n=3 dir=in in.sport=$STEADY
	settle
	ask counter ovl0 link.rx_packets
	[ "${SAID[0]}" = "$before" ]
	check_err $? "a device that is down has received something"
}

tests_run_busy
exit "$EXIT_STATUS"
