# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_super.sh: a tenant that sends super-packets (TSO, UDP GSO) into a device.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# What a Geneve header of ours is.
# shellcheck disable=SC2034 # for the tests
GENEVE="ver=0 optlen=0 o=0 c=0 rsvd1=0 vni=$VNI rsvd2=0"

# The device with this underlay; the tenant's addresses are on it.
device() # L2|L3 TYPE-ARGUMENT...
{
	local make=tunnel

	[ "$1" = L2 ] || make=tunnel_l3
	shift
	$make "$A" ovl0 id $VNI remote "$@"
	ip_in "$A" <<-END
	addr add $TA4/24 dev ovl0
	addr add $TA6/64 dev ovl0 nodad
	END
	[ $make = tunnel_l3 ] || ip_in "$A" <<-END
	neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	neigh replace $TB6 lladdr $MAC_TB dev ovl0 nud permanent
	END
}

# 9500 bytes in segments of 1000, TCP in FRAME and UDP to ADDR.
tcp() # FRAME
{
	local gso=tcp4

	[[ $1 != *src=*:*:* ]] || gso=tcp6
	clear_port u1
	send ovl0 $1 l4=tcp csum=partial gso=$gso:1000 pay=9500
}

datagrams() # ADDR
{
	clear_port u1
	udp "$A" to=$1 size=9500 seg=1000
}
