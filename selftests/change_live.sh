#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A live device is changed and loses nothing by it: for 60 seconds, or 20 on a slow
# machine, with iperf3 over UDP and TCP to an ovl device and to in-tree geneve, ten
# times a second by ttl, tos, udpcsum and df; and under a flood of frames by what
# decides where they go to and come from.
#
#   A                                     B
#   ovl0 192.168.0.1 (VNI 5001) --------- ovl0 192.168.0.2
#   ovl2 192.168.2.1 (port 6082) -------- gnv2 192.168.2.2, the in-tree driver
#   u0  10.0.0.1, .5 -------------------- u1  10.0.0.2

. "${0%/*}/lib_change.sh"

ALL_TESTS="iperf3 all_or_nothing sender receiver"

SECONDS_OF_IPERF3=${SECONDS_OF_IPERF3:-$((${#KSFT_MACHINE_SLOW} ? 20 : 60))}

# Lines of change, without end, ten a second
changes() # DEVICE...
{
	local n dev df=(set unset inherit) csum=(udpcsum noudpcsum) tos

	for ((n = 0; ; n++)); do
		printf -v tos '0x%x' $((n * 4 % 256))
		for dev; do
			echo "link set $dev type $KIND ttl $((n % 200 + 20))" \
				"tos $tos ${csum[n % 2]} df ${df[n % 3]}" ||
				return
		done
		read -rt 0.1 -u "$SLEEP_FD" _
	done 2> /dev/null
}

two_pairs()
{
	underlay
	offload u0 on
	offload u1 on
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI remote $B4
	link set ovl0 addrgenmode none
	addr add $TA4/24 dev ovl0
	link set ovl0 up
	link add ovl2 type $KIND id 2 remote $B4 dstport 6082
	link set ovl2 addrgenmode none
	addr add 192.168.2.1/24 dev ovl2
	link set ovl2 up
	END
	ip_in "$B" <<-END
	link add ovl0 type $KIND id $VNI remote $A4
	link set ovl0 addrgenmode none
	addr add $TB4/24 dev ovl0
	link set ovl0 up
	END
	ask close u0 u1
	FLOWS="$TB4 $TB4:-u"
	modprobe -q geneve || { log_info "no in-tree geneve driver here"; return; }
	ip_in "$B" <<-END
	link add gnv2 type geneve id 2 remote $A4 dstport 6082 udpcsum
	link set gnv2 addrgenmode none
	addr add 192.168.2.2/24 dev gnv2
	link set gnv2 up
	END
	FLOWS+=" 192.168.2.2 192.168.2.2:-u"
}

# A server of iperf3 on B, which is there when this returns.
server() # PORT
{
	local line server_fd

	exec {server_fd}< <(exec ip netns exec "$B" iperf3 -s -1 --forceflush -p "$1" 2>&1)
	defer stop $!
	while read -r -u "$server_fd" line; do
		[[ $line != *listening* ]] || return 0
	done
	return 1
}

iperf3()
{
	local flow port field pid rate changers=() clients=() ports=(a0 b0 a2) LOST=0

	command -v iperf3 > /dev/null ||
		{ log_test_skip "under iperf3" "no iperf3"; return; }
	two_pairs
	RESULTS=$(mktemp -d)
	defer rm -r "$RESULTS"
	port a0 "$A" ovl0
	port b0 "$B" ovl0
	port a2 "$A" ovl2
	[[ $FLOWS != *192.168.2.2* ]] || { port b2 "$B" gnv2; ports+=(b2); }
	declare -A BASE=()
	for port in "${ports[@]}"; do
		for field in rx_packets tx_packets; do
			ask counter $port link.$field
			BASE[$port.$field]=${SAID[0]}
		done
	done
	port=5200
	changing "$A" changes ovl0 ovl2
	changers+=($!)
	changing "$B" changes ovl0
	changers+=($!)
	for flow in $FLOWS; do
		server $((++port))
		check_err $? "no server of iperf3"
		rate="-b 1M"
		[[ $flow != *:-u ]] || rate="-u -b 500K -l 500 -w 208K"
		ip netns exec "$A" iperf3 -J -c "${flow%:*}" -p $port $rate \
			-t "$SECONDS_OF_IPERF3" > "$RESULTS/$port" &
		clients+=($!)
	done
	wait "${clients[@]}"
	for pid in "${changers[@]}"; do
		check_changing $pid
		stop $pid
	done
	port=5200
	for flow in $FLOWS; do
		check_flow "$flow" "$RESULTS/$((++port))"
	done
	ask counter b0 UdpRcvbufErrors
	log_info "UDP: $LOST lost in all, ${SAID[0]} because iperf3 did not fetch them"
	[ "$LOST" -le "${SAID[0]}" ]
	check_err $? "UDP: $LOST packets lost, ${SAID[0]} because iperf3 did not fetch them"
	check_path a0 b0
	[[ $FLOWS != *192.168.2.2* ]] || check_path a2 b2
	log_test "$SECONDS_OF_IPERF3 s of iperf3, changed ten times a second"
}

# It ran all the time; what UDP has lost is added to LOST.
check_flow() # FLOW FILE
{
	local bytes=0 lost=0 of

	if [[ $1 != *:-u ]]; then
		bytes=$(jq '.end.sum_received.bytes // 0' "$2")
		of=$(jq '.end.sum_sent.retransmits' "$2")
		log_info "TCP to ${1%:*}: $bytes bytes, $of segments sent again"
	else
		read -r bytes lost of < <(jq -r \
			'.end.sum | "\(.bytes) \(.lost_packets) \(.packets)"' "$2")
		log_info "UDP to ${1%:*}: $lost of $of packets lost"
		LOST=$((LOST + lost))
	fi
	[ "$bytes" -gt $((SECONDS_OF_IPERF3 * 40000)) ]
	check_err $? "${1%:*}: $bytes bytes in all: $(head -c 500 "$2")"
}

# What one end has sent is what the other one has received, and nobody has dropped.
check_path() # PORT PORT
{
	local seen port field

	seen=$(busywait 5000 same_packets "$1" "$2")
	check_err $? "$1 to $2: $seen"
	seen=$(busywait 5000 same_packets "$2" "$1")
	check_err $? "$2 to $1: $seen"
	for port in "$1" "$2"; do
		for field in rx_errors rx_dropped tx_errors tx_dropped; do
			ask counter $port link.$field
			[ "${SAID[0]}" = 0 ]
			check_err $? "$port: $field ${SAID[0]}"
		done
	done
}

same_packets() # FROM TO
{
	local sent received

	ask counter "$1" link.tx_packets
	sent=$((SAID[0] - BASE[$1.tx_packets]))
	ask counter "$2" link.rx_packets
	received=$((SAID[0] - BASE[$2.rx_packets]))
	echo "$sent sent, $received received"
	[ "$sent" = "$received" ]
}

# Of a change of three attributes a frame has all or none.
all_or_nothing()
{
	local one two

	underlay
	must geneve 6083
	ip_in "$A" neigh replace 10.0.0.9 lladdr $MAC_B dev u0
	tunnel "$A" ovl0 id $VNI remote $B4
	ask close u0
	flood ovl0 "$TENANT4 sport=11" u1 in.sport=11 \
		"id 7 dstport 6083 remote 10.0.0.9" "id $VNI dstport 6081 remote $B4"
	check_all_of "id, dstport and remote" "${SAID[0]}"
	ask count u1 in.sport=11 vni=$VNI dport=6081 dst=$B4 csum=ok
	one=${SAID[0]}
	ask count u1 in.sport=11 vni=7 dport=6083 dst=10.0.0.9 csum=ok
	two=${SAID[0]}
	check_all_of "either of both, $one and $two" $((one + two))
	[ "$one" -gt 0 ] && [ "$two" -gt 0 ]
	check_err $? "nothing has changed: $one and $two"
	log_test "a frame is sent by the old or the new attributes"
}

sender()
{
	local these those n=20

	underlay
	ip_in "$A" addr add 10.0.0.5/24 dev u0
	tunnel "$A" ovl0 id $VNI remote $B4
	ask close u0
	while read -r these those; do
		flood ovl0 "$TENANT4 sport=$((++n))" u1 "in.sport=$n vni=*" \
			"${these//_/ }" "${those//_/ }"
		check_all_of "$these, $those" "${SAID[0]}"
	done <<-END
	local_10.0.0.5 local_any
	dev_u0 nodev
	ttl_9_tos_8_df_unset_noudpcsum ttl_auto_tos_0_df_set_udpcsum
	END
	log_test "changes of a device that sends"
}

# What is right before and after a change is right amid it, too.
receiver()
{
	local these those n=30

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	ask close u0
	while read -r these those; do
		flood u1 "$OUTER4 $IN4 in.sport=$((++n))" ovl0 "dir=in sport=$n" \
			"${these//_/ }" "${those//_/ }"
		check_all_of "$these, $those" "${SAID[0]}"
	done <<-END
	local_$A4 local_any
	dev_u0 nodev
	local_$A4 dev_u0_local_any
	nosrccheck srccheck
	END
	log_test "changes of a device that receives"
}

tests_run
exit "$EXIT_STATUS"
