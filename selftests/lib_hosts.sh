# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_hosts.sh: what the tests of the FDB share: words that fit both ovl and
# vxlan, the reference (KIND=vxlan), and three hosts with a bridge each.

. "${BASH_SOURCE[0]%/*}/lib.sh"

NUMBER=100

# What a device of KIND needs to be told to be one of ovl's defaults.
OVERLAY_ARGS=
[ "$KIND" != vxlan ] || OVERLAY_ARGS="dstport 4789"
NO_LEARNING="$OVERLAY_ARGS nolearning"
LEARNING="$OVERLAY_ARGS learning"

# The UDP port that it sends to
TUNNEL_PORT=6081
[ "$KIND" != vxlan ] || TUNNEL_PORT=4789
: "$NO_LEARNING$LEARNING$TUNNEL_PORT" # for the tests

# A new number, in FRAME the fields that make an IPv4 frame of it, and in CARRIED
# how that looks on the underlay.  wire does not read VXLAN; there the length
# tells: 78 or, over IPv6, 98 bytes more.
number()
{
	: $((NUMBER++))
	FRAME="sport=$NUMBER pay=$((3 * NUMBER))"
	CARRIED="in.sport=$NUMBER"
	[ "$KIND" != vxlan ] ||
		CARRIED="dport=4789 len=$((78 + 3 * NUMBER))|$((98 + 3 * NUMBER))"
}

# Does the kernel have this of the reference, which the tests go by?
kernel_is_older_than() # VERSION
{
	local running

	running=$(uname -r)
	[ "$(printf '%s\n' "$1" "${running%%-*}" | sort -V | head -n 1)" != "$1" ]
}

# The lines of "bridge fdb show" of a device, without the ones of the bridge.
fdb() # NS DEV
{
	bridge -n "$1" fdb show dev "$2" | grep -w self
}

# As sorted JSON, without what depends on time.
fdb_json() # NS DEV
{
	bridge -n "$1" -j -s fdb show dev "$2" | jq -cS \
		'[.[] | select(.flags | index("self")) |
		del(.used, .updated, .ifname, .master)] | sort'
}

# A line of it is like that.
fdb_has() # NS DEV PATTERN
{
	fdb "$1" "$2" | grep -qE "$3"
}

fdb_lacks() # NS DEV PATTERN
{
	! fdb_has "$@"
}

check_fdb() # NS DEV PATTERN
{
	busywait $((WAIT_TIMEOUT * 1000)) fdb_has "$@"
	check_err $? "expected: $3 in the FDB of $2, seen: $(fdb "$1" "$2")"
}

check_no_fdb() # NS DEV PATTERN
{
	busywait $((WAIT_TIMEOUT * 1000)) fdb_lacks "$@"
	check_err $? "expected: no $3 in the FDB of $2, seen: $(fdb "$1" "$2")"
}

# Numbered frames at a steady rate, in the background, into DEV: their sport goes
# up from 30000.  The process that sends them is in SENDER; "sent" waits for it.
send_steadily() # NS DEV NUMBER GAP_US KEY=VALUE...
{
	"$SELFTESTS/wire" > /dev/null < <(
		echo "port p $1 $2"
		echo "send p count=$3 gap=$4 inc=sport ${*:5} sport=30000") &
	SENDER=$!
	defer stop $SENDER
}

sent()
{
	wait $SENDER
	check_err $? "the frames could not be sent"
}

############################################################################
# Three hosts on one underlay, each with a bridge and a tenant:
#
#   T1 e0 -- t0 \            S           / t0 -- e0 T2
#                br0 ovl0   sw0   ovl0 br0
#        u0 10.0.0.1 ---- s1 | s2 ---- u0 10.0.0.2
#                            s3 ---- u0 10.0.0.3, and so on
#
# The ports s1 s2 s3 of wire see what comes from a host (dir=in) and what goes
# to it (dir=out); e1 e2 e3 are the tenants' ends.

HOSTS="1 2 3"

# The names of the namespaces of the hosts and tenants, the MAC address of the tenant
declare -A HOST TENANT TMAC
for host in $HOSTS; do
	TMAC[$host]=02:00:00:00:01:0$host
done

three_hosts()
{
	local n ns

	setup_ns S H1 H2 H3 T1 T2 T3
	ip_in "$S" <<-END
	link add sw0 type bridge mcast_snooping 0
	link set sw0 addrgenmode none
	link set sw0 up
	END
	for n in $HOSTS; do
		ns=H$n HOST[$n]=${!ns}
		ns=T$n TENANT[$n]=${!ns}
		ip_in "$S" <<-END
		link add s$n type veth peer name u0 netns ${HOST[$n]}
		link set s$n addrgenmode none
		link set s$n master sw0 up
		END
		ip_in "${HOST[$n]}" <<-END
		link set u0 addrgenmode none
		link set u0 up
		addr add 10.0.0.$n/24 dev u0
		addr add fd00::$n/64 dev u0 nodad
		link add br0 type bridge mcast_snooping 0
		link set br0 addrgenmode none
		link set br0 up
		link add t0 type veth peer name e0 address ${TMAC[$n]} netns ${TENANT[$n]}
		link set t0 addrgenmode none
		link set t0 master br0 up
		END
		ip_in "${TENANT[$n]}" <<-END
		link set e0 addrgenmode none
		link set e0 up
		addr add 192.168.0.$n/24 dev e0
		addr add fd01::$n/64 dev e0 nodad
		END
		port s$n "$S" s$n
		offload s$n off
		port e$n "${TENANT[$n]}" e0
		offload e$n off
	done
}

# As tests_run, with the hosts there all the time.
tests_run_on_hosts()
{
	local test n

	start
	three_hosts
	for test in ${TESTS:-$ALL_TESTS}; do
		begin_test "$test" || continue
		in_defer_scope "$test"
		for n in $HOSTS; do
			ip_in "${HOST[$n]}" link set br0 type bridge fdb_flush
			clear_port s$n e$n
		done
	done
}

# ovl0 on a host, a port of its bridge.
overlay() # HOST TYPE-ARGUMENT...
{
	local ns=${HOST[$1]}

	shift
	[ -z "$VERBOSE" ] || echo "ip -n $ns link add ovl0 type $KIND id $VNI $*"
	ip -n "$ns" -b - <<-END
	link add ovl0 type $KIND id $VNI $*
	link set ovl0 addrgenmode none
	link set ovl0 master br0 up
	END
	check_err $? "could not add ovl0 with $*"
	defer drop_tunnel "$ns" ovl0
}

# The other hosts.
others() # HOST
{
	echo "${HOSTS//$1/}"
}

# Every host to every other, over IPv4 and IPv6.
all_ping()
{
	local from to

	for from in $HOSTS; do
		for to in $(others "$from"); do
			pings "$from" 192.168.0.$to
			pings "$from" fd01::$to
		done
	done
}

pings() # HOST ADDRESS
{
	ip netns exec "${TENANT[$1]}" ping -q -c 1 -W 10 "$2" > /dev/null
	check_err $? "no ping from host $1 to $2"
}

# A broadcast of a tenant's arrives at both others, and is on the underlay as
# often as said.
floods() # HOST COPIES
{
	local to

	number
	send e$1 dmac=ff:ff:ff:ff:ff:ff smac=${TMAC[$1]} src=192.168.0.$1 \
		dst=192.168.0.255 $FRAME
	for to in $(others "$1"); do
		expect e$to dir=in sport=$NUMBER
	done
	expect s$1 n=$2 dir=in $CARRIED
	none s$1 dir=in $CARRIED
	for to in $(others "$1"); do
		none e$to dir=in sport=$NUMBER
	done
}

# A frame from the one's tenant to the other's goes there, and nowhere else.
goes_to() # FROM TO [MAC]
{
	local other

	number
	send e$1 dmac=${3:-${TMAC[$2]}} smac=${TMAC[$1]} src=192.168.0.$1 \
		dst=192.168.0.$2 $FRAME
	expect e$2 dir=in sport=$NUMBER
	expect s$1 dir=in $CARRIED
	none s$1 dir=in $CARRIED
	for other in $(others "$1"); do
		[ "$other" = "$2" ] || none s$other dir=out $CARRIED
	done
}
