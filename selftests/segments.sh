#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A super-packet of the tenant that the underlay's device cannot cut leaves in
# segments each of which is a whole Geneve packet of its own.
# (RFC 8926 section 4.6)
#
#   A                                           B
#   ovl0  192.168.0.1, fd01::1
#   u0  10.0.0.1, fd00::1, no offloads -------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_super.sh"

ALL_TESTS="segments segments_l3 segments_of_udp no_tunnel_offload"

# Nine segments of 1000 bytes and one of 500, each with all that it needs, and
# all of them with the source port of the flow.
are_whole() # L4 CSUM [INNER_CSUM]
{
	local line seqs='' sports=' '

	expect u1 n=9 in.paylen=1000 : $GENEVE csum=$2 "in.csum=${3:-ok}" ipcsum!=bad \
		in.ipcsum!=bad gso=- "wirelen<=1514" in.l4=$1
	for line in "${SAID[@]}"; do
		seqs+=${line##*in.seq=}
		line=${line#* sport=}
		[[ $sports == *" ${line%% *} "* ]] || sports+="${line%% *} "
	done
	expect u1 in.paylen=500 : $GENEVE csum=$2 "in.csum=${3:-ok}" ipcsum!=bad \
		in.ipcsum!=bad gso=- in.l4=$1
	[[ $sports =~ ^\ [0-9]+\ $ ]]
	check_err $? "segments of one flow have the source ports$sports"
	[ $1 != tcp ] || check_seqs "$seqs" "${SAID[0]##*in.seq=}"
}

check_seqs() # OF_NINE OF_LAST
{
	local i

	for ((i = 0; i < 9; i++)); do
		[[ $1 =~ (^|paylen=1000 )$((i * 1000 + 1))" " ]]
		check_err $? "no segment begins at $((i * 1000 + 1))"
	done
	[[ $2 == "9001 "* ]]
	check_err $? "the last segment begins at ${2%% *}"
}

segments()
{
	local remote csum frame

	underlay
	device L2 $B4
	for remote in "$B4 udpcsum" "$B4 noudpcsum" "$B6 noudp6zerocsumtx" \
			"$B6 udp6zerocsumtx"; do
		change "$A" ovl0 remote $remote
		csum=ok
		[[ $remote != *noudpcsum && $remote != *" udp6"* ]] || csum=zero
		for frame in "$TENANT4" "$TENANT6" "vlan=7.5 $TENANT4" \
				"vlan=ad:8+9 $TENANT6"; do
			tcp "$frame"
			are_whole tcp $csum
		done
	done
	log_test "segments are whole packets"
}

segments_l3()
{
	local remote csum frame

	underlay
	device L3 $B4
	for remote in "$B4 udpcsum" "$B4 noudpcsum" "$B6"; do
		change "$A" ovl0 remote $remote
		csum=ok
		[[ $remote != *noudpcsum ]] || csum=zero
		for frame in "$L3TENANT4" "$L3TENANT6"; do
			tcp "$frame"
			are_whole tcp $csum
		done
		datagrams $TB4
		are_whole udp $csum
		datagrams $TB6
		are_whole udp $csum
	done
	log_test "segments are whole packets, without Ethernet"
}

segments_of_udp()
{
	local remote

	underlay
	device L2 $B4
	for remote in $B4 $B6; do
		change "$A" ovl0 remote $remote
		datagrams $TB4
		are_whole udp ok
		datagrams $TB6
		are_whole udp ok
	done
	change "$A" ovl0 udp6zerocsumtx
	datagrams $TB6
	are_whole udp zero
	log_test "segments of datagrams are whole packets"
}

# A device that does segment and sum, but cannot do it inside of a tunnel.
no_tunnel_offload()
{
	local remote

	underlay
	offload u0 on
	ip netns exec "$A" ethtool -K u0 tx-udp_tnl-segmentation off \
		tx-udp_tnl-csum-segmentation off > /dev/null
	device L2 $B4
	for remote in $B4 $B6; do
		change "$A" ovl0 remote $remote
		tcp "$TENANT4"
		are_whole tcp ok "ok|partial"
		tcp "vlan=7.5 $TENANT6"
		are_whole tcp ok "ok|partial"
		datagrams $TB4
		are_whole udp ok "ok|partial"
	done
	log_test "segments where the underlay does not know tunnels"
}

tests_run
exit "$EXIT_STATUS"
