#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Frames of which many are wrong, for devices of every kind: each header's
# fields, ends that are missing, fragments, checksums done or left to be done,
# in one piece, through GRO, in pages.  Nothing vanishes: what was sent is what
# was delivered and what a counter tells of; and good frames pass afterwards.
#
# OVL_FUZZ_SECONDS says how long, OVL_FUZZ_SEED what is sent: a failure names
# the seed to see it again at once.
#
#   A                                            T
#   t0, t1, t2 (TAP)  10.0.0.1, fd00::1 ======== devices of all kinds, a bridge
#   local4, local6, a bridge that is down
#
# The host is a member of the groups on all three.

. "${0%/*}/lib.sh"

ALL_TESTS="frames"

: "${OVL_FUZZ_SECONDS:=20}"
: "${OVL_FUZZ_SEED:=$SRANDOM}"

GROUP4=239.1.1.1 GROUP6=ff05::5001

# Good frames of B's pass each of them, but where it says down.  NAME PORT VNI
# FAMILY PAYLOAD, and what makes such a device; "here" is in A, Ethernet; "group1":
# by t1 alone.
DEVICES="
plain4 6081 1 4 l2 id 1 remote $B4
plain6 6082 2 6 l2 id 2 remote $B6
zero6 6083 3 6 l2 id 3 remote $B6 udp6zerocsumrx nosrccheck
learn 6084 4 4 l2 id 4 learning maxaddress 64
ip4 6085 5 4 l3 id 5 remote $B4 innerprotoinherit
ext 6086 77 4 l2 external
extip 6087 78 6 l3 external innerprotoinherit
filter 6088 103 4 l2 external vnifilter
reflect 6089 8 4 l2 id 8 remote $B4 nosrccheck reflect 64
mark 6090 9 6 l2 id 9 remote $B6 markopt ff01:01
accept 6091 10 4 l2 id 10 remote $B4 accept ff02:80,ff03:* optmax 64 critmismatch accept
bridged 6092 11 4 l2 id 11 learning nosrccheck
proxy 6093 12 4 l2 id 12 remote $B4 proxy l2miss l3miss
idle 6094 13 4 down id 13 remote $B4
local4 6095 14 4 here id 14 remote $B4
local6 6096 15 6 here id 15 remote $B6 learning
group4 6097 16 4 group0 id 16 group $GROUP4 dev t0 learning
group4gro 6098 17 4 group1 id 17 group $GROUP4 dev t1 nosrccheck
group6 6099 18 6 group2 id 18 group $GROUP6 dev t2 learning
ip6 6100 19 6 l3 id 19 remote $B6 innerprotoinherit
"

# The three ways in, of which any may be taken: the host is the same.
underlay_of_taps()
{
	local tap

	[ -e /sys/module/tun ] || modprobe -q tun || skip_all "no TAP devices here"
	setup_ns A T
	for tap in t0 t1 t2; do
		ip -n "$A" tuntap add "$tap" mode tap vnet_hdr
		check_err $? "could not add $tap"
		ip_in "$A" <<-END
		link set $tap address $MAC_A mtu 9000 addrgenmode none
		link set $tap up
		END
	done
	# Whom anything may be sent to; what cannot be resolved would come back
	ip_in "$A" <<-END
	addr add $A4/24 brd + dev t0
	addr add $A6/64 dev t0 nodad
	neigh replace $B4 lladdr $MAC_B dev t0 nud permanent
	neigh replace 10.0.0.3 lladdr $MAC_B dev t0 nud permanent
	neigh replace $B6 lladdr $MAC_B dev t0 nud permanent
	neigh replace fd00::3 lladdr $MAC_B dev t0 nud permanent
	END
	# What comes within two milliseconds may be merged.
	ip netns exec "$A" \
		sh -c 'echo 2000000 > /sys/class/net/t1/gro_flush_timeout'
}

devices()
{
	local name port vni family payload args ns

	ip_in "$T" link add br0 type bridge vlan_filtering 1
	ip_in "$T" link set br0 up
	# What comes to a port of it is dropped, so that nothing counts it as well
	ip_in "$A" link add br0 type bridge
	targets=()
	while read -r name port vni family payload args; do
		[ -n "$name" ] || continue
		ns=$T
		[ "$payload" != here ] || ns=$A
		ip -n "$A" link add "$name" netns "$ns" type "$KIND" \
			dstport "$port" $args
		check_err $? "could not add $name with $args"
		[ "$payload" != here ] || ip_in "$A" link set "$name" master br0
		[ "$payload" = down ] || ip_in "$ns" link set "$name" up
		targets+=("$name,$port,$vni,$family,$payload")
	done <<< "$DEVICES"
	ip_in "$T" link set filter type "$KIND" vni add 100-110
	ip_in "$T" link set bridged master br0
}

frames()
{
	local targets

	underlay_of_taps
	devices
	# so that OAM packets are told of
	in_background ip netns exec "$T" "$SELFTESTS/oam_listen" > /dev/null 2>&1
	log_info "OVL_FUZZ_SEED=$OVL_FUZZ_SEED OVL_FUZZ_SECONDS=$OVL_FUZZ_SECONDS"
	"$SELFTESTS/fuzz_recv" "$OVL_FUZZ_SEED" "$OVL_FUZZ_SECONDS" "$A" "$T" \
		t0,t1,t2 "${targets[@]}"
	check_err $? "see above (OVL_FUZZ_SEED=$OVL_FUZZ_SEED)"
	log_test "nothing vanishes uncounted"
}

tests_run
exit "$EXIT_STATUS"
