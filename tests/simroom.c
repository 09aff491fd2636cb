/* A room as two ALSA devices, for tests without hardware: what the speaker is given is heard by the
 * microphone a little later, quieter, and from each wall once more, together with somebody who is
 * there. The devices run by the box's clock, off by so many parts in a million; they run dry and over
 * like real ones, and can be unplugged.
 *
 *	pcm_type.simroom { lib "…/simroom.so" }
 *	pcm.room_speaker { type simroom  rate 16000  played "file" }
 *	pcm.room_microphone { type simroom  rate 48000  near "file"  delay_ms 30  ppm 50  control "file" }
 *
 * `near`: s16le at the microphone's rate, in a loop. `played` gets what the speaker played, s16le.
 * `control`: its first byte is 'u' while both are unplugged, 'd' while the speaker has run dry each
 * time that it is asked. Whatever is a file or memory is opened when the device is: whoever holds it may be shut in. */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RING = 1 << 18, NS_PER_S = 1000000000 };

/* From the speaker straight to the microphone, and over walls: seconds later, and how loud. */
static const struct {
	double late_s, gain;
} WAYS[] = {{0, 0.5},      {0.0031, -0.2}, {0.0072, 0.14}, {0.0133, -0.1}, {0.0195, 0.07},
	    {0.0287, 0.05}, {0.0411, -0.04}, {0.056, 0.03}, {0.0729, -0.02}, {0.094, 0.012}};

struct device {
	snd_pcm_ioplug_t io;
	bool is_microphone, is_running;
	double hz; /* as it really is */
	int64_t start_ns;
	int64_t moved; /* samples that went in or out since it was prepared */
	int64_t passed; /* of these the speaker has played */
	unsigned rate;
	double ppm, delay_s;
	int played; /* descriptor, or -1 */
	const int16_t *near;
	int64_t near_count;
};

/* What both share: they are in one process. */
static struct {
	const struct device *speaker;
	int16_t given[RING]; /* to the speaker since it was prepared */
	const volatile char *control;
} room;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool is_told(char what)
{
	return room.control && room.control[0] == what;
}

/* Samples since the start, as the device's own clock counts. */
static double clock_of(const struct device *device, int64_t at_ns)
{
	return device->is_running ? (double)(at_ns - device->start_ns) * device->hz / NS_PER_S : 0;
}

static int start(snd_pcm_ioplug_t *io)
{
	struct device *device = io->private_data;

	device->start_ns = now_ns();
	device->is_running = true;
	return is_told('u') ? -ENODEV : 0;
}

static void keep_played(struct device *device, int64_t until)
{
	int16_t sample;

	for (; device->passed < until; device->passed++) {
		sample = room.given[device->passed % RING];
		if (device->played >= 0 && write(device->played, &sample, sizeof(sample)) < 0)
			device->played = -1;
	}
}

static int stop(snd_pcm_ioplug_t *io)
{
	struct device *device = io->private_data;
	int64_t at = (int64_t)clock_of(device, now_ns());

	if (!device->is_microphone)
		keep_played(device, at < device->moved ? at : device->moved);
	device->is_running = false;
	return 0;
}

static int prepare(snd_pcm_ioplug_t *io)
{
	struct device *device = io->private_data;

	device->is_running = false;
	device->moved = device->passed = 0;
	return is_told('u') ? -ENODEV : 0;
}

/* Where the device is, or that it ran dry or over. */
static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io)
{
	struct device *device = io->private_data;
	int64_t at = (int64_t)clock_of(device, now_ns());

	if (is_told('u'))
		return -ENODEV;
	if (!device->is_running)
		return 0;
	if (device->is_microphone)
		return at - device->moved > (int64_t)io->buffer_size
			       ? -EPIPE
			       : (snd_pcm_sframes_t)((uint64_t)at % io->buffer_size);
	if (is_told('d'))
		at = device->moved + 1;
	keep_played(device, at < device->moved ? at : device->moved);
	return at > device->moved ? -EPIPE : (snd_pcm_sframes_t)((uint64_t)at % io->buffer_size);
}

static int tell_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *ret_delay)
{
	struct device *device = io->private_data;
	int64_t at = (int64_t)clock_of(device, now_ns());

	if (!device->is_microphone)
		keep_played(device, at < device->moved ? at : device->moved);
	*ret_delay = (snd_pcm_sframes_t)(device->is_microphone ? at - device->moved
							       : device->moved - at);
	return 0;
}

/* ---- sound ---- */

/* Between four samples, a cubic. */
static double played_at(double at)
{
	const struct device *speaker = room.speaker;
	int64_t whole = (int64_t)floor(at);
	double f = at - (double)whole, y[4];

	if (!speaker || !speaker->is_running || whole < 1)
		return 0;
	for (int i = 0; i < 4; i++)
		y[i] = whole - 1 + i < speaker->moved ? room.given[(whole - 1 + i) % RING] : 0;
	double a = y[3] - 3 * y[2] + 3 * y[1] - y[0], b = 2 * y[0] - 5 * y[1] + 4 * y[2] - y[3];

	return y[1] + 0.5 * f * (y[2] - y[0] + f * (b + f * a));
}

static int16_t hear(const struct device *microphone, int64_t sample)
{
	double at_s = (double)sample / microphone->hz, sum = 0;

	for (size_t i = 0; room.speaker && i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
		double late_s = microphone->delay_s + WAYS[i].late_s;
		int64_t at_ns = microphone->start_ns + (int64_t)((at_s - late_s) * NS_PER_S);

		sum += WAYS[i].gain * played_at(clock_of(room.speaker, at_ns));
	}
	if (microphone->near_count)
		sum += microphone->near[sample % microphone->near_count];
	return (int16_t)lrint(fmax(-32768, fmin(32767, sum)));
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				  snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct device *device = io->private_data;
	int16_t *data = (int16_t *)(void *)((char *)areas->addr + areas->first / 8 +
					    offset * (areas->step / 8));

	for (snd_pcm_uframes_t i = 0; i < size; i++, device->moved++)
		if (device->is_microphone)
			data[i] = hear(device, device->moved);
		else
			room.given[device->moved % RING] = data[i];
	return (snd_pcm_sframes_t)size;
}

/* ---- opening ---- */

static int close_device(snd_pcm_ioplug_t *io)
{
	struct device *device = io->private_data;

	if (room.speaker == device)
		room.speaker = NULL;
	if (device->played >= 0)
		close(device->played);
	close(io->poll_fd);
	free(device);
	return 0;
}

static const void *map_file(const char *path, size_t *ret_size)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *data = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size > 0) {
		*ret_size = (size_t)info.st_size;
		data = mmap(NULL, *ret_size, PROT_READ, MAP_SHARED, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	return data == MAP_FAILED ? NULL : data;
}

static int take_text(struct device *device, const char *id, const char *text)
{
	size_t size = 0;
	const void *data = strcmp(id, "played") == 0 ? NULL : map_file(text, &size);

	if (strcmp(id, "played") == 0) {
		device->played = open(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		return device->played < 0 ? -errno : 0;
	}
	if (!data)
		return -ENOENT;
	if (strcmp(id, "near") == 0) {
		device->near = data;
		device->near_count = (int64_t)(size / sizeof(int16_t));
		return 0;
	}
	room.control = data;
	return strcmp(id, "control") == 0 ? 0 : -EINVAL;
}

static int take_field(struct device *device, const snd_config_t *field)
{
	const char *id, *text;
	double number;

	if (snd_config_get_id(field, &id) < 0)
		return -EINVAL;
	if (strcmp(id, "type") == 0 || strcmp(id, "comment") == 0 || strcmp(id, "hint") == 0)
		return 0;
	if (snd_config_get_string(field, &text) == 0)
		return take_text(device, id, text);
	if (snd_config_get_ireal(field, &number) < 0)
		return -EINVAL;
	if (strcmp(id, "rate") == 0)
		device->rate = (unsigned)number;
	else if (strcmp(id, "ppm") == 0)
		device->ppm = number;
	else if (strcmp(id, "delay_ms") == 0)
		device->delay_s = number / 1000;
	else
		return -EINVAL;
	return 0;
}

static int limit(struct device *device)
{
	static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
	static const unsigned formats[] = {SND_PCM_FORMAT_S16_LE};
	snd_pcm_ioplug_t *io = &device->io;
	int r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);

	if (r >= 0)
		r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
	if (r >= 0)
		r = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
	if (r >= 0)
		r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, 1, &device->rate);
	if (r >= 0)
		r = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 16);
	if (r >= 0)
		r = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 256);
	return r;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = start,
	.stop = stop,
	.pointer = pointer,
	.transfer = transfer,
	.close = close_device,
	.prepare = prepare,
	.delay = tell_delay,
};

static int open_device(struct device *device, const char *name, snd_pcm_stream_t stream, int mode)
{
	device->hz = device->rate * (1 + device->ppm * 1e-6);
	device->is_microphone = stream == SND_PCM_STREAM_CAPTURE;
	device->io = (snd_pcm_ioplug_t){.version = SND_PCM_IOPLUG_VERSION,
					.name = "a simulated room",
					.callback = &callbacks,
					.private_data = device,
					.poll_fd = eventfd(0, EFD_CLOEXEC),
					.poll_events = POLLIN};
	if (is_told('u'))
		return -ENODEV;
	int r = snd_pcm_ioplug_create(&device->io, name, stream, mode);

	if (r < 0)
		return r;
	r = limit(device);
	if (r < 0)
		snd_pcm_ioplug_delete(&device->io);
	return r;
}

/* What libasound looks for by its name; no header says so. */
SND_PCM_PLUGIN_DEFINE_FUNC(simroom);
SND_PCM_PLUGIN_DEFINE_FUNC(simroom)
{
	struct device *device = calloc(1, sizeof(*device));
	snd_config_iterator_t at, next;
	int r = device ? 0 : -ENOMEM;

	(void)root;
	if (device)
		*device = (struct device){.rate = 48000, .played = -1};
	snd_config_for_each(at, next, conf)
		if (r == 0)
			r = take_field(device, snd_config_iterator_entry(at));
	if (r == 0)
		r = open_device(device, name, stream, mode);
	if (r < 0) {
		free(device);
		return r;
	}
	if (stream == SND_PCM_STREAM_PLAYBACK)
		room.speaker = device;
	*pcmp = device->io.pcm;
	return 0;
}

SND_PCM_PLUGIN_SYMBOL(simroom);
