#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One external device under a bridge that filters VLANs carries two of them as
# two VNIs, which the bridge's vlan_tunnel maps: each has its flood list, its
# entries and what was learned; what another device owns, or no VLAN is mapped
# to, stays out; a nexthop stands in for a port that is down.
#
#   A                                           B
#   e10 -- p10 (VLAN 10) \         u0 ---- u1   b10 b20 b30  10.0.0.2
#   e20 -- p20 (VLAN 20)  br0 ovl0
#   et  -- pt  (tagged)  /         v0 ---- v1   c10 c20 c30  10.0.1.3
#          10.0.0.1 on u0, 10.0.1.1 on v0       C
#
# VLAN 10 is VNI 10010, VLAN 20 is VNI 10020, and VLAN 30, which pt and ovl0 have
# too, is none.  b10 and so on are devices with the VNIs 10010, 10020 and 10030.

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="mapped over_ipv6 same_mac other_vni learned shown flushed owned
	owned_by_address same_host local_address not_mapped too_big super_packets backup"

BROADCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00
MAC_X=02:00:00:00:03:01 MAC_Y=02:00:00:00:03:02
C4=10.0.1.3 AC4=10.0.1.1

# The devices of the VNIs 10010, 10020 and 10030 on another host
far() # NS LETTER
{
	local remote=$A4 vlan

	[ "$2" = b ] || remote=$AC4
	for vlan in 10 20 30; do
		echo "link add $2$vlan type $KIND id $((10000 + vlan)) remote $remote $NO_LEARNING"
		echo "link set $2$vlan addrgenmode none"
		echo "link set $2$vlan up"
	done | ip_in "$1"
	for vlan in 10 20 30; do
		port $2$vlan "$1" $2$vlan
	done
}

# A port of the bridge with a tenant behind it
tenant() # NUMBER BRIDGE-VLAN-ARGUMENT...
{
	local number=$1

	shift
	ip_in "$A" <<-END
	link add p$number mtu 1600 type veth peer name e$number mtu 1600
	link set p$number addrgenmode none
	link set p$number up master br0
	link set e$number addrgenmode none
	link set e$number up
	END
	bridge -n "$A" vlan add dev p$number "$@"
	port e$number "$A" e$number
	offload e$number off
}

# ovl0 is a port of the bridge, in all VLANs.
external() # [TYPE-ARGUMENT...]
{
	ip_in "$A" <<-END
	link add ovl0 type $KIND external $*
	link set ovl0 mtu 1600 addrgenmode none
	link set ovl0 up master br0
	END
	check_err $? "could not add ovl0 with $*"
	bridge -n "$A" -b - <<-END
	link set dev ovl0 vlan_tunnel on
	vlan add dev ovl0 vid 10
	vlan add dev ovl0 vid 10 tunnel_info id 10010
	vlan add dev ovl0 vid 20
	vlan add dev ovl0 vid 20 tunnel_info id 10020
	vlan add dev ovl0 vid 30
	END
	check_err $? "could not map VLANs to VNIs"
	port ovl0 "$A" ovl0
}

hosts() # [TYPE-ARGUMENT...]
{
	underlay
	setup_ns C
	ip_in "$A" <<-END
	link add v0 type veth peer name v1 netns $C
	link set v0 addrgenmode none
	link set v0 up
	addr add $AC4/24 dev v0
	link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	link set br0 addrgenmode none
	link set br0 up
	END
	ip_in "$C" <<-END
	link set v1 addrgenmode none
	link set v1 up
	addr add $C4/24 dev v1
	END
	port v0 "$A" v0
	port v1 "$C" v1
	offload v0 off
	offload v1 off
	tenant 10 vid 10 pvid untagged
	tenant 20 vid 20 pvid untagged
	tenant t vid 10
	bridge -n "$A" -b - <<-END
	vlan add dev pt vid 20
	vlan add dev pt vid 30
	END
	far "$B" b
	far "$C" c
	external "${@:-$NO_LEARNING}"
}

# bridge fdb of A
entry() # VERB MAC ARGUMENT...
{
	[ -z "$VERBOSE" ] || echo "bridge -n $A fdb $1 $2 dev ovl0 ${*:3}"
	bridge -n "$A" fdb "$1" "$2" dev ovl0 "${@:3}"
}

entries() # Lines of VERB MAC ARGUMENT... on stdin
{
	local line

	while read -r line; do
		entry $line
		check_err $? "bridge fdb $line: refused"
	done
}

# VLAN 10 floods to both hosts, VLAN 20 to C.
flood_lists()
{
	entries <<-END
	append $ZERO src_vni 10010 dst $B4
	append $ZERO src_vni 10010 dst $C4
	append $ZERO src_vni 10020 dst $C4
	END
}

# A frame that has not been there yet
sends() # PORT DMAC [KEY=VALUE...]
{
	number
	send "$1" $TENANT4 dmac="$2" "${@:3}" $FRAME
}

# It is on the underlay, without a tag, and arrives at the device of that VNI.
goes() # VNI PORT...
{
	local host port

	for port in "${@:2}"; do
		host=u1
		[[ $port != c* ]] || host=v1
		if [ "$KIND" = ovl ]; then
			expect $host dir=in $CARRIED : vni="$1" in.vlan=- csum=ok in.csum=ok
		else
			expect $host dir=in $CARRIED
		fi
		arrives $port
	done
}

arrives() # PORT [VLAN]
{
	expect "$1" dir=in sport=$NUMBER : vlan="${2:--}"
}

# It is not there; on the underlay, not any more.
stays_out() # PORT...
{
	local port

	for port; do
		case $port in
		[uv]1) none "$port" dir=in $CARRIED ;;
		*) none "$port" dir=in sport=$NUMBER ;;
		esac
	done
}

# It goes nowhere; vxlan does not always count it.
is_dropped()
{
	[ "$KIND" != ovl ] || moved ovl0 link.tx_dropped=1 tx_no_endpoint=1
	stays_out u1 v1
}

mapped()
{
	hosts
	flood_lists
	sends e10 $BROADCAST
	goes 10010 b10 c10
	arrives et 10
	stays_out u1 v1 e20 b20 b30 c20 c30
	sends e20 $BROADCAST
	goes 10020 c20
	arrives et 20
	stays_out u1 v1 e10 b10 b20 b30 c10 c30
	sends et $BROADCAST vlan=10
	goes 10010 b10 c10
	arrives e10
	stays_out u1 v1 e20 b20 c20
	sends et $BROADCAST vlan=20.5
	goes 10020 c20
	arrives e20
	stays_out u1 v1 e10 b20 c10
	log_test "frames leave with the VNI of their VLAN"

	sends b10 $BROADCAST smac=$MAC_X
	arrives e10
	arrives et 10
	stays_out e20 c10 c20
	sends c20 $BROADCAST smac=$MAC_X
	arrives e20
	arrives et 20
	stays_out e10 b10 b20
	sends e10 $MAC_X
	goes 10010 b10 c10
	stays_out et e20
	log_test "VNIs come out in their VLAN"
}

# The device has both families, whatever its entries are of.
over_ipv6()
{
	local test="endpoints over IPv6, too"

	if [ "$KIND" = vxlan ]; then
		log_test_skip "$test" "vxlan has entries of one family"
		return
	fi
	hosts
	entries <<-END
	append $ZERO src_vni 10010 dst $B4
	append $ZERO src_vni 10020 dst $B6
	append $ZERO src_vni 10020 dst $C4
	END
	sends e10 $BROADCAST
	goes 10010 b10
	sends e20 $BROADCAST
	expect u1 dir=in $CARRIED : src=$A6 dst=$B6 vni=10020 in.vlan=- csum=ok in.csum=ok
	goes 10020 c20
	number
	send u1 $OUTER6 vni=10010 $IN4 in.dmac=$BROADCAST in.sport=$NUMBER
	arrives e10
	arrives et 10
	stays_out e20
	log_test "$test"
}

same_mac()
{
	hosts
	entries <<-END
	add $MAC_X src_vni 10010 dst $B4
	add $MAC_X src_vni 10020 dst $C4
	END
	sends e10 $MAC_X
	goes 10010 b10
	stays_out v1 c10 b20
	sends e20 $MAC_X
	goes 10020 c20
	stays_out u1 b20 c10
	entry replace $MAC_X src_vni 10010 dst $C4
	check_err $? "could not replace $MAC_X of VNI 10010"
	sends e10 $MAC_X
	goes 10010 c10
	stays_out u1
	sends e20 $MAC_X
	goes 10020 c20
	stays_out u1

	mark ovl0
	entry del $MAC_X src_vni 10020
	check_err $? "could not delete $MAC_X of VNI 10020"
	sends e20 $MAC_X
	is_dropped
	sends e10 $MAC_X
	goes 10010 c10
	log_test "a MAC address in two VNIs, behind two hosts"
}

# What an entry says of the VNI comes before what the bridge says.
other_vni()
{
	hosts
	entries <<-END
	add $MAC_X src_vni 10010 dst $B4 vni 10020
	append $ZERO src_vni 10010 dst $C4
	append $ZERO src_vni 10010 dst $B4 vni 10030
	END
	sends e10 $MAC_X
	goes 10020 b20
	stays_out v1 b10 b30
	sends e10 $MAC_Y
	goes 10010 c10
	goes 10030 b30
	stays_out b10 b20
	log_test "an entry with a VNI of its own"
}

# X of VLAN 10 is behind C.
sends_to_c()
{
	sends e10 $MAC_X
	goes 10010 c10
	stays_out u1
}

learned()
{
	hosts "$LEARNING"
	flood_lists
	must listen news "$A" && defer ask close news
	sends b10 $BROADCAST smac=$MAC_X
	arrives e10
	expect news what=new dev=ovl0 mac=$MAC_X dst=$B4 srcvni=10010
	check_fdb "$A" ovl0 "^$MAC_X dst $B4 src_vni 10010 "
	sends c20 $BROADCAST smac=$MAC_X
	arrives e20
	expect news what=new dev=ovl0 mac=$MAC_X dst=$C4 srcvni=10020
	check_fdb "$A" ovl0 "^$MAC_X dst $C4 src_vni 10020 "
	fdb_has "$A" ovl0 "^$MAC_X dst $B4 src_vni 10010 "
	check_err $? "VNI 10010 has lost $MAC_X: $(fdb "$A" ovl0)"
	sends e10 $MAC_X
	goes 10010 b10
	stays_out v1 c10 et
	sends e20 $MAC_X
	goes 10020 c20
	stays_out u1 b20 et

	# it moves in one VNI, and nobody moves in the other one
	sends c10 $BROADCAST smac=$MAC_X
	arrives e10
	check_fdb "$A" ovl0 "^$MAC_X dst $C4 src_vni 10010 "
	# with vxlan, it keeps the route to where it was
	[ "$KIND" != ovl ] || sends_to_c
	sends b20 $BROADCAST smac=$MAC_X
	arrives e20
	check_fdb "$A" ovl0 "^$MAC_X dst $B4 src_vni 10020 "
	if [ "$KIND" = ovl ]; then
		sends e20 $MAC_X
		goes 10020 b20
		sends_to_c
	fi
	[ "$(fdb "$A" ovl0 | grep -c "^$MAC_X")" = 2 ]
	check_err $? "$MAC_X is not there twice: $(fdb "$A" ovl0)"
	log_test "what is learned is learned for its VNI"
}

# Three entries of a MAC address
three_of_x()
{
	entries <<-END
	add $MAC_X src_vni 10010 dst $B4
	add $MAC_X src_vni 10020 dst $C4 static
	add $MAC_X dst $B4
	END
}

# The FDB has these entries of it, and no other ones.
check_x() # LINE...
{
	local seen wanted

	seen=$(fdb "$A" ovl0 | sed -n "s/ *$//; s/^$MAC_X //p" | LC_ALL=C sort)
	wanted=$(printf '%s\n' "$@")
	[ "$seen" = "$wanted" ]
	check_err $? "expected of $MAC_X: $wanted, seen: $seen"
}

X_10="dst $B4 src_vni 10010 self permanent"
X_20="dst $C4 src_vni 10020 self static"
X_NONE="dst $B4 self permanent"

shown()
{
	local seen

	hosts
	three_of_x
	check_x "$X_NONE" "$X_10" "$X_20"
	seen=$(bridge -n "$A" -j fdb show dev ovl0 | jq -c \
		"[.[] | select(.mac == \"$MAC_X\") | [.dst, .src_vni]] | sort")
	[ "$seen" = "[[\"$B4\",null],[\"$B4\",10010],[\"$C4\",10020]]" ]
	check_err $? "in JSON: $seen"
	seen=$(entry get $MAC_X vni 10020 self)
	[[ $seen == "$MAC_X dev ovl0 $X_20"* ]]
	check_err $? "bridge fdb get ... vni 10020 says: $seen"
	seen=$(entry get $MAC_X self)
	[[ $seen == "$MAC_X dev ovl0 $X_NONE"* ]]
	check_err $? "bridge fdb get says: $seen"
	seen=$(entry get $MAC_X vni 10030 self 2>&1)
	check_fail $? "bridge fdb get ... vni 10030 says: $seen"
	log_test "bridge fdb show and get tell the VNI"

	seen=$(entry add $MAC_X src_vni 10010 dst $C4 2>&1)
	check_fail $? "added twice: $seen"
	seen=$(entry del $MAC_X src_vni 10030 2>&1)
	check_fail $? "deleted from VNI 10030: $seen"
	entry del $MAC_X src_vni 10010
	check_err $? "not deleted from VNI 10010"
	check_x "$X_NONE" "$X_20"
	seen=$(entry del $MAC_X src_vni 10010 2>&1)
	check_fail $? "deleted twice: $seen"
	entry del $MAC_X
	check_err $? "not deleted from VNI 0"
	check_x "$X_20"
	entries <<-END
	append $ZERO src_vni 10010 dst $B4
	append $ZERO src_vni 10010 dst $C4
	append $ZERO src_vni 10020 dst $C4
	del $ZERO src_vni 10010 dst $C4
	END
	sends e10 $BROADCAST
	goes 10010 b10
	stays_out v1
	sends e20 $BROADCAST
	goes 10020 c20
	log_test "bridge fdb del takes the VNI"
}

flushed()
{
	local test="a flush by VNI"

	if kernel_is_older_than 6.7; then
		log_test_skip "$test" "this kernel does not pass it on"
		return
	fi
	hosts
	three_of_x
	must fdb "$A" ovl0 flush srcvni=10030
	check_x "$X_NONE" "$X_10" "$X_20"
	must fdb "$A" ovl0 flush srcvni=10020
	check_x "$X_NONE" "$X_10"
	# 0 is any: it takes a name to delete that one alone
	entry del $MAC_X
	check_x "$X_10"
	if [[ $(bridge fdb help 2>&1) == *flush*src_vni* ]]; then
		bridge -n "$A" fdb flush dev ovl0 self src_vni 10010
		check_err $? "bridge fdb flush dev ovl0 self src_vni 10010"
	else
		must fdb "$A" ovl0 flush srcvni=10010
	fi
	check_x
	log_test "$test"
}

# A device of one VNI, with the name and port "own", has what is sent to it.
own() # TYPE-ARGUMENT...
{
	ip_in "$A" <<-END
	link add own type $KIND $*
	link set own addrgenmode none
	link set own up
	END
	check_err $? "could not add a device with $* beside the external one"
	port own "$A" own
}

skip_owned()
{
	[ "$KIND" = vxlan ] || return
	log_test_skip "$1" "vxlan cannot share the port"
}

owned()
{
	local test="a device has its VNI beside the external one"

	skip_owned "$test" && return
	hosts
	flood_lists
	own id 10020 remote $C4
	sends c20 $BROADCAST
	arrives own
	stays_out e20 et
	sends c10 $BROADCAST
	arrives e10
	arrives et 10
	stays_out own
	sends own $MAC_X
	goes 10020 c20
	change "$A" own id 10010
	sends c20 $BROADCAST
	arrives e20
	stays_out own
	sends c10 $BROADCAST
	arrives own
	stays_out e10
	ip_in "$A" link del own
	sends c10 $BROADCAST
	arrives e10
	log_test "$test"
}

# Sockets of their own, because one of the two has an address.
owned_by_address()
{
	local test="a device has its VNI, with a socket of its own, too"

	skip_owned "$test" && return
	hosts
	flood_lists
	own id 10020 local $AC4 remote $C4
	sends c20 $BROADCAST
	arrives own
	stays_out e20
	sends c10 $BROADCAST
	arrives e10
	stays_out own
	sends b20 $BROADCAST
	arrives e20
	stays_out own
	ip_in "$A" <<-END
	link del ovl0
	link del own
	END
	ask close own
	ask close ovl0
	external local $AC4
	own id 10020 remote $C4
	entries <<< "append $ZERO src_vni 10010 dst $C4"
	sends c20 $BROADCAST
	arrives own
	stays_out e20
	sends c10 $BROADCAST
	arrives e10
	stays_out own
	log_test "$test"
}

# Endpoints of this same host
same_host()
{
	local test="a device of a VNI and the external one, on one host"

	skip_owned "$test" && return
	hosts
	own id 10020 remote $A4
	entry add $MAC_X src_vni 10020 dst $A4
	check_err $? "no entry with an address of this host"
	bridge -n "$A" fdb add $MAC_Y dev own dst $A4 vni 10010
	check_err $? "no entry with another VNI"
	sends e20 $MAC_X
	arrives own
	stays_out e10 u1
	sends own $MAC_Y
	arrives e10
	stays_out e20 u1
	log_test "$test"
}

# With an address, it is received on there alone, and others have theirs.
local_address()
{
	local test="an external device with an address, and two more"

	skip_owned "$test" && return
	hosts local $A4 nosrccheck
	ip_in "$A" <<-END
	link add own type $KIND external local $AC4 nosrccheck
	link set own addrgenmode none
	link set own up
	link add own6 type $KIND external nosrccheck
	link set own6 addrgenmode none
	link set own6 up
	END
	check_err $? "no room for other external devices"
	port own "$A" own
	port own6 "$A" own6
	sends b10 $BROADCAST
	arrives e10
	sends c10 $BROADCAST
	arrives own
	sends_ipv6
	arrives own6
	stays_out e10 own
	change "$A" own6 local fd00::9
	is_refused_ipv6
	change "$A" ovl0 local any
	sends_ipv6
	arrives e10
	sends c10 $BROADCAST
	arrives own
	stays_out own6 e10
	change "$A" ovl0 local $A4
	is_refused_ipv6
	log_test "$test"
}

sends_ipv6()
{
	number
	send u1 $OUTER6 vni=10010 $IN4 in.dmac=$BROADCAST in.sport=$NUMBER
}

# Nobody takes it, while the one over IPv4 behind it comes.
is_refused_ipv6()
{
	local port

	sends_ipv6
	sends b10 $BROADCAST
	arrives e10
	for port in e10 own own6; do
		none $port dir=in sport=$((NUMBER - 1))
	done
}

not_mapped()
{
	hosts
	flood_lists
	sends b30 $BROADCAST
	arrives ovl0
	stays_out e10 e20 et
	log_test "a VNI without a VLAN stays out"

	mark ovl0
	sends et $BROADCAST vlan=30
	is_dropped
	bridge -n "$A" vlan del dev ovl0 vid 10 tunnel_info id 10010
	check_err $? "could not take VLAN 10 from VNI 10010"
	sends e10 $BROADCAST
	is_dropped
	sends b10 $BROADCAST
	arrives ovl0
	stays_out e10 et
	bridge -n "$A" vlan add dev ovl0 vid 10 tunnel_info id 10030
	entries <<< "append $ZERO src_vni 10030 dst $B4"
	sends e10 $BROADCAST
	goes 10030 b30
	sends b30 $BROADCAST
	arrives e10
	log_test "a VLAN without a VNI stays in"

	[ "$KIND" = ovl ] || return
	entries <<< "append $ZERO dst $B4"
	sends et $BROADCAST vlan=30
	expect u1 dir=in $CARRIED : vni=0 in.vlan=30
	stays_out v1
	log_test "unless the flood list of VNI 0 has somebody"
}

# The error comes back in the VLAN that the frame was in.
too_big()
{
	hosts
	flood_lists
	number
	send e10 $TENANT4 dmac=$MAC_X df=1 sport=$NUMBER pay=1472
	expect e10 dir=in icmp=3/4 q.sport=$NUMBER : vlan=- mtu=1450 csum=ok
	none e20 dir=in icmp=3/4
	number
	send et $TENANT6 dmac=$MAC_X vlan=20 sport=$NUMBER pay=1452
	expect et dir=in icmp6=2/0 q.sport=$NUMBER : vlan=20 mtu=1450 csum=ok
	none e10 dir=in icmp6=2/0
	log_test "what is too big is answered in its VLAN"
}

super_packets()
{
	local super

	hosts
	flood_lists
	number
	super="l4=tcp sport=$NUMBER csum=partial gso=tcp4:1000"
	offload e10 on
	send e10 $TENANT4 dmac=$MAC_X $super pay=4500
	[ "$KIND" != ovl ] || expect v1 n=5 dir=in in.sport=$NUMBER : vni=10010 \
		in.vlan=- csum=ok in.csum=ok
	expect c10 n=5 dir=in sport=$NUMBER : vlan=- csum!=bad
	expect et dir=in sport=$NUMBER : vlan=10 gso=tcp4 paylen=4500
	log_test "super-packets leave"

	ip netns exec "$A" ethtool -K u0 gro on > /dev/null
	number
	super="l4=tcp sport=$NUMBER csum=partial gso=tcp4:1000"
	send b10 $TENANT4 dmac=$MAC_TA smac=$MAC_X $super pay=9500
	expect e10 dir=in sport=$NUMBER : vlan=- gso=tcp4 "paylen>=9000" csum!=bad
	stays_out e20
	log_test "super-packets come"
}

link_is_down() # DEV
{
	[[ $(bridge -n "$A" link show dev "$1") == *"state disabled"* ]]
}

# Frames for a port that is down go to a nexthop, not where the FDB says.
backup()
{
	local test="a nexthop stands in for a port that is down"

	hosts
	entries <<-END
	append $ZERO src_vni 10010 dst $B4
	append $ZERO src_vni 10020 dst $B4
	END
	ip_in "$A" <<-END
	nexthop add id 3 via $C4 fdb
	nexthop add id 10 group 3 fdb
	END
	bridge -n "$A" fdb replace $MAC_X dev p10 master static vlan 10
	bridge -n "$A" link set dev p10 backup_port ovl0 backup_nhid 10 2> /dev/null
	if [[ $(bridge -n "$A" -d link show dev p10) != *"backup_nhid 10"* ]]; then
		log_test_skip "$test" "the kernel or bridge does not know backup_nhid"
		return
	fi
	sends et $MAC_X vlan=10
	arrives e10
	stays_out u1 v1
	ip_in "$A" link set e10 down
	busywait $((WAIT_TIMEOUT * 1000)) link_is_down p10
	check_err $? "p10 does not go down"
	sends et $MAC_X vlan=10
	goes 10010 c10
	stays_out u1
	sends et $BROADCAST vlan=10
	goes 10010 b10
	stays_out v1
	bridge -n "$A" link set dev p10 backup_nhid 0
	sends et $MAC_X vlan=10
	goes 10010 b10
	stays_out v1
	bridge -n "$A" link set dev p10 backup_nhid 10
	ip_in "$A" nexthop del id 10
	mark ovl0
	sends et $MAC_X vlan=10
	is_dropped
	log_test "$test"
}

tests_run
exit "$EXIT_STATUS"
