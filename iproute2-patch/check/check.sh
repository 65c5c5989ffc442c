#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh PLUGIN: test the two builds of iplink_ovl.c, without a kernel
#
# Builds iproute2's oldest supported version with the patch.  Compares what this
# machine's ip with PLUGIN (link_ovl.so) sends and shows for each command line
# in "cases" with what is said there, and then with what the patched ip does,
# and the ip with PLUGIN of each suite whose root is there.  Prints TAP.

. "${BASH_SOURCE[0]%/*}/../../scripts/lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
count=0
failed=0

main()
{
	plugin=${1:?PLUGIN, see --help}
	case $plugin in -h|--help) usage; return ;; esac

	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/plugin" "$tmp/builtin"
	cp "$plugin" "$tmp/plugin/"
	for dir in "$tmp/plugin" "$tmp/builtin"; do
		${CC:-cc} -O2 -Wall -Wextra -Wno-unused-parameter -Werror -fPIC \
			-shared -I"$here/../abi" -o "$dir/link_probe.so" \
			"$here/link_probe.c"
	done

	echo "TAP version 13"
	ok "the patch applies to iproute2 $(build_patched) and builds"
	is "the list of types has ovl" 1 \
		"$({ "$tmp/iproute2/ip/ip" link help || :; } 2>&1 |
			grep -c '[|{] ovl |')"
	check_symbols "this machine's ip" "$(ip_path)"
	check_cases
	cases | sed 's/ =[-=!ajx>].*//' > "$tmp/plugin/lines"
	(say_all "$(ip_path)" "$tmp/plugin" "$tmp/plugin/lines") > "$tmp/expected"
	check_same "the patched ip" < <(say_all "$tmp/iproute2/ip/ip" \
		"$tmp/builtin" "$tmp/plugin/lines")
	for series in $(supported_series); do
		check_symbols "$series's ip" "$(suite_dir "$series")/root/bin/ip"
		check_same_in_suite
	done
	echo "1..$count"
	exit $((failed > 0))
}

ok() # WHAT
{
	count=$((count + 1))
	echo "ok $count $1"
}

not_ok() # WHAT, and why on stdin
{
	count=$((count + 1))
	failed=$((failed + 1))
	echo "not ok $count $1"
	sed 's/^/# /'
}

# is WHAT EXPECTED SEEN
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" <<< "expected: $2"$'\n'"seen:     $3"
	fi
}

ip_path()
{
	PATH=$PATH:/usr/sbin:/sbin command -v ip
}

# Prints the version.
build_patched()
{
	local tree dir

	need_programs flex bison make "${CC:-cc}:gcc" patch >&2
	tree=$("$here/fetch.sh")
	dir=$tmp/iproute2
	cp -r "$tree" "$dir"
	"$here/../make-patch.sh" --tree "$tree" > "$tmp/patch"
	(
		cd "$dir"
		git apply --check "$tmp/patch"
		patch -s -p1 < "$tmp/patch"
		./configure
		make -j"$(nproc)" SUBDIRS="lib ip"
	) > "$tmp/build.log" 2>&1 || { tail -n 20 "$tmp/build.log" >&2; return 1; }
	if grep -A3 'iplink_ovl.c:.*\(warning\|error\)' "$tmp/build.log" >&2; then
		return 1
	fi
	cat "$dir/version" 2> /dev/null || sed -n 's/.*"\(.*\)".*/\1/p' "$dir/include/version.h"
}

with_plugin()
{
	IP_LIB_DIR=$tmp/plugin "$(ip_path)" "$@" 2>&1 || echo "exit status $?"
}

check_symbols() # WHAT IP
{
	local missing

	if [ ! -e "$2" ]; then
		ok "$1 has every symbol that the plugin wants # SKIP no $2"
		return
	fi
	missing=$(comm -23 \
		<(nm -Du "$plugin" | awk '$1 == "U" && !/@/ { print $2 }' | sort) \
		<(nm -D --defined-only "$2" | awk '{ print $3 }' | sort))
	is "$1 has every symbol that the plugin wants" "" "$missing"
}

# Lines of "cases" are ARGS =X WHAT.
cases()
{
	grep -v -e '^#' -e '^$' "$here/cases"
}

check_cases()
{
	local line args what

	while read -r line; do
		args=${line%% =[-=!ajx>]*}
		what=${line#"$args" =?}
		what=${what# }
		case ${line#"$args" =} in
		!*) check_refused "$args" "$what" ;;
		'>'*) check_shown "$args" "$what"; check_again "$args" "$what" ;;
		-*) check_shown "$args" "$what" ;;
		a*) is "sent: $args" "${what//|/$'\n'}" "$(field attr "$args")" ;;
		x*) is "shown: $args" "$what" "$(lines_shown "$args")" ;;
		j*) is "JSON: $args" "[$what]" "$(field json "$args")" ;;
		*) die "cases: what is this? $line" ;;
		esac
	done < <(cases)
}

probe() # ARGS
{
	local words

	read -ra words <<< "$1"
	with_plugin link help probe "${words[@]}"
}

field() # NAME ARGS
{
	probe "$2" | sed -n "/^$1 /{ s///; s/ \$//; p }"
}

# The lines of the text, each ended by a bar.
lines_shown() # ARGS
{
	probe "$1" | sed -n '/^text /,/^json /{ s/^text //; /^json /d; s/..*$/&|/p }' |
		tr -d '\n'
}

check_refused() # ARGS MESSAGE
{
	local seen

	seen=$(probe "$1")
	case $seen in
	*'attr '*) is "refused: $1" "$2" "$seen" ;;
	*"$2"*) ok "refused: $1" ;;
	*) is "refused: $1" "$2" "$seen" ;;
	esac
}

check_shown() # ARGS TEXT
{
	local text

	text=$(field text "$1")
	is "shown: $1" "$2" "${text% }"
}

check_again() # ARGS TEXT
{
	is "typed again: $2" "$(field attr "$1" | sort)" "$(field attr "$2" | sort)"
}

# All that an ip says to the cases and on help.
say_all() # IP LIBDIR LINES
{
	local words

	export IP_LIB_DIR=$2
	{
		"$1" link help ovl
		while read -ra words; do
			echo "## ${words[*]}"
			"$1" link help probe "${words[@]}" || echo "exit status $?"
		done < "$3"
	} 2>&1
}

# Compare with this machine's ip and the plugin.
check_same() # WHAT, and what was said on stdin
{
	cat > "$tmp/seen"
	if diff "$tmp/expected" "$tmp/seen" > "$tmp/diff"; then
		ok "$1 does the same"
	else
		not_ok "$1 does the same" < <(head -n 20 "$tmp/diff")
	fi
}

check_same_in_suite()
{
	local what="$series's ip"

	if [ "$(id -u)" != 0 ] || [ ! -e "$(suite_dir "$series")/stamp" ]; then
		ok "$what does the same # SKIP no root of $series, or not run by root"
		return
	fi
	check_same "$what" < <(in_root "$series" "$tmp/plugin" \
		bash -c "$(declare -f say_all); say_all ip /ovl /ovl/lines")
}

main "$@"
