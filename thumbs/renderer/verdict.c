#include "verdict.h"

#include <stdio.h>
#include <string.h>

#include "complaint.h"
#include "vips_ref.h"

const char verdict_data_is_missing[] = "the file ends before its image data";

void verdict_set(struct thumb_result *result, enum thumb_verdict verdict, const char *text)
{
	size_t length_bytes;

	text = complaint_without_loader(text);
	length_bytes = strcspn(text, "\r\n");

	result->verdict = verdict;
	snprintf(result->message, sizeof result->message, "%.*s", (int)length_bytes, text);
}

bool verdict_take_warning(enum media_type type, struct thumb_result *result)
{
	const char *text = vips_error_buffer();
	bool is_complaint = type == MEDIA_JPEG && strstr(text, "VipsJpeg") != NULL;

	if (is_complaint && !result->message[0])
		verdict_set(result, result->verdict, strstr(text, "VipsJpeg"));
	vips_error_clear();
	return is_complaint;
}

int verdict_of_decoder(enum media_type type, enum structure_state structure,
		       struct thumb_result *result)
{
	const char *errors = vips_error_buffer();
	bool is_short = complaint_is_of_missing_data(type, errors);

	if (complaint_is_of_memory(errors))
		verdict_set(result, THUMB_TOO_MANY_PIXELS,
			    "decoding takes more memory than there is");
	else if (is_short && type != MEDIA_JPEG)
		verdict_set(result, THUMB_TRUNCATED, verdict_data_is_missing);
	else if (is_short || structure != STRUCTURE_WHOLE)
		verdict_set(result, THUMB_TRUNCATED,
			    *errors ? complaint_of_decoder(errors) : verdict_data_is_missing);
	else
		verdict_set(result, THUMB_UNDECODABLE, complaint_of_decoder(errors));
	vips_error_clear();
	return -1;
}

void verdict_of_encoder(struct thumb_result *result)
{
	verdict_set(result, THUMB_TOO_MANY_PIXELS, "its thumbnails take more memory than there is");
	vips_error_clear();
}
