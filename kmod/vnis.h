/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VNIs that a device has: its own one, or with vnifilter any number that
 * come and go.  What a VNI needs of the sockets is kept here: its place in
 * their tables, and membership in its multicast group.
 *
 * conf.c moves them from one configuration to the next; vni_netlink.c adds and
 * deletes; xmit.c counts, xstats.c shows.
 */
#ifndef _OVL_VNIS_H
#define _OVL_VNIS_H

#include "ovl.h"

void ovl_vnis_init(struct ovl_dev *ovl);
void ovl_vnis_destroy(struct ovl_dev *ovl);
int ovl_vnis_check(struct ovl_dev *ovl, const struct ovl_conf *conf,
		   const struct ovl_sock *os, struct netlink_ext_ack *extack);
int ovl_vnis_prepare(struct ovl_dev *ovl, const struct ovl_conf *conf,
		     const struct ovl_conf *old,
		     struct netlink_ext_ack *extack);
const char *ovl_vnis_complaint(const struct ovl_conf *conf,
			       const struct ovl_addr *remote);
int ovl_vnis_judge(struct ovl_dev *ovl, const struct ovl_conf *conf,
		   struct netlink_ext_ack *extack);
void ovl_vnis_abort(struct ovl_dev *ovl, const struct ovl_conf *conf);
void ovl_vnis_commit(struct ovl_dev *ovl, const struct ovl_conf *conf);
void ovl_vnis_unreach(struct ovl_dev *ovl);
int ovl_vnis_join(struct ovl_dev *ovl, struct netlink_ext_ack *extack);
void ovl_vnis_leave(struct ovl_dev *ovl);

struct ovl_vnif *ovl_vnif_new(struct ovl_dev *ovl, u32 vni,
			      struct netlink_ext_ack *extack);
void ovl_vnif_remove(struct ovl_dev *ovl, struct ovl_vnif *vnif);
struct ovl_group *ovl_vnif_join(struct ovl_dev *ovl,
				const struct ovl_conf *conf,
				const struct ovl_addr *remote,
				struct netlink_ext_ack *extack);
void ovl_vnif_leave(struct ovl_group **group);

/* Counters of a VNI, or NULL; under RCU */
static inline struct ovl_traffic __percpu *
ovl_vnis_traffic(struct ovl_dev *ovl, u32 vni)
{
	const struct ovl_vnif *vnif = xa_load(&ovl->vnis, vni);

	return vnif ? vnif->traffic : NULL;
}

#endif /* _OVL_VNIS_H */
