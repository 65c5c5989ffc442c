#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A zero UDP checksum over IPv6 is a matter of each device, whatever another one
# on the same port allows; nobody is told but by a counter; and a packet without
# a checksum teaches the forwarding database nothing unless its sender is known.
# (RFC 8926 section 4.3.1; RFC 6936 section 4, rules 6, 8 and 9, and section 5)
#
#   A                            B
#   red, blue
#   u0  fd00::1 ---------------- u1  fd00::2 (wire, and others)

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="each_device each_sender quiet learned"

RED=5001 BLUE=5002

# One device accepts it, the other one does not; both are on one socket.
accepts() # DEVICE VNI
{
	send u1 $OUTER6 vni=$2 $IN4 csum=zero in.sport=$((++NUMBER))
	expect $1 dir=in sport=$NUMBER
	moved $1
}

refuses() # DEVICE VNI
{
	send u1 $OUTER6 vni=$2 $IN4 csum=zero in.sport=$((++NUMBER))
	moved $1 rx_zero_csum6=1
	none $1 dir=in sport=$NUMBER
	# and what has one is as welcome as ever
	send u1 $OUTER6 vni=$2 $IN4 in.sport=$((++NUMBER))
	expect $1 dir=in sport=$NUMBER
}

each_device()
{
	underlay
	must geneve 6082
	tunnel "$A" red id $RED remote $B6 udp6zerocsumrx
	tunnel "$A" blue id $BLUE remote $B6
	tunnel "$A" elsewhere id $RED remote $B6 dstport 6082
	mark red blue elsewhere
	accepts red $RED
	refuses blue $BLUE
	refuses elsewhere "$RED dport=6082"
	# in this order, too
	change "$A" blue udp6zerocsumrx
	change "$A" red noudp6zerocsumrx
	accepts blue $BLUE
	refuses red $RED
	moved blue
	log_test "received by the devices that allow it alone"
}

# The sending side has a setting of its own, which is each device's as well.
each_sender()
{
	underlay
	tunnel "$A" red id $RED remote $B6 udp6zerocsumtx
	tunnel "$A" blue id $BLUE remote $B6 udp6zerocsumrx
	send red $TENANT4 sport=1
	expect u1 vni=$RED in.sport=1 : csum=zero
	send blue $TENANT4 sport=2
	expect u1 vni=$BLUE in.sport=2 : csum=ok
	log_test "sent by the devices that ask for it alone"
}

# A sender of such packets cannot fill the kernel's log.
quiet()
{
	underlay
	tunnel "$A" red id $RED remote $B6 udp6zerocsumrx
	tunnel "$A" blue id $BLUE remote $B6
	mark red blue
	accepts red $RED
	send u1 count=50 $OUTER6 vni=$BLUE $IN4 csum=zero
	moved blue rx_zero_csum6=50
	[[ ! $(klog_since_mark) =~ [cC]hecksum|csum ]]
	check_err $? "the kernel's log: $(klog_since_mark)"
	log_test "counted, not logged"
}

# From so and so, without a checksum unless said otherwise.
from() # ADDR [FIELD]
{
	send u1 $OUTER6 src=$1 $IN4 csum=${2:-zero} in.sport=$((++NUMBER))
}

learned()
{
	underlay
	tunnel "$A" red id $RED remote $B6 learning udp6zerocsumrx
	mark red
	from fd00::3
	moved red rx_source=1
	check_no_fdb "$A" red $MAC_TB
	from fd00::3 auto
	expect red sport=$NUMBER
	check_fdb "$A" red "$MAC_TB .*dst fd00::3 "
	# the peer may, and a stranger cannot take it back
	from $B6
	expect red sport=$NUMBER
	check_fdb "$A" red "$MAC_TB .*dst $B6 "
	from fd00::4
	moved red rx_source=1
	check_fdb "$A" red "$MAC_TB .*dst $B6 "
	log_test "learned from by whom is known alone"
}

tests_run
exit "$EXIT_STATUS"
