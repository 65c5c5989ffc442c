# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib.sh: what the tests share.  A test is a file that sources this one, names
# its functions in ALL_TESTS, and ends with
#
#	tests_run
#	exit "$EXIT_STATUS"
#
# The verbs are those of the kernel's tools/testing/selftests/net/lib.sh where
# it has them (setup_ns defer busywait slowwait check_err check_fail log_test),
# then those of wire (port send expect none moved ...: see wire.c, which does
# the work in one process for the whole test), then those of an overlay.
#
#   TESTS="NAME..." ./x.sh	only some of the functions
#   KIND=geneve ./x.sh		another driver, as far as it can do the same
#   OVL_CAPTURES=DIR ./x.sh	keep what is sent in Geneve there, for dissect.sh
#   VERBOSE=1 ./x.sh		show what is asked of ip and of wire
#
# Exit status: 0 all is well, 1 something is not, 4 cannot be tested here.

: "${KIND:=ovl}"
: "${TESTS:=}"
: "${VERBOSE:=}"
: "${WAIT_TIMEOUT:=20}"

ksft_pass=0 ksft_fail=1 ksft_skip=4
EXIT_STATUS=$ksft_pass
RET=0
retmsg=

SELFTESTS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${OVL_TAG:=$(printf '%06x' $((SRANDOM & 0xffffff)))}"

# What a healthy kernel's log has no line of.  (A reference tracker may say that it
# had no memory itself.)
KLOG_BAD='WARNING:|BUG:|Oops|Call Trace|INFO: task|INFO: rcu|general protection'
KLOG_BAD+='|refcount_t|unregister_netdevice|leaked reference|ref_tracker: ([^m]|m[^e])'
KLOG_BAD+='|suspicious RCU|possible (recursive|circular|irq lock)|KASAN|UBSAN|kmemleak|ODEBUG|lockdep'
KLOG_BAD+='|protocol [0-9a-f]+ is buggy|hw csum failure|sleeping function|soft lockup'
# But for what the kernel's own modules are known to do: those of 6.12, built by
# gcc-14, copy options to where the compiler sees no room for them.
KLOG_KNOWN='field-spanning write.*WARNING: [^[]*\[(geneve|openvswitch)\]'

############################################################################
# Waiting, without a process for it.

exec {SLEEP_FD}<> <(:)

timestamp_ms()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

loopy_wait() # STEP TIMEOUT_MS CMD...
{
	local step=$1 out
	local end=$((${EPOCHREALTIME/[.,]/} + $2 * 1000))

	shift 2
	until out=$("$@"); do
		if [ "${EPOCHREALTIME/[.,]/}" -gt "$end" ]; then
			echo -n "$out"
			return 1
		fi
		read -rt "$step" -u "$SLEEP_FD" _ || :
	done
	echo -n "$out"
}

busywait() # TIMEOUT_MS CMD...
{
	loopy_wait 0.005 "$@"
}

slowwait() # TIMEOUT_S CMD...
{
	local seconds=$1

	shift
	loopy_wait 0.1 "$((seconds * 1000))" "$@"
}

############################################################################
# Undoing: last done, first undone, at the end of the function or of the test.

DEFERRED=()

defer() # CMD...
{
	DEFERRED+=("${*@Q}")
}

# Run something until the end of the function.
in_background() # CMD...
{
	"$@" &
	defer stop $!
}

stop() # PID
{
	kill "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

run_deferred() # DOWN_TO
{
	local n

	for ((n = ${#DEFERRED[@]}; n > $1; n--)); do
		eval "${DEFERRED[n - 1]}"
		unset "DEFERRED[n - 1]"
	done
}

in_defer_scope() # CMD...
{
	local before=${#DEFERRED[@]} ret=0

	"$@" || ret=$?
	run_deferred "$before"
	return "$ret"
}

############################################################################
# Judging.

check_err() # STATUS MESSAGE
{
	if [ "$1" != 0 ] && [ "$RET" = 0 ]; then
		RET=$ksft_fail
		retmsg=$2
	fi
}

check_fail() # STATUS MESSAGE
{
	check_err "$((!$1))" "$2"
}

log_test() # NAME [DETAIL]
{
	local word=' OK '

	[ "$RET" = 0 ] || word=FAIL
	[ "$RET" != "$ksft_skip" ] || word=SKIP
	printf 'TEST: %-60s [%s]\n' "$1${2:+ ($2)}" "$word"
	[ -z "$retmsg" ] || printf '\t%s\n' "$retmsg"
	if [ "$RET" != 0 ] && [ "$EXIT_STATUS" != "$ksft_fail" ]; then
		EXIT_STATUS=$RET
	fi
	RET=0
	retmsg=
}

log_test_skip() # NAME WHY
{
	RET=$ksft_skip
	retmsg=
	log_test "$@"
}

log_info()
{
	echo "INFO: $*"
}

# The whole test cannot be made here.
skip_all() # WHY
{
	echo "SKIP: $*"
	exit "$ksft_skip"
}

tests_run()
{
	local test

	start
	for test in ${TESTS:-$ALL_TESTS}; do
		begin_test "$test" || continue
		in_defer_scope "$test"
	done
}

# What TESTS names and the script does not have has failed.
begin_test() # NAME
{
	RET=0
	retmsg=
	declare -F "$1" > /dev/null && return
	RET=$ksft_fail
	retmsg="no such test"
	log_test "$1"
	return 1
}

############################################################################
# The frame of a test: from a clean machine to a clean machine.

start()
{
	local program links

	[ "$(id -u)" = 0 ] || skip_all "only root can do this"
	for program in ip "$SELFTESTS/wire"; do
		command -v "$program" > /dev/null || skip_all "no $program here"
	done
	[ -d "/sys/module/$KIND" ] || modprobe -q "$KIND" ||
		skip_all "no module $KIND for $(uname -r)"
	klog_mark
	links=(/sys/class/net/*)
	LINKS_BEFORE=" ${links[*]##*/} "
	wire_start
	trap finish EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'echo "wire has died"; exit 1' PIPE
}

# Runs at the end, whatever the end is.
finish()
{
	local status=$?

	trap - EXIT
	run_deferred 0
	wire_stop
	RET=0
	retmsg=
	clean_machine || RET=$ksft_fail
	[ -n "${OVL_RUN:-}" ] || klog_clean || RET=$ksft_fail
	[ "$RET" = 0 ] || log_test "the machine is left as it was found"
	[ "$status" != 0 ] || status=$EXIT_STATUS
	exit "$status"
}

clean_machine()
{
	local left=(/run/netns/*"$OVL_TAG"*) link

	if [ -e "${left[0]}" ]; then
		echo "namespaces are left: ${left[*]##*/}"
		return 1
	fi
	for link in /sys/class/net/*; do
		link=${link##*/}
		# some modules bring a first device when they are loaded
		[[ $LINKS_BEFORE == *" $link "* ]] ||
		[[ $link =~ ^(bond0|bonding_masters|.*(gre|gretap|erspan|sit|tunl|tnl|vti|ifb|dummy)[01])$ ]] ||
			{ echo "device $link is left"; return 1; }
	done
	if ! busywait 10000 module_is_unused; then
		echo "module $KIND is in use: $(cat "/sys/module/$KIND/refcnt")"
		return 1
	fi
}

module_is_unused()
{
	[ ! -e "/sys/module/$KIND/refcnt" ] ||
		[ "$(< "/sys/module/$KIND/refcnt")" = 0 ]
}

# The kernel's log since the last mark.
klog_mark()
{
	KLOG_MARK="ovl-selftest $OVL_TAG ${0##*/} $EPOCHREALTIME"
	[ ! -w /dev/kmsg ] || echo "<6>$KLOG_MARK" > /dev/kmsg
}

# Not KCSAN's reports: whose race it is says scripts/kcsan.sh.
klog_since_mark()
{
	local log

	log=$(dmesg | grep -v 'BUG: KCSAN: ') || return 0
	printf '%s\n' "${log##*"$KLOG_MARK"}"
}

# Without the reports that are known
klog_unknown()
{
	local line report=

	while IFS= read -r line; do
		[[ $line != *"[ cut here ]"* ]] || report=$'\n'
		if [ -z "$report" ]; then
			printf '%s\n' "$line"
			continue
		fi
		report+=$line$'\n'
		if [[ $line == *"[ end trace "* ]]; then
			[[ $report =~ $KLOG_KNOWN ]] || printf '%s' "$report"
			report=
		fi
	done
	printf '%s' "$report"
}

klog_clean()
{
	local log

	log=$(klog_since_mark)
	[[ $log =~ $KLOG_BAD ]] || return 0
	log=$(klog_unknown <<< "$log")
	[[ $log =~ $KLOG_BAD ]] || return 0
	printf 'the kernel says:\n%s\n' "$log"
	return 1
}

############################################################################
# Namespaces.

NS_COUNT=0

# setup_ns A B: makes two namespaces, whose names are then in $A and $B.
setup_ns() # VARIABLE...
{
	local name batch='' all=()

	for name; do
		printf -v "$name" '%s-%s%u' "${name,,}" "$OVL_TAG" "$((NS_COUNT++))"
		batch+="netns add ${!name}"$'\n'
		all+=("${!name}")
	done
	ip -b - <<< "$batch" || exit "$ksft_skip"
	defer cleanup_ns "${all[@]}"
	for name in "${all[@]}"; do
		ask up "$name" lo
		ask sysctl "$name" net.ipv4.conf.all.rp_filter 0
		ask sysctl "$name" net.ipv4.conf.default.rp_filter 0
		ask sysctl "$name" net.ipv6.conf.default.accept_dad 0
	done
}

cleanup_ns() # NS...
{
	local ns batch=''

	for ns; do
		[ ! -e "/run/netns/$ns" ] || batch+="netns del $ns"$'\n'
	done
	[ -z "$batch" ] || ip -b - <<< "$batch"
}

# Commands of ip for a namespace, one a line of the standard input, or one.
ip_in() # NS [ARGS...]
{
	local ns=$1

	shift
	[ -z "$VERBOSE" ] || echo "ip -n $ns $*"
	if [ $# -gt 0 ]; then
		ip -n "$ns" "$@"
	else
		ip -n "$ns" -b -
	fi
}

############################################################################
# wire.

wire_start()
{
	local keep=${OVL_CAPTURES:+$OVL_CAPTURES/${0##*/}.$$}

	coproc WIRE { exec env ${keep:+WIRE_KEEP="$keep"} "$SELFTESTS/wire"; }
	exec {WIRE_OUT}<&"${WIRE[0]}" {WIRE_IN}>&"${WIRE[1]}"
	[ -z "${KSFT_MACHINE_SLOW:-}" ] || export WIRE_WITHIN=20000
}

wire_stop()
{
	exec {WIRE_OUT}<&- {WIRE_IN}>&-
	kill "$WIRE_PID" 2> /dev/null
	wait "$WIRE_PID" 2> /dev/null
}

# Ask wire; what it says is then in SAID.
ask() # COMMAND...
{
	local line

	SAID=()
	[ -z "$VERBOSE" ] || echo "wire: $*"
	printf '%s\n' "$*" >&"$WIRE_IN"
	while IFS= read -r -u "$WIRE_OUT" line; do
		case $line in
		.ok) return 0 ;;
		.fail|.error) return 1 ;;
		esac
		SAID+=("$line")
	done
	echo "wire has died"
	exit "$ksft_fail"
}

# The same, and what it complains of makes the test fail.
must() # COMMAND...
{
	ask "$@" && return 0
	echo "$*"
	printf '    %s\n' "${SAID[@]}"
	RET=$ksft_fail
	return 1
}

# port NAME NS DEV: look at a device from now on, until the function ends.
port()
{
	must port "$@" && defer ask close "$1"
}

send() { must send "$@"; }
udp() { must udp "$@"; }
train() { must train "$@"; }
stream() { must stream "$@"; }
expect() { must expect "$@"; }
none() { must none "$@"; }
mark() { must mark "$@"; }
moved() { must moved "$@"; }
clear_port() { must clear "$@"; }
offload() { must offload "$@"; }

# said KEY: its value in the frame that "expect" has found.
said()
{
	local line=" ${SAID[0]:-}"

	[[ $line == *" $1="* ]] || return 1
	line=${line#*" $1="}
	printf '%s\n' "${line%% *}"
}

# values PORT KEY SELECT...: in the array SAID, then
values() { must values "$@"; }

############################################################################
# An overlay: two hosts, the device on A, on B another one or just wire.

A4=10.0.0.1 B4=10.0.0.2 A6=fd00::1 B6=fd00::2
MAC_A=02:00:00:00:00:0a MAC_B=02:00:00:00:00:0b
# Tenants: one behind the device on A, one behind that on B.
TA4=192.168.0.1 TB4=192.168.0.2 TA6=fd01::1 TB6=fd01::2
MAC_TA=02:00:00:00:01:0a MAC_TB=02:00:00:00:01:0b
VNI=5001

# What B sends to A's device; what is behind Geneve then; the same that way.
OUTER4="dmac=$MAC_A smac=$MAC_B src=$B4 dst=$A4 vni=$VNI"
OUTER6="dmac=$MAC_A smac=$MAC_B src=$B6 dst=$A6 vni=$VNI"
IN4="in.dmac=$MAC_TA in.smac=$MAC_TB in.src=$TB4 in.dst=$TA4"
IN6="in.dmac=$MAC_TA in.smac=$MAC_TB in.src=$TB6 in.dst=$TA6"
L3IN4="in.src=$TB4 in.dst=$TA4"
L3IN6="in.src=$TB6 in.dst=$TA6"
# What A's tenant sends into the device.
TENANT4="dmac=$MAC_TB smac=$MAC_TA src=$TA4 dst=$TB4"
TENANT6="dmac=$MAC_TB smac=$MAC_TA src=$TA6 dst=$TB6"
L3TENANT4="src=$TA4 dst=$TB4"
L3TENANT6="src=$TA6 dst=$TB6"

# shellcheck disable=SC2034 # for the tests
: "$OUTER4$OUTER6$IN4$IN6$L3IN4$L3IN6$TENANT4$TENANT6$L3TENANT4$L3TENANT6"

# The underlay: namespaces $A and $B, u0 in A, u1 in B, watched by the ports u0
# and u1, with offloads off, so that the wire shows whole packets.
underlay() # [LINK-ARGUMENT...]
{
	setup_ns A B
	ip link add u0 netns "$A" address $MAC_A "$@" type veth \
		peer name u1 netns "$B" address $MAC_B "$@" || exit "$ksft_fail"
	host "$A" u0 $A4 $A6 $B4 $B6 $MAC_B
	host "$B" u1 $B4 $B6 $A4 $A6 $MAC_A
	port u0 "$A" u0
	port u1 "$B" u1
	offload u0 off
	offload u1 off
}

# Addresses, and no neighbour discovery.
host() # NS DEV ADDR4 ADDR6 PEER4 PEER6 PEER_MAC
{
	ip_in "$1" <<-END
	link set $2 addrgenmode none
	link set $2 up
	addr add $3/24 dev $2
	addr add $4/64 dev $2 nodad
	neigh replace $5 lladdr $7 dev $2 nud permanent
	neigh replace $6 lladdr $7 dev $2 nud permanent
	END
}

# Add a device with the MAC address of the tenant on A and watch it; it goes at
# the end of the function, unless its namespace does.
tunnel() # NS NAME TYPE-ARGUMENT...
{
	local ns=$1 name=$2

	shift 2
	[ -z "$VERBOSE" ] || echo "ip -n $ns link add $name type $KIND $*"
	ip -n "$ns" -b - <<-END
	link add $name address $MAC_TA type $KIND $*
	link set $name addrgenmode none
	link set $name up
	END
	check_err $? "could not add $name with $*"
	port "$name" "$ns" "$name"
	defer drop_tunnel "$ns" "$name"
}

# ip link del, if it is still there.
drop_tunnel() # NS NAME
{
	ip -n "$1" link del "$2" 2> /dev/null
	return 0
}

# One that carries IP packets without Ethernet.
tunnel_l3() # NS NAME TYPE-ARGUMENT...
{
	local ns=$1 name=$2

	shift 2
	ip -n "$ns" -b - <<-END
	link add $name type $KIND $* innerprotoinherit
	link set $name addrgenmode none
	link set $name up
	END
	check_err $? "could not add $name with $*"
	port "$name" "$ns" "$name"
	defer drop_tunnel "$ns" "$name"
}

# Change a live device.
change() # NS NAME TYPE-ARGUMENT...
{
	local ns=$1 name=$2

	shift 2
	[ -z "$VERBOSE" ] || echo "ip -n $ns link set $name type $KIND $*"
	ip -n "$ns" link set "$name" type "$KIND" "$@"
	check_err $? "could not change $name: $*"
}
