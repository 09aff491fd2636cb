#include "rtc/srtp.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "rtc/sealer.h"
#include "rtc/srtp_stream.h"

enum {
	RTP_HEADER_SIZE = 12,
	RTCP_HEADER_SIZE = 8, /* what stays in the clear */
	RTCP_INDEX_SIZE = 4,
};
#define RTCP_ENCRYPTED UINT32_C(0x80000000)
#define RTCP_INDEX_MAX UINT32_C(0x7fffffff)

struct srtp_session {
	bool is_gcm;
	size_t tag_size;
	struct sealer send_rtp, send_rtcp, receive_rtp, receive_rtcp;
	struct srtp_stream_table sent_rtp, received_rtp, received_rtcp;
	uint32_t rtcp_index; /* of the last RTCP packet sent */
};

size_t srtp_session_salt_size(enum srtp_suite suite)
{
	return suite == SRTP_SUITE_AES128_GCM ? SEALER_GCM_SALT_SIZE : SRTP_SALT_SIZE;
}

/* `first` is the flow's cipher label; those for authentication and salt follow it. */
static int cipher_derive(struct sealer *cipher, bool is_gcm, bool encrypts,
			 const struct srtp_master *master, enum srtp_label first)
{
	struct sealer_keys keys;
	int r = srtp_key_derive(master, first, keys.cipher, sizeof(keys.cipher));

	if (r == 0)
		r = srtp_key_derive(master, first + 1, keys.auth, sizeof(keys.auth));
	if (r == 0)
		r = srtp_key_derive(master, first + 2, keys.salt, sizeof(keys.salt));
	if (r == 0)
		r = sealer_init(cipher, is_gcm, encrypts, &keys);
	OPENSSL_cleanse(&keys, sizeof(keys));
	return r;
}

int srtp_session_create(enum srtp_suite suite, const struct srtp_master *send,
			const struct srtp_master *receive, struct srtp_session **ret_session)
{
	AUTO(srtp_session) session = calloc(1, sizeof(*session));
	bool is_gcm = suite == SRTP_SUITE_AES128_GCM;

	if (!session)
		return -ENOMEM;
	session->is_gcm = is_gcm;
	session->tag_size = is_gcm ? SEALER_GCM_TAG_SIZE : SEALER_SHA1_TAG_SIZE;
	if (cipher_derive(&session->send_rtp, is_gcm, true, send, SRTP_LABEL_RTP_CIPHER) < 0 ||
	    cipher_derive(&session->send_rtcp, is_gcm, true, send, SRTP_LABEL_RTCP_CIPHER) < 0 ||
	    cipher_derive(&session->receive_rtp, is_gcm, false, receive, SRTP_LABEL_RTP_CIPHER) <
		    0 ||
	    cipher_derive(&session->receive_rtcp, is_gcm, false, receive, SRTP_LABEL_RTCP_CIPHER) <
		    0)
		return -EIO;
	*ret_session = take(session);
	return 0;
}

void srtp_session_destroy(struct srtp_session *session)
{
	if (!session)
		return;
	sealer_finish(&session->send_rtp);
	sealer_finish(&session->send_rtcp);
	sealer_finish(&session->receive_rtp);
	sealer_finish(&session->receive_rtcp);
	OPENSSL_cleanse(session, sizeof(*session));
	free(session);
}

static void store_be32(uint8_t *at, uint32_t value)
{
	struct bytes_writer writer = bytes_write(at, sizeof(value));

	bytes_put_be32(&writer, value);
}

static uint32_t load_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* ---- sending ---- */

int srtp_session_protect_rtp(struct srtp_session *session, struct bytes header,
			     struct bytes payload, uint8_t *ret_packet)
{
	struct sealer *cipher = &session->send_rtp;
	uint8_t *sealed = ret_packet + header.size, iv[SEALER_IV_SIZE], rollover[4];
	size_t size = header.size + payload.size;
	int r;

	if (header.size < RTP_HEADER_SIZE)
		return -EINVAL;
	uint32_t ssrc = load_be32(header.data + 8);
	struct srtp_stream *stream = srtp_stream_find(&session->sent_rtp, ssrc);

	if (!stream)
		return -ENOBUFS;
	uint64_t index =
		srtp_stream_guess(stream, (uint16_t)(header.data[2] << 8 | header.data[3]));

	if (stream->is_used && index <= stream->highest)
		return -EALREADY;
	memcpy(ret_packet, header.data, header.size);
	sealer_iv(cipher, ssrc, index, iv);
	if (session->is_gcm) {
		struct sealer_aad aad = {.first = header};

		r = sealer_seal(cipher, iv, &aad, payload, sealed);
	} else {
		r = sealer_crypt(cipher, iv, payload, sealed);
		store_be32(rollover, (uint32_t)(index >> 16));
		if (r == 0)
			r = sealer_tag(cipher, (struct bytes){ret_packet, size}, rollover,
				       ret_packet + size);
	}
	if (r < 0)
		return r;
	srtp_stream_accept(stream, ssrc, index);
	return (int)(size + session->tag_size);
}

/* GCM: header | sealed | tag | E and index. CM: header | sealed | E and index | tag. */
int srtp_session_protect_rtcp(struct srtp_session *session, struct bytes packet,
			      uint8_t *ret_packet)
{
	struct sealer *cipher = &session->send_rtcp;
	uint8_t iv[SEALER_IV_SIZE], trailer[RTCP_INDEX_SIZE];
	uint8_t *sealed = ret_packet + RTCP_HEADER_SIZE;
	int r;

	if (packet.size < RTCP_HEADER_SIZE)
		return -EINVAL;
	if (session->rtcp_index == RTCP_INDEX_MAX)
		return -EALREADY;
	uint32_t index = ++session->rtcp_index;
	struct bytes plain = {packet.data + RTCP_HEADER_SIZE, packet.size - RTCP_HEADER_SIZE};

	store_be32(trailer, RTCP_ENCRYPTED | index);
	sealer_iv(cipher, load_be32(packet.data + 4), index, iv);
	memcpy(ret_packet, packet.data, RTCP_HEADER_SIZE);
	if (session->is_gcm) {
		struct sealer_aad aad = {{packet.data, RTCP_HEADER_SIZE},
					 {trailer, sizeof(trailer)}};

		r = sealer_seal(cipher, iv, &aad, plain, sealed);
		memcpy(ret_packet + packet.size + SEALER_GCM_TAG_SIZE, trailer, sizeof(trailer));
	} else {
		r = sealer_crypt(cipher, iv, plain, sealed);
		memcpy(ret_packet + packet.size, trailer, sizeof(trailer));
		if (r == 0)
			r = sealer_tag(cipher, (struct bytes){ret_packet, packet.size}, trailer,
				       ret_packet + packet.size + RTCP_INDEX_SIZE);
	}
	return r < 0 ? r : (int)(packet.size + session->tag_size + RTCP_INDEX_SIZE);
}

/* ---- receiving ---- */

/* RFC 3550 §5.1: fixed part, contributing sources, extension. 0 if it does not fit. */
static size_t rtp_header_size(const uint8_t *packet, size_t size)
{
	if (size < RTP_HEADER_SIZE || packet[0] >> 6 != 2)
		return 0;
	size_t header = RTP_HEADER_SIZE + (size_t)(packet[0] & 15) * 4;

	if (packet[0] & 0x10) {
		if (size < header + 4)
			return 0;
		header += 4 + (size_t)(packet[header + 2] << 8 | packet[header + 3]) * 4;
	}
	return header <= size ? header : 0;
}

/* CM: is the tag that of the packet before it? */
static int check_tag(struct sealer *cipher, struct bytes packet, const uint8_t behind[4],
		     const uint8_t *said)
{
	uint8_t tag[SEALER_SHA1_TAG_SIZE];
	int r = sealer_tag(cipher, packet, behind, tag);

	if (r < 0)
		return r;
	return CRYPTO_memcmp(tag, said, sizeof(tag)) == 0 ? 0 : -EBADMSG;
}

static int unprotect_rtp(struct srtp_session *session, uint8_t *packet, size_t size)
{
	struct sealer *cipher = &session->receive_rtp;
	uint8_t iv[SEALER_IV_SIZE], rollover[4];

	if (size < session->tag_size)
		return -EBADMSG;
	size_t end = size - session->tag_size, header = rtp_header_size(packet, end);
	int r;

	if (header == 0)
		return -EBADMSG;
	uint32_t ssrc = load_be32(packet + 8);
	struct srtp_stream *stream = srtp_stream_find(&session->received_rtp, ssrc);

	if (!stream)
		return -ENOBUFS;
	uint64_t index = srtp_stream_guess(stream, (uint16_t)(packet[2] << 8 | packet[3]));

	if (srtp_stream_is_replay(stream, index))
		return -EALREADY;
	sealer_iv(cipher, ssrc, index, iv);
	if (session->is_gcm) {
		struct sealer_aad aad = {.first = {packet, header}};

		r = sealer_open(cipher, iv, &aad, packet + header, end - header);
	} else {
		store_be32(rollover, (uint32_t)(index >> 16));
		r = check_tag(cipher, (struct bytes){packet, end}, rollover, packet + end);
		if (r == 0)
			r = sealer_crypt(cipher, iv, (struct bytes){packet + header, end - header},
					 packet + header);
	}
	if (r < 0)
		return r;
	srtp_stream_accept(stream, ssrc, index);
	return (int)end;
}

/* Authenticated, but not encrypted SRTCP (the E bit clear) is refused: no browser sends it. */
static int unprotect_rtcp(struct srtp_session *session, uint8_t *packet, size_t size)
{
	struct sealer *cipher = &session->receive_rtcp;
	uint8_t iv[SEALER_IV_SIZE];

	if (size < RTCP_HEADER_SIZE + RTCP_INDEX_SIZE + session->tag_size || packet[0] >> 6 != 2)
		return -EBADMSG;
	size_t end = size - session->tag_size - RTCP_INDEX_SIZE;
	uint8_t *trailer = packet + (session->is_gcm ? size - RTCP_INDEX_SIZE : end);
	uint32_t ssrc = load_be32(packet + 4), index = load_be32(trailer);
	struct srtp_stream *stream = srtp_stream_find(&session->received_rtcp, ssrc);
	int r;

	if (!stream)
		return -ENOBUFS;
	if (!(index & RTCP_ENCRYPTED))
		return -EBADMSG;
	index &= RTCP_INDEX_MAX;
	if (srtp_stream_is_replay(stream, index))
		return -EALREADY;
	sealer_iv(cipher, ssrc, index, iv);
	struct bytes sealed = {packet + RTCP_HEADER_SIZE, end - RTCP_HEADER_SIZE};

	if (session->is_gcm) {
		struct sealer_aad aad = {{packet, RTCP_HEADER_SIZE}, {trailer, RTCP_INDEX_SIZE}};

		r = sealer_open(cipher, iv, &aad, packet + RTCP_HEADER_SIZE, sealed.size);
	} else {
		r = check_tag(cipher, (struct bytes){packet, end}, trailer,
			      trailer + RTCP_INDEX_SIZE);
		if (r == 0)
			r = sealer_crypt(cipher, iv, sealed, packet + RTCP_HEADER_SIZE);
	}
	if (r < 0)
		return r;
	srtp_stream_accept(stream, ssrc, index);
	return (int)end;
}

int srtp_session_unprotect(struct srtp_session *session, uint8_t *packet, size_t size)
{
	return srtp_packet_is_rtcp(packet, size) ? unprotect_rtcp(session, packet, size)
						 : unprotect_rtp(session, packet, size);
}
