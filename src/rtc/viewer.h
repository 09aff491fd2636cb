/* One viewer: the vault's grant, the transport to a browser, and the streams sent over it. It lives
 * from IPC_GRANT_OPEN to the end of the grant's descriptor and not a packet longer. */
#ifndef RTC_VIEWER_H
#define RTC_VIEWER_H

#include "rtc/backlog.h"
#include "rtc/level.h"
#include "rtc/rtc.h"
#include "rtc/rtp_stream.h"
#include "rtc/talk_in.h"

enum { VIEWER_ADDRESS_MAX = 8, VIEWER_ETAG_SIZE = 24 };

#define VIEWER_OFFER_NS   (20 * CLOCK_NS_PER_S) /* a grant without an offer ends */
#define VIEWER_CONNECT_NS (30 * CLOCK_NS_PER_S) /* an answer that nobody follows ends */

enum viewer_state {
	VIEWER_GRANTED,   /* no offer yet */
	VIEWER_ANSWERED,  /* ICE and DTLS are under way */
	VIEWER_CONNECTED, /* media flows */
	VIEWER_OVER,      /* freed at the end of the turn */
};

/* An address from which the viewer sent something genuine. */
struct viewer_address {
	struct table_node node;
	struct ice_address address;
	struct viewer *viewer;
};

struct viewer {
	struct rtc *rtc;
	struct viewer *next;
	struct table_node by_grant, by_ufrag, by_tag;
	struct ipc_grant_open grant;
	struct ipc_channel channel; /* the grant's descriptor */
	enum viewer_state state;
	uint64_t since_ns; /* of the state */
	struct loop_timer tick, pace;

	/* transport */
	struct ice_agent ice;
	char etag[VIEWER_ETAG_SIZE];
	struct dtls_session *dtls;
	struct ice_path dtls_path; /* where its last datagram came from */
	bool has_dtls_path;
	struct srtp_session *srtp;
	uint32_t address_next;
	struct viewer_address address[VIEWER_ADDRESS_MAX];

	/* media */
	struct rtp_stream video, audio;
	enum media_track video_track, audio_track;
	uint32_t video_codec; /* enum media_codec, as negotiated */
	uint32_t audio_codec;
	uint64_t audio_pts_ns; /* of the newest sound sent, of audio_track */
	uint64_t clean_ns;     /* when sound without somebody's voice last came; 0: never */
	uint64_t video_number; /* of the last frame taken; 0: none */
	uint64_t key_sent_ns;  /* when a key frame last began to leave */
	uint64_t key_asked_ns;
	uint64_t again_bytes; /* sent again since the last report */
	bool needs_key;       /* the picture is broken until one comes */
	bool wants_key;       /* to be said to the vault */
	struct backlog backlog;
	struct level level;
	uint64_t report_ns; /* next */
	struct talk_in talk;
};

/* Takes the descriptor in any case. -EMSGSIZE over VIEW_MAX, -EEXIST, -ENOMEM. */
NODISCARD int viewer_create(struct rtc *rtc, const struct ipc_grant_open *grant, int fd);

/* Drops everything queued, says goodbye to the browser, tells the vault if `tells_vault`, and
 * closes the grant. The viewer is freed at the end of the turn. Safe twice. */
void viewer_end(struct viewer *viewer, enum view_end end, bool tells_vault);

/* Frees those that are over. */
void viewer_sweep(struct rtc *rtc);

struct viewer *viewer_of_grant(const struct rtc *rtc, uint64_t grant);

/* Registers it under its ICE agent's names, which a start of the agent has changed. */
void viewer_register(struct viewer *viewer);

/* What its timer would do is due now. */
void viewer_wake(struct viewer *viewer);

/* Tells the vault how it goes. */
void viewer_report(struct viewer *viewer);

#endif
