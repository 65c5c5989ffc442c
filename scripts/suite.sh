#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# suite.sh [--check] [--update] SERIES...: prepare what a kernel series needs
#
# For each SERIES (6.1, 6.12, 7.2: see scripts/kernels.conf) make, from packages
# of its Debian suite, in ${XDG_CACHE_HOME:-~/.cache}/ovl/suites/SERIES:
#
#   root/        that suite's userland with its compiler and kernel headers, in
#                which the module and the plugin are built
#   root.sqfs    the part of it that tests need, the root of a VM
#   vmlinux      the kernel, as an ELF file that QEMU starts directly
#   initrd       what mounts root.sqfs
#   release      the kernel's full name (uname -r)
#   stamp        checksums of all these and of the recipe
#
# What is there and whole is left alone, in less than a second; what is missing,
# damaged, half made or made by another recipe is made again (about a minute).
#
# --check   make nothing; fail if something has to be made
# --update  make it again if the suite has a newer kernel of the same series
#
# Called by check.sh, build.sh and vm.sh.

. "${BASH_SOURCE[0]%/*}/lib.sh"

# Programs to build with.  The compiler and the libraries that kbuild's own
# programs want are added from what the kernel's headers depend on.
BUILD_PACKAGES=(make libc6-dev sparse)

# Programs that tests call in the VM.
TEST_PACKAGES=(iproute2 kmod iputils-{ping,arping,tracepath} tcpdump iperf3 ethtool nftables jq
	procps mount busybox-static python3-minimal conntrack bpftool netbase
	openvswitch-switch tshark)

# The modules of the kernel's package that are kept, where the kernel has them.
MODULES=(./modules.{builtin,builtin.modinfo,order}
	kernel/{crypto,lib,arch/x86/crypto,drivers/virtio,fs/squashfs,fs/overlayfs}
	kernel/drivers/block/virtio_blk.ko kernel/drivers/char/virtio_console.ko
	kernel/drivers/net/{bonding,team,vxlan,ipvlan}
	kernel/drivers/net/{bareudp,dummy,geneve,gtp,ifb,macvlan,macvtap,net_failover}.ko
	kernel/drivers/net/{netconsole,netkit,nlmon,tap,tun,veth,vrf,vsockmon}.ko
	kernel/net/{802,8021q,bridge,core,ipv4,ipv6,key,l3mdev,llc,mpls,netfilter}
	kernel/net/{netlink,nsh,openvswitch,packet,psample,sched,tls,xfrm})

# What the VM does not need of the root: patterns of paths.
NOT_IN_VM=('usr/src' 'usr/include' 'usr/lib/gcc' 'usr/libexec/gcc'
	'usr/lib/linux-kbuild-*' 'usr/share/doc' 'usr/share/man' 'usr/share/info'
	'usr/share/locale' 'usr/share/i18n' 'usr/share/perl' 'var/lib/apt'
	'var/cache' 'usr/lib/x86_64-linux-gnu/*.a' 'usr/lib/x86_64-linux-gnu/lib*san.so*'
	'usr/bin/x86_64-linux-gnu-*' 'usr/bin/sparse*' 'usr/lib/x86_64-linux-gnu/gconv'
	'usr/lib/x86_64-linux-gnu/perl*' 'usr/lib/modules/*/build'
	'usr/lib/x86_64-linux-gnu/lib'{LLVM,z3,perl,gprofng,isl,mpfr}'*'
	'usr/lib/x86_64-linux-gnu/gprofng' 'usr/bin/perl*' 'usr/lib/modules/*/source'
	'usr/lib/modules/*/kernel/lib/test_*' 'usr/local/bin/gcc' 'usr/local/bin/cc' 'ovl')

# The initrd's /init: mount the root, add the payload to it, go on there.
# shellcheck disable=SC2016 # expanded in the guest
INIT='#!/bin/busybox sh
b=/bin/busybox
for fs in proc:proc sysfs:sys devtmpfs:dev; do $b mount -t ${fs%:*} none /${fs#*:}; done
exec < /dev/console > /dev/console 2>&1
while read -r ko; do $b insmod /$ko; done < /modules
$b mount -t squashfs -o ro /dev/vda /ro
$b mount -t tmpfs -o size=75% none /rw && $b mkdir /rw/u /rw/w
$b mount -t overlay -o lowerdir=/ro,upperdir=/rw/u,workdir=/rw/w none /new &&
	$b tar xf /dev/vdb -C /new || $b reboot -f
for d in proc sys dev; do $b mount --move /$d /new/$d; done
exec $b switch_root /new /ovl/.init
'

main()
{
	local check='' update=''

	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage; exit ;;
		--check) check=y ;;
		--update) update=y ;;
		-*) die "unknown option $1 (see --help)" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || die "which kernel series? (see --help)"
	[ $# = 1 ] || { prepare_each "$check" "$update" "$@"; return; }

	series=$1
	suite=$(suite_of "$series")
	dir=$(suite_dir "$series")
	if [ -z "$update" ] && is_whole; then
		return 0
	fi
	[ -z "$check" ] || exit 1
	[ "$(id -u)" = 0 ] || die "preparing $series needs root: sudo $0 $series"
	need_programs mmdebstrap mksquashfs:squashfs-tools cpio zstd xz:xz-utils
	take_lock "suite-$series"
	make_if_needed "$update"
}

prepare_each() # CHECK UPDATE SERIES...
{
	local check=$1 update=$2 series

	shift 2
	for series; do
		"$0" ${check:+--check} ${update:+--update} "$series"
	done
}

# Again with the lock held: another run may have made it in the meantime.
make_if_needed() # UPDATE
{
	local now

	if [ -n "$1" ]; then
		update_suite_lists "$suite" --now
	elif is_whole; then
		return 0
	else
		update_suite_lists "$suite"
	fi
	now=$(series_in_suite "$suite")
	if [ "$now" != "$series" ]; then
		die "Debian $suite has a kernel $now by now, no longer $series"
	fi
	find_packages
	if [ -n "$1" ] && is_whole && [ "$release" = "$(cat "$dir/release")" ]; then
		return 0
	fi
	say "$series: preparing Debian $suite with kernel $release" \
		"(1 to 2 minutes, 200 to 300 MB to download)"
	make_suite
	is_whole || die "$dir was made but does not pass its own check"
	say "$series: prepared in $SECONDS s"
}

# The stamp.

# Everything that what is made depends on.  Functions are taken as the shell
# prints them, so that a comment changes nothing.
recipe()
{
	{
		declare -p BUILD_PACKAGES TEST_PACKAGES MODULES NOT_IN_VM INIT
		declare -f find_packages make_suite make_root add_kernel add_headers \
			make_vmlinux make_initrd make_squashfs
	} | cksum
}

# Types and sizes for the root (thousands of files), checksums for the rest.
checksums() # DIR
{
	(
		cd "$1"
		cksum root.sqfs vmlinux initrd release
		find root -xdev -path root/ovl -prune -o -type d -printf '%P d\n' \
			-o -printf '%P %y %s %l\n' | LC_ALL=C sort | cksum
	)
}

is_whole()
{
	[ -e "$dir/stamp" ] &&
	[ "$(cat "$dir/stamp")" = "$(recipe; checksums "$dir" 2> /dev/null)" ]
}

# Making.

# Sets: release; images, headers (packages to unpack); needs (to install).
find_packages()
{
	local closure

	closure=$(suite_apt "$suite" apt-cache depends --recurse --no-recommends \
		--no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances linux-image-amd64 linux-headers-amd64 | grep '^[a-z]')
	release=$(sed -n 's/^linux-image-\([0-9].*-amd64\)$/\1/p' <<< "$closure")
	images=$(grep -Fx -e "linux-image-$release" -e "linux-binary-$release" \
		-e "linux-modules-$release" -e "linux-base-$release" <<< "$closure" || :)
	headers=$(grep -E '^linux-(headers-[0-9]|kbuild-)' <<< "$closure")
	# shellcheck disable=SC2086 # a list of words
	needs=$(suite_apt "$suite" apt-cache show --no-all-versions $headers |
		sed -n 's/^Depends: //p' | tr ',' '\n' |
		sed 's/^ *//; s/[ |].*//; s/-for-host$//; s/^linux-compiler-\(gcc-[0-9]*\).*/\1/' |
		grep -v '^linux-' | sort -u)
	compiler=$(grep -x 'gcc-[0-9]*' <<< "$needs" || :)
	if [ -z "$release" ] || [ -z "$images" ] || [ -z "$compiler" ]; then
		die "the kernel's packages in Debian $suite look different by now;" \
			"find_packages in $0 has to learn them"
	fi
}

make_suite()
{
	local step

	log=$OVL_CACHE/suites/$series.log
	new=$OVL_CACHE/suites/.$series.new
	rm -rf --one-file-system "$new"
	mkdir -p "$new"
	: > "$log"
	trap 'show_log' EXIT
	for step in make_root add_headers add_kernel make_vmlinux make_initrd \
			make_squashfs; do
		say "$series: ${step/_/ } (at $SECONDS s)"
		"$step" >> "$log" 2>&1
	done
	echo "$release" > "$new/release"
	{ recipe; checksums "$new"; } > "$new/stamp"
	sync -f "$new/stamp"
	rm -rf --one-file-system "$dir"
	mv "$new" "$dir"
	trap - EXIT
	rm -f "$log"
}

show_log()
{
	tail -n 15 "$log" >&2
	echo "${0##*/}: preparing $series failed; the full log: $log" >&2
}

make_root()
{
	local include options=() line

	include=$(printf '%s,' "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}")
	include+=$(tr '\n' ',' <<< "$needs")
	while read -r line; do
		options+=(--aptopt="$line")
	done < <(apt_options_of "$suite")
	suite_sources "$suite" |
		mmdebstrap --quiet --variant=apt "${options[@]}" \
			--include="${include%,}" "$suite" "$new/root" -
	mkdir -p "$new/root/ovl" "$new/root/usr/lib/x86_64-linux-gnu/ip"
	ln -s "/usr/bin/$compiler" "$new/root/usr/local/bin/gcc"
	ln -s "/usr/bin/$compiler" "$new/root/usr/local/bin/cc"
}

# Unpack packages of the suite without their dependencies.
unpack() # DIR PACKAGE...
{
	local to=$1 deb

	shift
	mkdir -p "$to" "$new/debs"
	(cd "$new/debs" && suite_apt "$suite" apt-get download -qq "$@")
	for deb in "$new"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$to" --keep-directory-symlink \
				--exclude='./usr/src/*/arch/[!Kx]*'
	done
	rm -r "$new/debs"
}

add_headers()
{
	local checker

	# shellcheck disable=SC2086 # a list of words
	unpack "$new/root" $headers
	# Newer kernels ask this script before they call sparse; Debian leaves it
	# out of its headers.
	checker=$(echo "$new"/root/usr/lib/linux-kbuild-*/scripts)/checker-valid.sh
	if [ ! -e "$checker" ]; then
		# shellcheck disable=SC2016 # expanded when it runs
		printf '#!/bin/sh\ncommand -v "$1" > /dev/null && echo 1\n' > "$checker"
		chmod 755 "$checker"
	fi
}

add_kernel()
{
	local from path file to=$new/root/usr/lib/modules/$release

	# shellcheck disable=SC2086 # a list of words
	unpack "$new/image" $images
	from=$new/image/lib/modules/$release
	[ -d "$from" ] || from=$new/image/usr/lib/modules/$release
	mkdir -p "$to/extra"
	for path in "${MODULES[@]}"; do
		for file in "$from/$path"*; do
			[ -e "$file" ] || continue
			mkdir -p "$to/${path%/*}"
			cp -a "$file" "$to/${path%/*}/"
		done
	done
	find "$to" -name '*.ko.xz' -exec xz -d {} +
	find "$to" -name '*.ko.zst' -exec zstd -d -q --rm {} +
	chroot "$new/root" depmod "$release"
	find "$new/image" -type f -name 'vmlinuz*' -exec mv {} "$new/vmlinuz" \;
	rm -r "$new/image"
}

# QEMU starts the ELF file faster than the image with its decompressor.  The
# boot protocol's payload_offset and payload_length (in the header, at 0x248 and
# 0x24c) say where it is.
make_vmlinux()
{
	local sectors offset length unpack

	sectors=$(od -An -tu1 -j 497 -N 1 "$new/vmlinuz")
	read -r offset length < <(od -An -tu4 -j 584 -N 8 "$new/vmlinuz")
	offset=$(((sectors + 1) * 512 + offset))
	case $(od -An -tx1 -j "$offset" -N 4 "$new/vmlinuz") in
	*fd*37*) unpack=xz ;;
	*28*b5*) unpack=zstd ;;
	*1f*8b*) unpack=gzip ;;
	*) echo "vmlinuz: a compression that this script does not know"; return 1 ;;
	esac
	# The last four bytes are the unpacked size.
	head -c $((offset + length - 4)) "$new/vmlinuz" | tail -c $((length - 4)) |
		"$unpack" -dc > "$new/vmlinux"
	rm "$new/vmlinuz"
}

make_initrd()
{
	local root=$new/root tree=$new/initrd.d ko

	mkdir -p "$tree"/{bin,dev,proc,sys,ro,rw,new}
	cp "$root/bin/busybox" "$tree/bin/"
	for ko in virtio_pci virtio_blk squashfs overlay; do
		chroot "$root" modprobe -S "$release" --show-depends "$ko"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' > "$new/list"
	while read -r ko; do
		cp "$root$ko" "$tree/"
		echo "${ko##*/}"
	done < "$new/list" > "$tree/modules"
	printf '%s' "$INIT" > "$tree/init"
	chmod 755 "$tree/init"
	(cd "$tree" && find . | cpio -o -H newc --quiet) > "$new/initrd"
	rm -r "$tree" "$new/list"
}

make_squashfs()
{
	mksquashfs "$new/root" "$new/root.sqfs" -comp lz4 -noappend -no-progress \
		-quiet -wildcards -e "${NOT_IN_VM[@]}"
}

main "$@"
