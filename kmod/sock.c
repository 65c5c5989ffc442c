// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP sockets and the VNI table of each.
 *
 * Devices with the same namespace, family, local address, port and underlay
 * device share one socket; the VNI then tells which device a packet is for.
 * netlink.c takes and gives back sockets and VNIs; the packet paths look up.
 *
 * Sockets that differ only in how precise they are (10.0.0.1:6081 beside
 * *:6081, or one bound to a device beside one that is not) live side by side.
 * UDP hands a packet to the most precise one, and ovl_vni_find() falls back to
 * the others when that one does not know the VNI.
 */
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "lean.h"
#include "sock.h"

/**
 * struct ovl_sock_key - what makes two devices share a socket
 * @local: address bound to; zero for any
 * @ifindex: underlay device bound to; 0 for any
 * @port: UDP port bound to
 * @family: AF_INET or AF_INET6
 */
struct ovl_sock_key {
	struct in6_addr	local;
	u32		ifindex;
	__be16		port;
	u16		family;
};

/**
 * struct ovl_sock - a shared UDP socket
 * @key: what it is bound to; constant
 * @node: in ovl_net.socks; written under RTNL, read under RCU
 * @sock: the kernel's socket; lives as long as this, plus RCU's grace
 * @refs: devices that use it; RTNL
 * @vnis: struct ovl_vni by VNI; written under RTNL, read under RCU
 * @counters: packets dropped before a device was found
 */
struct ovl_sock {
	struct ovl_sock_key		key;
	struct hlist_node		node;
	struct socket			*sock;
	unsigned int			refs;
	struct rhashtable		vnis;
	struct ovl_counters __percpu	*counters;
};

/* A comparison of one word, in place of a call of memcmp() for each packet */
static int ovl_vni_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	return ((const struct ovl_vni *)obj)->vni != *(const u32 *)arg->key;
}

static const struct rhashtable_params ovl_vni_params = {
	.head_offset		= offsetof(struct ovl_vni, node),
	.key_offset		= offsetof(struct ovl_vni, vni),
	.key_len		= sizeof(u32),
	.obj_cmpfn		= ovl_vni_cmp,
	.automatic_shrinking	= true,
};

static u32 ovl_sock_hash(const struct ovl_sock_key *key)
{
	return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), 0);
}

/* What goes to a multicast group goes to no local address */
static void ovl_sock_key_of(struct ovl_sock_key *key,
			    const struct ovl_conf *conf, sa_family_t family)
{
	*key = (struct ovl_sock_key) {
		.ifindex	= conf->link,
		.port		= conf->dstport,
		.family		= family,
	};
	if (conf->local.family == family &&
	    !ovl_addr_is_multicast(&conf->remote))
		key->local = conf->local.v6;
}

static struct ovl_sock *ovl_sock_find(struct net *net,
				      const struct ovl_sock_key *key)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_sock *os;

	hash_for_each_possible_rcu(on->socks, os, node, ovl_sock_hash(key),
				   lockdep_rtnl_is_held())
		if (!memcmp(&os->key, key, sizeof(*key)))
			return os;
	return NULL;
}

/*
 * Let our own sockets of @key's port share it, or not, and say how many there
 * are.
 */
static unsigned int ovl_sock_set_reuse(struct net *net,
				       const struct ovl_sock_key *key,
				       unsigned char reuse)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_sock *os;
	unsigned int n = 0;
	int bkt;

	hash_for_each(on->socks, bkt, os, node) {
		if (os->key.port != key->port || os->key.family != key->family)
			continue;
		os->sock->sk->sk_reuse = reuse;
		n++;
	}
	return n;
}

static int ovl_sock_bind_addr(struct socket *sock,
			      const struct ovl_sock_key *key)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family	= AF_INET6,
		.sin6_port	= key->port,
		.sin6_addr	= key->local,
		.sin6_scope_id	= key->ifindex,
	};
	struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_port	= key->port,
		.sin_addr	= { .s_addr = key->local.s6_addr32[0] },
	};

	if (key->family == AF_INET6)
		return kernel_bind(sock, OVL_SOCKADDR(&sin6), sizeof(sin6));
	return kernel_bind(sock, OVL_SOCKADDR(&sin), sizeof(sin));
}

/* Are there addresses that both sockets are bound to? */
static bool ovl_sock_overlap(const struct sock *sk, const struct sock *sk2)
{
	if (sk->sk_family == AF_INET6)
		return sk2->sk_family == AF_INET6 &&
		       (ipv6_addr_any(&sk->sk_v6_rcv_saddr) ||
			ipv6_addr_any(&sk2->sk_v6_rcv_saddr) ||
			ipv6_addr_equal(&sk->sk_v6_rcv_saddr,
					&sk2->sk_v6_rcv_saddr));

	/* A socket of IPv6 for both families has an IPv4 address as well */
	return !ipv6_only_sock(sk2) &&
	       (!sk->sk_rcv_saddr || !sk2->sk_rcv_saddr ||
		sk->sk_rcv_saddr == sk2->sk_rcv_saddr);
}

/* Is @sk bound over a socket that is not one of ours? */
static bool ovl_sock_is_foreign_bound(struct net *net, struct sock *sk,
				      const struct ovl_sock_ops *ops)
{
	u16 port = inet_sk(sk)->inet_num;
	struct udp_hslot *slot;
	bool found = false;
	struct sock *sk2;

	slot = udp_hashslot(ovl_compat_udp_table(net), net, port);
	spin_lock_bh(&slot->lock);
	sk_for_each(sk2, &slot->head) {
		if (sk2 == sk || !net_eq(sock_net(sk2), net) ||
		    inet_sk(sk2)->inet_num != port ||
		    udp_sk(sk2)->encap_rcv == ops->rcv)
			continue;
		if (sk->sk_bound_dev_if && sk2->sk_bound_dev_if &&
		    sk->sk_bound_dev_if != sk2->sk_bound_dev_if)
			continue;
		if (ovl_sock_overlap(sk, sk2)) {
			found = true;
			break;
		}
	}
	spin_unlock_bh(&slot->lock);
	return found;
}

/*
 * A foreign program, or another driver, that holds the port must be noticed,
 * also one that set SO_REUSEADDR: so the first try is exclusive.  When it
 * fails because of sockets of our own, the port is shared with those for the
 * time of a second try, and then looked through for others that let it pass.
 */
static int ovl_sock_bind(struct net *net, struct socket *sock,
			 const struct ovl_sock_key *key,
			 const struct ovl_sock_ops *ops)
{
	struct sock *sk = sock->sk;
	int err;

	err = ovl_sock_bind_addr(sock, key);
	if (err != -EADDRINUSE)
		return err;

	if (!ovl_sock_set_reuse(net, key, SK_CAN_REUSE))
		return err;
	sk->sk_reuse = SK_CAN_REUSE;
	err = ovl_sock_bind_addr(sock, key);
	sk->sk_reuse = SK_NO_REUSE;
	ovl_sock_set_reuse(net, key, SK_NO_REUSE);
	if (!err && ovl_sock_is_foreign_bound(net, sk, ops))
		err = -EADDRINUSE;
	return err;
}

/*
 * Once it is bound, what comes in goes to @ops, and to the devices of the less
 * and the more precise sockets that it may have taken packets from: so all is
 * in place before.
 */
static int ovl_sock_create(struct net *net, struct ovl_sock *os,
			   const struct ovl_sock_ops *ops)
{
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data		= os,
		.encap_type		= 1,
		.encap_rcv		= ops->rcv,
		.encap_err_lookup	= ops->err_lookup,
		.gro_receive		= ops->gro_receive,
		.gro_complete		= ops->gro_complete,
	};
	const struct ovl_sock_key *key = &os->key;
	struct sock *sk;
	int err;

	err = sock_create_kern(net, key->family, SOCK_DGRAM, IPPROTO_UDP,
			       &os->sock);
	if (err)
		return err;
	sk = os->sock->sk;

	if (key->family == AF_INET6) {
		err = ip6_sock_set_v6only(sk);
		if (err)
			goto err_release;
		/*
		 * Whether a zero checksum is welcome is known once the VNI is:
		 * recv.c decides (RFC 6936 section 4, rule 6).
		 */
		udp_set_no_check6_rx(sk, true);
	}
	/* The address may come, go and come back while the device stands */
	ip_sock_set_freebind(sk);
	if (key->ifindex) {
		err = sock_bindtoindex(sk, key->ifindex, false);
		if (err)
			goto err_release;
	}
	rcu_assign_sk_user_data(sk, os);
	udp_sk(sk)->encap_type = cfg.encap_type;
	udp_sk(sk)->encap_rcv = cfg.encap_rcv;
	err = ovl_sock_bind(net, os->sock, key, ops);
	if (err)
		goto err_release;

	setup_udp_tunnel_sock(net, sk, &cfg);
	udp_tunnel_notify_add_rx_port(sk, UDP_TUNNEL_TYPE_GENEVE);
	return 0;

err_release:
	sock_release(os->sock);
	/* It may have been bound for a moment */
	synchronize_net();
	return err;
}

static void ovl_sock_set_err(int err, const struct ovl_sock_key *key,
			     struct netlink_ext_ack *extack)
{
	if (err == -EADDRINUSE)
		NL_SET_ERR_MSG_FMT(extack,
				   "dstport: UDP port %u is in use by another driver or program",
				   ntohs(key->port));
	else if (err == -EAFNOSUPPORT)
		NL_SET_ERR_MSG(extack, "this kernel runs without IPv6");
	else
		NL_SET_ERR_MSG_FMT(extack,
				   "dstport: cannot open UDP port %u: error %d",
				   ntohs(key->port), err);
}

/**
 * ovl_sock_get() - the socket that a configuration asks for
 * @net: namespace of the underlay
 * @conf: local address, port and underlay device are looked at
 * @family: AF_INET or AF_INET6
 * @ops: called for what is received, if the socket is new
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: a reference for the caller to ovl_sock_put(); -EADDRINUSE if the
 * port is held by somebody else; another error of opening a socket.
 */
struct ovl_sock *ovl_sock_get(struct net *net, const struct ovl_conf *conf,
			      sa_family_t family,
			      const struct ovl_sock_ops *ops,
			      struct netlink_ext_ack *extack)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_sock_key key;
	struct ovl_sock *os;
	int err;

	ASSERT_RTNL();
	ovl_sock_key_of(&key, conf, family);
	os = ovl_sock_find(net, &key);
	if (os) {
		os->refs++;
		return os;
	}

	os = kzalloc(sizeof(*os), GFP_KERNEL);
	if (!os)
		return ERR_PTR(-ENOMEM);
	os->key = key;
	os->refs = 1;
	os->counters = ovl_stats_alloc();
	if (!os->counters) {
		err = -ENOMEM;
		goto err_free;
	}
	err = rhashtable_init(&os->vnis, &ovl_vni_params);
	if (err)
		goto err_counters;
	err = ovl_sock_create(net, os, ops);
	if (err) {
		ovl_sock_set_err(err, &key, extack);
		goto err_vnis;
	}

	WRITE_ONCE(on->n_socks[ovl_family_of(family)],
		   on->n_socks[ovl_family_of(family)] + 1);
	hash_add_rcu(on->socks, &os->node, ovl_sock_hash(&key));
	ovl_lean_come(net, ovl_family_of(family), key.port);
	return os;

err_vnis:
	rhashtable_destroy(&os->vnis);
err_counters:
	free_percpu(os->counters);
err_free:
	kfree(os);
	return ERR_PTR(err);
}

/**
 * ovl_sock_hold() - one more reference
 * @os: of which the caller has one already
 *
 * Context: process, RTNL.
 */
void ovl_sock_hold(struct ovl_sock *os)
{
	ASSERT_RTNL();
	os->refs++;
}

/**
 * ovl_sock_put() - give back a reference, and the socket with the last one
 * @os: the caller's devices have left its VNI table
 *
 * Context: process, RTNL; may wait for a grace period.
 */
void ovl_sock_put(struct ovl_sock *os)
{
	enum ovl_family family = ovl_family_of(os->key.family);
	struct sock *sk = os->sock->sk;
	struct net *net = sock_net(sk);
	struct ovl_net *on = ovl_net_of(net);

	ASSERT_RTNL();
	if (--os->refs)
		return;

	udp_tunnel_notify_del_rx_port(sk, UDP_TUNNEL_TYPE_GENEVE);
	/*
	 * UDP may be looking for the socket of a packet, and have passed the
	 * place where this one's successor has come since: it must find this.
	 */
	if (on->n_socks[family] > 1)
		synchronize_net();
	/*
	 * First out of UDP's tables: packets then find another socket of ours,
	 * if one serves them.  Those on their way hold @os by RCU alone, as
	 * xmit.c does.
	 */
	sk->sk_prot->unhash(sk);
	hash_del_rcu(&os->node);
	/* Who sees one less also sees that this one is out: ovl_sock_is_alone() */
	smp_store_release(&on->n_socks[family], on->n_socks[family] - 1);
	ovl_lean_going(net, family);
	synchronize_net();
	/* A packet that IP found it for early may be with NFQUEUE meanwhile */
	rcu_assign_sk_user_data(sk, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_rcv, NULL);
	if (refcount_read(&sk->sk_refcnt) > 1)
		synchronize_net();
	if (!on->n_socks[OVL_IPV4] && !on->n_socks[OVL_IPV6])
		ovl_lean_gone(net);
	udp_tunnel_sock_release(sk);
	rhashtable_destroy(&os->vnis);
	free_percpu(os->counters);
	kfree(os);
}

/**
 * ovl_sock_serves() - is a socket the one that a configuration asks for?
 * @os: the socket
 * @conf: the configuration
 *
 * Context: any.
 */
bool ovl_sock_serves(const struct ovl_sock *os, const struct ovl_conf *conf)
{
	struct ovl_sock_key key;

	ovl_sock_key_of(&key, conf, os->key.family);
	return !memcmp(&os->key, &key, sizeof(key));
}

/**
 * ovl_sock_sk() - the kernel's socket
 * @os: held by a reference or by RCU
 *
 * Context: any.
 */
struct sock *ovl_sock_sk(const struct ovl_sock *os)
{
	return os->sock->sk;
}

/**
 * ovl_sock_counters() - counters of what was dropped before the VNI was known
 * @os: held by a reference or by RCU
 *
 * Context: any.
 */
struct ovl_counters __percpu *ovl_sock_counters(const struct ovl_sock *os)
{
	return os->counters;
}

/**
 * ovl_sock_push_ports() - tell a NIC which ports carry Geneve
 * @net: the NIC's namespace
 * @dev: the NIC
 * @add: whether it shall know or forget
 *
 * Context: process, RTNL.
 */
void ovl_sock_push_ports(struct net *net, struct net_device *dev, bool add)
{
	struct ovl_net *on = ovl_net_of(net);
	struct ovl_sock *os;
	int bkt;

	ASSERT_RTNL();
	hash_for_each(on->socks, bkt, os, node) {
		if (add)
			udp_tunnel_push_rx_port(dev, os->sock->sk,
						UDP_TUNNEL_TYPE_GENEVE);
		else
			udp_tunnel_drop_rx_port(dev, os->sock->sk,
						UDP_TUNNEL_TYPE_GENEVE);
	}
}

static struct ovl_vni *ovl_vni_find_exact(const struct ovl_sock *os, u32 vni)
{
	struct rhashtable *vnis = (struct rhashtable *)&os->vnis;

	return rhashtable_lookup(vnis, &vni, ovl_vni_params);
}

/**
 * ovl_vni_check() - may a device have a VNI?
 * @os: socket that the VNI is to be received by
 * @vni: the VNI
 * @extack: names the device that has the VNI already
 *
 * Context: process, RTNL.
 * Return: 0, or -EEXIST if a device of @os has it.
 */
int ovl_vni_check(const struct ovl_sock *os, u32 vni,
		  struct netlink_ext_ack *extack)
{
	const struct ovl_vni *entry;
	struct ovl_dev *other;

	ASSERT_RTNL();
	/* RTNL keeps the entry; the table itself may be resized meanwhile */
	rcu_read_lock();
	entry = ovl_vni_find_exact(os, vni);
	rcu_read_unlock();
	if (!entry)
		return 0;
	other = entry->ovl;
	if (vni == OVL_VNI_OTHERS)
		NL_SET_ERR_MSG_FMT(extack, "external: this UDP port has such a device, %s",
				   netdev_name(other->dev));
	else
		NL_SET_ERR_MSG_FMT(extack, "id: VNI %u is taken on this UDP port by device %s",
				   vni, netdev_name(other->dev));
	return -EEXIST;
}

/**
 * ovl_vni_attach() - make a device the receiver of a VNI
 * @os: socket that the VNI is received by
 * @vni: the VNI, which ovl_vni_check() found free
 * @ovl: the device
 * @traffic: counters of the VNI, or NULL
 *
 * Context: process, RTNL.
 * Return: the entry, for the caller to ovl_vni_detach(), or an error.
 */
struct ovl_vni *ovl_vni_attach(struct ovl_sock *os, u32 vni,
			       struct ovl_dev *ovl,
			       struct ovl_traffic __percpu *traffic)
{
	struct ovl_vni *entry;
	int err;

	ASSERT_RTNL();
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->vni = vni;
	entry->ovl = ovl;
	entry->sock = os;
	entry->traffic = traffic;
	err = rhashtable_insert_fast(&os->vnis, &entry->node, ovl_vni_params);
	if (err) {
		kfree(entry);
		return ERR_PTR(err);
	}
	return entry;
}

/**
 * ovl_vni_detach() - a device receives a VNI no more
 * @entry: of ovl_vni_attach(); freed after a grace period
 *
 * Context: process, RTNL.
 */
void ovl_vni_detach(struct ovl_vni *entry)
{
	ASSERT_RTNL();
	rhashtable_remove_fast(&entry->sock->vnis, &entry->node,
			       ovl_vni_params);
	kfree_rcu(entry, rcu);
}

/**
 * struct ovl_sock_others - which sockets a packet is for, as UDP sees it
 * @local: address that it goes to; others are bound to none
 * @ifindexes: devices; in a VRF the first is the VRF, the second its port, the
 *	last one, 0, none
 * @n: how many of these
 */
struct ovl_sock_others {
	struct in6_addr	local;
	int		ifindexes[3];
	unsigned int	n;
};

static void ovl_sock_others_of(const struct ovl_sock *os,
			       const struct sk_buff *skb, bool quoted,
			       struct ovl_sock_others *others)
{
	int *ifindexes = others->ifindexes;

	memset(others, 0, sizeof(*others));
	if (os->key.family == AF_INET6) {
		others->local = quoted ? ipv6_hdr(skb)->saddr :
					 ipv6_hdr(skb)->daddr;
		ifindexes[0] = inet6_iif(skb);
		ifindexes[1] = inet6_sdif(skb);
	} else {
		others->local.s6_addr32[0] = quoted ? ip_hdr(skb)->saddr :
						      ip_hdr(skb)->daddr;
		ifindexes[0] = inet_iif(skb);
		ifindexes[1] = inet_sdif(skb);
	}
	/* What came in by a VRF is for those of none if a sysctl says so */
	others->n = udp_sk_bound_dev_eq(sock_net(os->sock->sk), 0, ifindexes[0],
					ifindexes[1]) ? 3 : 2;
}

/*
 * The sockets besides @os that a packet is for, in the order in which UDP
 * prefers them: the address counts for more.
 */
static struct ovl_vni *
ovl_vni_find_other(const struct ovl_sock *os, u32 vni,
		   const struct ovl_sock_others *others)
{
	struct ovl_sock_key key = os->key;
	unsigned int n = others->n, i;
	struct ovl_sock *other;
	struct ovl_vni *entry;

	for (i = 0; i < 2 * n; i++) {
		key.local = i < n ? others->local : in6addr_any;
		key.ifindex = others->ifindexes[i % n];
		other = ovl_sock_find(sock_net(os->sock->sk), &key);
		if (!other || other == os)
			continue;
		entry = ovl_vni_find_exact(other, vni);
		if (entry)
			return entry;
	}
	return NULL;
}

/* Is there no other socket that might know more, such as its successor? */
static bool ovl_sock_is_alone(const struct ovl_sock *os)
{
	struct ovl_net *on = ovl_net_of(sock_net(os->sock->sk));
	unsigned int n;

	/* Pairs with ovl_sock_put() */
	n = smp_load_acquire(&on->n_socks[ovl_family_of(os->key.family)]);
	return n == 1 && !hlist_unhashed_lockless(&os->node);
}

/*
 * Is this a copy of its own?  UDP gives what goes to a group, or to all, to each
 * socket that it is for.
 */
static bool ovl_sock_has_copy(const struct ovl_sock *os,
			      const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	if (os->key.family == AF_INET6)
		return ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
	return rt && rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST);
}

/**
 * ovl_vni_find_local() - the device that a packet to a host itself belongs to
 * @net: namespace of the underlay
 * @addr: the host's address that the packet goes to
 * @port: UDP port
 * @vni: VNI
 *
 * Context: RCU.
 * Return: the device or NULL.
 */
struct ovl_dev *ovl_vni_find_local(struct net *net,
				   const struct ovl_addr *addr, __be16 port,
				   u32 vni)
{
	struct ovl_sock_key key = {
		.local	= addr->v6,
		.port	= port,
		.family	= addr->family,
	};
	struct ovl_vni *entry = NULL;
	struct ovl_sock *os;

	os = ovl_sock_find(net, &key);
	if (os)
		entry = ovl_vni_find_exact(os, vni);
	if (!entry) {
		key.local = in6addr_any;
		os = ovl_sock_find(net, &key);
		if (os)
			entry = ovl_vni_find_exact(os, vni);
	}
	return entry ? entry->ovl : NULL;
}

/**
 * ovl_vni_find() - the VNI of a packet, and with it the device
 * @os: socket that UDP has chosen
 * @vni: the packet's VNI
 * @skb: the packet, outer network header in place
 * @quoted: the packet is one of ours, quoted by an ICMP error: our address is
 *	its source
 *
 * Context: RCU.
 * Return: the VNI's entry, or that of OVL_VNI_OTHERS, or NULL.
 */
const struct ovl_vni *ovl_vni_find(const struct ovl_sock *os, u32 vni,
				   const struct sk_buff *skb, bool quoted)
{
	struct ovl_sock_others others;
	const struct ovl_vni *entry;
	bool is_copy;

	entry = ovl_vni_find_exact(os, vni);
	if (likely(entry))
		return entry;
	if (ovl_sock_is_alone(os))
		return ovl_vni_find_exact(os, OVL_VNI_OTHERS);

	is_copy = !quoted && ovl_sock_has_copy(os, skb);
	ovl_sock_others_of(os, skb, quoted, &others);
	entry = ovl_vni_find_other(os, vni, &others);
	if (entry)
		return is_copy ? NULL : entry;
	entry = ovl_vni_find_exact(os, OVL_VNI_OTHERS);
	if (entry || is_copy)
		return entry;
	return ovl_vni_find_other(os, OVL_VNI_OTHERS, &others);
}

/**
 * ovl_vni_is_elsewhere() - has a device got a packet by another socket?
 * @os: socket that got it
 * @vni: the packet's VNI, which ovl_vni_find() has not found
 * @skb: the packet, outer network header in place
 *
 * Context: RCU.
 * Return: true if this is a copy that nobody needs.
 */
bool ovl_vni_is_elsewhere(const struct ovl_sock *os, u32 vni,
			  const struct sk_buff *skb)
{
	struct ovl_sock_others others;

	if (!ovl_sock_has_copy(os, skb))
		return false;
	ovl_sock_others_of(os, skb, false, &others);
	return ovl_vni_find_other(os, vni, &others) ||
	       ovl_vni_find_other(os, OVL_VNI_OTHERS, &others);
}
