#include "cam/cam_file_sound.h"

#include <errno.h>

enum { ADTS_SIZE = 7, ADTS_CRC_SIZE = 2, RATES = 13 };

/*	 syncword 12, ID 1, layer 2, protection_absent 1 | profile 2, rate 4, private 1, channels 3,
 *	 original 1, home 1, copyright 2, frame_length 13, fullness 11, blocks 2 */
int cam_file_sound_parse_adts(struct bytes data, struct cam_file_adts *ret_adts)
{
	const uint8_t *at = data.data;

	if (data.size < ADTS_SIZE || at[0] != 0xff || (at[1] & 0xf6) != 0xf0)
		return -EBADMSG;
	size_t head = ADTS_SIZE + (at[1] & 1 ? 0 : ADTS_CRC_SIZE);
	size_t size = (at[3] & 3u) << 11 | (size_t)at[4] << 3 | at[5] >> 5;
	unsigned profile = at[2] >> 6, rate = at[2] >> 2 & 15u;
	unsigned channels = (at[2] & 1u) << 2 | at[3] >> 6, blocks = at[6] & 3u;

	if (size <= head || size > data.size || rate >= RATES || channels == 0 || blocks != 0)
		return -EBADMSG;
	unsigned config = (profile + 1) << 11 | rate << 7 | channels << 3;

	*ret_adts = (struct cam_file_adts){
		.config = {(uint8_t)(config >> 8), (uint8_t)config},
		.unit = {at + head, size - head},
	};
	return 0;
}
