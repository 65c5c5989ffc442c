#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-profile.sh [ROW]: show where the instructions of a row of bench.sh go
#
# Prints the functions that take the instructions while the traffic of ROW (default:
# both; receive... is both...) is sent and received: instructions a packet (or copy,
# byte, transaction), share, function.  perf samples the clock of a VM that counts
# instructions; it comes from the kernel's Debian suite.
#
#   KERNELS=SERIES       the kernel (default: the newest of kernels.conf)
#   KINDS=KIND           ovl (default), geneve, vxlan or none
#   OVL_BENCH_PACKETS=N  packets sent (default 20000)
#   OVL_BENCH_EVERY=N    instructions between samples (default 20011)
#   OVL_BENCH_CALLERS=y  with who called them
#   OVL_BENCH_ENTRIES, OVL_BENCH_DEVICES as in bench.sh
#
# Called by make bench-profile.

. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/lib_bench.sh"

: "${KERNELS:=$(newest_series)}"
: "${KINDS:=ovl}"
: "${OVL_BENCH_PACKETS:=20000}"
: "${OVL_BENCH_EVERY:=20011}"
: "${OVL_BENCH_CALLERS:=}"
: "${OVL_BENCH_ENTRIES:=1000}"
: "${OVL_BENCH_DEVICES:=1000}"
. "${BASH_SOURCE[0]%/*}/lib_bench_rows.sh"

main()
{
	local row=${1:-both} series=$KERNELS

	case $row in
	-h|--help) usage; exit ;;
	esac
	[ $# -le 1 ] || die "one row at a time (see --help)"
	row=${row/#receive/both}
	check_number OVL_BENCH_PACKETS 100 10000000
	check_number OVL_BENCH_EVERY 1000 100000000
	list_rows | awk -F'|' -v row="$row" -v kind="$KINDS" \
		'$1 == row && index(" " $2 " ", " " kind " ") { found = 1 } END { exit !found }' ||
		die "no row '$row' of kind '$KINDS' (see lib_bench_rows.sh)"
	need_vm_programs
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	bench_payload "$series" "$work/payload" bench-guest.sh lib_bench_guest.sh \
		lib_bench_rows.sh
	list_entries "$OVL_BENCH_ENTRIES" > "$work/payload/ovl/batch"
	fetch_perf "$series"
	cp -a "$(perf_dir "$series")/usr" "$work/payload/"
	"$OVL_SCRIPTS/vm.sh" --icount --payload "$work/payload" --timeout 3600 \
		--mem "$((1024 + (OVL_BENCH_ENTRIES + OVL_BENCH_DEVICES) / 20))M" \
		"$series" env "OVL_BENCH_ENTRIES=$OVL_BENCH_ENTRIES" \
		"OVL_BENCH_DEVICES=$OVL_BENCH_DEVICES" \
		"OVL_BENCH_EVERY=$OVL_BENCH_EVERY" \
		"OVL_BENCH_CALLERS=$OVL_BENCH_CALLERS" ./bench-guest.sh "$KINDS" 1 \
		"$OVL_BENCH_PACKETS" batch "$row"
}

perf_dir() # SERIES
{
	echo "$OVL_CACHE/perf/$1"
}

# perf and the libraries that it is linked with, once for a suite's root.
fetch_perf() # SERIES
{
	local suite dir new root

	dir=$(perf_dir "$1")
	root=$(suite_dir "$1")
	! cmp -s "$dir/stamp" "$root/stamp" || return 0
	take_lock "perf-$1"
	suite=$(suite_of "$1")
	say "$1: fetching perf of Debian $suite"
	update_suite_lists "$suite"
	new=$dir.new
	rm -rf "$dir" "$new"
	mkdir -p "$new"/{debs/partial,all,usr/bin,usr/lib/x86_64-linux-gnu}
	suite_apt "$suite" apt-get -qq -y --no-install-recommends --download-only \
		-o "Dir::State::status=$root/root/var/lib/dpkg/status" \
		-o "Dir::Cache::archives=$new/debs" install linux-perf > /dev/null
	find "$new/debs" -name '*.deb' -exec dpkg-deb -x {} "$new/all" \;
	# The VM's root lacks some of what is installed in the suite's.
	in_root "$1" "$new/all" env LD_LIBRARY_PATH=/ovl/usr/lib/x86_64-linux-gnu \
		ldd usr/bin/perf | awk '$2 == "=>" { print $3 }' > "$new/libraries"
	while IFS= read -r file; do
		case $file in
		/ovl/*) file=$new/all${file#/ovl} ;;
		*) file=$root/root$file ;;
		esac
		cp -L "$file" "$new/usr/lib/x86_64-linux-gnu/"
	done < "$new/libraries"
	cp -L "$new/all/usr/bin/perf" "$new/usr/bin/"
	rm -rf "$new/all" "$new/debs"
	cp "$root/stamp" "$new/stamp"
	mv "$new" "$dir"
	release_lock
}

main "$@"
