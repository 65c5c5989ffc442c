#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# OAM packets, those with the O bit, are no tenant's: they are counted, and told
# to who has joined ovl's multicast group of generic netlink.  (RFC 8926 section
# 3.4)
#
#   A                                         B
#   ovl0 (VNI 5001); listeners
#   u0  10.0.0.1, fd00::1 ------------------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_options.sh"

ALL_TESTS="told payload long_payload with_options not_told nobody unprivileged
	namespaces moved_device saturated"

RAW=cafebabe0102030405
# Frames that keep the data path busy, and OAM packets amid them
FLOOD=${FLOOD:-20000} AMID=100

# A listener in a namespace, until the function ends; what it says is in FILE.
listener() # NS FILE [ARGS...]
{
	: > "$2"
	ip netns exec "$1" "$SELFTESTS/oam_listen" "${@:3}" >> "$2" &
	defer stop $!
	busywait 5000 says "$2" "joined"
	check_err $? "the listener could not join: $(< "$2")"
}

says() # FILE REGEX
{
	[[ $'\n'$(< "$1")$'\n' =~ $'\n'$2 ]]
}

check_told() # FILE REGEX
{
	busywait 5000 says "$1" "$2"
	check_err $? "expected: $2, seen: $(tail -n 3 "$1")"
	: > "$1"
}

# A folder for what listeners say
folder()
{
	SAYS=$(mktemp -d)
	defer rm -r "$SAYS"
}

# An OAM packet from B, which is counted, and not delivered.
oam() # FIELDS...
{
	mark ovl0
	clear_port ovl0
	send u1 $COMES o=1 "$@"
	moved ovl0 rx_oam=1 link.rx_dropped=1 link.rx_packets=0
	none ovl0 dir=in
}

told_here()
{
	local from=$B4 type=0x6558 begins=02000000010a02000000010b0800 index

	[ $REMOTE = $B4 ] || from=$B6
	[ $KIND_OF_DEVICE = L2 ] || { type=0x0800; begins=4500; }
	index=$(ip -n "$A" -j link show ovl0 | jq '.[0].ifindex')
	folder
	listener "$A" "$SAYS/a"
	listener "$A" "$SAYS/b"
	oam sport=1234
	check_told "$SAYS/a" "dev=ovl0 ifindex=$index src=$from sport=1234 vni=$VNI proto=$type opts=- len=[0-9]+ payload=$begins"
	check_told "$SAYS/b" "dev=ovl0 ifindex=$index src=$from sport=1234 "
	# a protocol that the device does not carry
	COMES=$OUTER oam proto=0x1234 in.raw=$RAW
	check_told "$SAYS/a" "dev=ovl0 .* proto=0x1234 opts=- len=9 payload=$RAW"$'\n'
	# one that is for the tenant is told to nobody
	clear_port ovl0
	send u1 $COMES in.sport=4712
	expect ovl0 dir=in sport=4712
	oam sport=1235
	check_told "$SAYS/a" "dev=ovl0 ifindex=$index src=$from sport=1235 "
	! says "$SAYS/a" "dev"
	check_err $? "expected: one packet told, seen: $(< "$SAYS/a")"
}

told()
{
	on_each told_here
	log_test "OAM packets are told, not delivered"
}

payload_here()
{
	folder
	listener "$A" "$SAYS/a"
	oam cut=8
	check_told "$SAYS/a" "dev=ovl0 .* opts=- len=0 payload=-"
	COMES=$OUTER oam proto=0x1234 in.raw=00
	check_told "$SAYS/a" "dev=ovl0 .* len=1 payload=00"$'\n'
	COMES=$OUTER oam proto=0xffff in.raw=$RAW$RAW
	check_told "$SAYS/a" "dev=ovl0 .* proto=0xffff .* payload=$RAW$RAW"$'\n'
	# in pieces, as nobody has it in one
	mark ovl0
	send u1 frag=400 $COMES o=1 opts=ffff010111223344 in.pay=1200
	moved ovl0 rx_oam=1
	[ $KIND_OF_DEVICE = L3 ] || check_told "$SAYS/a" \
		"dev=ovl0 .* opts=ffff010111223344 len=1242 payload=[0-9a-f]{$((2 * 1242))}"$'\n'
	[ $KIND_OF_DEVICE = L2 ] || check_told "$SAYS/a" \
		"dev=ovl0 .* opts=ffff010111223344 len=1228 payload=[0-9a-f]{$((2 * 1228))}"$'\n'
}

payload()
{
	on_each payload_here
	log_test "the payload of an OAM packet"
}

# No more than that fits a message.
long_payload()
{
	local COMES="$OUTER4 $IN4" bytes

	underlay mtu 12000
	device L2 $B4
	folder
	listener "$A" "$SAYS/a"
	for bytes in 9000 9174 9175 10000; do
		oam in.pay=$bytes opts=ffff010111223344
		busywait 5000 says "$SAYS/a" "dev=ovl0 .* opts=ffff010111223344 len=$((bytes + 42)) payload="
		check_err $? "expected: len=$((bytes + 42)), seen: $(cut -c1-200 "$SAYS/a")"
		[ "$(sed -n 's/.*payload=//p' "$SAYS/a" | tr -d '\n' | wc -c)" = \
			$((2 * (bytes + 42 > 9216 ? 9216 : bytes + 42))) ]
		check_err $? "not 9216 bytes of $bytes and 42"
		: > "$SAYS/a"
	done
	log_test "a payload that is longer than what is told"
}

with_options_here()
{
	folder
	listener "$A" "$SAYS/a"
	oam opts=ffff010111223344
	check_told "$SAYS/a" "dev=ovl0 .* opts=ffff010111223344 len="
	oam c=1 opts=ffff8100ffff010111223344ffff0200
	check_told "$SAYS/a" "dev=ovl0 .* opts=ffff8100ffff010111223344ffff0200 len="
	# as they stood there, whatever is to be ignored
	oam opts=ffff01e111223344 rsvd1=63 rsvd2=255
	check_told "$SAYS/a" "dev=ovl0 .* vni=$VNI .* opts=ffff01e111223344 len="
	wired "$(option ffff:01 31),$(option ffff:02 30)"
	oam opts=$HEX
	check_told "$SAYS/a" "dev=ovl0 .* opts=$HEX len="
	# what carries a mark
	oam opts=ffff050100000007
	check_told "$SAYS/a" "dev=ovl0 .* opts=ffff050100000007 len="
}

with_options()
{
	on_each with_options_here accept ffff:81 markopt ffff:05
	log_test "OAM packets with options"
}

# What would not be let in without the O bit is not told with it.
not_told_here()
{
	local what stranger=10.0.0.77

	[ $REMOTE = $B4 ] || stranger=fd00::77
	folder
	listener "$A" "$SAYS/a"
	while read -r what; do
		set -- $what
		mark ovl0
		send u1 $COMES o=1 "${@:2}"
		moved ovl0 $1=1
	done <<-END
	rx_opt_critical c=1 opts=ffff810155667788
	rx_opt_critical c=1 opts=ffff010111223344ffff8100
	rx_opt_mismatch opts=ffff8100
	rx_opt_malformed opts=ffff0101
	rx_opt_too_long opts=ffff010111223344ffff010111223344
	port_rx_unknown_vni vni=9
	port_rx_version ver=1
	port_rx_short cut=7
	END
	mark ovl0
	send u1 $COMES o=1 src=$stranger
	moved ovl0 rx_source=1
	oam sport=1236
	check_told "$SAYS/a" "dev=ovl0 .* sport=1236 "
	! says "$SAYS/a" "dev"
	check_err $? "expected: nothing but the last one, seen: $(< "$SAYS/a")"
}

not_told()
{
	on_each not_told_here optmax 12
	log_test "an OAM packet with an unknown critical option is dropped as such, and others"
}

nobody_here()
{
	local n

	for n in 1 2 3; do
		oam
		oam opts=ffff010111223344
	done
	# who came and went
	folder
	in_defer_scope listener "$A" "$SAYS/a"
	oam
}

nobody()
{
	on_each nobody_here
	log_test "OAM packets with nobody listening"
}

unprivileged()
{
	local COMES="$OUTER4 $IN4" said

	underlay
	device L2 $B4
	folder
	said=$(ip netns exec "$A" timeout 10 "$SELFTESTS/oam_listen" -u 65534)
	[ "$said" = "join: EPERM" ]
	check_err $? "expected: join: EPERM, seen: $said"
	oam
	listener "$A" "$SAYS/a"
	oam sport=1237
	check_told "$SAYS/a" "dev=ovl0 .* sport=1237 "
	log_test "a listener without CAP_NET_ADMIN cannot join"
}

namespaces()
{
	local COMES="$OUTER4 $IN4" ns

	underlay
	setup_ns C
	device L2 $B4
	folder
	for ns in A B C; do
		listener "${!ns}" "$SAYS/$ns"
	done
	# a device of the same name there
	ip_in "$C" link add ovl0 type "$KIND" id $VNI remote $B4
	oam sport=1238
	check_told "$SAYS/A" "dev=ovl0 .* sport=1238 "
	for ns in B C; do
		[ "$(< "$SAYS/$ns")" = joined ]
		check_err $? "told in $ns: $(< "$SAYS/$ns")"
	done
	log_test "told only in the device's namespace"
}

# It is where the device is, not its underlay.
moved_device()
{
	underlay
	setup_ns C
	ip_in "$A" link add ovl0 type "$KIND" id $VNI remote $B4
	ip_in "$A" link set ovl0 netns "$C"
	ip_in "$C" link set ovl0 up
	port ovl0 "$C" ovl0
	folder
	listener "$A" "$SAYS/A"
	listener "$C" "$SAYS/C"
	COMES="$OUTER4 $IN4" oam sport=1239
	check_told "$SAYS/C" "dev=ovl0 .* sport=1239 "
	[ "$(< "$SAYS/A")" = joined ]
	check_err $? "told where the underlay is: $(< "$SAYS/A")"
	log_test "told where the device has moved to"
}

# Each of them is told, and none of the others lost, while frames pour in.
saturated()
{
	local COMES="$OUTER4 $IN4" flood n

	underlay
	device L2 $B4
	folder
	listener "$A" "$SAYS/a"
	ask close ovl0 u0
	port busy "$A" ovl0
	ask close u1
	port u1 "$B" u1
	mark busy
	"$SELFTESTS/wire" > /dev/null < <(
		echo "port p $B u1"
		echo "send p count=$FLOOD $COMES in.pay=1000") &
	flood=$!
	defer stop $flood
	send u1 count=$AMID gap=2000 inc=sport $COMES o=1 sport=20000
	kill -0 $flood 2> /dev/null || log_info "the flood was over before"
	wait $flood
	moved busy rx_oam=$AMID link.rx_packets=$FLOOD
	for ((n = 20000; n < 20000 + AMID; n++)); do
		busywait 5000 says "$SAYS/a" "dev=ovl0 [^"$'\n'"]* sport=$n "
		check_err $? "the packet of port $n was not told"
	done
	[ "$(grep -c ^dev= "$SAYS/a")" = $AMID ]
	check_err $? "expected: $AMID told, seen: $(grep -c ^dev= "$SAYS/a")"
	! says "$SAYS/a" "lost"
	check_err $? "the listener has lost some"
	log_test "told while the data path is saturated"
}

tests_run
exit "$EXIT_STATUS"
