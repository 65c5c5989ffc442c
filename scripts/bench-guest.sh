#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-guest.sh KINDS ROUNDS PACKETS BATCH ROW...: measure tunnels, row by row
#
# Measures the rows of lib_bench_rows.sh with devices of each of KINDS (one word;
# of ovl, geneve, vxlan, and none: the same without a tunnel), ROUNDS times, one
# kind after the other in each row.  Prints a line "= KIND ROW NANOSECONDS" for each, a
# packet's (or copy's, byte's, transaction's); lines that start with '#' tell how
# far it is.  BATCH holds lines "fdb add" for the device tun0.
#
# A row that could not be measured, or whose packets did not all arrive, is told
# on stderr, and the status is 1 in the end.
#
# With OVL_BENCH_EVERY=N, prints the functions that take the time instead, each with
# its nanoseconds and share, by samples every N nanoseconds; with OVL_BENCH_CALLERS=y
# and who called them.
#
# Time is this machine's clock.  In a VM that counts instructions (vm.sh --icount)
# a nanosecond is one.  Needs root, pktgen, and nothing else to do.
#
# Called by bench.sh.

. "${BASH_SOURCE[0]%/*}/lib_bench_guest.sh"
. "${BASH_SOURCE[0]%/*}/lib_bench_rows.sh"

TRAFFIC=selftests/traffic

# Two machines: this network namespace, and the one named receiver.  In each,
# under0 is a dummy device, and under1 an end of a veth pair between them.
declare -A UNDER=([dummy]=under0 [veth]=under1)
declare -A LOCAL=([dummy]=192.0.2.1 [veth]=198.51.100.1
	[dummy6]=2001:db8:1::1 [veth6]=2001:db8:2::1)
declare -A REMOTE=([dummy]=192.0.2.3 [veth]=198.51.100.2
	[dummy6]=2001:db8:1::3 [veth6]=2001:db8:2::2)
UNDERLAY_MTU=1600

# The endpoints in BATCH and of the flood list, and the gateway to them.
ENDPOINTS=10.1.0.0/16
FLOOD=10.1.255
GATEWAY=192.0.2.254

# Inside the tunnel.
INNER=203.0.113.1
INNER_PEER=203.0.113.2
TUN_MAC=06:00:00:00:00:00
TUN_PEER_MAC=02:00:00:00:00:00

# So that all kinds do the same, whatever their defaults are.
declare -A SAME=([ovl]='' [geneve]='' [vxlan]='nolearning dstport 4789')
declare -A EXTERNAL=([ovl]=external [geneve]=external
	[vxlan]='external nolearning dstport 4789')
declare -A PORT=([none]=6081 [ovl]=6081 [geneve]=6081 [vxlan]=4789)
DEVICES_GROUP=77

declare -A OPTS=([8]='0102:01:00000001'
	[32]='0108:01:0011223344556677,0108:02:8899aabbccddeeff,0108:03:01234567')

# A row is measured so many times, after a warm-up; the median counts.
PASSES=3

# Of all, in percent, what a function in a profile takes at least.
PROFILE_LIMIT=0.3

# With nothing of a tunnel in it: 60 bytes and what a tunnel adds over IPv4.
OUTER_SIZE=110

main()
{
	case ${1:-} in
	-h|--help) sed -n '4,/^$/s/^# \{0,1\}//p' "$0"; exit ;;
	# This script in the network namespace of the receiver.
	--end) set_up_end "$2" "$3"; exit ;;
	--rules) load_rules; exit ;;
	esac
	[ $# -ge 5 ] || die "see --help"
	kinds=$1 rounds=$2 packets=$3 batch=$4
	shift 4
	local rows=" $* " round kind row status failed=0

	cd "${0%/*}"
	modprobe -a pktgen dummy veth
	trap 'ip netns del receiver' EXIT
	make_underlay
	for ((round = 1; round <= rounds; round++)); do
		while IFS='|' read -r -u 3 row row_kinds _ _ traffic over words _; do
			[[ $rows == *" $row "* ]] || continue
			for kind in $kinds; do
				[[ " $row_kinds " == *" $kind "* ]] || continue
				say "$kind: $row"
				# Not within "if": there a failing command ends nothing.
				set +e
				(set -e; measure)
				status=$?
				set -e
				[ "$status" = 0 ] || failed=1
				tear_down
			done
		done 3< <(list_rows)
	done
	exit "$failed"
}

# Measuring.

# The row and kind of the caller.
measure()
{
	local word times=() pass

	declare -A has=()
	for word in $words; do
		has[${word%%=*}]=${word#*=}
	done
	family=${has[v6]:+6}
	under=${UNDER[$over]}
	sender=
	[ -z "${has[devices]:-}" ] || [ "$over" = veth ] || sender=receiver
	set_up
	send $((packets / 5)) > /dev/null
	if [ -n "${OVL_BENCH_EVERY:-}" ]; then
		profile
		return
	fi
	for ((pass = 0; pass < PASSES; pass++)); do
		times+=("$(send "$packets")")
	done
	printf '%s\n' "${times[@]}" | sort -n | sed -n $(((PASSES + 1) / 2))p |
		awk -v units="$(units)" -v row="$kind $row" \
			'{ printf "= %s %.6g\n", row, $1 / units }'
}

# Print the functions that the traffic spends its time in.
profile()
{
	local ack report

	mkfifo /tmp/perf.{control,ack}
	exec {ack}<> /tmp/perf.ack
	perf record -q -a -e cpu-clock -c "$OVL_BENCH_EVERY" ${OVL_BENCH_CALLERS:+-g} \
		-D -1 --control fifo:/tmp/perf.control,/tmp/perf.ack \
		-o /tmp/perf.data > /dev/null &
	echo enable > /tmp/perf.control
	read -r -u "$ack"
	send "$packets" > /dev/null
	echo stop > /tmp/perf.control
	wait "$!"
	report=(perf report -i /tmp/perf.data --stdio --percentage relative
		--percent-limit "$PROFILE_LIMIT" --comms 'kpktgend_0,traffic,ksoftirqd/0')
	if [ -n "${OVL_BENCH_CALLERS:-}" ]; then
		"${report[@]}" --no-children 2> /dev/null
		return
	fi
	"${report[@]}" -F overhead,sample,symbol,dso -t '|' 2> /dev/null |
		awk -F'|' -v every="$OVL_BENCH_EVERY" -v units="$(units)" '
		/^#|^$/ { next }
		{ printf "%8.1f %7s  %s %s\n", $2 * every / units, $1, $3, $4 }'
}

# What a figure is about: packets, copies, bytes or transactions.
units()
{
	case $traffic in
	tcp_bulk) echo $(($(mebibytes "$packets") << 20)) ;;
	*) echo $((packets * ${has[bcast]:-1})) ;;
	esac
}

# Print the time that the row's traffic takes; all that is sent has to arrive.
send() # PACKETS
{
	local before

	before=$(arrived)
	case $traffic in
	pktgen) send_pktgen "$1" ;;
	socket) "$TRAFFIC" udp "$(inner_peer)" 18 "$1" ${has[mark]:+7} ;;
	tcp_bulk) "$TRAFFIC" tcp_bulk receiver "$(inner_peer)" "$(mebibytes "$1")" ;;
	tcp_rr) "$TRAFFIC" tcp_rr receiver "$(inner_peer)" "$1" ;;
	esac
	[[ $traffic = tcp* ]] || have_arrived "$1" $(($(arrived) - before))
}

have_arrived() # SENT ARRIVED
{
	local number=$1

	[ "$kind" = none ] || number=$(($1 * ${has[bcast]:-1}))
	[ "$2" = "$number" ] ||
		die "$kind, $row: $number packets should have arrived, and $2 did"
}

# pktgen is each network namespace's own.
send_pktgen() # PACKETS
{
	local device=$under command='. ./lib_bench_guest.sh; run_pktgen "$@"' settings=()

	[ "$kind" = none ] || device=tun0
	if [ "$kind" = none ] && [ "$over" = veth ]; then
		settings+=("pkt_size $OUTER_SIZE")
	fi
	[ -z "${has[exttx]:-}" ] || settings+=("xmit_mode queue_xmit")
	[ -z "${has[tos]:-}" ] || settings+=("tos 28")
	[ -z "${has[fdb]:-}" ] || settings+=("dst_mac_count ${has[fdb]}")
	[ -z "${has[bcast]:-}" ] || settings+=("dst_mac $BROADCAST")
	${sender:+ip netns exec "$sender"} bash -c "$command" "$0" "$device" "$1" \
		"${settings[@]}"
}

# As much work as so many packets, about.
mebibytes() # PACKETS
{
	echo $(($1 / 50 + 1))
}

inner_peer()
{
	if [ "$kind" = none ]; then
		echo "${REMOTE[$over$family]}"
	else
		echo "$INNER_PEER"
	fi
}

# How many packets the underlay has swallowed, or the receiver got.
arrived()
{
	local netns=$sender device=under0 count=tx

	if [ "$over" = veth ]; then
		netns=receiver device=tun0 count=rx
		[ "$kind" != none ] || device=under1
		# For what NAPI has not done yet.
		sleep 0.1
	fi
	ip ${netns:+-n "$netns"} -j -s link show "$device" |
		jq ".[].stats64.$count.packets"
}

# The set-up of a row.

set_up()
{
	if [ "$kind" = none ]; then
		[ "$over" = dummy ] || [[ $traffic = tcp* ]] || drop_all under1
		[ -z "${has[exttx]:-}" ] || set_key under0
	else
		modprobe "$kind"
		[ "$kind" != ovl ] || set_lean
		[ -z "${has[devices]:-}" ] || make_devices
		make_sender
		[ "$over" = dummy ] || make_receiver
	fi
	if [ -n "${has[nf]:-}" ]; then
		load_rules
		ip netns exec receiver ./"${0##*/}" --rules
	fi
}

# May ovl go around layers of the IP stack?
set_lean()
{
	local answer=Y

	[ -z "${has[plain]:-}" ] || answer=N
	echo "$answer" > /sys/module/ovl/parameters/lean
}

# The underlay for all rows.
make_underlay()
{
	local netns

	ip netns add receiver
	ip link add under1 type veth peer name under1 netns receiver
	set_up_end 1 2
	ip netns exec receiver ./"${0##*/}" --end 2 1
	# Nothing is sent any more of what IPv6 sends for a new address.
	sleep 15
}

# In the caller's network namespace.
set_up_end() # LAST-BYTE LAST-BYTE-OF-PEER
{
	local name

	sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1
	ip link set lo up
	ip link add under0 type dummy
	for name in 0 1; do
		ip link set "under$name" mtu "$UNDERLAY_MTU" address "02:ff:00:00:0$name:0$1"
		sysctl -qw "net.ipv6.conf.under$name.addr_gen_mode=1" \
			"net.ipv6.conf.under$name.router_solicitations=0" \
			"net.ipv6.conf.under$name.disable_ipv6=0"
		ip link set "under$name" up
	done
	ip -b - <<-END
	address add 192.0.2.$1/24 dev under0
	address add 198.51.100.$1/24 dev under1
	address add 2001:db8:1::$1/64 dev under0 nodad
	address add 2001:db8:2::$1/64 dev under1 nodad
	neigh add $GATEWAY lladdr 02:ff:00:00:00:fe dev under0 nud permanent
	neigh add 192.0.2.3 lladdr 02:ff:00:00:00:03 dev under0 nud permanent
	neigh add 2001:db8:1::3 lladdr 02:ff:00:00:00:03 dev under0 nud permanent
	neigh add 198.51.100.$2 lladdr 02:ff:00:00:01:0$2 dev under1 nud permanent
	neigh add 2001:db8:2::$2 lladdr 02:ff:00:00:01:0$2 dev under1 nud permanent
	route add $ENDPOINTS via $GATEWAY
	END
}

make_sender()
{
	local words

	if [ -n "${has[exttx]:-}" ]; then
		add_tunnel "$sender" "$TUN_MAC" "${EXTERNAL[$kind]}"
		set_key tun0
		return
	fi
	words="id 5001 $(tunnel_words)"
	if [ -z "${has[fdb]:-}${has[bcast]:-}${has[nexthop]:-}" ]; then
		words+=" remote ${REMOTE[$over$family]}"
	fi
	add_tunnel "$sender" "$TUN_MAC" "$words"
	add_entries
	if [ "$traffic" != pktgen ]; then
		add_address "$sender" "$INNER" "$INNER_PEER" "$TUN_PEER_MAC"
	fi
}

# In the forwarding database of the sender.
add_entries()
{
	if [ -n "${has[fdb]:-}" ]; then
		head -n "${has[fdb]}" "$batch" | bridge -batch -
	elif [ -n "${has[bcast]:-}" ]; then
		seq -f "fdb append 00:00:00:00:00:00 dev tun0 dst $FLOOD.%g" \
			"${has[bcast]}" | bridge -batch -
	elif [ -n "${has[nexthop]:-}" ]; then
		ip nexthop replace id 1 via "$FLOOD.1" fdb
		ip nexthop replace id 2 via "$FLOOD.2" fdb
		ip nexthop replace id 10 group 1/2 fdb
		bridge fdb add "$TUN_PEER_MAC" dev tun0 nhid 10
	fi
}

make_receiver()
{
	local words

	words="id 5001 $(tunnel_words) remote ${LOCAL[$over$family]}"
	[ -z "${has[extrx]:-}" ] || words=${EXTERNAL[$kind]}
	add_tunnel receiver "$TUN_PEER_MAC" "$words"
	if [[ $traffic = tcp* ]]; then
		add_address receiver "$INNER_PEER" "$INNER" "$TUN_MAC"
		return
	fi
	if [ -n "${has[nogro]:-}" ]; then
		ip netns exec receiver ethtool -K tun0 gro off
	fi
	drop_all tun0
}

# What the devices at both ends are given.
tunnel_words()
{
	local words=${SAME[$kind]}

	if [ -z "$family" ]; then
		words+=" df set ${has[csum]:+udpcsum}"
		[ -n "${has[csum]:-}" ] || words+=" noudpcsum"
	elif [ -z "${has[csum]:-}" ]; then
		words+=" udp6zerocsumtx udp6zerocsumrx"
	fi
	[ -z "${has[tos]:-}" ] || words+=" tos inherit"
	[ -z "${has[l3]:-}" ] || words+=" innerprotoinherit"
	[ -z "${has[opts]:-}" ] || words+=" opts ${OPTS[${has[opts]}]}"
	echo "$words"
}

# A device of L3 has no MAC.
add_tunnel() # NETNS MAC WORDS
{
	local mac="address $2"

	[[ $3 != *innerprotoinherit* ]] || mac=
	# shellcheck disable=SC2086 # lists of words
	ip ${1:+-n "$1"} link add tun0 $mac type "$kind" $3
	ip ${1:+-n "$1"} link set tun0 up
}

add_address() # NETNS ADDRESS PEER MAC
{
	ip ${1:+-n "$1"} address add "$2/24" dev tun0
	[ -n "${has[l3]:-}" ] ||
		ip ${1:+-n "$1"} neigh add "$3" lladdr "$4" dev tun0 nud permanent
}

# Whatever the receiver gets by a device.
drop_all() # DEVICE
{
	tc -n receiver qdisc add dev "$1" clsact
	tc -n receiver filter add dev "$1" ingress matchall action drop
}

# Metadata for what is sent by a device.
set_key() # DEVICE
{
	local key=(id 5001 src_ip "${LOCAL[$over]}" dst_ip "${REMOTE[$over]}" nocsum)

	key+=(dst_port "${PORT[$kind]}")
	[ -z "${has[opts]:-}" ] || key+=(geneve_opts "${OPTS[${has[opts]}]}")
	tc qdisc add dev "$1" clsact
	tc filter add dev "$1" egress matchall action tunnel_key set "${key[@]}"
}

# In the caller's network namespace.
load_rules()
{
	local hook

	nft add table inet bench
	for hook in prerouting input output postrouting; do
		nft -f - <<-END
		add chain inet bench $hook { type filter hook $hook priority 0; }
		add rule inet bench $hook ct state established,new counter
		END
	done
}

# For all rows with many devices; tun0 is one among them.
make_devices()
{
	! ip -n receiver link show t1 > /dev/null 2>&1 || return 0
	say "making $OVL_BENCH_DEVICES devices"
	awk -v number="$OVL_BENCH_DEVICES" -v words="$(tunnel_words)" 'BEGIN {
		for (i = 1; i < number; i++)
			printf "link add t%d mtu 1200 up group %d type ovl id %d remote %s %s\n",
				i, '"$DEVICES_GROUP"', 1000000 + i, "198.51.100.1", words
	}' | ip -n receiver -b -
}

# After a row that may have failed.
tear_down()
{
	local netns

	for netns in '' receiver; do
		ip ${netns:+-n "$netns"} link del tun0
		tc ${netns:+-n "$netns"} qdisc del dev under0 clsact
		tc ${netns:+-n "$netns"} qdisc del dev under1 clsact
		ip ${netns:+-n "$netns"} nexthop flush
		ip netns exec "${netns:-receiver}" nft flush ruleset
	done > /dev/null 2>&1 || :
	nft flush ruleset
	# Without the module the many devices would go, too.
	[ "$kind" = none ] || ip -n receiver link show t1 > /dev/null 2>&1 ||
		modprobe -qr "$kind" || :
}

main "$@"
