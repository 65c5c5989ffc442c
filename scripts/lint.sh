#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lint.sh [checkpatch|shellcheck|sparse]...: read the sources for faults
#
# checkpatch --strict reads kmod/ and iproute2-patch/, shellcheck every script,
# and sparse the module, with W=1 and the headers of each supported kernel.
#
# All three unless named.  Anything that is found is a failure, but what a
# comment beside it argues: checkpatch's finding of type TYPE is accepted where
# the line or one of the five lines above says "checkpatch TYPE: the reason".
#
# Called by make lint.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# checkpatch comes with the kernel's sources only; those of the oldest suite
# change least.
CHECKPATCH=$OVL_CACHE/checkpatch
CHECKPATCH_FILES=(checkpatch.pl const_structs.checkpatch spelling.txt)

main()
{
	local step failed=0

	case ${1:-} in
	-h|--help) usage; exit ;;
	--run) cd "$OVL_TREE"; "run_$2"; exit ;;
	esac
	[ $# -gt 0 ] || set -- checkpatch shellcheck sparse
	for step; do
		case $step in
		checkpatch|shellcheck|sparse) ;;
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
		sed "s|^$OVL_TREE/||" | without_argued || :)
	if [ -n "$found" ]; then
		echo "$found"
		exit 1
	fi
}

# Drop the findings that a comment argues.
without_argued()
{
	local line file number type

	while IFS= read -r line; do
		IFS=: read -r file number _ type _ <<< "$line"
		if [[ $number =~ ^[0-9]+$ ]] &&
		   sed -n "$((number > 5 ? number - 5 : 1)),${number}p" "$file" |
				grep -q "checkpatch $type:"; then
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
			"${CHECKPATCH_FILES[@]/#/*/scripts/}"
	rm "$new"/*.deb
	(cd "$new" && cksum "${CHECKPATCH_FILES[@]}" > stamp)
	rm -rf "$CHECKPATCH"
	mv "$new" "$CHECKPATCH"
}

checkpatch_is_whole()
{
	[ -e "$CHECKPATCH/stamp" ] &&
	[ "$(cat "$CHECKPATCH/stamp")" = \
		"$(cd "$CHECKPATCH" && cksum "${CHECKPATCH_FILES[@]}" 2> /dev/null)" ]
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
