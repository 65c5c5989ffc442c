#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong with a packet is found: it is dropped, exactly one counter says
# why, and it goes up by exactly one; nothing is answered, and a good packet
# passes before and after.  What RFC 8926 tells to ignore is ignored.
#
#   A                                B
#   ovl0, ovl3 (L3)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="over_ipv4 over_ipv6 ipv6_zero_csum l3 down ignored"

# Options of class 0xffff: known to nobody (RFC 8926 section 7).
PLAIN=ffff000111223344 CRITICAL=ffff800111223344

# COUNTER WHAT: FIELDS, on top of a packet that would be good.
BAD="
port_rx_short		nothing behind UDP: cut=0
port_rx_short		half a header: cut=4
port_rx_short		header less a byte: cut=7
port_rx_short		OptLen beyond the packet: cut=20 optlen=4
port_rx_short		longest OptLen, no options: optlen=63
port_rx_version		version 1: ver=1
port_rx_version		version 2: ver=2
port_rx_version		version 3: ver=3
port_rx_unknown_vni	VNI of nobody: vni=5002
port_rx_unknown_vni	VNI 0: vni=0
port_rx_unknown_vni	VNI with a high bit more: vni=8393609
rx_source		source not the peer: src=SOURCE
rx_oam			O bit: o=1
rx_oam			O bit with options: o=1 opts=$PLAIN
rx_opt_malformed	option longer than the list: opts=ffff0002 cut=40
rx_opt_malformed	longest option in a short list: opts=ffff001f${PLAIN}
rx_opt_malformed	last option overruns: opts=${PLAIN}ffff000211223344
rx_opt_malformed	overrun by a critical one: c=1 opts=${PLAIN}ffff8001
rx_opt_critical		critical option: c=1 opts=$CRITICAL
rx_opt_critical		critical option first: c=1 opts=$CRITICAL$PLAIN$PLAIN
rx_opt_critical		critical option amid: c=1 opts=$PLAIN$CRITICAL$PLAIN
rx_opt_critical		critical option last: c=1 opts=$PLAIN$PLAIN$CRITICAL
rx_opt_critical		critical option without data: c=1 opts=ffff8000
rx_opt_critical		critical option with R bits: c=1 opts=ffff80e111223344
rx_opt_mismatch		critical option, C not set: opts=$CRITICAL
rx_opt_mismatch		critical one last, C not set: opts=$PLAIN$CRITICAL
rx_proto		IPv4 on an Ethernet device: proto=0x0800
rx_proto		IPv6 on an Ethernet device: proto=0x86dd
rx_proto		ARP: proto=0x0806
rx_proto		protocol 0: proto=0x0001
rx_inner_short		nothing behind Geneve: cut=8
rx_inner_short		Ethernet header less a byte: cut=21
rx_own_mac		our own frame comes back: in.smac=$MAC_TA
"

# Each line of $BAD on a device, between good packets.
check_bad() # DEVICE OUTER INNER SOURCE CSUM_COUNTER [MORE_LINES]
{
	local dev=$1 good="$2 $3" counter what fields n=0

	send u1 $good in.sport=9999
	expect $dev sport=9999
	while IFS=$'\t' read -r counter what; do
		[ -n "$counter" ] || continue
		what=${what//$'\t'/}
		fields=${what#*: }
		ask clear $dev u1
		mark $dev
		send u1 $good in.sport=$((++n)) ${fields/SOURCE/$4}
		moved $dev $counter=1 || echo "    that was: ${what%%: *}"
		none $dev dir=in
		none u1 src=$A4
		none u1 src=$A6
		send u1 $good in.sport=9999
		expect $dev sport=9999
	done <<< "$BAD${6:-}
$5	bad UDP checksum: csum=bad"
}

over_ipv4()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	check_bad ovl0 "$OUTER4" "$IN4" 10.0.0.3 UdpInCsumErrors
	# IPv4 may do without, section 3.3
	send u1 $OUTER4 $IN4 csum=zero in.sport=5
	expect ovl0 sport=5
	log_test "malformed packets over IPv4"
}

over_ipv6()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6
	check_bad ovl0 "$OUTER6" "$IN4" fd00::3 Udp6InCsumErrors \
		"rx_zero_csum6	zero checksum: csum=zero"
	log_test "malformed packets over IPv6"
}

# Allowed by the device: only from the peer, whatever srccheck says; and a
# checksum that is there is still verified.
ipv6_zero_csum()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 udp6zerocsumrx nosrccheck
	mark ovl0
	send u1 $OUTER6 $IN4 csum=zero in.sport=1
	expect ovl0 sport=1
	send u1 $OUTER6 $IN4 src=fd00::3 in.sport=2
	expect ovl0 sport=2
	send u1 $OUTER6 $IN4 src=fd00::3 csum=zero in.sport=3
	moved ovl0 rx_source=1
	send u1 $OUTER6 $IN4 csum=bad in.sport=4
	moved ovl0 Udp6InCsumErrors=1
	none ovl0 sport=3
	none ovl0 sport=4
	log_test "zero checksum over IPv6 where allowed"
}

l3()
{
	local BAD="
rx_proto	Ethernet on an L3 device: proto=0x6558
rx_proto	MPLS: proto=0x8847
rx_inner_short	nothing behind Geneve: cut=8
rx_inner_short	IPv4 header less a byte: cut=27
rx_inner_short	IPv6 said, IPv4 there: proto=0x86dd"

	underlay
	tunnel_l3 "$A" ovl3 id $VNI remote $B4
	check_bad ovl3 "$OUTER4" "$L3IN4" 10.0.0.3 UdpInCsumErrors
	log_test "malformed packets without Ethernet"
}

down()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	ip_in "$A" link set ovl0 down
	mark ovl0
	send u1 $OUTER4 $IN4 in.sport=1
	moved ovl0 rx_down=1
	ip_in "$A" link set ovl0 up
	send u1 $OUTER4 $IN4 in.sport=2
	expect ovl0 sport=2
	log_test "device that is down"
}

# Reserved bits, a C bit without need, options that are not critical.
ignored()
{
	local fields n=0

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	mark ovl0
	for fields in rsvd1=63 rsvd2=255 c=1 "c=1 opts=$PLAIN" opts=$PLAIN \
			opts=ffff7fe111223344 opts=ffff0000 \
			opts="ffff001f$(printf '%0248d' 0)ffff001e$(printf '%0240d' 0)"; do
		send u1 $OUTER4 $IN4 $fields in.sport=$((++n))
		expect ovl0 sport=$n : csum=ok
	done
	moved ovl0 rx_opt_no_critical=2
	log_test "what is to be ignored is ignored"
}

tests_run
exit "$EXIT_STATUS"
