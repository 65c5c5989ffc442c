// SPDX-License-Identifier: GPL-2.0-only
/*
 * wire - put frames on a wire and look at what is on it
 *
 * Carries out commands, one a line of its standard input, or the one of its
 * command line.  Each is answered by what there is to say and by ".ok",
 * ".fail" (something is not as expected) or ".error" (the command makes no
 * sense); from the command line, by an exit status of 0, 1 or 2.
 *
 *  port NAME NETNS DEV	open a device and capture from now on; NETNS "-": ours
 *  close NAME		(sockets keep a namespace alive)
 *  send PORT [count=N] [gap=US] [inc=KEY,...] [frag=BYTES [head=BYTES] [rev=1]]
 *	KEY=VALUE...
 *			build a frame and send it; with count, so many, the
 *			values of inc going up by one each; in IP fragments of
 *			so many bytes, the first one of another size with head,
 *			the last one first with rev
 *  expect PORT [n=N] [within=MS] SELECT... [: CHECK...]
 *			wait for a frame that fits SELECT, take it from the
 *			queue and print it; with n, so many; fails if too few
 *			come, or if one does not fit CHECK
 *  none PORT SELECT...	no such frame has come
 *  count PORT SELECT...	how many such frames have come
 *  values PORT KEY SELECT...	the values of KEY in such frames
 *  distinct PORT KEY SELECT...	how many values of KEY; fails if one is
 *			there twice
 *  drop PORT SELECT...	forget them
 *  same PORT PORT	two dumps have the same entries, but for their order and
 *			ages; if not, print those that one of them has alone
 *  show PORT SELECT...	print them
 *  clear PORT...	forget what has come
 *  mark PORT...	remember the counters of the device
 *  moved PORT [within=MS] NAME=N...
 *			wait until these counters went up by exactly N since
 *			they were marked (those of the host's IP stack: by N at
 *			least, or not at all); fails also if another one of
 *			ethtool's did; marks again
 *  counter PORT NAME	print one
 *  counters PORT	print all that are not zero
 *  pcap PORT FILE	write what is captured into a file, too
 *  offload PORT on|off	checksum, scatter-gather, TSO, GSO
 *  geneve PORTNUMBER...	read these UDP ports as Geneve, besides 6081
 *  sysctl NETNS NAME VALUE
 *  up NETNS DEV		set a device up
 *  hold NAME NETNS port=N [addr=ADDR] [reuse=1]
 *			be a program that holds a UDP port; fails, with the name
 *			of the error, if the kernel does not let it
 *  release NAME...	let them go
 *  sock NAME NETNS udp|raw|steer addr=ADDR [port=N] [dev=DEV]
 *			what a socket gets is taken for the frames of a port: of
 *			udp paylen, of raw all of UDP that is for ADDR; steer
 *			takes the port away from all others, by BPF, until it is
 *			closed.  Fails, with the name of the error, if the kernel
 *			does not let it
 *  link NETNS DEV add|set KIND [TYPE:FORMAT:VALUE...]
 *			ask rtnetlink for a link with these attributes of its
 *			kind; FORMAT: u8 u16 u32 u64 be16 ip hex.  Fails, and
 *			says ERROR attr=TYPE MESSAGE, if the kernel refuses
 *  fdb NETNS DEV add|append|replace|set|change|touch|del|flush|get [count=N]
 *	[KEY=VALUE|TYPE:FORMAT:VALUE]...
 *			ask rtnetlink about an entry of a device's FDB: set only
 *			with NLM_F_CREATE, change with NLM_F_REPLACE, touch with
 *			neither.  KEY: mac dst port vni srcvni via nh vlan proto
 *			statemask flagsmask master netnsid flagsext, or the
 *			numbers state (permanent, if there is none) and flags
 *			(self); with count, so many, mac going up by one.  Fails
 *			as link does; get prints the entry
 *  listen NAME NETNS	what rtnetlink tells of FDBs from now on is taken for
 *			the frames of a port, to be expected, counted and so on
 *  dump NAME NETNS DEV	begin to dump the FDB of a device, its entries are taken
 *			for the frames of a port
 *  more NAME [N]		go on with that, for so many messages, and say "more" or
 *			"end"; without N, to its end
 *  udp NETNS to=ADDR port=N [from=ADDR] [sport=N] [size=N] [seg=N] [count=N]
 *			send datagrams by a socket; seg: UDP GSO
 *  train NETNS KEY=VALUE... [: KEY=VALUE...]...
 *			send Geneve packets by a socket, so that they arrive at
 *			one go: one for each ":", which has the fields before the
 *			first ":" and its own; all of the same length
 *  stream NETNS NETNS to=ADDR [port=N] [size=N] [within=MS]
 *			send data over TCP from the one to the other; prints what
 *			the sender knows at the end; fails unless all arrived
 *			as it was sent
 *
 * With WIRE_KEEP=FILE in the environment, FILE.pcap gets the Geneve packets that
 * were sent on any port, and FILE.words what they are here, one a line.
 *
 * Keys of an entry: what=new|del|get dev state flags, those above, used and
 * updated, in hundredths of a second; state and flags are words joined by +.
 *
 * A condition is KEY=VALUE, or with != < > <= >=.  VALUE - means not there, *
 * there, A|B one of these.  Counters: as ethtool -S names them, link.NAME as
 * in ip -s link, and those of nstat.
 *
 * Keys, in the order in which they are printed (b: only to build, s: only
 * shown):
 *  dir wirelen gso gso_size (s)		in|out, bytes, kind of super-packet
 *  dmac smac vlan=[ad:]VID[.PCP][+...] type	Ethernet; type only if not IP
 *  src dst tos dscp(s) ecn=not|ect0|ect1|ce ttl len	IPv4 or IPv6, by src
 *  id df mf off ipcsum=ok|bad			IPv4
 *  ipopts=HEX (b)				options of IPv4, hop-by-hop ones
 *  flowlabel					IPv6
 *  l4=udp|tcp|icmp|icmp6|NUMBER sport dport ulen paylen(s) pay(b) data=HEX(b)
 *  csum=ok|bad|zero|partial|gso|cut|fragment	shown of all of L4
 *  csum=auto|bad|zero|partial|NUMBER (b), rawcsum (s, UDP): the very bytes
 *  seq ack flags=FSRPAUEC win(b)		TCP
 *  icmp=TYPE/CODE icmp6=TYPE/CODE icmp_id icmp_seq mtu quote=BYTES(b)
 *  ver optlen o c rsvd1 proto vni rsvd2 opts=HEX	Geneve
 *  cut=BYTES (b)				of the UDP payload
 *  trunc=BYTES (b)				of the frame
 *  gso=tcp4:SIZE|tcp6:SIZE|udp:SIZE (b)	with csum=partial
 *  in.KEY					what is in Geneve; in.raw=HEX(b)
 *  q.KEY					what an ICMP error quotes
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define WORDS_MAX	256
#define FRAGMENTS_MAX	64
/* How long to wait for what is expected; nobody waits that long if it comes */
#define WITHIN_MS	5000
/* At most so many frames are shown of those that did not fit */
#define SHOWN_MAX	12
/* A dump that takes more messages than that has no end */
#define DUMP_MESSAGES_MAX 20000

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif

enum answer { ANSWER_OK, ANSWER_FAIL, ANSWER_ERROR };

static jmp_buf give_up;

void refuse(const char *format, ...)
{
	va_list args;

	printf("wire: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	longjmp(give_up, 1);
}

unsigned long long to_number(const char *key, const char *text)
{
	unsigned long long n;
	char *end;

	n = strtoull(text, &end, 0);
	if (end == text || *end)
		refuse("%s: not a number: %s", key, text);
	return n;
}

/* Fields. */

void fields_add(struct fields *fs, char *word)
{
	char *at = word + strcspn(word, "=!<>"), *value = at + 1;
	struct field *f = fs->f + fs->n;

	if (!*at || at == word || (*at == '!' && at[1] != '='))
		refuse("not KEY=VALUE: %s", word);
	if (fs->n == FIELDS_MAX)
		refuse("too many fields");
	if (*at == '!')
		f->op = OP_NE;
	else if (*at == '<')
		f->op = *value == '=' ? OP_LE : OP_LT;
	else if (*at == '>')
		f->op = *value == '=' ? OP_GE : OP_GT;
	else
		f->op = OP_EQ;
	if (*at != '=' && *value == '=')
		value++;
	*at = 0;
	f->key = word;
	f->value = value;
	f->used = false;
	fs->n++;
}

/* The last word wins, so that a line can begin with what is usual. */
const char *fields_get(struct fields *fs, const char *prefix, const char *key)
{
	const char *value = NULL;
	size_t n = strlen(prefix);
	unsigned int i;

	for (i = 0; i < fs->n; i++) {
		if (strncmp(fs->f[i].key, prefix, n) ||
		    strcmp(fs->f[i].key + n, key))
			continue;
		fs->f[i].used = true;
		value = fs->f[i].value;
	}
	return value && *value ? value : NULL;
}

bool fields_have_prefix(const struct fields *fs, const char *prefix)
{
	unsigned int i;

	for (i = 0; i < fs->n; i++)
		if (!strncmp(fs->f[i].key, prefix, strlen(prefix)))
			return true;
	return false;
}

/* Take a word out, if it is there: what is meant for the command itself. */
static const char *take_text(struct fields *fs, const char *key)
{
	const char *value = NULL;
	unsigned int i, kept = 0;

	for (i = 0; i < fs->n; i++) {
		if (strcmp(fs->f[i].key, key))
			fs->f[kept++] = fs->f[i];
		else
			value = fs->f[i].value;
	}
	fs->n = kept;
	return value;
}

static unsigned long long take(struct fields *fs, const char *key,
			       unsigned long long otherwise)
{
	const char *value = take_text(fs, key);

	return value ? to_number(key, value) : otherwise;
}

static void fields_of(struct fields *fs, int argc, char **argv)
{
	int i;

	fs->n = 0;
	for (i = 0; i < argc; i++)
		fields_add(fs, argv[i]);
}

/* Commands on ports. */

static enum answer cmd_port(int argc, char **argv)
{
	if (argc != 3)
		refuse("port NAME NETNS DEV");
	port_open(argv[0], argv[1], argv[2]);
	return ANSWER_OK;
}

static enum answer cmd_close(int argc, char **argv)
{
	for (; argc; argc--, argv++)
		port_close(port_find(*argv));
	return ANSWER_OK;
}

static enum answer cmd_clear(int argc, char **argv)
{
	port_wait(0);
	for (; argc; argc--, argv++)
		port_clear(port_find(*argv));
	return ANSWER_OK;
}

static enum answer cmd_pcap(int argc, char **argv)
{
	if (argc != 2)
		refuse("pcap PORT FILE");
	port_pcap(port_find(argv[0]), argv[1]);
	return ANSWER_OK;
}

static enum answer cmd_offload(int argc, char **argv)
{
	if (argc != 2)
		refuse("offload PORT on|off");
	port_offload(port_find(argv[0]), !strcmp(argv[1], "on"));
	return ANSWER_OK;
}

static enum answer cmd_geneve(int argc, char **argv)
{
	for (; argc; argc--, argv++)
		show_geneve_port(to_number("port", *argv));
	return ANSWER_OK;
}

/* Sending. */

static void send_fragments(struct port *port, const struct frame *frame,
			   unsigned int first, unsigned int size, bool reverse)
{
	static struct frame pieces[FRAGMENTS_MAX];
	unsigned int i, n;

	n = build_fragments(frame, first, size, pieces, FRAGMENTS_MAX);
	for (i = 0; i < n; i++)
		port_send(port, pieces + (reverse ? n - 1 - i : i));
}

static void pause_us(unsigned long long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	if (us)
		nanosleep(&ts, NULL);
}

/* Let the values of the keys in @inc go up by one. */
static void increment(struct fields *fs, char (*text)[24], char **inc,
		      unsigned int n)
{
	const char *value;
	unsigned int i;

	for (i = 0; i < n; i++) {
		value = fields_get(fs, "", inc[i]);
		if (!value)
			refuse("inc: no %s", inc[i]);
		snprintf(text[i], sizeof(text[i]), "%llu",
			 to_number(inc[i], value) + 1);
		/* the last one of that key counts */
		fs->f[fs->n - n + i].value = text[i];
	}
}

static enum answer cmd_send(int argc, char **argv)
{
	unsigned long long count, gap, frag, head, rev, i;
	static struct frame frame;
	char text[8][24], *inc[8];
	unsigned int n_inc = 0;
	struct fields fs;
	struct port *port;
	const char *keys;
	char *save, *key;

	if (argc < 2)
		refuse("send PORT KEY=VALUE...");
	port = port_find(argv[0]);
	fields_of(&fs, argc - 1, argv + 1);
	count = take(&fs, "count", 1);
	gap = take(&fs, "gap", 0);
	frag = take(&fs, "frag", 0);
	head = take(&fs, "head", frag);
	rev = take(&fs, "rev", 0);
	keys = take_text(&fs, "inc");
	for (key = keys ? strtok_r((char *)keys, ",", &save) : NULL; key;
	     key = strtok_r(NULL, ",", &save)) {
		const char *first = fields_get(&fs, "", key);

		if (!first || n_inc == 8 || fs.n == FIELDS_MAX)
			refuse("inc: no %s, or too many", key);
		inc[n_inc++] = key;
		fs.f[fs.n++] = (struct field){ key, OP_EQ, first, false };
	}
	for (i = 0; i < count; i++) {
		if (i) {
			increment(&fs, text, inc, n_inc);
			pause_us(gap);
		}
		build(&frame, &fs, port->ethernet);
		if (frag)
			send_fragments(port, &frame, head, frag, rev);
		else
			port_send(port, &frame);
	}
	return ANSWER_OK;
}

static void put_addr(struct sockaddr_in6 *sin6, const char *text,
		     unsigned int port)
{
	char mapped[64];

	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	snprintf(mapped, sizeof(mapped), "%s%s",
		 text && !strchr(text, ':') ? "::ffff:" : "",
		 text ? text : "::");
	if (inet_pton(AF_INET6, mapped, &sin6->sin6_addr) != 1)
		refuse("not an address: %s", text);
}

static enum answer cmd_udp(int argc, char **argv)
{
	unsigned long long port, sport, size, count;
	struct sockaddr_in6 to, from;
	static char data[65536];
	const char *dst, *src;
	struct fields fs;
	int fd, seg;

	if (argc < 2)
		refuse("udp NETNS KEY=VALUE...");
	fields_of(&fs, argc - 1, argv + 1);
	dst = take_text(&fs, "to");
	src = take_text(&fs, "from");
	port = take(&fs, "port", 9);
	sport = take(&fs, "sport", 0);
	size = take(&fs, "size", 18);
	count = take(&fs, "count", 1);
	seg = take(&fs, "seg", 0);
	if (!dst || fs.n || size > sizeof(data))
		refuse("udp: no to=, or an unknown word");
	put_addr(&to, dst, port);
	put_addr(&from, src, sport);
	in_netns(argv[0]);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	in_own_netns();
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)))
		refuse("udp from %s: %s", src, strerror(errno));
	if (seg && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &seg, sizeof(seg)))
		refuse("udp: seg: %s", strerror(errno));
	for (; count; count--)
		if (sendto(fd, data, size, 0, (struct sockaddr *)&to,
			   sizeof(to)) < 0)
			refuse("udp to %s: %s", dst, strerror(errno));
	close(fd);
	return ANSWER_OK;
}

static enum answer cmd_train(int argc, char **argv)
{
	static struct train train;
	static struct frame frame;
	struct sockaddr_in6 from, to;
	struct fields common, fs;
	int at, end;

	if (argc < 2)
		refuse("train NETNS KEY=VALUE... [: KEY=VALUE...]...");
	for (at = 1; at < argc && strcmp(argv[at], ":"); at++)
		;
	fields_of(&common, at - 1, argv + 1);
	train.len = 0;
	do {
		for (end = ++at; end < argc && strcmp(argv[end], ":"); end++)
			;
		fs = common;
		for (; at < end; at++)
			fields_add(&fs, argv[at]);
		build(&frame, &fs, true);
		train_add(&train, &frame);
	} while (end < argc);
	put_addr(&from, fields_get(&fs, "", "src"),
		 to_number("sport", fields_get(&fs, "", "sport") ? : "7777"));
	put_addr(&to, fields_get(&fs, "", "dst"),
		 to_number("dport", fields_get(&fs, "", "dport") ? : "6081"));
	port_keep_pause(true);
	train_send(&train, argv[0], &from, &to);
	port_keep_pause(false);
	return ANSWER_OK;
}

static enum answer cmd_sysctl(int argc, char **argv)
{
	char path[256], *dot;
	ssize_t n;
	int fd;

	if (argc != 3)
		refuse("sysctl NETNS NAME VALUE");
	for (dot = argv[1]; (dot = strchr(dot, '.')); )
		*dot = '/';
	snprintf(path, sizeof(path), "/proc/sys/%s", argv[1]);
	in_netns(argv[0]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : write(fd, argv[2], strlen(argv[2]));
	in_own_netns();
	if (n < 0)
		refuse("%s: %s", path, strerror(errno));
	close(fd);
	return ANSWER_OK;
}

static enum answer cmd_up(int argc, char **argv)
{
	struct ifreq ifr = { 0 };
	int fd, ret;

	if (argc != 2)
		refuse("up NETNS DEV");
	in_netns(argv[0]);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	in_own_netns();
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
	ret = ioctl(fd, SIOCGIFFLAGS, &ifr);
	ifr.ifr_flags |= IFF_UP;
	if (!ret)
		ret = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	if (ret)
		refuse("up %s: %s", argv[1], strerror(errno));
	return ANSWER_OK;
}

static enum answer cmd_hold(int argc, char **argv)
{
	unsigned long long port, reuse;
	struct fields fs;
	const char *addr;

	if (argc < 3)
		refuse("hold NAME NETNS port=N");
	fields_of(&fs, argc - 2, argv + 2);
	addr = take_text(&fs, "addr");
	port = take(&fs, "port", 0);
	reuse = take(&fs, "reuse", 0);
	return host_hold(argv[0], argv[1], addr ? addr : "0.0.0.0", port,
			 reuse) ? ANSWER_OK : ANSWER_FAIL;
}

static enum answer cmd_sock(int argc, char **argv)
{
	unsigned long long port;
	const char *addr, *dev;
	struct fields fs;
	bool done;

	if (argc < 4)
		refuse("sock NAME NETNS udp|raw|steer addr=ADDR");
	fields_of(&fs, argc - 3, argv + 3);
	addr = take_text(&fs, "addr");
	dev = take_text(&fs, "dev");
	port = take(&fs, "port", 0);
	if (!strcmp(argv[2], "steer"))
		done = sock_steer(argv[0], argv[1], port);
	else
		done = sock_open(argv[0], argv[1], !strcmp(argv[2], "raw"),
				 addr ? addr : "0.0.0.0", port, dev);
	return done ? ANSWER_OK : ANSWER_FAIL;
}

static enum answer cmd_release(int argc, char **argv)
{
	for (; argc; argc--, argv++)
		host_release(*argv);
	return ANSWER_OK;
}

static enum answer cmd_link(int argc, char **argv)
{
	if (argc < 4)
		refuse("link NETNS DEV add|set KIND [TYPE:FORMAT:VALUE...]");
	return host_link(argv[0], argv[1], argv[3], !strcmp(argv[2], "add"),
			 argv + 4, argc - 4) ? ANSWER_OK : ANSWER_FAIL;
}

/* FDBs. */

static enum answer cmd_fdb(int argc, char **argv)
{
	unsigned int count = 1;

	if (argc < 3)
		refuse("fdb NETNS DEV VERB [KEY=VALUE...]");
	if (argc > 3 && !strncmp(argv[3], "count=", 6)) {
		count = to_number("count", argv[3] + 6);
		return host_fdb(argv[0], argv[1], argv[2], count, argv + 4,
				argc - 4) ? ANSWER_OK : ANSWER_FAIL;
	}
	return host_fdb(argv[0], argv[1], argv[2], count, argv + 3, argc - 3) ?
	       ANSWER_OK : ANSWER_FAIL;
}

static enum answer cmd_listen(int argc, char **argv)
{
	if (argc != 2)
		refuse("listen NAME NETNS");
	host_listen(argv[0], argv[1]);
	return ANSWER_OK;
}

static enum answer cmd_dump(int argc, char **argv)
{
	if (argc != 3)
		refuse("dump NAME NETNS DEV");
	host_dump(argv[0], argv[1], argv[2]);
	return ANSWER_OK;
}

static enum answer cmd_more(int argc, char **argv)
{
	bool more;

	if (argc != 1 && argc != 2)
		refuse("more NAME [N]");
	more = host_more(port_find(argv[0]), argc == 2 ?
			 to_number("more", argv[1]) : DUMP_MESSAGES_MAX);
	printf("%s\n", more ? "more" : "end");
	return more && argc == 1 ? ANSWER_FAIL : ANSWER_OK;
}

/* Expecting. */

static unsigned int within(struct fields *fs)
{
	const char *usual = getenv("WIRE_WITHIN");

	return take(fs, "within",
		    usual ? to_number("WIRE_WITHIN", usual) : WITHIN_MS);
}

static enum answer cmd_stream(int argc, char **argv)
{
	unsigned long long port, size;
	struct sockaddr_in6 addr;
	struct fields fs;
	long long until;
	const char *to;

	if (argc < 3)
		refuse("stream NETNS NETNS to=ADDR");
	fields_of(&fs, argc - 2, argv + 2);
	to = take_text(&fs, "to");
	port = take(&fs, "port", 9999);
	size = take(&fs, "size", 1 << 20);
	until = now_ms() + within(&fs);
	if (!to || fs.n)
		refuse("stream: no to=, or an unknown word");
	put_addr(&addr, to, port);
	return stream_run(argv[0], argv[1], &addr, size, until) ?
	       ANSWER_OK : ANSWER_FAIL;
}

static void print_fields(const struct field *f, unsigned int n)
{
	static const char *const ops[] = { "=", "!=", "<", ">", "<=", ">=" };

	for (; n; n--, f++)
		printf(" %s%s%s", f->key, ops[f->op], f->value);
}

static void print_line(const char *what, const char *line)
{
	printf("%s %s\n", what, line);
}

static void seen_of(const char *line, const char *key, char *seen, size_t size)
{
	if (!line_get(line, key, seen, size))
		snprintf(seen, size, "-");
}

/* Take the first frame that fits out of the queue. */
static struct queued *take_fitting(struct port *port, const struct field *f,
				   unsigned int n)
{
	struct queued **at, *q;

	for (at = &port->first; (q = *at); at = &q->next) {
		if (line_mismatch(q->line, f, n))
			continue;
		*at = q->next;
		if (!q->next)
			port->last = at;
		return q;
	}
	return NULL;
}

static struct queued *wait_fitting(struct port *port, const struct field *f,
				   unsigned int n, long long until)
{
	struct queued *q;

	port_wait(0);
	for (;;) {
		q = take_fitting(port, f, n);
		if (q || now_ms() >= until)
			return q;
		port_wait(until - now_ms());
	}
}

/* Those that came, the last ones, and why they do not fit. */
static void print_missing(struct port *port, const struct field *f,
			  unsigned int n)
{
	const struct field *bad;
	unsigned int all = 0;
	char seen[1024];
	struct queued *q;

	printf("expected on %s:", port->name);
	print_fields(f, n);
	for (q = port->first; q; q = q->next)
		all++;
	printf("\n    seen: %s%u other frames\n", all ? "" : "nothing; ", all);
	for (q = port->first; q; q = q->next) {
		if (all-- > SHOWN_MAX)
			continue;
		bad = line_mismatch(q->line, f, n);
		seen_of(q->line, bad->key, seen, sizeof(seen));
		printf("    with %s=%s: %s\n", bad->key, seen, q->line);
	}
}

static enum answer check_one(const struct port *port, const char *line,
			     const struct field *f, unsigned int n)
{
	const struct field *bad = line_mismatch(line, f, n);
	char seen[1024];

	if (!bad) {
		printf("%s\n", line);
		return ANSWER_OK;
	}
	printf("expected on %s:", port->name);
	print_fields(f, n);
	seen_of(line, bad->key, seen, sizeof(seen));
	printf("\n    seen: %s=%s\n", bad->key, seen);
	print_line("    packet:", line);
	return ANSWER_FAIL;
}

static enum answer cmd_expect(int argc, char **argv)
{
	enum answer answer = ANSWER_OK;
	struct fields select, check;
	unsigned long long n;
	struct queued *q;
	struct port *port;
	long long until;
	int split;

	if (argc < 1)
		refuse("expect PORT SELECT... [: CHECK...]");
	port = port_find(argv[0]);
	for (split = 1; split < argc && strcmp(argv[split], ":"); split++)
		;
	fields_of(&select, split - 1, argv + 1);
	fields_of(&check, split < argc ? argc - split - 1 : 0,
		  argv + split + 1);
	n = take(&select, "n", 1);
	until = now_ms() + within(&select);
	for (; n && answer == ANSWER_OK; n--) {
		q = wait_fitting(port, select.f, select.n, until);
		if (!q) {
			print_missing(port, select.f, select.n);
			return ANSWER_FAIL;
		}
		answer = check_one(port, q->line, check.f, check.n);
		free(q);
	}
	return answer;
}

static enum answer cmd_none(int argc, char **argv)
{
	struct fields select;
	struct port *port;
	struct queued *q;

	if (argc < 1)
		refuse("none PORT SELECT...");
	port = port_find(argv[0]);
	fields_of(&select, argc - 1, argv + 1);
	port_wait(0);
	q = take_fitting(port, select.f, select.n);
	if (!q)
		return ANSWER_OK;
	printf("expected on %s: none with", port->name);
	print_fields(select.f, select.n);
	printf("\n");
	print_line("    seen:", q->line);
	free(q);
	return ANSWER_FAIL;
}

/* Walk the frames that fit; print their lines or a value. */
static unsigned int walk(struct port *port, int argc, char **argv,
			 bool print, const char *key)
{
	struct fields select;
	unsigned int n = 0;
	struct queued *q;
	char value[1024];

	fields_of(&select, argc, argv);
	port_wait(0);
	for (q = port->first; q; q = q->next) {
		if (line_mismatch(q->line, select.f, select.n))
			continue;
		n++;
		if (key && line_get(q->line, key, value, sizeof(value)))
			printf("%s\n", value);
		else if (print)
			printf("%s\n", q->line);
	}
	return n;
}

static enum answer cmd_count(int argc, char **argv)
{
	if (argc < 1)
		refuse("count PORT SELECT...");
	printf("%u\n", walk(port_find(argv[0]), argc - 1, argv + 1, false,
			    NULL));
	return ANSWER_OK;
}

static enum answer cmd_show(int argc, char **argv)
{
	if (argc < 1)
		refuse("show PORT SELECT...");
	walk(port_find(argv[0]), argc - 1, argv + 1, true, NULL);
	return ANSWER_OK;
}

static enum answer cmd_values(int argc, char **argv)
{
	if (argc < 2)
		refuse("values PORT KEY SELECT...");
	walk(port_find(argv[0]), argc - 2, argv + 2, false, argv[1]);
	return ANSWER_OK;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many values KEY has in the frames that fit, none of which twice */
static enum answer cmd_distinct(int argc, char **argv)
{
	enum answer answer = ANSWER_OK;
	struct fields select;
	char value[1024];
	struct port *port;
	struct queued *q;
	size_t n = 0, i;
	char **all;

	if (argc < 2)
		refuse("distinct PORT KEY SELECT...");
	port = port_find(argv[0]);
	fields_of(&select, argc - 2, argv + 2);
	port_wait(0);
	for (q = port->first; q; q = q->next)
		n++;
	all = calloc(n + 1, sizeof(*all));
	for (q = port->first, n = 0; q; q = q->next) {
		if (line_mismatch(q->line, select.f, select.n) ||
		    !line_get(q->line, argv[1], value, sizeof(value)))
			continue;
		all[n++] = strdup(value);
	}
	qsort(all, n, sizeof(*all), by_text);
	for (i = 1; i < n && answer == ANSWER_OK; i++) {
		if (strcmp(all[i - 1], all[i]))
			continue;
		printf("expected on %s: each %s once\n    seen twice: %s\n",
		       port->name, argv[1], all[i]);
		answer = ANSWER_FAIL;
	}
	if (answer == ANSWER_OK)
		printf("%zu\n", n);
	while (n--)
		free(all[n]);
	free(all);
	return answer;
}

static enum answer cmd_drop(int argc, char **argv)
{
	struct fields select;
	struct port *port;
	struct queued *q;

	if (argc < 1)
		refuse("drop PORT SELECT...");
	port = port_find(argv[0]);
	fields_of(&select, argc - 1, argv + 1);
	port_wait(0);
	while ((q = take_fitting(port, select.f, select.n)))
		free(q);
	return ANSWER_OK;
}

/* The line of an entry without what differs from one look to the next */
static char *lasting(const char *line)
{
	const char *state = strstr(line, " state=");
	char *copy = strdup(state ? state : line);
	char *ages = strstr(copy, " used=");

	if (ages)
		*ages = 0;
	return copy;
}

static size_t lasting_lines(const struct port *port, char ***lines)
{
	struct queued *q;
	size_t n = 0;

	for (q = port->first; q; q = q->next)
		n++;
	*lines = calloc(n + 1, sizeof(**lines));
	for (q = port->first, n = 0; q; q = q->next)
		(*lines)[n++] = lasting(q->line);
	qsort(*lines, n, sizeof(**lines), by_text);
	return n;
}

/* Two dumps have the same entries, in whatever order, of whatever device */
static enum answer cmd_same(int argc, char **argv)
{
	enum answer answer = ANSWER_OK;
	size_t n[2], i = 0, j = 0;
	char **lines[2];
	int order;

	if (argc != 2)
		refuse("same PORT PORT");
	n[0] = lasting_lines(port_find(argv[0]), &lines[0]);
	n[1] = lasting_lines(port_find(argv[1]), &lines[1]);
	while (i < n[0] || j < n[1]) {
		order = i == n[0] ? 1 : j == n[1] ? -1 :
			strcmp(lines[0][i], lines[1][j]);
		if (order) {
			printf("only in %s:%s\n", argv[order > 0],
			       order > 0 ? lines[1][j] : lines[0][i]);
			answer = ANSWER_FAIL;
		}
		i += order <= 0;
		j += order >= 0;
	}
	for (i = 0; i < 2; i++) {
		while (n[i]--)
			free(lines[i][n[i]]);
		free(lines[i]);
	}
	return answer;
}

/* Counters. */

static enum answer cmd_mark(int argc, char **argv)
{
	for (; argc; argc--, argv++) {
		struct port *port = port_find(*argv);

		counters_read(port, &port->base);
	}
	return ANSWER_OK;
}

static enum answer cmd_counter(int argc, char **argv)
{
	static struct counters now;
	const struct counter *c;

	if (argc != 2)
		refuse("counter PORT NAME");
	counters_read(port_find(argv[0]), &now);
	c = counters_find(&now, argv[1]);
	if (!c)
		refuse("%s has no counter %s", argv[0], argv[1]);
	printf("%llu\n", c->value);
	return ANSWER_OK;
}

static enum answer cmd_counters(int argc, char **argv)
{
	static struct counters now;
	unsigned int i;

	if (argc != 1)
		refuse("counters PORT");
	counters_read(port_find(argv[0]), &now);
	for (i = 0; i < now.n; i++)
		if (now.c[i].value)
			printf("%s=%llu\n", now.c[i].name, now.c[i].value);
	return ANSWER_OK;
}

static long long delta(const struct port *port, const struct counters *now,
		       const char *name)
{
	const struct counter *a = counters_find(&port->base, name);
	const struct counter *b = counters_find(now, name);

	if (!a || !b)
		refuse("%s has no counter %s, or it was not marked",
		       port->name, name);
	return b->value - a->value;
}

static bool all_moved(const struct port *port, const struct counters *now,
		      const struct fields *fs)
{
	unsigned int i;

	for (i = 0; i < fs->n; i++)
		if (delta(port, now, fs->f[i].key) <
		    (long long)to_number(fs->f[i].key, fs->f[i].value))
			return false;
	return true;
}

static bool is_ethtools(const char *name)
{
	return !strncmp(name, "rx_", 3) || !strncmp(name, "tx_", 3) ||
	       !strncmp(name, "port_", 5);
}

/* Every counter that was named, and every one of ethtool's that was not. */
static enum answer compare(struct port *port, const struct counters *now,
			   struct fields *fs)
{
	enum answer answer = ANSWER_OK;
	unsigned int i;

	for (i = 0; i < now->n; i++) {
		const char *text = fields_get(fs, "", now->c[i].name);
		long long moved = delta(port, now, now->c[i].name);
		long long wanted = text ? to_number(now->c[i].name, text) : 0;

		if (moved == wanted)
			continue;
		/* The host's own counters see other packets as well, such as MLD's */
		if (!is_ethtools(now->c[i].name) &&
		    (!text || (wanted && moved > wanted)))
			continue;
		printf("expected of %s: %s to go up by %lld\n", port->name,
		       now->c[i].name, wanted);
		printf("    seen: by %lld\n", moved);
		answer = ANSWER_FAIL;
	}
	return answer;
}

static enum answer cmd_moved(int argc, char **argv)
{
	static struct counters now;
	enum answer answer;
	struct port *port;
	struct fields fs;
	long long until;

	if (argc < 1)
		refuse("moved PORT NAME=N...");
	port = port_find(argv[0]);
	fields_of(&fs, argc - 1, argv + 1);
	until = now_ms() + within(&fs);
	for (;;) {
		counters_read(port, &now);
		if (all_moved(port, &now, &fs) || now_ms() >= until)
			break;
		pause_us(1000);
	}
	answer = compare(port, &now, &fs);
	port->base = now;
	return answer;
}

/* Reading commands. */

static const struct {
	const char	*name;
	enum answer	(*run)(int argc, char **argv);
} commands[] = {
	{ "port", cmd_port },
	{ "close", cmd_close },
	{ "clear", cmd_clear },
	{ "pcap", cmd_pcap },
	{ "offload", cmd_offload },
	{ "geneve", cmd_geneve },
	{ "send", cmd_send },
	{ "fdb", cmd_fdb },
	{ "listen", cmd_listen },
	{ "dump", cmd_dump },
	{ "more", cmd_more },
	{ "udp", cmd_udp },
	{ "train", cmd_train },
	{ "stream", cmd_stream },
	{ "sysctl", cmd_sysctl },
	{ "up", cmd_up },
	{ "hold", cmd_hold },
	{ "release", cmd_release },
	{ "sock", cmd_sock },
	{ "link", cmd_link },
	{ "expect", cmd_expect },
	{ "none", cmd_none },
	{ "count", cmd_count },
	{ "show", cmd_show },
	{ "values", cmd_values },
	{ "distinct", cmd_distinct },
	{ "drop", cmd_drop },
	{ "same", cmd_same },
	{ "mark", cmd_mark },
	{ "counter", cmd_counter },
	{ "counters", cmd_counters },
	{ "moved", cmd_moved },
};

static enum answer run(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, argv[0]))
			return commands[i].run(argc - 1, argv + 1);
	refuse("no command %s", argv[0]);
}

static enum answer run_guarded(int argc, char **argv)
{
	if (setjmp(give_up)) {
		/* wherever it was given up */
		in_own_netns();
		return ANSWER_ERROR;
	}
	return run(argc, argv);
}

static int split(char *line, char **words)
{
	char *word, *save;
	int n = 0;

	for (word = strtok_r(line, " \t\n", &save); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " \t\n", &save))
		words[n++] = word;
	return n;
}

static int read_commands(void)
{
	static const char *const answers[] = { ".ok", ".fail", ".error" };
	char *line = NULL, *words[WORDS_MAX];
	enum answer answer, worst = ANSWER_OK;
	size_t size = 0;
	int n;

	while (getline(&line, &size, stdin) >= 0) {
		n = split(line, words);
		if (!n || *words[0] == '#')
			continue;
		answer = run_guarded(n, words);
		printf("%s\n", answers[answer]);
		fflush(stdout);
		if (answer > worst)
			worst = answer;
	}
	free(line);
	return worst;
}

/* wire NETNS DEV "send"|"cap" ...: a port for one command, for a human. */
static enum answer run_human(int argc, char **argv)
{
	struct port *port;

	if (argc < 4 || (strcmp(argv[3], "send") && strcmp(argv[3], "cap")))
		refuse("wire NETNS DEV send|cap ..., or commands on the standard input");
	port = port_open(argv[2], argv[1], argv[2]);
	if (!strcmp(argv[3], "send")) {
		argv[3] = argv[2];
		return cmd_send(argc - 3, argv + 3);
	}
	for (;;) {
		port_wait(-1);
		walk(port, argc - 4, argv + 4, true, NULL);
		port_clear(port);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const char *kept = getenv("WIRE_KEEP");

	if (setjmp(give_up))
		return ANSWER_ERROR;
	if (kept)
		port_keep(kept);
	if (argc < 2)
		return read_commands();
	return run_human(argc, argv);
}
