# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib_user.sh: users that are not root, or only in namespaces of their own.

# A user who is root of nothing but a namespace of his own.
user() # CMD...
{
	"${AS_USER[@]}" "$@"
}

# In the background AS_USER itself: to kill a function is not to kill what it runs.
setup_user()
{
	exec {user_fd}< <(unshare -U -r -n sh -c 'echo $$; exec sleep 1000')
	read -r -u "$user_fd" USER_PID
	exec {user_fd}<&-
	[ -n "$USER_PID" ] || return 1
	defer kill "$USER_PID"
	AS_USER=(nsenter -t "$USER_PID" -U -n --preserve-credentials)
}

# Somebody without any rights, in a namespace
nobody() # NS CMD...
{
	ip netns exec "$1" setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps=-all "${@:2}"
}
