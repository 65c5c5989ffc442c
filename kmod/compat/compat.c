// SPDX-License-Identifier: GPL-2.0-only
/*
 * What compat.h cannot supply inline.
 */
#include "compat.h"

#ifndef OVL_HAVE_ERR_MSG_FMT
/*
 * An older struct netlink_ext_ack has no buffer, and the message is copied to
 * user space after RTNL was released.  Every refusal takes the next of these,
 * so that one is overwritten only if sixteen others are being sent.
 */
static char ovl_err_msgs[16][OVL_ERR_MSG_LEN];

/**
 * ovl_compat_err_msg() - a buffer for a message in an extack
 *
 * Context: any.
 * Return: OVL_ERR_MSG_LEN bytes that stay the caller's for a while.
 */
char *ovl_compat_err_msg(void)
{
	static atomic_t next;

	return ovl_err_msgs[(u32)atomic_inc_return(&next) %
			    ARRAY_SIZE(ovl_err_msgs)];
}
#endif
