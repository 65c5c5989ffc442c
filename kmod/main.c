// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: what is registered with the kernel, in which order, and what
 * the kernel tells us in return about namespaces and underlay devices.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/nexthop.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#include "conf.h"
#include "device.h"
#include "fdb.h"
#include "group.h"
#include "hash.h"
#include "metadata.h"
#include "netlink.h"
#include "nexthop.h"
#include "oam.h"
#include "reflect.h"
#include "sock.h"
#include "underlay.h"

unsigned int ovl_net_id __read_mostly;
/* Of our own, so that it can be emptied before the module goes */
struct workqueue_struct *ovl_workqueue __read_mostly;

/* A nexthop goes: with it the FDB entries that lead to it */
static void ovl_nexthop_gone(struct ovl_net *on, u32 id)
{
	struct ovl_nh_user *user;

	while ((user = ovl_nh_first_user(on, id)))
		ovl_fdb_remove(ovl_nh_dev(user), user->entry);
}

static void ovl_nexthop_changed(struct ovl_nh_user *user)
{
	/* Without a socket of its family a path counts what it drops */
	ovl_conf_add_families(ovl_nh_dev(user), ovl_nh_families(user), NULL);
	ovl_underlay_follow_endpoints(ovl_nh_dev(user));
}

/*
 * Queued when the kernel tells of a change to a nexthop, which is a moment
 * before that takes effect.
 */
static void ovl_nexthop_work(struct work_struct *work)
{
	struct ovl_net *on = container_of(work, struct ovl_net, nexthop_work);

	rtnl_lock();
	ovl_nh_sync_all(on, ovl_nexthop_changed);
	rtnl_unlock();
}

static int ovl_nexthop_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct ovl_net *on = container_of(nb, struct ovl_net, nexthop_nb);
	const struct nh_notifier_info *info = ptr;

	switch (event) {
	case NEXTHOP_EVENT_DEL:
		ovl_nexthop_gone(on, info->id);
		break;
	case NEXTHOP_EVENT_REPLACE:
		/* A group's own, or that of a path of any group */
		if (!hash_empty(on->nexthops))
			queue_work(ovl_workqueue, &on->nexthop_work);
		break;
	}
	return NOTIFY_DONE;
}

static int __net_init ovl_net_init(struct net *net)
{
	struct ovl_net *on = ovl_net_of(net);

	INIT_LIST_HEAD(&on->devs);
	hash_init(on->by_underlay);
	hash_init(on->socks);
	hash_init(on->groups);
	hash_init(on->nexthops);
	INIT_WORK(&on->nexthop_work, ovl_nexthop_work);
	on->nexthop_nb.notifier_call = ovl_nexthop_event;
	return register_nexthop_notifier(net, &on->nexthop_nb, NULL);
}

/* A namespace goes: with it those devices that have left it */
static void __net_exit ovl_net_exit_rtnl(struct net *net,
					 struct list_head *devs)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_dev *ovl, *next;

	list_for_each_entry_safe(ovl, next, &on->devs, list)
		ovl_netlink_dellink(ovl->dev, devs);
}

static void __net_exit ovl_net_exit(struct net *net)
{
	struct ovl_net *on = ovl_net_of(net);

	unregister_nexthop_notifier(net, &on->nexthop_nb);
	cancel_work_sync(&on->nexthop_work);
	WARN_ON_ONCE(!hash_empty(on->socks));
	WARN_ON_ONCE(!hash_empty(on->groups));
	WARN_ON_ONCE(!hash_empty(on->nexthops));
}

OVL_EXIT_RTNL_DEFINE(ovl_net_exit_rtnl)

static struct pernet_operations ovl_net_ops = {
	.init	= ovl_net_init,
	OVL_EXIT_RTNL(ovl_net_exit_rtnl),
	.exit	= ovl_net_exit,
	.id	= &ovl_net_id,
	.size	= sizeof(struct ovl_net),
};

/* A device that is bound to @underlay by "dev", and is not being deleted */
static struct net_device *ovl_underlay_upper(struct net_device *underlay)
{
	struct net_device *dev, *found = NULL;
	struct list_head *iter;

	rcu_read_lock();
	netdev_for_each_upper_dev_rcu(underlay, dev, iter) {
		if (ovl_device_is(dev) && ovl_netlink_is_live(dev)) {
			found = dev;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/* An underlay device goes: with it those that are bound to it */
static void ovl_underlay_gone(struct net_device *underlay)
{
	struct net_device *dev;
	LIST_HEAD(devs);

	/* Deleting takes it out of the uppers */
	while ((dev = ovl_underlay_upper(underlay)))
		ovl_netlink_dellink(dev, &devs);
	unregister_netdevice_many(&devs);
}

/* An underlay device has another MTU, is gone, or may be one that was missing */
static void ovl_underlay_changed(struct net_device *underlay, int ifindex)
{
	struct ovl_net *on = ovl_net_of(dev_net(underlay));
	struct hlist_node *next;
	struct ovl_dev *ovl;

	hash_for_each_possible_safe(on->by_underlay, ovl, next, by_underlay,
				    ifindex)
		if (ovl->underlay == ifindex)
			ovl_underlay_follow(ovl);
}

static int ovl_netdev_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_UNREGISTER:
		ovl_underlay_gone(dev);
		break;
	case NETDEV_CHANGEMTU:
		ovl_group_underlay_changed(dev);
		fallthrough;
	case NETDEV_DOWN:
		ovl_underlay_changed(dev, dev->ifindex);
		break;
	case NETDEV_UP:
		ovl_group_underlay_changed(dev);
		/* Those that had no route when they asked */
		ovl_underlay_changed(dev, 0);
		break;
	case NETDEV_UDP_TUNNEL_PUSH_INFO:
		ovl_sock_push_ports(dev_net(dev), dev, true);
		break;
	case NETDEV_UDP_TUNNEL_DROP_INFO:
		ovl_sock_push_ports(dev_net(dev), dev, false);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block ovl_netdev_notifier = {
	.notifier_call = ovl_netdev_event,
};

static int __init ovl_module_init(void)
{
	int err;

	ovl_hash_init();
	ovl_reflect_init();
	ovl_workqueue = alloc_workqueue("ovl", WQ_UNBOUND, 0);
	if (!ovl_workqueue)
		return -ENOMEM;
	err = register_pernet_subsys(&ovl_net_ops);
	if (err)
		goto err_workqueue;
	err = register_netdevice_notifier(&ovl_netdev_notifier);
	if (err)
		goto err_pernet;
	err = ovl_oam_register();
	if (err)
		goto err_notifier;
	err = rtnl_link_register(&ovl_link_ops);
	if (err)
		goto err_oam;
	return 0;

err_oam:
	ovl_oam_unregister();
err_notifier:
	unregister_netdevice_notifier(&ovl_netdev_notifier);
err_pernet:
	unregister_pernet_subsys(&ovl_net_ops);
err_workqueue:
	destroy_workqueue(ovl_workqueue);
	return err;
}

static void __exit ovl_module_exit(void)
{
	/* Deletes all devices, and waits for their last reference */
	rtnl_link_unregister(&ovl_link_ops);
	ovl_oam_unregister();
	unregister_netdevice_notifier(&ovl_netdev_notifier);
	unregister_pernet_subsys(&ovl_net_ops);
	destroy_workqueue(ovl_workqueue);
	ovl_metadata_forget();
	/* Configurations and peers on their way through call_rcu() */
	rcu_barrier();
}

module_init(ovl_module_init);
module_exit(ovl_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Geneve overlay endpoint (RFC 8926)");
MODULE_AUTHOR("The ovl authors");
MODULE_ALIAS_RTNL_LINK("ovl");
