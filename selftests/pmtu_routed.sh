#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A packet that was routed into the device and does not fit the path gives its
# sender an error with the size that would, whether it was forwarded or is of
# the host itself.  (RFC 8926 section 4.4.1)
#
#   T (wire, or a host)           A                           B
#   t1  192.168.1.1, fd02::1 ---- t0  .254, ::fe
#                                 ovl0  192.168.0.1, fd01::1  ovl1 (TCP only)
#                                 u0  10.0.0.1, fd00::1 ----- u1 (wire)

. "${0%/*}/lib_tenant.sh"

ALL_TESTS="forwarded without_ethernet no_df of_the_host tcp"

TO_R="dmac=$MAC_T0 smac=$MAC_TA"
FORWARD4="$TO_R src=$TR4 dst=$TB4" FORWARD6="$TO_R src=$TR6 dst=$TB6"
FROM_R="dmac=$MAC_TA smac=$MAC_T0"
BACK4="$FROM_R src=$R4 dst=$TR4" BACK6="$FROM_R src=$R6 dst=$TR6"

forwarded()
{
	tenant $B4
	behind_router
	path_takes 1450 "$FORWARD4" "$BACK4"
	path_takes 1450 "$FORWARD6" "$BACK6"
	change "$A" ovl0 remote $B6
	path_refuses 1440 1430 "$FORWARD4" "$BACK4"
	path_refuses 1440 1430 "$FORWARD6" "$BACK6"
	log_test "routed tenant is told"
}

without_ethernet()
{
	tenant $B4
	ask close ovl0
	drop_tunnel "$A" ovl0
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	ip_in "$A" link set ovl0 mtu 1600
	mark ovl0
	behind_router
	path_takes 1464 "$FORWARD4" "$BACK4"
	path_takes 1464 "$FORWARD6" "$BACK6"
	change "$A" ovl0 remote $B6
	path_refuses 1460 1444 "$FORWARD4" "$BACK4"
	path_refuses 1460 1444 "$FORWARD6" "$BACK6"
	log_test "routed tenant is told, without Ethernet"
}

no_df()
{
	tenant $B4
	behind_router
	send t1 $FORWARD4 df=0 pay=1500
	moved ovl0 tx_too_big=1
	none t1 dir=in src=$R4
	none u1 in.dst=$TB4
	log_test "routed tenant that did not ask is not told"
}

# The first datagram is lost, and from then on the host fragments: because it is
# told, or because the route is, where datagrams have no DF.
of_the_host()
{
	local dst

	tenant $B4
	behind_router
	ip_in "$A" neigh replace 192.168.0.9 lladdr $MAC_TB dev ovl0 nud permanent
	for dst in $TB4 $TB6 192.168.0.9; do
		[ $dst != 192.168.0.9 ] ||
			ask sysctl "$A" net.ipv4.ip_no_pmtu_disc 1
		udp "$A" to=$dst size=1500
		moved ovl0 tx_too_big=1
		udp "$A" to=$dst size=1500
		expect u1 in.dst=$dst in.mf=1 : in.off=0 "in.len<=1450"
		expect u1 in.dst=$dst in.mf=0 : "in.off>1000"
		moved ovl0
	done
	log_test "the host itself learns"
}

tcp()
{
	tenant $B4
	behind_router
	far_end
	ip_in "$T" <<-END
	addr add $TR4/24 dev t1
	addr add $TR6/64 dev t1 nodad
	route add 192.168.0.0/24 via $R4
	route add fd01::/64 via $R6
	END
	ip_in "$B" <<-END
	route add 192.168.1.0/24 via $TA4
	route add fd02::/64 via $TA6
	END
	tcp_takes 1450 "$T"
	tcp_takes 1450 "$A"
	log_test "TCP finds its segment size"
}

tests_run
exit "$EXIT_STATUS"
