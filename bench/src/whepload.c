/* whepload: N cheap WebRTC receivers in one process. Signals over WHEP (POST an SDP offer, get the
 * answer) or over the Janus HTTP API; then ICE, DTLS-SRTP and packet counting, all on loopback.
 * Every viewer decrypts until its first complete key frame; only --probes viewers decrypt all of it
 * (for the delay of the SEI stamps), so that a hundred viewers cost little. --drop P throws away a
 * share of the video packets and asks for them again with NACK. One JSON line on stdout. */
#include "whepload.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, PACKET_MAX = 2048, CONTROL_MAX = 64, TIMES = 5 };

struct load load = {
	.count = 1,
	.urls = 1,
	.pli = 1,
	.janus_id = 1,
	.probes = 1,
	.duration_s = 10,
	.ramp_s = 0.02,
	.profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80",
	.bind_address = "127.0.0.1",
};

/* Loopback only; in the bench's own network namespace also 198.18.0.0/15, the range set aside for
 * benchmarks. */
int local_only(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host >> 24 == 127 ||
	       (getenv("BENCH_NS") && host >> 17 == (198u << 24 | 18u << 16) >> 17);
}

void fail(struct viewer *v, const char *why)
{
	if (v->state == DEAD)
		return;
	snprintf(v->err, sizeof(v->err), "%s", why);
	v->state = DEAD;
}

/* When the kernel received it, by the wall clock. */
static uint64_t stamp_of(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct timespec time;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&time, CMSG_DATA(c), sizeof(time));
		return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
	}
	return wall_ns();
}

static void take_dtls(struct viewer *v, const uint8_t *data, size_t size)
{
	char rest[100];

	if (!v->havepeer || !v->ssl)
		return;
	BIO_write(v->rx, data, (int)size);
	if (v->state == DTLS) {
		dtls_step(v);
		return;
	}
	SSL_read(v->ssl, rest, sizeof(rest));
	dtls_flush(v);
}

/* RFC 7983: the first byte says what it is. */
static void take_packet(struct viewer *v, struct mmsghdr *message)
{
	uint8_t *data = message->msg_hdr.msg_iov->iov_base;
	size_t size = message->msg_len;
	int is_media = size >= 12 && data[0] >= 128 && data[0] < 192;

	if (!size || v->state == DEAD)
		return;
	if (is_media && v->state == RUN && (data[1] < 192 || data[1] > 223))
		media(v, data, size, v->probe ? stamp_of(&message->msg_hdr) : 0);
	else if (data[0] < 4)
		stun_in(v, data, size, message->msg_hdr.msg_name);
	else if (data[0] >= 20 && data[0] < 64)
		take_dtls(v, data, size);
}

static void readable(struct viewer *v)
{
	static uint8_t data[BATCH][PACKET_MAX];
	static char control[BATCH][CONTROL_MAX];
	static struct sockaddr_in from[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){data[i], PACKET_MAX};
		messages[i] =
			(struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i],
						     .msg_iovlen = 1,
						     .msg_name = &from[i],
						     .msg_namelen = sizeof(from[i]),
						     .msg_control = v->probe ? control[i] : NULL,
						     .msg_controllen = v->probe ? CONTROL_MAX : 0}};
	}
	int count = recvmmsg(v->fd, messages, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < count; i++)
		take_packet(v, &messages[i]);
}

static void tick(struct viewer *v, uint64_t now)
{
	if (v->state == ICE && now >= v->next_check) {
		for (int i = 0; i < v->ncand; i++)
			check(v, &v->cand[i]);
		v->next_check = now + 50000000ull;
	}
	if (v->state == DTLS) {
		DTLSv1_handle_timeout(v->ssl);
		dtls_flush(v);
	}
	if (v->state != RUN)
		return;
	if (now >= v->next_check) { /* consent */
		check(v, &v->peer);
		v->next_check = now + 2500000000ull;
	}
	if (now >= v->nextrr) {
		send_rr(v);
		v->nextrr = now + 1000000000ull;
	}
	if (load.pli && !v->tkey && v->v.ssrc && now >= v->nextpli) {
		send_pli(v);
		v->nextpli = now + 1000000000ull;
	}
}

static void on_signal(int number)
{
	(void)number;
	load.is_over = 1;
}

static int any_certificate(int is_good, X509_STORE_CTX *context)
{
	(void)is_good;
	(void)context;
	return 1;
}

static int make_tls(void)
{
	load.tls = SSL_CTX_new(DTLS_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	uint8_t digest[32];
	unsigned size;

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400 * 30);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"load", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(load.tls, x);
	SSL_CTX_use_PrivateKey(load.tls, key);
	SSL_CTX_set_verify(load.tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   any_certificate);
	X509_digest(x, EVP_sha256(), digest, &size);
	for (unsigned i = 0; i < size; i++)
		snprintf(load.fingerprint + i * 3, 4, "%02X%s", digest[i], i + 1 < size ? ":" : "");
	return SSL_CTX_set_tlsext_use_srtp(load.tls, load.profiles);
}

static void make_viewer(int index)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	struct viewer *v = &load.viewers[index];
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = inet_addr(load.bind_address)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = v};
	socklen_t size = sizeof(address);
	int buffer = 2 << 20, one = 1;
	uint8_t random[40];

	v->idx = index;
	v->probe = index < load.probes;
	v->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(v->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		exit(1);
	}
	getsockname(v->fd, (struct sockaddr *)&address, &size);
	v->port = ntohs(address.sin_port);
	setsockopt(v->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	if (v->probe)
		setsockopt(v->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	RAND_bytes(random, sizeof(random));
	for (int i = 0; i < 8; i++)
		v->uf[i] = letters[random[i] % 62];
	for (int i = 0; i < 32; i++)
		v->pw[i] = letters[random[8 + i] % 62];
	RAND_bytes(v->tid, sizeof(v->tid));
	epoll_ctl(load.epoll, EPOLL_CTL_ADD, v->fd, &event);
}

/* Sums over all viewers, at one moment. */
struct totals {
	uint64_t at, bytes, packets, lost, frames, dropped, recovered, srtp_fail;
	double cpu_s;
};

static struct totals add_up(void)
{
	struct totals sum = {.at = mono_ns()};
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	sum.cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		    1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	for (int i = 0; i < load.count; i++) {
		const struct viewer *v = &load.viewers[i];

		sum.bytes += v->bytes;
		sum.packets += v->v.q.got + v->a.q.got;
		sum.lost += v->v.q.lost + v->a.q.lost;
		sum.frames += v->frames;
		sum.dropped += v->dropped;
		sum.recovered += v->recovered;
		sum.srtp_fail += v->srtp_fail;
	}
	return sum;
}

static int all_connected(void)
{
	for (int i = 0; i < load.count; i++)
		if (load.viewers[i].state < RUN)
			return 0;
	return load.signalled == load.count;
}

static void turn(uint64_t *last_tick)
{
	struct epoll_event events[128];
	int count = epoll_wait(load.epoll, events, 128, 10);
	uint64_t now = mono_ns();

	for (int i = 0; i < count; i++)
		readable(events[i].data.ptr);
	if (now - *last_tick < 10000000ull)
		return;
	*last_tick = now;
	for (int i = 0; i < load.count; i++)
		if (load.viewers[i].state > NEW && load.viewers[i].state < DEAD)
			tick(&load.viewers[i], now);
}

/* Until all are connected (or time is up), then for the time asked; what there was at its start. */
static struct totals run(void)
{
	double patience_s = load.ramp_s * load.count + 30 + load.count * 0.5;
	uint64_t giveup = mono_ns() + (uint64_t)(patience_s * 1e9), end = 0, last_tick = 0;
	uint64_t duration = (uint64_t)(load.duration_s * 1e9);
	struct totals start = {0};

	while (!load.is_over) {
		turn(&last_tick);
		uint64_t now = mono_ns();

		if (!end && (all_connected() || now > giveup))
			end = now + (uint64_t)(load.warm_s * 1e9) + duration;
		if (end && !load.is_measuring && now >= end - duration) {
			start = add_up();
			load.is_measuring = 1;
			fprintf(stderr, "MEASURE\n");
		}
		if (end && now >= end)
			break;
	}
	return start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_times(const char *name, double *times, int count)
{
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("\"%s\":{\"n\":%d,\"min\":%.1f,\"p50\":%.1f,\"p95\":%.1f,\"max\":%.1f},", name,
	       count, count ? times[0] : 0, count ? times[count / 2] : 0,
	       count ? times[(int)(count * 0.95)] : 0, count ? times[count - 1] : 0);
}

/* How long each step took, from the question on. */
static void print_steps(void)
{
	static const char *const names[TIMES] = {"answer_ms", "ice_ms", "dtls_ms",
						 "first_packet_ms", "first_keyframe_ms"};
	double *times = calloc((size_t)load.count, sizeof(*times));

	for (int k = 0; k < TIMES; k++) {
		int count = 0;

		for (int i = 0; i < load.count; i++) {
			const struct viewer *v = &load.viewers[i];
			const uint64_t at[TIMES] = {v->tans, v->tice, v->tdtls, v->tpkt, v->tkey};

			if (at[k])
				times[count++] = (double)(at[k] - v->t0) / 1e6;
		}
		print_times(names[k], times, count);
	}
	free(times);
}

static void print_result(const struct totals *start)
{
	struct totals end = add_up();
	double seconds = (double)(end.at - start->at) / 1e9;
	const char *error = "", *profile = "";
	int alive = 0, dead = 0;

	for (int i = 0; i < load.count; i++) {
		const struct viewer *v = &load.viewers[i];

		dead += v->state == DEAD;
		error = v->state == DEAD ? v->err : error;
		profile = v->prof ? v->prof : profile;
		alive += v->state == RUN && v->tkey && end.at - v->last < 1000000000ull;
	}
	printf("{\"tool\":\"whepload\",\"n\":%d,\"alive\":%d,\"dead\":%d,\"error\":\"%s\","
	       "\"srtp\":\"%s\",\"seconds\":%.2f,\"packets\":%llu,\"lost\":%lld,\"mbit_s\":%.2f,",
	       load.count, alive, dead, error, profile, seconds,
	       (unsigned long long)(end.packets - start->packets),
	       (long long)(end.lost - start->lost),
	       (double)(end.bytes - start->bytes) * 8 / 1e6 / seconds);
	printf("\"frames\":%llu,\"dropped\":%llu,\"recovered\":%llu,\"nacks\":%llu,\"srtp_fail\":%llu,"
	       "\"gen_cpu\":%.3f,",
	       (unsigned long long)end.frames, (unsigned long long)end.dropped,
	       (unsigned long long)end.recovered, (unsigned long long)load.nacks,
	       (unsigned long long)end.srtp_fail, (end.cpu_s - start->cpu_s) / seconds);
	print_steps();
	hist_json(stdout, "delay_first_us", &load.first);
	printf(",");
	hist_json(stdout, "delay_frame_us", &load.frame);
	printf(",");
	hist_json(stdout, "delay_est_us", &load.estimated);
	printf("}\n");
	fflush(stdout);
}

static void leave(struct viewer *v)
{
	int code;

	if (v->ssl && v->state == RUN) {
		SSL_shutdown(v->ssl);
		dtls_flush(v);
	}
	if (!v->loc[0])
		return;
	use_token(v->idx);
	free(load.janus ? http("POST", v->loc, "application/json",
			       "{\"janus\":\"destroy\",\"transaction\":\"d\"}", &code, NULL)
			: http("DELETE", v->loc, "text/plain", NULL, &code, NULL));
}

static const char *profile_of(const char *name)
{
	return !strcmp(name, "cm")    ? "SRTP_AES128_CM_SHA1_80"
	       : !strcmp(name, "gcm") ? "SRTP_AEAD_AES_128_GCM"
				      : load.profiles;
}

static int set_option(int letter, const char *value)
{
	double number = value ? strtod(value, NULL) : 0;

	switch (letter) {
	case 'u':
		load.url = value;
		return 1;
	case 'U':
		load.urls = (int)number;
		return 1;
	case 'j':
		load.janus = value;
		return 1;
	case 'J':
		load.janus_id = (int)number;
		return 1;
	case 'n':
		load.count = (int)number;
		return 1;
	case 'd':
		load.duration_s = number;
		return 1;
	case 'w':
		load.warm_s = number;
		return 1;
	case 'r':
		load.ramp_s = number;
		return 1;
	case 'p':
		load.probes = (int)number;
		return 1;
	case 'x':
		load.drop_rate = number;
		return 1;
	case 'P':
		load.pli = 0;
		return 1;
	case 'b':
		load.bind_address = value;
		return 1;
	case 't':
		read_tokens(value);
		return 1;
	case 's':
		load.profiles = profile_of(value);
		return 1;
	default:
		return 0;
	}
}

static int parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"url", 1, 0, 'u'},      {"urls", 1, 0, 'U'},   {"janus", 1, 0, 'j'},
		{"janus-id", 1, 0, 'J'}, {"n", 1, 0, 'n'},      {"dur", 1, 0, 'd'},
		{"warm", 1, 0, 'w'},     {"ramp", 1, 0, 'r'},   {"probes", 1, 0, 'p'},
		{"drop", 1, 0, 'x'},     {"srtp", 1, 0, 's'},   {"bind", 1, 0, 'b'},
		{"no-pli", 0, 0, 'P'},   {"tokens", 1, 0, 't'}, {0},
	};
	struct in_addr address;

	for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;)
		if (!set_option(letter, optarg))
			return 0;
	return (load.url || load.janus) && load.count > 0 &&
	       inet_pton(AF_INET, load.bind_address, &address) == 1 && local_only(address);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (!parse_options(argc, argv)) {
		fprintf(stderr,
			"whepload --url http://127.0.0.1:8889/cam%%d/whep | --janus "
			"http://127.0.0.1:8088/janus --janus-id 1   --n N --dur S [--warm S] [--ramp S] "
			"[--probes K] [--drop 0.02] [--srtp cm|gcm] [--tokens FILE]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	srtp_init();
	if (make_tls())
		return 1;
	load.epoll = epoll_create1(0);
	load.viewers = calloc((size_t)load.count, sizeof(*load.viewers));
	for (int i = 0; i < load.count; i++)
		make_viewer(i);
	pthread_create(&thread, NULL, signaller, NULL);
	struct totals start = run();

	print_result(&start);
	for (int i = 0; i < load.count; i++)
		leave(&load.viewers[i]);
	return 0;
}
