#include "vault/log/parts.h"

#include <errno.h>
#include <string.h>

#include "vault/log/epoch.h"
#include "vault/log/recover.h"

static int create_parts(struct parts *parts, const struct parts_config *config)
{
	int result = tiles_create(parts->disk, &parts->tiles);

	if (result == 0)
		result = wal_create(parts->disk, config->segment_bytes, &parts->wal);
	if (result == 0)
		result = tree_create(parts->tiles, &parts->tree);
	return result;
}

static void destroy_parts(struct parts *parts)
{
	tree_destroy(take(parts->tree));
	wal_destroy(take(parts->wal));
	tiles_destroy(take(parts->tiles));
}

void parts_close(struct parts *parts)
{
	destroy_parts(parts);
	signer_destroy(take(parts->signer));
	if (parts->lock >= 0)
		parts->disk->close(parts->disk, parts->lock);
	parts->lock = -1;
}

static int recover_parts(struct parts *parts, const struct parts_config *config,
			 struct text *ret_old_head, struct text *why)
{
	int result = create_parts(parts, config);

	if (result == 0)
		result = recover_epoch(parts, config, ret_old_head);
	return result < 0 ? result : recover_log(parts, config, why);
}

/* Puts the refused log aside and begins with an empty one. */
static int begin_epoch(struct parts *parts, const struct parts_config *config,
		       struct text *ret_old_head, struct text *why)
{
	uint32_t epoch = signer_epoch(parts->signer);
	int old_lock = parts->lock;

	destroy_parts(parts);
	parts->head = (struct merkle_head){0};
	parts->previous_size = parts->stale_size = parts->note_size = 0;
	text_init(why, why->data, why->capacity);
	text_init(ret_old_head, ret_old_head->data, ret_old_head->capacity);

	int result = epoch_put_aside(parts->disk,
				     epoch > config->floor_epoch ? epoch : config->floor_epoch);

	/* The lock went with the old state; it is held until the new one is. */
	if (result == 0)
		result = recover_lock(parts, why);
	if (result < 0)
		return result;
	parts->disk->close(parts->disk, old_lock);
	return recover_parts(parts, config, ret_old_head, why);
}

int parts_open(struct parts *parts, const struct parts_config *config, struct text *ret_old_head,
	       struct text *why)
{
	*parts = (struct parts){.disk = config->disk, .lock = -1};

	int result = signer_create(config->seed, &parts->signer);

	if (result == 0)
		result = recover_lock(parts, why);
	if (result == 0)
		result = recover_parts(parts, config, ret_old_head, why);
	if (result == -EUCLEAN && config->new_epoch)
		result = begin_epoch(parts, config, ret_old_head, why);
	if (result < 0)
		parts_close(parts);
	return result;
}
