#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo-guest.sh [OUT]: tell the demo's story on the running kernel
#
# Makes two hosts, a router between them and two tenants, all of them network
# namespaces, joins the tenants by ovl devices and shows, step by step, that it
# works.  At the end everything is removed.  What was captured at the router is
# left in the folder OUT (default /out), and the number of steps in OUT/steps.
#
# A step that does not hold ends the story: it is named, what helps to find out
# why is shown, and the exit status is 1.
#
# Needs root, the module, the plugin, and the programs ip, bridge, ping, iperf3,
# tcpdump, ethtool, jq, and selftests/vnic (or where VNIC says).
#
# Called by demo.sh, in a VM.

set -Eeuo pipefail

VNIC=${VNIC:-${BASH_SOURCE[0]%/*}/selftests/vnic}

# The network of host N, which has address .N there, and the router .254.
NET4=([1]=192.0.2 [2]=198.51.100)
NET6=([1]=2001:db8:1: [2]=2001:db8:2:)
# Room for the outer headers, so that tenants keep their 1500.
UNDERLAY_MTU=1600

# The tenants, both with these addresses on host N.
TENANTS=(red blue)
declare -A VNI=([red]=5001 [blue]=6001) VLAN=([red]=10 [blue]=20)
TENANT_NET4=10.0.0
TENANT_NET6=fd00:
TENANT_MAC=02:00:00:00:00

# A busy machine may stop an emulated one for longer than a socket buffers.
UDP_ARRIVE=90

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

  Two hosts with a router between them; on each host a bridge and two tenants,
  Red and Blue, which use the same addresses.  red1 is a virtual machine behind
  a TAP device, the others have veth.  Each name is a network namespace.

     red1        blue1                              red2        blue2
     10.0.0.1    10.0.0.1                           10.0.0.2    10.0.0.2
     fd00::1     fd00::1                            fd00::2     fd00::2
       |            |                                 |            |
  +----|------------|------+                     +----|------------|------+
  |  tap-red     veth-blue |                     |  veth-red    veth-blue |
  |    |            |      |                     |    |            |      |
  |  [ br0: VLAN 10 | 20 ] |                     |  [ br0: VLAN 10 | 20 ] |
  |    |            |      |                     |    |            |      |
  |   red          blue    |        Geneve       |   red          blue    |
  | VNI 5001     VNI 6001  | <=================> | VNI 5001     VNI 6001  |
  |                        |                     |                        |
  | host1        192.0.2.1 |      +--------+     | 198.51.100.2     host2 |
  |          2001:db8:1::1 |------| router |-----| 2001:db8:2::2          |
  +------------------------+      +--------+     +------------------------+
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
	host_add 1
	host_add 2
	tenant_add red 1 tap
	tenant_add blue 1 veth
	tenant_add red 2 veth
	tenant_add blue 2 veth

	underlay_is_routed
	overlay_is_made
	overlay_is_plugged_in
	tenants_reach_themselves IPv4
	tenants_send_tcp
	tenants_send_udp
	tenants_are_apart
	underlay_becomes_ipv6
	tenants_reach_themselves IPv6
	tenants_send_tcp
	tenants_send_udp
	device_is_shown
	nothing_is_left
	echo "$steps" > "$out/steps"
}

# The steps.

underlay_is_routed()
{
	step "The hosts reach each other through the router, by IPv4 and by IPv6."
	run_ping host1 "$(underlay 2 IPv4)"
	run_ping host1 "$(underlay 2 IPv6)"
}

overlay_is_made()
{
	step "Two commands make an overlay, one on each host: Red's, then Blue's."
	each_tenant_and_host make_device
}

make_device() # TENANT HOST
{
	run ip -n "host$2" link add "$1" type ovl id "${VNI[$1]}" \
		remote "$(underlay "$(peer_of "$2")" IPv4)"
}

overlay_is_plugged_in()
{
	step "The devices become ports of the bridges, in the VLAN of their tenant."
	each_tenant_and_host plug_in
}

plug_in() # TENANT HOST
{
	run ip -n "host$2" link set "$1" up master br0
	run bridge -n "host$2" vlan add dev "$1" vid "${VLAN[$1]}" pvid untagged
}

tenants_reach_themselves() # IPv4|IPv6
{
	local tenant

	step "Over $1, each tenant reaches its own other side; the router captures."
	start_background capture "listening on" ip netns exec router tcpdump -Z root \
		--immediate-mode -U -i to-host1 -w "$out/${1,,}.pcap" udp port 6081
	for tenant in "${TENANTS[@]}"; do
		run_ping "${tenant}1" "$TENANT_NET4.2"
		run_ping "${tenant}1" "$TENANT_NET6:2"
	done
	end_background capture
}

tenants_send_tcp()
{
	step "Both tenants send TCP, at the same time and to the same address."
	run_iperf3 -t 2
	show_iperf3 '.end | [.sum_received.bytes > 0, .sum_sent.bytes / 1e6,
		.sum_received.bytes / 1e6, .sum_received.bits_per_second / 1e6]' \
		'sent %.1f MB, received %.1f MB: %.0f Mbit/s'
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
	each_tenant_and_host move_device
}

move_device() # TENANT HOST
{
	run ip -n "host$2" link set "$1" type ovl \
		remote "$(underlay "$(peer_of "$2")" IPv6)"
}

device_is_shown()
{
	step "Red's device on host1, as ip shows it (the bridge's words left out)."
	run ip -n host1 -d -s link show red
	grep -v '^ *bridge_slave' "$work/output" | wrap
	grep -q " ovl id ${VNI[red]} remote $(underlay 2 IPv6) " "$work/output" ||
		fail "this is not what was set"
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

each_tenant_and_host() # FUNCTION
{
	local tenant host

	for tenant in "${TENANTS[@]}"; do
		for host in "${!NET4[@]}"; do
			"$1" "$tenant" "$host"
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

peer_of() # HOST
{
	echo $((3 - $1))
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

# All tenants at once, from host 1 to host 2.
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
	for program in ip bridge ping iperf3 tcpdump ethtool jq "$VNIC"; do
		command -v "$program" > /dev/null || die "$program is missing"
	done
	out=$1
	work=$(mktemp -d)
	steps=0
	namespaces=()
	processes=()
	declare -gA background=() output_of=()
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
			bridge -n "host$host" fdb show br br0 | grep -v permanent
		} 2>&1 | paragraph "host$host: devices, VLANs, FDB"
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
