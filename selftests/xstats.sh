#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "ip link xstats type ovl" shows what each peer was sent and what came from it,
# packets, bytes and errors, and the causes of drops: exactly, for peers of every
# origin, and all of them when there are thousands.
#
#   A                            B
#   ovl0 and others
#   u0  10.0.0.1, fd00::1 ------ u1  10.0.0.2 and others, fd00::2 (wire)

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="both_ways errors keys origins learned group drops bypass many many_devices
	elsewhere"

# How many peers a dump has to bring
MANY=${MANY:-$((${#KSFT_MACHINE_SLOW} ? 1500 : 3000))}

host_a() # TYPE-ARGUMENT...
{
	[ "$KIND" = ovl ] || skip_all "$KIND has no such counters"
	underlay
	ip_in "$A" neigh replace 10.0.0.3 lladdr $MAC_B dev u0 nud permanent
	tunnel "$A" ovl0 id $VNI "$@"
}

# All that is shown of a device as one object, whatever it came in.
xstats() # [DEV [NS]]
{
	ip -n "${2:-$A}" -j link xstats type "$KIND" dev "${1:-ovl0}" | jq -c '
		{peers: (map(.peers[]) | sort_by(.dst)), drops: (map(.drops) | add)}'
}

# Counters of a peer: RX TX, each PACKETS/BYTES/ERRORS
counted() # DST RX TX [DEV]
{
	local seen

	seen=$(xstats "${4:-ovl0}" | jq -r --arg dst "$1" '.peers[] | select(.dst == $dst) |
		[.rx, .tx][] | "\(.packets)/\(.bytes)/\(.errors)"')
	[ "$seen" = "$2"$'\n'"$3" ]
	check_err $? "expected: $1 RX $2 TX $3, seen: ${seen//$'\n'/ }"
}

# The bytes of a frame with so much in it
length() # PAY
{
	echo $((14 + 20 + 8 + $1))
}

both_ways()
{
	local l=$(($(length 100))) ll=$(($(length 200)))

	host_a remote $B4
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 dst $B6 self
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst 10.0.0.3 self
	counted $B4 0/0/0 0/0/0
	counted $B6 0/0/0 0/0/0
	send ovl0 count=3 $TENANT4 pay=100
	expect u1 n=3 dir=in dst=10.0.0.3
	send ovl0 count=2 $TENANT4 dmac=ff:ff:ff:ff:ff:ff pay=200
	expect u1 n=2 dir=in dst=$B4
	expect u1 n=2 dir=in dst=$B6
	counted 10.0.0.3 0/0/0 3/$((3 * l))/0
	counted $B4 0/0/0 2/$((2 * ll))/0
	counted $B6 0/0/0 2/$((2 * ll))/0
	send u1 count=5 $OUTER4 $IN4 in.pay=100
	send u1 count=4 $OUTER6 $IN4 in.pay=200
	send u1 $OUTER4 src=10.0.0.3 $IN4 in.pay=200
	expect ovl0 n=10 dir=in smac=$MAC_TB
	counted $B4 5/$((5 * l))/0 2/$((2 * ll))/0
	counted $B6 4/$((4 * ll))/0 2/$((2 * ll))/0
	counted 10.0.0.3 1/$ll/0 3/$((3 * l))/0
	# what the device counts is the sum
	ask counter ovl0 link.rx_packets
	[ "${SAID[0]}" = "$(xstats | jq '[.peers[].rx.packets] | add')" ]
	check_err $? "expected: all of ${SAID[0]} packets, seen: $(xstats)"
	log_test "packets and bytes, both ways"
}

errors()
{
	host_a remote $B4
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst 172.16.0.1 self
	mark ovl0
	send ovl0 count=3 $TENANT4
	moved ovl0 tx_no_route=3
	counted 172.16.0.1 0/0/0 0/0/3
	counted $B4 0/0/0 0/0/0
	send u1 count=2 $OUTER4 proto=0x1234 $IN4
	moved ovl0 rx_proto=2
	counted $B4 0/0/2 0/0/0
	# too big for the path; the tenant is told
	ip_in "$A" link set ovl0 mtu 1600
	mark ovl0
	send ovl0 $TENANT4 dmac=ff:ff:ff:ff:ff:ff df=1 pay=1500
	moved ovl0 tx_too_big=1
	counted $B4 0/0/2 0/0/1
	log_test "errors"
}

# What is not the device's own is said of a peer.
keys()
{
	local peer

	host_a remote $B4
	bridge -n "$A" -b - <<-END
	fdb add 02:00:00:00:02:01 dev ovl0 dst 10.0.0.3 self
	fdb add 02:00:00:00:02:02 dev ovl0 dst 10.0.0.3 port 7000 self
	fdb add 02:00:00:00:02:03 dev ovl0 dst 10.0.0.3 vni 77 self
	fdb add 02:00:00:00:02:04 dev ovl0 dst 10.0.0.3 via u0 self
	fdb add 02:00:00:00:02:05 dev ovl0 dst 10.0.0.3 port 7000 vni 77 via u0 self
	fdb add 02:00:00:00:02:06 dev ovl0 dst 10.0.0.3 self
	END
	for peer in '{}' '{"port":7000}' '{"vni":77}' '{"via":"u0"}' \
			'{"port":7000,"vni":77,"via":"u0"}'; do
		[ "$(xstats | jq --argjson peer "$peer" \
			'[.peers[] | select(.dst == "10.0.0.3") |
			{port, vni, via} | with_entries(select(.value != null)) |
			select(. == $peer)] | length')" = 1 ]
		check_err $? "expected: 10.0.0.3 with $peer once, seen: $(xstats)"
	done
	[ "$(xstats | jq '.peers | length')" = 6 ]
	check_err $? "expected: 6 peers, seen: $(xstats)"
	log_test "peers that differ in port, VNI and underlay device"
}

peers() # [DEV]
{
	xstats "$@" | jq -r '.peers | map(.dst) | join(" ")'
}

check_peers() # LIST
{
	[ "$(peers)" = "$1" ]
	check_err $? "expected: peers $1, seen: $(peers)"
}

# A peer is there as long as somebody holds it.
origins()
{
	host_a nolearning
	check_peers ""
	ip_in "$A" <<-END
	nexthop add id 2 via 10.0.0.2 fdb
	nexthop add id 3 via 10.0.0.3 fdb
	nexthop add id 10 group 2/3 fdb
	END
	bridge -n "$A" fdb add $MAC_TB dev ovl0 nhid 10 self
	check_peers "10.0.0.2 10.0.0.3"
	send ovl0 count=40 inc=sport $TENANT4 sport=1
	expect u1 n=40 dir=in dport=6081
	[ "$(xstats | jq '[.peers[].tx.packets] | add')" = 40 ]
	check_err $? "expected: 40 packets in all, seen: $(xstats)"
	bridge -n "$A" fdb add 02:00:00:00:02:01 dev ovl0 dst 10.0.0.3 self
	ip_in "$A" nexthop del id 10
	check_peers "10.0.0.3"
	bridge -n "$A" fdb replace 02:00:00:00:02:01 dev ovl0 dst 10.0.0.2 self
	check_peers "10.0.0.2"
	change "$A" ovl0 remote 10.0.0.3
	check_peers "10.0.0.2 10.0.0.3"
	bridge -n "$A" fdb del 02:00:00:00:02:01 dev ovl0 self
	check_peers "10.0.0.3"
	log_test "peers come and go with what needs them"
}

learned()
{
	local l

	l=$(length 100)
	host_a learning
	send u1 $OUTER4 $IN4 in.pay=100
	expect ovl0 dir=in
	check_fdb "$A" ovl0 "^$MAC_TB dst $B4 "
	send u1 count=3 $OUTER4 $IN4 in.pay=100
	expect ovl0 n=3 dir=in
	# the packet that it was learned from came from nobody known
	[[ $(xstats | jq -c '.peers[0].rx | [.packets, .bytes, .errors]') =~ ^\[(3,$((3 * l))|4,$((4 * l))),0\]$ ]]
	check_err $? "expected: 3 or 4 packets from $B4, seen: $(xstats)"
	send ovl0 count=2 $TENANT4 pay=100
	expect u1 n=2 dir=in dst=$B4
	[[ $(xstats | jq -c '.peers[0].tx | [.packets, .bytes, .errors]') = "[2,$((2 * l)),0]" ]]
	check_err $? "expected: 2 packets to $B4, seen: $(xstats)"
	log_test "a peer that was learned"
}

group()
{
	local l

	l=$(length 100)
	host_a group 239.1.1.1 dev u0 nosrccheck
	send ovl0 count=2 $TENANT4 pay=100
	expect u1 n=2 dir=in dst=239.1.1.1
	counted 239.1.1.1 0/0/0 2/$((2 * l))/0
	log_test "a multicast group"
}

# As ethtool -S has them, those that have occurred.
drops()
{
	host_a remote $B4
	mark ovl0
	send u1 count=2 $OUTER4 o=1 $IN4
	moved ovl0 rx_oam=2
	send u1 count=3 $OUTER4 src=10.0.0.9 $IN4
	moved ovl0 rx_source=3
	send u1 count=4 $OUTER4 vni=9 $IN4
	moved ovl0 port_rx_unknown_vni=4
	[ "$(xstats | jq -cS .drops)" = '{"port_rx_unknown_vni":4,"rx_oam":2,"rx_source":3}' ]
	check_err $? "expected: rx_oam 2, rx_source 3, port_rx_unknown_vni 4, seen: $(xstats)"
	counted $B4 0/0/2 0/0/0
	log_test "causes of drops"
}

bypass()
{
	local l

	l=$(length 100)
	host_a remote 10.0.0.9 local $A4
	ip_in "$A" addr add 10.0.0.9/24 dev u0
	ip_in "$A" <<-END
	link add ovl9 type $KIND id $VNI remote $A4 local 10.0.0.9
	link set ovl9 addrgenmode none
	link set ovl9 up
	END
	port ovl9 "$A" ovl9
	send ovl0 count=3 $TENANT4 pay=100 dmac=ff:ff:ff:ff:ff:ff
	expect ovl9 n=3 dir=in
	counted 10.0.0.9 0/0/0 3/$((3 * l))/0
	counted $A4 3/$((3 * l))/0 0/0/0 ovl9
	log_test "a frame that is handed over on the host"
}

# Entries toward so many endpoints, 10.BASE.x.y
entries() # DEV NUMBER BASE
{
	local i

	for ((i = 0; i < $2; i++)); do
		printf 'fdb add 02:00:00:%02x:%02x:%02x dev %s dst 10.%u.%u.%u self\n' \
			"$3" $((i / 250)) $((i % 250)) "$1" "$3" $((i / 250)) $((i % 250 + 1))
	done | bridge -n "$A" -b -
	check_err $? "could not add the entries of $1"
}

# Each of them once, in a dump of all devices, which does not fit one message.
check_all() # DEV NUMBER
{
	local seen

	seen=$(jq -r --arg dev "$1" '[.[] | select(.ifname == $dev) | .peers[].dst] |
		"\(length) \(unique | length)"' <<< "$DUMP")
	[ "$seen" = "$2 $2" ]
	check_err $? "expected: $2 peers of $1, each once, seen: $seen"
}

many()
{
	local dst

	host_a nolearning
	entries ovl0 $MANY 1
	send ovl0 $TENANT4 dmac=02:00:00:01:00:00
	DUMP=$(ip -n "$A" -j link xstats type "$KIND" dev ovl0)
	check_all ovl0 $MANY
	[ "$(jq length <<< "$DUMP")" -gt 1 ]
	check_err $? "expected: several messages, seen one"
	# in text, too
	[ "$(ip -n "$A" link xstats type "$KIND" dev ovl0 | grep -c ' 10\.1\.')" = "$MANY" ]
	check_err $? "expected: $MANY peers in text"
	bridge -n "$A" fdb flush dev ovl0 self 2> /dev/null || return 0
	for dst in $(peers); do
		check_err 1 "left after a flush: $dst"
	done
	log_test "$MANY peers of a device"
}

many_devices()
{
	local n

	host_a nolearning
	for n in {1..40}; do
		echo "link add o$n type $KIND id $n remote 10.9.0.$n"
	done | ip_in "$A"
	entries o3 700 3
	entries o30 300 30
	DUMP=$(ip -n "$A" -j link xstats type "$KIND")
	for n in {1..40}; do
		case $n in
		3) check_all o$n 701 ;;
		30) check_all o$n 301 ;;
		*) check_all o$n 1 ;;
		esac
	done
	check_all ovl0 0
	log_test "40 devices in a dump"
}

# Where the numbers of underlay devices mean nothing.
elsewhere()
{
	local seen

	[ "$KIND" = ovl ] || skip_all "$KIND has no such counters"
	underlay
	setup_ns C
	ip_in "$A" link add ovl0 type "$KIND" id $VNI remote $B4
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst 10.0.0.3 via u0 self
	seen=$(xstats ovl0 | jq -c '[.peers[] | {dst, via}]')
	[ "$seen" = '[{"dst":"10.0.0.2","via":null},{"dst":"10.0.0.3","via":"u0"}]' ]
	check_err $? "expected: two peers, one via u0, seen: $seen"
	ip_in "$A" link set ovl0 netns "$C"
	seen=$(xstats ovl0 "$C" | jq -c '[.peers[] | {dst, via}]')
	[ "$seen" = '[{"dst":"10.0.0.2","via":null},{"dst":"10.0.0.3","via":null}]' ]
	check_err $? "expected: two peers without via, seen: $seen"
	log_test "a device in another namespace than its underlay"
}

tests_run
exit "$EXIT_STATUS"
