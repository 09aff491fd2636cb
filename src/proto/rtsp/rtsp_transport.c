#include "proto/rtsp/rtsp_transport.h"

#include <errno.h>

/* "a-b"; "a" alone means a and a + 1. */
static bool parse_pair(struct slice value, uint32_t max, uint32_t ret_pair[2])
{
	struct slice first = slice_cut(&value, '-');
	uint32_t low, high;

	if (slice_parse_u32(first, max, &low) < 0)
		return false;
	if (slice_parse_u32(value, max, &high) < 0)
		high = low < max ? low + 1 : low;
	ret_pair[0] = low;
	ret_pair[1] = high;
	return true;
}

static bool parse_ports(struct slice value, uint16_t ret_ports[2])
{
	uint32_t pair[2];

	if (!parse_pair(value, UINT16_MAX, pair))
		return false;
	ret_ports[0] = (uint16_t)pair[0];
	ret_ports[1] = (uint16_t)pair[1];
	return true;
}

static void parse_parameter(struct slice parameter, struct rtsp_transport *transport)
{
	struct slice value = parameter;
	struct slice name = slice_trim(slice_cut(&value, '='));
	uint32_t pair[2];

	value = slice_unquote(value);
	if (slice_equals(name, "multicast")) {
		transport->is_multicast = true;
	} else if (slice_equals(name, "interleaved") && parse_pair(value, UINT8_MAX, pair)) {
		transport->has_interleaved = true;
		transport->interleaved[0] = (uint8_t)pair[0];
		transport->interleaved[1] = (uint8_t)pair[1];
	} else if (slice_equals(name, "client_port")) {
		transport->has_client_port =
			transport->has_client_port || parse_ports(value, transport->client_port);
	} else if (slice_equals(name, "server_port")) {
		transport->has_server_port =
			transport->has_server_port || parse_ports(value, transport->server_port);
	} else if (slice_equals(name, "ssrc")) {
		transport->has_ssrc =
			transport->has_ssrc || slice_parse_hex32(value, &transport->ssrc) == 0;
	} else if (slice_equals(name, "source")) {
		transport->source = value;
	}
}

int rtsp_transport_parse(struct slice value, struct rtsp_transport *ret_transport)
{
	struct slice rest = slice_trim(value);
	struct slice spec = slice_trim(slice_cut(&rest, ';'));
	struct rtsp_transport transport = {.is_tcp = slice_equals(spec, "RTP/AVP/TCP")};

	if (!slice_starts(spec, "RTP/"))
		return -EBADMSG;
	while (rest.size)
		parse_parameter(slice_cut_quoted(&rest, ';'), &transport);
	*ret_transport = transport;
	return 0;
}

void rtsp_transport_build(struct text *text, const struct rtsp_transport *transport)
{
	text_add(text, transport->is_tcp ? "RTP/AVP/TCP" : "RTP/AVP");
	text_add(text, transport->is_multicast ? ";multicast" : ";unicast");
	if (transport->has_interleaved)
		text_printf(text, ";interleaved=%u-%u", transport->interleaved[0],
			    transport->interleaved[1]);
	if (transport->has_client_port)
		text_printf(text, ";client_port=%u-%u", transport->client_port[0],
			    transport->client_port[1]);
	if (transport->has_server_port)
		text_printf(text, ";server_port=%u-%u", transport->server_port[0],
			    transport->server_port[1]);
	if (transport->has_ssrc)
		text_printf(text, ";ssrc=%08X", transport->ssrc);
}

int rtsp_session_parse(struct slice value, struct rtsp_session *ret_session)
{
	struct rtsp_session session = {.timeout_s = RTSP_SESSION_TIMEOUT_S};
	struct slice rest = value;

	session.id = slice_trim(slice_cut(&rest, ';'));
	if (session.id.size == 0)
		return -EBADMSG;
	if (session.id.size > RTSP_SESSION_ID_SIZE_MAX)
		return -EMSGSIZE;
	while (rest.size) {
		struct slice number = slice_cut(&rest, ';');
		struct slice name = slice_trim(slice_cut(&number, '='));
		uint32_t timeout_s;

		if (slice_equals(name, "timeout") &&
		    slice_parse_u32(number, UINT32_MAX, &timeout_s) == 0 && timeout_s > 0)
			session.timeout_s = timeout_s;
	}
	*ret_session = session;
	return 0;
}
