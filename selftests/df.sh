#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whether the outer packet may be fragmented: never (df set, the default),
# always (unset), or as the payload says (inherit).
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="df_set df_unset df_inherit l3"
NUMBER=0

# The outer DF bit of a frame.
sent_with() # DF FRAME
{
	: $((NUMBER++))
	send ovl0 $2 sport=$NUMBER
	expect u1 in.sport=$NUMBER : df=$1 mf=0 csum=ok in.csum=ok
}

# A frame that is no IP packet at all.
other_sent_with() # DF
{
	send ovl0 dmac=$MAC_TB smac=$MAC_TA pay=100
	expect u1 in.type=0x88b5 : df=$1
}

df_set()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	sent_with 1 "$TENANT4 df=0"
	sent_with 1 "$TENANT4 df=1"
	sent_with 1 "$TENANT6"
	sent_with 1 "vlan=7 $TENANT4 df=0"
	other_sent_with 1
	log_test "df set, the default"
}

df_unset()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 df unset
	sent_with 0 "$TENANT4 df=0"
	sent_with 0 "$TENANT4 df=1"
	sent_with 0 "$TENANT6"
	sent_with 0 "vlan=7 $TENANT4 df=1"
	other_sent_with 0
	change "$A" ovl0 df set
	sent_with 1 "$TENANT4 df=0"
	log_test "df unset, and set again"
}

df_inherit()
{
	local vlan

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 df inherit
	for vlan in "" vlan=7.5 vlan=ad:8+9; do
		sent_with 0 "$vlan $TENANT4 df=0"
		sent_with 1 "$vlan $TENANT4 df=1"
		sent_with 1 "$vlan $TENANT6"
	done
	other_sent_with 0
	log_test "df inherit: as the payload, behind VLAN tags too"
}

l3()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	sent_with 1 "$L3TENANT4 df=0"
	change "$A" ovl0 df inherit
	sent_with 0 "$L3TENANT4 df=0"
	sent_with 1 "$L3TENANT4 df=1"
	sent_with 1 "$L3TENANT6"
	change "$A" ovl0 df unset
	sent_with 0 "$L3TENANT4 df=1"
	log_test "all three without Ethernet"
}

tests_run
exit "$EXIT_STATUS"
