#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A control plane that writes the FDB of a vxlan device writes that of an ovl
# device with the same result: a session of EVPN (evpn/session) is replayed on
# both; after each step the FDBs are compared, entry by entry, and frames are
# seen to go where they should.
#
#   A                              W (wire)       B, the reference
#   ovl0                                          ovl0, of vxlan
#   u0  10.0.0.1, fd00::1 -------- w0             u0

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="over_ipv4 over_ipv6"

RTPROT_ZEBRA=11

SESSION="${BASH_SOURCE[0]%/*}/evpn/session"

# A host whose ovl0 is of the kind that is given.
vtep() # NS TYPE...
{
	local n

	ip_in "$1" <<-END
	link set u0 addrgenmode none
	link set u0 address $MAC_A up
	addr add $A4/24 dev u0
	addr add $A6/64 dev u0 nodad
	link add br0 type bridge mcast_snooping 0
	link set br0 addrgenmode none
	link set br0 up
	link add ovl0 type ${*:2} id $VNI nolearning
	link set ovl0 addrgenmode none
	link set ovl0 master br0
	link set ovl0 up
	END
	check_err $? "could not add a device of type ${*:2}"
	for n in 2 3 4; do
		echo "neigh replace 10.0.0.$n lladdr $MAC_B dev u0 nud permanent"
		echo "neigh replace fd00::$n lladdr $MAC_B dev u0 nud permanent"
	done | ip_in "$1"
	bridge -n "$1" link set dev ovl0 neigh_suppress on learning off
}

two_vteps() # LOCAL
{
	modprobe -q vxlan || skip_all "no vxlan here, which is the reference"
	setup_ns A B W
	ip link add u0 netns "$A" type veth peer name w0 netns "$W"
	ip link add u0 netns "$B" type dummy
	ip_in "$W" link set w0 addrgenmode none
	ip_in "$W" link set w0 up
	vtep "$A" "$KIND" local "$1" $OVERLAY_ARGS
	vtep "$B" vxlan local "$1" dstport 4789
	port w0 "$W" w0
	port ovl0 "$A" ovl0
	offload w0 off
	clear_port w0
}

# The lines so far go to both; each fails here or works here as it does there.
do_batch()
{
	local said_a said_b failed

	[ -n "$BATCH" ] || return
	[ -z "$VERBOSE" ] || printf '%s' "$BATCH"
	failed='^Command failed'
	said_a=$("$TOOL" -n "$A" -force -batch - <<< "$BATCH" 2>&1)
	said_b=$("$TOOL" -n "$B" -force -batch - <<< "$BATCH" 2>&1)
	[ "$(grep "$failed" <<< "$said_a")" = "$(grep "$failed" <<< "$said_b")" ]
	check_err $? "$STEP: expected: $said_b, seen: $said_a, of:"$'\n'"$BATCH"
	BATCH=
}

# A message as zebra itself writes it, with what bridge does not know to say.
do_zebra() # VERB KEY=VALUE...
{
	local said

	ask fdb "$A" ovl0 "$@" proto=$RTPROT_ZEBRA && SAID=(taken)
	said=${SAID[*]}
	ask fdb "$B" ovl0 "$@" proto=$RTPROT_ZEBRA && SAID=(taken)
	[ "${said%% *}" = "${SAID[*]%% *}" ]
	check_err $? "$STEP: expected: ${SAID[*]}, seen: $said, of: $*"
}

add_to_batch() # TOOL LINE
{
	[ "$TOOL" = "$1" ] || do_batch
	TOOL=$1
	BATCH+="${2//DEV/ovl0}"$'\n'
}

# In words that do not depend on time, nor on how the kind encapsulates.
compare()
{
	local here there

	here=$(fdb_json "$A" ovl0)
	there=$(fdb_json "$B" ovl0)
	[ "$here" = "$there" ]
	check_err $? "after $STEP: expected and seen: $(diff <(jq -c .[] <<< "$there") \
		<(jq -c .[] <<< "$here"))"
}

check_sent() # MAC TO...
{
	local to

	clear_port w0
	number
	send ovl0 $TENANT4 dmac="$1" $FRAME
	for to in "${@:2}"; do
		expect w0 dir=in $CARRIED dst="$to"
	done
	# nothing more follows when a later frame is there
	if [ $# -gt 1 ]; then
		none w0 dir=in $CARRIED
	else
		ask counter ovl0 link.tx_dropped
		none w0 dir=in $CARRIED
	fi
	[ "$RET" = 0 ] || echo "in: $STEP"
}

# 64 flows
check_divided() # MAC TO...
{
	local to total=0

	clear_port w0
	send ovl0 count=64 inc=sport $TENANT4 dmac="$1" sport=20000
	busywait $((WAIT_TIMEOUT * 1000)) have_come 64
	for to in "${@:2}"; do
		ask count w0 dir=in dport=$TUNNEL_PORT dst="$to"
		[ "${SAID[0]}" -gt 0 ]
		check_err $? "$STEP: nothing for $1 goes to $to"
		: $((total += SAID[0]))
	done
	[ "$total" = 64 ]
	check_err $? "$STEP: expected: 64 packets for $1 to ${*:2}, seen: $total"
}

have_come() # NUMBER
{
	ask count w0 dir=in dport=$TUNNEL_PORT
	[ "${SAID[0]}" -ge "$1" ]
}

# With the addresses as TRANSLATE makes them.
replay() # TRANSLATE
{
	local word words STEP='' BATCH='' TOOL=

	while read -r word words; do
		case $word in
		''|'#'*) ;;
		ip|bridge) add_to_batch "$word" "$words" ;;
		*)
			do_batch
			case $word in
			'=') [ -z "$STEP" ] || compare; STEP=$words ;;
			zebra) do_zebra $words ;;
			sends) check_sent $words ;;
			divides) check_divided $words ;;
			*) check_err 1 "what is $word?" ;;
			esac ;;
		esac
	done < <(sed "$1" "$SESSION")
	do_batch
	compare
}

over_ipv4()
{
	two_vteps $A4
	replay ''
	log_test "a session of EVPN over IPv4"
}

over_ipv6()
{
	two_vteps $A6
	replay 's/10\.0\.0\./fd00::/g'
	log_test "a session of EVPN over IPv6"
}

tests_run
exit "$EXIT_STATUS"
