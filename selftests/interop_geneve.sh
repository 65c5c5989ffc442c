#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own geneve driver is the other end: what ovl sends, it takes, and
# the other way round, over both families, with checksums and without, with
# Ethernet and without; frames, datagrams, and TCP in super-packets.
#
#   A                                          B
#   ovl0  192.168.0.1, fd01::1                 gnv0  192.168.0.2, fd01::2
#   u0  10.0.0.1, fd00::1 -------------------- u1  10.0.0.2, fd00::2

. "${0%/*}/lib.sh"

ALL_TESTS="ipv4 ipv4_off ipv6 ipv6_off l3_ipv4 l3_ipv4_off l3_ipv6 l3_ipv6_off"

# Frames that the tenant of B sends, and the ports to which nobody listens.
FROM_TB4="dmac=$MAC_TA smac=$MAC_TB src=$TB4 dst=$TA4"
FROM_TB6="dmac=$MAC_TA smac=$MAC_TB src=$TB6 dst=$TA6"
PORT=4444
NUMBER=0

# Both ends; false: this machine cannot.
ends() # L2|L3 FAMILY on|off
{
	local l3='' ovl gnv

	case $2$3 in
	4on) ovl="remote $B4 udpcsum" gnv="remote $A4 udpcsum" ;;
	4off) ovl="remote $B4 noudpcsum" gnv="remote $A4 noudpcsum" ;;
	6on)
		ovl="remote $B6 noudp6zerocsumtx noudp6zerocsumrx"
		gnv="remote $A6 noudp6zerocsumtx noudp6zerocsumrx" ;;
	6off)
		ovl="remote $B6 udp6zerocsumtx udp6zerocsumrx"
		gnv="remote $A6 udp6zerocsumtx udp6zerocsumrx" ;;
	esac
	WHY=
	underlay
	if [ $1 = L3 ]; then
		l3=innerprotoinherit
		if ! ip -n "$B" link add gnv0 type geneve id $VNI $gnv $l3 2> /dev/null; then
			WHY="no innerprotoinherit for geneve here"
			return 1
		fi
		tunnel_l3 "$A" ovl0 id $VNI $ovl
	else
		if ! ip -n "$B" link add gnv0 address $MAC_TB type geneve \
				id $VNI $gnv 2> /dev/null; then
			WHY="no geneve here"
			return 1
		fi
		tunnel "$A" ovl0 id $VNI $ovl
	fi
	port gnv0 "$B" gnv0
	ip_in "$A" <<-END
	addr add $TA4/24 dev ovl0
	addr add $TA6/64 dev ovl0 nodad
	END
	ip_in "$B" <<-END
	link set gnv0 addrgenmode none
	link set gnv0 up
	addr add $TB4/24 dev gnv0
	addr add $TB6/64 dev gnv0 nodad
	END
	must hold a4 "$A" port=$PORT
	must hold b4 "$B" port=$PORT
	defer ask release a4 b4
	mark ovl0
}

# Neighbours are found, and answer.
pings() # PROTO4 PROTO6 CSUM
{
	local addr

	for addr in $TB4 $TB6; do
		ip netns exec "$A" ping -c 1 -i 0.2 -W 20 "$addr" > /dev/null
		check_err $? "no answer from $addr"
	done
	for addr in $TA4 $TA6; do
		ip netns exec "$B" ping -c 1 -i 0.2 -W 20 "$addr" > /dev/null
		check_err $? "no answer from $addr"
	done
	expect u1 n=2 dir=in in.src=$TA4 "in.icmp=8/0|0/0" : vni=$VNI csum=$3 proto=$1
	expect u1 n=2 dir=out in.src=$TB4 "in.icmp=8/0|0/0" : vni=$VNI csum=$3 proto=$1
	expect u1 n=2 dir=in in.src=$TA6 "in.icmp6=128/0|129/0" : vni=$VNI csum=$3 proto=$2
}

# Of a socket on the one side: they come out as they went in.
datagrams() # PROTO4 PROTO6 CSUM
{
	local size n=4

	for size in 1 1200; do
		udp "$A" to=$TB4 port=$PORT size=$size count=$n
		expect u1 n=$n dir=in in.l4=udp : vni=$VNI csum=$3 in.csum=ok proto=$1
		expect gnv0 n=$n dir=in src=$TA4 l4=udp : paylen=$size csum=ok
		udp "$A" to=$TB6 port=$PORT size=$size count=$n
		expect u1 n=$n dir=in in.l4=udp : vni=$VNI csum=$3 in.csum=ok proto=$2
		expect gnv0 n=$n dir=in src=$TA6 l4=udp : paylen=$size csum=ok
		udp "$B" to=$TA4 port=$PORT size=$size count=$n
		expect u1 n=$n dir=out in.l4=udp : vni=$VNI csum=$3 in.csum=ok proto=$1
		expect ovl0 n=$n dir=in src=$TB4 l4=udp : paylen=$size csum=ok
		udp "$B" to=$TA6 port=$PORT size=$size count=$n
		expect u1 n=$n dir=out in.l4=udp : vni=$VNI csum=$3 in.csum=ok proto=$2
		expect ovl0 n=$n dir=in src=$TB6 l4=udp : paylen=$size csum=ok
	done
	clear_port u0 u1 ovl0 gnv0
}

# All ECN fields, and VLAN tags.  (geneve looks for the ECN field behind tags,
# or does not, as its version has it: the tenant's own one stays, at least.)
frames() # L2|L3
{
	local ecn tags kinds="- 7.5 ad:8+9"

	[ $1 = L2 ] || kinds=-
	for tags in $kinds; do
		for ecn in not ect0 ect1 ce; do
			frame 4 "$ecn" "${tags#-}" $1
			frame 6 "$ecn" "${tags#-}" $1
		done
	done
}

frame() # FAMILY ECN TAGS L2|L3
{
	local there="$TENANT4" back="$FROM_TB4" vlan=${3:+vlan=$3}

	[ $1 = 4 ] || { there=$TENANT6 back=$FROM_TB6; }
	[ $4 = L2 ] || { there=${there#*smac=* } back=${back#*smac=* }; }
	: $((++NUMBER))
	send ovl0 $vlan $there sport=$NUMBER tos=0x28 ecn=$2
	expect gnv0 dir=in sport=$NUMBER : $there ecn=$2 dscp=10 csum=ok ${vlan:-vlan=-}
	send gnv0 $vlan $back sport=$NUMBER tos=0x28 ecn=$2
	expect ovl0 dir=in sport=$NUMBER : $back ecn=$2 dscp=10 csum=ok ${vlan:-vlan=-}
}

# Cut into packets by the sender's stack, merged by the other end's.
segments() # CSUM
{
	ip netns exec "$A" ethtool -K u0 gro on > /dev/null
	ip netns exec "$B" ethtool -K u1 gro on > /dev/null
	stream "$A" "$B" to=$TB4 size=80000
	expect u0 n=45 dir=out in.l4=tcp "in.paylen>1000" : csum=$1 in.csum=ok gso=- \
		vni=$VNI in.src=$TA4
	expect gnv0 dir=in src=$TA4 gso=tcp4 "paylen>2000"
	stream "$B" "$A" to=$TA6 size=80000
	expect u1 n=45 dir=out in.l4=tcp "in.paylen>1000" : csum=$1 in.csum=ok gso=- \
		vni=$VNI in.src=$TB6
	expect ovl0 dir=in src=$TB6 gso=tcp6 "paylen>2000"
	clear_port u0 u1 ovl0 gnv0
}

# Cut by nobody.
super_packets()
{
	offload u0 on
	offload u1 on
	stream "$A" "$B" to=$TB4 size=400000
	expect gnv0 dir=in src=$TA4 gso=tcp4 "paylen>10000"
	stream "$A" "$B" to=$TB6 size=400000
	expect gnv0 dir=in src=$TA6 gso=tcp6 "paylen>10000"
	stream "$B" "$A" to=$TA4 size=400000
	expect ovl0 dir=in src=$TB4 gso=tcp4 "paylen>10000"
	stream "$B" "$A" to=$TA6 size=400000
	expect ovl0 dir=in src=$TB6 gso=tcp6 "paylen>10000"
}

interoperate() # L2|L3 FAMILY on|off NAME
{
	local csum=ok proto4=0x6558 proto6=0x6558

	[ $3 = on ] || csum=zero
	[ $1 = L2 ] || proto4=0x0800 proto6=0x86dd
	if ! ends $1 $2 $3; then
		log_test_skip "$4" "$WHY"
		return
	fi
	pings $proto4 $proto6 $csum
	datagrams $proto4 $proto6 $csum
	frames $1
	segments $csum
	super_packets
	# ovl has dropped nothing on the way
	moved ovl0 link.rx_errors=0 link.tx_errors=0 link.tx_dropped=0
	log_test "$4"
}

ipv4() { interoperate L2 4 on "with geneve over IPv4"; }
ipv4_off() { interoperate L2 4 off "with geneve over IPv4, no checksum"; }
ipv6() { interoperate L2 6 on "with geneve over IPv6"; }
ipv6_off() { interoperate L2 6 off "with geneve over IPv6, no checksum"; }
l3_ipv4() { interoperate L3 4 on "IP in geneve over IPv4"; }
l3_ipv4_off() { interoperate L3 4 off "IP in geneve over IPv4, no checksum"; }
l3_ipv6() { interoperate L3 6 on "IP in geneve over IPv6"; }
l3_ipv6_off() { interoperate L3 6 off "IP in geneve over IPv6, no checksum"; }

tests_run
exit "$EXIT_STATUS"
