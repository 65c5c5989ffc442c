#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm.sh [OPTIONS] SERIES CMD [ARG]...: run a command in a VM with that kernel
#
# Boots the kernel of SERIES (6.1, 6.12, 7.2) on the userland of its Debian
# suite and runs CMD in /ovl, where the payload of build.sh is: the module (for
# modprobe, or "ip link add type ovl"), the plugin for ip, and selftests/.
# Whatever is written in the VM is gone afterwards, except what is put in /out.
#
#   --smp N         processors (default 2)
#   --mem SIZE      memory (default 1G)
#   --timeout SECS  for the whole run (default 900)
#   --idle SECS     longest silence of CMD (default: no limit)
#   --out DIR       unpack what CMD leaves in /out into DIR (at most 1 GB)
#   --console FILE  write the kernel's console there
#   --payload DIR   a folder to add to the root instead of build.sh's
#   --kernel FILE   another kernel, an ELF file that brings its own modules: what it
#                   needs to boot is built in, the rest is in the payload
#   --append WORDS  for the kernel's command line
#   --icount        count instructions: one processor, time is a nanosecond an
#                   instruction, results repeat
#
# The output of CMD goes to stdout, and its exit status is the script's, except:
#   250  the kernel panicked          252  the VM ended without a word
#   251  the VM hung (ran over time)  253  the VM could not be started
# For these, the end of the console is shown.
#
# KVM is used where a guest boots with it, which is tried once and remembered in
# the cache; ACCEL=kvm or ACCEL=tcg overrides.  QEMU=PROGRAM names another QEMU.
#
# Called by check.sh, the demo and the benchmarks.

. "${BASH_SOURCE[0]%/*}/lib.sh"

: "${QEMU:=qemu-system-x86_64}"

PANICKED=250 HUNG=251 DIED=252 NOT_STARTED=253

main()
{
	local smp=2 mem=1G timeout=900 idle='' out='' console='' payload='' icount=''
	local kernel='' words='' series suite status=$DIED

	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage; exit ;;
		--smp) smp=$2; shift ;;
		--mem) mem=$2; shift ;;
		--timeout) timeout=$2; shift ;;
		--idle) idle=$2; shift ;;
		--out) out=$2; shift ;;
		--console) console=$2; shift ;;
		--payload) payload=$2; shift ;;
		--kernel) kernel=$2; shift ;;
		--append) words=$2; shift ;;
		--icount) icount=y ;;
		-*) die "unknown option $1 (see --help)" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -ge 2 ] || die "which kernel series and which command? (see --help)"
	series=$1
	shift
	need_programs "$QEMU:qemu-system-x86"
	"$OVL_SCRIPTS/suite.sh" "$series"
	suite=$(suite_dir "$series")
	: "${payload:=$(work_dir "$series")/payload}"
	if [ ! -d "$payload" ]; then
		say "nothing is built for $series: the VM starts without ovl"
		payload=
	fi

	work=$(mktemp -d)
	qemu_pid=
	trap clean_up EXIT
	: "${console:=$work/console}"
	mark=@@$RANDOM$RANDOM
	accel=$(choose_accel "$series")
	pack_payload "$payload" "$@"
	start_qemu
	follow_output
	stop_qemu
	judge
	exit "$status"
}

# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	stop_qemu
	rm -rf "$work"
}

# The disk that the guest unpacks over its root: /ovl, the module, the plugin.
pack_payload() # DIR CMD...
{
	local payload=$1 dir=$work/add/ovl

	shift
	mkdir -p "$dir"
	cp "$OVL_SCRIPTS/guest-init.sh" "$dir/.init"
	printf '#!/bin/bash\ncd /ovl && exec %s\n' "$(printf '%q ' "$@")" > "$dir/.cmd"
	{
		printf 'OVL_MARK=%s\n' "$mark"
		# The kernel's own word for a machine on which timing means nothing.
		[ "$accel" = kvm ] || echo 'export KSFT_MACHINE_SLOW=yes'
	} > "$dir/.env"
	chmod 755 "$dir"/.[a-z]*
	(
		take_lock "$(payload_lock "$series")"
		tar -cf "$work/payload.tar" --owner=0 --group=0 \
			${payload:+-C "$payload" .} -C "$work/add" .
	)
	if [ -n "$out" ]; then
		truncate -s 1G "$work/out.tar"
	fi
}

# What to give to -accel.
choose_accel() # SERIES
{
	local accel=${ACCEL:-} version

	if [ -n "$icount" ]; then
		accel=tcg
	elif [ -z "$accel" ]; then
		accel=tcg
		if kvm_boots "$1"; then
			accel=kvm
		fi
	fi
	# Before 10, QEMU's TCG with a thread for each processor loses a race in
	# the kernel's patching of jump labels: guests die with "Oops: int3".
	if [ "$accel" = tcg ]; then
		version=$(qemu_version)
		accel=tcg,thread=multi
		if [ "${version%%.*}" -lt 10 ] || [ -n "$icount" ]; then
			accel=tcg,thread=single
		fi
	fi
	echo "$accel"
}

qemu_version()
{
	"$QEMU" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p'
}

# Does a guest boot with KVM?  A /dev/kvm that opens is no proof.
kvm_boots() # SERIES
{
	local asked answer=no file=$OVL_CACHE/kvm-boots

	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	asked="$(uname -r) $(qemu_version)"
	if [ "$(sed -n 's/ -> .*//p' "$file" 2> /dev/null)" != "$asked" ]; then
		say "trying whether a VM boots with KVM (once, 15 s at most)"
		if ACCEL=kvm "$0" --timeout 15 --payload "$work/none" "$1" true \
				> /dev/null 2>&1; then
			answer=yes
		fi
		say "KVM: $answer"
		echo "$asked -> $answer" > "$file.$$"
		mv "$file.$$" "$file"
	fi
	grep -q -- '-> yes$' "$file"
}

start_qemu()
{
	local cpu=max,la57=off command append

	if [ "$accel" = kvm ]; then
		cpu=host
	elif [ -n "$icount" ]; then
		smp=1
	fi
	append="console=ttyS0 quiet panic=-1 oops=panic mitigations=off tsc=reliable"
	append+=" no_timer_check lsm=capability cryptomgr.notests rcupdate.rcu_expedited=1"
	append+=${words:+ $words}
	command=("$QEMU" -M pc -accel "$accel" ${icount:+-icount shift=0,sleep=off}
		-cpu "$cpu" -smp "$smp" -m "$mem" -nodefaults -display none -no-reboot
		-serial "file:$console" -serial stdio -append "$append"
		-kernel "${kernel:-$suite/vmlinux}" -initrd "$suite/initrd"
		-drive "file=$suite/root.sqfs,if=virtio,format=raw,readonly=on"
		-drive "file=$work/payload.tar,if=virtio,format=raw,readonly=on")
	if [ -n "$out" ]; then
		command+=(-drive "file=$work/out.tar,if=virtio,format=raw,cache=unsafe")
	fi
	: > "$console"
	# No VM is to outlive its script, even one that was killed.
	exec {output}< <(exec setpriv --pdeathsig KILL "${command[@]}" \
		< /dev/null 2> "$work/qemu.err")
	qemu_pid=$!
}

stop_qemu()
{
	[ -n "$qemu_pid" ] || return 0
	kill "$qemu_pid" 2> /dev/null || :
	wait "$qemu_pid" 2> /dev/null || :
	qemu_pid=
}

# Copy the output of CMD to stdout, until its end or until time is over.
# Sets status.
follow_output()
{
	local end=$((SECONDS + timeout)) left line rc

	booted=
	while left=$((end - SECONDS)); [ "$left" -gt 0 ]; do
		if [ -n "$booted" ] && [ -n "$idle" ] && [ "$idle" -lt "$left" ]; then
			left=$idle
		fi
		line='' rc=0
		IFS= read -r -t "$left" -u "$output" line || rc=$?
		if [ "$rc" != 0 ]; then
			printf %s "$line"
			# Above 128: nothing came in time; else the VM has ended.
			[ "$rc" -le 128 ] || status=$HUNG
			return 0
		fi
		case $line in
		"$mark boot "*) booted=y ;;
		"$mark exit "*) status=${line##* }; return 0 ;;
		*) printf '%s\n' "${line%$'\r'}" ;;
		esac
	done
	status=$HUNG
}

# Tell apart the ways in which a VM fails; fetch what CMD left in /out.
judge()
{
	if [ "$status" = "$DIED" ]; then
		if [ -s "$work/qemu.err" ] && [ ! -s "$console" ]; then
			status=$NOT_STARTED
		elif grep -q 'Kernel panic' "$console"; then
			status=$PANICKED
		fi
	fi
	case $status in
	"$PANICKED") complain "the kernel panicked" ;;
	"$HUNG") complain "the VM hung" ;;
	"$DIED") complain "the VM ended without a word" ;;
	"$NOT_STARTED") complain "the VM could not be started" ;;
	*)
		if [ -n "$out" ]; then
			mkdir -p "$out"
			tar -xf "$work/out.tar" --no-same-owner -C "$out"
		fi
		;;
	esac
}

complain() # WHAT
{
	say "$series: $1${booted:+ after it had booted}; from its console:"
	{
		grep -v 'terminating on signal' "$work/qemu.err" || :
		# From the first report on, else the last lines.
		grep -m 1 -A 40 -E 'BUG:|Oops|Kernel panic|INFO: (task|rcu)' "$console" ||
			tail -n 20 "$console"
	} | tr -d '\r' | sed 's/^/#   /' >&2
}

main "$@"
