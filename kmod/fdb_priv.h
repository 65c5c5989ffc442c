/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FDB's table, as fdb.c has it and fdb_dest.c changes it.
 */
#ifndef _OVL_FDB_PRIV_H
#define _OVL_FDB_PRIV_H

#include <linux/neighbour.h>
#include <linux/timekeeping.h>
#include <net/neighbour.h>

#include "fdb.h"

/* States that neither learning nor ageing touches */
#define OVL_FDB_STATIC		(NUD_PERMANENT | NUD_NOARP)

struct ovl_fdb_entry *ovl_fdb_alloc(struct ovl_dev *ovl,
				    const struct ovl_fdb_key *key,
				    struct ovl_dest *dest, gfp_t gfp);
void ovl_fdb_free(struct ovl_dev *ovl, struct ovl_fdb_entry *entry);
int ovl_fdb_insert(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry);
void ovl_fdb_point(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
		   struct ovl_dest *dest);
bool ovl_fdb_set_state(struct ovl_fdb *fdb, struct ovl_fdb_entry *entry,
		       u16 state, u8 flags);
void ovl_fdb_delete(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		    bool quiet);
int ovl_fdb_walk(struct ovl_dev *ovl,
		 int (*fn)(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			   const void *arg),
		 const void *arg);

/* Seconds do for ageing, and a busy entry is written once in each */
static inline u32 ovl_fdb_now(void)
{
	return ktime_get_seconds();
}

/* Where an entry leads; lock held */
static inline struct ovl_dest *ovl_fdb_deref(const struct ovl_fdb *fdb,
					     struct ovl_dest __rcu *dest)
{
	return rcu_dereference_protected(dest, lockdep_is_held(&fdb->lock));
}

#endif /* _OVL_FDB_PRIV_H */
