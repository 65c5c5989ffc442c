# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_change.sh: a device on A that is changed while packets pass it.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# Frames of the floods
MANY=${MANY:-$((${#KSFT_MACHINE_SLOW} ? 4000 : 20000))}

# These lines go to ip, until the function ends.  $! then
changing() # NS CMD...
{
	ip -n "$1" -b - < <("${@:2}") &
	defer stop $!
}

# ip ends when a change fails.
check_changing() # PID
{
	kill -0 "$1" 2> /dev/null
	check_err $? "a change was refused"
}

# To and fro, as fast as ip can
to_and_fro() # THESE THOSE
{
	while echo "link set ovl0 type $KIND $1" &&
			echo "link set ovl0 type $KIND $2"; do
		:
	done 2> /dev/null
}

# Frames while the device is changed to and fro; how many came is in SAID[0]
flood() # PORT FRAME SEEN_ON SELECT THESE THOSE
{
	local pid

	ask clear "$1" "$3"
	changing "$A" to_and_fro "$5" "$6"
	pid=$!
	send "$1" count=$MANY $2
	check_changing $pid
	stop $pid
	ask count "$3" $4
}

check_all_of() # WHAT SEEN
{
	[ "$2" = $MANY ]
	check_err $? "$1: expected: $MANY frames seen: $2"
}
