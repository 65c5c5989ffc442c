#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets of one flow that arrive together are merged before the device gets
# them, if their Geneve headers are the same byte by byte, and only then.
# (RFC 8926 section 4.6)
#
#   A                                     B
#   ovl0  VNI 5001; other  VNI 5002       ovl1 (only in some)
#   u0  10.0.0.1, fd00::1, GRO ---------- u1  10.0.0.2, fd00::2 (cuts)

. "${0%/*}/lib_gro.sh"

ALL_TESTS="merged merged_l3 contents other_vni other_header never queue_full"

FROM_TB4="dmac=$MAC_TA smac=$MAC_TB src=$TB4 dst=$TA4"
FROM_TB6="dmac=$MAC_TA smac=$MAC_TB src=$TB6 dst=$TA6"
L3FROM_TB4="src=$TB4 dst=$TA4" L3FROM_TB6="src=$TB6 dst=$TA6"
# Options of class 0xffff: known to nobody
OPT1=ffff000111223344 OPT2=ffff000111223345

# A super-packet that is cut on B is whole again on A, before ovl0 and after,
# but for its last segment: on a veth pair that one still belongs to a socket.
is_merged() # FRAME
{
	local gso=tcp4

	[[ $1 != *src=*:*:* ]] || gso=tcp6
	clear_port u0 ovl0 u1
	send ovl1 $1 l4=tcp csum=partial gso=$gso:1000 pay=9500
	expect u1 n=9 dir=out in.l4=tcp in.paylen=1000 : gso=-
	expect u0 dir=in in.l4=tcp : gso=$gso "in.paylen>=9000" gso_size=1000
	expect ovl0 dir=in l4=tcp : gso=$gso "paylen>=9000" gso_size=1000 $1
}

# With all checksums, and with those of the tenant alone.
both_ends() # tunnel|tunnel_l3 FRAME...
{
	local make=$1 ends frame

	shift
	gro_underlay
	$make "$A" ovl0 id $VNI remote $B4
	$make "$B" ovl1 id $VNI remote $A4
	[ $make = tunnel_l3 ] || ip_in "$B" link set ovl1 address $MAC_TB
	for ends in "$B4 $A4 noudpcsum" "$B4 $A4 udpcsum" \
			"$B6 $A6 udp6zerocsumtx" "$B6 $A6 noudp6zerocsumtx"; do
		set -- $ends "$@"
		change "$A" ovl0 remote $1
		[ $1 = $B4 ] || change "$A" ovl0 udp6zerocsumrx
		change "$B" ovl1 remote $2 $3
		shift 3
		for frame; do
			is_merged "$frame"
		done
	done
}

merged()
{
	both_ends tunnel "$FROM_TB4" "$FROM_TB6" "vlan=7.5 $FROM_TB4"
	log_test "segments are merged"
}

merged_l3()
{
	both_ends tunnel_l3 "$L3FROM_TB4" "$L3FROM_TB6"
	log_test "segments are merged, without Ethernet"
}

# What was merged is what was sent.
contents()
{
	gro_underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	tunnel "$B" ovl1 id $VNI remote $A4
	ip_in "$A" <<-END
	addr add $TA4/24 dev ovl0
	addr add $TA6/64 dev ovl0 nodad
	END
	ip_in "$B" <<-END
	link set ovl1 address $MAC_TB
	addr add $TB4/24 dev ovl1
	addr add $TB6/64 dev ovl1 nodad
	END
	stream "$B" "$A" to=$TA4
	expect u0 dir=in in.src=$TB4 gso=tcp4 "in.paylen>5000"
	stream "$B" "$A" to=$TA6
	expect u0 dir=in in.src=$TB6 gso=tcp6 "in.paylen>5000"
	log_test "what is merged arrives as it was sent"
}

other_vni()
{
	cutting_underlay
	train_of : in.seq=1 : in.seq=1001 : in.seq=2001
	expect ovl0 : seq=1 paylen=3000
	train_of : in.seq=1 : in.seq=1 vni=5002 : in.seq=1001 : in.seq=1001 vni=5002
	expect u0 dir=in vni=$VNI : in.seq=1 in.paylen=2000
	expect u0 dir=in vni=5002 : in.seq=1 in.paylen=2000
	expect ovl0 : seq=1 paylen=2000
	expect other : seq=1 paylen=2000
	train_of : in.seq=1 : in.seq=1001 vni=5002 : in.seq=2001 : in.seq=3001 vni=5002
	expect ovl0 n=2 "seq=1|2001" : paylen=1000
	expect other n=2 "seq=1001|3001" : paylen=1000
	log_test "packets of different VNIs are not merged"
}

other_header()
{
	cutting_underlay
	differ_by opts=$OPT1 opts=$OPT2
	differ_by opts=$OPT1$OPT2 opts=$OPT2$OPT1
	differ_by c=0 c=1
	differ_by rsvd1=0 rsvd1=32
	differ_by rsvd2=0 rsvd2=1
	log_test "packets of different headers are not merged"
}

# Those that are not for the tenant, each of which is to be counted.
never()
{
	cutting_underlay
	mark ovl0
	train_of o=1 : in.seq=1 : in.seq=1001 : in.seq=2001
	moved ovl0 rx_oam=3
	expect u0 n=3 dir=in o=1 : in.paylen=1000
	train_of ver=1 : in.seq=1 : in.seq=1001 : in.seq=2001
	moved ovl0 port_rx_version=3
	none ovl0 dir=in
	log_test "control packets and unknown versions are not merged"
}

# More packets at one go than the device's own queue takes: each comes out or is
# counted.
queue_full()
{
	local most=/proc/sys/net/core/netdev_max_backlog before fields=() n

	cutting_underlay
	before=$(< $most)
	defer set_file $most "$before"
	set_file $most 0
	mark ovl0
	for n in 1 2 3 4 5; do
		fields+=(: "in.seq=1" "in.sport=$n")
	done
	train_of "${fields[@]}"
	expect u0 n=5 dir=in vni=$VNI
	busywait 5000 all_accounted 5 && all_accounted 5
	check_err $? "expected: 5 that came or were counted, seen: $CAME, $COUNTED"
	[ "${COUNTED:-0}" -gt 0 ]
	check_err $? "no packet was too many"
	log_test "what the queue does not take is counted"
}

all_accounted() # PACKETS
{
	ask count ovl0 dir=in
	CAME=${SAID[0]}
	ask counter ovl0 rx_queue_full
	COUNTED=${SAID[0]}
	[ $((CAME + COUNTED)) = "$1" ]
}

set_file() # FILE VALUE
{
	echo "$2" > "$1"
}

tests_run
exit "$EXIT_STATUS"
