#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets of one sender, with one source port and one VNI, can be spread over the
# processors by what is inside: by RPS of the device.  (RFC 8926 section 3.4)
#
#   A                                B
#   ovl0 (RPS)
#   u0  10.0.0.1, fd00::1 ---------- u1  10.0.0.2, fd00::2 (wire)

. "${0%/*}/lib.sh"

ALL_TESTS="flows_inside"

# How often processors were handed packets by others, one or more at a time.
handed_over()
{
	local words sum=0

	while read -ra words; do
		: $((sum += 0x${words[9]}))
	done < /proc/net/softnet_stat
	echo $sum
}

rps() # MASK
{
	ip netns exec "$A" sh -c "echo $1 > /sys/class/net/ovl0/queues/rx-0/rps_cpus" \
		2> /dev/null
}

# Of so many flows at least a few are for another processor than the one that
# has received them, be it which it may.
flows_inside()
{
	local test="flows inside are spread over the processors" before after

	underlay
	tunnel "$A" ovl0 id $VNI remote $B4
	if [ "$(nproc)" -lt 2 ] || ! rps 3; then
		log_test_skip "$test" "one processor, or no RPS"
		return
	fi
	before=$(handed_over)
	send u1 count=256 inc=in.sport $OUTER4 $IN4 in.sport=1000
	expect ovl0 n=256 dir=in src=$TB4
	after=$(handed_over)
	[ $((after - before)) -gt 0 ]
	check_err $? "expected: some of 256 on another processor, seen: none"
	rps 0
	before=$(handed_over)
	send u1 count=256 inc=in.sport $OUTER4 $IN4 in.sport=1000
	expect ovl0 n=256 dir=in src=$TB4
	after=$(handed_over)
	[ "$after" = "$before" ]
	check_err $? "without RPS, on another processor: $((after - before))"
	log_test "$test"
}

tests_run
exit "$EXIT_STATUS"
