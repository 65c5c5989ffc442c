#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The counters of IP and UDP, and those of the devices, go up by what they go up by
# with the in-tree driver, packet by packet: sent and received, whole and in pieces,
# with each ECN, right and wrong.  And they do with a rule of nftables in the way,
# which there is no way around, as they do without.
#
#   A                                B
#   ovl0, geneve0 (one at a time)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_lean.sh"

ALL_TESTS="sent received either_way"

# Packets of each kind, and how often a difference is looked at once more: the
# hosts send something of their own at times.
N=10
TRIES=3

# What differs is told of by the words of these.
SENT=(
	"tx"
	"tx ecn=ect0 tos=8"
	"tx ecn=ce"
	"tx l4=tcp csum=partial gso=tcp4:1000 pay=3900"
	"nowhere unreachable"
	"nowhere blackhole"
)
RECEIVED=(
	"rx"
	"rx ecn=ect0 in.ecn=ect0"
	"rx ecn=ect1 in.ecn=ect1"
	"rx ecn=ce in.ecn=ect0"
	"rx ecn=ce in.ecn=not"
	"rx in.pay=1400"
	"rx in.pay=3000 frag=1000"
	"rx csum=bad"
	"rx ttl=1"
	"rx ulen=20"
	"rx ulen=2000"
	"rx dport=6085"
	"rx dmac=$SECOND_MAC"
	"rx cut=4"
	"rx vni=77"
	"rx ver=1"
	"rx len=60"
	"rx trunc=60"
	# what needs no sum goes around UDP
	"rx csum=partial"
	"rx csum=partial ecn=ce in.ecn=ect0"
	"rx csum=partial ecn=ce in.ecn=not"
	"rx csum=partial in.pay=1400"
	"rx csum=partial ttl=1"
	"rx csum=partial ulen=20"
	"rx csum=partial ulen=2000"
	"rx csum=partial vni=77"
	"rx csum=partial ver=1"
)
# Of one family, or with what is written differently in both
RECEIVED4=("rx ipcsum=bad" "rx ipopts=01010101" "rx dst=10.0.0.77" "rx src=127.0.0.5"
	"rx dst=10.0.0.255 dmac=ff:ff:ff:ff:ff:ff")
RECEIVED6=("rx ipopts=010400000000" "rx dst=fd00::77" "rx src=ff02::1")
# Over IPv6 the other driver cuts nothing, and leaves a checksum of zero to UDP.
PIECES=(
	"tx pay=1440"
	"tx pay=3000"
	"tx l4=tcp csum=partial gso=tcp4:1440 pay=4320"
	"rx csum=zero"
)

# The columns of /proc/net/dev
DEV_WORDS="rx_bytes rx_packets rx_errors rx_dropped rx_fifo rx_frame rx_compressed"
DEV_WORDS+=" rx_multicast tx_bytes tx_packets tx_errors tx_dropped tx_fifo"
DEV_WORDS+=" tx_collisions tx_carrier tx_compressed"

tx()
{
	send dev count=$N $TENANT4 "$@"
}

nowhere() # KIND
{
	route_in add $1 $FAR/$ONE metric 1
	tx
	route_in del $1 $FAR/$ONE metric 1
}

# The last one is a good one, which comes after what became of those before it.
rx() # FIELD...
{
	send u1 count=$((N - 1)) $OUTER $IN4 "$@"
	expect u0 n=$((N - 1)) dir=in
	send u1 $OUTER $IN4 in.sport=$STEADY
	expect dev dir=in sport=$STEADY
}

# What counts, in lines NOW: the whole IP stack, and the devices as everybody knows
# them.  A process of A's shows the files, so that this takes none.
counters()
{
	local net=/proc/$INSIDE/net file lines words

	NOW=()
	for file in snmp netstat snmp6 dev_snmp6/u0 xfrm_stat; do
		[ -e "$net/$file" ] || continue
		mapfile -t lines < "$net/$file"
		NOW+=("${lines[@]}")
	done
	while read -ra words; do
		case ${words[0]} in
		u0:)
			NOW+=("u0 $DEV_WORDS" "${words[*]}") ;;
		dev0:)
			NOW+=("dev0 rx_bytes rx_packets tx_bytes tx_packets"
				"dev0: ${words[*]:1:2} ${words[*]:9:2}") ;;
		esac
	done < "$net/dev"
}

# In DIFFERENCES, lines NAME=DIFFERENCE, of those that differ in WAS and NOW.  What
# a number is called stands beside it, or in the line above.
differences()
{
	local was is above i j

	DIFFERENCES=
	if [ ${#WAS[@]} != ${#NOW[@]} ]; then
		# one that there is from its first event on: look once more
		DIFFERENCES="lines=$((${#NOW[@]} - ${#WAS[@]}))"
		return
	fi
	for i in "${!NOW[@]}"; do
		[ "${WAS[i]}" != "${NOW[i]}" ] || continue
		read -ra was <<< "${WAS[i]}"
		read -ra is <<< "${NOW[i]}"
		if [ ${#is[@]} = 2 ]; then
			DIFFERENCES+="${is[0]}=$((is[1] - was[1]))"$'\n'
			continue
		fi
		read -ra above <<< "${NOW[i - 1]}"
		for ((j = 1; j < ${#is[@]}; j++)); do
			[ "${is[j]}" = "${was[j]}" ] ||
				DIFFERENCES+="${is[0]}${above[j]}=$((is[j] - was[j]))"$'\n'
		done
	done
}

# A device that does the same as the other driver's
device() # KIND
{
	local KIND=$1 csum=udpcsum

	[ $FAMILY = 4 ] || csum="noudp6zerocsumtx noudp6zerocsumrx"
	ip_in "$A" <<-END
	link add dev0 address $MAC_TA mtu 4000 type $KIND id $VNI remote $FAR ttl 64 df unset $csum
	link set dev0 addrgenmode none
	link set dev0 up
	END
	check_err $? "no device of $KIND"
	defer drop_tunnel "$A" dev0
	port dev "$A" dev0
}

# Each case of a driver, in RESULT; "hooked" is ovl, and rules everywhere.
measure() # geneve|ovl|hooked CASE...
{
	local how=$1 words WAS

	if [ "$how" = hooked ]; then
		hook_everywhere
		device ovl
	else
		device "$how"
	fi
	counters
	for words in "${@:2}"; do
		clear_port u0 u1 dev
		WAS=("${NOW[@]}")
		$words
		counters
		differences
		RESULT[$how $words]=$DIFFERENCES
	done
}

hook_everywhere()
{
	nft_in "$A" <<-END
	table inet lean {
		chain o { type filter hook output priority 0; }
		chain q { type filter hook postrouting priority 0; }
		chain p { type filter hook prerouting priority 0; }
		chain i { type filter hook input priority 0; }
	}
	END
	defer unhook
}

compare() # HOW HOW CASE...
{
	local one=$1 two=$2 words try differ again=("${@:3}")

	for ((try = 0; try < TRIES && ${#again[@]} > 0; try++)); do
		in_defer_scope measure "$one" "${again[@]}"
		in_defer_scope measure "$two" "${again[@]}"
		differ=()
		for words in "${again[@]}"; do
			[ "${RESULT[$one $words]}" = "${RESULT[$two $words]}" ] ||
				differ+=("$words")
		done
		again=("${differ[@]}")
	done
	for words in "${again[@]}"; do
		echo "$words: $one (<) and $two (>):"
		diff <(echo "${RESULT[$one $words]}") <(echo "${RESULT[$two $words]}")
		check_err 1 "$words: another counter, or by another number"
	done
	# nothing is like nothing
	[[ ${RESULT[$two $3]} == *u0:?x_packets="$N"* ]]
	check_err $? "$3: nothing was counted: ${RESULT[$two $3]}"
}

sent()
{
	local more=()

	[ $FAMILY = 6 ] || more=("${PIECES[@]}")
	compare geneve ovl "${SENT[@]}" "${more[@]}"
}

# What else is received, in OTHERS
of_this_family()
{
	OTHERS=("${RECEIVED4[@]}")
	[ $FAMILY = 4 ] || OTHERS=("${RECEIVED6[@]}")
}

received()
{
	of_this_family
	compare geneve ovl "${RECEIVED[@]}" "${OTHERS[@]}"
}

either_way()
{
	of_this_family
	compare ovl hooked "${SENT[@]}" "${PIECES[@]}" "${RECEIVED[@]}" "${OTHERS[@]}"
}

# Without the traffic of the others
busy() # TEST
{
	local -A RESULT=()
	local INSIDE NOW DIFFERENCES

	if ! modprobe -q geneve; then
		SKIPPED="no in-tree driver here"
		return
	fi
	[ "$KIND" = ovl ] || { SKIPPED="this is about ovl"; return; }
	read -r INSIDE < <(ip netns exec "$A" sh -c 'echo $$; exec sleep infinity')
	defer stop "$INSIDE"
	# the sum of what is sent there is left to A
	offload u1 on
	defer offload u1 off
	# who would say that nobody is there
	must hold far "$B" port=6081 addr=::
	defer ask release far
	ask sysctl "$A" net.ipv4.icmp_ratelimit 0
	ask sysctl "$A" net.ipv6.icmp.ratelimit 0
	"$1"
}

tests_run_busy
exit "$EXIT_STATUS"
