#include "cam/cam_file_reader.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/clock.h"

enum { IO_SIZE = 32 * 1024, PROBE_SIZE = 2 * 1024 * 1024, ANALYZE_US = 2000000 };

static const int64_t TIME_NS_MAX = INT64_C(1000000000) * 3600 * 24 * 366;

struct cam_file_reader {
	int fd;
	int64_t at, size; /* in the file */
	uint64_t deadline_ns;
	AVFormatContext *format;
	AVIOContext *io;
	AVPacket *packet;
};

static int read_bytes(void *opaque, uint8_t *data, int size)
{
	struct cam_file_reader *reader = opaque;
	ssize_t got = pread(reader->fd, data, (size_t)size, reader->at);

	if (got < 0)
		return AVERROR(errno);
	if (got == 0)
		return AVERROR_EOF;
	reader->at += got;
	return (int)got;
}

static int64_t seek_to(void *opaque, int64_t offset, int whence)
{
	struct cam_file_reader *reader = opaque;
	int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? reader->at : reader->size;

	if (whence & AVSEEK_SIZE)
		return reader->size;
	if (offset > 0 ? from > INT64_MAX - offset : from + offset < 0)
		return AVERROR(EINVAL);
	reader->at = from + offset;
	return reader->at;
}

static int is_late(void *opaque)
{
	const struct cam_file_reader *reader = opaque;

	return clock_boot_ns() > reader->deadline_ns;
}

static void start_call(struct cam_file_reader *reader)
{
	reader->deadline_ns = clock_boot_ns() + CAM_FILE_CALL_NS_MAX;
}

/* Stands in for the C library's: libavformat turns the names in transport streams into UTF-8, and
 * the library would open its tables of characters, which the sandbox answers with death. Ward has
 * no use for those names; without a converter libavformat leaves them out. */
iconv_t iconv_open(const char *to, const char *from)
{
	(void)to, (void)from;
	errno = EINVAL;
	return (iconv_t)-1;
}

/* A file that names other files gets none. */
static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
		       AVDictionary **options)
{
	(void)format, (void)io, (void)url, (void)flags, (void)options;
	return AVERROR(EPERM);
}

static int error_of(int av_error)
{
	return av_error == AVERROR_EXIT		? -ETIMEDOUT
	       : av_error == AVERROR(ENOMEM)	? -ENOMEM
						: -EBADMSG;
}

static int make_context(struct cam_file_reader *reader)
{
	uint8_t *buffer = av_malloc(IO_SIZE);

	reader->packet = av_packet_alloc();
	reader->format = avformat_alloc_context();
	reader->io = buffer ? avio_alloc_context(buffer, IO_SIZE, 0, reader, read_bytes, NULL, seek_to)
			    : NULL;
	if (!reader->io)
		av_free(buffer);
	if (!reader->packet || !reader->format || !reader->io)
		return -ENOMEM;
	reader->format->pb = reader->io;
	reader->format->flags |= AVFMT_FLAG_CUSTOM_IO;
	reader->format->io_open = refuse_open;
	reader->format->interrupt_callback = (AVIOInterruptCB){is_late, reader};
	reader->format->probesize = PROBE_SIZE;
	reader->format->max_analyze_duration = ANALYZE_US;
	reader->format->max_streams = CAM_FILE_STREAMS_MAX;
	reader->format->format_whitelist = av_strdup("mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts");
	reader->format->protocol_whitelist = av_strdup("none");
	return reader->format->format_whitelist && reader->format->protocol_whitelist ? 0 : -ENOMEM;
}

static int open_format(struct cam_file_reader *reader)
{
	int r = make_context(reader);

	if (r < 0)
		return r;
	start_call(reader);
	r = avformat_open_input(&reader->format, NULL, NULL, NULL);
	if (r >= 0)
		r = avformat_find_stream_info(reader->format, NULL);
	if (r < 0)
		return error_of(r);
	return reader->format->nb_streams > CAM_FILE_STREAMS_MAX ? -EBADMSG : 0;
}

int cam_file_reader_open(int fd, struct cam_file_reader **ret_reader)
{
	AUTO(cam_file_reader) reader = calloc(1, sizeof(*reader));
	struct stat status;

	if (!reader)
		return -ENOMEM;
	av_log_set_level(AV_LOG_QUIET);
	reader->fd = fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	reader->size = status.st_size;
	int r = open_format(reader);

	if (r < 0)
		return r;
	*ret_reader = take(reader);
	return 0;
}

void cam_file_reader_destroy(struct cam_file_reader *reader)
{
	if (!reader)
		return;
	avformat_close_input(&reader->format);
	if (reader->io)
		av_freep(&reader->io->buffer);
	avio_context_free(&reader->io);
	av_packet_free(&reader->packet);
	free(reader);
}

int cam_file_reader_count(const struct cam_file_reader *reader)
{
	return (int)reader->format->nb_streams;
}

static enum media_codec codec_of(const AVCodecParameters *parameters)
{
	static const struct {
		enum AVCodecID id;
		enum media_codec codec;
	} codecs[] = {
		{AV_CODEC_ID_H264, CODEC_H264},	     {AV_CODEC_ID_HEVC, CODEC_H265},
		{AV_CODEC_ID_AAC, CODEC_AAC},	     {AV_CODEC_ID_OPUS, CODEC_OPUS},
		{AV_CODEC_ID_PCM_MULAW, CODEC_PCMU}, {AV_CODEC_ID_PCM_ALAW, CODEC_PCMA},
	};
	bool is_phone = parameters->sample_rate == 8000 && parameters->ch_layout.nb_channels == 1;

	for (size_t i = 0; i < ARRAY_COUNT(codecs); i++) {
		if (codecs[i].id != parameters->codec_id)
			continue;
		bool is_g711 = codecs[i].codec == CODEC_PCMU || codecs[i].codec == CODEC_PCMA;

		return is_g711 && !is_phone ? CODEC_NONE : codecs[i].codec;
	}
	return CODEC_NONE;
}

struct cam_file_stream cam_file_reader_stream(const struct cam_file_reader *reader, int index)
{
	const AVCodecParameters *parameters = reader->format->streams[index]->codecpar;
	bool is_video = parameters->codec_type == AVMEDIA_TYPE_VIDEO &&
			!(reader->format->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC);
	int size = parameters->extradata ? parameters->extradata_size : 0;

	return (struct cam_file_stream){
		.is_video = is_video,
		.is_audio = parameters->codec_type == AVMEDIA_TYPE_AUDIO,
		.codec = codec_of(parameters),
		.codec_name = avcodec_get_name(parameters->codec_id),
		.setup = {parameters->extradata, size > 0 ? (size_t)size : 0},
		.clock_hz = is_video ? 90000 : (uint32_t)parameters->sample_rate,
		.channels = is_video ? 0 : (uint32_t)parameters->ch_layout.nb_channels,
	};
}

/* A time of the file in ns; false if it is none, or absurd. */
static bool read_time(int64_t time, AVRational base, int64_t *ret_ns)
{
	if (time == AV_NOPTS_VALUE || base.num <= 0 || base.den <= 0)
		return false;
	int64_t ns = av_rescale_q(time, base, (AVRational){1, 1000000000});

	if (ns < -TIME_NS_MAX || ns > TIME_NS_MAX)
		return false;
	*ret_ns = ns;
	return true;
}

bool cam_file_reader_start(const struct cam_file_reader *reader, int64_t *ret_start_ns)
{
	return read_time(reader->format->start_time, AV_TIME_BASE_Q, ret_start_ns);
}

static void read_times(const AVPacket *packet, AVRational base, struct cam_file_packet *ret_packet)
{
	bool has_pts = read_time(packet->pts, base, &ret_packet->pts_ns);
	bool has_dts = read_time(packet->dts, base, &ret_packet->dts_ns);

	ret_packet->has_time = has_pts || has_dts;
	if (!has_pts)
		ret_packet->pts_ns = ret_packet->dts_ns;
	if (!has_dts)
		ret_packet->dts_ns = ret_packet->pts_ns;
	if (packet->duration <= 0 || !read_time(packet->duration, base, &ret_packet->duration_ns))
		ret_packet->duration_ns = 0;
}

int cam_file_reader_next(struct cam_file_reader *reader, struct cam_file_packet *ret_packet)
{
	AVPacket *packet = reader->packet;

	av_packet_unref(packet);
	start_call(reader);
	int r = av_read_frame(reader->format, packet);

	if (r == AVERROR_EOF)
		return 0;
	if (r < 0)
		return error_of(r);
	struct cam_file_packet next = {
		.stream = packet->stream_index,
		.data = {packet->data, packet->size > 0 ? (size_t)packet->size : 0},
	};

	/* Transport streams may grow streams while they are read. */
	if (next.stream < 0 || next.stream >= CAM_FILE_STREAMS_MAX)
		return -EBADMSG;
	read_times(packet, reader->format->streams[next.stream]->time_base, &next);
	*ret_packet = next;
	return 1;
}

int cam_file_reader_rewind(struct cam_file_reader *reader)
{
	int64_t start = reader->format->start_time;

	start_call(reader);
	int r = avformat_seek_file(reader->format, -1, INT64_MIN,
				   start == AV_NOPTS_VALUE ? 0 : start, INT64_MAX, 0);

	if (r < 0)
		r = avformat_seek_file(reader->format, -1, 0, 0, INT64_MAX, AVSEEK_FLAG_BYTE);
	return r < 0 ? error_of(r) : 0;
}
