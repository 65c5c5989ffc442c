#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-compare.sh A.json B.json: show what differs between two runs of bench.sh
#
# Prints each figure that is in both files (of kinds but none, what a tunnel adds;
# of none and of TCP, all there is), those that differ by more than half a percent
# with a mark, and the largest difference in each kind.
#
# Called by make bench-compare.

. "${BASH_SOURCE[0]%/*}/lib.sh"

main()
{
	local file

	case ${1:-} in
	-h|--help) usage; exit ;;
	esac
	[ $# = 2 ] || die "which two files? (see --help)"
	need_programs jq
	for file; do
		jq -e .total "$file" > /dev/null 2>&1 ||
			die "$file is no result of bench.sh"
	done
	jq -rn --slurpfile a "$1" --slurpfile b "$2" '
	def figures: .total as $total | (.cost // {}) as $cost |
		[$total | to_entries[] | .key as $kind | .value | keys_unsorted[] |
			select($kind == "none" or startswith("tcp")) |
			[$kind, ., $total[$kind][.]]] +
		[$cost | to_entries[] | .key as $kind | .value | to_entries[] |
			select(.key | startswith("tcp") | not) | [$kind, .key, .value]] |
		map({ key: "\(.[0]) \(.[1])", value: .[2] }) | from_entries;
	["", "", $a[0].release, $b[0].release],
	["", "", $a[0].clock, $b[0].clock],
	(($a[0] | figures) as $old | ($b[0] | figures) as $new |
		$old | keys_unsorted[] | select($new[.] != null) |
		split(" ") + [$old[.], $new[.]]) | map(tostring) | join("|")' |
	awk -F'|' '
	function number(value) {
		return value ~ /^[0-9.-]+$/ ? sprintf(value < 100 ? "%.3f" : "%d", value) : value
	}
	NR <= 2 {
		printf "%-7s %-24s %22s %22s\n", $1, $2, $3, $4
		next
	}
	{
		change = $3 ? 100 * ($4 - $3) / $3 : 0
		size = change < 0 ? -change : change
		if (size >= largest[$1]) {
			largest[$1] = size
			where[$1] = $2
		}
		printf "%-7s %-24s %22s %22s %+8.2f%%%s\n", $1, $2, number($3),
			number($4), change, (size > 0.5 ? " *" : "")
	}
	END {
		print ""
		for (kind in largest)
			printf "%s differs by %.2f%% at most (%s)\n", kind,
				largest[kind], where[kind]
	}'
}

main "$@"
