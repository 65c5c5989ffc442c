/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peers: remote endpoints, interned per device: who asks for the same address,
 * port, VNI and underlay device gets the same peer.  Route, options and counters
 * live here, so that a million FDB entries toward a thousand hosts hold a thousand
 * of them.
 */
#ifndef _OVL_PEER_H
#define _OVL_PEER_H

#include <linux/refcount.h>

#include "ovl.h"
#include "route.h"

/* ovl_peer_key.vni: the device's own */
#define OVL_VNI_OWN	U32_MAX

/**
 * struct ovl_peer_key - what tells peers of a device apart
 * @addr: address
 * @ifindex: underlay device sent through; 0: the device's own
 * @vni: VNI sent; OVL_VNI_OWN: the device's own
 * @port: UDP port sent to; 0: the device's own
 */
struct ovl_peer_key {
	struct ovl_addr	addr;
	u32		ifindex;
	u32		vni;
	__be16		port;
};

/**
 * enum ovl_dest_kind - what an FDB entry leads to
 * @OVL_DEST_PEER: struct ovl_peer
 * @OVL_DEST_LIST: struct ovl_dest_list, of fdb_dest.c: each of several peers
 * @OVL_DEST_NEXTHOP: struct ovl_nh_user, of nexthop.c: one of several peers
 */
enum ovl_dest_kind {
	OVL_DEST_PEER,
	OVL_DEST_LIST,
	OVL_DEST_NEXTHOP,
};

/**
 * struct ovl_dest - first member of what an FDB entry may lead to
 * @kind: which of them this is
 */
struct ovl_dest {
	enum ovl_dest_kind	kind;
};

/**
 * struct ovl_peer - a remote endpoint
 * @dest: for FDB entries that lead here
 * @id: number in ovl_peers.by_id; constant, as all that stands above
 * @key: what it is; constant
 * @cache: the last route to it
 * @traffic: counters
 * @opts: options of its own, which may be none; NULL: the device's.  Written
 *	under RTNL and ovl_peers.lock, read under RCU
 * @refs: of FDB entries, configurations and nexthops; from 0 there is no way
 *	back
 * @ovl: whose it is; constant
 * @node: in ovl_peers.by_addr
 * @rcu: for the grace period after the last reference
 */
struct ovl_peer {
	struct ovl_dest			dest;
	u32				id;
	struct ovl_peer_key		key;
	struct ovl_route_cache		cache;
	struct ovl_traffic __percpu	*traffic;
	struct ovl_opts __rcu		*opts;
	refcount_t			refs;
	struct ovl_dev			*ovl;
	struct rhlist_head		node;
	struct rcu_head			rcu;
};

int ovl_peers_init(struct ovl_dev *ovl);
void ovl_peers_destroy(struct ovl_dev *ovl);
void ovl_peers_forget_routes(struct ovl_dev *ovl);

struct ovl_peer *ovl_peer_get(struct ovl_dev *ovl,
			      const struct ovl_peer_key *key, gfp_t gfp);
void ovl_peer_hold(struct ovl_peer *peer);
void ovl_peer_put(struct ovl_peer *peer);
struct ovl_peer *ovl_peer_find(struct ovl_dev *ovl,
			       const struct ovl_addr *addr);
struct ovl_peer *ovl_peer_find_key(struct ovl_dev *ovl,
				   const struct ovl_peer_key *key);
bool ovl_peer_has_port(struct ovl_dev *ovl, const struct ovl_conf *conf,
		       const struct ovl_addr *addr, __be16 port);
int ovl_peer_set_opts(struct ovl_dev *ovl, const struct ovl_peer_key *key,
		      struct ovl_opts *opts);
bool ovl_peers_have_opts(const struct ovl_dev *ovl);
unsigned int ovl_peers_longest_opts(const struct ovl_dev *ovl);

/* A key that differs from others in the address alone */
static inline struct ovl_peer_key
ovl_peer_key_of(const struct ovl_addr *addr, u32 ifindex)
{
	return (struct ovl_peer_key) {
		.addr = *addr, .ifindex = ifindex, .vni = OVL_VNI_OWN,
	};
}

static inline struct ovl_peer *ovl_dest_peer(struct ovl_dest *dest)
{
	return container_of(dest, struct ovl_peer, dest);
}

static inline enum ovl_family ovl_peer_family(const struct ovl_peer *peer)
{
	return ovl_family_of(peer->key.addr.family);
}

/* Is a default endpoint more than that and a part of the flood list? */
static inline bool ovl_peer_is_shared(const struct ovl_peer *peer)
{
	return refcount_read(&peer->refs) > 2;
}

/* The port that a peer is sent to */
static inline __be16 ovl_peer_port(const struct ovl_peer *peer,
				   const struct ovl_conf *conf)
{
	return peer->key.port ? : conf->dstport;
}

/* What a packet for a peer asks of its route, besides what is its own */
static inline void ovl_peer_route(const struct ovl_peer *peer,
				  const struct ovl_conf *conf,
				  struct ovl_route_key *key)
{
	key->addr = &peer->key.addr;
	key->local = &conf->local;
	key->ifindex = peer->key.ifindex ? : conf->link;
	key->dport = ovl_peer_port(peer, conf);
}

/* The VNI that a peer is sent, which may be the frame's own */
static inline u32 ovl_peer_vni(const struct ovl_peer *peer, u32 own)
{
	return peer->key.vni == OVL_VNI_OWN ? own : peer->key.vni;
}

/* The options that a peer is sent; NULL: none.  Under RCU */
static inline const struct ovl_opts *
ovl_peer_opts(const struct ovl_peer *peer, const struct ovl_conf *conf)
{
	const struct ovl_opts *own = rcu_dereference(peer->opts);

	return own ? : conf->opts;
}

#endif /* _OVL_PEER_H */
