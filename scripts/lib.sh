# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib.sh: what the scripts in this folder share: messages, where things are
# kept, the table of kernels, Debian packages for the host, apt for a suite,
# locks, and running a command inside a suite's root.  Sourced, never run.

set -Eeuo pipefail
trap 'echo "${0##*/}: failed at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR

OVL_TREE=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
OVL_SCRIPTS=$OVL_TREE/scripts
OVL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/ovl

# Messages.  A line that starts with '#' is a comment in a TAP stream too.

say()
{
	printf '# %s\n' "$*" >&2
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Print the comment at the top of the calling script, from its name on.
usage()
{
	sed -n '/^# [^ ]*\.sh/,/^$/s/^# \{0,1\}//p' "$0"
}

# The table of kernels.

kernel_table()
{
	awk '!/^#/ && NF == 2' "$OVL_SCRIPTS/kernels.conf"
}

supported_series()
{
	kernel_table | cut -f1
}

newest_series()
{
	supported_series | tail -n 1
}

newest_suite()
{
	kernel_table | tail -n 1 | cut -f2
}

is_newer_than_supported() # SERIES
{
	[[ $1 == [0-9]* ]] && [ "$1" != "$(newest_series)" ] &&
	[ "$(printf '%s\n' "$1" "$(newest_series)" | sort -V | tail -n 1)" = "$1" ]
}

# A series newer than all in the table lives in the suite of the newest one.
suite_of() # SERIES
{
	local suite

	suite=$(kernel_table | awk -v s="$1" '$1 == s { print $2 }')
	if [ -z "$suite" ] && is_newer_than_supported "$1"; then
		suite=$(newest_suite)
	fi
	[ -n "$suite" ] || die "no kernel series '$1'; choose from:" \
		"$(supported_series | tr '\n' ' ')(scripts/kernels.conf)"
	echo "$suite"
}

# The host's packages.

# Install the Debian packages that are missing, each named by a program that it
# brings: PROGRAM[:PACKAGE].
need_programs()
{
	local item missing=()

	for item; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${item%%:*}" > /dev/null ||
			missing+=("${item##*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] ||
		die "missing packages; run: sudo apt-get install ${missing[*]}"
	say "installing on this machine: ${missing[*]}"
	apt_install "${missing[@]}"
}

apt_install() # PACKAGE...
{
	local log install

	install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y
		--no-install-recommends -o DPkg::Lock::Timeout=300)
	log=$(mktemp)
	if ! { "${install[@]}" "$@" ||
	       { apt-get update && "${install[@]}" "$@"; }; } > "$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "could not install: $* (full log: $log)"
	fi
	rm -f "$log"
}

# Locks.

# Hold a lock until this script ends; a second script waits for it here.
take_lock() # NAME
{
	mkdir -p "$OVL_CACHE/locks"
	exec {LOCK_FD}> "$OVL_CACHE/locks/$1"
	if ! flock -n "$LOCK_FD"; then
		say "waiting for another run ($1)"
		flock "$LOCK_FD"
	fi
}

# The last lock that was taken, before this process ends.
release_lock()
{
	exec {LOCK_FD}>&-
}

# Debian's archive.

# The archive's address, as this machine's own apt has it: mirror LABEL, where
# LABEL is Debian or Debian-Security.
mirror()
{
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v label="$1" '$1 == label && !n++ { print $2 }'
}

# Write the sources.list lines of a suite.
suite_sources() # SUITE
{
	local uri security

	uri=${OVL_MIRROR:-$(mirror Debian)}
	if [ -z "$uri" ] && [ "$(id -u)" = 0 ]; then
		apt-get update -qq >&2 || :
		uri=$(mirror Debian)
	fi
	[ -n "$uri" ] || die "apt on this machine knows no Debian mirror;" \
		"run 'apt-get update', or set OVL_MIRROR=URL"
	echo "deb $uri $1 main"
	security=$(mirror Debian-Security)
	if [ "$1" != sid ] && [ -n "$security" ]; then
		echo "deb $security $1-security main"
	fi
}

# Run an apt program on a suite's lists, kept apart from the machine's own:
# suite_apt SUITE apt-get|apt-cache ARGS...
suite_apt()
{
	local dir=$OVL_CACHE/apt/$1

	shift
	APT_CONFIG=$dir/apt.conf "$@"
}

# Fetch a suite's package lists unless they are younger than a day.  An archive
# that cannot be reached is no error while there are lists.
update_suite_lists() # SUITE [--now]
{
	local suite=$1 dir=$OVL_CACHE/apt/$1

	if [ "${2:-}" != --now ] &&
	   [ -n "$(find "$dir/stamp" -mtime -1 2> /dev/null)" ]; then
		return 0
	fi
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	suite_sources "$suite" > "$dir/sources.list.new"
	mv "$dir/sources.list.new" "$dir/sources.list"
	cat > "$dir/apt.conf" <<-END
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::Etc::Preferences "/dev/null";
	Dir::Etc::PreferencesParts "/dev/null";
	Dir::State::Lists "$dir/lists";
	Dir::State::status "/dev/null";
	Dir::Cache "$dir/cache";
	Acquire::Languages "none";
	Acquire::Retries "3";
	APT::Architecture "amd64";
	APT::Get::AllowUnauthenticated "false";
	APT::Sandbox::User "root";
	$(apt_options_of "$suite")
	END
	if suite_apt "$suite" apt-get update -qq --error-on=any; then
		touch "$dir/stamp"
	elif [ -e "$dir/stamp" ]; then
		say "the archive cannot be reached; using what is known of $suite"
	else
		die "could not read the package lists of $suite:" \
			"check the network and apt's proxy settings"
	fi
}

# sid's Release file expires on a mirror that stands still.
apt_options_of() # SUITE
{
	[ "$1" != sid ] || echo 'Acquire::Check-Valid-Until "false";'
}

# The series of the kernel that a suite has today, as 6.12.
series_in_suite() # SUITE
{
	suite_apt "$1" apt-cache show --no-all-versions linux-image-amd64 |
		sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p'
}

# The series of the kernel in the newest suite; nothing without network or lists.
series_of_newest_suite()
{
	(update_suite_lists "$(newest_suite)" && series_in_suite "$(newest_suite)") ||
		:
}

# The newest suite no longer has this kernel, and it is not in the cache.
has_moved_on() # SERIES
{
	local now

	[ "$1" = "$(newest_series)" ] || return 1
	! "$OVL_SCRIPTS/suite.sh" --check "$1" 2> /dev/null || return 1
	now=$(series_of_newest_suite)
	[ -n "$now" ] && is_newer_than_supported "$now"
}

# What is kept for a series.

suite_dir() # SERIES
{
	echo "$OVL_CACHE/suites/$1"
}

# Where this checkout's objects and payload of a series are: another checkout
# has a folder of its own.
work_dir() # SERIES
{
	echo "$OVL_CACHE/work/$(printf %s "$OVL_TREE" | cksum | cut -d' ' -f1)/$1"
}

# Held while the payload of a series is made or read.
payload_lock() # SERIES
{
	echo "payload-$(work_dir "$1" | cksum | cut -d' ' -f1)"
}

# Each run of these does something else: what one has found, the next may not find.
is_tried_once() # TEST
{
	case $1 in
	fuzz_*.sh|races.sh|faults.sh|rights.sh) ;;
	*) return 1 ;;
	esac
}

# Run a command inside the root of a series, in a mount namespace of its own:
# in_root SERIES DIR CMD...  The root is read-only; DIR is at /ovl, writable.
in_root()
{
	local root work=$2

	root=$(suite_dir "$1")/root
	shift 2
	mkdir -p "$work"
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private -- bash -euc '
		root=$1 work=$2; shift 2
		mount --bind "$root" "$root"
		mount -o remount,bind,ro "$root"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		mount --bind "$work" "$root/ovl"
		cd "$root/ovl"
		exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/tmp LC_ALL=C.UTF-8 chroot "$root" \
			sh -c "cd /ovl && exec \"\$@\"" sh "$@"
	' in_root "$root" "$work" "$@" < /dev/null
}
