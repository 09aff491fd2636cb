/* TLS toward a camera (rtsps), as a filter between two memories: OpenSSL never sees the socket.
 * Cameras sign their own certificates, so none is verified: TLS here keeps listeners out, and does
 * not prove which camera it is. */
#ifndef CAM_CAM_TLS_H
#define CAM_CAM_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { CAM_TLS_EARLY_MAX = 8192 };

struct cam_tls;

/* Loads what OpenSSL loads at first use: before the sandbox closes. 0 or -EIO. */
NODISCARD int cam_tls_warm_up(void);

/* A client toward `host` (sent as SNI unless it is a numeric address). 0, -ENOMEM, -EIO. */
NODISCARD int cam_tls_create(const char *host, struct cam_tls **ret_tls);
void cam_tls_destroy(struct cam_tls *tls);
AUTO_DEFINE(cam_tls)

/* Gives bytes that came from the network. -EPROTO if TLS has failed. */
NODISCARD int cam_tls_receive(struct cam_tls *tls, const void *data, size_t size);

/* Takes decrypted bytes out: their count, 0 if there are none yet, -EPROTO, -EPIPE at the end. */
NODISCARD int cam_tls_read(struct cam_tls *tls, void *data, size_t capacity);

/* Gives bytes to encrypt; before the handshake's end they are kept, up to CAM_TLS_EARLY_MAX. 0,
 * -ENOBUFS, -EPROTO. */
NODISCARD int cam_tls_write(struct cam_tls *tls, const void *data, size_t size);

/* Takes bytes out that must go to the network; 0 if there are none. */
NODISCARD int cam_tls_send(struct cam_tls *tls, void *data, size_t capacity);

#endif
