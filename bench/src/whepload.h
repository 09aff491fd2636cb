/* whepload's parts: many WebRTC receivers in one process. All share what stands here; the
 * signalling thread touches a viewer only before it is in the state ICE. */
#ifndef BENCH_WHEPLOAD_H
#define BENCH_WHEPLOAD_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <srtp2/srtp.h>

#include "util.h"

enum { NEW, ICE, DTLS, RUN, DEAD };
enum { TOKENS_MAX = 64, SDP_MAX = 8000 };

struct stream {
	uint32_t ssrc;
	struct seqtrack q;
	uint8_t seen[8192];
};

struct viewer {
	int fd, state, idx, port, answerer, active, probe, control;
	char uf[9], pw[33], ruf[64], rpw[128]; /* own and the other side's ICE credentials */
	char loc[400];                         /* where the session is ended */
	struct sockaddr_in cand[8], peer;
	int ncand, havepeer;
	uint8_t tid[12];
	uint64_t next_check;
	SSL *ssl;
	BIO *rx, *tx;
	srtp_t in, out;
	int haveout;
	const char *prof;
	uint64_t t0, tans, tice, tdtls, tpkt, tkey, last, nextrr, nextpli;
	int key, keyok;
	uint32_t keyts;
	struct stream v, a;
	uint64_t bytes, frames, dropped, recovered, srtp_fail;
	uint64_t sei_t;
	uint32_t sei_ts;
	char err[100];
	uint16_t lost[256];
	int nlost;
};

/* What was asked for, and what is shared. */
struct load {
	struct viewer *viewers;
	int count, urls, pli, janus_id, probes, epoll;
	double duration_s, warm_s, ramp_s, drop_rate;
	const char *url, *janus, *profiles, *bind_address;
	char tokens[TOKENS_MAX][80]; /* viewer k takes the k-th, over and over */
	int token_count;
	SSL_CTX *tls;
	char fingerprint[100];
	uint64_t nacks;
	struct hist first, frame,
		estimated; /* delays; estimated: of frames whose stamp the server took out */
	volatile sig_atomic_t is_over;
	volatile int signalled;
	volatile uint64_t is_measuring;
};

extern struct load load;

void fail(struct viewer *v, const char *why);
int local_only(struct in_addr address);

/* One request; the body of the answer (to be freed) or NULL. `loc` (400 bytes, or NULL) takes its
 * Location. */
char *http(const char *method, const char *u, const char *ctype, const char *body, int *code,
	   char *loc);
void use_token(int viewer);
void read_tokens(const char *path);

int build_sdp(struct viewer *v, char *o, size_t cap, const char *offer);
void parse_remote(struct viewer *v, const char *sdp);
void *signaller(void *context);

void w16(uint8_t *p, unsigned v);
void w32(uint8_t *p, uint32_t v);
uint32_t r32(const uint8_t *p);
void check(struct viewer *v, struct sockaddr_in *to);
void stun_in(struct viewer *v, uint8_t *p, size_t n, struct sockaddr_in *from);

void dtls_flush(struct viewer *v);
void dtls_step(struct viewer *v);
void dtls_start(struct viewer *v);

void send_rr(struct viewer *v);
void send_pli(struct viewer *v);
void media(struct viewer *v, uint8_t *p, size_t n, uint64_t at);

#endif
