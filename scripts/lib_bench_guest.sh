# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_bench_guest.sh: what the benchmarks share in the VM: sending frames with
# pktgen, and reporting to the script that started the VM.  Sourced, never run.

set -Eeuo pipefail
trap 'echo "${0##*/}: failed at line $LINENO: $BASH_COMMAND" >&2' ERR

# The first MACs that pktgen counts up from; those of list_entries begin alike.
DST_MAC=02:00:00:00:00:00
SRC_MAC=06:00:00:00:00:00
# shellcheck disable=SC2034 # for those that source this file
BROADCAST=ff:ff:ff:ff:ff:ff

# Print the nanoseconds in which pktgen sends PACKETS by DEVICE, in the caller's
# network namespace.
run_pktgen() # DEVICE PACKETS SETTING...
{
	local device=$1 number=$2 result setting

	shift 2
	pktgen kpktgend_0 rem_device_all
	pktgen kpktgend_0 "add_device $device"
	for setting in "count $number" "pkt_size 60" "delay 0" "dst_mac $DST_MAC" \
			"src_mac $SRC_MAC" "dst 198.18.0.2" "src_min 198.18.0.1" \
			"src_max 198.18.0.1" "$@"; do
		pktgen "$device" "$setting"
	done
	pktgen pgctrl start
	result=$(< "/proc/net/pktgen/$device")
	pktgen kpktgend_0 rem_device_all
	[[ $result =~ Result:\ OK:\ ([0-9]+) ]] || die "pktgen: $result"
	echo $((BASH_REMATCH[1] * 1000))
}

pktgen() # FILE COMMAND
{
	echo "$2" > "/proc/net/pktgen/$1"
}

put() # NAME VALUE
{
	echo "= $1 $2"
}

say()
{
	echo "# $*"
}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}
