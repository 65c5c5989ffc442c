#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh SERIES [MAKE-ARGUMENT]...: build everything for one kernel series
#
# Builds the module with that kernel's headers and compiler, the plugin for ip
# and the compiled helpers of the selftests, in the root that suite.sh made for
# SERIES (6.1, 6.12, 7.2), always with W=1.  Any output of a compiler, of
# modpost or of sparse (MAKE-ARGUMENT C=2) is a failure.
#
# The result is a folder to unpack over the root of a VM:
#   /usr/lib/modules/RELEASE/extra/ovl.ko, and what modprobe needs to find it
#   /usr/lib/x86_64-linux-gnu/ip/link_ovl.so, where ip finds it
#   /ovl/selftests, with the helpers built
# Its path is printed.  Objects are kept in ${XDG_CACHE_HOME:-~/.cache}/ovl/work
# apart for each checkout and series, so that building again is quick.
#
# Called by check.sh, lint.sh, the demo and the benchmarks.

. "${BASH_SOURCE[0]%/*}/lib.sh"

SOURCES=(Kbuild kmod iproute2-patch selftests)

main()
{
	case ${1:-} in
	-h|--help) usage; exit ;;
	''|-*) die "which kernel series? (see --help)" ;;
	esac
	series=$1
	shift
	"$OVL_SCRIPTS/suite.sh" "$series"
	work=$(work_dir "$series")
	root=$(suite_dir "$series")/root
	release=$(cat "$(suite_dir "$series")/release")
	mkdir -p "$work"
	forget_lost_checkouts
	take_lock "$(payload_lock "$series")"
	echo "$OVL_TREE" > "$work/../tree"

	forget_other_recipe "$@"
	copy_sources
	say "$series: building for $release"
	if ! compile "$@" > "$work/log" 2>&1 || [ -s "$work/log" ]; then
		cat "$work/log" >&2
		# What complained once must complain again the next time.
		rm -rf "$work/src" "$work/copied"
		die "$series: the build failed, or was not silent (see above)"
	fi
	make_payload
	echo "$work/payload"
}

# What was built for a checkout that is gone.
forget_lost_checkouts()
{
	local tree

	for tree in "$OVL_CACHE"/work/*/tree; do
		if [ -e "$tree" ] && [ ! -d "$(cat "$tree")" ]; then
			rm -rf "${tree%/tree}"
		fi
	done
}

# make does not see that its flags, a Makefile or the compiler changed: then
# everything is built anew.  C= only adds checks.
forget_other_recipe() # MAKE-ARGUMENT...
{
	local now

	now=$({
		printf '%s\n' "$@" | grep -v '^C=' || :
		cat "$root/../stamp"
		find "${SOURCES[@]/#/$OVL_TREE/}" -name Makefile -o -name Kbuild |
			LC_ALL=C sort | xargs cat
	} 2> /dev/null | cksum)
	if [ "$now" != "$(cat "$work/recipe" 2> /dev/null)" ]; then
		rm -rf "$work/src" "$work/copied"
		echo "$now" > "$work/recipe"
	fi
}

# The files of the tree without what a build in the tree has left there.
list_sources()
{
	cd "$OVL_TREE"
	find "${SOURCES[@]}" \( -type f -o -type l \) ! -name '*.o' ! -name '*.ko' \
		! -name '*.so' ! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' \
		! -name modules.order ! -name Module.symvers ! -name autoconf.h \
		! -name '*.tmp' ! -name '.*.sw?' 2> /dev/null | LC_ALL=C sort |
	while IFS= read -r file; do
		is_program "$file" || printf '%s\n' "$file"
	done
}

is_program() # FILE
{
	[ -x "$1" ] && [ "$(head -c 4 "$1" | tail -c 3 | tr -d '\0')" = ELF ]
}

# Copy what differs, by content: a file's time says nothing when branches or
# checkouts change.  Copies get the time of now, so that make sees them.
copy_sources()
{
	local file

	mkdir -p "$work/src"
	touch "$work/copied"
	list_sources > "$work/copied.new"
	LC_ALL=C comm -23 "$work/copied" "$work/copied.new" |
	while IFS= read -r file; do
		rm -f "$work/src/$file"
	done
	while IFS= read -r file; do
		if ! cmp -s "$OVL_TREE/$file" "$work/src/$file"; then
			mkdir -p "$(dirname "$work/src/$file")"
			cp -p "$OVL_TREE/$file" "$work/src/$file"
			touch -c "$work/src/$file"
		fi
	done < "$work/copied.new"
	mv "$work/copied.new" "$work/copied"
}

compile() # MAKE-ARGUMENT...
{
	local make=(make -s --no-print-directory "-j$(nproc)")

	# The VM's modules carry no BTF, which would need the kernel's own.
	in_root "$series" "$work" "${make[@]}" -C "/usr/lib/modules/$release/build" \
		M=/ovl/src CONFIG_DEBUG_INFO_BTF_MODULES= W=1 "$@" modules &&
	in_root "$series" "$work" "${make[@]}" -C src/iproute2-patch &&
	in_root "$series" "$work" "${make[@]}" -C src/selftests
}

make_payload()
{
	local new=$work/payload.new modules=usr/lib/modules/$release

	rm -rf "$new" "$work/depmod"
	mkdir -p "$new/$modules/extra" "$new/usr/lib/x86_64-linux-gnu/ip" \
		"$new/ovl" "$work/depmod/usr/lib/modules"
	in_root "$series" "$work" objcopy --strip-debug src/kmod/ovl.ko \
		"payload.new/$modules/extra/ovl.ko"
	cp "$work/src/iproute2-patch/link_ovl.so" "$new/usr/lib/x86_64-linux-gnu/ip/"
	cp -a "$work/src/selftests" "$new/ovl/"

	# An index of all modules, ovl among them.
	cp -al "$root/$modules" "$work/depmod/usr/lib/modules/"
	rm "$work/depmod/$modules"/modules.{dep,alias,symbols,softdep,devname}*
	cp "$new/$modules/extra/ovl.ko" "$work/depmod/$modules/extra/"
	ln -s usr/lib "$work/depmod/lib"
	in_root "$series" "$work" depmod -b /ovl/depmod "$release"
	cp "$work/depmod/$modules"/modules.{dep,alias,symbols,softdep}* "$new/$modules/"
	rm -rf "$work/depmod" "$work/payload"
	mv "$new" "$work/payload"
}

main "$@"
