#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kcsan.sh ACTION...: the newest kernel with KCSAN, which looks for data races
#
#   build [--update]     make the kernel
#   module               make this tree's module, plugin and helpers
#   run [OPTIONS] CMD [ARG]...   boot, run CMD, end
#
# User Mode Linux has no KCSAN: this is a kernel for x86_64 (scripts/uml.config and
# uml.config.kcsan), of the source that uml.sh has, built beside its kernels in 8
# minutes on two processors, and run by vm.sh in QEMU on the userland of Debian's
# newest suite.  What KCSAN watches is the module and the kernel's network (net/,
# drivers/net/); a write elsewhere is seen by the value that changed.  It looks at
# one access in a hundred or so: a run without a report proves nothing, a longer one
# (OVL_RACE_SECONDS) finds more.
#
# CMD runs in /ovl, where selftests/ and scripts/check-debug.sh are.
#
#   --timeout SECS  for the whole run (default 1800)
#   --smp N         processors (default 2)
#   --console FILE  write the kernel's log there
#   --flavour F     kcsan: of module too, as uml.sh has it
#
# A report of a plain access (one that is not marked, as by READ_ONCE()) by ovl or
# below it is shown, and fails the run.  Of other reports, of the kernel's own code,
# the titles are listed, which fails nothing.  The output of CMD goes to stdout, and
# its exit status is the script's, except 249: CMD ended well, but KCSAN found a race
# in ovl; and 250 to 253, see vm.sh.
#
# Called by check-debug.sh: FLAVOURS=kcsan make check-debug TESTS="races.sh".

. "${BASH_SOURCE[0]%/*}/lib.sh"
. "$OVL_SCRIPTS/lib_kernel.sh"

FLAVOURS=(kcsan)
MINUTES="8 minutes"
REPORTED=249

# Sets nothing; uses new.
make_kernel()
{
	# Code outside the network is not slowed down by being watched.
	# shellcheck disable=SC2016 # expanded by make
	local watched='$(if $(filter net/% drivers/net drivers/net/%,$(obj)),,n)'
	local kbuild=(nice -n 5 make -C "$UML/src" ARCH=x86_64 O="$new/build"
		-j"$(nproc)" "KCSAN_SANITIZE=$watched")

	need_libelf &&
	fragment > "$new/fragment" &&
	"${kbuild[@]}" KCONFIG_ALLCONFIG="$new/fragment" allnoconfig &&
	all_options_taken &&
	"${kbuild[@]}" vmlinux modules &&
	"${kbuild[@]}" INSTALL_MOD_PATH="$new/root" INSTALL_MOD_STRIP=1 \
		modules_install &&
	rm -f "$new"/root/lib/modules/*/{build,source} &&
	cat "$new/build/include/config/kernel.release" > "$new/release" &&
	mv "$new/build/vmlinux" "$new/vmlinux" &&
	# What is needed from here on are headers, symbols and programs.
	find "$new/build" -path "$new/build/scripts" -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '*.ko' \) -type f -exec rm {} +
}

# The kernel's objtool wants a header.
need_libelf()
{
	echo '#include <libelf.h>' | gcc -E - > /dev/null 2>&1 ||
		apt_install libelf-dev
}

# Where this tree is built (tree/), and the folder for vm.sh (made/).
module_dir()
{
	work_dir kcsan
}

module()
{
	local flavour dir work payload

	[ $# = 0 ] || [ "$*" = "--flavour kcsan" ] || die "module: $* (see --help)"
	set_flavour kcsan
	need_flavour
	need_programs gcc make depmod:kmod
	work=$(module_dir)
	# The plugin and the helpers, for the userland that vm.sh has.
	payload=$("$OVL_SCRIPTS/build.sh" "$(newest_series)")
	take_lock "$ME-module"
	compile_module x86_64
	no_warnings
	make_payload
	say "$ME: this tree is built (at $SECONDS s)"
}

make_payload()
{
	local release modules to=$work/made.new

	release=$(cat "$dir/release")
	modules=$to/usr/lib/modules
	rm -rf "$to"
	cp -a "$payload" "$to"
	rm -rf "$modules"
	mkdir "$modules" "$to/ovl/scripts"
	cp -t "$to/ovl/scripts" "$OVL_SCRIPTS"/{check-debug,lib}.sh
	cp -a "$dir/root/lib/modules/$release" "$modules/"
	mkdir "$modules/$release/updates"
	cp "$work/tree/kmod/ovl.ko" "$modules/$release/updates/"
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$to/usr" "$release"
	cp "$dir/stamp" "$to/ovl/.stamp"
	rm -rf "$work/made"
	mv "$to" "$work/made"
}

run()
{
	local timeout=1800 smp=2 console='' flavour dir work made status=0

	while [ $# -gt 0 ]; do
		case $1 in
		--flavour) set_flavour "$2"; shift ;;
		--timeout) timeout=$2; shift ;;
		--smp) smp=$2; shift ;;
		--console) console=$2; shift ;;
		-*) die "run: unknown option $1 (see --help)" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || die "run: which command? (see --help)"
	set_flavour kcsan
	need_flavour
	made=$(module_dir)/made
	[ "$(cat "$made/ovl/.stamp" 2> /dev/null)" = "$(cat "$dir/stamp")" ] ||
		die "ovl is not built for this kernel: $0 module"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	: "${console:=$work/console}"
	# KCSAN is off until here: to boot is not what is judged.  The stacks of
	# its reports are mere warnings.  A watch waits for another processor, which
	# QEMU lets run meanwhile: more of them find more.
	# shellcheck disable=SC2016 # expanded in the guest
	"$OVL_SCRIPTS/vm.sh" --kernel "$dir/vmlinux" --payload "$made" --mem 2G \
		--smp "$smp" --timeout "$timeout" --console "$console" \
		"$(newest_series)" bash -c \
		'echo 5 > /proc/sys/kernel/printk
		echo 100 > /sys/module/kcsan/parameters/skip_watch
		echo on > /sys/kernel/debug/kcsan && exec "$@"' bash "$@" || status=$?
	judge
	exit "$status"
}

# Sets status.
judge()
{
	split_reports < <(tr -d '\r' < "$console")
	if [ -s "$work/theirs" ]; then
		say "$ME: races in the kernel's own code, which fail nothing:"
		sort "$work/theirs" | uniq -c | sed 's/^/#   /' >&2
	fi
	if [ -s "$work/ours" ]; then
		say "$ME: $(grep -c 'BUG: KCSAN' "$work/ours") races in ovl:"
		sed 's/^/#   /' "$work/ours" >&2
		[ "$status" != 0 ] || status=$REPORTED
	fi
}

# From the kernel's log: reports of a plain access with a function of ovl in its
# stack go to ours, the titles of the others to theirs.
split_reports()
{
	awk -v ours="$work/ours" -v theirs="$work/theirs" '
		{ sub(/^\[[^]]*\] /, "") }
		/^BUG: KCSAN: / { title = $0; report = ""; held = plain = 0 }
		title == "" { next }
		{ report = report $0 "\n" }
		/ to 0x[0-9a-f]* of [0-9]* bytes by / { plain = !/\(marked/ }
		/^ .*\[ovl\]/ && plain { held = 1 }
		/^=====/ {
			if (held)
				printf "%s", report > ours
			else
				print substr(title, 6) > theirs
			title = ""
		}'
}

main "$@"
