#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip(8) and its plugin for ovl: every keyword is taken, shown in the words that
# set it, in JSON too, and what is shown can be typed again.  What is wrong is
# refused, by ip or by the kernel, in words that name it.  The counters of peers
# are shown.
#
#   A                                B
#   ovl0
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="keywords_ipv4 keywords_ipv6 options external vnis endpoint again complete_json
	learned help words kernel_says unchanged foreign peers xstats xstats_help"

# The settings in the output of "ip -d link show" in the array SHOWN, one
# element a device.
settings_of() # OUTPUT
{
	local line

	SHOWN=()
	while IFS= read -r line; do
		[[ $line == *' ovl id '* || $line == *' ovl local '* ]] || continue
		line=${line#*ovl }
		line=${line%% addrgenmode *}
		line=${line%% numtxqueues *}
		SHOWN+=("${line% }")
	done <<< "$1"
}

# Fail with what was expected and what was seen.
differs() # WHAT EXPECTED SEEN
{
	printf '%s\n    expected: %s\n    seen:     %s\n' "$@"
	RET=$ksft_fail
}

# Does the output of "ip -d -j link show" have a setting?
has_pair() # OUTPUT PAIR
{
	[[ ${1#*info_data} == *[\{,]"$2"[,\}]* ]]
}

# Lines of TYPED => SHOWN, JSON on stdin: change ovl0 on A line by line, and look
# at it in text and in JSON.
keywords()
{
	local typed=() shown=() json=() batch='' line text i seen

	while IFS= read -r line; do
		line=${line#"${line%%[![:blank:]]*}"}
		typed+=("${line%% => *}")
		line=${line#* => }
		shown+=("${line%%, \"*}")
		json+=("\"${line#*, \"}")
	done
	for i in "${!typed[@]}"; do
		batch+="link set ovl0 type ovl ${typed[i]}"$'\n'
		batch+="link show ovl0"$'\n'
	done
	text=$(ip -n "$A" -d -b - <<< "$batch" 2>&1)
	check_err $? "a keyword is refused: ${text##*$'\n'}"
	settings_of "$text"
	mapfile -t seen <<< "$(ip -n "$A" -d -j -b - <<< "$batch")"
	for i in "${!typed[@]}"; do
		[[ " ${SHOWN[i]:-} " == *" ${shown[i]} "* ]] ||
			differs "${typed[i]}" "${shown[i]}" "${SHOWN[i]:-nothing}"
		has_pair "${seen[i]:-}" "${json[i]}" ||
			differs "${typed[i]}" "${json[i]}" "${seen[i]:-nothing}"
	done
}

keywords_ipv4()
{
	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B4
	keywords <<-END
	id 5001 => id 5001, "id":5001
	id 0xffffff => id 16777215, "id":16777215
	id 0 => id 0, "id":0
	remote 10.0.0.3 => remote 10.0.0.3, "remote":"10.0.0.3"
	local $A4 => local $A4, "local":"$A4"
	dev u0 => dev u0, "dev":"u0"
	nodev => nodev, "dev":null
	dstport 7000 => dstport 7000, "dstport":7000
	srcport 49152 65535 => srcport 49152 65535, "srcport":{"low":49152,"high":65535}
	srcport 5000 5000 => srcport 5000 5000, "srcport":{"low":5000,"high":5000}
	ttl 1 => ttl 1, "ttl":1
	ttl 255 => ttl 255, "ttl":255
	ttl inherit => ttl inherit, "ttl":"inherit"
	ttl auto => ttl auto, "ttl":"auto"
	tos 0xb8 => tos 0xb8, "tos":184
	tos b8 => tos 0xb8, "tos":184
	tos AF41 => tos 0x88, "tos":136
	tos inherit => tos inherit, "tos":"inherit"
	tos 0 => tos 0, "tos":0
	df unset => df unset, "df":"unset"
	df inherit => df inherit, "df":"inherit"
	df set => df set, "df":"set"
	ecn compat => ecn compat, "ecn":"compat"
	ecn normal => ecn normal, "ecn":"normal"
	learning => learning, "learning":true
	nolearning => nolearning, "learning":false
	ageing 1 => ageing 1, "ageing":1
	ageing none => ageing none, "ageing":"none"
	ageing 300 => ageing 300, "ageing":300
	maxaddress 1 => maxaddress 1, "maxaddress":1
	maxaddress unlimited => maxaddress unlimited, "maxaddress":"unlimited"
	maxaddress 65536 => maxaddress 65536, "maxaddress":65536
	nosrccheck => nosrccheck, "srccheck":false
	srccheck => srccheck, "srccheck":true
	nolocalbypass => nolocalbypass, "localbypass":false
	localbypass => localbypass, "localbypass":true
	proxy => proxy, "proxy":true
	noproxy => noproxy, "proxy":false
	l2miss => l2miss, "l2miss":true
	nol2miss => nol2miss, "l2miss":false
	l3miss => l3miss, "l3miss":true
	nol3miss => nol3miss, "l3miss":false
	group 239.1.1.1 dev u0 => group 239.1.1.1, "group":"239.1.1.1"
	remote 10.0.0.3 nodev => remote 10.0.0.3, "remote":"10.0.0.3"
	noudpcsum => noudpcsum, "udpcsum":false
	udpcsum => udpcsum, "udpcsum":true
	udp6zerocsumtx => udp6zerocsumtx, "udp6zerocsumtx":true
	udp6zerocsumrx => udp6zerocsumrx, "udp6zerocsumrx":true
	noexternal => noexternal, "external":false
	noinnerprotoinherit => noinnerprotoinherit, "innerprotoinherit":false
	id 7 ttl 9 df unset => ttl 9, "id":7
	END
	log_test "every keyword over IPv4"
}

keywords_ipv6()
{
	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B6 innerprotoinherit
	keywords <<-END
	remote fd00::3 => remote fd00::3, "remote":"fd00::3"
	local $A6 => local $A6, "local":"$A6"
	dev u0 => dev u0, "dev":"u0"
	flowlabel 0x12345 => flowlabel 0x12345, "flowlabel":74565
	flowlabel 1048575 => flowlabel 0xfffff, "flowlabel":1048575
	flowlabel 0 => flowlabel 0, "flowlabel":0
	flowlabel inherit => flowlabel inherit, "flowlabel":"inherit"
	flowlabel auto => flowlabel auto, "flowlabel":"auto"
	udp6zerocsumtx => udp6zerocsumtx, "udp6zerocsumtx":true
	noudp6zerocsumtx => noudp6zerocsumtx, "udp6zerocsumtx":false
	udp6zerocsumrx => udp6zerocsumrx, "udp6zerocsumrx":true
	noudp6zerocsumrx => noudp6zerocsumrx, "udp6zerocsumrx":false
	noudpcsum => noudpcsum, "udpcsum":false
	innerprotoinherit => innerprotoinherit, "innerprotoinherit":true
	END
	log_test "every keyword over IPv6"
}

options()
{
	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B4
	keywords <<-END
	id 1 => noopts noaccept nomarkopt optmax unlimited critmismatch drop, "opts":null
	opts 0102:80:00112233,FF01:1: => opts 0102:80:00112233,ff01:01:, "opts":"0102:80:00112233,ff01:01:"
	opts 1:2 => opts 0001:02:, "opts":"0001:02:"
	noopts => noopts, "opts":null
	accept 0102:80,FF01:* => accept 0102:80,ff01:*, "accept":"0102:80,ff01:*"
	accept ff01:81 => accept ff01:81, "accept":"ff01:81"
	noaccept => noaccept, "accept":null
	markopt ff01:5 => markopt ff01:05, "markopt":"ff01:05"
	nomarkopt => nomarkopt, "markopt":null
	optmax 0 => optmax 0, "optmax":0
	optmax 252 => optmax 252, "optmax":252
	optmax unlimited => optmax unlimited, "optmax":"unlimited"
	critmismatch accept => critmismatch accept, "critmismatch":"accept"
	critmismatch drop => critmismatch drop, "critmismatch":"drop"
	reflect 1000 => reflect 1000, "reflect":1000
	reflect none => reflect none, "reflect":"none"
	novnifilter => novnifilter, "vnifilter":false
	END
	log_test "every keyword for options"
}

# Does the output of "ip link xstats type ovl dev ovl0" have a line?
xstats_has() # LINE
{
	[[ $'\n'$(ip -n "$A" link xstats type ovl dev ovl0)$'\n' == *$'\n'"    $1"$'\n'* ]]
}

# Which VNIs there are is no setting: their number is shown with -s, they
# themselves with their counters.
vnis()
{
	local seen line

	underlay
	ip_in "$A" <<-END
	link add ovl0 type ovl external vnifilter dev u0
	link set ovl0 type ovl vni add 5,7-9 remote $B4 vni add 10 vni add 11 group ff05::1
	link set ovl0 type ovl vni del 8-9 vni add 7 remote any vni add 12 remote $B6
	END
	seen=$(ip -n "$A" -d link show ovl0; ip -n "$A" -d -j link show ovl0)
	[[ $seen == *" vnifilter "* && $seen != *vnis* ]] ||
		differs "without -s" "vnifilter and no count" "$seen"
	seen=$(ip -n "$A" -d -s link show ovl0)
	[[ $seen == *" vnifilter vnis 5 "* ]] || differs "with -s" "vnis 5" "$seen"
	seen=$(ip -n "$A" -d -s -j link show ovl0)
	has_pair "$seen" '"vnis":5' || differs "JSON" '"vnis":5' "$seen"
	for line in "vni 5 remote $B4" "vni 7" "vni 10" "vni 11 group ff05::1" \
		"vni 12 remote $B6"; do
		xstats_has "$line" ||
			differs "VNIs" "$line" "$(ip -n "$A" link xstats type ovl)"
	done
	for line in "vni 8 remote $B4" "vni 8" "vni 9 remote $B4" "vni 9"; do
		! xstats_has "$line" || differs "VNIs" "no $line" "$line"
	done
	seen=$(ip -n "$A" -j link xstats type ovl dev ovl0)
	[[ $seen =~ '"vnis":['.*'{"vni":5,"remote":"'$B4'","rx":{"packets":0,"bytes":0,"errors":0},"tx":{"packets":0,'.*'{"vni":11,"group":"ff05::1","rx":' ]] ||
		differs "JSON" "VNI 5 and 11" "$seen"
	# so can be typed again
	while read -r line; do
		[[ $line != "vni "* ]] ||
			ip -n "$A" link set ovl0 type ovl vni add ${line#vni }
		check_err $? "$line cannot be typed again"
	done <<< "$(ip -n "$A" link xstats type ovl dev ovl0)"
	log_test "VNIs"
}

# It stands in the place of id, which is not shown then.
external()
{
	local json

	underlay
	ip_in "$A" link add ovl0 type ovl external
	keywords <<-END
	external => external, "external":true
	learning => learning, "learning":true
	local $A6 => local $A6, "local":"$A6"
	local any => local any, "local":"any"
	dstport 7000 => dstport 7000, "dstport":7000
	END
	settings_of "$(ip -n "$A" -d link show ovl0)"
	[[ ${SHOWN[0]} == "local any "* ]] ||
		differs "external" "no id" "${SHOWN[0]}"
	json=$(ip -n "$A" -d -j link show ovl0)
	[[ ${json#*info_data} != *\"id\"* ]] ||
		differs "external, JSON" "no id" "$json"
	log_test "external"
}

# Without an endpoint, remote and group are both not shown, whichever it was.
endpoint()
{
	local args json

	underlay
	for args in "remote $B4" "remote $B6" "group 239.1.1.1 dev u0" \
		"group ff05::1 dev u0"; do
		ip_in "$A" <<-END
		link add ovl0 type ovl id 1 $args
		link set ovl0 type ovl ${args%% *} any
		END
		settings_of "$(ip -n "$A" -d link show ovl0)"
		[[ ${SHOWN[0]:-} == "id 1 local any "* ]] ||
			differs "$args, taken back" "no endpoint" "${SHOWN[0]:-nothing}"
		json=$(ip -n "$A" -d -j link show ovl0)
		[[ ${json#*info_data} != *\"remote\"* && ${json#*info_data} != *\"group\"* ]] ||
			differs "$args, taken back, JSON" "no endpoint" "$json"
		ip_in "$A" link del ovl0
	done
	log_test "an endpoint is taken back"
}

# All that is shown of a device makes the same one, and changes nothing when it
# is typed for a live one.
again()
{
	local args first

	underlay
	for args in "id 1" "id 1 remote $B4" "id 1 remote $B6" \
		"id 4 group 239.1.1.1 dev u0 learning ageing 5 maxaddress 6
			nolocalbypass proxy" \
		"id 5 group ff05::1 dev u0 ageing none maxaddress unlimited
			l2miss l3miss" \
		"external" "external vnifilter" \
		"id 6 remote $B4 opts 0102:80:00112233,FF01:1: accept 14b:81,0102:*
			markopt ff01:5 optmax 64 critmismatch accept reflect 64" \
		"external local $A4 dev u0 dstport 7000 learning df unset" \
		"id 2 remote $B4 local $A4 dev u0 dstport 7000 srcport 1000 2000
			ttl 9 tos AF41 df inherit ecn compat nosrccheck noudpcsum
			udp6zerocsumtx udp6zerocsumrx" \
		"id 3 remote $B6 local $A6 dev u0 ttl inherit tos inherit
			flowlabel 0xabcde df unset udp6zerocsumtx udp6zerocsumrx
			innerprotoinherit"; do
		settings_of "$(ip -n "$A" -d -b - <<-END
			link add ovl0 type ovl ${args//[$'\n\t']/ }
			link show ovl0
		END
		)"
		first=${SHOWN[0]:-nothing}
		settings_of "$(ip -n "$A" -d -b - <<-END
			link set ovl0 type ovl $first
			link show ovl0
			link del ovl0
			link add ovl0 type ovl $first
			link show ovl0
			link del ovl0
		END
		)"
		[ "${SHOWN[0]:-}" = "$first" ] ||
			differs "$args, typed again to change" "$first" "${SHOWN[0]:-}"
		[ "${SHOWN[1]:-}" = "$first" ] ||
			differs "$args, typed again to add" "$first" "${SHOWN[1]:-}"
	done
	log_test "what is shown can be typed again"
}

# A reader of JSON finds every setting, whether it is the default or not.
complete_json()
{
	local json key

	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B4 local $A4
	json=$(ip -n "$A" -d -j link show ovl0)
	for key in id remote local dev dstport srcport ttl tos flowlabel df ecn \
		learning ageing maxaddress srccheck udpcsum udp6zerocsumtx \
		udp6zerocsumrx opts accept markopt optmax critmismatch reflect external \
		vnifilter localbypass proxy l2miss l3miss innerprotoinherit; do
		[[ ${json#*info_data} == *"\"$key\":"* ]] ||
			differs "JSON" "$key" "$json"
	done
	if command -v jq > /dev/null; then
		[ "$(jq -r '.[0].linkinfo | .info_kind, .info_data.srcport.high' \
			<<< "$json")" = "ovl"$'\n'65535 ]
		check_err $? "not the JSON that it should be: $json"
	fi
	log_test "JSON is complete"
}

# It cannot be typed, so it is shown with -s only.
learned()
{
	local seen

	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B4
	seen=$(ip -n "$A" -d link show ovl0; ip -n "$A" -d -j link show ovl0)
	[[ $seen != *learned* ]] || differs "without -s" "no count" "$seen"
	seen=$(ip -n "$A" -d -s link show ovl0)
	[[ $seen == *" learned 0 "* ]] || differs "with -s" "learned 0" "$seen"
	seen=$(ip -n "$A" -d -s -j link show ovl0)
	has_pair "$seen" '"learned":0' || differs "JSON" '"learned":0' "$seen"
	log_test "the number of learned entries is shown with -s"
}

help()
{
	local by_kind by_add keyword

	by_kind=$(ip link help ovl 2>&1)
	by_add=$(ip link add help0 type ovl help 2>&1)
	[ "$by_kind" = "$by_add" ]
	check_err $? "two ways to ask for help, two answers"
	for keyword in 'id VNI' 'remote { ADDR | any }' 'group { ADDR | any }' \
		'local { ADDR | any }' '[no]learning' \
		'ageing { SECONDS | none }' 'maxaddress { NUMBER | unlimited }' \
		'[no]external' '[no]localbypass' '[no]proxy' '[no]l2miss' '[no]l3miss' \
		'dev UNDERLAY | nodev' 'dstport PORT' 'srcport MIN MAX' \
		'ttl { 1..255 | auto | inherit }' 'tos { TOS | inherit }' \
		'flowlabel { LABEL | auto | inherit }' \
		'df { set | unset | inherit }' 'ecn { normal | compat }' \
		'[no]srccheck' '[no]udpcsum' '[no]udp6zerocsumtx' \
		'[no]udp6zerocsumrx' '[no]innerprotoinherit' \
		'opts OPTS | noopts' 'accept MATCH[,MATCH...] | noaccept' \
		'markopt CLASS:TYPE | nomarkopt' 'optmax { BYTES | unlimited }' \
		'critmismatch { drop | accept }' 'reflect { FLOWS | none }' \
		'[no]vnifilter' 'vni { add | del } VNIS [ remote ADDR | group ADDR ]' \
		'peer PEER { opts OPTS | noopts | opts device }'; do
		[[ $by_kind == *"$keyword"* ]] ||
			differs "help" "$keyword" "$by_kind"
	done
	log_test "help"
}

# Lines of TYPED => MESSAGE on stdin: each is refused with the message.
refused() # ADD|SET
{
	local line said

	while IFS= read -r line; do
		line=${line#"${line%%[![:blank:]]*}"}
		if said=$(ip -n "$A" link "$1" ovl0 type ovl ${line%% => *} 2>&1); then
			differs "${line%% => *}" "to be refused" "taken"
		elif [[ $said != *"${line#* => }"* ]]; then
			differs "${line%% => *}" "${line#* => }" "$said"
		fi
	done
}

# Refused by ip: there is no way to say it to the kernel.
words()
{
	setup_ns A
	refused add <<-END
	vnid 5 => unknown argument "vnid"; try "ip link help ovl"
	id 5 mtu 1400 => goes before "type ovl"
	id => "id" is not complete
	id five => argument "five" is wrong: expected id VNI
	id 5 id 6 => duplicate "id": "6" is the second value
	remote 239.1.1.1 => argument "239.1.1.1" is wrong: remote takes no multicast address
	remote ff02::1 => argument "ff02::1" is wrong: remote takes no multicast address
	group 10.0.0.2 => argument "10.0.0.2" is wrong: group takes a multicast address
	group fd00::2 => argument "fd00::2" is wrong: group takes a multicast address
	id 5 remote 10.0.0.2 group 239.1.1.1 => "remote" and "group" exclude each other
	id 5 group 239.1.1.1 remote any => "group" and "remote" exclude each other
	ageing 5s => argument "5s" is wrong: expected ageing { SECONDS | none }
	maxaddress none => argument "none" is wrong: expected maxaddress { NUMBER | unlimited }
	learned 5 => unknown argument "learned"
	remote router.example => argument "router.example" is wrong
	local 10.0.0.256 => argument "10.0.0.256" is wrong
	dev nosuchdev => Cannot find device "nosuchdev"
	dev lo nodev => duplicate "dev"
	dstport 65536 => argument "65536" is wrong: expected dstport PORT (PORT := 1..65535)
	srcport 1000 => "srcport" is not complete: expected srcport MIN MAX
	ttl 0 => argument "0" is wrong: expected ttl { 1..255 | auto | inherit }
	ttl 256 => argument "256" is wrong
	tos 0x100 => argument "0x100" is wrong
	flowlabel 0x100000 => argument "0x100000" is wrong
	df maybe => argument "maybe" is wrong: expected df { set | unset | inherit }
	ecn off => argument "off" is wrong: expected ecn { normal | compat }
	external noexternal => duplicate "external": "noexternal" is the second value
	udpcsum noudpcsum => duplicate "udpcsum": "noudpcsum" is the second value
	opts 0102:80:001122 => argument "0102:80:001122" is wrong: data of an option is 8 hexadecimal digits
	opts 0102:80:0011223x => argument "0102:80:0011223x" is wrong: expected opts OPTS
	opts 0102 => argument "0102" is wrong: expected opts OPTS
	opts 0102:80:$(printf '%0256d' 0) => data of an option is 124 bytes at most
	opts 1:1:$(printf '%0248d' 0),1:2:$(printf '%0248d' 0) => opts: more than 252 bytes in all
	accept 0102 => argument "0102" is wrong: expected accept MATCH[,MATCH...]
	markopt 0102:80,0102:81 => argument "0102:81" is wrong: expected markopt CLASS:TYPE
	optmax 256 => argument "256" is wrong: expected optmax { BYTES | unlimited }
	critmismatch maybe => expected critmismatch { drop | accept }
	peer $B4 noopts => "peer" is for "ip link set" alone
	vni 5 => "vni" is not complete: expected vni { add | del } VNIS
	vni add 5-x => argument "5-x" is wrong
	vni add 5 remote 239.1.1.1 => remote takes no multicast address
	END
	log_test "what ip refuses"
}

# Refused by the kernel, whose words ip prints: they name the attribute.
kernel_says()
{
	underlay
	refused add <<-END
	remote $B4 => Error: id:
	id 16777216 remote $B4 => Error: id: 16777216
	id 4294967295 remote $B4 => Error: id: 4294967295
	id 1 remote 255.255.255.255 => Error: remote:
	id 1 group 239.1.1.1 => Error: group:
	id 1 group ff05::1 => Error: group:
	id 1 group 239.1.1.1 dev u0 local $A6 => Error: local:
	id 1 ageing 315360001 => Error: ageing:
	id 1 remote $B4 local $A6 => Error: local:
	id 1 remote $B4 local 239.1.1.1 => Error: local:
	id 1 remote $B4 dstport 0 => Error: dstport:
	id 1 remote $B4 srcport 2000 1000 => Error: srcport:
	id 1 remote $B4 srcport 0 1000 => Error: srcport:
	id 1 remote $B4 flowlabel 5 => Error: flowlabel:
	id 1 remote $B4 tos 0x03 => Error: tos:
	external id 1 => Error: id:
	external remote $B4 => Error: external:
	noexternal remote $B4 => Error: id:
	id 1 opts 0102:01: markopt 0102:01 => Error: markopt:
	id 1 opts 0102:01:00112233 optmax 4 => Error: opts:
	id 1 accept 0102:80,0102:80 => Error: accept:
	id 1 markopt ff01:05 optmax 4 => Error: optmax:
	id 1 optmax 5 => Error: optmax:
	id 1 reflect 4194305 => Error: reflect:
	id 1 vnifilter => Error: vnifilter:
	id 1 vni add 5 => vni: the device must be there
	external opts 0102:01: => Error: opts:
	external reflect 10 => Error: external:
	END
	ip_in "$A" <<-END
	link add ovl1 type ovl id 5001 remote $B4
	link add ovl0 type ovl id 5002 remote $B4
	END
	refused set <<-END
	id 5001 => device ovl1
	external => Error: external:
	innerprotoinherit => Error: innerprotoinherit:
	vnifilter => Error: vnifilter:
	vni add 5 => Error: vni:
	peer 10.0.0.99 noopts => Error: peer:
	peer $B4 vni 5003 noopts => Error: peer:
	ttl 5 peer $B4 noopts => Error: peer, vni:
	END
	ip_in "$A" link del ovl0
	ip_in "$A" link add ovl0 type ovl external vnifilter
	refused set <<-END
	vni add 9-8 => Error: vni: the range is reversed
	vni add 16777216 => Error: vni: 16777216
	vni add 7 vni add 5-8 => Error: vni:
	vni del 5 => Error: vni: 5
	vni add 5 group 239.1.1.1 => Error: vni:
	vni del 5 remote $B4 => Error: vni:
	noopts vni add 5 => Error: peer, vni:
	peer $B4 noopts => Error:
	END
	! xstats_has "vni 7" || differs "refused" "no VNI" "vni 7"
	log_test "what the kernel refuses"
}

# A change that is refused, by whom and for what it may be, changes nothing.
unchanged()
{
	local args

	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B4 ttl 5
	settings_of "$(ip -n "$A" -d -b - 2> /dev/null <<-END
		link show ovl0
	END
	)"
	set -- "${SHOWN[0]}"
	for args in "ttl 7 id 16777216" "ttl 7 srcport 9 3" "ttl 7 ttl 8" \
		"ttl 7 remote $B4 local $A6" "noudpcsum what"; do
		ip -n "$A" link set ovl0 type ovl $args 2> /dev/null
		check_fail $? "$args is taken"
	done
	settings_of "$(ip -n "$A" -d link show ovl0)"
	[ "${SHOWN[0]}" = "$1" ] || differs "refused changes" "$1" "${SHOWN[0]}"
	log_test "what is refused changes nothing"
}

# The underlay's device is of another namespace: no name of this one for it.
foreign()
{
	local index json

	underlay
	ip_in "$A" link add ovl0 type ovl id 1 remote $B4 dev u0
	ip_in "$A" link set ovl0 netns "$B"
	index=$(ip -n "$A" -o link show u0)
	index=${index%%:*}
	settings_of "$(ip -n "$B" -d link show ovl0)"
	[[ " ${SHOWN[0]:-} " == *" dev if$index "* ]] ||
		differs "text" "dev if$index" "${SHOWN[0]:-nothing}"
	json=$(ip -n "$B" -d -j link show ovl0)
	[[ ${json#*info_data} =~ \"link_index\":$index,\"link_netnsid\":[0-9]+, ]] ||
		differs "JSON" "link_index and link_netnsid" "$json"
	ip -n "$B" link set ovl0 type ovl ${SHOWN[0]}
	check_err $? "what is shown cannot be typed again"
	ip_in "$B" link del ovl0
	log_test "an underlay device of another namespace"
}

# A peer is sent the device's options, its own or none, as it is shown to be.
peers()
{
	local line opts shown

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4 opts 0102:01:00000001
	while IFS='|' read -r line opts shown; do
		[ "$line" = as_it_is ] ||
			ip_in "$A" link set ovl0 type ovl peer $B4 $line
		xstats_has "$B4$shown" ||
			differs "$line" "$B4$shown" \
				"$(ip -n "$A" link xstats type ovl dev ovl0)"
		# what is shown can be typed again
		[ -z "$shown" ] || ip_in "$A" link set ovl0 type ovl peer $B4 $shown
		send ovl0 $TENANT4 sport=1
		expect u1 vni=$VNI in.sport=1 ${opts:-optlen=0}
	done <<-END
	as_it_is|opts=0102010100000001|
	opts FF01:2:|opts=ff010200| opts ff01:02:
	port 6081 vni $VNI noopts|| noopts
	opts 0102:80:aabbccdd,0102:01:|opts=01028001aabbccdd01020100| opts 0102:80:aabbccdd,0102:01:
	opts device|opts=0102010100000001|
	END
	log_test "options of a peer's own"
}

# The peer that was sent to and received from, and the stranger's packet; in
# another device and kind, nothing.
xstats()
{
	local seen wanted

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	ip_in "$A" <<-END
	link add ovl1 type ovl id 5002 remote $B6
	link add ovl2 type ovl id 5003
	END
	send ovl0 $TENANT4 sport=1
	expect u1 vni=$VNI in.sport=1
	send u1 $OUTER4 $IN4 in.sport=2
	expect ovl0 sport=2
	send u1 $OUTER4 src=10.0.0.9 $IN4 in.sport=3
	none ovl0 sport=3

	seen=$(ip -n "$A" link xstats type ovl dev ovl0)
	wanted="^ovl0 +$B4 +RX: packets 1 bytes [1-9][0-9]* errors [0-9]+ "
	wanted+="+TX: packets 1 bytes [1-9][0-9]* errors 0 .*drop rx_source 1( |$)"
	[[ ${seen//$'\n'/ } =~ $wanted ]] || differs "text" "$wanted" "$seen"
	seen=$(ip -n "$A" -j link xstats type ovl dev ovl0)
	wanted='^\[\{"ifname":"ovl0","peers":\[\{"dst":"'$B4'","rx":\{"packets":1,.*'
	wanted+='"tx":\{"packets":1,.*"drops":\{.*"rx_source":1[,}]'
	[[ $seen =~ $wanted ]] || differs "JSON" "$wanted" "$seen"
	seen=$(ip -n "$A" link xstats type ovl)
	[[ $'\n'$seen == *$'\novl0\n    '$B4$'\n'* &&
	   $'\n'$seen == *$'\novl1\n    '$B6$'\n'* ]] ||
		differs "all devices" "ovl0 and ovl1" "$seen"
	[[ $seen != *u0* ]] || differs "all devices" "no u0" "$seen"
	seen=$(ip -n "$A" -j link xstats type ovl dev ovl2)
	case $seen in
	'[]'|'[{"ifname":"ovl2","peers":[],"vnis":[],"drops":{}}]') ;;
	*) differs "a device without peers" "none" "$seen" ;;
	esac
	seen=$(ip -n "$A" link xstats type ovl dev u0)
	[ -z "$seen" ] || differs "a device of another kind" "nothing" "$seen"
	log_test "the counters of peers"
}

xstats_help()
{
	local seen

	setup_ns A
	seen=$(ip -n "$A" link xstats type ovl help)
	check_err $? "help is no error"
	[ "$seen" = "Usage: ... ovl [ dev DEVICE ]" ] ||
		differs "help" "Usage" "$seen"
	seen=$(ip -n "$A" link xstats type ovl dev nosuchdev 2>&1)
	check_fail $? "a device that is not there"
	[[ $seen == *'Cannot find device "nosuchdev"'* ]] ||
		differs "dev nosuchdev" "Cannot find device" "$seen"
	seen=$(ip -n "$A" link xstats type ovl every 2>&1)
	check_fail $? "an unknown word"
	[[ $seen == *'argument "every" is wrong: expected [ dev DEVICE ]'* ]] ||
		differs "every" "expected [ dev DEVICE ]" "$seen"
	log_test "help on counters, and what is refused"
}

tests_run
exit "$EXIT_STATUS"
