#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A dump of many entries takes many messages, and other requests come between
# them: what is there all the time is in the dump, and once.  The endpoints of a long
# flood list are no exception.
#
#   A
#   ovl0 (VNI 5001), ovl1 (VNI 5002)
#   u0  10.0.0.1, fd00::1

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="all grows shrinks replaced_entries long_list list_changes between_devices
at_the_same_time two_at_a_time gone"

MANY=${MANY:-$((${#KSFT_MACHINE_SLOW} ? 6000 : 20000))}

# MACs of the entries that stay, and of those that come and go; the first lead to
# B4, the others to C4.
STAYS=02:00:01:00:00:00 GOES=02:00:02:00:00:00

device()
{
	underlay
	tunnel "$A" ovl0 id $VNI
}

# So many entries that stay.
stays() # NUMBER [COMMAND]
{
	fdb ${2:-add} count=$1 mac=$STAYS dst=$B4
}

# The rest of a dump: all that stays is in it, once.
complete() # NUMBER
{
	must more dump
	must distinct dump mac dst=$B4
	[ "${SAID[0]:-}" = "$1" ]
	check_err $? "expected in the dump: $1 entries, seen: ${SAID[*]}"
	ask close dump
}

begin()
{
	must dump dump "$A" "${1:-ovl0}"
}

# The next N messages; there are more behind them.
goes_on() # N
{
	must more dump $1
	[ "${SAID[0]:-}" = more ]
	check_err $? "expected: more of the dump, seen: ${SAID[*]}"
}

all()
{
	device
	stays $MANY
	begin
	complete $MANY
	# the same by bridge
	seen=$(bridge -n "$A" fdb show dev ovl0 | sort -u | wc -l)
	[ "$seen" = $MANY ]
	check_err $? "expected of bridge fdb show: $MANY entries, seen: $seen"
	log_test "$MANY entries"
}

# The table grows under way.
grows()
{
	device
	stays 1000
	begin
	goes_on 2
	fdb add count=$MANY mac=$GOES dst=$C4
	goes_on 2
	fdb del count=$MANY mac=$GOES
	complete 1000
	log_test "a dump while entries come"
}

# And shrinks, in front of where the dump is and behind it, more than once.
shrinks()
{
	local n

	device
	for n in 0 2 4 6; do
		fdb add count=500 mac=${GOES%??:??}0$n:00 dst=$C4
		fdb add count=500 mac=${STAYS%??:??}0$n:00 dst=$B4
	done
	begin
	goes_on 3
	for n in 0 2 4 6; do
		fdb del count=500 mac=${GOES%??:??}0$n:00
		goes_on 1
	done
	# numbers, or places, of those that went are given again
	for n in 6 4 2 0; do
		fdb add count=500 mac=${GOES%??:??}0$n:00 dst=$C4
		goes_on 1
	done
	complete 2000
	log_test "a dump while entries go and come again"
}

# An entry that is changed stays, and stays where it is.
replaced_entries()
{
	device
	stays 2000
	begin
	goes_on 3
	fdb replace count=2000 mac=$STAYS dst=$B4 state=$REACHABLE
	goes_on 2
	fdb replace count=2000 mac=$STAYS dst=$B4 vni=77
	complete 2000
	log_test "a dump while entries change"
}

# One entry, too long for a message.
long_list()
{
	local n

	device
	stays 300
	for ((n = 1; n <= 1000; n++)); do
		echo "fdb append $ZERO dev ovl0 dst 10.1.$((n >> 8)).$((n & 255))"
		echo "fdb append 01:00:5e:00:00:01 dev ovl0 dst fd00::$n"
	done | bridge -n "$A" -b -
	check_err $? "bridge -b: refused"
	begin
	must more dump
	must distinct dump dst mac=$ZERO
	[ "${SAID[0]:-}" = 1000 ]
	check_err $? "expected: 1000 endpoints in the flood list, seen: ${SAID[*]}"
	must distinct dump dst mac=01:00:5e:00:00:01
	[ "${SAID[0]:-}" = 1000 ]
	check_err $? "expected: 1000 endpoints of a group, seen: ${SAID[*]}"
	must distinct dump mac dst=$B4
	[ "${SAID[0]:-}" = 300 ]
	check_err $? "expected: 300 entries, seen: ${SAID[*]}"
	ask close dump
	log_test "a list of endpoints that takes many messages"
}

# Endpoints come and go while the list is dumped; those that stay are in it.
list_changes()
{
	local n

	device
	for ((n = 1; n <= 1000; n++)); do
		echo "fdb append $ZERO dev ovl0 dst 10.1.$((n >> 8)).$((n & 255)) vni 77"
	done | bridge -n "$A" -b -
	stays 300
	begin
	goes_on 2
	for ((n = 1; n <= 300; n++)); do
		echo "fdb append $ZERO dev ovl0 dst 10.2.$((n >> 8)).$((n & 255))"
	done | bridge -n "$A" -b -
	goes_on 1
	# some of those that the dump has passed
	for n in 1 2 3 4 5 6 7; do
		echo "fdb del $ZERO dev ovl0 dst 10.1.0.$n vni 77"
	done | bridge -n "$A" -b -
	must more dump
	must distinct dump dst mac=$ZERO vni=77
	must distinct dump dst mac=$ZERO vni=-
	must values dump dst mac=$ZERO vni=77
	for ((n = 8; n <= 1000; n++)); do
		[[ " ${SAID[*]} " == *" 10.1.$((n >> 8)).$((n & 255)) "* ]]
		check_err $? "expected: all endpoints that stayed, seen: no 10.1.$((n >> 8)).$((n & 255))"
	done
	must distinct dump mac dst=$B4
	[ "${SAID[0]:-}" = 300 ]
	check_err $? "expected: 300 entries, seen: ${SAID[*]}"
	ask close dump
	log_test "a list of endpoints that changes under way"
}

# A dump of all devices, each with its own.
between_devices()
{
	local seen

	device
	tunnel "$A" ovl1 id 5002
	fdb add count=777 mac=$STAYS dst=$B4
	must fdb "$A" ovl1 add count=1234 mac=$STAYS dst=$C4
	seen=$(bridge -n "$A" fdb show | grep -c "^02:00:01:.* dev ovl0 dst $B4 self")
	[ "$seen" = 777 ]
	check_err $? "expected of ovl0: 777 entries, seen: $seen"
	seen=$(bridge -n "$A" fdb show | grep -c "^02:00:01:.* dev ovl1 dst $C4 self")
	[ "$seen" = 1234 ]
	check_err $? "expected of ovl1: 1234 entries, seen: $seen"
	begin ovl1
	must more dump
	must distinct dump mac
	[ "${SAID[0]:-}" = 1234 ]
	check_err $? "expected of ovl1: 1234 entries, seen: ${SAID[*]}"
	none dump dev=ovl0
	ask close dump
	log_test "a dump of two devices"
}

# Lines of bridge -b, without end
churn()
{
	local n

	for ((n = 0; ; n = (n + 1) % 2000)); do
		printf 'fdb replace 02:00:02:%02x:%02x:00 dev ovl0 dst %s\n' \
			$((n >> 8)) $((n & 255)) $C4
		printf 'fdb del 02:00:02:%02x:%02x:00 dev ovl0\n' \
			$(((n + 1000) % 2000 >> 8)) $(((n + 1000) % 2000 & 255))
	done 2> /dev/null
}

# Nobody waits for anybody.
at_the_same_time()
{
	local n

	device
	stays $MANY
	bridge -n "$A" -force -b - < <(churn) > /dev/null 2>&1 &
	defer stop $!
	begin
	must more dump
	busywait 10000 has_churned
	check_err $? "nothing came or went meanwhile"
	ask close dump
	for n in 1 2 3; do
		begin
		complete $MANY
	done
	log_test "dumps while another process adds and deletes"
}

has_churned()
{
	bridge -n "$A" fdb show dev ovl0 | grep " dst $C4 " > /dev/null
}

# Two dumps at a time do not know of each other.
two_at_a_time()
{
	device
	stays 2000
	begin
	goes_on 1
	must dump other "$A" ovl0
	must more other 3
	goes_on 2
	must more other
	must distinct other mac
	[ "${SAID[0]:-}" = 2000 ]
	check_err $? "expected in the second dump: 2000 entries, seen: ${SAID[*]}"
	ask close other
	complete 2000
	log_test "two dumps at a time"
}

# A flush, and the end of the device, under way.
gone()
{
	device
	stays 3000
	begin
	goes_on 2
	fdb flush
	must more dump
	must distinct dump mac
	[ "${SAID[0]:-3000}" -lt 3000 ]
	check_err $? "expected: less than all, seen: ${SAID[*]}"
	ask close dump
	entries
	[ ${#ENTRIES[@]} = 0 ] || [ -z "${ENTRIES[0]}" ]
	check_err $? "expected: nothing, seen: ${ENTRIES[*]}"
	stays 3000
	begin
	goes_on 2
	ip_in "$A" link del ovl0
	must more dump
	must distinct dump mac
	ask close dump
	log_test "a dump while all of it goes"
}

tests_run
exit "$EXIT_STATUS"
