// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multicast groups of the underlay: memberships of the shared sockets, each as
 * long as a device that is up wants it.
 *
 * vnis.c joins and leaves when a device goes up or down, or when the groups of
 * a live device change; main.c tells of changes to the underlay.
 */
#include <linux/igmp.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "group.h"
#include "sock.h"

/**
 * struct ovl_group - a membership
 * @node: in ovl_net.groups
 * @os: socket that is the member; held by the devices that hold this
 * @addr: the group; constant, as @link
 * @link: ifindex of the underlay device
 * @refs: devices that want it
 * @joined: the socket is a member; not while the underlay has no IP
 *
 * All under RTNL.
 */
struct ovl_group {
	struct hlist_node	node;
	struct ovl_sock		*os;
	struct ovl_addr		addr;
	u32			link;
	unsigned int		refs;
	bool			joined;
};

static u32 ovl_group_hash(const struct ovl_addr *addr, u32 link)
{
	return jhash2((const u32 *)addr, sizeof(*addr) / sizeof(u32), link);
}

static int ovl_group_do_join(struct ovl_group *group)
{
	struct ip_mreqn mreq = {
		.imr_multiaddr	= { .s_addr = group->addr.v4 },
		.imr_ifindex	= group->link,
	};
	struct sock *sk = ovl_sock_sk(group->os);
	int err;

	lock_sock(sk);
	if (group->addr.family == AF_INET)
		err = ip_mc_join_group(sk, &mreq);
	else
		err = ipv6_sock_mc_join(sk, group->link, &group->addr.v6);
	release_sock(sk);
	group->joined = !err;
	return err;
}

static void ovl_group_do_leave(struct ovl_group *group)
{
	struct ip_mreqn mreq = {
		.imr_multiaddr	= { .s_addr = group->addr.v4 },
		.imr_ifindex	= group->link,
	};
	struct sock *sk = ovl_sock_sk(group->os);

	lock_sock(sk);
	if (group->addr.family == AF_INET)
		ip_mc_leave_group(sk, &mreq);
	else
		ipv6_sock_mc_drop(sk, group->link, &group->addr.v6);
	release_sock(sk);
	group->joined = false;
}

/**
 * ovl_group_join() - become a member of a multicast group
 * @ovl: device that wants it
 * @conf: its configuration, with a socket of the group's family
 * @addr: the group
 *
 * Context: process, RTNL.
 * Return: the membership, for the caller to ovl_group_leave() before the socket
 * goes, or an error.
 */
struct ovl_group *ovl_group_join(struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_addr *addr)
{
	struct ovl_sock *os = conf->sock[ovl_family_of(addr->family)];
	u32 hash = ovl_group_hash(addr, conf->link);
	struct ovl_net *on = ovl_net_of(ovl->net);
	struct ovl_group *group;
	int err;

	ASSERT_RTNL();
	hash_for_each_possible(on->groups, group, node, hash) {
		if (group->os != os || group->link != conf->link ||
		    !ovl_addr_equal(&group->addr, addr))
			continue;
		group->refs++;
		return group;
	}

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);
	group->os = os;
	group->addr = *addr;
	group->link = conf->link;
	group->refs = 1;
	err = ovl_group_do_join(group);
	if (err) {
		kfree(group);
		return ERR_PTR(err);
	}
	hash_add(on->groups, &group->node, hash);
	return group;
}

/**
 * ovl_group_leave() - a device needs a membership no more
 * @group: of ovl_group_join()
 *
 * Context: process, RTNL.
 */
void ovl_group_leave(struct ovl_group *group)
{
	ASSERT_RTNL();
	if (--group->refs)
		return;
	hash_del(&group->node);
	if (group->joined)
		ovl_group_do_leave(group);
	kfree(group);
}

/**
 * ovl_group_underlay_changed() - an underlay device is up, or has another MTU
 * @underlay: the device
 *
 * Memberships outlive that it goes down, but not an MTU too small for IP: the
 * kernel then takes IP off the device, and memberships with it, and sockets do
 * not learn of that.
 *
 * Context: process, RTNL.
 */
void ovl_group_underlay_changed(struct net_device *underlay)
{
	struct ovl_net *on = ovl_net_of(dev_net(underlay));
	struct ovl_group *group;
	unsigned int min;
	int bkt;

	hash_for_each(on->groups, bkt, group, node) {
		if (group->link != underlay->ifindex)
			continue;
		min = group->addr.family == AF_INET ? IPV4_MIN_MTU :
						      IPV6_MIN_MTU;
		if (group->joined && underlay->mtu < min)
			ovl_group_do_leave(group);
		else if (!group->joined && underlay->mtu >= min)
			ovl_group_do_join(group);
	}
}
