#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A router with ovl, even with a device of its own on the same port and VNI, lets
# the Geneve packets of others pass as any UDP packet: the same bytes but for
# what IP changes, whatever is in the Geneve header; and what is in it selects no
# path.  Only an endpoint takes options off.
# (RFC 8926 sections 2.2.1, 3.4 and 3.5.1; RFC 6936 section 5)
#
#   A                R                             B
#                    own: VNI 5001                  (wire looks here)
#   a0 (wire) ------ r0 10.0.0.254   r1 ----------- b1  10.1.0.2, fd11::2
#                       fd00::fe     r2 ----------- b2  10.2.0.2, fd12::2

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="unchanged_v4 unchanged_v6 opaque options merged ecmp_v4 ecmp_v6
	options_end"

MAC_R=02:00:00:00:00:0e
# Behind B
FAR4=10.9.0.2 FAR6=fd09::2
TRANSIT4="dmac=$MAC_R smac=$MAC_A src=$A4 dst=$FAR4 vni=$VNI $IN4"
TRANSIT6="dmac=$MAC_R smac=$MAC_A src=$A6 dst=$FAR6 vni=$VNI $IN4"
# Options of class 0xffff: known to nobody
PLAIN=ffff000111223344 OTHER=ffff0100 CRITICAL=ffff800111223344

router()
{
	local n

	setup_ns A R B
	ask sysctl "$R" net.ipv4.ip_forward 1
	ask sysctl "$R" net.ipv6.conf.all.forwarding 1
	ip link add a0 netns "$A" address $MAC_A type veth \
		peer name r0 netns "$R" address $MAC_R
	host "$A" a0 $A4 $A6 10.0.0.254 fd00::fe $MAC_R
	host "$R" r0 10.0.0.254 fd00::fe $A4 $A6 $MAC_A
	for n in 1 2; do
		ip link add r$n netns "$R" type veth \
			peer name b$n netns "$B" address $MAC_B
		host "$R" r$n 10.$n.0.254 fd1$n::fe 10.$n.0.2 fd1$n::2 $MAC_B
		host "$B" b$n 10.$n.0.2 fd1$n::2 10.$n.0.254 fd1$n::fe $MAC_R
		# not captured: what leaves there is not ovl's
		port r$n "$R" r$n
		offload r$n off
		ask close r$n
		port b$n "$B" b$n
	done
	ip_in "$A" <<-END
	route add 10.9.0.0/16 via 10.0.0.254
	route add fd09::/64 via fd00::fe
	END
	port a0 "$A" a0
	port r0 "$R" r0
	offload a0 off
	# what own would send by itself is of no use here
	ask sysctl "$R" net.ipv6.conf.default.disable_ipv6 1
	tunnel "$R" own id $VNI remote $A4 nosrccheck
	tunnel "$R" own6 id $VNI remote $A6 nosrccheck udp6zerocsumrx
	mark own own6
}

one_path()
{
	router
	ip_in "$R" <<-END
	route add 10.9.0.0/16 via 10.1.0.2
	route add fd09::/64 via fd11::2
	END
	BEFORE=$(mktemp) AFTER=$(mktemp)
	defer rm -f "$BEFORE" "$AFTER"
	must pcap r0 "$BEFORE"
	must pcap b1 "$AFTER"
}

# The IP packets of a capture that are UDP to that port, one a line, without
# what a router changes: the TTL, and the checksum of IPv4.
udp_packets() # FILE PORT
{
	local hex packet len at=48 port

	printf -v port '%04x' "$2"
	hex=$(od -An -v -tx1 "$1" | tr -d ' \n')
	while [ $at -lt ${#hex} ]; do
		len=${hex:at+16:8}
		len=$((2 * 0x${len:6:2}${len:4:2}${len:2:2}${len:0:2}))
		packet=${hex:at+32:len}
		at=$((at + 32 + len))
		case ${packet:24:4} in
		0800)
			packet=${packet:28}
			[ "${packet:18:2}${packet:44:4}" = "11$port" ] ||
				continue
			echo "${packet:0:16}${packet:18:2}${packet:24}"
			;;
		86dd)
			packet=${packet:28}
			[ "${packet:12:2}${packet:84:4}" = "11$port" ] ||
				continue
			echo "${packet:0:14}${packet:16}"
			;;
		esac
	done
}

# So many packets left as they had come, and own had nothing of them.
passed_unchanged() # NUMBER
{
	local before after

	expect b1 n=$1 dir=in dport=6081 : ttl=63 dmac=$MAC_B
	before=$(udp_packets "$BEFORE" 6081)
	after=$(udp_packets "$AFTER" 6081)
	[ "$(wc -l <<< "$before")" = "$1" ]
	check_err $? "expected: $1 packets sent, seen: $(wc -l <<< "$before")"
	[ "$before" = "$after" ]
	check_err $? "sent and forwarded: $(diff <(echo "$before") <(echo "$after"))"
	none r0 dir=out dport=*
	none r0 dir=out q.dport=*
	moved own
	moved own6
}

# Each of the header's fields, one packet each.
fields() # OUTER
{
	local fields n=0 long

	long="ffff001f$(printf '%0248d' 0)ffff001e$(printf '%0240d' 0)"
	for fields in ver=0 ver=1 ver=2 ver=3 o=1 c=1 "o=1 c=1 opts=$CRITICAL" \
			rsvd1=63 rsvd2=255 proto=0x0806 proto=1 vni=0 \
			vni=0xffffff "vni=$VNI in.pay=900" csum=zero opts=$PLAIN \
			"c=1 opts=$CRITICAL" opts=$CRITICAL opts=$long; do
		send a0 $1 $fields in.sport=$((++n))
	done
	NUMBER=$n
}

unchanged_v4()
{
	one_path
	fields "$TRANSIT4"
	passed_unchanged $NUMBER
	log_test "every field of the header passes, over IPv4"
}

# Packets with and without checksum on the same port, RFC 6936
unchanged_v6()
{
	one_path
	fields "$TRANSIT6"
	passed_unchanged $NUMBER
	log_test "every field of the header passes, over IPv6"
}

# No Geneve at all, or wrong: no concern of a router.
opaque()
{
	local fields n=0

	one_path
	for fields in cut=0 cut=4 cut=7 "cut=20 optlen=4" optlen=63 csum=bad \
			"opts=ffff0002 cut=40" "c=1 opts=${PLAIN}ffff8001" \
			cut=8 cut=21; do
		send a0 $TRANSIT4 $fields in.sport=$((++n))
		send a0 $TRANSIT6 $fields in.sport=$((++n))
	done
	passed_unchanged $n
	log_test "what is no Geneve packet passes"
}

# Any number, order and kind of them.
options()
{
	local a b c n=0

	one_path
	for a in $PLAIN $OTHER $CRITICAL; do
		for b in $PLAIN $OTHER $CRITICAL; do
			for c in $PLAIN $OTHER $CRITICAL; do
				send a0 $TRANSIT4 c=1 opts=$a$b$c in.sport=$((++n))
				send a0 $TRANSIT6 c=0 opts=$a$b$c in.sport=$((++n))
			done
		done
	done
	passed_unchanged $n
	log_test "options pass, all of them and in their order"
}

# A sender behind a bridge in A: its datagram is cut into packets on the way to A,
# and their checksums are complete on the way to R.
sender()
{
	setup_ns S
	ip link add s0 netns "$S" type veth peer name s1 netns "$A"
	host "$S" s0 10.0.0.9 fd00::9 10.0.0.254 fd00::fe $MAC_R
	ip_in "$S" route add fd09::/64 via fd00::fe
	ip netns exec "$S" ethtool -K s0 tx-udp-segmentation off > /dev/null
	ip_in "$A" <<-END
	link add br0 type bridge
	link set br0 addrgenmode none up
	link set s1 addrgenmode none up master br0
	link set a0 master br0
	END
}

# The router has an endpoint's GRO on the port, and waits for more to merge.
merged()
{
	local test="packets that arrive at one go leave as they came"

	# whatever driver has the port, geneve too
	if kernel_is_older_than 6.12; then
		log_test_skip "$test" "this kernel sends a wrong checksum then"
		return
	fi
	one_path
	sender
	ip netns exec "$R" ethtool -K r0 gro on > /dev/null
	ip netns exec "$R" sh -c "echo 50000000 > /sys/class/net/r0/gro_flush_timeout"
	BEFORE=$(mktemp)
	defer rm -f "$BEFORE"
	must pcap a0 "$BEFORE"
	train "$S" $TRANSIT6 src=fd00::9 in.df=1 in.l4=tcp in.pay=1000 c=1 \
		opts=$PLAIN$CRITICAL$OTHER : in.id=1 in.seq=1 : \
		in.id=2 in.seq=1001 : in.id=3 in.seq=2001 : in.id=4 in.seq=3001
	# merged they are
	expect r0 dir=in gso=tcp4 : in.paylen=4000
	passed_unchanged 4
	log_test "$test"
}

two_paths()
{
	router
	ask sysctl "$R" net.ipv4.fib_multipath_hash_policy 1
	ask sysctl "$R" net.ipv6.fib_multipath_hash_policy 1
	ip_in "$R" <<-END
	route add 10.9.0.0/16 nexthop via 10.1.0.2 dev r1 nexthop via 10.2.0.2 dev r2
	route add fd09::/64 nexthop via fd11::2 dev r1 nexthop via fd12::2 dev r2
	END
}

# The path of the flow with that source port, in PATH_OF; the same one whatever
# else is in the packet.
same_path() # OUTER SPORT FIELDS...
{
	local outer="$1 sport=$2" fields other=b2 n=1

	shift 2
	clear_port b1 b2
	send a0 $outer in.sport=1
	PATH_OF=b1
	ask expect b1 within=300 dir=in in.sport=1 || PATH_OF=b2 other=b1
	[ $PATH_OF = b1 ] || expect b2 dir=in in.sport=1
	for fields; do
		send a0 $outer $fields in.sport=$((++n))
	done
	expect $PATH_OF n=$((n - 1)) dir=in dport=6081
	none $other dir=in dport=6081
}

check_paths() # OUTER
{
	local n opts='' lengths=() used=''

	two_paths
	for ((n = 0; n < 63; n++)); do
		opts+=ffff0000
		lengths+=("opts=$opts")
	done
	same_path "$1" 999 "${lengths[@]}"
	for n in {1000..1011}; do
		same_path "$1" $n o=1 c=1 "o=1 c=1 opts=$CRITICAL" ver=1 \
			opts=$PLAIN vni=77 proto=0x0800
		used+=" $PATH_OF"
	done
	[[ $used == *b1* && $used == *b2* ]]
	check_err $? "expected: flows on both paths, seen:$used"
	moved own
	moved own6
}

ecmp_v4()
{
	check_paths "$TRANSIT4"
	log_test "a flow has one path whatever the header says, over IPv4"
}

ecmp_v6()
{
	check_paths "$TRANSIT6"
	log_test "a flow has one path whatever the header says, over IPv6"
}

# R is an endpoint twice, with a bridge between: what goes into the second tunnel
# is the frame alone.
options_end()
{
	local BEYOND=in.dmac=02:00:00:00:09:09

	router
	ip_in "$R" <<-END
	link add br0 type bridge
	link set br0 addrgenmode none up
	link set own master br0
	END
	tunnel "$R" next id 7 remote 10.1.0.2
	ip_in "$R" <<-END
	link set next address 02:00:00:00:00:0f
	link set next master br0
	END
	send a0 $TRANSIT4 dst=10.0.0.254 $BEYOND in.sport=5
	expect b1 in.sport=5 : dst=10.1.0.2 vni=7 optlen=0
	send a0 $TRANSIT4 dst=10.0.0.254 $BEYOND in.sport=6 rsvd1=63 rsvd2=255 \
		c=1 opts=$PLAIN$OTHER
	expect b1 in.sport=6 : vni=7 optlen=0 c=0 o=0 rsvd1=0 rsvd2=0
	log_test "options end where their tunnel ends"
}

tests_run
exit "$EXIT_STATUS"
