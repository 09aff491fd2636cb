#include <assert.h>
#include <stddef.h>

#include "proto/rtc/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcp_feedback feedback;

	if (rtcp_parse(data, size, &feedback) < 0)
		return 0;
	assert(feedback.report_count <= RTCP_REPORT_MAX && feedback.nack_count <= RTCP_NACK_MAX);
	return 0;
}
