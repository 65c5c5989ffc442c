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
#include "metadata.h"
#include "nexthop.h"
#include "options.h"
#include "outer.h"
#include "ovl.h"
#include "peer.h"
#include "pmtu.h"
#include "proxy.h"
#include "recv.h"
#include "reflect.h"
#include "sock.h"
#include "vnis.h"
#include "xmit.h"

/**
 * struct ovl_frame - what was found out of a frame, once for all its copies
 * @inner: its network header
 * @proto: Ethertype of the payload that it is
 * @flood: where it goes if the FDB does not know better, or NULL
 * @traffic: counters of its VNI, or NULL
 * @outer: outer headers, as far as they are the same for all peers
 */
struct ovl_frame {
	struct ovl_inner		inner;
	__be16				proto;
	struct ovl_dest			*flood;
	struct ovl_traffic __percpu	*traffic;
	struct ovl_outer		outer;
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

	frame->outer = (struct ovl_outer) {
		.route	= {
			.dsfield	= ovl_xmit_dsfield(skb, conf, inner),
			.sport		= ovl_xmit_sport(skb, conf, inner),
			.mark		= skb->mark,
			.cached		= conf->tos != OVL_TOS_INHERIT,
		},
		.vni	= conf->vni,
		.marked	= conf->has_markopt && skb->mark,
		.ttl	= ovl_xmit_ttl(skb, conf, inner),
		.df	= ovl_xmit_df(skb, conf, inner),
	};
}

static enum ovl_family ovl_outer_family(const struct ovl_outer *outer)
{
	return ovl_family_of(outer->route.addr->family);
}

/* Bytes of options, the markopt included */
static unsigned int ovl_outer_opts_len(const struct ovl_outer *outer)
{
	return outer->opts_len + (outer->marked ? OVL_MARKOPT_LEN : 0);
}

/* The rest for a peer, but for what depends on the route */
static void ovl_xmit_choose_peer(const struct ovl_conf *conf,
				 const struct ovl_peer *peer,
				 struct ovl_outer *outer)
{
	const struct ovl_opts *opts = ovl_peer_opts(peer, conf);

	ovl_route_to_peer(&outer->route, peer, conf);
	outer->vni = ovl_peer_vni(peer, outer->vni);
	outer->csum = ovl_peer_family(peer) == OVL_IPV4 ? conf->udp_csum :
							  !conf->zero_csum6_tx;
	if (opts) {
		outer->opts = opts->data;
		outer->opts_len = opts->len;
		outer->critical = opts->critical;
	}
	/* As for any multicast: who wants it farther says so */
	if (!outer->ttl && ovl_addr_is_multicast(&peer->key.addr))
		outer->ttl = 1;
}

/* The option that carries the mark; its data as the others' in network order */
static void ovl_xmit_put_mark(struct geneve_opt *opt,
			      const struct ovl_conf *conf, u32 mark)
{
	*opt = (struct geneve_opt) {
		.class		= conf->markopt.opt_class,
		.type		= conf->markopt.type,
		.rsvd_len	= sizeof(__be32) / GENEVE_WORD,
	};
	*(__be32 *)(opt + 1) = cpu_to_be32(mark);
}

/* Put the Geneve header in front, the C bit as RFC 8926 section 3.4 asks */
static void ovl_xmit_push_geneve(struct sk_buff *skb,
				 const struct ovl_conf *conf,
				 const struct ovl_outer *outer, __be16 proto)
{
	unsigned int len = ovl_outer_opts_len(outer);
	bool critical = outer->critical;
	struct geneve_hdr *gh;

	gh = __skb_push(skb, sizeof(*gh) + len);
	if (len)
		memcpy(gh + 1, outer->opts, outer->opts_len);
	if (outer->marked) {
		ovl_xmit_put_mark((void *)(gh + 1) + outer->opts_len, conf,
				  outer->route.mark);
		critical |= conf->markopt.type & GENEVE_OPT_CRITICAL;
	}
	geneve_build(gh, outer->vni, proto, len, critical);
}

/* Make room, cut the ties to the overlay, put the Geneve header in front */
static int ovl_xmit_encap(struct sk_buff *skb, const struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct ovl_outer *outer, __be16 proto,
			  const struct dst_entry *dst)
{
	unsigned int room = LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			    ovl_outer_hlen(outer->route.addr->family) +
			    ovl_outer_opts_len(outer);
	int err;

	/* Metadata that @outer points to stays until the end of RCU's section */
	skb_scrub_packet(skb, ovl_crosses_net(ovl));
	err = skb_cow_head(skb, room);
	if (err)
		return err;
	err = iptunnel_handle_offloads(skb, outer->csum ?
				       SKB_GSO_UDP_TUNNEL_CSUM :
				       SKB_GSO_UDP_TUNNEL);
	if (err)
		return err;

	ovl_xmit_push_geneve(skb, conf, outer, proto);
	skb_set_inner_protocol(skb, proto);
	return 0;
}

/*
 * Done by ourselves, for half of what udp_tunnel_xmit_skb() costs besides
 * ip_local_out() is in the ID: from one counter, which all CPUs write to.  What
 * is not fragmented needs none (RFC 6864 section 4.1).
 */
static void ovl_xmit_send4(struct sk_buff *skb, struct ovl_dev *ovl,
			   const struct ovl_conf *conf, struct dst_entry *dst,
			   const struct ovl_outer *outer)
{
	__be16 df = outer->df && !ip_mtu_locked(dst) ? htons(IP_DF) : 0;
	int len = skb->len - skb_inner_network_offset(skb);
	__be32 saddr = outer->src.s6_addr32[0];
	__be32 daddr = outer->route.addr->v4;
	struct net *net = ovl->net;
	struct udphdr *uh;
	struct iphdr *iph;
	int err;

	uh = __skb_push(skb, sizeof(*uh));
	skb_reset_transport_header(skb);
	uh->source = outer->route.sport;
	uh->dest = outer->route.dport;
	uh->len = htons(skb->len);
	udp_set_csum(!outer->csum, skb, saddr, daddr, skb->len);

	iph = __skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	*iph = (struct iphdr) {
		.version	= 4,
		.ihl		= sizeof(*iph) / 4,
		.tos		= outer->route.dsfield,
		.frag_off	= df,
		.ttl		= outer->ttl ? : ip4_dst_hoplimit(dst),
		.protocol	= IPPROTO_UDP,
		.saddr		= saddr,
		.daddr		= daddr,
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
			   const struct ovl_conf *conf, struct dst_entry *dst,
			   const struct ovl_outer *outer)
{
	const struct ovl_route_key *route = &outer->route;

	/* IPv6 has no such bit: the sender's own stack fragments, or not */
	skb->ignore_df = !outer->df;
	udp_tunnel6_xmit_skb(dst, ovl_sock_sk(conf->sock[OVL_IPV6]), skb,
			     ovl->dev, &outer->src, &route->addr->v6,
			     route->dsfield,
			     outer->ttl ? : ip6_dst_hoplimit(dst),
			     route->label, route->sport, route->dport,
			     !outer->csum, 0);
}

/* Count by peer and by VNI, where there are such counters */
static void ovl_xmit_count(struct ovl_peer *peer,
			   const struct ovl_frame *frame, unsigned int len)
{
	if (likely(peer))
		ovl_traffic_tx(peer->traffic, len);
	if (unlikely(frame->traffic))
		ovl_traffic_tx(frame->traffic, len);
}

static void ovl_xmit_count_error(struct ovl_peer *peer,
				 const struct ovl_frame *frame)
{
	if (peer)
		ovl_traffic_tx_error(peer->traffic);
	if (frame->traffic)
		ovl_traffic_tx_error(frame->traffic);
}

/* The end of a frame on its way; @peer is NULL if it was not for one */
static void ovl_xmit_drop(struct sk_buff *skb, struct ovl_dev *ovl,
			  struct ovl_peer *peer, const struct ovl_frame *frame,
			  enum ovl_cause cause)
{
	ovl_xmit_count_error(peer, frame);
	ovl_stats_drop(ovl->counters, ovl->dev, skb, cause);
}

/*
 * Is the endpoint an address of this host?  In a VRF it is one of the VRF
 * alone, which the way over the VRF's device sees to.
 */
static bool ovl_xmit_is_local(const struct ovl_outer *outer,
			      struct dst_entry *dst)
{
	if (netif_is_l3_master(dst->dev))
		return false;
	if (ovl_outer_family(outer) == OVL_IPV6)
		return dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
	return (dst_rtable(dst)->rt_flags &
		(RTCF_LOCAL | RTCF_BROADCAST | RTCF_MULTICAST)) == RTCF_LOCAL;
}

/* The endpoint is an address of this host: is there a device that takes it? */
static bool ovl_xmit_bypass(struct sk_buff *skb, struct ovl_dev *ovl,
			    const struct ovl_conf *conf, struct ovl_peer *peer,
			    const struct ovl_frame *frame,
			    const struct ovl_outer *outer)
{
	const struct ovl_addr *dst = outer->route.addr;
	struct ovl_addr src = { .family = dst->family };
	unsigned int payload = skb->len - skb_network_offset(skb);
	unsigned int len = skb->len;
	struct ovl_dev *to;

	/* Options are for the receiving end to judge */
	if (conf->l3 || ovl_outer_opts_len(outer))
		return false;
	if (src.family == AF_INET6)
		src.v6 = outer->src;
	else
		src.v4 = outer->src.s6_addr32[0];
	to = ovl_vni_find_local(ovl->net, dst, outer->route.dport, outer->vni);
	if (!to || to == ovl || !ovl_recv_bypass(skb, to, ovl, &src))
		return false;
	dev_sw_netstats_tx_add(ovl->dev, 1, payload);
	ovl_xmit_count(peer, frame, len);
	return true;
}

/*
 * Send a frame, to a peer or, without @peer, to where @outer says; @skb is
 * given away.  @cache holds the last route there, or is NULL.
 */
static void ovl_xmit_out(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_conf *conf, struct ovl_peer *peer,
			 const struct ovl_frame *frame,
			 struct ovl_outer *outer, struct dst_cache *cache)
{
	enum ovl_family family = ovl_outer_family(outer);
	const struct ovl_inner *inner = &frame->inner;
	unsigned int overhead = ovl_outer_hlen(outer->route.addr->family) +
				ovl_outer_opts_len(outer) + inner->offset;
	unsigned int len = skb->len;
	struct dst_entry *dst;

	/* Between the moment when a peer comes and that when its socket does */
	if (unlikely(!conf->sock[family])) {
		ovl_xmit_drop(skb, ovl, peer, frame, OVL_TX_NO_ROUTE);
		return;
	}
	if (family == OVL_IPV6 && !outer->route.label)
		outer->route.label = ovl_xmit_label(skb, ovl, conf, inner);
	dst = ovl_route_find(ovl, conf, &outer->route, cache, &outer->src);
	if (IS_ERR(dst)) {
		ovl_xmit_drop(skb, ovl, peer, frame, dst == ERR_PTR(-ELOOP) ?
			      OVL_TX_LOOP : OVL_TX_NO_ROUTE);
		return;
	}

	/* There was no route when the device was made, and now there is one */
	if (unlikely(!READ_ONCE(ovl->underlay))) {
		WRITE_ONCE(ovl->left_by, dst->dev->ifindex);
		ovl_follow_later(ovl);
	}

	if (unlikely(ovl_xmit_is_local(outer, dst)) && conf->localbypass &&
	    ovl_xmit_bypass(skb, ovl, conf, peer, frame, outer)) {
		dst_release(dst);
		return;
	}

	if (outer->df && !ovl_pmtu_fits(skb, dst, overhead)) {
		ovl_xmit_count_error(peer, frame);
		ovl_pmtu_reject(skb, ovl, inner, dst, overhead);
		dst_release(dst);
		return;
	}

	if (ovl_xmit_encap(skb, ovl, conf, outer, frame->proto, dst)) {
		dst_release(dst);
		ovl_xmit_drop(skb, ovl, peer, frame, OVL_TX_NOMEM);
		return;
	}

	ovl_xmit_count(peer, frame, len);
	if (family == OVL_IPV4)
		ovl_xmit_send4(skb, ovl, conf, dst, outer);
	else
		ovl_xmit_send6(skb, ovl, conf, dst, outer);
}

/* Send a frame to a peer; @skb is given away */
static void ovl_xmit_peer(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf, struct ovl_peer *peer,
			  const struct ovl_frame *frame)
{
	struct ovl_outer outer = frame->outer;

	ovl_xmit_choose_peer(conf, peer, &outer);
	ovl_xmit_out(skb, ovl, conf, peer, frame, &outer, &peer->cache);
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
		ovl_xmit_count_error(list->to[i].peer, frame);
		ovl_stats_note(ovl->counters, ovl->dev, skb, OVL_TX_NOMEM);
	}
	ovl_xmit_peer(skb, ovl, conf, list->to[i].peer, frame);
}

/* The FDB has no destination, not even to flood */
static void ovl_xmit_nowhere(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     const struct ovl_frame *frame)
{
	if (conf->l2miss && !is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		ovl_fdb_miss_mac(ovl, eth_hdr(skb)->h_dest);
	ovl_xmit_drop(skb, ovl, NULL, frame, OVL_TX_NO_ENDPOINT);
}

/* To the peer of a nexthop, which may have none */
static void ovl_xmit_nexthop(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     struct ovl_peer *peer,
			     const struct ovl_frame *frame)
{
	if (likely(peer))
		ovl_xmit_peer(skb, ovl, conf, peer, frame);
	else
		ovl_xmit_nowhere(skb, ovl, conf, frame);
}

static void ovl_xmit_dest(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf, struct ovl_dest *dest,
			  const struct ovl_frame *frame)
{
	switch (dest->kind) {
	case OVL_DEST_PEER:
		ovl_xmit_peer(skb, ovl, conf, ovl_dest_peer(dest), frame);
		break;
	case OVL_DEST_LIST:
		ovl_xmit_list(skb, ovl, conf, ovl_dest_list(dest), frame);
		break;
	case OVL_DEST_NEXTHOP:
		ovl_xmit_nexthop(skb, ovl, conf,
				 ovl_nh_peer(ovl_nh_user(dest),
					     skb_get_hash(skb)), frame);
		break;
	}
}

/* A device with one VNI, or a frame without endpoint in its metadata */
static void ovl_xmit_fdb(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_conf *conf,
			 const struct ovl_frame *frame)
{
	u32 vni = ovl_conf_fdb_vni(conf, frame->outer.vni);
	struct ovl_dest *dest = NULL;

	if (!conf->l3)
		dest = ovl_fdb_dest(ovl, eth_hdr(skb)->h_dest, vni);
	if (!dest && !vni)
		dest = frame->flood;
	if (likely(dest))
		ovl_xmit_dest(skb, ovl, conf, dest, frame);
	else
		ovl_xmit_nowhere(skb, ovl, conf, frame);
}

/* To the endpoint that the metadata names, if it names one */
static void ovl_xmit_metadata(struct sk_buff *skb, struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      struct ovl_frame *frame,
			      struct ip_tunnel_info *info)
{
	struct ovl_outer outer = frame->outer;
	struct ovl_addr addrs[2];
	int cause;

	cause = ovl_metadata_read(info, conf, &outer, addrs);
	if (unlikely(cause != OVL_PASS))
		ovl_xmit_drop(skb, ovl, NULL, frame, cause);
	else if (outer.route.addr->family)
		ovl_xmit_out(skb, ovl, conf, NULL, frame, &outer, NULL);
	else
		ovl_xmit_fdb(skb, ovl, conf, frame);
}

/*
 * What a bridge's vlan_tunnel says by metadata is the VNI that a frame belongs
 * to, and which nexthop stands in for a port that is down (backup_nhid); tc,
 * routes and BPF say all of the outer headers.
 */
static void ovl_xmit_external(struct sk_buff *skb, struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      struct ovl_frame *frame)
{
	struct ip_tunnel_info *info = skb_tunnel_info(skb);
	u32 nhid;

	/* Metadata that a packet came in with says nothing of where it goes */
	if (info && !(info->mode & IP_TUNNEL_INFO_TX)) {
		ovl_xmit_nowhere(skb, ovl, conf, frame);
		return;
	}
	frame->outer.vni = info ?
		be32_to_cpu(tunnel_id_to_key32(info->key.tun_id)) : 0;
	if (unlikely(frame->outer.vni > OVL_VNI_MAX)) {
		ovl_xmit_drop(skb, ovl, NULL, frame, OVL_TX_VNI);
		return;
	}
	if (conf->vnifilter)
		frame->traffic = ovl_vnis_traffic(ovl, frame->outer.vni);
	if (!info) {
		ovl_xmit_fdb(skb, ovl, conf, frame);
		return;
	}
	if (!(info->mode & IP_TUNNEL_INFO_BRIDGE)) {
		ovl_xmit_metadata(skb, ovl, conf, frame, info);
		return;
	}
	nhid = ovl_compat_tun_nhid(&info->key);
	if (nhid)
		ovl_xmit_nexthop(skb, ovl, conf,
				 ovl_nh_peer_of(ovl, nhid, skb_get_hash(skb)),
				 frame);
	else
		ovl_xmit_fdb(skb, ovl, conf, frame);
}

/* A flow that is remembered goes back the way it came, else as the FDB says */
static void ovl_xmit_reflect(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     const struct ovl_frame *frame)
{
	struct ovl_outer outer = frame->outer;
	const struct ovl_flow *flow;

	flow = ovl_reflect_find(conf, skb, &frame->inner);
	if (!flow) {
		ovl_xmit_fdb(skb, ovl, conf, frame);
		return;
	}
	outer.route.addr = &flow->peer;
	outer.route.local = flow->local.family ? &flow->local : &conf->local;
	outer.route.ifindex = conf->link;
	outer.route.dport = conf->dstport;
	outer.route.sport = flow->sport;
	outer.opts = flow->opts;
	outer.opts_len = flow->opts_len;
	outer.critical = flow->critical;
	/* The option is among those that came */
	outer.marked = false;
	outer.csum = flow->peer.family == AF_INET ? conf->udp_csum :
						    !conf->zero_csum6_tx;
	ovl_xmit_out(skb, ovl, conf, NULL, frame, &outer, NULL);
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
	frame.traffic = NULL;
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
	else if (unlikely(conf->reflect))
		ovl_xmit_reflect(skb, ovl, conf, &frame);
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
