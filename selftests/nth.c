// SPDX-License-Identifier: GPL-2.0-only
/*
 * nth - run a program whose Nth allocation in the kernel fails
 *
 *  nth N CMD [ARG...]
 *
 * Which allocations are counted is what debugfs says of failslab and others.
 * The output of CMD goes to stderr.  Prints two numbers: the exit status of CMD,
 * and how many allocations were still to come when it ended: 0 if one failed.
 *
 * A shell cannot do this: the number is gone with the process, which the shell
 * does not leave alone for long enough.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "nth: %s: %s\n", what, strerror(errno));
	exit(2);
}

static FILE *fail_nth(const char *pid, const char *mode)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/fail-nth", pid);
	file = fopen(path, mode);
	if (!file)
		die(path);
	return file;
}

static void run(const char *n, char **argv)
{
	FILE *file;

	dup2(STDERR_FILENO, STDOUT_FILENO);
	file = fail_nth("self", "w");
	fprintf(file, "%s\n", n);
	if (fclose(file))
		die(n);
	execvp(argv[0], argv);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	int status, left;
	char number[16];
	siginfo_t info;
	FILE *file;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: nth N CMD [ARG...]\n");
		return 2;
	}
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		run(argv[1], argv + 2);
	/* It has ended, but is still there to be asked */
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		die("waitid");
	snprintf(number, sizeof(number), "%d", pid);
	file = fail_nth(number, "r");
	if (fscanf(file, "%d", &left) != 1)
		die(number);
	fclose(file);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	printf("%d %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 255, left);
	return 0;
}
