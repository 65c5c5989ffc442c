#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An ICMP error that the underlay sends is taken only if the packet that it
# quotes can have been sent by a device here; otherwise it counts as an error
# itself.  (RFC 8926 section 3.3; RFC 6936 section 4, rule 10)
#
# The path MTU is no evidence for it: newer kernels take that from every error
# about UDP before they ask anybody whose it is.
#
#   A                                B
#   ovl0 (tenant frames go in here)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="ipv4 ipv6 ipv6_zero_csum"

# What a router says of a packet with these fields, which is ours otherwise.
underlay_says() # MTU FIELD...
{
	local mtu=$1

	shift
	send u1 dmac=$MAC_A smac=$MAC_B $ERROR mtu=$mtu q.src=$LOCAL \
		q.dst=$REMOTE q.sport=25000 q.vni=$VNI q.in.src=$TA4 \
		q.in.dst=$TB4 q.in.pay=1400 "$@"
}

only_ours_counts() # [TYPE-ARGUMENT...]
{
	local wrong right

	underlay
	tunnel "$A" ovl0 id $VNI remote $REMOTE local $LOCAL srcport 20000 30000 "$@"
	ip_in "$A" link set ovl0 mtu 1500
	mark ovl0
	for wrong in q.vni=5002 q.vni=0 q.dport=6082 q.sport=19999 \
			q.sport=30001 q.ver=1 q.src=$OTHER q.dst=$OTHER quote=$SHORT; do
		underlay_says 1400 $wrong
		moved ovl0 $COUNTER=1 || echo "    after an error with $wrong"
	done
	for right in q.sport=20000 q.sport=30000 q.vni=$VNI; do
		underlay_says 1300 $right
	done
	send ovl0 $TENANT4 df=1 pay=1300
	moved ovl0 $COUNTER=0 tx_too_big=1
}

ipv4()
{
	local REMOTE=$B4 LOCAL=$A4 OTHER=10.0.0.3 COUNTER=IcmpInErrors SHORT=35
	local ERROR="src=10.0.0.254 dst=$A4 icmp=3/4 q.df=1"

	only_ours_counts
	log_test "only errors on our packets are taken, IPv4"
}

ipv6()
{
	local REMOTE=$B6 LOCAL=$A6 OTHER=fd00::3 COUNTER=Icmp6InErrors SHORT=55
	local ERROR="src=fd00::fe dst=$A6 icmp6=2/0"

	only_ours_counts
	log_test "only errors on our packets are taken, IPv6"
}

# Of a packet without a checksum nothing else vouches for the quote.
ipv6_zero_csum()
{
	local REMOTE=$B6 LOCAL=$A6 OTHER=fd00::3 COUNTER=Icmp6InErrors SHORT=55
	local ERROR="src=fd00::fe dst=$A6 icmp6=2/0 q.csum=zero"

	only_ours_counts udp6zerocsumtx
	log_test "only errors on our packets are taken, IPv6 without checksum"
}

tests_run
exit "$EXIT_STATUS"
