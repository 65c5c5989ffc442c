#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a bridge can do with a port works with an ovl device as with any other:
# neighbour suppression, learning off, flooding off, isolation, the states of
# STP, multicast snooping, a backup port.
#
#   A                                          B
#   e0 -- t0 \
#   e2 -- t2  br0 ovl0                         ovl1 (wire looks here)
#                 u0  10.0.0.1 ------------- u1  10.0.0.2

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="neigh_suppress learning_off flood_off isolated stp_state stp_listens
	mdb_snooping mdb_entry backup_port vlan_tunnel
	backup_nhid hairpin removed"

MAC_T2=02:00:00:00:01:02
MAC_X=02:00:00:00:09:09
TO_ALL="$TENANT4 dmac=ff:ff:ff:ff:ff:ff"
# From the other end into the device
FROM_B="dmac=ff:ff:ff:ff:ff:ff smac=$MAC_TB src=$TB4 dst=$TA4"

ports() # [BRIDGE-ARGUMENT...]
{
	local n

	underlay
	ip_in "$A" <<-END
	link add br0 type bridge mcast_snooping 0 $*
	link set br0 addrgenmode none
	link set br0 up
	link add ovl0 type $KIND ${DEVICE:-id $VNI remote $B4} $NO_LEARNING
	link set ovl0 addrgenmode none
	link set ovl0 master br0 up
	END
	for n in 0 2; do
		ip_in "$A" <<-END
		link add t$n type veth peer name e$n
		link set t$n addrgenmode none
		link set e$n addrgenmode none
		link set t$n master br0 up
		link set e$n up
		END
		port e$n "$A" e$n
	done
	ip_in "$B" <<-END
	link add ovl1 type $KIND id $VNI $NO_LEARNING remote $A4
	link set ovl1 addrgenmode none
	link set ovl1 up
	END
	port ovl1 "$B" ovl1
	port ovl0 "$A" ovl0
}

set_port() # DEV WORDS...
{
	bridge -n "$A" link set dev "$@"
	check_err $? "bridge link set dev $* failed"
}

# A new frame into PORT comes out of another one.
passes() # FROM TO FIELDS...
{
	number
	send "$1" "${@:3}" $FRAME
	expect "$2" dir=in sport=$NUMBER
}

# A frame from FROM that has come out of TO has not come out of PORT.
and_not() # PORT
{
	none "$1" dir=in sport=$NUMBER
}

# The bridge answers for who is behind the tunnel, and asks for nobody there.
# The rest passes.
neigh_suppress()
{
	local T1

	ports
	set_port ovl0 neigh_suppress on learning off
	bridge -n "$A" fdb add $MAC_TB dev ovl0 master static
	ip_in "$A" <<-END
	neigh replace $TB4 lladdr $MAC_TB dev br0 nud permanent
	neigh replace $TB6 lladdr $MAC_TB dev br0 nud permanent
	END
	setup_ns T1
	ip_in "$A" link set e0 netns "$T1"
	ip_in "$T1" <<-END
	link set e0 address $MAC_TA
	link set e0 addrgenmode none
	link set e0 up
	addr add $TA4/24 dev e0
	addr add $TA6/64 dev e0 nodad
	END
	ask close e0
	port e0 "$T1" e0
	udp "$T1" to=$TB4 port=9
	expect ovl1 dir=in l4=udp dst=$TB4 : smac=$MAC_TA dmac=$MAC_TB
	none ovl1 dir=in type=0x0806
	udp "$T1" to=$TB6 port=9
	expect ovl1 dir=in l4=udp dst=$TB6 : smac=$MAC_TA dmac=$MAC_TB
	none ovl1 dir=in icmp6=135/0
	# somebody that the bridge has not heard of is asked for
	udp "$T1" to=192.168.0.9 port=9
	expect ovl1 dir=in type=0x0806
	set_port ovl0 neigh_suppress off
	ip_in "$T1" neigh flush all
	udp "$T1" to=$TB4 port=9
	expect ovl1 dir=in type=0x0806
	log_test "neighbour suppression"
}

learning_off()
{
	ports
	passes ovl1 e0 $FROM_B
	[[ $(bridge -n "$A" fdb show brport ovl0) == *"$MAC_TB master br0"* ]]
	check_err $? "not learned: $(bridge -n "$A" fdb show brport ovl0)"
	set_port ovl0 learning off
	ip_in "$A" link set br0 type bridge fdb_flush
	passes ovl1 e0 $FROM_B
	[[ $(bridge -n "$A" fdb show brport ovl0) != *"$MAC_TB master br0"* ]]
	check_err $? "learned: $(bridge -n "$A" fdb show brport ovl0)"
	log_test "learning off"
}

flood_off()
{
	ports
	# t2 shows that the bridge is done with it
	passes e0 e2 $TENANT4 dmac=$MAC_X
	expect ovl1 dir=in sport=$NUMBER
	set_port ovl0 flood off
	passes e0 e2 $TENANT4 dmac=$MAC_X
	and_not ovl1
	passes e0 ovl1 $TO_ALL
	set_port ovl0 bcast_flood off
	passes e0 e2 $TO_ALL
	and_not ovl1
	passes e0 ovl1 $TENANT4 dmac=01:00:5e:05:05:05 dst=239.5.5.5
	set_port ovl0 mcast_flood off
	passes e0 e2 $TENANT4 dmac=01:00:5e:05:05:05 dst=239.5.5.5
	and_not ovl1
	# who is known to be there is sent to
	bridge -n "$A" fdb add $MAC_X dev ovl0 master static
	passes e0 ovl1 $TENANT4 dmac=$MAC_X
	log_test "flooding off"
}

isolated()
{
	ports
	set_port ovl0 isolated on
	set_port t0 isolated on
	passes e0 e2 $TO_ALL
	and_not ovl1
	passes ovl1 e2 $FROM_B
	and_not e0
	passes e2 ovl1 $TO_ALL smac=$MAC_T2
	expect e0 dir=in sport=$NUMBER
	set_port ovl0 isolated off
	passes e0 ovl1 $TO_ALL
	log_test "an isolated port"
}

stp_state()
{
	local state

	ports
	for state in 0 1 2; do
		set_port ovl0 state $state
		passes e0 e2 $TO_ALL
		and_not ovl1
		mark ovl0
		number
		send ovl1 $FROM_B $FRAME
		# it reaches the port and goes no further
		expect ovl0 dir=in sport=$NUMBER
		passes e2 e0 $TO_ALL smac=$MAC_T2
		none e0 dir=in sport=$((NUMBER - 1))
	done
	set_port ovl0 state 3
	passes e0 ovl1 $TO_ALL
	passes ovl1 e0 $FROM_B
	log_test "the states of STP"
}

# STP itself: B says to be a better root, and the bridge believes it.
stp_listens()
{
	local bpdu

	ports stp_state 1 forward_delay 200 priority 0x8000
	# root 1000.020000000001, cost 0, from the same, port 8001, the times
	bpdu=42420300000000001000020000000001000000001000020000000001800100001400020002000000000000000000
	busywait $((WAIT_TIMEOUT * 1000)) sends_bpdu
	check_err $? "no BPDU leaves through the tunnel"
	send ovl1 dmac=01:80:c2:00:00:00 smac=$MAC_TB type=38 data=$bpdu
	busywait $((WAIT_TIMEOUT * 1000)) has_root_port 1
	check_err $? "the root is not that behind the tunnel: $(ip -n "$A" -d link show br0)"
	log_test "STP through the tunnel"
}

sends_bpdu()
{
	ask count ovl1 dir=in dmac=01:80:c2:00:00:00
	[ "${SAID[0]}" -gt 0 ]
}

has_root_port() # NUMBER
{
	[[ $(ip -n "$A" -d link show br0) == *" root_port $1 "* ]]
}

# A report that comes through the tunnel makes the device a port of the group.
mdb_snooping()
{
	ports
	snoop
	# IGMPv2 report of 239.5.5.5
	send ovl1 dmac=01:00:5e:05:05:05 smac=$MAC_TB src=$TB4 dst=239.5.5.5 ttl=1 \
		l4=2 data=1600f5f4ef050505
	busywait $((WAIT_TIMEOUT * 1000)) has_group 239.5.5.5
	check_err $? "no group of ovl0: $(bridge -n "$A" mdb show)"
	passes e0 ovl1 $TENANT4 dmac=01:00:5e:05:05:05 dst=239.5.5.5
	and_not e2
	# one that nobody wants
	number
	send e0 $TENANT4 dmac=01:00:5e:06:06:06 dst=239.6.6.6 $FRAME
	passes e0 e2 $TO_ALL
	and_not_before ovl1
	log_test "multicast snooping"
}

# Multicast is delivered to those alone that asked for it, from now on.
snoop()
{
	# a querier waits so long for others
	ip_in "$A" <<-END
	link set br0 type bridge mcast_query_response_interval 1
	link set br0 type bridge mcast_snooping 1 mcast_querier 1
	END
	busywait $((WAIT_TIMEOUT * 1000)) is_snooping
	check_err $? "the bridge floods multicast all the time"
}

is_snooping()
{
	ask send e0 $TENANT4 dmac=01:00:5e:07:07:07 dst=239.7.7.7 sport=7777
	ask send e0 $TO_ALL sport=7778
	ask expect e2 dir=in sport=7778 || return
	ask count e2 dir=in sport=7777
	[ "${SAID[0]}" = 0 ] || { ask clear e2; return 1; }
}

and_not_before() # PORT
{
	expect "$1" dir=in sport=$NUMBER
	none "$1" dir=in sport=$((NUMBER - 1))
}

has_group() # GROUP
{
	[[ $(bridge -n "$A" mdb show dev br0) == *"port ovl0 grp $1 "* ]]
}

mdb_entry()
{
	ports
	snoop
	bridge -n "$A" mdb add dev br0 port ovl0 grp 239.5.5.5 permanent
	check_err $? "no MDB entry for ovl0"
	passes e0 ovl1 $TENANT4 dmac=01:00:5e:05:05:05 dst=239.5.5.5
	and_not e2
	bridge -n "$A" mdb del dev br0 port ovl0 grp 239.5.5.5
	number
	send e0 $TENANT4 dmac=01:00:5e:05:05:05 dst=239.5.5.5 $FRAME
	passes e0 ovl1 $TO_ALL
	none ovl1 dir=in sport=$((NUMBER - 1))
	# all routers get everything
	set_port ovl0 mcast_router 2
	passes e0 ovl1 $TENANT4 dmac=01:00:5e:05:05:05 dst=239.5.5.5
	log_test "an entry of the MDB, and a multicast router"
}

# When its port loses its carrier, a tenant is reached through the tunnel.
backup_port()
{
	ports
	bridge -n "$A" fdb add $MAC_X dev t0 master static
	ip -n "$A" link set t0 type bridge_slave backup_port ovl0
	check_err $? "ovl0 cannot be a backup port"
	passes e2 e0 $TO_ALL smac=$MAC_T2 dmac=$MAC_X
	and_not ovl1
	ip_in "$A" link set e0 down
	bridge -n "$A" fdb replace $MAC_X dev t0 master static
	passes e2 ovl1 $TO_ALL smac=$MAC_T2 dmac=$MAC_X
	log_test "a backup port"
}

# One device for two VLANs, which are VNIs 1010 and 1020 on the underlay.  t0 is
# in the one, t2 in the other.  B has a device for each.
vlans()
{
	local n DEVICE=external

	ip link help "$KIND" 2>&1 | grep -q external || return
	ports vlan_filtering 1 vlan_default_pvid 0
	bridge -n "$A" -b - <<-END
	link set dev ovl0 vlan_tunnel on
	vlan add dev ovl0 vid 10
	vlan add dev ovl0 vid 10 tunnel_info id 1010
	vlan add dev ovl0 vid 20
	vlan add dev ovl0 vid 20 tunnel_info id 1020
	vlan add dev t0 vid 10 pvid untagged
	vlan add dev t2 vid 20 pvid untagged
	fdb append 00:00:00:00:00:00 dev ovl0 dst $B4 src_vni 1010 self
	fdb append 00:00:00:00:00:00 dev ovl0 dst $B4 src_vni 1020 self
	END
	for n in 10 20; do
		ip_in "$B" <<-END
		link add ovl$n type $KIND id 10$n $NO_LEARNING remote $A4
		link set ovl$n addrgenmode none
		link set ovl$n up
		END
		port ovl$n "$B" ovl$n
	done
}

vlan_tunnel()
{
	vlans || { log_test_skip "VLANs that are VNIs" "no external device"; return; }
	passes e0 ovl10 $TO_ALL
	and_not e2
	and_not ovl20
	passes e2 ovl20 $TO_ALL smac=$MAC_T2
	and_not e0
	and_not ovl10
	passes ovl10 e0 $FROM_B
	and_not e2
	passes ovl20 e2 $FROM_B
	and_not e0
	# an entry of one of them
	bridge -n "$A" fdb add $MAC_X dev ovl0 dst $B4 vni 1020 src_vni 1010 self
	check_err $? "could not add an entry with src_vni"
	passes e0 ovl20 $TENANT4 dmac=$MAC_X
	and_not ovl10
	passes e2 ovl20 $TENANT4 dmac=$MAC_X smac=$MAC_T2
	# a VNI that is no VLAN
	bridge -n "$A" vlan del dev ovl0 vid 20 tunnel_info id 1020
	number
	send ovl20 $FROM_B $FRAME
	passes ovl10 e0 $FROM_B
	none e2 dir=in sport=$((NUMBER - 1))
	log_test "VLANs that are VNIs"
}

# What stands in for a port that is down is a nexthop.
backup_nhid()
{
	local name="a backup nexthop"

	if [[ $(bridge link help 2>&1) != *backup_nhid* ]] || kernel_is_older_than 6.6; then
		log_test_skip "$name" "not known here"
		return
	fi
	vlans || { log_test_skip "$name" "no external device"; return; }
	ip_in "$A" <<-END
	neigh replace 10.0.0.3 lladdr $MAC_B dev u0 nud permanent
	nexthop add id 3 via 10.0.0.3 fdb
	nexthop add id 10 group 3 fdb
	END
	bridge -n "$A" fdb add $MAC_X dev t0 master static vlan 10
	bridge -n "$A" vlan add dev t2 vid 10 pvid untagged
	set_port t0 backup_port ovl0 backup_nhid 10
	passes e2 e0 $TO_ALL smac=$MAC_T2 dmac=$MAC_X
	ip_in "$A" link set e0 down
	bridge -n "$A" fdb replace $MAC_X dev t0 master static vlan 10
	number
	send e2 $TO_ALL smac=$MAC_T2 dmac=$MAC_X $FRAME
	expect u1 dir=in $CARRIED : dst=10.0.0.3
	set_port t0 backup_nhid 0
	passes e2 ovl10 $TO_ALL smac=$MAC_T2 dmac=$MAC_X
	log_test "$name"
}

# Hairpin off: what comes from the tunnel does not go back there.
hairpin()
{
	ports
	passes ovl1 e0 $FROM_B
	passes e0 e2 $TO_ALL
	expect ovl1 dir=in sport=$NUMBER
	none ovl1 dir=in sport=$((NUMBER - 1))
	set_port ovl0 hairpin on
	number
	send ovl1 $FROM_B $FRAME
	expect ovl1 dir=in sport=$NUMBER
	log_test "hairpin"
}

# Out of the bridge and back, by itself and by deletion.
removed()
{
	ports
	passes ovl1 e0 $FROM_B
	ip_in "$A" link set ovl0 nomaster
	number
	send ovl1 $FROM_B $FRAME
	expect ovl0 dir=in sport=$NUMBER
	passes e2 e0 $TO_ALL smac=$MAC_T2
	none e0 dir=in sport=$((NUMBER - 1))
	ip_in "$A" link set ovl0 master br0
	passes ovl1 e0 $FROM_B
	ask close ovl0
	ip_in "$A" link del ovl0
	[[ $(bridge -n "$A" link show) != *ovl0* ]]
	check_err $? "still a port: $(bridge -n "$A" link show)"
	passes e2 e0 $TO_ALL smac=$MAC_T2
	log_test "a port that is taken away"
}

tests_run
exit "$EXIT_STATUS"
