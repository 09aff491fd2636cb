/* The cameras that the asker may see. */
#ifndef FRONT_CAMERAS_H
#define FRONT_CAMERAS_H

struct exchange;

void cameras_list(struct exchange *exchange);

#endif
