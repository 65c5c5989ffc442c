#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-fdb.sh: measure ovl's forwarding table beside vxlan's, in a VM
#
# Measures devices of ovl and of the same kernel's vxlan with the same input and
# the same packets: insertion, dump and flush of a million entries toward a
# thousand endpoints, their memory, sending with 1, 1,000 and a million of them,
# replication of a broadcast, and learning from received frames; and what options
# and reflect add to a packet, which vxlan does not have.  Prints a table
# with the goals, and leaves it in build/bench-fdb/SERIES.  A goal that is missed
# is no failure; the status tells whether everything could be measured.
#
# The clock counts executed instructions (vm.sh --icount): figures repeat, on any
# machine, and what else runs there does not change them.  A million entries
# take six minutes; on a busy machine, fifteen.
#
#   KERNELS=SERIES...        the kernels (default: the newest of kernels.conf)
#   OVL_BENCH_ENTRIES=N      entries, 1000 or more, up to 16 million (default
#                            1000000, which the goals are about); with fewer
#                            than 100000, what an entry costs is coarse: the
#                            clock of what is not a packet has 10 ms
#   OVL_BENCH_PACKETS=N      packets sent for a figure (default 100000)
#   OVL_BENCH_MACS=N         addresses learned (default 100000)
#   OVL_BENCH_KINDS=KIND...  one of "ovl" and "vxlan", for trying
#
# Called by make bench-fdb.

. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/lib_bench.sh"

: "${KERNELS:=$(newest_series)}"
: "${OVL_BENCH_ENTRIES:=1000000}"
: "${OVL_BENCH_PACKETS:=100000}"
: "${OVL_BENCH_MACS:=100000}"
: "${OVL_BENCH_KINDS:=ovl vxlan}"

OUT=build/bench-fdb

main()
{
	local series kind

	case ${1:-} in
	-h|--help) usage; exit ;;
	esac
	[ $# = 0 ] || die "takes no argument (see --help)"
	check_number OVL_BENCH_ENTRIES "$ENDPOINTS" $((1 << 24))
	check_number OVL_BENCH_PACKETS 1000 100000000
	check_number OVL_BENCH_MACS 1000 $((1 << 24))
	for kind in $OVL_BENCH_KINDS; do
		[[ $kind = @(ovl|vxlan) ]] || die "no kind '$kind'"
	done
	for series in $KERNELS; do
		suite_of "$series" > /dev/null
	done
	cd "$OVL_TREE"
	need_vm_programs
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$OUT"
	for series in $KERNELS; do
		bench "$series"
	done
}

bench() # SERIES
{
	local series=$1 kind

	bench_payload "$series" "$work/payload" bench-fdb-guest.sh lib_bench_guest.sh
	list_entries "$OVL_BENCH_ENTRIES" > "$work/payload/ovl/batch"
	: > "$work/figures"
	for kind in $OVL_BENCH_KINDS; do
		measure "$series" "$kind"
	done
	print_table "$series" | tee "$OUT/$series"
}

# A VM for each kind, so that neither finds what the other has left behind.
measure() # SERIES KIND
{
	local line size=$((OVL_BENCH_ENTRIES + OVL_BENCH_MACS)) status=0

	# 1 kB an entry for table, batch and dump.
	"$OVL_SCRIPTS/vm.sh" --icount --payload "$work/payload" \
		--mem $((1024 + size / 1024))M --timeout $((900 + size / 300)) \
		"$1" ./bench-fdb-guest.sh "$2" batch "$OVL_BENCH_ENTRIES" \
		"$OVL_BENCH_PACKETS" "$OVL_BENCH_MACS" |
	while IFS= read -r line; do
		case $line in
		"= "*) echo "$2 ${line#= }" >> "$work/figures" ;;
		"# "*) say "$1, $2: ${line#\# } (at $SECONDS s)" ;;
		*) printf '%s\n' "$line" >&2 ;;
		esac
	done || status=$?
	[ "$status" = 0 ] || die "$1: $2 could not be measured (see above)"
}

# The rows of the table: a figure's name in the guest, what it is, its unit; and
# ovl's goal: of which other figure, how much at most.
list_rows()
{
	local n

	n=$(group "$OVL_BENCH_ENTRIES")
	cat <<-END
	insert|insertion, bridge -batch|insn/entry|vxlan|1
	insert_kernel|  of it in system calls|insn/entry
	dump|dump, bridge fdb show|insn/entry|vxlan|1
	dump_kernel|  of it in system calls|insn/entry
	flush|flush, bridge fdb flush|insn/entry|vxlan|1
	flush_kernel|  of it in system calls|insn/entry
	memory|memory, with one processor|bytes/entry|vxlan|0.333
	percpu|  and for each further processor|bytes/entry
	left|  not given back with the device|bytes/entry
	send_1|sending, 1 entry|insn/packet
	send_1000|sending, 1,000 entries in turns|insn/packet
	send_$OVL_BENCH_ENTRIES|sending, $n entries in turns|insn/packet|send_1|1.05
	first_$OVL_BENCH_ENTRIES|  the first packet to each|insn/packet
	copy|a broadcast to 8 endpoints|insn/copy|vxlan|0.5
	learn|learning a new MAC, above receiving|insn/packet
	relearn|the same MAC again|insn/packet
	opts_0|sending without options|insn/packet
	opts_32|sending 32 bytes of options|insn/packet|opts_0|1.03
	reflect_send|sending, reflect finds no flow|insn/packet
	reflect_new|reflect: receiving a new flow, above|insn/packet
	reflect_known|reflect: a known flow, above|insn/packet
	END
}

print_table() # SERIES
{
	cat <<-END

	The forwarding tables of ovl and vxlan, kernel $(cat "$(suite_dir "$1")/release")

	$(group "$OVL_BENCH_ENTRIES") entries toward $(group "$ENDPOINTS") endpoints; $(group "$OVL_BENCH_PACKETS") packets sent for a figure; $(group "$OVL_BENCH_MACS")
	MACs learned.  The clock of all figures is QEMU's count of executed instructions,
	with one processor.  Instruction counts are not cycles: a cache miss counts as one.
	A VM is not a server, veth is not a NIC.

	END
	list_rows | awk -F'|' '
	function group(number, sign, text) {
		if (number == "")
			return "-"
		sign = sub(/^-/, "", number) ? "-" : ""
		while (length(number) > 3) {
			text = "," substr(number, length(number) - 2) text
			number = substr(number, 1, length(number) - 3)
		}
		return sign number text
	}
	function judge(name, basis, factor, limit) {
		limit = basis == "vxlan" ? figure["vxlan " name] : figure["ovl " basis]
		if (figure["ovl " name] == "" || limit == "")
			return "?"
		return figure["ovl " name] <= factor * limit ? "met" : "MISSED"
	}
	function ratio(name) {
		if (figure["ovl " name] == "" || figure["vxlan " name] + 0 <= 0)
			return "-"
		return sprintf("%.2f", figure["ovl " name] / figure["vxlan " name])
	}
	BEGIN {
		title["send_1"] = "1 entry"
		title["opts_0"] = "none"
		title["vxlan"] = "vxlan"
		line = "%-37s %-11s %8s %8s %6s  %s\n"
		printf(line, "", "", "ovl", "vxlan", "ratio", "goal")
	}
	FILENAME != "-" {
		split($0, word, " ")
		figure[word[1] " " word[2]] = word[3]
		next
	}
	{
		goal = $4 == "" ? "" : "<= " $5 " x " title[$4] ": " \
			judge($1, $4, $5)
		printf(line, $2, $3, group(figure["ovl " $1]),
			group(figure["vxlan " $1]), ratio($1), goal)
	}' "$work/figures" -
}

main "$@"
