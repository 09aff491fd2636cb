/* ward-certify STATE [PUBLIC_ADDRESS]: keeps STATE/tls/ca.{key,crt} and server.{key,crt} valid for
 * this box's names and addresses, and ends. What is still good stays as it is. */
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "conf/file.h"
#include "sandbox/sandbox.h"
#include "warden/addresses.h"
#include "warden/certificate.h"

/* However it hangs, it does not stay. */
enum { PEM_SIZE = 16 * 1024, LIFE_S = 30 };

static void add_name(struct certificate_names *names, const char *kind, const char *name)
{
	if (names->count == CERTIFICATE_NAMES_MAX || !*name)
		return;
	snprintf(names->list[names->count++], CERTIFICATE_NAME_SIZE, "%s:%.255s", kind, name);
}

static bool is_address(const char *text)
{
	unsigned char binary[16];

	return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

static bool is_host_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-.";

	return *text && strspn(text, allowed) == strlen(text);
}

/* IPv6 addresses of the Internet change daily and nobody types them: not listed. */
static bool is_worth_listing(const char *address)
{
	return !strchr(address, ':') || strncasecmp(address, "fd", 2) == 0;
}

static void collect_names(const char *public_address, struct certificate_names *names)
{
	struct addresses addresses = {0};
	char host[HOST_NAME_MAX + 1] = "", local[HOST_NAME_MAX + 16];

	if (*public_address)
		add_name(names, is_address(public_address) ? "IP" : "DNS", public_address);
	if (gethostname(host, sizeof(host) - 1) == 0 && is_host_name(host)) {
		add_name(names, "DNS", host);
		snprintf(local, sizeof(local), "%s.local", host);
		if (!strchr(host, '.'))
			add_name(names, "DNS", local);
	}
	names->required = names->count;
	add_name(names, "DNS", "localhost");
	add_name(names, "IP", "127.0.0.1");
	add_name(names, "IP", "::1");
	if (addresses_list(&addresses) < 0)
		diag_warn("this box's addresses cannot be listed");
	for (size_t i = 0; i < addresses.count; i++)
		if (is_worth_listing(addresses.list[i]))
			add_name(names, "IP", addresses.list[i]);
}

struct pem_files {
	char cert[PATH_MAX], key[PATH_MAX];
};

static struct pem_files files_of(const char *state, const char *name)
{
	struct pem_files files;

	snprintf(files.cert, sizeof(files.cert), "%s/tls/%s.crt", state, name);
	snprintf(files.key, sizeof(files.key), "%s/tls/%s.key", state, name);
	return files;
}

static int load(const struct pem_files *files, struct certificate *ret_certificate)
{
	autofree char *cert = NULL;
	autofree char *key = NULL;
	size_t cert_size, key_size;
	int r = file_read(files->cert, PEM_SIZE, &cert, &cert_size);

	if (r == 0)
		r = file_read(files->key, PEM_SIZE, &key, &key_size);
	if (r < 0)
		return r;
	r = certificate_from_pem(cert, key, ret_certificate);
	OPENSSL_cleanse(key, key_size);
	return r;
}

static int save(const struct pem_files *files, const struct certificate *certificate)
{
	char cert[PEM_SIZE], key[PEM_SIZE];
	int r = certificate_to_pem(certificate, cert, key, PEM_SIZE);

	/* The key first: a crash between the two leaves a pair that does not fit and is made anew.
	 */
	if (r == 0)
		r = file_replace(files->key, key, strlen(key));
	if (r == 0)
		r = file_replace(files->cert, cert, strlen(cert));
	OPENSSL_cleanse(key, sizeof(key));
	return r;
}

static bool allows_required(const struct certificate *authority,
			    const struct certificate_names *names)
{
	for (size_t i = 0; i < names->required; i++)
		if (!certificate_allows(authority, names->list[i]))
			return false;
	return true;
}

static int keep_authority(const struct pem_files *files, const struct certificate_names *names,
			  struct certificate *ret_authority)
{
	int r = load(files, ret_authority);

	if (r == 0 && certificate_is_good(ret_authority, CERTIFICATE_CA_RENEW_DAYS) &&
	    allows_required(ret_authority, names))
		return 0;
	if (r == 0) {
		diag_info(
			"the local certificate authority does not fit any more (name, public_address or "
			"age): a new one is made; install /ca.crt on the phones again");
		certificate_finish(ret_authority);
	} else if (r != -ENOENT) {
		diag_warn(
			"the local certificate authority cannot be read: a new one is made; install "
			"/ca.crt on the phones again");
	}
	r = certificate_make_authority(names, ret_authority);
	return r == 0 ? save(files, ret_authority) : r;
}

static int keep_server(const struct pem_files *files, const struct certificate *authority,
		       const struct certificate_names *names)
{
	struct certificate server = {0};
	int r = load(files, &server);

	if (r < 0 || !certificate_is_current(&server, authority, names, CERTIFICATE_RENEW_DAYS)) {
		certificate_finish(&server);
		r = certificate_make_server(authority, names, &server);
		if (r == 0)
			r = save(files, &server);
	}
	certificate_finish(&server);
	return r;
}

static int keep_all(const char *state, const struct certificate_names *names)
{
	struct pem_files authority_files = files_of(state, "ca");
	struct pem_files server_files = files_of(state, "server");
	struct certificate authority = {0};
	int r = keep_authority(&authority_files, names, &authority);

	if (r == 0)
		r = keep_server(&server_files, &authority, names);
	certificate_finish(&authority);
	return r;
}

int main(int argc, char *argv[])
{
	static struct certificate_names names;

	diag_init("ward-certify");
	umask(077);
	alarm(LIFE_S);
	if (argc < 2 || argc > 3) {
		diag_error("usage: ward-certify STATE [PUBLIC_ADDRESS]");
		return 2;
	}
	collect_names(argc == 3 ? argv[2] : "", &names);
	OPENSSL_init_crypto(0, NULL); /* reads its configuration before files are closed */
	int r = sandbox_enter(SANDBOX_CERTIFY, argv[1]);

	if (r == 0)
		r = keep_all(argv[1], &names);
	if (r < 0)
		diag_error("%s/tls: %s", argv[1], strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
