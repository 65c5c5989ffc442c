#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# markopt carries the mark of a packet, the policy group of who sent it: what a
# rule of nftables on one host has set, a rule on the other one goes by.
#
#   A                                         B
#   nftables: port 1001 is group 1, and so on nftables: counts groups, drops 2
#   ovl0  192.168.0.1, fd01::1                ovl1  192.168.0.2, fd01::2
#   u0  10.0.0.1, fd00::1 ------------------- u1  10.0.0.2, fd00::2

. "${0%/*}/lib_options.sh"

ALL_TESTS="wire enforced unmarked critical beside_opts stream_of_group
	not_without turned_off bypass"

nft_in() # NS, rules on stdin
{
	ip netns exec "$1" nft -f -
	check_err $? "nft has refused rules"
}

# The groups that A's programs are of: by their port.  In MLDv2 reports of the host
# itself the kernel has another number where the mark is (reserved_tailroom).
groups()
{
	nft_in "$1" <<-END
	table inet groups {
		chain out {
			type filter hook output priority 0
			oifname "ovl*" udp dport 1001 meta mark set 1
			oifname "ovl*" udp dport 1002 meta mark set 2
			oifname "ovl*" udp dport 1003 meta mark set 0xfedcba98
			oifname "ovl*" tcp dport 1001 meta mark set 1
			icmpv6 type mld2-listener-report meta mark set 0
		}
	}
	END
}

# Who is in has the right group: 2 has not.
policy() # NS DEV
{
	nft_in "$1" <<-END
	table inet marks {
		counter none {}
		counter one {}
		counter two {}
		counter big {}
		counter other {}
		chain in {
			type filter hook input priority 0
			iifname != "$2" accept
			ip6 nexthdr icmpv6 accept
			meta mark 0 counter name none accept
			meta mark 1 counter name one accept
			meta mark 2 counter name two drop
			meta mark 0xfedcba98 counter name big accept
			counter name other drop
		}
	}
	END
}

# The counters are these; "*": any number.
policy_counts() # NS NONE ONE TWO BIG OTHER
{
	local name text seen

	text=$(ip netns exec "$1" nft list counters inet)
	shift
	for name in none one two big other; do
		seen=${text#*"counter $name {"}
		seen=${seen#*packets }
		[ "$1" = "*" ] || [ "${seen%% *}" = "$1" ] || return 1
		shift
	done
}

# So many packets of each have come by since the last time, none with a mark of
# nobody.
counted() # NS NONE ONE TWO BIG
{
	local seen

	busywait 5000 policy_counts "$@" 0 ||
		check_err 1 "expected: ${*:2} of none, one, two, big, seen: $(ip netns \
			exec "$1" nft list counters | tr -d '\n\t')"
	seen=$(ip netns exec "$1" nft reset counters inet 2>&1)
	check_err $? "$seen"
}

# ovl1 on B, as A's tenant on ovl0 sees it.
far_end() # [TYPE-ARGUMENT...]
{
	local make=tunnel back=$A4

	[ $KIND_OF_DEVICE = L2 ] || make=tunnel_l3
	[ $REMOTE = $B4 ] || back=$A6
	$make "$B" ovl1 id $VNI remote $back "$@"
	ip_in "$B" <<-END
	addr add $TB4/24 dev ovl1
	addr add $TB6/64 dev ovl1 nodad
	END
	[ $make = tunnel_l3 ] || ip_in "$B" <<-END
	link set ovl1 address $MAC_TB
	neigh replace $TA4 lladdr $MAC_TA dev ovl1 nud permanent
	neigh replace $TA6 lladdr $MAC_TA dev ovl1 nud permanent
	END
}

# On the wire to B a datagram to PORT has these options, and the C bit so.
goes() # PORT OPTIONS C
{
	local to

	for to in $TB4 $TB6; do
		clear_port u1
		udp "$A" to=$to port=$1
		expect u1 dir=in in.dport=$1 : opts=$2 c=$3 o=0 csum=ok in.csum=ok
	done
}

wire_here()
{
	groups "$A"
	goes 1001 ff01010100000001 0
	goes 1002 ff01010100000002 0
	goes 1003 ff010101fedcba98 0
	goes 1000 - 0
	change "$A" ovl0 markopt ff01:82
	goes 1001 ff01820100000001 1
	goes 1000 - 0
	ip netns exec "$A" nft flush ruleset
}

wire()
{
	on_each wire_here markopt ff01:01
	log_test "the mark as it stands on the wire; 0 is not sent"
}

enforced_here()
{
	local to

	far_end markopt ff01:01
	groups "$A"
	policy "$B" ovl1
	for to in $TB4 $TB6; do
		udp "$A" to=$to port=1001 count=3
		udp "$A" to=$to port=1002 count=5
		udp "$A" to=$to port=1003 count=4
		udp "$A" to=$to port=1000 count=2
		counted "$B" 2 3 5 4
	done
	ip netns exec "$A" nft flush ruleset
	ip netns exec "$B" nft flush ruleset
	drop_tunnel "$B" ovl1
}

enforced()
{
	on_each enforced_here markopt ff01:01
	log_test "a group is dropped, another one accepted"
}

# Whatever mark the outer packet has got from the rules of the host.
unmarked_here()
{
	far_end markopt ff01:01
	policy "$B" ovl1
	nft_in "$B" <<-END
	table inet outer {
		chain pre {
			type filter hook prerouting priority 0
			iifname u1 udp dport 6081 meta mark set 99
		}
	}
	END
	udp "$A" to=$TB4 port=1001 count=3
	counted "$B" 3 0 0 0
	groups "$A"
	udp "$A" to=$TB4 port=1001 count=3
	udp "$A" to=$TB4 port=1000 count=2
	counted "$B" 2 3 0 0
	ip netns exec "$A" nft flush ruleset
	ip netns exec "$B" nft flush ruleset
	drop_tunnel "$B" ovl1
}

unmarked()
{
	on_each unmarked_here markopt ff01:01
	log_test "no option sets the mark to 0"
}

critical_here()
{
	groups "$A"
	far_end markopt ff01:81
	policy "$B" ovl1
	udp "$A" to=$TB4 port=1001 count=3
	udp "$A" to=$TB4 port=1002 count=2
	counted "$B" 0 3 2 0
	# who does not know it must not let it in without
	change "$B" ovl1 nomarkopt
	mark ovl1
	udp "$A" to=$TB4 port=1001 count=3
	moved ovl1 rx_opt_critical=3
	udp "$A" to=$TB4 port=1000
	counted "$B" 1 0 0 0
	change "$B" ovl1 markopt ff01:01
	mark ovl1
	udp "$A" to=$TB4 port=1001 count=3
	moved ovl1 rx_opt_critical=3
	# accepted, it says nothing
	change "$B" ovl1 accept ff01:81
	udp "$A" to=$TB4 port=1001 count=3
	counted "$B" 3 0 0 0
	ip netns exec "$A" nft flush ruleset
	ip netns exec "$B" nft flush ruleset
	drop_tunnel "$B" ovl1
}

critical()
{
	on_each critical_here markopt ff01:81
	log_test "a critical markopt"
}

# The device's and the peer's options stay where they are, the mark comes last.
beside_opts_here()
{
	groups "$A"
	goes 1001 ff0202010000000aff01010100000001 0
	goes 1000 ff0202010000000a 0
	change "$A" ovl0 peer $REMOTE opts ff02:82:,ff02:03:
	goes 1001 ff028200ff020300ff01010100000001 1
	change "$A" ovl0 peer $REMOTE noopts
	goes 1001 ff01010100000001 0
	goes 1000 - 0
	# and in the middle of what is received
	far_end markopt ff01:01
	policy "$B" ovl1
	ip netns exec "$A" nft flush ruleset
	change "$A" ovl0 nomarkopt
	change "$A" ovl0 peer $REMOTE opts ff02:03:,ff01:01:00000001,ff02:02:0000000a
	udp "$A" to=$TB4 port=1000 count=4
	counted "$B" 0 4 0 0
	ip netns exec "$B" nft flush ruleset
	drop_tunnel "$B" ovl1
}

beside_opts()
{
	on_each beside_opts_here markopt ff01:01 opts ff02:02:0000000a
	log_test "the mark beside other options"
}

# A stream in super-packets, every packet of which is of the group.
stream_of_group_here()
{
	local to

	far_end markopt ff01:01
	groups "$A"
	policy "$B" ovl1
	for to in $TB4 $TB6; do
		clear_port u1
		stream "$A" "$B" to=$to port=1001 size=200000
		expect u1 dir=in in.l4=tcp in.dport=1001 "in.paylen>500" : opts=ff01010100000001
		none u1 dir=in in.l4=tcp in.dport=1001 opts!=ff01010100000001
	done
	policy_counts "$B" 0 "*" 0 0 0
	check_err $? "some packets of the stream were of no group, or of another"
	ip netns exec "$A" nft flush ruleset
	ip netns exec "$B" nft flush ruleset
	drop_tunnel "$B" ovl1
}

stream_of_group()
{
	on_each stream_of_group_here markopt ff01:01
	log_test "every packet of a stream"
}

# Who has no markopt neither sends a mark nor takes one.
not_without_here()
{
	groups "$A"
	goes 1001 - 0
	far_end
	policy "$B" ovl1
	change "$A" ovl0 markopt ff01:01
	udp "$A" to=$TB4 port=1001 count=3
	counted "$B" 3 0 0 0
	ip netns exec "$A" nft flush ruleset
	ip netns exec "$B" nft flush ruleset
	drop_tunnel "$B" ovl1
}

not_without()
{
	on_each not_without_here
	log_test "no mark without markopt"
}

turned_off_here()
{
	groups "$A"
	goes 1001 ff01010100000001 0
	change "$A" ovl0 nomarkopt
	goes 1001 - 0
	change "$A" ovl0 markopt ff01:05
	goes 1001 ff01050100000001 0
	ip netns exec "$A" nft flush ruleset
}

turned_off()
{
	on_each turned_off_here markopt ff01:01
	log_test "markopt is changed and turned off"
}

# Two devices of a host, the second one in another namespace: what goes by no
# wire has its mark all the same.
bypass()
{
	local to

	underlay
	setup_ns C
	ip_in "$A" <<-END
	addr add 10.0.0.9/24 dev u0
	addr add fd00::9/64 dev u0 nodad
	END
	for to in "$A4 10.0.0.9" "$A6 fd00::9"; do
		set -- $to
		tunnel "$A" ovl0 id $VNI local $1 remote $2 markopt ff01:01
		tunnel "$A" ovl9 id $VNI local $2 remote $1 markopt ff01:01
		ask close ovl9
		ip_in "$A" <<-END
		addr add $TA4/24 dev ovl0
		neigh replace $TB4 lladdr $MAC_TB dev ovl0 nud permanent
		link set ovl9 netns $C
		END
		ip_in "$C" <<-END
		link set ovl9 address $MAC_TB
		addr add $TB4/24 dev ovl9
		link set ovl9 up
		neigh replace $TA4 lladdr $MAC_TA dev ovl9 nud permanent
		END
		groups "$A"
		policy "$C" ovl9
		udp "$A" to=$TB4 port=1001 count=3
		udp "$A" to=$TB4 port=1002 count=5
		udp "$A" to=$TB4 port=1000 count=2
		counted "$C" 2 3 5 0
		ip netns exec "$A" nft flush ruleset
		ip netns exec "$C" nft flush ruleset
		drop_tunnel "$C" ovl9
		drop_tunnel "$A" ovl0
		ask close ovl0
	done
	log_test "the mark is not lost between devices of one host"
}

command -v nft > /dev/null || skip_all "no nft here"
tests_run
exit "$EXIT_STATUS"
