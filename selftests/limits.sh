#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who sends without end: source MACs, addresses of the underlay, options of the
# greatest length, unknown VNIs, a loop of bridges.  The kernel's memory stays
# within what the limits allow and comes back, its log stays silent, and another
# tenant of the same host loses nothing meanwhile.
#
#   A                                  B
#   ovl0 (floods), other (VNI 5002)    (of the loop: ovl1, ovl2, br1)
#   u0  10.0.0.1, fd00::1 ------------ u1  10.0.0.2, fd00::2 (wire)
#
# OVL_LIMITS is how many packets a flood has: a million before a release.

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="macs macs_few hosts_learned hosts_strange hosts_external hosts_reflected
	options_longest vnis_unknown loop"

: "${OVL_LIMITS:=$((${#KSFT_MACHINE_SLOW} ? 8000 : 20000))}"

# The default of maxaddress
MAX=65536
# What a learned MAC and its peer may take, with the tables over them
BYTES_PER_MAC=512 BYTES_PER_PEER=2048
# What goes on in any kernel meanwhile, and what the per-CPU lists of slabs keep; less
# than a packet of each of those of a flood
NOISE=$((6 << 20))
# The other tenant's packets, and microseconds between them: as long as a flood lasts
OTHERS=$((OVL_LIMITS / 100 + 1)) GAP=5000

[ "$KIND" = ovl ] || skip_all "$KIND has other limits"

# Bytes of the kernel's own memory, without what is to be freed by RCU
memory()
{
	local key value sum=0

	[ ! -w /sys/module/rcutree/parameters/do_rcu_barrier ] ||
		echo 1 > /sys/module/rcutree/parameters/do_rcu_barrier
	while read -r key value _; do
		case $key in
		Slab:|Percpu:|VmallocUsed:) sum=$((sum + value * 1024)) ;;
		esac
	done < /proc/meminfo
	MEMORY=$sum
}

# No more than that is taken; what slabs keep for nothing, which takes a while to
# give back, only counts as long as it does not matter.
takes_at_most() # BYTES
{
	local shrink

	memory
	[ $((MEMORY - BEFORE)) -gt "$1" ] || return 0
	for shrink in /sys/kernel/slab/{kmalloc-,skbuff_}*/shrink; do
		[ ! -w "$shrink" ] || echo 1 > "$shrink"
	done
	memory
	[ $((MEMORY - BEFORE)) -le "$1" ]
}

log_lines()
{
	# (a port of wire says when it comes and goes)
	klog_since_mark | grep -cv 'promiscuous mode'
}

# The underlay and the other tenant, whose packets are counted
tenants() # [LINK-ARGUMENT...]
{
	underlay "$@"
	ask close u0 u1
	ip_in "$A" <<-END
	link add other address 02:00:00:00:01:0c type $KIND id 5002 remote $B4
	link set other addrgenmode none
	link set other up
	END
	port other "$A" other
}

flooded_device() # TYPE-ARGUMENT...
{
	local address="address $MAC_TA"

	[[ $* != *innerprotoinherit* ]] || address=
	ip_in "$A" <<-END
	link add ovl0 $address type $KIND id $VNI $*
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
	check_err $? "could not add ovl0 with $*"
}

# Packets for the other tenant, until "check_other"
send_to_other()
{
	count link.rx_packets other
	OTHER_BEFORE=$COUNT
	send_steadily "$B" u1 $OTHERS $GAP $OUTER4 vni=5002 \
		in.dmac=02:00:00:00:01:0c in.smac=$MAC_TB in.src=$TB4 in.dst=$TA4
}

check_other()
{
	sent
	busywait 5000 other_has_all
	count link.rx_packets other
	[ $((COUNT - OTHER_BEFORE)) = $OTHERS ]
	check_err $? "another tenant got $((COUNT - OTHER_BEFORE)) packets of $OTHERS"
}

other_has_all()
{
	count link.rx_packets other
	[ $((COUNT - OTHER_BEFORE)) -ge $OTHERS ]
}

# A counter of ovl0, or of another device, in COUNT
count() # NAME [DEV]
{
	COUNT=0
	! ask counter "${2:-ovl0}" "$1" || COUNT=${SAID[0]}
}

learned()
{
	ip -n "$A" -s -d -j link show ovl0 | jq '.[0].linkinfo.info_data.learned // 0'
}

# OVL_LIMITS packets from B, in which awk's FIELDS depend on i, and those of the
# other tenant amid them.
flood() # FIELDS-FOR-PRINTF EXPRESSIONS-OF-I...
{
	local lines format="send p $OUTER4 ${INNER:-$IN4} $1" args

	shift
	printf -v args ', %s' "$@"
	lines=$(log_lines)
	memory
	BEFORE=$MEMORY
	send_to_other
	{
		echo "port p $B u1"
		awk -v n="$OVL_LIMITS" \
			"BEGIN { for (i = 0; i < n; i++) printf \"$format\\n\"$args }"
	} | "$SELFTESTS/wire" > /dev/null
	check_err $? "the flood could not be sent"
	check_other
	memory
	lines=$(($(log_lines) - lines))
	[ $lines -le 5 ] ||
		check_err 1 "$lines lines in the log: $(klog_since_mark | tail -n 5)"
	# (earlier it would look at each packet)
	port ovl0 "$A" ovl0
	log_info "$OVL_LIMITS packets: $(((MEMORY - BEFORE) >> 10)) KiB more"
}

# What the flood has left is no more than this, and goes with the device.
took_at_most() # BYTES
{
	takes_at_most $(($1 + NOISE))
	check_err $? "$(((MEMORY - BEFORE) >> 10)) KiB, at most $((($1 + NOISE) >> 10)) are due"
	ask close ovl0
	drop_tunnel "$A" ovl0
	busywait 20000 takes_at_most $NOISE
	check_err $? "$(((MEMORY - BEFORE) >> 10)) KiB are left without the device"
}

all_or() # LIMIT
{
	echo $((OVL_LIMITS < $1 ? OVL_LIMITS : $1))
}

check_count() # NAME WANTED
{
	count "$1"
	[ "$COUNT" = "$2" ]
	check_err $? "expected: $1=$2, seen: $COUNT"
}

check_learned() # WANTED [THAT-MAY-BE-MISSING]
{
	local seen

	seen=$(learned)
	[ "$seen" -le "$1" ] && [ "$seen" -ge $(($1 - ${2:-0})) ]
	check_err $? "expected: $1 learned, but for ${2:-0}, seen: $seen"
}

check_received() # WANTED
{
	check_count link.rx_packets "$1"
}

A_MAC="02:01:%02x:%02x:%02x:%02x"
MAC_OF_I=("int(i / 16777216) % 256" "int(i / 65536) % 256" "int(i / 256) % 256" "i % 256")
AN_ADDR="11.%d.%d.%d"
ADDR_OF_I=("int(i / 65536) % 256" "int(i / 256) % 256" "i % 256")

macs()
{
	tenants
	flooded_device remote $B4 learning
	flood "in.smac=$A_MAC" "${MAC_OF_I[@]}"
	check_received "$OVL_LIMITS"
	check_learned "$(all_or $MAX)"
	check_count rx_learn_full $((OVL_LIMITS - $(all_or $MAX)))
	took_at_most $(($(all_or $MAX) * BYTES_PER_MAC))
	log_test "source MACs without end"
}

macs_few()
{
	tenants
	flooded_device remote $B4 learning maxaddress 100
	flood "in.smac=$A_MAC" "${MAC_OF_I[@]}"
	check_received "$OVL_LIMITS"
	check_learned 100
	check_count rx_learn_full $((OVL_LIMITS - 100))
	took_at_most 0
	log_test "with a low maxaddress"
}

# A host that claims to be many, each with a MAC
hosts_learned()
{
	tenants
	flooded_device remote $B4 learning
	flood "in.smac=$A_MAC src=$AN_ADDR" "${MAC_OF_I[@]}" "${ADDR_OF_I[@]}"
	check_received "$OVL_LIMITS"
	# (per-CPU memory is not refilled as fast as it is asked for)
	count rx_learn_nomem
	check_learned "$(all_or $MAX)" "$COUNT"
	took_at_most $(($(all_or $MAX) * (BYTES_PER_MAC + BYTES_PER_PEER)))
	log_test "addresses without end, learned"
	flooded_device remote $B4 learning
	flood "src=$AN_ADDR" "${ADDR_OF_I[@]}"
	check_received "$OVL_LIMITS"
	check_learned 1
	took_at_most 0
	log_test "one MAC that moves without end"
}

hosts_strange()
{
	tenants
	flooded_device remote $B4
	flood "src=$AN_ADDR" "${ADDR_OF_I[@]}"
	check_count rx_source "$OVL_LIMITS"
	took_at_most 0
	log_test "addresses without end, of strangers"
}

hosts_external()
{
	tenants
	ip_in "$A" <<-END
	link add ovl0 address $MAC_TA type $KIND external nosrccheck
	link set ovl0 up
	END
	flood "src=$AN_ADDR vni=%u" "${ADDR_OF_I[@]}" "i % 5000"
	check_received "$OVL_LIMITS"
	took_at_most 0
	log_test "addresses without end, as metadata"
}

hosts_reflected()
{
	tenants
	flooded_device nosrccheck innerprotoinherit reflect 1000
	INNER=$L3IN4 flood "src=$AN_ADDR in.src=$AN_ADDR" \
		"${ADDR_OF_I[@]}" "${ADDR_OF_I[@]}"
	check_received "$OVL_LIMITS"
	# (enough that each set of eight has its eight)
	check_count rx_flow_evicted "$((OVL_LIMITS - 1000))"
	took_at_most $((1000 * 1024))
	log_test "flows without end, remembered"
}

options_longest()
{
	local opt

	# (so that there is room for IPv6)
	tenants mtu 2000
	flooded_device remote $B4 opts "$(long_options)" accept "ffff:*"
	opt=$(long_options_hex)
	flood "opts=$opt c=1 in.sport=%u" "i % 60000"
	check_received "$OVL_LIMITS"
	took_at_most 0
	log_test "252 bytes of options with each packet"
}

# Options without data: as many as there can be
long_options()
{
	local i

	for ((i = 0; i < 62; i++)); do
		printf 'ffff:%02x:,' $((i + 16))
	done
	echo ffff:60:
}

long_options_hex()
{
	local i

	for ((i = 0; i < 63; i++)); do
		printf 'ffff%02x00' $((i + 144))
	done
}

vnis_unknown()
{
	tenants
	flooded_device remote $B4
	flood "vni=%u" "i % 16000000 + 10000"
	check_count port_rx_unknown_vni "$OVL_LIMITS"
	took_at_most 0
	log_test "unknown VNIs without end"
}

went_round()
{
	ROUND=$(ip -n "$A" -s -j link show ovl1 | jq '.[0].stats64.rx.packets')
	[ "$ROUND" -gt "$1" ]
}

# A broadcast goes round for ever: on a slow machine on a long wire, or that would do
# nothing else.
loop()
{
	local ns remote lines rounds=1000

	tenants
	port u1 "$B" u1
	[ -z "${KSFT_MACHINE_SLOW:-}" ] || rounds=100
	for ns in A B; do
		remote=$B4
		[ $ns = A ] || remote=$A4
		[ -z "${KSFT_MACHINE_SLOW:-}" ] || tc -n "${!ns}" qdisc add dev \
			"$([ $ns = A ] && echo u0 || echo u1)" root netem delay 30ms
		check_err $? "no long wire"
		ip_in "${!ns}" <<-END
		link add br0 type bridge mcast_snooping 0
		link set br0 addrgenmode none
		link set br0 up
		link add ovl1 type $KIND id 1 remote $remote
		link add ovl2 type $KIND id 2 remote $remote
		link set ovl1 addrgenmode none
		link set ovl2 addrgenmode none
		link set ovl1 up master br0
		link set ovl2 up master br0
		link add e0 type veth peer name t0
		link set t0 addrgenmode none
		link set t0 up master br0
		link set e0 up
		END
	done
	ask close u1
	lines=$(log_lines)
	memory
	BEFORE=$MEMORY
	# (no port of wire's is on the way: it would look at what comes back for ever)
	ip_in "$A" addr add 192.168.9.1/24 dev e0
	udp "$A" to=192.168.9.2 port=9
	send_to_other
	check_other
	busywait 20000 went_round $rounds || :
	went_round $rounds
	check_err $? "there is no loop: only $ROUND packets went round"
	log_info "$ROUND packets went round"
	takes_at_most $NOISE
	check_err $? "$(((MEMORY - BEFORE) >> 10)) KiB more"
	for ns in A B; do
		ip_in "${!ns}" link del br0
	done
	lines=$(($(log_lines) - lines))
	# the bridge itself tells of it, at its own rate, and of its ports
	[ $lines -le 60 ] && ! klog_since_mark | grep -q ' ovl: '
	check_err $? "$lines lines in the log: $(klog_since_mark | tail -n 5)"
	log_test "a loop of two bridges over two tunnels"
}

tests_run
exit "$EXIT_STATUS"
