#include "vault/zones_desk.h"

#include <errno.h>
#include <string.h>

#include "vault/zones.h"

struct asking {
	const struct ipc_zones_ask *ask;
	struct who who;
	struct camera *camera;
};

static enum refusal check(struct zones_desk *desk, struct asking *asking)
{
	const struct ipc_zones_ask *ask = asking->ask;

	if (!memchr(ask->camera, '\0', sizeof(ask->camera)))
		return REFUSAL_BAD_REQUEST;
	enum refusal refusal = credentials_find(desk->credentials, &ask->credential, &asking->who);

	if (refusal != REFUSAL_NONE)
		return refusal;
	for (uint32_t slot = 0; slot < CAMERA_MAX && !asking->camera; slot++) {
		struct camera *camera = cameras_at(desk->cameras, slot);

		if (camera && strcmp(camera->name, ask->camera) == 0)
			asking->camera = camera;
	}
	if (!asking->camera || !people_may_see(desk->people, &asking->who, ask->camera))
		return REFUSAL_NOT_FOUND;
	return asking->who.via == WHO_DEVICE && asking->who.role == ROLE_OWNER
		       ? REFUSAL_NONE
		       : REFUSAL_NOT_ALLOWED;
}

static void tell(struct zones_desk *desk, struct ipc_channel *channel, const struct asking *asking)
{
	const struct ipc_see *configured = eyes_rule(desk->eyes, asking->camera);
	struct ipc_row_zones row = {.request = asking->ask->request,
				    .is_fixed = zones_are_configured(configured)};
	struct zones zones = {.rule = *configured};

	if (!row.is_fixed)
		zones_read(desk->people->db, asking->camera->id, &zones, &row.log_seq);
	row.rule = zones.rule;
	row.rule.camera = asking->camera->id;
	row.rule.person = configured->person;
	memcpy(row.names, zones.names, sizeof(row.names));
	ipc_send(channel, IPC_ROW_ZONES, &row, NULL, 0);
}

static enum refusal change(struct zones_desk *desk, struct ipc_channel *channel,
			   const struct asking *asking, const char **ret_why)
{
	const struct ipc_zones_ask *ask = asking->ask;
	struct zones zones = {.rule = ask->rule};

	if (zones_are_configured(eyes_rule(desk->eyes, asking->camera))) {
		*ret_why = "the configuration file says where people count for this camera";
		return REFUSAL_NOT_ALLOWED;
	}
	zones.rule.camera = zones.rule.person = zones.rule.animals = 0;
	memcpy(zones.names, ask->names, sizeof(zones.names));
	struct reply *reply = reply_take(desk->replies, channel, ask->request);

	if (!reply)
		return REFUSAL_BUSY;
	int rc = zones_draw(desk->people, &asking->who, asking->camera->id, &zones,
			    &reply->waiter);

	if (rc == 0) {
		eyes_zones_drawn(desk->eyes, asking->camera);
		return REFUSAL_NONE;
	}
	reply_drop(desk->replies, reply);
	return rc == -EINVAL ? REFUSAL_BAD_REQUEST
	       : rc == -EAGAIN ? REFUSAL_BUSY
			       : REFUSAL_LOG_STOPPED;
}

void zones_desk_answer(struct zones_desk *desk, struct ipc_channel *channel,
		       const struct ipc_zones_ask *ask)
{
	struct asking asking = {.ask = ask};
	enum refusal refusal = check(desk, &asking);
	const char *why = NULL;

	if (refusal != REFUSAL_NONE && refusal != REFUSAL_BAD_REQUEST)
		deny_note(desk->deny, refusal,
			  refusal == REFUSAL_NOT_ALLOWED ? asking.camera : NULL);
	if (refusal == REFUSAL_NONE && ask->is_change)
		refusal = change(desk, channel, &asking, &why);
	else if (refusal == REFUSAL_NONE)
		tell(desk, channel, &asking);
	if (refusal != REFUSAL_NONE)
		reply_refused(channel, ask->request, refusal, why);
}
