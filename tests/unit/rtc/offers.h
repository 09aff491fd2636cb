/* Offers as browsers and players make them, cut down to what matters. */
#ifndef UNIT_RTC_OFFERS_H
#define UNIT_RTC_OFFERS_H

#define OFFER_FINGERPRINT                                                                          \
	"4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:"  \
	"02:12:DF"

#define OFFER_SESSION                                                                              \
	"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"                \
	"a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n"

#define OFFER_TRANSPORT                                                                            \
	"c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n"                      \
	"a=ice-pwd:0123456789abcdefghijklmn\r\na=ice-options:trickle\r\n"                          \
	"a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\na=setup:actpass\r\n"

#define OFFER_VIDEO                                                                                \
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105 106 107 45 46\r\n" OFFER_TRANSPORT      \
	"a=mid:0\r\n"                                                                              \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n"                                        \
	"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"                \
	"a=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"                                             \
	"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 nack\r\n"                 \
	"a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"                                            \
	"a=rtpmap:102 H264/90000\r\na=rtcp-fb:102 goog-remb\r\na=rtcp-fb:102 nack\r\n"             \
	"a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"    \
	"a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n"                                         \
	"a=rtpmap:104 H264/90000\r\na=rtcp-fb:104 nack\r\n"                                        \
	"a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"    \
	"a=rtpmap:105 rtx/90000\r\na=fmtp:105 apt=104\r\n"                                         \
	"a=rtpmap:106 H264/90000\r\na=rtcp-fb:106 goog-remb\r\na=rtcp-fb:106 transport-cc\r\n"     \
	"a=rtcp-fb:106 ccm fir\r\na=rtcp-fb:106 nack\r\na=rtcp-fb:106 nack pli\r\n"                \
	"a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"    \
	"a=rtpmap:107 rtx/90000\r\na=fmtp:107 apt=106\r\n"                                         \
	"a=rtpmap:45 H265/90000\r\na=rtcp-fb:45 nack\r\na=fmtp:45 level-id=93;profile-id=1\r\n"    \
	"a=rtpmap:46 rtx/90000\r\na=fmtp:46 apt=45\r\n"

#define OFFER_AUDIO                                                                                \
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0 8\r\n" OFFER_TRANSPORT                               \
	"a=mid:1\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"                     \
	"a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"                     \
	"a=candidate:1 1 udp 2113937151 192.168.1.7 50000 typ host generation 0\r\n"               \
	"a=candidate:2 1 udp 2113937151 0b5a4b0a.local 50001 typ host\r\n"                         \
	"a=candidate:3 2 udp 2113937151 192.168.1.7 50002 typ host\r\n"

#define OFFER_CHROMIUM OFFER_SESSION OFFER_VIDEO OFFER_AUDIO

#endif
