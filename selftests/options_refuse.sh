#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong with options, with those of a peer, with VNIs and with reflect is
# refused, in words that name the attribute and why; and it changes nothing that
# "ip -d link show", "ip link xstats" or "bridge fdb show" tell, nor what is sent.
#
#   A
#   ovl1 (VNI 5001); ovl2 (VNI 5002, with options, what is changed); ovlx (vnifilter,
#   VNIs 100 to 110), ovlz (vnifilter, VNI 700), ovly (external on port 7000)
#   u0  10.0.0.1, fd00::1

. "${0%/*}/lib_refuse.sh"
. "${0%/*}/lib_options.sh"

ALL_TESTS="strings options option_rules peers with_external vnis taken alone
	when_made numbers_of_options numbers_of_peers numbers_of_vnis as_before"

# Attributes in include/uapi/linux/ovl.h, which never change.
ID=1 REMOTE=2 TTL=10 EXTERNAL=30 OPTS=31 ACCEPT=32 MARKOPT=33 OPTMAX=34
CRITMISMATCH=35 VNIFILTER=36 REFLECT=37 PEER=38 VNIS=39 N_VNIS=40
: "$TTL"

PLAIN=ffff:01:11223344 OWN=ffff:02:11223344,ffff:82:55667788

host_a()
{
	setup_ns A
	ip -n "$A" link add u0 type dummy
	ip_in "$A" <<-END
	link set u0 addrgenmode none up
	addr add $A4/24 dev u0
	addr add $A6/64 dev u0 nodad
	link add ovl1 type $KIND id 5001 remote $B4
	link add ovl2 type $KIND id 5002 remote $B4 opts $PLAIN accept ffff:81 critmismatch accept
	link add ovlx type $KIND external vnifilter
	link add ovlz type $KIND external vnifilter
	link add ovly type $KIND external dstport 7000
	link set ovlx type $KIND vni add 100-109 remote $B4 vni add 110
	link set ovlz type $KIND vni add 700 remote $B4
	END
	check_err $? "could not add the devices"
	bridge -n "$A" fdb add $MAC_TB dev ovl2 dst 10.0.0.3 self
	bridge -n "$A" fdb add 02:00:00:00:02:02 dev ovl2 dst 10.0.0.3 port 7000 self
	change "$A" ovl2 peer 10.0.0.3 opts $OWN
}

# Lines of TYPED => PART OF THE MESSAGE, which ip sees itself to be wrong.
not_taken() # PREFIX
{
	local line said before typed

	before=$(state)
	while IFS= read -r line; do
		line=${line#"${line%%[![:blank:]]*}"}
		typed="$1 ${line%% => *}"
		said=$(ip -n "$A" -b - 2>&1 <<< "$typed")
		check_fail $? "was taken: $typed"
		[[ $said == *"${line#* => }"* ]] ||
			differs "$typed" "${line#* => }" "$said"
	done
	check_state "in all" "$before"
}

strings()
{
	host_a
	not_taken "link set ovl2 type $KIND" <<-END
	opts 0102 => "0102"
	opts 0102: => "0102:"
	opts 0102:80:0 => 8 hexadecimal digits for each 4 bytes
	opts 0102:80:001122 => 8 hexadecimal digits for each 4 bytes
	opts 0102:80:00112233445566 => 8 hexadecimal digits for each 4 bytes
	opts 0102:80:0011223x => "0102:80:0011223x"
	opts 0102:80:00112233: => "0102:80:00112233:"
	opts 0102:80:00112233,, => "0102:80:00112233,,"
	opts ,0102:80: => ",0102:80:"
	opts 10102:80: => "10102:80:"
	opts 0102:180: => "0102:180:"
	opts x102:80: => "x102:80:"
	opts -1:80: => "-1:80:"
	opts 0102:*: => "0102:*:"
	opts $(option 0102:80 32) => 124 bytes at most
	opts $(option 0102:01 31),$(option 0102:02 31) => opts: more than 252 bytes
	opts => "opts"
	opts 0102:80: opts 0102:80: => opts
	opts 0102:80: noopts => opts
	accept 0102 => "0102"
	accept 0102:80:00 => "0102:80:00"
	accept 0102:81,, => "0102:81,,"
	accept *:81 => "*:81"
	accept 0102:** => "0102:**"
	markopt 0102 => "0102"
	markopt 0102:* => "0102:*"
	markopt 0102:01,0102:02 => "0102:02"
	markopt 0102:01:00000000 => "0102:01:00000000"
	optmax 253 => "253"
	optmax -4 => "-4"
	optmax many => "many"
	critmismatch maybe => "maybe"
	reflect -1 => "-1"
	peer $B4 => "peer" is not complete
	peer noopts => "noopts"
	peer $B4 opts => "opts" is not complete
	peer $B4 opts 0102:80:0 => 8 hexadecimal digits
	peer $B4 ttl 5 opts 0102:80: => "ttl"
	peer $B4 noopts ttl 5 => "ttl"
	vni => "vni" is not complete
	vni add => "vni" is not complete
	vni put 5 => "put"
	vni add 5- => "5-"
	vni add -5 => "-5"
	vni add 5-x => "5-x"
	vni add 5,,6 => "5,,6"
	vni add 5 remote => "remote" is not complete
	vni add 5 remote 239.1.1.1 => multicast
	vni add 5 group $B4 => multicast
	vnis 5 => "vnis"
	END
	log_test "option strings that do not parse"
}

options()
{
	local most

	most=$(option 0102:01 31),$(option 0102:02 30)
	host_a
	refused "link set ovl2 type $KIND ttl 9" <<-END
	optmax 8 opts $PLAIN,ffff:03: => opts: 12 bytes, optmax and markopt leave room for 8
	optmax 0 => opts: 8 bytes, optmax and markopt leave room for 0
	optmax 4 noopts => opts: 16 bytes, optmax and markopt leave room for 4
	optmax 12 => opts: 16 bytes, optmax and markopt leave room for 12
	optmax 7 => optmax: 7 is no multiple of 4 up to 252
	optmax 251 => optmax: 251 is no multiple of 4 up to 252
	optmax 16 markopt ff01:01 => opts: 16 bytes, optmax and markopt leave room for 8
	opts $most markopt ff01:01 => opts: 252 bytes, optmax and markopt leave room for 244
	reflect 4194305 => reflect: 4194305 is above 4194304
	reflect 4294967295 => reflect: 4294967295 is above 4194304
	END
	log_test "options that there is no room for"
}

option_rules()
{
	local many

	printf -v many '0102:%02x,' {0..32}
	host_a
	refused "link set ovl2 type $KIND ttl 9" <<-END
	accept ffff:81,ffff:82,ffff:81 => accept: ffff:81 is given twice
	accept ffff:80,FFFF:80 => accept: ffff:80 is given twice
	accept ${many%,} => accept: not a list of up to 32
	markopt ffff:01 => markopt: ffff:01 stands in opts as well
	markopt ffff:82 => markopt: ffff:82 stands in opts as well
	markopt ff01:01 opts $PLAIN,ff01:01:00000001 => markopt: ff01:01 stands in opts as well
	markopt ff01:01 opts ff01:01: => markopt: ff01:01 stands in opts as well
	END
	change "$A" ovl1 markopt ff01:01
	refused "link set ovl1 type $KIND ttl 9" <<-END
	opts ff01:01:00000001 => markopt: ff01:01 stands in opts as well
	opts $PLAIN,ff01:01: => markopt: ff01:01 stands in opts as well
	optmax 4 => optmax: markopt takes 8 bytes
	optmax 0 => optmax: markopt takes 8 bytes
	END
	log_test "options that do not go together"
}

peers()
{
	host_a
	refused "link set ovl2 type $KIND" <<-END
	peer 10.0.0.99 opts $PLAIN => peer: the device has no such peer
	peer 10.0.0.99 noopts => peer: the device has no such peer
	peer 10.0.0.99 opts device => peer: the device has no such peer
	peer $B4 port 7000 opts $PLAIN => peer: the device has no such peer
	peer $B4 vni 5001 opts $PLAIN => peer: the device has no such peer
	peer $B4 via u0 opts $PLAIN => peer: the device has no such peer
	peer $B4 port 0 opts $PLAIN => peer: 0 is no port
	peer $B4 vni 16777216 opts $PLAIN => peer: VNI 16777216 is above 16777215
	peer $B4 vni 4294967295 opts $PLAIN => peer: VNI 4294967295 is above 16777215
	peer $B6 opts $PLAIN => peer: the device has no such peer
	peer $A4 opts $PLAIN => peer: the device has no such peer
	peer 0.0.0.0 noopts => peer: which?
	peer :: noopts => peer: which?
	peer 255.255.255.255 noopts => peer: not a unicast address
	END
	change "$A" ovl2 optmax 16
	refused "link set ovl2 type $KIND" <<-END
	peer $B4 opts $OWN,ffff:03: => opts: 20 bytes, optmax and markopt leave room for 16
	peer 10.0.0.3 opts $OWN,ffff:03: => opts: 20 bytes, optmax and markopt leave room for 16
	peer 10.0.0.3 port 7000 opts $OWN,ffff:03: => opts: 20 bytes, optmax and markopt leave room for 16
	END
	change "$A" ovl2 optmax 24
	change "$A" ovl2 markopt ff01:01
	refused "link set ovl2 type $KIND" <<-END
	peer $B4 opts ff01:01:00000001 => markopt: ff01:01 stands in opts as well
	peer 10.0.0.3 opts $OWN,ffff:03: => opts: 20 bytes, optmax and markopt leave room for 16
	END
	log_test "a peer's options"
}

with_external()
{
	local dev has="opts: external excludes opts, accept, markopt: metadata has them"

	host_a
	for dev in ovlx ovly; do
		refused "link set $dev type $KIND" <<-END
		ttl 9 opts $PLAIN => $has
		ttl 9 accept ffff:81 => $has
		ttl 9 markopt ff01:01 => $has
		ttl 9 reflect 16 => external: excludes remote, group, proxy, reflect
		peer $B4 opts $PLAIN => opts: external takes options from metadata
		peer 10.0.0.99 noopts => opts: external takes options from metadata
		END
	done
	refused "link add ovl0 type $KIND external dstport 7777" <<-END
	opts $PLAIN => $has
	accept ffff:81 => $has
	markopt ff01:01 => $has
	reflect 16 => external: excludes remote, group, proxy, reflect
	END
	log_test "external has options as metadata"
}

vnis()
{
	host_a
	refused "link set ovlx type $KIND" <<-END
	vni add 9-8 => vni: the range is reversed: 9 is above 8
	vni add 5,9-8 => vni: the range is reversed: 9 is above 8
	vni add 5 vni del 101-100 => vni: the range is reversed: 101 is above 100
	vni add 16777216 => vni: 16777216 is above 16777215
	vni add 16777215-16777216 => vni: 16777216 is above 16777215
	vni add 4294967295 => vni: 4294967295 is above 16777215
	vni add 4294967295-5 => vni: 4294967295 is above 16777215
	vni add 5-4294967295 => vni: 4294967295 is above 16777215
	vni del 16777216 => vni: 16777216 is above 16777215
	vni del 5 => vni: 5 is not one of this device
	vni del 700 => vni: 700 is not one of this device
	vni del 5001 => vni: 5001 is not one of this device
	vni del 100-111 => vni: 111 is not one of this device
	vni del 99-110 => vni: 99 is not one of this device
	vni add 5 vni del 6 => vni: 6 is not one of this device
	vni del 5 vni add 5 => vni: 5 is not one of this device
	vni add 5 vni del 5 => vni: 5 is named twice
	vni add 5,5 => vni: 5 is named twice
	vni add 5-9,7 => vni: 7 is named twice
	vni add 7,5-9 => vni: 7 is named twice
	vni del 100-105,105-110 => vni: 105 is named twice
	vni add 5 group 239.1.1.1 => vni: a group needs dev, the device to join it on
	vni add 5 group ff05::1 => vni: a group needs dev, the device to join it on
	vni add 5,100 remote 10.0.0.9 vni add 6 group 239.1.1.1 => vni: a group needs dev, the device to join it on
	vni add 5 remote fe80::2 => vni: a link-local remote needs dev
	vni add 5 remote 255.255.255.255 => vni: remote is neither a host nor a group
	vni del 100 remote $B4 => vni: del takes no remote
	END
	log_test "VNIs that make no sense, or are not there"
}

# Nothing remains of what stood around that one, before and behind it: neither the
# VNIs nor the endpoints that others were to get.
taken()
{
	host_a
	refused "link set ovlx type $KIND" <<-END
	vni add 5001 => id: VNI 5001 is taken on this UDP port by device ovl1
	vni add 5002 => id: VNI 5002 is taken on this UDP port by device ovl2
	vni add 700 => id: VNI 700 is taken on this UDP port by device ovlz
	vni add 4990-5010 => id: VNI 5001 is taken on this UDP port by device ovl1
	vni add 4990-5010 remote 10.0.0.77 => id: VNI 5001 is taken on this UDP port by device ovl1
	vni add 600-800 remote $B6 => id: VNI 700 is taken on this UDP port by device ovlz
	vni add 100-110 remote 10.0.0.77 vni add 699-701 => id: VNI 700 is taken on this UDP port by device ovlz
	vni add 100-110 remote any vni add 699-701 => id: VNI 700 is taken on this UDP port by device ovlz
	vni add 1-50 vni del 100-110 vni add 700 => id: VNI 700 is taken on this UDP port by device ovlz
	END
	refused "link add ovl0 type $KIND" <<-END
	id 105 remote $B4 => id: VNI 105 is taken on this UDP port by device ovlx
	id 700 remote $B4 => id: VNI 700 is taken on this UDP port by device ovlz
	END
	refused "link set ovl2 type $KIND" <<-END
	ttl 9 id 105 => id: VNI 105 is taken on this UDP port by device ovlx
	END
	refused "link set ovly type $KIND" <<-END
	vni add 5 => vni: needs a device with vnifilter
	END
	refused "link set ovl2 type $KIND" <<-END
	vni add 5 => vni: needs a device with vnifilter
	vni del 5002 => vni: needs a device with vnifilter
	END
	log_test "a VNI that another device has, or no device can have"
}

# A request of peer or vni has nothing beside it.
alone()
{
	local what="peer, vni: a request of its own, nothing beside it"

	host_a
	refused "link set ovl2 type $KIND" <<-END
	ttl 9 peer $B4 noopts => $what
	opts $PLAIN peer $B4 noopts => $what
	remote 10.0.0.9 peer 10.0.0.9 noopts => $what
	END
	refused "link set ovlx type $KIND" <<-END
	ttl 9 vni add 5 => $what
	vni add 5 ttl 9 => $what
	dstport 6083 vni del 100 => $what
	external vni add 5 => $what
	vni add 5 peer $B4 noopts => $what
	END
	log_test "peer and vni together with other attributes"
}

when_made()
{
	host_a
	refused "link add ovl0 type $KIND" <<-END
	external vnifilter dstport 7001 vni add 5 => peer, vni: the device must be there already
	id 7 vni add 5 => peer, vni: the device must be there already
	id 7 vnifilter => vnifilter: needs external
	id 7 noexternal vnifilter => vnifilter: needs external
	id 7 opts ffff:01: markopt ffff:01 => markopt: ffff:01 stands in opts as well
	id 7 opts $PLAIN optmax 4 => opts: 8 bytes, optmax and markopt leave room for 4
	id 7 markopt ffff:01 optmax 4 => optmax: markopt takes 8 bytes
	id 7 accept ffff:81,ffff:81 => accept: ffff:81 is given twice
	id 7 reflect 4194305 => reflect: 4194305 is above 4194304
	END
	refused "link set ovl2 type $KIND ttl 9" <<-END
	vnifilter => vnifilter: needs external
	END
	refused "link set ovlx type $KIND ttl 9" <<-END
	novnifilter => vnifilter: fixed when the device is made
	END
	refused "link set ovly type $KIND ttl 9" <<-END
	vnifilter => vnifilter: fixed when the device is made
	END
	log_test "when a device is made"
}

# The attributes of a nest, as netlink lays them out.
nla() # TYPE HEX
{
	local len=$((4 + ${#2} / 2))

	printf '%02x%02x%02x%02x%s' $((len & 255)) $((len >> 8)) \
		$(($1 & 255)) $(($1 >> 8)) "$2"
	for ((; len % 4; len++)); do
		printf 00
	done
}

# What ip would see itself
numbers_of_options()
{
	local v4="$ID:u32:1 $REMOTE:ip:$B4" before

	host_a
	before=$(state)
	answered add ovl0 <<-END
	E2BIG $OPTS opts: 256 bytes => $v4 $OPTS:hex:$(printf 'ffff0100%.0s' {1..64})
	EINVAL $OPTS opts: the lengths => $v4 $OPTS:hex:ffff01
	EINVAL $OPTS opts: the lengths => $v4 $OPTS:hex:ffff010011
	EINVAL $OPTS opts: the lengths => $v4 $OPTS:hex:ffff0101
	EINVAL $OPTS opts: the lengths => $v4 $OPTS:hex:ffff011f11223344
	EINVAL $OPTS opts: the lengths => $v4 $OPTS:hex:ffff0100ffff010111
	EINVAL $OPTS opts: a reserved bit => $v4 $OPTS:hex:ffff0120
	EINVAL $OPTS opts: a reserved bit => $v4 $OPTS:hex:ffff0100ffff018111223344
	EINVAL $ACCEPT accept: not a list => $v4 $ACCEPT:hex:ffff81
	EINVAL $ACCEPT accept: neither => $v4 $ACCEPT:hex:ffff8101
	EINVAL $ACCEPT accept: neither => $v4 $ACCEPT:hex:ffff0002
	EINVAL $ACCEPT accept: ffff:81 => $v4 $ACCEPT:hex:ffff8100ffff8100
	EINVAL $MARKOPT markopt: not one => $v4 $MARKOPT:hex:ffff01
	EINVAL $MARKOPT markopt: not one => $v4 $MARKOPT:hex:ffff0100ffff0200
	EINVAL $MARKOPT markopt: not one => $v4 $MARKOPT:hex:ffff0001
	ERANGE $OPTMAX optmax: 253 => $v4 $OPTMAX:u16:253
	ERANGE $OPTMAX optmax: 257 => $v4 $OPTMAX:u16:257
	ERANGE $OPTMAX optmax: 2 is => $v4 $OPTMAX:u16:2
	ERANGE $CRITMISMATCH critmismatch: => $v4 $CRITMISMATCH:u8:2
	ERANGE $REFLECT reflect: => $v4 $REFLECT:u32:4194305
	ERANGE $VNIFILTER vnifilter: => $v4 $VNIFILTER:u8:2
	EINVAL $VNIFILTER vnifilter: needs external => $v4 $VNIFILTER:u8:1
	EINVAL $OPTMAX => $v4 $OPTMAX:u32:8
	EINVAL $N_VNIS => $v4 $N_VNIS:u32:0
	EINVAL 0 external: excludes => $EXTERNAL:u8:1 $REFLECT:u32:8
	END
	check_state "in all" "$before"
	log_test "options that only a program can ask for"
}

numbers_of_peers()
{
	local nest=$((0x8000 | PEER)) b4 before

	host_a
	b4=$(nla 2 0a000002)
	before=$(state)
	answered set ovl2 <<-END
	EINVAL 0 peer: which? => $nest:hex:
	EINVAL 0 peer: which? => $nest:hex:$(nla 13 ffff0100)
	E2BIG 13 opts: 256 bytes => $nest:hex:$b4$(nla 13 "$(printf 'ffff0100%.0s' {1..64})")
	EINVAL 13 opts: the lengths => $nest:hex:$b4$(nla 13 ffff0101)
	EINVAL 13 opts: a reserved bit => $nest:hex:$b4$(nla 13 ffff0120)
	EINVAL 3 peer: given twice => $nest:hex:$b4$(nla 3 fd000000000000000000000000000002)
	ERANGE 2 => $nest:hex:$(nla 2 0a0000)
	ENOENT $nest peer: the device has no such peer => $nest:hex:$(nla 2 0a000063)
	EINVAL $PEER => $PEER:hex:$b4
	EINVAL $nest peer, vni: a request => $nest:hex:$b4 $TTL:u16:9
	END
	answered add ovl0 <<-END
	EINVAL $nest peer, vni: the device must be there => $ID:u32:1 $nest:hex:$b4
	END
	check_state "in all" "$before"
	log_test "peers that only a program can ask for"
}

numbers_of_vnis()
{
	local nest=$((0x8000 | VNIS)) before

	host_a
	before=$(state)
	answered set ovlx <<-END
	EINVAL 32769 vni: missing => $nest:hex:$(nla 32769 "")
	EINVAL 32769 vni: missing => $nest:hex:$(nla 32769 "$(nla 3 05000000)")
	EINVAL 32770 vni: not a range => $nest:hex:$(nla 32770 "$(nla 2 05000000)")
	ERANGE 32769 vni: 16777216 => $nest:hex:$(nla 32769 "$(nla 2 00000001)")
	EINVAL 5 vni: remote is given twice => $nest:hex:$(nla 32769 "$(nla 2 05000000)$(nla 4 0a000002)$(nla 5 fd000000000000000000000000000002)")
	EINVAL $nest peer, vni: a request => $nest:hex:$(nla 32769 "$(nla 2 05000000)") $TTL:u16:9
	END
	answered add ovl0 <<-END
	EINVAL $nest peer, vni: the device must be there => $EXTERNAL:u8:1 $VNIFILTER:u8:1 $nest:hex:
	END
	check_state "in all" "$before"
	log_test "VNIs that only a program can ask for"
}

# On the wire, too: the options, and where the VNIs go.
as_before()
{
	underlay
	ip_in "$A" neigh replace 10.0.0.3 lladdr $MAC_B dev u0 nud permanent
	tunnel "$A" ovl0 id $VNI remote $B4 opts $PLAIN markopt ff01:01
	bridge -n "$A" fdb add 02:00:00:00:02:02 dev ovl0 dst 10.0.0.3 self
	change "$A" ovl0 peer 10.0.0.3 opts $OWN
	refused "link set ovl0 type $KIND" <<-END
	opts $PLAIN,ff01:01: => markopt: ff01:01 stands in opts as well
	opts ffff:02: optmax 8 => opts: 4 bytes, optmax and markopt leave room for 0
	peer 10.0.0.3 opts ff01:01: => markopt: ff01:01 stands in opts as well
	peer $B4 vni 7 noopts => peer: the device has no such peer
	END
	wired $PLAIN
	send ovl0 $TENANT4 sport=1
	expect u1 in.sport=1 : opts=$HEX dst=$B4
	wired $OWN
	send ovl0 $TENANT4 dmac=02:00:00:00:02:02 sport=2
	expect u1 in.sport=2 : opts=$HEX dst=10.0.0.3
	log_test "what is sent is as before"
}

tests_run
exit "$EXIT_STATUS"
