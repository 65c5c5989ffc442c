// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FDB: the table and the life of its entries, look-up, learning, ageing.
 * What users have changed is in fdb_dest.c.
 *
 * A packet that finds its entry takes no lock and writes at most one word a
 * second.  An entry is 64 bytes and leads to a peer that it shares with others.
 */
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "fdb.h"
#include "fdb_msg.h"
#include "fdb_priv.h"
#include "nexthop.h"
#include "stats.h"

/* Entries that ageing looks at before it lets others run */
#define OVL_FDB_AGE_SLICE	4096
/* Seconds from one round of ageing to the next */
#define OVL_FDB_AGE_ROUND	10U

/* The mark in ovl_fdb.by_id of entries that may age */
#define OVL_FDB_AGES		XA_MARK_1

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

/* A million of them is 64 MB */
static_assert(sizeof(struct ovl_fdb_entry) <= 64);

static void ovl_fdb_touch(u32 *when, u32 now)
{
	if (READ_ONCE(*when) != now)
		WRITE_ONCE(*when, now);
}

/* What nobody but the user may change; of a moment, unless the lock is held */
static bool ovl_fdb_is_static(const struct ovl_fdb_entry *entry)
{
	return READ_ONCE(entry->state) & OVL_FDB_STATIC ||
	       READ_ONCE(entry->flags) & (NTF_EXT_LEARNED | NTF_STICKY);
}

/* No frame comes from a group: such an entry would age whatever happens */
static bool ovl_fdb_may_age(const struct ovl_fdb_entry *entry)
{
	return !(entry->state & OVL_FDB_STATIC) &&
	       !(entry->flags & NTF_EXT_LEARNED) &&
	       !ovl_fdb_key_is_multi(&entry->key);
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

	ether_addr_copy(key.mac, mac);
	entry = ovl_fdb_find(ovl, &key);
	if (!entry && vni) {
		eth_zero_addr(key.mac);
		entry = ovl_fdb_find(ovl, &key);
	}
	if (!entry)
		return NULL;
	ovl_fdb_touch(&entry->used, ovl_fdb_now());
	return rcu_dereference(entry->dest);
}

/**
 * ovl_fdb_alloc() - an entry with a number, of which nobody knows yet
 * @ovl: the device
 * @key: its key
 * @dest: where it leads; the reference stays the caller's until
 *	ovl_fdb_insert()
 * @gfp: how it is allocated
 *
 * Context: any that @gfp allows.
 * Return: for ovl_fdb_insert() or ovl_fdb_free(); or NULL.
 */
struct ovl_fdb_entry *ovl_fdb_alloc(struct ovl_dev *ovl,
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

/**
 * ovl_fdb_free() - the end of an entry that did not get into the table
 * @ovl: the device
 * @entry: of ovl_fdb_alloc()
 *
 * Context: any but under the FDB's lock.
 */
void ovl_fdb_free(struct ovl_dev *ovl, struct ovl_fdb_entry *entry)
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

/* What else knows where an entry leads learns it; lock held */
static void ovl_fdb_tell_dest(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
			      struct ovl_dest *dest)
{
	if (ovl_fdb_key_is_default(&entry->key))
		rcu_assign_pointer(fdb->flood, dest);
	if (dest->kind == OVL_DEST_NEXTHOP)
		ovl_nh_user(dest)->entry = entry;
}

/**
 * ovl_fdb_point() - have an entry lead elsewhere
 * @fdb: the FDB
 * @entry: of the table
 * @dest: a reference; that to what it led to before is the caller's now
 *
 * Context: the FDB's lock is held.
 */
void ovl_fdb_point(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
		   struct ovl_dest *dest)
{
	rcu_assign_pointer(entry->dest, dest);
	ovl_fdb_tell_dest(fdb, entry, dest);
	WRITE_ONCE(entry->updated, ovl_fdb_now());
}

/**
 * ovl_fdb_insert() - put an entry into the table
 * @fdb: the FDB
 * @entry: of ovl_fdb_alloc(), with a key that is not there; if it may be the
 *	flood list or lead to a nexthop, ovl_fdb_point() is to follow
 *
 * Context: the FDB's lock is held.
 * Return: 0 or an error of the table, upon which nothing has changed.
 */
int ovl_fdb_insert(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry)
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
	if (!ovl_fdb_key_is_default(&entry->key))
		WRITE_ONCE(fdb->n, fdb->n + 1);
	return 0;
}

/* Does not count as learned any more; lock held */
static void ovl_fdb_unlearn(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry)
{
	if (!entry->learned)
		return;
	entry->learned = false;
	WRITE_ONCE(fdb->n_learned, fdb->n_learned - 1);
}

/**
 * ovl_fdb_set_state() - the user takes over an entry
 * @fdb: the FDB
 * @entry: of the table
 * @state: NUD_
 * @flags: NTF_
 *
 * Context: the FDB's lock is held.
 * Return: true if state or flags were others.
 */
bool ovl_fdb_set_state(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
		       u16 state, u8 flags)
{
	bool changed = entry->state != state || entry->flags != flags;

	/* ovl_fdb_move() reads them without the lock first */
	WRITE_ONCE(entry->state, state);
	WRITE_ONCE(entry->flags, flags);
	ovl_fdb_unlearn(fdb, entry);
	ovl_fdb_mark_age(fdb, entry);
	return changed;
}

/**
 * ovl_fdb_delete() - the end of an entry and of its reference to where it led
 * @ovl: the device
 * @entry: of the table
 * @quiet: somebody else sends the notification
 *
 * Context: the FDB's lock is held; RTNL if it may lead to a nexthop.
 */
void ovl_fdb_delete(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
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

/**
 * ovl_fdb_walk() - do something with each entry
 * @ovl: the device
 * @fn: what; it may sleep if the entry is one of a group, and may find that
 *	any other is gone
 * @arg: for @fn
 *
 * Context: process, RTNL; may sleep.
 * Return: what @fn returned, if that was not 0, which ends the walk; else 0.
 */
int ovl_fdb_walk(struct ovl_dev *ovl,
		 int (*fn)(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			   const void *arg),
		 const void *arg)
{
	struct ovl_fdb_entry *entry;
	unsigned long id = 0;
	int err = 0;

	ASSERT_RTNL();
	while (!err) {
		rcu_read_lock();
		entry = xa_find(&ovl->fdb.by_id, &id, ULONG_MAX, XA_PRESENT);
		if (!entry) {
			rcu_read_unlock();
			break;
		}
		/* Learned ones may age meanwhile; groups are kept by RTNL */
		if (ovl_fdb_key_is_multi(&entry->key)) {
			rcu_read_unlock();
			err = fn(ovl, entry, arg);
		} else {
			err = fn(ovl, entry, arg);
			rcu_read_unlock();
		}
		id++;
		cond_resched();
	}
	return err;
}

/**
 * ovl_fdb_start() - let entries age: there is one more that may, or the device
 * came up or was configured
 * @ovl: the device
 *
 * Context: any.
 */
void ovl_fdb_start(struct ovl_dev *ovl)
{
	/* Does nothing if it is queued already */
	queue_delayed_work(ovl_workqueue, &ovl->fdb.age_work, HZ);
}

/* A frame may have come since @now was read */
static bool ovl_fdb_is_expired(const struct ovl_fdb_entry *entry, u32 now,
			       u32 ageing)
{
	return time_after32(now, READ_ONCE(entry->updated) + ageing);
}

static void ovl_fdb_age_one(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			    u32 now, u32 ageing)
{
	spin_lock_bh(&ovl->fdb.lock);
	if (!entry->gone && ovl_fdb_may_age(entry) &&
	    ovl_fdb_is_expired(entry, now, ageing))
		ovl_fdb_delete(ovl, entry, false);
	spin_unlock_bh(&ovl->fdb.lock);
}

static void *ovl_fdb_age_next(struct xa_state *xas)
{
	/*
	 * Marks are read without the lock, by a plain read in xarray.h.  At worst
	 * a wrong entry is found: ovl_fdb_age_one() looks again, with the lock.
	 */
	return data_race(xas_next_marked(xas, ULONG_MAX, OVL_FDB_AGES));
}

/* One slice; returns true if the round goes on behind it */
static bool ovl_fdb_age_slice(struct ovl_dev *ovl, u32 ageing)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	XA_STATE(xas, &fdb->by_id, fdb->age_next);
	struct ovl_fdb_entry *entry;
	u32 now = ovl_fdb_now();
	unsigned int n = 0;

	rcu_read_lock();
	/* What others change meanwhile may be missed until the next round */
	for (entry = xas_find_marked(&xas, ULONG_MAX, OVL_FDB_AGES); entry;
	     entry = ovl_fdb_age_next(&xas)) {
		if (xas_retry(&xas, entry))
			continue;
		if (n++ == OVL_FDB_AGE_SLICE)
			break;
		if (ovl_fdb_is_expired(entry, now, ageing))
			ovl_fdb_age_one(ovl, entry, now, ageing);
	}
	rcu_read_unlock();
	/* The first that was not looked at, if the slice was too small */
	fdb->age_next = entry ? xas.xa_index : 0;
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
	if (xa_marked(&fdb->by_id, OVL_FDB_AGES))
		queue_delayed_work(ovl_workqueue, &fdb->age_work,
				   clamp(ageing / 4, 1U, OVL_FDB_AGE_ROUND) *
				   HZ);
}

/*
 * A link-local address tells hosts apart on its own link alone.  That of the
 * device is left to it, as ovl_fdb_normalise() does.
 */
static u32 ovl_fdb_source_link(const struct ovl_conf *conf,
			       const struct ovl_addr *src, u32 ifindex)
{
	return ovl_addr_is_linklocal(src) && !conf->link ? ifindex : 0;
}

/*
 * Can a frame from @src have been sent by @peer, where @entry leads?  What a user
 * gave may name the link that has become the device's own since.
 */
static bool ovl_fdb_is_source(const struct ovl_conf *conf,
			      const struct ovl_fdb_entry *entry,
			      const struct ovl_peer *peer,
			      const struct ovl_addr *src, u32 ifindex)
{
	return ovl_addr_equal(&peer->key.addr, src) &&
	       (!ovl_addr_is_linklocal(src) ||
		peer->key.ifindex == ovl_fdb_source_link(conf, src, ifindex) ||
		(peer->key.ifindex == ifindex && ovl_fdb_is_static(entry)));
}

/* An address is learned from another peer than the one it was behind */
static int ovl_fdb_move(struct ovl_dev *ovl, const struct ovl_conf *conf,
			struct ovl_fdb_entry *entry,
			const struct ovl_addr *src, u32 ifindex)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_peer_key to;
	struct ovl_peer *peer;
	struct ovl_dest *old;

	if (ovl_fdb_is_static(entry))
		return OVL_RX_MAC_STATIC;
	to = ovl_peer_key_of(src, ovl_fdb_source_link(conf, src, ifindex));
	peer = ovl_peer_get(ovl, &to, GFP_ATOMIC | __GFP_NOWARN);
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
			      const struct ovl_addr *src, u32 ifindex)
{
	struct ovl_fdb_entry *entry = NULL;
	struct ovl_peer_key from;
	struct ovl_peer *peer;
	int err = -ENOSPC;

	/* A flood of addresses ends here, before it costs others anything */
	if (ovl_fdb_is_full(&ovl->fdb, conf))
		goto count;
	err = -ENOMEM;
	from = ovl_peer_key_of(src, ovl_fdb_source_link(conf, src, ifindex));
	peer = ovl_peer_get(ovl, &from, GFP_ATOMIC | __GFP_NOWARN);
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
		ovl_fdb_start(ovl);
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
	struct ovl_fdb_key key = { .vni = vni };
	struct ovl_fdb_entry *entry;
	struct ovl_dest *dest;
	u32 now;

	if (unlikely(!is_valid_ether_addr(mac)))
		return OVL_RX_MAC_INVALID;

	ether_addr_copy(key.mac, mac);
	entry = ovl_fdb_find(ovl, &key);
	if (unlikely(!entry)) {
		ovl_fdb_learn_new(ovl, conf, &key, src, ifindex);
		return OVL_PASS;
	}

	dest = rcu_dereference(entry->dest);
	if (unlikely(dest->kind != OVL_DEST_PEER))
		return OVL_RX_MAC_STATIC;
	if (unlikely(!ovl_fdb_is_source(conf, entry, ovl_dest_peer(dest), src,
					ifindex)))
		return ovl_fdb_move(ovl, conf, entry, src, ifindex);
	now = ovl_fdb_now();
	ovl_fdb_touch(&entry->updated, now);
	ovl_fdb_touch(&entry->used, now);
	return OVL_PASS;
}

/* Delete an entry, unless its state is one of those that @arg points to */
static int ovl_fdb_end_one(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			   const void *arg)
{
	const u16 *kept = arg;

	spin_lock_bh(&ovl->fdb.lock);
	if (!entry->gone && !(entry->state & *kept))
		ovl_fdb_delete(ovl, entry, false);
	spin_unlock_bh(&ovl->fdb.lock);
	return 0;
}

/**
 * ovl_fdb_stop() - the device goes down: forget what is not there for good
 * @ovl: the device, not running any more
 *
 * Context: process, RTNL; may sleep.
 */
void ovl_fdb_stop(struct ovl_dev *ovl)
{
	const u16 kept = OVL_FDB_STATIC;

	/* Who saw the device running has learned by now, and nobody learns more */
	spin_lock_bh(&ovl->fdb.lock);
	spin_unlock_bh(&ovl->fdb.lock);
	ovl_fdb_walk(ovl, ovl_fdb_end_one, &kept);
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
	struct ovl_fdb *fdb = &ovl->fdb;
	const u16 kept = 0;

	cancel_delayed_work_sync(&fdb->age_work);
	ovl_fdb_walk(ovl, ovl_fdb_end_one, &kept);
	WARN_ON_ONCE(!xa_empty(&fdb->by_id));
	xa_destroy(&fdb->by_id);
	rhashtable_destroy(&fdb->table);
}
