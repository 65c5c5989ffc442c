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
#include <net/dst_metadata.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp_tunnel.h>

#include "ecn.h"
#include "fdb.h"
#include "fdb_msg.h"
#include "inner.h"
#include "nexthop.h"
#include "ovl.h"
#include "peer.h"
#include "pmtu.h"
#include "proxy.h"
#include "recv.h"
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

/**
 * struct ovl_frame - what was found out of a frame, once for all its copies
 * @inner: its network header
 * @proto: Ethertype of the payload that it is
 * @vni: VNI that it belongs to
 * @flood: where it goes if the FDB does not know better, or NULL
 * @outer: outer headers, as far as they are the same for all peers
 */
struct ovl_frame {
	struct ovl_inner	inner;
	__be16			proto;
	u32			vni;
	struct ovl_dest		*flood;
	struct ovl_outer	outer;
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

/* Choose all that depends on the frame alone */
static void ovl_xmit_choose(struct sk_buff *skb, const struct ovl_conf *conf,
			    struct ovl_frame *frame)
{
	const struct ovl_inner *inner = &frame->inner;
	struct ovl_outer *outer = &frame->outer;

	outer->route = (struct ovl_route_key) {
		.dsfield	= ovl_xmit_dsfield(skb, conf, inner),
		.sport		= ovl_xmit_sport(skb, conf, inner),
		.cached		= conf->tos != OVL_TOS_INHERIT,
	};
	outer->ttl = ovl_xmit_ttl(skb, conf, inner);
	outer->df = ovl_xmit_df(skb, conf, inner);
}

/* The rest, but for what depends on the route */
static void ovl_xmit_choose_for(struct sk_buff *skb,
				const struct ovl_conf *conf,
				const struct ovl_peer *peer,
				const struct ovl_inner *inner,
				struct ovl_outer *outer)
{
	if (ovl_peer_family(peer) == OVL_IPV6)
		outer->route.label = ovl_xmit_label(skb, peer->ovl, conf,
						    inner);
	/* As for any multicast: who wants it farther says so */
	if (!outer->ttl && ovl_addr_is_multicast(&peer->key.addr))
		outer->ttl = 1;
}

static bool ovl_xmit_csum(const struct ovl_conf *conf,
			  const struct ovl_peer *peer)
{
	return ovl_peer_family(peer) == OVL_IPV4 ? conf->udp_csum :
						   !conf->zero_csum6_tx;
}

/* Make room, cut the ties to the overlay, put the Geneve header in front */
static int ovl_xmit_encap(struct sk_buff *skb, const struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct ovl_peer *peer,
			  const struct ovl_frame *frame,
			  const struct dst_entry *dst)
{
	unsigned int room = LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			    ovl_outer_hlen(peer->key.addr.family);
	int err;

	skb_scrub_packet(skb, ovl_crosses_net(ovl));
	err = skb_cow_head(skb, room);
	if (err)
		return err;
	err = iptunnel_handle_offloads(skb, ovl_xmit_csum(conf, peer) ?
				       SKB_GSO_UDP_TUNNEL_CSUM :
				       SKB_GSO_UDP_TUNNEL);
	if (err)
		return err;

	geneve_build(__skb_push(skb, sizeof(struct geneve_hdr)),
		     ovl_peer_vni(peer, frame->vni), frame->proto, 0, false);
	skb_set_inner_protocol(skb, frame->proto);
	return 0;
}

/*
 * Done by ourselves, for half of what udp_tunnel_xmit_skb() costs besides
 * ip_local_out() is in the ID: from one counter, which all CPUs write to.  What
 * is not fragmented needs none (RFC 6864 section 4.1).
 */
static void ovl_xmit_send4(struct sk_buff *skb, struct ovl_dev *ovl,
			   const struct ovl_conf *conf,
			   const struct ovl_peer *peer, struct dst_entry *dst,
			   const struct ovl_outer *outer)
{
	__be16 df = outer->df && !ip_mtu_locked(dst) ? htons(IP_DF) : 0;
	int len = skb->len - skb_inner_network_offset(skb);
	struct net *net = ovl->net;
	struct udphdr *uh;
	struct iphdr *iph;
	int err;

	uh = __skb_push(skb, sizeof(*uh));
	skb_reset_transport_header(skb);
	uh->source = outer->route.sport;
	uh->dest = ovl_peer_port(peer, conf);
	uh->len = htons(skb->len);
	udp_set_csum(!ovl_xmit_csum(conf, peer), skb, outer->src.s6_addr32[0],
		     peer->key.addr.v4, skb->len);

	iph = __skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	*iph = (struct iphdr) {
		.version	= 4,
		.ihl		= sizeof(*iph) / 4,
		.tos		= outer->route.dsfield,
		.frag_off	= df,
		.ttl		= outer->ttl ? : ip4_dst_hoplimit(dst),
		.protocol	= IPPROTO_UDP,
		.saddr		= outer->src.s6_addr32[0],
		.daddr		= peer->key.addr.v4,
	};
	if (!df)
		__ip_select_ident(net, iph, skb_shinfo(skb)->gso_segs ? : 1);

	skb_clear_hash_if_not_l4(skb);
	skb_dst_set(skb, dst);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	err = ip_local_out(net, ovl_sock_sk(conf->sock[OVL_IPV4]), skb);
	if (unlikely(net_xmit_eval(err)))
		len = 0;
	iptunnel_xmit_stats(ovl->dev, len);
}

static void ovl_xmit_send6(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_conf *conf,
			   const struct ovl_peer *peer, struct dst_entry *dst,
			   const struct ovl_outer *outer)
{
	const struct ovl_route_key *route = &outer->route;

	/* IPv6 has no such bit: the sender's own stack fragments, or not */
	skb->ignore_df = !outer->df;
	udp_tunnel6_xmit_skb(dst, ovl_sock_sk(conf->sock[OVL_IPV6]), skb,
			     ovl->dev, &outer->src, &peer->key.addr.v6,
			     route->dsfield,
			     outer->ttl ? : ip6_dst_hoplimit(dst),
			     route->label, route->sport,
			     ovl_peer_port(peer, conf),
			     !ovl_xmit_csum(conf, peer), 0);
}

/* The end of a frame on its way to a peer */
static void ovl_xmit_drop(struct sk_buff *skb, struct ovl_dev *ovl,
			  struct ovl_peer *peer, enum ovl_cause cause)
{
	ovl_peer_count_tx_error(peer);
	ovl_stats_drop(ovl->counters, ovl->dev, skb, cause);
}

/*
 * Is the peer an address of this host?  In a VRF it is one of the VRF alone,
 * which the way over the VRF's device sees to.
 */
static bool ovl_xmit_is_local(const struct ovl_peer *peer,
			      struct dst_entry *dst)
{
	if (netif_is_l3_master(dst->dev))
		return false;
	if (ovl_peer_family(peer) == OVL_IPV6)
		return dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
	return (dst_rtable(dst)->rt_flags &
		(RTCF_LOCAL | RTCF_BROADCAST | RTCF_MULTICAST)) == RTCF_LOCAL;
}

/* The peer is an address of this host: is there a device that takes it? */
static bool ovl_xmit_bypass(struct sk_buff *skb, struct ovl_dev *ovl,
			    const struct ovl_conf *conf, struct ovl_peer *peer,
			    const struct ovl_frame *frame,
			    const struct in6_addr *src)
{
	struct ovl_addr addr = { .family = peer->key.addr.family };
	unsigned int payload = skb->len - skb_network_offset(skb);
	unsigned int len = skb->len;
	struct ovl_dev *to;

	if (conf->l3)
		return false;
	if (addr.family == AF_INET6)
		addr.v6 = *src;
	else
		addr.v4 = src->s6_addr32[0];
	to = ovl_vni_find_local(ovl->net, &peer->key.addr,
				ovl_peer_port(peer, conf),
				ovl_peer_vni(peer, frame->vni));
	if (!to || to == ovl || !ovl_recv_bypass(skb, to, ovl, &addr))
		return false;
	dev_sw_netstats_tx_add(ovl->dev, 1, payload);
	ovl_peer_count_tx(peer, len);
	return true;
}

/* Send a frame to a peer; @skb is given away */
static void ovl_xmit_peer(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf, struct ovl_peer *peer,
			  const struct ovl_frame *frame)
{
	const struct ovl_inner *inner = &frame->inner;
	unsigned int overhead = ovl_outer_hlen(peer->key.addr.family) +
				inner->offset;
	struct ovl_outer outer = frame->outer;
	unsigned int len = skb->len;
	struct dst_entry *dst;

	/* Between the moment when a peer comes and that when its socket does */
	if (unlikely(!conf->sock[ovl_peer_family(peer)])) {
		ovl_xmit_drop(skb, ovl, peer, OVL_TX_NO_ROUTE);
		return;
	}
	ovl_xmit_choose_for(skb, conf, peer, inner, &outer);
	dst = ovl_peer_route(peer, conf, &outer.route, skb->mark, &outer.src);
	if (IS_ERR(dst)) {
		ovl_xmit_drop(skb, ovl, peer, dst == ERR_PTR(-ELOOP) ?
			      OVL_TX_LOOP : OVL_TX_NO_ROUTE);
		return;
	}

	/* There was no route when the device was made, and now there is one */
	if (unlikely(!READ_ONCE(ovl->underlay)))
		ovl_follow_later(ovl);

	if (unlikely(ovl_xmit_is_local(peer, dst)) && conf->localbypass &&
	    ovl_xmit_bypass(skb, ovl, conf, peer, frame, &outer.src)) {
		dst_release(dst);
		return;
	}

	if (outer.df && !ovl_pmtu_fits(skb, dst, overhead)) {
		ovl_peer_count_tx_error(peer);
		ovl_pmtu_reject(skb, ovl, inner, dst, overhead);
		dst_release(dst);
		return;
	}

	if (ovl_xmit_encap(skb, ovl, conf, peer, frame, dst)) {
		dst_release(dst);
		ovl_xmit_drop(skb, ovl, peer, OVL_TX_NOMEM);
		return;
	}

	ovl_peer_count_tx(peer, len);
	if (ovl_peer_family(peer) == OVL_IPV4)
		ovl_xmit_send4(skb, ovl, conf, peer, dst, &outer);
	else
		ovl_xmit_send6(skb, ovl, conf, peer, dst, &outer);
}

/* A copy for one more peer, with the headroom that it needs at once */
static struct sk_buff *ovl_xmit_copy(struct sk_buff *skb,
				     const struct ovl_dev *ovl)
{
	int headroom = READ_ONCE(ovl->dev->needed_headroom);
	struct sk_buff *copy;

	copy = __pskb_copy_fclone(skb, headroom, GFP_ATOMIC, false);
	if (copy)
		skb_headers_offset_update(copy, headroom - skb_headroom(skb));
	return copy;
}

/* Send a frame to each peer of a list: parsed and hashed once */
static void ovl_xmit_list(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct ovl_dest_list *list,
			  const struct ovl_frame *frame)
{
	struct sk_buff *copy;
	u32 i;

	for (i = 0; i < list->n - 1; i++) {
		copy = ovl_xmit_copy(skb, ovl);
		if (likely(copy)) {
			ovl_xmit_peer(copy, ovl, conf, list->to[i].peer, frame);
			continue;
		}
		ovl_peer_count_tx_error(list->to[i].peer);
		ovl_stats_note(ovl->counters, ovl->dev, skb, OVL_TX_NOMEM);
	}
	ovl_xmit_peer(skb, ovl, conf, list->to[i].peer, frame);
}

/* The FDB has no destination, not even to flood */
static void ovl_xmit_nowhere(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf)
{
	if (conf->l2miss && !is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		ovl_fdb_miss_mac(ovl, eth_hdr(skb)->h_dest);
	ovl_stats_drop(ovl->counters, ovl->dev, skb, OVL_TX_NO_ENDPOINT);
}

static void ovl_xmit_dest(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf, struct ovl_dest *dest,
			  const struct ovl_frame *frame)
{
	struct ovl_peer *peer;

	switch (dest->kind) {
	case OVL_DEST_PEER:
		ovl_xmit_peer(skb, ovl, conf, ovl_dest_peer(dest), frame);
		break;
	case OVL_DEST_LIST:
		ovl_xmit_list(skb, ovl, conf, ovl_dest_list(dest), frame);
		break;
	case OVL_DEST_NEXTHOP:
		peer = ovl_nh_peer(ovl_nh_user(dest), skb_get_hash(skb));
		if (likely(peer))
			ovl_xmit_peer(skb, ovl, conf, peer, frame);
		else
			ovl_xmit_nowhere(skb, ovl, conf);
		break;
	}
}

/* A device with one VNI, or a frame without metadata */
static void ovl_xmit_fdb(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_conf *conf,
			 const struct ovl_frame *frame)
{
	u32 vni = ovl_conf_fdb_vni(conf, frame->vni);
	struct ovl_dest *dest = NULL;

	if (!conf->l3)
		dest = ovl_fdb_dest(ovl, eth_hdr(skb)->h_dest, vni);
	if (!dest && !vni)
		dest = frame->flood;
	if (likely(dest))
		ovl_xmit_dest(skb, ovl, conf, dest, frame);
	else
		ovl_xmit_nowhere(skb, ovl, conf);
}

/*
 * The bridge says by metadata which VNI a frame belongs to (vlan_tunnel), and
 * which nexthop stands in for a port that is down (backup_nhid).
 */
static void ovl_xmit_external(struct sk_buff *skb, struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      struct ovl_frame *frame)
{
	const struct ip_tunnel_info *info = skb_tunnel_info(skb);
	struct ovl_peer *peer;
	u32 nhid;

	frame->vni = 0;
	if (!info) {
		ovl_xmit_fdb(skb, ovl, conf, frame);
		return;
	}
	if ((info->mode & (IP_TUNNEL_INFO_TX | IP_TUNNEL_INFO_BRIDGE)) !=
	    (IP_TUNNEL_INFO_TX | IP_TUNNEL_INFO_BRIDGE)) {
		ovl_xmit_nowhere(skb, ovl, conf);
		return;
	}
	frame->vni = be32_to_cpu(tunnel_id_to_key32(info->key.tun_id));
	nhid = ovl_compat_tun_nhid(&info->key);
	if (!nhid) {
		ovl_xmit_fdb(skb, ovl, conf, frame);
		return;
	}
	peer = ovl_nh_peer_of(ovl, nhid, skb_get_hash(skb));
	if (likely(peer))
		ovl_xmit_peer(skb, ovl, conf, peer, frame);
	else
		ovl_xmit_nowhere(skb, ovl, conf);
}

static void ovl_xmit_frame(struct sk_buff *skb, struct ovl_dev *ovl)
{
	struct net_device *dev = ovl->dev;
	const struct ovl_conf *conf;
	struct ovl_frame frame;
	unsigned int seq;

	/* A change of the default peer and of more is seen as one */
	do {
		seq = read_seqcount_begin(&ovl->change);
		conf = rcu_dereference(ovl->conf);
		frame.flood = rcu_dereference(ovl->fdb.flood);
	} while (read_seqcount_retry(&ovl->change, seq));

	frame.proto = conf->l3 ? skb->protocol : htons(ETH_P_TEB);
	frame.vni = conf->vni;
	skb_reset_mac_header(skb);
	if (unlikely(!ovl_inner_find(skb, 0, frame.proto, &frame.inner))) {
		ovl_stats_drop(ovl->counters, dev, skb, OVL_TX_INNER_SHORT);
		return;
	}
	/* What an L3 device is given must be the IP packet that it claims */
	if (unlikely(conf->l3 && !frame.inner.proto)) {
		ovl_stats_drop(ovl->counters, dev, skb, OVL_TX_INNER_SHORT);
		return;
	}
	if (unlikely(conf->proxy) &&
	    ovl_proxy_answer(skb, ovl, conf, &frame.inner))
		return;
	/* The flow is found from the Ethertype on, with any VLAN tag before IP */
	skb_set_network_header(skb, conf->l3 ? 0 : ETH_HLEN);
	skb_get_hash(skb);
	skb_set_network_header(skb, frame.inner.offset);
	ovl_xmit_choose(skb, conf, &frame);

	if (unlikely(conf->external))
		ovl_xmit_external(skb, ovl, conf, &frame);
	else
		ovl_xmit_fdb(skb, ovl, conf, &frame);
}

/**
 * ovl_xmit() - send a frame, or with innerprotoinherit a packet
 * @skb: the frame; given away
 * @dev: the ovl device
 *
 * Context: bottom halves off.
 * Return: NETDEV_TX_OK; what could not be sent was counted and dropped.
 */
netdev_tx_t ovl_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	if (unlikely(dev_recursion_level() > OVL_NEST_MAX)) {
		ovl_stats_drop(ovl->counters, dev, skb, OVL_TX_NESTING);
		return NETDEV_TX_OK;
	}
	/* Bottom halves being off does, but not for the lockdep of nexthops */
	rcu_read_lock();
	ovl_xmit_frame(skb, ovl);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
