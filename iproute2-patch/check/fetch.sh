#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fetch.sh: unpack the iproute2 sources of the oldest Debian suite that ovl
# supports, in ${XDG_CACHE_HOME:-~/.cache}/ovl, and print where they are
#
# What is there and whole is left alone.

. "${BASH_SOURCE[0]%/*}/../../scripts/lib.sh"

main()
{
	local suite dir

	suite=$(suite_of "$(supported_series | head -n 1)")
	dir=$OVL_CACHE/iproute2/$suite
	take_lock "iproute2-$suite"
	if [ ! -e "$dir/stamp" ] || [ "$(cat "$dir/stamp")" != "$(sums "$dir")" ]; then
		need_programs dpkg-source:dpkg-dev xz:xz-utils >&2
		fetch "$suite" "$dir"
	fi
	echo "$dir/tree"
}

sums() # DIR
{
	(cd "$1/tree" 2> /dev/null && find . -type f -print0 | LC_ALL=C sort -z |
		xargs -0 cat | cksum) || echo none
}

fetch() # SUITE DIR
{
	local new=$2.new

	say "fetching the sources of Debian $1's iproute2"
	update_suite_lists "$1"
	rm -rf "$new"
	mkdir -p "$new/lists/partial"
	sed -n 's/^deb /deb-src /p' "$OVL_CACHE/apt/$1/sources.list" > "$new/sources.list"
	(
		cd "$new"
		opts=(-o "Dir::Etc::SourceList=$new/sources.list"
			-o "Dir::State::Lists=$new/lists")
		suite_apt "$1" apt-get "${opts[@]}" update -qq
		suite_apt "$1" apt-get "${opts[@]}" source -qq --download-only iproute2
		dpkg-source --no-check -q -x iproute2_*.dsc tree
		rm -r lists
	) >&2
	sums "$new" > "$new/stamp"
	rm -rf "$2"
	mv "$new" "$2"
}

main "$@"
