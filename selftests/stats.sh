#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every cause has a counter of its own, which ethtool -S names, and is part of
# the fields of ip -s link as it should; what passes is counted exactly; what is
# found before a device is known is shown on every device of the socket.  Each
# drop is an event for tracers, and the core is told a reason.
#
#   A                                           B
#   ovl0; ovl3 (L3); ovl6 to ovl8, in another   ovl1 (only in some)
#   u0  10.0.0.1, fd00::1 --------------------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="names fields_rx fields_tx flows metadata adds_up passed port_counters traced reasons"

# In this order: programs may have learned it.
NAMES="port_rx_short port_rx_version port_rx_unknown_vni rx_down rx_oam
rx_opt_malformed rx_opt_critical rx_opt_mismatch rx_proto rx_source
rx_zero_csum6 rx_nested rx_inner_short rx_own_mac rx_ecn_drop rx_nomem
tx_no_route tx_loop tx_nesting tx_too_big tx_inner_short tx_nomem
rx_ecn_notect_ect rx_ecn_ce_ect1 rx_ecn_ect1_ect0
rx_mac_static rx_mac_invalid tx_no_endpoint tx_proxy_unknown rx_learn_full
rx_learn_nomem
rx_opt_too_long tx_opt_malformed tx_opt_too_long tx_vni rx_opt_no_critical
rx_oam_nomem rx_flow_evicted rx_flow_nomem rx_queue_full"

# Which fields tell of a cause.
declare -A FIELDS=(
	[port_rx_short]="" [port_rx_version]="" [port_rx_unknown_vni]=""
	[rx_down]="rx_dropped"
	[rx_oam]="rx_dropped"
	[rx_opt_malformed]="rx_errors rx_frame_errors"
	[rx_opt_critical]="rx_dropped"
	[rx_opt_mismatch]="rx_errors rx_frame_errors"
	[rx_proto]="rx_errors rx_frame_errors"
	[rx_source]="rx_dropped"
	[rx_zero_csum6]="rx_errors rx_crc_errors"
	[rx_nested]="rx_dropped"
	[rx_inner_short]="rx_errors rx_length_errors"
	[rx_own_mac]="rx_errors"
	[rx_ecn_drop]="rx_errors rx_frame_errors"
	[rx_nomem]="rx_dropped"
	[tx_no_route]="tx_errors tx_carrier_errors"
	[tx_loop]="tx_errors collisions"
	[tx_nesting]="tx_errors collisions"
	[tx_too_big]="tx_dropped"
	[tx_inner_short]="tx_errors tx_aborted_errors"
	[tx_nomem]="tx_dropped"
	[rx_ecn_notect_ect]="" [rx_ecn_ce_ect1]="" [rx_ecn_ect1_ect0]=""
	[rx_mac_static]="rx_dropped"
	[rx_mac_invalid]="rx_errors rx_frame_errors"
	[tx_no_endpoint]="tx_dropped"
	[tx_proxy_unknown]="tx_dropped"
	[rx_learn_full]="" [rx_learn_nomem]=""
	[rx_opt_too_long]="rx_dropped"
	[tx_opt_malformed]="tx_errors tx_aborted_errors"
	[tx_opt_too_long]="tx_dropped"
	[tx_vni]="tx_errors tx_aborted_errors"
	[rx_opt_no_critical]="" [rx_oam_nomem]="" [rx_flow_evicted]=""
	[rx_flow_nomem]="" [rx_queue_full]=""
)
ALL_FIELDS="rx_errors rx_dropped rx_length_errors rx_over_errors rx_crc_errors
rx_frame_errors rx_fifo_errors rx_missed_errors tx_errors tx_dropped
tx_aborted_errors tx_carrier_errors tx_fifo_errors tx_heartbeat_errors
tx_window_errors collisions"

# Options of class 0xffff: known to nobody
PLAIN=ffff000111223344 CRITICAL=ffff800111223344
# Another device on the socket, and one on the port of another
RED=5002 OTHER_PORT=6082

names()
{
	local line seen=''

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	while read -r line; do
		[[ $line == NIC* ]] || seen+=" ${line%%:*}"
	done < <(ip netns exec "$A" ethtool -S ovl0)
	line=" ${NAMES//$'\n'/ }"
	[ "$seen" = "$line" ]
	check_err $? "expected:$line, seen:$seen"
	log_test "names of the counters"
}

# The counter of a cause goes up, its fields do, and no other.
told() # DEVICE CAUSE NUMBER
{
	local field wanted=''

	for field in $ALL_FIELDS; do
		case " ${FIELDS[$2]} " in
		*" $field "*) wanted+=" link.$field=$3" ;;
		*) wanted+=" link.$field=0" ;;
		esac
	done
	moved $1 $2=$3 $wanted
}

# As many packets as that come from B, and are dropped.
drop_rx() # NUMBER CAUSE FIELDS...
{
	local number=$1 cause=$2

	shift 2
	mark ovl0
	send u1 count=$number $OUTER4 $IN4 "$@"
	told ovl0 $cause $number
}

# The same, on their way to B.
drop_tx() # NUMBER CAUSE [FIELDS...]
{
	local number=$1 cause=$2

	shift 2
	mark ovl0
	send ovl0 count=$number $TENANT4 "$@"
	told ovl0 $cause $number
}

# All that can be made to happen without a lack of memory; each as often as no
# other.
all_rx()
{
	tunnel "$A" red id $RED remote $B4
	ip_in "$A" addr add $TA4/24 dev red

	drop_rx 1 port_rx_short cut=4
	drop_rx 2 port_rx_version ver=1
	drop_rx 3 port_rx_unknown_vni vni=9
	drop_rx 4 rx_oam o=1
	drop_rx 5 rx_opt_malformed opts=ffff0002 cut=40
	drop_rx 6 rx_opt_critical c=1 opts=$CRITICAL
	drop_rx 7 rx_opt_mismatch opts=$PLAIN$CRITICAL
	drop_rx 8 rx_proto proto=0x0806
	drop_rx 9 rx_source src=10.0.0.3
	drop_rx 10 rx_nested vni=$RED in.src=$B4 in.dst=$A4 in.vni=$VNI \
		in.in.src=$TB4 in.in.dst=$TA4 in.in.dmac=$MAC_TA in.in.smac=$MAC_TB
	drop_rx 11 rx_inner_short cut=21
	drop_rx 12 rx_own_mac in.smac=$MAC_TA
	drop_rx 13 rx_ecn_drop ecn=ce in.ecn=not
	ip_in "$A" link set ovl0 down
	drop_rx 14 rx_down
	ip_in "$A" link set ovl0 up
	# what has seen the device go down cannot send
	ask close ovl0
	port ovl0 "$A" ovl0
	change "$A" ovl0 remote $B6
	mark ovl0
	send u1 count=15 $OUTER6 $IN4 csum=zero
	told ovl0 rx_zero_csum6 15
	change "$A" ovl0 remote $B4
	change "$A" ovl0 optmax 4
	drop_rx 23 rx_opt_too_long opts=$PLAIN
	change "$A" ovl0 optmax unlimited
	# these are delivered
	drop_rx 24 rx_opt_no_critical c=1 opts=$PLAIN
	drop_rx 16 rx_ecn_notect_ect ecn=ect0 in.ecn=not
	drop_rx 17 rx_ecn_ce_ect1 ecn=ect1 in.ecn=ce
	drop_rx 18 rx_ecn_ect1_ect0 ecn=ect0 in.ecn=ect1
}

all_tx()
{
	ip_in "$A" route add unreachable $B4
	drop_tx 19 tx_no_route
	ip_in "$A" route replace $B4 dev ovl0
	drop_tx 20 tx_loop
	ip_in "$A" route del $B4
	ip_in "$A" link set ovl0 mtu 1600
	change "$A" ovl0 df set
	drop_tx 21 tx_too_big pay=1500
}

fields_rx()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	all_rx
	log_test "fields that tell what was received and dropped"
}

# One device in the other, more than may be.
nested_tunnels()
{
	local n

	for n in {1..8}; do
		ip_in "$A" <<-END
		addr add 10.$n.0.1/24 dev ovl$((n - 1))
		neigh replace 10.$n.0.2 lladdr $MAC_B dev ovl$((n - 1)) nud permanent
		END
		tunnel "$A" ovl$n id $n remote 10.$n.0.2
	done
}

# The device at which it is too much.
too_deep()
{
	local n

	for n in {0..8}; do
		ask counter ovl$n tx_nesting
		[ "${SAID[0]}" = 0 ] || { echo ovl$n; return; }
	done
	return 1
}

fields_tx()
{
	local dev

	underlay mtu 9000
	tunnel "$A" ovl0 id $VNI remote $B4
	ip_in "$A" link set u0 mtu 1500
	all_tx
	tunnel_l3 "$A" l3 id $RED remote $B4
	mark l3
	send l3 count=22 $L3TENANT4 trunc=19
	told l3 tx_inner_short 22
	ip_in "$A" <<-END
	link set u0 mtu 9000
	link set ovl0 mtu 8950
	END
	change "$A" ovl0 df unset
	nested_tunnels
	send ovl8 $TENANT4
	dev=$(busywait 5000 too_deep)
	check_err $? "expected: tx_nesting at one of ovl0 to ovl8, seen: none"
	[ -z "$dev" ] || { mark $dev; send ovl8 count=3 $TENANT4; told $dev tx_nesting 3; }
	log_test "fields that tell what was to be sent and dropped"
}

# Eight are remembered at least; each one more is in the place of another one.
flows()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 reflect 1
	mark ovl0
	send u1 count=33 inc=in.sport $OUTER4 $IN4 in.sport=1
	told ovl0 rx_flow_evicted 25
	log_test "flows that are forgotten"
}

# What routes say of the outer headers cannot be carried out.
metadata()
{
	underlay
	tunnel "$A" ovl0 external optmax 4
	ip_in "$A" <<-END
	addr add $TA4/24 dev ovl0
	neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
	route add 192.168.8.0/24 encap ip id 16777216 dst $B4 via $TB4 dev ovl0
	route add 192.168.9.0/24 encap ip id 7 dst $B4 geneve_opts 0xffff:0x01:11223344 via $TB4 dev ovl0
	END
	check_err $? "no routes with metadata here"
	mark ovl0
	udp "$A" to=192.168.8.1 count=26
	told ovl0 tx_vni 26
	udp "$A" to=192.168.9.1 count=27
	told ovl0 tx_opt_too_long 27
	log_test "metadata that says what cannot be sent"
}

# What ip shows is the sum of what ethtool shows.
adds_up()
{
	local stats seen wanted='' field cause
	declare -A sum=()

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	all_rx
	all_tx
	stats=$(ip netns exec "$A" ethtool -S ovl0)
	for cause in $NAMES; do
		for field in ${FIELDS[$cause]}; do
			[[ $stats =~ [[:blank:]]$cause:\ ([0-9]+) ]]
			check_err $? "ethtool -S does not show $cause"
			: $((sum[$field] += BASH_REMATCH[1]))
		done
	done
	seen=$(ip -n "$A" -s -s -j link show dev ovl0 | jq -r '.[0].stats64 |
		"\(.rx.errors) \(.rx.dropped) \(.rx.length_errors)",
		"\(.rx.frame_errors) \(.rx.crc_errors)",
		"\(.tx.errors) \(.tx.dropped) \(.tx.carrier_errors)",
		"\(.tx.aborted_errors) \(.tx.collisions)"')
	for field in rx_errors rx_dropped rx_length_errors rx_frame_errors \
			rx_crc_errors tx_errors tx_dropped tx_carrier_errors \
			tx_aborted_errors collisions; do
		wanted+=" ${sum[$field]:-0}"
	done
	seen=" ${seen//$'\n'/ }"
	[ "$seen" = "$wanted" ]
	check_err $? "expected in ip -s -s -j link:$wanted, seen:$seen"
	# 5 + 7 + 8 + 11 + 12 + 13 + 15, and 4 + 6 + 9 + 10 + 14 + 23
	[[ $seen == " 71 66 11 33 15 39 21 19 0 20" ]]
	check_err $? "not as many as were sent: $seen"
	log_test "the fields are the sums of the counters"
}

# NUMBER frames of which the device counts BYTES: those of the IP packet, as
# other tunnels do.
goes_out() # NUMBER BYTES FRAME...
{
	local number=$1 bytes=$2

	shift 2
	mark ovl0
	send ovl0 count=$number "$@"
	expect u1 n=$number vni=$VNI
	moved ovl0 link.tx_packets=$number link.tx_bytes=$((number * bytes)) \
		link.rx_packets=0 link.rx_bytes=0
}

comes_in() # NUMBER BYTES PACKET...
{
	local number=$1 bytes=$2

	shift 2
	mark ovl0
	send u1 count=$number "$@"
	expect ovl0 n=$number dir=in
	moved ovl0 link.rx_packets=$number link.rx_bytes=$((number * bytes)) \
		link.tx_packets=0 link.tx_bytes=0
}

both_ways()
{
	goes_out 7 128 $1 pay=100
	goes_out 5 1248 $2 pay=1200
	comes_in 6 138 $3 in.pay=110
	comes_in 4 1058 $4 in.pay=1010
}

passed()
{
	local outer

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	for outer in "$OUTER4" "$OUTER6"; do
		both_ways "$TENANT4" "$TENANT6" "$outer $IN4" "$outer $IN6"
		change "$A" ovl0 remote $B6
	done
	# the tenant's dropped ones are not among those that passed
	mark ovl0
	send u1 count=3 $OUTER6 $IN4 o=1
	moved ovl0 rx_oam=3 link.rx_packets=0 link.rx_bytes=0
	drop_tunnel "$A" ovl0
	ask close ovl0
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	both_ways "$L3TENANT4" "$L3TENANT6" "$OUTER4 $L3IN4" "$OUTER4 $L3IN6"
	log_test "packets and bytes that pass"
}

# What has no device, on all of that socket, and on no other.
port_counters()
{
	local what

	underlay
	must geneve $OTHER_PORT
	tunnel "$A" ovl0 id $VNI remote $B4
	tunnel "$A" red id $RED remote $B4
	tunnel "$A" other id $VNI remote $B4 dstport $OTHER_PORT
	tunnel "$A" ovl6 id $VNI remote $B6
	mark ovl0 red other ovl6
	for what in "port_rx_short cut=4" "port_rx_version ver=1" \
			"port_rx_unknown_vni vni=9"; do
		set -- $what
		send u1 count=3 $OUTER4 $IN4 $2
		moved ovl0 $1=3
		moved red $1=3
		moved other
		moved ovl6
		send u1 count=2 $OUTER4 $IN4 $2 dport=$OTHER_PORT
		moved other $1=2
		moved ovl0
		moved red
		moved ovl6
		send u1 $OUTER6 $IN4 $2
		moved ovl6 $1=1
		moved ovl0
		moved other
	done
	# a device that comes later sees what the socket has seen
	tunnel "$A" late id 9 remote $B4
	must counter late port_rx_version
	[ "${SAID[0]:-}" = 3 ]
	check_err $? "expected: port_rx_version of 3, seen: ${SAID[0]:-}"
	# what is of a device, is of that one
	mark ovl0 red
	send u1 $OUTER4 $IN4 o=1
	moved ovl0 rx_oam=1
	moved red
	log_test "counters of the socket, on each of its devices"
}

TRACING=/sys/kernel/tracing

# Trace these events from now on, apart from what else may be traced.
trace_on() # EVENT...
{
	local event

	[ -e $TRACING/trace ] || mount -t tracefs none $TRACING 2> /dev/null
	for event; do
		[ -w "$TRACING/events/$event/enable" ] || return 1
	done
	TRACE=$TRACING/instances/$OVL_TAG
	mkdir "$TRACE" 2> /dev/null || return 1
	defer rmdir "$TRACE"
	for event; do
		echo 1 > "$TRACE/events/$event/enable"
		defer trace_off "$event"
	done
}

trace_off() # EVENT
{
	echo 0 > "$TRACE/events/$1/enable"
}

# Has there been such an event?
trace_has() # REGEX
{
	[[ $(< "$TRACE/trace") =~ $1 ]]
}

# The one event of a drop.
event() # DEVICE CAUSE LEN
{
	local trace regex="ovl_drop: dev=$1 ifindex=([0-9]+) cause=$2 len=$3 skbaddr="

	busywait 5000 trace_has "$regex"
	check_err $? "expected: event with dev=$1 cause=$2 len=$3, seen: none"
	trace=$(< "$TRACE/trace")
	: > "$TRACE/trace"
	[ "$(grep -c ' ovl_drop: ' <<< "$trace")" = 1 ]
	check_err $? "expected: one event, for $2, seen: $trace"
	[[ $trace =~ $regex ]]
	IFINDEX=${BASH_REMATCH[1]:-}
}

traced()
{
	local ifindex

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	if ! trace_on ovl/ovl_drop; then
		log_test_skip "events of drops" "no tracing here"
		return
	fi
	ifindex=$(ip -n "$A" -j link show dev ovl0 | jq '.[0].ifindex')

	# before there is a device: the one it came in by; as long as it is then
	send u1 $OUTER4 $IN4 in.pay=100 ver=1
	event u0 port_rx_version $((8 + 8 + 14 + 128))
	send u1 $OUTER4 $IN4 in.pay=101 vni=9
	event u0 port_rx_unknown_vni $((8 + 8 + 14 + 129))
	send u1 $OUTER4 cut=4
	event u0 port_rx_short $((8 + 4))
	send u1 $OUTER4 $IN4 in.pay=102 o=1
	event ovl0 rx_oam $((8 + 8 + 14 + 130))
	[ "$IFINDEX" = "$ifindex" ]
	check_err $? "expected: ifindex=$ifindex, seen: $IFINDEX"
	send u1 $OUTER4 $IN4 c=1 opts=$CRITICAL
	event ovl0 rx_opt_critical "[0-9]+"
	send u1 $OUTER4 $IN4 in.pay=103 in.smac=$MAC_TA
	event ovl0 rx_own_mac 131
	send u1 $OUTER4 $IN4 in.pay=104 ecn=ce in.ecn=not
	event ovl0 rx_ecn_drop 132
	change "$A" ovl0 optmax 4
	send u1 $OUTER4 $IN4 opts=$PLAIN
	event ovl0 rx_opt_too_long "[0-9]+"
	change "$A" ovl0 optmax unlimited
	ip_in "$A" route add unreachable $B4
	send ovl0 $TENANT4 pay=105
	event ovl0 tx_no_route $((14 + 133))
	ip_in "$A" route del unreachable $B4
	ip_in "$A" link set ovl0 mtu 1600
	change "$A" ovl0 df set
	send ovl0 $TENANT4 pay=1500
	event ovl0 tx_too_big "[0-9]+"
	# no event for what passes, be it worth counting
	mark ovl0
	send u1 $OUTER4 $IN4 ecn=ect0 in.ecn=not
	moved ovl0 rx_ecn_notect_ect=1
	send u1 $OUTER4 $IN4 c=1 opts=$PLAIN
	moved ovl0 rx_opt_no_critical=1
	! trace_has "ovl_drop: "
	check_err $? "an event for a packet that was not dropped"
	log_test "events of drops"
}

# The core's event about the very packet that ovl's is about.
reason() # CAUSE REASON
{
	local trace skb seen

	busywait 5000 trace_has "cause=$1 len=[0-9]+ skbaddr=([^[:space:]]+)"
	check_err $? "expected: event with cause=$1, seen: none"
	trace=$(< "$TRACE/trace")
	[[ $trace =~ cause=$1\ len=[0-9]+\ skbaddr=([^[:space:]]+) ]]
	skb=${BASH_REMATCH[1]:-none}
	busywait 5000 trace_has "kfree_skb: skbaddr=$skb [^"$'\n'"]*reason: "
	trace=$(< "$TRACE/trace")
	: > "$TRACE/trace"
	[[ ${trace#*cause="$1" } =~ kfree_skb:\ skbaddr=$skb\ [^$'\n']*reason:\ ([A-Z0-9_]+) ]]
	seen=${BASH_REMATCH[1]:-nothing}
	[ "$seen" = "$2" ]
	check_err $? "expected for $1: $2, seen: $seen"
}

# The first of these names that this kernel has.
first_known() # REASON...
{
	local name

	for name; do
		[[ $REASONS != *"\"$name\""* ]] || { echo "$name"; return; }
	done
	echo "one of $*"
}

reasons()
{
	local what cause reason

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	if ! trace_on ovl/ovl_drop skb/kfree_skb; then
		log_test_skip "reasons that the core is told" "no tracing here"
		return
	fi
	REASONS=$(< $TRACING/events/skb/kfree_skb/format)
	while read -r what cause reason; do
		[ -n "$what" ] || continue
		send u1 $OUTER4 $IN4 ${what//,/ }
		reason $cause "$(first_known $reason)"
	done <<-END
	cut=4				port_rx_short PKT_TOO_SMALL
	vni=9				port_rx_unknown_vni VXLAN_VNI_NOT_FOUND NO_SOCKET
	ver=1				port_rx_version VXLAN_INVALID_HDR DEV_HDR
	c=1,opts=$CRITICAL		rx_opt_critical VXLAN_INVALID_HDR DEV_HDR
	o=1				rx_oam UNHANDLED_PROTO
	in.smac=$MAC_TA			rx_own_mac LOCAL_MAC NOT_SPECIFIED
	ecn=ce,in.ecn=not		rx_ecn_drop IP_TUNNEL_ECN NOT_SPECIFIED
	END
	ip_in "$A" route add unreachable $B4
	send ovl0 $TENANT4
	reason tx_no_route IP_OUTNOROUTES
	log_test "reasons that the core is told"
}

tests_run
exit "$EXIT_STATUS"
