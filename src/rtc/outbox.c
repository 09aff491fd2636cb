#include "rtc/outbox.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rtc/socket_address.h"

enum { GSO_BYTES_MAX = 64000 };

/* One message of sendmmsg: one or more segments to one address. */
struct outbox_entry {
	struct ice_address address;
	uint32_t start, size;
	uint16_t segment; /* size of each but the last */
	uint16_t count;
	bool is_closed; /* its last segment was shorter: none may follow */
};

/* One control message that holds the segment size. */
struct outbox_control {
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(uint16_t))];
};

struct outbox {
	int fd, family;
	bool has_gso;
	uint32_t used, count;
	struct outbox_counts counts;
	struct outbox_entry entry[OUTBOX_MESSAGES_MAX];
	struct mmsghdr message[OUTBOX_MESSAGES_MAX];
	struct iovec part[OUTBOX_MESSAGES_MAX];
	struct sockaddr_storage to[OUTBOX_MESSAGES_MAX];
	struct outbox_control control[OUTBOX_MESSAGES_MAX];
	uint8_t data[OUTBOX_SIZE];
};

int outbox_create(int fd, struct outbox **ret_outbox)
{
	struct sockaddr_storage bound = {0};
	socklen_t size = sizeof(bound);
	int segment;
	socklen_t segment_size = sizeof(segment);

	if (getsockname(fd, (struct sockaddr *)&bound, &size) < 0)
		return -errno;
	struct outbox *outbox = calloc(1, sizeof(*outbox));

	if (!outbox)
		return -ENOMEM;
	outbox->fd = fd;
	outbox->family = bound.ss_family;
	outbox->has_gso = getsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, &segment_size) == 0;
	*ret_outbox = outbox;
	return 0;
}

void outbox_destroy(struct outbox *outbox)
{
	free(outbox);
}

uint8_t *outbox_reserve(struct outbox *outbox, size_t size_max)
{
	assert(size_max <= OUTBOX_DATAGRAM_MAX);
	if (outbox->used + size_max > OUTBOX_SIZE || outbox->count == OUTBOX_MESSAGES_MAX)
		outbox_flush(outbox);
	return outbox->data + outbox->used;
}

static bool entry_takes(const struct outbox *outbox, const struct outbox_entry *entry,
			const struct ice_address *address, size_t size)
{
	return outbox->has_gso && !entry->is_closed && size <= entry->segment &&
	       entry->count < OUTBOX_SEGMENTS_MAX && entry->size + size <= GSO_BYTES_MAX &&
	       ice_address_equal(&entry->address, address);
}

void outbox_commit(struct outbox *outbox, const struct ice_address *address, size_t size)
{
	struct outbox_entry *last = outbox->count ? &outbox->entry[outbox->count - 1] : NULL;

	outbox->counts.datagrams++;
	if (last && entry_takes(outbox, last, address, size)) {
		last->size += (uint32_t)size;
		last->count++;
		last->is_closed = size < last->segment;
	} else {
		outbox->entry[outbox->count++] = (struct outbox_entry){
			.address = *address,
			.start = outbox->used,
			.size = (uint32_t)size,
			.segment = (uint16_t)size,
			.count = 1,
		};
	}
	outbox->used += (uint32_t)size;
}

static void message_fill(struct outbox *outbox, uint32_t i)
{
	const struct outbox_entry *entry = &outbox->entry[i];
	struct msghdr *header = &outbox->message[i].msg_hdr;

	outbox->part[i] = (struct iovec){outbox->data + entry->start, entry->size};
	*header = (struct msghdr){
		.msg_name = &outbox->to[i],
		.msg_namelen =
			socket_address_build(&entry->address, outbox->family, &outbox->to[i]),
		.msg_iov = &outbox->part[i],
		.msg_iovlen = 1,
	};
	if (entry->count == 1)
		return;
	header->msg_control = outbox->control[i].space;
	header->msg_controllen = sizeof(outbox->control[i].space);
	struct cmsghdr *control = CMSG_FIRSTHDR(header);

	control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
	control->cmsg_level = SOL_UDP;
	control->cmsg_type = UDP_SEGMENT;
	memcpy(CMSG_DATA(control), &entry->segment, sizeof(entry->segment));
}

/* The way for a device or kernel that refuses segment lists after all. */
static void send_singly(struct outbox *outbox, uint32_t i)
{
	const struct outbox_entry *entry = &outbox->entry[i];

	for (uint32_t at = 0; at < entry->size; at += entry->segment) {
		uint32_t left = entry->size - at;
		size_t size = left < entry->segment ? left : entry->segment;

		outbox->counts.calls++;
		if (sendto(outbox->fd, outbox->data + entry->start + at, size, MSG_DONTWAIT,
			   (struct sockaddr *)&outbox->to[i],
			   outbox->message[i].msg_hdr.msg_namelen) < 0)
			outbox->counts.lost++;
	}
}

/* What to do with the message that the kernel refused; true if the rest is to be tried. */
static bool message_refused(struct outbox *outbox, uint32_t i, int error)
{
	const struct outbox_entry *entry = &outbox->entry[i];

	if (entry->count > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE)) {
		outbox->has_gso = outbox->has_gso && error == EMSGSIZE;
		send_singly(outbox, i);
		return true;
	}
	outbox->counts.lost += entry->count;
	return error != EAGAIN && error != ENOBUFS;
}

void outbox_flush(struct outbox *outbox)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < outbox->count; i++)
		message_fill(outbox, i);
	while (done < outbox->count) {
		int sent = sendmmsg(outbox->fd, outbox->message + done, outbox->count - done,
				    MSG_DONTWAIT);

		outbox->counts.calls++;
		if (sent > 0) {
			done += (uint32_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		/* A full socket: the rest would only wait in line and be late. */
		if (!message_refused(outbox, done++, errno))
			while (done < outbox->count)
				outbox->counts.lost += outbox->entry[done++].count;
	}
	outbox->used = outbox->count = 0;
}

struct outbox_counts outbox_counts(const struct outbox *outbox)
{
	return outbox->counts;
}
