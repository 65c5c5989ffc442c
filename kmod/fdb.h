/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FDB: which peers a MAC address is behind.
 *
 * xmit.c asks it, recv.c teaches it, fdb_netlink.c writes and reads it for the
 * user, conf.c keeps the default peer in its flood list.
 *
 * fdb.c is the table; above it stands fdb_dest.c, which changes entries as they
 * are set and deleted; above conf.c fdb_request.c, which opens sockets for them.
 */
#ifndef _OVL_FDB_H
#define _OVL_FDB_H

#include <linux/if_ether.h>
#include <linux/rhashtable-types.h>

#include "ovl.h"
#include "peer.h"

/**
 * struct ovl_fdb_key - what tells entries of a device apart
 * @mac: destination; all zero: whatever no other entry fits
 * @zero: always 0
 * @vni: VNI that a frame belongs to on this side; 0 on a device with one VNI
 */
struct ovl_fdb_key {
	u8	mac[ETH_ALEN];
	u16	zero;
	u32	vni;
} __aligned(4);

/**
 * struct ovl_fdb_entry - a MAC address and what it is behind
 * @node: in ovl_fdb.table
 * @key: constant
 * @id: number in ovl_fdb.by_id; constant
 * @dest: the entry's reference to where frames go, never NULL.  A list is
 *	changed under RTNL alone
 * @updated: second of the monotonic clock in which the entry was made or
 *	changed, or a frame came from the MAC; also written without lock
 * @used: second in which a frame last came from the MAC or went to it; also
 *	written without lock
 * @state: NUD_
 * @flags: NTF_
 * @protocol: RTPROT_ of who made it
 * @learned: made by a received frame, and not touched by the user since
 * @gone: out of the table; for who found it without the lock
 * @rcu: for the grace period after it left the table
 *
 * Found under RCU; all but the two times is written under ovl_fdb.lock.
 */
struct ovl_fdb_entry {
	struct rhash_head	node;
	struct ovl_fdb_key	key;
	u32			id;
	struct ovl_dest __rcu	*dest;
	u32			updated;
	u32			used;
	u16			state;
	u8			flags;
	u8			protocol;
	u8			learned:1;
	u8			gone:1;
	struct rcu_head		rcu;
};

/**
 * struct ovl_dest_to - one peer of several
 * @peer: a reference to it
 * @seq: number in the list, which it keeps; a dump goes on by it
 */
struct ovl_dest_to {
	struct ovl_peer	*peer;
	u32		seq;
};

/**
 * struct ovl_dest_list - several peers, each of which gets a copy
 * @dest: for the FDB entry that leads here
 * @n: how many
 * @next_seq: number of the next one that comes
 * @rcu: for the grace period after another list took its place
 * @to: the peers, in the order in which they came
 */
struct ovl_dest_list {
	struct ovl_dest		dest;
	u32			n;
	u32			next_seq;
	struct rcu_head		rcu;
	struct ovl_dest_to	to[];
};

/**
 * struct ovl_fdb_request - what a user asks to be set
 * @key: of the entry
 * @dest: reference to where it shall lead
 * @state: NUD_
 * @flags: NTF_, without NTF_USE
 * @protocol: RTPROT_
 * @use: NTF_USE was set: count as used now
 * @nlm_flags: NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_APPEND
 * @place: in the list, counted from 1, as ovl_fdb_place() told it before; 0: the
 *	end
 * @quiet: somebody else sends the notification
 * @planned: ovl_fdb_commit() shows it to packets
 * @is_nh: @dest is a nexthop's
 */
struct ovl_fdb_request {
	struct ovl_fdb_key	key;
	struct ovl_dest		*dest;
	u16			state;
	u8			flags;
	u8			protocol;
	bool			use;
	u16			nlm_flags;
	u32			place;
	bool			quiet;
	bool			planned;
	bool			is_nh;
};

/**
 * struct ovl_fdb_to - where a request wants an entry to lead
 * @key: a peer; no address: none was given
 * @nhid: a nexthop; 0: none was given
 * @src_vni: VNI of the entry's key
 */
struct ovl_fdb_to {
	struct ovl_peer_key	key;
	u32			nhid;
	u32			src_vni;
};

/**
 * struct ovl_vni_span - VNIs from one to another
 * @first: the first one
 * @last: the last one
 */
struct ovl_vni_span {
	u32	first;
	u32	last;
};

/**
 * struct ovl_fdb_filter - which entries are flushed
 * @state: value of the bits of @state_mask
 * @state_mask: NUD_ that count
 * @flags: value of the bits of @flags_mask
 * @flags_mask: NTF_ that count
 * @nhid: nexthop, or 0 for any
 * @vnis: VNIs that frames belong to on this side: spans in order, or NULL for any
 * @n_vnis: how many spans
 * @by_peer: only peers that the following fit
 * @addr: address, or AF_UNSPEC for any
 * @port: UDP port, or 0 for any
 * @vni: VNI, or OVL_VNI_OWN for any
 */
struct ovl_fdb_filter {
	u16			state;
	u16			state_mask;
	u8			flags;
	u8			flags_mask;
	u32			nhid;
	const struct ovl_vni_span *vnis;
	unsigned int		n_vnis;
	bool			by_peer;
	struct ovl_addr		addr;
	__be16			port;
	u32			vni;
};

/**
 * struct ovl_fdb_plan - a peer leaves the entry of a group, another one joins it
 * @entry: the entry; NULL: nothing is to be done
 * @was: where it leads now
 * @dest: where it shall lead; NULL: the entry ends
 * @old: peer that leaves, or NULL
 * @new: peer that joins, a reference, or NULL
 */
struct ovl_fdb_plan {
	struct ovl_fdb_entry	*entry;
	struct ovl_dest		*was;
	struct ovl_dest		*dest;
	struct ovl_peer		*old;
	struct ovl_peer		*new;
};

/* fdb.c */
int ovl_fdb_init(struct ovl_dev *ovl);
void ovl_fdb_destroy(struct ovl_dev *ovl);
void ovl_fdb_start(struct ovl_dev *ovl);
void ovl_fdb_stop(struct ovl_dev *ovl);
struct ovl_dest *ovl_fdb_dest(struct ovl_dev *ovl, const u8 *mac, u32 vni);
struct ovl_fdb_entry *ovl_fdb_find(struct ovl_dev *ovl,
				   const struct ovl_fdb_key *key);
int ovl_fdb_learn(struct ovl_dev *ovl, const struct ovl_conf *conf,
		  const u8 *mac, u32 vni, const struct ovl_addr *src,
		  u32 ifindex);
void ovl_fdb_remove(struct ovl_dev *ovl, struct ovl_fdb_entry *entry);
void ovl_dest_put(struct ovl_dest *dest);

/* fdb_dest.c */
int ovl_fdb_may_set(struct ovl_dev *ovl, const struct ovl_fdb_request *req,
		    struct netlink_ext_ack *extack);
int ovl_fdb_set(struct ovl_dev *ovl, const struct ovl_fdb_request *req,
		struct netlink_ext_ack *extack);
u32 ovl_fdb_place(struct ovl_dev *ovl, const struct ovl_fdb_key *key,
		  const struct ovl_peer_key *to, struct ovl_peer **held);
int ovl_fdb_unset(struct ovl_dev *ovl, const struct ovl_fdb_key *key,
		  const struct ovl_peer_key *to, u32 nhid, bool quiet);
int ovl_fdb_create_flood(struct ovl_dev *ovl, struct ovl_peer *peer,
			 bool planned);
int ovl_fdb_plan_default(struct ovl_dev *ovl, struct ovl_peer *old,
			 struct ovl_peer *new, struct ovl_fdb_plan *plan);
void ovl_fdb_commit(struct ovl_dev *ovl, const struct ovl_fdb_plan *plan);
void ovl_fdb_finish(struct ovl_dev *ovl, const struct ovl_fdb_plan *plan,
		    bool quiet);
int ovl_fdb_flush(struct ovl_dev *ovl, const struct ovl_fdb_filter *filter);
void ovl_fdb_flush_vnis(struct ovl_dev *ovl, const struct ovl_vni_span *vnis,
			unsigned int n);

/* fdb_request.c */
void ovl_fdb_normalise(const struct ovl_conf *conf, u32 src_vni,
		       struct ovl_peer_key *key);
int ovl_fdb_request(struct ovl_dev *ovl, struct ovl_fdb_request *req,
		    const struct ovl_fdb_to *to,
		    struct netlink_ext_ack *extack);
u32 ovl_fdb_flood_place(struct ovl_dev *ovl, u32 vni,
			const struct ovl_peer_key *to, struct ovl_peer **peer);
bool ovl_fdb_floods_only_to(struct ovl_dev *ovl, u32 vni,
			    const struct ovl_peer *peer);
int ovl_fdb_move_flood(struct ovl_dev *ovl, u32 vni,
		       const struct ovl_peer_key *from,
		       const struct ovl_peer_key *to, u32 place,
		       struct netlink_ext_ack *extack);

/* Is there anything to look up? */
static inline bool ovl_fdb_has_any(const struct ovl_dev *ovl)
{
	return READ_ONCE(ovl->fdb.n);
}

static inline struct ovl_dest_list *ovl_dest_list(struct ovl_dest *dest)
{
	return container_of(dest, struct ovl_dest_list, dest);
}

/* What gets frames that no other entry of the same VNI fits */
static inline bool ovl_fdb_key_is_flood(const struct ovl_fdb_key *key)
{
	return is_zero_ether_addr(key->mac);
}

/* The one of these that ovl_fdb.flood is */
static inline bool ovl_fdb_key_is_default(const struct ovl_fdb_key *key)
{
	return ovl_fdb_key_is_flood(key) && !key->vni;
}

/* May the MAC have several destinations? */
static inline bool ovl_fdb_key_is_multi(const struct ovl_fdb_key *key)
{
	return ovl_fdb_key_is_flood(key) || is_multicast_ether_addr(key->mac);
}

#endif /* _OVL_FDB_H */
