#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest-init.sh: the first process of a VM, once its root is mounted
#
# Runs /ovl/.cmd with its output on the second serial port and the kernel's log
# on the first, puts what is left in /out on the disk /dev/vdc, reports the
# status in a line that starts with $OVL_MARK, and ends the VM.
#
# Called by the initrd of suite.sh; vm.sh puts it into the payload.

export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb LC_ALL=C.UTF-8
# shellcheck disable=SC1091 # made by vm.sh
. /ovl/.env

mount -t tmpfs none /run
mount -t tmpfs none /tmp
mkdir -p /dev/pts /dev/shm /run/netns
mount -t devpts none /dev/pts
mount -t tmpfs none /dev/shm
mount -t tracefs none /sys/kernel/tracing
mount -t debugfs none /sys/kernel/debug
ln -s /proc/self/fd /dev/fd
for n in 0:stdin 1:stdout 2:stderr; do
	ln -s "/proc/self/fd/${n%:*}" "/dev/${n#*:}"
done
mkdir /out
ip link set lo up
stty -F /dev/ttyS1 raw -echo
exec > /dev/ttyS1 2>&1
echo "$OVL_MARK boot $(uname -r)"

# Through a pipe: a terminal would have ip and jq print colours.
{ /ovl/.cmd < /dev/null; echo $? > /run/status; } 2>&1 | cat
read -r status < /run/status

if [ -b /dev/vdc ]; then
	tar -cf /dev/vdc -C /out .
	sync
fi
echo
echo "$OVL_MARK exit $status"
exec > /dev/console
busybox reboot -f
