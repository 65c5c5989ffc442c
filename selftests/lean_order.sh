#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A flow stays in its order, and loses nothing, while what is between the device
# and the wire comes and goes as fast as it can: hooks, conntrack, policies, routes,
# sockets; when frames that can be merged follow such that cannot; and when those
# that come at one go do not all go the same way.
#
# The hosts: see lib_lean.sh.

. "${0%/*}/lib_lean.sh"
# shellcheck source=selftests/lib_gro.sh
. "${0%/*}/lib_gro.sh"

ALL_TESTS="hooks policies routes sockets streams mixed_flow one_go"

# Frames of a flood
MANY=${MANY:-$((${#KSFT_MACHINE_SLOW} ? 1000 : 2500))}

# These are strictly increasing, and so many.
check_order() # WHAT NUMBER (the values are in SAID)
{
	local last=-1 value

	[ ${#SAID[@]} = "$2" ]
	check_err $? "$1: expected: $2 frames, seen: ${#SAID[@]}"
	for value in "${SAID[@]}"; do
		if [ "$value" -le "$last" ]; then
			check_err 1 "$1: $value behind $last"
			return
		fi
		last=$value
	done
}

# A flow of TCP and one of UDP each way while CMD goes on in the background.  (A
# veth pair has a queue for each processor; who sends stays on one.)
floods() # CMD...
{
	local pid

	clear_port u0 u1 ovl0
	"$@" > /dev/null &
	pid=$!
	defer stop $pid
	send ovl0 count=$MANY inc=seq $TENANT4 l4=tcp seq=1 sport=41
	send ovl0 count=$MANY inc=id $TENANT4 id=1 sport=42
	send u1 count=$MANY inc=in.seq $OUTER $NO_SUM $IN4 in.l4=tcp in.seq=1 in.sport=43
	send u1 count=$MANY inc=in.id $OUTER $NO_SUM $IN4 in.id=1 in.sport=44
	kill -0 $pid 2> /dev/null
	check_err $? "$* has come to an end"
	stop $pid
	settle
	values u0 in.seq dir=out in.sport=41
	check_order "TCP sent" $MANY
	values u0 in.id dir=out in.sport=42
	check_order "UDP sent" $MANY
	all_received 43
	values ovl0 seq dir=in sport=43
	check_order "TCP received" $MANY
	values ovl0 id dir=in sport=44
	check_order "UDP received" $MANY
}

# Those that were on their way are there; TCP may have been merged.
all_received() # SPORT
{
	must expect u0 n=1 dir=in in.sport=44 in.id=$MANY
	settle
}

# Tables of rules that let everything pass, of hooks and of conntrack
hooks()
{
	# that works, as long as nobody is stopped in the middle of it
	hook output 0 accept
	unhook
	in_defer_scope floods come_and_go
	no_rules
}

# What who was stopped has left
no_rules()
{
	settle
	ip netns exec "$A" nft flush ruleset
}

come_and_go()
{
	local rule

	while :; do
		for rule in accept "ct state new accept"; do
			hook output 0 "$rule"
			unhook
			hook input 0 "$rule"
			unhook
			hook postrouting 0 "$rule"
			hook_more prerouting 0 "$rule"
			unhook
		done
	done 2> /dev/null
}

# A second chain in that table
hook_more() # HOOK PRIORITY RULE
{
	nft_in "$A" <<-END
	add chain inet lean d { type filter hook $1 priority $2; }
	add rule inet lean d $3
	END
}

# Of IPsec for another port.  (No filters of tc: with their qdisc the kernel itself
# drops what is sent meanwhile.)
policies()
{
	local try="src $NEAR dst $FAR proto udp dport 6082 dir out action block"

	if ! ip -n "$A" xfrm policy add $try 2> /dev/null; then
		SKIPPED="no IPsec here"
		return
	fi
	ip_in "$A" xfrm policy flush
	in_defer_scope floods policies_come_and_go
	ip_in "$A" xfrm policy flush
}

policies_come_and_go()
{
	while ip -n "$A" -b - <<-END
		xfrm policy add src $NEAR dst $FAR proto udp dport 6082 dir out action block
		xfrm policy add src $FAR dst $NEAR proto udp dport 6082 dir in action block
		xfrm policy flush
		END
	do
		:
	done
}

# To somewhere else, and to where it goes anyway
routes()
{
	in_defer_scope floods routes_come_and_go
	ip -n "$A" -$FAMILY route del $FAR/$ONE 2> /dev/null
	ip -n "$A" addr del $OTHER/$ONE dev lo 2> /dev/null
	return 0
}

routes_come_and_go()
{
	while ip -n "$A" -b - <<-END
		route replace $NOBODY/$ONE dev w0
		route replace $FAR/$ONE dev u0 src $NEAR
		route replace $FAR/$ONE dev u0 src $NEAR mtu 1400
		addr add $OTHER/$ONE dev lo ${NODAD:-}
		addr del $OTHER/$ONE dev lo
		route del $FAR/$ONE
		route del $NOBODY/$ONE
		END
	do
		:
	done
}

# Raw ones, of which each takes its copy
sockets()
{
	in_defer_scope floods sockets_come_and_go
}

sockets_come_and_go()
{
	exec "$SELFTESTS/wire" < <(while echo "sock raw $A raw addr=$NEAR"; do
		echo "close raw"
	done 2> /dev/null)
}

# Data over TCP both ways, with GRO and without, arrive as they were sent.
streams()
{
	local gro

	offload u0 on
	offload u1 on
	tunnel "$B" ovl1 id $VNI remote $NEAR
	ip_in "$B" <<-END
	link set ovl1 address $MAC_TB
	addr add $TB4/24 dev ovl1
	END
	ip_in "$A" addr add $TA4/24 dev ovl0
	no_rules
	in_background come_and_go
	for gro in off on; do
		ip netns exec "$A" ethtool -K u0 gro $gro > /dev/null
		ip netns exec "$A" ethtool -K ovl0 gro $gro > /dev/null
		stream "$A" "$B" to=$TB4 within=60000
		stream "$B" "$A" to=$TA4 within=60000
	done
	ip netns exec "$A" ethtool -K u0 gro off > /dev/null
	offload u0 off
	offload u1 off
}

# Of a flow of TCP every other segment is of those that cannot be merged with what
# is before, for this reason; whatever is merged, the bytes are in their order.
# (But for CWR: the GRO of 6.1 and 6.12 lets others overtake that, in geneve too.)
mixed_flow()
{
	local gro reason

	ip netns exec "$B" ethtool -K u1 tx-checksum-ip-generic on sg on \
		tx-udp-segmentation off > /dev/null
	change "$A" ovl0 nosrccheck
	for gro in off on; do
		ip netns exec "$A" ethtool -K u0 gro $gro > /dev/null
		for reason in in.flags=PA in.flags=UA in.flags=SA in.flags=FA in.flags=EA \
				in.ttl=63 in.tos=8 in.df=0 in.win=9 in.ecn=ce \
				opts=ffff000111223344; do
			mixed_train $reason
		done
	done
	ip netns exec "$A" ethtool -K u0 gro off > /dev/null
	offload u1 off
}

mixed_train() # FIELD
{
	local seq packets=() other=in.win=1024 bytes=0 value

	# all are of the same length
	[[ $1 != opts=* ]] || other=opts=ffff000111223345
	for ((seq = 1; seq <= 9001; seq += 2000)); do
		packets+=(: "in.seq=$seq" "$other")
		packets+=(: "in.seq=$((seq + 1000))" "$1")
	done
	clear_port ovl0
	: $((++NUMBER))
	train "$B" $OUTER $NO_SUM $IN4 sport=7778 in.df=1 in.l4=tcp in.sport=$NUMBER \
		in.pay=1000 "${packets[@]}"
	busywait 5000 has_come
	values ovl0 paylen dir=in sport=$NUMBER
	for value in "${SAID[@]}"; do
		: $((bytes += value))
	done
	[ $bytes = 10000 ]
	check_err $? "every other one with $1: expected: 10000 bytes, seen: $bytes"
	values ovl0 seq dir=in sport=$NUMBER
	check_order "every other one with $1" ${#SAID[@]}
}

# All of them are there, each by itself or as part of a longer one.
has_come()
{
	local bytes=0 value

	values ovl0 paylen dir=in sport=$NUMBER
	for value in "${SAID[@]}"; do
		: $((bytes += value))
	done
	[ $bytes = 10000 ]
}

# The stack shows netfilter all that has come at one go, and then goes on with the
# first of them.  Every other one has to go through all of it: nothing overtakes it.
one_go()
{
	local padding=01010100 odd

	[ "$FAMILY" = 4 ] || padding=010400000000
	# what has been sent leaves together, every 100 ms
	if ! tc -n "$B" qdisc add dev u1 root netem slot 100ms 2> /dev/null; then
		SKIPPED="no netem here"
		return
	fi
	# (a veth device hands over what may be long itself, one by one)
	offload u1 off
	ip netns exec "$B" ethtool -K u1 tx-checksum-ip-generic on > /dev/null
	ip netns exec "$A" ethtool -K u0 gro on > /dev/null
	for odd in ipopts=$padding "in.pay=1400 frag=1400"; do
		all_at_one_go "$odd"
	done
	ip netns exec "$A" ethtool -K u0 gro off > /dev/null
	offload u1 on
	tc -n "$B" qdisc del dev u1 root
}

all_at_one_go() # FIELDS
{
	local frame="$OUTER $IN4 sport=7779" id

	clear_port ovl0
	: $((++NUMBER))
	send u1 count=3 $frame $NO_SUM in.sport=40
	expect ovl0 n=3 dir=in sport=40
	for ((id = 1; id <= 39; id += 2)); do
		send u1 $frame in.sport=$NUMBER in.id=$id $NO_SUM
		send u1 $frame in.sport=$NUMBER in.id=$((id + 1)) $1
	done
	busywait 5000 all_came 40
	values ovl0 id dir=in sport=$NUMBER
	check_order "every other one with $1" 40
}

all_came() # FRAMES
{
	values ovl0 id dir=in sport=$NUMBER
	[ ${#SAID[@]} = "$1" ]
}

# Without the traffic of the others
busy() # TEST
{
	if [ -n "$(command -v taskset)" ]; then
		taskset -c -p 0 "$WIRE_PID" > /dev/null
	fi
	tunnel "$A" ovl0 id $VNI remote $FAR
	"$1"
	clear_port u0 u1 w0 w1
}

tests_run_busy
exit "$EXIT_STATUS"
