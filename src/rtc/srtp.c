#include "rtc/srtp.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rtc/srtp_stream.h"

enum {
	GCM_TAG_SIZE = 16,
	GCM_IV_SIZE = 12,
	SHA1_TAG_SIZE = 10,
	SHA1_KEY_SIZE = 20,
	RTP_HEADER_SIZE = 12,
	RTCP_HEADER_SIZE = 8, /* what stays in the clear */
	RTCP_INDEX_SIZE = 4,
};
#define RTCP_ENCRYPTED UINT32_C(0x80000000)
#define RTCP_INDEX_MAX UINT32_C(0x7fffffff)

/* One direction of RTP or of RTCP. */
struct srtp_flow {
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac; /* NULL with GCM */
	uint8_t salt[SRTP_SALT_SIZE];
	struct srtp_stream_table streams;
};

struct srtp_session {
	enum srtp_suite suite;
	struct srtp_flow send_rtp, send_rtcp, receive_rtp, receive_rtcp;
	uint32_t rtcp_index; /* of the last RTCP packet sent */
};

size_t srtp_session_salt_size(enum srtp_suite suite)
{
	return suite == SRTP_SUITE_AES128_GCM ? GCM_IV_SIZE : SRTP_SALT_SIZE;
}

static bool session_is_gcm(const struct srtp_session *session)
{
	return session->suite == SRTP_SUITE_AES128_GCM;
}

/* ---- making ---- */

static EVP_MAC_CTX *flow_mac(const uint8_t key[SHA1_KEY_SIZE])
{
	char digest[] = "SHA1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);

	EVP_MAC_free(mac);
	if (context && EVP_MAC_init(context, key, SHA1_KEY_SIZE, params) != 1) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

/* `first` is the flow's cipher label; those for authentication and salt follow it. */
static int flow_init(struct srtp_flow *flow, enum srtp_suite suite,
		     const struct srtp_master *master, enum srtp_label first, bool encrypts)
{
	bool is_gcm = suite == SRTP_SUITE_AES128_GCM;
	const EVP_CIPHER *kind = is_gcm ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
	uint8_t key[SRTP_KEY_SIZE], auth[SHA1_KEY_SIZE];
	int r = srtp_key_derive(master, first, key, sizeof(key));

	if (r == 0)
		r = srtp_key_derive(master, first + 1, auth, sizeof(auth));
	if (r == 0)
		r = srtp_key_derive(master, first + 2, flow->salt, sizeof(flow->salt));
	flow->cipher = EVP_CIPHER_CTX_new();
	if (!is_gcm)
		flow->mac = flow_mac(auth);
	/* CM decrypts by encrypting. */
	if (r == 0 && (!flow->cipher || (!is_gcm && !flow->mac) ||
		       EVP_CipherInit_ex2(flow->cipher, kind, key, NULL, encrypts || !is_gcm,
					  NULL) != 1))
		r = -EIO;
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(auth, sizeof(auth));
	return r;
}

static void flow_finish(struct srtp_flow *flow)
{
	EVP_CIPHER_CTX_free(flow->cipher);
	EVP_MAC_CTX_free(flow->mac);
}

int srtp_session_create(enum srtp_suite suite, const struct srtp_master *send,
			const struct srtp_master *receive, struct srtp_session **ret_session)
{
	AUTO(srtp_session) session = calloc(1, sizeof(*session));

	if (!session)
		return -ENOMEM;
	session->suite = suite;
	if (flow_init(&session->send_rtp, suite, send, SRTP_LABEL_RTP_CIPHER, true) < 0 ||
	    flow_init(&session->send_rtcp, suite, send, SRTP_LABEL_RTCP_CIPHER, true) < 0 ||
	    flow_init(&session->receive_rtp, suite, receive, SRTP_LABEL_RTP_CIPHER, false) < 0 ||
	    flow_init(&session->receive_rtcp, suite, receive, SRTP_LABEL_RTCP_CIPHER, false) < 0)
		return -EIO;
	*ret_session = take(session);
	return 0;
}

void srtp_session_destroy(struct srtp_session *session)
{
	if (!session)
		return;
	flow_finish(&session->send_rtp);
	flow_finish(&session->send_rtcp);
	flow_finish(&session->receive_rtp);
	flow_finish(&session->receive_rtcp);
	OPENSSL_cleanse(session, sizeof(*session));
	free(session);
}

/* ---- the two ciphers ---- */

static void store_be32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static uint32_t load_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* RFC 7714 §8.1 and §9.1: 00 00 | SSRC | 48-bit index, XOR salt; RTCP's index is 31 bits wide. RFC
 * 3711 §4.1.1 has the same layout two bytes further on, with a block counter of 16 bits behind. */
static void packet_iv(const struct srtp_flow *flow, bool is_gcm, uint32_t ssrc, uint64_t index,
		      uint8_t ret_iv[16])
{
	size_t at = is_gcm ? 2 : 4;

	memset(ret_iv, 0, 16);
	store_be32(ret_iv + at, ssrc);
	ret_iv[at + 4] = (uint8_t)(index >> 40);
	ret_iv[at + 5] = (uint8_t)(index >> 32);
	store_be32(ret_iv + at + 6, (uint32_t)index);
	for (size_t i = 0; i < (is_gcm ? GCM_IV_SIZE : SRTP_SALT_SIZE); i++)
		ret_iv[i] ^= flow->salt[i];
}

/* What is authenticated but not encrypted: two runs, the second may be empty. */
struct aad {
	struct bytes first, second;
};

static int gcm_aad(EVP_CIPHER_CTX *cipher, const struct aad *aad)
{
	int written;

	if (EVP_CipherUpdate(cipher, NULL, &written, aad->first.data, (int)aad->first.size) != 1)
		return -EIO;
	if (aad->second.size && EVP_CipherUpdate(cipher, NULL, &written, aad->second.data,
						 (int)aad->second.size) != 1)
		return -EIO;
	return 0;
}

static int gcm_seal(EVP_CIPHER_CTX *cipher, const uint8_t *iv, const struct aad *aad,
		    struct bytes plain, uint8_t *ret_sealed)
{
	int written, tail;

	if (EVP_CipherInit_ex2(cipher, NULL, NULL, iv, -1, NULL) != 1 || gcm_aad(cipher, aad) < 0 ||
	    EVP_CipherUpdate(cipher, ret_sealed, &written, plain.data, (int)plain.size) != 1 ||
	    EVP_CipherFinal_ex(cipher, ret_sealed + written, &tail) != 1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_SIZE,
				ret_sealed + plain.size) != 1)
		return -EIO;
	return 0;
}

/* In place; the tag follows the sealed bytes. */
static int gcm_open(EVP_CIPHER_CTX *cipher, const uint8_t *iv, const struct aad *aad,
		    uint8_t *sealed, size_t size)
{
	int written, tail;

	if (EVP_CipherInit_ex2(cipher, NULL, NULL, iv, -1, NULL) != 1 || gcm_aad(cipher, aad) < 0 ||
	    EVP_CipherUpdate(cipher, sealed, &written, sealed, (int)size) != 1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_SIZE, sealed + size) != 1)
		return -EIO;
	return EVP_CipherFinal_ex(cipher, sealed + written, &tail) == 1 ? 0 : -EBADMSG;
}

static int cm_crypt(EVP_CIPHER_CTX *cipher, const uint8_t *iv, struct bytes from, uint8_t *ret_to)
{
	int written;

	if (EVP_CipherInit_ex2(cipher, NULL, NULL, iv, -1, NULL) != 1 ||
	    EVP_CipherUpdate(cipher, ret_to, &written, from.data, (int)from.size) != 1)
		return -EIO;
	return 0;
}

static int sha1_tag(EVP_MAC_CTX *mac, struct bytes packet, struct bytes behind,
		    uint8_t ret_tag[SHA1_TAG_SIZE])
{
	uint8_t full[SHA1_KEY_SIZE];
	size_t size;

	if (EVP_MAC_init(mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(mac, packet.data, packet.size) != 1 ||
	    EVP_MAC_update(mac, behind.data, behind.size) != 1 ||
	    EVP_MAC_final(mac, full, &size, sizeof(full)) != 1)
		return -EIO;
	memcpy(ret_tag, full, SHA1_TAG_SIZE);
	return 0;
}

/* ---- sending ---- */

int srtp_session_protect_rtp(struct srtp_session *session, struct bytes header,
			     struct bytes payload, uint8_t *ret_packet)
{
	struct srtp_flow *flow = &session->send_rtp;
	bool is_gcm = session_is_gcm(session);
	uint8_t *sealed = ret_packet + header.size, iv[16], rollover[4];
	size_t size = header.size + payload.size;

	if (header.size < RTP_HEADER_SIZE)
		return -EINVAL;
	uint32_t ssrc = load_be32(header.data + 8);
	struct srtp_stream *stream = srtp_stream_find(&flow->streams, ssrc);

	if (!stream)
		return -ENOBUFS;
	uint64_t index =
		srtp_stream_guess(stream, (uint16_t)(header.data[2] << 8 | header.data[3]));

	if (stream->is_used && index <= stream->highest)
		return -EALREADY;
	memcpy(ret_packet, header.data, header.size);
	packet_iv(flow, is_gcm, ssrc, index, iv);
	int r = is_gcm ? gcm_seal(flow->cipher, iv, &(struct aad){header, {0}}, payload, sealed)
		       : cm_crypt(flow->cipher, iv, payload, sealed);

	store_be32(rollover, (uint32_t)(index >> 16));
	if (r == 0 && !is_gcm)
		r = sha1_tag(flow->mac, (struct bytes){ret_packet, size},
			     (struct bytes){rollover, sizeof(rollover)}, ret_packet + size);
	if (r < 0)
		return r;
	srtp_stream_accept(stream, ssrc, index);
	return (int)(size + (is_gcm ? GCM_TAG_SIZE : SHA1_TAG_SIZE));
}

int srtp_session_protect_rtcp(struct srtp_session *session, struct bytes packet,
			      uint8_t *ret_packet)
{
	struct srtp_flow *flow = &session->send_rtcp;
	bool is_gcm = session_is_gcm(session);
	uint8_t iv[16], trailer[RTCP_INDEX_SIZE];

	if (packet.size < RTCP_HEADER_SIZE)
		return -EINVAL;
	if (session->rtcp_index == RTCP_INDEX_MAX)
		return -EALREADY;
	uint32_t index = ++session->rtcp_index;
	struct bytes header = {packet.data, RTCP_HEADER_SIZE};
	struct bytes plain = {packet.data + RTCP_HEADER_SIZE, packet.size - RTCP_HEADER_SIZE};
	struct bytes behind = {trailer, sizeof(trailer)};

	store_be32(trailer, RTCP_ENCRYPTED | index);
	packet_iv(flow, is_gcm, load_be32(packet.data + 4), index, iv);
	memcpy(ret_packet, packet.data, RTCP_HEADER_SIZE);
	if (is_gcm) {
		size_t end = packet.size + GCM_TAG_SIZE;
		int r = gcm_seal(flow->cipher, iv, &(struct aad){header, behind}, plain,
				 ret_packet + RTCP_HEADER_SIZE);

		memcpy(ret_packet + end, trailer, sizeof(trailer));
		return r < 0 ? r : (int)(end + sizeof(trailer));
	}
	int r = cm_crypt(flow->cipher, iv, plain, ret_packet + RTCP_HEADER_SIZE);
	uint8_t *end = ret_packet + packet.size;

	memcpy(end, trailer, sizeof(trailer));
	if (r == 0)
		r = sha1_tag(flow->mac, (struct bytes){ret_packet, packet.size}, behind,
			     end + sizeof(trailer));
	return r < 0 ? r : (int)(packet.size + sizeof(trailer) + SHA1_TAG_SIZE);
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

static int unprotect_rtp(struct srtp_session *session, uint8_t *packet, size_t size)
{
	struct srtp_flow *flow = &session->receive_rtp;
	bool is_gcm = session_is_gcm(session);
	size_t tag_size = is_gcm ? GCM_TAG_SIZE : SHA1_TAG_SIZE;
	uint8_t iv[16], rollover[4], tag[SHA1_TAG_SIZE];

	if (size < tag_size)
		return -EBADMSG;
	size_t end = size - tag_size, header = rtp_header_size(packet, end);

	if (header == 0)
		return -EBADMSG;
	uint32_t ssrc = load_be32(packet + 8);
	struct srtp_stream *stream = srtp_stream_find(&flow->streams, ssrc);

	if (!stream)
		return -ENOBUFS;
	uint64_t index = srtp_stream_guess(stream, (uint16_t)(packet[2] << 8 | packet[3]));

	if (srtp_stream_is_replay(stream, index))
		return -EALREADY;
	packet_iv(flow, is_gcm, ssrc, index, iv);
	store_be32(rollover, (uint32_t)(index >> 16));
	struct bytes sealed = {packet + header, end - header};
	int r;

	if (is_gcm) {
		r = gcm_open(flow->cipher, iv, &(struct aad){{packet, header}, {0}},
			     packet + header, sealed.size);
	} else {
		r = sha1_tag(flow->mac, (struct bytes){packet, end},
			     (struct bytes){rollover, sizeof(rollover)}, tag);
		if (r == 0 && CRYPTO_memcmp(tag, packet + end, SHA1_TAG_SIZE) != 0)
			r = -EBADMSG;
		if (r == 0)
			r = cm_crypt(flow->cipher, iv, sealed, packet + header);
	}
	if (r < 0)
		return r;
	srtp_stream_accept(stream, ssrc, index);
	return (int)end;
}

/* Authenticated, but not encrypted SRTCP (the E bit clear) is refused: no browser sends it. */
static int unprotect_rtcp(struct srtp_session *session, uint8_t *packet, size_t size)
{
	struct srtp_flow *flow = &session->receive_rtcp;
	bool is_gcm = session_is_gcm(session);
	size_t tag_size = is_gcm ? GCM_TAG_SIZE : SHA1_TAG_SIZE;
	uint8_t iv[16], tag[SHA1_TAG_SIZE];

	if (size < RTCP_HEADER_SIZE + RTCP_INDEX_SIZE + tag_size || packet[0] >> 6 != 2)
		return -EBADMSG;
	size_t end = size - tag_size - RTCP_INDEX_SIZE;
	/* The index stands behind GCM's tag, but before SHA1's. */
	uint8_t *trailer = packet + (is_gcm ? size - RTCP_INDEX_SIZE : end);
	uint32_t ssrc = load_be32(packet + 4), index = load_be32(trailer);
	struct srtp_stream *stream = srtp_stream_find(&flow->streams, ssrc);

	if (!stream)
		return -ENOBUFS;
	if (!(index & RTCP_ENCRYPTED))
		return -EBADMSG;
	index &= RTCP_INDEX_MAX;
	if (srtp_stream_is_replay(stream, index))
		return -EALREADY;
	packet_iv(flow, is_gcm, ssrc, index, iv);
	struct bytes header = {packet, RTCP_HEADER_SIZE}, behind = {trailer, RTCP_INDEX_SIZE};
	struct bytes sealed = {packet + RTCP_HEADER_SIZE, end - RTCP_HEADER_SIZE};
	int r;

	if (is_gcm) {
		r = gcm_open(flow->cipher, iv, &(struct aad){header, behind},
			     packet + RTCP_HEADER_SIZE, sealed.size);
	} else {
		r = sha1_tag(flow->mac, (struct bytes){packet, end}, behind, tag);
		if (r == 0 && CRYPTO_memcmp(tag, trailer + RTCP_INDEX_SIZE, SHA1_TAG_SIZE) != 0)
			r = -EBADMSG;
		if (r == 0)
			r = cm_crypt(flow->cipher, iv, sealed, packet + RTCP_HEADER_SIZE);
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
