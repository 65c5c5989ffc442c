#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every attribute can be given when a device is made, changed while it lives,
# and is shown in the words that set it; what is not named in a change stays.
#
#   A
#   ovl0 over u0 or over any device; nothing is sent

. "${0%/*}/lib.sh"

ALL_TESTS="defaults external vnifilter made changed endpoint srccheck_default all_at_once
	typed_again json kept"

SENDING="local any nodev dstport 6081 srcport 1 65535 ttl auto tos 0"
TABLE="nolearning ageing 300 maxaddress 65536 srccheck"
OPTIONS="noopts noaccept nomarkopt optmax unlimited critmismatch drop reflect none"
LAST="$OPTIONS noexternal novnifilter localbypass noproxy nol2miss nol3miss noinnerprotoinherit"
DEFAULT="id 5001 remote 10.0.0.2 $SENDING df set ecn normal $TABLE udpcsum $LAST"
DEFAULT6="id 5001 remote fd00::2 $SENDING flowlabel auto df set ecn normal $TABLE
	noudp6zerocsumtx noudp6zerocsumrx $LAST"
# Endpoints of both families may come: what is for either means something.
DEFAULT_NONE="id 5001 $SENDING flowlabel auto df set ecn normal $TABLE udpcsum
	noudp6zerocsumtx noudp6zerocsumrx $LAST"

# Words that can be given alone, over IPv4 and over IPv6.
WORDS=("local 10.0.0.1" "dev u0" "dstport 6082" "srcport 2000 3000"
	"srcport 7 7" "ttl 1" "ttl 255" "ttl inherit" "ttl auto" "tos 0xfc"
	"tos 0x4" "tos inherit" "df unset" "df inherit" "df set" "ecn compat"
	"ecn normal" "learning" "nolearning" "ageing 1" "ageing none"
	"ageing 315360000" "ageing 300" "maxaddress 1" "maxaddress unlimited"
	"maxaddress 4294967295" "maxaddress 65536" "nolocalbypass" "localbypass"
	"proxy" "noproxy" "l2miss" "nol2miss" "l3miss" "nol3miss"
	"noudpcsum" "udpcsum" "nosrccheck" "srccheck" "opts ffff:01:11223344"
	"opts ffff:82:,0102:03:1122334455667788,ffff:82:" "noopts"
	"accept ffff:81" "accept 0102:81,0102:01,ffff:*" "noaccept"
	"markopt ff01:01" "markopt ff01:81" "nomarkopt" "optmax 0" "optmax 252"
	"optmax unlimited" "critmismatch accept" "critmismatch drop"
	"reflect 1" "reflect 65536" "reflect none" "id 0"
	"id 16777215" "remote 10.0.0.9" "local any" "nodev")
WORDS6=("local fd00::1" "flowlabel 0" "flowlabel 0xfffff" "flowlabel inherit"
	"flowlabel auto" "udp6zerocsumtx" "noudp6zerocsumtx" "udp6zerocsumrx"
	"noudp6zerocsumrx" "remote fd00::9" "ttl inherit" "local any" "learning"
	"nolearning" "ageing 7" "maxaddress 8")

# Carry out lines of ip in one process; the attributes of ovl0, as each
# "link show" among them tells, are then in the array SHOWN.
try()
{
	local line rest

	SHOWN=()
	while read -r line; do
		case $line in
		*" $KIND id "*|*" $KIND local "*)
			rest=${line#* "$KIND" }
			SHOWN+=("${rest%% addrgenmode *} ")
			;;
		esac
	done < <(ip -n "$A" -o -d -b - 2>&1)
}

# In one line.
words()
{
	echo "$*"
}

# The words WORDS are in what is shown, the flags among them as they are.
check_shown() # SHOWN WORDS
{
	[[ " $1" == *" $2 "* ]]
	check_err $? "wanted '$2', shown: $1"
}

host_a()
{
	setup_ns A
	ip -n "$A" link add u0 type dummy
	ip_in "$A" <<-END
	link set u0 addrgenmode none up
	addr add 10.0.0.1/24 dev u0
	addr add fd00::1/64 dev u0 nodad
	END
}

defaults()
{
	local remote wanted

	host_a
	for remote in "remote 10.0.0.2" "remote fd00::2" "" "remote any" "group any"; do
		try <<-END
		link add ovl0 type $KIND id 5001 $remote
		link show ovl0
		link del ovl0
		END
		case $remote in
		*10.0.0.2) wanted=$DEFAULT ;;
		*fd00::2) wanted=$DEFAULT6 ;;
		*) wanted=$DEFAULT_NONE ;;
		esac
		[ "${SHOWN[*]}" = "$(words $wanted) " ]
		check_err $? "with '$remote', shown: ${SHOWN[*]}"
	done
	log_test "the defaults are those of the design"
}

# In the place of the VNI; the rest is as with no endpoint.
external()
{
	local wanted=${DEFAULT_NONE#id 5001}

	host_a
	wanted=${wanted/noexternal/external}
	wanted="$(words ${wanted/srccheck/nosrccheck}) "
	try <<-END
	link add ovl0 type $KIND external
	link show ovl0
	link set ovl0 type $KIND external ttl 7 learning
	link show ovl0
	link set ovl0 type $KIND ttl auto nolearning
	link show ovl0
	END
	[ ${#SHOWN[@]} = 3 ]
	check_err $? "${#SHOWN[@]} of 3 were shown"
	[ "${SHOWN[0]}" = "$wanted" ]
	check_err $? "shown: ${SHOWN[0]}"
	check_shown "${SHOWN[1]}" "ttl 7"
	check_shown "${SHOWN[1]}" external
	[ "${SHOWN[2]}" = "$wanted" ]
	check_err $? "shown after two changes: ${SHOWN[2]}"
	[ "$(ip -n "$A" -d -j link show ovl0 |
		jq -c '.[0].linkinfo.info_data | [has("id"), .external]')" = "[false,true]" ]
	check_err $? "JSON has id, or no external: $(ip -n "$A" -d -j link show ovl0)"
	log_test "an external device has no VNI"
}

# The count of its VNIs is shown only as a statistic.
vnifilter()
{
	local wanted=${DEFAULT_NONE#id 5001} seen

	host_a
	wanted=${wanted/noexternal novnifilter/external vnifilter}
	wanted=${wanted/srccheck/nosrccheck}
	try <<-END
	link add ovl0 type $KIND external vnifilter
	link set ovl0 type $KIND vni add 5,10-19 vni add 700 remote 10.0.0.2
	link set ovl0 type $KIND vni del 12
	link show ovl0
	END
	[ "${SHOWN[*]}" = "$(words $wanted) " ]
	check_err $? "shown: ${SHOWN[*]}"
	seen=$(ip -n "$A" -d -s -j link show ovl0 |
		jq -c '.[0].linkinfo.info_data | [.vnifilter, .vnis]')
	[ "$seen" = "[true,11]" ]
	check_err $? "JSON with -s: $seen"
	[ "$(ip -n "$A" -d -j link show ovl0 |
		jq -c '.[0].linkinfo.info_data | [.vnifilter, has("vnis")]')" = "[true,false]" ]
	check_err $? "JSON without -s: $(ip -n "$A" -d -j link show ovl0)"
	log_test "an external device that has some VNIs"
}

# For each of the words a device is made with them.
made()
{
	local i words=("${WORDS[@]}") words6=("${WORDS6[@]}") all

	host_a
	all=$(printf 'link add ovl0 type %s id 5 remote 10.0.0.2 %s\n' \
		"$KIND" "innerprotoinherit"
		echo "link show ovl0"
		echo "link del ovl0"
		made_lines "id 5 remote 10.0.0.2" "${words[@]}"
		made_lines "id 5 remote fd00::2" "${words6[@]}")
	try <<< "$all"
	words=("innerprotoinherit" "${words[@]}" "${words6[@]}")
	[ ${#SHOWN[@]} = ${#words[@]} ]
	check_err $? "${#SHOWN[@]} devices were made of ${#words[@]}"
	for i in "${!SHOWN[@]}"; do
		check_shown "${SHOWN[i]}" "${words[i]}"
	done
	log_test "a device is made with each attribute"
}

# The same keyword may not be given twice: leave out what is given anyhow.
made_lines() # USUAL WORDS...
{
	local usual=$1 words base

	shift
	for words; do
		base=$usual
		[[ $words != id* ]] || base=${usual#id 5}
		[[ $words != remote* ]] || base="id 5"
		echo "link add ovl0 type $KIND $base $words"
		echo "link show ovl0"
		echo "link del ovl0"
	done
}

# One device goes through all of the words, one after the other.
changed()
{
	local i words6=("remote fd00::2" "${WORDS6[@]}")
	local words=("${WORDS[@]}" "${words6[@]}")

	host_a
	try < <(
		echo "link add ovl0 type $KIND id 5 remote 10.0.0.2"
		printf "link set ovl0 type $KIND %s\nlink show ovl0\n" "${words[@]}"
	)
	[ ${#SHOWN[@]} = ${#words[@]} ]
	check_err $? "${#SHOWN[@]} changes were made of ${#words[@]}"
	for i in "${!SHOWN[@]}"; do
		check_shown "${SHOWN[i]}" "${words[i]}"
	done
	for i in external vnifilter innerprotoinherit; do
		ip -n "$A" link set ovl0 type "$KIND" $i 2> /dev/null
		check_fail $? "$i was changed"
	done
	log_test "each attribute is changed on a live device"
}

# The default endpoint is a host, a group or none, and any can follow any.
endpoint()
{
	local i steps=("remote 10.0.0.2" "remote any" "remote fd00::2" "remote any"
		"remote 10.0.0.3" "group 239.1.1.1 dev u0" "group 239.1.1.2"
		"group ff05::100" "group any" "group ff05::101" "remote fd00::3"
		"group 239.1.1.1" "remote 10.0.0.2" "nodev") wanted seen

	host_a
	try < <(
		echo "link add ovl0 type $KIND id 5"
		printf "link set ovl0 type $KIND %s\nlink show ovl0\n" "${steps[@]}"
	)
	[ ${#SHOWN[@]} = ${#steps[@]} ]
	check_err $? "${#SHOWN[@]} changes were made of ${#steps[@]}"
	for i in "${!SHOWN[@]}"; do
		wanted="id 5 ${steps[i]% dev u0} local"
		case ${steps[i]} in
		*any) wanted="id 5 local" ;;
		nodev) wanted="id 5 ${steps[i - 1]} local" ;;
		esac
		seen=${SHOWN[i]%% local *}
		[ "$seen local" = "$wanted" ]
		check_err $? "${steps[i]}: wanted '$wanted', shown: ${SHOWN[i]}"
	done
	log_test "remote, group and none follow each other"
}

# Who learns from strangers has to listen to them, unless the user says no.
srccheck_default()
{
	local words=("id 5 learning" "id 5 learning srccheck" "id 5 nolearning"
		"id 5 nolearning nosrccheck" "external" "external srccheck")
	local wanted=("nosrccheck" "srccheck" "srccheck" "nosrccheck" "nosrccheck"
		"srccheck") i

	host_a
	try < <(
		for i in "${words[@]}"; do
			echo "link add ovl0 type $KIND $i"
			echo "link show ovl0"
			echo "link del ovl0"
		done
	)
	[ ${#SHOWN[@]} = ${#words[@]} ]
	check_err $? "${#SHOWN[@]} devices were made of ${#words[@]}"
	for i in "${!SHOWN[@]}"; do
		check_shown "${SHOWN[i]}" "${wanted[i]}"
	done
	log_test "srccheck is off with learning and external, unless it is given"
}

all_at_once()
{
	local all="id 77 remote fd00::7 local fd00::1 dev u0 dstport 1234
		srcport 1000 1001 ttl 9 tos 0x8 flowlabel 0x12345 df inherit
		ecn compat learning ageing 9 maxaddress 10 srccheck
		udp6zerocsumtx udp6zerocsumrx
		opts ffff:01:11223344,ffff:82: accept ffff:81,0102:* markopt ff01:01
		optmax 40 critmismatch accept reflect 16
		nolocalbypass proxy l2miss l3miss"

	all=$(words $all)
	host_a
	try <<-END
	link add ovl0 type $KIND id 5 remote fd00::2
	link set ovl0 type $KIND $all
	link show ovl0
	END
	all=${all/nolocalbypass/noexternal novnifilter nolocalbypass}
	[ "${SHOWN[*]}" = "$all noinnerprotoinherit " ]
	check_err $? "shown: ${SHOWN[*]}"
	log_test "all attributes are changed at once"
}

check_again() # SHOWN
{
	try <<-END
	link add ovl0 type $KIND $1
	link show ovl0
	link del ovl0
	END
	[ -n "$1" ] && [ "${SHOWN[*]}" = "$1" ]
	check_err $? "shown first: $1, then: ${SHOWN[*]}"
}

typed_again()
{
	local args

	host_a
	for args in "id 77 remote fd00::7 local any dev u0 dstport 12
			srcport 1000 1001 ttl 9 tos inherit flowlabel inherit
			df inherit ecn compat ageing none maxaddress unlimited
			nosrccheck udp6zerocsumtx opts ffff:82:,ffff:01:11223344
			accept ffff:82,0102:* markopt ff01:81 optmax 40
			critmismatch accept reflect 8 nolocalbypass innerprotoinherit" \
		"id 78 group ff05::1 dev u0 learning ageing 1 maxaddress 2
			proxy l2miss l3miss" \
		"external local fd00::1 dev u0 learning maxaddress 9 df unset
			optmax 0 critmismatch accept" \
		"external vnifilter dstport 6082" \
		"id 79 noexternal"; do
		try <<-END
		link add ovl0 type $KIND $(words $args)
		link show ovl0
		link del ovl0
		END
		check_again "${SHOWN[*]}"
	done
	log_test "what is shown can be typed again"
}

json()
{
	local shown wanted

	host_a
	ip -n "$A" link add ovl0 type "$KIND" id 5 remote 10.0.0.2 dev u0 ttl 3 noudpcsum
	shown=$(ip -n "$A" -d -j link show ovl0 | jq -cS '.[0].linkinfo.info_data')
	wanted=$(jq -cSn '{id: 5, remote: "10.0.0.2", local: "any", dev: "u0",
		dstport: 6081, srcport: {low: 1, high: 65535}, ttl: 3, tos: 0,
		flowlabel: "auto", df: "set", ecn: "normal", learning: false,
		ageing: 300, maxaddress: 65536, srccheck: true, udpcsum: false,
		udp6zerocsumtx: false, udp6zerocsumrx: false, opts: null,
		accept: null, markopt: null, optmax: "unlimited",
		critmismatch: "drop", reflect: "none", external: false,
		vnifilter: false, localbypass: true,
		proxy: false, l2miss: false, l3miss: false,
		innerprotoinherit: false}')
	[ "$shown" = "$wanted" ]
	check_err $? "shown: $shown, wanted: $wanted"
	shown=$(ip -n "$A" -d -s -j link show ovl0 | jq -cS '.[0].linkinfo.info_data')
	wanted=$(jq -cS '. + {learned: 0}' <<< "$wanted")
	[ "$shown" = "$wanted" ]
	check_err $? "shown with -s: $shown, wanted: $wanted"
	ip -n "$A" link set ovl0 type "$KIND" opts ffff:82:,ffff:01:11223344 \
		accept "ffff:82,0102:*" markopt ff01:01 optmax 40 critmismatch accept reflect 16
	shown=$(ip -n "$A" -d -s -j link show ovl0 | jq -cS '.[0].linkinfo.info_data')
	wanted=$(jq -cS '. + {opts: "ffff:82:,ffff:01:11223344", accept: "ffff:82,0102:*",
		markopt: "ff01:01", optmax: 40, critmismatch: "accept", reflect: 16}' <<< "$wanted")
	[ "$shown" = "$wanted" ]
	check_err $? "shown with options: $shown, wanted: $wanted"
	ip -n "$A" link set ovl0 type "$KIND" remote any
	shown=$(ip -n "$A" -d -j link show ovl0 |
		jq -c '.[0].linkinfo.info_data | [has("remote", "group")]')
	[ "$shown" = "[false,false]" ]
	check_err $? "remote or group is there without either: $shown"
	log_test "JSON has every attribute"
}

# address and mtu are no attributes of the kind, and no change touches them.
kept()
{
	local link

	host_a
	ip_in "$A" <<-END
	link add ovl0 address 02:00:00:00:01:77 mtu 1234 type $KIND id 5 remote 10.0.0.2
	link set ovl0 type $KIND ttl 7 remote fd00::2
	END
	link=$(ip -n "$A" link show ovl0)
	[[ $link == *" mtu 1234 "*02:00:00:00:01:77* ]]
	check_err $? "shown: $link"
	log_test "a change leaves address and mtu alone"
}

tests_run
exit "$EXIT_STATUS"
