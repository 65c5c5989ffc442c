// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending.  From ovl_xmit() at the end upwards in calls, from top to bottom
 * in what happens to a frame: the outer fields are chosen, the route is
 * found, what does not fit is turned away, the headers are put in front.
 *
 * Called by the stack as ndo_start_xmit.
 */
#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp_tunnel.h>

#include "ecn.h"
#include "inner.h"
#include "ovl.h"
#include "peer.h"
#include "pmtu.h"
#include "sock.h"
#include "xmit.h"

/**
 * struct ovl_outer - what the outer headers of one packet will say
 * @route: DS field, flow label and source port, which the route depends on
 * @src: source address; over IPv4 the first four bytes
 * @ttl: TTL or hop limit; 0: the route's
 * @df: the outer packet may not be fragmented
 */
struct ovl_outer {
	struct ovl_route_key	route;
	struct in6_addr		src;
	u8			ttl;
	bool			df;
};

static u8 ovl_xmit_dsfield(const struct sk_buff *skb,
			   const struct ovl_conf *conf,
			   const struct ovl_inner *inner)
{
	u8 dsfield = ovl_inner_dsfield(skb, inner);
	u8 ecn = ovl_ecn_encap(conf->ecn, dsfield);

	if (conf->tos != OVL_TOS_INHERIT)
		dsfield = conf->tos;
	return (dsfield & ~INET_ECN_MASK) | ecn;
}

static u8 ovl_xmit_ttl(const struct sk_buff *skb, const struct ovl_conf *conf,
		       const struct ovl_inner *inner)
{
	if (conf->ttl == OVL_TTL_INHERIT)
		return ovl_inner_ttl(skb, inner);
	return conf->ttl;
}

static bool ovl_xmit_df(const struct sk_buff *skb, const struct ovl_conf *conf,
			const struct ovl_inner *inner)
{
	if (conf->df == OVL_DF_INHERIT)
		return ovl_inner_df(skb, inner);
	return conf->df == OVL_DF_SET;
}

/* RFC 8926 section 3.3: the label may carry the entropy of the inner flow */
static __be32 ovl_xmit_label(struct sk_buff *skb, const struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     const struct ovl_inner *inner)
{
	__be32 label = 0;

	if (conf->label <= OVL_FLOWLABEL_MAX)
		return htonl(conf->label);
	if (conf->label == OVL_FLOWLABEL_INHERIT)
		label = ovl_inner_label(skb, inner);
	if (label)
		return label;
	return ip6_make_flowlabel(ovl->net, skb, 0, true, NULL);
}

/*
 * RFC 8926 section 3.3: one source port an inner flow.  Chosen here, because
 * udp_flow_src_port() is not agreed among kernels on what the upper end of the
 * range is.
 */
static __be16 ovl_xmit_sport(struct sk_buff *skb, const struct ovl_conf *conf,
			     const struct ovl_inner *inner)
{
	u32 hash = skb_get_hash(skb);

	/* What is not IP is the traffic of two stations, nothing finer */
	if (!inner->proto)
		hash = jhash(skb->data, 2 * ETH_ALEN, 0);
	/* The lower half takes part, also when the range is small */
	hash ^= hash << 16;
	return htons(conf->sport_min +
		     reciprocal_scale(hash, conf->sport_max -
					    conf->sport_min + 1));
}

/* Choose all that does not depend on the route */
static void ovl_xmit_outer(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_conf *conf,
			   const struct ovl_inner *inner,
			   struct ovl_outer *outer)
{
	struct ovl_route_key *route = &outer->route;

	route->dsfield = ovl_xmit_dsfield(skb, conf, inner);
	route->cached = conf->tos != OVL_TOS_INHERIT;
	route->sport = ovl_xmit_sport(skb, conf, inner);
	route->label = conf->remote.family == AF_INET6 ?
		       ovl_xmit_label(skb, ovl, conf, inner) : 0;
	outer->ttl = ovl_xmit_ttl(skb, conf, inner);
	outer->df = ovl_xmit_df(skb, conf, inner);
}

static bool ovl_xmit_csum(const struct ovl_conf *conf)
{
	return conf->remote.family == AF_INET ? conf->udp_csum :
						!conf->zero_csum6_tx;
}

/* Make room, cut the ties to the overlay, put the Geneve header in front */
static int ovl_xmit_encap(struct sk_buff *skb, const struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct dst_entry *dst, __be16 proto)
{
	unsigned int room = LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			    ovl_outer_hlen(conf->remote.family);
	int err;

	skb_scrub_packet(skb, ovl_crosses_net(ovl));
	err = skb_cow_head(skb, room);
	if (err)
		return err;
	err = iptunnel_handle_offloads(skb, ovl_xmit_csum(conf) ?
				       SKB_GSO_UDP_TUNNEL_CSUM :
				       SKB_GSO_UDP_TUNNEL);
	if (err)
		return err;

	geneve_build(__skb_push(skb, sizeof(struct geneve_hdr)), conf->vni,
		     proto, 0, false);
	skb_set_inner_protocol(skb, proto);
	return 0;
}

static void ovl_xmit_send4(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_conf *conf, struct dst_entry *dst,
			   const struct ovl_outer *outer)
{
	const struct ovl_route_key *route = &outer->route;

	udp_tunnel_xmit_skb(dst_rtable(dst), ovl_sock_sk(conf->sock), skb,
			    outer->src.s6_addr32[0], conf->remote.v4,
			    route->dsfield,
			    outer->ttl ? : ip4_dst_hoplimit(dst),
			    outer->df ? htons(IP_DF) : 0,
			    route->sport, conf->dstport,
			    ovl_crosses_net(ovl), !ovl_xmit_csum(conf), 0);
}

static void ovl_xmit_send6(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_conf *conf, struct dst_entry *dst,
			   const struct ovl_outer *outer)
{
	const struct ovl_route_key *route = &outer->route;

	/* IPv6 has no such bit: the sender's own stack fragments, or not */
	skb->ignore_df = !outer->df;
	udp_tunnel6_xmit_skb(dst, ovl_sock_sk(conf->sock), skb, ovl->dev,
			     &outer->src, &conf->remote.v6, route->dsfield,
			     outer->ttl ? : ip6_dst_hoplimit(dst),
			     route->label, route->sport, conf->dstport,
			     !ovl_xmit_csum(conf), 0);
}

/* Send a frame to the device's peer; @skb is given away */
static void ovl_xmit_peer(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct ovl_inner *inner, __be16 proto)
{
	unsigned int overhead = ovl_outer_hlen(conf->remote.family) +
				inner->offset;
	struct ovl_outer outer;
	struct dst_entry *dst;

	ovl_xmit_outer(skb, ovl, conf, inner, &outer);
	dst = ovl_peer_route(conf->peer, ovl, conf, &outer.route, skb->mark,
			     &outer.src);
	if (IS_ERR(dst)) {
		ovl_stats_drop(ovl->counters, ovl->dev, skb,
			       dst == ERR_PTR(-ELOOP) ? OVL_TX_LOOP :
							OVL_TX_NO_ROUTE);
		return;
	}

	/* There was no route when the device was made, and now there is one */
	if (unlikely(!READ_ONCE(ovl->underlay)))
		ovl_follow_later(ovl);

	if (outer.df && !ovl_pmtu_fits(skb, dst, overhead)) {
		ovl_pmtu_reject(skb, ovl, inner, dst, overhead);
		dst_release(dst);
		return;
	}

	if (ovl_xmit_encap(skb, ovl, conf, dst, proto)) {
		dst_release(dst);
		ovl_stats_drop(ovl->counters, ovl->dev, skb, OVL_TX_NOMEM);
		return;
	}

	if (conf->remote.family == AF_INET)
		ovl_xmit_send4(skb, ovl, conf, dst, &outer);
	else
		ovl_xmit_send6(skb, ovl, conf, dst, &outer);
}

/**
 * ovl_xmit() - send a frame, or with innerprotoinherit a packet
 * @skb: the frame; given away
 * @dev: the ovl device
 *
 * Context: bottom halves off, under RCU.
 * Return: NETDEV_TX_OK; what could not be sent was counted and dropped.
 */
netdev_tx_t ovl_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	const struct ovl_conf *conf;
	struct ovl_inner inner;
	__be16 proto;

	if (unlikely(dev_recursion_level() > OVL_NEST_MAX)) {
		ovl_stats_drop(ovl->counters, dev, skb, OVL_TX_NESTING);
		return NETDEV_TX_OK;
	}

	conf = rcu_dereference_bh(ovl->conf);
	proto = conf->l3 ? skb->protocol : htons(ETH_P_TEB);
	skb_reset_mac_header(skb);
	if (unlikely(!ovl_inner_find(skb, 0, proto, &inner))) {
		ovl_stats_drop(ovl->counters, dev, skb, OVL_TX_INNER_SHORT);
		return NETDEV_TX_OK;
	}
	/* What an L3 device is given must be the IP packet that it claims */
	if (unlikely(conf->l3 && !inner.proto)) {
		ovl_stats_drop(ovl->counters, dev, skb, OVL_TX_INNER_SHORT);
		return NETDEV_TX_OK;
	}
	/* The flow is found from the Ethertype on, with any VLAN tag before IP */
	skb_set_network_header(skb, conf->l3 ? 0 : ETH_HLEN);
	skb_get_hash(skb);
	skb_set_network_header(skb, inner.offset);

	ovl_xmit_peer(skb, ovl, conf, &inner, proto);
	return NETDEV_TX_OK;
}
