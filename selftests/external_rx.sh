#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an external device receives has its outer header as metadata, which tc's
# flower matches: VNI, addresses, port, DSCP, TTL and options.  All options are
# for who reads the metadata, critical ones, too; what is malformed is dropped.
#
#   A                                          B
#   t1 -- t0 <- what flower matches
#            ovl0 ingress: flower enc_*
#   r1 -- r0 <- all else
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_external.sh"

ALL_TESTS="ipv4 ipv6 options all_at_once long_options critical malformed
	peers_alone zero_csum6 super_packets there_and_back"

# For flower | a packet that it matches | one that it does not; -: no such one
KEYS4="
enc_key_id 10010	| vni=10010	| vni=10011
enc_key_id 16777215	| vni=16777215	| vni=0
enc_key_id 0		| vni=0		| vni=1
enc_src_ip $B4		| src=$B4	| src=10.0.0.9
enc_src_ip 10.0.0.8/29	| src=10.0.0.9	| src=$B4
enc_dst_ip $A4		| dst=$A4	| dst=$A4_2
enc_dst_port 6081	| vni=1		| -
enc_dst_port 6082	| -		| vni=1
enc_tos 0x28		| tos=0x28	| tos=0x2c
enc_tos 0x20/0xe0	| tos=0x28	| tos=0x40
enc_ttl 9		| ttl=9		| ttl=10"
KEYS6="
enc_key_id 10010	| vni=10010	| vni=10011
enc_src_ip $B6		| src=$B6	| src=fd00::9
enc_src_ip fd00::8/125	| src=fd00::9	| src=$B6
enc_dst_ip $A6		| dst=$A6	| dst=$A6_2
enc_tos 0xb8		| tos=0xb8	| tos=0xb4
enc_ttl 255		| ttl=255	| ttl=1"
OPTIONS="
geneve_opts $PLAIN_OPT	| opts=$PLAIN	| opts=ffff010111223345
geneve_opts $PLAIN_OPT	| opts=$PLAIN	| opts=ffff020111223344
geneve_opts $PLAIN_OPT	| opts=$PLAIN	| opts=fffe010111223344
geneve_opts $PLAIN_OPT	| opts=$PLAIN	| vni=1
geneve_opts $PLAIN_OPT	| opts=$PLAIN	| c=1 opts=$CRIT
geneve_opts ffff:01:11003344/ffff:ff:ff00ffff | opts=$PLAIN | opts=ffff010110223344
geneve_opts $PLAIN_OPT,$PLAIN_OPT | opts=$PLAIN$PLAIN | opts=${PLAIN}ffff010111223345
geneve_opts $CRIT_OPT	| c=1 opts=$CRIT | c=1 opts=ffff810155667789
geneve_opts $PLAIN_OPT,$CRIT_OPT | c=1 opts=$PLAIN$CRIT	| c=1 opts=$CRIT$PLAIN"

# Each line of a table, on top of a packet
check_table() # TABLE PACKET
{
	local flower yes no

	while IFS='|' read -r flower yes no; do
		[ -n "$flower" ] || continue
		matched $flower
		[[ $yes != *=* ]] || is_matched "$2 ${yes//$'\t'/ }"
		[[ $no != *=* ]] || is_not_matched "$2 ${no//$'\t'/ }"
	done <<< "$1"
}

ipv4()
{
	external
	check_table "$KEYS4" "$OUTER4 $IN4"
	log_test "keys over IPv4"
}

ipv6()
{
	external
	check_table "$KEYS6" "$OUTER6 $IN6"
	log_test "keys over IPv6"
}

options()
{
	external
	check_table "$OPTIONS" "$OUTER4 $IN4"
	check_table "$(head -n 2 <<< "$OPTIONS")" "$OUTER6 $IN6"
	log_test "options"
}

all_at_once()
{
	external
	matched enc_key_id $VNI $FROM4 enc_dst_port 6081 enc_tos 0x28 enc_ttl 9 \
		geneve_opts $CRIT_OPT
	is_matched "$OUTER4 $IN4 tos=0x28 ttl=9 c=1 opts=$CRIT"
	is_not_matched "$OUTER4 $IN4 tos=0x28 ttl=8 c=1 opts=$CRIT"
	is_not_matched "$OUTER6 $IN4 tos=0x28 ttl=9 c=1 opts=$CRIT"
	matched enc_key_id $VNI $FROM6 enc_dst_port 6081 enc_tos 0x28 enc_ttl 9 \
		geneve_opts $CRIT_OPT
	is_matched "$OUTER6 $IN6 tos=0x28 ttl=9 c=1 opts=$CRIT"
	is_not_matched "$OUTER6 $IN6 tos=0x28 ttl=9 opts=$PLAIN"
	moved ovl0 link.rx_packets=5 link.rx_dropped=0 link.rx_errors=0
	log_test "all at once, over both families"
}

# All of them are there: flower compares the last byte, too.
long_options()
{
	local first second

	external
	first=$(printf 'ab%.0s' {1..124})
	second=$(printf 'cd%.0s' {1..119})
	matched geneve_opts ffff:01:$first,ffff:02:${second}ef
	is_matched "$OUTER4 $IN4 opts=ffff011f${first}ffff021e${second}ef"
	is_not_matched "$OUTER4 $IN4 opts=ffff011f${first}ffff021e${second}ee"
	log_test "252 bytes of options"
}

# Who reads the metadata knows what is critical, or drops it; but the C bit has
# to tell of it.
critical()
{
	local opts

	external
	matched enc_key_id $VNI
	for opts in $CRIT $CRIT$PLAIN $PLAIN$CRIT ffff8000; do
		is_matched "$OUTER4 $IN4 c=1 opts=$opts"
	done
	moved ovl0 link.rx_packets=4 link.rx_dropped=0
	log_test "critical options are delivered with their C bit"

	only_ovl "not without it" || return
	is_refused "$OUTER4 $IN4 opts=$CRIT" rx_opt_mismatch=1 link.rx_errors=1
	is_refused "$OUTER6 $IN4 opts=$PLAIN$CRIT" rx_opt_mismatch=1
	change "$A" ovl0 critmismatch accept
	is_matched "$OUTER4 $IN4 opts=$CRIT"
	matched geneve_opts $PLAIN_OPT,$CRIT_OPT
	is_matched "$OUTER6 $IN4 opts=$PLAIN$CRIT"
	change "$A" ovl0 critmismatch drop
	mark ovl0
	is_refused "$OUTER4 $IN4 opts=$CRIT" rx_opt_mismatch=1
	log_test "not without it, unless critmismatch accepts that"
}

malformed()
{
	local test="what is malformed is not delivered"

	only_ovl "$test" || return
	external optmax 16
	matched enc_key_id $VNI
	is_refused "$OUTER4 $IN4 opts=ffff0002 cut=40" rx_opt_malformed=1
	is_refused "$OUTER4 $IN4 c=1 opts=${PLAIN}ffff8001" rx_opt_malformed=1
	is_refused "$OUTER6 $IN4 opts=ffff001f${PLAIN}" rx_opt_malformed=1
	is_refused "$OUTER4 $IN4 opts=$PLAIN$PLAIN${PLAIN}" rx_opt_too_long=1
	is_refused "$OUTER4 $IN4 o=1" rx_oam=1
	is_refused "$OUTER4 $IN4 proto=0x0806" rx_proto=1
	is_refused "$OUTER4 $IN4 ver=1" port_rx_version=1
	is_matched "$OUTER4 $IN4 opts=$PLAIN$PLAIN"
	log_test "$test"
}

# Unless it is told otherwise, whoever reads the metadata judges the sender.
peers_alone()
{
	local test="by default anybody may send, with srccheck peers alone"

	only_ovl "$test" || return
	SRCCHECK='' external
	matched enc_key_id $VNI
	is_matched "$OUTER4 $IN4 src=10.0.0.9"
	change "$A" ovl0 srccheck
	is_refused "$OUTER4 $IN4" rx_source=1
	is_refused "$OUTER6 $IN4" rx_source=1
	bridge -n "$A" fdb append $MAC_TB dev ovl0 src_vni $VNI dst $B4
	check_err $? "could not add an endpoint"
	is_matched "$OUTER4 $IN4"
	mark ovl0
	is_refused "$OUTER4 $IN4 src=10.0.0.9" rx_source=1
	change "$A" ovl0 nosrccheck
	is_matched "$OUTER4 $IN4 src=10.0.0.9"
	is_matched "$OUTER6 $IN4"
	log_test "$test"
}

# RFC 8926 section 4.3.1: it takes the device's leave, and a known peer.
zero_csum6()
{
	local test="zero checksums over IPv6 are for peers alone"

	only_ovl "$test" || return
	external
	matched enc_key_id $VNI
	is_refused "$OUTER6 $IN4 csum=zero" rx_zero_csum6=1
	change "$A" ovl0 udp6zerocsumrx
	mark ovl0
	is_refused "$OUTER6 $IN4 csum=zero" rx_source=1
	bridge -n "$A" fdb append $MAC_TB dev ovl0 src_vni $VNI dst $B6
	check_err $? "could not add an endpoint"
	is_matched "$OUTER6 $IN4 csum=zero"
	is_matched "$OUTER4 $IN4 csum=zero"
	log_test "$test"
}

# Packets of one flow are merged, but not those with other metadata.
super_packets()
{
	local packet="$OUTER6 $IN4 in.df=1 in.l4=tcp in.pay=1000 c=1"
	local other=ffff810199999999

	external
	ip netns exec "$A" ethtool -K u0 gro on > /dev/null
	defer ip netns exec "$A" ethtool -K u0 gro off
	ip netns exec "$B" ethtool -K u1 tx-checksum-ip-generic on sg on \
		tx-udp-segmentation off > /dev/null
	defer ask offload u1 off
	matched geneve_opts $CRIT_OPT
	train "$B" $packet opts=$CRIT : in.seq=1 : in.seq=1001 : in.seq=2001
	expect t1 dir=in : seq=1 paylen=3000
	train "$B" $packet : in.seq=1 opts=$CRIT : in.seq=1001 opts=$other : \
		in.seq=2001 opts=$CRIT : in.seq=3001 opts=$other
	expect t1 n=2 dir=in "seq=1|2001" : paylen=1000
	expect r1 n=2 dir=in "seq=1001|3001" : paylen=1000
	log_test "merged are only packets with the same metadata"
}

# A packet in the one's metadata comes back with that of the other direction.
there_and_back()
{
	local key

	external
	tc_in "$A" <<-END
	filter add dev ovl0 ingress pref 1 protocol all flower enc_key_id 10 \
		geneve_opts $PLAIN_OPT \
		action tunnel_key set id 20 $KEY4 geneve_opts $CRIT_OPT pipe \
		action mirred egress redirect dev ovl0
	END
	for key in "$OUTER4" "$OUTER6"; do
		: $((++NUMBER))
		send u1 $key $IN4 vni=10 opts=$PLAIN in.sport=$NUMBER
		expect u1 dir=in vni=20 in.sport=$NUMBER : src=$A4 dst=$B4 \
			opts=$CRIT csum=ok in.csum=ok
	done
	log_test "from the one metadata to the other"
}

tests_run_on_external_hosts
exit "$EXIT_STATUS"
