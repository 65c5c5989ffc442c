#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh: show three hosts with an overlay between them, in a VM
#
# Installs what is missing, builds the module and the plugin, boots a VM with
# Debian's own kernel, and tells in numbered steps what ovl is for, on real
# traffic (demo-guest.sh, which runs in the VM, has the steps).  What the router
# captured there is read by tshark here, and stays in build/demo.
#
# Fails if a step does not hold, and then shows what helps to find out why.
#
#   KERNEL=SERIES   the kernel: 6.12 (default) or another of kernels.conf
#
# Called by make demo.

. "${BASH_SOURCE[0]%/*}/lib.sh"

: "${KERNEL:=6.12}"

OUT=build/demo

# Of each ping, the first request; what tshark is to find of it.
REQUEST='icmp.type == 8 && icmp.seq == 1'
EXPECTED='      VNI 5001 in 192.0.2.1 > 198.51.100.2: 10.0.0.1 > 10.0.0.2
      VNI 5001 in 192.0.2.1 > 203.0.113.3: 10.0.0.1 > 10.0.0.3
      VNI 6001 in 192.0.2.1 > 198.51.100.2: 10.0.0.1 > 10.0.0.2
      VNI 6001 in 192.0.2.1 > 203.0.113.3: 10.0.0.1 > 10.0.0.3
      VNI 5001 in 2001:db8:1::1 > 2001:db8:2::2: 10.0.0.1 > 10.0.0.2
      VNI 5001 in 2001:db8:1::1 > 2001:db8:3::3: 10.0.0.1 > 10.0.0.3
      VNI 6001 in 2001:db8:1::1 > 2001:db8:2::2: 10.0.0.1 > 10.0.0.2
      VNI 6001 in 2001:db8:1::1 > 2001:db8:3::3: 10.0.0.1 > 10.0.0.3'

main()
{
	local payload

	case ${1:-} in
	-h|--help) usage; exit ;;
	esac
	[ $# = 0 ] || die "takes no argument (see --help)"
	cd "$OVL_TREE"
	need_programs qemu-system-x86_64:qemu-system-x86 mmdebstrap tshark \
		mksquashfs:squashfs-tools cpio zstd xz:xz-utils
	payload=$("$OVL_SCRIPTS/build.sh" "$KERNEL")

	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	rm -rf "$OUT"
	mkdir -p "$OUT"
	tell_story "$payload" || die "the demo failed (see above)"
	steps=$(cat "$OUT/steps")
	rm "$OUT/steps"
	requests_are_read
	packet_is_read
	printf '\nAll %d steps held, in %d s, on the kernel %s.\n' "$steps" \
		"$SECONDS" "$(cat "$(suite_dir "$KERNEL")/release")"
	echo "What was captured is in $OUT."
}

# The steps in the VM.
tell_story() # PAYLOAD
{
	cp -a "$1/." "$work/payload" &&
	cp "$OVL_SCRIPTS/demo-guest.sh" "$work/payload/ovl/" &&
	"$OVL_SCRIPTS/vm.sh" --timeout 600 --idle 120 --payload "$work/payload" \
		--out "$OUT" "$KERNEL" ./demo-guest.sh /out
}

# The steps here: Wireshark's dissector is an independent reader.

requests_are_read()
{
	local family

	step "The first requests, as tshark reads them: the tenants differ by the VNI only."
	: > "$work/read"
	for family in ipv4 ipv6; do
		run tshark -r "$OUT/$family.pcap" -Y "$REQUEST" -T fields \
			-e geneve.vni -e ip.src -e ip.dst -e ipv6.src -e ipv6.dst
		print_requests
	done
	[ "$(cat "$work/read")" = "$EXPECTED" ] || fail "expected:"$'\n'"$EXPECTED"
	echo
}

# Of two addresses, the first one is the outer one.
print_requests()
{
	local vni src dst src6 dst6

	while IFS=$'\t' read -r vni src dst src6 dst6; do
		src=${src6:+$src6,}$src dst=${dst6:+$dst6,}$dst
		printf '      VNI %d in %s > %s: %s > %s\n' "$vni" "${src%,*}" \
			"${dst%,*}" "${src#*,}" "${dst#*,}"
	done < "$work/output" | tee -a "$work/read"
}

packet_is_read()
{
	local filter="geneve.vni == 5001 && ip.dst == 10.0.0.2 && $REQUEST"

	step "One of them layer by layer, down to the inner frame."
	run tshark -r "$OUT/ipv6.pcap" -Y "$filter" -O geneve
	sed '/./!d; s/^/      /' "$work/output"
	grep -q '^Internet Control Message Protocol' "$work/output" ||
		fail "there is no ICMP in it"
}

# As in demo-guest.sh.

step() # SENTENCE
{
	: $((++steps))
	printf '%2d. %s\n\n' "$steps" "$*"
}

run() # CMD...
{
	local word line='    #'

	for word; do
		[[ $word != *[\ \&]* ]] || word="'$word'"
		if [ $((${#line} + ${#word})) -gt 76 ]; then
			printf '%s \\\n' "$line"
			line='         '
		fi
		line+=" $word"
	done
	printf '%s\n' "$line"
	"$@" > "$work/output" 2> "$work/errors" || fail "$1 ended with $?"
}

fail() # WHY
{
	printf '\n    Step %d FAILED: %s\n' "$steps" "$*"
	for file in "$work/output" "$work/errors"; do
		sed 's/^/    | /' "$file"
	done
	echo "    The captures:"
	for file in "$OUT"/*.pcap; do
		tshark -r "$file" 2>&1 | head -n 20 | sed 's/^/    | /'
	done
	die "the demo failed (see above)"
}

main "$@"
