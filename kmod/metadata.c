// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnel metadata of external devices: the outer headers as the rest of the
 * kernel knows them (tc, routes, BPF, bridges).
 *
 * xmit.c reads what came with a packet, recv.c writes what goes along with one.
 */
#include <linux/jhash.h>
#include <linux/percpu.h>
#include <net/dst_metadata.h>
#include <net/ip_tunnels.h>

#include "compat/compat.h"
#include "metadata.h"
#include "stats.h"

/* What was written last, per CPU, by the flow it came with */
#define OVL_METADATA_SLOTS	8

/**
 * struct ovl_metadata_cache - metadata that may be used again
 * @slot: a reference to each, or NULL
 *
 * Of this CPU alone, in softirq.  Packets of a flow come in a row with the same
 * header; nobody changes metadata that came with a packet.
 */
struct ovl_metadata_cache {
	struct metadata_dst	*slot[OVL_METADATA_SLOTS];
};

static DEFINE_PER_CPU(struct ovl_metadata_cache, ovl_metadata_cache);

static int ovl_metadata_read_opts(struct ip_tunnel_info *info,
				  const struct ovl_conf *conf,
				  struct ovl_outer *outer)
{
	outer->opts = NULL;
	outer->opts_len = 0;
	outer->critical = false;
	if (!info->options_len ||
	    !ovl_compat_tun_flag(&info->key, GENEVE_OPT))
		return OVL_PASS;
	if (!geneve_opts_sendable(ip_tunnel_info_opts(info),
				  info->options_len, &outer->critical))
		return OVL_TX_OPT_MALFORMED;
	if (info->options_len > conf->optmax)
		return OVL_TX_OPT_TOO_LONG;
	outer->opts = ip_tunnel_info_opts(info);
	outer->opts_len = info->options_len;
	return OVL_PASS;
}

static void ovl_metadata_read_addrs(const struct ip_tunnel_info *info,
				    struct ovl_addr addrs[2])
{
	const struct ip_tunnel_key *key = &info->key;

	memset(addrs, 0, 2 * sizeof(*addrs));
	if (ip_tunnel_info_af(info) == AF_INET6) {
		addrs[0].v6 = key->u.ipv6.dst;
		addrs[1].v6 = key->u.ipv6.src;
		if (!ipv6_addr_any(&addrs[0].v6))
			addrs[0].family = AF_INET6;
		if (!ipv6_addr_any(&addrs[1].v6))
			addrs[1].family = AF_INET6;
	} else {
		addrs[0].v4 = key->u.ipv4.dst;
		addrs[1].v4 = key->u.ipv4.src;
		if (addrs[0].v4)
			addrs[0].family = AF_INET;
		if (addrs[1].v4)
			addrs[1].family = AF_INET;
	}
}

/*
 * Over IPv6 a checksum is left out only if the device is allowed to as well:
 * RFC 6935 section 5 wants that to be chosen for a port, and a metadata that
 * says nothing of checksums has not chosen.
 */
static bool ovl_metadata_csum(const struct ip_tunnel_key *key,
			      const struct ovl_conf *conf, sa_family_t family)
{
	return ovl_compat_tun_flag(key, CSUM) ||
	       (family == AF_INET6 && !conf->zero_csum6_tx);
}

/**
 * ovl_metadata_read() - take the outer headers from metadata
 * @info: the metadata
 * @conf: configuration of the device
 * @outer: what the frame and the device say, which stays where the metadata
 *	says nothing
 * @addrs: set to destination and source, either of which may be of no family;
 *	@outer points to it
 *
 * Context: bottom halves off, RCU; @outer then is valid as long as these.
 * Return: OVL_PASS or the cause to drop the packet.
 */
int ovl_metadata_read(struct ip_tunnel_info *info,
		      const struct ovl_conf *conf, struct ovl_outer *outer,
		      struct ovl_addr addrs[2])
{
	const struct ip_tunnel_key *key = &info->key;
	struct ovl_route_key *route = &outer->route;

	ovl_metadata_read_addrs(info, addrs);
	if (!addrs[0].family)
		return OVL_PASS;
	route->addr = &addrs[0];
	route->local = addrs[1].family ? &addrs[1] : &conf->local;
	route->ifindex = conf->link;
	route->dport = key->tp_dst ? : conf->dstport;
	if (key->tp_src)
		route->sport = key->tp_src;
	if (key->tos)
		route->dsfield = (key->tos & ~INET_ECN_MASK) |
				 (route->dsfield & INET_ECN_MASK);
	route->label = key->label;
	if (key->ttl)
		outer->ttl = key->ttl;
	if (ovl_compat_tun_flag(key, DONT_FRAGMENT))
		outer->df = true;
	else if (!conf->df_given)
		outer->df = false;
	outer->csum = ovl_metadata_csum(key, conf, addrs[0].family);
	return ovl_metadata_read_opts(info, conf, outer);
}

/* Does metadata say what has come with a packet, options included? */
static bool ovl_metadata_says(struct metadata_dst *tun,
			      const struct sk_buff *skb, sa_family_t family,
			      __be64 id, const struct geneve_hdr *gh)
{
	struct ip_tunnel_info *info = &tun->u.tun_info;
	const struct ip_tunnel_key *key = &info->key;
	const struct udphdr *uh = udp_hdr(skb);
	const struct ipv6hdr *ip6h;
	const struct iphdr *iph;

	if (ip_tunnel_info_af(info) != family || key->tun_id != id ||
	    key->tp_src != uh->source || key->tp_dst != uh->dest ||
	    !ovl_compat_tun_flag(key, CSUM) != !uh->check ||
	    !ovl_compat_tun_flag(key, CRIT_OPT) !=
	    !(gh->flags & GENEVE_FLAG_CRITICAL) ||
	    info->options_len != geneve_opts_len(gh) ||
	    memcmp(ip_tunnel_info_opts(info), gh + 1,
		   info->options_len))
		return false;

	if (family == AF_INET) {
		iph = ip_hdr(skb);
		return key->u.ipv4.src == iph->saddr &&
		       key->u.ipv4.dst == iph->daddr &&
		       key->tos == iph->tos && key->ttl == iph->ttl &&
		       !ovl_compat_tun_flag(key, DONT_FRAGMENT) ==
		       !(iph->frag_off & htons(IP_DF));
	}
	ip6h = ipv6_hdr(skb);
	return ipv6_addr_equal(&key->u.ipv6.src, &ip6h->saddr) &&
	       ipv6_addr_equal(&key->u.ipv6.dst, &ip6h->daddr) &&
	       key->tos == ipv6_get_dsfield(ip6h) &&
	       key->ttl == ip6h->hop_limit &&
	       key->label == ip6_flowlabel(ip6h);
}

static struct metadata_dst *ovl_metadata_make(struct sk_buff *skb,
					      sa_family_t family, __be64 id,
					      const struct geneve_hdr *gh)
{
	unsigned int len = geneve_opts_len(gh);
	struct metadata_dst *tun;

	tun = ovl_compat_tun_rx_dst(skb, family, id, len);
	if (!tun)
		return NULL;
	ovl_compat_tun_set_flag(&tun->u.tun_info.key, KEY);
	if (gh->flags & GENEVE_FLAG_CRITICAL)
		ovl_compat_tun_set_flag(&tun->u.tun_info.key, CRIT_OPT);
	/* As newer kernels do, of what came over IPv4 */
	if (family == AF_INET && ip_hdr(skb)->frag_off & htons(IP_DF))
		ovl_compat_tun_set_flag(&tun->u.tun_info.key, DONT_FRAGMENT);
	if (len)
		ovl_compat_tun_opts_set(&tun->u.tun_info, gh + 1, len);
	return tun;
}

/**
 * ovl_metadata_write() - the header of a packet as metadata
 * @skb: the packet, outer headers in place
 * @family: of the outer addresses
 * @gh: its Geneve header, options included
 *
 * Context: softirq.
 * Return: a reference for the caller to hand on or to release, or NULL if there
 * is no memory.
 */
struct metadata_dst *ovl_metadata_write(struct sk_buff *skb,
					sa_family_t family,
					const struct geneve_hdr *gh)
{
	__be64 id = key32_to_tunnel_id(cpu_to_be32(geneve_vni(gh)));
	u32 hash = (__force u32)udp_hdr(skb)->source ^ geneve_vni(gh);
	struct metadata_dst **slot, *tun;

	hash = reciprocal_scale(hash * GOLDEN_RATIO_32, OVL_METADATA_SLOTS);
	slot = &this_cpu_ptr(&ovl_metadata_cache)->slot[hash];
	tun = *slot;
	if (tun && ovl_metadata_says(tun, skb, family, id, gh)) {
		dst_hold(&tun->dst);
		return tun;
	}
	tun = ovl_metadata_make(skb, family, id, gh);
	if (!tun)
		return NULL;
	if (*slot)
		dst_release(&(*slot)->dst);
	dst_hold(&tun->dst);
	*slot = tun;
	return tun;
}

/**
 * ovl_metadata_forget() - free what is kept to be used again
 *
 * Context: process; no packet is received any more.
 */
void ovl_metadata_forget(void)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ovl_metadata_cache *cache;

		cache = per_cpu_ptr(&ovl_metadata_cache, cpu);
		for (i = 0; i < OVL_METADATA_SLOTS; i++) {
			if (cache->slot[i])
				dst_release(&cache->slot[i]->dst);
			cache->slot[i] = NULL;
		}
	}
}
