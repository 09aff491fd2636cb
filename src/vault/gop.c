#include "vault/gop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"

enum { ARENA_SIZE_MIN = 64 * 1024, ARENA_SIZE_KEPT = 1 << 20, FRAMES_MIN = 64 };

void gop_init(struct gop *gop, bool every_is_key)
{
	*gop = (struct gop){.next = 1, .every_is_key = every_is_key, .wants_key = !every_is_key};
	gop->arenas[0].first = gop->arenas[1].first = 1;
}

void gop_finish(struct gop *gop)
{
	for (unsigned i = 0; i < 2; i++) {
		assert(gop->arenas[i].pins == 0);
		free(gop->arenas[i].data);
		free(gop->arenas[i].frames);
	}
	*gop = (struct gop){0};
}

static struct gop_arena *current_arena(struct gop *gop)
{
	return &gop->arenas[gop->current];
}

/* Memory grows to what the stream needs and is then reused; a stream that has become much smaller
 * gives it back when its arena is empty. */
static bool arena_fit(struct gop_arena *arena, size_t size)
{
	if (size > GOP_SIZE_MAX || arena->count == GOP_FRAMES_MAX)
		return false;
	if (size > arena->capacity) {
		size_t capacity = arena->capacity ? arena->capacity : ARENA_SIZE_MIN;

		while (capacity < size)
			capacity *= 2;
		uint8_t *data = realloc(arena->data, capacity);

		if (!data)
			fatal("out of memory for pictures");
		arena->data = data;
		arena->capacity = capacity;
	}
	if (arena->count == arena->frames_capacity) {
		uint32_t capacity =
			arena->frames_capacity ? 2 * arena->frames_capacity : FRAMES_MIN;
		struct gop_frame *frames = realloc(arena->frames, capacity * sizeof(*frames));

		if (!frames)
			fatal("out of memory for pictures");
		arena->frames = frames;
		arena->frames_capacity = capacity;
	}
	return true;
}

static void arena_release(struct gop_arena *arena)
{
	free(arena->data);
	arena->data = NULL;
	arena->capacity = 0;
}

static void arena_clear(struct gop_arena *arena, uint64_t first)
{
	if (arena->capacity > 4 * arena->size && arena->capacity > ARENA_SIZE_KEPT)
		arena_release(arena);
	arena->size = 0;
	arena->count = 0;
	arena->first = first;
}

/* A stream of key frames only would otherwise keep one frame at a time. */
bool gop_makes_way(const struct gop *gop, uint64_t pts_ns)
{
	const struct gop_arena *arena = &gop->arenas[gop->current];
	uint64_t swap_ms = gop->every_is_key ? GOP_SWAP_SOUND_MS : GOP_SWAP_MS;

	if (arena->count == 0)
		return false;
	uint64_t start_ns = arena->frames[0].pts_ns;

	return arena->size >= GOP_SWAP_SIZE || arena->count >= GOP_FRAMES_MAX / 2 ||
	       pts_ns < start_ns || pts_ns - start_ns >= swap_ms * CLOCK_NS_PER_MS;
}

/* The new group can be started in, and nobody reads the one before it: it is recorded already. */
static void forget_older(struct gop *gop)
{
	struct gop_arena *older = &gop->arenas[!gop->current];

	if (gop->every_is_key || gop->readers > 0 || older->pins > 0)
		return;
	arena_clear(older, gop->next);
	arena_release(older);
}

/* The new group goes where no reader is. A reader that hangs in one arena leaves the other, which
 * then holds the newest group only. */
static void swap_if_ripe(struct gop *gop, const struct gop_frame *frame)
{
	struct gop_arena *current = current_arena(gop), *other = &gop->arenas[!gop->current];

	if (!gop_makes_way(gop, frame->pts_ns))
		return;
	if (other->pins == 0) {
		arena_clear(other, gop->next);
		gop->current = !gop->current;
	} else if (current->pins == 0) {
		arena_clear(current, gop->next);
	}
}

bool gop_begin(struct gop *gop, const struct gop_frame *frame)
{
	bool is_key = gop->every_is_key || (frame->flags & FRAME_KEY);

	gop->has_gap = gop->has_gap || gop->is_open || (frame->flags & FRAME_AFTER_GAP);
	gop->is_open = false;
	if (is_key)
		swap_if_ripe(gop, frame);
	struct gop_arena *arena = current_arena(gop);

	if ((gop->wants_key && !is_key) || !arena_fit(arena, arena->size + frame->size)) {
		gop->wants_key = !gop->every_is_key;
		gop->has_gap = true;
		gop->dropped++;
		return false;
	}
	gop->open = *frame;
	gop->open.offset = (uint32_t)arena->size;
	if (is_key)
		gop->open.flags |= FRAME_KEY;
	gop->is_open = true;
	return true;
}

void gop_add(struct gop *gop, uint32_t offset, const void *data, size_t size)
{
	if (!gop->is_open)
		return;
	assert(offset <= gop->open.size && size <= gop->open.size - offset);
	memcpy(current_arena(gop)->data + gop->open.offset + offset, data, size);
}

uint64_t gop_end(struct gop *gop)
{
	struct gop_arena *arena = current_arena(gop);

	if (!gop->is_open)
		return 0;
	if (gop->has_gap)
		gop->open.flags |= FRAME_AFTER_GAP;
	arena->frames[arena->count++] = gop->open;
	arena->size += gop->open.size;
	if (gop->open.flags & FRAME_KEY) {
		gop->key = gop->next;
		forget_older(gop);
	}
	gop->is_open = false;
	gop->has_gap = false;
	gop->wants_key = false;
	return gop->next++;
}

void gop_break(struct gop *gop)
{
	gop->is_open = false;
	gop->key = 0;
	gop->wants_key = !gop->every_is_key;
	gop->has_gap = true;
}

static const struct gop_arena *arena_of(const struct gop *gop, uint64_t number)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct gop_arena *arena = &gop->arenas[i];

		if (number >= arena->first && number - arena->first < arena->count)
			return arena;
	}
	return NULL;
}

const struct gop_frame *gop_find(const struct gop *gop, uint64_t number)
{
	const struct gop_arena *arena = arena_of(gop, number);

	return arena ? &arena->frames[number - arena->first] : NULL;
}

uint64_t gop_oldest(const struct gop *gop)
{
	const struct gop_arena *older = &gop->arenas[!gop->current];
	const struct gop_arena *newer = &gop->arenas[gop->current];

	if (older->count)
		return older->first;
	return newer->count ? newer->first : gop->next;
}

const uint8_t *gop_data(const struct gop *gop, uint64_t number)
{
	const struct gop_arena *arena = arena_of(gop, number);

	return arena->data + arena->frames[number - arena->first].offset;
}

struct gop_arena *gop_pin(struct gop *gop, uint64_t number)
{
	const struct gop_arena *arena = arena_of(gop, number);

	assert(arena);
	gop->arenas[arena - gop->arenas].pins++;
	return &gop->arenas[arena - gop->arenas];
}

void gop_unpin(struct gop_arena *arena)
{
	assert(arena->pins > 0);
	arena->pins--;
}
