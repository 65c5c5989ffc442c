#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# BPF programs set the metadata that an external device sends by, and read that
# of what it has received: bpf_skb_set_tunnel_key and _opt, _get_tunnel_key and
# _opt, for tc.  They can set options that nobody else can: malformed ones, which
# are not sent.
#
#   A                                          B
#   t1 -- t0 ingress: bpf set, to ovl0
#            ovl0 ingress: bpf get, to t0
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib_external.sh"

ALL_TESTS="sends_ipv4 sends_ipv6 checksum df options malformed too_long
	too_large_id receives_ipv4 receives_ipv6 receives_options one_after_another"

GENEVE="ver=0 o=0 rsvd1=0 rsvd2=0 proto=0x6558"

# The device with the programs, which are in $BPF, a BPF file system of our own:
# ip and tc leave that of the machine when they enter a namespace.
bpf() # [TYPE-ARGUMENT...]
{
	BPF=$(mktemp -d)
	defer rmdir "$BPF"
	mount -t bpf none "$BPF" || skip_all "no BPF file system"
	defer umount "$BPF"
	"$SELFTESTS/tunbpf" load "$BPF" || skip_all "no BPF here"
	external "$@"
	if ! tc -n "$A" -b - <<-END
		filter del dev t0 ingress
		filter add dev t0 ingress protocol all bpf object-pinned $BPF/set \
			action mirred egress redirect dev ovl0
		filter add dev ovl0 ingress protocol all bpf object-pinned $BPF/get \
			action mirred egress redirect dev t0
		END
	then
		skip_all "tc does not take a pinned program"
	fi
}

key() # KEY=VALUE...
{
	"$SELFTESTS/tunbpf" key "$BPF" "$@"
	check_err $? "tunbpf key $*"
}

# The tenant got a frame; this was its metadata.
had() # KEY=VALUE...
{
	local seen word

	seen=$("$SELFTESTS/tunbpf" seen "$BPF")
	for word; do
		[[ " $seen " == *" $word "* ]]
		check_err $? "expected $word, seen $seen"
	done
}

sends_ipv4()
{
	bpf
	key id=$VNI src=$A4 dst=$B4 tos=0x28 ttl=9
	leaves "smac=$MAC_A dmac=$MAC_B src=$A4 dst=$B4 tos=0x28 ttl=9 df=0 mf=0
		off=0 ipcsum=ok dport=6081 csum=ok len=96 ulen=76
		$GENEVE optlen=0 c=0 opts=- vni=$VNI in.len=46"
	key id=16777215 src=$A4_2 dst=$B4
	leaves "src=$A4_2 dst=$B4 vni=16777215 csum=ok"
	key id=0 dst=$B4
	leaves "src=$A4 dst=$B4 vni=0 csum=ok"
	log_test "over IPv4"
}

sends_ipv6()
{
	bpf
	key id=$VNI src=$A6 dst=$B6 tos=0x28 ttl=9 label=0x12345
	leaves "smac=$MAC_A dmac=$MAC_B src=$A6 dst=$B6 tos=0x28 ttl=9
		flowlabel=0x12345 dport=6081 csum=ok len=116 ulen=76
		$GENEVE optlen=0 c=0 opts=- vni=$VNI in.len=46"
	key id=16777215 src=$A6_2 dst=$B6
	leaves "src=$A6_2 dst=$B6 vni=16777215 csum=ok"
	key id=0 dst=$B6
	leaves "src=$A6 dst=$B6 vni=0 csum=ok"
	log_test "over IPv6"
}

# BPF_F_ZERO_CSUM_TX
checksum()
{
	bpf
	key id=$VNI dst=$B4 csum=0
	leaves "csum=zero rawcsum=0"
	key id=$VNI dst=$B4 csum=1
	leaves csum=ok
	if [ "$KIND" = ovl ]; then
		key id=$VNI dst=$B6 csum=0
		leaves csum=ok
		change "$A" ovl0 udp6zerocsumtx
	fi
	key id=$VNI dst=$B6 csum=0
	leaves csum=zero
	key id=$VNI dst=$B6 csum=1
	leaves csum=ok
	log_test "checksums"
}

# BPF_F_DONT_FRAGMENT, whatever the device has
df()
{
	local df

	bpf
	for df in "" unset set; do
		if [ -n "$df" ]; then
			[ "$KIND" = ovl ] || break
			change "$A" ovl0 df $df
		fi
		key id=$VNI dst=$B4 df=1
		leaves df=1
		leaves df=1 "$TENANT6"
	done
	[ "$KIND" != ovl ] || change "$A" ovl0 df unset
	key id=$VNI dst=$B4 df=0
	leaves df=0 "$TENANT4 df=1"
	log_test "the DF bit"
}

# As they are, and C as they ask for, although BPF cannot say so.
options()
{
	local c=1 long

	bpf
	[ "$KIND" = ovl ] || c=0
	key id=$VNI dst=$B4 opts=$PLAIN
	leaves "$GENEVE optlen=2 c=0 opts=$PLAIN csum=ok"
	key id=$VNI dst=$B6 opts=$PLAIN$CRIT
	leaves "$GENEVE optlen=4 c=$c opts=$PLAIN$CRIT csum=ok"
	key id=$VNI dst=$B4 opts=ffff0100
	leaves "$GENEVE optlen=1 c=0 opts=ffff0100"
	key id=$VNI dst=$B4 opts=ffff8000
	leaves "$GENEVE optlen=1 c=$c opts=ffff8000"
	long=ffff011f$(printf 'ab%.0s' {1..124})ffff811e$(printf 'cd%.0s' {1..120})
	key id=$VNI dst=$B6 opts=$long
	leaves "$GENEVE optlen=63 c=$c opts=$long csum=ok"
	log_test "options"
}

# An option that overruns the list, and R bits: section 3.5
malformed()
{
	local test="malformed options are not sent" opts

	only_ovl "$test" || return
	bpf
	for opts in ffff0102 ffff011f${PLAIN} ffff010211223344 ${PLAIN}ffff0101 \
			${PLAIN}ffff8001 ffff012011223344 ffff01e011223344 \
			${PLAIN}ffff818155667788 ffff0120; do
		key id=$VNI dst=$B4 opts=$opts
		is_dropped tx_opt_malformed=1 link.tx_errors=1
	done
	key id=$VNI dst=$B6 opts=${PLAIN}ffff0102
	is_dropped tx_opt_malformed=1
	key id=$VNI dst=$B6 opts=$PLAIN
	leaves opts=$PLAIN
	log_test "$test"
}

too_long()
{
	local test="more options than optmax allows are not sent"

	only_ovl "$test" || return
	bpf optmax 8
	key id=$VNI dst=$B4 opts=$PLAIN
	leaves opts=$PLAIN
	mark ovl0
	key id=$VNI dst=$B4 opts=${PLAIN}ffff0100
	is_dropped tx_opt_too_long=1 link.tx_dropped=1
	log_test "$test"
}

# 24 bits are what fits the header; another tenant's VNI may be what is left.
too_large_id()
{
	local test="a number that is no VNI is not sent"

	only_ovl "$test" || return
	bpf
	key id=0x1001389 dst=$B4
	is_dropped tx_vni=1 link.tx_errors=1
	key id=0x01000000 dst=$B6
	is_dropped tx_vni=1
	key id=0xffffff dst=$B6
	leaves vni=16777215
	log_test "$test"
}

receives_ipv4()
{
	bpf
	comes_out t1 "$OUTER4 $IN4 tos=0x28 ttl=9"
	had n=1 family=4 id=$VNI src=$B4 dst=$A4 tos=0x28 ttl=9 opts=
	comes_out t1 "$OUTER4 $IN4 src=10.0.0.9 dst=$A4_2 vni=16777215"
	comes_out t1 "$OUTER4 $IN6 src=10.0.0.9 dst=$A4_2 vni=16777215"
	had n=2 family=4 id=16777215 src=10.0.0.9 dst=$A4_2 tos=0x00 ttl=64 opts=
	log_test "over IPv4, received"
}

receives_ipv6()
{
	bpf
	comes_out t1 "$OUTER6 $IN6 tos=0x28 ttl=9 flowlabel=0x12345"
	had n=1 family=6 id=$VNI src=$B6 dst=$A6 tos=0x28 ttl=9 label=0x12345 opts=
	comes_out t1 "$OUTER6 $IN4 src=fd00::9 dst=$A6_2 vni=0"
	had n=1 family=6 id=0 src=fd00::9 dst=$A6_2 tos=0x00 ttl=64 opts=
	log_test "over IPv6, received"
}

receives_options()
{
	local long opts

	bpf
	long=ffff011f$(printf 'ab%.0s' {1..124})ffff021e$(printf 'cd%.0s' {1..120})
	for opts in $PLAIN $PLAIN$PLAIN ffff0100 $long; do
		comes_out t1 "$OUTER4 $IN4 opts=$opts"
		had n=1 id=$VNI opts=$opts
	done
	for opts in $CRIT $PLAIN$CRIT ffff8000; do
		comes_out t1 "$OUTER6 $IN4 c=1 opts=$opts"
		had n=1 id=$VNI opts=$opts
	done
	log_test "options, received"
}

# Each has its own metadata, also if it differs from the last one's in one field.
one_after_another()
{
	local field vni

	bpf
	for vni in {1..12}; do
		comes_out t1 "$OUTER4 $IN4 vni=$vni"
		had n=1 id=$vni
	done
	for field in vni=1/id=1 src=10.0.0.9/src=10.0.0.9 dst=$A4_2/dst=$A4_2 \
			tos=0x04/tos=0x04 ttl=63/ttl=63 opts=$PLAIN/opts=$PLAIN; do
		comes_out t1 "$OUTER4 $IN4"
		had n=1 id=$VNI src=$B4 dst=$A4 tos=0x00 ttl=64 opts=
		comes_out t1 "$OUTER4 $IN4 ${field%/*}"
		had n=1 ${field#*/}
	done
	for field in vni=1/id=1 src=fd00::9/src=fd00::9 dst=$A6_2/dst=$A6_2 \
			tos=0x04/tos=0x04 ttl=63/ttl=63 opts=$PLAIN/opts=$PLAIN \
			flowlabel=5/label=0x00005; do
		comes_out t1 "$OUTER6 $IN4"
		had n=1 id=$VNI src=$B6 dst=$A6 tos=0x00 ttl=64 label=0x00000 opts=
		comes_out t1 "$OUTER6 $IN4 ${field%/*}"
		had n=1 ${field#*/}
	done
	log_test "one after another"
}

tests_run_on_external_hosts
exit "$EXIT_STATUS"
