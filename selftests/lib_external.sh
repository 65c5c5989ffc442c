# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_external.sh: what the tests of external devices share.  The tenant is
# behind a veth pair, and tc moves its frames to the device and back:
#
#   A                                          B
#   t1 -- t0 ingress: tunnel_key set, to ovl0
#            ovl0 ingress: flower enc_*, to t0
#   r1 -- r0 <- what flower does not match
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)
#
# KIND=geneve is the reference, as far as it can do the same.

. "${BASH_SOURCE[0]%/*}/lib.sh"

NUMBER=0
KEY4="src_ip $A4 dst_ip $B4"
KEY6="src_ip $A6 dst_ip $B6"
FROM4="enc_src_ip $B4 enc_dst_ip $A4"
FROM6="enc_src_ip $B6 enc_dst_ip $A6"

# A second address of the tenant's host, so that the first one can be missed
A4_2=10.0.0.7 A6_2=fd00::7

# Options of class 0xffff, known to nobody: as tc and ip write them, and as they
# stand on the wire.
PLAIN_OPT=ffff:01:11223344 PLAIN=ffff010111223344
CRIT_OPT=ffff:81:55667788 CRIT=ffff810155667788

: "$KEY4$KEY6$FROM4$FROM6$PLAIN_OPT$PLAIN$CRIT_OPT$CRIT" # for the tests

# It cannot be tested with the reference, which has nothing of the kind.
only_ovl() # TEST
{
	[ "$KIND" != ovl ] || return 0
	log_test_skip "$1" "$KIND does not have it"
	return 1
}

# The hosts and the tenant's devices
external_hosts()
{
	underlay
	ip_in "$A" <<-END
	addr add $A4_2/24 dev u0
	addr add $A6_2/64 dev u0 nodad preferred_lft 0
	link add t0 type veth peer name t1
	link set t0 addrgenmode none
	link set t0 up
	link set t1 addrgenmode none
	link set t1 up
	link add r0 type veth peer name r1
	link set r0 addrgenmode none
	link set r0 up
	link set r1 addrgenmode none
	link set r1 up
	END
	port t1 "$A" t1
	port r1 "$A" r1
	offload t1 off
	offload r1 off
}

# As tests_run, with the hosts there all the time: what a test changes of them,
# it changes back.
tests_run_on_external_hosts()
{
	local test

	start
	external_hosts
	for test in ${TESTS:-$ALL_TESTS}; do
		begin_test "$test" || continue
		in_defer_scope "$test"
		clear_port u1 t1 r1
	done
}

# The device; anybody may send to it, unless $SRCCHECK is empty.
external() # [TYPE-ARGUMENT...]
{
	local args="$*"

	[ "$KIND" != ovl ] || args="${SRCCHECK-nosrccheck} $args"
	tunnel "$A" ovl0 external $args
	tc_in "$A" <<-END
	qdisc replace dev t0 clsact
	qdisc add dev ovl0 clsact
	END
	mark ovl0
}

# Commands of tc for a namespace, one a line of the standard input
tc_in() # NS
{
	tc -n "$1" -b -
	check_err $? "tc refuses"
}

# From now on, what the tenant sends goes to the device with such a key.
keyed() # TUNNEL_KEY-ARGUMENT...
{
	[ -z "$VERBOSE" ] || echo "tunnel_key set $*"
	tc_in "$A" <<-END
	filter del dev t0 ingress
	filter add dev t0 ingress protocol all matchall \
		action tunnel_key set $* pipe action mirred egress redirect dev ovl0
	END
}

# Without any key
unkeyed()
{
	tc_in "$A" <<-END
	filter del dev t0 ingress
	filter add dev t0 ingress protocol all matchall \
		action mirred egress redirect dev ovl0
	END
}

# From now on, what is received so goes to the tenant, and all else to r1.
matched() # FLOWER-ARGUMENT...
{
	[ -z "$VERBOSE" ] || echo "flower $*"
	tc_in "$A" <<-END
	filter del dev ovl0 ingress
	filter add dev ovl0 ingress pref 1 protocol all flower $* \
		action mirred egress redirect dev t0
	filter add dev ovl0 ingress pref 2 protocol all matchall \
		action mirred egress redirect dev r0
	END
}

# A frame of the tenant leaves, as it was, in a packet like that.
leaves() # FIELDS [FRAME]
{
	local frame=${2:-$TENANT4}

	: $((++NUMBER))
	send t1 $frame sport=$NUMBER
	expect u1 dir=in in.sport=$NUMBER : in.dmac=$MAC_TB in.smac=$MAC_TA \
		in.csum=ok $1
}

# It does not, and that is counted.
is_dropped() # COUNTER=N... [-- FRAME]
{
	local counters=()

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		counters+=("$1")
		shift
	done
	: $((++NUMBER))
	send t1 ${2:-$TENANT4} sport=$NUMBER
	moved ovl0 "${counters[@]}"
	none u1 dir=in in.sport=$NUMBER
}

# A packet that looks like that, of the other tenant, comes out at a port.
comes_out() # PORT PACKET [FIELDS]
{
	: $((++NUMBER))
	send u1 $2 in.sport=$NUMBER
	expect "$1" dir=in sport=$NUMBER : dmac=$MAC_TA smac=$MAC_TB csum=ok ${3:-}
}

is_matched() # PACKET [FIELDS]
{
	comes_out t1 "$@"
	none r1 dir=in
}

is_not_matched() # PACKET [FIELDS]
{
	comes_out r1 "$@"
	none t1 dir=in
}

# It comes out nowhere, and that is counted.
is_refused() # PACKET COUNTER=N...
{
	: $((++NUMBER))
	send u1 $1 in.sport=$NUMBER
	moved ovl0 "${@:2}"
	none t1 dir=in
	none r1 dir=in
}
