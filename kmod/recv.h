/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_RECV_H
#define _OVL_RECV_H

#include "sock.h"

extern const struct ovl_sock_ops ovl_recv_ops;

#endif /* _OVL_RECV_H */
