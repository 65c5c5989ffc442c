# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_tenant.sh: a tenant behind a device that is a port of a bridge, or that a
# router sends to, and what the tenant is told of the size of its packets.

. "${BASH_SOURCE[0]%/*}/lib.sh"

MAC_T0=02:00:00:00:02:00 MAC_OVL=02:00:00:00:02:01
# The tenant's addresses where a router is between it and TB4, TB6, and those of
# the router
TR4=192.168.1.1 TR6=fd02::1
R4=192.168.1.254 R6=fd02::fe
NUMBER=0

# The namespace T with t1, whose other end is t0 on A, and the device ovl0 on A.
# All of them take more than the path of 1500 bytes between the two hosts.
tenant() # REMOTE [TYPE-ARGUMENT...]
{
	underlay
	setup_ns T
	ip link add t0 netns "$A" address $MAC_T0 mtu 1600 type veth \
		peer name t1 netns "$T" address $MAC_TA mtu 1600
	tunnel "$A" ovl0 id $VNI remote "$@"
	ip_in "$A" <<-END
	link set ovl0 mtu 1600 address $MAC_OVL
	link set t0 addrgenmode none
	link set t0 up
	END
	ip_in "$T" <<-END
	link set t1 addrgenmode none
	link set t1 up
	END
	port t1 "$T" t1
	mark ovl0
}

# t0 and ovl0 are ports of a bridge.
behind_bridge()
{
	ip_in "$A" <<-END
	link add br0 type bridge mcast_snooping 0
	link set br0 addrgenmode none
	link set t0 master br0
	link set ovl0 master br0
	link set br0 up
	END
}

# A routes between t0 and ovl0.
behind_router()
{
	ask sysctl "$A" net.ipv4.ip_forward 1
	ask sysctl "$A" net.ipv6.conf.all.forwarding 1
	ip_in "$A" <<-END
	addr add $R4/24 dev t0
	addr add $R6/64 dev t0 nodad
	neigh replace $TR4 lladdr $MAC_TA dev t0 nud permanent
	neigh replace $TR6 lladdr $MAC_TA dev t0 nud permanent
	addr add $TA4/24 dev ovl0
	addr add $TA6/64 dev ovl0 nodad
	END
	ip -n "$A" -force -b - 2> /dev/null <<-END
	neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	neigh replace $TB6 lladdr $MAC_TB dev ovl0 nud permanent
	END
}

# The other end, with the addresses of the other tenant.
far_end() # [TYPE-ARGUMENT...]
{
	ip_in "$B" <<-END
	link add ovl1 mtu 1600 address $MAC_TB type $KIND id $VNI remote $A4 $*
	link set ovl1 addrgenmode none
	link set ovl1 up
	addr add $TB4/24 dev ovl1
	addr add $TB6/64 dev ovl1 nodad
	END
}

# The fields that make FRAME an IP packet of so many bytes which may not be
# fragmented are then in FILLED.
fill() # BYTES FRAME
{
	if [[ $2 == *src=*:*:* ]]; then
		FILLED="pay=$(($1 - 48))"
	else
		FILLED="df=1 pay=$(($1 - 28))"
	fi
}

# A packet of MTU bytes leaves; a byte more comes back as an error, which says
# so, and looks as FIELDS tell.
path_takes() # MTU FRAME FIELDS
{
	: $((NUMBER++))
	fill $1 "$2"
	send t1 $2 sport=$NUMBER $FILLED
	expect u1 in.sport=$NUMBER : csum=ok in.csum=ok
	path_refuses $(($1 + 1)) "$@"
}

path_refuses() # SIZE MTU FRAME FIELDS
{
	local error=icmp=3/4

	[[ $3 != *src=*:*:* ]] || error=icmp6=2/0
	: $((NUMBER++))
	fill $1 "$3"
	send t1 $3 sport=$NUMBER $FILLED
	expect t1 dir=in $error q.sport=$NUMBER : mtu=$2 csum=ok ipcsum!=bad \
		q.len=$1 $4
	moved ovl0 tx_too_big=1 link.tx_dropped=1
	none u1 in.sport=$NUMBER
}

# TCP to the far end finds its segment size; timestamps take 12 bytes of it.
tcp_takes() # MTU NS
{
	local addr mss

	for addr in $TB4 $TB6; do
		mss=$(($1 - 20 - 20 - 12))
		[ $addr = $TB4 ] || mss=$((mss - 20))
		stream "$2" "$B" to=$addr size=200000
		[[ ${SAID[*]} == *" mss=$mss "* ]]
		check_err $? "expected segments of $mss bytes to $addr, seen ${SAID[*]}"
	done
}
