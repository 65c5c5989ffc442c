# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_user.sh: users that are not root, or only in namespaces of their own.

# A shell of a user who is root of nothing but a namespace of his own.
user() # CMD...
{
	nsenter -t "$USER_PID" -U -n --preserve-credentials "$@"
}

setup_user()
{
	exec {user_fd}< <(unshare -U -r -n sh -c 'echo $$; exec sleep 1000')
	read -r -u "$user_fd" USER_PID
	exec {user_fd}<&-
	[ -n "$USER_PID" ] && defer kill "$USER_PID"
}

# Somebody without any rights, in a namespace
nobody() # NS CMD...
{
	ip netns exec "$1" setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps=-all "${@:2}"
}
