/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_CONF_H
#define _OVL_CONF_H

#include "ovl.h"

/**
 * struct ovl_conf_families - a bit for each enum ovl_family that a device uses
 * @all: ovl_conf.families
 * @fdb: ovl_dev.fdb_families
 */
struct ovl_conf_families {
	u8	all;
	u8	fdb;
};

struct ovl_conf *ovl_conf_copy(const struct ovl_conf *base);
void ovl_conf_free(struct ovl_conf *conf);
int ovl_conf_acquire(struct ovl_dev *ovl, struct ovl_conf *conf,
		     struct netlink_ext_ack *extack);
int ovl_conf_start(struct ovl_dev *ovl, struct netlink_ext_ack *extack);
int ovl_conf_change(struct ovl_dev *ovl, struct ovl_conf *conf,
		    struct netlink_ext_ack *extack);
int ovl_conf_add_families(struct ovl_dev *ovl, u8 families,
			  struct netlink_ext_ack *extack);
struct ovl_conf_families ovl_conf_families(const struct ovl_dev *ovl);
void ovl_conf_reset_families(struct ovl_dev *ovl,
			     struct ovl_conf_families was);
void ovl_conf_release(struct ovl_dev *ovl);

#endif /* _OVL_CONF_H */
