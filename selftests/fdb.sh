#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The FDB is that of vxlan, attribute for attribute, in the hands of the stock
# bridge(8): what is added is shown in the words it was typed in, endpoints are
# appended, replaced and deleted one by one, states and flags stay, ages tell of
# use and of change, each key of a flush takes away what fits and nothing else.
# What vxlan does with the same requests is what is done here.
#
#   A
#   ovl0 (VNI 5001), vx0 (in some), br0 (in some)
#   u0  10.0.0.1, fd00::1

. "${0%/*}/lib_fdb.sh"

ALL_TESTS="shown json remote endpoints_unicast endpoints_multicast endpoints_flood
found states_and_flags ages_of_use ages_of_change as_vxlan flushed_by_bridge
flushed_by_state flushed_by_flags flushed_by_keys bridge_port goes_down"

# The lines of bridge fdb show are what is on stdin, in any order.
shows()
{
	local seen wanted

	wanted=$(sed 's/^[[:blank:]]*//' | LC_ALL=C sort)
	seen=$(bridge -n "$A" fdb show dev ovl0 | sed 's/ *$//' | LC_ALL=C sort)
	[ "$seen" = "$wanted" ]
	check_err $? "expected of bridge fdb show: $wanted, seen: $seen"
}

shown()
{
	with_fdb
	shows < /dev/null
	bridge -n "$A" -b - <<-END
	fdb add $(mac 1) dev ovl0 dst $B4
	fdb add $(mac 2) dev ovl0 dst $B4 port 7000
	fdb add $(mac 3) dev ovl0 dst $B4 vni 77
	fdb add $(mac 4) dev ovl0 dst $B4 via u0
	fdb add $(mac 5) dev ovl0 dst $B6 port 7000 vni 16777215 via u0
	fdb add $(mac 6) dev ovl0 dst $B4 port 6081 vni $VNI
	fdb add $(mac 7) dev ovl0 dst $B6 src_vni $VNI
	fdb add $(mac 8) dev ovl0 dst $B4 local
	fdb add $(mac 9) dev ovl0 dst $B4 static
	fdb add $(mac 10) dev ovl0 dst $B4 dynamic
	fdb add $(mac 11) dev ovl0 dst $B4 extern_learn
	fdb add $(mac 12) dev ovl0 dst $B4 router static
	fdb add $(mac 13) dev ovl0 dst $B4 sticky
	fdb add $(mac 14) dev ovl0 dst $B4 use dynamic self
	fdb add $(mac 15) dev ovl0 dst $B4 vni 0
	fdb add $(mac 16) dev ovl0 dst $B4 sticky router extern_learn dynamic
	fdb append $ZERO dev ovl0 dst $B4
	fdb append $ZERO dev ovl0 dst $B6
	fdb append $ZERO dev ovl0 dst $B4 port 7000
	fdb add 01:00:5e:00:00:01 dev ovl0 dst $B6
	fdb add $BROADCAST dev ovl0 dst $B4
	END
	check_err $? "bridge -b: refused"
	shows <<-END
	$(mac 1) dst $B4 self permanent
	$(mac 2) dst $B4 port 7000 self permanent
	$(mac 3) dst $B4 vni 77 self permanent
	$(mac 4) dst $B4 via u0 self permanent
	$(mac 5) dst $B6 port 7000 vni 16777215 via u0 self permanent
	$(mac 6) dst $B4 self permanent
	$(mac 7) dst $B6 self permanent
	$(mac 8) dst $B4 self permanent
	$(mac 9) dst $B4 self static
	$(mac 10) dst $B4 self
	$(mac 11) dst $B4 self extern_learn permanent
	$(mac 12) dst $B4 self router static
	$(mac 13) dst $B4 self sticky permanent
	$(mac 14) dst $B4 self
	$(mac 15) dst $B4 vni 0 self permanent
	$(mac 16) dst $B4 self router extern_learn sticky
	$ZERO dst $B4 self permanent
	$ZERO dst $B6 self permanent
	$ZERO dst $B4 port 7000 self permanent
	01:00:5e:00:00:01 dst $B6 self permanent
	$BROADCAST dst $B4 self permanent
	END
	entry "$(mac 5)"
	[ "${FIELD[state]}" = noarp+permanent ]
	check_err $? "expected: state=noarp+permanent, seen: ${FIELD[state]}"
	# what is as the device has it is not said
	entry "$(mac 6)"
	[ -z "${FIELD[port]:-}${FIELD[vni]:-}${FIELD[srcvni]:-}" ]
	check_err $? "expected: no port, no vni, no srcvni, seen: ${FIELD[*]@K}"
	log_test "what is added is what is shown"
}

json()
{
	local seen

	with_fdb
	bridge_fdb add "$(mac 1)" dev ovl0 dst $B6 port 7000 vni 77 via u0 extern_learn static
	seen=$(bridge -n "$A" -j -s fdb show dev ovl0 |
		jq -c '.[] | [.mac, .dst, .port, .vni, .viaIf // .viaIfIndex, .flags,
			.state, (.used | type), (.updated | type)]')
	[ "$seen" = "[\"$(mac 1)\",\"$B6\",7000,77,\"u0\",[\"self\",\"extern_learn\"],\"static\",\"number\",\"number\"]" ]
	check_err $? "seen of bridge -j: $seen"
	log_test "in JSON"
}

remote()
{
	with_fdb remote $B4
	has $ZERO "dst $B4 self permanent"
	bridge_fdb append $ZERO dev ovl0 dst $C4
	bridge_fdb append $ZERO dev ovl0 dst $C6
	has $ZERO "dst $B4 self permanent" "dst $C4 self permanent" "dst $C6 self permanent"
	# the first of them
	fdb get mac=$ZERO
	[[ ${SAID[0]:-} == *" dst=$B4 "* ]]
	check_err $? "expected: dst=$B4, seen: ${SAID[*]}"
	change "$A" ovl0 remote $D4
	shows <<-END
	$ZERO dst $C4 self permanent
	$ZERO dst $C6 self permanent
	$ZERO dst $D4 self permanent
	END
	change "$A" ovl0 remote $B6
	shows <<-END
	$ZERO dst $B6 self permanent
	$ZERO dst $C4 self permanent
	$ZERO dst $C6 self permanent
	END
	log_test "the remote is of the flood list"
}

endpoints_unicast()
{
	with_fdb
	bridge_fdb add "$(mac 1)" dev ovl0 dst $B4 port 7000 vni 77
	bridge_fdb add "$(mac 2)" dev ovl0 dst $B4
	bridge_fdb replace "$(mac 1)" dev ovl0 dst $C4
	has "$(mac 1)" "dst $C4 self permanent"
	bridge_fdb replace "$(mac 1)" dev ovl0 dst $C6 vni 5
	has "$(mac 1)" "dst $C6 vni 5 self permanent"
	bridge_fdb replace "$(mac 1)" dev ovl0 dst $C6 vni 5 static
	has "$(mac 1)" "dst $C6 vni 5 self static"
	bridge_fdb replace "$(mac 3)" dev ovl0 dst $C4
	has "$(mac 3)" "dst $C4 self permanent"
	has "$(mac 2)" "dst $B4 self permanent"
	# one that is not there is added by append, too
	bridge_fdb append "$(mac 4)" dev ovl0 dst $D4
	has "$(mac 4)" "dst $D4 self permanent"
	bridge_fdb del "$(mac 1)" dev ovl0
	bridge_fdb del "$(mac 2)" dev ovl0 dst $B4
	bridge_fdb del "$(mac 3)" dev ovl0 dst $C4 port 6081 vni $VNI
	bridge_fdb del "$(mac 4)" dev ovl0
	shows < /dev/null
	log_test "an entry has one endpoint, which is replaced"
}

endpoints_multicast()
{
	local group=01:00:5e:01:02:03

	with_fdb
	bridge_fdb add $group dev ovl0 dst $B4
	bridge_fdb append $group dev ovl0 dst $C4
	bridge_fdb append $group dev ovl0 dst $C6
	bridge_fdb append $group dev ovl0 dst $B4 port 7000
	bridge_fdb append $group dev ovl0 dst $B4 vni 7
	bridge_fdb append $group dev ovl0 dst $B4 via u0
	# twice is once, also in other words
	bridge_fdb append $group dev ovl0 dst $C4
	bridge_fdb append $group dev ovl0 dst $C4 port 6081
	bridge_fdb append $group dev ovl0 dst $C4 vni $VNI
	has $group "dst $B4 self permanent" "dst $C4 self permanent" \
		"dst $C6 self permanent" "dst $B4 port 7000 self permanent" \
		"dst $B4 vni 7 self permanent" "dst $B4 via u0 self permanent"
	bridge_fdb del $group dev ovl0 dst $B4 port 7000
	bridge_fdb del $group dev ovl0 dst $B4
	has $group "dst $C4 self permanent" "dst $C6 self permanent" \
		"dst $B4 vni 7 self permanent" "dst $B4 via u0 self permanent"
	bridge_fdb append $group dev ovl0 dst $B4
	has $group "dst $C4 self permanent" "dst $C6 self permanent" \
		"dst $B4 vni 7 self permanent" "dst $B4 via u0 self permanent" \
		"dst $B4 self permanent"
	bridge_fdb del $group dev ovl0
	shows < /dev/null
	log_test "a multicast entry has several endpoints"
}

# Many of them; the list goes with its last one, and begins again.
endpoints_flood()
{
	local n wanted=()

	with_fdb
	for n in {1..60}; do
		echo "fdb append $ZERO dev ovl0 dst 10.0.0.$((n + 10))"
		echo "fdb append $ZERO dev ovl0 dst fd00::$n"
	done | bridge -n "$A" -b -
	for n in {1..60}; do
		wanted+=("dst 10.0.0.$((n + 10)) self permanent" "dst fd00::$n self permanent")
	done
	has $ZERO "${wanted[@]}"
	bridge_fdb del $ZERO dev ovl0 dst fd00::60
	bridge_fdb del $ZERO dev ovl0 dst 10.0.0.11
	unset "wanted[0]" "wanted[119]"
	has $ZERO "${wanted[@]}"
	for n in {2..60}; do
		echo "fdb del $ZERO dev ovl0 dst 10.0.0.$((n + 10))"
		echo "fdb del $ZERO dev ovl0 dst fd00::$((n - 1))"
	done | bridge -n "$A" -b -
	shows < /dev/null
	bridge_fdb append $ZERO dev ovl0 dst $D6
	has $ZERO "dst $D6 self permanent"
	bridge_fdb del $ZERO dev ovl0
	shows < /dev/null
	bridge_fdb add $ZERO dev ovl0 dst $D4
	has $ZERO "dst $D4 self permanent"
	log_test "the flood list has many endpoints of both families"
}

found()
{
	local seen

	with_fdb
	bridge_fdb add "$(mac 1)" dev ovl0 dst $B6 port 7000 vni 77 via u0 static
	bridge_fdb append $ZERO dev ovl0 dst $B4
	bridge_fdb append $ZERO dev ovl0 dst $C4
	seen=$(bridge -n "$A" fdb get "$(mac 1)" dev ovl0 self)
	[ "${seen% }" = "$(mac 1) dev ovl0 dst $B6 port 7000 vni 77 via u0 self static" ]
	check_err $? "seen of bridge fdb get: $seen"
	seen=$(bridge -n "$A" fdb get $ZERO dev ovl0 self)
	[ "${seen% }" = "$ZERO dev ovl0 dst $B4 self permanent" ]
	check_err $? "seen of bridge fdb get: $seen"
	fdb get mac="$(mac 1)" vni=$VNI
	refuse ENOENT get mac="$(mac 2)"
	log_test "an entry is found"
}

# An entry as it is asked for, and as it is shown
state_of() # MAC STATE FLAGS
{
	entry "$1"
	[ "${FIELD[state]:-}" = "$2" ]
	check_err $? "expected of $1: state=$2, seen: ${FIELD[state]:-none}"
	[ "${FIELD[flags]:-}" = "$3" ]
	check_err $? "expected of $1: flags=$3, seen: ${FIELD[flags]:-none}"
}

states_and_flags()
{
	local one two

	one=$(mac 1) two=$(mac 2)
	with_fdb
	fdb add mac="$one" dst=$B4 state=$PERMANENT
	state_of "$one" permanent self
	# replaced by another, or only asked for again
	fdb replace mac="$one" dst=$B4 state=$REACHABLE
	state_of "$one" reachable self
	fdb change mac="$one" dst=$B4 state=$((REACHABLE | NOARP)) flags=$((SELF | ROUTER))
	state_of "$one" reachable+noarp self+router
	fdb change mac="$one" dst=$B4 state=$((PERMANENT | NOARP)) flags=$((SELF | STICKY | ROUTER))
	state_of "$one" noarp+permanent self+sticky+router
	fdb set mac="$one" dst=$B4 flags=$SELF
	state_of "$one" noarp+permanent self
	# "use" is of the request
	fdb replace mac="$one" dst=$B4 flags=$((SELF | 1))
	state_of "$one" noarp+permanent self
	# what an agent has learned does not take over what the user has said
	fdb replace mac="$one" dst=$C4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN))
	state_of "$one" noarp+permanent self
	fdb add mac="$two" dst=$B4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN))
	state_of "$two" reachable self+extern_learn
	fdb replace mac="$two" dst=$B4 state=$PERMANENT
	state_of "$two" permanent self
	log_test "states and flags"
}

# A frame to a MAC address, and one from it, by the number
frame_to() # NUMBER
{
	send ovl0 $TENANT4 dmac="$(mac $1)" sport=$1
	expect u1 in.sport=$1
}

frame_from() # NUMBER
{
	send u1 $OUTER4 $IN4 in.smac="$(mac $1)" in.sport=$1
	expect ovl0 dir=in sport=$1
}

# The ages of these entries, of one dump, in AGES by "used NUMBER", "updated NUMBER"
ages() # NUMBER...
{
	local line n

	declare -gA AGES=()
	entries
	for n; do
		for line in "${ENTRIES[@]}"; do
			[[ $line =~ mac=$(mac $n)\ .*\ used=([0-9]+)\ updated=([0-9]+) ]] || continue
			AGES[used $n]=${BASH_REMATCH[1]}
			AGES[updated $n]=${BASH_REMATCH[2]}
		done
	done
}

# Time passes: seconds are what ages are counted in
grown_old() # NUMBER
{
	ages $1
	[ "${AGES[used $1]:-0}" -ge 300 ] && [ "${AGES[updated $1]:-0}" -ge 300 ]
}

# Of two ages the first is the less, by two seconds; or they are the same, but for
# one.  Both grow alike, whatever time the machine takes.
less() # AGE AGE
{
	[ $((AGES[$2] - AGES[$1])) -ge 200 ]
	check_err $? "expected: $1 less than $2, seen: ${AGES[*]@K}"
}

same() # AGE AGE
{
	local apart=$((AGES[$2] - AGES[$1]))

	[ ${apart#-} -le 100 ]
	check_err $? "expected: $1 as $2, seen: ${AGES[*]@K}"
}

ages_of_use()
{
	local n

	with_fdb learning
	for n in 1 2 3; do
		fdb add mac="$(mac $n)" dst=$B4
	done
	fdb add mac="$(mac 4)" dst=$B4 state=$REACHABLE
	slowwait $WAIT_TIMEOUT grown_old 4
	check_err $? "entries do not grow old"
	frame_to 1
	frame_from 2
	frame_from 4
	ages 1 2 3 4
	less "used 1" "used 3"
	same "updated 1" "updated 3"
	less "used 2" "used 3"
	less "updated 2" "updated 3"
	less "used 4" "used 3"
	less "updated 4" "updated 3"
	same "used 3" "updated 3"
	log_test "ages: sent to, received from"
}

ages_of_change()
{
	local n

	with_fdb
	for n in 1 2 3 4 5; do
		fdb add mac="$(mac $n)" dst=$B4
	done
	slowwait $WAIT_TIMEOUT grown_old 5
	check_err $? "entries do not grow old"
	fdb replace mac="$(mac 1)" dst=$C4
	fdb replace mac="$(mac 2)" dst=$B4 state=$REACHABLE
	fdb replace mac="$(mac 3)" dst=$B4
	fdb touch mac="$(mac 4)" dst=$B4 flags=$((SELF | 1))
	ages 1 2 3 4 5
	less "updated 1" "updated 5"
	same "used 1" "used 5"
	less "updated 2" "updated 5"
	# replaced by what it is already: no change; but NTF_USE says so
	same "updated 3" "updated 5"
	less "updated 4" "updated 5"
	log_test "ages: changed"
}

# Each line is asked of ovl0 and of vx0: both answer alike, and have the same then.
alike() # VERB [KEY=VALUE...]
{
	local ovl vx

	if ask fdb "$A" vx0 "$@"; then vx=taken; else vx=${SAID[0]%% *}; fi
	if ask fdb "$A" ovl0 "$@"; then ovl=taken; else ovl=${SAID[0]%% *}; fi
	[ "$ovl" = "$vx" ]
	check_err $? "fdb $*: expected, as of vxlan: $vx, seen: $ovl"
	same_entries "$*"
}

same_entries() # AFTER
{
	snapshot vx vx0
	snapshot ovl
	same_as vx ovl "fdb $1"
}

as_vxlan()
{
	local line

	with_fdb
	# two sockets do not hold the same port
	if ! ip -n "$A" link add vx0 address $MAC_TA type vxlan id $VNI local $A4 \
			dstport 4789 2> /dev/null; then
		log_test_skip "requests are answered as by vxlan" "no vxlan here"
		return
	fi
	defer ask close vx ovl
	same_entries "nothing"
	while read -r line; do
		# shellcheck disable=SC2086 # words
		alike $line
	done <<-END
	add mac=$(mac 1) dst=$C4
	add mac=$(mac 1) dst=$C4
	add mac=$(mac 2) dst=$C4 port=7000 vni=77 via=u0
	add mac=$(mac 3) dst=$C4 state=$REACHABLE
	add mac=$(mac 4) dst=$C4 state=$((REACHABLE | NOARP)) flags=$((SELF | EXTERN_LEARN))
	add mac=$(mac 5) dst=$C4 srcvni=$VNI
	add mac=$(mac 6) dst=$C4 flags=$((SELF | ROUTER | STICKY))
	add mac=$(mac 7)
	add mac=$(mac 7) dst=$C4 state=0
	add mac=$(mac 7) dst=$C4 state=$NOARP
	add mac=$(mac 7) dst=$C4 via=4242
	add mac=$(mac 7) dst=$C4 6:hex:1b
	add mac=$(mac 7) dst=$C4 7:hex:1b58
	add mac=$(mac 7) dst=$C4 8:hex:01
	add mac=$(mac 7) 1:hex:0a0000
	add mac=$(mac 7) nh=77
	add mac=$(mac 7) nh=77 dst=$C4
	add mac=$(mac 7) nh=77 port=7000
	add mac=$(mac 7) nh=77 state=$REACHABLE
	append mac=$ZERO dst=$C4
	append mac=$ZERO dst=$C4
	append mac=$ZERO dst=$C4 vni=77
	append mac=$ZERO dst=$D4 port=7000
	replace mac=$ZERO dst=$D4
	add mac=01:00:5e:00:00:01 dst=$C4
	append mac=01:00:5e:00:00:01 dst=$D4
	replace mac=01:00:5e:00:00:01 dst=$D4
	replace mac=01:00:5e:00:00:02 dst=$D4
	replace mac=$ZERO dst=$D4
	append mac=$(mac 8) dst=$C4
	replace mac=$(mac 8) dst=$D4
	replace mac=$(mac 8) dst=$D4 port=7000
	replace mac=$(mac 8) dst=$D4 state=$REACHABLE
	replace mac=$(mac 9) dst=$D4 state=$REACHABLE
	change mac=$(mac 9) dst=$C4
	change mac=$(mac 10) dst=$C4
	touch mac=$(mac 10) dst=$C4
	set mac=$(mac 10) dst=$C4
	set mac=$(mac 10) dst=$D4 state=$REACHABLE
	touch mac=$(mac 10) dst=$D4 flags=$((SELF | ROUTER))
	replace mac=$(mac 4) dst=$D4 state=$PERMANENT flags=$((SELF | EXTERN_LEARN))
	replace mac=$(mac 1) dst=$D4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN))
	del mac=$(mac 77)
	del mac=$(mac 1)
	del mac=$(mac 2) dst=$C4 port=7000 vni=77 via=u0
	del mac=$(mac 3) dst=$C4
	del mac=$(mac 3)
	del mac=$ZERO dst=$C4
	append mac=$ZERO dst=$B4
	del mac=$ZERO dst=$B4
	del mac=$ZERO
	del mac=01:00:5e:00:00:01
	END
	# vxlan has no flush before
	if kernel_is_at_least 6 7; then
		alike flush state=$PERMANENT statemask=$PERMANENT
		alike flush
	fi
	log_test "requests are answered as by vxlan"
}

# A device with entries of many kinds.
some_of_each()
{
	fdb flush
	fdb add mac="$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$B4 state=$PERMANENT
	fdb add mac="$(mac 3)" dst=$B4 state=$((REACHABLE | NOARP))
	fdb add mac="$(mac 4)" dst=$B4 state=$REACHABLE
	fdb add mac="$(mac 5)" dst=$C4 flags=$((SELF | EXTERN_LEARN))
	fdb add mac="$(mac 6)" dst=$C4 state=$REACHABLE flags=$((SELF | EXTERN_LEARN | ROUTER))
	fdb add mac="$(mac 7)" dst=$C6 flags=$((SELF | ROUTER))
	fdb add mac="$(mac 8)" dst=$C6 flags=$((SELF | STICKY))
	fdb add mac="$(mac 9)" dst=$B4 port=7000
	fdb add mac="$(mac 10)" dst=$B4 port=7000 vni=77
	fdb add mac="$(mac 11)" dst=$B6 vni=77
	fdb add mac="$(mac 12)" dst=$B6 port=7001 vni=78 via=u0
	fdb append mac=$ZERO dst=$B4
	fdb append mac=$ZERO dst=$C4 port=7000
	fdb append mac=$ZERO dst=$C6 vni=77
	fdb add mac=01:00:5e:00:00:01 dst=$B6
	fdb append mac=01:00:5e:00:00:01 dst=$C4
	fdb add mac=01:00:5e:00:00:02 dst=$B4 vni=77
	fdb append mac=01:00:5e:00:00:02 dst=$B6 vni=77
	if [ -n "${NEXTHOP:-}" ]; then
		fdb add mac="$(mac 13)" nh=10
		fdb add mac="$(mac 14)" nh=20
	fi
}

# What is gone after CMD... are all the entries that fit SELECT, and no other.
takes_away() # SELECT CMD...
{
	local all

	some_of_each
	snapshot before
	must count before
	all=${SAID[0]}
	must drop before "$1"
	must count before
	[ "${SAID[0]}" -lt "$all" ]
	check_err $? "the test has no entries with $1"
	check_taken "$@"
}

# None are.
takes_nothing_away() # CMD...
{
	snapshot before
	check_taken '' "$@"
}

check_taken() # SELECT CMD...
{
	"${@:2}"
	snapshot after
	same_as before after "${*:2}"
	ask close before after
}

# Words of wire for it
IS_PERMANENT="state=permanent|noarp+permanent"
IS_EXTERN_LEARN="flags=self+extern_learn|self+extern_learn+router"
NOT_EXTERN_LEARN="flags!=self+extern_learn flags!=self+extern_learn+router"
IS_ROUTER="flags=self+router|self+extern_learn+router"
NOT_ROUTER="flags!=self+router flags!=self+extern_learn+router"

flushed_by_bridge()
{
	with_fdb
	takes_away "" bridge_fdb flush dev ovl0
	takes_away "" bridge_fdb flush dev ovl0 self
	takes_away "$IS_PERMANENT" bridge_fdb flush dev ovl0 self permanent
	takes_away "state=reachable|reachable+noarp" bridge_fdb flush dev ovl0 self nopermanent
	takes_away "$IS_EXTERN_LEARN" bridge_fdb flush dev ovl0 self extern_learn
	takes_away "state=reachable $IS_EXTERN_LEARN" \
		bridge_fdb flush dev ovl0 self nopermanent extern_learn
	log_test "bridge fdb flush"
}

flushed_by_state()
{
	local perm=$PERMANENT noarp=$NOARP

	with_fdb
	takes_away "$IS_PERMANENT" fdb flush state=$perm statemask=$perm
	takes_away "state=reachable|reachable+noarp" fdb flush state=0 statemask=$perm
	takes_away "state=reachable+noarp|noarp+permanent" fdb flush state=$noarp statemask=$noarp
	takes_away "state=reachable|permanent" fdb flush state=0 statemask=$noarp
	takes_away state=permanent fdb flush state=$perm statemask=$((perm | noarp))
	takes_away state=noarp+permanent \
		fdb flush state=$((perm | noarp)) statemask=$((perm | noarp))
	# static; dynamic
	takes_away state=reachable+noarp fdb flush state=$noarp statemask=$((perm | noarp))
	takes_away state=reachable fdb flush state=0 statemask=$((perm | noarp))
	takes_away "" fdb flush state=0 statemask=0
	log_test "a flush by states"
}

flushed_by_flags()
{
	local self=$SELF

	with_fdb
	takes_away "$IS_EXTERN_LEARN" fdb flush flags=$((self | EXTERN_LEARN)) flagsmask=$EXTERN_LEARN
	takes_away "$NOT_EXTERN_LEARN" fdb flush flags=$self flagsmask=$EXTERN_LEARN
	takes_away "$IS_ROUTER" fdb flush flags=$((self | ROUTER)) flagsmask=$ROUTER
	takes_away "$NOT_ROUTER" fdb flush flags=$self flagsmask=$ROUTER
	takes_away flags=self+extern_learn+router fdb flush \
		flags=$((self | ROUTER | EXTERN_LEARN)) flagsmask=$((ROUTER | EXTERN_LEARN))
	takes_away "state=noarp+permanent flags=self+router" \
		fdb flush flags=$((self | ROUTER)) flagsmask=$((ROUTER | EXTERN_LEARN)) \
		state=$PERMANENT statemask=$PERMANENT
	log_test "a flush by flags"
}

flushed_by_keys()
{
	local key NEXTHOP

	if ! kernel_is_at_least 6 7; then
		log_test_skip "a flush by endpoints" "this kernel does not pass them on"
		return
	fi
	with_fdb
	ip_in "$A" <<-END
	nexthop add id 1 via $B4 fdb
	nexthop add id 2 via $C4 fdb
	nexthop add id 10 group 1/2 fdb
	nexthop add id 20 group 1 fdb
	END
	NEXTHOP=y
	takes_away dst=$B4 fdb flush dst=$B4
	takes_away dst=$C6 fdb flush dst=$C6
	takes_away port=7000 fdb flush port=7000
	takes_away vni=77 fdb flush vni=77
	# what is not said of an entry is as the device has it
	takes_away "vni=- nh=-" fdb flush vni=$VNI
	takes_away "port=- nh=-" fdb flush port=6081
	takes_away "dst=$B4 port=7000 vni=77" fdb flush dst=$B4 port=7000 vni=77
	takes_away "dst=$B6 vni=77" fdb flush dst=$B6 vni=77
	takes_away nh=10 fdb flush nh=10
	takes_away "" fdb flush srcvni=$VNI
	takes_away "dst=$B4 state=reachable+noarp" \
		fdb flush dst=$B4 state=$NOARP statemask=$((PERMANENT | NOARP))
	NEXTHOP=
	# what nobody has
	some_of_each
	for key in vni=79 port=7002 srcvni=77 dst=$D4 dst=fd00::9 nh=10 \
			"dst=$B4 port=7001" "dst=$C6 vni=78"; do
		takes_nothing_away fdb flush "$key"
	done
	log_test "a flush by endpoints"
}

# Both of the bridge's and of the device's own, each once; from both sides.
bridge_port()
{
	local line seen twice wanted

	with_fdb
	ip_in "$A" <<-END
	link add br0 type bridge
	link set br0 addrgenmode none up
	link set ovl0 master br0
	END
	bridge -n "$A" -b - <<-END
	fdb append $ZERO dev ovl0 dst $B4
	fdb append $ZERO dev ovl0 dst $B6
	fdb add $(mac 1) dev ovl0 dst $B4 static
	fdb add $(mac 1) dev ovl0 master static
	fdb add $(mac 2) dev ovl0 dst $C6 self extern_learn
	fdb add $(mac 2) dev ovl0 master extern_learn
	END
	check_err $? "bridge -b: refused"
	for line in "dev ovl0" "br br0" "brport ovl0"; do
		# shellcheck disable=SC2086 # two words
		seen=$(bridge -n "$A" fdb show $line | sed 's/ *$//; s/ dev ovl0//')
		twice=$(uniq -d <<< "$(sort <<< "$seen")")
		[ -z "$twice" ]
		check_err $? "expected of bridge fdb show $line: each entry once, seen twice: $twice"
		for wanted in "$ZERO dst $B4 self permanent" "$ZERO dst $B6 self permanent" \
				"$(mac 1) dst $B4 self static" "$(mac 1) *master br0 static" \
				"$(mac 2) dst $C6 self extern_learn permanent" \
				"$(mac 2) *extern_learn master br0"; do
			grep -q "^$wanted" <<< "$seen"
			check_err $? "expected of bridge fdb show $line: $wanted, seen: $seen"
		done
	done
	# the device's own of a port: flushed apart
	bridge_fdb flush dev ovl0 self
	seen=$(bridge -n "$A" fdb show dev ovl0)
	[[ $seen != *self* && $seen == *"$(mac 1)"*master* ]]
	check_err $? "expected after a flush of self: the bridge's own, seen: $seen"
	log_test "as the port of a bridge"
}

goes_down()
{
	with_fdb remote $B4 learning
	fdb append mac=$ZERO dst=$C4
	fdb add mac="$(mac 1)" dst=$B4
	fdb add mac="$(mac 2)" dst=$B4 state=$((REACHABLE | NOARP))
	fdb add mac="$(mac 3)" dst=$B4 state=$REACHABLE
	send u1 $OUTER4 $IN4 in.smac="$(mac 4)"
	becomes "$(mac 4)" dst=$B4 state=reachable
	ip_in "$A" link set ovl0 down
	shows <<-END
	$ZERO dst $B4 self permanent
	$ZERO dst $C4 self permanent
	$(mac 1) dst $B4 self permanent
	$(mac 2) dst $B4 self static
	END
	ip_in "$A" link set ovl0 up
	fdb add mac="$(mac 3)" dst=$B4 state=$REACHABLE
	has "$(mac 3)" "dst $B4 self"
	log_test "going down, it forgets what is not there for good"
}

tests_run
exit "$EXIT_STATUS"
