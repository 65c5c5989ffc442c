#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lint.sh [checkpatch|shellcheck|coccinelle|analyzer|sparse]...: read the sources
# for faults
#
# checkpatch --strict reads kmod/ and iproute2-patch/, shellcheck every script,
# coccinelle the module with the checks of the kernel's scripts/coccinelle, gcc's
# and clang's analyzers what of it compiles in user space (kmod/geneve.h), and
# sparse the module, with W=1 and the headers of each supported kernel.
#
# All of them unless named.  Anything that is found is a failure, but what a
# comment beside it argues: checkpatch's finding of type TYPE is accepted where
# the line or one of the five lines above says "checkpatch TYPE: the reason", one
# of coccinelle's check CHECK.cocci where it says "coccinelle CHECK: the reason".
#
# smatch is not used: Debian has no package of it.
#
# Called by make lint.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# checkpatch and coccinelle's checks come with the kernel's sources only; those of
# the oldest suite change least.
CHECKPATCH=$OVL_CACHE/checkpatch
CHECKPATCH_FILES=(checkpatch.pl const_structs.checkpatch spelling.txt)
COCCINELLE=$CHECKPATCH/coccinelle
# One check takes no longer
COCCI_SECONDS=120

main()
{
	local step failed=0

	case ${1:-} in
	-h|--help) usage; exit ;;
	--run) cd "$OVL_TREE"; "run_$2" "${@:3}"; exit ;;
	esac
	[ $# -gt 0 ] || set -- checkpatch shellcheck coccinelle analyzer sparse
	for step; do
		case $step in
		checkpatch|shellcheck|coccinelle|analyzer|sparse) ;;
		*) die "unknown step $step (see --help)" ;;
		esac
		say "$step"
		# A process of its own, where a failing command ends it; within
		# "if", a function would go on.
		"$0" --run "$step" || failed=1
	done
	[ "$failed" = 0 ] || die "something was found (see above)"
	say "nothing was found"
}

run_checkpatch()
{
	local files=() found

	# The package perl: what every Debian has, perl-base, is not enough.
	need_programs prove:perl
	fetch_checkpatch
	mapfile -t files < <(find "$OVL_TREE"/{kmod,iproute2-patch} -name '*.[ch]' \
		! -name '*.mod.c' ! -name autoconf.h | LC_ALL=C sort)
	# Not from the tree: it leaves a file where it is started.
	found=$( (cd "$CHECKPATCH" && ./checkpatch.pl --strict --no-tree --terse \
		--show-types --no-summary --file "${files[@]}") |
		sed "s|^$OVL_TREE/||" | without_argued checkpatch || :)
	if [ -n "$found" ]; then
		echo "$found"
		exit 1
	fi
}

# Drop the findings, FILE:LINE:ANY:TYPE: ..., that a comment argues.
without_argued() # TOOL
{
	local line file number type

	while IFS= read -r line; do
		IFS=: read -r file number _ type _ <<< "$line"
		if [[ $number =~ ^[0-9]+$ ]] &&
		   sed -n "$((number > 5 ? number - 5 : 1)),${number}p" "$file" |
				grep -q "$1 $type:"; then
			continue
		fi
		printf '%s\n' "$line"
	done
}

fetch_checkpatch()
{
	local suite series new=$CHECKPATCH.new

	! checkpatch_is_whole || return 0
	take_lock checkpatch
	! checkpatch_is_whole || return 0
	need_programs xz:xz-utils
	series=$(supported_series | head -n 1)
	suite=$(suite_of "$series")
	say "fetching checkpatch out of Debian's linux-source-$series (130 MB)"
	update_suite_lists "$suite"
	rm -rf "$new"
	mkdir -p "$new"
	(cd "$new" && suite_apt "$suite" apt-get download -qq "linux-source-$series")
	dpkg-deb --fsys-tarfile "$new"/*.deb |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | xz -T0 -dc |
		tar -x -C "$new" --strip-components=2 --wildcards \
			"${CHECKPATCH_FILES[@]/#/*/scripts/}" '*/scripts/coccinelle'
	rm "$new"/*.deb
	(cd "$new" && cksum "${CHECKPATCH_FILES[@]}" > stamp)
	rm -rf "$CHECKPATCH"
	mv "$new" "$CHECKPATCH"
}

checkpatch_is_whole()
{
	[ -e "$CHECKPATCH/stamp" ] && [ -d "$COCCINELLE" ] &&
	[ "$(cat "$CHECKPATCH/stamp")" = \
		"$(cd "$CHECKPATCH" && cksum "${CHECKPATCH_FILES[@]}" 2> /dev/null)" ]
}

# All checks that report, on as many processors as there are; without those that
# are programs in OCaml, for which its compiler would be needed (two, of which one
# is about batteries, and the other, of comparing pointers with 0, is sparse's).
run_coccinelle()
{
	local found

	need_programs prove:perl spatch:coccinelle
	fetch_checkpatch
	found=$(grep -rl '^virtual report' "$COCCINELLE" --include='*.cocci' |
		xargs grep -L '^@.*script *: *ocaml\|^@ *script *: *ocaml' | LC_ALL=C sort |
		xargs -P "$(nproc)" -n 1 "$0" --run one_cocci |
		sed "s|^$OVL_TREE/||" | without_argued coccinelle || :)
	if [ -n "$found" ]; then
		echo "$found"
		exit 1
	fi
}

# One of the checks; findings as FILE:LINE:COLUMNS:CHECK: ...
run_one_cocci() # FILE
{
	local options=() check=${1##*/}

	# (some have none)
	read -ra options < <(sed -n 's,^// Options: ,,p' "$1"; echo)
	{
		nice timeout "$COCCI_SECONDS" spatch --very-quiet -D report \
			--cocci-file "$1" "${options[@]}" kmod/*.[ch] kmod/compat/*.[ch] \
			2>&1 || echo "kmod:0:0: spatch failed, or took more than $COCCI_SECONDS s"
	} | sed -n "s/^\([^ :]*:[0-9]*:[0-9-]*\): */\1:${check%.cocci}: /p"
}

# Functions that nobody calls here are looked at as well.
run_analyzer()
{
	local file

	need_programs gcc clang
	file=$(mktemp --suffix=.c)
	# shellcheck disable=SC2064 # its name as it is now
	trap "rm -f '$file' '$file.log'" EXIT
	echo '#include "geneve.h"' > "$file"
	{
		gcc -O2 -Wall -Wextra -fanalyzer -fkeep-inline-functions -Ikmod \
			-c "$file" -o /dev/null
		clang --analyze --analyzer-output text -Wall -Wextra -Ikmod \
			-Xclang -analyzer-opt-analyze-headers "$file"
	} > "$file.log" 2>&1 || [ -s "$file.log" ] || echo "failed" > "$file.log"
	if [ -s "$file.log" ]; then
		cat "$file.log"
		exit 1
	fi
}

run_shellcheck()
{
	local scripts=()

	need_programs shellcheck
	mapfile -t scripts < <(find .ci scripts selftests kmod iproute2-patch -type f \
		-exec awk 'FNR == 1 && /^#!.*sh$|^# shellcheck shell=/ { print FILENAME }' {} +)
	shellcheck "${scripts[@]}" || exit 1
}

run_sparse()
{
	local series failed=0

	for series in $(supported_series); do
		if has_moved_on "$series"; then
			say "$series: Debian $(suite_of "$series") has a newer kernel by now"
			continue
		fi
		"$OVL_SCRIPTS/build.sh" "$series" C=2 > /dev/null || failed=1
	done
	exit "$failed"
}

main "$@"
