// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving around what IP and UDP would do nothing with.
 *
 * Between netfilter's first and second look at a datagram the stack finds its
 * route, and behind the second one its socket.  For the next datagram from the
 * same host nothing of that is new, as a rule; so a hook that stands last in
 * PRE_ROUTING remembers what became of the last one, and hands the next one to
 * its socket itself.  All that could make a difference is looked at for each
 * datagram, and whatever is found sends it the ordinary way: ovl_lean_is_open()
 * lists the reasons that are the namespace's, ovl_lean_is_plain() those that are
 * the packet's.
 *
 * What is remembered was seen in two steps, so that a change between them is
 * noticed: the hook writes down the state of the world that the route will be
 * looked up in, and ovl_lean_note(), which the same packet calls when it has
 * arrived at its socket, makes a flow of it.
 *
 * sock.c tells when sockets come and go; recv.c notes.
 */
#include <linux/hashtable.h>
#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/raw.h>
#include <net/rawv6.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/xfrm.h>

#include "compat/compat.h"
#include "lean.h"

/* Flows that a CPU remembers, as a power of two */
#define OVL_LEAN_BITS	7

/**
 * struct ovl_lean_flow - what became of a datagram
 * @addr: source and destination address
 * @word: the same; over IPv4 both in the first one
 * @rest: ovl_lean_rest()
 * @sk: the socket that took it; there as long as @round is ovl_lean_round()
 * @dst: its route over IPv6, a reference; else NULL
 * @valid: by which @dst is known to be valid, over IPv4 the generation of routes
 * @round: ovl_lean_round() of when it was asked for
 * @n_socks: sockets in UDP's slot of the port, all of them ours
 */
struct ovl_lean_flow {
	union {
		struct in6_addr		addr[2];
		u64			word[4];
	};
	u64			rest;
	struct sock		*sk;
	struct dst_entry	*dst;
	u32			valid;
	u32			round;
	int			n_socks;
};

/**
 * struct ovl_lean_flows - the flows of a CPU, written in softirq
 * @flow: by hash; a newer one takes the place of the one that is there
 * @asked: the last one that was not there, as far as the hook knows it
 * @asked_by: the packet that it is about
 * @epoch: a new one begins when a family opens or closes: all flows are forgotten
 * @closed: by family: the last packet found that none may go around
 */
struct ovl_lean_flows {
	struct ovl_lean_flow	flow[1 << OVL_LEAN_BITS];
	struct ovl_lean_flow	asked;
	const struct sk_buff	*asked_by;
	u32			epoch;
	bool			closed[OVL_FAMILIES];
};

/**
 * struct ovl_lean - what a namespace remembers of what it received
 * @flows: of each CPU
 * @hook: of each family, while @hooked has its bit
 * @hooked: bits by enum ovl_family; RTNL
 * @ports: bits for the ports of its sockets; others may share them
 * @round: a new one begins with each socket that comes or goes; RTNL
 *
 * Lives from the first socket of a namespace to the grace period after the last.
 */
struct ovl_lean {
	struct ovl_lean_flows __percpu	*flows;
	struct nf_hook_ops		hook[OVL_FAMILIES];
	u8				hooked;
	u64				ports;
	u32				round;
};

/* The DS field has room where ECN is */
static u64 ovl_lean_rest(const struct sk_buff *skb, u8 family, u8 dsfield,
			 u8 rp_filter, __be16 port)
{
	u32 low = (u32)(__force u16)port << 16 |
		  ((dsfield & ~INET_ECN_MASK) | rp_filter) << 8 | family;

	return (u64)skb->dev->ifindex << 32 | low;
}

/* What of a flow is in its packets; false: the device has no IPv4 */
static bool ovl_lean_describe4(const struct sk_buff *skb, __be16 port,
			       struct ovl_lean_flow *flow)
{
	struct in_device *in_dev = __in_dev_get_rcu(skb->dev);
	const struct iphdr *iph = ip_hdr(skb);

	if (unlikely(!in_dev))
		return false;
	flow->word[0] = (u64)(__force u32)iph->saddr << 32 |
			(__force u32)iph->daddr;
	flow->word[1] = 0;
	flow->word[2] = 0;
	flow->word[3] = 0;
	flow->rest = ovl_lean_rest(skb, AF_INET, iph->tos,
				   min_t(u8, IN_DEV_RPFILTER(in_dev), 3), port);
	return true;
}

static void ovl_lean_describe6(const struct sk_buff *skb, __be16 port,
			       struct ovl_lean_flow *flow)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	flow->addr[0] = ip6h->saddr;
	flow->addr[1] = ip6h->daddr;
	flow->rest = ovl_lean_rest(skb, AF_INET6, ipv6_get_dsfield(ip6h), 0,
				   port);
}

static bool ovl_lean_is_same(const struct ovl_lean_flow *a,
			     const struct ovl_lean_flow *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] &&
	       a->word[2] == b->word[2] && a->word[3] == b->word[3] &&
	       a->rest == b->rest;
}

static struct ovl_lean_flow *ovl_lean_slot(struct ovl_lean_flows *flows,
					   const struct ovl_lean_flow *flow)
{
	u64 mix = flow->word[0] ^ flow->word[1] ^ flow->rest;

	return &flows->flow[hash_64(mix, OVL_LEAN_BITS)];
}

/* Both parts only grow, so the sum is new with each change of one of them */
static u32 ovl_lean_round(const struct ovl_lean *lean,
			  const struct ovl_lean_flows *flows)
{
	/* Who sees the new round does not find the socket that has gone */
	return smp_load_acquire(&lean->round) + flows->epoch;
}

static void ovl_lean_next_round(struct ovl_lean *lean)
{
	/* A socket that goes is out of UDP's tables by now */
	smp_store_release(&lean->round, lean->round + 1);
}

/* A port of ours, or in rare cases another one */
static bool ovl_lean_is_our_port(const struct ovl_lean *lean, __be16 port)
{
	return READ_ONCE(lean->ports) & BIT_ULL(ntohs(port) % 64);
}

/* Does another hook, before or after the route was found, want to see it? */
static bool ovl_lean_is_hooked(struct nf_hook_entries __rcu * const *hooks)
{
	const struct nf_hook_entries *entries;

	entries = rcu_dereference(hooks[NF_INET_PRE_ROUTING]);
	return !entries || entries->num_hook_entries != 1 ||
	       rcu_access_pointer(hooks[NF_INET_LOCAL_IN]);
}

/* Is there an IPsec policy that might ask for more than a plain packet? */
static bool ovl_lean_has_policy(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_IN] ||
	       net->xfrm.policy_default[XFRM_POLICY_IN] ==
	       XFRM_USERPOLICY_BLOCK;
#else
	return false;
#endif
}

/* Programs that choose another socket */
static bool ovl_lean_has_program(const struct net *net)
{
	return rcu_access_pointer(net->bpf.run_array[NETNS_BPF_SK_LOOKUP]);
}

/* Rules by which a route may depend on more than a flow has */
static bool ovl_lean_has_rules4(const struct net *net)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	return net->ipv4.fib_has_custom_rules;
#else
	return false;
#endif
}

static bool ovl_lean_has_rules6(const struct net *net)
{
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	return net->ipv6.fib6_has_custom_rules;
#else
	return false;
#endif
}

/* Raw sockets get a copy of what they are bound to */
static bool ovl_lean_has_raw(const struct net *net,
			     const struct raw_hashinfo *raw)
{
	return !hlist_empty(&raw->ht[raw_hashfunc(net, IPPROTO_UDP)]);
}

/*
 * May packets of this namespace and family go around at all?  Nothing stands in
 * the way that sees all of them, or chooses where they go.
 */
static bool ovl_lean_is_open(const struct net *net, enum ovl_family family)
{
	if (!READ_ONCE(ovl_lean) || ovl_lean_has_policy(net) ||
	    ovl_lean_has_program(net))
		return false;
	return family == OVL_IPV4 ?
	       !ovl_lean_is_hooked(net->nf.hooks_ipv4) &&
	       !ovl_lean_has_rules4(net) &&
	       !ovl_lean_has_raw(net, &raw_v4_hashinfo) :
	       !ovl_lean_is_hooked(net->nf.hooks_ipv6) &&
	       !ovl_lean_has_rules6(net) &&
	       !ovl_lean_has_raw(net, &raw_v6_hashinfo);
}

/*
 * The same, and take notice of it.  What comes behind a packet on the ordinary way
 * must not overtake it, so nothing that was known before is known afterwards.
 */
static bool ovl_lean_see_if_open(struct ovl_lean_flows *flows,
				 const struct net *net, enum ovl_family family)
{
	bool open = ovl_lean_is_open(net, family);

	if (unlikely(flows->closed[family] == open)) {
		flows->closed[family] = !open;
		flows->asked_by = NULL;
		flows->epoch++;
	}
	return open;
}

/*
 * Is this a packet that came in by a device, for this host, that nobody has done
 * anything to, bridges and IPsec included?  (IP would copy what is still a user's
 * memory, and the head with it.)
 */
static bool ovl_lean_is_untouched(struct sk_buff *skb)
{
	return skb->pkt_type == PACKET_HOST && !skb_dst(skb) && !skb->sk &&
	       !skb_nfct(skb) && !skb_has_extensions(skb) && !skb_zcopy(skb) &&
	       !netif_is_l3_slave(skb->dev) && !netif_is_l3_master(skb->dev);
}

/*
 * Nor would IP and UDP do anything to it: the UDP header, behind a network header
 * of so many bytes, names the length that the packet has, and the checksum needs
 * no sum.  What UDP segments again before its sockets see it is not of this kind.
 */
static bool ovl_lean_is_plain(struct sk_buff *skb, unsigned int offset)
{
	const struct udphdr *uh = (const void *)(skb_network_header(skb) +
						 offset);

	return ovl_lean_is_untouched(skb) &&
	       ntohs(uh->len) == skb->len - offset &&
	       (!uh->check || skb_csum_unnecessary(skb)) &&
	       !(skb_is_gso(skb) && skb_shinfo(skb)->gso_type &
		 (SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST));
}

static struct udp_hslot *ovl_lean_udp_slot(struct net *net, __be16 port)
{
	return udp_hashslot(ovl_compat_udp_table(net), net, ntohs(port));
}

/* Is UDP's slot of the port as it was?  One socket more is for UDP to choose */
static bool ovl_lean_slot_is_same(struct net *net, __be16 port,
				  const struct ovl_lean_flow *flow)
{
	return READ_ONCE(ovl_lean_udp_slot(net, port)->count) == flow->n_socks;
}

static bool ovl_lean_is_valid(const struct ovl_lean_flow *flow,
			      const struct ovl_lean_flow *want)
{
	return flow->dst ? !!dst_check(flow->dst, flow->valid) :
			   flow->valid == want->valid;
}

/*
 * The flow as it is remembered, or NULL: then the packet goes the ordinary way,
 * and if it is a plain one it will tell what became of it.
 *
 * The kernel may show the hook a whole batch before it goes on with the first
 * packet.  So a flow with a packet on the ordinary way is forgotten: what comes
 * behind that one must not overtake it.
 */
static const struct ovl_lean_flow *ovl_lean_find(struct ovl_lean_flows *flows,
						 const struct sk_buff *skb,
						 const struct ovl_lean_flow *want,
						 struct net *net, __be16 port,
						 bool plain)
{
	struct ovl_lean_flow *flow = ovl_lean_slot(flows, want);
	bool known = ovl_lean_is_same(flow, want);

	if (likely(known && plain && flow->round == want->round &&
		   ovl_lean_is_valid(flow, want) &&
		   ovl_lean_slot_is_same(net, port, flow)))
		return flow;

	if (known)
		flow->round = want->round - 1;
	if (plain)
		flows->asked = *want;
	flows->asked_by = plain ? skb : NULL;
	return NULL;
}

/* Of fragments only the first tells the port, which is enough to know its flow */
static unsigned int ovl_lean_in4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int offset = ip_hdrlen(skb);
	const struct udphdr *uh = (const void *)iph + offset;
	const struct ovl_lean_flow *flow;
	struct ovl_lean_flow want __uninitialized;
	struct ovl_lean *lean = priv;
	struct net *net = state->net;
	struct ovl_lean_flows *flows;
	bool plain;

	if (iph->protocol != IPPROTO_UDP || iph->frag_off & htons(IP_OFFSET) ||
	    skb_headlen(skb) < offset + sizeof(*uh))
		return NF_ACCEPT;
	flows = this_cpu_ptr(lean->flows);
	if (!ovl_lean_is_our_port(lean, uh->dest) ||
	    !ovl_lean_see_if_open(flows, net, OVL_IPV4) ||
	    !ovl_lean_describe4(skb, uh->dest, &want))
		return NF_ACCEPT;

	want.valid = rt_genid_ipv4(net);
	want.round = ovl_lean_round(lean, flows);
	plain = offset == sizeof(*iph) && !ip_is_fragment(iph) &&
		ovl_lean_is_plain(skb, sizeof(*iph));
	flow = ovl_lean_find(flows, skb, &want, net, uh->dest, plain);
	if (!flow)
		return NF_ACCEPT;

	skb_clear_delivery_time(skb);
	__skb_pull(skb, sizeof(*iph));
	skb_checksum_init_zero_check(skb, IPPROTO_UDP, uh->check,
				     inet_compute_pseudo);
	if (uh->check)
		skb_checksum_try_convert(skb, IPPROTO_UDP,
					 inet_compute_pseudo);
	udp_sk(flow->sk)->encap_rcv(flow->sk, skb);
	__SNMP_INC_STATS(net->mib.udp_statistics, UDP_MIB_INDATAGRAMS);
	__IP_INC_STATS(net, IPSTATS_MIB_INDELIVERS);
	return NF_STOLEN;
}

/*
 * Where UDP begins, behind extension headers, too; -1: it does not begin here.
 * (Of a fragment behind the first no header is passed over.)
 */
static int ovl_lean_find_udp6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u8 nexthdr = ip6h->nexthdr;
	__be16 frag_off;
	int offset;

	if (likely(nexthdr == IPPROTO_UDP))
		return sizeof(*ip6h);
	offset = ipv6_skip_exthdr(skb, sizeof(*ip6h), &nexthdr, &frag_off);
	return nexthdr == IPPROTO_UDP ? offset : -1;
}

static unsigned int ovl_lean_in6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct ovl_lean_flow want __uninitialized;
	const struct ovl_lean_flow *flow;
	struct ovl_lean *lean = priv;
	struct net *net = state->net;
	struct ovl_lean_flows *flows;
	const struct udphdr *uh;
	struct inet6_dev *idev;
	int offset;
	bool plain;

	offset = ovl_lean_find_udp6(skb);
	if (offset < 0 || skb_headlen(skb) < offset + sizeof(*uh))
		return NF_ACCEPT;
	uh = (const void *)ip6h + offset;
	flows = this_cpu_ptr(lean->flows);
	if (!ovl_lean_is_our_port(lean, uh->dest) ||
	    !ovl_lean_see_if_open(flows, net, OVL_IPV6))
		return NF_ACCEPT;

	ovl_lean_describe6(skb, uh->dest, &want);
	want.valid = 0;
	want.round = ovl_lean_round(lean, flows);
	plain = offset == sizeof(*ip6h) &&
		ovl_lean_is_plain(skb, sizeof(*ip6h));
	flow = ovl_lean_find(flows, skb, &want, net, uh->dest, plain);
	if (!flow)
		return NF_ACCEPT;

	/* RCU has it, even if the flow gets another route meanwhile */
	idev = ip6_dst_idev(flow->dst);
	skb_clear_delivery_time(skb);
	__skb_pull(skb, sizeof(*ip6h));
	skb_postpull_rcsum(skb, ip6h, sizeof(*ip6h));
	skb_checksum_init_zero_check(skb, IPPROTO_UDP, uh->check,
				     ip6_compute_pseudo);
	if (uh->check)
		skb_checksum_try_convert(skb, IPPROTO_UDP, ip6_compute_pseudo);
	udp_sk(flow->sk)->encap_rcv(flow->sk, skb);
	__SNMP_INC_STATS(net->mib.udp_stats_in6, UDP_MIB_INDATAGRAMS);
	__IP6_INC_STATS(net, idev, IPSTATS_MIB_INDELIVERS);
	return NF_STOLEN;
}

/* Behind all others: what they do to a packet is done */
static const struct nf_hook_ops ovl_lean_hooks[OVL_FAMILIES] = {
	[OVL_IPV4] = {
		.hook		= ovl_lean_in4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= INT_MAX,
	},
	[OVL_IPV6] = {
		.hook		= ovl_lean_in6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= INT_MAX,
	},
};

/* The number of sockets in UDP's slot of a port, if all of them are ours; or 0 */
static int ovl_lean_count_socks(struct net *net, __be16 port,
				const struct sock *ours)
{
	struct udp_hslot *slot = ovl_lean_udp_slot(net, port);
	struct sock *sk;
	int n = 0;

	sk_for_each_rcu(sk, &slot->head) {
		if (!net_eq(sock_net(sk), net) ||
		    udp_sk(sk)->encap_rcv != udp_sk(ours)->encap_rcv)
			return 0;
		n++;
	}
	return n;
}

/* Does the route of a packet lead to this host, and do nothing else? */
static bool ovl_lean_route_is_local(const struct dst_entry *dst, u16 family)
{
	if (dst->lwtstate || dst_xfrm(dst))
		return false;
	if (family == AF_INET6)
		return dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
#ifdef CONFIG_IP_ROUTE_CLASSID
	if (dst->tclassid)
		return false;
#endif
	return dst_rtable(dst)->rt_type == RTN_LOCAL &&
	       !(dst_rtable(dst)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST));
}

/*
 * Is it about this packet that the hook asked?  One that went astray since may
 * have left its skb to another one, which did not pass the hook here.
 */
static bool ovl_lean_is_asked(const struct ovl_lean_flows *flows,
			      const struct sk_buff *skb, u16 family)
{
	struct ovl_lean_flow came;

	if (flows->asked_by != skb)
		return false;
	if (family == AF_INET6)
		ovl_lean_describe6(skb, udp_hdr(skb)->dest, &came);
	else if (!ovl_lean_describe4(skb, udp_hdr(skb)->dest, &came))
		return false;
	return ovl_lean_is_same(&came, &flows->asked);
}

static void ovl_lean_remember(struct ovl_lean_flows *flows,
			      const struct sk_buff *skb, struct sock *sk)
{
	struct ovl_lean_flow *flow = ovl_lean_slot(flows, &flows->asked);
	struct dst_entry *dst = skb_dst(skb);
	int n;

	n = ovl_lean_count_socks(sock_net(sk), udp_hdr(skb)->dest, sk);
	if (!n || !dst || !ovl_lean_route_is_local(dst, sk->sk_family))
		return;
	if (sk->sk_family == AF_INET6 && !dst_hold_safe(dst))
		return;

	dst_release(flow->dst);
	*flow = flows->asked;
	flow->sk = sk;
	flow->n_socks = n;
	flow->dst = NULL;
	if (sk->sk_family == AF_INET6) {
		flow->dst = dst;
		flow->valid = rt6_get_cookie(dst_rt6_info(dst));
	}
}

/**
 * ovl_lean_note() - a datagram has come to its socket
 * @skb: the datagram, UDP header first
 * @sk: the socket, one of ours
 *
 * If it came by the whole stack, the next one may not have to.
 *
 * Context: softirq, RCU.
 */
void ovl_lean_note(const struct sk_buff *skb, struct sock *sk)
{
	struct ovl_lean *lean = READ_ONCE(ovl_net_of(sock_net(sk))->lean);
	struct ovl_lean_flows *flows;

	if (!lean)
		return;
	flows = this_cpu_ptr(lean->flows);
	if (!ovl_lean_is_asked(flows, skb, sk->sk_family))
		return;
	flows->asked_by = NULL;
	ovl_lean_remember(flows, skb, sk);
}

static struct ovl_lean *ovl_lean_alloc(void)
{
	enum ovl_family family;
	struct ovl_lean *lean;

	lean = kzalloc(sizeof(*lean), GFP_KERNEL_ACCOUNT);
	if (!lean)
		return NULL;
	lean->flows = alloc_percpu_gfp(struct ovl_lean_flows,
				       GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!lean->flows) {
		kfree(lean);
		return NULL;
	}
	for (family = 0; family < OVL_FAMILIES; family++) {
		lean->hook[family] = ovl_lean_hooks[family];
		lean->hook[family].priv = lean;
	}
	return lean;
}

static void ovl_lean_free(struct ovl_lean *lean)
{
	struct ovl_lean_flows *flows;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		flows = per_cpu_ptr(lean->flows, cpu);
		for (i = 0; i < ARRAY_SIZE(flows->flow); i++)
			dst_release(flows->flow[i].dst);
	}
	free_percpu(lean->flows);
	kfree(lean);
}

/**
 * ovl_lean_come() - a namespace has one socket more
 * @net: the namespace
 * @family: of the socket
 * @port: of the socket
 *
 * Without memory packets go the ordinary way; so they do, and nothing is asked for
 * them, if the parameter says so and has said so since the first socket.
 *
 * Context: process, RTNL.
 */
void ovl_lean_come(struct net *net, enum ovl_family family, __be16 port)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_lean *lean;

	ASSERT_RTNL();
	if (!on->lean)
		/* The socket is there, and packets of it may be looking */
		smp_store_release(&on->lean, ovl_lean_alloc());
	lean = on->lean;
	if (!lean)
		return;
	WRITE_ONCE(lean->ports, lean->ports | BIT_ULL(ntohs(port) % 64));
	ovl_lean_next_round(lean);
	if (READ_ONCE(ovl_lean) && !(lean->hooked & BIT(family)) &&
	    !nf_register_net_hook(net, &lean->hook[family]))
		lean->hooked |= BIT(family);
}

/**
 * ovl_lean_going() - a namespace has one socket less
 * @net: the namespace
 * @family: of the socket, which has left UDP's tables and ovl_net.n_socks.  After
 *	a grace period no packet finds it by what is remembered, either
 *
 * Context: process, RTNL.
 */
void ovl_lean_going(struct net *net, enum ovl_family family)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_lean *lean = on->lean;

	ASSERT_RTNL();
	if (!lean)
		return;
	ovl_lean_next_round(lean);
	if (!on->n_socks[family] && lean->hooked & BIT(family)) {
		nf_unregister_net_hook(net, &lean->hook[family]);
		lean->hooked &= ~BIT(family);
	}
}

/**
 * ovl_lean_gone() - a namespace has had its last socket
 * @net: the namespace, a grace period after the last ovl_lean_going()
 *
 * Context: process, RTNL.
 */
void ovl_lean_gone(struct net *net)
{
	struct ovl_net *on = ovl_net_of(net);

	ASSERT_RTNL();
	if (on->lean)
		ovl_lean_free(on->lean);
	on->lean = NULL;
}
