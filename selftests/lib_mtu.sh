# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_mtu.sh: the MTUs of devices on A.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# These devices on A have these MTUs.
mtu() # DEVICE=MTU...
{
	local links word

	links=$(ip -n "$A" link)
	for word; do
		[[ $links =~ (": ${word%=*}"[:@].*) ]]
		[[ ${BASH_REMATCH[1]%%$'\n'*} == *" mtu ${word#*=} "* ]]
		check_err $? "expected $word, seen ${BASH_REMATCH[1]%%$'\n'*}"
	done
}

has_mtu() # DEVICE=MTU
{
	local RET=0 retmsg

	mtu "$1"
	return $RET
}
