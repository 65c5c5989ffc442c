// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of flows.
 *
 * Its size is what the user said, whoever sends: a table of sets with a few
 * places each, where a new flow takes the place of the one that was silent for
 * the longest time.  So there is nothing to age, and a packet of a known flow
 * takes no lock and allocates nothing.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/flow_dissector.h>

#include "geneve.h"
#include "reflect.h"

/* Places in a set */
#define OVL_REFLECT_WAYS	8
/* How often a flow notes that it is in use */
#define OVL_REFLECT_USED	(HZ / 4)

/**
 * struct ovl_reflect - the flows of a device
 * @refs: of configurations
 * @secret: of the hash, so that nobody can choose whose place a flow takes
 * @lock: taken to write @slot, bottom halves off
 * @sets: number of sets
 * @n: number of places, as the user said
 * @slot: OVL_REFLECT_WAYS places of each set, those of the first one first;
 *	read under RCU
 */
struct ovl_reflect {
	refcount_t		refs;
	siphash_key_t		secret;
	spinlock_t		lock;	/* guards @slot */
	u32			sets;
	u32			n;
	struct ovl_flow __rcu	*slot[];
};

/* flow_keys_dissector does not look into ICMP */
static const struct flow_dissector_key ovl_flow_keys[] = {
	{ FLOW_DISSECTOR_KEY_CONTROL, offsetof(struct flow_keys, control) },
	{ FLOW_DISSECTOR_KEY_BASIC, offsetof(struct flow_keys, basic) },
	{ FLOW_DISSECTOR_KEY_IPV4_ADDRS,
	  offsetof(struct flow_keys, addrs.v4addrs) },
	{ FLOW_DISSECTOR_KEY_IPV6_ADDRS,
	  offsetof(struct flow_keys, addrs.v6addrs) },
	{ FLOW_DISSECTOR_KEY_PORTS, offsetof(struct flow_keys, ports) },
	{ FLOW_DISSECTOR_KEY_ICMP, offsetof(struct flow_keys, icmp) },
};

static struct flow_dissector ovl_flow_dissector __ro_after_init;

/**
 * ovl_reflect_init() - before any device is made
 *
 * Context: process.
 */
void __init ovl_reflect_init(void)
{
	skb_flow_dissector_init(&ovl_flow_dissector, ovl_flow_keys,
				ARRAY_SIZE(ovl_flow_keys));
}

static struct ovl_reflect *ovl_reflect_new(u32 n)
{
	u32 sets = DIV_ROUND_UP(n, OVL_REFLECT_WAYS);
	struct ovl_reflect *reflect;

	reflect = kvzalloc(struct_size(reflect, slot,
				       (size_t)sets * OVL_REFLECT_WAYS),
			   GFP_KERNEL_ACCOUNT);
	if (!reflect)
		return NULL;
	refcount_set(&reflect->refs, 1);
	get_random_bytes(&reflect->secret, sizeof(reflect->secret));
	spin_lock_init(&reflect->lock);
	reflect->sets = sets;
	reflect->n = n;
	return reflect;
}

/**
 * ovl_reflect_resize() - give a configuration the memory that it asks for
 * @conf: has been told the number of flows
 *
 * What is remembered stays if the number stays.
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ovl_reflect_resize(struct ovl_conf *conf)
{
	struct ovl_reflect *reflect = NULL;

	if (conf->n_reflect == (conf->reflect ? conf->reflect->n : 0))
		return 0;
	/* Paid for by whoever asks, as all that a device's owner can make grow */
	if (conf->n_reflect) {
		reflect = ovl_reflect_new(conf->n_reflect);
		if (!reflect)
			return -ENOMEM;
	}
	if (conf->reflect)
		ovl_reflect_put(conf->reflect);
	conf->reflect = reflect;
	return 0;
}

/**
 * ovl_reflect_hold() - one more configuration has it
 * @reflect: of which another one has a reference
 *
 * Context: any.
 */
void ovl_reflect_hold(struct ovl_reflect *reflect)
{
	refcount_inc(&reflect->refs);
}

/**
 * ovl_reflect_put() - a configuration has it no more
 * @reflect: freed with the last reference: no packet uses it any more
 *
 * Context: process or softirq.
 */
void ovl_reflect_put(struct ovl_reflect *reflect)
{
	size_t i;

	if (!refcount_dec_and_test(&reflect->refs))
		return;
	for (i = 0; i < (size_t)reflect->sets * OVL_REFLECT_WAYS; i++)
		kfree(rcu_dereference_raw(reflect->slot[i]));
	kvfree(reflect);
}

/* The packet that an ICMP error quotes is of the flow that it is about */
static unsigned int ovl_flow_quote(const struct flow_keys *keys)
{
	u8 type = keys->icmp.type;

	switch (keys->basic.ip_proto) {
	case IPPROTO_ICMP:
		return icmp_is_err(type) ? sizeof(struct icmphdr) : 0;
	case IPPROTO_ICMPV6:
		return icmpv6_is_err(type) ? sizeof(struct icmp6hdr) : 0;
	default:
		return 0;
	}
}

static bool ovl_flow_dissect(const struct sk_buff *skb, __be16 proto,
			     int offset, struct flow_keys *keys)
{
	memset(keys, 0, sizeof(*keys));
	return __skb_flow_dissect(NULL, skb, &ovl_flow_dissector, keys,
				  skb->data, proto, offset, skb_headlen(skb),
				  FLOW_DISSECTOR_F_STOP_AT_ENCAP);
}

static void ovl_flow_set_addrs(struct ovl_flow_key *key,
			       const struct flow_keys *keys)
{
	if (key->family == AF_INET6) {
		key->addr[0] = keys->addrs.v6addrs.src;
		key->addr[1] = keys->addrs.v6addrs.dst;
	} else {
		key->addr[0].s6_addr32[0] = keys->addrs.v4addrs.src;
		key->addr[1].s6_addr32[0] = keys->addrs.v4addrs.dst;
	}
}

static void ovl_flow_set_ports(struct ovl_flow_key *key,
			       const struct flow_keys *keys)
{
	switch (key->proto) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* Only where the type has one: of an echo and its reply */
		key->port[0] = (__force __be16)keys->icmp.id;
		key->port[1] = key->port[0];
		break;
	default:
		key->port[0] = keys->ports.src;
		key->port[1] = keys->ports.dst;
	}
}

static void ovl_flow_sort(struct ovl_flow_key *key)
{
	int order = memcmp(&key->addr[0], &key->addr[1], sizeof(key->addr[0]));

	if (order > 0 ||
	    (!order && ntohs(key->port[0]) > ntohs(key->port[1]))) {
		swap(key->addr[0], key->addr[1]);
		swap(key->port[0], key->port[1]);
	}
}

/* Return: false if the payload is no IP packet */
static bool ovl_flow_key_of(const struct ovl_conf *conf,
			    const struct sk_buff *skb,
			    const struct ovl_inner *inner,
			    struct ovl_flow_key *key)
{
	unsigned int quote;
	struct flow_keys keys;

	if (!inner->proto ||
	    !ovl_flow_dissect(skb, inner->proto, inner->offset, &keys))
		return false;
	quote = ovl_flow_quote(&keys);
	if (quote && !ovl_flow_dissect(skb, inner->proto,
				       keys.control.thoff + quote, &keys))
		return false;

	memset(key, 0, sizeof(*key));
	key->family = inner->proto == htons(ETH_P_IPV6) ? AF_INET6 : AF_INET;
	key->proto = keys.basic.ip_proto;
	key->mark = conf->has_markopt ? skb->mark : 0;
	ovl_flow_set_addrs(key, &keys);
	ovl_flow_set_ports(key, &keys);
	ovl_flow_sort(key);
	return true;
}

static struct ovl_flow __rcu **
ovl_reflect_set(struct ovl_reflect *reflect, const struct ovl_flow_key *key)
{
	u64 hash = siphash(key, sizeof(*key), &reflect->secret);

	return &reflect->slot[(size_t)reciprocal_scale(hash, reflect->sets) *
			      OVL_REFLECT_WAYS];
}

static struct ovl_flow *ovl_reflect_lookup(struct ovl_flow __rcu **set,
					   const struct ovl_flow_key *key)
{
	struct ovl_flow *flow;
	unsigned int i;

	for (i = 0; i < OVL_REFLECT_WAYS; i++) {
		flow = rcu_dereference(set[i]);
		if (flow && !memcmp(&flow->key, key, sizeof(*key)))
			return flow;
	}
	return NULL;
}

/* Did a packet of a known flow come with what is remembered? */
static bool ovl_flow_is_same(const struct ovl_flow *a, const struct ovl_flow *b,
			     const void *opts)
{
	u8 sendable[GENEVE_OPTS_MAX];

	if (a->sport != b->sport || a->opts_len != b->opts_len ||
	    !ovl_addr_equal(&a->peer, &b->peer) ||
	    !ovl_addr_equal(&a->local, &b->local))
		return false;
	if (likely(!memcmp(a->opts, opts, a->opts_len)))
		return true;
	/* Nobody makes a flow a new one by R bits, which are not remembered */
	memcpy(sendable, opts, a->opts_len);
	geneve_opts_clear_rsvd(sendable, a->opts_len);
	return !memcmp(a->opts, sendable, a->opts_len);
}

/* Where a flow goes: its own place, an empty one, that of the longest silent */
static struct ovl_flow __rcu **
ovl_reflect_place(struct ovl_reflect *reflect, struct ovl_flow __rcu **set,
		  const struct ovl_flow_key *key)
{
	struct ovl_flow __rcu **place = NULL;
	unsigned long oldest = 0;
	struct ovl_flow *flow;
	unsigned int i;

	for (i = 0; i < OVL_REFLECT_WAYS; i++) {
		flow = rcu_dereference_protected(set[i],
						 lockdep_is_held(&reflect->lock));
		if (flow && !memcmp(&flow->key, key, sizeof(*key)))
			return &set[i];
		if (!flow) {
			if (!place || oldest != ULONG_MAX)
				place = &set[i];
			oldest = ULONG_MAX;
		} else if (!place || jiffies - READ_ONCE(flow->used) > oldest) {
			place = &set[i];
			oldest = jiffies - READ_ONCE(flow->used);
		}
	}
	return place;
}

/**
 * ovl_reflect_learn() - remember what a packet came with
 * @ovl: device that received it
 * @conf: the device's configuration, with reflect
 * @skb: the packet without outer headers, but its mark is set already
 * @inner: its network header
 * @came: outer header but for the options: peer, local, sport, opts_len,
 *	critical; not kept
 * @opts: options that it came with
 *
 * Context: softirq, RCU.
 */
void ovl_reflect_learn(const struct ovl_dev *ovl, const struct ovl_conf *conf,
		       const struct sk_buff *skb,
		       const struct ovl_inner *inner,
		       const struct ovl_flow *came, const void *opts)
{
	struct ovl_reflect *reflect = conf->reflect;
	struct ovl_flow *flow, *old;
	struct ovl_flow __rcu **set;
	struct ovl_flow __rcu **place;
	struct ovl_flow_key key;

	if (!ovl_flow_key_of(conf, skb, inner, &key))
		return;
	set = ovl_reflect_set(reflect, &key);
	old = ovl_reflect_lookup(set, &key);
	if (old && ovl_flow_is_same(old, came, opts)) {
		if (jiffies - READ_ONCE(old->used) > OVL_REFLECT_USED)
			WRITE_ONCE(old->used, jiffies);
		return;
	}

	flow = kmalloc(struct_size(flow, opts, came->opts_len),
		       GFP_ATOMIC | __GFP_NOWARN);
	if (!flow) {
		ovl_stats_count(ovl->counters, OVL_RX_FLOW_NOMEM);
		return;
	}
	*flow = *came;
	flow->key = key;
	flow->used = jiffies;
	memcpy(flow->opts, opts, came->opts_len);
	/* RFC 8926 section 3.5: not to be relayed */
	geneve_opts_clear_rsvd(flow->opts, came->opts_len);

	spin_lock_bh(&reflect->lock);
	place = ovl_reflect_place(reflect, set, &key);
	old = rcu_replace_pointer(*place, flow,
				  lockdep_is_held(&reflect->lock));
	spin_unlock_bh(&reflect->lock);
	if (!old)
		return;
	if (memcmp(&old->key, &key, sizeof(key)))
		ovl_stats_count(ovl->counters, OVL_RX_FLOW_EVICTED);
	kfree_rcu(old, rcu);
}

/**
 * ovl_reflect_find() - what packets of a flow came with
 * @conf: configuration with reflect
 * @skb: a packet to be sent
 * @inner: its network header
 *
 * Context: bottom halves off, RCU.
 * Return: the flow, as long as RCU is held, or NULL.
 */
const struct ovl_flow *ovl_reflect_find(const struct ovl_conf *conf,
					const struct sk_buff *skb,
					const struct ovl_inner *inner)
{
	struct ovl_flow_key key;

	if (!ovl_flow_key_of(conf, skb, inner, &key))
		return NULL;
	return ovl_reflect_lookup(ovl_reflect_set(conf->reflect, &key), &key);
}
