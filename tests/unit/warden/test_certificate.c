/* The local authority: its certificates verify for what is at home, and for nothing else. */
#include "../check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/attr.h"
#include "warden/certificate.h"

static const struct certificate_names names = {
	.list = {"DNS:box", "DNS:home.example.org", "DNS:localhost", "IP:192.168.1.5", "IP:::1"},
	.count = 5,
	.required = 2,
};

/* What a phone that installed the root would say, by OpenSSL's own verifier. */
static bool verifies(const struct certificate *server, const struct certificate *authority,
		     const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();

	X509_STORE_add_cert(store, authority->x509);
	X509_STORE_CTX_init(context, store, server->x509, NULL);
	X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(context);

	X509_VERIFY_PARAM_set1_host(wanted, host, 0);
	bool is_good = X509_verify_cert(context) == 1;

	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return is_good;
}

static void test_what_is_at_home(void **state)
{
	struct certificate authority = {0}, server = {0};

	(void)state;
	assert_int_equal(certificate_make_authority(&names, &authority), 0);
	assert_int_equal(certificate_make_server(&authority, &names, &server), 0);
	assert_true(verifies(&server, &authority, "box"));
	assert_true(verifies(&server, &authority, "home.example.org"));
	assert_true(verifies(&server, &authority, "localhost"));
	assert_false(verifies(&server, &authority, "bank.example"));
	assert_true(certificate_is_current(&server, &authority, &names, 390));
	assert_false(certificate_is_current(&server, &authority, &names, 398));
	certificate_finish(&server);
	certificate_finish(&authority);
}

static void test_a_stolen_key_is_of_little_use(void **state)
{
	static const struct {
		const char *name;
		bool is_allowed;
	} cases[] = {
		{"DNS:camera.local", true},     {"DNS:box", true},
		{"DNS:home.example.org", true}, {"IP:192.168.77.1", true},
		{"IP:10.1.2.3", true},          {"IP:fd12::1", true},
		{"DNS:bank.example", false},    {"DNS:example.org", false},
		{"DNS:xbox.example", false},    {"IP:8.8.8.8", false},
		{"IP:2001:db8::1", false},
	};
	struct certificate authority = {0};

	(void)state;
	assert_int_equal(certificate_make_authority(&names, &authority), 0);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		if (certificate_allows(&authority, cases[i].name) != cases[i].is_allowed)
			fail_msg("%s", cases[i].name);
	certificate_finish(&authority);
}

static void test_names_that_are_not_allowed_are_left_out(void **state)
{
	static const struct certificate_names more = {
		.list = {"DNS:box", "DNS:elsewhere.example", "IP:8.8.8.8"}, .count = 3};
	struct certificate authority = {0}, server = {0};

	(void)state;
	assert_int_equal(certificate_make_authority(&names, &authority), 0);
	assert_int_equal(certificate_make_server(&authority, &more, &server), 0);
	assert_true(verifies(&server, &authority, "box"));
	assert_false(verifies(&server, &authority, "elsewhere.example"));
	assert_false(certificate_is_current(&server, &authority, &names, 30));
	certificate_finish(&server);
	certificate_finish(&authority);
}

static void test_pem_comes_back(void **state)
{
	static char cert[16384], key[16384];
	struct certificate authority = {0}, again = {0};

	(void)state;
	assert_int_equal(certificate_make_authority(&names, &authority), 0);
	assert_int_equal(certificate_to_pem(&authority, cert, key, sizeof(cert)), 0);
	assert_int_equal(certificate_from_pem(cert, key, &again), 0);
	assert_int_equal(X509_cmp(authority.x509, again.x509), 0);
	assert_true(certificate_is_good(&again, 3000));
	assert_int_equal(certificate_from_pem("garbage", key, &again), -EBADMSG);
	certificate_finish(&again);
	certificate_finish(&authority);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_at_home),
		cmocka_unit_test(test_a_stolen_key_is_of_little_use),
		cmocka_unit_test(test_names_that_are_not_allowed_are_left_out),
		cmocka_unit_test(test_pem_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
