// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FDB: what users, and the device's configuration, have changed: entries
 * are set, deleted and flushed, and peers join and leave the entries of groups.
 *
 * A list of destinations is never changed: another one takes its place.
 */
#include <linux/bsearch.h>
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "fdb.h"
#include "fdb_msg.h"
#include "fdb_priv.h"
#include "nexthop.h"

/* The entry of a group, which RTNL keeps: such do not age */
static struct ovl_fdb_entry *ovl_fdb_find_group(struct ovl_dev *ovl,
						const struct ovl_fdb_key *key)
{
	struct ovl_fdb_entry *entry;

	ASSERT_RTNL();
	rcu_read_lock();
	entry = ovl_fdb_find(ovl, key);
	rcu_read_unlock();
	return entry;
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

/* Its number in a list, counted from 1; 0: @dest does not lead there */
static u32 ovl_dest_place(struct ovl_dest *dest, const struct ovl_peer *peer)
{
	struct ovl_dest_list *list;
	u32 i;

	if (dest->kind != OVL_DEST_LIST)
		return dest == &peer->dest;
	list = ovl_dest_list(dest);
	for (i = 0; i < list->n; i++)
		if (list->to[i].peer == peer)
			return list->to[i].seq + 1;
	return 0;
}

/* Does @dest lead to @peer and nowhere else? */
static bool ovl_dest_is_only(struct ovl_dest *dest, const struct ovl_peer *peer)
{
	if (dest->kind == OVL_DEST_LIST && ovl_dest_list(dest)->n > 1)
		return false;
	return ovl_dest_place(dest, peer);
}

static bool ovl_dest_equal(struct ovl_dest *a, struct ovl_dest *b)
{
	if (a->kind == OVL_DEST_NEXTHOP && b->kind == OVL_DEST_NEXTHOP)
		return ovl_nh_user(a)->nh == ovl_nh_user(b)->nh;
	return b->kind == OVL_DEST_PEER &&
	       ovl_dest_is_only(a, ovl_dest_peer(b));
}

/* @new goes to the place that it had before, or to the end: ovl_fdb_request.place */
static void ovl_dest_list_add(struct ovl_dest_list *list, struct ovl_peer *new,
			      u32 place)
{
	u32 seq = place ? place - 1 : list->next_seq++;
	u32 i;

	for (i = list->n; i && list->to[i - 1].seq > seq; i--)
		list->to[i] = list->to[i - 1];
	list->to[i] = (struct ovl_dest_to) { .peer = new, .seq = seq };
	list->n++;
}

/* @old gives its place in the list to @new, or either of them is NULL */
static void ovl_dest_list_swap(struct ovl_dest_list *list, struct ovl_peer *old,
			       struct ovl_peer *new, u32 place)
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
	list->n = n;
	if (new)
		ovl_dest_list_add(list, new, place);
}

/*
 * Prepare that @old, if it is there, leaves the entry of a group, and that @new,
 * if it is not there, joins it, without @old at @place; either may be NULL.  The
 * entry leads to no nexthop.  RTNL
 */
static int ovl_fdb_plan(struct ovl_fdb_plan *plan, struct ovl_fdb_entry *entry,
			struct ovl_peer *old, struct ovl_peer *new, u32 place)
{
	struct ovl_dest *dest = rtnl_dereference(entry->dest);
	struct ovl_dest_list *list;

	*plan = (struct ovl_fdb_plan) {};
	if (old && !ovl_dest_place(dest, old))
		old = NULL;
	if (new && ovl_dest_place(dest, new))
		new = NULL;
	if (!old && !new)
		return 0;

	/* The only one needs no list to be replaced, nor to leave */
	if (!old || !ovl_dest_is_only(dest, old)) {
		list = ovl_dest_list_copy(dest);
		if (!list)
			return -ENOMEM;
		ovl_dest_list_swap(list, old, new, place);
		plan->dest = &list->dest;
	} else if (new) {
		plan->dest = &new->dest;
	}
	if (new)
		ovl_peer_hold(new);
	plan->entry = entry;
	plan->was = dest;
	plan->old = old;
	plan->new = new;
	return 0;
}

/**
 * ovl_fdb_commit() - carry out a plan, as far as packets see it
 * @ovl: the device
 * @plan: the plan; ovl_fdb_finish() does the rest
 *
 * Context: the FDB's lock is held; packets may wait for the caller.
 */
void ovl_fdb_commit(struct ovl_dev *ovl, const struct ovl_fdb_plan *plan)
{
	if (plan->dest)
		ovl_fdb_point(&ovl->fdb, plan->entry, plan->dest);
	else if (plan->entry && ovl_fdb_key_is_default(&plan->entry->key))
		RCU_INIT_POINTER(ovl->fdb.flood, NULL);
}

/**
 * ovl_fdb_finish() - tell of a plan that was carried out
 * @ovl: the device
 * @plan: the plan
 * @quiet: somebody else sends the notifications
 *
 * Context: the FDB's lock is still held.
 */
void ovl_fdb_finish(struct ovl_dev *ovl, const struct ovl_fdb_plan *plan,
		    bool quiet)
{
	if (!plan->entry)
		return;
	if (!plan->dest) {
		ovl_fdb_delete(ovl, plan->entry, quiet);
		return;
	}
	if (plan->old && !quiet)
		ovl_fdb_notify(ovl, plan->entry, plan->old, RTM_DELNEIGH);
	if (plan->new && !quiet)
		ovl_fdb_notify(ovl, plan->entry, plan->new, RTM_NEWNEIGH);
	/* The other references are in the new list */
	if (plan->was->kind == OVL_DEST_LIST)
		kvfree_rcu(ovl_dest_list(plan->was), rcu);
	if (plan->old)
		ovl_peer_put(plan->old);
}

/* The same at once: @old leaves, @new joins, or either of them is NULL; RTNL */
static int ovl_fdb_swap(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			struct ovl_peer *old, struct ovl_peer *new, u32 place,
			bool quiet)
{
	struct ovl_fdb_plan plan;
	int err;

	err = ovl_fdb_plan(&plan, entry, old, new, place);
	if (err)
		return err;
	spin_lock_bh(&ovl->fdb.lock);
	ovl_fdb_commit(ovl, &plan);
	ovl_fdb_finish(ovl, &plan, quiet);
	spin_unlock_bh(&ovl->fdb.lock);
	return 0;
}

/**
 * ovl_fdb_create_flood() - a device without flood list gets one
 * @ovl: the device
 * @peer: the only one in the list
 * @planned: a plan is to show it to packets and to tell of it
 *
 * Context: process, RTNL.
 * Return: 0 or -ENOMEM.
 */
int ovl_fdb_create_flood(struct ovl_dev *ovl, struct ovl_peer *peer,
			 bool planned)
{
	struct ovl_fdb_request req = {
		.dest		= &peer->dest,
		.state		= NUD_REACHABLE | NUD_PERMANENT,
		.flags		= NTF_SELF,
		.nlm_flags	= NLM_F_CREATE,
		.quiet		= planned,
		.planned	= planned,
	};
	int err;

	ovl_peer_hold(peer);
	err = ovl_fdb_set(ovl, &req, NULL);
	if (err)
		ovl_peer_put(peer);
	return err;
}

/**
 * ovl_fdb_plan_default() - prepare for another default peer in the flood list
 * @ovl: the device
 * @old: peer that shall leave the list, if it is there; or NULL
 * @new: peer that shall join it, if it is not there; or NULL
 * @plan: set up for ovl_fdb_commit() and ovl_fdb_finish(), which must follow
 *
 * A device that had no list at all gets one here, which packets find when the
 * plan is carried out.
 *
 * Context: process, RTNL, which is kept until then.
 * Return: 0 or -ENOMEM.
 */
int ovl_fdb_plan_default(struct ovl_dev *ovl, struct ovl_peer *old,
			 struct ovl_peer *new, struct ovl_fdb_plan *plan)
{
	const struct ovl_fdb_key key = {};
	struct ovl_fdb_entry *entry;
	int err;

	*plan = (struct ovl_fdb_plan) {};
	if (old == new)
		return 0;
	entry = ovl_fdb_find_group(ovl, &key);
	if (!entry && new) {
		err = ovl_fdb_create_flood(ovl, new, true);
		if (err)
			return err;
		plan->entry = ovl_fdb_find_group(ovl, &key);
		plan->was = &new->dest;
		plan->dest = &new->dest;
		plan->new = new;
		return 0;
	}
	if (!entry)
		return 0;
	/* What the user has put there */
	if (rtnl_dereference(entry->dest)->kind == OVL_DEST_NEXTHOP)
		return 0;
	return ovl_fdb_plan(plan, entry, old, new, 0);
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
	bool changed = false, replace;

	replace = req->nlm_flags & NLM_F_REPLACE &&
		  !ovl_dest_equal(old, req->dest);
	/* What a control plane learned does not make the user's own its own */
	if (!(req->flags & NTF_EXT_LEARNED) || entry->learned)
		changed = ovl_fdb_set_state(fdb, entry, req->state, req->flags);
	entry->protocol = req->protocol;
	if (replace) {
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
	err = ovl_fdb_insert(&ovl->fdb, entry);
	if (err)
		return err;
	if (!req->planned)
		ovl_fdb_point(&ovl->fdb, entry, req->dest);
	if (!req->quiet)
		ovl_fdb_notify_all(ovl, entry, RTM_NEWNEIGH);
	return 0;
}

/* Of a group that has an entry: one destination more; RTNL */
static int ovl_fdb_append(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			  const struct ovl_fdb_request *req)
{
	int err;

	err = ovl_fdb_swap(ovl, entry, NULL, ovl_dest_peer(req->dest),
			   req->place, req->quiet);
	/* The list has a reference of its own */
	if (!err)
		ovl_dest_put(req->dest);
	return err;
}

/**
 * ovl_fdb_set() - make or change an entry, as the user asks
 * @ovl: the device
 * @req: what is asked, against which ovl_fdb_may_set() has nothing; its
 *	reference to a destination is given away, unless an error is returned
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
	if (req->nlm_flags & NLM_F_APPEND && ovl_fdb_key_is_multi(&req->key)) {
		entry = ovl_fdb_find_group(ovl, &req->key);
		if (entry)
			return ovl_fdb_append(ovl, entry, req);
	}

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
	ovl_fdb_start(ovl);
	return 0;
}

/**
 * ovl_fdb_place() - where does an entry have a destination?
 * @ovl: the device
 * @key: of the entry
 * @to: the destination
 * @held: set to the destination, for the caller to ovl_peer_put(), if it is
 *	there; NULL: not wanted.  Of lists alone: what else there is may age
 *
 * Context: process, RTNL.
 * Return: ovl_fdb_request.place; 0: it does not lead there, or is not there.
 */
u32 ovl_fdb_place(struct ovl_dev *ovl, const struct ovl_fdb_key *key,
		  const struct ovl_peer_key *to, struct ovl_peer **held)
{
	struct ovl_fdb_entry *entry;
	struct ovl_peer *peer;
	u32 place = 0;

	rcu_read_lock();
	peer = ovl_peer_find_key(ovl, to);
	entry = ovl_fdb_find(ovl, key);
	if (entry && peer)
		place = ovl_dest_place(rcu_dereference(entry->dest), peer);
	/* A list has a reference itself, and changes under RTNL alone */
	if (place && held) {
		ovl_peer_hold(peer);
		*held = peer;
	}
	rcu_read_unlock();
	return place;
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
		    !ovl_dest_place(dest, peer))
			goto unlock;
	}
	if (peer && dest->kind == OVL_DEST_LIST) {
		/* RTNL keeps the entry and the peer: lists do not age */
		rcu_read_unlock();
		return ovl_fdb_swap(ovl, entry, peer, NULL, 0, quiet);
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

static int ovl_fdb_compare_vni(const void *key, const void *elem)
{
	const struct ovl_vni_span *span = elem;
	u32 vni = *(const u32 *)key;

	return vni < span->first ? -1 : vni > span->last;
}

static bool ovl_fdb_filter_entry(const struct ovl_fdb_filter *filter,
				 const struct ovl_fdb_entry *entry,
				 struct ovl_dest *dest)
{
	if ((entry->state & filter->state_mask) != filter->state ||
	    (entry->flags & filter->flags_mask) != filter->flags)
		return false;
	if (filter->vnis &&
	    !bsearch(&entry->key.vni, filter->vnis, filter->n_vnis,
		     sizeof(*filter->vnis), ovl_fdb_compare_vni))
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
		err = ovl_fdb_swap(ovl, entry, list->to[i].peer, NULL, 0, false);
		if (err || last)
			return err;
	}
}

static int ovl_fdb_flush_one(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			     const void *arg)
{
	const struct ovl_fdb_filter *filter = arg;
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
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
 * @filter: which
 *
 * Context: process, RTNL; may sleep.
 * Return: 0 or -ENOMEM.
 */
int ovl_fdb_flush(struct ovl_dev *ovl, const struct ovl_fdb_filter *filter)
{
	return ovl_fdb_walk(ovl, ovl_fdb_flush_one, filter);
}

/**
 * ovl_fdb_flush_vnis() - delete all entries of some VNIs
 * @ovl: the device
 * @vnis: these, which frames belong to on this side, in order
 * @n: how many spans
 *
 * Frames that are received meanwhile may teach a new entry.
 *
 * Context: process, RTNL; may sleep.
 */
void ovl_fdb_flush_vnis(struct ovl_dev *ovl, const struct ovl_vni_span *vnis,
			unsigned int n)
{
	const struct ovl_fdb_filter filter = { .vnis = vnis, .n_vnis = n };

	/* Fails only where a list is left with fewer destinations */
	ovl_fdb_flush(ovl, &filter);
}
