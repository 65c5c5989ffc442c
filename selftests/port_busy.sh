#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A UDP port that somebody else holds, the in-tree geneve driver or a program, is
# not shared: EADDRINUSE, in words that name the cause, when a device is made and
# when it is changed; nor do they get what an ovl device holds.  When it is let
# go, it can be had.
#
#   A                                B
#   ovl0, and who wants the port
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)
#       10.0.0.5

. "${0%/*}/lib.sh"

ALL_TESTS="program program_reuse program_ipv6 program_elsewhere other_first
	geneve geneve_second change_fails"

BUSY="Error: dstport: UDP port 6081 is in use by another driver or program."

# ip refuses what is asked with the message that the port is busy.
refused_busy() # LINK-ARGUMENT...
{
	local said

	if said=$(ip -n "$A" link "$@" 2>&1); then
		said="it was done"
	fi
	[ "$said" = "$BUSY" ]
	check_err $? "link $*: expected: $BUSY seen: $said"
}

# A program that has it all: no device can be made or changed to that port,
# whatever address or underlay it is for; another port is free.
check_program() # REMOTE LOCAL
{
	refused_busy add ovl0 type "$KIND" id 1 remote "$1"
	refused_busy add ovl0 type "$KIND" id 1 remote "$1" local "$2"
	refused_busy add ovl0 type "$KIND" id 1 remote "$1" dev u0
	ip -n "$A" link add ovl0 type "$KIND" id 1 remote "$1" dstport 6082
	check_err $? "another port is busy, too"
	refused_busy set ovl0 type "$KIND" dstport 6081
	ask release program
	ip -n "$A" link set ovl0 type "$KIND" dstport 6081
	check_err $? "still busy when the program is gone"
	drop_tunnel "$A" ovl0
}

program()
{
	underlay
	must hold program "$A" port=6081
	check_program $B4 $A4
	log_test "a program on the port"
}

# As much as it would like to share it.
program_reuse()
{
	underlay
	must hold program "$A" port=6081 reuse=1
	check_program $B4 $A4
	log_test "a program on the port, with SO_REUSEADDR"
}

# On [::] it holds the port of IPv4, too.
program_ipv6()
{
	underlay
	must hold program "$A" port=6081 addr=:: reuse=1
	check_program $B6 $A6
	must hold program "$A" port=6081 addr=::
	check_program $B4 $A4
	must hold program "$A" port=6081 addr=0.0.0.0
	tunnel "$A" ovl0 id $VNI remote $B6
	send u1 $OUTER6 $IN4 in.sport=1
	expect ovl0 sport=1
	ask release program
	log_test "a program on the port of IPv6, or of IPv4 alone"
}

# Only who is on another address can be there at the same time, also when there
# are ovl devices already that share the port among themselves.
program_elsewhere()
{
	underlay
	ip_in "$A" addr add 10.0.0.5/24 dev u0
	must hold program "$A" port=6081 addr=10.0.0.5 reuse=1
	tunnel "$A" ovl0 id $VNI remote $B4 local $A4
	refused_busy add ovl1 type "$KIND" id 1 remote $B4
	refused_busy add ovl1 type "$KIND" id 1 remote $B4 local 10.0.0.5
	refused_busy add ovl1 type "$KIND" id 1 remote $B4 dev u0
	refused_busy add ovl1 type "$KIND" id 1 remote $B4 local 10.0.0.5 dev u0
	refused_busy set ovl0 type "$KIND" local any
	tunnel "$A" ovl1 id 1 remote $B4 local $A4 dev u0
	send u1 $OUTER4 $IN4 in.sport=1
	expect ovl0 sport=1
	ask release program
	change "$A" ovl0 local any
	send u1 $OUTER4 $IN4 in.sport=2
	expect ovl0 sport=2
	log_test "a program on another address of the port"
}

other_first()
{
	local addr reuse

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	tunnel "$A" ovl1 id 1 remote $B4 local $A4
	tunnel "$A" ovl6 id 6 remote $B6
	for addr in 0.0.0.0 $A4 $B4 :: $A6; do
		for reuse in 0 1; do
			[ $addr != $B4 ] || continue
			ask hold program "$A" port=6081 addr=$addr reuse=$reuse &&
				SAID=("it has it")
			[ "${SAID[*]}" = EADDRINUSE ]
			check_err $? "a program on $addr: expected: EADDRINUSE seen: ${SAID[*]}"
		done
	done
	send u1 $OUTER4 $IN4 in.sport=1
	expect ovl0 sport=1
	drop_tunnel "$A" ovl0
	drop_tunnel "$A" ovl1
	drop_tunnel "$A" ovl6
	must hold program "$A" port=6081
	ask release program
	log_test "a program comes second"
}

# The in-tree driver holds its port while its device is up.
geneve()
{
	modprobe -q geneve || { log_test_skip "the in-tree driver first" "no geneve"; return; }
	underlay
	ip_in "$A" <<-END
	link add gnv0 type geneve id 1 remote $B4 dstport 6081
	link set gnv0 up
	END
	refused_busy add ovl0 type "$KIND" id 2 remote $B4
	refused_busy add ovl0 type "$KIND" id 2 remote $B4 local $A4 dev u0
	ip_in "$A" link add ovl0 type "$KIND" id 2 remote $B4 dstport 6082
	refused_busy set ovl0 type "$KIND" dstport 6081
	ip_in "$A" link del gnv0
	change "$A" ovl0 dstport 6081
	drop_tunnel "$A" ovl0
	log_test "the in-tree driver first"
}

geneve_second()
{
	local said

	modprobe -q geneve || { log_test_skip "the in-tree driver second" "no geneve"; return; }
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	ip_in "$A" link add gnv0 type geneve id 1 remote $B4 dstport 6081
	said=$(ip -n "$A" link set gnv0 up 2>&1)
	[[ $said == *"Address already in use"* ]]
	check_err $? "link set gnv0 up: expected: Address already in use seen: $said"
	send u1 $OUTER4 $IN4 in.sport=1
	expect ovl0 sport=1
	drop_tunnel "$A" ovl0
	ip_in "$A" link set gnv0 up
	check_err $? "still busy when the device is gone"
	ip_in "$A" link del gnv0
	log_test "the in-tree driver second"
}

# A change that failed for the port leaves the device at work on the old one.
change_fails()
{
	local before after

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	must hold program "$A" port=7000
	before=$(ip -n "$A" -d -j link show ovl0)
	ip_in "$A" link set ovl0 type "$KIND" ttl 9 dstport 7000 2> /dev/null
	check_fail $? "changed to a port that is held"
	after=$(ip -n "$A" -d -j link show ovl0)
	[ "$before" = "$after" ]
	check_err $? "shown before: $before after: $after"
	send u1 $OUTER4 $IN4 in.sport=1
	expect ovl0 sport=1
	send ovl0 $TENANT4 sport=2
	expect u1 in.sport=2 : dport=6081 ttl=64
	ask release program
	log_test "a change that fails for the port changes nothing"
}

tests_run
exit "$EXIT_STATUS"
