#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The outer UDP source port: one for all packets of a flow of the tenant, spread
# evenly over the range for many flows, and never taken for the port to answer
# to.  (RFC 8926 section 3.3)
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="one_flow fragments segments other_frames many_flows range changed
	not_swapped"

# How many different source ports are on the wire; they are then in PORTS.
distinct() # SELECT...
{
	local port
	declare -gA PORTS=()

	values u1 sport vni=$VNI "$@"
	for port in "${SAID[@]}"; do
		PORTS[$port]=$((${PORTS[$port]:-0} + 1))
	done
	DISTINCT=${#PORTS[@]}
}

check_distinct() # HOW_MANY WHAT
{
	[ "$DISTINCT" = "$1" ]
	check_err $? "expected $1 source ports for $2, seen $DISTINCT: ${!PORTS[*]}"
}

# So many flows, and the ports that they got.
flows() # N FRAME
{
	clear_port u1
	send ovl0 $2 count=$1 inc=sport sport=1000
	expect u1 in.sport=$((1000 + $1 - 1))
	distinct
}

# Some packets of the very same flow.
check_one_flow() # FRAME
{
	clear_port u1
	send ovl0 $1 sport=77 count=50
	expect u1 n=2 in.sport=77
	send ovl0 $1 sport=77 pay=1000
	expect u1 in.sport=77 in.paylen=1000
	distinct
	check_distinct 1 "one flow of $1"
}

one_flow()
{
	local remote

	underlay
	for remote in $B4 $B6; do
		tunnel "$A" ovl0 id $VNI remote $remote
		check_one_flow "$TENANT4"
		check_one_flow "$TENANT6"
		check_one_flow "$TENANT4 l4=tcp"
		check_one_flow "vlan=7.5 $TENANT4"
		check_one_flow "vlan=ad:8+9 $TENANT6 l4=tcp"
		ask close ovl0
		drop_tunnel "$A" ovl0
		tunnel_l3 "$A" ovl0 id $VNI remote $remote
		check_one_flow "$L3TENANT4"
		check_one_flow "$L3TENANT6 l4=tcp"
		ask close ovl0
		drop_tunnel "$A" ovl0
	done
	log_test "one source port for one flow"
}

# Fragments of the tenant's: only the first has its ports.
fragments()
{
	local tenant

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	for tenant in "$TENANT4" "$TENANT6"; do
		clear_port u1
		send ovl0 $tenant pay=1200 frag=400
		expect u1 in.mf=1 in.off=0
		expect u1 in.mf=1 "in.off>0"
		expect u1 in.mf=0
		send ovl0 $tenant pay=1200 frag=400
		expect u1 in.mf=0
		distinct
		check_distinct 1 "fragments of $tenant"
	done
	log_test "one source port for a packet in fragments"
}

segments()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	send ovl0 $TENANT4 l4=tcp csum=partial gso=tcp4:1000 pay=9000
	expect u1 in.seq=8001
	distinct
	check_distinct 1 "segments of one packet"
	log_test "one source port for a packet in segments"
}

# Frames that are no IP packets: by their addresses.
other_frames()
{
	local n

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	send ovl0 dmac=$MAC_TB smac=$MAC_TA count=50
	expect u1 in.type=0x88b5
	distinct
	check_distinct 1 "frames of one pair of addresses"
	for ((n = 10; n < 40; n++)); do
		send ovl0 dmac=$MAC_TB smac=02:00:00:00:03:$n
	done
	expect u1 in.smac=02:00:00:00:03:39
	distinct
	[ "$DISTINCT" -gt 25 ]
	check_err $? "expected about 30 source ports for 30 stations, seen $DISTINCT"
	log_test "one source port for a pair of addresses"
}

# 1024 flows: hardly two on one port; and chi-square over 16 parts of the range
# below 50, which chance exceeds once in 80,000 times.
check_spread() # FRAME
{
	local port part i sum=0 parts=()

	flows 1024 "$1"
	[ "$DISTINCT" -gt 900 ]
	check_err $? "expected over 900 source ports for 1024 flows, seen $DISTINCT"
	for port in "${!PORTS[@]}"; do
		part=$((port / 4096))
		parts[part]=$((${parts[part]:-0} + ${PORTS[$port]}))
	done
	for ((i = 0; i < 16; i++)); do
		sum=$((sum + (${parts[i]:-0} - 64) * (${parts[i]:-0} - 64)))
	done
	[ $((sum / 64)) -lt 50 ]
	check_err $? "uneven: ${parts[*]} flows in 16 parts of the range"
}

many_flows()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	check_spread "$TENANT4"
	check_spread "$TENANT6 l4=tcp"
	check_spread "vlan=ad:8+9 $TENANT4"
	log_test "many flows are spread evenly over all ports"
}

# Both ends of the range are part of it.
check_range() # LOW HIGH
{
	local port

	flows 128 "$TENANT4"
	check_distinct $(($2 - $1 + 1)) "srcport $1 $2"
	for port in "${!PORTS[@]}"; do
		[ "$port" -ge "$1" ] && [ "$port" -le "$2" ]
		check_err $? "expected ports of $1 to $2, seen $port"
	done
}

range()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 srcport 2000 2003
	check_range 2000 2003
	log_test "source ports are of the range that was given"
}

changed()
{
	local range

	underlay
	tunnel "$A" ovl0 id $VNI remote $B6
	for range in "1 4" "65534 65535" "7 7" "65535 65535"; do
		change "$A" ovl0 srcport $range
		check_range $range
	done
	log_test "source ports are of the range that was changed"
}

# What the other end has chosen is its own affair.
not_swapped()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	send u1 $OUTER4 $IN4 sport=4444
	expect ovl0 src=$TB4
	send ovl0 $TENANT4 sport=9 dport=7777
	expect u1 dir=in in.sport=9 : dport=6081
	change "$A" ovl0 dstport 7000
	ask geneve 7000
	send u1 $OUTER4 $IN4 sport=4444 dport=7000 in.sport=5
	expect ovl0 sport=5
	send ovl0 $TENANT4 sport=10 dport=7777
	expect u1 dir=in in.sport=10 : dport=7000
	log_test "ports are not swapped for the way back"
}

tests_run
exit "$EXIT_STATUS"
