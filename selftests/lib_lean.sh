# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_lean.sh: something that sees, takes or changes the packets of the underlay
# is turned on while packets pass.  It has its effect on the very next packet, and
# none any more on the first one after it was turned off; a shortcut past a layer
# of the IP stack that is taken once too often is seen.
#
#   A                                       B
#   ovl0
#   u0  10.0.0.1, fd00::1 ----------------- u1  10.0.0.2, fd00::2 (wire)
#   w0  10.1.0.1, fd02::1 ----------------- w1  (wire)
#
# Both ways there is traffic all the time: inner source port 30000.

. "${BASH_SOURCE[0]%/*}/lib_hosts.sh"

STEADY=30000
NUMBER=0
# Only what needs no sum goes around UDP.
NO_SUM="csum=partial"
SECOND_MAC=02:00:00:00:00:5e

# As tests_run, each over IPv4 and over IPv6, with a device and traffic of its own.
# The hosts stay as long as all is well: a test takes back what it has done.  What
# cannot be tested here says so in SKIPPED; "-": it is not of this family.
tests_run_busy()
{
	local family test

	start
	for family in 4 6; do
		of_family $family
		in_defer_scope tests_of_family
	done
}

tests_of_family()
{
	local test hosts=

	for test in ${TESTS:-$ALL_TESTS}; do
		begin_test "$test" || continue
		SKIPPED=
		[ -n "$hosts" ] || lean_hosts
		hosts=y
		in_defer_scope busy "$test"
		# what a failed one has left is nobody's business
		[ "$RET" = 0 ] || hosts=
		if [ "$SKIPPED" = - ]; then
			:
		elif [ -n "$SKIPPED" ]; then
			log_test_skip "${test//_/ }, over IPv$FAMILY" "$SKIPPED"
		else
			log_test "${test//_/ }, over IPv$FAMILY"
		fi
		[ -n "$hosts" ] || run_deferred 0
	done
}

busy() # TEST
{
	tunnel "$A" ovl0 id $VNI remote $FAR
	steady
	"$1"
	clear_port u0 u1 w0 w1
}

# NEAR and FAR are A's and B's address, OTHER another one of A's, NOBODY has none;
# ONE is the length of a prefix that is one address; OUTER as in lib.sh.
of_family() # 4|6
{
	FAMILY=$1
	if [ "$1" = 4 ]; then
		NEAR=$A4 FAR=$B4 OTHER=10.0.0.5 NOBODY=10.0.0.9
		ONE=32 NET=24 NODAD="" OUTER=$OUTER4 NFT_IP=ip
	else
		NEAR=$A6 FAR=$B6 OTHER=fd00::5 NOBODY=fd00::9
		ONE=128 NET=64 NODAD=nodad OUTER=$OUTER6 NFT_IP=ip6
	fi
	: "$NEAR$NET$NODAD$NFT_IP$OTHER$NOBODY$ONE$SECOND_MAC" # for the tests
}

lean_hosts()
{
	underlay
	ip link add w0 netns "$A" address $MAC_A type veth \
		peer name w1 netns "$B" address $MAC_B
	host "$A" w0 10.1.0.1 fd02::1 10.1.0.2 fd02::2 $MAC_B
	host "$B" w1 10.1.0.2 fd02::2 10.1.0.1 fd02::1 $MAC_A
	neighbours w0
	port w0 "$A" w0
	port w1 "$B" w1
	offload w0 off
	# the sums of what is sent there are left to A
	offload u1 on
	offload w1 on
}

# B's addresses are on this device, too.
neighbours() # DEV
{
	ip_in "$A" <<-END
	neigh replace $B4 lladdr $MAC_B dev $1 nud permanent
	neigh replace $B6 lladdr $MAC_B dev $1 nud permanent
	END
}

# What went with the device, or did not.
host_again()
{
	ip_in "$A" <<-END
	addr replace $A4/24 dev u0
	addr replace $A6/64 dev u0 nodad
	END
	neighbours u0
}

# u0 in a VRF; SKIPPED if there are none.
into_vrf()
{
	if ! modprobe -q vrf; then
		SKIPPED="no vrf here"
		return 1
	fi
	ip_in "$A" <<-END
	link add vrf0 type vrf table 10
	link set vrf0 up
	link set u0 master vrf0
	END
	host_again
}

out_of_vrf()
{
	ip_in "$A" <<-END
	link set u0 nomaster
	link del vrf0
	END
	host_again
}

# Traffic both ways until the function ends, and there is some already.
steady()
{
	in_background steadily "$A" ovl0 "$TENANT4 sport=$STEADY"
	in_background steadily "$B" u1 "$OUTER $NO_SUM $IN4 in.sport=$STEADY"
	expect u1 n=3 dir=in in.sport=$STEADY
	expect ovl0 n=3 dir=in sport=$STEADY
}

steadily() # NS DEV FRAME
{
	exec "$SELFTESTS/wire" "$1" "$2" send count=1000000 gap=4000 $3 > /dev/null
}

# The next frame that is sent leaves by u0, and is like that.
goes() # CHECK...
{
	goes_by u1 "$@"
}

# The same, by that wire; FIELDS are some more of the frame.
goes_by() # u1|w1 CHECK...
{
	: $((++NUMBER))
	send ovl0 $TENANT4 sport=$NUMBER ${FIELDS:-}
	expect "$1" dir=in in.sport=$NUMBER : csum=ok ipcsum!=bad "${@:2}"
}

# The next one does not leave, nor do those behind it.  (A device sends at once,
# before the one who sends can go on.)
stays()
{
	: $((++NUMBER))
	send ovl0 $TENANT4 sport=$NUMBER ${FIELDS:-}
	none u0 dir=out in.sport=$NUMBER
	none w0 dir=out in.sport=$NUMBER
	clear_port u0 w0 ovl0
	expect ovl0 n=3 dir=out sport=$STEADY
	none u0 dir=out vni=*
	none w0 dir=out vni=*
}

# The next packet that comes in by u0 arrives; FIELDS are some more of it.
arrives() # CHECK...
{
	arrives_by u1 "$@"
}

arrives_by() # u1|w1 CHECK...
{
	: $((++NUMBER))
	send "$1" $OUTER $NO_SUM $IN4 in.sport=$NUMBER ${FIELDS:-}
	expect ovl0 dir=in sport=$NUMBER : csum=ok "${@:2}"
}

# The next one does not, nor do those behind it.
vanishes()
{
	vanishes_alone_by u1
	clear_port u0 ovl0
	expect u0 n=3 dir=in in.sport=$STEADY
	settle
	none ovl0 dir=in
}

# The next one does not; those behind it may.
vanishes_alone()
{
	vanishes_alone_by u1
}

vanishes_alone_by() # u1|w1
{
	local side=u0

	[ "$1" = u1 ] || side=w0
	: $((++NUMBER))
	send "$1" $OUTER $NO_SUM $IN4 in.sport=$NUMBER ${FIELDS:-}
	expect "$side" dir=in in.sport=$NUMBER
	settle
	none ovl0 dir=in sport=$NUMBER
}

# What has reached the host reaches the device in less than that.
settle()
{
	read -rt "0.${KSFT_MACHINE_SLOW:+1}03" -u "$SLEEP_FD" _ || :
}

tc_in() # ARGS...
{
	tc -n "$A" "$@"
	check_err $? "tc $*"
}

route_in() # ARGS...
{
	ip_in "$A" -$FAMILY route "$@"
	check_err $? "route $*"
}

############################################################################
# nftables.

nft_in() # NS, rules on stdin
{
	ip netns exec "$1" nft -f -
	check_err $? "nft has refused rules"
}

# A chain of A's with one rule, until it is taken away.
hook() # HOOK PRIORITY RULE [TYPE]
{
	nft_in "$A" <<-END
	table inet lean {
		chain c {
			type ${4:-filter} hook $1 priority $2;
			$3
		}
	}
	END
}

unhook() # [FAMILY]
{
	ip netns exec "$A" nft delete table "${1:-inet}" lean
	check_err $? "nft has not taken rules away"
}

# How many packets the rule's counter has
hits() # [FAMILY]
{
	local text

	text=$(ip netns exec "$A" nft list table "${1:-inet}" lean)
	text=${text#*counter packets }
	echo "${text%% *}"
}

# The rule has seen packets, or, with NUMBER, that many.
check_hits() # WHAT [NUMBER [FAMILY]]
{
	local seen

	seen=$(hits "${3:-inet}")
	if [ -n "${2:-}" ]; then
		[ "$seen" = "$2" ]
	else
		[ "$seen" -gt 0 ]
	fi
	check_err $? "$1: expected: ${2:-some} packets counted, seen: $seen"
}

############################################################################
# Counters of A's IP stack.

# Lines NAME VALUE, of every file of them.
stack_counters()
{
	local names values i

	while read -ra names && read -ra values; do
		for ((i = 1; i < ${#names[@]}; i++)); do
			echo "${names[0]%:}${names[i]} ${values[i]}"
		done
	done < <(ip netns exec "$A" cat /proc/net/snmp /proc/net/netstat)
	ip netns exec "$A" sh -c 'cat /proc/net/snmp6 /proc/net/xfrm_stat 2> /dev/null'
}

stack_counter() # NAME
{
	local name value

	while read -r name value; do
		[ "$name" != "$1" ] || echo "$value"
	done < <(stack_counters)
}

# What one is worth now is in BEFORE; "rises" then says that it went up.
remember() # NAME
{
	BEFORE=$(stack_counter "$1")
}

rises() # NAME
{
	local now

	now=$(stack_counter "$1")
	[ "${now:-0}" -gt "${BEFORE:-0}" ]
	check_err $? "expected: $1 to go up, seen: $BEFORE, then $now"
}
