#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-patch.sh [--tree DIR]: print the patch that adds ovl to iproute2
#
# For iproute2's sources in DIR, else for those of check/fetch.sh.  The source
# file is iplink_ovl.c as it is, the section of the man page is made from
# ip-link-ovl.8.  Apply with "git apply" or "patch -p1".

set -euo pipefail

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
tmp=

main()
{
	local tree='' file

	case ${1:-} in
	-h|--help) sed -n '/^# make-patch/,/^$/s/^# \{0,1\}//p' "$0"; return ;;
	--tree) tree=${2:?--tree wants a folder} ;;
	'') tree=$("$here/check/fetch.sh") ;;
	*) die "unknown argument $1 (see --help)" ;;
	esac

	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	for file in ip/Makefile ip/iplink.c man/man8/ip-link.8.in; do
		install -D -m 644 "$tree/$file" "$tmp/new/$file" ||
			die "$tree: not iproute2's sources"
	done
	cp -r "$tmp/new" "$tmp/old"
	add_source
	edit ip/Makefile add_object
	edit ip/iplink.c add_to_types
	edit man/man8/ip-link.8.in add_to_man_page
	write_patch
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Files that are new.  The header is changed as "make headers_install" of the
# kernel does it.
add_source()
{
	install -D -m 644 "$here/iplink_ovl.c" "$tmp/new/ip/iplink_ovl.c"
	mkdir -p "$tmp/new/include/uapi/linux"
	sed 's/_UAPI_LINUX_OVL_H/_LINUX_OVL_H/' \
		"$here/../kmod/include/uapi/linux/ovl.h" \
		> "$tmp/new/include/uapi/linux/ovl.h"
}

# Run a filter over a file of the tree; it fails if it did not find its place.
edit() # FILE FILTER
{
	"$2" < "$tmp/old/$1" > "$tmp/new/$1" ||
		die "$1 looks different by now; $2 in $0 has to learn it"
}

# The last line of IPOBJ is the first that does not go on.
add_object()
{
	awk '/^IPOBJ/ { in_list = 1 }
	     in_list && !/\\$/ { $0 = $0 " iplink_ovl.o"; in_list = 0; done++ }
	     { print }
	     END { exit done != 1 }'
}

add_to_types()
{
	awk '/^void iplink_types_usage/ { in_list = 1 }
	     in_list && /^}/ { in_list = 0 }
	     in_list && sub(/nlmon \| /, "&ovl | ") { done++ }
	     { print }
	     END { exit done != 1 }'
}

# In the list of types, in the list of what they are, and a section of its own.
add_to_man_page()
{
	man_section > "$tmp/section"
	awk -v section="$tmp/section" '
	     /^\.BR nlmon " \|"/ { $0 = $0 "\n.BR ovl \" |\""; done++ }
	     /^- Netlink monitoring device/ {
		$0 = $0 "\n.sp\n.BR ovl\n- Geneve (RFC 8926) overlay endpoint"
		done++
	     }
	     /^Bareudp Type Support/ {
		# before the .TP that was held back
		while ((getline line < section) > 0)
			print line
		done++
	     }
	     NR > 1 { print held }
	     { held = $0 }
	     END { print held; exit done != 3 }'
}

# The two marked parts of ip-link-ovl.8 in the form of ip-link.8: a list item
# becomes a paragraph that starts with the item and a dash.
man_section()
{
	cat <<-'END'
	.TP
	OVL Type Support
	For a link of type
	.I OVL
	the following additional arguments are supported:

	END
	awk '$2 == "section" { part += !$3; on = !$3; next }
	     !on { next }
	     part == 1 { print; next }
	     part == 2 && !started++ { print "\n.in +8" }
	     /^\.TP/ { print ".sp"; item = 1; next }
	     item == 2 && /^\.B/ { print "-"; item = 0 }
	     item == 2 { $0 = "- " $0; item = 0 }
	     item == 1 { item = 2 }
	     { print }
	     END { print "\n.in -8\n"; exit part != 2 }' "$here/ip-link-ovl.8"
}

write_patch()
{
	cat <<-'END'
	Subject: [PATCH iproute2-next] ip: link: add ovl overlay endpoints

	An ovl device is one endpoint of an overlay network in Geneve (RFC 8926)
	over IPv4 or IPv6.  The parser, the printer and the help text walk one
	table of the arguments, so that all that is shown can be typed again.

	---
	END
	diff_trees
}

# In a repository that lives for a moment, with nobody's settings.
diff_trees()
{
	local old

	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
	export GIT_DIR=$tmp/git
	git init -q
	git --work-tree="$tmp/old" add -A
	old=$(git write-tree)
	git --work-tree="$tmp/new" add -A
	git diff --cached --stat --patch "$old"
}

main "$@"
