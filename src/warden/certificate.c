#include "warden/certificate.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { SERIAL_BYTES = 16, EXTENSION_TEXT_SIZE = 16 * 1024, SECONDS_A_DAY = 86400 };

/* A box whose clock was never set must not make certificates of 1970. */
static const time_t earliest = 1767225600; /* 2026-01-01 */

/* Home networks: RFC 1918, RFC 3927, RFC 4193, loopback, and the names that never are in the
 * public DNS (RFC 6762, RFC 8375, and what routers use). */
static const char home[] = "critical,permitted;DNS:localhost,permitted;DNS:local,permitted;DNS:lan,"
			   "permitted;DNS:home,permitted;DNS:home.arpa,permitted;DNS:internal,"
			   "permitted;DNS:fritz.box,"
			   "permitted;IP:127.0.0.0/255.0.0.0,permitted;IP:10.0.0.0/255.0.0.0,"
			   "permitted;IP:172.16.0.0/255.240.0.0,"
			   "permitted;IP:192.168.0.0/255.255.0.0,"
			   "permitted;IP:169.254.0.0/255.255.0.0,"
			   "permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,"
			   "permitted;IP:fc00::/fe00::";

void certificate_finish(struct certificate *certificate)
{
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->key);
	*certificate = (struct certificate){0};
}

static time_t now(void)
{
	time_t time_now = time(NULL);

	return time_now > earliest ? time_now : earliest;
}

static int set_serial(X509 *x509)
{
	unsigned char bytes[SERIAL_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	bytes[0] &= 0x7f; /* positive */
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ASN1_INTEGER *serial = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	int r = serial && X509_set_serialNumber(x509, serial) ? 0 : -EIO;

	ASN1_INTEGER_free(serial);
	BN_free(number);
	return r;
}

static int set_validity(X509 *x509, int days)
{
	time_t from = now() - SECONDS_A_DAY, until = now() + (time_t)days * SECONDS_A_DAY;

	return ASN1_TIME_set(X509_getm_notBefore(x509), from) &&
			       ASN1_TIME_set(X509_getm_notAfter(x509), until)
		       ? 0
		       : -EIO;
}

static int add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	int r = extension && X509_add_ext(x509, extension, -1) ? 0 : -EIO;

	X509_EXTENSION_free(extension);
	return r;
}

/* "IP:192.0.2.1" in a constraint needs a mask; an IPv6 address as well. */
static void add_permitted(struct text *text, const char *name)
{
	text_printf(text, ",permitted;%s", name);
	if (strncmp(name, "IP:", 3) != 0)
		return;
	text_add(text, strchr(name + 3, ':') ? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
					     : "/255.255.255.255");
}

/* Subject, fresh key, serial, validity: what both kinds have. */
static int begin(struct certificate *certificate, const char *common_name, int days)
{
	certificate->key = EVP_EC_gen("P-256");
	certificate->x509 = X509_new();
	if (!certificate->key || !certificate->x509)
		return -EIO;
	X509_NAME *subject = X509_get_subject_name(certificate->x509);

	if (!X509_set_version(certificate->x509, X509_VERSION_3) ||
	    !X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					(const unsigned char *)common_name, -1, -1, 0) ||
	    !X509_set_pubkey(certificate->x509, certificate->key))
		return -EIO;
	int r = set_serial(certificate->x509);

	return r == 0 ? set_validity(certificate->x509, days) : r;
}

static int sign(struct certificate *certificate, const struct certificate *issuer)
{
	return X509_set_issuer_name(certificate->x509, X509_get_subject_name(issuer->x509)) &&
			       X509_sign(certificate->x509, issuer->key, EVP_sha256())
		       ? 0
		       : -EIO;
}

struct extension {
	int nid;
	const char *value;
};

static int add_all(X509 *x509, X509 *issuer, const struct extension *list, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = add_extension(x509, issuer, list[i].nid, list[i].value);
	return r;
}

/* OpenSSL judges whole certificates, so the name is put into one; it looks at the names only of a
 * certificate that has been encoded once, hence the signature. */
static bool constraints_allow(NAME_CONSTRAINTS *constraints, const char *name)
{
	struct certificate trial = {0};
	bool allows = begin(&trial, "trial", 1) == 0 &&
		      add_extension(trial.x509, trial.x509, NID_subject_alt_name, name) == 0 &&
		      sign(&trial, &trial) == 0 && X509_check_purpose(trial.x509, -1, 0) == 1 &&
		      NAME_CONSTRAINTS_check(trial.x509, constraints) == X509_V_OK;

	certificate_finish(&trial);
	return allows;
}

/* Home networks, and those of `names` that are not in them. */
static int build_constraint(const struct certificate_names *names, struct text *text)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_name_constraints, home);
	NAME_CONSTRAINTS *at_home = extension ? X509V3_EXT_d2i(extension) : NULL;

	text_add(text, home);
	for (size_t i = 0; at_home && i < names->count; i++)
		if (!constraints_allow(at_home, names->list[i]))
			add_permitted(text, names->list[i]);
	X509_EXTENSION_free(extension);
	if (!at_home)
		return -EIO;
	NAME_CONSTRAINTS_free(at_home);
	return text->failed ? -EMSGSIZE : 0;
}

int certificate_make_authority(const struct certificate_names *names,
			       struct certificate *ret_authority)
{
	struct certificate authority = {0};
	unsigned char tag[4];
	char common_name[64] = "Ward at home ";
	autofree char *constraint = malloc(EXTENSION_TEXT_SIZE);
	struct text text;

	if (!constraint || RAND_bytes(tag, sizeof(tag)) != 1)
		return -EIO;
	text_init(&text, constraint, EXTENSION_TEXT_SIZE);
	int r = build_constraint(names, &text);

	/* Two boxes in one home must not look alike in the phone's list. */
	snprintf(common_name + strlen(common_name), 16, "%02x%02x%02x%02x", tag[0], tag[1], tag[2],
		 tag[3]);
	const struct extension extensions[] = {
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
		{NID_key_usage, "critical,keyCertSign,cRLSign"},
		{NID_subject_key_identifier, "hash"},
		{NID_name_constraints, constraint},
	};

	if (r == 0)
		r = begin(&authority, common_name, CERTIFICATE_CA_DAYS);
	if (r == 0)
		r = add_all(authority.x509, authority.x509, extensions, ARRAY_COUNT(extensions));
	if (r == 0)
		r = sign(&authority, &authority);
	if (r < 0)
		certificate_finish(&authority);
	else
		*ret_authority = authority;
	return r;
}

bool certificate_allows(const struct certificate *authority, const char *name)
{
	NAME_CONSTRAINTS *constraints =
		X509_get_ext_d2i(authority->x509, NID_name_constraints, NULL, NULL);
	bool allows = constraints && constraints_allow(constraints, name);

	NAME_CONSTRAINTS_free(constraints);
	return allows;
}

static int build_alternatives(const struct certificate *authority,
			      const struct certificate_names *names, struct text *text)
{
	for (size_t i = 0; i < names->count; i++)
		if (certificate_allows(authority, names->list[i]))
			text_printf(text, "%s%s", text->size ? "," : "", names->list[i]);
	return text->failed || !text->size ? -EMSGSIZE : 0;
}

int certificate_make_server(const struct certificate *authority,
			    const struct certificate_names *names, struct certificate *ret_server)
{
	struct certificate server = {0};
	autofree char *alternatives = malloc(EXTENSION_TEXT_SIZE);
	struct text text;

	if (!alternatives)
		return -ENOMEM;
	text_init(&text, alternatives, EXTENSION_TEXT_SIZE);
	const struct extension extensions[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_subject_alt_name, alternatives},
	};
	int r = build_alternatives(authority, names, &text);

	if (r == 0)
		r = begin(&server, "Ward", CERTIFICATE_DAYS);
	if (r == 0)
		r = add_all(server.x509, authority->x509, extensions, ARRAY_COUNT(extensions));
	if (r == 0)
		r = sign(&server, authority);
	if (r < 0)
		certificate_finish(&server);
	else
		*ret_server = server;
	return r;
}

bool certificate_is_good(const struct certificate *certificate, int days)
{
	time_t limit = now() + (time_t)days * SECONDS_A_DAY;

	return X509_cmp_time(X509_get0_notAfter(certificate->x509), &limit) > 0 &&
	       X509_check_private_key(certificate->x509, certificate->key) == 1;
}

/* The extension as the authority would write it today. */
static bool has_names(const struct certificate *server, const struct certificate *authority,
		      const struct certificate_names *names)
{
	autofree char *alternatives = malloc(EXTENSION_TEXT_SIZE);
	int at = X509_get_ext_by_NID(server->x509, NID_subject_alt_name, -1);
	X509 *trial = X509_new();
	struct text text;
	bool are_same = false;

	if (alternatives && trial && at >= 0) {
		text_init(&text, alternatives, EXTENSION_TEXT_SIZE);
		are_same = build_alternatives(authority, names, &text) == 0 &&
			   add_extension(trial, trial, NID_subject_alt_name, alternatives) == 0 &&
			   ASN1_OCTET_STRING_cmp(
				   X509_EXTENSION_get_data(X509_get_ext(trial, 0)),
				   X509_EXTENSION_get_data(X509_get_ext(server->x509, at))) == 0;
	}
	X509_free(trial);
	return are_same;
}

bool certificate_is_current(const struct certificate *server, const struct certificate *authority,
			    const struct certificate_names *names, int days)
{
	return certificate_is_good(server, days) &&
	       X509_verify(server->x509, authority->key) == 1 &&
	       has_names(server, authority, names);
}

static int read_out(BIO *bio, char *ret_text, size_t size)
{
	int got = BIO_read(bio, ret_text, (int)size - 1);

	if (got <= 0 || BIO_pending(bio))
		return -EMSGSIZE;
	ret_text[got] = 0;
	return 0;
}

int certificate_to_pem(const struct certificate *certificate, char *ret_cert, char *ret_key,
		       size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int r = bio && PEM_write_bio_X509(bio, certificate->x509) ? read_out(bio, ret_cert, size)
								  : -EIO;

	if (r == 0)
		r = PEM_write_bio_PrivateKey(bio, certificate->key, NULL, NULL, 0, NULL, NULL)
			    ? read_out(bio, ret_key, size)
			    : -EIO;
	BIO_free(bio);
	return r;
}

int certificate_from_pem(const char *cert, const char *key, struct certificate *ret_certificate)
{
	BIO *cert_bio = BIO_new_mem_buf(cert, -1), *key_bio = BIO_new_mem_buf(key, -1);
	struct certificate certificate = {
		cert_bio ? PEM_read_bio_X509(cert_bio, NULL, NULL, NULL) : NULL,
		key_bio ? PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL) : NULL,
	};

	BIO_free(cert_bio);
	BIO_free(key_bio);
	if (!certificate.x509 || !certificate.key) {
		certificate_finish(&certificate);
		return -EBADMSG;
	}
	*ret_certificate = certificate;
	return 0;
}
