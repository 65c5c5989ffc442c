#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the FDB says is what is on the wire: a frame goes to the endpoint of its
# MAC address, with its port, VNI and underlay device; to each endpoint of a group
# once; to each of the flood list once, over either family, if nothing is known of
# its address; to nobody, and counted, if there is no list.  Who may be sent to may
# send, and nobody else.
#
#   A                                B
#   ovl0 (VNI 5001)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire, all endpoints)
#   v0  10.9.0.1 ------------------- v1  (in some)

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="unicast via_device flood groups families no_endpoint one_unreachable
super_packets many_endpoints changes device_changes peers_may_send port_and_vni_received"

NUMBER=0
# A unicast entry, to know when all that was sent before has come
LAST=$(mac 999) LAST_TO=10.0.0.99

device() # [TYPE-ARGUMENT...]
{
	NUMBER=0
	must geneve 7000
	with_fdb "$@"
	ip_in "$A" neigh replace $LAST_TO lladdr $MAC_B dev u0 nud permanent
	fdb add mac="$LAST" dst=$LAST_TO
	mark ovl0
}

# A frame goes to these endpoints, once to each, and to no other.  More of an
# endpoint: KEY=VALUE of the packet to it, behind commas.
goes_to() # FRAME ENDPOINT[,KEY=VALUE]...
{
	local frame=$1 to

	shift
	send ovl0 "$frame" sport=$((++NUMBER))
	for to; do
		expect u1 dir=in in.sport=$NUMBER "dst=${to//,/ }" : ver=0 proto=0x6558 \
			csum=ok in.csum=ok rsvd2=0 in.${frame%% *}
	done
	send ovl0 $TENANT4 dmac="$LAST" sport=65000
	expect u1 dir=in in.sport=65000 : dst=$LAST_TO
	none u1 dir=in in.sport=$NUMBER
}

UNKNOWN="dmac=$(mac 100) smac=$MAC_TA src=$TA4 dst=$TB4"
TO_ALL="dmac=$BROADCAST smac=$MAC_TA src=$TA4 dst=255.255.255.255"
TO_GROUP="dmac=01:00:5e:01:02:03 smac=$MAC_TA src=$TA4 dst=239.1.2.3"
TO_GROUP6="dmac=33:33:00:00:00:77 smac=$MAC_TA src=$TA6 dst=ff02::77"

to() # NUMBER
{
	echo "dmac=$(mac $1) smac=$MAC_TA src=$TA4 dst=$TB4"
}

unicast()
{
	local vni="vni=$VNI"

	device remote $D4
	fdb add mac="$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$C6
	fdb add mac="$(mac 3)" dst=$C4 port=7000
	fdb add mac="$(mac 4)" dst=$C4 vni=77
	fdb add mac="$(mac 5)" dst=$B6 port=7000 vni=16777215
	fdb add mac="$(mac 6)" dst=$C4 vni=0 state=$REACHABLE
	fdb add mac="$(mac 7)" dst=$B4 flags=$((SELF | EXTERN_LEARN | ROUTER))
	goes_to "$(to 1)" $B4,dport=6081,$vni
	goes_to "$(to 2)" $C6,dport=6081,$vni
	goes_to "$(to 3)" $C4,dport=7000,$vni
	goes_to "$(to 4)" $C4,dport=6081,vni=77
	goes_to "$(to 5)" $B6,dport=7000,vni=16777215
	goes_to "$(to 6)" $C4,dport=6081,vni=0
	goes_to "$(to 7)" $B4,dport=6081,$vni
	goes_to "$UNKNOWN" $D4,dport=6081,$vni
	goes_to "dmac=$(mac 2) smac=$MAC_TA src=$TA6 dst=$TB6" $C6,$vni
	goes_to "dmac=$(mac 3) vlan=7 smac=$MAC_TA src=$TA4 dst=$TB4" $C4,dport=7000,in.vlan=7
	moved ovl0
	log_test "to the endpoint of a MAC address"
}

# The route would be another one.
via_device()
{
	underlay
	ip link add v0 netns "$A" address 02:00:00:00:00:1a type veth \
		peer name v1 netns "$B" address 02:00:00:00:00:1b
	ip_in "$A" <<-END
	link set v0 addrgenmode none up
	addr add 10.9.0.1/24 dev v0
	addr add fd09::1/64 dev v0 nodad
	neigh replace $B4 lladdr 02:00:00:00:00:1b dev v0 nud permanent
	neigh replace $B6 lladdr 02:00:00:00:00:1b dev v0 nud permanent
	route add 10.0.0.0/24 dev v0 metric 1000
	route add fd00::/64 dev v0 metric 5000
	END
	ip -n "$B" link set v1 addrgenmode none up
	port v1 "$B" v1
	tunnel "$A" ovl0 id $VNI
	fdb add mac="$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$B4 via=v0
	fdb add mac="$(mac 3)" dst=$B6 via=v0
	fdb append mac=$ZERO dst=$B4 via=v0
	fdb append mac=$ZERO dst=$B4 via=u0
	send ovl0 "$(to 1)" sport=1
	expect u1 dir=in in.sport=1 : dst=$B4
	send ovl0 "$(to 2)" sport=2
	expect v1 dir=in in.sport=2 : dst=$B4 dmac=02:00:00:00:00:1b
	send ovl0 "$(to 3)" sport=3
	expect v1 dir=in in.sport=3 : dst=$B6 dmac=02:00:00:00:00:1b
	send ovl0 $UNKNOWN sport=4
	expect u1 dir=in in.sport=4 : dst=$B4
	expect v1 dir=in in.sport=4 : dst=$B4
	send ovl0 "$(to 1)" sport=5
	expect u1 dir=in in.sport=5
	none u1 "in.sport=2|3|4"
	none v1 "in.sport=1|4|5"
	log_test "by the underlay device of an endpoint"
}

flood()
{
	local frame

	device remote $B4
	fdb append mac=$ZERO dst=$C4
	fdb append mac=$ZERO dst=$D4 port=7000
	fdb append mac=$ZERO dst=$C6
	fdb append mac=$ZERO dst=$C4 vni=77
	fdb add mac="$(mac 1)" dst=$B6
	for frame in "$TO_ALL" "$TO_GROUP" "$TO_GROUP6" "$UNKNOWN" \
			"dmac=$BROADCAST vlan=7 smac=$MAC_TA src=$TA4 dst=255.255.255.255"; do
		goes_to "$frame" $B4,vni=$VNI $C4,vni=$VNI $D4,dport=7000,vni=$VNI \
			$C6,vni=$VNI $C4,vni=77
	done
	goes_to "$(to 1)" $B6
	fdb del mac=$ZERO dst=$C4
	goes_to "$TO_ALL" $B4 $D4,dport=7000 $C6 $C4,vni=77
	fdb del mac=$ZERO dst=$B4
	goes_to "$TO_ALL" $D4,dport=7000 $C6 $C4,vni=77
	fdb del mac=$ZERO
	fdb append mac=$ZERO dst=$D6
	goes_to "$UNKNOWN" $D6
	moved ovl0
	log_test "to each of the flood list once"
}

# A group of its own is not flooded; neither is the broadcast address.
groups()
{
	device
	fdb append mac=$ZERO dst=$B4
	fdb append mac=$ZERO dst=$B6
	fdb add mac=01:00:5e:01:02:03 dst=$C4
	goes_to "$TO_GROUP" $C4
	fdb append mac=01:00:5e:01:02:03 dst=$C6 vni=77
	fdb append mac=01:00:5e:01:02:03 dst=$D4
	goes_to "$TO_GROUP" $C4 $C6,vni=77 $D4
	goes_to "${TO_GROUP/:03/:04}" $B4 $B6
	goes_to "$TO_ALL" $B4 $B6
	fdb add mac=$BROADCAST dst=$D6
	goes_to "$TO_ALL" $D6
	goes_to "$TO_GROUP6" $B4 $B6
	fdb del mac=01:00:5e:01:02:03 dst=$C4
	goes_to "$TO_GROUP" $C6,vni=77 $D4
	fdb del mac=01:00:5e:01:02:03
	goes_to "$TO_GROUP" $B4 $B6
	log_test "to each endpoint of a group once"
}

# Does the device listen over IPv6 to that endpoint?
hears6() # NUMBER
{
	send u1 $OUTER6 $IN4 in.sport=$1
	expect ovl0 dir=in sport=$1
}

families()
{
	device remote $B4
	mark ovl0 u0
	send u1 $OUTER6 $IN4 in.sport=1
	expect u1 dir=in icmp6=1/4
	none ovl0 dir=in sport=1
	fdb add mac="$(mac 1)" dst=$B6
	hears6 2
	goes_to "$(to 1)" $B6
	goes_to "$UNKNOWN" $B4
	fdb append mac=$ZERO dst=$C6
	goes_to "$UNKNOWN" $B4 $C6
	drop_tunnel "$A" ovl0
	ask close ovl0
	tunnel "$A" ovl0 id $VNI remote $B6
	fdb add mac="$LAST" dst=$LAST_TO
	fdb add mac="$(mac 1)" dst=$C4
	fdb append mac=$ZERO dst=$D4
	goes_to "$(to 1)" $C4
	goes_to "$TO_ALL" $B6 $D4
	send u1 $OUTER4 src=$C4 $IN4 in.sport=3
	expect ovl0 dir=in sport=3
	log_test "the other family is opened when it is needed"
}

no_endpoint()
{
	device
	fdb add mac="$(mac 1)" dst=$B4
	for frame in "$UNKNOWN" "$TO_ALL" "$TO_GROUP" "$TO_GROUP6"; do
		send ovl0 "$frame" sport=1
		moved ovl0 tx_no_endpoint=1 link.tx_packets=0
	done
	none u1 in.sport=1
	goes_to "$(to 1)" $B4
	fdb append mac=$ZERO dst=$C4
	goes_to "$UNKNOWN" $C4
	fdb del mac=$ZERO dst=$C4
	mark ovl0
	send ovl0 $UNKNOWN sport=1
	moved ovl0 tx_no_endpoint=1
	fdb del mac="$(mac 1)"
	send ovl0 "$(to 1)" sport=1
	moved ovl0 tx_no_endpoint=1
	log_test "to nobody"
}

# One endpoint that cannot be reached is no reason for the others.
one_unreachable()
{
	device remote $B4
	fdb append mac=$ZERO dst=10.77.0.1
	fdb append mac=$ZERO dst=$C4
	fdb append mac=$ZERO dst=fd77::1
	fdb append mac=$ZERO dst=$C6
	# nor is one that is all hosts of the underlay
	fdb append mac=$ZERO dst=10.0.0.255
	ip_in "$A" route add unreachable 10.77.0.0/16
	goes_to "$TO_ALL" $B4 $C4 $C6
	moved ovl0 tx_no_route=3
	fdb flush
	fdb add mac="$LAST" dst=$LAST_TO
	# first and last
	fdb append mac=$ZERO dst=10.77.0.1
	fdb append mac=$ZERO dst=$C4
	fdb append mac=$ZERO dst=fd77::1
	mark ovl0
	goes_to "$TO_ALL" $C4
	moved ovl0 tx_no_route=2
	log_test "some of the endpoints cannot be reached"
}

# Cut for each of the endpoints, with the right checksums.
super_packets()
{
	local to

	device remote $B4
	fdb append mac=$ZERO dst=$C6
	fdb append mac=$ZERO dst=$C4
	send ovl0 $UNKNOWN l4=tcp sport=1 csum=partial gso=tcp4:1000 pay=4000
	for to in $B4 $C6 $C4; do
		expect u1 n=4 dir=in in.sport=1 dst=$to : csum=ok in.csum=ok in.paylen=1000
	done
	# not every kernel takes these from a packet socket
	if ask send ovl0 $UNKNOWN sport=2 csum=partial gso=udp:1000 pay=3000; then
		for to in $B4 $C6 $C4; do
			expect u1 n=3 dir=in in.sport=2 dst=$to : \
				csum=ok in.csum=ok in.paylen=1000
		done
	fi
	send ovl0 $UNKNOWN sport=3 csum=partial pay=100
	for to in $B4 $C6 $C4; do
		expect u1 dir=in in.sport=3 dst=$to : csum=ok in.csum=ok in.paylen=100
	done
	none u1 dir=in in.sport=*
	log_test "super-packets to several endpoints"
}

many_endpoints()
{
	local n

	device
	ip_in "$A" neigh replace 10.0.0.250 lladdr $MAC_B dev u0 nud permanent
	ip_in "$A" <<-END
	route add 10.5.0.0/16 via 10.0.0.250
	route add fd05::/64 via $B6
	END
	for n in {1..200}; do
		echo "fdb append $ZERO dev ovl0 dst 10.5.0.$n"
		echo "fdb append $ZERO dev ovl0 dst fd05::$n"
	done | bridge -n "$A" -b -
	mark ovl0
	send ovl0 $TO_ALL sport=1
	expect u1 n=400 dir=in in.sport=1 : csum=ok in.csum=ok vni=$VNI
	moved ovl0
	send ovl0 $TO_ALL sport=2
	busywait 10000 came_to 400 2
	must distinct u1 dst dir=in in.sport=2
	[ "${SAID[0]:-}" = 400 ]
	check_err $? "expected: a frame to each of 400 endpoints, seen: ${SAID[*]}"
	none u1 dir=in in.sport=1
	log_test "to 400 endpoints"
}

came_to() # NUMBER SPORT
{
	ask count u1 dir=in in.sport=$2 && [ "${SAID[0]}" = $1 ]
}

# All frames go to one of the two endpoints, and from the change on to the new one.
changes()
{
	local n last=0

	device
	fdb add mac="$(mac 1)" dst=$B4
	for n in 1 2 3 4 5 6; do
		send ovl0 count=20 inc=sport "$(to 1)" sport=$((1000 * n))
		fdb replace mac="$(mac 1)" dst=$C4 vni=$n
		send ovl0 count=20 inc=sport "$(to 1)" sport=$((1000 * n + 100))
		fdb replace mac="$(mac 1)" dst=$B6
	done
	for n in 1 2 3 4 5 6; do
		last=$B6
		[ $n != 1 ] || last=$B4
		expect u1 n=20 dir=in "in.sport>=${n}000" "in.sport<=${n}019" : dst=$last vni=$VNI
		expect u1 n=20 dir=in "in.sport>=${n}100" "in.sport<=${n}119" : dst=$C4 vni=$n
	done
	moved ovl0
	log_test "an entry is changed under way"
}

# What an entry does not say, or says as the device has it, is the device's.
device_changes()
{
	device remote $B4
	fdb add mac="$(mac 1)" dst=$C4
	fdb add mac="$(mac 2)" dst=$C4 port=6081 vni=$VNI
	fdb add mac="$(mac 3)" dst=$C4 port=7001 vni=77
	fdb append mac=$ZERO dst=$C6
	must geneve 7001
	change "$A" ovl0 id 7 dstport 7000
	goes_to "$(to 1)" $C4,dport=7000,vni=7
	goes_to "$(to 2)" $C4,dport=7000,vni=7
	goes_to "$(to 3)" $C4,dport=7001,vni=77
	goes_to "$UNKNOWN" $B4,dport=7000,vni=7 $C6,dport=7000,vni=7
	change "$A" ovl0 id 77 dstport 7001
	goes_to "$(to 1)" $C4,dport=7001,vni=77
	goes_to "$(to 3)" $C4,dport=7001,vni=77
	has "$(mac 3)" "dst $C4 self permanent"
	log_test "the device gets another port and VNI"
}

# A frame from an endpoint
from() # ENDPOINT NUMBER
{
	local outer=$OUTER4

	[[ $1 != *:* ]] || outer=$OUTER6
	send u1 $outer src=$1 $IN4 in.sport=$2
}

may_send() # ENDPOINT...
{
	local endpoint

	for endpoint; do
		from $endpoint $((++NUMBER))
		expect ovl0 dir=in sport=$NUMBER
	done
	moved ovl0
}

may_not_send() # ENDPOINT...
{
	local endpoint

	for endpoint; do
		from $endpoint $((++NUMBER))
		moved ovl0 rx_source=1
		none ovl0 dir=in sport=$NUMBER
	done
}

peers_may_send()
{
	device remote $B4
	fdb append mac=$ZERO dst=$B6
	may_send $B4 $B6
	may_not_send $C4 $D4 $C6 $D6
	fdb add mac="$(mac 1)" dst=$C4 port=7000 vni=77
	may_send $B4 $B6 $C4
	fdb append mac=$ZERO dst=$C6
	fdb add mac=01:00:5e:00:00:01 dst=$D4
	fdb append mac=01:00:5e:00:00:01 dst=$D6
	may_send $B4 $B6 $C4 $C6 $D4 $D6
	may_not_send 10.0.0.5 fd00::5
	# as long as there is an entry that leads there
	fdb add mac="$(mac 2)" dst=$C4
	fdb del mac="$(mac 1)"
	may_send $C4
	fdb del mac="$(mac 2)"
	may_not_send $C4
	fdb del mac=01:00:5e:00:00:01 dst=$D4
	may_not_send $D4
	may_send $D6
	fdb del mac=$ZERO dst=$C6
	may_not_send $C6
	change "$A" ovl0 remote $C4
	may_send $C4
	may_not_send $B4
	fdb flush
	may_not_send $B6 $D6
	ip_in "$A" <<-END
	nexthop add id 1 via $D4 fdb
	nexthop add id 2 via 10.0.0.5 fdb
	nexthop add id 10 group 1/2 fdb
	END
	fdb add mac="$(mac 3)" nh=10
	may_send $D4 10.0.0.5
	fdb del mac="$(mac 3)"
	may_not_send $D4 10.0.0.5
	log_test "who is sent to may send"
}

# What an endpoint is sent with does not say what it has to send with.
port_and_vni_received()
{
	device
	fdb add mac="$(mac 1)" dst=$C4 port=7000 vni=77
	may_send $C4
	mark ovl0
	send u1 $OUTER4 src=$C4 vni=77 $IN4 in.sport=50
	moved ovl0 port_rx_unknown_vni=1
	none ovl0 dir=in sport=50
	log_test "an endpoint with a VNI of its own sends the device's"
}

tests_run
exit "$EXIT_STATUS"
