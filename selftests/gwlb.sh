#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A load balancer as AWS's sends flows through an appliance: IP packets without
# Ethernet, VNI 0, three options of class 0x0108 (endpoint, attachment, cookie of
# the flow), and what goes back needs the very header, the addresses swapped and
# the ports not.  An appliance has a device that remembers it (reflect) and plain
# routes, or an external one and tc.
#
#   A, the appliance                      B, the load balancer
#   gwlb0 <- default route, 10.9.9.9
#   u0  10.0.0.1, fd00::1 --------------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="transparent answers icmp_errors over_ipv6 session taken_over tenants
	tenants_answers tenants_session unknown_cookie jumbo evicted bounded
	resized ethernet by_group metadata"

# Client, server, and the appliance
C4=192.0.2.10 C6=2001:db8::10
S4=203.0.113.20 S6=2001:db8:1::20
M4=10.9.9.9 M6=fd09::9
# Endpoints, attachment, cookies
ENI1=00aabbccddee0011 ENI2=00aabbccddee0022 ATTACHMENT=0102030405060708
COOKIE1=c0000001 COOKIE2=c0000002 COOKIE3=c0000003

# The options as they stand on the wire, and as ip and tc write them
options() # ENI COOKIE
{
	echo "01080102${1}01080202${ATTACHMENT}01080301$2"
}

words() # ENI [COOKIE]
{
	echo "0108:01:$1,0108:02:$ATTACHMENT${2:+,0108:03:$2}"
}

OPTS1=$(options $ENI1 $COOKIE1)
OPTS2=$(options $ENI2 $COOKIE2)
SPORT1=50001 SPORT2=50002
FROM_LB="$OUTER4 vni=0"
UDP4="in.src=$C4 in.dst=$S4" UDP6="in.src=$C6 in.dst=$S6"
BACK_UDP4="in.src=$S4 in.dst=$C4"

routes() # DEV
{
	local name

	for name in net.ipv4.ip_forward net.ipv6.conf.all.forwarding; do
		ask sysctl "$A" $name 1
	done
	# a packet that goes back by the same device is what is wanted
	for name in net.ipv4.conf.all.send_redirects net.ipv4.conf."$1".send_redirects \
		net.ipv4.icmp_ratelimit net.ipv6.icmp.ratelimit; do
		ask sysctl "$A" $name 0
	done
	ip_in "$A" <<-END
	addr add $M4/32 dev $1
	addr add $M6/128 dev $1 nodad
	route add default dev $1
	route add ::/0 dev $1
	END
	check_err $? "no routes by $1"
}

appliance() # [TYPE-ARGUMENT...]
{
	[ "$KIND" = ovl ] || skip_all "$KIND does not remember flows"
	underlay mtu "${MTU:-1600}"
	tunnel_l3 "$A" gwlb0 id 0 nosrccheck optmax 32 reflect "${FLOWS:-1024}" "$@"
	routes gwlb0
	mark gwlb0
}

# The next packet that the load balancer gets has this header, and is all.
returns() # SPORT OPTS INNER-FIELDS...
{
	expect u1 dir=in l4=udp : src=$A4 dst=$B4 "sport=$1" dport=6081 csum=ok "opts=$2" \
		ver=0 optlen=8 o=0 c=0 rsvd1=0 vni=0 rsvd2=0 "${@:3}"
	none u1 dir=in l4=udp
}

# What the load balancer sends comes back with the same header.
bounces() # SPORT OPTS INNER [INNER-FIELDS-THAT-COME-BACK]
{
	send u1 $FROM_LB sport="$1" opts="$2" $3
	returns "$1" "$2" in.csum=ok ${4:-$3 in.ttl=63}
}

# The appliance sends by itself, in the direction of the client.
sends() # PORT-OF-CLIENT
{
	send gwlb0 src=$S4 dst=$C4 sport=80 dport="$1"
}

transparent()
{
	appliance
	bounces $SPORT1 "$OPTS1" "$UDP4 in.sport=1000 in.dport=80"
	bounces $SPORT1 "$OPTS1" "$BACK_UDP4 in.sport=80 in.dport=1000"
	bounces $SPORT1 "$OPTS1" "$UDP4 in.sport=1000 in.dport=80 in.flags=S"
	bounces $SPORT1 "$OPTS1" "$BACK_UDP4 in.sport=80 in.dport=1000 in.flags=SA"
	bounces $SPORT1 "$OPTS1" "$UDP4 in.icmp=8/0 in.icmp_id=77"
	bounces $SPORT1 "$OPTS1" "$BACK_UDP4 in.icmp=0/0 in.icmp_id=77"
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $UDP4 in.l4=47
	returns $SPORT1 "$OPTS1" $UDP4 in.l4=47 in.ttl=63
	log_test "IPv4 packets come back, with the header that they came with"
	bounces $SPORT2 "$OPTS2" "$UDP6 in.sport=1000 in.dport=80" \
		"$UDP6 proto=0x86dd in.ttl=63"
	bounces $SPORT2 "$OPTS2" "$UDP6 in.sport=1000 in.dport=80 in.flags=S" \
		"$UDP6 in.flags=S in.ttl=63"
	bounces $SPORT2 "$OPTS2" "$UDP6 in.icmp6=128/0 in.icmp_id=78"
	log_test "IPv6 packets"
	# fragments have no ports but the first
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $UDP4 in.mf=1 in.id=9 in.pay=64
	returns $SPORT1 "$OPTS1" $UDP4 in.mf=1
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $UDP4 in.off=72 in.id=9 in.l4=17
	returns $SPORT1 "$OPTS1" $UDP4 in.off=72
	log_test "fragments"
	moved gwlb0 link.tx_dropped=0 link.tx_errors=0 link.rx_dropped=0
}

answers()
{
	appliance
	bounces $SPORT1 "$OPTS1" "in.src=$C4 in.dst=$M4 in.icmp=8/0 in.icmp_id=5" \
		"in.src=$M4 in.dst=$C4 in.icmp=0/0 in.icmp_id=5 proto=0x0800"
	bounces $SPORT2 "$OPTS2" "in.src=$C6 in.dst=$M6 in.icmp6=128/0 in.icmp_id=5" \
		"in.src=$M6 in.dst=$C6 in.icmp6=129/0 in.icmp_id=5 proto=0x86dd"
	# nobody listens
	bounces $SPORT1 "$OPTS1" "in.src=$C4 in.dst=$M4 in.sport=1000 in.flags=S" \
		"in.src=$M4 in.dst=$C4 in.dport=1000 in.flags=RA"
	log_test "what the appliance answers by itself has the header, too"
	# two pings between the same two are two flows
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $UDP4 in.icmp=8/0 in.icmp_id=1
	send u1 $FROM_LB sport=$SPORT2 opts="$OPTS2" $UDP4 in.icmp=8/0 in.icmp_id=2
	expect u1 n=2 dir=in l4=udp
	send gwlb0 src=$S4 dst=$C4 icmp=0/0 icmp_id=1
	returns $SPORT1 "$OPTS1" $BACK_UDP4
	send gwlb0 src=$S4 dst=$C4 icmp=0/0 icmp_id=2
	returns $SPORT2 "$OPTS2" $BACK_UDP4
	log_test "two pings are two flows"
}

# An error goes back with the header of the flow that it is about.
icmp_errors()
{
	appliance
	bounces $SPORT1 "$OPTS1" "$UDP4 in.sport=1000 in.ttl=1" \
		"in.src=$M4 in.dst=$C4 in.icmp=11/0 in.q.src=$C4 in.q.dst=$S4 in.q.sport=1000"
	bounces $SPORT2 "$OPTS2" "$UDP4 in.sport=1001 in.flags=S in.ttl=1" \
		"in.src=$M4 in.dst=$C4 in.icmp=11/0 in.q.sport=1001"
	bounces $SPORT1 "$OPTS1" "in.src=$C4 in.dst=$M4 in.sport=1002" \
		"in.src=$M4 in.dst=$C4 in.icmp=3/3 in.q.sport=1002"
	bounces $SPORT2 "$OPTS2" "$UDP6 in.sport=1003 in.ttl=1" \
		"in.src=$M6 in.dst=$C6 in.icmp6=3/0 in.q.sport=1003"
	bounces $SPORT1 "$OPTS1" "in.src=$C6 in.dst=$M6 in.sport=1004" \
		"in.src=$M6 in.dst=$C6 in.icmp6=1/4 in.q.sport=1004"
	log_test "ICMP errors about a flow"
	# and one that passes through is of that flow
	bounces $SPORT1 "$OPTS1" "$UDP4 in.sport=1000 in.dport=80"
	bounces $SPORT1 "$OPTS1" \
		"$BACK_UDP4 in.icmp=3/4 in.mtu=1400 in.q.src=$C4 in.q.dst=$S4 in.q.sport=1000 in.q.dport=80"
	send gwlb0 src=$S4 dst=$C4 icmp=3/3 q.src=$C4 q.dst=$S4 q.sport=1000 q.dport=80
	returns $SPORT1 "$OPTS1" in.icmp=3/3
	moved gwlb0 tx_no_endpoint=0
	# one about a flow that nobody knows
	send gwlb0 src=$S4 dst=$C4 icmp=3/3 q.src=$C4 q.dst=$S4 q.sport=1 q.dport=80
	moved gwlb0 tx_no_endpoint=1
	none u1 dir=in l4=udp
	log_test "ICMP errors that pass through"
}

both_families()
{
	bounces $SPORT1 "$OPTS1" "$UDP4"
	bounces6
}

bounces6()
{
	send u1 $OUTER6 vni=0 c=1 sport=$SPORT1 opts=$opts $UDP4
	expect u1 dir=in l4=udp : src=$A6 dst=$B6 sport=$SPORT1 dport=6081 csum=ok \
		opts=$opts c=1 vni=0 in.csum=ok $UDP4 in.ttl=63
	send u1 $OUTER6 vni=0 sport=$SPORT2 $UDP6
	expect u1 dir=in l4=udp : src=$A6 dst=$B6 sport=$SPORT2 dport=6081 csum=ok \
		optlen=0 c=0 vni=0 in.csum=ok $UDP6 in.ttl=63
}

# Not Amazon's: other options, one of them critical, over IPv6
over_ipv6()
{
	local opts=ffff0101112233440167820155667788

	appliance accept 0167:82
	both_families
	change "$A" gwlb0 reflect none
	change "$A" gwlb0 reflect 64
	both_families
	change "$A" gwlb0 local $A6
	bounces6
	log_test "over IPv6, with other options, and with none"
}

# The load balancer is a device, too; its packets carry these options.
balancer() # [TYPE-ARGUMENT...]
{
	ip_in "$B" <<-END
	link add lb0 type $KIND id 0 innerprotoinherit remote $A4 srcport $SPORT1 $SPORT1 $*
	link set lb0 addrgenmode none
	link set lb0 up
	addr add $C4/32 dev lb0
	addr add $C6/128 dev lb0 nodad
	route add $M4 dev lb0 src $C4
	route add $M6/128 dev lb0
	END
	check_err $? "could not make a load balancer"
	clear_port u1
}

# All that came from the appliance since has the header.
all_have() # OPTS
{
	must count u1 dir=in l4=udp
	[ "${SAID[0]}" -gt 10 ]
	check_err $? "the load balancer got only ${SAID[*]} packets"
	none u1 dir=in l4=udp opts!="$1"
	none u1 dir=in l4=udp sport!=$SPORT1
	none u1 dir=in l4=udp dport!=6081
}

session()
{
	appliance
	balancer opts "$(words $ENI1 $COOKIE1)"
	must stream "$B" "$A" to=$M4 size=200000
	must stream "$B" "$A" to=$M6 size=200000
	all_have "$OPTS1"
	moved gwlb0 tx_no_endpoint=0
	log_test "a TCP session with the appliance"
}

taken_over()
{
	local flow="$UDP4 in.sport=1000 in.dport=80"

	appliance
	ip_in "$A" neigh replace 10.0.0.3 lladdr $MAC_B dev u0 nud permanent
	bounces $SPORT1 "$OPTS1" "$flow"
	bounces $SPORT2 "$OPTS1" "$flow"
	bounces $SPORT2 "$OPTS2" "$flow"
	sends 1000
	returns $SPORT2 "$OPTS2" $BACK_UDP4
	# the other direction is the same flow
	bounces $SPORT1 "$OPTS1" "$BACK_UDP4 in.sport=80 in.dport=1000"
	sends 1000
	returns $SPORT1 "$OPTS1" $BACK_UDP4
	# another load balancer
	send u1 $FROM_LB src=10.0.0.3 sport=$SPORT1 opts="$OPTS1" $flow
	expect u1 dir=in l4=udp : dst=10.0.0.3 opts="$OPTS1"
	sends 1000
	expect u1 dir=in l4=udp : dst=10.0.0.3 opts="$OPTS1"
	# another one with another address of ours
	ip_in "$A" addr add 10.0.0.7/24 dev u0
	send u1 $FROM_LB dst=10.0.0.7 sport=$SPORT1 opts="$OPTS1" $flow
	expect u1 dir=in l4=udp : src=10.0.0.7 dst=$B4 opts="$OPTS1"
	# without options
	send u1 $FROM_LB sport=$SPORT1 $flow
	expect u1 dir=in l4=udp : dst=$B4 src=$A4 optlen=0
	moved gwlb0 rx_flow_evicted=0 tx_no_endpoint=0
	log_test "a known flow that comes with another header"
}

# In A and B, what a process sends, or a router passes on, gets a mark.
marked() # NS HOOK MARK
{
	[ -n "$(command -v nft)" ] || { log_info "no nft here"; return 1; }
	ip netns exec "$1" nft -f - <<-END
	table inet marks
	delete table inet marks
	table inet marks {
		chain everything {
			type filter hook $2 priority 0
			meta mark set 0x$3
		}
	}
	END
	check_err $? "nft refuses"
}

# The same packets of two tenants, told apart by the mark that the cookie is
tenants()
{
	local test="tenants with the same addresses" flow="in.src=$C4 in.dst=$M4 in.sport=1000 in.dport=9"
	local back="in.src=$M4 in.dst=$C4"

	appliance markopt 0108:03
	bounces $SPORT1 "$OPTS1" "$UDP4 in.sport=1 in.dport=80"
	bounces $SPORT2 "$OPTS2" "$UDP4 in.sport=1 in.dport=80"
	must hold server "$A" port=9
	defer ask release server
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $flow
	send u1 $FROM_LB sport=$SPORT2 opts="$OPTS2" $flow
	moved gwlb0 link.rx_packets=4 rx_flow_evicted=0
	none u1 dir=in l4=udp
	ask release server
	marked "$A" output $COOKIE1 || { log_test_skip "$test" "no nft"; return; }
	udp "$A" from=$M4 sport=9 to=$C4 port=1000
	returns $SPORT1 "$OPTS1" $back
	marked "$A" output $COOKIE2
	udp "$A" from=$M4 sport=9 to=$C4 port=1000
	returns $SPORT2 "$OPTS2" $back
	marked "$A" output $COOKIE3
	udp "$A" from=$M4 sport=9 to=$C4 port=1000
	moved gwlb0 tx_no_endpoint=1 link.tx_dropped=1
	none u1 dir=in l4=udp
	log_test "$test"
}

tenants_answers()
{
	local ping="in.src=$C4 in.dst=$M4 in.icmp=8/0" ping6="in.src=$C6 in.dst=$M6 in.icmp6=128/0"

	appliance markopt 0108:03
	ask sysctl "$A" net.ipv4.fwmark_reflect 0
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $ping
	moved gwlb0 tx_no_endpoint=1
	ask sysctl "$A" net.ipv4.fwmark_reflect 1
	ask sysctl "$A" net.ipv6.fwmark_reflect 1
	bounces $SPORT1 "$OPTS1" "$ping" "in.src=$M4 in.icmp=0/0"
	bounces $SPORT2 "$OPTS2" "$ping" "in.src=$M4 in.icmp=0/0"
	bounces $SPORT1 "$OPTS1" "$ping6" "in.src=$M6 in.icmp6=129/0"
	bounces $SPORT2 "$OPTS2" "$ping6" "in.src=$M6 in.icmp6=129/0"
	bounces $SPORT1 "$OPTS1" "$UDP4 in.ttl=1" "in.src=$M4 in.icmp=11/0"
	bounces $SPORT2 "$OPTS2" "$UDP4 in.ttl=1" "in.src=$M4 in.icmp=11/0"
	bounces $SPORT2 "$OPTS2" "in.src=$C4 in.dst=$M4 in.flags=S" "in.src=$M4 in.flags=RA"
	log_test "fwmark_reflect: what the appliance answers has the tenant's header"
}

tenants_session()
{
	local test="tcp_fwmark_accept: a TCP session has the tenant's header"

	appliance markopt 0108:03
	ask sysctl "$A" net.ipv4.fwmark_reflect 1
	ask sysctl "$A" net.ipv4.tcp_fwmark_accept 1
	balancer opts "$(words $ENI1)" markopt 0108:03
	marked "$B" output $COOKIE1 || { log_test_skip "$test" "no nft"; return; }
	must stream "$B" "$A" to=$M4 size=200000
	all_have "$OPTS1"
	moved gwlb0 tx_no_endpoint=0
	log_test "$test"
}

unknown_cookie()
{
	local test="a packet whose mark no flow has is dropped" inner

	appliance markopt 0108:03
	bounces $SPORT1 "$OPTS1" "$UDP4"
	marked "$A" forward $COOKIE3 || { log_test_skip "$test" "no nft"; return; }
	for inner in "$UDP4" "$UDP6" "$UDP4 in.flags=S"; do
		send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $inner
		moved gwlb0 tx_no_endpoint=1 link.tx_dropped=1
		none u1 dir=in l4=udp
	done
	log_test "$test"
}

# The largest packets that there are: 8500 bytes inside, 8568 outside
jumbo()
{
	MTU=8568 appliance dev u0 local $A4
	[[ $(ip -n "$A" link show gwlb0) == *" mtu 8500 "* ]]
	check_err $? "expected: mtu 8500, seen: $(ip -n "$A" link show gwlb0)"
	bounces $SPORT1 "$OPTS1" "$UDP4 in.pay=8472 in.df=1" \
		"$UDP4 in.len=8500 in.ttl=63 df=1 len=8568"
	bounces $SPORT1 "$OPTS1" "$UDP6 in.pay=8452" \
		"$UDP6 in.ttl=63 len=8568"
	bounces $SPORT1 "$OPTS1" "$UDP4 in.pay=8460 in.df=1 in.flags=A" \
		"$UDP4 in.len=8500 in.ttl=63 df=1 len=8568"
	log_test "8500 bytes"
}

# The client of this port gets what the appliance sends, or nobody does.
known()
{
	sends "$1"
	returns $SPORT1 "$OPTS1" in.dport="$1"
}

unknown()
{
	sends "$1"
	moved gwlb0 tx_no_endpoint=1
	none u1 dir=in l4=udp
}

# A flow sends; it is not noted more often than every quarter of a second.
flow()
{
	bounces $SPORT1 "$OPTS1" "$UDP4 in.sport=$1 in.dport=80"
}

evicted()
{
	local client

	FLOWS=8 appliance
	for client in {1..8}; do
		flow $client
	done
	moved gwlb0 rx_flow_evicted=0
	busywait 600 false
	flow 3
	busywait 300 false
	for client in {11..17}; do
		flow $client
	done
	moved gwlb0 rx_flow_evicted=7
	for client in 3 {11..17}; do
		known $client
	done
	for client in 1 2 {4..8}; do
		unknown $client
	done
	log_test "a new flow takes the place of the longest silent"
}

# However many flows there are, so many are remembered at most.
bounded()
{
	local number=64 flows=1000 evicted

	FLOWS=$number appliance
	send u1 count=$flows inc=in.sport $FROM_LB sport=$SPORT1 opts="$OPTS1" $UDP4 \
		in.sport=1 in.dport=80
	expect u1 n=$flows dir=in l4=udp : sport=$SPORT1 opts="$OPTS1"
	ask counter gwlb0 rx_flow_evicted
	evicted=${SAID[0]}
	[ "$evicted" -ge $((flows - number)) ] && [ "$evicted" -lt $flows ]
	check_err $? "expected: $((flows - number)) evicted or some more, seen: $evicted"
	send gwlb0 count=$flows inc=dport src=$S4 dst=$C4 sport=80 dport=1
	expect u1 n=$((flows - evicted)) dir=in l4=udp : sport=$SPORT1 opts="$OPTS1"
	none u1 dir=in l4=udp
	moved gwlb0 rx_flow_evicted="$evicted" tx_no_endpoint="$evicted"
	flow 7777
	known 7777
	log_test "no more than so many flows are remembered"
}

# Nothing but the memory is lost: what comes in is sent back, or counted.
resized()
{
	local packets=2000 number lost came

	appliance
	flow 1
	moved gwlb0 tx_no_endpoint=0
	send_steadily "$B" u1 $packets 300 $FROM_LB opts="$OPTS1" $UDP4 in.sport=1 in.dport=80
	for number in 64 8 100000 none 1 65536 none 1024; do
		change "$A" gwlb0 reflect $number
		[[ $(ip -n "$A" -d link show gwlb0) == *" reflect $number "* ]]
		check_err $? "reflect $number is not shown"
	done
	sent
	must mark u1
	expect u1 dir=in l4=udp sport=$((29999 + packets))
	none u1 dir=in l4=udp opts!="$OPTS1"
	must count u1 dir=in l4=udp
	came=$((SAID[0] + 1))
	ask counter gwlb0 tx_no_endpoint
	lost=${SAID[0]}
	[ $((came + lost)) = $packets ]
	check_err $? "expected: $packets, seen: $came came back and $lost had no endpoint"
	clear_port u1
	flow 1
	mark gwlb0
	# the same number forgets nothing, another one all
	change "$A" gwlb0 reflect 1024
	known 1
	change "$A" gwlb0 ttl 77
	known 1
	change "$A" gwlb0 reflect 1000
	unknown 1
	log_test "reflect changes under traffic"
}

# Nothing of it needs a device without Ethernet.
ethernet()
{
	local opts=$OPTS1 tag

	underlay
	tunnel "$A" ovl0 id $VNI nosrccheck reflect 64
	mark ovl0
	for tag in "" "vlan=7"; do
		send u1 $OUTER4 sport=$SPORT1 opts="$opts" $IN4 ${tag:+in.$tag} in.sport=5
		expect ovl0 dir=in sport=5 $tag
		send ovl0 $TENANT4 $tag dport=5 sport=9
		expect u1 dir=in l4=udp : src=$A4 dst=$B4 sport=$SPORT1 dport=6081 vni=$VNI \
			opts="$opts" proto=0x6558 in.dport=5 in.csum=ok
	done
	send u1 $OUTER6 sport=$SPORT2 $IN6 in.sport=6
	expect ovl0 dir=in sport=6
	send ovl0 $TENANT6 dport=6 sport=9
	expect u1 dir=in l4=udp : src=$A6 dst=$B6 sport=$SPORT2 vni=$VNI optlen=0 in.dport=6
	moved ovl0 tx_no_endpoint=0
	# what is no IP packet, or of no known flow, goes by the FDB
	send ovl0 dmac=$MAC_TB smac=$MAC_TA type=0x88b5
	moved ovl0 tx_no_endpoint=1
	send ovl0 $TENANT4 dport=7 sport=9
	moved ovl0 tx_no_endpoint=1
	none u1 dir=in l4=udp
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst $B6 self
	send ovl0 $TENANT4 dport=7 sport=9
	expect u1 dir=in l4=udp : src=$A6 dst=$B6 sport!=$SPORT1 optlen=0 in.dport=7
	log_test "flows in Ethernet frames"
}

# What came by a group goes back from an address of ours.
by_group()
{
	underlay
	tunnel "$A" ovl0 id $VNI group 239.1.1.1 dev u0 nosrccheck reflect 64
	mark ovl0
	send u1 $OUTER4 dmac=01:00:5e:01:01:01 dst=239.1.1.1 sport=$SPORT1 opts="$OPTS1" \
		$IN4 in.sport=5
	expect ovl0 dir=in sport=5
	send ovl0 $TENANT4 dport=5 sport=9
	expect u1 dir=in l4=udp : src=$A4 dst=$B4 sport=$SPORT1 vni=$VNI opts="$OPTS1" \
		in.dport=5
	moved ovl0 tx_no_route=0
	log_test "a flow that came by a group"
}

# From now on, a packet with these options goes back with them.
swapped() # PREF ENI COOKIE
{
	tc -n "$A" filter add dev gwlb0 ingress pref "$1" protocol all flower \
		enc_src_ip $B4 enc_dst_ip $A4 enc_key_id 0 \
		geneve_opts "$(words "$2" "$3")" \
		action tunnel_key set src_ip $A4 dst_ip $B4 id 0 dst_port 6081 \
		geneve_opts "$(words "$2" "$3")" pipe \
		action mirred egress redirect dev gwlb0
	check_err $? "tc refuses"
}

# The other way: metadata and tc.  It names no source port.
metadata()
{
	local test="by metadata and tc"

	[ "$KIND" = ovl ] || skip_all "$KIND does not remember flows"
	[ -n "$(command -v tc)" ] || { log_test_skip "$test" "no tc here"; return; }
	underlay
	tunnel_l3 "$A" gwlb0 external nosrccheck optmax 32 srcport $SPORT1 $SPORT1
	mark gwlb0
	tc -n "$A" qdisc add dev gwlb0 clsact
	check_err $? "no clsact"
	swapped 1 $ENI1 $COOKIE1
	swapped 2 $ENI2 $COOKIE2
	bounces $SPORT1 "$OPTS1" "$UDP4" "$UDP4 in.ttl=64 proto=0x0800"
	bounces $SPORT1 "$OPTS2" "$UDP4" "$UDP4 in.ttl=64"
	bounces $SPORT1 "$OPTS1" "$UDP6" "$UDP6 in.ttl=64 proto=0x86dd"
	bounces $SPORT1 "$OPTS2" "$UDP6 in.flags=S" "$UDP6 in.ttl=64 in.flags=S"
	# another cookie is nobody's
	send u1 $FROM_LB sport=$SPORT1 opts="$(options $ENI1 $COOKIE2)" $UDP4
	none u1 dir=in l4=udp
	moved gwlb0 link.rx_packets=5 link.tx_packets=4
	# an Ethernet frame is none of its packets
	send u1 $FROM_LB sport=$SPORT1 opts="$OPTS1" $IN4
	moved gwlb0 rx_proto=1 link.rx_errors=1
	none u1 dir=in l4=udp
	log_test "$test"
}

tests_run
exit "$EXIT_STATUS"
