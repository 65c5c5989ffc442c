#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The outer UDP checksum of what is sent: there and right by default, also over
# IPv6 and for frames whose own checksum is left to the device; zero if asked.
# (RFC 8926 sections 3.3, 4.3 and 4.3.1; RFC 6935 section 5)
#
#   A                                B
#   ovl0 (tenant frames go in here)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire looks here)

. "${0%/*}/lib.sh"

ALL_TESTS="ipv4 ipv6 ipv4_off ipv6_off partial never_zero every_kind"

ipv4()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 ${UDPCSUM:-}
	send ovl0 $TENANT4 sport=1
	expect u1 vni=$VNI in.sport=1 : csum=ok in.csum=ok ipcsum=ok
	send ovl0 $TENANT6 sport=2 pay=1001
	expect u1 vni=$VNI in.sport=2 : csum=ok in.csum=ok
	log_test "checksum over IPv4 by default"
}

ipv6()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6
	send ovl0 $TENANT4 sport=1
	expect u1 vni=$VNI in.sport=1 : csum=ok in.csum=ok
	send ovl0 $TENANT6 sport=2 pay=1001
	expect u1 vni=$VNI in.sport=2 : csum=ok in.csum=ok
	log_test "checksum over IPv6 by default"
}

ipv4_off()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 noudpcsum
	send ovl0 $TENANT4 sport=1
	expect u1 vni=$VNI in.sport=1 : csum=zero in.csum=ok ipcsum=ok
	change "$A" ovl0 udpcsum
	send ovl0 $TENANT4 sport=2
	expect u1 vni=$VNI in.sport=2 : csum=ok in.csum=ok
	log_test "no checksum over IPv4, and again"
}

ipv6_off()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 udp6zerocsumtx
	send ovl0 $TENANT6 sport=1
	expect u1 vni=$VNI in.sport=1 : csum=zero in.csum=ok
	change "$A" ovl0 noudp6zerocsumtx
	send ovl0 $TENANT6 sport=2
	expect u1 vni=$VNI in.sport=2 : csum=ok in.csum=ok
	log_test "no checksum over IPv6, and again"
}

# As a virtual machine or a container hands over its frames.
partial()
{
	local remote tenant l4

	underlay
	for remote in $B4 $B6; do
		tunnel "$A" ovl0 id $VNI remote $remote ${UDPCSUM:-}
		for tenant in "$TENANT4" "$TENANT6" "vlan=7 $TENANT4"; do
			for l4 in udp tcp; do
				send ovl0 $tenant l4=$l4 sport=3 csum=partial pay=77
				expect u1 vni=$VNI in.sport=3 : csum=ok in.csum=ok
			done
		done
		ask close ovl0
		drop_tunnel "$A" ovl0
	done
	log_test "checksum around a partial checksum"
}

# A sum of which nothing is left is sent as ffff.  The word at the end of the
# tenant's datagram is nothing at first, then what the sum lacks; the tenant's
# own checksum stays as it is, and so does the source port.
never_zero()
{
	local data=74657374 lack

	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 flowlabel 0
	send ovl0 $TENANT4 csum=0x1234 data=${data}0000
	expect u1 vni=$VNI : csum=ok
	lack=$(said rawcsum)
	send ovl0 $TENANT4 csum=0x1234 data=$data${lack#0x}
	expect u1 vni=$VNI : rawcsum=0xffff csum=ok
	log_test "a checksum of zero is sent as ffff"
}

# However its endpoints are given, and whatever it carries.
every_kind()
{
	local remote

	[ "$KIND" = ovl ] || { log_test_skip "every kind of device" "no ovl"; return; }
	underlay
	for remote in $B4 $B6; do
		tunnel "$A" fdb id 1
		tunnel "$A" ext external
		tunnel_l3 "$A" bare id 3 remote $remote
		bridge -n "$A" -b - <<-END
		fdb append 00:00:00:00:00:00 dev fdb dst $remote self
		fdb append 00:00:00:00:00:00 dev ext dst $remote self
		END
		send fdb $TENANT4 sport=1
		expect u1 in.sport=1 : vni=1 dst=$remote csum=ok
		send ext $TENANT4 sport=2
		expect u1 in.sport=2 : vni=0 dst=$remote csum=ok
		send bare $L3TENANT4 sport=3
		expect u1 in.sport=3 : vni=3 dst=$remote csum=ok
		ask close fdb ext bare
		ip_in "$A" <<-END
		link del fdb
		link del ext
		link del bare
		END
	done
	for remote in 239.1.1.1 ff05::1; do
		tunnel "$A" grp id 4 group $remote dev u0
		send grp $TENANT4 sport=4
		expect u1 in.sport=4 : vni=4 dst=$remote csum=ok
		ask close grp
		drop_tunnel "$A" grp
	done
	log_test "every kind of device"
}

tests_run
exit "$EXIT_STATUS"
