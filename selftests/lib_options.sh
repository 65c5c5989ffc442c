# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_options.sh: options, and devices that send and receive them.

. "${BASH_SOURCE[0]%/*}/lib_super.sh"
. "${BASH_SOURCE[0]%/*}/lib_gro.sh"
. "${BASH_SOURCE[0]%/*}/lib_mtu.sh"

# Two of class 0xffff, plain and critical, which are known to nobody.
PLAIN=ffff:01:11223344 CRITICAL=ffff:81:55667788
# The same as they stand on the wire
WPLAIN=ffff010111223344 WCRITICAL=ffff810155667788

# Options as ip takes them, in HEX as they stand on the wire.
wired() # CLASS:TYPE:DATA[,CLASS:TYPE:DATA...]
{
	local item

	HEX=
	for item in ${1//,/ }; do
		printf -v item '%s%s%02x%s' "${item:0:4}" "${item:5:2}" \
			$(((${#item} - 8) / 8)) "${item:8}"
		HEX+=$item
	done
}

# An option with so many words of data
option() # CLASS:TYPE WORDS
{
	local i

	printf '%s:' "$1"
	for ((i = 0; i < $2; i++)); do
		printf '%08x' $((0xabcd0000 + i))
	done
}

# Carry out a test with a device of each kind: with Ethernet and without, over
# IPv4 and over IPv6; of the four there are two if FEW is set, or on a slow
# machine.  It finds in TENANT what A's tenant sends, in COMES what
# comes to him from B, in OUTER that without its payload, in KIND_OF_DEVICE L2 or
# L3, in REMOTE the endpoint.  The underlay's MTU is UNDERLAY_MTU, if that is set.
on_each() # TEST [TYPE-ARGUMENT...]
{
	local kind KIND_OF_DEVICE REMOTE kinds="L2-$B4 L3-$B6"

	[ -n "${FEW:-}${KSFT_MACHINE_SLOW:-}" ] || kinds+=" L2-$B6 L3-$B4"
	underlay mtu ${UNDERLAY_MTU:-1500}
	for kind in $kinds; do
		KIND_OF_DEVICE=${kind%-*}
		REMOTE=${kind#*-}
		in_defer_scope on_one "$@"
		[ "$RET" = 0 ] || retmsg+=" ($KIND_OF_DEVICE to $REMOTE)"
		[ "$RET" = 0 ] || return
	done
}

on_one() # TEST [TYPE-ARGUMENT...]
{
	local test=$1 TENANT=$TENANT4 OUTER=$OUTER4 COMES

	shift
	[ $REMOTE = $B4 ] || OUTER=$OUTER6
	COMES="$OUTER $IN4"
	[ $KIND_OF_DEVICE = L2 ] || TENANT=$L3TENANT4
	[ $KIND_OF_DEVICE = L2 ] || COMES="$OUTER $L3IN4"
	device $KIND_OF_DEVICE $REMOTE "$@"
	$test
	drop_tunnel "$A" ovl0
}

# A frame of the tenant leaves with these options, and the C bit so; "": none.
leaves() # OPTIONS C [SELECT...]
{
	local opts=- len

	wired "$1"
	len=$((${#HEX} / 8))
	opts=${HEX:--}
	clear_port u1
	send ovl0 $TENANT sport=4711
	expect u1 in.sport=4711 "${@:3}" : opts=$opts optlen=$len c=$2 o=0 \
		rsvd1=0 rsvd2=0 ver=0 vni=$VNI csum=ok in.csum=ok
}

# What comes from B with these fields is delivered; no cause is counted but
# those named.
arrives() # FIELDS [NAME=N...]
{
	mark ovl0
	clear_port ovl0
	send u1 $COMES in.sport=4712 $1
	expect ovl0 dir=in sport=4712 : csum=ok
	moved ovl0 "${@:2}"
}

# It is not, for this cause alone.
dropped() # FIELDS CAUSE
{
	mark ovl0
	clear_port ovl0
	send u1 $COMES in.sport=4713 $1
	moved ovl0 $2=1
	none ovl0 dir=in sport=4713
}

# Nine segments of 1000 bytes and one of 500, each with all the options.
each_has() # L4 [INNER_CSUM]
{
	local size

	for size in 1000 500; do
		expect u1 n=$((size == 1000 ? 9 : 1)) in.l4=$1 in.paylen=$size : \
			opts=$HEX optlen=$((${#HEX} / 8)) c=1 rsvd1=0 rsvd2=0 \
			csum=ok "in.csum=${2:-ok}" gso=- "wirelen<=1814"
	done
	none u1 vni=$VNI in.l4=$1 "in.paylen>=500"
}

all_segments() # [INNER_CSUM]
{
	local set four=$TENANT4 six=$TENANT6

	[ $KIND_OF_DEVICE = L2 ] || four=$L3TENANT4
	[ $KIND_OF_DEVICE = L2 ] || six=$L3TENANT6
	for set in $CRITICAL $PLAIN,$CRITICAL,ffff:03:,$PLAIN \
			"$(option ffff:81 31),$(option ffff:02 30)"; do
		change "$A" ovl0 opts $set
		wired $set
		tcp "$four"
		each_has tcp "$@"
		tcp "$six"
		each_has tcp "$@"
		datagrams $TB4
		each_has udp "$@"
		datagrams $TB6
		each_has udp "$@"
	done
}

# Headers that differ by a bit of the data, the class, the type, by an R bit, in
# the number of options, in order.
gro_differing()
{
	local opts

	for opts in ffff010111223345 fffe010111223344 ffff000111223344 \
			ffff012111223344 ffff810111223344 ffff0100ffff0200; do
		differ_by opts=$WPLAIN opts=$opts
	done
	differ_by opts=${WPLAIN}fffe010111223344 opts=fffe010111223344$WPLAIN
	differ_by "opts=$WCRITICAL c=1" "opts=$WCRITICAL c=0"
}

# What the headers of the device take, options not among them
hlen()
{
	local len=$((20 + 8 + 8))

	[ $REMOTE = $B4 ] || len=$((40 + 8 + 8))
	[ $KIND_OF_DEVICE = L3 ] || len=$((len + 14))
	echo $len
}

# The MTU leaves room for so many bytes of options.
leaves_room() # BYTES
{
	mtu ovl0=$((1500 - $(hlen) - $1))
}
