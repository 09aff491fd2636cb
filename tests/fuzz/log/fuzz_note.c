/* A parsed note keeps its promises: pieces within the input, signatures that can be checked. */
#include <assert.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "proto/log/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char peter[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char witness[] =
	"witness2.example.org+2e55b896+BIZ7fpceQWd60IfqQeS9IAnmNOCZjMDne8lZuguz/bi9";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct note_key keys[2], parsed;
	struct note note;
	uint64_t time_s;

	int bad = note_key_parse(peter, strlen(peter), &keys[0]) |
		  note_key_parse(witness, strlen(witness), &keys[1]);

	assert(bad == 0);
	if (note_key_parse((const char *)data, size, &parsed) == 0) {
		char again[NOTE_VKEY_MAX + 1];
		struct text text;

		text_init(&text, again, sizeof(again));
		note_key_build(&parsed, &text);
		assert(!text.failed && text.size == size && memcmp(again, data, size) == 0);
	}
	if (note_parse(data, size, &note) < 0)
		return 0;
	assert(note.text.data == data && note.text.size < size && note.signature_count > 0);
	assert(data[note.text.size - 1] == '\n' && data[note.text.size] == '\n');
	for (unsigned i = 0; i < note.signature_count; i++)
		assert(note.signatures[i].name.size > 0 && note.signatures[i].base64.size >= 8);
	for (unsigned i = 0; i < 2; i++)
		(void)!note_verify(&note, &keys[i], &time_s);
	return 0;
}
