#include "tools/command.h"

const struct flag flag_table[FLAG_COUNT] = {
	[FLAG_HELP] = {"--help", NULL, "Say how the command is used."},
	[FLAG_STATE] = {"--state", "DIR",
			  "The state directory. Default: $WARD_STATE, else /var/lib/ward for root, else "
			  "~/.local/state/ward."},
	[FLAG_JSON] = {"--json", NULL, "Print JSON for programs."},
	[FLAG_CONFIG] = {"--config", "FILE", "The configuration, see ward.yml(5)."},
	[FLAG_DEMO] = {"--demo", NULL, "Add a demo camera: a drawn nursery with a clock and sound."},
	[FLAG_ROLE] = {"--role", "ROLE",
			 "owner (everything), member (live and visits) or guest (own visits only). "
			 "Default: member."},
	[FLAG_CAMERAS] = {"--cameras", "A,B", "Only these cameras. Default: all."},
	[FLAG_USER] = {"--user", "NAME", "Whose right the token is."},
	[FLAG_CAMERA] = {"--camera", "NAME", "One camera: of `token create`, the one that it opens."},
	[FLAG_VERBS] = {"--verbs", "LIST", "Of view, listen, play (recordings), mark (say that something happened) and talk, comma "
			  "separated. Default: view for a token; for a person all, but no play, mark or talk for a guest."},
	[FLAG_TTL] = {"--ttl", "TIME", "How long it is valid: 90s, 15m, 1h, 7d. Default: 1h."},
	[FLAG_FOLLOW] = {"--follow", NULL, "Go on with new entries as they are written."},
	[FLAG_SUB] = {"--sub", "URL", "The camera's smaller picture, for slow links."},
	[FLAG_TRANSPORT] = {"--transport", "HOW", "auto, tcp or udp. Default: auto."},
	[FLAG_RECORD] = {"--record", "HOW", "What is kept: off, continuous or events. Default: as in ward.yml."},
	[FLAG_RECORD_SUB] = {"--record-sub", "HOW", "The same for the smaller picture. Default: as --record."},
	[FLAG_HEAR_CRY] = {"--hear-cry", "HOW", "Listen for crying: off, low, normal or high. Default: off."},
	[FLAG_SEE_PERSON] = {"--see-person", "HOW", "Look for people: off, low, normal or high. Default: off."},
	[FLAG_SEE_ANIMALS] = {"--see-animals", "HOW", "Look for cats and dogs: off, low, normal or high. Default: off."},
	[FLAG_SEE_ZONES] = {"--see-zones", "ZONES", "Where: \"include 0,40 100,40 100,100 0,100; exclude ...\", in per cent."},
	[FLAG_SEE_HEIGHT] = {"--see-height", "PERCENT", "Only who takes up so much of the picture's height."},
	[FLAG_SEE_DWELL] = {"--see-dwell", "TIME", "Only who is seen so long: 0s to 60s."},
	[FLAG_SEE_FACES] = {"--see-faces", "HOW", "Tell people by their faces, as `ward face` knows them: off or on. Default: off."},
	[FLAG_HEAR_NOISE] = {"--hear-noise", "DECIBELS", "Note noise this loud: off, -50, -40, -30, -20 or -10. Default: off."},
	[FLAG_HEAR_ALARM] = {"--hear-alarm", "ON", "Listen for smoke and carbon monoxide alarms: off or on. Default: off."},
	[FLAG_HEAR_QUIET] = {"--hear-quiet", "HOURS", "When not to listen: 22:00-06:00."},
	[FLAG_PRE_ROLL] = {"--pre-roll", "TIME", "Kept before an event: 0s to 60s."},
	[FLAG_POST_ROLL] = {"--post-roll", "TIME", "Kept after an event: 30s, 5m."},
	[FLAG_KEEP_DAYS] = {"--keep-days", "N", "How many days recordings are kept. 0: no limit."},
	[FLAG_KEEP_BYTES] = {"--keep-bytes", "SIZE", "How much they may take: 200G. 0: no limit of its own."},
	[FLAG_FROM] = {"--from", "TIME", "\"2026-11-22 14:05\", \"14:05\" (today), -10m, -2h; the box's own time."},
	[FLAG_TO] = {"--to", "TIME", "The same; now."},
	[FLAG_FOR] = {"--for", "TIME", "How long it lasts: 30s, 5m. Default: a moment; of a sound: until it is stopped."},
	[FLAG_NOTE] = {"--note", "TEXT", "A few words about it, up to 200 bytes."},
	[FLAG_NEW_EPOCH] = {"--new-epoch", NULL,
			      "Owner's word that the log was restored or lost: begin a new log that names "
			      "the old head. Only after Ward refused to start."},
	[FLAG_STORE] = {"--store", NULL, "Check the recordings: packs, index and log against each other."},
	[FLAG_DAYS] = {"--days", "DAYS", "Only for so long; 0: as long as they are kept."},
	[FLAG_LOSE] = {"--lose", NULL, "Also what nobody else can open: it is lost for good."},
	[FLAG_DEEP] = {"--deep", NULL, "With --store: read and check every byte that is recorded."},
	[FLAG_CONSENT] = {"--consent", "WHO", "Who agreed to it, as it shall stand in the log: \"herself\", \"her mother Ann\"."},
	[FLAG_VOLUME] = {"--volume", "N", "How loud, 1 to 100. Default: 50."},
	[FLAG_OUTPUT] = {"-o", "FILE", "What to write. Default: the camera's name and the time, here."},
	[FLAG_TRACKS] = {"--tracks", "LIST", "Of v (video), w (smaller video), m (microphone), s (what the speaker was given) and t (what "
			  "was said to it). Default: v,m."},
};

#define BIT(name) FLAG_BIT(FLAG_##name)

const struct command command_table[] = {
	{"run", "", 0, 0, BIT(CONFIG) | BIT(DEMO) | BIT(NEW_EPOCH), "Start Ward and stay in the foreground.",
	 "Starts every process in its own sandbox, prints the addresses to open and, while nobody is "
	 "paired, a one-time pairing link. Ends with SIGINT or SIGTERM. A file ward-store-key of 32 bytes or "
	 "more in $CREDENTIALS_DIRECTORY (systemd's LoadCredentialEncrypted=) seals the recordings' key "
	 "from then on.",
	 run_command},
	{"camera add", "NAME URL", 2, 2, 
	 BIT(SUB) | BIT(TRANSPORT) | BIT(RECORD) | BIT(RECORD_SUB) | BIT(PRE_ROLL) | BIT(POST_ROLL) |
		 BIT(HEAR_CRY) | BIT(HEAR_NOISE) | BIT(HEAR_ALARM) | BIT(HEAR_QUIET) |
		 BIT(SEE_PERSON) | BIT(SEE_ANIMALS) | BIT(SEE_ZONES) | BIT(SEE_HEIGHT) | BIT(SEE_DWELL) | BIT(SEE_FACES) |
		 BIT(KEEP_DAYS) | BIT(KEEP_BYTES),
	 "Add a camera.",
	 "URL is rtsp://, rtsps:// or the path of a video file. A password in the URL is kept in the "
	 "state directory, readable by its owner only.",
	 camera_add_command},
	{"camera list", "", 0, 0, BIT(JSON), "List the cameras.", NULL, camera_list_command},
	{"camera remove", "NAME", 1, 1, 0, "Remove a camera that was added by `camera add`.", NULL,
	 camera_remove_command},
	{"user add", "NAME", 1, 1, BIT(ROLE) | BIT(CAMERAS) | BIT(VERBS) | BIT(JSON),
	 "Add a person; prints a one-time pairing link.",
	 "The link is good for 15 minutes and one device. Opened on the phone, it makes a key that "
	 "never leaves that phone.",
	 user_add_command},
	{"user pair", "NAME", 1, 1, BIT(JSON), "Print a link for one more device of a person.", NULL,
	 user_pair_command},
	{"user list", "", 0, 0, BIT(JSON), "List the people.", NULL, user_list_command},
	{"user remove", "NAME", 1, 1, 0, "Remove a person; ends what he or she is watching.", NULL,
	 user_remove_command},
	{"token create", "", 0, 0, BIT(USER) | BIT(CAMERA) | BIT(VERBS) | BIT(TTL) | BIT(JSON),
	 "Print a bearer token for a program.",
	 "The token is printed once and kept only as a hash. Its visits stand in the log under the "
	 "user's name.",
	 token_create_command},
	{"token revoke", "ID", 1, 1, 0, "End a token, named by its id, and what it watches.",
	 NULL, token_revoke_command},
	{"keys list", "", 0, 0, BIT(JSON), "Say who can open recordings.",
	 "Besides the people's keys: whether the box itself can, and how much nobody else can.",
	 keys_list_command},
	{"keys add", "NAME AGE1...", 2, 2, 0, "Let a person's own key open recordings from now on.",
	 "The key is the public half that `age-keygen` prints (age1...). The private half is never shown "
	 "to Ward: keep it away from the box. With it and the state directory, `age -d` opens what was "
	 "recorded.",
	 keys_add_command},
	{"keys remove", "NAME", 1, 1, 0, "Make no more recordings for a key.",
	 "What was recorded for it can still be opened with it.", keys_remove_command},
	{"keys private", "", 0, 0, 0, "From now on the box keeps no key of what it records.",
	 "New recordings can be opened only with the people's keys, not played back by the box. What it "
	 "recorded before it can still open: see `keys lock`.",
	 keys_private_command},
	{"keys window", "", 0, 0, BIT(DAYS), "From now on the box can play back what it records.",
	 "With --days it keeps its own keys for so many days only: what is older opens with the people's "
	 "keys alone, of which there must be one.",
	 keys_window_command},
	{"keys lock", "", 0, 0, BIT(LOSE), "Make the box forget its keys of everything recorded, at once.",
	 "The people's keys still open it. Refused where something would be lost, unless --lose is given.",
	 keys_lock_command},
	{"sessions", "", 0, 0, BIT(JSON), "Say who is watching or listening now.",
	 "Exit code 0 if somebody is, 1 if nobody is.", sessions_command},
	{"revoke", "SESSION|USER|TOKEN", 1, 1, 0, "End a session, or all that a person or a token may, at once.",
	 "A session's id ends that session only. A token's id ends the token and its sessions; a user's "
	 "name ends every session, device and token of that person, who is still listed: `user pair` "
	 "gives a new link.",
	 revoke_command},
	{"events add", "CAMERA KIND", 2, 2, BIT(FOR) | BIT(NOTE), "Say that something happened before a camera.",
	 "With `record: events` it is recorded, with what was before and after. KIND is mark, motion, person, "
	 "face, animal, cry, speech, noise, smoke, doorbell, door or alarm.",
	 events_add_command},
	{"events", "", 0, 0, BIT(CAMERA) | BIT(FROM) | BIT(TO) | BIT(JSON), "Say what happened before the cameras.",
	 "Of the last day, if no other time is asked for.", events_command},
	{"spoken", "CAMERA", 1, 1, BIT(FROM) | BIT(TO) | BIT(JSON), "Say who spoke through a camera's speaker.",
	 "Of the last day, if no other time is asked for. What is not listed was not played by Ward. Exit code 1 if "
	 "nothing was.",
	 spoken_command},
	{"sound play", "CAMERA SOUND", 2, 2, BIT(FOR) | BIT(VOLUME), "Play a sound through a camera's speaker.",
	 "SOUND is white, pink, brown, rain, heartbeat, shush, wiegenlied, twinkle or frere-jacques. It lasts 12 hours at "
	 "most, gives way while somebody talks there, and goes on after. The log says so before it sounds.",
	 sound_play_command},
	{"sound stop", "CAMERA", 1, 1, 0, "End what a camera's speaker plays.", "Exit code 1 if it played nothing.",
	 sound_stop_command},
	{"sound show", "CAMERA", 1, 1, BIT(JSON), "Say what a camera's speaker plays, and who began it.",
	 "Exit code 1 if it plays nothing.", sound_show_command},
	{"face list", "", 0, 0, BIT(JSON), "List the faces that are known, and those that nobody has named.", NULL,
	 face_list_command},
	{"face name", "ID NAME", 2, 2, BIT(CONSENT), "Say who a face is.",
	 "It needs --consent, unless the name is known already: then these pictures are added to it. Cameras with `see: "
	 "{faces: on}` tell that person from then on. The log says who named whom, and with whose consent.",
	 face_name_command},
	{"face add", "NAME PICTURE", 2, 2, BIT(CONSENT), "Know somebody by a picture, a JPEG or PNG file with one face.",
	 "Three pictures in different light are better than one. The picture is not kept.", face_add_command},
	{"face wrong", "CAMERA EVENT", 2, 2, 0, "Say that an event names the wrong person.",
	 "EVENT as `ward events` lists it. What was seen there is not taken for that person again, and may be named anew.",
	 face_wrong_command},
	{"face erase", "ID", 1, 1, 0, "Forget a face and all that is known of it. The log says that it was done.", NULL,
	 face_erase_command},
	{"models", "", 0, 0, BIT(JSON), "List the models that see: files, where they come from, what they learned from.",
	 NULL, models_command},
	{"clip list", "", 0, 0, BIT(CAMERA) | BIT(JSON), "List the clips that are kept.", NULL, clip_list_command},
	{"clip keep", "CAMERA NAME", 2, 2, BIT(FROM) | BIT(TO),
	 "Keep a part of the recordings until it is released.",
	 "What retention would erase stays, ten minutes at a time. The log says who kept it.", clip_keep_command},
	{"clip release", "CAMERA ID", 2, 2, 0, "Let a kept clip grow old like the rest.", NULL,
	 clip_release_command},
	{"export clip", "CAMERA FROM TO", 3, 3, BIT(OUTPUT) | BIT(TRACKS) | BIT(JSON),
	 "Save a part of the recordings as an MP4 file.",
	 "FROM and TO as --from of `clip keep`; at most four hours. It begins with the picture that was seen at "
	 "FROM. The log says so before the first byte is there. Until it is whole the file is called FILE.part: the "
	 "same command, with the same times (not -10m), goes on where it broke off.",
	 export_clip_command},
	{"log show", "", 0, 0, BIT(JSON) | BIT(FOLLOW), "Print the access log in plain words.",
	 "Names are opened while Ward runs; from a state directory alone the log shows commitments.",
	 log_show_command},
	{"log verify", "[DIR]", 0, 1, BIT(JSON),
	 "Check every entry, tile, signature and the order of the log.",
	 "Also that each session was opened first, got no more than its entries had allowed before, and "
	 "no other time than it was opened for. DIR is a log directory or a copy of one. Exit code 1 if "
	 "anything does not fit.",
	 log_verify_command},
	{"log prove", "INDEX", 1, 1, 0, "Print a proof (c2sp.org/tlog-proof@v1) that an entry is in the log.",
	 NULL, log_prove_command},
	{"log key", "", 0, 0, 0, "Print the log's verifier key (vkey). Write it on a card.", NULL,
	 log_key_command},
	{"status", "", 0, 0, BIT(JSON), "Say how Ward and its cameras are.", NULL, status_command},
	{"doctor", "", 0, 0, BIT(CONFIG) | BIT(STORE) | BIT(DEEP) | BIT(JSON),
	 "Check this installation and say what to mend.",
	 "With --store, the recordings instead, also while Ward runs: each block of each pack is held "
	 "against the index and the log, and what is lost or damaged is named at its place. Exit code 1 "
	 "if something needs attention, 3 if the recordings cannot be read. Where a credential seals the "
	 "recordings' key, what they hold is read only with it in $CREDENTIALS_DIRECTORY.",
	 doctor_command},
};
const size_t command_count = ARRAY_COUNT(command_table);
