#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# conformance.sh [--kernel SERIES]...: test what the RFCs require, row by row
# conformance.sh --judge SERIES: the same of the run that check.sh has just made
# conformance.sh --table: only whether all that the table names is there
#
# selftests/conformance.txt has a row for each requirement of RFC 8926, RFC 6040,
# RFC 6935 and RFC 6936, with the subtests that prove it or a sentence of the
# documentation.  Runs the tests that it names on a kernel, the newest unless
# named, lets tshark read all Geneve packets that were sent meanwhile, prints a
# TAP line for each row, and ends with
#	RFC 8926: 82 rows, N tested, N documented, N missing
# A row is missing, and this fails, if the table does not have it or has nothing
# for it, if one of its subtests is not there, was not run, or did not pass, or if
# one of its sentences is not in the documentation.
#
# Called by make conformance and, as part of make check, by check.sh.

. "${BASH_SOURCE[0]%/*}/lib.sh"

TABLE=$OVL_TREE/selftests/conformance.txt
LOGS=$OVL_TREE/build/check
# Number of rows by their letter, and what they are of; the one that the output
# ends with last.
ROWS=(E:11:"RFC 6040" Z:20:"RFC 6935 and RFC 6936" G:82:"RFC 8926")

main()
{
	local series='' kernels=() how=run failed=0

	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage; exit ;;
		--kernel) kernels+=("$2"); shift ;;
		--judge) series=$2 how=judge; shift ;;
		--table) how=table ;;
		*) die "unknown option $1 (see --help)" ;;
		esac
		shift
	done
	if [ ${#kernels[@]} -gt 1 ]; then
		for series in "${kernels[@]}"; do
			"$0" --kernel "$series" || failed=1
		done
		exit "$failed"
	fi
	: "${series:=${kernels[0]:-$(newest_series)}}"
	suite_of "$series" > /dev/null
	read_table
	[ "$how" != run ] || run_tests || failed=1
	[ "$how" = table ] || read_log
	read_documentation
	report || failed=1
	exit "$failed"
}

############################################################################
# The table: by row, what is required and what covers it.

declare -A REQUIREMENT COVER DOUBLE

read_table()
{
	local line row='' section keyword who what

	while IFS= read -r line; do
		case $line in
		'#'*|'') ;;
		$'\t'*)
			[ -n "$row" ] || die "$TABLE: no row above: $line"
			COVER[$row]+=${line#$'\t'}$'\n'
			;;
		*)
			IFS=$'\t' read -r row section keyword who what <<< "$line"
			[ -n "$what" ] || die "$TABLE: not five columns: $line"
			[ -z "${REQUIREMENT[$row]:-}" ] || DOUBLE[$row]=y
			REQUIREMENT[$row]="$what ($section, $keyword, $who)"
			;;
		esac
	done < "$TABLE"
}

# One that is not there is found when the rows are judged.
tests_of_table()
{
	local test

	sed -n 's/^\ttest\t\([^\t]*\)\t.*/\1/p' "$TABLE" | sort -u |
		while read -r test; do
			[ ! -e "$OVL_TREE/selftests/$test" ] || echo "$test"
		done
}

############################################################################
# The run.

# What check.sh prints is progress here.
run_tests()
{
	local tests

	mapfile -t tests < <(tests_of_table)
	OVL_CAPTURES=y "$OVL_SCRIPTS/check.sh" --kernel "$series" "${tests[@]}" >&2
}

# By "SCRIPT<tab>SUBTEST": OK, FAIL or SKIP, the last one of several tries.
declare -A RESULT

read_log()
{
	local script name verdict

	[ -s "$LOGS/$series.log" ] ||
		die "there is no build/check/$series.log: nothing was run"
	while IFS=$'\t' read -r script name verdict; do
		RESULT[$script$'\t'$name]=$verdict
	done < <(sed -nE '
		/^# selftests: ovl: /{ s///; h; }
		/^# TEST: .*\[( OK |FAIL|SKIP)\]$/{
			s/^# TEST: (.*[^ ]) *\[ ?(OK|FAIL|SKIP) ?\]$/\1\t\2/
			s/ \([^()]*\)\tSKIP$/\tSKIP/
			G
			s/^(.*)\n(.*)$/\2\t\1/p
		}' "$LOGS/$series.log")
}

# The documentation without blanks and without marks.
declare -A TEXT
MARKS=$' \t\n"`*\\\\'

read_documentation()
{
	local file

	for file in README.md iproute2-patch/ip-link-ovl.8; do
		TEXT[$file]=$(sed 's/^\.[A-Z][A-Za-z]* *//; s/\\-/-/g; s/\\f.//g' \
			"$OVL_TREE/$file" | tr -d "$MARKS")
	done
}

############################################################################
# The judgement.

# What is wrong with one line of what covers a row; nothing: it is fine.
fault() # KIND FILE NAME
{
	local wrong sentence=${3//[$MARKS]/}

	case $1 in
	test)
		case ${RESULT[$2$'\t'$3]:-} in
		OK) ;;
		FAIL) echo "$2: $3: failed" ;;
		SKIP) echo "$2: $3: skipped" ;;
		*)
			wrong=$(why_not_run "$2" "$3")
			[ "$how,$wrong" = "table,was not run" ] ||
				echo "$2: $3: $wrong"
			;;
		esac
		;;
	doc)
		[ -n "$sentence" ] && [[ ${TEXT[$2]:-} == *"$sentence"* ]] ||
			echo "$2 does not say: $3"
		;;
	*) echo "neither a test nor documentation: $*" ;;
	esac
}

why_not_run() # SCRIPT SUBTEST
{
	if [ ! -e "$OVL_TREE/selftests/$1" ]; then
		echo "no such test"
	elif ! grep -qF "\"$2\"" "$OVL_TREE/selftests/$1"; then
		echo "no such subtest"
	else
		echo "was not run"
	fi
}

# Sets kind to tested, documented or missing, and prints the TAP line.
judge() # ROW
{
	local row=$1 what file name faults=() wrong by=''

	kind=documented
	while IFS=$'\t' read -r what file name; do
		[ -n "$what" ] || continue
		wrong=$(fault "$what" "$file" "$name")
		[ -z "$wrong" ] || faults+=("$wrong")
		if [ "$what" = test ]; then
			kind=tested
			by+="; $file: $name"
		else
			by+="; ${file##*/}"
		fi
	done <<< "${COVER[$row]:-}"
	[ -n "${REQUIREMENT[$row]:-}" ] || faults+=("not in the table")
	[ -z "${DOUBLE[$row]:-}" ] || faults+=("in the table twice")
	[ -n "$by" ] || faults+=("neither a test nor documentation")
	: $((++number))
	if [ ${#faults[@]} -gt 0 ]; then
		kind=missing
		printf '#   %s\n' "${faults[@]}"
		echo "not ok $number $row ${REQUIREMENT[$row]:-}"
	else
		echo "ok $number $row ${REQUIREMENT[$row]} - ${by#; }"
	fi
}

# Fails if anything is not as it should be.
report()
{
	local rows letter count what n number=0 kind lacking=0 summary=''
	local -A kinds known=()

	echo "TAP version 13"
	for rows in "${ROWS[@]}"; do
		IFS=: read -r letter count what <<< "$rows"
		kinds=([tested]=0 [documented]=0 [missing]=0)
		for ((n = 1; n <= count; n++)); do
			printf -v row '%s%02d' "$letter" "$n"
			known[$row]=y
			judge "$row"
			kinds[$kind]=$((kinds[$kind] + 1))
		done
		lacking=$((lacking + kinds[missing]))
		summary+="$what: $count rows, ${kinds[tested]} tested,"
		summary+=" ${kinds[documented]} documented, ${kinds[missing]} missing"$'\n'
	done
	for row in "${!REQUIREMENT[@]}"; do
		[ -n "${known[$row]:-}" ] || die "$TABLE: what is row $row?"
	done
	[ "$how" = table ] || judge_captures || lacking=$((lacking + 1))
	echo "1..$number"
	printf %s "$summary"
	[ "$lacking" = 0 ]
}

# The packets of the run, by tshark, which the root of every series has.
judge_captures()
{
	local dir=$LOGS/$series.captures said verdict=ok

	cp "$OVL_TREE/selftests/dissect.sh" "$dir/" 2> /dev/null || :
	said=$(in_root "$series" "$dir" ./dissect.sh . 2>&1) || verdict="not ok"
	[ "$verdict" = ok ] || printf '%s\n' "$said" | sed 's/^/#   /'
	echo "$verdict $((++number)) captures read by tshark - ${said##*$'\n'}"
	[ "$verdict" = ok ]
}

main "$@"
