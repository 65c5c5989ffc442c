#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong is refused: with an error that fits, in words that name the
# attribute and why, as ip prints them; and it changes nothing, neither in what
# is shown nor in the ports that are held.
#
#   A
#   ovl1 (VNI 5001), ovl2 (VNI 5002, what is changed), ovl6 (over IPv6), and
#   sometimes ovlx (external)
#   u0  10.0.0.1, fd00::1

. "${0%/*}/lib_refuse.sh"

ALL_TESTS="added changed changed_ipv6 external by_the_core numbers newer_ip clean"

# Attributes in include/uapi/linux/ovl.h, which never change.
ID=1 REMOTE=2 REMOTE6=3 LOCAL=4 LOCAL6=5 LINK=6 LINK_NETNSID=7 PORT=8 SRCPORT=9
TTL=10 TOS=11 FLOWLABEL=12 DF=13 ECN=14 UDP_CSUM=15 ZERO_CSUM6_TX=16 SRCCHECK=18
L3=19 GROUP=20 GROUP6=21 LEARNING=22 AGEING=23 LOCALBYPASS=25 PROXY=26 L2MISS=27
L3MISS=28 N_LEARNED=29 EXTERNAL=30 NEXT=41

host_a()
{
	setup_ns A
	ip -n "$A" link add u0 type dummy
	ip_in "$A" <<-END
	link set u0 addrgenmode none up
	addr add $A4/24 dev u0
	addr add $A6/64 dev u0 nodad
	link add ovl1 type $KIND id 5001 remote $B4
	link add ovl2 type $KIND id 5002 remote $B4 ttl 5 tos 0x20
	link add ovl6 type $KIND id 5002 remote $B6 flowlabel 7
	END
}

added()
{
	host_a
	refused "link add ovl0 type $KIND" <<-END
	dstport 7 => id: missing, a device needs a VNI
	remote $B4 => id: missing, a device needs a VNI
	id 16777216 remote $B4 => id: 16777216 is above 16777215
	id 4294967295 remote $B4 => id: 4294967295 is above 16777215
	id 1 remote 255.255.255.255 => remote: not a unicast address
	id 1 remote ::ffff:10.0.0.2 => remote: not a unicast address
	id 1 remote fe80::2 => remote: a link-local address needs dev
	id 1 remote $B4 local 239.1.1.1 => local: not a unicast address
	id 1 remote $B4 local 255.255.255.255 => local: not a unicast address
	id 1 remote $B6 local ff02::1 => local: not a unicast address
	id 1 remote $B6 local fe80::1 => local: a link-local address needs dev
	id 1 remote $B4 local $A6 => local: not of the same family as remote
	id 1 remote $B6 local $A4 => local: not of the same family as remote
	id 1 remote $B4 dstport 0 => dstport: 0 is no port
	id 1 remote $B4 srcport 0 9 => srcport: 0 is no port
	id 1 remote $B4 srcport 9 3 => srcport: the range is reversed: 9 is above 3
	id 1 remote $B4 flowlabel 5 => flowlabel: the underlay is IPv4, which has none
	id 1 remote $B4 tos 3 => tos: not a DSCP; the ECN bits come from the inner header
	id 5001 remote 10.0.0.9 => id: VNI 5001 is taken on this UDP port by device ovl1
	END
	log_test "a device that makes no sense is not made"
}

changed()
{
	host_a
	refused "link set ovl2 type $KIND ttl 9" <<-END
	id 16777216 => id: 16777216 is above 16777215
	id 5001 => id: VNI 5001 is taken on this UDP port by device ovl1
	remote fe80::2 => remote: a link-local address needs dev
	local 224.0.0.1 => local: not a unicast address
	local $A6 => local: not of the same family as remote
	remote $B6 local $A4 => local: not of the same family as remote
	remote $B6 => id: VNI 5002 is taken on this UDP port by device ovl6
	dstport 0 => dstport: 0 is no port
	srcport 2000 1000 => srcport: the range is reversed: 2000 is above 1000
	flowlabel 5 => flowlabel: the underlay is IPv4, which has none
	flowlabel inherit => flowlabel: the underlay is IPv4, which has none
	tos 0x21 => tos: not a DSCP; the ECN bits come from the inner header
	dev ovl2 => dev: a device cannot be its own underlay
	innerprotoinherit => innerprotoinherit: fixed when the device is made
	END
	log_test "a change that makes no sense is not made"
}

changed_ipv6()
{
	host_a
	refused "link set ovl6 type $KIND ttl 9" <<-END
	remote $B4 => flowlabel: the underlay is IPv4, which has none
	remote $B4 flowlabel auto => id: VNI 5002 is taken on this UDP port by device ovl2
	local $A4 => local: not of the same family as remote
	local fe80::1 => local: a link-local address needs dev
	END
	# over itself by another device
	ip_in "$A" link set ovl1 type "$KIND" dev ovl2
	refused "link set ovl2 type $KIND ttl 9" <<-END
	dev ovl1 => dev: ovl1 stands on this device itself
	END
	log_test "a change that makes no sense with what is set is not made"
}

# Without a VNI of its own, and only one such device of a UDP port.
external()
{
	local fixed="external: fixed when the device is made"
	local excludes="external: excludes remote, group, proxy, reflect"

	host_a
	refused "link add ovl0 type $KIND" <<-END
	external id 1 => id: external has no VNI of its own
	external id 16777216 => id: 16777216 is above 16777215
	external remote $B4 => $excludes
	external remote $B6 => $excludes
	external group 239.1.1.1 dev u0 => $excludes
	external proxy => $excludes
	external reflect 8 => $excludes
	external dstport 0 => dstport: 0 is no port
	noexternal => id: missing, a device needs a VNI
	END
	ip_in "$A" <<-END
	link add ovlx type $KIND external
	link add ovly type $KIND external dstport 7000
	END
	refused "link add ovl0 type $KIND" <<-END
	external => external: this UDP port has such a device, ovlx
	external learning dstport 7000 => external: this UDP port has such a device, ovly
	END
	refused "link set ovlx type $KIND ttl 9" <<-END
	id 1 => id: external has no VNI of its own
	remote $B4 => $excludes
	group 239.1.1.1 dev u0 => $excludes
	proxy => $excludes
	noexternal => $fixed
	dstport 7000 => external: this UDP port has such a device, ovly
	END
	refused "link set ovl2 type $KIND ttl 9" <<-END
	external remote any => $fixed
	END
	log_test "external is refused what does not go with it"
}

# MTU and address are no attributes of the kind.
by_the_core()
{
	host_a
	refused "link add ovl0" <<-END
	mtu 65536 type $KIND id 1 remote $B4 => mtu greater than device maximum
	mtu 67 type $KIND id 1 remote $B4 => mtu less than device minimum
	address 03:00:00:00:00:01 type $KIND id 1 remote $B4 => address: not a unicast Ethernet address
	address 00:00:00:00:00:00 type $KIND id 1 remote $B4 => address: not a unicast Ethernet address
	address 02:00:00:00:00:01 type $KIND id 1 remote $B4 innerprotoinherit => address: a device of innerprotoinherit has none
	END
	refused "link set ovl2" <<-END
	mtu 65536 => mtu greater than device maximum
	mtu 67 => mtu less than device minimum
	END
	log_test "MTU and address out of bounds are refused"
}

numbers()
{
	local before after v4

	host_a
	ip_in "$A" link add ovlx type "$KIND" external
	v4="$ID:u32:1 $REMOTE:ip:$B4"
	before=$(ip -n "$A" -d -j link show)
	answered add ovl0 <<-END
	EINVAL 0 id: => $REMOTE:ip:$B4
	ERANGE $ID id: => $ID:u32:16777216 $REMOTE:ip:$B4
	EINVAL $REMOTE remote: => $ID:u32:1 $REMOTE:ip:224.0.0.1
	EINVAL $REMOTE6 remote: => $ID:u32:1 $REMOTE6:ip:ff02::1
	EINVAL $REMOTE6 remote: given twice => $v4 $REMOTE6:ip:$B6
	EINVAL $LOCAL local: => $v4 $LOCAL:ip:224.0.0.1
	EINVAL $LOCAL6 local: => $ID:u32:1 $REMOTE6:ip:$B6 $LOCAL6:ip:ff02::1
	EINVAL $LOCAL6 local: given twice => $v4 $LOCAL:ip:$A4 $LOCAL6:ip:$A6
	ENODEV $LINK dev: => $v4 $LINK:u32:9999
	ERANGE $LINK dev: => $v4 $LINK:u32:0x80000000
	EINVAL $PORT dstport: => $v4 $PORT:be16:0
	EINVAL $SRCPORT srcport: => $v4 $SRCPORT:hex:00090003
	ERANGE $TTL ttl: => $v4 $TTL:u16:257
	ERANGE $TOS tos: => $v4 $TOS:u16:257
	EINVAL $TOS tos: => $v4 $TOS:u16:255
	ERANGE $FLOWLABEL flowlabel: => $v4 $FLOWLABEL:u32:0x100002
	EINVAL $FLOWLABEL flowlabel: => $v4 $FLOWLABEL:u32:1
	ERANGE $DF df: => $v4 $DF:u8:3
	ERANGE $ECN ecn: => $v4 $ECN:u8:2
	ERANGE $UDP_CSUM udpcsum: => $v4 $UDP_CSUM:u8:2
	ERANGE $ZERO_CSUM6_TX udp6zerocsumtx: => $v4 $ZERO_CSUM6_TX:u8:2
	ERANGE $SRCCHECK srccheck: => $v4 $SRCCHECK:u8:2
	ERANGE $L3 innerprotoinherit: => $v4 $L3:u8:2
	EINVAL 0 group: needs dev => $ID:u32:1 $GROUP:ip:239.1.1.1
	EINVAL $GROUP group: not a multicast => $ID:u32:1 $GROUP:ip:10.0.0.2
	EINVAL $GROUP6 group: not a multicast => $ID:u32:1 $GROUP6:ip:fd00::2
	EINVAL $GROUP6 group: given twice => $ID:u32:1 $GROUP:ip:239.1.1.1 $GROUP6:ip:ff05::1
	EINVAL 0 group: excludes remote => $v4 $GROUP:ip:239.1.1.1
	ERANGE $LEARNING learning: => $v4 $LEARNING:u8:2
	ERANGE $AGEING ageing: => $v4 $AGEING:u32:315360001
	ERANGE $LOCALBYPASS localbypass: => $v4 $LOCALBYPASS:u8:2
	ERANGE $PROXY proxy: => $v4 $PROXY:u8:2
	ERANGE $L2MISS l2miss: => $v4 $L2MISS:u8:2
	ERANGE $L3MISS l3miss: => $v4 $L3MISS:u8:2
	EINVAL 0 innerprotoinherit: excludes => $v4 $L3:u8:1 $LEARNING:u8:1
	EINVAL 0 innerprotoinherit: excludes => $v4 $L3:u8:1 $PROXY:u8:1
	EEXIST 0 id: => $ID:u32:5001 $REMOTE:ip:$B4
	ERANGE $EXTERNAL external: => $EXTERNAL:u8:2
	EINVAL 0 id: => $EXTERNAL:u8:0
	EINVAL $ID id: external has no VNI => $EXTERNAL:u8:1 $ID:u32:1
	EINVAL 0 external: excludes => $EXTERNAL:u8:1 $REMOTE:ip:$B4
	EINVAL 0 external: excludes => $EXTERNAL:u8:1 $GROUP6:ip:ff05::1 $LINK:u32:1
	EEXIST 0 external: this UDP port has such a device => $EXTERNAL:u8:1
	END
	answered set ovlx <<-END
	EINVAL $ID id: external has no VNI => $ID:u32:1
	EOPNOTSUPP $EXTERNAL external: => $EXTERNAL:u8:0
	END
	answered set ovl2 <<-END
	EEXIST 0 id: => $ID:u32:5001
	EOPNOTSUPP $EXTERNAL external: => $EXTERNAL:u8:1 $REMOTE:ip:0.0.0.0
	EOPNOTSUPP $L3 innerprotoinherit: => $L3:u8:1
	ELOOP $LINK dev: => $LINK:u32:$(index_of ovl2)
	END
	after=$(ip -n "$A" -d -j link show)
	[ "$before" = "$after" ] || differs "link show" "$before" "$after"
	log_test "each error has its number and points to the attribute"
}

# Nothing that this module does not know is passed over.
newer_ip()
{
	local v4="$ID:u32:1 $REMOTE:ip:$B4" before after

	host_a
	before=$(ip -n "$A" -d -j link show)
	answered add ovl0 <<-END
	EOPNOTSUPP $NEXT attribute $NEXT of a newer ip => $v4 $NEXT:u8:1
	EOPNOTSUPP $NEXT attribute $NEXT of a newer ip => $NEXT:u8:1 $v4
	EOPNOTSUPP 200 attribute 200 of a newer ip => $v4 200:hex:
	EINVAL $LINK_NETNSID => $v4 $LINK_NETNSID:u32:0
	EINVAL $N_LEARNED => $v4 $N_LEARNED:u32:0
	ERANGE $ID => $ID:u8:1 $REMOTE:ip:$B4
	EINVAL $ID => $ID:u64:1 $REMOTE:ip:$B4
	ERANGE $REMOTE => $ID:u32:1 $REMOTE:hex:0a0000
	ERANGE $REMOTE => $ID:u32:1 $REMOTE:hex:0a00000201
	EINVAL $TTL => $v4 $TTL:u32:64
	EINVAL $DF => $v4 $DF:u16:1
	EINVAL $EXTERNAL => $EXTERNAL:u32:1
	END
	answered set ovl2 <<-END
	EOPNOTSUPP $NEXT attribute $NEXT of a newer ip => $TTL:u16:7 $NEXT:u8:1
	EINVAL $TTL => $ECN:u8:1 $TTL:u32:64
	END
	after=$(ip -n "$A" -d -j link show)
	[ "$before" = "$after" ] || differs "link show" "$before" "$after"
	log_test "attributes of a newer ip, and of other lengths, are refused"
}

# No refused device has left a port open.
clean()
{
	setup_ns A
	ip -n "$A" -force -b - 2> /dev/null <<-END
	link add ovl0 type $KIND id 1 remote $B4 tos 3
	link add ovl0 mtu 67 type $KIND id 1 remote $B4
	link add ovl0 name lo type $KIND id 1 remote $B4
	link add ovl1 type $KIND id 1 remote $B4 dstport 7000
	link add ovl2 type $KIND id 1 remote $B4 dstport 7000
	link set ovl1 type $KIND dstport 6081 dev ovl1
	link set ovl1 type $KIND local $A4 innerprotoinherit
	link del ovl1
	END
	must hold program "$A" port=6081
	must hold program2 "$A" port=7000
	ask release program program2
	log_test "no port stays open"
}

tests_run
exit "$EXIT_STATUS"
