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
#include <net/gro_cells.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>

#include "ecn.h"
#include "gro.h"
#include "inner.h"
#include "nested.h"
#include "ovl.h"
#include "recv.h"
#include "sock.h"

#define OVL_BASE_HLEN (sizeof(struct udphdr) + sizeof(struct geneve_hdr))

/* No cause: the packet goes on */
#define OVL_PASS -1

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

static int ovl_recv_check_opts(const struct geneve_hdr *gh)
{
	switch (geneve_opts_check(gh)) {
	case GENEVE_OPTS_OK:
		return OVL_PASS;
	case GENEVE_OPTS_MALFORMED:
		return OVL_RX_OPT_MALFORMED;
	case GENEVE_OPTS_CRITICAL:
		return OVL_RX_OPT_CRITICAL;
	case GENEVE_OPTS_MISMATCH:
		return OVL_RX_OPT_MISMATCH;
	}
	return OVL_PASS;
}

static bool ovl_recv_proto_ok(const struct ovl_conf *conf, __be16 proto)
{
	if (conf->l3)
		return proto == htons(ETH_P_IP) || proto == htons(ETH_P_IPV6);
	return proto == htons(GENEVE_PROTO_ETHERNET);
}

/* A change of the underlay's family may leave packets of the old one behind */
static bool ovl_recv_source_ok(const struct sk_buff *skb, sa_family_t family,
			       const struct ovl_conf *conf)
{
	if (family != conf->remote.family)
		return false;
	if (family == AF_INET)
		return ip_hdr(skb)->saddr == conf->remote.v4;
	return ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &conf->remote.v6);
}

/* What the device's configuration and state make of a packet */
static int ovl_recv_check_rules(const struct sk_buff *skb, sa_family_t family,
				const struct ovl_dev *ovl,
				const struct ovl_conf *conf,
				const struct geneve_hdr *gh)
{
	bool zero_csum6 = family == AF_INET6 && !udp_hdr(skb)->check;
	int cause;

	if (!(ovl->dev->flags & IFF_UP))
		return OVL_RX_DOWN;
	if (zero_csum6 && !conf->zero_csum6_rx)
		return OVL_RX_ZERO_CSUM6;
	/* RFC 8926 section 4.3.1, item 3: a zero checksum asks for this check */
	if ((conf->srccheck || zero_csum6) &&
	    !ovl_recv_source_ok(skb, family, conf))
		return OVL_RX_SOURCE;
	if (!conf->over_ovl && ovl_nested_in(skb, ovl->net))
		return OVL_RX_NESTED;
	if (geneve_opts_len(gh)) {
		cause = ovl_recv_check_opts(gh);
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

/* RFC 6040 section 4.2, also for an IP header behind VLAN tags */
static int ovl_recv_ecn(struct sk_buff *skb, const struct ovl_dev *ovl,
			const struct ovl_conf *conf, u8 outer)
{
	const struct ovl_ecn_cell *cell;
	struct ovl_inner inner;
	u8 dsfield;

	if (!ovl_inner_find(skb, 0, skb->protocol, &inner) || !inner.proto)
		return conf->l3 ? OVL_RX_INNER_SHORT : OVL_PASS;

	dsfield = ovl_inner_dsfield(skb, &inner);
	cell = ovl_ecn_decap(dsfield, outer);
	if (cell->drop)
		return cell->cause;
	if (cell->event)
		ovl_stats_count(ovl->counters, cell->cause);
	if (cell->out == (dsfield & INET_ECN_MASK))
		return OVL_PASS;
	return ovl_recv_write_ecn(skb, inner.offset, inner.proto, cell->out);
}

static void ovl_recv_deliver(struct sk_buff *skb, struct ovl_dev *ovl)
{
	unsigned int len = skb->len;

	ovl_nested_mark(skb, dev_net(ovl->dev));
	if (likely(gro_cells_receive(&ovl->gro_cells, skb) == NET_RX_SUCCESS))
		dev_sw_netstats_rx_add(ovl->dev, len);
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
	struct ovl_sock *os;
	struct ovl_dev *ovl;
	u8 outer;
	int cause;

	os = rcu_dereference_sk_user_data(sk);
	if (unlikely(!os)) {
		/* The last device has gone this moment */
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
		return 0;
	}

	cause = ovl_recv_check_header(skb);
	if (unlikely(cause != OVL_PASS))
		goto drop_port;
	gh = ovl_recv_header(skb);
	ovl = ovl_vni_find(os, geneve_vni(gh), skb, false);
	if (unlikely(!ovl)) {
		cause = OVL_PORT_RX_VNI;
		goto drop_port;
	}

	conf = rcu_dereference(ovl->conf);
	cause = ovl_recv_check_rules(skb, sk->sk_family, ovl, conf, gh);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;
	outer = ovl_recv_dsfield(skb, sk->sk_family);
	cause = ovl_recv_decap(skb, ovl, conf, gh);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;
	cause = ovl_recv_ecn(skb, ovl, conf, outer);
	if (unlikely(cause != OVL_PASS))
		goto drop_dev;

	ovl_recv_deliver(skb, ovl);
	return 0;

drop_dev:
	ovl_stats_drop(ovl->counters, ovl->dev, skb, cause);
	return 0;
drop_port:
	ovl_stats_drop(ovl_sock_counters(os), skb->dev, skb, cause);
	return 0;
}

/* Is a packet that an ICMP error quotes one that the device sends? */
static bool ovl_recv_quote_ok(const struct sk_buff *skb, sa_family_t family,
			      const struct ovl_conf *conf)
{
	const struct udphdr *uh = udp_hdr(skb);
	struct ovl_addr dst = { .family = family };
	u16 sport = ntohs(uh->source);

	if (family == AF_INET)
		dst.v4 = ip_hdr(skb)->daddr;
	else
		dst.v6 = ipv6_hdr(skb)->daddr;

	return ovl_addr_equal(&dst, &conf->remote) &&
	       uh->dest == conf->dstport &&
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
	struct ovl_sock *os;
	struct ovl_dev *ovl;

	os = rcu_dereference_sk_user_data(sk);
	if (!os)
		return -ENOENT;
	if (!pskb_may_pull(skb, skb_transport_offset(skb) + OVL_BASE_HLEN))
		return -EINVAL;

	gh = ovl_recv_header(skb);
	if (geneve_version(gh) != GENEVE_VERSION)
		return -EINVAL;
	ovl = ovl_vni_find(os, geneve_vni(gh), skb, true);
	if (!ovl)
		return -ENOENT;
	if (!ovl_recv_quote_ok(skb, sk->sk_family, rcu_dereference(ovl->conf)))
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
