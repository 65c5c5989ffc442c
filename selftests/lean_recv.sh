#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What comes in is seen, taken and changed by whatever is between the wire and the
# device, from the next packet on: rules of nftables, conntrack, NAT, IPsec, filters
# of tc.  (For what the host asks by itself see lean_input.sh.)
#
# The hosts: see lib_lean.sh.

. "${0%/*}/lib_lean.sh"

ALL_TESTS="nft_drop nft_count nft_change nft_redirect nft_device conntrack
	ipsec ipsec_default tc_filter"

nft_drop()
{
	local place

	arrives
	for place in "prerouting -450" "prerouting -300" "prerouting 2147483647" \
			"input -400" "input 0" "input 2147483647"; do
		hook $place "udp dport 6081 counter drop"
		vanishes
		check_hits "$place"
		unhook
		arrives
	done
}

# Each packet once; those to another port not.
nft_count()
{
	local place

	for place in "prerouting 0" "input 0" "input 2147483647"; do
		hook $place "udp dport 6081 udp length 1058 counter"
		FIELDS="in.pay=1000" arrives
		FIELDS="in.pay=1000" arrives
		FIELDS="in.pay=1001" arrives
		check_hits "$place" 2
		unhook
		hook $place "udp dport 6082 counter drop"
		arrives
		check_hits "$place, another port" 0
		unhook
	done
}

# A congested router's mark of the outer header gets to the tenant.
nft_change()
{
	local place ce="ip ecn set ce"

	# not every kernel does "ip6 ecn set ce": it takes the half of two bytes
	[ $FAMILY = 4 ] || ce="@nh,0,16 set 0x6030"
	for place in "prerouting 0" "input 0"; do
		FIELDS="ecn=ect0 in.ecn=ect0" arrives ecn=ect0
		hook $place "udp dport 6081 $ce"
		FIELDS="ecn=ect0 in.ecn=ect0" arrives ecn=ce
		unhook
		FIELDS="ecn=ect0 in.ecn=ect0" arrives ecn=ect0
	done
}

# Each packet is of another connection, as rules are asked for those alone.
another_flow()
{
	FIELDS="sport=$((20000 + NUMBER)) ${1:-}" "${@:2}"
}

nft_redirect()
{
	ask geneve 6083
	another_flow dport=6083 vanishes_alone
	hook prerouting -100 "udp dport 6083 redirect to :6081" nat
	another_flow dport=6083 arrives
	another_flow "" arrives
	unhook
	another_flow dport=6083 vanishes_alone
	hook prerouting -100 "udp dport 6081 redirect to :6084" nat
	another_flow "" vanishes_alone
	unhook
	another_flow "" arrives
	another_flow "dst=$OTHER" vanishes_alone
	hook prerouting -100 "$NFT_IP daddr $OTHER dnat $NFT_IP to $NEAR" nat
	another_flow "dst=$OTHER" arrives
	unhook
	another_flow "dst=$OTHER" vanishes_alone
}

# On the underlay device, and on that of the tenants.
nft_device()
{
	local dev rule

	for dev in u0 ovl0; do
		rule="udp dport 6081 counter drop"
		[ $dev = u0 ] || rule=counter
		nft_in "$A" <<-END
		table netdev lean {
			chain c {
				type filter hook ingress device $dev priority 0;
				$rule
			}
		}
		END
		if [ $dev = u0 ]; then
			vanishes
		else
			arrives
		fi
		check_hits "ingress of $dev" "" netdev
		unhook netdev
		arrives
	done
}

# What came in is known behind input.
conntrack()
{
	local flow="sport=6085"

	FIELDS=$flow arrives
	hook input 0 "udp sport 6085 ct status confirmed counter"
	FIELDS=$flow arrives
	check_hits "the first packet" 0
	FIELDS=$flow arrives
	check_hits "the second packet" 1
	unhook
	FIELDS=$flow arrives
}

# What is to come in ESP does not without; for another port that is nothing to us.
ipsec()
{
	arrives
	if ! ip -n "$A" xfrm policy add src $FAR dst $NEAR proto udp dport 6082 \
			dir in action block 2> /dev/null; then
		SKIPPED="no IPsec here"
		return
	fi
	arrives
	remember XfrmInPolBlock
	ip_in "$A" xfrm policy add src $FAR dst $NEAR proto udp dport 6081 \
		dir in action block
	vanishes
	[ -z "$BEFORE" ] || rises XfrmInPolBlock
	ip_in "$A" xfrm policy flush
	arrives
	# of one host two flows, of which one may come
	ip_in "$A" xfrm policy add src $FAR dst $NEAR proto udp sport 7778 dport 6081 \
		dir in action block
	arrives
	arrives
	FIELDS="sport=7778" vanishes_alone
	arrives
	ip_in "$A" xfrm policy flush
	FIELDS="sport=7778" arrives
	remember XfrmInTmplMismatch
	ip_in "$A" xfrm policy add src $FAR dst $NEAR proto udp dport 6081 \
		dir in tmpl proto esp reqid 1 mode transport
	vanishes
	[ -z "$BEFORE" ] || rises XfrmInTmplMismatch
	ip_in "$A" xfrm policy flush
	arrives
}

# Nothing at all without a policy.
ipsec_default()
{
	arrives
	if ! ip -n "$A" xfrm policy setdefault in block 2> /dev/null; then
		SKIPPED="no IPsec here, or no default policies"
		return
	fi
	vanishes
	ip_in "$A" xfrm policy setdefault in accept
	arrives
}

tc_filter()
{
	tc_in qdisc add dev u0 clsact
	arrives
	tc_in filter add dev u0 ingress pref 1 matchall action drop
	vanishes
	tc_in filter del dev u0 ingress pref 1
	arrives
	tc_in filter add dev u0 ingress pref 1 matchall action skbedit ptype otherhost
	vanishes
	tc_in filter del dev u0 ingress pref 1
	arrives
	tc_in qdisc del dev u0 clsact
	arrives
}

tests_run_busy
exit "$EXIT_STATUS"
