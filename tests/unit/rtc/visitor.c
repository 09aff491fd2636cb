#include "../check.h"

#include "visitor.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/rtc/stun.h"
#include "rtc/hmac.h"

static const char our_ufrag[] = "visi", our_pwd[] = "visitorvisitorvisitorvis";

void visitor_send(struct visitor *visitor, const void *data, size_t size)
{
	(void)!sendto(visitor->watch.fd, data, size, 0, (struct sockaddr *)&visitor->to,
		      sizeof(visitor->to));
}

static void send_dtls(void *owner, const uint8_t *data, size_t size)
{
	visitor_send(owner, data, size);
}

static void send_stun(struct visitor *visitor, const struct stun_message *message, const char *pwd)
{
	uint8_t data[STUN_SIZE_MAX];
	int size = stun_build(message, (struct bytes){(const uint8_t *)pwd, strlen(pwd)}, hmac_sha1,
			      data);

	assert_true(size > 0);
	visitor_send(visitor, data, (size_t)size);
}

static void send_check(struct visitor *visitor)
{
	char username[160];
	struct stun_message check = {.type = STUN_BINDING_REQUEST,
				     .has_priority = true,
				     .role = STUN_ROLE_CONTROLLING,
				     .tie_breaker = 7,
				     .has_use_candidate = true};

	snprintf(username, sizeof(username), "%s:%s", visitor->ufrag, our_ufrag);
	check.username = (struct bytes){(const uint8_t *)username, strlen(username)};
	send_stun(visitor, &check, visitor->pwd);
}

static void take_stun(struct visitor *visitor, const uint8_t *data, size_t size)
{
	struct stun_message message, answer = {.type = STUN_BINDING_SUCCESS, .has_mapped = true};

	if (stun_parse(data, size, &message) < 0)
		return;
	if (message.type == STUN_BINDING_REQUEST && !visitor->is_mute) {
		memcpy(answer.transaction, message.transaction, sizeof(answer.transaction));
		send_stun(visitor, &answer, our_pwd);
	}
	visitor->is_checked = visitor->is_checked || message.type == STUN_BINDING_SUCCESS;
}

static void take_rtp(struct visitor *visitor, const uint8_t *data, size_t size)
{
	uint16_t sequence = (uint16_t)(data[2] << 8 | data[3]);
	size_t header = 12 + (data[0] & 0x10 ? 8 : 0);

	visitor->last_ns = clock_boot_ns();
	if ((data[1] & 127) == VISITOR_RTX) {
		visitor->rtx++;
		visitor->rtx_number = (uint16_t)(data[header] << 8 | data[header + 1]);
		return;
	}
	if ((data[1] & 127) != VISITOR_VIDEO)
		return;
	if (visitor->video == 0) {
		size_t kept = size - header < 64 ? size - header : 64;

		visitor->first_sequence = sequence;
		memcpy(visitor->first_payload, data + header, kept);
		visitor->ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 |
				(uint32_t)data[10] << 8 | data[11];
	} else if (sequence != (uint16_t)(visitor->last_sequence + 1)) {
		visitor->gaps++;
	}
	visitor->last_sequence = sequence;
	visitor->video++;
}

static void take_media(struct visitor *visitor, uint8_t *data, size_t size)
{
	bool is_rtcp = srtp_packet_is_rtcp(data, size);
	int plain = visitor->srtp ? srtp_session_unprotect(visitor->srtp, data, size) : -1;

	if (plain < 0) {
		visitor->unreadable++;
	} else if (is_rtcp) {
		visitor->reports++;
		/* a BYE is the second packet of its compound */
		visitor->has_bye = visitor->has_bye || (plain >= 16 && data[9] == 203);
	} else {
		take_rtp(visitor, data, (size_t)plain);
	}
}

static void visitor_ready(struct loop_watch *watch, uint32_t events)
{
	struct visitor *visitor = container_of(watch, struct visitor, watch);
	uint8_t data[2048];
	ssize_t size;

	(void)events;
	while ((size = recv(watch->fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
		if (data[0] <= 3) {
			take_stun(visitor, data, (size_t)size);
		} else if (data[0] >= 128) {
			take_media(visitor, data, (size_t)size);
		} else if (data[0] >= 20 && data[0] <= 63) {
			visitor->state = dtls_session_receive(visitor->dtls,
							      (struct bytes){data, (size_t)size});
			if (visitor->state == DTLS_OPEN && !visitor->srtp)
				assert_int_equal(dtls_session_srtp(visitor->dtls, &visitor->srtp),
						 0);
		}
	}
}

static void write_offer(struct visitor *visitor)
{
	const uint8_t *print = dtls_identity_fingerprint(visitor->identity);
	char text[DTLS_FINGERPRINT_SIZE * 3 + 1];

	for (size_t i = 0; i < DTLS_FINGERPRINT_SIZE; i++)
		snprintf(text + 3 * i, 4, "%02X:", print[i]);
	text[DTLS_FINGERPRINT_SIZE * 3 - 1] = '\0';
	snprintf(visitor->offer, sizeof(visitor->offer),
		 "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
		 "m=video 9 UDP/TLS/RTP/SAVPF %d %d\r\nc=IN IP4 0.0.0.0\r\n"
		 "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\n"
		 "a=setup:actpass\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n"
		 "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
		 "a=rtpmap:%d H264/90000\r\na=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\n"
		 "a=fmtp:%d packetization-mode=1;profile-level-id=42e01f\r\n"
		 "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n",
		 VISITOR_VIDEO, VISITOR_RTX, our_ufrag, our_pwd, text, VISITOR_VIDEO, VISITOR_VIDEO,
		 VISITOR_VIDEO, VISITOR_VIDEO, VISITOR_RTX, VISITOR_RTX, VISITOR_VIDEO);
}

void visitor_init(struct visitor *visitor, struct rig *rig)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

	*visitor = (struct visitor){.rig = rig};
	visitor->watch.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	visitor->watch.ready = visitor_ready;
	assert_int_equal(bind(visitor->watch.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(loop_add(rig->loop, &visitor->watch, EPOLLIN), 0);
	visitor->to = at;
	visitor->to.sin_port = htons(rig->port);
	assert_int_equal(dtls_identity_create(&visitor->identity), 0);
	assert_int_equal(dtls_session_create(visitor->identity, send_dtls, visitor, &visitor->dtls),
			 0);
	write_offer(visitor);
}

void visitor_finish(struct visitor *visitor)
{
	loop_remove(&visitor->watch);
	close(visitor->watch.fd);
	dtls_session_destroy(visitor->dtls);
	srtp_session_destroy(visitor->srtp);
	dtls_identity_destroy(visitor->identity);
}

const uint8_t *visitor_fingerprint(const struct visitor *visitor)
{
	return dtls_identity_fingerprint(visitor->identity);
}

static bool is_checked(const void *context)
{
	return ((const struct visitor *)context)->is_checked;
}

static bool is_open(const void *context)
{
	const struct visitor *visitor = context;

	return visitor->srtp || visitor->state == DTLS_FAILED || visitor->state == DTLS_CLOSED;
}

bool visitor_connect(struct visitor *visitor)
{
	const char *ufrag = strstr(visitor->rig->answer, "a=ice-ufrag:");
	const char *pwd = strstr(visitor->rig->answer, "a=ice-pwd:");

	assert_non_null(ufrag);
	assert_non_null(pwd);
	assert_int_equal(sscanf(ufrag, "a=ice-ufrag:%63[^\r]", visitor->ufrag), 1);
	assert_int_equal(sscanf(pwd, "a=ice-pwd:%63[^\r]", visitor->pwd), 1);
	send_check(visitor);
	if (!rig_until(visitor->rig, is_checked, visitor))
		return false;
	dtls_session_connect(visitor->dtls);
	return rig_until(visitor->rig, is_open, visitor) && visitor->srtp;
}

void visitor_rtcp(struct visitor *visitor, const void *data, size_t size)
{
	uint8_t packet[512];
	int sealed = srtp_session_protect_rtcp(visitor->srtp, (struct bytes){data, size}, packet);

	assert_true(sealed > 0);
	visitor_send(visitor, packet, (size_t)sealed);
}
