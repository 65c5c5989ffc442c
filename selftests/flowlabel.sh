#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The flow label of the outer IPv6 header: one for all packets of a flow of the
# tenant and different ones for different flows (auto), the tenant's own
# (inherit), or one that was given.  (RFC 8926 section 3.3)
#
#   A                                B
#   ovl0
#   u0  fd00::1 -------------------- u1  fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="auto fixed inherit l3"
NUMBER=0

# A packet of the tenant's flow number FLOW leaves; its label is then in LABEL.
flow() # FLOW FRAME
{
	local id=$((++NUMBER))

	send ovl0 $2 sport=$1 dport=$id
	expect u1 in.sport=$1 in.dport=$id : csum=ok
	LABEL=$(said flowlabel)
}

sent_with() # LABEL FRAME
{
	flow 1 "$2"
	[ "$LABEL" = "$1" ]
	check_err $? "expected flowlabel $1 for $2, seen $LABEL"
}

# Each of 50 flows has a label, no two the same but by chance, and keeps it.
labels_differ() # FRAME
{
	local label n
	declare -A labels=()

	clear_port u1
	send ovl0 $1 sport=100 count=50 inc=sport
	expect u1 in.sport=149
	send ovl0 $1 sport=100 count=50 inc=sport
	expect u1 in.sport=149
	values u1 flowlabel "in.sport<149"
	for label in "${SAID[@]}"; do
		labels[$label]=$((${labels[$label]:-0} + 1))
		[ "$label" != 0x00000 ]
		check_err $? "a packet without a flow label"
	done
	for n in "${labels[@]}"; do
		[ $((n % 2)) = 0 ]
		check_err $? "a flow with two labels: ${SAID[*]}"
	done
	[ ${#labels[@]} -gt 45 ]
	check_err $? "50 flows have ${#labels[@]} labels: ${SAID[*]}"
}

auto()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6
	labels_differ "$TENANT4"
	labels_differ "$TENANT6"
	labels_differ "$TENANT4 l4=tcp"
	labels_differ "vlan=7 $TENANT6"
	change "$A" ovl0 flowlabel 7
	change "$A" ovl0 flowlabel auto
	labels_differ "$TENANT4"
	log_test "auto: one for each flow"
}

fixed()
{
	local label

	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 flowlabel 0xfffff
	sent_with 0xfffff "$TENANT4"
	for label in 0x00000 0x00001 0x54321; do
		change "$A" ovl0 flowlabel $label
		sent_with $label "$TENANT4"
		sent_with $label "$TENANT6 flowlabel=0xabcde"
		sent_with $label "vlan=ad:8+9 $TENANT6 flowlabel=0xabcde"
	done
	log_test "fixed: that one, also 0"
}

inherit()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6 flowlabel inherit
	sent_with 0xabcde "$TENANT6 flowlabel=0xabcde"
	sent_with 0x00001 "$TENANT6 l4=tcp flowlabel=1"
	sent_with 0xabcde "vlan=7.5 $TENANT6 flowlabel=0xabcde"
	sent_with 0xabcde "vlan=ad:8+9 $TENANT6 flowlabel=0xabcde"
	labels_differ "$TENANT6"
	labels_differ "$TENANT4"
	log_test "inherit: that of the payload, if it has one"
}

l3()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B6
	labels_differ "$L3TENANT4"
	change "$A" ovl0 flowlabel inherit
	sent_with 0xabcde "$L3TENANT6 flowlabel=0xabcde"
	change "$A" ovl0 flowlabel 5
	sent_with 0x00005 "$L3TENANT6 flowlabel=0xabcde"
	log_test "all three without Ethernet"
}

tests_run
exit "$EXIT_STATUS"
