#include "cam/cam_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum { NAME_SIZE_MAX = 256 };

struct cam_tls {
	SSL *ssl;
	BIO *in, *out; /* owned by `ssl` */
	bool is_connected;
	size_t early_size; /* written before the handshake's end */
	uint8_t early[CAM_TLS_EARLY_MAX];
};

/* One for the process; set up before the sandbox closes. */
static SSL_CTX *context;

int cam_tls_warm_up(void)
{
	uint8_t random[16];
	struct cam_tls *tls = NULL;

	context = SSL_CTX_new(TLS_client_method());
	if (!context || RAND_bytes(random, sizeof(random)) != 1)
		return -EIO;
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	/* Without it a write could be held up in the middle of the connection. */
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	/* The first handshake of a process loads ciphers and groups. */
	if (cam_tls_create("warm.up", &tls) < 0)
		return -EIO;
	int rc = cam_tls_receive(tls, "", 0);

	cam_tls_destroy(tls);
	return rc < 0 ? -EIO : 0;
}

/* RFC 6066 §3: no numeric addresses there. */
static int set_server_name(SSL *ssl, const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];
	char name[NAME_SIZE_MAX];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return 0;
	if (!text_copy(name, sizeof(name), host))
		return -EIO;
	return SSL_set_tlsext_host_name(ssl, name) == 1 ? 0 : -EIO;
}

/* On failure the caller destroys what there is. */
static int set_up(struct cam_tls *tls, const char *host)
{
	tls->ssl = SSL_new(context);
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (!tls->ssl || !tls->in || !tls->out) {
		BIO_free(tls->in);
		BIO_free(tls->out);
		return -ENOMEM;
	}
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_connect_state(tls->ssl);
	return set_server_name(tls->ssl, host);
}

int cam_tls_create(const char *host, struct cam_tls **ret_tls)
{
	struct cam_tls *tls = calloc(1, sizeof(*tls));
	int rc = tls ? set_up(tls, host) : -ENOMEM;

	if (rc < 0)
		cam_tls_destroy(tls);
	else
		*ret_tls = tls;
	return rc;
}

void cam_tls_destroy(struct cam_tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

/* 0 if OpenSSL only waits for bytes. Its errors stay in a queue of the thread's, where the next
 * connection would find them: they end here. */
static int check(struct cam_tls *tls, int result)
{
	int error = SSL_get_error(tls->ssl, result);

	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return -EPIPE;
	default:
		return -EPROTO;
	}
}

static int encrypt(struct cam_tls *tls, const void *data, size_t size)
{
	if (size == 0 || SSL_write(tls->ssl, data, (int)size) == (int)size)
		return 0;
	ERR_clear_error();
	return -EPROTO;
}

static int handshake(struct cam_tls *tls)
{
	if (tls->is_connected)
		return 0;
	int result = SSL_do_handshake(tls->ssl);

	if (result != 1)
		return check(tls, result);
	tls->is_connected = true;
	result = encrypt(tls, tls->early, tls->early_size);
	explicit_bzero(tls->early, sizeof(tls->early));
	return result;
}

int cam_tls_receive(struct cam_tls *tls, const void *data, size_t size)
{
	if (size && BIO_write(tls->in, data, (int)size) != (int)size)
		return -EPROTO;
	return handshake(tls);
}

int cam_tls_read(struct cam_tls *tls, void *data, size_t capacity)
{
	int result = SSL_read(tls->ssl, data, (int)capacity);

	return result > 0 ? result : check(tls, result);
}

int cam_tls_write(struct cam_tls *tls, const void *data, size_t size)
{
	if (tls->is_connected)
		return encrypt(tls, data, size);
	if (size > sizeof(tls->early) - tls->early_size)
		return -ENOBUFS;
	memcpy(tls->early + tls->early_size, data, size);
	tls->early_size += size;
	return 0;
}

int cam_tls_send(struct cam_tls *tls, void *data, size_t capacity)
{
	int size = BIO_read(tls->out, data, (int)capacity);

	return size > 0 ? size : 0;
}
