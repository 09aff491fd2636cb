#include "rtc/dtls_bio.h"

#include <errno.h>
#include <string.h>

static int datagram_write(BIO *bio, const char *data, int size)
{
	struct dtls_bio *other = BIO_get_data(bio);

	other->send(other->owner, (const uint8_t *)data, (size_t)size);
	return size;
}

static int datagram_read(BIO *bio, char *data, int size)
{
	struct dtls_bio *other = BIO_get_data(bio);
	struct bytes datagram = other->datagram;

	BIO_clear_retry_flags(bio);
	if (!datagram.data) {
		BIO_set_retry_read(bio);
		return -1;
	}
	other->datagram = (struct bytes){0};
	if (datagram.size > (size_t)size)
		datagram.size = (size_t)size;
	memcpy(data, datagram.data, datagram.size);
	return (int)datagram.size;
}

static long datagram_control(BIO *bio, int command, long number, void *pointer)
{
	const struct dtls_bio *other = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return other->mtu;
	case BIO_CTRL_PENDING:
		return other->datagram.data ? (long)other->datagram.size : 0;
	default:
		return 0;
	}
}

int dtls_bio_method_create(BIO_METHOD **ret_method)
{
	int type = BIO_get_new_index();
	BIO_METHOD *method =
		type < 0 ? NULL : BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "datagram");

	if (!method)
		return -ENOMEM;
	BIO_meth_set_write(method, datagram_write);
	BIO_meth_set_read(method, datagram_read);
	BIO_meth_set_ctrl(method, datagram_control);
	*ret_method = method;
	return 0;
}

int dtls_bio_create(const BIO_METHOD *method, struct dtls_bio *other, BIO **ret_bio)
{
	BIO *bio = BIO_new(method);

	if (!bio)
		return -ENOMEM;
	BIO_set_data(bio, other);
	BIO_set_init(bio, 1);
	*ret_bio = bio;
	return 0;
}
