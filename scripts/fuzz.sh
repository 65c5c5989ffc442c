#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh [wire|receive|netlink]...: garbage on every input, for a bounded while
#
#   wire     kmod/geneve.h in user space, under libFuzzer with the address and
#            undefined behaviour sanitizers, beside a second reader and writer
#            (selftests/fuzz); every file of selftests/fuzz/crashes is run first
#   receive  frames at devices of every kind (selftests/fuzz_recv.sh)
#   netlink  requests of every kind (selftests/fuzz_netlink.sh)
#
# All three unless named, each OVL_FUZZ_SECONDS long (60).  The last two run in
# User Mode Linux under KASAN, UBSAN and kmemleak; that kernel is built when it is
# missing, 11 minutes on two processors.  OVL_FUZZ_SEED says what they do: a
# failure names the seed that shows it again at once.
#
# An input that fails goes to selftests/fuzz/crashes, to be kept there as a test.
# What the fuzzer has learned stays in build/fuzz/corpus for the next run, all
# that was printed in build/fuzz/*.log.  Ends with a line for each, as it may
# stand in a table of figures; they are in build/fuzz/figures too.
#
# Called by make fuzz.

. "${BASH_SOURCE[0]%/*}/lib.sh"

FUZZ=$OVL_TREE/selftests/fuzz
LOGS=$OVL_TREE/build/fuzz
: "${OVL_FUZZ_SECONDS:=60}"
: "${OVL_FUZZ_SEED:=}"

main()
{
	local step failed=0 tests=()

	case ${1:-} in
	-h|--help) usage; exit ;;
	esac
	[ $# -gt 0 ] || set -- wire receive netlink
	mkdir -p "$LOGS"
	: > "$LOGS/figures"
	for step; do
		case $step in
		wire) fuzz_wire || failed=1 ;;
		receive) tests+=(fuzz_recv.sh) ;;
		netlink) tests+=(fuzz_netlink.sh) ;;
		*) die "unknown step $step (see --help)" ;;
		esac
	done
	[ ${#tests[@]} = 0 ] || fuzz_kernel "${tests[@]}" || failed=1
	cat "$LOGS/figures"
	[ "$failed" = 0 ] || die "something was found (see above)"
}

############################################################################
# The wire format.

# The compiler may be there without its fuzzer.
need_libfuzzer()
{
	need_programs clang
	echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		clang -fsanitize=fuzzer -x c -o /dev/null - 2> /dev/null ||
		apt_install libclang-rt-dev
}

# The lines of corpus.txt as files, beside what earlier runs have found.
make_corpus() # DIR
{
	local name hex bytes

	mkdir -p "$1"
	while read -r name hex; do
		[[ $name == [a-z]* ]] || continue
		hex=${hex// /}
		bytes=
		for ((; ${#hex} > 1; )); do
			bytes+="\\x${hex:0:2}"
			hex=${hex:2}
		done
		printf '%b' "$bytes" > "$1/$name"
	done < "$FUZZ/corpus.txt"
}

fuzz_wire()
{
	local log=$LOGS/wire.log since=$SECONDS runs crashes

	need_libfuzzer
	take_lock fuzz-wire
	clang -g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o "$LOGS/geneve" "$FUZZ/geneve.c" || return 1
	make_corpus "$LOGS/corpus"
	say "wire: $OVL_FUZZ_SECONDS s"
	mapfile -t crashes < <(find "$FUZZ/crashes" -type f ! -name README)
	# Without any it would begin to fuzz
	if ! "$LOGS/geneve" "$FUZZ/crashes/README" "${crashes[@]}" > "$log" 2>&1 ||
	   ! "$LOGS/geneve" -max_total_time="$OVL_FUZZ_SECONDS" -max_len=600 \
		${OVL_FUZZ_SEED:+-seed="$OVL_FUZZ_SEED"} -print_final_stats=1 \
		-artifact_prefix="$FUZZ/crashes/" "$LOGS/corpus" >> "$log" 2>&1
	then
		grep -vE '^(#|INFO|NEW|REDUCE)' "$log" | tail -n 60 >&2
		say "wire: failed; the full log: $log"
		return 1
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	echo "FUZZ wire: $runs executions, $(find "$LOGS/corpus" -type f | wc -l)" \
		"inputs in the corpus, ${#crashes[@]} kept, $((SECONDS - since)) s" \
		>> "$LOGS/figures"
	release_lock
}

############################################################################
# In the kernel.

fuzz_kernel() # TEST...
{
	local log=$LOGS/kernel.log status=0 why=

	"$OVL_SCRIPTS/uml.sh" build kasan >&2 || return 1
	"$OVL_SCRIPTS/uml.sh" module --flavour kasan >&2 || return 1
	say "$*: $OVL_FUZZ_SECONDS s each"
	"$OVL_SCRIPTS/uml.sh" run --flavour kasan \
		--timeout $((OVL_FUZZ_SECONDS * 2 * $# + 300)) \
		env OVL_FUZZ_SECONDS="$OVL_FUZZ_SECONDS" \
		OVL_FUZZ_SEED="$OVL_FUZZ_SEED" \
		kselftest_override_timeout=$((OVL_FUZZ_SECONDS * 2 + 100)) \
		selftests/run.sh "$@" > "$log" 2>&1 || status=$?
	sed -n 's/^# \(FUZZ [a-z]*:\)/\1/p' "$log" >> "$LOGS/figures"
	if [ "$status" = 0 ]; then
		[ "$(grep -c '^# FUZZ' "$log")" != $# ] || return 0
		why="a test was skipped: nothing was fuzzed"
	fi
	grep -v '^# FUZZ' "$log" >&2
	say "${why:-status $status of uml.sh}; the full log: $log"
	return 1
}

main "$@"
