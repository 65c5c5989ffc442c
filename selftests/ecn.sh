#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The ECN field goes in and comes out of the tunnel as in RFC 6040: section 4.1
# in normal and in compatibility mode, section 4.2 in all 16 cells of figure 4;
# for IPv4 and IPv6 as payload, bare, in Ethernet, behind one VLAN tag and two.
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="encap_normal encap_compat encap_l3 decap_v4 decap_v6 decap_l3
	decap_compat"

CODEPOINTS="not ect0 ect1 ce"

# Figure 4: by inner and outer field, what comes out, and which counter tells.
declare -A FIGURE4=(
	[not,not]="not" [not,ect0]="not rx_ecn_notect_ect"
	[not,ect1]="not rx_ecn_notect_ect" [not,ce]="drop rx_ecn_drop"
	[ect0,not]="ect0" [ect0,ect0]="ect0" [ect0,ect1]="ect1" [ect0,ce]="ce"
	[ect1,not]="ect1" [ect1,ect0]="ect1 rx_ecn_ect1_ect0"
	[ect1,ect1]="ect1" [ect1,ce]="ce"
	[ce,not]="ce" [ce,ect0]="ce" [ce,ect1]="ce rx_ecn_ce_ect1" [ce,ce]="ce"
)
NUMBER=0

# Each frame into ovl0 comes out with that ECN field ("same": its own).
check_encap() # OUTER_ECN FRAME...
{
	local wanted=$1 frame ecn

	shift
	for frame; do
		for ecn in $CODEPOINTS; do
			: $((NUMBER++))
			send ovl0 $frame sport=$NUMBER tos=0x28 ecn=$ecn
			[ "$wanted" = same ] || ecn="$wanted in.ecn=$ecn"
			expect u1 in.sport=$NUMBER : ecn=$ecn dscp=0 in.dscp=10 \
				csum=ok in.csum=ok
		done
	done
}

FRAMES=("$TENANT4" "$TENANT6" "vlan=7 $TENANT4" "vlan=7.5 $TENANT6"
	"vlan=ad:8+9 $TENANT4" "vlan=ad:8+9.1 $TENANT6")

encap_normal()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	check_encap same "${FRAMES[@]}"
	change "$A" ovl0 remote $B6
	check_encap same "${FRAMES[@]}"
	log_test "normal mode: the outer field is the inner one"
}

encap_compat()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 ecn compat
	check_encap not "${FRAMES[@]}"
	change "$A" ovl0 remote $B6
	check_encap not "${FRAMES[@]}"
	change "$A" ovl0 ecn normal
	check_encap same "$TENANT4"
	log_test "compatibility mode: the outer field is Not-ECT"
}

encap_l3()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	check_encap same "$L3TENANT4" "$L3TENANT6"
	change "$A" ovl0 ecn compat
	check_encap not "$L3TENANT4" "$L3TENANT6"
	log_test "both modes without Ethernet"
}

# All cells for each kind of payload, which is otherwise delivered unchanged.
check_decap() # OUTER INNER...
{
	local outer_fields=$1 fields inner outer result counter

	shift
	for fields; do
		for inner in $CODEPOINTS; do
			for outer in $CODEPOINTS; do
				read -r result counter <<< "${FIGURE4[$inner,$outer]}"
				cell "$outer_fields" "$fields"
			done
		done
	done
}

# Uses the variables of check_decap.
cell() # OUTER INNER
{
	local plain=${2//in./}

	: $((NUMBER++))
	mark ovl0
	send u1 $1 tos=0x50 ecn=$outer $2 in.tos=0x28 in.ecn=$inner in.sport=$NUMBER
	moved ovl0 ${counter:+$counter=1}
	if [ "$result" = drop ]; then
		none ovl0 sport=$NUMBER
	else
		expect ovl0 sport=$NUMBER : ecn=$result dscp=10 csum=ok \
			ipcsum!=bad $plain
	fi
}

INNERS=("$IN4" "$IN6" "in.vlan=7.5 $IN4" "in.vlan=7 $IN6"
	"in.vlan=ad:8+9 $IN4" "in.vlan=ad:8+9.1 $IN6")

decap_v4()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	check_decap "$OUTER4" "${INNERS[@]}"
	log_test "16 cells of each kind of frame over IPv4"
}

decap_v6()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B6
	check_decap "$OUTER6" "${INNERS[@]}"
	log_test "16 cells of each kind of frame over IPv6"
}

decap_l3()
{
	underlay
	tunnel_l3 "$A" ovl0 id $VNI remote $B4
	check_decap "$OUTER4" "$L3IN4" "$L3IN6"
	change "$A" ovl0 remote $B6
	check_decap "$OUTER6" "$L3IN4" "$L3IN6"
	log_test "16 cells without Ethernet"
}

# The mode is one of sending.
decap_compat()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 ecn compat
	check_decap "$OUTER4" "$IN4"
	change "$A" ovl0 remote $B6
	check_decap "$OUTER6" "$IN6"
	log_test "16 cells in compatibility mode"
}

tests_run
exit "$EXIT_STATUS"
