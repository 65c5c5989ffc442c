#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An overlay over an underlay that is not trusted: IPsec between the hosts (ESP in
# transport mode, for the UDP port) encrypts all of it, nothing gets in without
# it, and the tenant is told of the room that it takes.
# (RFC 8926 sections 4.3, 6.1, 6.2 and 6.3)
#
#   A                                B
#   ovl0                             ovl1
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)
#              == ESP over 6081/udp ==

. "${0%/*}/lib.sh"

ALL_TESTS="ipv4 ipv6"

KEY=0x0123456789abcdef0123456789abcdef01234567

# What both hosts know of each other's keys; false: not on this kernel.
secure() # NS LOCAL REMOTE SPI_OUT SPI_IN
{
	local aead="aead rfc4106(gcm(aes)) $KEY 128"

	ip -n "$1" -b - 2> /dev/null <<-END
	xfrm state add src $2 dst $3 proto esp spi $4 reqid 1 mode transport $aead
	xfrm state add src $3 dst $2 proto esp spi $5 reqid 1 mode transport $aead
	xfrm policy add src $2 dst $3 proto udp dport 6081 dir out tmpl proto esp reqid 1 mode transport
	xfrm policy add src $3 dst $2 proto udp dport 6081 dir in tmpl proto esp reqid 1 mode transport
	END
}

# Both ways in ESP, and the checksums are right behind it.
protected() # LOCAL REMOTE
{
	send ovl0 $TENANT4 sport=1
	expect u1 src=$1 dst=$2 : l4=50
	expect ovl1 dir=in sport=1 : csum=ok
	send ovl1 dmac=$MAC_TA smac=$MAC_TB src=$TB4 dst=$TA4 sport=2
	expect u0 src=$2 dst=$1 : l4=50
	expect ovl0 dir=in sport=2 : csum=ok
	none u1 vni=*
	none u0 vni=*
}

# What comes without ESP is nobody's, be the rest of it as it should.
unprotected() # OUTER
{
	send u1 $1 $IN4 in.sport=3
	# whatever was to come of it has come with this one
	send ovl1 dmac=$MAC_TA smac=$MAC_TB src=$TB4 dst=$TA4 sport=4
	expect ovl0 dir=in sport=4
	none ovl0 dir=in sport=3
}

# The room that ESP takes, too.
told() # LOCAL REMOTE
{
	local mtu

	clear_port u1 ovl0
	ip_in "$A" link set ovl0 mtu 1500
	send ovl0 $TENANT4 df=1 pay=1400
	expect ovl0 icmp=3/4 q.dst=$TB4 : "mtu<1430" "mtu>1300"
	mtu=$(said mtu)
	send ovl0 $TENANT4 df=1 sport=5 pay=$((mtu - 28))
	expect ovl1 dir=in sport=5
	expect u1 src=$1 dst=$2 : l4=50 "wirelen<=1514" "wirelen>1490"
}

both_ends() # LOCAL REMOTE OUTER NAME
{
	underlay
	if ! secure "$A" $1 $2 0x100 0x200 || ! secure "$B" $2 $1 0x200 0x100; then
		log_test_skip "$4" "no IPsec here"
		return
	fi
	tunnel "$A" ovl0 id $VNI remote $2
	tunnel "$B" ovl1 id $VNI remote $1
	ip_in "$B" link set ovl1 address $MAC_TB
	protected $1 $2
	unprotected "$3"
	told $1 $2
	log_test "$4"
}

ipv4() { both_ends $A4 $B4 "$OUTER4" "encrypted over IPv4"; }
ipv6() { both_ends $A6 $B6 "$OUTER6" "encrypted over IPv6"; }

tests_run
exit "$EXIT_STATUS"
