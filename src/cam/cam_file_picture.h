/* Pictures of a file in Ward's form: NAL units, each after its u32 big-endian size, without
 * parameter sets (those go into `params`), delimiters and filler. Files hold NAL units after sizes
 * of 1, 2 or 4 bytes with the sets apart (ISO 14496-15: avcC, hvcC), or after start codes (Annex B
 * of ITU-T H.264 and H.265). Pure: no allocation, no I/O. */
#ifndef CAM_CAM_FILE_PICTURE_H
#define CAM_CAM_FILE_PICTURE_H

#include "base/bytes.h"
#include "ipc/messages.h"
#include "proto/rtp/h264.h"
#include "proto/rtp/nal_params.h"

struct cam_file_picture {
	nal_inspect_fn *inspect;
	size_t length_size; /* of the sizes in the file; 0: start codes */
	uint8_t *buffer;    /* borrowed */
	size_t capacity, size;
	bool has_slice, has_key, has_recovery, has_inter;
	struct nal_params params;
	uint32_t params_version; /* counts up with each change of `params` */
};

/* `setup` is what the file says of the track (libavformat's extradata). `buffer` holds one picture
 * and is borrowed. -EPROTONOSUPPORT for another codec, -EBADMSG for a broken setup. */
NODISCARD int cam_file_picture_init(struct cam_file_picture *picture, enum media_codec codec,
				    struct bytes setup, struct bytes_writer buffer);

/* Puts one access unit in order: it is then `size` bytes in `buffer`. -EBADMSG if it is broken or
 * holds no slice, -EMSGSIZE if it is too long. */
NODISCARD int cam_file_picture_convert(struct cam_file_picture *picture, struct bytes unit);

/* Whether a decoder may start at the picture converted last. */
static inline bool cam_file_picture_is_key(const struct cam_file_picture *picture)
{
	return picture->has_key || (picture->has_recovery && !picture->has_inter);
}

/* The size of the picture, from its SPS; zeros if unknown. */
struct video_size cam_file_picture_size(const struct cam_file_picture *picture);

#endif
