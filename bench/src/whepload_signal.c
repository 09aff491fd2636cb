/* Signalling: WHEP, or the Janus HTTP API. One thread, one viewer after another. */
#include "whepload.h"

#include <string.h>
#include <time.h>

static char *json_str(const char *j, const char *key)
{
	char k[40];
	snprintf(k, sizeof k, "\"%s\"", key);
	const char *p = strstr(j, k);
	if (!p || !(p = strchr(p + strlen(k), ':')))
		return NULL;
	while (*++p == ' ') {
	}
	if (*p != '"')
		return NULL;
	char *o = malloc(strlen(p)), *q = o;
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\') {
			p++;
			*q++ = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p;
		} else
			*q++ = *p;
	}
	*q = 0;
	return o;
}
static char *json_esc(const char *s)
{
	char *o = malloc(strlen(s) * 2 + 1), *q = o;
	for (; *s; s++) {
		if (*s == '\r') {
			*q++ = '\\';
			*q++ = 'r';
		} else if (*s == '\n') {
			*q++ = '\\';
			*q++ = 'n';
		} else {
			if (*s == '"' || *s == '\\')
				*q++ = '\\';
			*q++ = *s;
		}
	}
	*q = 0;
	return o;
}
static unsigned long long json_id(const char *r)
{
	const char *p = r ? strstr(r, "\"data\"") : NULL;
	unsigned long long id = 0;
	if (p && (p = strstr(p, "\"id\"")))
		sscanf(p + 4, " : %llu", &id);
	return id;
}

static void whep(struct viewer *v)
{
	char u[400], sdp[6000];
	int code;
	snprintf(u, sizeof u, load.url, v->idx % load.urls + 1);
	build_sdp(v, sdp, sizeof sdp, NULL);
	v->t0 = mono_ns();
	char *ans = http("POST", u, "application/sdp", sdp, &code, v->loc);
	v->tans = mono_ns();
	if (!ans || code / 100 != 2) {
		char e[80];
		snprintf(e, sizeof e, "WHEP status %d %.50s", code, ans ? ans : "");
		fail(v, e);
		free(ans);
		return;
	}
	parse_remote(v, ans);
	free(ans);
	if (v->state != DEAD)
		v->state = ICE;
}
static void janus_watch(struct viewer *v)
{
	char u[300], b[600];
	int code;
	v->t0 = mono_ns();
	v->answerer = 1;
	char *r = http("POST", load.janus, "application/json",
		       "{\"janus\":\"create\",\"transaction\":\"c\"}", &code, NULL);
	unsigned long long sid = json_id(r), hid;
	free(r);
	if (!sid) {
		fail(v, "janus create");
		return;
	}
	snprintf(u, sizeof u, "%s/%llu", load.janus, sid);
	r = http(
		"POST", u, "application/json",
		"{\"janus\":\"attach\",\"plugin\":\"janus.plugin.streaming\",\"transaction\":\"a\"}",
		&code, NULL);
	hid = json_id(r);
	free(r);
	snprintf(u, sizeof u, "%s/%llu/%llu", load.janus, sid, hid);
	snprintf(
		b, sizeof b,
		"{\"janus\":\"message\",\"transaction\":\"w\",\"body\":{\"request\":\"watch\",\"id\":%d}}",
		load.janus_id);
	free(http("POST", u, "application/json", b, &code, NULL));
	char poll[300], *sdp = NULL;
	snprintf(poll, sizeof poll, "%s/%llu?maxev=1", load.janus, sid);
	for (int i = 0; i < 6 && !sdp; i++) {
		r = http("GET", poll, "application/json", NULL, &code, NULL);
		if (r) {
			sdp = json_str(r, "sdp");
			free(r);
		}
	}
	if (!sdp) {
		fail(v, "janus: no offer");
		return;
	}
	char *ans = malloc(8000), *esc, *msg = malloc(20000);
	build_sdp(v, ans, 8000, sdp);
	esc = json_esc(ans);
	parse_remote(v, sdp);
	v->state = v->state == DEAD ? DEAD : ICE;
	v->tans = mono_ns();
	snprintf(
		msg, 20000,
		"{\"janus\":\"message\",\"transaction\":\"s\",\"body\":{\"request\":\"start\"},\"jsep\":{\"type\":\"answer\",\"sdp\":\"%s\"}}",
		esc);
	free(http("POST", u, "application/json", msg, &code, NULL));
	free(ans);
	free(esc);
	free(msg);
	free(sdp);
	snprintf(v->loc, sizeof v->loc, "%s/%llu", load.janus, sid);
}
void *signaller(void *x)
{
	(void)x;
	for (int i = 0; i < load.count && !load.is_over; i++) {
		uint64_t a = mono_ns();

		use_token(i);
		if (load.janus)
			janus_watch(&load.viewers[i]);
		else
			whep(&load.viewers[i]);
		double left = load.ramp_s - (double)(mono_ns() - a) / 1e9;
		/* Pacing viewers is what this thread is for. */
		struct timespec pause = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};

		if (left > 0)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		load.signalled = i + 1;
	}
	load.signalled = load.count;
	return NULL;
}
