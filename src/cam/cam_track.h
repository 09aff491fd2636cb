/* One track of a camera: RTP packets in, frames on Ward's clock out to the vault. */
#ifndef CAM_CAM_TRACK_H
#define CAM_CAM_TRACK_H

#include "cam/outlet.h"
#include "proto/rtp/clock_map.h"
#include "proto/rtp/rtp_depack.h"
#include "proto/rtp/rtp_reorder.h"
#include "proto/rtp/rtp_stats.h"
#include "proto/rtsp/rtsp_sdp.h"

/* Zero-initialised before the first start. */
struct cam_track {
	bool is_active; /* set up with the camera and understood */
	bool is_told;   /* the outlet knows what it carries */
	bool has_gap;   /* frames were lost outside the depacketizer: it was down */
	enum media_track track;
	uint8_t payload_type;
	uint32_t told_version; /* of the parameter sets */
	struct outlet_format format;
	uint8_t config[64]; /* AAC: AudioSpecificConfig */
	struct outlet *outlet;
	struct rtp_depack depack;
	struct rtp_stats stats;
	struct rtp_reorder *reorder; /* UDP only, else NULL */
	struct clock_map clock;
	uint32_t last_sr; /* middle of the NTP time of the last sender report */
	uint64_t last_sr_ns;
	uint64_t last_packet_ns; /* 0: none on this connection */
	uint64_t frames;
	uint64_t broken; /* of earlier connections */
};

/* Why a track cannot be taken: a sentence's part ("audio codec \"G726-32\""). */
enum { CAM_TRACK_WHY_SIZE = 96 };

/* Begins anew with what the camera's SDP says. `picture` (FRAME_SIZE_MAX bytes) is borrowed; NULL
 * for sound. -EPROTONOSUPPORT with `ret_why` if Ward does not take this codec. */
NODISCARD int cam_track_start(struct cam_track *track, enum media_track number,
			      const struct rtsp_sdp_media *media, struct outlet *outlet,
			      uint8_t *picture, char ret_why[CAM_TRACK_WHY_SIZE]);
/* Packets will come over UDP: in any order. -ENOMEM. */
NODISCARD int cam_track_start_reorder(struct cam_track *track);
/* The connection is over; numbers and clock stay. */
void cam_track_stop(struct cam_track *track);

/* Takes one RTP or RTCP packet, whatever channel it came on. Returns whether it was sound. */
bool cam_track_receive(struct cam_track *track, const uint8_t *data, size_t size, uint64_t now_ns);

/* Frames held for reordering that are due by now. */
void cam_track_flush(struct cam_track *track, uint64_t now_ns);

/* Writes a receiver report; 0 bytes while nothing was received. */
size_t cam_track_build_report(struct cam_track *track, uint32_t own_ssrc, uint64_t now_ns,
			      uint8_t ret_data[RTCP_REPORT_SIZE_MAX]);

#endif
