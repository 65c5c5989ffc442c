/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that an underlay may bring: Geneve packets, and what is left of them
 * when every field, length and checksum may be wrong.
 */
#ifndef _OVL_FUZZ_FRAME_H
#define _OVL_FUZZ_FRAME_H

#include <linux/types.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>

/* The underlay's MTU, and what stands before it */
#define FUZZ_MTU	9000
#define FUZZ_FRAME_MAX	(FUZZ_MTU + 18)

/**
 * struct target - a device that frames are for
 * @name: of it
 * @port: UDP port
 * @vni: that it receives
 * @v6: the underlay is IPv6
 * @l3: the payload is an IP packet
 * @down: it is not up, and receives nothing
 * @here: it is in the namespace of the underlay
 * @group: it is a member of the group of its family, on @tap alone
 * @tap: number of the TAP device that it receives by
 */
struct target {
	char	name[16];
	__u16	port;
	__u32	vni;
	bool	v6;
	bool	l3;
	bool	down;
	bool	here;
	bool	group;
	__u32	tap;
};

/**
 * enum frame_kind - what a frame is
 * @FRAME_BAD: it may be anything
 * @FRAME_WHOLE: its IP header is as it ought to be
 * @FRAME_GOOD: it has no fault at all, but may have an unknown option
 */
enum frame_kind {
	FRAME_BAD,
	FRAME_WHOLE,
	FRAME_GOOD,
};

/**
 * struct frame - a frame, and what the kernel is told of it
 * @data: its bytes
 * @len: how many
 * @kind: what is wrong with it
 * @vnet: about checksums and segmentation
 * @ip: offset of the outer IP header
 * @udp: of the UDP header
 * @geneve: of the Geneve header
 * @inner: of the payload
 * @inner_ip: of the IP header in it
 * @tcp: of the TCP header behind that, 0: there is none
 */
struct frame {
	__u8			data[FUZZ_FRAME_MAX];
	size_t			len;
	enum frame_kind		kind;
	struct virtio_net_hdr	vnet;
	size_t			ip;
	size_t			udp;
	size_t			geneve;
	size_t			inner;
	size_t			inner_ip;
	size_t			tcp;
};

extern __u8 fuzz_mac[6];
extern const __u8 fuzz_group4[4];
extern const __u8 fuzz_group6[16];

void frame_good(struct frame *frame, const struct target *target,
		const void *payload, size_t len);
void frame_any(struct frame *frame, const struct target *targets, size_t n,
	       bool gso);
void frame_whole(struct frame *frame, const struct target *target);
bool frame_cut(struct frame *frame, const struct frame *whole, size_t len,
	       bool known);
void frame_next_segment(struct frame *frame);
size_t frame_fragments(const struct frame *frame, struct frame *pieces,
		       size_t most);
bool frame_is_lost_early(const struct frame *frame);

#endif /* _OVL_FUZZ_FRAME_H */
