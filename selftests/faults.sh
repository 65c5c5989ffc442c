#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory runs out at each allocation of each operation, one after the other.  A
# request fails and leaves everything as it was, or it is carried out; a packet
# goes on or is counted; and the next try works.  Nothing is leaked.
#
#   A                                        B
#   ovl0
#   u0  10.0.0.1, fd00::1 ------------------ u1  10.0.0.2, fd00::2 (wire)
#
# Counted are the allocations below ovl's functions (below all of rtnetlink where
# that is said), by the kernel's fault injection: slab and pages.  It cannot make
# per-CPU memory run out.

. "${0%/*}/lib_options.sh"

shopt -s extglob

ALL_TESTS="creating creating_core changing following opening entries lists peers vnis deleting
	dumping nexthops sending receiving learning metadata flows oam
	loading leaks"

C4=10.0.0.3 D4=10.0.0.4 C6=fd00::3
ZERO=00:00:00:00:00:00 BROADCAST=ff:ff:ff:ff:ff:ff
INJECT=/sys/kernel/debug
# More of them has no operation
NTH_MAX=2000

[ "$KIND" = ovl ] || skip_all "$KIND is not what is tested"
[ -e /proc/self/fail-nth ] && [ -d $INJECT/failslab ] && FOUND=yes
[ -n "${FOUND:-}" ] ||
	skip_all "the kernel has no fault injection (CONFIG_FAULT_INJECTION)"
[ -e $INJECT/failslab/require-start ] ||
	skip_all "the kernel has no CONFIG_FAULT_INJECTION_STACKTRACE_FILTER"

# How many allocations were made to fail in all, and in this operation
FAILED=0 HERE=0

############################################################################
# What is made to fail.

# Kinds of failures; all count, so all have to be told where.
knobs() # NAME VALUE
{
	local kind

	for kind in failslab fail_page_alloc fail_usercopy; do
		[ ! -e "$INJECT/$kind/$1" ] || echo "$2" > "$INJECT/$kind/$1"
	done
}

below() # FIRST-ADDRESS ADDRESS-BEHIND
{
	knobs verbose 0
	knobs ignore-gfp-wait N
	knobs ignore-gfp-highmem N
	knobs min-order 0
	knobs reject-start 0
	knobs reject-end 0
	knobs require-end "0x$2"
	knobs require-start "0x$1"
}

# Allocations that ovl's functions ask for, themselves or by others; not those
# of making any device, which are all made to fail once, in creating_core.
below_ovl()
{
	local first last

	read -r first last < <(awk '$4 == "[ovl]" && $2 ~ /[tT]/ { print $1 }' \
		/proc/kallsyms | sort | sed -n '1p;$p' | paste -sd ' ')
	# to the end of the page that the last one is on
	below "$first" "$(printf '%x' $(((0x$last | 0xfff) + 1)))"
	but_not_below register_netdevice
}

but_not_below() # FUNCTION
{
	local first next

	read -r first next < <(range_of "$1")
	knobs reject-start 0
	knobs reject-end "0x$next"
	knobs reject-start "0x$first"
}

below_function() # NAME
{
	local first last

	read -r first last < <(range_of "$1")
	below "$first" "$last"
}

# Where a function of the kernel begins, and the next one
range_of() # FUNCTION
{
	awk '$2 ~ /[tT]/ && NF == 3' /proc/kallsyms | sort -u |
		awk -v name="$1" 'first && $1 != first { print first, $1; exit }
			$3 == name { first = $1 }'
}

not_any_more()
{
	knobs probability 0
	knobs require-start 0
	knobs require-end 0xffffffffffffffff
	knobs reject-start 0
	knobs reject-end 0
	knobs ignore-gfp-wait Y
	knobs ignore-gfp-highmem Y
	knobs min-order 1
	knobs task-filter N
}

############################################################################
# Requests.

# In STATE is everything that can be seen, but for the numbers of devices, in
# MEMBER the multicast groups of the underlay's device.  Often asked, so with few
# processes: IN_A is one that has the namespace's files.
look()
{
	local file line

	ip -n "$A" -d -b - > "$SEEN_FILE" <<-END
	link show
	link xstats type ovl
	END
	[ -z "${IN_C:-}" ] || ip -n "$C" -d link show >> "$SEEN_FILE"
	bridge -n "$A" -d fdb show dev ovl0 >> "$SEEN_FILE" 2> /dev/null
	read -rd '' STATE < "$SEEN_FILE"
	STATE=${STATE//$'\n'+([0-9]): ovl/$'\n'ovl}
	STATE=${STATE//@if+([0-9])/}
	for file in "/proc/$IN_A/net/"{udp,udp6}; do
		while read -r _ line _; do
			STATE+=$'\n'$line
		done < "$file"
	done
	MEMBER=
	while read -r line; do
		[[ $line != *" u0 "* ]] || MEMBER+=$line$'\n'
	done < "/proc/$IN_A/net/dev_mcast"
}

# Fail with what was expected and what is seen.
same() # WHEN WANTED SEEN
{
	[ "$2" = "$3" ] && return
	printf '%s, allocation %u:\n%s\n' "$1" "$NTH" \
		"$(diff <(echo "$2") <(echo "$3") | head -n 20)"
	check_err 1 "$1, allocation $NTH: not the same"
}

# The message of a refusal tells of memory; of too many open files where sockets
# say so.
check_said() # CMD...
{
	local said

	read -rd '' said < "$SAID_FILE"
	[[ $said =~ [mM]emory|"No buffer space"|"error -"(12|23|105) ]]
	check_err $? "allocation $NTH of $*: $said"
}

# Run CMD with its NTH allocation failing; sets STATUS and LEFT.
with_fault() # CMD...
{
	read -r STATUS LEFT < <("$SELFTESTS/nth" "$NTH" "$@" 2> "$SAID_FILE")
	[ -n "${LEFT:-}" ] && [ "$NTH" -lt $NTH_MAX ] && return
	check_err 1 "nth $NTH: $(head -n 1 "$SAID_FILE")"
	return 1
}

# All of a request's allocations fail, one after the other; UNDO, a command of
# ip, brings back what was there before.
each() # UNDO CMD...
{
	local undo=$1 before member after

	shift
	HERE=0
	NTH=0
	# once before: the first time leaves traces, of a longest header, a queue
	"$@"
	check_err $? "$* fails even without faults"
	undo
	look
	before=$STATE
	member=$MEMBER
	"$@"
	look
	after=$STATE
	undo
	look
	same "undone: $*" "$before" "$STATE"
	while : $((++NTH)); with_fault "$@"; do
		look
		if [ "$STATUS" = 0 ]; then
			# (a group is not joined then, of which IP does not tell)
			same "done: $*" "$after" "$STATE"
			undo
		else
			check_said "$@"
			same "refused: $*" "$before" "$STATE"
			same "refused: $*" "$member" "$MEMBER"
		fi
		[ "$LEFT" = 0 ] || break
		: $((++HERE)) $((++FAILED))
	done
	[ "$STATUS" = 0 ]
	check_err $? "the last try of $* fails: $(< "$SAID_FILE")"
	look
	same "undone: $*" "$before" "$STATE"
	same "undone: $*" "$member" "$MEMBER"
	[ "$HERE" -gt 0 ]
	check_err $? "no allocation failed in $*"
	log_info "$HERE allocations failed: ${*:4}"
}

undo()
{
	[ -z "$undo" ] || eval "$undo" > /dev/null
	check_err $? "cannot undo: $undo"
}

# The same for ip on A
each_ip() # UNDO ARGUMENT...
{
	each "${1:+ip -n $A $1}" ip -n "$A" "${@:2}"
}

each_set() # UNDO-ARGUMENTS TYPE-ARGUMENT...
{
	each_ip "link set ovl0 type ovl $1" link set ovl0 type ovl "${@:2}"
}

each_fdb() # UNDO ARGUMENT...
{
	each "${1:+bridge -n $A fdb $1}" bridge -n "$A" fdb "${@:2}"
}

# A request that shows something shows all of it, or says that it has failed.
each_dump() # CMD...
{
	local whole

	HERE=0
	NTH=0
	whole=$("$@" 2>&1)
	while : $((++NTH)); with_fault "$@"; do
		if [ "$STATUS" = 0 ]; then
			[ "$(< "$SAID_FILE")" = "$whole" ]
			check_err $? "allocation $NTH of $*: $(diff <(echo "$whole") "$SAID_FILE")"
		fi
		[ "$LEFT" = 0 ] || break
		: $((++HERE)) $((++FAILED))
	done
	[ "$STATUS" = 0 ]
	check_err $? "the last try of $* fails"
	[ "$HERE" -gt 0 ]
	check_err $? "no allocation failed in $*"
	log_info "$HERE allocations failed: ${*:4}"
}

underlay_and_c()
{
	local endpoint

	underlay
	setup_ns C
	for endpoint in $C4 $D4; do
		echo "neigh replace $endpoint lladdr $MAC_B dev u0 nud permanent"
	done | ip_in "$A"
	ask close u0
	ask sysctl "$A" net.ipv6.conf.default.addr_gen_mode 1
	ask sysctl "$C" net.ipv6.conf.default.addr_gen_mode 1
	ip netns exec "$A" sleep 3600 &
	IN_A=$!
	defer stop $!
	prepare
}

prepare()
{
	SAID_FILE=$(mktemp) SEEN_FILE=$(mktemp)
	defer rm "$SAID_FILE" "$SEEN_FILE"
	below_ovl
	defer not_any_more
}

# A device that is up
add_device() # TYPE-ARGUMENT...
{
	local address="address $MAC_TA"

	[[ $* != *innerprotoinherit* ]] || address=
	ip_in "$A" <<-END
	link add ovl0 $address type ovl $*
	link set ovl0 up
	END
	check_err $? "could not add ovl0 with $*"
}

each_new() # ARGUMENT...
{
	each_ip "link del ovl0" link add ovl0 "$@"
}

creating()
{
	underlay_and_c
	each_new address $MAC_TA type ovl id $VNI remote $B4
	each_new address $MAC_TA up type ovl id $VNI remote $B6 dev u0 local $A6 \
		dstport 6082 learning maxaddress 10 opts $PLAIN accept ffff:81 markopt ffff:05
	each_new address $MAC_TA up type ovl id $VNI group 239.1.1.1 dev u0
	each_new address $MAC_TA up type ovl external vnifilter
	each_new up type ovl id $VNI remote $B4 innerprotoinherit reflect 1000
	local IN_C=yes
	each "ip -n $C link del ovl0" ip -n "$A" link add ovl0 address $MAC_TA \
		netns "$C" up type ovl id $VNI remote $B4
	log_test "creating a device"
}

# Without memory for a device's name in sysfs, the core says "Invalid argument".
creating_core()
{
	underlay_and_c
	below_function rtnetlink_rcv_msg
	but_not_below dev_set_name
	each_new address $MAC_TA up type ovl id $VNI group 239.1.1.1 dev u0 opts $PLAIN
	log_test "creating a device, all of the kernel's allocations"
}

changing()
{
	underlay_and_c
	add_device id $VNI remote $B4 dev u0
	each_set "remote $B4" remote $C4
	each_set "remote $B4" remote $B6
	each_set "noopts" opts $PLAIN,$CRITICAL
	each_set "noaccept" accept ffff:81,ffff:*
	each_set "dstport 6081" dstport 6082
	each_set "id $VNI" id 7
	each_set "local any" local $A4
	each_set "reflect none" reflect 100
	each_set "nolearning ageing 300" learning ageing 10
	ip_in "$A" link set ovl0 type ovl remote any
	ip_in "$A" link set ovl0 type ovl group 239.1.1.2
	each_set "group 239.1.1.2" group 239.1.1.1
	each_set "group 239.1.1.2" group ff05::1
	log_test "changing a device"
}

# Whose MTU could not follow, for want of a route: the next packet sees to that.
following()
{
	local opts=$PLAIN,$CRITICAL

	underlay_and_c
	add_device id $VNI remote $B4
	port ovl0 "$A" ovl0
	HERE=0
	NTH=0
	while : $((++NTH)); with_fault ip -n "$A" link set ovl0 type ovl opts $opts; do
		[ "$STATUS" != 0 ] || send ovl0 $TENANT4
		[ "$STATUS" != 0 ] || busywait 10000 has_mtu 1434
		check_err $? "allocation $NTH: $(ip -n "$A" link show ovl0)"
		ip_in "$A" link set ovl0 type ovl noopts
		[ "$LEFT" = 0 ] || break
		: $((++HERE)) $((++FAILED))
	done
	has_mtu 1450
	check_err $? "without options: $(ip -n "$A" link show ovl0)"
	log_info "$HERE allocations failed: opts"
	log_test "the MTU follows in the end"
}

has_mtu() # BYTES
{
	[[ $(ip -n "$A" link show ovl0) == *" mtu $1 "* ]]
}

opening()
{
	underlay_and_c
	ip_in "$A" link add ovl0 address $MAC_TA type ovl id $VNI group 239.1.1.1 dev u0
	each_ip "link set ovl0 down" link set ovl0 up
	ip_in "$A" link set ovl0 type ovl group ff05::1
	each_ip "link set ovl0 down" link set ovl0 up
	each_ip "link set u0 mtu 1500" link set u0 mtu 1400
	log_test "opening a device"
}

entries()
{
	underlay_and_c
	add_device id $VNI remote $B4
	each_fdb "del $MAC_TB dev ovl0 self" add $MAC_TB dev ovl0 dst $B4 self
	each_fdb "del $MAC_TB dev ovl0 self" add $MAC_TB dev ovl0 dst $C4 self
	each_fdb "del $MAC_TB dev ovl0 self" add $MAC_TB dev ovl0 dst $C4 \
		port 6082 vni 7 via u0 self
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst $C4 self
	each_fdb "replace $MAC_TB dev ovl0 dst $C4 self" \
		replace $MAC_TB dev ovl0 dst $D4 self
	each_fdb "replace $MAC_TB dev ovl0 dst $C4 self" \
		replace $MAC_TB dev ovl0 dst $C4 self static
	ip_in "$A" <<-END
	nexthop add id 2 via $B4 fdb
	nexthop add id 3 via $C4 fdb
	nexthop add id 10 group 2/3 fdb
	END
	bridge -n "$A" fdb del $MAC_TB dev ovl0 self
	each_fdb "del $MAC_TB dev ovl0 self" add $MAC_TB dev ovl0 nhid 10 self
	drop_tunnel "$A" ovl0
	log_test "an entry of the FDB"
}

lists()
{
	underlay_and_c
	add_device id $VNI remote $B4
	each_fdb "del $ZERO dev ovl0 dst $C4 self" append $ZERO dev ovl0 dst $C4 self
	bridge -n "$A" fdb append $ZERO dev ovl0 dst $C4 self
	each_fdb "del $ZERO dev ovl0 dst $D4 self" append $ZERO dev ovl0 dst $D4 self
	each_fdb "append $ZERO dev ovl0 dst $C4 self" del $ZERO dev ovl0 dst $C4 self
	each_fdb "del 01:00:5e:00:00:01 dev ovl0 self" \
		append 01:00:5e:00:00:01 dev ovl0 dst $C4 self
	log_test "a flood list"
}

peers()
{
	underlay_and_c
	add_device id $VNI remote $B4 dev u0
	bridge -n "$A" fdb append $ZERO dev ovl0 dst $C4 self
	each_set "peer $C4 opts device" peer $C4 opts $PLAIN
	each_set "peer $C4 opts device" peer $C4 opts $PLAIN,$CRITICAL
	each_set "peer $C4 opts device" peer $C4 noopts
	log_test "options of a peer"
}

vnis()
{
	underlay_and_c
	add_device external vnifilter dev u0
	each_set "vni del 10-12" vni add 10-12
	each_set "vni del 10-12,20" vni add 10-12 remote $B4 vni add 20 group 239.1.1.1
	ip_in "$A" link set ovl0 type ovl vni add 10
	each_set "vni add 10 remote any" vni add 10 remote $B4
	each_set "vni add 10" vni del 10
	each_set "vni del 11 vni add 10 remote any" vni add 10 remote $C4 vni add 11
	log_test "VNIs of a device"
}

# That a device goes can never fail.
deleting()
{
	underlay_and_c
	make_full_device
	each "make_full_device" ip -n "$A" link del ovl0
	log_test "deleting a device"
}

make_full_device()
{
	add_device id $VNI remote $B4 opts $PLAIN reflect 10
	bridge -n "$A" -b - <<-END
	fdb append $ZERO dev ovl0 dst $C4 self
	fdb add $MAC_TB dev ovl0 dst $D4 self
	END
}

dumping()
{
	underlay_and_c
	make_full_device
	# the memory of an answer is the core's
	below_function netlink_dump
	each_dump ip -n "$A" link xstats type ovl
	each_dump bridge -n "$A" fdb show dev ovl0
	below_function rtnetlink_rcv_msg
	each_dump ip -n "$A" -d link show ovl0
	each_dump bridge -n "$A" fdb get $MAC_TB dev ovl0 self
	log_test "showing a device"
}

############################################################################
# Packets.

# The task makes its NTH allocation fail; afterwards LEFT is what is to come.
arm() # PID
{
	echo "$NTH" > "/proc/$1/fail-nth"
}

disarm() # PID
{
	LEFT=$(< "/proc/$1/fail-nth")
	echo 0 > "/proc/$1/fail-nth"
	[ "$LEFT" != 0 ] || : $((++HERE)) $((++FAILED))
}

# In COUNT, what was counted as lost on the way out: for want of memory, or of the
# route that it was needed for
lost_out()
{
	ask counter ovl0 link.tx_dropped
	COUNT=${SAID[0]}
	ask counter ovl0 link.tx_errors
	: $((COUNT += SAID[0]))
}

# The sum of copies on the wire and of those that were counted as lost
accounted() # WANTED
{
	lost_out
	ask count u1 dir=in l4=udp
	[ $((SAID[0] + COUNT - LOST)) = "$1" ]
}

# A frame of which there should be so many copies
each_sent() # COPIES FIELDS...
{
	HERE=0
	NTH=0
	while : $((++NTH)); [ $NTH -lt $NTH_MAX ]; do
		clear_port u1
		lost_out
		LOST=$COUNT
		arm "$WIRE_PID"
		ask send ovl0 "${@:2}"
		disarm "$WIRE_PID"
		busywait 10000 accounted "$1"
		check_err $? "allocation $NTH of ${*:2}: not $1 sent or counted"
		[ "$LEFT" = 0 ] || break
	done
	ask count u1 dir=in l4=udp
	[ "${SAID[0]}" = "$1" ]
	check_err $? "${*:2} is not sent even without faults"
	[ "$HERE" -gt 0 ]
	check_err $? "no allocation failed in ${*:2}"
	log_info "$HERE allocations failed: $1 copies"
}

nexthops()
{
	local n before

	underlay_and_c
	add_device id $VNI remote $B4
	ip_in "$A" <<-END
	nexthop add id 2 via $B4 fdb
	nexthop add id 3 via $C4 fdb
	nexthop add id 10 group 2/3 fdb
	END
	for n in {1..9}; do
		bridge -n "$A" fdb add 02:00:00:00:02:0$n dev ovl0 nhid 10 self
	done
	# what the device makes of it is made by a worker, whose allocations fail all
	# or every other time
	for n in 100 50 50 50 0; do
		knobs times -1
		knobs probability "$n"
		ip_in "$A" <<-END
		nexthop replace id 3 via $D4 fdb
		nexthop replace id 10 group 3 fdb
		nexthop replace id 10 group 2/3 fdb
		nexthop replace id 3 via $C6 fdb
		nexthop replace id 3 via $C4 fdb
		END
		sleep 0.2
		before=$(bridge -n "$A" fdb show dev ovl0 | grep -c 'nhid 10')
		[ "$before" = 9 ]
		check_err $? "expected: 9 entries, seen: $before"
	done
	knobs probability 0
	port ovl0 "$A" ovl0
	send ovl0 count=64 inc=sport $TENANT4 dmac=02:00:00:00:02:01 sport=1
	expect u1 n=64 dir=in l4=udp
	log_test "a group of nexthops changes"
}

sending()
{
	underlay_and_c
	add_device id $VNI remote $B4
	port ovl0 "$A" ovl0
	each_sent 1 $TENANT4 pay=100
	ip_in "$A" link set ovl0 type ovl opts "$(option ffff:01 31)" optmax 252
	each_sent 1 $TENANT4 pay=100
	bridge -n "$A" -b - <<-END
	fdb append $ZERO dev ovl0 dst $C4 self
	fdb append $ZERO dev ovl0 dst $D4 self
	fdb append $ZERO dev ovl0 dst $B6 self
	END
	each_sent 4 $TENANT4 dmac=$BROADCAST pay=100
	ip_in "$A" link set ovl0 type ovl df unset
	each_sent 4 $TENANT4 dmac=$BROADCAST pay=100
	ask counter ovl0 tx_nomem
	[ "${SAID[0]}" -gt 0 ]
	check_err $? "tx_nomem never counted"
	drop_tunnel "$A" ovl0
	log_test "sending"
}

# The underlay is a TAP device: what comes is received by the process that
# writes it, so that its allocations can be made to fail.  A clone of each packet
# is with a port.
tap_underlay()
{
	setup_ns A B C
	VNIC_PID=$("$SELFTESTS/vnic" "$A" u0 "$B" u1) || skip_all "no TAP device here"
	defer kill "$VNIC_PID"
	ip_in "$A" link set u0 address $MAC_A
	ip_in "$B" link set u1 address $MAC_B
	host "$A" u0 $A4 $A6 $B4 $B6 $MAC_B
	host "$B" u1 $B4 $B6 $A4 $A6 $MAC_A
	port u0 "$A" u0
	port u1 "$B" u1
	prepare
	# a port of wire's would miss what the device delivers
	but_not_below packet_rcv
}

# The packet came out, or was counted as lost, or both if COUNTER is no loss.
arrived()
{
	ask count ovl0 dir=in
	CAME=${SAID[0]}
	ask counter ovl0 "$1"
	COUNTED=$((SAID[0] - LOST))
	[ $((CAME + COUNTED)) -ge 1 ]
}

was_dropped()
{
	ask counter ovl0 link.rx_dropped
	[ "${SAID[0]}" = $((DROPPED + 1)) ]
}

came_out()
{
	ask count ovl0 dir=in
	[ "${SAID[0]}" -ge 1 ]
}

# A packet from B.  COUNTER is lost: what does not come out is counted there; told:
# all come out, and COUNTER counts what was not done; dropped: none comes out.
each_received() # COUNTER lost|told|dropped FIELDS...
{
	local seen=0

	HERE=0
	NTH=0
	while : $((++NTH)); [ $NTH -lt $NTH_MAX ]; do
		fresh "$NTH"
		clear_port ovl0 u0
		ask counter ovl0 "$1"
		LOST=${SAID[0]}
		ask counter ovl0 link.rx_dropped
		DROPPED=${SAID[0]}
		arm "$VNIC_PID"
		send u1 "${@:3}" $FRESH
		expect u0 dir=in
		case $2 in
		lost) busywait 5000 arrived "$1" > /dev/null ;;
		told) busywait 5000 came_out > /dev/null ;;
		dropped) busywait 5000 was_dropped > /dev/null ;;
		esac
		disarm "$VNIC_PID"
		judge_received "$@"
		[ "$RET" = 0 ] || return
		[ "$LEFT" = 0 ] || break
		# the very same once more
		clear_port ovl0
		send u1 "${@:3}" $FRESH
		[ "$2" = dropped ] || expect ovl0 dir=in
	done
	[ "$HERE" -gt 0 ] && [ $seen -gt 0 ]
	check_err $? "$1 was not counted, $HERE allocations failed"
	log_info "$HERE allocations failed, $seen times counted: $1"
}

judge_received() # COUNTER lost|told|dropped FIELDS...
{
	arrived "$1"
	[ "$COUNTED" = 0 ] || : $((++seen))
	case $2 in
	lost) [ $((CAME + COUNTED)) = 1 ] ;;
	told) [ "$CAME" = 1 ] && [ "$COUNTED" -le 1 ] ;;
	dropped) was_dropped && [ "$CAME" = 0 ] && [ "$COUNTED" -le 1 ] ;;
	esac
	check_err $? "allocation $NTH: $CAME came out, $1 counted $COUNTED"
	[ "$LEFT" = 0 ] || [ "$COUNTED" = 0 ]
	check_err $? "$1 counted without a fault"
}

# What a test needs to be new in each packet
fresh() # NUMBER
{
	printf -v FRESH '%s' ""
}

receiving()
{
	tap_underlay
	add_device id $VNI remote $B4
	port ovl0 "$A" ovl0
	# has to be written to: the outer CE goes to the inner header
	each_received rx_nomem lost $OUTER4 ecn=ce $IN4 in.ecn=ect0
	each_received rx_nomem lost $OUTER4 ecn=ce $IN6 in.ecn=ect0
	drop_tunnel "$A" ovl0
	log_test "receiving"
}

learning()
{
	fresh() { printf -v FRESH 'in.smac=02:00:00:00:03:%02x' "$1"; }

	tap_underlay
	add_device id $VNI remote $B4 learning
	port ovl0 "$A" ovl0
	# somebody who is told of it
	bridge -n "$A" monitor fdb > /dev/null 2>&1 &
	defer stop $!
	each_received rx_learn_nomem told $OUTER4 $IN4
	fresh() { printf -v FRESH 'in.smac=02:00:00:00:04:%02x src=10.0.0.%u' "$1" "$(($1 + 100))"; }
	each_received rx_learn_nomem told $OUTER4 $IN4
	drop_tunnel "$A" ovl0
	log_test "learning"
	fresh() { FRESH=; }
}

metadata()
{
	fresh() { FRESH="sport=$((1000 + $1))"; }

	tap_underlay
	add_device external nosrccheck
	port ovl0 "$A" ovl0
	each_received rx_nomem lost $OUTER4 opts=$WPLAIN $IN4
	each_received rx_nomem lost $OUTER6 opts=$WPLAIN$WPLAIN $IN4
	drop_tunnel "$A" ovl0
	log_test "receiving with metadata"
	fresh() { FRESH=; }
}

flows()
{
	fresh() { FRESH="in.sport=$((1000 + $1))"; }

	tap_underlay
	add_device id $VNI remote $B4 innerprotoinherit reflect 100
	port ovl0 "$A" ovl0
	each_received rx_flow_nomem told $OUTER4 opts=$WPLAIN $L3IN4
	drop_tunnel "$A" ovl0
	log_test "remembering a flow"
	fresh() { FRESH=; }
}

oam()
{
	tap_underlay
	add_device id $VNI remote $B4
	port ovl0 "$A" ovl0
	ip netns exec "$A" "$SELFTESTS/oam_listen" > "$SAID_FILE" &
	defer stop $!
	busywait 5000 grep -q joined "$SAID_FILE"
	each_received rx_oam_nomem dropped $OUTER4 $IN4 o=1
	grep -q '^dev=ovl0' "$SAID_FILE"
	check_err $? "nothing was told"
	drop_tunnel "$A" ovl0
	log_test "telling of an OAM packet"
}

############################################################################
# The module.

loading()
{
	SAID_FILE=$(mktemp)
	defer rm "$SAID_FILE"
	setup_ns A C
	defer not_any_more
	if ! modprobe -r ovl 2> /dev/null; then
		log_test_skip "loading the module" "it is in use"
		return
	fi
	defer modprobe ovl
	below_function do_one_initcall
	HERE=0
	NTH=0
	while : $((++NTH)); with_fault modprobe ovl; do
		[ "$LEFT" = 0 ] || break
		: $((++HERE)) $((++FAILED))
		if [ "$STATUS" = 0 ]; then
			modprobe -r ovl
			check_err $? "allocation $NTH: loaded, and cannot be unloaded"
		fi
		[ ! -d /sys/module/ovl ]
		check_err $? "allocation $NTH: not loaded, and there is a module"
	done
	[ "$STATUS" = 0 ] && [ "$HERE" -gt 0 ]
	check_err $? "the last try fails: $(< "$SAID_FILE")"
	log_info "$HERE allocations failed: modprobe"
	log_test "loading the module"
}

leaks()
{
	local file=$INJECT/kmemleak

	log_info "$FAILED allocations failed in all"
	if [ ! -e $file ]; then
		log_info "no kmemleak here: nobody has looked for leaks"
		return
	fi
	echo scan > $file
	check_err $? "kmemleak has given up"
	# A leak is one for both scans, and older than five seconds.
	sleep 6
	echo scan > $file
	[ -z "$(< $file)" ]
	check_err $? "kmemleak: $(head -n 60 $file)"
	log_test "nothing is leaked"
}

tests_run
exit "$EXIT_STATUS"
