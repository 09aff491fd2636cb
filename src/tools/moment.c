#include "tools/moment.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { US_PER_S = 1000000, S_PER_MINUTE = 60, S_PER_HOUR = 3600, S_PER_DAY = 86400 };

/* A date and a time of day, of no zone yet. */
struct words {
	int year, month, day, hour, minute, second;
	unsigned us;
	bool has_date;
};

/* Exactly `count` digits, and not over `max`. */
static bool take_number(const char **at, int count, int max, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)(*at)[i]))
			return false;
		value = value * 10 + ((*at)[i] - '0');
	}
	*at += count;
	*ret_value = value;
	return value <= max;
}

static bool take_letter(const char **at, char letter)
{
	if (**at != letter)
		return false;
	(*at)++;
	return true;
}

static bool take_date(const char **at, struct words *words)
{
	return take_number(at, 4, 9999, &words->year) && take_letter(at, '-') &&
	       take_number(at, 2, 12, &words->month) && take_letter(at, '-') &&
	       take_number(at, 2, 31, &words->day) && words->month && words->day;
}

static bool take_fraction(const char **at, struct words *words)
{
	unsigned scale = US_PER_S / 10;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++, scale /= 10)
		words->us += (unsigned)(**at - '0') * scale;
	return true;
}

static bool take_time(const char **at, struct words *words)
{
	if (!take_number(at, 2, 23, &words->hour) || !take_letter(at, ':') ||
	    !take_number(at, 2, 59, &words->minute))
		return false;
	if (!take_letter(at, ':'))
		return true;
	return take_number(at, 2, 60, &words->second) &&
	       (!take_letter(at, '.') || take_fraction(at, words));
}

/* "Z" or "+01:00". */
static bool take_offset(const char **at, int *ret_offset_s)
{
	int sign = **at == '-' ? -1 : 1, hours, minutes;

	*ret_offset_s = 0;
	if (take_letter(at, 'Z') || take_letter(at, 'z'))
		return true;
	if (!take_letter(at, '+') && !take_letter(at, '-'))
		return false;
	if (!take_number(at, 2, 23, &hours) || !take_letter(at, ':') ||
	    !take_number(at, 2, 59, &minutes))
		return false;
	*ret_offset_s = sign * (hours * S_PER_HOUR + minutes * S_PER_MINUTE);
	return true;
}

static struct tm tm_of(const struct words *words, int dst)
{
	return (struct tm){.tm_year = words->year - 1900,
			   .tm_mon = words->month - 1,
			   .tm_mday = words->day,
			   .tm_hour = words->hour,
			   .tm_min = words->minute,
			   .tm_sec = words->second,
			   .tm_isdst = dst};
}

/* Does the clock on the wall really show these words then? */
static bool shows(time_t time, const struct words *words)
{
	struct tm tm;

	return localtime_r(&time, &tm) && tm.tm_year == words->year - 1900 &&
	       tm.tm_mon == words->month - 1 && tm.tm_mday == words->day &&
	       tm.tm_hour == words->hour && tm.tm_min == words->minute;
}

static int resolve_local(const struct words *words, time_t *ret_time)
{
	struct tm winter = tm_of(words, 0), summer = tm_of(words, 1);
	time_t first = mktime(&winter), second = mktime(&summer);
	bool has_first = shows(first, words), has_second = shows(second, words);

	if (!has_first && !has_second)
		return -ENOENT;
	if (has_first && has_second && first != second)
		return -ENOTUNIQ;
	*ret_time = has_first ? first : second;
	return 0;
}

/* "-10m" */
static int parse_ago(const char *text, uint64_t now_us, uint64_t *ret_us)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', S_PER_MINUTE}, {'h', S_PER_HOUR}, {'d', S_PER_DAY}};
	size_t size = strlen(text);
	uint64_t count;

	if (size < 3 || text_parse_u64(text + 1, size - 2, 1000000000, &count) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		if (units[i].letter != text[size - 1])
			continue;
		uint64_t ago_us = count * units[i].seconds * US_PER_S;

		*ret_us = ago_us < now_us ? now_us - ago_us : 0;
		return 0;
	}
	return -EBADMSG;
}

/* A date of the calendar, and not the 31st of April. */
static bool is_date(const struct words *words)
{
	struct tm tm = tm_of(words, 0);
	time_t time = timegm(&tm);

	return gmtime_r(&time, &tm) && tm.tm_mday == words->day && tm.tm_mon == words->month - 1;
}

static void set_today(struct words *words, uint64_t now_us)
{
	time_t now = (time_t)(now_us / US_PER_S);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return;
	words->year = tm.tm_year + 1900;
	words->month = tm.tm_mon + 1;
	words->day = tm.tm_mday;
}

static int parse_words(const char *text, uint64_t now_us, struct words *ret_words,
		       const char **ret_rest)
{
	struct words words = {0};
	const char *at = text;

	words.has_date = take_date(&at, &words);
	if (words.has_date && !take_letter(&at, ' ') && !take_letter(&at, 'T') &&
	    !take_letter(&at, 't'))
		return -EBADMSG;
	if (!words.has_date) {
		at = text;
		words = (struct words){0};
		set_today(&words, now_us);
	}
	if (!take_time(&at, &words) || !is_date(&words))
		return -EBADMSG;
	*ret_words = words;
	*ret_rest = at;
	return 0;
}

int moment_parse(const char *text, uint64_t now_us, uint64_t *ret_us)
{
	struct words words;
	const char *rest;
	time_t time;
	int offset_s;

	if (strcmp(text, "now") == 0) {
		*ret_us = now_us;
		return 0;
	}
	if (*text == '-')
		return parse_ago(text, now_us, ret_us);
	if (parse_words(text, now_us, &words, &rest) < 0)
		return -EBADMSG;
	if (*rest) {
		struct tm tm = tm_of(&words, 0);

		if (!words.has_date || !take_offset(&rest, &offset_s) || *rest)
			return -EBADMSG;
		time = timegm(&tm) - offset_s;
	} else {
		int r = resolve_local(&words, &time);

		if (r < 0)
			return r;
	}
	if (time < 0)
		return -EBADMSG;
	*ret_us = (uint64_t)time * US_PER_S + words.us;
	return 0;
}

const char *moment_explain(int error)
{
	if (error == -ENOENT)
		return "there was no such time on that day: the clocks were put forward over it";
	if (error == -ENOTUNIQ)
		return "that time came twice on that day, since the clocks were put back; say which "
		       "one, as in 2026-10-25T02:30+02:00";
	return "a time is written as 2026-11-22 14:05, 14:05 (today), 2026-11-22T14:05:30+01:00, -10m "
	       "(ten minutes ago) or now";
}
