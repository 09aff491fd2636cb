/* Writing ISO base media file boxes (ISO/IEC 14496-12 §4.2): a box is opened, filled and closed,
 * and its size is then known. */
#ifndef PROTO_CMAF_BOXES_H
#define PROTO_CMAF_BOXES_H

#include "base/bytes.h"

struct box {
	uint8_t *start; /* NULL: there was no room, and the writer has failed */
};

static inline struct box box_open(struct bytes_writer *writer, const char type[4])
{
	struct box box = {bytes_reserve(writer, 4)};

	bytes_put(writer, type, 4);
	return box;
}

/* A full box (§4.2.2). */
static inline struct box box_open_full(struct bytes_writer *writer, const char type[4],
				       uint8_t version, uint32_t flags)
{
	struct box box = box_open(writer, type);

	bytes_put_u8(writer, version);
	bytes_put_be24(writer, flags);
	return box;
}

static inline void box_close(struct bytes_writer *writer, struct box box)
{
	if (writer->failed)
		return;

	struct bytes_writer size = bytes_write(box.start, 4);

	bytes_put_be32(&size, (uint32_t)(writer->at - box.start));
}

static inline void box_put_zeros(struct bytes_writer *writer, size_t size)
{
	uint8_t *at = bytes_reserve(writer, size);

	if (at)
		memset(at, 0, size);
}

/* What a track's samples are (§8.4.3). */
static inline void box_put_handler(struct bytes_writer *writer, bool is_video)
{
	struct box hdlr = box_open_full(writer, "hdlr", 0, 0);

	bytes_put_be32(writer, 0);
	bytes_put(writer, is_video ? "vide" : "soun", 4);
	box_put_zeros(writer, 12);
	bytes_put(writer, "Ward", 5);
	box_close(writer, hdlr);
}

/* The samples are in this same file (§8.7.1). */
static inline void box_put_place(struct bytes_writer *writer)
{
	struct box dinf = box_open(writer, "dinf");
	struct box dref = box_open_full(writer, "dref", 0, 0);

	bytes_put_be32(writer, 1);
	box_close(writer, box_open_full(writer, "url ", 0, 1));
	box_close(writer, dref);
	box_close(writer, dinf);
}

#endif
