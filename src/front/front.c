#include "front/front.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

void front_init(struct front *front, struct loop *loop)
{
	memset(front, 0, sizeof(*front));
	front->loop = loop;
	address_init(&front->addresses);
	link_init(&front->link, loop);
	json_object_seed(0);
	front_date(front);
}

void front_finish(struct front *front)
{
	link_finish(&front->link);
	files_finish(&front->files);
}

const char *front_date(struct front *front)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	uint64_t now_s = clock_real_us() / 1000000;
	time_t seconds = (time_t)now_s;
	struct tm tm;

	if (now_s == front->date_at_s && front->date[0])
		return front->date;
	if (!gmtime_r(&seconds, &tm))
		return front->date;
	/* strftime's names follow the locale; HTTP's do not. */
	snprintf(front->date, sizeof(front->date), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		 days[tm.tm_wday % 7], tm.tm_mday % 100, months[tm.tm_mon % 12],
		 (tm.tm_year + 1900) % 10000, tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
	front->date_at_s = now_s;
	return front->date;
}
