#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An external device sends as the metadata of a frame says, set by tc's
# tunnel_key: each byte of the outer headers.  What the metadata leaves open is
# the device's; without metadata, or without an address in it, the FDB decides.
# The C bit is computed, and options that must not be sent are not.
#
#   A                                          B
#   t1 -- t0 ingress: tunnel_key set, to ovl0
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_external.sh"

ALL_TESTS="ipv4 ipv6 options other_options too_long checksum checksum6 ttl tos df
	df_given udp_port super_packets no_route no_metadata no_address mtu mtu_of_local
	mtu_of_route too_big shares_port"

# What the C bit is with critical options: geneve goes by a flag of the metadata,
# which tc does not set.
C=1
[ "$KIND" = ovl ] || C=0

# All of the fixed header but VNI and options
GENEVE="ver=0 o=0 rsvd1=0 rsvd2=0 proto=0x6558"

ipv4()
{
	external
	keyed id $VNI $KEY4 dst_port 6081 tos 40 ttl 9
	leaves "smac=$MAC_A dmac=$MAC_B src=$A4 dst=$B4 tos=0x28 ttl=9 df=0 mf=0
		off=0 ipcsum=ok dport=6081 csum=ok len=96 ulen=76
		$GENEVE optlen=0 c=0 opts=- vni=$VNI in.len=46"
	leaves "src=$A4 dst=$B4 vni=$VNI in.src=$TA6 csum=ok" "$TENANT6"
	leaves "src=$A4 dst=$B4 vni=$VNI in.vlan=7.3 csum=ok" "vlan=7.3 $TENANT4"
	keyed id 16777215 src_ip $A4_2 dst_ip $B4 dst_port 6081
	leaves "smac=$MAC_A dmac=$MAC_B src=$A4_2 dst=$B4 $GENEVE optlen=0 c=0
		opts=- vni=16777215 csum=ok"
	keyed id 0 $KEY4 dst_port 6081
	leaves "src=$A4 dst=$B4 $GENEVE vni=0 csum=ok"
	moved ovl0 link.tx_packets=5
	log_test "the metadata's endpoint over IPv4"
}

ipv6()
{
	external
	keyed id $VNI $KEY6 dst_port 6081 tos 40 ttl 9
	leaves "smac=$MAC_A dmac=$MAC_B src=$A6 dst=$B6 tos=0x28 ttl=9 dport=6081
		csum=ok len=116 ulen=76 $GENEVE optlen=0 c=0 opts=- vni=$VNI in.len=46"
	leaves "src=$A6 dst=$B6 vni=$VNI in.src=$TA6 csum=ok" "$TENANT6"
	keyed id 16777215 src_ip $A6_2 dst_ip $B6 dst_port 6081 \
		geneve_opts $CRIT_OPT
	leaves "src=$A6_2 dst=$B6 $GENEVE optlen=2 c=$C opts=$CRIT vni=16777215 csum=ok"
	# one device, both families
	keyed id $VNI $KEY4
	leaves "src=$A4 dst=$B4 vni=$VNI csum=ok"
	moved ovl0 link.tx_packets=4
	log_test "the metadata's endpoint over IPv6"
}

# Options are sent as they are, in their order; C tells of critical ones.
options()
{
	local long31 long30

	external
	keyed id $VNI $KEY4 geneve_opts $PLAIN_OPT
	leaves "$GENEVE vni=$VNI optlen=2 c=0 opts=$PLAIN csum=ok"
	log_test "an option"

	keyed id $VNI $KEY4 geneve_opts $CRIT_OPT
	leaves "$GENEVE vni=$VNI optlen=2 c=$C opts=$CRIT csum=ok"
	log_test "a critical option sets the C bit"

	keyed id $VNI $KEY4 geneve_opts \
		$PLAIN_OPT,0102:80:00010002,0103:02:0011223344556677
	leaves "$GENEVE vni=$VNI optlen=7 c=$C csum=ok
		opts=${PLAIN}0102800100010002010302020011223344556677"
	keyed id $VNI $KEY4 geneve_opts $PLAIN_OPT,$PLAIN_OPT
	leaves "$GENEVE vni=$VNI optlen=4 c=0 opts=$PLAIN$PLAIN csum=ok"
	log_test "several options, in their order"

	long31=$(printf '%0248d' 0) long30=$(printf '%0240d' 0)
	keyed id $VNI $KEY6 geneve_opts ffff:01:$long31,ffff:02:$long30
	leaves "$GENEVE vni=$VNI optlen=63 c=0 csum=ok
		opts=ffff011f${long31}ffff021e${long30}"
	keyed id $VNI $KEY4 geneve_opts ffff:01:$long31,ffff:82:$long30
	leaves "$GENEVE vni=$VNI optlen=63 c=$C csum=ok
		opts=ffff011f${long31}ffff821e${long30}"
	log_test "252 bytes of options"
	moved ovl0 link.tx_packets=6
}

# Metadata of another kind of tunnel is no Geneve option.
other_options()
{
	local test="options of VXLAN are none"

	only_ovl "$test" || return
	external
	keyed id $VNI $KEY4 vxlan_opts 1234
	leaves "$GENEVE vni=$VNI optlen=0 c=0 opts=- csum=ok"
	log_test "$test"
}

too_long()
{
	local test="more options than optmax allows"

	only_ovl "$test" || return
	external optmax 8
	keyed id $VNI $KEY4 geneve_opts $PLAIN_OPT
	leaves "optlen=2 opts=$PLAIN csum=ok"
	mark ovl0
	keyed id $VNI $KEY4 geneve_opts ffff:01:1122334455667788
	is_dropped tx_opt_too_long=1
	keyed id $VNI $KEY4 geneve_opts $PLAIN_OPT,$PLAIN_OPT
	is_dropped tx_opt_too_long=1
	change "$A" ovl0 optmax 16
	leaves "optlen=4 opts=$PLAIN$PLAIN csum=ok"
	log_test "$test"
}

# Over IPv4, exactly as the metadata says.
checksum()
{
	external
	checksums_leave
	log_test "checksums over IPv4 are the metadata's"

	only_ovl "whatever the device has" || return
	change "$A" ovl0 noudpcsum
	checksums_leave
	log_test "whatever the device has"
}

checksums_leave()
{
	keyed id $VNI $KEY4
	leaves "csum=ok ipcsum=ok"
	keyed id $VNI $KEY4 csum
	leaves csum=ok
	keyed id $VNI $KEY4 nocsum geneve_opts $PLAIN_OPT
	leaves "csum=zero rawcsum=0 opts=$PLAIN ipcsum=ok"
}

# Over IPv6, RFC 6935: a zero one has to be allowed here, too.
checksum6()
{
	local test="checksums over IPv6 are left out by both only"

	only_ovl "$test" || return
	external
	keyed id $VNI $KEY6 nocsum
	leaves csum=ok
	change "$A" ovl0 udp6zerocsumtx
	leaves "csum=zero rawcsum=0"
	keyed id $VNI $KEY6 csum
	leaves csum=ok
	change "$A" ovl0 noudp6zerocsumtx
	keyed id $VNI $KEY6 nocsum
	leaves csum=ok
	log_test "$test"
}

# None in the metadata, that is 0: the device's.
ttl()
{
	external
	keyed id $VNI $KEY4 ttl 1
	leaves ttl=1
	keyed id $VNI $KEY6 ttl 255
	leaves ttl=255
	log_test "TTL of the metadata"

	only_ovl "TTL 0 is the device's" || return
	change "$A" ovl0 ttl 77
	keyed id $VNI $KEY4
	leaves ttl=77
	keyed id $VNI $KEY6 ttl 0
	leaves ttl=77
	change "$A" ovl0 ttl inherit
	leaves "ttl=33 in.ttl=33" "$TENANT4 ttl=33"
	change "$A" ovl0 ttl auto
	ask sysctl "$A" net.ipv6.conf.u0.hop_limit 63
	defer ask sysctl "$A" net.ipv6.conf.u0.hop_limit 64
	leaves ttl=63
	log_test "TTL 0 is the device's"
}

# The DSCP; the ECN field is the frame's, as RFC 6040 has it.
tos()
{
	external
	keyed id $VNI $KEY4 tos 184
	leaves "tos=0xb8 in.tos=0" "$TENANT4"
	leaves "tos=0xba in.tos=0x2a" "$TENANT4 tos=0x2a"
	keyed id $VNI $KEY6 tos 184
	leaves "tos=0xb9 in.tos=0x01" "$TENANT6 tos=0x01"
	[ "$KIND" != ovl ] || leaves "tos=0xbb in.tos=0x03" "$TENANT6 tos=0x03"
	keyed id $VNI $KEY6
	leaves "tos=0 in.tos=0x28" "$TENANT6 tos=0x28"
	log_test "DSCP of the metadata, ECN of the frame"
}

# What the device was given explicitly, else not set.
df()
{
	external
	keyed id $VNI $KEY4
	leaves df=0
	leaves df=0 "$TENANT4 df=1"
	log_test "DF is not set without its flag"

	only_ovl "unless the device was given df" || return
	change "$A" ovl0 df set
	leaves df=1
	change "$A" ovl0 df inherit
	leaves df=0
	leaves df=1 "$TENANT4 df=1"
	change "$A" ovl0 df unset
	leaves df=0 "$TENANT4 df=1"
	log_test "unless the device was given df"
}

df_given()
{
	local test="also when it was made"

	only_ovl "$test" || return
	external df set
	keyed id $VNI $KEY4
	leaves df=1
	log_test "$test"
}

# The endpoint's port; the device's, if there is none.
ports_are()
{
	keyed id $VNI $1 dst_port 7081
	leaves "dport=7081 vni=$VNI csum=ok"
	keyed id $VNI $1
	leaves "dport=6082 vni=$VNI csum=ok"
}

udp_port()
{
	local test="UDP port of the metadata"

	only_ovl "$test" || return
	ask geneve 7081 6082
	external dstport 6082 srcport 1000 1000
	ports_are "$KEY4"
	leaves sport=1000
	ports_are "$KEY6"
	leaves sport=1000
	log_test "$test"
}

# Segments have the metadata, too.
super_packets()
{
	local key opts=$PLAIN_OPT,$CRIT_OPT

	external
	offload t1 on
	defer ask offload t1 off
	for key in "$KEY4 csum" "$KEY4 nocsum" "$KEY6 csum"; do
		keyed id $VNI $key ttl 9 geneve_opts $opts
		: $((++NUMBER))
		send t1 $TENANT4 l4=tcp sport=$NUMBER csum=partial gso=tcp4:1000 pay=4500
		expect u1 n=5 dir=in in.sport=$NUMBER : vni=$VNI ttl=9 c=$C \
			opts=$PLAIN$CRIT in.csum=ok csum!=bad
		: $((++NUMBER))
		send t1 $TENANT6 l4=tcp sport=$NUMBER csum=partial gso=tcp6:1000 pay=4500
		expect u1 n=5 dir=in in.sport=$NUMBER : vni=$VNI ttl=9 c=$C \
			opts=$PLAIN$CRIT in.csum=ok csum!=bad
	done
	log_test "super-packets"
}

no_route()
{
	external
	keyed id $VNI src_ip $A4 dst_ip 198.51.100.1
	if [ "$KIND" = ovl ]; then
		is_dropped tx_no_route=1
	else
		is_dropped link.tx_carrier_errors=1
	fi
	keyed id $VNI $KEY4
	leaves csum=ok
	log_test "no route to the metadata's endpoint"
}

no_metadata()
{
	local test="without metadata the FDB decides"

	only_ovl "$test" || return
	external
	unkeyed
	is_dropped tx_no_endpoint=1
	bridge -n "$A" -b - <<-END
	fdb add $MAC_TB dev ovl0 dst $B4 vni 10010
	fdb append 00:00:00:00:00:00 dev ovl0 dst $B6
	END
	leaves "dst=$B4 vni=10010 df=1 csum=ok opts=-"
	send t1 $TENANT4 dmac=02:00:00:00:03:01 sport=$((++NUMBER))
	expect u1 dir=in in.sport=$NUMBER : dst=$B6 vni=0 csum=ok opts=- in.csum=ok \
		in.dmac=02:00:00:00:03:01
	log_test "$test"
}

# Metadata that says the VNI alone: as the bridge's
no_address()
{
	local test="metadata without an address leaves it to the FDB" key

	only_ovl "$test" || return
	external
	bridge -n "$A" -b - <<-END
	fdb add $MAC_TB dev ovl0 src_vni 10010 dst $B4
	fdb append 00:00:00:00:00:00 dev ovl0 src_vni 10020 dst $B6
	fdb append 00:00:00:00:00:00 dev ovl0 dst $B4
	END
	for key in "src_ip 0.0.0.0 dst_ip 0.0.0.0" "src_ip :: dst_ip ::"; do
		keyed id 10010 $key
		leaves "dst=$B4 vni=10010 csum=ok"
		keyed id 10020 $key
		leaves "dst=$B6 vni=10020 csum=ok"
		keyed id 10030 $key
		mark ovl0
		is_dropped tx_no_endpoint=1
	done
	log_test "$test"
}

# The MTU of ovl0 on A is that.
check_mtu() # MTU
{
	local link

	link=$(ip -n "$A" link show ovl0)
	[[ $link == *" mtu $1 "* ]]
	check_err $? "expected an MTU of $1, seen $link"
}

mtu()
{
	local test="the default MTU is the underlay's less the headers"

	only_ovl "$test" || return
	external dev u0
	check_mtu 1430
	defer ip_in "$A" link set u0 mtu 1500
	ip_in "$A" link set u0 mtu 9000
	check_mtu 8930
	change "$A" ovl0 optmax 100
	check_mtu 8830
	ip_in "$A" link set ovl0 mtu 1600
	ip_in "$A" link set u0 mtu 1500
	check_mtu 1600
	log_test "$test"
}

mtu_of_local()
{
	local test="the default MTU is that of the device that has the local address"

	only_ovl "$test" || return
	defer ip_in "$A" link set u0 mtu 1500
	ip_in "$A" link set u0 mtu 2000
	external local $A4
	check_mtu 1950
	log_test "$test"
}

# Nothing says beforehand where metadata will send to.
mtu_of_route()
{
	local test="the default MTU is that of where packets turn out to go"

	only_ovl "$test" || return
	defer ip_in "$A" link set u0 mtu 1500
	ip_in "$A" link set u0 mtu 2000
	external
	check_mtu 1430
	keyed id $VNI $KEY4
	send t1 $TENANT4 sport=$((++NUMBER))
	slowwait 5 mtu_is 1930 || :
	check_mtu 1930
	ip_in "$A" link set u0 mtu 1700
	check_mtu 1630
	log_test "$test"
}

mtu_is() # MTU
{
	[[ $(ip -n "$A" link show ovl0) == *" mtu $1 "* ]]
}

# Too big for the underlay: in fragments, or not at all.
too_big()
{
	external
	keyed id $VNI $KEY4
	send t1 $TENANT4 sport=$((++NUMBER)) pay=1472
	expect u1 dir=in off=0 mf=1 : src=$A4 dst=$B4 df=0 vni=$VNI in.len=1500
	expect u1 dir=in "off>0" mf=0 : src=$A4 dst=$B4
	log_test "what is too big is fragmented without DF"

	only_ovl "and dropped with DF" || return
	change "$A" ovl0 df set
	mark ovl0
	is_dropped tx_too_big=1 link.tx_dropped=1 -- "$TENANT4 pay=1472"
	none u1 dir=in src=$A4
	leaves df=1
	log_test "and dropped with DF"
}

# What a device owns is its own, all else is the external one's.
shares_port()
{
	local test="a VNI that another device owns"

	only_ovl "$test" || return
	external
	matched enc_key_id $VNI
	is_matched "$OUTER4 $IN4"
	ip_in "$A" <<-END
	link add own type $KIND id $VNI remote $B4
	link set own addrgenmode none
	link set own up
	END
	check_err $? "could not add a device with VNI $VNI"
	port own "$A" own
	comes_out own "$OUTER4 $IN4" vlan=-
	none t1 dir=in
	none r1 dir=in
	is_not_matched "$OUTER4 vni=5002 $IN4"
	none own dir=in
	if [ "$KIND" = ovl ]; then
		# not even what it does not want
		mark ovl0
		mark own
		send u1 $OUTER4 src=10.0.0.9 $IN4 in.sport=$((++NUMBER))
		moved own rx_source=1
		moved ovl0
		none r1 dir=in
		none t1 dir=in
	fi
	log_test "a VNI that another device owns"

	# both send
	keyed id 5003 $KEY4
	leaves "vni=5003 csum=ok"
	send own $TENANT4 sport=$((++NUMBER))
	expect u1 dir=in in.sport=$NUMBER : vni=$VNI src=$A4 dst=$B4 csum=ok
	ip_in "$A" link del own
	is_matched "$OUTER4 $IN4"
	log_test "and when that is gone"
}

tests_run_on_external_hosts
exit "$EXIT_STATUS"
