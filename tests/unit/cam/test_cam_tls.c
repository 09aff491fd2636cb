#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#include "../check.h"
#include "cam/cam_tls.h"

/* A camera's side of TLS with a certificate that it signed itself. */
struct server {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
};

static void open_server(struct server *server)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();

	assert_non_null(key);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	server->context = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(server->context, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(server->context, key), 1);
	server->ssl = SSL_new(server->context);
	server->in = BIO_new(BIO_s_mem());
	server->out = BIO_new(BIO_s_mem());
	SSL_set_bio(server->ssl, server->in, server->out);
	SSL_set_accept_state(server->ssl);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void close_server(struct server *server)
{
	SSL_free(server->ssl);
	SSL_CTX_free(server->context);
}

/* Carries bytes both ways until neither side has any; what the server reads goes to `heard`. */
static void carry(struct cam_tls *tls, struct server *server, char *heard, size_t heard_size)
{
	uint8_t data[4096];
	int size;
	bool moved;

	do {
		moved = false;
		while ((size = cam_tls_send(tls, data, sizeof(data))) > 0) {
			assert_int_equal(BIO_write(server->in, data, size), size);
			moved = true;
		}
		size = SSL_read(server->ssl, heard, (int)heard_size - 1);
		if (size > 0)
			heard[size] = '\0';
		while ((size = BIO_read(server->out, data, sizeof(data))) > 0) {
			assert_int_equal(cam_tls_receive(tls, data, (size_t)size), 0);
			moved = true;
		}
	} while (moved);
}

static void carries_what_was_written_before_the_handshake(void **state)
{
	(void)state;
	struct server server = {0};
	struct cam_tls *tls;
	char heard[64] = "", data[64];

	open_server(&server);
	assert_int_equal(cam_tls_create("cam.lan", &tls), 0);
	assert_int_equal(cam_tls_write(tls, "OPTIONS", 7), 0);
	assert_int_equal(cam_tls_receive(tls, "", 0), 0);
	carry(tls, &server, heard, sizeof(heard));
	assert_string_equal(heard, "OPTIONS");
	assert_string_equal(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name), "cam.lan");
	assert_int_equal(SSL_write(server.ssl, "RTSP/1.0", 8), 8);
	carry(tls, &server, heard, sizeof(heard));
	assert_int_equal(cam_tls_read(tls, data, sizeof(data)), 8);
	assert_memory_equal(data, "RTSP/1.0", 8);
	assert_int_equal(cam_tls_read(tls, data, sizeof(data)), 0);
	assert_int_equal(cam_tls_write(tls, "PLAY", 4), 0);
	carry(tls, &server, heard, sizeof(heard));
	assert_string_equal(heard, "PLAY");
	SSL_shutdown(server.ssl);
	carry(tls, &server, heard, sizeof(heard));
	assert_int_equal(cam_tls_read(tls, data, sizeof(data)), -EPIPE);
	cam_tls_destroy(tls);
	close_server(&server);
}

static void a_numeric_address_is_no_server_name(void **state)
{
	(void)state;
	struct server server = {0};
	struct cam_tls *tls;
	char heard[64];

	open_server(&server);
	assert_int_equal(cam_tls_create("2001:db8::5", &tls), 0);
	assert_int_equal(cam_tls_receive(tls, "", 0), 0);
	carry(tls, &server, heard, sizeof(heard));
	assert_null(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name));
	cam_tls_destroy(tls);
	close_server(&server);
}

static void fails_where_no_tls_is(void **state)
{
	(void)state;
	static uint8_t early[CAM_TLS_EARLY_MAX + 1];
	struct cam_tls *tls;

	assert_int_equal(cam_tls_create("cam.lan", &tls), 0);
	assert_int_equal(cam_tls_write(tls, early, sizeof(early)), -ENOBUFS);
	assert_int_equal(cam_tls_receive(tls, "RTSP/1.0 400 Bad Request\r\n\r\n", 28), -EPROTO);
	cam_tls_destroy(tls);
}

static int warm_up(void **state)
{
	(void)state;
	return cam_tls_warm_up();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* first: nothing of a failed connection may stay for the next */
		cmocka_unit_test(fails_where_no_tls_is),
		cmocka_unit_test(carries_what_was_written_before_the_handshake),
		cmocka_unit_test(a_numeric_address_is_no_server_name),
	};

	return cmocka_run_group_tests(tests, warm_up, NULL);
}
