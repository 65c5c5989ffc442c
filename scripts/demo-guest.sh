#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo-guest.sh [OUT]: tell the demo's story on the running kernel
#
# Makes three hosts, a router between them and two tenants, all of them network
# namespaces, joins the tenants by ovl devices, one for each tenant and host, and
# shows, step by step, that it works.  At the end everything is removed.  What was
# captured at the router is left in the folder OUT (default /out), and the number
# of steps in OUT/steps.
#
# A step that does not hold ends the story: it is named, what helps to find out
# why is shown, and the exit status is 1.
#
# Needs root, the module, the plugin, and the programs ip, bridge, ping, arping,
# iperf3, tcpdump, ethtool, jq, and selftests/vnic (or where VNIC says).
#
# Called by demo.sh, in a VM.

set -Eeuo pipefail

VNIC=${VNIC:-${BASH_SOURCE[0]%/*}/selftests/vnic}

# The network of host N, which has address .N there, and the router .254.
NET4=([1]=192.0.2 [2]=198.51.100 [3]=203.0.113)
NET6=([1]=2001:db8:1: [2]=2001:db8:2: [3]=2001:db8:3:)
# Room for the outer headers, so that tenants keep their 1500.
UNDERLAY_MTU=1600

# The tenants, both with these addresses on host N.
TENANTS=(red blue)
declare -A VNI=([red]=5001 [blue]=6001) VLAN=([red]=10 [blue]=20)
TENANT_NET4=10.0.0
TENANT_NET6=fd00:
TENANT_MAC=02:00:00:00:00
# The MAC address of the flood list.
EVERYONE=00:00:00:00:00:00

# A busy machine may stop an emulated one for longer than a socket buffers.
UDP_ARRIVE=90
# What a host may get of a flow between two others: a neighbour that is asked for
# anew.  The flow itself has hundreds of packets, merged as they are (GRO).
STRAY=5

# What is captured on tenants' ports is then only what the steps cause.
NO_LINK_LOCAL=net.ipv6.conf.default.addr_gen_mode=1

KLOG_LEVELS=emerg,alert,crit,err,warn
# What the kernel says of every module that does not come with it.
KLOG_EXPECTED='loading out-of-tree module taints kernel|module verification failed'
# And of a machine that had to wait for its host.
KLOG_EXPECTED+='|hrtimer: interrupt took|perf: interrupt took too long|clocksource: '
KLOG_EXPECTED+='|sched: DL replenish lagged|hogged CPU'

draw()
{
	cat <<'END'

  Three hosts with a router between them; on each host a bridge and two tenants,
  Red and Blue, which use the same addresses.  red1 is a virtual machine behind
  a TAP device, the others have veth.  Each name is a network namespace.  Geneve
  goes from each host to each other one, through the router.

       red1      blue1           red2      blue2           red3      blue3
       10.0.0.1  10.0.0.1        10.0.0.2  10.0.0.2        10.0.0.3  10.0.0.3
       fd00::1   fd00::1         fd00::2   fd00::2         fd00::3   fd00::3
         |         |               |         |               |         |
  +------|---------|-----+  +------|---------|-----+  +------|---------|-----+
  |   tap-red  veth-blue |  |  veth-red  veth-blue |  |  veth-red  veth-blue |
  |      |         |     |  |      |         |     |  |      |         |     |
  | [br0: VLAN 10 | 20]  |  | [br0: VLAN 10 | 20]  |  | [br0: VLAN 10 | 20]  |
  |      |         |     |  |      |         |     |  |      |         |     |
  |     red      blue    |  |     red      blue    |  |     red      blue    |
  |  VNI 5001  VNI 6001  |  |  VNI 5001  VNI 6001  |  |  VNI 5001  VNI 6001  |
  |                      |  |                      |  |                      |
  | host1      192.0.2.1 |  | host2   198.51.100.2 |  | host3    203.0.113.3 |
  |        2001:db8:1::1 |  |        2001:db8:2::2 |  |        2001:db8:3::3 |
  +----------+-----------+  +----------+-----------+  +----------+-----------+
             |                         |                         |
             |                    +----+---+                     |
             +--------------------| router |---------------------+
                                  +--------+
END
}

main()
{
	case ${1:-} in
	-h|--help) sed -n '4,/^$/s/^# \{0,1\}//p' "$0"; exit ;;
	esac
	start "${1:-/out}"
	draw
	router_add
	each_host host_add
	tenant_add red 1 tap
	tenant_add red 2 veth
	tenant_add red 3 veth
	tenant_add blue 1 veth
	tenant_add blue 2 veth
	tenant_add blue 3 veth

	underlay_is_routed
	red_learns
	blue_is_told
	overlay_is_plugged_in
	tenants_reach_themselves IPv4
	tables_are_shown IPv4
	tenants_send_tcp
	tenants_send_udp
	tenants_are_apart
	underlay_becomes_ipv6
	tenants_reach_themselves IPv6
	tables_are_shown IPv6
	tenants_send_tcp
	tenants_send_udp
	red_moves
	blue_moves
	traffic_has_followed
	peers_are_counted
	device_is_shown
	nothing_is_left
	echo "$steps" > "$out/steps"
}

# The steps.

underlay_is_routed()
{
	step "The hosts reach each other through the router, by IPv4 and by IPv6."
	run_ping host1 "$(underlay 2 IPv4)"
	run_ping host1 "$(underlay 3 IPv4)"
	run_ping host1 "$(underlay 2 IPv6)"
	run_ping host1 "$(underlay 3 IPv6)"
}

red_learns()
{
	step "Red floods and learns: one device on each host, with the other hosts."
	each_host make_device red learning
}

blue_is_told()
{
	step "Blue is told where each MAC address is, as a control plane does it."
	each_host make_device blue
	each_host tell_all add blue IPv4
	likewise
}

# The remote is the first one of the flood list.
make_device() # HOST TENANT [ARGUMENT...]
{
	local others

	read -ra others <<< "$(others_of "$1")"
	run ip -n "host$1" link add "$2" type ovl id "${VNI[$2]}" \
		remote "$(underlay "${others[0]}" IPv4)" "${@:3}"
	run bridge -n "host$1" fdb append "$EVERYONE" dev "$2" \
		dst "$(underlay "${others[1]}" IPv4)"
}

tell_all() # HOST add|replace TENANT IPv4|IPv6
{
	local other

	for other in $(others_of "$1"); do
		tell "$1" "$2" "$3" "$other" "$(underlay "$other" "$4")"
	done
}

tell() # HOST add|replace TENANT NUMBER ADDRESS
{
	run_on "$1" bridge -n "host$1" fdb "$2" "$TENANT_MAC:0$4" dev "$3" dst "$5" \
		extern_learn
}

overlay_is_plugged_in()
{
	step "The devices become ports of the bridges, in the VLAN of their tenant."
	each_tenant_and_host plug_in
	likewise
}

plug_in() # TENANT HOST
{
	run_on "$2" ip -n "host$2" link set "$1" up master br0
	run_on "$2" bridge -n "host$2" vlan add dev "$1" vid "${VLAN[$1]}" pvid \
		untagged
}

tenants_reach_themselves() # IPv4|IPv6
{
	local tenant

	step "Over $1, all three of each tenant reach each other; the router captures."
	start_background capture "listening on" ip netns exec router tcpdump -Z root \
		--immediate-mode -U -i to-host1 -w "$out/${1,,}.pcap" udp port 6081
	for tenant in "${TENANTS[@]}"; do
		ping_both "${tenant}1" 2
		ping_both "${tenant}1" 3
		ping_both "${tenant}2" 3
	done
	end_background capture
}

ping_both() # NETNS NUMBER
{
	run_ping "$1" "$TENANT_NET4.$2"
	run_ping "$1" "$TENANT_NET6:$2"
}

tables_are_shown() # IPv4|IPv6
{
	step "Each MAC address is behind its host, as Red learned and Blue was told."
	each_tenant_and_host check_table "$1"
	result "and likewise on host2 and host3; the bridge's own entries are left out"
}

check_table() # TENANT HOST IPv4|IPv6
{
	local other told=''

	[ "$1" != blue ] || told=' extern_learn'
	for other in $(others_of "$2"); do
		echo "$EVERYONE dst $(underlay "$other" "$3")"
		echo "$TENANT_MAC:0$other dst $(underlay "$other" "$3")$told"
	done | sort > "$work/expected"
	run_on "$2" bridge -n "host$2" fdb show dev "$1"
	grep ' dst ' "$work/output" | sort > "$work/table" || :
	[ "$2" != 1 ] || wrap < "$work/table"
	sed -E 's/^([^ ]* dst [^ ]*).*( extern_learn).*/\1\2/; t
		s/^([^ ]* dst [^ ]*).*/\1/' "$work/table" |
		cmp -s "$work/expected" - || fail_table "$1 on host$2"
}

fail_table() # WHICH
{
	mv "$work/table" "$work/output"
	fail "the entries of $1 are not these: $(paste -sd, "$work/expected")"
}

tenants_send_tcp()
{
	step "Both tenants send TCP at once, to the same address; host3 gets none of it."
	send_tcp 2
	judge_flow 2 3
}

# To the tenants' machines with address 2, wherever they are.
send_tcp() # SECONDS
{
	local tenant host

	for tenant in "${TENANTS[@]}"; do
		for host in "${!NET4[@]}"; do
			before[$tenant$host]=$(received_by "$tenant" "$host")
		done
	done
	run_iperf3 -t "$1"
	show_iperf3 '.end | [.sum_received.bytes > 0, .sum_sent.bytes / 1e6,
		.sum_received.bytes / 1e6, .sum_received.bits_per_second / 1e6]' \
		'sent %.1f MB, received %.1f MB: %.0f Mbit/s'
}

# What the devices of two hosts received since then.
judge_flow() # TO NOT-TO
{
	local tenant got stray

	for tenant in "${TENANTS[@]}"; do
		got=$(($(received_by "$tenant" "$1") - ${before[$tenant$1]}))
		stray=$(($(received_by "$tenant" "$2") - ${before[$tenant$2]}))
		result "$(printf '%-4s on host%d received %d packets, on host%d %d' \
			"$tenant" "$1" "$got" "$2" "$stray")"
		[ "$stray" -le "$STRAY" ] ||
			fail_flow "$tenant" "host$2 got packets of a flow to host$1"
		[ "$got" -gt $((STRAY * 4)) ] ||
			fail_flow "$tenant" "host$1 got hardly a packet of the flow to it"
	done
}

fail_flow() # TENANT WHY
{
	quietly bridge -n host1 fdb show dev "$1"
	fail "$1: $2"
}

received_by() # TENANT HOST
{
	ip -n "host$2" -j -s link show "$1" | jq '.[].stats64.rx.packets'
}

tenants_send_udp()
{
	step "The same with UDP: at least $UDP_ARRIVE % of the datagrams arrive."
	run_iperf3 -u -b 5M -t 2
	# Without any received, iperf3 says that none was lost.
	show_iperf3 ".end | .sum_sent.packets as \$sent |
		(.sum_received | .packets - .lost_packets) as \$received |
		[\$received > 0 and \$received >= \$sent * $UDP_ARRIVE / 100,
		\$sent, \$received, .sum_received.bits_per_second / 1e6]" \
		'sent %d datagrams, received %d: %.1f Mbit/s'
}

tenants_are_apart()
{
	local talker

	step "Red never sees Blue, nor Blue Red: what is captured on their bridge ports."
	for talker in "${TENANTS[@]}"; do
		capture_talk "$talker"
		judge_talk "$talker"
	done
}

# Requests, broadcasts and multicasts of one tenant, while nothing is said by
# the other one: its neighbours are forgotten, or it might probe them.
capture_talk() # TENANT
{
	local host

	each_tenant_and_host forget_neighbours
	for host in "${!NET4[@]}"; do
		start_background "capture$host" "listening on" ip netns exec "host$host" \
			tcpdump --immediate-mode -lnqti any arp or icmp or icmp6
	done
	run_ping "${1}1" "$TENANT_NET4.2"
	run_ping "${1}1" ff02::1%eth0
	# Nobody answers a broadcast.
	try ip netns exec "${1}1" ping -b -c 3 -i 0.2 -W 0.2 "$TENANT_NET4.255"
	for host in "${!NET4[@]}"; do
		end_background "capture$host"
	done
}

judge_talk() # TENANT
{
	local tenant frames line=''

	command=(tcpdump)
	for tenant in "${TENANTS[@]}"; do
		captured_on "$tenant" > "$work/output"
		frames=$(wc -l < "$work/output")
		line+=", of $tenant: $frames"
		if [ "$tenant" = "$1" ] && [ "$frames" = 0 ]; then
			fail "$1 talked, and no frame was captured on its own ports"
		elif [ "$tenant" != "$1" ] && [ "$frames" != 0 ]; then
			fail "$1 talked, and $frames frames were on the ports of $tenant"
		fi
	done
	result "while $1 talks, frames on the ports${line#,}"
}

# The first word of a line is the port: red, tap-red or veth-red.
captured_on() # TENANT
{
	local host

	for host in "${!NET4[@]}"; do
		sed -nE "s/^([a-z]+-)?$1 /host$host: &/p" "$work/capture$host"
	done
}

underlay_becomes_ipv6()
{
	step "The underlay of the live devices changes to IPv6."
	each_tenant_and_host move_flood_list
	each_host forget_learned red
	each_host tell_all replace blue IPv6
	likewise
}

move_flood_list() # TENANT HOST
{
	local others

	read -ra others <<< "$(others_of "$2")"
	run_on "$2" ip -n "host$2" link set "$1" type ovl \
		remote "$(underlay "${others[0]}" IPv6)"
	run_on "$2" bridge -n "host$2" fdb append "$EVERYONE" dev "$1" \
		dst "$(underlay "${others[1]}" IPv6)"
	run_on "$2" bridge -n "host$2" fdb del "$EVERYONE" dev "$1" \
		dst "$(underlay "${others[1]}" IPv4)"
}

forget_learned() # HOST TENANT
{
	run_on "$1" bridge -n "host$1" fdb flush dev "$2" dynamic
}

red_moves()
{
	step "red2 moves to host3 and says so, as hypervisors do: host1 learns it."
	move_machine red
	check_entry red
	run_ping red1 "$TENANT_NET4.2"
}

blue_moves()
{
	step "blue2 moves to host3 too, and the control plane tells the hosts."
	move_machine blue
	tell 1 replace blue 2 "$(underlay 3 IPv6)"
	run bridge -n host2 fdb add "$TENANT_MAC:02" dev blue \
		dst "$(underlay 3 IPv6)" extern_learn
	run bridge -n host3 fdb del "$TENANT_MAC:02" dev blue
	check_entry blue
	run_ping blue1 "$TENANT_NET4.2"
}

# With what it is connected by, and its addresses, from host2.
move_machine() # TENANT
{
	run ip -n host2 link set "veth-$1" netns host3 name "veth-${1}2"
	run ip -n host3 link set "veth-${1}2" master br0 up
	run bridge -n host3 vlan add dev "veth-${1}2" vid "${VLAN[$1]}" pvid untagged
	run ip netns exec "${1}2" arping -U -c 2 -I eth0 "$TENANT_NET4.2"
}

check_entry() # TENANT
{
	run bridge -n host1 fdb get "$TENANT_MAC:02" dev "$1" self
	wrap < "$work/output"
	grep -q " dst $(underlay 3 IPv6) " "$work/output" ||
		fail "it is not behind host3, $(underlay 3 IPv6)"
}

traffic_has_followed()
{
	step "TCP to the two goes to host3 now, and host2 gets none of it."
	send_tcp 1
	judge_flow 3 2
}

peers_are_counted()
{
	local tenant host

	step "What host1 sent to each of the other hosts, and received from them."
	run ip -n host1 link xstats type ovl
	wrap < "$work/output"
	quietly ip -n host1 -j link xstats type ovl
	for tenant in "${TENANTS[@]}"; do
		for host in $(others_of 1); do
			has_traffic "$tenant" "$(underlay "$host" IPv6)" ||
				fail "$tenant: no packets from or to host$host"
		done
	done
}

has_traffic() # TENANT ADDRESS
{
	jq -e --arg dev "$1" --arg dst "$2" '[.[] | select(.ifname == $dev) |
		.peers[] | select(.dst == $dst)] |
		length == 1 and all(.rx.packets > 0 and .tx.packets > 0)' \
		"$work/output" > /dev/null
}

device_is_shown()
{
	step "Red's device on host1, as ip shows it (the bridge's words left out)."
	run ip -n host1 -d -s link show red
	grep -v '^ *bridge_slave' "$work/output" | wrap
	grep " ovl id ${VNI[red]} remote $(underlay 2 IPv6) " "$work/output" |
		grep -q " learning " || fail "this is not what was set"
}

nothing_is_left()
{
	local deadline=$((SECONDS + 20))

	step "All is removed, the module too; in no step the kernel logged a warning."
	remove_all
	while [ "$(cat /sys/module/ovl/refcnt)" != 0 ] &&
	      [ "$SECONDS" -lt "$deadline" ]; do
		sleep 0.2
	done
	run modprobe -r ovl
	check_klog
	show "${command[@]}"
	result "0 lines since the demo began"
}

# The topology.

router_add()
{
	netns_add router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv6.conf.default.accept_dad=0
}

# A host with its own network behind the router, and a bridge for tenants.
host_add() # HOST
{
	local host=host$1 net4=${NET4[$1]} net6=${NET6[$1]}

	netns_add "$host" "$NO_LINK_LOCAL"
	quietly ip -b - <<-END
	link add to-$host netns router mtu $UNDERLAY_MTU type veth peer name eth0 netns $host mtu $UNDERLAY_MTU
	END
	quietly ip -n router -b - <<-END
	link set to-$host up
	address add $net4.254/24 dev to-$host
	address add $net6:fe/64 dev to-$host nodad
	END
	quietly ip -n "$host" -b - <<-END
	link set eth0 up
	address add $net4.$1/24 dev eth0
	address add $net6:$1/64 dev eth0 nodad
	route add default via $net4.254
	route add default via $net6:fe
	link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0
	link set br0 up
	END
}

# A tenant's endpoint on a host, in its VLAN of the bridge.
tenant_add() # TENANT HOST tap|veth
{
	local tenant=$1 host=host$2 netns=$1$2 port=$3-$1

	netns_add "$netns" "$NO_LINK_LOCAL"
	case $3 in
	tap) virtual_machine "$host" "$port" "$netns" ;;
	veth)
		quietly ip -b - <<-END
		link add $port netns $host type veth peer name eth0 netns $netns
		END
		;;
	esac
	quietly ip -n "$netns" -b - <<-END
	link set eth0 address $TENANT_MAC:0$2 up
	address add $TENANT_NET4.$2/24 dev eth0
	address add $TENANT_NET6:$2/64 dev eth0 nodad
	END
	quietly ip -n "$host" -b - <<-END
	link set $port master br0 up
	END
	quietly bridge -n "$host" vlan add dev "$port" vid "${VLAN[$tenant]}" \
		pvid untagged
}

# The namespace is the guest, vnic what a hypervisor does between the TAP device
# and the guest's network card.
virtual_machine() # HOST-NETNS TAP VM-NETNS
{
	quietly modprobe tun
	quietly ip -n "$1" tuntap add "$2" mode tap vnet_hdr
	quietly "$VNIC" "$1" "$2" "$3" eth0
	processes+=("$(< "$work/output")")
}

netns_add() # NAME SYSCTL=VALUE...
{
	[ ! -e "/run/netns/$1" ] || die "there is a network namespace $1 already"
	quietly ip netns add "$1"
	namespaces+=("$1")
	quietly ip netns exec "$1" sysctl -qw "${@:2}"
}

each_host() # FUNCTION [ARGUMENT...]
{
	local host

	for host in "${!NET4[@]}"; do
		"$1" "$host" "${@:2}"
	done
}

each_tenant_and_host() # FUNCTION [ARGUMENT...]
{
	local tenant host

	for tenant in "${TENANTS[@]}"; do
		for host in "${!NET4[@]}"; do
			"$1" "$tenant" "$host" "${@:2}"
		done
	done
}

underlay() # HOST IPv4|IPv6
{
	case $2 in
	IPv4) echo "${NET4[$1]}.$1" ;;
	IPv6) echo "${NET6[$1]}:$1" ;;
	esac
}

others_of() # HOST
{
	local other others=()

	for other in "${!NET4[@]}"; do
		[ "$other" = "$1" ] || others+=("$other")
	done
	echo "${others[@]}"
}

forget_neighbours() # TENANT HOST
{
	quietly ip -n "$1$2" neigh flush all
}

# Traffic.

run_ping() # NETNS ADDRESS
{
	local received=0 time=

	try ip netns exec "$1" ping -c 3 -i 0.2 "$2"
	[[ $(< "$work/output") =~ \ ([0-9]+)\ received ]] &&
		received=${BASH_REMATCH[1]}
	[[ $(< "$work/output") =~ \ =\ [0-9.]+/([0-9.]+)/ ]] &&
		time=${BASH_REMATCH[1]}
	[ "$received" = 3 ] || fail "$received of 3 answered"
	result "3 of 3 answered, $time ms on average"
}

# All tenants at once, from 1 to 2.
run_iperf3() # ARGUMENT...
{
	local tenant running=()

	start_servers
	for tenant in "${TENANTS[@]}"; do
		command=(ip netns exec "${tenant}1" iperf3 -c "$TENANT_NET4.2" "$@" -J)
		show "${command[@]}" "&"
		timeout 60 "${command[@]}" > "$work/$tenant.json" 2>&1 &
		running+=("$!")
	done
	for tenant in "${TENANTS[@]}"; do
		wait "${running[0]}" || fail_iperf3 "$tenant" "iperf3 ended with $?"
		running=("${running[@]:1}")
	done
}

fail_iperf3() # TENANT WHY
{
	jq -r '"error: \(.error)", "sent: \(.end.sum_sent)",
		"received: \(.end.sum_received)"' "$work/$1.json" > "$work/output" ||
		cp "$work/$1.json" "$work/output"
	# What took part in the failure, for another try.
	command[3]=${1}1
	fail "$1: $2"
}

start_servers()
{
	local tenant

	for tenant in "${TENANTS[@]}"; do
		[ -n "${background[$tenant]:-}" ] ||
			start_background "$tenant" "Server listening" \
				ip netns exec "${tenant}2" iperf3 -s --forceflush
	done
}

# Print numbers that FILTER finds in each tenant's result, if the first thing it
# finds is true.  iperf3's status is no help: with -J it is 0 after an error.
show_iperf3() # FILTER FORMAT
{
	local tenant numbers

	for tenant in "${TENANTS[@]}"; do
		mapfile -t numbers < <(jq "$1[]" "$work/$tenant.json" 2>&1)
		[ "${numbers[0]}" = true ] ||
			fail_iperf3 "$tenant" "too little was received"
		# shellcheck disable=SC2059 # the format is ours
		result "$(printf "%-4s $2" "$tenant" "${numbers[@]:1}")"
	done
}

# Telling the story.

step() # SENTENCE
{
	check_klog
	: $((++steps))
	printf '\n%2d. %s\n\n' "$steps" "$*"
}

# A command, so that it can be pasted.
show() # CMD...
{
	local word line='    #'

	for word; do
		if [ $((${#line} + ${#word})) -gt 76 ]; then
			printf '%s \\\n' "$line"
			line='         '
		fi
		line+=" $word"
	done
	printf '%s\n' "$line"
}

# Indent, and continue long lines below.
wrap()
{
	awk 'length($0) < 74 { print "      " $0; next }
	{
		match($0, /^ */)
		indent = sprintf("%" RLENGTH + 6 "s", "")
		line = indent $1
		for (i = 2; i <= NF; i++) {
			if (length(line) + length($i) > 78) {
				print line
				line = indent "   "
			}
			line = line " " $i
		}
		print line
	}'
}

result() # WHAT
{
	printf '      %s\n' "$*"
}

# Run a command that has to succeed; what it prints is in $work/output.
quietly() # CMD...
{
	command=("$@")
	"$@" > "$work/output" 2>&1 || fail "the command ended with $?"
}

run() # CMD...
{
	show "$@"
	quietly "$@"
}

# Of what each host runs, only host1's is shown.
run_on() # HOST CMD...
{
	[ "$1" != 1 ] || show "${@:2}"
	quietly "${@:2}"
}

likewise()
{
	result "and likewise on host2 and host3"
}

# One that may fail.
try() # CMD...
{
	show "$@"
	command=("$@")
	"$@" > "$work/output" 2>&1 || :
}

# Start a command and wait until it prints READY.
start_background() # NAME READY CMD...
{
	local name=$1 ready=$2 fd line

	shift 2
	show "$@" "&"
	command=("$@")
	: > "$work/output"
	exec {fd}< <(exec "$@" 2>&1)
	background[$name]=$!
	output_of[$name]=$fd
	while IFS= read -r -t 20 -u "$fd" line; do
		printf '%s\n' "$line" >> "$work/output"
		[[ $line != *"$ready"* ]] || return 0
	done
	fail "the command did not start"
}

# End it when what is under way has arrived; the rest of what it printed is in
# $work/NAME.
end_background() # NAME
{
	local fd=${output_of[$1]}

	sleep 0.3
	kill -INT "${background[$1]}"
	cat <&"$fd" > "$work/$1"
	exec {fd}<&-
	unset "background[$1]"
}

# The kernel's log has no new line that is a warning or worse.
check_klog()
{
	quietly dmesg --level "$KLOG_LEVELS"
	grep -vxFf "$work/klog" "$work/output" | grep -vE "$KLOG_EXPECTED" \
		> "$work/klog.new" || :
	mv "$work/klog.new" "$work/output"
	[ ! -s "$work/output" ] || fail "the kernel's log has these lines"
}

start() # OUT
{
	local program

	[ "$(id -u)" = 0 ] || die "needs root"
	for program in ip bridge ping arping iperf3 tcpdump ethtool jq "$VNIC"; do
		command -v "$program" > /dev/null || die "$program is missing"
	done
	out=$1
	work=$(mktemp -d)
	steps=0
	namespaces=()
	processes=()
	declare -gA background=() output_of=() before=()
	trap remove_all EXIT
	trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
	mkdir -p "$out"
	dmesg --level "$KLOG_LEVELS" > "$work/klog"
	klog_lines=$(dmesg | wc -l)
}

remove_all()
{
	kill "${background[@]}" "${processes[@]}" 2> /dev/null || :
	[ ${#namespaces[@]} = 0 ] ||
		printf 'netns del %s\n' "${namespaces[@]}" | ip -b - || :
	background=() processes=() namespaces=()
}

die()
{
	echo "demo-guest.sh: $*" >&2
	exit 1
}

# When a step does not hold.

fail() # WHY
{
	# Of a subshell the script itself hears by its status.
	[ "$BASHPID" = $$ ] || exit 1
	trap - ERR
	set +e
	printf '\n    Step %d FAILED: %s\n' "$steps" "$*"
	paragraph "${command[*]} printed" < "$work/output"
	try_again
	[ ${#namespaces[@]} = 0 ] || show_state
	[ "${command[0]}" = dmesg ] ||
		dmesg | tail -n +$((klog_lines + 1)) | grep -vE 'entered|left|renamed' | tail -n 20 |
			paragraph "The kernel's log"
	exit 1
}

paragraph() # HEADING
{
	printf '\n    %s:\n' "$1"
	head -n 40 | sed 's/^/    | /' | grep . || echo '    | (nothing)'
}

# Traffic that failed: the same again, watched at the router.
try_again()
{
	[[ ${command[*]} == "ip netns exec "* ]] || return
	timeout 10 ip netns exec router tcpdump --immediate-mode -lnti any -c 20 \
		2> "$work/again.err" > "$work/again" &
	sleep 2
	timeout 5 "${command[@]}" > /dev/null 2>&1
	sleep 1
	paragraph "The router, while this is tried again" < "$work/again"
}

show_state()
{
	local host

	each_tenant_and_host show_counters |
		paragraph "Counters of ovl that are not 0 (ethtool -S)"
	for host in "${!NET4[@]}"; do
		{
			ip -n "host$host" -d -s link show type ovl |
				grep -v '^ *bridge_slave'
			bridge -n "host$host" vlan show
		} 2>&1 | paragraph "host$host: devices, VLANs"
		{
			bridge -n "host$host" fdb show br br0 |
				awk '/ dst / || !/permanent/'
			ip -n "host$host" link xstats type ovl
		} 2>&1 | paragraph "host$host: FDB, peers"
		{
			ip -n "host$host" route
			ip -n "host$host" -6 route
			ip -n "host$host" neigh
		} 2>&1 | paragraph "host$host: routes and neighbours"
	done
}

show_counters() # TENANT HOST
{
	ip netns exec "host$2" ethtool -S "$1" 2> /dev/null | grep -v ': 0$' |
		sed "1d; s/^ */host$2 $1 /"
}

main "$@"
