// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FDB: look-up, learning, ageing, and the changes that users ask for.
 *
 * A packet that finds its entry takes no lock and writes at most one word a
 * second.  An entry is 64 bytes and leads to a peer that it shares with others.
 */
#include <linux/etherdevice.h>
#include <linux/neighbour.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/neighbour.h>

#include "fdb.h"
#include "fdb_msg.h"
#include "nexthop.h"
#include "stats.h"

/* Entries that ageing looks at before it lets others run */
#define OVL_FDB_AGE_SLICE	4096
/* Seconds from one round of ageing to the next */
#define OVL_FDB_AGE_ROUND	10U

/* States that neither learning nor ageing touches */
#define OVL_FDB_STATIC		(NUD_PERMANENT | NUD_NOARP)

static int ovl_fdb_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct ovl_fdb_entry *entry = obj;

	return memcmp(&entry->key, arg->key, sizeof(entry->key)) != 0;
}

static const struct rhashtable_params ovl_fdb_params = {
	.head_offset		= offsetof(struct ovl_fdb_entry, node),
	.key_offset		= offsetof(struct ovl_fdb_entry, key),
	.key_len		= sizeof(struct ovl_fdb_key),
	.obj_cmpfn		= ovl_fdb_cmp,
	.automatic_shrinking	= true,
};

static const struct ovl_fdb_key ovl_fdb_flood_key;

/* A million of them is 64 MB */
static_assert(sizeof(struct ovl_fdb_entry) <= 64);

/* Seconds do for ageing, and a busy entry is written once in each */
static u32 ovl_fdb_now(void)
{
	return ktime_get_seconds();
}

static void ovl_fdb_touch(u32 *when)
{
	u32 now = ovl_fdb_now();

	if (READ_ONCE(*when) != now)
		WRITE_ONCE(*when, now);
}

/* What nobody but the user may change */
static bool ovl_fdb_is_static(const struct ovl_fdb_entry *entry)
{
	return entry->state & OVL_FDB_STATIC ||
	       entry->flags & (NTF_EXT_LEARNED | NTF_STICKY);
}

/* No frame comes from a group: such an entry would age whatever happens */
static bool ovl_fdb_may_age(const struct ovl_fdb_entry *entry)
{
	return !(entry->state & OVL_FDB_STATIC) &&
	       !(entry->flags & NTF_EXT_LEARNED) &&
	       !ovl_fdb_key_is_multi(&entry->key);
}

static struct ovl_dest *ovl_fdb_deref(const struct ovl_fdb *fdb,
				      struct ovl_dest __rcu *dest)
{
	return rcu_dereference_protected(dest, lockdep_is_held(&fdb->lock));
}

/**
 * ovl_dest_put() - give back a reference to a destination
 * @dest: of any kind; packets may use it for a grace period
 *
 * Context: any; process and RTNL if it is a nexthop's.
 */
void ovl_dest_put(struct ovl_dest *dest)
{
	struct ovl_dest_list *list;
	u32 i;

	switch (dest->kind) {
	case OVL_DEST_PEER:
		ovl_peer_put(ovl_dest_peer(dest));
		break;
	case OVL_DEST_LIST:
		list = ovl_dest_list(dest);
		for (i = 0; i < list->n; i++)
			ovl_peer_put(list->to[i].peer);
		kvfree_rcu(list, rcu);
		break;
	case OVL_DEST_NEXTHOP:
		ovl_nh_user_put(ovl_nh_user(dest));
		break;
	}
}

/**
 * ovl_fdb_find() - the entry of a key
 * @ovl: the device
 * @key: the key
 *
 * Context: RCU.
 * Return: the entry or NULL.
 */
struct ovl_fdb_entry *ovl_fdb_find(struct ovl_dev *ovl,
				   const struct ovl_fdb_key *key)
{
	return rhashtable_lookup(&ovl->fdb.table, key, ovl_fdb_params);
}

/**
 * ovl_fdb_dest() - where a frame goes
 * @ovl: the sending device
 * @mac: the frame's destination
 * @vni: VNI of the frame on a device with several; 0 on others
 *
 * Context: RCU.
 * Return: the destination of the MAC's entry or of the VNI's flood list; NULL
 * if there is none.  The flood list of VNI 0 is left to the caller.
 */
struct ovl_dest *ovl_fdb_dest(struct ovl_dev *ovl, const u8 *mac, u32 vni)
{
	struct ovl_fdb_key key = { .vni = vni };
	struct ovl_fdb_entry *entry;

	if (!READ_ONCE(ovl->fdb.n))
		return NULL;
	ether_addr_copy(key.mac, mac);
	entry = ovl_fdb_find(ovl, &key);
	if (!entry && vni) {
		eth_zero_addr(key.mac);
		entry = ovl_fdb_find(ovl, &key);
	}
	if (!entry)
		return NULL;
	ovl_fdb_touch(&entry->used);
	return rcu_dereference(entry->dest);
}

/* An entry with a number, of which nobody knows yet; it gets @dest */
static struct ovl_fdb_entry *ovl_fdb_alloc(struct ovl_dev *ovl,
					   const struct ovl_fdb_key *key,
					   struct ovl_dest *dest, gfp_t gfp)
{
	struct ovl_fdb_entry *entry;

	entry = kzalloc(sizeof(*entry), gfp);
	if (!entry)
		return NULL;
	entry->key = *key;
	entry->updated = ovl_fdb_now();
	entry->used = entry->updated;
	RCU_INIT_POINTER(entry->dest, dest);
	if (xa_alloc_bh(&ovl->fdb.by_id, &entry->id, NULL, xa_limit_32b, gfp)) {
		kfree(entry);
		return NULL;
	}
	return entry;
}

/* The end of an entry that did not get into the table; not of its @dest */
static void ovl_fdb_free(struct ovl_dev *ovl, struct ovl_fdb_entry *entry)
{
	xa_erase_bh(&ovl->fdb.by_id, entry->id);
	kfree(entry);
}

/* The times begin to count, or no longer do; lock held */
static void ovl_fdb_mark_age(struct ovl_fdb *fdb,
			     const struct ovl_fdb_entry *entry)
{
	if (ovl_fdb_may_age(entry))
		xa_set_mark(&fdb->by_id, entry->id, OVL_FDB_AGES);
	else
		xa_clear_mark(&fdb->by_id, entry->id, OVL_FDB_AGES);
}

/* What an entry leads to has changed; lock held */
static void ovl_fdb_point(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
			  struct ovl_dest *dest)
{
	rcu_assign_pointer(entry->dest, dest);
	if (ovl_fdb_key_is_default(&entry->key))
		rcu_assign_pointer(fdb->flood, dest);
	WRITE_ONCE(entry->updated, ovl_fdb_now());
}

/* Put an entry into the table, whose key is not there; lock held */
static int ovl_fdb_insert(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry)
{
	int err;

	err = rhashtable_insert_fast(&fdb->table, &entry->node,
				     ovl_fdb_params);
	if (err)
		return err;
	/* Its place was reserved: nothing is allocated */
	xa_store(&fdb->by_id, entry->id, entry, GFP_ATOMIC);
	ovl_fdb_mark_age(fdb, entry);
	if (entry->learned)
		WRITE_ONCE(fdb->n_learned, fdb->n_learned + 1);
	if (ovl_fdb_key_is_default(&entry->key))
		rcu_assign_pointer(fdb->flood,
				   ovl_fdb_deref(fdb, entry->dest));
	else
		WRITE_ONCE(fdb->n, fdb->n + 1);
	return 0;
}

/* The user has taken over an entry; lock held */
static void ovl_fdb_unlearn(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry)
{
	if (!entry->learned)
		return;
	entry->learned = false;
	WRITE_ONCE(fdb->n_learned, fdb->n_learned - 1);
}

/* The end of an entry and of its reference to where it led; lock held */
static void ovl_fdb_delete(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			   bool quiet)
{
	struct ovl_fdb *fdb = &ovl->fdb;

	if (!quiet)
		ovl_fdb_notify_all(ovl, entry, RTM_DELNEIGH);
	ovl_fdb_unlearn(fdb, entry);
	entry->gone = true;
	rhashtable_remove_fast(&fdb->table, &entry->node, ovl_fdb_params);
	xa_erase(&fdb->by_id, entry->id);
	if (ovl_fdb_key_is_default(&entry->key))
		RCU_INIT_POINTER(fdb->flood, NULL);
	else
		WRITE_ONCE(fdb->n, fdb->n - 1);
	ovl_dest_put(ovl_fdb_deref(fdb, entry->dest));
	kfree_rcu(entry, rcu);
}

static void ovl_fdb_start_ageing(struct ovl_dev *ovl)
{
	/* Does nothing if it is queued already */
	queue_delayed_work(ovl_workqueue, &ovl->fdb.age_work, HZ);
}

static bool ovl_fdb_is_expired(const struct ovl_fdb_entry *entry, u32 ageing)
{
	return ovl_fdb_now() - READ_ONCE(entry->updated) > ageing;
}

static void ovl_fdb_age_one(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			    u32 ageing)
{
	spin_lock_bh(&ovl->fdb.lock);
	if (!entry->gone && ovl_fdb_may_age(entry) &&
	    ovl_fdb_is_expired(entry, ageing))
		ovl_fdb_delete(ovl, entry, false);
	spin_unlock_bh(&ovl->fdb.lock);
}

/* One slice; returns true if the round goes on behind it */
static bool ovl_fdb_age_slice(struct ovl_dev *ovl, u32 ageing)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_fdb_entry *entry;
	unsigned int n;

	rcu_read_lock();
	entry = xa_find(&fdb->by_id, &fdb->age_next, ULONG_MAX, OVL_FDB_AGES);
	for (n = 0; entry && n < OVL_FDB_AGE_SLICE; n++) {
		if (ovl_fdb_is_expired(entry, ageing))
			ovl_fdb_age_one(ovl, entry, ageing);
		entry = xa_find_after(&fdb->by_id, &fdb->age_next, ULONG_MAX,
				      OVL_FDB_AGES);
	}
	rcu_read_unlock();
	return entry;
}

/* Ageing, in process context: a slice, then others may run */
static void ovl_fdb_age_work(struct work_struct *work)
{
	struct ovl_fdb *fdb = container_of(to_delayed_work(work),
					   struct ovl_fdb, age_work);
	struct ovl_dev *ovl = container_of(fdb, struct ovl_dev, fdb);
	const struct ovl_conf *conf;
	u32 ageing = 0;

	rcu_read_lock();
	conf = rcu_dereference(ovl->conf);
	if (conf)
		ageing = conf->ageing;
	rcu_read_unlock();

	/* Begins again when the configuration changes */
	if (ageing == OVL_AGEING_NONE)
		return;
	if (ovl_fdb_age_slice(ovl, ageing)) {
		queue_delayed_work(ovl_workqueue, &fdb->age_work, 0);
		return;
	}
	fdb->age_next = 0;
	if (xa_marked(&fdb->by_id, OVL_FDB_AGES))
		queue_delayed_work(ovl_workqueue, &fdb->age_work,
				   clamp(ageing / 4, 1U, OVL_FDB_AGE_ROUND) *
				   HZ);
}

/* An address is learned from another peer than the one it was behind */
static int ovl_fdb_move(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			const struct ovl_peer_key *to)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_peer *peer;
	struct ovl_dest *old;

	if (ovl_fdb_is_static(entry))
		return OVL_RX_MAC_STATIC;
	peer = ovl_peer_get(ovl, to, GFP_ATOMIC);
	if (!peer) {
		ovl_stats_count(ovl->counters, OVL_RX_LEARN_NOMEM);
		return OVL_PASS;
	}

	spin_lock_bh(&fdb->lock);
	if (entry->gone || ovl_fdb_is_static(entry)) {
		spin_unlock_bh(&fdb->lock);
		ovl_peer_put(peer);
		return OVL_PASS;
	}
	/* A pointer is swapped, and with it the route */
	old = ovl_fdb_deref(fdb, entry->dest);
	ovl_fdb_point(fdb, entry, &peer->dest);
	ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
	spin_unlock_bh(&fdb->lock);
	ovl_dest_put(old);
	return OVL_PASS;
}

static bool ovl_fdb_is_full(const struct ovl_fdb *fdb,
			    const struct ovl_conf *conf)
{
	return conf->maxaddress != OVL_MAXADDRESS_UNLIMITED &&
	       READ_ONCE(fdb->n_learned) >= conf->maxaddress;
}

/* Insert what was learned, unless that is too much or somebody was quicker */
static int ovl_fdb_insert_learned(struct ovl_dev *ovl,
				  const struct ovl_conf *conf,
				  struct ovl_fdb_entry *entry,
				  struct ovl_peer *peer)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	int err = -EEXIST;

	spin_lock_bh(&fdb->lock);
	/* ovl_fdb_stop() has flushed what was learned, or will */
	if (!netif_running(ovl->dev) || ovl_fdb_find(ovl, &entry->key))
		goto unlock;
	err = -ENOSPC;
	if (ovl_fdb_is_full(fdb, conf))
		goto unlock;
	err = ovl_fdb_insert(fdb, entry);
	if (!err)
		ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
unlock:
	spin_unlock_bh(&fdb->lock);
	return err;
}

static void ovl_fdb_learn_new(struct ovl_dev *ovl, const struct ovl_conf *conf,
			      const struct ovl_fdb_key *key,
			      const struct ovl_peer_key *from)
{
	struct ovl_fdb_entry *entry = NULL;
	struct ovl_peer *peer;
	int err = -ENOSPC;

	/* A flood of addresses ends here, before it costs others anything */
	if (ovl_fdb_is_full(&ovl->fdb, conf))
		goto count;
	err = -ENOMEM;
	peer = ovl_peer_get(ovl, from, GFP_ATOMIC | __GFP_NOWARN);
	if (!peer)
		goto count;
	entry = ovl_fdb_alloc(ovl, key, &peer->dest,
			      GFP_ATOMIC | __GFP_NOWARN);
	if (!entry)
		goto put;
	entry->state = NUD_REACHABLE;
	entry->flags = NTF_SELF;
	entry->learned = true;
	err = ovl_fdb_insert_learned(ovl, conf, entry, peer);
	if (!err) {
		ovl_fdb_start_ageing(ovl);
		return;
	}
	ovl_fdb_free(ovl, entry);
put:
	ovl_peer_put(peer);
count:
	if (err != -EEXIST)
		ovl_stats_count(ovl->counters, err == -ENOSPC ?
				OVL_RX_LEARN_FULL : OVL_RX_LEARN_NOMEM);
}

/**
 * ovl_fdb_learn() - a frame has come
 * @ovl: the receiving device
 * @conf: its configuration
 * @mac: the frame's source
 * @vni: VNI of the frame on a device with several; 0 on others
 * @src: outer source address
 * @ifindex: device that the outer packet came in by
 *
 * Context: bottom halves off, RCU.
 * Return: OVL_PASS, or why the frame has to be dropped.
 */
int ovl_fdb_learn(struct ovl_dev *ovl, const struct ovl_conf *conf,
		  const u8 *mac, u32 vni, const struct ovl_addr *src,
		  u32 ifindex)
{
	struct ovl_peer_key from;
	struct ovl_fdb_key key = { .vni = vni };
	struct ovl_fdb_entry *entry;
	struct ovl_dest *dest;

	if (unlikely(!is_valid_ether_addr(mac)))
		return OVL_RX_MAC_INVALID;

	from = ovl_peer_key_of(src, ovl_addr_is_linklocal(src) ? ifindex : 0);
	ether_addr_copy(key.mac, mac);
	entry = ovl_fdb_find(ovl, &key);
	if (unlikely(!entry)) {
		ovl_fdb_learn_new(ovl, conf, &key, &from);
		return OVL_PASS;
	}

	dest = rcu_dereference(entry->dest);
	if (unlikely(dest->kind != OVL_DEST_PEER))
		return OVL_RX_MAC_STATIC;
	if (unlikely(!ovl_addr_equal(&ovl_dest_peer(dest)->key.addr, src) ||
		     (from.ifindex &&
		      from.ifindex != ovl_dest_peer(dest)->key.ifindex)))
		return ovl_fdb_move(ovl, entry, &from);
	ovl_fdb_touch(&entry->updated);
	ovl_fdb_touch(&entry->used);
	return OVL_PASS;
}

static int ovl_fdb_refuse(struct netlink_ext_ack *extack, const char *why)
{
	NL_SET_ERR_MSG_FMT(extack, "%s", why);
	return -EOPNOTSUPP;
}

/* What of a request does not go with the entry that is there, if one is */
static int ovl_fdb_check(const struct ovl_fdb *fdb,
			 const struct ovl_fdb_entry *entry,
			 const struct ovl_fdb_request *req,
			 struct netlink_ext_ack *extack)
{
	bool was_nh;

	if (!entry && !(req->nlm_flags & NLM_F_CREATE)) {
		NL_SET_ERR_MSG(extack, "the FDB has no entry of this address");
		return -ENOENT;
	}
	if (entry && req->nlm_flags & NLM_F_EXCL) {
		NL_SET_ERR_MSG(extack, "the FDB has an entry of this address");
		return -EEXIST;
	}
	if (req->nlm_flags & NLM_F_REPLACE && ovl_fdb_key_is_multi(&req->key))
		return ovl_fdb_refuse(extack,
				      "cannot replace the entry of a group: append or delete");
	if (!entry)
		return 0;

	was_nh = ovl_fdb_deref(fdb, entry->dest)->kind == OVL_DEST_NEXTHOP;
	if (req->is_nh && !was_nh)
		return ovl_fdb_refuse(extack,
				      "nhid: cannot take the place of an entry that has dst");
	if (was_nh && !(req->state & OVL_FDB_STATIC))
		return ovl_fdb_refuse(extack,
				      "an entry with nhid cannot be dynamic");
	if (req->nlm_flags & NLM_F_APPEND && was_nh)
		return ovl_fdb_refuse(extack,
				      "nhid: cannot append to or by a nexthop");
	if (req->nlm_flags & NLM_F_APPEND &&
	    !ovl_fdb_key_is_multi(&entry->key))
		return ovl_fdb_refuse(extack,
				      "cannot append: a unicast address has one destination");
	return 0;
}

/**
 * ovl_fdb_may_set() - would ovl_fdb_set() do what the user asks?
 * @ovl: the device
 * @req: what is asked; its destination is not looked at
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0; -EEXIST, -ENOENT or -EOPNOTSUPP.
 */
int ovl_fdb_may_set(struct ovl_dev *ovl, const struct ovl_fdb_request *req,
		    struct netlink_ext_ack *extack)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	int err;

	spin_lock_bh(&fdb->lock);
	rcu_read_lock();
	err = ovl_fdb_check(fdb, ovl_fdb_find(ovl, &req->key), req, extack);
	rcu_read_unlock();
	spin_unlock_bh(&fdb->lock);
	return err;
}

/* Take over state and flags; lock held */
static bool ovl_fdb_set_state(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
			      const struct ovl_fdb_request *req)
{
	bool changed;

	/* What a control plane learned does not make the user's own its own */
	if (req->flags & NTF_EXT_LEARNED && !entry->learned)
		return false;
	changed = entry->state != req->state || entry->flags != req->flags;
	entry->state = req->state;
	entry->flags = req->flags;
	ovl_fdb_unlearn(fdb, entry);
	ovl_fdb_mark_age(fdb, entry);
	return changed;
}

static bool ovl_dest_equal(struct ovl_dest *a, struct ovl_dest *b)
{
	if (a->kind == OVL_DEST_NEXTHOP && b->kind == OVL_DEST_NEXTHOP)
		return ovl_nh_user(a)->nh == ovl_nh_user(b)->nh;
	return a == b;
}

/* The peers of @dest, a peer or a list, and room for one more; no references */
static struct ovl_dest_list *ovl_dest_list_copy(struct ovl_dest *dest)
{
	struct ovl_dest_list *new, *old;
	u32 n = 1;

	if (dest->kind == OVL_DEST_LIST)
		n = ovl_dest_list(dest)->n;
	new = kvmalloc(struct_size(new, to, n + 1), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	new->dest.kind = OVL_DEST_LIST;
	new->n = n;
	if (dest->kind == OVL_DEST_LIST) {
		old = ovl_dest_list(dest);
		new->next_seq = old->next_seq;
		memcpy(new->to, old->to, n * sizeof(new->to[0]));
	} else {
		new->next_seq = 1;
		new->to[0] = (struct ovl_dest_to) {
			.peer = ovl_dest_peer(dest),
		};
	}
	return new;
}

static bool ovl_dest_has(struct ovl_dest *dest, const struct ovl_peer *peer)
{
	struct ovl_dest_list *list;
	u32 i;

	if (dest->kind != OVL_DEST_LIST)
		return dest == &peer->dest;
	list = ovl_dest_list(dest);
	for (i = 0; i < list->n; i++)
		if (list->to[i].peer == peer)
			return true;
	return false;
}

/* One destination more for the entry of a group, under RTNL */
static int ovl_fdb_append(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			  struct ovl_peer *peer, bool quiet)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_dest *old = rtnl_dereference(entry->dest);
	struct ovl_dest_list *list;

	if (ovl_dest_has(old, peer)) {
		ovl_peer_put(peer);
		return 0;
	}
	list = ovl_dest_list_copy(old);
	if (!list)
		return -ENOMEM;
	list->to[list->n++] = (struct ovl_dest_to) {
		.peer = peer, .seq = list->next_seq++,
	};

	spin_lock_bh(&fdb->lock);
	ovl_fdb_point(fdb, entry, &list->dest);
	if (!quiet)
		ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
	spin_unlock_bh(&fdb->lock);
	/* The references have moved to the new list */
	if (old->kind == OVL_DEST_LIST)
		kvfree_rcu(ovl_dest_list(old), rcu);
	return 0;
}

/*
 * A request for an entry that is there; lock held.  Returns the destination that
 * the caller shall give back: where the entry led before, or @req's own.
 */
static struct ovl_dest *ovl_fdb_update(struct ovl_dev *ovl,
				       struct ovl_fdb_entry *entry,
				       const struct ovl_fdb_request *req)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_dest *old = ovl_fdb_deref(fdb, entry->dest);
	bool changed;

	changed = ovl_fdb_set_state(fdb, entry, req);
	entry->protocol = req->protocol;
	if (req->nlm_flags & NLM_F_REPLACE && !ovl_dest_equal(old, req->dest)) {
		if (req->dest->kind == OVL_DEST_NEXTHOP)
			ovl_nh_user(req->dest)->entry = entry;
		ovl_fdb_point(fdb, entry, req->dest);
		changed = true;
	} else {
		old = req->dest;
	}
	if (req->use || changed)
		WRITE_ONCE(entry->updated, ovl_fdb_now());
	if (changed && !req->quiet)
		ovl_fdb_notify_all(ovl, entry, RTM_NEWNEIGH);
	return old;
}

static int ovl_fdb_create(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			  const struct ovl_fdb_request *req)
{
	int err;

	entry->state = req->state;
	entry->flags = req->flags;
	entry->protocol = req->protocol;
	if (req->dest->kind == OVL_DEST_NEXTHOP)
		ovl_nh_user(req->dest)->entry = entry;
	err = ovl_fdb_insert(&ovl->fdb, entry);
	if (err)
		return err;
	if (!req->quiet)
		ovl_fdb_notify_all(ovl, entry, RTM_NEWNEIGH);
	return 0;
}

/* The entry of @req's key, if it is one that @req appends to; RTNL */
static struct ovl_fdb_entry *
ovl_fdb_find_appended(struct ovl_dev *ovl, const struct ovl_fdb_request *req)
{
	struct ovl_fdb_entry *entry = NULL;

	if (!(req->nlm_flags & NLM_F_APPEND) ||
	    !ovl_fdb_key_is_multi(&req->key) ||
	    req->dest->kind != OVL_DEST_PEER)
		return NULL;
	/* RTNL keeps it: such entries do not age */
	rcu_read_lock();
	entry = ovl_fdb_find(ovl, &req->key);
	rcu_read_unlock();
	if (entry && rtnl_dereference(entry->dest)->kind == OVL_DEST_NEXTHOP)
		return NULL;
	return entry;
}

/**
 * ovl_fdb_set() - make or change an entry, as the user asks
 * @ovl: the device
 * @req: what is asked; its reference to a destination is given away, unless an
 *	error is returned
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0; -EEXIST, -ENOENT, -EOPNOTSUPP or -ENOMEM.
 */
int ovl_fdb_set(struct ovl_dev *ovl, const struct ovl_fdb_request *req,
		struct netlink_ext_ack *extack)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_fdb_entry *entry, *new;
	struct ovl_dest *unused = NULL;
	int err;

	ASSERT_RTNL();
	entry = ovl_fdb_find_appended(ovl, req);
	if (entry)
		return ovl_fdb_append(ovl, entry, ovl_dest_peer(req->dest),
				      req->quiet);

	/* A container's root may do this: let it pay */
	new = ovl_fdb_alloc(ovl, &req->key, req->dest, GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;

	spin_lock_bh(&fdb->lock);
	rcu_read_lock();
	entry = ovl_fdb_find(ovl, &req->key);
	rcu_read_unlock();
	err = ovl_fdb_check(fdb, entry, req, extack);
	if (!err && entry)
		unused = ovl_fdb_update(ovl, entry, req);
	else if (!err)
		err = ovl_fdb_create(ovl, new, req);
	spin_unlock_bh(&fdb->lock);

	if (entry || err)
		ovl_fdb_free(ovl, new);
	if (err)
		return err;
	if (unused)
		ovl_dest_put(unused);
	ovl_fdb_start_ageing(ovl);
	return 0;
}

/* One destination less for the entry of a group, which keeps others; RTNL */
static int ovl_fdb_unappend(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			    struct ovl_peer *peer, bool quiet)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_dest *old = rtnl_dereference(entry->dest);
	struct ovl_dest_list *list;
	u32 i, n = 0;

	list = ovl_dest_list_copy(old);
	if (!list)
		return -ENOMEM;
	for (i = 0; i < list->n; i++)
		if (list->to[i].peer != peer)
			list->to[n++] = list->to[i];
	list->n = n;

	spin_lock_bh(&fdb->lock);
	if (!quiet)
		ovl_fdb_notify(ovl, entry, peer, RTM_DELNEIGH);
	ovl_fdb_point(fdb, entry, &list->dest);
	spin_unlock_bh(&fdb->lock);
	kvfree_rcu(ovl_dest_list(old), rcu);
	ovl_peer_put(peer);
	return 0;
}

/* Delete what of the entry of a group leads to @peer, RTNL */
static int ovl_fdb_unset_peer(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			      struct ovl_peer *peer, bool quiet)
{
	struct ovl_dest *dest = rtnl_dereference(entry->dest);

	if (ovl_dest_list(dest)->n > 1)
		return ovl_fdb_unappend(ovl, entry, peer, quiet);
	spin_lock_bh(&ovl->fdb.lock);
	ovl_fdb_delete(ovl, entry, quiet);
	spin_unlock_bh(&ovl->fdb.lock);
	return 0;
}

/**
 * ovl_fdb_unset() - delete an entry or one destination of it
 * @ovl: the device
 * @key: of the entry
 * @to: the destination; NULL: all of them
 * @nhid: the nexthop that the entry must lead to; 0: any
 * @quiet: somebody else sends the notification
 *
 * Context: process, RTNL.
 * Return: 0, -ENOENT or -ENOMEM.
 */
int ovl_fdb_unset(struct ovl_dev *ovl, const struct ovl_fdb_key *key,
		  const struct ovl_peer_key *to, u32 nhid, bool quiet)
{
	struct ovl_peer *peer = NULL;
	struct ovl_fdb_entry *entry;
	struct ovl_dest *dest;
	int err = -ENOENT;

	ASSERT_RTNL();
	rcu_read_lock();
	entry = ovl_fdb_find(ovl, key);
	if (!entry)
		goto unlock;
	dest = rcu_dereference(entry->dest);
	if (nhid && (dest->kind != OVL_DEST_NEXTHOP ||
		     ovl_nh_id(ovl_nh_user(dest)) != nhid))
		goto unlock;
	if (to) {
		peer = ovl_peer_find_key(ovl, to);
		if (dest->kind == OVL_DEST_NEXTHOP || !peer ||
		    !ovl_dest_has(dest, peer))
			goto unlock;
	}
	if (peer && dest->kind == OVL_DEST_LIST) {
		/* RTNL keeps the entry and the peer: lists do not age */
		rcu_read_unlock();
		return ovl_fdb_unset_peer(ovl, entry, peer, quiet);
	}

	spin_lock_bh(&ovl->fdb.lock);
	if (!entry->gone) {
		ovl_fdb_delete(ovl, entry, quiet);
		err = 0;
	}
	spin_unlock_bh(&ovl->fdb.lock);
unlock:
	rcu_read_unlock();
	return err;
}

/* The first destination of the flood list; nobody has it yet */
static int ovl_fdb_create_flood(struct ovl_dev *ovl, struct ovl_peer *peer)
{
	struct ovl_fdb_request req = {
		.dest		= &peer->dest,
		.state		= NUD_REACHABLE | NUD_PERMANENT,
		.flags		= NTF_SELF,
		.nlm_flags	= NLM_F_CREATE,
	};
	int err;

	ovl_peer_hold(peer);
	err = ovl_fdb_set(ovl, &req, NULL);
	if (err)
		ovl_peer_put(peer);
	return err;
}

/* @old gives its place in the list to @new, or either of them is NULL */
static void ovl_dest_list_swap(struct ovl_dest_list *list,
			       struct ovl_peer *old, struct ovl_peer *new)
{
	u32 i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (list->to[i].peer != old) {
			list->to[n++] = list->to[i];
			continue;
		}
		if (!new)
			continue;
		list->to[n] = list->to[i];
		list->to[n++].peer = new;
		new = NULL;
	}
	if (new)
		list->to[n++] = (struct ovl_dest_to) {
			.peer = new, .seq = list->next_seq++,
		};
	list->n = n;
}

/**
 * ovl_fdb_plan_default() - prepare for another default peer in the flood list
 * @ovl: the device
 * @old: peer that shall leave the list, if it is there; or NULL
 * @new: peer that shall join it, if it is not there; or NULL
 * @plan: set up for ovl_fdb_commit_default(), which must follow
 *
 * A device that had no list at all gets it here.
 *
 * Context: process, RTNL, which is kept until then.
 * Return: 0 or -ENOMEM.
 */
int ovl_fdb_plan_default(struct ovl_dev *ovl, struct ovl_peer *old,
			 struct ovl_peer *new, struct ovl_fdb_plan *plan)
{
	struct ovl_dest_list *list;
	struct ovl_dest *dest;

	ASSERT_RTNL();
	*plan = (struct ovl_fdb_plan) {};
	if (old == new)
		return 0;
	dest = rtnl_dereference(ovl->fdb.flood);
	if (!dest)
		return new ? ovl_fdb_create_flood(ovl, new) : 0;
	/* What the user has put there */
	if (dest->kind == OVL_DEST_NEXTHOP)
		return 0;
	if (old && !ovl_dest_has(dest, old))
		old = NULL;
	if (new && ovl_dest_has(dest, new))
		new = NULL;
	if (!old && !new)
		return 0;

	rcu_read_lock();
	plan->entry = ovl_fdb_find(ovl, &ovl_fdb_flood_key);
	rcu_read_unlock();
	plan->was = dest;
	plan->old = old;
	plan->new = new;
	if (new)
		ovl_peer_hold(new);
	if (old && (dest->kind == OVL_DEST_PEER || ovl_dest_list(dest)->n == 1)) {
		/* The only one is replaced, or the list ends */
		plan->dest = new ? &new->dest : NULL;
		return 0;
	}
	list = ovl_dest_list_copy(dest);
	if (!list) {
		if (new)
			ovl_peer_put(new);
		return -ENOMEM;
	}
	ovl_dest_list_swap(list, old, new);
	plan->dest = &list->dest;
	return 0;
}

/**
 * ovl_fdb_commit_default() - carry out a plan, as far as packets see it
 * @ovl: the device
 * @plan: of ovl_fdb_plan_default(); ovl_fdb_finish_default() does the rest
 *
 * Context: the FDB's lock is held; packets wait for the caller.
 */
void ovl_fdb_commit_default(struct ovl_dev *ovl,
			    const struct ovl_fdb_plan *plan)
{
	if (plan->dest)
		ovl_fdb_point(&ovl->fdb, plan->entry, plan->dest);
	else if (plan->entry)
		RCU_INIT_POINTER(ovl->fdb.flood, NULL);
}

/**
 * ovl_fdb_finish_default() - tell of a plan that was carried out
 * @ovl: the device
 * @plan: of ovl_fdb_plan_default()
 *
 * Context: the FDB's lock is still held.
 */
void ovl_fdb_finish_default(struct ovl_dev *ovl,
			    const struct ovl_fdb_plan *plan)
{
	if (!plan->entry)
		return;
	if (!plan->dest) {
		ovl_fdb_delete(ovl, plan->entry, false);
		return;
	}
	if (plan->old)
		ovl_fdb_notify(ovl, plan->entry, plan->old, RTM_DELNEIGH);
	if (plan->new)
		ovl_fdb_notify(ovl, plan->entry, plan->new, RTM_NEWNEIGH);
	/* The other references are in the new list */
	if (plan->was->kind == OVL_DEST_LIST)
		kvfree_rcu(ovl_dest_list(plan->was), rcu);
	if (plan->old)
		ovl_peer_put(plan->old);
}

/**
 * ovl_fdb_remove() - delete an entry
 * @ovl: the device
 * @entry: the entry
 *
 * Context: process, RTNL.
 */
void ovl_fdb_remove(struct ovl_dev *ovl, struct ovl_fdb_entry *entry)
{
	ASSERT_RTNL();
	spin_lock_bh(&ovl->fdb.lock);
	ovl_fdb_delete(ovl, entry, false);
	spin_unlock_bh(&ovl->fdb.lock);
}

static bool ovl_fdb_filter_peer(const struct ovl_fdb_filter *filter,
				const struct ovl_conf *conf,
				const struct ovl_fdb_entry *entry,
				const struct ovl_peer *peer)
{
	u32 own = conf->external ? entry->key.vni : conf->vni;

	if (filter->addr.family != AF_UNSPEC &&
	    !ovl_addr_equal(&filter->addr, &peer->key.addr))
		return false;
	if (filter->port && filter->port != ovl_peer_port(peer, conf))
		return false;
	return filter->vni == OVL_VNI_OWN ||
	       filter->vni == ovl_peer_vni(peer, own);
}

static bool ovl_fdb_filter_entry(const struct ovl_fdb_filter *filter,
				 const struct ovl_fdb_entry *entry,
				 struct ovl_dest *dest)
{
	if ((entry->state & filter->state_mask) != filter->state ||
	    (entry->flags & filter->flags_mask) != filter->flags)
		return false;
	if (filter->src_vni != OVL_VNI_OWN &&
	    filter->src_vni != entry->key.vni)
		return false;
	return !filter->nhid || (dest->kind == OVL_DEST_NEXTHOP &&
				 ovl_nh_id(ovl_nh_user(dest)) == filter->nhid);
}

/* Those destinations of a group's entry that fit; RTNL */
static int ovl_fdb_flush_list(struct ovl_dev *ovl, const struct ovl_conf *conf,
			      const struct ovl_fdb_filter *filter,
			      struct ovl_fdb_entry *entry)
{
	struct ovl_dest_list *list;
	bool last;
	u32 i = 0;
	int err;

	for (;;) {
		list = ovl_dest_list(rtnl_dereference(entry->dest));
		if (i == list->n)
			return 0;
		if (!ovl_fdb_filter_peer(filter, conf, entry, list->to[i].peer)) {
			i++;
			continue;
		}
		last = list->n == 1;
		err = ovl_fdb_unset_peer(ovl, entry, list->to[i].peer, false);
		if (err || last)
			return err;
	}
}

static int ovl_fdb_flush_one(struct ovl_dev *ovl, const struct ovl_conf *conf,
			     const struct ovl_fdb_filter *filter,
			     struct ovl_fdb_entry *entry)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_dest *dest;
	bool listed = false;

	spin_lock_bh(&fdb->lock);
	if (entry->gone)
		goto unlock;
	dest = ovl_fdb_deref(fdb, entry->dest);
	if (!ovl_fdb_filter_entry(filter, entry, dest))
		goto unlock;
	if (!filter->by_peer) {
		ovl_fdb_delete(ovl, entry, false);
		goto unlock;
	}
	listed = dest->kind == OVL_DEST_LIST;
	if (dest->kind == OVL_DEST_PEER &&
	    ovl_fdb_filter_peer(filter, conf, entry, ovl_dest_peer(dest)))
		ovl_fdb_delete(ovl, entry, false);
unlock:
	spin_unlock_bh(&fdb->lock);
	return listed ? ovl_fdb_flush_list(ovl, conf, filter, entry) : 0;
}

/**
 * ovl_fdb_flush() - delete all entries, or all destinations, that fit
 * @ovl: the device
 * @conf: its configuration
 * @filter: which
 *
 * Context: process, RTNL; may sleep.
 * Return: 0 or -ENOMEM.
 */
int ovl_fdb_flush(struct ovl_dev *ovl, const struct ovl_conf *conf,
		  const struct ovl_fdb_filter *filter)
{
	struct ovl_fdb_entry *entry;
	unsigned long id = 0;
	int err;

	ASSERT_RTNL();
	for (;;) {
		/* Learned ones may age meanwhile; lists are kept by RTNL */
		rcu_read_lock();
		entry = xa_find(&ovl->fdb.by_id, &id, ULONG_MAX, XA_PRESENT);
		if (!entry) {
			rcu_read_unlock();
			return 0;
		}
		if (ovl_fdb_key_is_multi(&entry->key)) {
			rcu_read_unlock();
			err = ovl_fdb_flush_one(ovl, conf, filter, entry);
			if (err)
				return err;
		} else {
			ovl_fdb_flush_one(ovl, conf, filter, entry);
			rcu_read_unlock();
		}
		id++;
		cond_resched();
	}
}

/**
 * ovl_fdb_start() - the device is up, or was configured: let entries age
 * @ovl: the device
 *
 * Context: process, RTNL.
 */
void ovl_fdb_start(struct ovl_dev *ovl)
{
	ovl_fdb_start_ageing(ovl);
}

/**
 * ovl_fdb_stop() - the device goes down: forget what is not there for good
 * @ovl: the device, not running any more
 *
 * Context: process, RTNL; may sleep.
 */
void ovl_fdb_stop(struct ovl_dev *ovl)
{
	const struct ovl_fdb_filter filter = {
		.state_mask	= OVL_FDB_STATIC,
		.src_vni	= OVL_VNI_OWN,
	};

	ovl_fdb_flush(ovl, rtnl_dereference(ovl->conf), &filter);
}

/**
 * ovl_fdb_init() - an empty FDB
 * @ovl: the device
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ovl_fdb_init(struct ovl_dev *ovl)
{
	struct ovl_fdb *fdb = &ovl->fdb;

	spin_lock_init(&fdb->lock);
	seqcount_spinlock_init(&ovl->change, &fdb->lock);
	xa_init_flags(&fdb->by_id, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	INIT_DELAYED_WORK(&fdb->age_work, ovl_fdb_age_work);
	return rhashtable_init(&fdb->table, &ovl_fdb_params);
}

/**
 * ovl_fdb_destroy() - the end of ovl_fdb_init(), and of all entries
 * @ovl: no packet reaches it any more
 *
 * Context: process, RTNL; may sleep.
 */
void ovl_fdb_destroy(struct ovl_dev *ovl)
{
	const struct ovl_fdb_filter all = { .src_vni = OVL_VNI_OWN };
	struct ovl_fdb *fdb = &ovl->fdb;

	cancel_delayed_work_sync(&fdb->age_work);
	ovl_fdb_flush(ovl, rtnl_dereference(ovl->conf), &all);
	WARN_ON_ONCE(!xa_empty(&fdb->by_id));
	xa_destroy(&fdb->by_id);
	rhashtable_destroy(&fdb->table);
}
