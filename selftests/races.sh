#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All at once, on whatever processors there are: learning from traffic, ageing,
# dumping, flushing, adding and deleting entries, nexthops, VNIs and devices,
# changing the device and its options, the underlay going down, up and away,
# namespaces and the module going.  The kernel does not complain, no written entry
# is lost, what is counted is what is there, and nothing stays when it is over.
#
#   A                         B
#   ovl0, and what comes and goes
#   u0  10.0.0.1 ------------ u1  10.0.0.2 and others (wire)

. "${0%/*}/lib_hosts.sh"
. "${0%/*}/lib_gro.sh"

ALL_TESTS="fdb_of_a_device several_devices options_and_flows vnis underlay_goes
	namespaces module"

# How long each function lasts; a minute before a release
: "${OVL_RACE_SECONDS:=$((${#KSFT_MACHINE_SLOW} ? 2 : 3))}"

# Entries that nobody touches
WRITTEN=200

# The shortcut past UDP is for packets whose checksum needs no sum (lean_in.c).
SUMS=(csum=partial csum=zero csum=auto)

# Lines without end, as fast as they are taken, and as long as somebody takes
# them: those that write them end with the first that cannot be written.
traffic_in()
{
	local mac i

	echo "port p $B u1"
	while echo '#'; do
		for ((i = 0; i < 50; i++)); do
			printf -v mac '02:00:00:01:%02x:%02x' $((RANDOM % 16)) $((RANDOM % 256))
			echo "send p $OUTER4 ${SUMS[RANDOM % 3]} src=10.0.0.$((RANDOM % 3 + 2)) $IN4 in.smac=$mac"
		done
	done
}

traffic_out()
{
	local mac

	echo "port p $A ovl0"
	while echo '#'; do
		printf -v mac '02:00:00:%02x:%02x:%02x' $((RANDOM % 5)) $((RANDOM % 16)) $((RANDOM % 256))
		echo "send p count=5 inc=sport $TENANT4 dmac=$mac sport=$((RANDOM % 60000 + 1))"
		echo "send p $TENANT4 dmac=ff:ff:ff:ff:ff:ff"
	done
}

# Entries of which others learn, with an endpoint, a group of nexthops, several
entries()
{
	local mac verb

	while echo '#'; do
		printf -v mac '02:00:00:%02x:%02x:%02x' $((RANDOM % 3 + 1)) $((RANDOM % 16)) $((RANDOM % 256))
		verb=$((RANDOM % 3))
		[ $verb != 0 ] || echo "fdb add $mac dev ovl0 dst 10.0.0.2 self"
		[ $verb != 1 ] || echo "fdb replace $mac dev ovl0 dst 10.0.0.$((RANDOM % 3 + 2)) self extern_learn"
		echo "fdb replace $mac dev ovl0 nhid $((RANDOM % 2 + 10)) self"
		[ $verb != 2 ] || echo "fdb del $mac dev ovl0 self"
		echo "fdb append 00:00:00:00:00:00 dev ovl0 dst 10.0.0.$((RANDOM % 3 + 3)) self"
		echo "fdb del 00:00:00:00:00:00 dev ovl0 dst 10.0.0.$((RANDOM % 3 + 3)) self"
		echo "fdb append 01:00:5e:00:00:01 dev ovl0 dst 10.0.0.$((RANDOM % 3 + 3)) self"
	done
}

nexthops()
{
	while echo '#'; do
		cat <<-END
		nexthop replace id 2 via 10.0.0.$((RANDOM % 3 + 2)) fdb
		nexthop replace id 3 via 10.0.0.$((RANDOM % 3 + 2)) fdb
		nexthop replace id 10 group 2/3 fdb
		nexthop replace id 11 group 3 fdb
		nexthop replace id 10 group 3 fdb
		nexthop del id $((RANDOM % 2 + 10))
		nexthop del id $((RANDOM % 2 + 2))
		END
	done
}

changes()
{
	while echo '#'; do
		cat <<-END
		link set ovl0 type $KIND ageing 1
		link set ovl0 type $KIND nolearning
		link set ovl0 type $KIND learning maxaddress 100
		link set ovl0 type $KIND remote 10.0.0.$((RANDOM % 2 + 8))
		link set ovl0 down
		link set ovl0 up
		link set ovl0 type $KIND maxaddress 65536 ageing 300
		END
	done
}

# Commands again and again
repeat() # CMD...
{
	while "$@" > /dev/null 2>&1 || :; do
		:
	done
}

flush()
{
	bridge -n "$A" fdb flush dev ovl0 self nopermanent nostatic ||
		sleep 1
}

# The command reads what the generator writes, until the end of the function.
pipe() # GENERATOR CMD...
{
	"${@:2}" < <("$1" 2> /dev/null) > /dev/null 2>&1 &
	defer stop $!
}

# One round of what the generator writes is carried out, when all is still quiet.
works() # GENERATOR
{
	"$1" 2> /dev/null | awk '/^#/ && n++ { exit } { print }' | ip -n "$A" -b -
	check_err $? "$1: refused"
}

race()
{
	local end=$((${EPOCHREALTIME/[.,]/} + OVL_RACE_SECONDS * 1000000))

	while [ "${EPOCHREALTIME/[.,]/}" -lt $end ]; do
		read -rt 0.1 -u "$SLEEP_FD" _
	done
}

host_a() # [gro_underlay]
{
	local n

	"${1:-underlay}"
	# nobody looks at what comes
	ask close u0 u1
	for n in {3..9}; do
		echo "neigh replace 10.0.0.$n lladdr $MAC_B dev u0 nud permanent"
	done | ip_in "$A"
}

# Lines that write entries, 02:00:00:00:x:y
write_entries() # DEV
{
	local i

	for ((i = 0; i < WRITTEN; i++)); do
		printf 'fdb add 02:00:00:00:%02x:%02x dev %s dst 10.0.0.%u self\n' \
			$((i / 256)) $((i % 256)) "$1" $((i % 8 + 2))
	done
}

# How many of them are there
written() # DEV
{
	fdb "$A" "$1" | grep -c '^02:00:00:00:.* permanent'
}

on_fdb()
{
	[ "$KIND" != ovl ] || pipe traffic_in "$SELFTESTS/wire"
	pipe traffic_out "$SELFTESTS/wire"
	pipe entries bridge -n "$A" -force -b -
	pipe nexthops ip -n "$A" -force -b -
	pipe changes ip -n "$A" -force -b -
	in_background repeat bridge -n "$A" fdb show dev ovl0
	in_background repeat ip -n "$A" link xstats type "$KIND"
	in_background repeat flush
	race
}

# Entries that were learned: as the device counts them, and as they are shown
learned()
{
	ip -n "$A" -s -d -j link show ovl0 | jq '.[0].linkinfo.info_data.learned // 0'
}

packets() # rx|tx
{
	ip -n "$A" -s -j link show ovl0 | jq ".[0].stats64.$1.packets"
}

shown_as_learned()
{
	bridge -n "$A" -j fdb show dev ovl0 | jq '[.[] |
		select((.flags | index("self")) and (.flags | index("extern_learn") | not) and
		.state != "permanent" and .state != "static" and .nhid == null)] | length'
}

fdb_of_a_device()
{
	host_a
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI $LEARNING remote $B4 ageing 1
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
	write_entries ovl0 | bridge -n "$A" -b -
	[ "$(written ovl0)" = $WRITTEN ]
	check_err $? "expected: $WRITTEN entries, seen: $(written ovl0)"
	in_defer_scope on_fdb
	[ "$(written ovl0)" = $WRITTEN ]
	check_err $? "expected: $WRITTEN entries, seen: $(written ovl0)"
	if [ "$KIND" = ovl ]; then
		[ "$(packets rx)" -gt 0 ] && [ "$(packets tx)" -gt 0 ]
		check_err $? "there was no traffic"
		change "$A" ovl0 ageing none nolearning
		busywait $((WAIT_TIMEOUT * 1000)) counts_agree
		check_err $? "expected: $(shown_as_learned) learned, as shown, seen: $(learned)"
	fi
	log_test "the FDB of a device"
}

counts_agree()
{
	[ "$(learned)" = "$(shown_as_learned)" ]
}

# Devices with all that they can hold on to, by the dozen
devices()
{
	local n

	while echo '#'; do
		for n in 1 2 3 4; do
			echo "link add o$n type $KIND id $n $LEARNING group 239.1.1.$((n % 2 + 1)) dev u0"
			echo "link set o$n up"
		done
		for n in 1 2; do
			echo "link set u0 down"
			echo "link set u0 up"
		done
		for n in 1 2 3 4; do
			echo "link del o$n"
		done
	done
}

entries_of_devices()
{
	local n

	while echo '#'; do
		n=$((RANDOM % 4 + 1))
		echo "fdb replace 02:00:00:01:00:0$n dev o$n nhid 10 self"
		echo "fdb append 00:00:00:00:00:00 dev o$n dst 10.0.0.$((RANDOM % 8 + 2)) self"
		echo "fdb add 02:00:00:01:01:0$n dev o$n dst 10.0.0.3 via u0 self"
	done
}

traffic_to_devices()
{
	local n

	echo "port p $B u1"
	while echo '#'; do
		for n in 1 2 3 4; do
			echo "send p $OUTER4 ${SUMS[RANDOM % 3]} vni=$n $IN4 in.smac=02:00:00:02:00:0$((RANDOM % 10))"
			echo "send p $OUTER4 ${SUMS[RANDOM % 3]} vni=$n dst=239.1.1.1 dmac=01:00:5e:01:01:01 $IN4 in.smac=02:00:00:02:01:0$((RANDOM % 10))"
		done
	done
}

on_devices()
{
	[ "$KIND" != ovl ] || pipe traffic_to_devices "$SELFTESTS/wire"
	pipe devices ip -n "$A" -force -b -
	pipe entries_of_devices bridge -n "$A" -force -b -
	pipe nexthops ip -n "$A" -force -b -
	in_background repeat bridge -n "$A" fdb show
	in_background repeat ip -n "$A" link xstats type "$KIND"
	in_background ip netns exec "$A" sh -c \
		'while :; do cat /sys/class/net/o?/iflink; done' > /dev/null 2>&1
	race
}

# The number that the next device will have
next_number()
{
	ip_in "$A" link add probe0 type dummy
	check_err $? "no dummy device"
	NEXT=$(ip -n "$A" -j link show probe0 | jq '.[0].ifindex')
	ip_in "$A" link del probe0
}

# What comes and goes has really come.
devices_were_made() # SINCE
{
	next_number
	[ $((NEXT - $1)) -gt 5 ]
	check_err $? "only $((NEXT - $1 - 1)) devices were made"
}

several_devices()
{
	local n before

	host_a
	ip_in "$A" link add ovl0 type "$KIND" id $VNI $LEARNING remote $B4
	check_err $? "no device"
	write_entries ovl0 | bridge -n "$A" -b -
	next_number
	before=$NEXT
	in_defer_scope on_devices
	devices_were_made "$before"
	[ "$(written ovl0)" = $WRITTEN ]
	check_err $? "expected: $WRITTEN entries, seen: $(written ovl0)"
	for n in 1 2 3 4; do
		drop_tunnel "$A" o$n
	done
	[[ $(ip -n "$A" maddr show dev u0) != *239.1.1.* ]]
	check_err $? "still a member: $(ip -n "$A" maddr show dev u0)"
	log_test "devices that come and go"
}

# Out of a device that comes and goes: who has a socket on it holds its namespace
traffic_out_of() # NAMESPACE DEV
{
	while echo '#'; do
		echo "port o $1 $2"
		echo "send o count=50 inc=sport $TENANT4 dmac=ff:ff:ff:ff:ff:ff sport=1"
		echo "close o"
	done
}

traffic_out_of_c() { traffic_out_of "$C" o1; }
traffic_out_of_o2() { traffic_out_of "$A" o2; }

# A namespace goes with everything in it, traffic on its way there, and one of
# its devices elsewhere.
a_namespace_of_them()
{
	local n

	host_a gro_underlay
	setup_ns C
	ask sysctl "$A" net.ipv4.igmp_max_memberships 100
	for n in {1..8}; do
		echo "link add o$n type $KIND id $n $LEARNING group 239.1.1.$n dev u0"
		echo "link set o$n up"
	done | ip_in "$A"
	ip_in "$A" <<-END
	nexthop add id 2 via 10.0.0.2 fdb
	nexthop add id 10 group 2 fdb
	END
	for n in {1..8}; do
		write_entries o$n
		echo "fdb add 02:00:00:01:00:01 dev o$n nhid 10 self"
	done | bridge -n "$A" -b -
	ip_in "$A" link set o1 netns "$C"
	ip_in "$C" link set o1 up
	[ "$KIND" != ovl ] || pipe traffic_to_devices "$SELFTESTS/wire"
	pipe traffic_out_of_c "$SELFTESTS/wire"
	in_background repeat bridge -n "$A" fdb show
	in_background repeat bridge -n "$C" fdb show
	OVL_RACE_SECONDS=1 race
	ip netns del "$A"
}

namespaces()
{
	local end=$((${EPOCHREALTIME/[.,]/} + OVL_RACE_SECONDS * 1000000))

	while [ "${EPOCHREALTIME/[.,]/}" -lt $end ]; do
		in_defer_scope a_namespace_of_them
	done
	log_test "namespaces that go"
}

# Options of the device and of a peer, flows, and packets with options
option_changes()
{
	local n

	while echo '#'; do
		n=$((RANDOM % 256))
		printf -v n '%02x' $n
		cat <<-END
		link set ovl0 type $KIND opts ffff:01:112233$n,ffff:81:55667788
		link set ovl0 type $KIND peer $B4 opts ffff:02:000000$n
		link set ovl0 type $KIND accept ffff:81,ffff:*
		link set ovl0 type $KIND markopt ffff:05
		link set ovl0 type $KIND reflect $((RANDOM % 64 + 1))
		link set ovl0 type $KIND peer $B4 noopts
		link set ovl0 type $KIND noopts optmax $((RANDOM % 60 * 4 + 8))
		link set ovl0 type $KIND peer $B4 opts device
		link set ovl0 type $KIND reflect none
		link set ovl0 type $KIND noaccept nomarkopt optmax unlimited
		link set ovl0 type $KIND dstport 6082
		link set ovl0 type $KIND dstport 6081
		END
	done
}

traffic_with_options()
{
	local opts sum

	echo "port p $B u1"
	while echo '#'; do
		sum=${SUMS[RANDOM % 3]}
		for opts in ffff0101aabbccdd ffff810155667788 ffff050100000007 \
				ffff0101aabbccddffff0200; do
			echo "send p $OUTER4 $sum $IN4 opts=$opts in.sport=$((RANDOM % 60000 + 1))"
			echo "send p $OUTER4 $sum $IN4 opts=$opts o=1"
			echo "send p $OUTER4 $sum $IN4 c=1 opts=$opts in.ecn=ect0 ecn=ce"
		done
	done
}

on_options()
{
	pipe traffic_with_options "$SELFTESTS/wire"
	pipe traffic_out "$SELFTESTS/wire"
	pipe option_changes ip -n "$A" -force -b -
	in_background repeat ip -n "$A" -d link show ovl0
	in_background repeat ip -n "$A" link xstats type "$KIND"
	in_background ip netns exec "$A" "$SELFTESTS/oam_listen" > /dev/null 2>&1
	race
}

options_and_flows()
{
	only_ovl "options, flows and OAM packets" || return
	host_a gro_underlay
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI remote $B4
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
	works option_changes
	in_defer_scope on_options
	[ "$(packets rx)" -gt 0 ] && [ "$(packets tx)" -gt 0 ]
	check_err $? "there was no traffic"
	log_test "options, flows and OAM packets"
}

# The reference has nothing of the kind.
only_ovl() # TEST
{
	[ "$KIND" != ovl ] || return 0
	log_test_skip "$1" "$KIND does not have it"
	return 1
}

vni_changes()
{
	while echo '#'; do
		cat <<-END
		link set ovl0 type $KIND vni add 1-50
		link set ovl0 type $KIND vni add 1-4 remote $B4
		link set ovl0 type $KIND vni add 2 group 239.1.1.$((RANDOM % 3 + 1))
		link set ovl0 type $KIND vni del 3-$((RANDOM % 40 + 4))
		link set ovl0 type $KIND vni add 2 remote any
		link set ovl0 type $KIND vni del 1-2
		link set ovl0 down
		link set ovl0 up
		END
	done
}

on_vnis()
{
	pipe traffic_to_devices "$SELFTESTS/wire"
	pipe vni_changes ip -n "$A" -force -b -
	in_background repeat bridge -n "$A" fdb show
	in_background repeat ip -n "$A" link xstats type "$KIND"
	race
}

vnis()
{
	only_ovl "VNIs of a device" || return
	host_a
	ip_in "$A" <<-END
	link add ovl0 type $KIND external vnifilter nosrccheck dev u0 learning
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
	check_err $? "no device"
	works vni_changes
	in_defer_scope on_vnis
	[ "$(packets rx)" -gt 0 ]
	check_err $? "there was no traffic"
	drop_tunnel "$A" ovl0
	[[ $(ip -n "$A" maddr show dev u0) != *239.1.1.* ]]
	check_err $? "still a member: $(ip -n "$A" maddr show dev u0)"
	log_test "VNIs of a device"
}

# The underlay's device goes, and those that stand on it with it; some stand on
# nothing but a route.
underlays()
{
	while echo '#'; do
		cat <<-END
		link add d0 type dummy
		addr add 10.9.0.1/24 dev d0
		link set d0 up
		link add o1 type $KIND id 11 $LEARNING group 239.1.1.1 dev d0
		link add o2 type $KIND id 12 $LEARNING remote 10.9.0.2
		link set o1 up
		link set o2 up
		link set d0 mtu $((RANDOM % 500 + 1300))
		link set d0 down
		link set d0 up
		link set o2 type $KIND dev d0
		link del d0
		link del o2
		END
	done
}

on_underlays()
{
	[ "$KIND" != ovl ] || pipe traffic_in "$SELFTESTS/wire"
	pipe traffic_out "$SELFTESTS/wire"
	pipe traffic_out_of_o2 "$SELFTESTS/wire"
	pipe underlays ip -n "$A" -force -b -
	in_background repeat ip -n "$A" -d link show
	in_background repeat ip -n "$A" link xstats type "$KIND"
	race
}

underlay_goes()
{
	local before dev

	host_a
	ip_in "$A" <<-END
	link add ovl0 type $KIND id $VNI $LEARNING remote $B4
	link set ovl0 addrgenmode none
	link set ovl0 up
	END
	check_err $? "no device"
	next_number
	before=$NEXT
	in_defer_scope on_underlays
	devices_were_made "$before"
	for dev in o1 o2 d0; do
		drop_tunnel "$A" $dev
	done
	log_test "underlay devices that go"
}

# The module goes, under whatever happens, and comes again.
on_module()
{
	[ "$KIND" != ovl ] || pipe traffic_to_devices "$SELFTESTS/wire"
	pipe traffic_out_of_o2 "$SELFTESTS/wire"
	pipe devices ip -n "$A" -force -b -
	pipe entries_of_devices bridge -n "$A" -force -b -
	in_background repeat ip -n "$A" link xstats type "$KIND"
	OVL_RACE_SECONDS=1 race
	# a request that is being carried out holds it for a moment
	busywait 20000 modprobe -q -r "$KIND"
	check_err $? "the module cannot be unloaded"
}

module()
{
	local end=$((${EPOCHREALTIME/[.,]/} + OVL_RACE_SECONDS * 1000000)) n=0

	if [ ! -e "/sys/module/$KIND/refcnt" ] || ! module_is_unused; then
		log_test_skip "the module goes and comes" "it is in use"
		return
	fi
	while [ "${EPOCHREALTIME/[.,]/}" -lt $end ] || [ $n -lt 3 ]; do
		in_defer_scope a_module_that_goes
		: $((++n))
		modprobe "$KIND"
		check_err $? "the module cannot be loaded again"
	done
	log_info "unloaded $n times"
	log_test "the module goes and comes"
}

a_module_that_goes()
{
	host_a gro_underlay
	in_defer_scope on_module
}

tests_run
exit "$EXIT_STATUS"
