// SPDX-License-Identifier: GPL-2.0-only
/*
 * Merging received packets (GRO) while they still are Geneve: those with
 * binary equal Geneve headers, options included, whose payloads are mergeable
 * (RFC 8926 section 4.6).
 *
 * Called by UDP's GRO through the sockets of sock.c.
 */
#include <linux/etherdevice.h>
#include <net/gro.h>

#include "compat/compat.h"
#include "geneve.h"
#include "gro.h"
#include "nested.h"

/* The Geneve header at @offset, all of it readable, or NULL */
static const struct geneve_hdr *ovl_gro_header(struct sk_buff *skb,
					       unsigned int offset)
{
	const struct geneve_hdr *gh;
	unsigned int end;

	end = offset + sizeof(*gh);
	gh = skb_gro_header(skb, end, offset);
	if (unlikely(!gh))
		return NULL;

	end = offset + geneve_hlen(gh);
	if (skb_gro_may_pull(skb, end))
		return gh;
	return skb_gro_header_slow(skb, end, offset);
}

/* Packets held so far stay candidates if their header is the same */
static void ovl_gro_compare(struct list_head *head, const struct geneve_hdr *gh,
			    unsigned int offset)
{
	const struct geneve_hdr *held;
	struct sk_buff *p;

	list_for_each_entry(p, head, list) {
		if (!NAPI_GRO_CB(p)->same_flow)
			continue;
		/* Equal first eight bytes mean equal lengths: it is all there */
		held = (const void *)(p->data + offset);
		if (memcmp(gh, held, sizeof(*gh)) ||
		    memcmp(gh, held, geneve_hlen(gh)))
			NAPI_GRO_CB(p)->same_flow = 0;
	}
}

/**
 * ovl_gro_receive() - can a packet be merged with one that is held?
 * @sk: socket it is for
 * @head: packets held
 * @skb: the packet, at the Geneve header
 *
 * Context: softirq, RCU.
 * Return: a held packet that must go on now, or NULL.
 */
struct sk_buff *ovl_gro_receive(struct sock *sk, struct list_head *head,
				struct sk_buff *skb)
{
	unsigned int offset = skb_gro_offset(skb);
	const struct packet_offload *offload;
	const struct geneve_hdr *gh;
	struct sk_buff *pp = NULL;
	int flush = 1;

	/* Merging would wipe out the mark that recv.c wants to see */
	if (ovl_nested_in(skb, sock_net(sk)))
		goto out;
	gh = ovl_gro_header(skb, offset);
	if (unlikely(!gh))
		goto out;
	if (geneve_version(gh) != GENEVE_VERSION ||
	    gh->flags & GENEVE_FLAG_OAM)
		goto out;
	offload = gro_find_receive_by_type(gh->proto);
	if (unlikely(!offload))
		goto out;

	ovl_gro_compare(head, gh, offset);
	skb_gro_pull(skb, geneve_hlen(gh));
	skb_gro_postpull_rcsum(skb, gh, geneve_hlen(gh));
	pp = call_gro_receive(offload->callbacks.gro_receive, head, skb);
	flush = 0;
out:
	skb_gro_flush_final(skb, pp, flush);
	return pp;
}

/**
 * ovl_gro_complete() - finish the headers of a merged packet
 * @sk: socket it is for
 * @skb: the packet
 * @nhoff: where its Geneve header is
 *
 * Context: softirq, RCU.
 * Return: 0 or an error.
 */
int ovl_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	const struct geneve_hdr *gh = (const void *)(skb->data + nhoff);
	int payload = nhoff + geneve_hlen(gh);
	const struct packet_offload *offload;
	__be16 proto = gh->proto;
	int err = -EINVAL;

	/* Not past the inner header that ovl_gro_receive() got validated */
	if (payload + (proto == htons(ETH_P_TEB) ? ETH_HLEN : 0) >
	    ovl_compat_gro_inner_offset(skb))
		return -EINVAL;

	offload = gro_find_complete_by_type(proto);
	if (offload)
		err = offload->callbacks.gro_complete(skb, payload);
	/* eth_gro_complete() has set it by itself */
	if (proto != htons(ETH_P_TEB))
		skb_set_inner_mac_header(skb, payload);
	return err;
}
