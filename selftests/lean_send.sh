#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is sent is seen, taken and changed by whatever is between the device and
# the wire, from the next packet on: rules of nftables, conntrack, NAT, IPsec,
# packet sockets, filters and queues of tc, lightweight tunnels.
#
# The hosts: see lib_lean.sh.

. "${0%/*}/lib_lean.sh"

ALL_TESTS="nft_drop nft_count nft_change nft_reroute nft_nat nft_device conntrack conntrack_answer
	ipsec ipsec_block packet_socket tc_filter queue lightweight"

# At the end of a chain the priority is that which conntrack confirms at, too.
nft_drop()
{
	local place

	goes
	for place in "output -400" "output 0" "output 2147483647" \
			"postrouting -300" "postrouting 100" "postrouting 2147483647"; do
		hook $place "udp dport 6081 counter drop"
		stays
		check_hits "$place"
		unhook
		goes
	done
}

# Each packet once, however many pieces it is sent in; those to another port not.
nft_count()
{
	local place

	for place in "output 0" "postrouting 0"; do
		hook $place "udp dport 6081 udp length 1058 counter"
		FIELDS="pay=1000" goes
		FIELDS="pay=1000" goes
		FIELDS="pay=1001" goes
		check_hits "$place" 2
		unhook
		hook $place "udp dport 6082 counter drop"
		goes
		check_hits "$place, another port" 0
		unhook
	done
}

nft_change()
{
	local place

	for place in "output 0" "postrouting 0"; do
		goes dscp=0
		hook $place "udp dport 6081 $NFT_IP dscp set cs5"
		goes dscp=40
		goes dscp=40
		unhook
		goes dscp=0
	done
}

# A mark that is set in output asks for another route.
nft_reroute()
{
	ip_in "$A" -$FAMILY rule add fwmark 7 table 77
	route_in add $FAR/$ONE dev w0 src $NEAR table 77
	goes
	hook output -150 "udp dport 6081 meta mark set 7" route
	goes_by w1 src=$NEAR
	unhook
	goes
	ip_in "$A" -$FAMILY rule del fwmark 7 table 77
	route_in del $FAR/$ONE table 77
}

# Each frame of the tenant's is a connection of its own on the underlay.
nft_nat()
{
	ip_in "$A" neigh replace $NOBODY lladdr $SECOND_MAC dev u0 nud permanent
	goes dst=$FAR
	hook output -100 "udp dport 6081 dnat $NFT_IP to $NOBODY" nat
	goes dst=$NOBODY dmac=$SECOND_MAC src=$NEAR dport=6081
	unhook
	goes dst=$FAR dmac=$MAC_B
	hook postrouting 100 "udp dport 6081 snat $NFT_IP to $OTHER" nat
	goes dst=$FAR src=$OTHER
	unhook
	goes dst=$FAR src=$NEAR
}

nft_device()
{
	goes
	if ! ip netns exec "$A" nft -f - 2> /dev/null <<-END
		table netdev lean {
			chain c {
				type filter hook egress device u0 priority 0;
				udp dport 6081 counter drop
			}
		}
		END
	then
		SKIPPED="no such hook here"
		return
	fi
	stays
	check_hits egress "" netdev
	unhook netdev
	goes
}

# What went out is known behind postrouting.
conntrack()
{
	local frame="$TENANT4 sport=77 pay=1000"

	goes
	hook output 0 "udp dport 6081 udp length 1058 ct status confirmed counter"
	send ovl0 $frame
	check_hits "the first packet" 0
	send ovl0 $frame
	check_hits "the second packet" 1
	expect u1 n=2 dir=in in.sport=77
	unhook
	goes
}

# What comes in belongs to it, and to what goes out then.
conntrack_answer()
{
	change "$A" ovl0 srcport 6081 6081
	goes sport=6081
	hook output 0 "udp dport 6081 udp length 1058 ct state established counter"
	nft_in "$A" <<-END
	add chain inet lean i { type filter hook input priority 0; }
	add rule inet lean i udp dport 6081 ct state new drop
	END
	FIELDS="pay=1000" goes sport=6081
	FIELDS="sport=6081" arrives
	FIELDS="pay=1000" goes sport=6081
	check_hits "behind the answer"
	unhook
	goes sport=6081
}

ESP_KEY=0x0123456789abcdef0123456789abcdef01234567

ipsec()
{
	goes
	ip -n "$A" -b - 2> /dev/null <<-END
	xfrm state add src $NEAR dst $FAR proto esp spi 0x100 reqid 1 mode transport aead rfc4106(gcm(aes)) $ESP_KEY 128
	xfrm policy add src $NEAR dst $FAR proto udp dport 6081 dir out tmpl proto esp reqid 1 mode transport
	END
	# shellcheck disable=SC2181 # of ip
	if [ $? != 0 ]; then
		SKIPPED="no IPsec here"
		return
	fi
	clear_port u1
	FIELDS="pay=1000" stays
	expect u1 dir=in l4=50 "wirelen>1000" : src=$NEAR dst=$FAR
	ip_in "$A" xfrm policy del src $NEAR dst $FAR proto udp dport 6081 dir out
	goes
	ip_in "$A" xfrm policy add src $NEAR dst $FAR dir out action block
	stays
	ip_in "$A" xfrm policy flush
	goes
}

# A policy for another port is not in the way, one for this port is, and so is what
# is done without a policy.
ipsec_block()
{
	goes
	if ! ip -n "$A" xfrm policy add dst $FAR proto udp dport 6082 dir out \
			action block 2> /dev/null; then
		SKIPPED="no IPsec here"
		return
	fi
	goes
	remember XfrmOutPolBlock
	ip_in "$A" xfrm policy add dst $FAR proto udp dport 6081 dir out action block
	stays
	[ -z "$BEFORE" ] || rises XfrmOutPolBlock
	ip_in "$A" xfrm policy flush
	goes
	ip -n "$A" xfrm policy setdefault out block 2> /dev/null || return
	stays
	ip_in "$A" xfrm policy setdefault out accept
	goes
}

# Who looks at the wire from now on sees all of the packet, on both ends.
packet_socket()
{
	ask close u0
	ask close u1
	settle
	must port u0 "$A" u0
	: $((++NUMBER))
	send ovl0 $TENANT4 sport=$NUMBER
	expect u0 dir=out in.sport=$NUMBER : csum=ok ipcsum!=bad src=$NEAR \
		dst=$FAR smac=$MAC_A dmac=$MAC_B vni=$VNI in.csum=ok
	must port u1 "$B" u1
	goes src=$NEAR dst=$FAR smac=$MAC_A dmac=$MAC_B vni=$VNI in.csum=ok
}

tc_filter()
{
	goes
	tc_in qdisc add dev u0 clsact
	goes
	tc_in filter add dev u0 egress pref 1 matchall action drop
	stays
	tc_in filter del dev u0 egress pref 1
	goes
	tc_in filter add dev u0 egress pref 1 matchall \
		action mirred egress redirect dev w0
	goes_by w1
	tc_in filter del dev u0 egress pref 1
	goes vlan=-
	tc_in filter add dev u0 egress pref 1 matchall action vlan push id 7
	goes vlan=7
	tc_in qdisc del dev u0 clsact
	goes vlan=-
}

# A queue that lets nothing through, and one that does.
queue()
{
	goes
	if ! tc -n "$A" qdisc add dev u0 root netem loss 100% 2> /dev/null; then
		SKIPPED="no netem here"
		return
	fi
	stays
	tc_in qdisc del dev u0 root
	goes
	tc_in qdisc add dev u0 root fq_codel
	goes
	tc_in qdisc del dev u0 root
	goes
}

lightweight()
{
	goes
	modprobe -q -a mpls_router mpls_iptunnel
	if ! ip -n "$A" -$FAMILY route add $FAR/$ONE encap mpls 100 via $NOBODY \
			dev u0 2> /dev/null; then
		SKIPPED="no MPLS here"
		return
	fi
	ip_in "$A" neigh replace $NOBODY lladdr $SECOND_MAC dev u0 nud permanent
	clear_port u1
	stays
	expect u1 dir=in type=0x8847 : dmac=$SECOND_MAC
	route_in del $FAR/$ONE
	goes
}

tests_run_busy
exit "$EXIT_STATUS"
