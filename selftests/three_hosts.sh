#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three hosts, each with a bridge that has a tenant and an ovl device as ports:
# a network of all three by flooding and learning, by a written FDB, by a
# multicast group, by nexthop groups of which a path dies; and a tenant that
# moves to another host while it is sent to.  (The picture: lib_hosts.sh)

. "${0%/*}/lib_hosts.sh"

ALL_TESTS="learning_ipv4 learning_ipv6 learning_mixed written group_ipv4 group_ipv6
	path_dies moves_by_learning moves_by_writing"

# Packets of the flow to a tenant that moves, and the time between two of them
FLOW=400 GAP_US=2500

# The address by which a host reaches another one.
ipv4() { echo "10.0.0.$2"; }
ipv6() { echo "fd00::$2"; }
# Hosts 1 and 2 by IPv6, 3 and the others by IPv4
mixed() { if [ "$1" = 3 ] || [ "$2" = 3 ]; then ipv4 "$@"; else ipv6 "$@"; fi; }

# Each host floods to each other one by the address that FAMILY gives.
flood_lists() # FAMILY
{
	local from to

	for from in $HOSTS; do
		for to in $(others "$from"); do
			echo "$from fdb append 00:00:00:00:00:00 dev ovl0 dst $("$1" "$from" "$to") self permanent"
		done
	done | on_hosts
}

# Lines of HOST COMMAND for bridge.
on_hosts()
{
	local line n lines

	lines=$(cat)
	for n in $HOSTS; do
		while read -r line; do
			[[ $line != "$n "* ]] || echo "${line#* }"
		done <<< "$lines" | bridge -n "${HOST[$n]}" -b -
		check_err $? "the FDB of host $n could not be written"
	done
}

# The MACs of the others are known by then.
all_learned() # FAMILY
{
	local from to

	for from in $HOSTS; do
		for to in $(others "$from"); do
			check_fdb "${HOST[$from]}" ovl0 \
				"^${TMAC[$to]} dst $("$1" "$from" "$to") "
		done
	done
}

learning() # FAMILY
{
	local from

	for from in $HOSTS; do
		# vxlan has one family on a device
		if [ "$KIND" = vxlan ] && [ "$1" = ipv6 ]; then
			overlay "$from" $LEARNING local fd00::$from
		else
			overlay "$from" $LEARNING
		fi
	done
	flood_lists "$1"
	floods 1 2
	check_fdb "${HOST[2]}" ovl0 "${TMAC[1]} dst "
	check_fdb "${HOST[3]}" ovl0 "${TMAC[1]} dst "
	all_ping
	all_learned "$1"
	goes_to 1 2
	goes_to 2 3
	goes_to 3 1
	# nobody has ever heard of that one
	number
	send e1 dmac=02:00:00:00:09:09 smac=${TMAC[1]} src=192.168.0.1 \
		dst=192.168.0.9 $FRAME
	expect s1 n=2 dir=in $CARRIED
	floods 3 2
}

learning_ipv4()
{
	learning ipv4
	log_test "flood lists and learning over IPv4"
}

learning_ipv6()
{
	learning ipv6
	log_test "flood lists and learning over IPv6"
}

learning_mixed()
{
	[ "$KIND" = ovl ] ||
		{ log_test_skip "flood lists of both families" "$KIND has one"; return; }
	learning mixed
	expect s1 dir=in src=fd00::1 dst=fd00::2 dport=6081
	expect s1 dir=in src=10.0.0.1 dst=10.0.0.3 dport=6081
	none s1 dir=in dst=fd00::3 dport=6081
	none s1 dir=in dst=10.0.0.2 dport=6081
	log_test "flood lists of both families and learning"
}

written()
{
	local from to n

	for n in $HOSTS; do
		overlay "$n" $NO_LEARNING
	done
	flood_lists ipv4
	for from in $HOSTS; do
		for to in $(others "$from"); do
			echo "$from fdb add ${TMAC[$to]} dev ovl0 dst 10.0.0.$to self static"
		done
	done | on_hosts
	all_ping
	goes_to 1 2
	goes_to 1 3
	goes_to 3 2
	floods 2 2
	# who is not in the list gets nothing that is flooded, but what is his
	bridge -n "${HOST[1]}" fdb del 00:00:00:00:00:00 dev ovl0 dst 10.0.0.3
	number
	send e1 dmac=ff:ff:ff:ff:ff:ff smac=${TMAC[1]} src=192.168.0.1 \
		dst=192.168.0.255 $FRAME
	expect e2 dir=in sport=$NUMBER
	expect s1 dir=in $CARRIED : dst=10.0.0.2
	goes_to 1 3
	none e3 dir=in sport=$((NUMBER - 1))
	for n in $HOSTS; do
		[ "$(fdb "${HOST[$n]}" ovl0 | grep -vcE ' (permanent|static)')" = 0 ]
		check_err $? "something was learned: $(fdb "${HOST[$n]}" ovl0)"
	done
	log_test "a written FDB without learning"
}

group() # GROUP
{
	local n

	for n in $HOSTS; do
		overlay "$n" $LEARNING group "$1" dev u0
	done
	floods 1 1
	all_ping
	all_learned "$2"
	goes_to 1 2
	goes_to 2 3
	number
	send e1 dmac=ff:ff:ff:ff:ff:ff smac="${TMAC[1]}" src=192.168.0.1 \
		dst=192.168.0.255 $FRAME
	expect s1 dir=in $CARRIED : dst="$1" src="$("$2" 2 1)" ttl=1
}

group_ipv4()
{
	group 239.1.1.1 ipv4
	log_test "a multicast group over IPv4"
}

group_ipv6()
{
	group ff05::5001 ipv6
	log_test "a multicast group over IPv6"
}

# The same MAC behind hosts 2 and 3, as a server that is connected to both: a
# nexthop group.  Flows are divided; when host 3 dies all of them go to host 2.
SERVER=02:00:00:00:01:fe

path_dies()
{
	local n first

	for n in $HOSTS; do
		overlay "$n" $NO_LEARNING
	done
	flood_lists ipv4
	ip_in "${HOST[1]}" <<-END
	nexthop add id 2 via 10.0.0.2 fdb
	nexthop add id 3 via 10.0.0.3 fdb
	nexthop add id 10 group 2/3 fdb
	END
	defer forget_nexthops
	bridge -n "${HOST[1]}" fdb add $SERVER dev ovl0 nhid 10 self
	check_err $? "could not add an entry with nhid 10"

	sixty_four_flows
	seen_by e2 && [ "$SEEN" -ge 8 ] && [ "$SEEN" -le 56 ]
	check_err $? "expected: about half of 64 flows at host 2, seen: $SEEN"
	first=$SEEN
	seen_by e3 && [ "$SEEN" = $((64 - first)) ]
	check_err $? "expected: $((64 - first)) flows at host 3, seen: $SEEN"

	# and not only the packets of those that went there
	clear_port e2 e3
	ip_in "${HOST[1]}" nexthop del id 3
	check_fdb "${HOST[1]}" ovl0 "$SERVER nhid 10 "
	sixty_four_flows
	seen_by e2 && [ "$SEEN" = 64 ]
	check_err $? "expected: 64 flows at host 2, seen: $SEEN"
	log_test "a nexthop group with a path that dies"
}

forget_nexthops()
{
	ip -n "${HOST[1]}" nexthop flush > /dev/null
}

# All of them have arrived somewhere when this returns.
sixty_four_flows()
{
	send e1 count=64 inc=sport dmac=$SERVER smac="${TMAC[1]}" src=192.168.0.1 \
		dst=192.168.0.254 sport=20000
	busywait $((WAIT_TIMEOUT * 1000)) sixty_four_have_come
	check_err $? "not all 64 packets have arrived"
}

sixty_four_have_come()
{
	local all

	seen_by e2
	all=$SEEN
	seen_by e3
	[ $((all + SEEN)) = 64 ]
}

seen_by() # PORT
{
	must count "$1" dir=in dmac=$SERVER
	SEEN=${SAID[0]}
}

# Tenant 1 sends to a tenant on host 2, numbered, at a steady rate; the tenant
# moves to host 3 amidst.  Of all that is sent, only what is under way while it
# has no place may be missing.
VAGRANT=02:00:00:00:01:fd

moving() # ANNOUNCE TYPE-ARGUMENT...
{
	local n seen lost before gap=$GAP_US

	for n in $HOSTS; do
		overlay "$n" "${@:2}"
	done
	flood_lists ipv4
	# a tenant that is on one host at a time
	"$1" 2
	[ -z "${KSFT_MACHINE_SLOW:-}" ] || gap=$((gap * 4))
	send_steadily "${TENANT[1]}" e0 $FLOW $gap dmac=$VAGRANT smac="${TMAC[1]}" \
		src=192.168.0.1 dst=192.168.0.253
	# when a third is sent
	expect e2 within=60000 dir=in dmac=$VAGRANT sport=$((30000 + FLOW / 3))
	before=${EPOCHREALTIME/[.,]/}
	"$1" 3
	lost=$(((${EPOCHREALTIME/[.,]/} - before) / gap + 3))
	sent
	expect e3 dir=in dmac=$VAGRANT sport=$((30000 + FLOW - 1))
	must count e2 dir=in dmac=$VAGRANT
	seen=$((SAID[0] + 2))
	must count e3 dir=in dmac=$VAGRANT
	seen=$((SAID[0] + seen))
	[ "$((FLOW - seen))" -le "$lost" ]
	check_err $? "expected: at most $lost of $FLOW lost, seen: $((FLOW - seen))"
	[ "$seen" -le "$FLOW" ]
	check_err $? "expected: no packet twice, seen: $seen of $FLOW"
	log_info "$((FLOW - seen)) of $FLOW lost, bound $lost"
}

# It speaks up at its new place.
by_learning() # HOST
{
	send e$1 dmac=ff:ff:ff:ff:ff:ff smac=$VAGRANT src=192.168.0.253 \
		dst=192.168.0.255
	check_fdb "${HOST[1]}" ovl0 "$VAGRANT dst 10.0.0.$1 "
}

moves_by_learning()
{
	moving by_learning $LEARNING
	log_test "a tenant that moves while it is sent to, by learning"
}

# A control plane tells host 1.
by_writing() # HOST
{
	bridge -n "${HOST[1]}" fdb replace $VAGRANT dev ovl0 dst 10.0.0.$1 self extern_learn
	check_err $? "could not replace the entry"
}

moves_by_writing()
{
	moving by_writing $NO_LEARNING
	log_test "a tenant that moves while it is sent to, by replaced entries"
}

tests_run_on_hosts
exit "$EXIT_STATUS"
