#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Open vSwitch with the kernel's datapath is the other end, and takes ovl devices
# as ports.  The format is OVN's: the VNI is the logical datapath, and a critical
# option (class 0x0102, type 0x80) has the keys of the logical ports.
#
#   A                                          B
#   t1 -- t0 ... ovl0                          br0 of OVS: gnv, c0 -- c1, d0 -- d1
#            u0  10.0.0.1, fd00::1 ----------- u1  10.0.0.2, fd00::2
#
# What br0 gets from ovl0 goes to c1 if VNI and option are right, else to d1.

. "${0%/*}/lib_external.sh"

ALL_TESTS="ovn bridge datapath"

# Ingress and egress keys, to OVS and from it
TO_OVS=00030004 FROM_OVS=00010002
OPT_TO=0102:80:$TO_OVS OPT_FROM=0102:80:$FROM_OVS
WIRE_TO=01028001$TO_OVS WIRE_FROM=01028001$FROM_OVS

FROM_TB4="dmac=$MAC_TA smac=$MAC_TB src=$TB4 dst=$TA4"
FROM_TB6="dmac=$MAC_TA smac=$MAC_TB src=$TB6 dst=$TA6"

# Tenants on B
ovs_tenants()
{
	local letter

	for letter in c d; do
		ip_in "$B" <<-END
		link add ${letter}0 type veth peer name ${letter}1
		link set ${letter}0 addrgenmode none
		link set ${letter}0 up
		link set ${letter}1 addrgenmode none
		link set ${letter}1 up
		END
		port ${letter}1 "$B" ${letter}1
		offload ${letter}1 off
	done
}

# A daemon that starts earlier counts no processors, and makes no threads.
ten_seconds_up()
{
	local up

	read -r up _ < /proc/uptime
	[ "${up%.*}" -gt 10 ]
}

# OVS on B, with everything that it writes in $OVS
ovs_start()
{
	local schema=${OVS_PKGDATADIR:-/usr/share/openvswitch}/vswitch.ovsschema
	local program

	for program in ovsdb-tool ovsdb-server ovs-vswitchd ovs-vsctl ovs-ofctl; do
		command -v $program > /dev/null || skip_all "no $program here"
	done
	OVS=$(mktemp -d)
	defer rm -rf "$OVS"
	export OVS_RUNDIR=$OVS OVS_LOGDIR=$OVS OVS_DBDIR=$OVS OVS_SYSCONFDIR=$OVS
	ovsdb-tool create "$OVS/conf.db" "$schema" &&
		ovsdb-server "$OVS/conf.db" --remote="punix:$OVS/db.sock" \
			--pidfile --detach --no-chdir --log-file 2> /dev/null
	check_err $? "ovsdb-server does not start"
	defer ovs_stop ovsdb-server
	vsctl --no-wait init
	slowwait 15 ten_seconds_up
	ip netns exec "$B" ovs-vswitchd "unix:$OVS/db.sock" --pidfile --detach \
		--no-chdir --log-file 2> /dev/null
	check_err $? "ovs-vswitchd does not start: $(tail -n 3 "$OVS/ovs-vswitchd.log")"
	defer ovs_stop ovs-vswitchd
}

has_ended() # PID
{
	! kill -0 "$1" 2> /dev/null
}

ovs_stop() # DAEMON
{
	local pid

	pid=$(cat "$OVS/$1.pid") || return
	kill "$pid"
	busywait 20000 has_ended "$pid" || kill -KILL "$pid"
}

vsctl()
{
	ovs-vsctl --db="unix:$OVS/db.sock" --timeout=60 "$@"
	check_err $? "ovs-vsctl $*"
}

# br0 with the tenants c0 and d0 as ports 2 and 3, and others
ovs_bridge() # PORT [VSCTL-ARGUMENT...]...
{
	vsctl add-br br0 -- set bridge br0 fail_mode=secure \
		-- add-port br0 c0 -- set interface c0 ofport_request=2 \
		-- add-port br0 d0 -- set interface d0 ofport_request=3 "$@"
}

flows() # Lines of FLOW on stdin
{
	ovs-ofctl add-flows br0 -
	check_err $? "ovs-ofctl refuses"
	flush_kernel
}

# What OVS has put into the kernel before goes in half a second, or now
flush_kernel()
{
	ovs-appctl revalidator/purge
	check_err $? "ovs-appctl revalidator/purge"
}

# The frame goes from ovl0's tenant to OVS, and there to c1, or to d1.
ovl_to_ovs() # PORT-OF-ovl PORT-OF-OVS FIELDS [FRAME]
{
	local frame=${4:-$TENANT4}

	: $((++NUMBER))
	send "$1" $frame sport=$NUMBER
	expect u1 dir=in in.sport=$NUMBER : vni=$VNI in.csum=ok csum!=bad $3
	expect "$2" dir=in sport=$NUMBER : dmac=$MAC_TB smac=$MAC_TA csum=ok
}

ovs_to_ovl() # PORT-OF-ovl FIELDS [FRAME]
{
	local frame=${3:-$FROM_TB4}

	: $((++NUMBER))
	send c1 $frame sport=$NUMBER
	expect u1 dir=out in.sport=$NUMBER : vni=$VNI in.csum=ok csum!=bad $2
	expect "$1" dir=in sport=$NUMBER : dmac=$MAC_TA smac=$MAC_TB csum=ok
}

# OVN's tunnels, to the address of each family
ovn_bridge()
{
	ovs_bridge \
		-- add-port br0 gnv -- set interface gnv type=geneve ofport_request=1 \
			options:remote_ip=$A4 options:key=flow options:csum=true \
		-- add-port br0 gnv6 -- set interface gnv6 type=geneve ofport_request=4 \
			options:remote_ip=$A6 options:key=flow options:csum=true
	ovs-ofctl add-tlv-map br0 "{class=0x102,type=0x80,len=4}->tun_metadata0"
	check_err $? "ovs-ofctl add-tlv-map"
	ovn_flows 1
}

# OVS sends by the port of that number.
ovn_flows() # PORT
{
	flows <<-END
	in_port=2,actions=set_field:$VNI->tun_id,set_field:0x$FROM_OVS->tun_metadata0,output:$1
	priority=9,in_port=1,tun_id=$VNI,tun_metadata0=0x$TO_OVS,actions=output:2
	priority=9,in_port=4,tun_id=$VNI,tun_metadata0=0x$TO_OVS,actions=output:2
	priority=1,in_port=1,actions=output:3
	priority=1,in_port=4,actions=output:3
	END
}

ovn()
{
	external_hosts
	external
	ovs_tenants
	ovs_start
	ovn_bridge
	[ "$RET" = 0 ] || { log_test "OVS as the other end"; return; }
	ovn_external
	drop_tunnel "$A" ovl0
	ask close ovl0
	[ "$KIND" != ovl ] || ovn_plain
}

# By tc, as OVN's own hosts do
ovn_external()
{
	keyed id $VNI $KEY4 geneve_opts $OPT_TO
	matched enc_key_id $VNI $FROM4 geneve_opts $OPT_FROM
	ovl_to_ovs t1 c1 "opts=$WIRE_TO csum=ok"
	ovl_to_ovs t1 c1 "opts=$WIRE_TO csum=ok" "$TENANT6"
	ovs_to_ovl t1 "opts=$WIRE_FROM c=1 csum=ok"
	ovs_to_ovl t1 "opts=$WIRE_FROM c=1 csum=ok" "$FROM_TB6"
	# another port of the logical datapath
	keyed id $VNI $KEY4 geneve_opts 0102:80:00030005
	ovl_to_ovs t1 d1 csum=ok
	matched enc_key_id $VNI geneve_opts 0102:80:00010003
	ovs_to_ovl r1 csum=ok
	log_test "OVN's option, by metadata, over IPv4"

	keyed id $VNI $KEY6 geneve_opts $OPT_TO
	matched enc_key_id $VNI $FROM6 geneve_opts $OPT_FROM
	ovn_flows 4
	ovl_to_ovs t1 c1 "opts=$WIRE_TO csum=ok src=$A6"
	ovs_to_ovl t1 "opts=$WIRE_FROM c=1 csum=ok dst=$A6"
	log_test "OVN's option, by metadata, over IPv6"
}

# A plain device that has it as its option, and accepts it
ovn_plain()
{
	tunnel "$A" ovl0 id $VNI remote $B4 opts $OPT_TO accept 0102:80
	ovn_flows 1
	mark ovl0
	ovl_to_ovs ovl0 c1 "opts=$WIRE_TO c=1 csum=ok"
	ovs_to_ovl ovl0 "opts=$WIRE_FROM c=1 csum=ok"
	change "$A" ovl0 opts 0102:80:00030005
	ovl_to_ovs ovl0 d1 "opts=0102800100030005 c=1"
	log_test "OVN's option on a plain device over IPv4"

	change "$A" ovl0 remote $B6 opts $OPT_TO
	ovn_flows 4
	ovl_to_ovs ovl0 c1 "opts=$WIRE_TO c=1 csum=ok src=$A6"
	ovs_to_ovl ovl0 "opts=$WIRE_FROM c=1 csum=ok dst=$A6"
	moved ovl0 link.rx_packets=2 link.tx_packets=3
	log_test "OVN's option on a plain device over IPv6"

	change "$A" ovl0 accept 0102:81
	mark ovl0
	: $((++NUMBER))
	send c1 $FROM_TB4 sport=$NUMBER
	moved ovl0 rx_opt_critical=1
	none ovl0 dir=in sport=$NUMBER
	log_test "which is dropped, unless it is accepted"
}

# On B, as ordinary ports: with OVS's own learning
bridge()
{
	underlay
	ovs_tenants
	ovs_start
	ip_in "$B" <<-END
	link add ovl1 type $KIND id 10 remote $A4 udpcsum
	link add ovl2 type $KIND id 20 remote $A6
	END
	check_err $? "could not add ovl1 and ovl2"
	ovs_bridge -- add-port br0 ovl1 -- add-port br0 ovl2
	ip_in "$B" <<-END
	link set ovl1 addrgenmode none
	link set ovl1 up
	link set ovl2 addrgenmode none
	link set ovl2 up
	END
	flows <<< actions=NORMAL
	# unknown: to all ports
	send c1 $FROM_TB4 sport=1
	expect u1 dir=out vni=10 in.sport=1 : src=$B4 dst=$A4 csum=ok in.csum=ok
	expect u1 dir=out vni=20 in.sport=1 : src=$B6 dst=$A6 csum=ok in.csum=ok
	expect d1 dir=in sport=1
	# the answer, and what is learned from it
	send u0 dmac=$MAC_B smac=$MAC_A src=$A6 dst=$B6 vni=20 in.dmac=$MAC_TB \
		in.smac=$MAC_TA in.src=$TA4 in.dst=$TB4 in.sport=2
	expect c1 dir=in sport=2 : csum=ok
	none d1 dir=in sport=2
	none u1 dir=out in.sport=2
	flush_kernel
	send c1 $FROM_TB4 sport=3
	expect u1 dir=out vni=20 in.sport=3 : src=$B6 dst=$A6 csum=ok in.csum=ok
	none u1 dir=out vni=10 in.sport=3
	none d1 dir=in sport=3
	offload c1 on
	send c1 $FROM_TB4 l4=tcp sport=4 csum=partial gso=tcp4:1000 pay=4500
	expect u1 n=5 dir=out vni=20 in.sport=4 : csum=ok in.csum=ok
	log_test "devices as ports of an OVS bridge"
}

# On B, as a port of the kernel's datapath, which sets and matches its metadata,
# the source port, too.
datapath()
{
	local test="an external device as a port of OVS's datapath"
	local port tunnel="tun_id=$VNI,src=$B4,dst=$A4,tos=0x28,ttl=9"

	command -v ovs-dpctl > /dev/null || skip_all "no ovs-dpctl here"
	modprobe -q openvswitch
	[ -d /sys/module/openvswitch ] || skip_all "no module openvswitch here"
	underlay
	ovs_tenants
	ip_in "$B" <<-END
	link add ovl1 type $KIND external
	link set ovl1 addrgenmode none
	link set ovl1 up
	END
	check_err $? "could not add ovl1"
	[ "$KIND" != ovl ] || ip -n "$B" link set ovl1 type ovl nosrccheck
	dpctl add-dp dp0
	for port in ovl1 c0 d0; do
		dpctl add-if dp0 $port
	done
	ip_in "$B" link set dp0 up
	dpctl add-flow dp0 "in_port(2),eth(),eth_type(0x0800),ipv4(frag=no)" \
		"set(tunnel($tunnel,tp_src=1234,tp_dst=6081,geneve({class=0x102,type=0x80,len=4,0x$FROM_OVS}),flags(df|csum|key))),1"
	send c1 $FROM_TB4 sport=1
	expect u1 dir=out in.sport=1 : src=$B4 dst=$A4 tos=0x28 ttl=9 df=1 csum=ok \
		dport=6081 vni=$VNI opts=$WIRE_FROM c=1 in.csum=ok
	if [ "$KIND" = ovl ]; then
		[ "$(said sport)" = 1234 ]
		check_err $? "expected source port 1234, seen $(said sport)"
	fi
	dpctl mod-flow dp0 "in_port(2),eth(),eth_type(0x0800),ipv4(frag=no)" \
		"set(tunnel($tunnel,tp_dst=6081,flags(key))),1"
	send c1 $FROM_TB4 sport=2
	expect u1 dir=out in.sport=2 : src=$B4 dst=$A4 tos=0x28 ttl=9 df=0 csum=zero \
		dport=6081 vni=$VNI opts=- c=0 in.csum=ok

	tunnel="tun_id=$VNI,src=$A4,dst=$B4,tos=0,ttl=64"
	dpctl add-flow dp0 \
		"tunnel($tunnel,geneve({class=0x102,type=0x80,len=4,0x$TO_OVS/0xffffffff}),flags(-df+csum+key)),in_port(1),eth(),eth_type(0x0800),ipv4(frag=no)" 2
	dpctl add-flow dp0 \
		"tunnel($tunnel,geneve({class=0x102,type=0x80,len=4,0x00030005/0xffffffff}),flags(-df+csum+key)),in_port(1),eth(),eth_type(0x0800),ipv4(frag=no)" 3
	for port in "c1 $WIRE_TO" "d1 0102800100030005"; do
		send u0 dmac=$MAC_B smac=$MAC_A src=$A4 dst=$B4 vni=$VNI c=1 \
			opts=${port#* } in.dmac=$MAC_TB in.smac=$MAC_TA in.src=$TA4 \
			in.dst=$TB4 in.sport=3
		expect ${port% *} dir=in sport=3 : csum=ok
	done
	log_test "$test"
}

dpctl()
{
	[ -z "$VERBOSE" ] || echo "ovs-dpctl $*"
	ip netns exec "$B" ovs-dpctl -vconsole:err "$@"
	check_err $? "ovs-dpctl $*"
}

tests_run
exit "$EXIT_STATUS"
