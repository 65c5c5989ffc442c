# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_gro.sh: packets that arrive together.

. "${BASH_SOURCE[0]%/*}/lib.sh"

gro_underlay()
{
	underlay
	ip netns exec "$A" ethtool -K u0 gro on > /dev/null
}

# u1 cuts datagrams into packets, and leaves their checksums open; over IPv6,
# which has no numbers of packets in its headers to be looked at.
cutting_underlay() # [tunnel|tunnel_l3 [TYPE-ARGUMENT...]]
{
	local make=${1:-tunnel}

	gro_underlay
	ip netns exec "$B" ethtool -K u1 tx-checksum-ip-generic on sg on \
		tx-udp-segmentation off > /dev/null
	$make "$A" ovl0 id $VNI remote $B6 "${@:2}"
	$make "$A" other id 5002 remote $B6 "${@:2}"
	[ $make = tunnel_l3 ] ||
		ip_in "$A" link set other address 02:00:00:00:01:0c
}

# Packets of 1000 bytes that arrive at one go.
train_of() # FIELDS... (a ":" before those of each packet)
{
	clear_port u0 ovl0 other
	train "$B" $OUTER6 $IN4 in.df=1 in.l4=tcp in.pay=1000 "$@"
}

# One after the other has that field.
differ_by() # FIELD OTHER_FIELD
{
	train_of $1 : in.seq=1 : in.seq=1001 : in.seq=2001 : in.seq=3001
	expect u0 dir=in vni=$VNI : in.seq=1 in.paylen=4000 $1
	expect ovl0 : seq=1 paylen=4000
	train_of : in.seq=1 $1 : in.seq=1001 $2 : in.seq=2001 $1 : in.seq=3001 $2
	expect u0 n=2 dir=in $1 : in.paylen=1000
	expect u0 n=2 dir=in $2 : in.paylen=1000
	none u0 dir=in vni=$VNI
}
