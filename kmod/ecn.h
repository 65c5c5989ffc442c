/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ECN field across a tunnel, RFC 6040, as tables: what the kernel has for
 * it turns CE into ECT(0) on the way in.
 */
#ifndef _OVL_ECN_H
#define _OVL_ECN_H

#include <net/inet_ecn.h>
#include <uapi/linux/ovl.h>

#include "stats.h"

/**
 * struct ovl_ecn_cell - a cell of figure 4 of RFC 6040
 * @out: the field that leaves the tunnel
 * @drop: the packet is dropped instead
 * @event: the combination is marked there as one to tell of
 * @cause: the counter to tell by, if @drop or @event
 */
struct ovl_ecn_cell {
	u8	out;
	bool	drop;
	bool	event;
	u8	cause;
};

/* RFC 6040 section 4.2, figure 4: by the inner field, then the outer one */
static const struct ovl_ecn_cell ovl_ecn_figure4[4][4] = {
	[INET_ECN_NOT_ECT] = {
		[INET_ECN_NOT_ECT] = { .out = INET_ECN_NOT_ECT },
		[INET_ECN_ECT_0] = { .out = INET_ECN_NOT_ECT, .event = true,
				     .cause = OVL_RX_ECN_NOTECT_ECT },
		[INET_ECN_ECT_1] = { .out = INET_ECN_NOT_ECT, .event = true,
				     .cause = OVL_RX_ECN_NOTECT_ECT },
		[INET_ECN_CE] = { .drop = true, .cause = OVL_RX_ECN_DROP },
	},
	[INET_ECN_ECT_0] = {
		[INET_ECN_NOT_ECT] = { .out = INET_ECN_ECT_0 },
		[INET_ECN_ECT_0] = { .out = INET_ECN_ECT_0 },
		[INET_ECN_ECT_1] = { .out = INET_ECN_ECT_1 },
		[INET_ECN_CE] = { .out = INET_ECN_CE },
	},
	[INET_ECN_ECT_1] = {
		[INET_ECN_NOT_ECT] = { .out = INET_ECN_ECT_1 },
		[INET_ECN_ECT_0] = { .out = INET_ECN_ECT_1, .event = true,
				     .cause = OVL_RX_ECN_ECT1_ECT0 },
		[INET_ECN_ECT_1] = { .out = INET_ECN_ECT_1 },
		[INET_ECN_CE] = { .out = INET_ECN_CE },
	},
	[INET_ECN_CE] = {
		[INET_ECN_NOT_ECT] = { .out = INET_ECN_CE },
		[INET_ECN_ECT_0] = { .out = INET_ECN_CE },
		[INET_ECN_ECT_1] = { .out = INET_ECN_CE, .event = true,
				     .cause = OVL_RX_ECN_CE_ECT1 },
		[INET_ECN_CE] = { .out = INET_ECN_CE },
	},
};

/* RFC 6040 section 4.1: the outer field, by mode and inner DS field */
static inline u8 ovl_ecn_encap(u8 mode, u8 dsfield)
{
	return mode == OVL_ECN_NORMAL ? dsfield & INET_ECN_MASK :
					INET_ECN_NOT_ECT;
}

/* RFC 6040 section 4.2: what becomes of a packet with these two DS fields */
static inline const struct ovl_ecn_cell *ovl_ecn_decap(u8 inner, u8 outer)
{
	return &ovl_ecn_figure4[inner & INET_ECN_MASK][outer & INET_ECN_MASK];
}

#endif /* _OVL_ECN_H */
