/* The clip that every camera plays: an Annex B file with access unit delimiters, ADTS, A-law. */
#include "camsim.h"

enum { NALS_MAX = 200000, UNITS_MAX = 100000 };
enum { NAL_SPS = 7, NAL_PPS = 8, NAL_AUD = 9, NAL_FILLER = 12 };

static uint8_t *slurp(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");

	if (!file || fseek(file, 0, SEEK_END) < 0) {
		perror(path);
		exit(1);
	}
	size_t size = (size_t)ftell(file);
	uint8_t *data = malloc(size + 1);

	rewind(file);
	if (!data || fread(data, 1, size, file) != size) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	*ret_size = size;
	return data;
}

static void add_nal(struct clip *clip, struct nal nal)
{
	int type = nal.data[0] & 31;

	while (nal.size && nal.data[nal.size - 1] == 0)
		nal.size--;
	if (type == NAL_AUD && clip->unit_count < UNITS_MAX)
		clip->units[clip->unit_count++] = (struct access_unit){clip->nal_count, 0};
	if (type == NAL_AUD || type == NAL_FILLER || !clip->unit_count ||
	    clip->nal_count == NALS_MAX)
		return;
	if (type == NAL_SPS && !clip->sps.data)
		clip->sps = nal;
	if (type == NAL_PPS && !clip->pps.data)
		clip->pps = nal;
	clip->nals[clip->nal_count++] = nal;
	clip->units[clip->unit_count - 1].count++;
}

static void load_video(struct clip *clip, const char *path)
{
	size_t size, from = 0;
	uint8_t *data = slurp(path, &size);
	bool is_in_nal = false;

	clip->nals = calloc(NALS_MAX, sizeof(*clip->nals));
	clip->units = calloc(UNITS_MAX, sizeof(*clip->units));
	for (size_t i = 0; i + 3 <= size; i++) {
		bool is_start = data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1;

		if (!is_start && i + 3 < size)
			continue;
		if (is_in_nal)
			add_nal(clip, (struct nal){data + from, (is_start ? i : size) - from});
		if (is_start) {
			from = i + 3;
			is_in_nal = true;
			i += 2;
		}
	}
	if (!clip->sps.data || !clip->pps.data) {
		fprintf(stderr, "no SPS, PPS or delimiters in %s\n", path);
		exit(1);
	}
}

size_t clip_adts_size(const uint8_t *at)
{
	return (size_t)((at[3] & 3) << 11 | at[4] << 3 | at[5] >> 5);
}

static void load_aac(struct clip *clip, const char *path)
{
	clip->aac = slurp(path, &clip->aac_size);
	clip->aac_at = calloc(clip->aac_size / 7 + 2, sizeof(*clip->aac_at));
	for (size_t i = 0; i + 7 < clip->aac_size;) {
		size_t size = clip_adts_size(clip->aac + i);

		if (size < 8)
			break;
		clip->aac_at[clip->aac_count++] = i;
		i += size;
	}
}

void clip_load(struct clip *clip, const char *video, const char *aac, const char *pcma)
{
	load_video(clip, video);
	load_aac(clip, aac);
	clip->pcma = slurp(pcma, &clip->pcma_size);
}
