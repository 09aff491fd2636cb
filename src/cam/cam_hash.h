/* The hashes that HTTP digest asks for, by OpenSSL. */
#ifndef CAM_CAM_HASH_H
#define CAM_CAM_HASH_H

#include "proto/rtsp/rtsp_auth.h"

/* As rtsp_hash_fn. Call each kind once before the sandbox closes. */
void cam_hash(enum rtsp_hash hash, const void *data, size_t size,
	      uint8_t ret_digest[RTSP_HASH_SIZE_MAX]);

#endif
