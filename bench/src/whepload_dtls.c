/* DTLS-SRTP (RFC 5764). */
#include "whepload.h"

#include <string.h>
#include <sys/socket.h>

void dtls_flush(struct viewer *v)
{
	char *d;
	long n = BIO_get_mem_data(v->tx, &d);
	if (n > 0) {
		sendto(v->fd, d, (size_t)n, 0, (void *)&v->peer, sizeof v->peer);
		(void)BIO_reset(v->tx);
	}
}
static void srtp_open(struct viewer *v)
{
	SRTP_PROTECTION_PROFILE *pf = SSL_get_selected_srtp_profile(v->ssl);
	uint8_t m[120], ck[60], sk[60];
	srtp_policy_t pol;
	size_t kl = 16, sl;
	if (!pf) {
		fail(v, "no SRTP profile");
		return;
	}
	v->prof = pf->name;
	int gcm = pf->id == SRTP_AEAD_AES_128_GCM;
	sl = gcm ? 12 : 14;
	SSL_export_keying_material(v->ssl, m, 2 * (kl + sl), "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0);
	memcpy(ck, m, kl);
	memcpy(sk, m + kl, kl);
	memcpy(ck + kl, m + 2 * kl, sl);
	memcpy(sk + kl, m + 2 * kl + sl, sl);
	memset(&pol, 0, sizeof pol);
	if (gcm) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&pol.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&pol.rtcp);
	} else {
		srtp_crypto_policy_set_rtp_default(&pol.rtp);
		srtp_crypto_policy_set_rtcp_default(&pol.rtcp);
	}
	pol.window_size = 1024;
	pol.allow_repeat_tx = 1;
	pol.ssrc.type = ssrc_any_inbound;
	pol.key = v->active ? sk : ck;
	if (srtp_create(&v->in, &pol)) {
		fail(v, "srtp_create");
		return;
	}
	pol.ssrc.type = ssrc_any_outbound;
	pol.key = v->active ? ck : sk;
	if (srtp_create(&v->out, &pol) == 0)
		v->haveout = 1;
	v->state = RUN;
	v->tdtls = mono_ns();
}
void dtls_step(struct viewer *v)
{
	int r = SSL_do_handshake(v->ssl);
	dtls_flush(v);
	if (r == 1) {
		if (v->state == DTLS)
			srtp_open(v);
	} else {
		int e = SSL_get_error(v->ssl, r);
		if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
			fail(v, "DTLS");
	}
}
/* Browsers first repeat a lost DTLS flight after 50 ms, OpenSSL after 1 s. */
static unsigned dtls_timer(SSL *s, unsigned us)
{
	(void)s;
	return us ? us * 2 : 50000;
}
void dtls_start(struct viewer *v)
{
	v->ssl = SSL_new(load.tls);
	v->rx = BIO_new(BIO_s_mem());
	v->tx = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(v->rx, -1);
	SSL_set_bio(v->ssl, v->rx, v->tx);
	SSL_set_options(v->ssl, SSL_OP_NO_QUERY_MTU);
	SSL_set_mtu(v->ssl, 1200);
	DTLS_set_link_mtu(v->ssl, 1200);
	DTLS_set_timer_cb(v->ssl, dtls_timer);
	if (v->active)
		SSL_set_connect_state(v->ssl);
	else
		SSL_set_accept_state(v->ssl);
	v->state = DTLS;
	if (v->active)
		dtls_step(v);
}
