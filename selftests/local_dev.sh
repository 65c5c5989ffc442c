#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Devices with "local", with "dev", with both and with neither share one UDP port
# side by side.  A packet finds the one that its VNI, its destination address and
# the device it came in by ask for, whichever of the sockets UDP picks; no other
# one gets it.  "local" is the source address of what is sent.
#
#   A                                      B
#   ovl0 ... ovl9
#   u0  10.0.0.1, .5, fd00::1, ::5 ------- u1  10.0.0.2, fd00::2 (wire)
#   w0  10.0.0.1/32 --------------------- w1  (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="side_by_side_ipv4 side_by_side_ipv6 same_vni_ipv4 same_vni_ipv6
	source_address changed address_gone_ipv4 address_gone_ipv6"

SECOND4=10.0.0.5 SECOND6=fd00::5
NUMBER=0

host_with_two()
{
	underlay
	ip link add w0 netns "$A" address $MAC_A type veth peer name w1 netns "$B"
	ip_in "$A" <<-END
	addr add $SECOND4/24 dev u0
	addr add $SECOND6/64 dev u0 nodad preferred_lft 0
	link set w0 addrgenmode none up
	END
	ip_in "$B" link set w1 addrgenmode none up
	port w1 "$B" w1
}

# A packet for VNI comes in: one device has it, or (-) none, and then the socket
# of COUNTED tells that.
arrives() # VIA OUTER TO VNI DEVICE|- [COUNTED]
{
	: $((++NUMBER))
	[ "$5" != - ] || mark "$6"
	send "$1" $2 dst=$3 vni=$4 $IN4 in.sport=$NUMBER
	if [ "$5" != - ]; then
		expect "$5" sport=$NUMBER
	else
		moved "$6" port_rx_unknown_vni=1
	fi
	for port in $DEVICES; do
		none $port sport=$NUMBER
	done
}

# ovl0 for any, ovl1 by address, ovl2 by underlay, ovl3 by both, ovl4 by another
# address, ovl5 by another underlay: VNIs 0 to 5.
side_by_side() # REMOTE LOCAL SECOND OUTER
{
	host_with_two
	tunnel "$A" ovl0 id 0 remote "$1"
	tunnel "$A" ovl1 id 1 remote "$1" local "$2"
	tunnel "$A" ovl2 id 2 remote "$1" dev u0
	tunnel "$A" ovl3 id 3 remote "$1" local "$2" dev u0
	tunnel "$A" ovl4 id 4 remote "$1" local "$3"
	tunnel "$A" ovl5 id 5 remote "$1" dev w0
	DEVICES="ovl0 ovl1 ovl2 ovl3 ovl4 ovl5"
	# the socket of ovl3 is the one that fits best
	arrives u1 "$4" "$2" 0 ovl0
	arrives u1 "$4" "$2" 1 ovl1
	arrives u1 "$4" "$2" 2 ovl2
	arrives u1 "$4" "$2" 3 ovl3
	arrives u1 "$4" "$2" 4 - ovl3
	arrives u1 "$4" "$2" 5 - ovl3
	# that of ovl4, by address
	arrives u1 "$4" "$3" 0 ovl0
	arrives u1 "$4" "$3" 1 - ovl4
	arrives u1 "$4" "$3" 2 ovl2
	arrives u1 "$4" "$3" 3 - ovl4
	arrives u1 "$4" "$3" 4 ovl4
	# by the other underlay: that of ovl1, by address
	arrives w1 "$4" "$2" 0 ovl0
	arrives w1 "$4" "$2" 1 ovl1
	arrives w1 "$4" "$2" 2 - ovl1
	arrives w1 "$4" "$2" 3 - ovl1
	arrives w1 "$4" "$2" 5 ovl5
}

side_by_side_ipv4()
{
	side_by_side $B4 $A4 $SECOND4 "$OUTER4"
	log_test "by address and underlay over IPv4"
}

side_by_side_ipv6()
{
	side_by_side $B6 $A6 $SECOND6 "$OUTER6"
	log_test "by address and underlay over IPv6"
}

# Of devices with the same VNI that one gets a packet which asks for it most
# precisely: the address counts more than the underlay.
same_vni() # REMOTE LOCAL SECOND OUTER
{
	host_with_two
	tunnel "$A" ovl0 id $VNI remote "$1"
	tunnel "$A" ovl2 id $VNI remote "$1" dev u0
	tunnel "$A" ovl1 id $VNI remote "$1" local "$2"
	tunnel "$A" ovl3 id $VNI remote "$1" local "$2" dev u0
	DEVICES="ovl0 ovl1 ovl2 ovl3"
	arrives u1 "$4" "$2" $VNI ovl3
	arrives w1 "$4" "$2" $VNI ovl1
	arrives u1 "$4" "$3" $VNI ovl2
	arrives w1 "$4" "$3" $VNI ovl0
	drop_tunnel "$A" ovl3
	DEVICES="ovl0 ovl1 ovl2"
	arrives u1 "$4" "$2" $VNI ovl1
	# a device of another VNI on the most precise socket changes nothing
	tunnel "$A" ovl4 id 4 remote "$1" local "$2" dev u0
	arrives u1 "$4" "$2" $VNI ovl1
	arrives w1 "$4" "$2" $VNI ovl1
}

same_vni_ipv4()
{
	same_vni $B4 $A4 $SECOND4 "$OUTER4"
	log_test "the same VNI by address and underlay over IPv4"
}

same_vni_ipv6()
{
	same_vni $B6 $A6 $SECOND6 "$OUTER6"
	log_test "the same VNI by address and underlay over IPv6"
}

source_address()
{
	host_with_two
	tunnel "$A" ovl0 id 0 remote $B4
	tunnel "$A" ovl1 id 1 remote $B4 local $SECOND4
	tunnel "$A" ovl6 id 6 remote $B6
	tunnel "$A" ovl7 id 7 remote $B6 local $SECOND6
	send ovl0 $TENANT4
	expect u1 vni=0 : src=$A4 csum=ok
	send ovl1 $TENANT4
	expect u1 vni=1 : src=$SECOND4 csum=ok
	send ovl6 $TENANT4
	expect u1 vni=6 : src=$A6 csum=ok
	send ovl7 $TENANT4
	expect u1 vni=7 : src=$SECOND6 csum=ok
	log_test "local is the source address"
}

# Both directions follow a change at once.
changed()
{
	host_with_two
	tunnel "$A" ovl0 id $VNI remote $B4
	tunnel "$A" ovl1 id 1 remote $B4
	DEVICES="ovl0 ovl1"
	send ovl0 $TENANT4 sport=1
	expect u1 in.sport=1 : src=$A4
	change "$A" ovl0 local $SECOND4
	send ovl0 $TENANT4 sport=2
	expect u1 in.sport=2 : src=$SECOND4
	arrives u1 "$OUTER4" $SECOND4 $VNI ovl0
	arrives u1 "$OUTER4" $A4 $VNI - ovl1
	change "$A" ovl0 local any dev w0
	arrives w1 "$OUTER4" $A4 $VNI ovl0
	arrives u1 "$OUTER4" $A4 $VNI - ovl1
	change "$A" ovl0 nodev
	arrives u1 "$OUTER4" $A4 $VNI ovl0
	log_test "local and dev change on a live device"
}

# Without its address it neither sends nor receives; with it, it does again.
address_gone_ipv4()
{
	host_with_two
	tunnel "$A" ovl0 id $VNI remote $B4 local $SECOND4
	DEVICES=ovl0
	arrives u1 "$OUTER4" $SECOND4 $VNI ovl0
	send ovl0 $TENANT4 sport=1
	expect u1 in.sport=1
	ip_in "$A" addr del $SECOND4/24 dev u0
	mark ovl0
	send ovl0 $TENANT4 sport=2
	moved ovl0 tx_no_route=1
	none u1 in.sport=2
	mark u0
	send u1 $OUTER4 dst=$SECOND4 $IN4 in.sport=3
	moved u0 IpInReceives=1
	none ovl0 sport=3
	ip_in "$A" addr add $SECOND4/24 dev u0
	arrives u1 "$OUTER4" $SECOND4 $VNI ovl0
	send ovl0 $TENANT4 sport=4
	expect u1 in.sport=4 : src=$SECOND4
	log_test "the address goes and comes again over IPv4"
}

address_gone_ipv6()
{
	host_with_two
	ip_in "$A" addr del $SECOND6/64 dev u0
	tunnel "$A" ovl0 id $VNI remote $B6 local $SECOND6
	DEVICES=ovl0
	mark u0
	send u1 $OUTER6 dst=$SECOND6 $IN4 in.sport=3
	moved u0 Ip6InReceives=1
	none ovl0 sport=3
	ip_in "$A" addr add $SECOND6/64 dev u0 nodad
	arrives u1 "$OUTER6" $SECOND6 $VNI ovl0
	send ovl0 $TENANT4 sport=4
	expect u1 in.sport=4 : src=$SECOND6
	log_test "the address comes later over IPv6"
}

tests_run
exit "$EXIT_STATUS"
