#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dissect.sh DIR: let tshark read what tests have sent
#
# Tests that run with OVL_CAPTURES=DIR leave there, each in a file X.pcap, the
# Geneve packets that they saw being sent, and in X.words what the program wire
# has read in each, which is what the tests expect things of.  tshark must call
# none of them malformed, and must read the same in every one.
#
# Prints what differs, then one line
#	N packets of N tests, N malformed, N read differently
# and fails if there are some of either, or no packets at all.
#
# Called by scripts/conformance.sh.

# What tshark is asked for, in the order of the fields in the awk program below.
FIELDS="eth.dst eth.src ip.src ip.dst ipv6.src ipv6.dst ip.ttl ipv6.hlim
ip.dsfield ipv6.tclass ip.flags.df ipv6.flow udp.srcport udp.dstport udp.length
udp.checksum geneve.version geneve.flags geneve.proto_type geneve.vni
geneve.reserved geneve.options geneve.option.class geneve.option.type
_ws.malformed ip.flags.mf ipv6.fraghdr.more"
# What is behind Geneve is the tests' own: nobody else is to guess at it.
PROTOCOLS="_ws.* frame eth ethertype vlan ieee8021ad ip ipv6* udp tcp icmp icmpv6 arp
geneve data"

main()
{
	local ports=() port pcap

	case ${1:-} in
	-h|--help|'') sed -n '/^# [^ ]*\.sh/,/^$/s/^# \{0,1\}//p' "$0"; exit ;;
	esac
	cd "$1" || exit 1
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	keep_protocols
	for pcap in *.pcap; do
		whole "${pcap%.pcap}" || continue
		while read -r port; do
			ports+=(-d "udp.port==$port,geneve")
		done < <(grep -oE ' dport=[0-9]+ .* ver=' "${pcap%.pcap}.words" |
			sed 's/ dport=\([0-9]*\) .*/\1/' | sort -u)
		read_by_tshark "$pcap" "${ports[@]}" > "$work/read"
		compare "${pcap%.pcap}" < "$work/read" >> "$work/results"
		ports=()
	done
	touch "$work/results"
	grep -v '^total ' "$work/results" | head -n 40
	awk '$1 == "total" { n += $3; malformed += $4; other += $5; tests[$2] }
	END {
		for (t in tests)
			m++
		printf "%d packets of %d tests, %d malformed, %d read differently\n",
			n, m, malformed, other
		exit !n || malformed || other
	}' "$work/results"
}

# Of a test that was killed the last packet may be there in part.
whole() # NAME
{
	[ -s "$1.words" ]
}

# tshark has no word for all but some.
keep_protocols()
{
	local name words pattern

	export XDG_CONFIG_HOME=$work/config
	mkdir -p "$XDG_CONFIG_HOME/wireshark"
	read -rd '' -a words <<< "$PROTOCOLS"
	tshark -G protocols 2> /dev/null | cut -f3 | while read -r name; do
		for pattern in "${words[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ $name != $pattern ]] || continue 2
		done
		echo "$name"
	done > "$XDG_CONFIG_HOME/wireshark/disabled_protos"
}

read_by_tshark() # PCAP ARGUMENT...
{
	local pcap=$1 args=() field

	shift
	for field in $FIELDS; do
		args+=(-e "$field")
	done
	tshark -r "$pcap" -n -T fields -E separator=/t -E occurrence=a \
		-E aggregator=, -o ip.defragment:FALSE -o ipv6.defragment:FALSE \
		-o udp.check_checksum:TRUE -o ip.tso_support:TRUE \
		"$@" "${args[@]}" 2> /dev/null
}

# shellcheck disable=SC2016 # awk's own
COMPARE='
function number(text,   i, n, c) {
	if (text == "True" || text == "False")
		return text == "True"
	if (text !~ /^0x/)
		return text + 0
	n = 0
	text = tolower(text)
	for (i = 3; i <= length(text); i++) {
		c = index("0123456789abcdef", substr(text, i, 1))
		n = n * 16 + c - 1
	}
	return n
}

# The first of several: of the outer header
function first(i,   all) {
	split($i, all, ",")
	return all[1]
}

function read_words(line,   words, i, n, at) {
	delete word
	n = split(line, words, " ")
	for (i = 1; i <= n; i++) {
		at = index(words[i], "=")
		word[substr(words[i], 1, at - 1)] = substr(words[i], at + 1)
	}
}

function differ(what, here, there) {
	if (here == there)
		return
	bad = bad " " what ": wire " here ", tshark " there
}

# Class and type of each option, which tshark has as two lists: it must find each
# option where it is, too.
function options(hex,   at, len, n, class, type) {
	n = 0
	split($23, class, ",")
	split($24, type, ",")
	for (at = 1; at < length(hex); at += 8 + 8 * len) {
		n++
		len = number("0x" substr(hex, at + 6, 2)) % 32
		differ("class of option " n, number("0x" substr(hex, at, 4)),
		       number(class[n]))
		differ("type of option " n, number("0x" substr(hex, at + 4, 2)),
		       number(type[n]))
	}
}

{
	getline line < words_file
	read_words(line)
	bad = ""
	v6 = word["src"] ~ /:/
	differ("dmac", word["dmac"], first(1))
	differ("smac", word["smac"], first(2))
	differ("src", word["src"], first(v6 ? 5 : 3))
	differ("dst", word["dst"], first(v6 ? 6 : 4))
	differ("ttl", word["ttl"], first(v6 ? 8 : 7))
	differ("tos", number(word["tos"]), number(first(v6 ? 10 : 9)))
	if (v6)
		differ("flowlabel", number(word["flowlabel"]), number(first(12)))
	else
		differ("df", word["df"], number(first(11)))
	differ("sport", word["sport"], first(13))
	differ("dport", word["dport"], first(14))
	differ("ulen", word["ulen"], first(15))
	differ("checksum", number(word["rawcsum"]), number(first(16)))
	differ("version", word["ver"], first(17))
	differ("flags", word["o"] * 128 + word["c"] * 64 + word["rsvd1"],
	       number(first(18)))
	differ("protocol", number(word["proto"]), number(first(19)))
	differ("vni", word["vni"], number(first(20)))
	differ("reserved", word["rsvd2"], number(first(21)))
	opts = first(22)
	gsub(/:/, "", opts)
	differ("options", word["opts"], opts)
	options(word["opts"])
	packets++
	# a first fragment is shorter than its UDP header says, also that of a
	# tunnel in this tunnel
	if ($25 != "" && ($26 " " $27) !~ /1|True/) {
		malformed++
		print name ", packet " packets ", malformed: " $25 ": " line
	}
	if (bad != "") {
		other++
		print name ", packet " packets bad ": " line
	}
}

END {
	while ((getline line < words_file) > 0)
		missing++
	if (missing) {
		other += missing
		print name ": tshark has read " packets " packets, there are " \
			packets + missing
	}
	print "total", name, packets + 0, malformed + 0, other + 0
}'

compare() # NAME
{
	awk -F'\t' -v name="$1" -v words_file="$1.words" "$COMPARE"
}

main "$@"
