#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# probe.sh PROBES COMPILER FLAGS...
#
# Called by Kbuild: compiles each line of PROBES with the kernel's own flags,
# and prints a header that defines OVL_HAVE_<name> for those that compile.
# Features are probed, never versions: stable kernels carry newer API.
set -eu

probes=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# compile NAME HEADER STATEMENT FLAGS...: leaves NAME.ok if it compiles
compile()
{
	name=$1 header=$2 statement=$3
	shift 3
	printf '#include <linux/module.h>\n#include <%s>\nvoid probe(void);\nvoid probe(void) { %s; }\n' \
		"$header" "$statement" > "$tmp/$name.c"
	# -w would cancel the errors that tell prototypes apart
	if "$@" -Wno-error -Werror=int-conversion \
		-Werror=incompatible-pointer-types \
		-Werror=implicit-function-declaration \
		-fsyntax-only "$tmp/$name.c" 2> "$tmp/$name.err"; then
		: > "$tmp/$name.ok"
	fi
}

n=0
while IFS=: read -r name header statement; do
	case $name in ''|\#*) continue ;; esac
	compile "$name" "${header##* }" "$statement" "$@" &
	n=$((n + 1))
	[ $((n % 4)) != 0 ] || wait
done < "$probes"
wait

# A compiler that rejects everything must not look like an old kernel: here is
# one more probe, which every kernel passes.
compile NETDEVICE linux/netdevice.h '(void)sizeof(struct net_device)' "$@"
if [ ! -e "$tmp/NETDEVICE.ok" ]; then
	cat "$tmp/NETDEVICE.err" >&2
	echo "probe.sh: the kernel's headers do not compile: see above" >&2
	exit 1
fi

echo "/* Made by probe.sh from compat.probes: do not edit */"
while IFS=: read -r name _; do
	case $name in ''|\#*) continue ;; esac
	if [ -e "$tmp/$name.ok" ]; then
		echo "#define OVL_HAVE_$name 1"
	else
		echo "/* #undef OVL_HAVE_$name */"
	fi
done < "$probes"
