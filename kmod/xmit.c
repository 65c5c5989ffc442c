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
#include "hash.h"
#include "inner.h"
#include "lean.h"
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
 * @vni: its VNI, unless its peer has one of its own
 * @ttl: its outer TTL, unless its peer is a group
 * @outer: outer headers; those of the last copy, as far as they differ
 */
struct ovl_frame {
	struct ovl_inner		inner;
	__be16				proto;
	struct ovl_dest			*flood;
	struct ovl_traffic __percpu	*traffic;
	u32				vni;
	u8				ttl;
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

/*
 * Choose all that depends on the frame alone.  Field by field: what is chosen
 * for the peer later on need not be cleared before.
 */
static void ovl_xmit_choose(struct sk_buff *skb, const struct ovl_conf *conf,
			    struct ovl_frame *frame)
{
	const struct ovl_inner *inner = &frame->inner;
	struct ovl_outer *outer = &frame->outer;

	frame->vni = conf->vni;
	frame->ttl = ovl_xmit_ttl(skb, conf, inner);
	outer->route.dsfield = ovl_xmit_dsfield(skb, conf, inner);
	outer->route.sport = ovl_xmit_sport(skb, conf, inner);
	outer->route.mark = skb->mark;
	outer->route.label = 0;
	outer->marked = conf->has_markopt && skb->mark;
	outer->df = ovl_xmit_df(skb, conf, inner);
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

static void ovl_xmit_set_opts(struct ovl_outer *outer, const void *data,
			      u8 len, bool critical)
{
	outer->opts = data;
	outer->opts_len = len;
	outer->critical = critical;
}

/* The rest for a peer, but for what depends on the route */
static void ovl_xmit_choose_peer(const struct ovl_conf *conf,
				 const struct ovl_peer *peer,
				 struct ovl_frame *frame)
{
	const struct ovl_opts *opts = ovl_peer_opts(peer, conf);
	struct ovl_outer *outer = &frame->outer;

	ovl_peer_route(peer, conf, &outer->route);
	outer->vni = ovl_peer_vni(peer, frame->vni);
	outer->csum = ovl_conf_csum(conf, peer->key.addr.family);
	if (unlikely(opts))
		ovl_xmit_set_opts(outer, opts->data, opts->len,
				  opts->critical);
	else
		ovl_xmit_set_opts(outer, NULL, 0, false);
	/* As for any multicast: who wants it farther says so */
	outer->ttl = frame->ttl;
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
	geneve_opts_copy(gh + 1, outer->opts, outer->opts_len);
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

static void ovl_xmit_push_udp(struct sk_buff *skb,
			      const struct ovl_outer *outer)
{
	struct udphdr *uh = __skb_push(skb, sizeof(*uh));

	skb_reset_transport_header(skb);
	uh->source = outer->route.sport;
	uh->dest = outer->route.dport;
	uh->len = htons(skb->len);
	uh->check = 0;
}

/* As udp_set_csum(), without a call for what the device or nobody sums up */
static void ovl_xmit_csum4(struct sk_buff *skb, const struct ovl_outer *outer)
{
	__be32 saddr = outer->found.src.s6_addr32[0];
	__be32 daddr = outer->route.addr->v4;

	if (!outer->csum)
		return;
	if (skb_is_gso(skb) || skb->ip_summed == CHECKSUM_PARTIAL) {
		udp_set_csum(false, skb, saddr, daddr, skb->len);
		return;
	}
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct udphdr, check);
	udp_hdr(skb)->check = ~udp_v4_check(skb->len, saddr, daddr, 0);
}

/*
 * The IP headers are built here, for half of what udp_tunnel_xmit_skb() costs
 * besides ip_local_out() is in the ID: from one counter, which all CPUs write
 * to.  What is not fragmented needs none (RFC 6864 section 4.1).
 */
static void ovl_xmit_push_ipv4(struct sk_buff *skb, struct net *net,
			       const struct ovl_outer *outer)
{
	struct iphdr *iph = __skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	*iph = (struct iphdr) {
		.version	= 4,
		.ihl		= sizeof(*iph) / 4,
		.tos		= outer->route.dsfield,
		.ttl		= outer->ttl ? : ovl_route_ttl4(net, &outer->found),
		.protocol	= IPPROTO_UDP,
		.saddr		= outer->found.src.s6_addr32[0],
		.daddr		= outer->route.addr->v4,
	};
	if (outer->df && !ip_mtu_locked(outer->found.dst))
		iph->frag_off = htons(IP_DF);
	else
		__ip_select_ident(net, iph, skb_shinfo(skb)->gso_segs ? : 1);
}

static void ovl_xmit_push_ipv6(struct sk_buff *skb, struct dst_entry *dst,
			       const struct ovl_outer *outer)
{
	struct ipv6hdr *ip6h = __skb_push(skb, sizeof(*ip6h));

	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, outer->route.dsfield, outer->route.label);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = outer->ttl ? : ip6_dst_hoplimit(dst);
	ip6h->saddr = outer->found.src;
	ip6h->daddr = outer->route.addr->v6;
	/* IPv6 has no such bit: the sender's own stack fragments, or not */
	skb->ignore_df = !outer->df;
}

/* The frame, its Geneve header in front, leaves; takes the route */
static int ovl_xmit_send(struct sk_buff *skb, struct net *net,
			 const struct ovl_conf *conf,
			 const struct ovl_outer *outer, bool fits)
{
	enum ovl_family family = ovl_outer_family(outer);
	const struct ovl_route *route = &outer->found;
	const struct ovl_sock *os = conf->sock[family];

	ovl_xmit_push_udp(skb, outer);
	skb_clear_hash_if_not_l4(skb);
	ovl_route_attach(skb, route);
	if (family == OVL_IPV4) {
		ovl_xmit_csum4(skb, outer);
		ovl_xmit_push_ipv4(skb, net, outer);
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		return ovl_lean_out4(skb, net, os, fits);
	}
	if (outer->csum)
		udp6_set_csum(false, skb, &route->src, &outer->route.addr->v6,
			      skb->len);
	ovl_xmit_push_ipv6(skb, route->dst, outer);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	return ovl_lean_out6(skb, net, os, fits);
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
	bool local;

	if (ovl_outer_family(outer) == OVL_IPV6)
		local = dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
	else
		local = (dst_rtable(dst)->rt_flags &
			 (RTCF_LOCAL | RTCF_BROADCAST | RTCF_MULTICAST)) ==
			RTCF_LOCAL;
	return unlikely(local) && !netif_is_l3_master(dst->dev);
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
		src.v6 = outer->found.src;
	else
		src.v4 = outer->found.src.s6_addr32[0];
	to = ovl_vni_find_local(ovl->net, dst, outer->route.dport, outer->vni);
	if (!to || to == ovl || !ovl_recv_bypass(skb, to, ovl, &src))
		return false;
	dev_sw_netstats_tx_add(ovl->dev, 1, payload);
	ovl_xmit_count(peer, frame, len);
	return true;
}

/* There was no route when the device was made, and now there is one */
static void ovl_xmit_found_underlay(struct ovl_dev *ovl,
				    const struct dst_entry *dst)
{
	WRITE_ONCE(ovl->left_by, dst->dev->ifindex);
	ovl_follow_later(ovl);
}

/*
 * Send a frame that has a route, to a peer or, without @peer, to where the outer
 * headers say; @skb and the route are given away.
 */
static void ovl_xmit_routed(struct sk_buff *skb, struct ovl_dev *ovl,
			    const struct ovl_conf *conf, struct ovl_peer *peer,
			    const struct ovl_frame *frame)
{
	const struct ovl_outer *outer = &frame->outer;
	unsigned int overhead = ovl_outer_hlen(outer->route.addr->family) +
				ovl_outer_opts_len(outer) + frame->inner.offset;
	struct dst_entry *dst = outer->found.dst;
	unsigned int len = skb->len, payload;
	bool fits;
	int err;

	if (unlikely(ovl_xmit_is_local(outer, dst)) && conf->localbypass &&
	    ovl_xmit_bypass(skb, ovl, conf, peer, frame, outer)) {
		ovl_route_put(&outer->found);
		return;
	}
	fits = ovl_pmtu_fits(skb, outer->found.mtu, overhead);
	if (unlikely(outer->df && !fits)) {
		ovl_xmit_count_error(peer, frame);
		ovl_pmtu_reject(skb, ovl, &frame->inner, dst, overhead);
		ovl_route_put(&outer->found);
		return;
	}
	if (ovl_xmit_encap(skb, ovl, conf, outer, frame->proto, dst)) {
		ovl_route_put(&outer->found);
		ovl_xmit_drop(skb, ovl, peer, frame, OVL_TX_NOMEM);
		return;
	}

	ovl_xmit_count(peer, frame, len);
	err = ovl_xmit_send(skb, ovl->net, conf, outer, fits);
	/* None at all would be taken for a failure */
	payload = max(len - frame->inner.offset, 1U);
	iptunnel_xmit_stats(ovl->dev, likely(!net_xmit_eval(err)) ? payload : 0);
}

/*
 * Send a frame, to a peer or, without @peer, to where the outer headers say;
 * @skb is given away.
 */
static void ovl_xmit_out(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_conf *conf, struct ovl_peer *peer,
			 struct ovl_frame *frame)
{
	struct ovl_outer *outer = &frame->outer;
	enum ovl_family family;
	int err;

	if (likely(peer))
		ovl_xmit_choose_peer(conf, peer, frame);
	family = ovl_outer_family(outer);
	/* Between the moment when a peer comes and that when its socket does */
	if (unlikely(!conf->sock[family])) {
		ovl_xmit_drop(skb, ovl, peer, frame, OVL_TX_NO_ROUTE);
		return;
	}
	if (family == OVL_IPV6 && !outer->route.label)
		outer->route.label = ovl_xmit_label(skb, ovl, conf,
						    &frame->inner);
	err = ovl_route_find(ovl, conf, &outer->route,
			     peer ? &peer->cache : NULL, &outer->found);
	if (unlikely(err)) {
		ovl_xmit_drop(skb, ovl, peer, frame, err == -ELOOP ?
			      OVL_TX_LOOP : OVL_TX_NO_ROUTE);
		return;
	}
	if (unlikely(!READ_ONCE(ovl->underlay)))
		ovl_xmit_found_underlay(ovl, outer->found.dst);
	ovl_xmit_routed(skb, ovl, conf, peer, frame);
}

/* Larger ones waste what is left of a page */
#define OVL_COPY_LINEAR_MAX	2048

/*
 * Of a frame that is all in one piece, without what the slab allocator spends on
 * it: it clears what it hands out, which is more than half of a copy.
 */
static struct sk_buff *ovl_xmit_copy_linear(const struct sk_buff *skb,
					    unsigned int headroom)
{
	unsigned int size = SKB_DATA_ALIGN(headroom + skb->len) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *copy;
	void *data;

	data = napi_alloc_frag(size);
	if (unlikely(!data))
		return NULL;
	copy = napi_build_skb(data, size);
	if (unlikely(!copy)) {
		skb_free_frag(data);
		return NULL;
	}
	skb_reserve(copy, headroom);
	__skb_put_data(copy, skb->data, skb->len);
	skb_copy_header(copy, skb);
	return copy;
}

/* A copy for one more peer, with the headroom that it needs at once */
static struct sk_buff *ovl_xmit_copy(struct sk_buff *skb,
				     const struct ovl_dev *ovl)
{
	int headroom = max_t(int, READ_ONCE(ovl->dev->needed_headroom),
			     skb_headroom(skb));
	struct sk_buff *copy;

	/* netpoll sends with interrupts off, where the pages are another's */
	if (likely(!skb_is_nonlinear(skb) && skb->len <= OVL_COPY_LINEAR_MAX &&
		   !irqs_disabled()))
		copy = ovl_xmit_copy_linear(skb, headroom);
	else
		copy = __pskb_copy_fclone(skb, headroom, GFP_ATOMIC, false);
	if (copy && headroom != skb_headroom(skb))
		skb_headers_offset_update(copy, headroom - skb_headroom(skb));
	return copy;
}

/* Send a frame to each peer of a list: parsed and hashed once */
static void ovl_xmit_list(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct ovl_dest_list *list,
			  struct ovl_frame *frame)
{
	struct sk_buff *copy;
	u32 i;

	for (i = 0; i < list->n - 1; i++) {
		copy = ovl_xmit_copy(skb, ovl);
		if (likely(copy)) {
			ovl_xmit_out(copy, ovl, conf, list->to[i].peer, frame);
			continue;
		}
		ovl_xmit_count_error(list->to[i].peer, frame);
		ovl_stats_note(ovl->counters, ovl->dev, skb, OVL_TX_NOMEM);
	}
	ovl_xmit_out(skb, ovl, conf, list->to[i].peer, frame);
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
			     struct ovl_frame *frame)
{
	if (likely(peer))
		ovl_xmit_out(skb, ovl, conf, peer, frame);
	else
		ovl_xmit_nowhere(skb, ovl, conf, frame);
}

/* To all peers of a list, or to one of a group */
static void ovl_xmit_several(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     struct ovl_dest *dest, struct ovl_frame *frame)
{
	if (dest->kind == OVL_DEST_LIST)
		ovl_xmit_list(skb, ovl, conf, ovl_dest_list(dest), frame);
	else
		ovl_xmit_nexthop(skb, ovl, conf,
				 ovl_nh_peer(ovl_nh_user(dest),
					     skb_get_hash(skb)), frame);
}

/* A device with one VNI, or a frame without endpoint in its metadata */
static void ovl_xmit_fdb(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_conf *conf, struct ovl_frame *frame)
{
	u32 vni = ovl_conf_fdb_vni(conf, frame->vni);
	struct ovl_dest *dest = NULL;

	if (!conf->l3 && ovl_fdb_has_any(ovl))
		dest = ovl_fdb_dest(ovl, eth_hdr(skb)->h_dest, vni);
	if (!dest && !vni)
		dest = frame->flood;
	if (unlikely(!dest))
		ovl_xmit_nowhere(skb, ovl, conf, frame);
	else if (likely(dest->kind == OVL_DEST_PEER))
		ovl_xmit_out(skb, ovl, conf, ovl_dest_peer(dest), frame);
	else
		ovl_xmit_several(skb, ovl, conf, dest, frame);
}

/* To the endpoint that the metadata names; false: the FDB is to be asked */
static bool ovl_xmit_metadata(struct sk_buff *skb, struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      struct ovl_frame *frame,
			      struct ip_tunnel_info *info)
{
	struct ovl_addr addrs[2];
	int cause;

	frame->outer.vni = frame->vni;
	frame->outer.ttl = frame->ttl;
	cause = ovl_metadata_read(info, conf, &frame->outer, addrs);
	if (unlikely(cause != OVL_PASS))
		ovl_xmit_drop(skb, ovl, NULL, frame, cause);
	else if (addrs[0].family)
		ovl_xmit_out(skb, ovl, conf, NULL, frame);
	else
		return false;
	return true;
}

/*
 * What a bridge's vlan_tunnel says by metadata is the VNI that a frame belongs
 * to, and which nexthop stands in for a port that is down (backup_nhid); tc,
 * routes and BPF say all of the outer headers.  False: the FDB is to be asked.
 */
static bool ovl_xmit_external(struct sk_buff *skb, struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      struct ovl_frame *frame)
{
	struct ip_tunnel_info *info = skb_tunnel_info(skb);
	u32 nhid;

	/* Metadata that a packet came in with says nothing of where it goes */
	if (info && !(info->mode & IP_TUNNEL_INFO_TX)) {
		ovl_xmit_nowhere(skb, ovl, conf, frame);
		return true;
	}
	frame->vni = info ?
		be32_to_cpu(tunnel_id_to_key32(info->key.tun_id)) : 0;
	if (unlikely(frame->vni > OVL_VNI_MAX)) {
		ovl_xmit_drop(skb, ovl, NULL, frame, OVL_TX_VNI);
		return true;
	}
	if (conf->vnifilter)
		frame->traffic = ovl_vnis_traffic(ovl, frame->vni);
	if (!info)
		return false;
	if (!(info->mode & IP_TUNNEL_INFO_BRIDGE))
		return ovl_xmit_metadata(skb, ovl, conf, frame, info);
	nhid = ovl_compat_tun_nhid(&info->key);
	if (!nhid)
		return false;
	ovl_xmit_nexthop(skb, ovl, conf,
			 ovl_nh_peer_of(ovl, nhid, skb_get_hash(skb)), frame);
	return true;
}

/* A flow that is remembered goes back the way it came; false: none is */
static bool ovl_xmit_reflect(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     struct ovl_frame *frame)
{
	struct ovl_outer *outer = &frame->outer;
	const struct ovl_flow *flow;

	flow = ovl_reflect_find(conf, skb, &frame->inner);
	if (!flow)
		return false;
	outer->route.addr = &flow->peer;
	outer->route.local = flow->local.family ? &flow->local : &conf->local;
	outer->route.ifindex = conf->link;
	outer->route.dport = conf->dstport;
	outer->route.sport = flow->sport;
	outer->vni = frame->vni;
	outer->ttl = frame->ttl;
	ovl_xmit_set_opts(outer, flow->opts, flow->opts_len, flow->critical);
	/* The option is among those that came */
	outer->marked = false;
	outer->csum = ovl_conf_csum(conf, flow->peer.family);
	ovl_xmit_out(skb, ovl, conf, NULL, frame);
	return true;
}

static void ovl_xmit_frame(struct sk_buff *skb, struct ovl_dev *ovl)
{
	struct net_device *dev = ovl->dev;
	/* All that is read of it is written before */
	struct ovl_frame frame __uninitialized;
	const struct ovl_conf *conf;
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
	ovl_hash_flow(skb, conf->l3 ? 0 : ETH_HLEN, &frame.inner);
	skb_set_network_header(skb, frame.inner.offset);
	ovl_xmit_choose(skb, conf, &frame);

	if (unlikely(conf->external) &&
	    ovl_xmit_external(skb, ovl, conf, &frame))
		return;
	if (unlikely(conf->reflect) && ovl_xmit_reflect(skb, ovl, conf, &frame))
		return;
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
