#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A tenant of a bridge whose frame does not fit the path is told the size that
# would; a smaller path MTU that the underlay tells of counts at once.
# (RFC 8926 section 4.4.1)
#
#   T (wire, or a host)   A                                    B
#   t1 ------------------ t0 -- br0 -- ovl0                    ovl1 (TCP only)
#                               u0  10.0.0.1, fd00::1 -------- u1 (wire)

. "${0%/*}/lib_tenant.sh"

ALL_TESTS="over_ipv4 over_ipv6 gso not_told learned4 learned6 tcp"

# The error looks as if the destination had sent it.
told() # REMOTE OVERHEAD
{
	local back="dmac=$MAC_TA smac=$MAC_TB"
	local back4="$back src=$TB4 dst=$TA4" back6="$back src=$TB6 dst=$TA6"
	local room=$((1500 - $2))

	tenant $1
	behind_bridge
	path_takes $room "$TENANT4" "$back4 vlan=-"
	path_takes $room "$TENANT6" "$back6 vlan=-"
	path_takes $((room - 4)) "vlan=7.5 $TENANT4" "$back4 vlan=7.5"
	path_takes $((room - 4)) "vlan=7 $TENANT6" "$back6 vlan=7"
	path_takes $((room - 8)) "vlan=ad:8.3+9.1 $TENANT4" "$back4 vlan=ad:8.3+9.1"
	path_takes $((room - 8)) "vlan=ad:8+9 $TENANT6" "$back6 vlan=ad:8+9"
}

over_ipv4()
{
	told $B4 50
	log_test "tenant is told, over IPv4"
}

over_ipv6()
{
	told $B6 70
	log_test "tenant is told, over IPv6"
}

# Each segment counts, not the sum of them.
gso()
{
	local tcp="l4=tcp csum=partial pay=5600"

	tenant $B4
	behind_bridge
	send t1 $TENANT4 df=1 $tcp gso=tcp4:1411
	expect t1 dir=in icmp=3/4 : mtu=1450 src=$TB4 dst=$TA4 csum=ok
	send t1 vlan=7 $TENANT6 $tcp gso=tcp6:1387
	expect t1 dir=in icmp6=2/0 : mtu=1446 src=$TB6 dst=$TA6 vlan=7 csum=ok
	moved ovl0 tx_too_big=2
	none u1 in.l4=tcp
	send t1 $TENANT4 df=1 $tcp gso=tcp4:1400
	expect u1 n=4 in.l4=tcp : in.paylen=1400 csum=ok in.csum=ok
	log_test "super-packets whose segments are too big"
}

# Who did not ask for it is not told, and no error answers an error.
not_told()
{
	local error="src=$TA4 dst=$TB4 df=1 icmp=3/1 q.src=$TB4 q.dst=$TA4"

	tenant $B4
	behind_bridge
	send t1 $TENANT4 df=0 pay=1500
	moved ovl0 tx_too_big=1
	send t1 dmac=$MAC_TB smac=$MAC_TA $error q.pay=1500 quote=1500
	moved ovl0 tx_too_big=1
	send t1 dmac=$MAC_TB smac=$MAC_TA pay=1500
	moved ovl0 tx_too_big=1
	none t1 dir=in
	none u1 in.smac=$MAC_TA
	log_test "senders that must not be told are not"
}

# What a router of the underlay says of the packet that was sent last.
underlay_says() # MTU
{
	send u1 dmac=$MAC_A smac=$MAC_B $ERROR mtu=$1 q.src=$LOCAL q.dst=$REMOTE \
		q.sport=$SPORT q.vni=$VNI q.in.src=$TA4 q.in.dst=$TB4 q.in.pay=1400
}

# No path becomes larger by being told.
learned() # OVERHEAD
{
	tenant $REMOTE
	behind_bridge
	fill $((1500 - $1)) "$TENANT4"
	send t1 $TENANT4 sport=1 $FILLED
	expect u1 in.sport=1
	SPORT=$(said sport)
	underlay_says 1400
	path_takes $((1400 - $1)) "$TENANT4" src=$TB4
	path_takes $((1400 - $1)) "$TENANT6" src=$TB6
	underlay_says 1360
	path_takes $((1360 - $1)) "$TENANT4" src=$TB4
	underlay_says 1450
	path_takes $((1360 - $1)) "$TENANT4" src=$TB4
}

learned4()
{
	local REMOTE=$B4 LOCAL=$A4 ERROR="src=10.0.0.254 dst=$A4 icmp=3/4 q.df=1"

	learned 50
	log_test "path MTU is learned from the underlay, IPv4"
}

learned6()
{
	local REMOTE=$B6 LOCAL=$A6 ERROR="src=fd00::fe dst=$A6 icmp6=2/0"

	learned 70
	log_test "path MTU is learned from the underlay, IPv6"
}

# From the tenant, and from the host that has the bridge.
tcp()
{
	tenant $B4
	behind_bridge
	far_end
	ip_in "$T" <<-END
	addr add $TA4/24 dev t1
	addr add $TA6/64 dev t1 nodad
	END
	ip_in "$A" <<-END
	addr add 192.168.0.3/24 dev br0
	addr add fd01::3/64 dev br0 nodad
	END
	tcp_takes 1450 "$T"
	tcp_takes 1450 "$A"
	log_test "TCP finds its segment size"
}

tests_run
exit "$EXIT_STATUS"
