// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving.  ovl_recv() below is what happens to a datagram: the header is
 * judged, the device found, the packet checked against the device's rules,
 * the outer headers taken off, the rest handed to the stack.
 *
 * Called by UDP through the sockets of sock.c; the checksum has been verified,
 * unless it was zero.
 */
#include <linux/etherdevice.h>
#include <linux/tcp.h>
#include <net/dst_metadata.h>
#include <net/gro_cells.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>

#include "ecn.h"
#include "fdb.h"
#include "gro.h"
#include "inner.h"
#include "lean.h"
#include "metadata.h"
#include "nested.h"
#include "oam.h"
#include "options.h"
#include "ovl.h"
#include "peer.h"
#include "recv.h"
#include "reflect.h"
#include "sock.h"

#define OVL_BASE_HLEN (sizeof(struct udphdr) + sizeof(struct geneve_hdr))

static const struct geneve_hdr *ovl_recv_header(const struct sk_buff *skb)
{
	return (const void *)(skb_transport_header(skb) +
			      sizeof(struct udphdr));
}

/* The outer DS field */
static u8 ovl_recv_dsfield(const struct sk_buff *skb, sa_family_t family)
{
	return family == AF_INET ? ipv4_get_dsfield(ip_hdr(skb)) :
				   ipv6_get_dsfield(ipv6_hdr(skb));
}

/*
 * The header as such, before it is known whom it is for.  Afterwards all of
 * it, options included, is in the linear part.
 */
static int ovl_recv_check_header(struct sk_buff *skb)
{
	const struct geneve_hdr *gh;

	if (!pskb_may_pull(skb, OVL_BASE_HLEN))
		return OVL_PORT_RX_SHORT;
	gh = ovl_recv_header(skb);
	if (geneve_version(gh) != GENEVE_VERSION)
		return OVL_PORT_RX_VERSION;
	if (geneve_opts_len(gh) &&
	    !pskb_may_pull(skb, sizeof(struct udphdr) + geneve_hlen(gh)))
		return OVL_PORT_RX_SHORT;
	return OVL_PASS;
}

static bool ovl_recv_proto_ok(const struct ovl_conf *conf, __be16 proto)
{
	if (conf->l3)
		return proto == htons(ETH_P_IP) || proto == htons(ETH_P_IPV6);
	return proto == htons(GENEVE_PROTO_ETHERNET);
}

/**
 * struct ovl_source - where a packet is from
 * @addr: outer source address
 * @ifindex: device that it came in by
 * @peer: the peer that this is, or NULL
 * @traffic: counters of its VNI, or NULL
 */
struct ovl_source {
	struct ovl_addr			addr;
	u32				ifindex;
	struct ovl_peer			*peer;
	struct ovl_traffic __percpu	*traffic;
};

/* A device with one peer looks at that one alone */
static struct ovl_peer *ovl_recv_peer(struct ovl_dev *ovl,
				      const struct ovl_conf *conf,
				      const struct ovl_addr *addr)
{
	const struct ovl_peers *peers = &ovl->peers;

	if (conf->peer && ovl_addr_equal(addr, &conf->remote))
		return conf->peer;
	if (READ_ONCE(peers->n[OVL_IPV4]) + READ_ONCE(peers->n[OVL_IPV6]) <=
	    !!conf->peer)
		return NULL;
	return ovl_peer_find(ovl, addr);
}

/* An address of the outer header, where it stands in that of either family */
static __always_inline struct ovl_addr
ovl_recv_addr(sa_family_t family, const __be32 *v4, const struct in6_addr *v6)
{
	struct ovl_addr addr = { .family = family };

	if (family == AF_INET)
		addr.v4 = *v4;
	else
		addr.v6 = *v6;
	return addr;
}

static void ovl_recv_source(const struct sk_buff *skb, sa_family_t family,
			    struct ovl_dev *ovl, const struct ovl_conf *conf,
			    struct ovl_source *src)
{
	src->addr = ovl_recv_addr(family, &ip_hdr(skb)->saddr,
				  &ipv6_hdr(skb)->saddr);
	src->ifindex = skb->dev->ifindex;
	src->peer = ovl_recv_peer(ovl, conf, &src->addr);
}

/* What the device's configuration and state make of a packet */
static int ovl_recv_check_rules(const struct sk_buff *skb, sa_family_t family,
				const struct ovl_dev *ovl,
				const struct ovl_conf *conf,
				const struct ovl_source *src,
				const struct geneve_hdr *gh, u32 *mark)
{
	bool zero_csum6 = family == AF_INET6 && !udp_hdr(skb)->check;
	int cause;

	if (!(ovl->dev->flags & IFF_UP))
		return OVL_RX_DOWN;
	if (zero_csum6 && !conf->zero_csum6_rx)
		return OVL_RX_ZERO_CSUM6;
	/* RFC 8926 section 4.3.1, item 3: a zero checksum asks for this check */
	if ((conf->srccheck || zero_csum6) && !src->peer)
		return OVL_RX_SOURCE;
	if (!conf->over_ovl && ovl_nested_in(skb, ovl->net))
		return OVL_RX_NESTED;
	if (geneve_opts_len(gh) || gh->flags & GENEVE_FLAG_CRITICAL) {
		cause = ovl_opts_judge(ovl, conf, gh, mark);
		if (cause != OVL_PASS)
			return cause;
	}
	if (gh->flags & GENEVE_FLAG_OAM)
		return OVL_RX_OAM;
	if (!ovl_recv_proto_ok(conf, gh->proto))
		return OVL_RX_PROTO;
	return OVL_PASS;
}

/*
 * Take off the outer headers.  Afterwards the MAC header is set, and the
 * network header right behind it.
 */
static int ovl_recv_decap(struct sk_buff *skb, const struct ovl_dev *ovl,
			  const struct ovl_conf *conf,
			  const struct geneve_hdr *gh)
{
	unsigned int hlen = sizeof(struct udphdr) + geneve_hlen(gh);
	__be16 proto = gh->proto;

	if (!conf->l3 && skb->len < hlen + ETH_HLEN)
		return OVL_RX_INNER_SHORT;
	if (iptunnel_pull_header(skb, hlen, proto, ovl_crosses_net(ovl)))
		return OVL_RX_NOMEM;

	skb_reset_mac_header(skb);
	if (conf->l3) {
		skb->dev = ovl->dev;
		skb->pkt_type = PACKET_HOST;
	} else {
		skb->protocol = eth_type_trans(skb, ovl->dev);
		skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
		/* Our own frame, come back by some loop */
		if (ether_addr_equal(eth_hdr(skb)->h_source,
				     ovl->dev->dev_addr))
			return OVL_RX_OWN_MAC;
	}
	skb_reset_network_header(skb);
	return OVL_PASS;
}

/* Write the ECN field of the header at @offset, and keep checksums right */
static int ovl_recv_write_ecn(struct sk_buff *skb, unsigned int offset,
			      __be16 proto, u8 ecn)
{
	bool ipv4 = proto == htons(ETH_P_IP);
	__wsum *word;
	__wsum old;

	/* A clone may be with a packet socket on the underlay */
	if (skb_ensure_writable(skb, offset + (ipv4 ? sizeof(struct iphdr) :
						      sizeof(struct ipv6hdr))))
		return OVL_RX_NOMEM;

	if (ipv4) {
		ipv4_change_dsfield((struct iphdr *)(skb->data + offset),
				    (u8)~INET_ECN_MASK, ecn);
		return OVL_PASS;
	}

	/* The first word of an IPv6 header holds the DS field; no checksum does */
	word = (__wsum *)(skb->data + offset);
	old = *word;
	ipv6_change_dsfield((struct ipv6hdr *)word, (u8)~INET_ECN_MASK, ecn);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_add(csum_sub(skb->csum, old), *word);
	return OVL_PASS;
}

/*
 * RFC 6040 section 4.2, also for an IP header behind VLAN tags, which @inner
 * tells of afterwards.
 */
static int ovl_recv_ecn(struct sk_buff *skb, const struct ovl_dev *ovl,
			const struct ovl_conf *conf, u8 outer,
			struct ovl_inner *inner)
{
	const struct ovl_ecn_cell *cell;
	u8 dsfield;

	if (!ovl_inner_find(skb, 0, skb->protocol, inner) || !inner->proto)
		return conf->l3 ? OVL_RX_INNER_SHORT : OVL_PASS;

	dsfield = ovl_inner_dsfield(skb, inner);
	cell = ovl_ecn_decap(dsfield, outer);
	if (cell->drop)
		return cell->cause;
	if (cell->event)
		ovl_stats_count(ovl->counters, cell->cause);
	if (cell->out == (dsfield & INET_ECN_MASK))
		return OVL_PASS;
	return ovl_recv_write_ecn(skb, inner->offset, inner->proto, cell->out);
}

/* The frame, from its network header on, may teach the FDB something */
static int ovl_recv_learn(const struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_conf *conf, u32 vni,
			  const struct ovl_source *src)
{
	if (!conf->learning)
		return OVL_PASS;
	return ovl_fdb_learn(ovl, conf, eth_hdr(skb)->h_source,
			     ovl_conf_fdb_vni(conf, vni), &src->addr,
			     src->ifindex);
}

static void ovl_recv_count(unsigned int len, struct ovl_dev *ovl,
			   const struct ovl_conf *conf,
			   const struct ovl_source *src)
{
	dev_sw_netstats_rx_add(ovl->dev, len);
	len += conf->l3 ? 0 : ETH_HLEN;
	if (src->peer)
		ovl_traffic_rx(src->peer->traffic, len);
	if (unlikely(src->traffic))
		ovl_traffic_rx(src->traffic, len);
}

static void ovl_recv_count_error(const struct ovl_source *src)
{
	if (src->peer)
		ovl_traffic_rx_error(src->peer->traffic);
	if (src->traffic)
		ovl_traffic_rx_error(src->traffic);
}

/*
 * May GRO merge it with others?  UDP is merged for who asks for it, on the
 * device; its sockets would be looked up for each packet, and rarely want it.
 */
static bool ovl_recv_may_merge(const struct sk_buff *skb,
			       const struct net_device *dev,
			       const struct ovl_inner *inner)
{
	u8 proto = ovl_inner_l4(skb, inner);

	if (proto == IPPROTO_UDP)
		return dev->features & (NETIF_F_GRO_UDP_FWD |
					NETIF_F_GRO_FRAGLIST);
	return inner->proto && proto != IPPROTO_ICMP &&
	       proto != IPPROTO_ICMPV6;
}

/*
 * Make the transport header linear, if it is of a kind that GRO looks at: it
 * would pull it by itself, which may give the packet another head, and 7.2 then
 * reads the addresses in the old one (KASAN, in udp6_gro_receive()).
 */
static void ovl_recv_pull_transport(struct sk_buff *skb,
				    const struct ovl_inner *inner)
{
	const struct iphdr *iph = ovl_inner_header(skb, inner);
	u8 proto = ovl_inner_l4(skb, inner);
	unsigned int end = inner->offset;

	end += inner->proto == htons(ETH_P_IP) ? iph->ihl * 4 :
						 sizeof(struct ipv6hdr);
	if (proto == IPPROTO_UDP)
		pskb_may_pull(skb, end + sizeof(struct udphdr));
	else if (proto == IPPROTO_TCP &&
		 pskb_may_pull(skb, end + sizeof(struct tcphdr)))
		pskb_may_pull(skb, end + __tcp_hdrlen((const void *)
						      (skb->data + end)));
}

/* Depth of ovl_recv() on this CPU, in softirq */
static DEFINE_PER_CPU(unsigned int, ovl_recv_depth);

/*
 * Hand over to the stack: packets of one flow all by the same way, or they would
 * overtake each other.  A tunnel in a tunnel waits for its turn, so that nobody
 * chooses how deep the stack gets.
 */
static void ovl_recv_deliver(struct sk_buff *skb, struct ovl_dev *ovl,
			     const struct ovl_conf *conf,
			     const struct ovl_source *src,
			     const struct ovl_inner *inner)
{
	unsigned int len = skb->len;

	ovl_nested_mark(skb, dev_net(ovl->dev));
	if (ovl_recv_may_merge(skb, ovl->dev, inner) ||
	    __this_cpu_read(ovl_recv_depth)) {
		ovl_recv_pull_transport(skb, inner);
		if (likely(gro_cells_receive(&ovl->gro_cells, skb) ==
			   NET_RX_SUCCESS)) {
			ovl_recv_count(len, ovl, conf, src);
			return;
		}
		ovl_recv_count_error(src);
		ovl_stats_count(ovl->counters, OVL_RX_QUEUE_FULL);
		return;
	}
	ovl_recv_count(len, ovl, conf, src);
	__this_cpu_inc(ovl_recv_depth);
	netif_receive_skb(skb);
	__this_cpu_dec(ovl_recv_depth);
}

static void ovl_recv_drop(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_source *src, enum ovl_cause cause)
{
	ovl_recv_count_error(src);
	ovl_stats_drop(ovl->counters, ovl->dev, skb, cause);
}

/* The packet, its outer headers taken off but still there, and its mark set */
static void ovl_recv_remember(struct sk_buff *skb, const struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      const struct ovl_source *src,
			      const struct ovl_addr *local,
			      const struct ovl_inner *inner)
{
	const struct geneve_hdr *gh;
	struct ovl_flow came;

	gh = ovl_recv_header(skb);
	came = (struct ovl_flow) {
		.peer		= src->addr,
		.sport		= udp_hdr(skb)->source,
		.opts_len	= geneve_opts_len(gh),
	};
	/* What came by a group goes back from an address of the device */
	if (ovl_addr_is_unicast(local))
		came.local = *local;
	/* They have passed the check of ovl_opts_judge() */
	geneve_opts_check(gh + 1, came.opts_len, &came.critical);
	ovl_reflect_learn(ovl, conf, skb, inner, &came, gh + 1);
}

/**
 * ovl_recv() - receive a datagram, as udp_sock.encap_rcv
 * @sk: socket it came in by
 * @skb: the datagram, UDP header first; given away
 *
 * Context: softirq, RCU.
 * Return: 0: all is done.
 */
static int ovl_recv(struct sock *sk, struct sk_buff *skb)
{
	const struct geneve_hdr *gh;
	const struct ovl_conf *conf;
	struct metadata_dst *tun = NULL;
	const struct ovl_vni *entry;
	struct ovl_source src __uninitialized;
	struct ovl_addr local __uninitialized;
	struct ovl_inner inner;
	struct ovl_sock *os;
	struct ovl_dev *ovl;
	u32 vni, mark = 0;
	u8 outer;
	int cause;

	os = rcu_dereference_sk_user_data(sk);
	if (unlikely(!os)) {
		/* The last device has gone this moment */
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
		return 0;
	}
	ovl_lean_note(skb, sk);

	cause = ovl_recv_check_header(skb);
	if (unlikely(cause != OVL_PASS))
		goto drop_port;
	gh = ovl_recv_header(skb);
	vni = geneve_vni(gh);
	entry = ovl_vni_find(os, vni, skb, false);
	if (unlikely(!entry)) {
		if (ovl_vni_is_elsewhere(os, vni, skb)) {
			consume_skb(skb);
			return 0;
		}
		cause = OVL_PORT_RX_VNI;
		goto drop_port;
	}

	ovl = entry->ovl;
	conf = rcu_dereference(ovl->conf);
	/* A VNI that the device is about to have, or has had */
	if (unlikely(entry->vni != conf->vni && !conf->vnifilter)) {
		cause = OVL_PORT_RX_VNI;
		goto drop_port;
	}
	ovl_recv_source(skb, sk->sk_family, ovl, conf, &src);
	src.traffic = entry->traffic;
	cause = ovl_recv_check_rules(skb, sk->sk_family, ovl, conf, &src, gh,
				     &mark);
	if (unlikely(cause == OVL_RX_OAM))
		ovl_oam_tell(ovl, skb, &src.addr, gh);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;
	if (unlikely(conf->reflect))
		local = ovl_recv_addr(sk->sk_family, &ip_hdr(skb)->daddr,
				      &ipv6_hdr(skb)->daddr);
	if (conf->external) {
		tun = ovl_metadata_write(skb, sk->sk_family, gh);
		cause = OVL_RX_NOMEM;
		if (unlikely(!tun))
			goto drop_dev;
	}
	outer = ovl_recv_dsfield(skb, sk->sk_family);
	cause = ovl_recv_decap(skb, ovl, conf, gh);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;
	cause = ovl_recv_ecn(skb, ovl, conf, outer, &inner);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;
	cause = ovl_recv_learn(skb, ovl, conf, vni, &src);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;

	if (unlikely(conf->has_markopt))
		skb->mark = mark;
	if (unlikely(conf->reflect))
		ovl_recv_remember(skb, ovl, conf, &src, &local, &inner);
	if (tun)
		skb_dst_set(skb, &tun->dst);
	ovl_recv_deliver(skb, ovl, conf, &src, &inner);
	return 0;

drop_dev:
	if (tun)
		dst_release(&tun->dst);
	ovl_recv_drop(skb, ovl, &src, cause);
	return 0;
drop_port:
	ovl_stats_drop(ovl_sock_counters(os), skb->dev, skb, cause);
	return 0;
}

/**
 * ovl_recv_bypass() - receive a frame from a device of the same host
 * @skb: the frame, as ovl_xmit() got it; given away if true is returned
 * @ovl: device that shall receive it
 * @from: device that sends it
 * @addr: address that it would be sent from
 *
 * What the receiving device would not accept takes the long way, to be counted
 * there, and so does what it would learn more of than a MAC.
 *
 * Context: bottom halves off, RCU.
 * Return: true if @ovl has received it.
 */
bool ovl_recv_bypass(struct sk_buff *skb, struct ovl_dev *ovl,
		     const struct ovl_dev *from, const struct ovl_addr *addr)
{
	const struct ovl_conf *conf = rcu_dereference(ovl->conf);
	bool xnet = !net_eq(dev_net(ovl->dev), dev_net(from->dev));
	struct ovl_source src = { .addr = *addr };
	int cause = OVL_PASS;

	src.peer = ovl_recv_peer(ovl, conf, addr);
	if (!(ovl->dev->flags & IFF_UP) || conf->l3 || conf->external ||
	    conf->has_markopt || conf->reflect ||
	    (conf->srccheck && !src.peer))
		return false;

	skb_orphan(skb);
	skb_scrub_packet(skb, xnet);
	skb_dst_drop(skb);
	skb->encapsulation = 0;
	skb->protocol = eth_type_trans(skb, ovl->dev);
	skb_reset_network_header(skb);
	if (ether_addr_equal(eth_hdr(skb)->h_source, ovl->dev->dev_addr))
		cause = OVL_RX_OWN_MAC;
	else
		cause = ovl_recv_learn(skb, ovl, conf, conf->vni, &src);
	if (cause != OVL_PASS) {
		ovl_recv_drop(skb, ovl, &src, cause);
		return true;
	}
	ovl_nested_mark(skb, dev_net(ovl->dev));
	ovl_recv_count(skb->len, ovl, conf, &src);
	netif_rx(skb);
	return true;
}

/* Is a packet that an ICMP error quotes one that the device sends? */
static bool ovl_recv_quote_ok(const struct sk_buff *skb, sa_family_t family,
			      struct ovl_dev *ovl, const struct ovl_conf *conf)
{
	struct ovl_addr dst = ovl_recv_addr(family, &ip_hdr(skb)->daddr,
					    &ipv6_hdr(skb)->daddr);
	const struct udphdr *uh = udp_hdr(skb);
	u16 sport = ntohs(uh->source);

	/* Metadata and flows may name any endpoint and port */
	if (conf->external || conf->reflect)
		return true;
	return ovl_peer_has_port(ovl, conf, &dst, uh->dest) &&
	       sport >= conf->sport_min && sport <= conf->sport_max;
}

/**
 * ovl_recv_err_lookup() - is an ICMP error ours?  As encap_err_lookup
 * @sk: socket bound to the port that the quoted packet went to
 * @skb: the error; network and transport header are those of the quote
 *
 * RFC 8926 section 3.3 and RFC 6936 section 4, rule 10: an error changes
 * nothing unless the quoted packet can have been sent by one of our devices.
 * UDP then does what is due, and learns the path MTU.
 *
 * Context: softirq, RCU.
 * Return: 0 if it is.
 */
static int ovl_recv_err_lookup(struct sock *sk, struct sk_buff *skb)
{
	const struct geneve_hdr *gh;
	const struct ovl_vni *entry;
	struct ovl_sock *os;

	os = rcu_dereference_sk_user_data(sk);
	if (!os)
		return -ENOENT;
	if (!pskb_may_pull(skb, skb_transport_offset(skb) + OVL_BASE_HLEN))
		return -EINVAL;

	gh = ovl_recv_header(skb);
	if (geneve_version(gh) != GENEVE_VERSION)
		return -EINVAL;
	entry = ovl_vni_find(os, geneve_vni(gh), skb, true);
	if (!entry)
		return -ENOENT;
	if (!ovl_recv_quote_ok(skb, sk->sk_family, entry->ovl,
			       rcu_dereference(entry->ovl->conf)))
		return -ENOENT;
	return 0;
}

/* What sock.c puts into its sockets */
const struct ovl_sock_ops ovl_recv_ops = {
	.rcv		= ovl_recv,
	.err_lookup	= ovl_recv_err_lookup,
	.gro_receive	= ovl_gro_receive,
	.gro_complete	= ovl_gro_complete,
};
