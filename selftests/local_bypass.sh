#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An endpoint that is of this same host gets its frames handed over: nothing is
# encapsulated, nothing is seen on lo, and both devices count as if it were.  With
# nolocalbypass, or if there is no device for it, the packet goes over lo.
#
#   A
#   ovl1 (10.0.0.1, VNI 5001), ovl9 (10.0.0.9, VNI 5001), ovl7 (VNI 7)
#   u0  10.0.0.1, 10.0.0.9, fd00::1, fd00::9
#   lo  (wire looks here)

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="handed_over_ipv4 handed_over_ipv6 turned_off other_vni nobody_there is_down
	stranger learned flooded other_vrf same_vrf
	other_netns streams"

LOCAL1=$A4 LOCAL9=10.0.0.9
MAC_9=02:00:00:00:01:09

one_host()
{
	setup_ns A
	ip -n "$A" link add u0 type dummy
	ip_in "$A" <<-END
	link set u0 addrgenmode none
	link set u0 up
	addr add $A4/24 dev u0
	addr add 10.0.0.9/24 dev u0
	addr add $A6/64 dev u0 nodad
	addr add fd00::9/64 dev u0 nodad
	END
	port lo "$A" lo
}

# What tunnel() does for a device that is not of A's tenant
device() # NAME MAC TYPE-ARGUMENT...
{
	ip_in "$A" <<-END
	link add $1 address $2 type $KIND ${*:3}
	link set $1 addrgenmode none
	link set $1 up
	END
	check_err $? "could not add $1 with ${*:3}"
	port "$1" "$A" "$1"
	defer drop_tunnel "$A" "$1"
}

# Two devices of a VNI on two addresses; vxlan has a VNI once and two VNIs.
two_devices() # LOCAL1 LOCAL9 [TYPE-ARGUMENT...]
{
	device ovl1 $MAC_TA id $VNI local "$1" remote "$2" "${@:3}"
	device ovl9 $MAC_9 id $VNI local "$2" remote "$1" "${@:3}"
	mark ovl1 ovl9
}

# A frame from the one device comes out of the other.
passes() # FROM TO [COUNTERS-OF-RECEIVER...]
{
	local length=$((20 + 8 + 3 * (NUMBER + 1)))

	number
	send "$1" $TENANT4 dmac=ff:ff:ff:ff:ff:ff smac=$MAC_TB $FRAME
	expect "$2" dir=in sport=$NUMBER : smac=$MAC_TB csum=ok paylen=$((3 * NUMBER))
	moved "$1" link.tx_packets=1 link.tx_bytes=$length link.rx_packets=0 \
		link.tx_errors=0 link.tx_dropped=0
	moved "$2" link.rx_packets=1 link.rx_bytes=$length link.tx_packets=0 \
		link.rx_errors=0 link.rx_dropped=0 "${@:3}"
}

not_on_lo()
{
	none lo in.sport=$NUMBER
	none lo dport=$TUNNEL_PORT
}

on_lo() # CHECK...
{
	expect lo dir=out in.sport=$NUMBER : "$@"
}

only_ovl()
{
	[ "$KIND" = ovl ] ||
		{ log_test_skip "$1" "$KIND has a VNI but once on a port"; return 1; }
}

handed_over_ipv4()
{
	only_ovl "handed over, over IPv4" || return
	one_host
	two_devices $LOCAL1 $LOCAL9
	passes ovl1 ovl9
	not_on_lo
	passes ovl9 ovl1
	not_on_lo
	log_test "handed over, over IPv4"
}

handed_over_ipv6()
{
	only_ovl "handed over, over IPv6" || return
	one_host
	two_devices $A6 fd00::9
	passes ovl1 ovl9
	passes ovl9 ovl1
	not_on_lo
	log_test "handed over, over IPv6"
}

turned_off()
{
	only_ovl "nolocalbypass" || return
	one_host
	two_devices $LOCAL1 $LOCAL9 nolocalbypass
	passes ovl1 ovl9
	on_lo src=$LOCAL1 dst=$LOCAL9 vni=$VNI
	# a device at a time
	change "$A" ovl1 localbypass
	clear_port lo
	passes ovl1 ovl9
	not_on_lo
	passes ovl9 ovl1
	on_lo src=$LOCAL9 dst=$LOCAL1
	change "$A" ovl1 nolocalbypass
	passes ovl1 ovl9
	on_lo src=$LOCAL1 dst=$LOCAL9
	log_test "nolocalbypass"
}

# An entry that has a VNI of its own leads to the device of that.
other_vni()
{
	one_host
	device ovl1 $MAC_TA id $VNI $NO_LEARNING local $LOCAL1
	device ovl7 $MAC_9 id 7 $NO_LEARNING local $LOCAL1
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl1 dst $LOCAL1 vni 7 self
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl7 dst $LOCAL1 vni $VNI self
	mark ovl1 ovl7
	passes ovl1 ovl7
	passes ovl7 ovl1
	not_on_lo
	log_test "to the device of another VNI"
}

# It is on the wire then, where somebody else may listen, or counts it.
nobody_there()
{
	only_ovl "a VNI that nobody has" || return
	one_host
	two_devices $LOCAL1 $LOCAL9
	bridge -n "$A" fdb add $MAC_TB dev ovl1 dst $LOCAL9 vni 9 self
	number
	send ovl1 $TENANT4 $FRAME
	on_lo dst=$LOCAL9 vni=9
	moved ovl1 link.tx_packets=1
	moved ovl9 port_rx_unknown_vni=1
	# a port on which nobody listens
	bridge -n "$A" fdb replace $MAC_TB dev ovl1 dst $LOCAL9 port 6999 self
	number
	send ovl1 $TENANT4 $FRAME
	expect lo dir=out dport=6999 : dst=$LOCAL9
	# another program's
	must hold program "$A" port=6999 addr=$LOCAL9
	number
	send ovl1 $TENANT4 $FRAME
	expect lo dir=out dport=6999 : dst=$LOCAL9
	ask release program
	log_test "what nobody is there for is sent"
}

is_down()
{
	only_ovl "a device that is down" || return
	one_host
	two_devices $LOCAL1 $LOCAL9
	ip_in "$A" link set ovl9 down
	mark ovl9
	number
	send ovl1 $TENANT4 $FRAME
	moved ovl9 rx_down=1
	moved ovl1 link.tx_packets=1
	ip_in "$A" link set ovl9 up
	mark ovl9
	passes ovl1 ovl9
	log_test "a device that is down counts it"
}

# Who is no peer is not listened to, wherever he is.
stranger()
{
	only_ovl "a device that is no peer" || return
	one_host
	two_devices $LOCAL1 $LOCAL9
	change "$A" ovl9 remote 10.0.0.8
	mark ovl9
	number
	send ovl1 $TENANT4 $FRAME
	moved ovl9 rx_source=1
	none ovl9 dir=in sport=$NUMBER
	change "$A" ovl9 nosrccheck
	mark ovl1 ovl9
	clear_port lo
	passes ovl1 ovl9
	not_on_lo
	log_test "a device that is no peer"
}

# The answer finds its way.
learned()
{
	only_ovl "what is learned of it" || return
	one_host
	device ovl1 $MAC_TA id $VNI local $LOCAL1 remote $LOCAL9 learning
	device ovl9 $MAC_9 id $VNI local $LOCAL9 learning
	mark ovl1 ovl9
	passes ovl1 ovl9
	check_fdb "$A" ovl9 "^$MAC_TB dst $LOCAL1 "
	number
	send ovl9 dmac=$MAC_TB smac=$MAC_9 src=$TB4 dst=$TA4 $FRAME
	expect ovl1 dir=in sport=$NUMBER
	check_fdb "$A" ovl1 "^$MAC_9 dst $LOCAL9 "
	not_on_lo
	log_test "what is learned of it"
}

# One of a flood list is of this host, the other is not.
flooded()
{
	only_ovl "one of several" || return
	one_host
	two_devices $LOCAL1 $LOCAL9
	ip_in "$A" neigh replace $B4 lladdr $MAC_B dev u0 nud permanent
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl1 dst $B4 self
	port u0 "$A" u0
	number
	send ovl1 $TENANT4 dmac=ff:ff:ff:ff:ff:ff $FRAME
	expect ovl9 dir=in sport=$NUMBER : csum=ok
	expect u0 dir=out in.sport=$NUMBER : dst=$B4
	none lo in.sport=$NUMBER
	# one that is not of this host any more is sent to
	ip_in "$A" addr del $LOCAL9/24 dev u0
	ip_in "$A" neigh replace $LOCAL9 lladdr $MAC_B dev u0 nud permanent
	number
	send ovl1 $TENANT4 dmac=ff:ff:ff:ff:ff:ff $FRAME
	expect u0 dir=out in.sport=$NUMBER dst=$LOCAL9
	none ovl9 dir=in sport=$NUMBER
	log_test "one of several, and one that leaves the host"
}

# u0 is in a VRF, and its addresses; the default VRF has 10.0.0.9 as well.
vrf()
{
	one_host
	ip -n "$A" link add d0 type dummy
	# the VRF's addresses before those of all
	ip_in "$A" <<-END
	rule add pref 32765 table local
	rule del pref 0
	link add vrf0 type vrf table 10
	link set vrf0 up
	link set u0 master vrf0
	link set d0 addrgenmode none
	link set d0 up
	addr add $LOCAL9/24 dev d0
	END
}

# An address of one VRF is not that of another one: this is somebody else.
other_vrf()
{
	only_ovl "the same address in another VRF" || return
	modprobe -q vrf || { log_test_skip "the same address in another VRF" "no vrf"; return; }
	vrf
	device ovl1 $MAC_TA id $VNI local $LOCAL1 remote $LOCAL9 dev vrf0
	device ovl9 $MAC_9 id $VNI local $LOCAL9 remote $LOCAL1
	mark ovl1 ovl9
	number
	send ovl1 $TENANT4 dmac=ff:ff:ff:ff:ff:ff smac=$MAC_TB $FRAME
	moved ovl1 link.tx_packets=1
	moved ovl9 link.rx_packets=0
	none ovl9 dir=in sport=$NUMBER
	log_test "the same address in another VRF"
}

# However it goes.
same_vrf()
{
	only_ovl "two devices in a VRF" || return
	modprobe -q vrf || { log_test_skip "two devices in a VRF" "no vrf"; return; }
	vrf
	device ovl1 $MAC_TA id $VNI local $LOCAL1 remote $LOCAL9 dev vrf0
	device ovl9 $MAC_9 id $VNI local $LOCAL9 remote $LOCAL1 dev vrf0
	mark ovl1 ovl9
	passes ovl1 ovl9
	passes ovl9 ovl1
	log_test "two devices in a VRF"
}

# Two tenants on a host, each in a namespace of its own.
tenants()
{
	one_host
	setup_ns C D
	ip_in "$A" <<-END
	link add ovl1 address $MAC_TA type $KIND id $VNI local $LOCAL1 remote $LOCAL9
	link add ovl9 address $MAC_9 type $KIND id $VNI local $LOCAL9 remote $LOCAL1
	link set ovl1 netns $C
	link set ovl9 netns $D
	END
	ip_in "$C" <<-END
	link set ovl1 up
	addr add $TA4/24 dev ovl1
	addr add $TA6/64 dev ovl1 nodad
	END
	ip_in "$D" <<-END
	link set ovl9 up
	addr add $TB4/24 dev ovl9
	addr add $TB6/64 dev ovl9 nodad
	END
	# what was said before both were up
	clear_port lo
}

other_netns()
{
	only_ovl "devices in other namespaces" || return
	tenants
	ip netns exec "$C" ping -q -c 2 -i 0.01 -W 10 $TB4 > /dev/null
	check_err $? "no ping over IPv4"
	ip netns exec "$D" ping -q -c 2 -i 0.01 -W 10 $TA6 > /dev/null
	check_err $? "no ping over IPv6"
	none lo dport=$TUNNEL_PORT
	log_test "devices in other namespaces"
}

# Super-packets are handed over as they are, and nothing of them is lost.
streams()
{
	only_ovl "TCP" || return
	tenants
	stream "$C" "$D" to=$TB4 size=2000000
	stream "$D" "$C" to=$TA6 size=2000000
	none lo dport=$TUNNEL_PORT
	log_test "TCP both ways"
}

tests_run
exit "$EXIT_STATUS"
