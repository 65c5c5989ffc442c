# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_fdb.sh: the FDB of the device ovl0 on A, as rtnetlink has it.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# shellcheck disable=SC2034 # for the tests
ZERO=00:00:00:00:00:00 BROADCAST=ff:ff:ff:ff:ff:ff
# Bits of linux/neighbour.h
# shellcheck disable=SC2034
PERMANENT=0x80 NOARP=0x40 REACHABLE=0x02 \
	SELF=0x02 EXTERN_LEARN=0x10 STICKY=0x40 ROUTER=0x80
# Other endpoints, on the underlay's network
C4=10.0.0.3 D4=10.0.0.4 C6=fd00::3 D6=fd00::4
: "$C4$D4$C6$D6"

# The underlay, and ovl0; its notifications come to the port fdb.  The wire is all
# the endpoints.
with_fdb() # [TYPE-ARGUMENT...]
{
	underlay
	for endpoint in $C4 $D4 $C6 $D6; do
		echo "neigh replace $endpoint lladdr $MAC_B dev u0 nud permanent"
	done | ip_in "$A"
	tunnel "$A" ovl0 id $VNI "$@"
	listen
}

listen()
{
	must listen fdb "$A" && defer ask close fdb
}

# A MAC address with this number
mac() # NUMBER
{
	printf '02:00:00:01:%02x:%02x' $(($1 >> 8)) $(($1 & 0xff))
}

# A request that the kernel takes; the words of wire.
fdb() # VERB [KEY=VALUE...]
{
	must fdb "$A" ovl0 "$@"
}

# One that is put as users do; in a line of bridge.
bridge_fdb() # ARGS...
{
	[ -z "$VERBOSE" ] || echo "bridge -n $A fdb $*"
	bridge -n "$A" fdb "$@"
	check_err $? "bridge fdb $*: refused"
}

# One that it does not take.
refuse() # ERRNO VERB [KEY=VALUE...]
{
	local errno=$1

	shift
	if ask fdb "$A" ovl0 "$@"; then
		check_err 1 "expected: $errno for fdb $*, seen: it was done"
		return
	fi
	[ "${SAID[0]%% *}" = "$errno" ]
	check_err $? "expected: $errno for fdb $*, seen: ${SAID[*]}"
}

# The FDB is then in ENTRIES, an element each, in the order of the dump.
entries() # [DEVICE]
{
	ENTRIES=()
	must dump entries "$A" "${1:-ovl0}" || return
	must more entries && must show entries
	# shellcheck disable=SC2034 # for the tests
	ENTRIES=("${SAID[@]#what=new dev=${1:-ovl0} }")
	ask close entries
}

# The FDB as it is now becomes a port of wire, to be compared and looked at.
snapshot() # NAME [DEVICE]
{
	ask close "$1"
	must dump "$1" "$A" "${2:-ovl0}" && must more "$1"
}

# These two are of the same entries.
same_as() # NAME NAME AFTER-WHAT
{
	ask same "$1" "$2"
	check_err $? "after $3: ${SAID[*]}"
}

# What bridge shows of a MAC address is these, in any order; or nothing.
has() # MAC [WORDS-BEHIND-IT...]
{
	local mac=$1 seen wanted=''

	shift
	[ $# = 0 ] || wanted=$(printf "$mac %s\n" "$@" | LC_ALL=C sort)
	seen=$(bridge -n "$A" fdb show dev ovl0 |
		sed -n "s/ *$//; /^$mac /p" | LC_ALL=C sort)
	[ "$seen" = "$wanted" ]
	check_err $? "expected of bridge fdb: ${wanted:-nothing of $mac}, seen: ${seen:-nothing of $mac}"
}

# The first entry of a MAC address and all of its fields, in the array FIELD; false:
# there is none
entry() # MAC
{
	local line='' word

	declare -gA FIELD=()
	snapshot entry
	ask expect entry within=0 mac="$1" && line=${SAID[0]}
	ask close entry
	[ -n "$line" ] || return
	for word in $line; do
		FIELD[${word%%=*}]=${word#*=}
	done
}

# It comes true that the first entry of a MAC address has these fields, KEY= for
# no such field; or that there is none.
becomes() # MAC [KEY=VALUE...]
{
	local wanted="$*"

	if [ $# = 1 ]; then
		busywait "$((WAIT_TIMEOUT * 1000))" entry_is_gone "$1"
		check_err $? "expected of the FDB: no $1, seen: ${FIELD[*]@K}"
	else
		busywait "$((WAIT_TIMEOUT * 1000))" entry_has "$@" > /dev/null
		check_err $? "expected of the FDB: $wanted, seen: $(entry "$1"; echo "${FIELD[*]@K}")"
	fi
}

entry_is_gone() # MAC
{
	! entry "$1"
}

entry_has() # MAC KEY=VALUE...
{
	local word

	entry "$1" || return
	shift
	for word; do
		[ "${FIELD[${word%%=*}]:-}" = "${word#*=}" ] || return
	done
}

kernel_is_at_least() # MAJOR MINOR
{
	local release major minor

	release=$(uname -r)
	IFS=.- read -r major minor _ <<< "$release"
	((major > $1 || (major == $1 && minor >= $2)))
}

# NUMBER learned entries, in ip -s -d link show
learned() # NUMBER
{
	local seen

	seen=$(busywait "$((WAIT_TIMEOUT * 1000))" learned_is "$1")
	check_err $? "expected in ip -s -d link: learned $1, seen: $seen"
}

learned_is() # NUMBER
{
	local shown

	shown=$(ip -n "$A" -s -d link show dev ovl0)
	[[ $shown =~ \ learned\ ([0-9]+) ]] || { echo "none"; return 1; }
	echo "${BASH_REMATCH[1]}"
	[ "${BASH_REMATCH[1]}" = "$1" ]
}
