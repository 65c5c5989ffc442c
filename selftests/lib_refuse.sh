# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_refuse.sh: requests about devices of $A that are to be refused, and change
# nothing.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# All that the standard tools show of the devices, but for ages.
state()
{
	ip -n "$A" -d link show
	ip -n "$A" link xstats type "$KIND"
	bridge -n "$A" -d fdb show
}

check_state() # WHAT BEFORE
{
	local after

	after=$(state)
	[ "$after" = "$2" ] ||
		differs "$1" "no change" "$(diff <(echo "$2") <(echo "$after"))"
}

# Lines of TYPED => MESSAGE on stdin, each of which ip is told; it has to print
# all the messages, and show the same devices after each of them.
refused() # PREFIX
{
	local line batch='link show'$'\n' typed=() wanted=() shown said errors i
	local before

	while IFS= read -r line; do
		line=${line#"${line%%[![:blank:]]*}"}
		typed+=("$1 ${line%% => *}")
		wanted+=("Error: ${line#* => }.")
		batch+="$1 ${line%% => *}"$'\n'"link show"$'\n'
	done
	before=$(state)
	errors=$(mktemp)
	mapfile -t shown < <(ip -n "$A" -d -j -force -b - <<< "$batch" 2> "$errors")
	mapfile -t said < <(grep -v '^Command failed' "$errors")
	rm "$errors"
	for i in "${!wanted[@]}"; do
		[ "${said[i]:-}" = "${wanted[i]}" ] ||
			differs "${typed[i]}" "${wanted[i]}" "${said[i]:-nothing}"
		[ "${shown[i + 1]:-}" = "${shown[0]}" ] ||
			differs "${typed[i]}" "${shown[0]}" "${shown[i + 1]:-nothing}"
	done
	[ ${#said[@]} = ${#wanted[@]} ] ||
		differs "in all" "${#wanted[@]} errors" "${#said[@]}"
	check_state "in all" "$before"
}

# Fail with what was expected and what was seen.
differs() # WHAT EXPECTED SEEN
{
	printf '%s\n    expected: %s\n    seen:     %s\n' "$@"
	RET=$ksft_fail
}

# Requests that ip does not know how to make; and the number of each error.
# Lines of ERRNO ATTRIBUTE MESSAGE: WORDS of wire's "link".
answered() # add|set DEVICE
{
	local error attr message words line

	while IFS= read -r line; do
		read -r error attr message <<< "${line%% => *}"
		words=${line#* => }
		ask link "$A" "$2" "$1" "$KIND" $words && SAID=(taken)
		[[ ${SAID[*]} == "$error attr=$attr ${message}"* ]] ||
			differs "$words" "$error attr=$attr $message" "${SAID[*]}"
	done
}

index_of() # DEVICE
{
	local line

	line=$(ip -n "$A" -o link show "$1")
	echo "${line%%:*}"
}
