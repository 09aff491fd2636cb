/* Linking this file's program makes syncs do nothing. */
#ifndef SIM_SIM_NOSYNC_H
#define SIM_SIM_NOSYNC_H

#include <unistd.h>

#endif
