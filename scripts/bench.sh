#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh: count the instructions that tunnels spend on a packet, in VMs
#
# Measures ovl beside the same kernel's geneve and vxlan and beside no tunnel, with
# the same packets and settings, and prints for each kernel a table and the goals;
# lib_bench_rows.sh lists both.  Leaves build/bench/SERIES.json, and a chart of the
# goals, build/bench/bench.svg; of real time, build/bench/SERIES.wall.json.
#
# The status is 1 if a goal is missed, 2 if something could not be measured.
#
# A kernel takes 10 minutes of processor time, and a VM up to 7 GB of memory for
# the many devices, which are half of both (see OVL_BENCH_DEVICES).
#
# The clock counts executed instructions (vm.sh --icount): figures repeat, on any
# machine, and what else runs there does not change them.  With OVL_BENCH_CLOCK=wall
# it is real time, in nanoseconds: of a VM, which means something with KVM only, or
# of this machine with OVL_BENCH_HERE=y (as root; ovl has to be installed; nothing
# is left behind).  The kinds then take turns, and a figure is the median of its
# rounds, with half the distance of the quartiles; costs are taken in each round.
#
#   KERNELS=SERIES...        the kernels (default: all of kernels.conf)
#   KINDS=KIND...            of none, ovl, geneve and vxlan (default: all)
#   OVL_BENCH_ROWS=ROW...    only these rows, and what they are compared with: a name,
#                            or a pattern such as 'send*'
#   OVL_BENCH_PACKETS=N      packets sent for a figure (default 5000; wall: 200000)
#   OVL_BENCH_ENTRIES=N      of the largest forwarding database (default 1000000)
#   OVL_BENCH_DEVICES=N      where there are many devices (default 100000)
#   OVL_BENCH_JOBS=N         VMs at the same time (default: one for each processor)
#   OVL_BENCH_CLOCK=wall     real time instead of instructions
#   OVL_BENCH_HERE=y         with it: no VM, but this machine
#   OVL_BENCH_ROUNDS=N       with it: rounds (default 9)
#
# Called by make bench.

. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/lib_bench.sh"
. "${BASH_SOURCE[0]%/*}/lib_bench_rows.sh"

: "${KERNELS:=$(supported_series | tr '\n' ' ')}"
: "${KINDS:=none ovl geneve vxlan}"
: "${OVL_BENCH_ROWS:=*}"
: "${OVL_BENCH_CLOCK:=instructions}"
if [ "$OVL_BENCH_CLOCK" = wall ]; then
	: "${OVL_BENCH_PACKETS:=200000}" "${OVL_BENCH_ROUNDS:=9}" "${OVL_BENCH_HERE:=}"
else
	: "${OVL_BENCH_PACKETS:=5000}"
	OVL_BENCH_ROUNDS=1 OVL_BENCH_HERE=
fi
: "${OVL_BENCH_ENTRIES:=1000000}"
: "${OVL_BENCH_DEVICES:=100000}"
: "${OVL_BENCH_JOBS:=$(nproc)}"

OUT=build/bench

main()
{
	local series

	case ${1:-} in
	-h|--help) usage; exit ;;
	esac
	[ $# = 0 ] || die "takes no argument (see --help)"
	check_settings
	cd "$OVL_TREE"
	need_programs jq gnuplot:gnuplot-nox
	work=$(mktemp -d)
	trap clean_up EXIT
	mkdir -p "$OUT"
	list_rows > "$work/table"
	select_rows > "$work/rows"
	missed=
	if [ -n "$OVL_BENCH_HERE" ]; then
		KERNELS=$(uname -r)
		measure_here
	else
		need_vm_programs
		measure_in_vms
	fi
	for series in $KERNELS; do
		report "$series"
	done
	[ "$OVL_BENCH_CLOCK" = wall ] || draw || say "there is no chart"
	[ ! -e "$work/failed" ] || exit 2
	[ -z "$missed" ] || exit 1
}

# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	local pid

	for pid in $(jobs -p); do
		kill -- "-$pid" 2> /dev/null || :
	done
	rm -rf "$work"
}

check_settings()
{
	local kind series

	check_number OVL_BENCH_PACKETS 100 10000000
	check_number OVL_BENCH_ENTRIES 1000 $((1 << 24))
	check_number OVL_BENCH_DEVICES 1 1000000
	check_number OVL_BENCH_JOBS 1 1000
	check_number OVL_BENCH_ROUNDS 1 1000
	[[ $OVL_BENCH_CLOCK = @(instructions|wall) ]] ||
		die "OVL_BENCH_CLOCK is instructions or wall"
	for kind in $KINDS; do
		[[ $kind = @(none|ovl|geneve|vxlan) ]] || die "no kind '$kind'"
	done
	for series in $KERNELS; do
		suite_of "$series" > /dev/null
	done
}

# Those that were asked for, and what is taken off them.
select_rows()
{
	awk -F'|' -v asked="$OVL_BENCH_ROWS" '
	function glob(pattern) {
		sub(/^receive/, "both", pattern)
		gsub(/\*/, ".*", pattern)
		return "^" pattern "$"
	}
	BEGIN { n = split(asked, patterns, " ") }
	{
		order[NR] = $1
		base[$1] = $3
		less[$1] = $4
		for (i = 1; i <= n; i++)
			if ($1 ~ glob(patterns[i]))
				wanted[$1]
	}
	END {
		for (i = NR; i > 0; i--) {
			name = order[i]
			if (name in wanted && less[name] != "")
				wanted[less[name]]
		}
		for (name in wanted)
			wanted[base[name]]
		for (i = 1; i <= NR; i++)
			if (order[i] in wanted)
				print order[i]
	}' "$work/table"
}

largest_fdb()
{
	grep -qx "send_fdb$OVL_BENCH_ENTRIES" "$work/rows" && echo "$OVL_BENCH_ENTRIES" ||
		echo "$ENDPOINTS"
}

wait_for_less_than() # NUMBER
{
	while [ "$(jobs -rp | wc -l)" -ge "$1" ]; do
		sleep 0.5
	done
}

# With instructions a VM for each kind, so that none finds what another has left
# behind; with real time the kinds have to take turns.
measure_in_vms()
{
	local series kind

	for series in $KERNELS; do
		bench_payload "$series" "$work/payload.$series" bench-guest.sh \
			lib_bench_guest.sh lib_bench_rows.sh
		list_entries "$(largest_fdb)" > "$work/payload.$series/ovl/batch"
		if [ "$OVL_BENCH_CLOCK" = wall ]; then
			measure_in_vm "$series" "$KINDS"
			continue
		fi
		# What takes longest goes first.
		for kind in ovl vxlan geneve none; do
			[[ " $KINDS " = *" $kind "* ]] || continue
			wait_for_less_than "$OVL_BENCH_JOBS"
			# A process group for each, so that clean_up ends all of it.
			set -m
			measure_in_vm "$series" "$kind" --icount &
			set +m
		done
	done
	wait
}

measure_in_vm() # SERIES KINDS [OPTION OF vm.sh]
{
	local series=$1 kinds=$2 mem=1024

	shift 2
	[ "$(largest_fdb)" = "$ENDPOINTS" ] || mem=$((mem + OVL_BENCH_ENTRIES / 1000))
	if [[ $kinds = *ovl* ]] && grep -q devices "$work/rows"; then
		mem=$((mem + OVL_BENCH_DEVICES / 20))
	fi
	collect "$series" "${kinds// /-}" "$OVL_SCRIPTS/vm.sh" "$@" --smp 1 \
		--payload "$work/payload.$series" --mem "${mem}M" --timeout 36000 \
		--idle 3600 "$series" env "OVL_BENCH_ENTRIES=$OVL_BENCH_ENTRIES" \
		"OVL_BENCH_DEVICES=$OVL_BENCH_DEVICES" \
		./bench-guest.sh "$kinds"
}

# In a network namespace of its own.
measure_here()
{
	local dir=$work/here

	[ "$(id -u)" = 0 ] || die "needs root"
	mkdir "$dir"
	cp -a "$OVL_SCRIPTS"/{bench-guest.sh,lib_bench_guest.sh,lib_bench_rows.sh} \
		selftests "$dir/"
	make -s -C "$dir/selftests" traffic
	list_entries "$(largest_fdb)" > "$dir/batch"
	collect "$KERNELS" here unshare --net --mount "$dir/bench-guest.sh" "$KINDS"
}

# Run a command with the arguments of bench-guest.sh after the kinds, and keep the
# figures that it prints.
collect() # SERIES NAME CMD...
{
	local series=$1 name=$2 line rows status=0

	shift 2
	mapfile -t rows < "$work/rows"
	export OVL_BENCH_ENTRIES OVL_BENCH_DEVICES
	"$@" "$OVL_BENCH_ROUNDS" "$OVL_BENCH_PACKETS" batch "${rows[@]}" |
	while IFS= read -r line; do
		case $line in
		"= "*) echo "${line#= }" >> "$work/figures.$series.$name" ;;
		"# "*) say "$series: ${line#\# } (at $SECONDS s)" ;;
		?*) printf '%s\n' "$series: $line" >&2 ;;
		esac
	done || status=$?
	if [ "$status" != 0 ]; then
		echo "$series: not all could be measured (see above)" >&2
		touch "$work/failed"
	fi
}

# From what was measured to JSON, and to what is printed.
report() # SERIES
{
	release=$1
	[ -n "$OVL_BENCH_HERE" ] || release=$(cat "$(suite_dir "$1")/release")
	touch "$work/figures.$1.none"
	cat "$work/figures.$1."* | derive > "$work/derived"
	list_goals | judge > "$work/goals"
	make_json "$1" > "$(result_of "$1")"
	print_table
	print_goals
	if cut -d'|' -f5 "$work/goals" | grep -qx MISSED; then
		missed=y
	fi
}

# Where the figures of a series are in the end.
result_of() # SERIES
{
	local wall=

	[ "$OVL_BENCH_CLOCK" != wall ] || wall=.wall
	echo "$OUT/$1$wall.json"
}

# Read lines KIND ROW VALUE, one for each round, print lines
#   WHICH KIND ROW MEDIAN QUARTILE QUARTILE
# where WHICH is total or cost, see list_goals.
derive()
{
	awk -v rounds="$OVL_BENCH_ROUNDS" '
	function put(which, kind, row, value,   i, k, swap) {
		for (i = 2; i <= rounds; i++)
			for (k = i; k > 1 && value[k] < value[k - 1]; k--) {
				swap = value[k]
				value[k] = value[k - 1]
				value[k - 1] = swap
			}
		printf "%s %s %s %.6g %.6g %.6g\n", which, kind, row,
			value[int((rounds + 1) / 2)], value[int((rounds + 3) / 4)],
			value[int((3 * rounds + 3) / 4)]
	}
	function has(kind, row) {
		return seen[kind, row] >= rounds
	}
	FILENAME != "-" {
		split($0, field, "|")
		name = field[1]
		names[++rows] = name
		base[name] = field[3]
		less[name] = field[4]
		next
	}
	{
		total[$1, $2, ++seen[$1, $2]] = $3
	}
	END {
		kinds = split("none ovl geneve vxlan", kind, " ")
		for (k = 1; k <= kinds; k++)
			for (i = 1; i <= rows; i++) {
				if (!has(kind[k], names[i]))
					continue
				for (r = 1; r <= rounds; r++)
					value[r] = total[kind[k], names[i], r]
				put("total", kind[k], names[i], value)
			}
		for (k = 2; k <= kinds; k++)
			for (i = 1; i <= rows; i++) {
				if (!has(kind[k], names[i]) || !has("none", base[names[i]]))
					continue
				for (r = 1; r <= rounds; r++)
					value[r] = total[kind[k], names[i], r] - \
						total["none", base[names[i]], r]
				put("cost", kind[k], names[i], value)
			}
		for (k = 2; k <= kinds; k++)
			for (i = 1; i <= rows; i++) {
				name = names[i]
				sent = less[name]
				if (!has(kind[k], name) || !has("none", base[name]) ||
				    !has(kind[k], sent) || !has("none", base[sent]))
					continue
				for (r = 1; r <= rounds; r++)
					value[r] = total[kind[k], name, r] - total["none", base[name], r] - \
						total[kind[k], sent, r] + total["none", base[sent], r]
				put("cost", kind[k], "receive" substr(name, 5), value)
			}
	}' "$work/table" -
}

# Read the goals, print them as TITLE|FIGURE|OF|MOST|RESULT.
judge()
{
	awk -F'|' '
	FILENAME != "-" {
		split($0, word, " ")
		figure[word[1] " " word[2] " " word[3]] = word[4]
		next
	}
	{
		mine = figure[$1 " " $2]
		other = figure[$1 " " $3]
		if (mine == "" || other <= 0) {
			printf "%s||%s|%s|\n", $5, $3, $4
			next
		}
		ratio = mine / other
		printf "%s|%.3f|%s|%s|%s\n", $5, ratio, $3, $4, ratio <= $4 ? "met" : "MISSED"
	}' "$work/derived" -
}

make_json() # SERIES
{
	jq -n --arg series "$1" --arg release "$release" --arg clock "$OVL_BENCH_CLOCK" \
		--argjson packets "$OVL_BENCH_PACKETS" --argjson rounds "$OVL_BENCH_ROUNDS" \
		--rawfile derived "$work/derived" --rawfile goals "$work/goals" '
	def lines: split("\n")[:-1][];
	{ $series, $release, $clock, $packets, $rounds } +
	reduce ($derived | lines | split(" ")) as [$which, $kind, $row, $value, $low, $high] ({};
		.[$which][$kind][$row] = ($value | tonumber) |
		if $rounds > 1 then
			.quartiles[$which][$kind][$row] = ([$low, $high] | map(tonumber))
		else . end) +
	{ goals: [$goals | lines | split("|") |
		{ what: .[0], figure: (.[1] | tonumber? // null), of: .[2],
		  most: (.[3] | tonumber), result: .[4] }] }'
}

print_table()
{
	if [ "$OVL_BENCH_CLOCK" = wall ]; then
		printf '\nNanoseconds that tunnels take, kernel %s\n\n' "$release"
		echo "A frame of 60 bytes, $(group "$OVL_BENCH_PACKETS") times, in $OVL_BENCH_ROUNDS rounds, in which the kinds take turns:"
		echo "medians, and half the distance of the quartiles."
	else
		printf '\nInstructions that tunnels take, kernel %s\n\n' "$release"
		echo "A frame of 60 bytes, $(group "$OVL_BENCH_PACKETS") times; one processor; QEMU counts what it executes."
		echo "Instructions are not cycles: a cache miss counts as one.  A VM is not a server,"
		echo "veth is not a NIC."
	fi
	cat <<-END
	Column "none" is all there is without a tunnel, the others are what a tunnel adds,
	or, where the row says "in all", all there is.

	END
	awk -F'|' -v rounds="$OVL_BENCH_ROUNDS" '
	function number(key,   value) {
		value = figure[key]
		if (value == "")
			return "-"
		value = sprintf(value < 100 ? "%.3f" : "%d", value)
		if (rounds > 1)
			value = value sprintf(" +-%.1f%%", spread[key])
		return value
	}
	function ratio(mine, other) {
		return mine == "" || other <= 0 ? "-" : sprintf("%.2f", mine / other)
	}
	function line(title, row, base, which,   ovl, geneve, vxlan) {
		ovl = which " ovl " row
		geneve = which " geneve " row
		vxlan = which " vxlan " row
		if (figure[ovl] figure[geneve] figure[vxlan] == "")
			return
		printf(format, title, number("total none " base), number(ovl),
			number(geneve), number(vxlan), ratio(figure[ovl], figure[geneve]),
			ratio(figure[ovl], figure[vxlan]))
	}
	BEGIN {
		width = rounds > 1 ? 13 : 7
		format = "%-52s %" width "s %" width "s %" width "s %" width "s %7s %7s\n"
		printf(format, "", "none", "ovl", "geneve", "vxlan", "/geneve", "/vxlan")
	}
	FILENAME != "-" {
		split($0, word, " ")
		key = word[1] " " word[2] " " word[3]
		figure[key] = word[4]
		spread[key] = word[4] ? 50 * (word[6] - word[5]) / word[4] : 0
		next
	}
	/^send/ { line("send: " $8, $1, $3, "cost") }
	/^both/ {
		line("receive: " $8, "receive" substr($1, 5), $3, "cost")
		line("both: " $8, $1, $3, "cost")
	}
	/^tcp/ {
		line($8, $1, $3, "cost")
		line($8 ", in all", $1, $3, "total")
	}
	' "$work/derived" - < "$work/table"
}

print_goals()
{
	echo
	awk -F'|' '
	BEGIN {
		format = "%-50s %8s %8s  %-26s %s\n"
		printf(format, "goal", "figure", "at most", "of", "")
	}
	{ printf(format, $1, $2 == "" ? "-" : $2, $4, $3, $5 == "" ? "not measured" : $5) }
	' "$work/goals"
}

# The goals as a chart: a bar for each kernel, a line for what is allowed.
draw()
{
	local files=() series

	for series in $KERNELS; do
		files+=("$(result_of "$series")")
	done
	jq -rs '
	def against: split(" ")[0] | if . == "ovl" then "plain ovl" else . end;
	. as $kernels | (["", "", ""] + map(.release)),
	(.[0].goals | to_entries[] |
		[-.key, .value.what + " / " + (.value.of | against), .value.most] +
		[.key as $n | $kernels[].goals[$n].figure // "?"]) | @tsv
	' "${files[@]}" > "$work/chart"
	OVL_BENCH_CHART=$work/chart gnuplot > "$OUT/bench.svg" <<-'END'
	file = system("echo $OVL_BENCH_CHART")
	set terminal svg size 960,860 dynamic font "sans-serif,13" background "white"
	set datafile separator tab
	set datafile missing "?"
	set title "ovl: instructions, as a multiple of geneve's, vxlan's, none or plain ovl's" offset -20
	set style fill solid
	set xrange [0:1.4]
	set yrange [*:0.6]
	set grid xtics
	set key outside bottom center horizontal
	stats file skip 1 nooutput
	kernels = STATS_columns - 3
	height = 0.8 / kernels
	plot for [k = 1:kernels] file skip 1 \
		using (0):(top = $1 + 0.4 - (k - 1) * height):(0):(column(k + 3)):(top - 0.9 * height):(top) \
		with boxxyerror title system(sprintf("head -n 1 %s | cut -f%d", file, k + 3)), \
		file skip 1 using (0):1:ytic(2) with points pt -1 notitle, \
		file skip 1 using 3:($1 - 0.45):(0):(0.9) with vectors nohead lw 3 lc "black" title "goal"
	END
}

main "$@"
