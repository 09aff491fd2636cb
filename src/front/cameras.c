#include "front/cameras.h"

#include "front/rows.h"

static const char *const state_words[CAM_STATE_COUNT] = {
	[CAM_CONNECTING] = "connecting",
	[CAM_LIVE] = "live",
	[CAM_SILENT] = "silent",
	[CAM_DOWN] = "down",
};

/* NULL becomes JSON's null: no such track. */
static const char *const codec_words[CODEC_COUNT] = {
	[CODEC_NONE] = NULL,   [CODEC_H264] = "h264", [CODEC_H265] = "h265", [CODEC_AAC] = "aac",
	[CODEC_OPUS] = "opus", [CODEC_PCMU] = "pcmu", [CODEC_PCMA] = "pcma",
};

static const char *codec_word(const struct ipc_row_camera *camera, enum media_track track)
{
	uint32_t codec = camera->codecs[track];

	return codec < CODEC_COUNT ? codec_words[codec] : NULL;
}

static json_t *verb_words(uint32_t verbs)
{
	json_t *words = json_array();

	if (verbs & VERB_VIEW)
		json_array_append_new(words, json_string("view"));
	if (verbs & VERB_LISTEN)
		json_array_append_new(words, json_string("listen"));
	if (verbs & VERB_PLAY)
		json_array_append_new(words, json_string("play"));
	if (verbs & VERB_MARK)
		json_array_append_new(words, json_string("mark"));
	if (verbs & VERB_TALK)
		json_array_append_new(words, json_string("talk"));
	return words;
}

static json_t *render_camera(const struct ipc_message *message)
{
	const struct ipc_row_camera *camera = message->body;
	const char *state =
		camera->state.state < CAM_STATE_COUNT ? state_words[camera->state.state] : "down";

	return json_pack("{s:o, s:o, s:s, s:o, s:i, s:o, s:s?, s:s?, s:s?, s:i, s:i, s:b}", "id",
			 json_sprintf("c%u", camera->camera), "name",
			 render_text(camera->name, sizeof(camera->name)), "state", state, "reason",
			 render_text(camera->state.reason, sizeof(camera->state.reason)),
			 "watching", (int)camera->watching, "verbs", verb_words(camera->verbs),
			 "video", codec_word(camera, TRACK_VIDEO), "sub",
			 codec_word(camera, TRACK_SUB), "audio", codec_word(camera, TRACK_MIC),
			 "width", (int)camera->width, "height", (int)camera->height, "chime",
			 !camera->has_no_chime);
}

void cameras_list(struct exchange *exchange)
{
	struct ipc_query query = rows_query(exchange, QUERY_CAMERAS);

	rows_ask(exchange, &query, IPC_ROW_CAMERA, "cameras", render_camera);
}
