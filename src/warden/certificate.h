/* X.509 certificates of the local authority and of the page (RFC 5280), through OpenSSL. The
 * authority's private key lies on this box and its root on the family's phones, so it is bound by
 * name constraints (RFC 5280, 4.2.1.10): whoever steals the key can pose as devices at home, not as
 * a bank. */
#ifndef WARDEN_CERTIFICATE_H
#define WARDEN_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "base/attr.h"

enum {
	CERTIFICATE_NAMES_MAX = 48,
	CERTIFICATE_NAME_SIZE = 272,
	CERTIFICATE_DAYS = 397, /* what browsers accept is 398, counted from notBefore */
	CERTIFICATE_RENEW_DAYS = 30,
	CERTIFICATE_CA_DAYS = 3650,
	CERTIFICATE_CA_RENEW_DAYS = 400,
};

/* Subject alternative names as OpenSSL writes them: "DNS:box.local", "IP:192.168.1.5". */
struct certificate_names {
	char list[CERTIFICATE_NAMES_MAX][CERTIFICATE_NAME_SIZE];
	size_t count;
	size_t required; /* so many at the front must be allowed by the authority */
};

struct certificate {
	X509 *x509;
	EVP_PKEY *key;
};

void certificate_finish(struct certificate *certificate);

/* A new authority that may certify home networks and all of `names`. -EIO if OpenSSL fails. */
NODISCARD int certificate_make_authority(const struct certificate_names *names,
					 struct certificate *ret_authority);
/* A new certificate for `names`, less those that the authority may not certify. */
NODISCARD int certificate_make_server(const struct certificate *authority,
				      const struct certificate_names *names,
				      struct certificate *ret_server);

/* Does the authority's constraint allow this name? */
bool certificate_allows(const struct certificate *authority, const char *name);
/* Is it signed by the authority, for exactly the names it may have, with its own key, and good for
 * at least `days` more? */
bool certificate_is_current(const struct certificate *server, const struct certificate *authority,
			    const struct certificate_names *names, int days);
/* Key and certificate belong together and it is good for at least `days` more. */
bool certificate_is_good(const struct certificate *certificate, int days);

/* PEM of both; buffers of `size`, NUL-terminated. */
NODISCARD int certificate_to_pem(const struct certificate *certificate, char *ret_cert,
				 char *ret_key, size_t size);
NODISCARD int certificate_from_pem(const char *cert, const char *key,
				   struct certificate *ret_certificate);

#endif
