#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module is unloaded while traffic runs through its devices, both ways, in
# several namespaces, also in one that a device has moved to, and while devices
# are being changed: that is done to the end, nothing is left, and the module
# can be loaded again, by its name or by making a device.
#
#   A                                B
#   ovl0 (pings), ovl6, ovl3         ovl0 (pings), ovl6, ovl3
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2
#   C: ovl9 of A

. "${0%/*}/lib.sh"

ALL_TESTS="unused under_traffic under_changes loaded_by_a_device"

# Would take away what somebody else needs.
check_alone()
{
	[ "$KIND" = ovl ] || skip_all "$KIND is not our module"
	[ -e "/sys/module/$KIND/refcnt" ] || skip_all "$KIND is no module here"
	modprobe -n -q "$KIND" || skip_all "modprobe does not know $KIND"
	[ "$(ip -j link show type "$KIND" 2> /dev/null)" = "[]" ] ||
		skip_all "there are other devices of the module"
}

unload()
{
	modprobe -r "$KIND"
	check_err $? "modprobe -r $KIND failed"
	[ ! -e "/sys/module/$KIND" ]
	check_err $? "the module is still there"
}

load()
{
	modprobe "$KIND"
	check_err $? "the module cannot be loaded again"
}

# No device, no socket.
check_nothing_left() # NS...
{
	local ns

	for ns; do
		[ "$(ip -n "$ns" -j link | jq -c 'map(.ifname) | map(select(startswith("ovl")))')" = "[]" ]
		check_err $? "devices are left in $ns: $(ip -n "$ns" -br link)"
		must hold program4 "$ns" port=6081 && ask release program4
		must hold program6 "$ns" port=6081 addr=:: && ask release program6
	done
}

host_with_three() # NS PEER4 PEER6 TENANT4 TENANT6 UNDERLAY
{
	ip_in "$1" <<-END
	link add ovl0 type $KIND id 1 remote $2
	link add ovl6 type $KIND id 1 remote $3
	link add ovl3 type $KIND id 3 remote $2 dev $6 innerprotoinherit
	addr add $4/24 dev ovl0
	addr add $5/64 dev ovl6 nodad
	addr add 192.168.3.${4##*.}/24 dev ovl3
	link set ovl0 up
	link set ovl6 up
	link set ovl3 up
	END
	check_err $? "could not make the devices"
}

two_hosts()
{
	underlay
	setup_ns C
	host_with_three "$A" $B4 $B6 $TA4 $TA6 u0
	host_with_three "$B" $A4 $A6 $TB4 $TB6 u1
	ip_in "$A" <<-END
	link add ovl9 type $KIND id 9 remote $B4
	link set ovl9 netns $C up
	END
}

# Pings as fast as they come back, until it is killed.
flood() # NS ADDRESS
{
	ip netns exec "$1" ping -f -q "$2" > /dev/null 2>&1 &
	defer stop $!
}

has_received() # PORT NUMBER
{
	ask counter "$1" link.rx_packets
	[ "${SAID[0]}" -ge "$2" ]
}

run_traffic()
{
	local port

	for port in ovl0 ovl6 ovl3; do
		ask port a_$port "$A" $port
		ask port b_$port "$B" $port
	done
	flood "$A" $TB4
	flood "$B" $TA4
	flood "$A" $TB6
	flood "$B" 192.168.3.1
	for port in {a,b}_ovl{0,6,3}; do
		busywait 20000 has_received $port 50
		check_err $? "no traffic on $port"
		ask close $port
	done
}

unused()
{
	check_alone
	unload
	load
	log_test "the module without a device"
}

under_traffic()
{

	two_hosts
	run_traffic
	unload
	check_nothing_left "$A" "$B" "$C"
	for _ in 1 2; do
		load
		host_with_three "$A" $B4 $B6 $TA4 $TA6 u0
		host_with_three "$B" $A4 $A6 $TB4 $TB6 u1
		port ovl0 "$B" ovl0
		busywait 20000 has_received ovl0 20
		check_err $? "no traffic when it is loaded again"
		ask close ovl0
		unload
	done
	load
	log_test "under traffic, in several namespaces"
}

# Somebody goes on changing a device that is not there any more, which must not
# bring the module back.
under_changes()
{
	two_hosts
	without_autoload
	flood "$A" $TB4
	ip -n "$A" -force -b - < <(change_forever) > /dev/null 2>&1 &
	defer stop $!
	busywait 20000 has_ttl_9
	check_err $? "nobody changes the device"
	unload
	check_nothing_left "$A" "$B" "$C"
	log_test "while a device is being changed"
}

change_forever()
{
	while echo "link set ovl0 type $KIND ttl 9 df unset" &&
			echo "link set ovl0 type $KIND dstport 6082" &&
			echo "link set ovl0 type $KIND dstport 6081 local $A4" &&
			echo "link set ovl0 type $KIND local any ttl auto"; do
		:
	done 2> /dev/null
}

without_autoload()
{
	local program

	program=$(< /proc/sys/kernel/modprobe)
	echo > /proc/sys/kernel/modprobe
	defer load
	defer eval "echo $program > /proc/sys/kernel/modprobe"
}

has_ttl_9()
{
	[[ $(ip -n "$A" -d link show ovl0) == *" ttl 9 "* ]]
}

loaded_by_a_device()
{
	[[ $(modprobe -n -v --show-depends rtnl-link-"$KIND" 2>&1) == *"/$KIND.ko"* ]]
	check_err $? "the alias leads to: $(modprobe -n -v --show-depends rtnl-link-"$KIND" 2>&1)"
	setup_ns A
	unload
	ip_in "$A" link add ovl0 type "$KIND" id 1 remote $B4
	check_err $? "the module does not come with a device"
	[ -e "/sys/module/$KIND" ] || load
	log_test "the module is loaded by making a device"
}

tests_run
exit "$EXIT_STATUS"
