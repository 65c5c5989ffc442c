#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# uml.sh ACTION...: the newest kernel as User Mode Linux, to develop with
#
# A UML kernel is an ordinary program: it boots in a second, runs at native
# speed, and can be built with every sanitizer of the kernel.
#
#   build [--update] [FLAVOUR]...   make the kernels (all unless named)
#   module [--flavour FLAVOUR]      make this tree's module, plugin and helpers
#   run [OPTIONS] CMD [ARG]...      boot, run CMD, end
#
# The flavours (what they are made of: scripts/uml.config*):
#
#   plain     nothing more
#   lockdep   locks, RCU, sleeping in atomic context, debug objects, references
#   kasan     KASAN, UBSAN, kmemleak, fault injection
#   faults    as lockdep, with fault injection
#
# Each takes 7 to 10 minutes to build on two processors, once.
#
# build takes the kernel's source from Debian's newest suite in kernels.conf, and
# keeps it and the kernels in ${XDG_CACHE_HOME:-~/.cache}/ovl/uml.  What is there
# and whole is left alone; a build that was interrupted goes on.  --update asks
# for a newer source.  FLAVOUR is plain for module and run, unless given.
#
# run's system is this machine's own root, read-only under a layer in memory, so
# that whatever CMD writes is gone afterwards; /tmp and /run are empty.  CMD runs
# in /ovl, which is what module made: the tree with the plugin and the helpers,
# built, and the module for modprobe; its stdin is empty.  Nothing is built by run.
#
#   --flavour F     default plain
#   --cpus N        processors (default 2, at most 4)
#   --mem SIZE      memory (default 2G)
#   --timeout SECS  for the whole run (default 600)
#   --out DIR       a folder that CMD finds at /out, writable
#   --console FILE  write the kernel's log there
#
# The output of CMD goes to stdout, and its exit status is the script's, except:
#   249  CMD ended well, but the kernel reported a bug while it ran, or kmemleak
#        a leak after it        250  the kernel panicked
#   251  the kernel hung (ran over time)   252  it ended without a word
#   253  it could not be started
# For these, what the kernel's log says is shown.

. "${BASH_SOURCE[0]%/*}/lib.sh"
. "$OVL_SCRIPTS/lib_kernel.sh"

FLAVOURS=(plain lockdep kasan faults)
MINUTES="7 to 10 minutes"
# What tests call (as need_programs takes it); suite.sh has the same for VMs.
PROGRAMS=(busybox:busybox-static ip:iproute2 modprobe:kmod ping:iputils-ping
	tcpdump iperf3 ethtool nft:nftables jq pgrep:procps conntrack bpftool)

REPORTED=249 PANICKED=250 HUNG=251 DIED=252 NOT_STARTED=253

# What a healthy kernel's log has no line of.
REPORTS='BUG:|WARNING:|Oops|KASAN|UBSAN|suspicious RCU|possible .* deadlock'
REPORTS+='|INFO: task|INFO: rcu|unregister_netdevice|kmemleak|ODEBUG'
REPORTS+='|leaked reference|Kernel panic|lockdep is off|Kernel mode fault'

# The kernels.

# Sets nothing; uses new.
make_kernel()
{
	local kbuild=(nice -n 5 make -C "$UML/src" ARCH=um O="$new/build" -j"$(nproc)")
	local release

	fragment > "$new/fragment" &&
	"${kbuild[@]}" KCONFIG_ALLCONFIG="$new/fragment" allnoconfig &&
	all_options_taken &&
	"${kbuild[@]}" &&
	"${kbuild[@]}" INSTALL_MOD_PATH="$new/root" modules_install &&
	release=$(make -s -C "$UML/src" ARCH=um O="$new/build" kernelrelease) &&
	rm -f "$new/root/lib/modules/$release"/{build,source} &&
	echo "$release" > "$new/release" &&
	# What is needed from here on are vmlinux's symbols, headers and scripts.
	find "$new/build" -path "$new/build/scripts" -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '*.ko' -o -name '.*.cmd' \
		-o -name '*.mod' -o -name '*.mod.c' -o -path "$new/build/vmlinux" \) \
		-type f -exec rm {} +
}

# This tree's module.

# Where a flavour's copy of the tree is (tree/, in which it is built), and what
# run takes (made/: the same without objects, and the modules).
module_dir()
{
	echo "$(work_dir uml)/$flavour"
}

module()
{
	local flavour dir work

	set_flavour plain
	while [ $# -gt 0 ]; do
		case $1 in
		--flavour) set_flavour "${2:-}"; shift ;;
		*) die "module: unknown option $1 (see --help)" ;;
		esac
		shift
	done
	need_flavour
	need_programs gcc make depmod:kmod
	work=$(module_dir)
	take_lock "uml-module-$flavour"
	rm -rf "$work/made"
	compile_module um
	if [ -e "$work/tree/iproute2-patch/Makefile" ]; then
		logged make -C "$work/tree/iproute2-patch"
	fi
	if [ -e "$work/tree/selftests/Makefile" ]; then
		logged make -C "$work/tree/selftests"
	fi
	no_warnings
	make_payload
	say "uml: this tree is built for $flavour (at $SECONDS s)"
}

make_payload()
{
	local release to=$work/made.new

	release=$(cat "$dir/release")
	rm -rf "$to"
	mkdir -p "$to/tree" "$to/lib/modules"
	tar -c -C "$work/tree" --exclude='*.o' --exclude='*.ko' --exclude='*.cmd' \
		--exclude='*.mod' --exclude='*.mod.c' . | tar -x -C "$to/tree"
	cp -al "$dir/root/lib/modules/$release" "$to/lib/modules/"
	mkdir "$to/lib/modules/$release/updates"
	find "$work/tree" -name '*.ko' -exec \
		cp -t "$to/lib/modules/$release/updates" {} +
	# depmod's files anew, not through the links to the flavour's own.
	find "$to/lib/modules/$release" -maxdepth 1 -type f \
		! -name 'modules.builtin*' ! -name modules.order -delete
	cp -a "$dir/root/lib/modules/$release"/modules.builtin{,.modinfo} \
		--remove-destination -t "$to/lib/modules/$release"
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$to" "$release"
	cp "$dir/stamp" "$to/stamp"
	mv "$to" "$work/made"
}

# Running.

# The first process in the kernel: makes the host's root the lower layer of its
# own, and goes on there.  Uses what write_init has set.
guest_init()
{
	export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	if [ "${1:-}" != in-root ]; then
		mount -t proc none /proc
		mount -t tmpfs -o size=75% none /mnt
		mkdir /mnt/upper /mnt/work /mnt/root
		mount -t overlay none /mnt/root \
			-o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work
		mkdir -p "/mnt/root/lib/modules/$(uname -r)" /mnt/root/{ovl,out,.host}
		cp "$0" /mnt/root/.init
		cd /mnt/root && pivot_root . .host && exec chroot . /.init in-root
		busybox poweroff -f
	fi
	umount -l /.host
	guest_mounts
	guest_command
	busybox poweroff -f
}

guest_mounts()
{
	local dir link

	mount -t proc none /proc
	mount -t sysfs none /sys
	mount -t devtmpfs none /dev
	mkdir -p /dev/pts /dev/shm /dev/net
	ln -s /proc/self/fd /dev/fd
	for link in 0:stdin 1:stdout 2:stderr; do
		ln -s "/proc/self/fd/${link%:*}" "/dev/${link#*:}"
	done
	mknod /dev/net/tun c 10 200
	mount -t devpts none /dev/pts
	for dir in /dev/shm /tmp /run; do
		mount -t tmpfs none "$dir"
	done
	mkdir -p /run/netns /run/lock
	mount -t debugfs none /sys/kernel/debug
	mount -t tracefs none /sys/kernel/tracing
	mount -t cgroup2 none /sys/fs/cgroup
	mount -t bpf none /sys/fs/bpf
	mount --bind "$modules" "/lib/modules/$(uname -r)"
	[ -z "$payload" ] || mount --bind "$payload" /ovl
	[ -z "$out" ] || mount -t hostfs -o "$out" none /out
	ip link set lo up
}

guest_command()
{
	local reader status proc line leaks=/sys/kernel/debug/kmemleak

	echo 60 > /proc/sys/kernel/hung_task_timeout_secs
	guest_watchdog &
	disown
	# Through a pipe: a terminal would have ip and jq print colours.
	mkfifo /run/.output
	stty -F /dev/tty0 raw -echo
	cat /run/.output > /dev/tty0 &
	reader=$!
	if [ -e "$leaks" ]; then
		echo scan > "$leaks"
		echo clear > "$leaks"
	fi

	echo "$mark start" > /dev/kmsg
	guest_check_lockdep
	status=0
	(
		cd "${payload:+/ovl}/" &&
		exec env -i PATH="$PATH" HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
			IP_LIB_DIR=/ovl/iproute2-patch \
			${slow:+KSFT_MACHINE_SLOW=yes} setsid --wait "${command[@]}"
	) < /dev/null > /run/.output 2>&1 || status=$?
	guest_check_lockdep
	# What CMD left running would keep the pipe open.
	for proc in /proc/[0-9]*; do
		case ${proc#/proc/} in
		1|"$reader") ;;
		*) kill -KILL "${proc#/proc/}" 2> /dev/null ;;
		esac
	done
	wait "$reader"
	if [ -e "$leaks" ]; then
		# A leak is one for both scans, and older than five seconds.
		echo scan > "$leaks"
		sleep 6
		echo scan > "$leaks"
		sed 200q "$leaks" > /run/.leaks
		while IFS= read -r line; do
			echo "kmemleak: $line" > /dev/kmsg
		done < /run/.leaks
	fi
	stty -F /dev/tty0 raw
	echo "$mark end $status" > /dev/kmsg
}

# Just before time is over: what runs, who waits for what, who holds which lock.
guest_watchdog()
{
	local line

	sleep "$((timeout - 3))"
	ps --ppid 2 -p 2 --deselect -o pid,ppid,stat,args |
		while IFS= read -r line; do
			echo "hang: $line" > /dev/kmsg
		done
	echo w > /proc/sysrq-trigger
	echo d > /proc/sysrq-trigger
}

# After its first report lockdep looks no further.
guest_check_lockdep()
{
	[ ! -e /proc/lockdep_stats ] ||
		grep -q 'debug_locks: *1' /proc/lockdep_stats ||
		echo "lockdep is off" > /dev/kmsg
}

run()
{
	local cpus=2 mem=2G timeout=600 out='' console='' flavour dir
	local work payload modules mark status

	set_flavour plain
	while [ $# -gt 0 ]; do
		case $1 in
		--flavour) set_flavour "${2:-}"; shift ;;
		--cpus) cpus=$2; shift ;;
		--mem) mem=$2; shift ;;
		--timeout) timeout=$2; shift ;;
		--out) out=$2; shift ;;
		--console) console=$2; shift ;;
		-*) die "run: unknown option $1 (see --help)" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || die "run: which command? (see --help)"
	need_flavour
	need_programs "${PROGRAMS[@]}"
	mkdir -p "$(module_dir)"
	find "$(module_dir)" -maxdepth 1 -name 'run.*' -mtime +1 -exec rm -rf {} +
	work=$(mktemp -d "$(module_dir)/run.XXXXXX")
	pid=
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	: "${console:=$work/console}"
	mark=@@$RANDOM$RANDOM
	find_payload
	write_init "$@"
	start_kernel
	judge
	exit "$status"
}

# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	[ -z "$pid" ] || kill -KILL "$pid" 2> /dev/null || :
	rm -rf "$work"
}

# Sets payload and modules.  What module made is linked, so that it can be made
# again meanwhile.
find_payload()
{
	local made

	made=$(module_dir)/made
	payload=
	modules=$dir/root/lib/modules/$(cat "$dir/release")
	take_lock "uml-module-$flavour"
	if [ ! -e "$made/stamp" ]; then
		say "uml: running without ovl, which is not built for $flavour" \
			"($0 module --flavour $flavour)"
	elif [ "$(cat "$made/stamp")" != "$(cat "$dir/stamp")" ]; then
		say "uml: the kernel is newer than the modules: $0 module --flavour $flavour"
		exit "$NOT_STARTED"
	else
		cp -al "$made" "$work/made"
		payload=$work/made/tree
		modules=$work/made/lib/modules/$(cat "$dir/release")
	fi
	release_lock
}

write_init() # CMD...
{
	local command=("$@") slow=

	[ "$flavour" = plain ] || slow=y
	if [ -n "$out" ]; then
		mkdir -p "$out"
		out=$(cd "$out" && pwd -P)
	fi
	{
		echo '#!/bin/bash'
		declare -p command modules payload out timeout mark flavour slow
		declare -f guest_init guest_mounts guest_command guest_watchdog \
			guest_check_lockdep
		# shellcheck disable=SC2016 # expanded in the guest
		echo 'guest_init "$@"'
	} > "$work/init"
	chmod 755 "$work/init"
}

# Run the kernel until it ends: the first console for the output of CMD, the
# second for the kernel's log.  Sets status to how timeout ended.
start_kernel()
{
	local output reader linux

	linux=("$dir/build/linux" "mem=$mem" "ncpus=$cpus" seccomp=on
		root=/dev/root rootfstype=hostfs rootflags=/ ro "init=$work/init"
		con=none "con0=fd:3,fd:1" "con1=fd:0,fd:2" console=tty1
		loglevel=8 printk.devkmsg=on oops=panic rcupdate.rcu_expedited=1
		rcupdate.rcu_cpu_stall_timeout=60 workqueue.watchdog_thresh=60
		"uml_dir=$work/" umid=ovl)
	if [ "$flavour" = kasan ]; then
		# With one of its checks on, SLUB keeps no arrays of objects, in
		# which kmemleak would find pointers to those that have leaked.
		linux+=(kasan_multi_shot kmemleak=on slab_debug=F)
	fi
	# UML makes its output non-blocking: not that of our caller.
	exec {output}> >(exec cat)
	reader=$!
	# A UML kernel that panics kills its process group: it gets one of its own.
	setsid timeout --foreground --signal=KILL "$timeout" \
		setpriv --pdeathsig KILL "${linux[@]}" \
		< /dev/null 1>&"$output" 2> "$console" 3< /dev/null &
	pid=$!
	exec {output}>&-
	status=0
	wait "$pid" 2> /dev/null || status=$?
	pid=
	wait "$reader" 2> /dev/null || :
}

# Tell apart the ways in which a run fails.  Sets status to that of CMD.
judge()
{
	local ended how=$status log=$work/log started=''

	tr -d '\r' < "$console" > "$log"
	if grep -q "$mark start" "$log"; then
		started=y
		# Booting UML is not what is judged.
		sed -i "1,/$mark start/d" "$log"
	fi
	ended=$(sed -n "s/.*$mark end \([0-9]*\).*/\1/p" "$log")
	sed -i "/$mark end/,\$d" "$log"
	if [ -n "$ended" ]; then
		status=$ended
		if grep -qE "$REPORTS" "$log"; then
			complain "the kernel reports a bug (the command's status was $ended)"
			[ "$status" != 0 ] || status=$REPORTED
		fi
	elif [ -z "$started" ]; then
		status=$NOT_STARTED
		complain "the kernel could not be started"
	elif grep -q 'Kernel panic' "$log"; then
		status=$PANICKED
		complain "the kernel panicked"
	elif [ "$how" = 137 ]; then
		status=$HUNG
		complain "the kernel hung, or the command took more than $timeout s"
	else
		status=$DIED
		complain "the kernel ended without a word"
	fi
}

# Show the log from the first report on, without what a stack's walk guessed.
complain() # WHAT
{
	say "uml $flavour: $1; its log:"
	if grep -qE "$REPORTS" "$log"; then
		grep -m 1 -B 5 -A 200 -E "$REPORTS" "$log"
	else
		tail -n 80 "$log"
	fi | sed '/>\] ? /d; s/^/#   /' >&2
}

main "$@"
