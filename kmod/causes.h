/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one list of all counters: from it come the names that ethtool shows, the
 * place in "ip -s link", the core's drop reason and the tracepoint's words.
 * No guard: stats.h and stats.c include it, each with an OVL_CAUSE of its own.
 *
 * OVL_CAUSE(scope, cause, name, total, detail, reason)
 *	scope	PORT: found before the VNI names a device, counted at the UDP
 *		socket and shown on every device that shares it; DEV: counted
 *		at the device
 *	total	field of rtnl_link_stats64 that it is part of, or none
 *	detail	a second, more precise field, or none
 *	reason	SKB_DROP_REASON_ of the core; NOT_SPECIFIED: not a drop, but
 *		worth knowing
 */
OVL_CAUSE(PORT, PORT_RX_SHORT, "port_rx_short", none, none, PKT_TOO_SMALL)
OVL_CAUSE(PORT, PORT_RX_VERSION, "port_rx_version",
	  none, none, VXLAN_INVALID_HDR)
OVL_CAUSE(PORT, PORT_RX_VNI, "port_rx_unknown_vni",
	  none, none, VXLAN_VNI_NOT_FOUND)

OVL_CAUSE(DEV, RX_DOWN, "rx_down", rx_dropped, none, DEV_READY)
OVL_CAUSE(DEV, RX_OAM, "rx_oam", rx_dropped, none, UNHANDLED_PROTO)
OVL_CAUSE(DEV, RX_OPT_MALFORMED, "rx_opt_malformed",
	  rx_errors, rx_frame_errors, VXLAN_INVALID_HDR)
OVL_CAUSE(DEV, RX_OPT_CRITICAL, "rx_opt_critical",
	  rx_dropped, none, VXLAN_INVALID_HDR)
OVL_CAUSE(DEV, RX_OPT_MISMATCH, "rx_opt_mismatch",
	  rx_errors, rx_frame_errors, VXLAN_INVALID_HDR)
OVL_CAUSE(DEV, RX_PROTO, "rx_proto",
	  rx_errors, rx_frame_errors, UNHANDLED_PROTO)
OVL_CAUSE(DEV, RX_SOURCE, "rx_source", rx_dropped, none, TUNNEL_TXINFO)
OVL_CAUSE(DEV, RX_ZERO_CSUM6, "rx_zero_csum6",
	  rx_errors, rx_crc_errors, UDP_CSUM)
OVL_CAUSE(DEV, RX_NESTED, "rx_nested", rx_dropped, none, VXLAN_INVALID_HDR)
OVL_CAUSE(DEV, RX_INNER_SHORT, "rx_inner_short",
	  rx_errors, rx_length_errors, PKT_TOO_SMALL)
OVL_CAUSE(DEV, RX_OWN_MAC, "rx_own_mac", rx_errors, none, LOCAL_MAC)
OVL_CAUSE(DEV, RX_ECN_DROP, "rx_ecn_drop",
	  rx_errors, rx_frame_errors, IP_TUNNEL_ECN)
OVL_CAUSE(DEV, RX_NOMEM, "rx_nomem", rx_dropped, none, NOMEM)
OVL_CAUSE(DEV, TX_NO_ROUTE, "tx_no_route",
	  tx_errors, tx_carrier_errors, IP_OUTNOROUTES)
OVL_CAUSE(DEV, TX_LOOP, "tx_loop", tx_errors, collisions, NO_TX_TARGET)
OVL_CAUSE(DEV, TX_NESTING, "tx_nesting",
	  tx_errors, collisions, RECURSION_LIMIT)
OVL_CAUSE(DEV, TX_TOO_BIG, "tx_too_big", tx_dropped, none, PKT_TOO_BIG)
OVL_CAUSE(DEV, TX_INNER_SHORT, "tx_inner_short",
	  tx_errors, tx_aborted_errors, PKT_TOO_SMALL)
OVL_CAUSE(DEV, TX_NOMEM, "tx_nomem", tx_dropped, none, NOMEM)

/* RFC 6040 section 4.2 asks to tell of these combinations */
OVL_CAUSE(DEV, RX_ECN_NOTECT_ECT, "rx_ecn_notect_ect",
	  none, none, NOT_SPECIFIED)
OVL_CAUSE(DEV, RX_ECN_CE_ECT1, "rx_ecn_ce_ect1", none, none, NOT_SPECIFIED)
OVL_CAUSE(DEV, RX_ECN_ECT1_ECT0, "rx_ecn_ect1_ect0",
	  none, none, NOT_SPECIFIED)

/* The FDB; programs have learned the order, so what is new goes last */
OVL_CAUSE(DEV, RX_MAC_STATIC, "rx_mac_static",
	  rx_dropped, none, VXLAN_ENTRY_EXISTS)
OVL_CAUSE(DEV, RX_MAC_INVALID, "rx_mac_invalid",
	  rx_errors, rx_frame_errors, MAC_INVALID_SOURCE)
OVL_CAUSE(DEV, TX_NO_ENDPOINT, "tx_no_endpoint",
	  tx_dropped, none, NO_TX_TARGET)
OVL_CAUSE(DEV, TX_PROXY, "tx_proxy_unknown",
	  tx_dropped, none, NEIGH_FAILED)
/* What a frame's source could not be learned for; the frame goes on */
OVL_CAUSE(DEV, RX_LEARN_FULL, "rx_learn_full", none, none, NOT_SPECIFIED)
OVL_CAUSE(DEV, RX_LEARN_NOMEM, "rx_learn_nomem", none, none, NOT_SPECIFIED)

/* Options, external, reflect */
OVL_CAUSE(DEV, RX_OPT_TOO_LONG, "rx_opt_too_long",
	  rx_dropped, none, VXLAN_INVALID_HDR)
OVL_CAUSE(DEV, TX_OPT_MALFORMED, "tx_opt_malformed",
	  tx_errors, tx_aborted_errors, TUNNEL_TXINFO)
OVL_CAUSE(DEV, TX_OPT_TOO_LONG, "tx_opt_too_long",
	  tx_dropped, none, TUNNEL_TXINFO)
OVL_CAUSE(DEV, TX_VNI, "tx_vni", tx_errors, tx_aborted_errors, TUNNEL_TXINFO)
/* The C bit was set and nothing critical there; the packet goes on */
OVL_CAUSE(DEV, RX_OPT_NO_CRITICAL, "rx_opt_no_critical",
	  none, none, NOT_SPECIFIED)
/* What an OAM packet could not be told for; it is dropped as rx_oam anyway */
OVL_CAUSE(DEV, RX_OAM_NOMEM, "rx_oam_nomem", none, none, NOT_SPECIFIED)
/* Flows that are not remembered any more, or not at all; the packet goes on */
OVL_CAUSE(DEV, RX_FLOW_EVICTED, "rx_flow_evicted", none, none, NOT_SPECIFIED)
OVL_CAUSE(DEV, RX_FLOW_NOMEM, "rx_flow_nomem", none, none, NOT_SPECIFIED)
/* GRO's queue of the device was full: a drop, which GRO counts and reports */
OVL_CAUSE(DEV, RX_QUEUE_FULL, "rx_queue_full", none, none, NOT_SPECIFIED)
