#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An ovl device as a port of a bridge that filters VLANs: two VLANs go across one
# VNI, tagged, and stay apart; the bridge learns who is behind the tunnel, and
# floods no more than it has to.
#
#   A                                      B
#   e10 -- p10 (VLAN 10) \                 / p10 -- e10
#   e11 -- p11 (VLAN 10)  br0 ovl0     ovl0  br0
#   e20 -- p20 (VLAN 20) /                 \ p20 -- e20
#   u0  10.0.0.1 ------------------------- u1  10.0.0.2 (wire looks here)

. "${0%/*}/lib.sh"

ALL_TESTS="apart learned not_allowed changed"

MAC_11=02:00:00:00:01:11

# A tenant's port of br0 in a VLAN; the tenant is PORT of wire.
tenant() # NS NUMBER VLAN PORT
{
	ip_in "$1" <<-END
	link add p$2 type veth peer name e$2
	link set p$2 addrgenmode none up master br0
	link set e$2 addrgenmode none up
	END
	bridge -n "$1" vlan add dev p$2 vid $3 pvid untagged
	port "$4" "$1" e$2
	offload "$4" off
}

# A bridge with its uplink, tagged in VLANs 10 and 20.
bridge_with() # NS REMOTE SITE
{
	ip_in "$1" <<-END
	link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	link set br0 addrgenmode none up
	link add ovl0 type $KIND id $VNI remote $2
	link set ovl0 addrgenmode none up master br0
	END
	bridge -n "$1" -b - <<-END
	vlan add dev ovl0 vid 10
	vlan add dev ovl0 vid 20
	END
	tenant "$1" 10 10 e10_$3
	tenant "$1" 20 20 e20_$3
}

two_sites()
{
	underlay
	bridge_with "$A" $B4 a
	bridge_with "$B" $A4 b
	tenant "$A" 11 10 e11_a
	port ovl_a "$A" ovl0
}

HELLO="$TENANT4 dmac=ff:ff:ff:ff:ff:ff"
REPLY="$TENANT4 dmac=$MAC_TA smac=$MAC_TB src=$TB4 dst=$TA4"

apart()
{
	two_sites
	send e10_a $HELLO sport=1
	expect u1 in.sport=1 : vni=$VNI in.vlan=10 csum=ok in.csum=ok
	expect e10_b dir=in sport=1 : vlan=-
	none e20_b sport=1
	expect e11_a dir=in sport=1 : vlan=-
	send e20_a $HELLO sport=2 l4=tcp csum=partial
	expect u1 in.sport=2 : vni=$VNI in.vlan=20 csum=ok in.csum=ok
	expect e20_b dir=in sport=2 : vlan=- csum!=bad
	none e10_b sport=2
	none e11_a sport=2
	send e20_b $HELLO smac=$MAC_TB sport=3
	expect e20_a dir=in sport=3 : vlan=-
	none e10_a sport=3
	log_test "two VLANs cross and stay apart"
}

# The same addresses in both VLANs, and in none but these.
learned()
{
	two_sites
	send e10_a $HELLO sport=1
	expect e10_b dir=in sport=1
	send e10_b $REPLY sport=2
	expect e10_a dir=in sport=2
	none e11_a sport=2
	[[ $(bridge -n "$A" fdb show brport ovl0) == *"$MAC_TB vlan 10 "* ]]
	check_err $? "the bridge has not learned $MAC_TB: $(bridge -n "$A" fdb)"
	send e10_a $TENANT4 sport=3
	expect e10_b dir=in sport=3
	none e11_a sport=3
	# nobody has been heard of in VLAN 20
	send e20_a $TENANT4 sport=4
	expect e20_b dir=in sport=4
	# what stays at home does not go into the tunnel
	send e11_a $HELLO smac=$MAC_11 sport=5
	expect e10_a dir=in sport=5
	ask clear u1
	send e10_a $TENANT4 dmac=$MAC_11 sport=6
	expect e11_a dir=in sport=6
	none u1 in.sport=6
	# and who moves is found again
	send e10_b $HELLO smac=$MAC_11 sport=7
	expect e10_a dir=in sport=7
	send e10_a $TENANT4 dmac=$MAC_11 sport=8
	expect e10_b dir=in sport=8
	none e11_a sport=8
	log_test "the bridge learns behind the tunnel"
}

not_allowed()
{
	local vlan

	two_sites
	for vlan in 1 30 4094; do
		send u1 $OUTER4 $IN4 in.dmac=ff:ff:ff:ff:ff:ff in.vlan=$vlan in.sport=$vlan
		expect ovl_a dir=in sport=$vlan : vlan=$vlan
	done
	send u1 $OUTER4 $IN4 in.dmac=ff:ff:ff:ff:ff:ff in.sport=2
	expect ovl_a dir=in sport=2 : vlan=-
	send u1 $OUTER4 $IN4 in.dmac=ff:ff:ff:ff:ff:ff in.vlan=10 in.sport=3
	expect e10_a dir=in sport=3 : vlan=-
	for port in e10_a e11_a e20_a; do
		none $port dir=in "sport=1|30|4094|2"
	done
	log_test "a VLAN that the port does not have stays out"
}

changed()
{
	two_sites
	bridge -n "$A" vlan add dev ovl0 vid 10 pvid untagged
	send e10_a $HELLO sport=1
	expect u1 in.sport=1 : in.vlan=-
	send u1 $OUTER4 $IN4 in.dmac=ff:ff:ff:ff:ff:ff in.sport=2
	expect e10_a dir=in sport=2
	ip_in "$A" link set ovl0 type "$KIND" id 7
	send e10_a $HELLO sport=3
	expect u1 in.sport=3 : vni=7
	ip_in "$A" link set ovl0 nomaster
	ask clear e10_a
	send u1 $OUTER4 vni=7 $IN4 in.dmac=ff:ff:ff:ff:ff:ff in.sport=4
	expect ovl_a dir=in sport=4
	none e10_a sport=4
	log_test "the port changes under way"
}

tests_run
exit "$EXIT_STATUS"
