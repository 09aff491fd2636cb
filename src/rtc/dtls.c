#include "rtc/dtls.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/clock.h"
#include "rtc/dtls_bio.h"

enum {
	CERTIFICATE_DAYS = 365,
	RETRY_FIRST_US = 50000, /* browsers begin with 50 ms, OpenSSL with a second */
	RETRY_MAX_US = 1000000,
};

/* GCM first: AES-CM with SHA-1 costs three times as much. */
static const char srtp_profiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
static const char exporter_label[] = "EXTRACTOR-dtls_srtp"; /* RFC 5764 §4.2 */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
			      "ECDHE-ECDSA-AES256-GCM-SHA384";

struct dtls_identity {
	SSL_CTX *context;
	BIO_METHOD *method;
	uint8_t fingerprint[DTLS_FINGERPRINT_SIZE];
};

struct dtls_session {
	SSL *ssl;
	struct dtls_bio other;
	enum dtls_state state;
};

/* ---- identity ---- */

static int certificate_fill(X509 *certificate, EVP_PKEY *key)
{
	uint8_t serial[8];
	X509_NAME *name = X509_get_subject_name(certificate);

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return -EIO;
	serial[0] &= 0x7f;
	BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
	bool is_done =
		number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
		X509_set_version(certificate, X509_VERSION_3) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600) &&
		X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_DAYS * 24L * 3600) &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ward",
					   -1, -1, 0) == 1 &&
		X509_set_issuer_name(certificate, name) == 1 &&
		X509_set_pubkey(certificate, key) == 1 &&
		X509_sign(certificate, key, EVP_sha256()) > 0;

	BN_free(number);
	return is_done ? 0 : -EIO;
}

/* The chain does not matter: the fingerprint from the signed offer does, after the handshake. */
static int accept_any(int is_verified, X509_STORE_CTX *store)
{
	(void)is_verified;
	(void)store;
	return 1;
}

static int context_set_up(SSL_CTX *context)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET |
					     SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(context, 1);
	if (SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(context, ciphers) != 1 ||
	    SSL_CTX_set_tlsext_use_srtp(context, srtp_profiles) != 0)
		return -EIO;
	return 0;
}

static int certificate_digest(const X509 *certificate, uint8_t ret_digest[DTLS_FINGERPRINT_SIZE])
{
	unsigned size = DTLS_FINGERPRINT_SIZE;

	return X509_digest(certificate, EVP_sha256(), ret_digest, &size) == 1 ? 0 : -EIO;
}

int dtls_identity_create(struct dtls_identity **ret_identity)
{
	AUTO(dtls_identity) identity = calloc(1, sizeof(*identity));

	if (!identity)
		return -ENOMEM;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	int r = key && certificate ? certificate_fill(certificate, key) : -ENOMEM;

	identity->context = SSL_CTX_new(DTLS_method());
	if (r == 0)
		r = identity->context ? context_set_up(identity->context) : -ENOMEM;
	if (r == 0 && (SSL_CTX_use_certificate(identity->context, certificate) != 1 ||
		       SSL_CTX_use_PrivateKey(identity->context, key) != 1))
		r = -EIO;
	if (r == 0)
		r = certificate_digest(certificate, identity->fingerprint);
	if (r == 0)
		r = dtls_bio_method_create(&identity->method);
	X509_free(certificate);
	EVP_PKEY_free(key);
	if (r < 0)
		return r;
	*ret_identity = take(identity);
	return 0;
}

void dtls_identity_destroy(struct dtls_identity *identity)
{
	if (!identity)
		return;
	SSL_CTX_free(identity->context);
	BIO_meth_free(identity->method);
	free(identity);
}

const uint8_t *dtls_identity_fingerprint(const struct dtls_identity *identity)
{
	return identity->fingerprint;
}

/* ---- sessions ---- */

static unsigned retry_us(SSL *ssl, unsigned before_us)
{
	(void)ssl;
	if (before_us == 0)
		return RETRY_FIRST_US;
	return before_us * 2 < RETRY_MAX_US ? before_us * 2 : RETRY_MAX_US;
}

int dtls_session_create(const struct dtls_identity *identity, dtls_send_fn *send, void *owner,
			struct dtls_session **ret_session)
{
	AUTO(dtls_session) session = calloc(1, sizeof(*session));
	BIO *bio;

	if (!session)
		return -ENOMEM;
	session->other = (struct dtls_bio){.send = send, .owner = owner, .mtu = DTLS_DATAGRAM_MAX};
	session->ssl = SSL_new(identity->context);
	if (!session->ssl || dtls_bio_create(identity->method, &session->other, &bio) < 0)
		return -ENOMEM;
	SSL_set_bio(session->ssl, bio, bio);
	SSL_set_accept_state(session->ssl);
	DTLS_set_timer_cb(session->ssl, retry_us);
	if (DTLS_set_link_mtu(session->ssl, DTLS_DATAGRAM_MAX) != 1)
		return -EIO;
	*ret_session = take(session);
	return 0;
}

void dtls_session_destroy(struct dtls_session *session)
{
	if (!session)
		return;
	SSL_free(session->ssl);
	free(session);
}

/* Works off the datagram that lies ready. Application data has no meaning here and is dropped. */
static enum dtls_state session_step(struct dtls_session *session)
{
	uint8_t dropped[DTLS_DATAGRAM_MAX];
	int r;

	if (session->state >= DTLS_CLOSED)
		return session->state;
	ERR_clear_error();
	if (session->state == DTLS_HANDSHAKE)
		r = SSL_do_handshake(session->ssl);
	else
		r = SSL_read(session->ssl, dropped, sizeof(dropped));
	session->other.datagram = (struct bytes){0};
	if (SSL_is_init_finished(session->ssl))
		session->state = DTLS_OPEN;
	if (r > 0)
		return session->state;
	switch (SSL_get_error(session->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		break;
	case SSL_ERROR_ZERO_RETURN:
		session->state = DTLS_CLOSED;
		break;
	default:
		session->state = DTLS_FAILED;
	}
	return session->state;
}

void dtls_session_connect(struct dtls_session *session)
{
	SSL_set_connect_state(session->ssl);
	(void)session_step(session);
}

enum dtls_state dtls_session_receive(struct dtls_session *session, struct bytes datagram)
{
	session->other.datagram = datagram;
	return session_step(session);
}

enum dtls_state dtls_session_tick(struct dtls_session *session)
{
	if (session->state != DTLS_HANDSHAKE)
		return session->state;
	ERR_clear_error();
	if (DTLSv1_handle_timeout(session->ssl) < 0)
		session->state = DTLS_FAILED;
	return session->state;
}

uint64_t dtls_session_wait_ns(struct dtls_session *session)
{
	struct timeval left;

	if (session->state != DTLS_HANDSHAKE || DTLSv1_get_timeout(session->ssl, &left) != 1)
		return UINT64_MAX;
	return (uint64_t)left.tv_sec * CLOCK_NS_PER_S + (uint64_t)left.tv_usec * CLOCK_NS_PER_US;
}

int dtls_session_peer(struct dtls_session *session, uint8_t ret_fingerprint[DTLS_FINGERPRINT_SIZE])
{
	X509 *certificate = SSL_get1_peer_certificate(session->ssl);
	int r = certificate ? certificate_digest(certificate, ret_fingerprint) : -ENOENT;

	X509_free(certificate);
	return r;
}

/* client key | server key | client salt | server salt */
static void exported_split(const uint8_t *exported, size_t salt_size, bool is_client,
			   struct srtp_master *ret_master)
{
	const uint8_t *key = exported + (is_client ? 0 : SRTP_KEY_SIZE);
	const uint8_t *salt = exported + 2 * (size_t)SRTP_KEY_SIZE + (is_client ? 0 : salt_size);

	memset(ret_master, 0, sizeof(*ret_master));
	memcpy(ret_master->key, key, SRTP_KEY_SIZE);
	memcpy(ret_master->salt, salt, salt_size);
}

int dtls_session_srtp(struct dtls_session *session, struct srtp_session **ret_srtp)
{
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(session->ssl);
	uint8_t exported[2 * (SRTP_KEY_SIZE + SRTP_SALT_SIZE)];
	struct srtp_master client, server;

	if (!profile)
		return -EPROTO;
	enum srtp_suite suite = profile->id == SRTP_AEAD_AES_128_GCM ? SRTP_SUITE_AES128_GCM
								     : SRTP_SUITE_AES128_CM_SHA1_80;
	size_t salt_size = srtp_session_salt_size(suite);
	bool is_server = SSL_is_server(session->ssl) != 0;

	if (SSL_export_keying_material(session->ssl, exported, 2 * (SRTP_KEY_SIZE + salt_size),
				       exporter_label, sizeof(exporter_label) - 1, NULL, 0, 0) != 1)
		return -EPROTO;
	exported_split(exported, salt_size, true, &client);
	exported_split(exported, salt_size, false, &server);
	int r = srtp_session_create(suite, is_server ? &server : &client,
				    is_server ? &client : &server, ret_srtp);

	OPENSSL_cleanse(exported, sizeof(exported));
	OPENSSL_cleanse(&client, sizeof(client));
	OPENSSL_cleanse(&server, sizeof(server));
	return r;
}

void dtls_session_close(struct dtls_session *session)
{
	if (session->state == DTLS_OPEN) {
		ERR_clear_error();
		(void)SSL_shutdown(session->ssl);
	}
	session->state = DTLS_CLOSED;
}

/* ---- warming up ---- */

struct rehearsal {
	struct dtls_session *to;
	uint8_t data[16][DTLS_DATAGRAM_MAX];
	size_t size[16], count;
};

static void rehearsal_send(void *owner, const uint8_t *data, size_t size)
{
	struct rehearsal *rehearsal = owner;

	if (rehearsal->count == ARRAY_COUNT(rehearsal->size) || size > DTLS_DATAGRAM_MAX)
		return;
	memcpy(rehearsal->data[rehearsal->count], data, size);
	rehearsal->size[rehearsal->count++] = size;
}

static void rehearsal_deliver(struct rehearsal *rehearsal)
{
	for (size_t i = 0; i < rehearsal->count; i++)
		(void)dtls_session_receive(rehearsal->to,
					   (struct bytes){rehearsal->data[i], rehearsal->size[i]});
	rehearsal->count = 0;
}

int dtls_warm_up(const struct dtls_identity *identity)
{
	AUTO(dtls_session) server = NULL;
	AUTO(dtls_session) client = NULL;
	AUTO(srtp_session) srtp = NULL;
	autofree struct rehearsal *to_server = calloc(1, sizeof(*to_server));
	autofree struct rehearsal *to_client = calloc(1, sizeof(*to_client));

	if (!to_server || !to_client)
		return -ENOMEM;
	if (dtls_session_create(identity, rehearsal_send, to_client, &server) < 0 ||
	    dtls_session_create(identity, rehearsal_send, to_server, &client) < 0)
		return -EIO;
	to_server->to = server;
	to_client->to = client;
	dtls_session_connect(client);
	for (int i = 0; i < 8 && (client->state != DTLS_OPEN || server->state != DTLS_OPEN); i++) {
		rehearsal_deliver(to_server);
		rehearsal_deliver(to_client);
	}
	if (client->state != DTLS_OPEN || server->state != DTLS_OPEN)
		return -EPROTO;
	return dtls_session_srtp(server, &srtp);
}
