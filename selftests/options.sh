#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Options: what a device sends, as they stand on the wire, and what it makes of
# those that it receives.  (RFC 8926 sections 3.4, 3.5, 4.4.1 and 4.6)
#
#   A                                    B
#   ovl0  192.168.0.1, fd01::1
#   u0  10.0.0.1, fd00::1 -------------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_options.sh"

ALL_TESTS="c_bit r_bits_sent r_bits_received unknown known c_unset c_alone
	lengths too_long longest fixed_length segments gro mtu_reserved
	full_size peers_own peers_none order"

c_bit_here()
{
	local opts

	leaves "" 0
	for opts in $PLAIN $PLAIN,$PLAIN ffff:7f: ffff:7f:,$PLAIN; do
		change "$A" ovl0 opts $opts
		leaves $opts 0
	done
	for opts in $CRITICAL $CRITICAL,$PLAIN $PLAIN,$CRITICAL,$PLAIN \
			$PLAIN,$PLAIN,$CRITICAL ffff:80: $PLAIN,ffff:ff: \
			$CRITICAL,$CRITICAL; do
		change "$A" ovl0 opts $opts
		leaves $opts 1
	done
	change "$A" ovl0 noopts
	leaves "" 0
	change "$A" ovl0 peer $REMOTE opts $CRITICAL
	leaves $CRITICAL 1
	change "$A" ovl0 peer $REMOTE opts $PLAIN
	leaves $PLAIN 0
	change "$A" ovl0 peer $REMOTE noopts
	leaves "" 0
}

c_bit()
{
	local FEW=yes

	on_each c_bit_here
	log_test "C is set exactly when an option is critical"
}

# Each length that an option can have; those of a remembered flow are not sent
# back with the bits that they came with.
r_bits_here()
{
	local words

	for words in 0 1 2 3 7 8 15 16 30 31; do
		change "$A" ovl0 opts "$(option ffff:81 $words)"
		leaves "$(option ffff:81 $words)" 1
	done
	change "$A" ovl0 noopts reflect 16 accept ffff:81
	arrives "in.sport=4712 in.dport=4711 opts=ffff01e111223344ffff812155667788 c=1 rsvd1=63 rsvd2=255"
	clear_port u1
	send ovl0 $TENANT sport=4711 dport=4712
	expect u1 in.sport=4711 in.dport=4712 : opts=$WPLAIN$WCRITICAL c=1 \
		rsvd1=0 rsvd2=0
}

r_bits_sent()
{
	local FEW=yes

	on_each r_bits_here
	log_test "R bits are zero on the wire"
}

r_bits_received_here()
{
	local bits

	for bits in 2 4 8 e; do
		arrives "opts=ffff01${bits}111223344"
		arrives "opts=ffff81${bits}155667788 c=1"
		arrives "opts=${WPLAIN}ffff81${bits}0 c=1"
		dropped "opts=ffff82${bits}155667788 c=1" rx_opt_critical
		dropped "opts=ffff01${bits}211223344" rx_opt_malformed
		dropped "opts=ffff05${bits}0 " rx_opt_malformed
	done
	# not taken for a word of data more
	arrives "opts=ffff05e100000007"
	arrives "opts=$WPLAIN rsvd1=63 rsvd2=255"
	arrives "rsvd1=63 rsvd2=255"
}

r_bits_received()
{
	on_each r_bits_received_here accept ffff:81 markopt ffff:05
	log_test "R bits are ignored on receipt"
}

unknown_here()
{
	local opts

	for opts in $WCRITICAL ffff8000 $WCRITICAL$WPLAIN$WPLAIN \
			$WPLAIN$WCRITICAL$WPLAIN $WPLAIN$WPLAIN$WCRITICAL \
			$WCRITICAL$WCRITICAL; do
		dropped "opts=$opts c=1" rx_opt_critical
	done
	# the same class or type does not make it known, nor does a known one
	change "$A" ovl0 accept ffff:82,fffe:81,ffff:01
	for opts in $WCRITICAL ffff8200$WCRITICAL ${WCRITICAL}ffff8200 \
			fffe8200ffff8200; do
		dropped "opts=$opts c=1" rx_opt_critical
	done
	change "$A" ovl0 noaccept
	dropped "opts=ffff8200 c=1" rx_opt_critical
	arrives "opts=$WPLAIN"
}

unknown()
{
	on_each unknown_here
	log_test "an unknown critical option is dropped: first, middle, last"
}

known_here()
{
	local opts

	for opts in $WCRITICAL ffff8100 $WCRITICAL$WPLAIN$WPLAIN \
			$WPLAIN$WCRITICAL$WPLAIN $WPLAIN$WPLAIN$WCRITICAL \
			$WCRITICAL$WCRITICAL fffe8000fffeff00$WCRITICAL; do
		arrives "opts=$opts c=1"
	done
	change "$A" ovl0 accept "ffff:*"
	arrives "opts=${WCRITICAL}ffff8000ffffff00 c=1"
	dropped "opts=fffe8000 c=1" rx_opt_critical
}

known()
{
	on_each known_here accept "ffff:81,fffe:*"
	log_test "a known critical option is delivered"
}

# Accepted or not: a router on the way has not seen that it is critical.
c_unset_here()
{
	local opts several="$WCRITICAL $WPLAIN$WCRITICAL $WCRITICAL$WPLAIN ffff8200 ${WPLAIN}ffff8200"

	for opts in $several; do
		dropped "opts=$opts c=0" rx_opt_mismatch
	done
	change "$A" ovl0 critmismatch accept
	for opts in $several; do
		arrives "opts=$opts c=0"
	done
	# with the C bit there is nothing to be lenient about
	dropped "opts=ffff8200 c=1" rx_opt_critical
	dropped "opts=ffff8202 c=0" rx_opt_malformed
	change "$A" ovl0 critmismatch drop
	dropped "opts=$WCRITICAL c=0" rx_opt_mismatch
}

c_unset()
{
	on_each c_unset_here accept ffff:81
	log_test "C = 0 with a critical option inside"
}

c_alone_here()
{
	arrives c=1 rx_opt_no_critical=1
	arrives "opts=$WPLAIN c=1" rx_opt_no_critical=1
	arrives "opts=$WPLAIN$WPLAIN c=1" rx_opt_no_critical=1
	arrives "opts=$WPLAIN c=0"
	arrives "opts=$WCRITICAL c=1"
}

c_alone()
{
	on_each c_alone_here accept ffff:81
	log_test "C = 1 without a critical option is counted"
}

# The lengths of the options do not add up to that of all of them.
lengths_here()
{
	local opts

	for opts in ffff0101 ffff011f11223344 ffff010211223344 \
			${WPLAIN}ffff0101 ${WPLAIN}ffff010211223344 \
			${WPLAIN}ffff8101 ${WCRITICAL}ffff0101; do
		dropped "opts=$opts" rx_opt_malformed
		dropped "opts=$opts c=1" rx_opt_malformed
	done
	# the list ends amid an option
	dropped "opts=$WPLAIN optlen=1" rx_opt_malformed
	dropped "opts=$WPLAIN$WPLAIN optlen=3" rx_opt_malformed
	# and after the packet
	dropped "opts=$WPLAIN optlen=63 cut=40" port_rx_short
	arrives "opts=ffff0100"
	arrives "opts=ffff0100ffff0200ffff0300"
}

lengths()
{
	on_each lengths_here accept "ffff:*"
	log_test "a list that overruns or underruns"
}

too_long_here()
{
	arrives "opts=$WPLAIN"
	dropped "opts=${WPLAIN}ffff0100" rx_opt_too_long
	dropped "opts=ffff820001020304ffff0100 c=1" rx_opt_too_long
	change "$A" ovl0 opts $PLAIN
	leaves $PLAIN 0
	ip -n "$A" link set ovl0 type "$KIND" opts $PLAIN,ffff:01: 2> /dev/null
	check_fail $? "opts of 12 bytes with optmax 8"
	ip -n "$A" link set ovl0 type "$KIND" peer $REMOTE opts $PLAIN,ffff:01: 2> /dev/null
	check_fail $? "opts of 12 bytes for a peer with optmax 8"
	ip -n "$A" link set ovl0 type "$KIND" markopt ffff:05 2> /dev/null
	check_fail $? "opts of 8 bytes and markopt with optmax 8"
	leaves $PLAIN 0
	change "$A" ovl0 optmax 0 noopts
	dropped "opts=ffff0100" rx_opt_too_long
	arrives ""
	change "$A" ovl0 optmax unlimited
	arrives "opts=${WPLAIN}ffff0100"
}

too_long()
{
	on_each too_long_here optmax 8
	log_test "more than optmax"
}

# 128 and 124, and 244 with 8 that carry a mark
longest_here()
{
	local most less

	most=$(option ffff:81 31),$(option ffff:02 30)
	change "$A" ovl0 opts $most
	leaves $most 1
	arrives "opts=$HEX c=1"
	dropped "opts=$HEX c=0" rx_opt_mismatch
	ip -n "$A" link set ovl0 type "$KIND" opts $most,ffff:01: 2> /dev/null
	check_fail $? "opts of 256 bytes"
	leaves $most 1
	less=$(option ffff:81 31),$(option ffff:02 28)
	change "$A" ovl0 opts $less markopt ffff:05
	leaves $less 1
	change "$A" ovl0 noopts nomarkopt
	change "$A" ovl0 peer $REMOTE opts $most
	leaves $most 1
}

longest()
{
	local FEW=yes

	on_each longest_here accept ffff:81
	log_test "252 bytes"
}

# RFC 8926 section 3.5.1: the length that an option has is part of what it is.
fixed_length_here()
{
	local type opts c

	for type in 05 85; do
		change "$A" ovl0 markopt ffff:$type
		c=$((type == 85))
		arrives "opts=ffff${type}0100000007 c=$c"
		for opts in ffff${type}00 ffff${type}020000000700000000 \
				${WPLAIN}ffff${type}00 ffff${type}00$WPLAIN; do
			dropped "opts=$opts c=$c" rx_opt_malformed
		done
	done
	# the other one is like any other now
	arrives opts=ffff0500
	change "$A" ovl0 nomarkopt
	dropped "opts=ffff850100000007 c=1" rx_opt_critical
}

fixed_length()
{
	on_each fixed_length_here
	log_test "a fixed-length option of another length"
}

segments()
{
	# of which the longest set leaves what IPv6 needs
	local UNDERLAY_MTU=1800 FEW=yes

	on_each all_segments
	log_test "each segment has the same options"
}

gro()
{
	cutting_underlay tunnel accept "ffff:*" critmismatch accept
	gro_differing
	log_test "GRO merges only what is binary equal"
}

mtu_reserved_here()
{
	local words

	leaves_room 0
	change "$A" ovl0 opts $PLAIN
	leaves_room 8
	change "$A" ovl0 opts "$(option ffff:01 31)"
	leaves_room 128
	change "$A" ovl0 markopt ffff:05
	leaves_room 136
	change "$A" ovl0 noopts
	leaves_room 8
	change "$A" ovl0 nomarkopt
	leaves_room 0
	for words in 63 1 0; do
		change "$A" ovl0 optmax $((4 * words))
		leaves_room $((4 * words))
	done
	change "$A" ovl0 optmax 40 opts $PLAIN markopt ffff:05
	leaves_room 40
	change "$A" ovl0 optmax unlimited
	leaves_room 16
	# a peer's own
	change "$A" ovl0 nomarkopt
	change "$A" ovl0 peer $REMOTE opts "$(option ffff:01 9)"
	leaves_room 40
	change "$A" ovl0 markopt ffff:05
	leaves_room 48
	change "$A" ovl0 peer $REMOTE opts ffff:01:
	leaves_room 16
	change "$A" ovl0 peer $REMOTE noopts
	leaves_room 16
	change "$A" ovl0 peer $REMOTE opts "$(option ffff:01 9)"
	leaves_room 48
	change "$A" ovl0 peer $REMOTE opts device
	leaves_room 16
	# follows, options and all, and stays as the user says
	ip_in "$A" link set u0 mtu 1400
	mtu ovl0=$((1400 - $(hlen) - 16))
	ip_in "$A" link set u0 mtu 1500
	leaves_room 16
	ip_in "$A" link set ovl0 mtu 1300
	change "$A" ovl0 optmax 252
	mtu ovl0=1300
}

mtu_reserved()
{
	on_each mtu_reserved_here
	log_test "the MTU reserves the option space"
}

# An IPv4 packet that is as long as the MTU makes one that is as long as the
# underlay's, with what is reserved for options or with less.
fills() # LENGTH
{
	local len

	len=$(ip -n "$A" -j link show ovl0 | jq '.[0].mtu')
	clear_port u1
	send ovl0 $TENANT sport=4714 df=1 pay=$((len - 28))
	expect u1 in.sport=4714 : wirelen=$1 csum=ok in.csum=ok
}

full_size_here()
{
	local opts

	for opts in $PLAIN "$(option ffff:81 31)" \
			"$(option ffff:81 31),$(option ffff:02 30)"; do
		change "$A" ovl0 opts $opts
		fills 1514
	done
	change "$A" ovl0 opts $PLAIN
	change "$A" ovl0 peer $REMOTE opts "$(option ffff:01 9)"
	fills 1514
	change "$A" ovl0 peer $REMOTE opts ffff:01:
	fills $((1514 - 4))
	change "$A" ovl0 optmax 100
	fills $((1514 - 96))
	change "$A" ovl0 peer $REMOTE opts device
	fills $((1514 - 92))
}

full_size()
{
	on_each full_size_here
	log_test "a full-size frame with options fits the underlay"
}

# Of peers that differ in nothing but the port, each has its own.
peers_own_here()
{
	local own=ffff:02:,$CRITICAL

	leaves $PLAIN 0
	change "$A" ovl0 peer $REMOTE opts $own
	leaves $own 1
	change "$A" ovl0 opts ffff:03:,ffff:04:
	leaves $own 1
	change "$A" ovl0 peer $REMOTE opts device
	leaves ffff:03:,ffff:04: 0
	[ $KIND_OF_DEVICE = L2 ] || return 0
	must geneve 7000
	bridge -n "$A" -b - <<-END
	fdb add 02:00:00:00:02:01 dev ovl0 dst $REMOTE port 7000 self
	fdb add 02:00:00:00:02:02 dev ovl0 dst $REMOTE vni 77 self
	END
	change "$A" ovl0 peer $REMOTE port 7000 opts $own
	leaves ffff:03:,ffff:04: 0 dport=6081
	TENANT="$TENANT dmac=02:00:00:00:02:01" leaves $own 1 dport=7000
	change "$A" ovl0 peer $REMOTE vni 77 opts $PLAIN
	clear_port u1
	send ovl0 $TENANT dmac=02:00:00:00:02:02
	expect u1 vni=77 : opts=$WPLAIN
	leaves ffff:03:,ffff:04: 0 dport=6081
	# to all of a flood list, to each what is its own
	bridge -n "$A" fdb append 00:00:00:00:00:00 dev ovl0 dst $REMOTE port 7000 self
	clear_port u1
	send ovl0 $TENANT dmac=ff:ff:ff:ff:ff:ff sport=4715
	expect u1 in.sport=4715 dport=6081 : opts=ffff0300ffff0400 c=0
	wired $own
	expect u1 in.sport=4715 dport=7000 : opts=$HEX c=1
}

peers_own()
{
	local FEW=yes

	on_each peers_own_here opts $PLAIN
	log_test "a peer's own options replace the device's"
}

peers_none_here()
{
	leaves $CRITICAL 1
	change "$A" ovl0 peer $REMOTE noopts
	leaves "" 0
	change "$A" ovl0 opts $PLAIN,$CRITICAL
	leaves "" 0
	change "$A" ovl0 peer $REMOTE opts device
	leaves $PLAIN,$CRITICAL 1
}

peers_none()
{
	on_each peers_none_here opts $CRITICAL
	log_test "noopts for a peer"
}

order_here()
{
	local opts

	for opts in ffff:03:,$CRITICAL,ffff:01: ffff:01:,$CRITICAL,ffff:03: \
			$CRITICAL,$PLAIN,$CRITICAL,$PLAIN fffe:ff:,ffff:00: \
			ffff:00:,fffe:ff: 0000:00:,ffff:ff:ffffffff,0000:00:; do
		change "$A" ovl0 opts $opts
		leaves $opts 1
		change "$A" ovl0 noopts
		change "$A" ovl0 peer $REMOTE opts $opts
		leaves $opts 1
		[ "$(ip -n "$A" -j link xstats type "$KIND" dev ovl0 |
			jq -r '.[0].peers[0].opts')" = $opts ]
		check_err $? "not shown as it was typed: $opts"
		change "$A" ovl0 peer $REMOTE opts device
	done
}

order()
{
	local FEW=yes

	on_each order_here
	log_test "order is kept"
}

tests_run
exit "$EXIT_STATUS"
