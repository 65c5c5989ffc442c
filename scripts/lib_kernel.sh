# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_kernel.sh: what uml.sh and kcsan.sh share: the source of Debian's newest
# kernel, a kernel of it in a flavour, this tree's module for that.  Sourced after
# lib.sh, by a script that has a function make_kernel.  What functions share:
#
#   flavour, dir   the kernel's name, and where it is
#   work           where this tree is built for it: what sets it is the script
# shellcheck disable=SC2154 # the script's work

UML=$OVL_CACHE/uml
ME=$(basename "$0" .sh)

main()
{
	local action=${1:-}

	case $action in
	-h|--help) usage; exit ;;
	build|module|run) shift; "$action" "$@" ;;
	*) die "build, module or run? (see --help)" ;;
	esac
}

# Take --flavour and checks it; sets flavour and dir.
set_flavour() # FLAVOUR
{
	flavour=$1
	dir=$UML/$flavour
	[[ " ${FLAVOURS[*]} " == *" $flavour "* ]] ||
		die "no flavour '$flavour'; choose from: ${FLAVOURS[*]}"
}

need_flavour()
{
	[ -e "$dir/stamp" ] ||
		die "no kernel of flavour $flavour; make it: $0 build $flavour"
}

build()
{
	local update='' flavour dir

	if [ "${1:-}" = --update ]; then
		update=y
		shift
	fi
	[ $# -gt 0 ] || set -- "${FLAVOURS[@]}"
	for flavour; do
		set_flavour "$flavour"
	done
	need_programs gcc make bc flex bison patch xz:xz-utils depmod:kmod
	take_lock uml
	get_source "$update"
	for flavour; do
		set_flavour "$flavour"
		if [ "$(cat "$dir/stamp" 2> /dev/null)" != "$(recipe)" ]; then
			build_flavour
		fi
	done
}

# The source, with its version in a file of its own.
get_source() # UPDATE
{
	local package version new=$UML/.src.new

	if [ -z "$1" ] && [ -e "$UML/src/.ovl-version" ]; then
		return 0
	fi
	package=linux-source-$(newest_series)
	update_suite_lists "$(newest_suite)" ${1:+--now}
	version=$(suite_apt "$(newest_suite)" apt-cache show --no-all-versions \
		"$package" | sed -n 's/^Version: //p')
	[ -n "$version" ] || die "Debian $(newest_suite) has no $package"
	if [ "$version" = "$(cat "$UML/src/.ovl-version" 2> /dev/null)" ]; then
		return 0
	fi
	say "$ME: getting the source of $version (160 MB to download)"
	rm -rf "$new"
	mkdir -p "$new/deb" "$new/src"
	(cd "$new/deb" && suite_apt "$(newest_suite)" apt-get download -qq "$package")
	dpkg-deb --fsys-tarfile "$new"/deb/*.deb |
		tar -xO "./usr/src/$package.tar.xz" | xz -dc |
		tar -x -C "$new/src" --strip-components=1
	echo "$version" > "$new/src/.ovl-version"
	rm -rf "$UML/src"
	mv "$new/src" "$UML/src"
	rm -rf "$new"
}

# The configuration, from the words of uml.config and uml.config.FLAVOUR; the latter
# go before the former.  A line "+OTHER" is for those of another flavour.
fragment()
{
	local file own=$OVL_SCRIPTS/uml.config.$flavour other=

	[ ! -e "$own" ] || other=$(sed -n 's/^+//p' "$own")
	for file in "$OVL_SCRIPTS/uml.config" \
			${other:+"$OVL_SCRIPTS/uml.config.$other"} "$own"; do
		[ -e "$file" ] || continue
		sed "/^[#+]/d; s/@FLAVOUR@/$flavour/; s/[[:space:]]\+/\n/g" "$file"
	done | sed '/^$/d; /=/!s/$/=y/; s/^/CONFIG_/' | tac | awk -F= '!seen[$1]++' | tac
}

# Everything that a kernel depends on.
recipe()
{
	{
		fragment | sort
		cat "$UML/src/.ovl-version"
		gcc --version | head -n 1
		declare -f make_kernel
		cat "$(patch_file)" 2> /dev/null || :
	} | cksum
}

# A mistake of the kernel's own that a flavour's runs meet.
patch_file()
{
	echo "$OVL_SCRIPTS/uml.patch.$flavour"
}

# The source is the same for all flavours; patched once, it stays so.
patch_source()
{
	local patch=(patch --silent --forward -p1 -d "$UML/src" -i "$(patch_file)")

	[ ! -e "$(patch_file)" ] || "${patch[@]}" --reverse --dry-run > /dev/null ||
		"${patch[@]}"
}

# As make_kernel of the script says, unless it is there.
build_flavour()
{
	local new=$UML/.$flavour.new log=$UML/$flavour.log

	say "$ME: building the $flavour kernel ($MINUTES on two processors; log: $log)"
	if [ "$(cat "$new/recipe" 2> /dev/null)" != "$(recipe)" ]; then
		rm -rf "$new"
	fi
	mkdir -p "$new/build"
	recipe > "$new/recipe"
	if ! { patch_source && make_kernel; } > "$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "the $flavour kernel could not be built; the full log: $log"
	fi
	mv "$new/recipe" "$new/stamp"
	sync -f "$new/stamp"
	rm -rf "$dir"
	mv "$new" "$dir"
	say "$ME: $flavour is ready (at $SECONDS s)"
}

# Kconfig drops what it does not know, and what depends on something missing.
all_options_taken()
{
	local option unknown=0

	while read -r option; do
		case $option in
		*=n) ! grep -q "^${option%=n}=" "$new/build/.config" && continue ;;
		*) grep -qxF "$option" "$new/build/.config" && continue ;;
		esac
		echo "uml.config: $option is not in the configuration"
		unknown=1
	done < "$new/fragment"
	return "$unknown"
}

# This tree, built for a kernel.

# In work/tree, from scratch only where something differs.
compile_module() # ARCH
{
	mkdir -p "$work/tree"
	copy_tree
	: > "$work/log"
	logged make -C "$UML/src" ARCH="$1" O="$dir/build" M="$work/tree" W=1 \
		KCFLAGS=-g -j"$(nproc)" modules
}

no_warnings()
{
	if grep -E '(warning|error):' "$work/log" >&2; then
		die "warnings; the full log: $work/log"
	fi
}

logged() # CMD...
{
	if ! "$@" >> "$work/log" 2>&1; then
		grep -E 'warning:|error:|Error|undefined|No rule' "$work/log" >&2 ||
			tail -n 20 "$work/log" >&2
		die "could not build; the full log: $work/log"
	fi
}

# Copy the tree's files that are new or differ, so that make does not build the
# rest again; remove those that are gone.
copy_tree()
{
	local file

	tree_files > "$work/files.new"
	if [ -e "$work/files" ]; then
		comm -23 "$work/files" "$work/files.new" | while read -r file; do
			rm -f "$work/tree/$file"
		done
	fi
	while read -r file; do
		if ! cmp -s "$OVL_TREE/$file" "$work/tree/$file"; then
			mkdir -p "$work/tree/$(dirname "$file")"
			cp --preserve=mode "$OVL_TREE/$file" "$work/tree/$file"
		fi
	done < "$work/files.new"
	mv "$work/files.new" "$work/files"
}

tree_files()
{
	(
		cd "$OVL_TREE"
		if ! git ls-files -co --exclude-standard 2> /dev/null; then
			find . -name .git -prune -o -type f -printf '%P\n'
		fi
	) | grep -vE '\.(o|ko|a|so|cmd|mod|mod\.c)$|(^|/)(modules\.order|Module\.symvers)$' |
		while read -r file; do
			[ ! -f "$OVL_TREE/$file" ] || echo "$file"
		done | LC_ALL=C sort
}
