# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_bench_rows.sh: what make bench measures, and the goals.  Sourced by bench.sh
# and, in the VM, by bench-guest.sh.

# A row for each figure: NAME|KINDS|BASE|LESS|TRAFFIC|OVER|CASE|TITLE
#
# KINDS    the kinds of devices that can do it; none: no tunnel
# BASE     the row of kind none that is taken off: what remains is the tunnel's cost
# LESS     the row of the same kind that is taken off too: of what is sent and
#          received, what is sent
# TRAFFIC  pktgen:    frames of 60 bytes, their flow hash not known; as pktgen holds
#                     on to them, the receiver's IP layer clones each, and what is
#                     cloned does not go through GRO at the tunnel device
#          socket:    the same frames from a UDP socket, which knows it; through GRO
#          tcp_bulk:  a TCP connection's bytes
#          tcp_rr:    a TCP connection's requests of one byte, answered by one byte
# OVER     dummy: a device that swallows what is sent
#          veth:  a pair; what is received is dropped at the receiving tunnel device
#          (kind none: at the pair's other end) by tc
# CASE     words for the set-up, see bench-guest.sh
# TITLE    of what is sent: alone; of what is received: "receive" or "both"
list_rows()
{
	cat <<-END
	send|none ovl geneve vxlan|send||pktgen|dummy||IPv4
	send_csum|ovl geneve vxlan|send||pktgen|dummy|csum|IPv4, UDP checksum
	send6|ovl geneve vxlan|send||pktgen|dummy|v6|IPv6
	send6_csum|ovl geneve vxlan|send||pktgen|dummy|v6 csum|IPv6, UDP checksum
	send_hash|none ovl geneve vxlan|send_hash||socket|dummy||flow hash known
	send_mark|none ovl geneve vxlan|send_mark||socket|dummy|mark|flow hash known, mark set
	send_l3|ovl geneve|send_hash||socket|dummy|l3|flow hash known, L3 payload
	send_tos|ovl geneve vxlan|send||pktgen|dummy|tos|tos inherit
	send_opts8|ovl|send||pktgen|dummy|opts=8|8 bytes of options
	send_opts32|ovl|send||pktgen|dummy|opts=32|32 bytes of options
	send_ext|none ovl geneve vxlan|send_ext||pktgen|dummy|exttx|external
	send_ext_opts8|none ovl geneve|send_ext_opts8||pktgen|dummy|exttx opts=8|external, 8 bytes of options
	send_ext_opts32|none ovl geneve|send_ext_opts32||pktgen|dummy|exttx opts=32|external, 32 bytes of options
	send_nf|ovl geneve vxlan|send||pktgen|dummy|nf|nftables, conntrack
	send_nexthop|ovl vxlan|send||pktgen|dummy|nexthop|FDB hit, nexthop group
	send_fdb1|ovl vxlan|send||pktgen|dummy|fdb=1|FDB hit, 1 entry
	send_fdb1000|none ovl vxlan|send_fdb1000||pktgen|dummy|fdb=1000|FDB hit, 1,000 entries in turns
	send_bcast|none ovl vxlan|send_bcast||pktgen|dummy|bcast=8|broadcast to 8 peers, a copy
	both|none ovl geneve vxlan|both|send|pktgen|veth||IPv4
	both_csum|ovl geneve vxlan|both|send_csum|pktgen|veth|csum|IPv4, UDP checksum
	both6|ovl geneve vxlan|both|send6|pktgen|veth|v6|IPv6
	both6_csum|ovl geneve vxlan|both|send6_csum|pktgen|veth|v6 csum|IPv6, UDP checksum
	both_plain|ovl|both|send_plain|pktgen|veth|plain|IPv4, no layer bypassed
	both_socket|none ovl geneve vxlan|both_socket|send_hash|socket|veth||from a socket
	send_hash_plain|ovl|send_hash||socket|dummy|plain|flow hash known, no layer bypassed
	send_hash_nf|ovl geneve vxlan|send_hash||socket|dummy|nf|flow hash known, nftables, conntrack
	both_socket_plain|ovl|both_socket|send_hash_plain|socket|veth|plain|from a socket, no layer bypassed
	both_socket_nf|ovl geneve vxlan|both_socket|send_hash_nf|socket|veth|nf|from a socket, nftables, conntrack
	both_nogro|ovl geneve vxlan|both_socket|send_hash|socket|veth|nogro|from a socket, GRO off
	both_l3|ovl geneve|both_socket|send_l3|socket|veth|l3|from a socket, L3 payload
	both_tos|ovl geneve vxlan|both|send_tos|pktgen|veth|tos|tos inherit
	both_opts8|ovl|both|send_opts8|pktgen|veth|opts=8|8 bytes of options
	both_opts32|ovl|both|send_opts32|pktgen|veth|opts=32|32 bytes of options
	both_ext|ovl geneve vxlan|both|send|pktgen|veth|extrx|external
	both_nf|ovl geneve vxlan|both|send_nf|pktgen|veth|nf|nftables, conntrack
	send_plain|ovl|send||pktgen|dummy|plain|IPv4, no layer bypassed
	tcp_bulk|none ovl geneve vxlan|tcp_bulk||tcp_bulk|veth||TCP bulk, a byte
	tcp_rr|none ovl geneve vxlan|tcp_rr||tcp_rr|veth||TCP, a transaction
	send_fdb$OVL_BENCH_ENTRIES|none ovl vxlan|send_fdb$OVL_BENCH_ENTRIES||pktgen|dummy|fdb=$OVL_BENCH_ENTRIES|FDB hit, $OVL_BENCH_ENTRIES entries in turns
	send_devices|ovl|send||pktgen|dummy|devices|one of $OVL_BENCH_DEVICES devices
	both_devices|ovl|both|send|pktgen|veth|devices|one of $OVL_BENCH_DEVICES devices
	END
}

# A goal for each line: WHICH|KIND ROW|KIND ROW|MOST|TITLE: the first figure is at
# most so many times the second one.
#
# WHICH    cost:  what the tunnel adds to kind none, see list_rows
#          total: all that was measured
# ROW      of list_rows, or receive...: what both... costs above send...
list_goals()
{
	cat <<-END
	cost|ovl send|geneve send|0.50|send
	cost|ovl send_csum|geneve send_csum|0.50|send, UDP checksum
	cost|ovl receive|geneve receive|0.50|receive
	cost|ovl receive_csum|geneve receive_csum|0.50|receive, UDP checksum
	cost|ovl receive_socket|geneve receive_socket|0.50|receive, from a socket
	cost|ovl receive_plain|geneve receive|0.70|receive, no layer bypassed
	cost|ovl receive_socket_plain|geneve receive_socket|0.70|receive, from a socket, no layer bypassed
	cost|ovl send_nf|geneve send_nf|0.80|send, nftables and conntrack
	cost|ovl receive_nf|geneve receive_nf|0.80|receive, nftables and conntrack
	cost|ovl receive_socket_nf|geneve receive_socket_nf|0.80|receive, from a socket, nftables and conntrack
	cost|ovl send_opts32|ovl send|1.03|send, 32 bytes of options
	cost|ovl receive_opts32|ovl receive|1.03|receive, 32 bytes of options
	cost|ovl send_tos|ovl send|1.10|send, tos inherit
	cost|ovl send_mark|ovl send_hash|1.10|send, mark set
	cost|ovl send_nexthop|ovl send_fdb1|1.10|send, nexthop group
	total|ovl tcp_bulk|none tcp_bulk|1.03|TCP bulk, a byte, in all
	total|ovl tcp_rr|geneve tcp_rr|0.80|TCP, a transaction, in all
	cost|ovl tcp_rr|geneve tcp_rr|0.80|TCP, a transaction, the tunnel's part
	cost|ovl receive_ext|geneve receive_ext|0.60|receive, external
	cost|ovl send_bcast|vxlan send_bcast|0.50|broadcast to 8 peers, a copy
	cost|ovl send_fdb$OVL_BENCH_ENTRIES|ovl send_fdb1|1.05|send, $(group "$OVL_BENCH_ENTRIES") FDB entries
	cost|ovl send_devices|ovl send|1.05|send, $(group "$OVL_BENCH_DEVICES") devices
	cost|ovl receive_devices|ovl receive|1.05|receive, $(group "$OVL_BENCH_DEVICES") devices
	END
}
