#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A VNI is a wall: what is sent by a device has its VNI, what is received goes to
# the device of that VNI and to no other, be there two devices on the socket or
# thousands; what is for nobody is counted, and nobody hears of it: no tenant,
# and no sender by ICMP.  (RFC 8926 section 6.2)
#
#   A                                B
#   red (5001), blue (6001), ...     red, blue
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="isolation edges unknown elsewhere changed thousands"

RED=5001 BLUE=6001
MANY=${MANY:-$((${#KSFT_MACHINE_SLOW} ? 1000 : 3000))}

# Two tenants with the same addresses between two hosts.
isolation()
{
	underlay
	tunnel "$A" red id $RED remote $B4
	tunnel "$A" blue id $BLUE remote $B4
	ip_in "$B" <<-END
	link add red type $KIND id $RED remote $A4
	link add blue type $KIND id $BLUE remote $A4
	link set red addrgenmode none up
	link set blue addrgenmode none up
	END
	port red_b "$B" red
	port blue_b "$B" blue
	crosses red 1 $RED red_b blue_b "$TENANT4"
	crosses blue 2 $BLUE blue_b red_b "$TENANT4"
	crosses red 3 $RED red_b blue_b "$TENANT4 dmac=ff:ff:ff:ff:ff:ff"
	crosses blue 4 $BLUE blue_b red_b "$TENANT6 dmac=33:33:00:00:00:01 dst=ff02::1"
	crosses red_b 5 $RED red blue "$TENANT4 smac=$MAC_TB dmac=$MAC_TA"
	log_test "two tenants with the same addresses"
}

crosses() # FROM NUMBER VNI TO NOT_TO FRAME
{
	send $1 $6 sport=$2
	expect u1 in.sport=$2 : vni=$3 rsvd2=0
	expect $4 dir=in sport=$2
	none $5 sport=$2
}

# Each of the 24 bits counts.
edges()
{
	local vni

	underlay
	for vni in 0 1 0x010000 0x800000 0xffffff; do
		tunnel "$A" ovl$((vni)) id $((vni)) remote $B4
	done
	for vni in 0 1 0x010000 0x800000 0xffffff; do
		send ovl$((vni)) $TENANT4 sport=7
		expect u1 in.sport=7 : vni=$((vni))
		send u1 $OUTER4 vni=$((vni)) $IN4 in.sport=8
		expect ovl$((vni)) sport=8
	done
	for vni in 0 1 0x010000 0x800000 0xffffff; do
		none ovl$((vni)) dir=in
	done
	log_test "VNIs that differ in one bit"
}

unknown()
{
	underlay
	tunnel "$A" red id $RED remote $B4
	tunnel "$A" red6 id $RED remote $B6
	mark red red6 u0
	send u1 $OUTER4 vni=$BLUE $IN4
	moved red port_rx_unknown_vni=1
	send u1 $OUTER6 vni=$BLUE $IN4
	moved red6 port_rx_unknown_vni=1
	none red dir=in
	none red6 dir=in
	none u1 q.dport=*
	moved u0 IcmpOutMsgs=0 UdpNoPorts=0 Udp6NoPorts=0
	log_test "a VNI of nobody"
}

# The same VNI, but of another port or family, is another one.
elsewhere()
{
	underlay
	must geneve 6082
	tunnel "$A" red id $RED remote $B4
	tunnel "$A" red2 id $RED remote $B4 dstport 6082
	tunnel "$A" red6 id $RED remote $B6
	tunnel "$A" blue id $BLUE remote $B4 dstport 6082
	send u1 $OUTER4 vni=$RED $IN4 in.sport=1
	expect red sport=1
	send u1 $OUTER4 vni=$RED dport=6082 $IN4 in.sport=2
	expect red2 sport=2
	send u1 $OUTER6 vni=$RED $IN4 in.sport=3
	expect red6 sport=3
	mark red blue
	send u1 $OUTER4 vni=$BLUE $IN4 in.sport=4
	moved red port_rx_unknown_vni=1
	moved blue
	for port in red red2 red6 blue; do
		none $port dir=in
	done
	log_test "the same VNI on another port and family"
}

changed()
{
	underlay
	tunnel "$A" red id $RED remote $B4
	tunnel "$A" blue id $BLUE remote $B4
	change "$A" red id 7
	send u1 $OUTER4 vni=7 $IN4 in.sport=1
	expect red sport=1
	mark red
	send u1 $OUTER4 vni=$RED $IN4 in.sport=2
	moved red port_rx_unknown_vni=1
	send red $TENANT4 sport=3
	expect u1 in.sport=3 : vni=7
	change "$A" blue id $RED
	send u1 $OUTER4 vni=$RED $IN4 in.sport=4
	expect blue sport=4
	none red dir=in
	log_test "a VNI changes, and is free for another device"
}

# One packet for each device, and then, when half of them are gone, for those
# that are left: no other one has it.
thousands()
{
	underlay
	ask sysctl "$A" net.ipv6.conf.default.disable_ipv6 1
	for ((vni = 1; vni <= MANY; vni++)); do
		echo "link add t$vni up group $((7 + vni % 2)) type $KIND id $vni remote $B4"
	done | ip_in "$A"
	check_err $? "could not make $MANY devices"
	port t2 "$A" t2
	mark t2
	send u1 count=$((MANY + 2)) inc=vni $OUTER4 vni=0 $IN4
	moved t2 port_rx_unknown_vni=2
	check_each 1
	ip_in "$A" link del group 8
	send u1 count=$((MANY + 2)) inc=vni $OUTER4 vni=0 $IN4
	moved t2 port_rx_unknown_vni=$((2 + MANY / 2))
	check_each 2
	log_test "$MANY devices on one socket"
}

# Every device of A has received that many packets.
check_each() # NUMBER
{
	local seen

	seen=$(ip -n "$A" -s -j link show type "$KIND" |
		jq -r '.[] | "\(.ifname) \(.stats64.rx.packets)"' | grep -v " $1$")
	[ -z "$seen" ]
	check_err $? "expected: $1 packets of each device, seen: $seen"
}

tests_run
exit "$EXIT_STATUS"
