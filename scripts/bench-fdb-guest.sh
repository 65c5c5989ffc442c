#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-fdb-guest.sh KIND BATCH ENTRIES PACKETS MACS: measure the FDB of a kind
#
# Measures devices of KIND, ovl or vxlan, on the running kernel and prints a line
# "= NAME VALUE" for each figure; lines that start with '#' tell how far it is.
# BATCH holds ENTRIES lines "fdb add" for the device tun0, as bench-fdb.sh writes
# them; PACKETS frames are sent for a figure, and MACS addresses are learned.
#
# Time is this machine's clock, in nanoseconds.  In a VM that counts instructions
# (vm.sh --icount) a nanosecond is one; elsewhere the figures mean less.
#
# Needs root, pktgen, and one processor with nothing else to do.
#
# Called by bench-fdb.sh, in a VM.

. "${BASH_SOURCE[0]%/*}/lib_bench_guest.sh"

UNDERLAY_MTU=1600

# The endpoints in BATCH, those of a flood list, and the gateway to both.
ENDPOINTS=10.1.0.0/16
FLOOD=10.1.255
COPIES=8
GATEWAY=192.0.2.254

# So that both kinds do the same, whatever their defaults are.
SAME='udpcsum df set'
declare -A SAME_TOO=([ovl]=nosrccheck [vxlan]='dstport 4789')

# 32 bytes: those of AWS's Gateway Load Balancer.
OPTS_32=0108:01:0011223344556677,0108:02:8899aabbccddeeff,0108:03:01234567

# What the kernel frees late, it frees within this many seconds.
SETTLE=10

main()
{
	case ${1:-} in
	-h|--help) sed -n '4,/^$/s/^# \{0,1\}//p' "$0"; exit ;;
	esac
	[ $# = 5 ] || die "see --help"
	kind=$1 batch=$2 entries=$3 packets=$4 macs=$5

	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	modprobe -a pktgen dummy veth "$kind"
	# Nothing is to be sent or counted but what is sent here.
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	make_swallowing_underlay
	measure_sending 1
	measure_sending 1000
	measure_table
	measure_replication
	[ "$kind" != ovl ] || measure_options
	ip link del under0
	make_underlay_to_receiver
	measure_learning
	[ "$kind" != ovl ] || measure_reflect
}

# The measurements.

measure_sending() # NUMBER
{
	say "sending to $1 of $1"
	make_device nolearning
	head -n "$1" "$batch" | bridge -batch -
	send_to_entries "$1"
	ip link del tun0
}

# Twice to PACKETS of the first entries in turns: the first pass may meet
# entries that nothing was ever sent to.
send_to_entries() # NUMBER
{
	local first again base

	base=$(send under0 "$packets" "dst_mac_count $1")
	first=$(send tun0 "$packets" "dst_mac_count $1")
	again=$(send tun0 "$packets" "dst_mac_count $1")
	put "first_$1" "$(((first - base) / packets))"
	put "send_$1" "$(((again - base) / packets))"
}

measure_table()
{
	local before after without

	make_device nolearning
	read -ra before <<< "$(memory)"
	say "inserting $entries"
	measure_bridge insert -batch "$batch"
	read -ra after <<< "$(memory)"
	put memory "$(((after[0] - before[0]) / entries))"
	put percpu "$(((after[1] - before[1]) / entries))"

	say "sending to $packets of $entries"
	send_to_entries "$entries"
	say "dumping $entries"
	measure_bridge dump fdb show dev tun0
	table_has "$entries"
	say "flushing $entries"
	flush_table

	ip link del tun0
	read -ra without <<< "$(memory)"
	put left "$(((without[0] - before[0]) / entries))"
}

# vxlan of older kernels cannot.
flush_table()
{
	if [ "$kind" = ovl ] || bridge fdb flush dev tun0 dst 192.0.2.9 2> /dev/null; then
		measure_bridge flush fdb flush dev tun0
		bridge fdb show dev tun0 > "$work/output"
		table_has 0
	else
		say "this kernel's $kind has no flush"
	fi
}

# The flood list takes every broadcast.
measure_replication()
{
	local base all

	say "replicating to $COPIES endpoints"
	make_device nolearning
	seq -f "fdb append 00:00:00:00:00:00 dev tun0 dst $FLOOD.%g" "$COPIES" |
		bridge -batch -
	base=$(send under0 "$packets" "dst_mac $BROADCAST")
	all=$(copies=$COPIES send tun0 "$packets" "dst_mac $BROADCAST")
	put copy "$(((all - base) / packets / COPIES))"
	ip link del tun0
}

# What only ovl has: options, and the look-up of a flow that is not remembered.
measure_options()
{
	say "sending options"
	put opts_0 "$(cost_of_sending nolearning)"
	put opts_32 "$(cost_of_sending opts "$OPTS_32")"
	put reflect_send "$(cost_of_sending reflect 65536)"
}

cost_of_sending() # WORD...
{
	local base all

	make_device "$@" remote "$FLOOD.1"
	base=$(send under0 "$packets")
	all=$(send tun0 "$packets")
	ip link del tun0
	echo "$(((all - base) / packets))"
}

# Receiving packets of MACS flows, then the same again, above not remembering.
measure_reflect()
{
	local flows=(tun0 "$macs" "src_min 198.18.0.1" "src_max 198.19.255.254")
	local base new known

	say "receiving $macs flows, not remembering them"
	make_receiver nolearning
	base=$(send "${flows[@]}")
	say "receiving $macs flows, remembering them"
	make_receiver nolearning reflect $((8 * macs))
	new=$(send "${flows[@]}")
	known=$(send "${flows[@]}")
	receiver_has 0 $((2 * macs))
	put reflect_new "$(((new - base) / macs))"
	put reflect_known "$(((known - base) / macs))"
}

# Receiving frames with MACS source addresses, above the same without learning.
measure_learning()
{
	local frames=(tun0 "$macs" "src_mac_count $macs") base new known

	say "receiving from $macs, without learning"
	make_receiver nolearning
	base=$(send "${frames[@]}")
	receiver_has 0 "$macs"
	say "receiving from $macs, learning"
	make_receiver learning
	new=$(work_of send "${frames[@]}")
	known=$(send "${frames[@]}")
	receiver_has "$macs" $((2 * macs))
	put learn "$(((new - base) / macs))"
	put relearn "$(((known - base) / macs))"
}

receiver_has() # ENTRIES PACKETS
{
	local received

	bridge -n receiver fdb show dev tun0 > "$work/output"
	table_has "$1"
	received=$(ip -n receiver -j -s link show tun0 | jq '.[].stats64.rx.packets')
	[ "$received" = "$2" ] || die "sent $2 frames, received $received"
}

# The set-up.

make_swallowing_underlay()
{
	ip -b - <<-END
	link add under0 mtu $UNDERLAY_MTU type dummy
	link set under0 up
	address add 192.0.2.1/24 dev under0
	neigh add $GATEWAY lladdr 02:ff:00:00:00:fe dev under0 nud permanent
	route add $ENDPOINTS via $GATEWAY
	END
}

make_underlay_to_receiver()
{
	ip netns add receiver
	ip -b - <<-END
	link add under0 mtu $UNDERLAY_MTU address 02:ff:00:00:00:01 type veth peer name under0 netns receiver mtu $UNDERLAY_MTU address 02:ff:00:00:00:02
	link set under0 up
	address add 192.0.2.1/24 dev under0
	neigh add 192.0.2.2 lladdr 02:ff:00:00:00:02 dev under0 nud permanent
	END
	ip -n receiver -b - <<-END
	link set lo up
	link set under0 up
	address add 192.0.2.2/24 dev under0
	neigh add 192.0.2.1 lladdr 02:ff:00:00:00:01 dev under0 nud permanent
	END
	make_device nolearning remote 192.0.2.2
}

make_device() # WORD...
{
	# shellcheck disable=SC2086 # lists of words
	ip link add tun0 type "$kind" id 5001 local 192.0.2.1 $SAME \
		${SAME_TOO[$kind]} "$@"
	ip link set tun0 up
}

# In place of an earlier one.
make_receiver() # WORD...
{
	ip -n receiver link del tun0 2> /dev/null || :
	# shellcheck disable=SC2086 # lists of words
	ip -n receiver link add tun0 type "$kind" id 5001 local 192.0.2.2 $SAME \
		${SAME_TOO[$kind]} maxaddress $((2 * macs)) "$@"
	ip -n receiver link set tun0 up
}

# In what bridge has printed.
table_has() # NUMBER
{
	local have

	have=$(grep -vc ^00:00:00:00:00:00 "$work/output" || :)
	[ "$have" = "$1" ] || die "the FDB should have $1 entries, and has $have"
}

# The means.

# Print the time in which pktgen sends PACKETS, all of which have to reach the
# underlay, in as many copies as the variable copies says.
send() # DEVICE PACKETS SETTING...
{
	local before sent

	before=$(< /sys/class/net/under0/statistics/tx_packets)
	run_pktgen "$@"
	sent=$(($(< /sys/class/net/under0/statistics/tx_packets) - before))
	[ "$sent" = $(($2 * ${copies:-1})) ] ||
		die "of $2 frames, $sent packets reached the underlay"
}

# Print how long this machine works on a command, until all that it leaves behind
# is done; what the command prints is in $work/output.
work_of() # CMD...
{
	local before

	before=$(busy)
	"$@" > "$work/output"
	sleep "$SETTLE"
	echo $(($(busy) - before))
}

# The work of a bridge command for each of ENTRIES; of it, what bridge itself
# spent in the kernel.
measure_bridge() # NAME ARGUMENT...
{
	local name=$1 all in_kernel TIMEFORMAT=%S

	shift
	all=$({ time work_of bridge "$@" 2>&3; } 3>&2 2> "$work/time")
	in_kernel=$(< "$work/time")
	put "$name" "$((all / entries))"
	put "${name}_kernel" "$((10#${in_kernel//[!0-9]/} * 1000000 / entries))"
}

# Print the time that this machine has not been idle, which it knows to 10 ms.
busy()
{
	local up idle wait_io

	read -r up _ < /proc/uptime
	read -r _ _ _ _ idle wait_io _ < /proc/stat
	echo $(((10#${up/.} - idle - wait_io) * 10000000))
}

# Print the bytes in use: of all memory, and as per-CPU memory.  What processors
# keep of free pages is free too.
memory()
{
	rm -f "$work/output"
	sleep "$SETTLE"
	echo 3 > /proc/sys/vm/drop_caches
	awk '{ value[$1] += $2 }
		END {
			free = value["MemFree:"] * 1024 + value["count:"] * 4096
			printf "%d %d\n", value["MemTotal:"] * 1024 - free,
				value["Percpu:"] * 1024
		}' /proc/meminfo /proc/zoneinfo
}

main "$@"
