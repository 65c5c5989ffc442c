#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who has no rights, or rights in a namespace of his own alone, can do no more
# with a device than with one of vxlan; and what is sent, or told about a device,
# holds nothing of the kernel's memory.
#
#   A                                B                    the user's namespace
#   ovl0, vxlan0                                          ovl0, vxlan0 of A
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2 (wire)

. "${0%/*}/lib_hosts.sh"
. "${0%/*}/lib_external.sh"
. "${0%/*}/lib_user.sh"

ALL_TESTS="unprivileged own_namespace given_device other_namespaces oam_of_others
	reserved_bits replies_whole"

[ "$KIND" = ovl ] || skip_all "$KIND is what it is compared with"
modprobe -q vxlan || skip_all "no vxlan to compare with"

MAC_X=02:00:00:00:09:09

# A device of each kind in a namespace, which are called like it
two_devices() # CMD-OF-IP...
{
	"$@" link add ovl0 type ovl id $VNI remote $B4 &&
	"$@" link add vxlan0 type vxlan id $VNI remote $B4 dstport 4789
	check_err $? "could not make two devices"
}

# How those say it who refuse: the kernel, or ip, which asks first in some versions
REFUSED="not permitted|EPERM|no rights|not exist|Unknown network namespace"
REFUSED+="|Cannot find|No such device|Invalid \"netns\" value"

# What somebody tries with each kind, K in it: nothing that vxlan refuses.
# Prints how it ended with both.
compared() # WHO... -- COMMAND
{
	local who=() kind ended=() said refused

	while [ "$1" != -- ]; do
		who+=("$1")
		shift
	done
	shift
	for kind in vxlan ovl; do
		refused=$said
		said=$("${who[@]}" "${@//K/$kind}" 2>&1)
		ended+=("$?")
		[ -z "$VERBOSE" ] || echo "${*//K/$kind}: ${ended[-1]} $said"
	done
	# (6.1 has no vxlan that flushes, for anybody)
	[ "${ended[0]}" = 0 ] || [ "${ended[1]}" != 0 ] ||
		[[ $refused =~ "not supported" ]]
	check_err $? "${who[*]} ${*//K/ovl} is done, with vxlan it is refused"
	OVL_ENDED=${ended[1]} OVL_SAID=$said
}

# The same, and it is refused.
denied() # WHO... -- COMMAND
{
	compared "$@"
	[ "$OVL_ENDED" != 0 ]
	check_err $? "$* is not refused"
	[[ $OVL_SAID =~ $REFUSED ]]
	check_err $? "$* is refused for another reason: $OVL_SAID"
}

# The same, and it is done.
allowed() # WHO... -- COMMAND
{
	compared "$@"
	[ "$OVL_ENDED" = 0 ]
	check_err $? "$* is refused: $OVL_SAID"
}

all_shown()
{
	ip -n "$A" -d link show
	ip -n "$A" link xstats type ovl
	bridge -n "$A" -d fdb show
}

unprivileged()
{
	local before who

	underlay
	who=(nobody "$A")
	two_devices ip -n "$A"
	bridge -n "$A" fdb add $MAC_TB dev ovl0 dst $B4 self
	bridge -n "$A" fdb add $MAC_TB dev vxlan0 dst $B4 self
	before=$(all_shown)
	while read -r command; do
		denied "${who[@]}" -- $command
	done <<-END
	ip link add new0 type K id 7 remote $B4
	ip link set K0 up
	ip link set K0 type K ttl 9
	ip link set K0 mtu 1300
	ip link set K0 netns 1
	ip link del K0
	bridge fdb add $MAC_X dev K0 dst $B4 self
	bridge fdb append 00:00:00:00:00:00 dev K0 dst $B4 self
	bridge fdb replace $MAC_TB dev K0 dst 10.0.0.9 self
	bridge fdb del $MAC_TB dev K0 self
	bridge fdb flush dev K0
	END
	denied "${who[@]}" -- ip link set ovl0 type ovl peer $B4 noopts
	# (a program that gives up its rights itself: it may lie where nobody gets to)
	denied ip netns exec "$A" -- "$SELFTESTS/oam_listen" -u 65534
	[ "$before" = "$(all_shown)" ]
	check_err $? "something has changed: $(diff <(echo "$before") <(all_shown))"
	allowed "${who[@]}" -- ip -d link show K0
	allowed "${who[@]}" -- bridge fdb show dev K0
	log_test "a user without rights"
}

# In a namespace of his own he may do the same as with vxlan.
own_namespace()
{
	setup_user || { log_test_skip "a user's own namespace" "no user namespaces"; return; }
	user ip -b - <<-END
	link add u0 type dummy
	link set u0 up
	addr add $A4/24 dev u0
	END
	two_devices user ip
	while read -r command; do
		allowed user -- $command
	done <<-END
	ip link set K0 up
	ip link set K0 type K ttl 9
	bridge fdb add $MAC_X dev K0 dst $B4 self
	bridge fdb append 00:00:00:00:00:00 dev K0 dst 10.0.0.9 self
	bridge fdb flush dev K0
	ip link del K0
	END
	log_test "root of a namespace of his own, there"
}

# A device that was given to him sends by an underlay that is not his.
given_device()
{
	local before

	underlay
	setup_user || { log_test_skip "a device that was given away" "no user namespaces"; return; }
	two_devices ip -n "$A"
	ip_in "$A" <<-END
	link set ovl0 netns $USER_PID
	link set vxlan0 netns $USER_PID
	END
	before=$(user ip -d link show ovl0; user bridge fdb show dev ovl0)
	while read -r command; do
		compared user -- $command
	done <<-END
	ip link set K0 type K ttl 9
	ip link set K0 type K remote 10.0.0.9
	ip link set K0 type K id 7
	bridge fdb add $MAC_X dev K0 dst $B4 self
	bridge fdb add $MAC_X dev K0 dst $B4 self via lo
	bridge fdb flush dev K0
	END
	# and less than with vxlan: he does not steer what the underlay carries
	denied user -- ip link set ovl0 type ovl remote 10.0.0.9
	denied user -- bridge fdb append 00:00:00:00:00:00 dev ovl0 dst 10.0.0.9 self
	denied user -- bridge fdb flush dev ovl0
	denied user -- ip link set K0 netns 1
	[ "$before" = "$(user ip -d link show ovl0; user bridge fdb show dev ovl0)" ]
	check_err $? "something has changed: $(user ip -d link show ovl0)"
	allowed user -- ip link set K0 up
	allowed user -- ip link set K0 mtu 1300
	allowed user -- ip link del K0
	log_test "root of a namespace, with a device that was given to him"
}

# Of others' namespaces he has only the number, if that
other_namespaces()
{
	local index

	underlay
	setup_user || { log_test_skip "others' namespaces" "no user namespaces"; return; }
	two_devices ip -n "$A"
	index=$(ip -n "$A" -j link show ovl0 | jq '.[0].ifindex')
	denied user -- ip link add new0 netns 1 type K id 7 remote $B4
	denied user -- ip link add new0 link-netnsid 0 type K id 7 remote $B4
	denied user -- ip -n "$A" link show
	denied user -- ip link set "if$index" type K ttl 9
	denied user -- ip link del "if$index"
	[ -z "$(user ip link xstats type ovl)" ] && [ -z "$(user bridge fdb show)" ]
	check_err $? "seen: $(user ip link xstats type ovl; user bridge fdb show)"
	[ "$(ip -n "$A" -br link | grep -c '^\(ovl\|vxlan\)0')" = 2 ]
	check_err $? "there should be two devices: $(ip -n "$A" -br link)"
	log_test "root of a namespace, with devices of another one"
}

oam_of_others()
{
	local said

	underlay
	setup_user || { log_test_skip "OAM packets of others" "no user namespaces"; return; }
	tunnel "$A" ovl0 id $VNI remote $B4
	said=$(mktemp)
	defer rm "$said"
	"${AS_USER[@]}" "$SELFTESTS/oam_listen" > "$said" &
	defer kill $!
	busywait 5000 grep -q join "$said"
	mark ovl0
	send u1 $OUTER4 $IN4 o=1
	moved ovl0 rx_oam=1
	sleep 0.3
	[ "$(< "$said")" = joined ]
	check_err $? "told to a user of another namespace: $(< "$said")"
	log_test "OAM packets are not told to users of another namespace"
}

# Whatever a frame was before: the header says only what it should.
clean_header() # FRAME [FIELDS...]
{
	clear_port u1
	send ovl0 $1
	expect u1 dir=in l4=udp : ver=0 o=0 rsvd1=0 rsvd2=0 csum=ok "${@:2}"
	none u1 dir=in l4=udp rsvd1!=0
	none u1 dir=in l4=udp rsvd2!=0
}

headers_of() # MAKE ARGUMENTS
{
	local opts=ffff:01:,ffff:02:11223344

	"$1" "$A" ovl0 "${@:2}"
	clean_header "$FRAME" optlen=0 opts=-
	change "$A" ovl0 opts $opts
	clean_header "$FRAME" optlen=3 opts=ffff0100ffff020111223344
	change "$A" ovl0 noopts remote $B6
	clean_header "$FRAME" optlen=0 opts=-
	drop_tunnel "$A" ovl0
	ask close ovl0
}

reserved_bits()
{
	underlay
	# memory that packets will be made of
	send u1 count=500 $OUTER4 vni=9 rsvd1=63 rsvd2=255 proto=0x1234 \
		in.raw="$(printf 'ff%.0s' {1..1000})"
	FRAME="$TENANT4 pay=1" headers_of tunnel id $VNI remote $B4
	FRAME="$L3TENANT4 pay=1" headers_of tunnel_l3 id $VNI remote $B4
	# of what is remembered, the reserved bits are not
	tunnel_l3 "$A" ovl0 id $VNI nosrccheck reflect 10
	send u1 $OUTER4 $L3IN4 rsvd1=63 rsvd2=255 opts=ffff01e111223344 in.sport=5 in.dport=6
	expect ovl0 dir=in sport=5
	clean_header "src=$TA4 dst=$TB4 sport=6 dport=5" opts=ffff010111223344
	log_test "the reserved bits of headers are zero"
}

# Twice the same, whatever was in the memory of the answer before.
replies_are_whole() # WHAT
{
	local index zero other

	index=$(ip -n "$A" -j link show ovl0 | jq '.[0].ifindex')
	zero=$(ip netns exec "$A" "$SELFTESTS/nlraw" 0 "$index")
	check_err $? "no answers about $1"
	for pattern in 0xff 0xa5; do
		other=$(ip netns exec "$A" "$SELFTESTS/nlraw" $pattern "$index")
		[ "$zero" = "$other" ]
		check_err $? "$1: $(diff <(echo "$zero") <(echo "$other") | cut -c 1-400)"
	done
}

replies_whole()
{
	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 dev u0 opts $PLAIN_OPT,ffff:02: \
		accept ffff:81 markopt ffff:05 learning
	bridge -n "$A" -b - <<-END
	fdb append 00:00:00:00:00:00 dev ovl0 dst $B6 self
	fdb append 00:00:00:00:00:00 dev ovl0 dst 10.0.0.3 port 6082 vni 7 via u0 self
	fdb add $MAC_TB dev ovl0 dst $B4 self
	END
	change "$A" ovl0 peer $B6 opts $CRIT_OPT
	send ovl0 $TENANT4
	expect u1 dir=in vni=$VNI
	replies_are_whole "a device with entries"
	drop_tunnel "$A" ovl0
	ask close ovl0
	tunnel "$A" ovl0 external vnifilter dev u0
	change "$A" ovl0 vni add 10-20 remote $B4 vni add 30 group 239.1.1.1
	replies_are_whole "a device with VNIs"
	log_test "what is told of a device was written"
}

tests_run
exit "$EXIT_STATUS"
