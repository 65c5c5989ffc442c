# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_bench.sh: what the benchmarks share on the host.  Sourced after lib.sh.

# Endpoints that the guests of the benchmarks have routes to.
ENDPOINTS=1000

check_number() # VARIABLE LEAST MOST
{
	local value=${!1}

	if ! [[ $value =~ ^[1-9][0-9]{0,8}$ ]] || [ "$value" -lt "$2" ] ||
	   [ "$value" -gt "$3" ]; then
		die "$1 is a number from $2 to $3"
	fi
}

need_vm_programs()
{
	need_programs qemu-system-x86_64:qemu-system-x86 mmdebstrap \
		mksquashfs:squashfs-tools cpio zstd xz:xz-utils
}

# A payload for vm.sh with scripts beside it: bench_payload SERIES DIR SCRIPT...
bench_payload()
{
	local built dir=$2 script

	built=$("$OVL_SCRIPTS/build.sh" "$1")
	rm -rf "$dir"
	cp -a "$built" "$dir"
	shift 2
	for script; do
		cp "$OVL_SCRIPTS/$script" "$dir/ovl/"
	done
}

# What bridge -batch reads: so many entries.
list_entries() # NUMBER
{
	awk -v entries="$1" -v endpoints="$ENDPOINTS" 'BEGIN {
		for (i = 0; i < entries; i++) {
			endpoint = i % endpoints + 1
			printf "fdb add 02:00:00:%02x:%02x:%02x dev tun0 dst 10.1.%d.%d static\n",
				int(i / 65536), int(i / 256) % 256, i % 256,
				int(endpoint / 256), endpoint % 256
		}
	}'
}

# A number with commas.
group() # NUMBER
{
	sed -E ':again; s/^([0-9]+)([0-9]{3})/\1,\2/; t again' <<< "$1"
}
