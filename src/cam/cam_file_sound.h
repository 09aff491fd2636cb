/* The sound of a file in Ward's form: raw AAC with its config apart, Opus as it is, G.711 in frames
 * of 20 ms. */
#ifndef CAM_CAM_FILE_SOUND_H
#define CAM_CAM_FILE_SOUND_H

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum { CAM_FILE_ADTS_CONFIG_SIZE = 2 };

/* What an ADTS header (ISO 14496-3 §1.A.2) says, as the AudioSpecificConfig of the same stream. */
struct cam_file_adts {
	uint8_t config[CAM_FILE_ADTS_CONFIG_SIZE];
	struct bytes unit; /* behind the header */
};

/* -EBADMSG if it is no single ADTS frame. */
NODISCARD int cam_file_sound_parse_adts(struct bytes data, struct cam_file_adts *ret_adts);

#endif
