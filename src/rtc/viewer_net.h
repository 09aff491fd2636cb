/* A viewer's transport: ICE, DTLS and SRTP over whatever path the viewer nominated. */
#ifndef RTC_VIEWER_NET_H
#define RTC_VIEWER_NET_H

#include "rtc/viewer.h"

/* The ICE agent was started: get ready to be connected to. -ENOMEM. */
NODISCARD int viewer_net_start(struct viewer *viewer);

/* Whose packet is this? NULL: nobody's. */
struct viewer *viewer_net_of_stun(const struct rtc *rtc, const struct stun_message *message);
struct viewer *viewer_net_of_path(const struct rtc *rtc, const struct ice_path *path);

/* What came in for this viewer; packets may be changed in place. */
void viewer_net_stun(struct viewer *viewer, const struct ice_path *path, struct bytes data,
		     const struct stun_message *message);
void viewer_net_dtls(struct viewer *viewer, const struct ice_path *path, struct bytes datagram);
void viewer_net_srtp(struct viewer *viewer, uint8_t *data, size_t size);

/* Sends what is due by time; when to be called again. May end the viewer. */
uint64_t viewer_net_tick(struct viewer *viewer, uint64_t now_ns);

/* A plain RTCP packet, protected and sent. */
void viewer_net_rtcp(struct viewer *viewer, struct bytes packet);

/* Where media goes now; false if it cannot. */
bool viewer_net_output(struct viewer *viewer, struct rtp_output *ret_output);

/* RTCP BYE and DTLS close_notify, if it ever was connected; closes its TCP connections. */
void viewer_net_goodbye(struct viewer *viewer);

/* A TCP connection of the viewer is gone. */
void viewer_net_forget(struct viewer *viewer, const struct tcp_link *link);

#endif
