#include "front/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

/* Forward secrecy and authenticated encryption only (RFC 9325 §4.2). */
#define TLS_CIPHERS                                                                                \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                               \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                               \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

struct tls {
	SSL_CTX *context;
};

struct tls_link {
	SSL *ssl;
	bool wants_room;
};

/* ---- certificate and key ---- */

static BIO *open_pem(struct bytes pem)
{
	return BIO_new_mem_buf(pem.data, (int)pem.size);
}

/* There is nobody to ask for a passphrase. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer, (void)size, (void)is_writing, (void)context;
	return -1;
}

static int use_chain(SSL_CTX *context, struct bytes pem)
{
	BIO *bio = open_pem(pem);
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
	int r = certificate && SSL_CTX_use_certificate(context, certificate) == 1 ? 0 : -EBADMSG;

	X509_free(certificate);
	while (r == 0 && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL))) {
		/* add0 takes it over, if it works */
		if (SSL_CTX_add0_chain_cert(context, certificate) == 1)
			continue;
		X509_free(certificate);
		r = -EBADMSG;
	}
	ERR_clear_error();
	BIO_free(bio);
	return r;
}

static int use_key(SSL_CTX *context, struct bytes pem)
{
	BIO *bio = open_pem(pem);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	bool is_used = key && SSL_CTX_use_PrivateKey(context, key) == 1 &&
		       SSL_CTX_check_private_key(context) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return is_used ? 0 : -EBADMSG;
}

/* ---- the context ---- */

static int choose_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_size,
			   const unsigned char *offered, unsigned offered_size, void *context)
{
	static const unsigned char known[] = "\x02h2\x08http/1.1";
	unsigned char *name;
	int r = SSL_select_next_proto(&name, ret_size, known, sizeof(known) - 1, offered,
				      offered_size);

	(void)ssl, (void)context;
	*ret_name = name;
	return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int configure(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Tickets only: no memory is kept for those who left. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
			       SSL_CTX_set_cipher_list(context, TLS_CIPHERS) == 1
		       ? 0
		       : -EPROTO;
}

/* Until both sides are done, or neither moves. */
static int shake_hands(SSL *server, SSL *client)
{
	for (int turn = 0; turn < 16; turn++) {
		int client_done = SSL_do_handshake(client);
		int server_done = SSL_do_handshake(server);

		if (client_done == 1 && server_done == 1)
			return 0;
	}
	return -EPROTO;
}

static int rehearse_with(SSL *server, SSL *client, int version)
{
	static const unsigned char offer[] = "\x02h2";
	BIO *server_end = NULL, *client_end = NULL;

	if (!server || !client || BIO_new_bio_pair(&server_end, 0, &client_end, 0) != 1)
		return -ENOMEM;
	SSL_set_bio(server, server_end, server_end);
	SSL_set_bio(client, client_end, client_end);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	SSL_set_alpn_protos(client, offer, sizeof(offer) - 1);
	SSL_set_max_proto_version(client, version);
	return shake_hands(server, client);
}

/* A whole handshake in memory: what OpenSSL does lazily, it does now. */
static int rehearse(SSL_CTX *context, int version)
{
	SSL_CTX *client_context = SSL_CTX_new(TLS_client_method());
	SSL *server = SSL_new(context);
	SSL *client = client_context ? SSL_new(client_context) : NULL;
	int r = rehearse_with(server, client, version);

	SSL_free(server);
	SSL_free(client);
	SSL_CTX_free(client_context);
	ERR_clear_error();
	return r;
}

int tls_create(struct bytes certificate, struct bytes key, struct tls **ret_tls)
{
	AUTO(tls) tls = calloc(1, sizeof(*tls));
	int r;

	if (!tls)
		return -ENOMEM;
	tls->context = SSL_CTX_new(TLS_server_method());
	if (!tls->context)
		return -ENOMEM;
	r = configure(tls->context);
	if (r >= 0)
		r = use_chain(tls->context, certificate);
	if (r >= 0)
		r = use_key(tls->context, key);
	if (r >= 0)
		r = rehearse(tls->context, TLS1_2_VERSION);
	if (r >= 0)
		r = rehearse(tls->context, TLS1_3_VERSION);
	if (r >= 0)
		*ret_tls = take(tls);
	return r < 0 ? r : 0;
}

void tls_destroy(struct tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

/* ---- one connection ---- */

struct tls_link *tls_accept(struct tls *tls, int fd)
{
	struct tls_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->ssl = SSL_new(tls->context);
	if (!link->ssl || SSL_set_fd(link->ssl, fd) != 1) {
		tls_link_destroy(link);
		return NULL;
	}
	SSL_set_accept_state(link->ssl);
	return link;
}

void tls_link_destroy(struct tls_link *link)
{
	if (!link)
		return;
	SSL_free(link->ssl);
	free(link);
}

static int error_of(struct tls_link *link, int r)
{
	int error = SSL_get_error(link->ssl, r);

	link->wants_room = error == SSL_ERROR_WANT_WRITE;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	ERR_clear_error();
	/* After a failure OpenSSL must not be asked to shut down. */
	SSL_set_quiet_shutdown(link->ssl, 1);
	return -EPROTO;
}

static void start_call(struct tls_link *link)
{
	ERR_clear_error();
	link->wants_room = false;
}

int tls_handshake(struct tls_link *link)
{
	start_call(link);
	int r = SSL_do_handshake(link->ssl);

	if (r == 1)
		return 1;
	r = error_of(link, r);
	return r ? r : -EPROTO;
}

bool tls_speaks_http2(const struct tls_link *link)
{
	const unsigned char *name;
	unsigned size;

	SSL_get0_alpn_selected(link->ssl, &name, &size);
	return size == 2 && memcmp(name, "h2", 2) == 0;
}

ssize_t tls_read(struct tls_link *link, void *data, size_t size)
{
	size_t done = 0;

	start_call(link);
	int r = SSL_read_ex(link->ssl, data, size, &done);

	return r == 1 ? (ssize_t)done : error_of(link, r);
}

ssize_t tls_write(struct tls_link *link, const void *data, size_t size)
{
	size_t done = 0;

	start_call(link);
	int r = SSL_write_ex(link->ssl, data, size, &done);

	if (r == 1)
		return (ssize_t)done;
	r = error_of(link, r);
	return r ? r : -EPROTO;
}

bool tls_wants_room(const struct tls_link *link)
{
	return link->wants_room;
}

void tls_say_goodbye(struct tls_link *link)
{
	ERR_clear_error();
	SSL_shutdown(link->ssl);
	ERR_clear_error();
}
