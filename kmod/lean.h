/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways around a layer of the IP stack that would do nothing to a packet, one in
 * each direction.  Whether it would is asked for each packet: what an
 * administrator turns on is seen by the next one.
 */
#ifndef _OVL_LEAN_H
#define _OVL_LEAN_H

#include "ovl.h"

extern bool ovl_lean;

int ovl_lean_out4(struct sk_buff *skb, struct net *net,
		  const struct ovl_sock *os, bool fits);
int ovl_lean_out6(struct sk_buff *skb, struct net *net,
		  const struct ovl_sock *os, bool fits);

/* Without netfilter there is no place to stand in */
#ifdef CONFIG_NETFILTER
void ovl_lean_note(const struct sk_buff *skb, struct sock *sk);
void ovl_lean_come(struct net *net, enum ovl_family family, __be16 port);
void ovl_lean_going(struct net *net, enum ovl_family family);
void ovl_lean_gone(struct net *net);
#else
static inline void ovl_lean_note(const struct sk_buff *skb, struct sock *sk)
{
}

static inline void ovl_lean_come(struct net *net, enum ovl_family family,
				 __be16 port)
{
}

static inline void ovl_lean_going(struct net *net, enum ovl_family family)
{
}

static inline void ovl_lean_gone(struct net *net)
{
}
#endif

#endif /* _OVL_LEAN_H */
