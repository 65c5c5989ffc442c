#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An external device sends as a route says (lightweight tunnels): ip route ...
# encap ip or ip6, with the packets of this host and with those that it routes.
#
#   A                                          B
#   192.168.0.1 on ovl0; routes: encap
#   t0 <- t1 a tenant (192.168.1.1), routed
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_external.sh"

ALL_TESTS="encap_ip encap_ip6 options too_long fields forwarded neighbour
	no_address"

GENEVE="ver=0 o=0 rsvd1=0 rsvd2=0 proto=0x6558"
SIZE=100
# The options, as ip takes them
ROUTE_PLAIN=0xffff:0x01:11223344 ROUTE_CRIT=0xffff:0x81:55667788

# ovl0 has the tenant's addresses, and knows where the other one's are.  What the
# host says of itself (MLD) has no metadata: it goes to B, not to be counted.
router() # [TYPE-ARGUMENT...]
{
	external "$@"
	[ "$KIND" != ovl ] ||
		bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 dst $B4
	ip_in "$A" <<-END
	addr add $TA4/32 dev ovl0
	addr add $TA6/128 dev ovl0 nodad
	neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	neigh replace $TB6 lladdr $MAC_TB dev ovl0 nud permanent
	END
}

# The way to the other tenant's addresses, from now on.
routed() # ENCAP-ARGUMENT...
{
	[ -z "$VERBOSE" ] || echo "encap $*"
	ip_in "$A" <<-END
	route replace $TB4/32 encap $* dev ovl0 src $TA4
	route replace $TB6/128 encap $* dev ovl0 src $TA6
	END
	check_err $? "ip refuses: encap $*"
}

# A datagram of this host's, to either address, leaves in a packet like that.
both_leave() # FIELDS
{
	local to

	for to in $TB4 $TB6; do
		: $((++SIZE))
		udp "$A" to=$to size=$SIZE
		expect u1 dir=in in.paylen=$SIZE : in.dst=$to in.dmac=$MAC_TB \
			in.csum=ok $1
	done
}

encap_ip()
{
	router
	routed ip id $VNI dst $B4
	both_leave "smac=$MAC_A dmac=$MAC_B src=$A4 dst=$B4 dport=6081 csum=zero
		ipcsum=ok $GENEVE vni=$VNI optlen=0 c=0 opts=-"
	routed ip id 16777215 dst $B4 src $A4_2 tos 0x28 ttl 9 csum
	both_leave "src=$A4_2 dst=$B4 tos=0x28 ttl=9 df=0 csum=ok ipcsum=ok
		$GENEVE vni=16777215 opts=-"
	log_test "encap ip"
}

encap_ip6()
{
	router
	routed ip6 id $VNI dst $B6 csum
	both_leave "smac=$MAC_A dmac=$MAC_B src=$A6 dst=$B6 dport=6081 csum=ok
		$GENEVE vni=$VNI optlen=0 c=0 opts=-"
	routed ip6 id 16777215 dst $B6 src $A6_2 tc 0x28 hoplimit 9 csum
	both_leave "src=$A6_2 dst=$B6 tos=0x28 ttl=9 csum=ok $GENEVE vni=16777215"
	log_test "encap ip6"

	only_ovl "a checksum over IPv6 unless both allow none" || return
	routed ip6 id $VNI dst $B6
	both_leave csum=ok
	change "$A" ovl0 udp6zerocsumtx
	both_leave csum=zero
	log_test "a checksum over IPv6 unless both allow none"
}

options()
{
	router
	routed ip id $VNI dst $B4 csum geneve_opts $ROUTE_PLAIN
	both_leave "$GENEVE vni=$VNI optlen=2 c=0 opts=$PLAIN csum=ok"
	routed ip6 id $VNI dst $B6 csum \
		geneve_opts $ROUTE_PLAIN,0x0102:0x02:0011223344556677
	both_leave "$GENEVE vni=$VNI optlen=5 c=0 opts=${PLAIN}010202020011223344556677
		csum=ok"
	log_test "options of a route"

	only_ovl "critical ones set the C bit" || return
	routed ip id $VNI dst $B4 geneve_opts $ROUTE_PLAIN,$ROUTE_CRIT
	both_leave "$GENEVE vni=$VNI optlen=4 c=1 opts=$PLAIN$CRIT"
	routed ip6 id $VNI dst $B6 geneve_opts $ROUTE_CRIT
	both_leave "$GENEVE vni=$VNI optlen=2 c=1 opts=$CRIT"
	log_test "critical ones set the C bit"
}

too_long()
{
	local test="more options than optmax allows"

	only_ovl "$test" || return
	router optmax 8
	routed ip id $VNI dst $B4 geneve_opts $ROUTE_PLAIN
	both_leave opts=$PLAIN
	mark ovl0
	routed ip id $VNI dst $B4 geneve_opts 0xffff:0x01:1122334455667788
	udp "$A" to=$TB4 size=7
	udp "$A" to=$TB6 size=7
	moved ovl0 tx_opt_too_long=2
	none u1 dir=in in.paylen=7
	log_test "$test"
}

# What the route leaves open
fields()
{
	local test="TTL 0 and DF are the device's"

	only_ovl "$test" || return
	router ttl 77
	routed ip id $VNI dst $B4
	both_leave "ttl=77 df=0"
	change "$A" ovl0 df set
	both_leave "ttl=77 df=1"
	routed ip6 id $VNI dst $B6
	both_leave ttl=77
	log_test "$test"
}

forwarding() # 0|1
{
	ask sysctl "$A" net.ipv4.ip_forward $1
	ask sysctl "$A" net.ipv6.conf.all.forwarding $1
}

# What is only routed here has the route's metadata as well.
forwarded()
{
	router
	forwarding 1
	defer forwarding 0
	defer ip_in "$A" addr flush dev t0
	ip_in "$A" <<-END
	link set t0 address 02:00:00:00:02:02
	addr add 192.168.1.254/24 dev t0
	addr add fd02::fe/64 dev t0 nodad
	END
	routed ip id $VNI dst $B4 csum geneve_opts $ROUTE_PLAIN
	send t1 dmac=02:00:00:00:02:02 smac=$MAC_TA src=192.168.1.1 dst=$TB4 sport=1
	expect u1 dir=in in.sport=1 : src=$A4 dst=$B4 vni=$VNI opts=$PLAIN csum=ok \
		in.dmac=$MAC_TB in.ttl=63 in.csum=ok
	send t1 dmac=02:00:00:00:02:02 smac=$MAC_TA src=fd02::1 dst=$TB6 sport=2
	expect u1 dir=in in.sport=2 : src=$A4 dst=$B4 vni=$VNI opts=$PLAIN csum=ok \
		in.dmac=$MAC_TB in.ttl=63 in.csum=ok
	# too large for the device, cut by the host
	offload t1 on
	defer ask offload t1 off
	send t1 dmac=02:00:00:00:02:02 smac=$MAC_TA src=192.168.1.1 dst=$TB4 sport=3 \
		l4=tcp csum=partial gso=tcp4:1000 pay=3500
	expect u1 n=4 dir=in in.sport=3 : vni=$VNI opts=$PLAIN csum=ok in.csum=ok
	log_test "what is routed"
}

# The route is for the questions after the neighbour, too.
neighbour()
{
	router
	routed ip id $VNI dst $B4 csum geneve_opts $ROUTE_PLAIN
	ip -n "$A" neigh del $TB4 dev ovl0
	udp "$A" to=$TB4 size=7
	expect u1 dir=in in.dmac=ff:ff:ff:ff:ff:ff in.type=0x0806 : vni=$VNI \
		src=$A4 dst=$B4 opts=$PLAIN csum=ok
	ip -n "$A" neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	expect u1 dir=in in.paylen=7 : vni=$VNI opts=$PLAIN csum=ok in.csum=ok
	log_test "ARP goes the route's way"
}

# No endpoint in the route: that of the VNI's FDB
no_address()
{
	local test="a route without an endpoint leaves it to the FDB"

	only_ovl "$test" || return
	router
	bridge -n "$A" fdb add $MAC_TB dev ovl0 src_vni 10010 dst $B6
	routed ip id 10010
	both_leave "dst=$B6 vni=10010 csum=ok"
	log_test "$test"
}

tests_run_on_external_hosts
exit "$EXIT_STATUS"
