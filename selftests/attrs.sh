#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every attribute can be given when a device is made, changed while it lives,
# and is shown in the words that set it; what is not named in a change stays.
#
#   A
#   ovl0 over u0 or over any device; nothing is sent

. "${0%/*}/lib.sh"

ALL_TESTS="defaults made changed all_at_once typed_again json kept"

DEFAULT="id 5001 remote 10.0.0.2 local any nodev dstport 6081 srcport 1 65535 ttl auto
	tos 0 df set ecn normal srccheck udpcsum noinnerprotoinherit"
DEFAULT6="id 5001 remote fd00::2 local any nodev dstport 6081 srcport 1 65535 ttl auto
	tos 0 flowlabel auto df set ecn normal srccheck noudp6zerocsumtx
	noudp6zerocsumrx noinnerprotoinherit"

# Words that can be given alone, over IPv4 and over IPv6.
WORDS=("local 10.0.0.1" "dev u0" "dstport 6082" "srcport 2000 3000"
	"srcport 7 7" "ttl 1" "ttl 255" "ttl inherit" "ttl auto" "tos 0xfc"
	"tos 0x4" "tos inherit" "df unset" "df inherit" "df set" "ecn compat"
	"ecn normal" "noudpcsum" "udpcsum" "nosrccheck" "srccheck" "id 0"
	"id 16777215" "remote 10.0.0.9" "local any" "nodev")
WORDS6=("local fd00::1" "flowlabel 0" "flowlabel 0xfffff" "flowlabel inherit"
	"flowlabel auto" "udp6zerocsumtx" "noudp6zerocsumtx" "udp6zerocsumrx"
	"noudp6zerocsumrx" "remote fd00::9" "ttl inherit" "local any")

# Carry out lines of ip in one process; the attributes of ovl0, as each
# "link show" among them tells, are then in the array SHOWN.
try()
{
	local line rest

	SHOWN=()
	while read -r line; do
		case $line in
		*" $KIND id "*)
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
	for remote in 10.0.0.2 fd00::2; do
		try <<-END
		link add ovl0 type $KIND id 5001 remote $remote
		link show ovl0
		link del ovl0
		END
		wanted=$DEFAULT
		[ $remote = 10.0.0.2 ] || wanted=$DEFAULT6
		[ "${SHOWN[*]}" = "$(words $wanted) " ]
		check_err $? "shown: ${SHOWN[*]}"
	done
	log_test "the defaults are those of the design"
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
	ip -n "$A" link set ovl0 type "$KIND" innerprotoinherit 2> /dev/null
	check_fail $? "innerprotoinherit was changed"
	log_test "each attribute is changed on a live device"
}

all_at_once()
{
	local all="id 77 remote fd00::7 local fd00::1 dev u0 dstport 1234
		srcport 1000 1001 ttl 9 tos 0x8 flowlabel 0x12345 df inherit
		ecn compat nosrccheck udp6zerocsumtx udp6zerocsumrx"

	all=$(words $all)
	host_a
	try <<-END
	link add ovl0 type $KIND id 5 remote fd00::2
	link set ovl0 type $KIND $all
	link show ovl0
	END
	[ "${SHOWN[*]}" = "$all noinnerprotoinherit " ]
	check_err $? "shown: ${SHOWN[*]}"
	log_test "all attributes are changed at once"
}

typed_again()
{
	local first

	host_a
	try <<-END
	link add ovl0 type $KIND id 77 remote fd00::7 local any dev u0 dstport 12 srcport 1000 1001 ttl 9 tos inherit flowlabel inherit df inherit ecn compat nosrccheck udp6zerocsumtx innerprotoinherit
	link show ovl0
	link del ovl0
	END
	first=${SHOWN[*]}
	try <<-END
	link add ovl0 type $KIND $first
	link show ovl0
	END
	[ -n "$first" ] && [ "${SHOWN[*]}" = "$first" ]
	check_err $? "shown first: $first, then: ${SHOWN[*]}"
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
		flowlabel: "auto", df: "set", ecn: "normal", srccheck: true,
		udpcsum: false, udp6zerocsumtx: false, udp6zerocsumrx: false,
		innerprotoinherit: false}')
	[ "$shown" = "$wanted" ]
	check_err $? "shown: $shown, wanted: $wanted"
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
