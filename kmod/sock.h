/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_SOCK_H
#define _OVL_SOCK_H

#include <linux/rhashtable-types.h>

#include "ovl.h"

/**
 * struct ovl_sock_ops - what a socket does with what it receives
 * @rcv: a datagram; as udp_sock.encap_rcv
 * @err_lookup: is the packet quoted in an ICMP error ours?  As
 *	udp_sock.encap_err_lookup
 * @gro_receive: as udp_sock.gro_receive
 * @gro_complete: as udp_sock.gro_complete
 */
struct ovl_sock_ops {
	int		(*rcv)(struct sock *sk, struct sk_buff *skb);
	int		(*err_lookup)(struct sock *sk, struct sk_buff *skb);
	struct sk_buff	*(*gro_receive)(struct sock *sk, struct list_head *head,
					struct sk_buff *skb);
	int		(*gro_complete)(struct sock *sk, struct sk_buff *skb,
					int nhoff);
};

/**
 * struct ovl_vni - a VNI of a socket and the device it belongs to
 * @node: in ovl_sock.vnis
 * @vni: the key
 * @ovl: outlives this by a grace period
 * @sock: whose table it is in
 * @traffic: counters of the VNI, or NULL; outlive this by a grace period
 * @rcu: for the grace period after it left the table
 */
struct ovl_vni {
	struct rhash_head		node;
	u32				vni;
	struct ovl_dev			*ovl;
	struct ovl_sock			*sock;
	struct ovl_traffic __percpu	*traffic;
	struct rcu_head			rcu;
};

struct ovl_sock *ovl_sock_get(struct net *net, const struct ovl_conf *conf,
			      sa_family_t family,
			      const struct ovl_sock_ops *ops,
			      struct netlink_ext_ack *extack);
void ovl_sock_hold(struct ovl_sock *os);
void ovl_sock_put(struct ovl_sock *os);
bool ovl_sock_serves(const struct ovl_sock *os, const struct ovl_conf *conf);
struct sock *ovl_sock_sk(const struct ovl_sock *os);
struct ovl_counters __percpu *ovl_sock_counters(const struct ovl_sock *os);
void ovl_sock_push_ports(struct net *net, struct net_device *dev, bool add);

int ovl_vni_check(const struct ovl_sock *os, u32 vni,
		  struct netlink_ext_ack *extack);
struct ovl_vni *ovl_vni_attach(struct ovl_sock *os, u32 vni,
			       struct ovl_dev *ovl,
			       struct ovl_traffic __percpu *traffic);
void ovl_vni_detach(struct ovl_vni *entry);
const struct ovl_vni *ovl_vni_find(const struct ovl_sock *os, u32 vni,
				   const struct sk_buff *skb, bool quoted);
bool ovl_vni_is_elsewhere(const struct ovl_sock *os, u32 vni,
			  const struct sk_buff *skb);
struct ovl_dev *ovl_vni_find_local(struct net *net,
				   const struct ovl_addr *addr, __be16 port,
				   u32 vni);

#endif /* _OVL_SOCK_H */
