#include "jpeg.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#include <jpeglib.h> /* wants stdio.h before it */

#include <jerror.h> /* wants jpeglib.h before it */

#define FULL_COLOUR_QUALITY 90
#define FIRST_BUFFER_BYTES (256 << 10)

struct errors {
	struct jpeg_error_mgr base; /* first: libjpeg knows its address */
	jmp_buf escape;
	struct jpeg_notes *notes;
};

static struct errors *errors_of(j_common_ptr codec)
{
	return (struct errors *)(void *)codec->err;
}

static void take_note(j_common_ptr codec, char note[JPEG_NOTE_BYTES])
{
	char text[JMSG_LENGTH_MAX];

	codec->err->format_message(codec, text);
	snprintf(note, JPEG_NOTE_BYTES, "%.*s", JPEG_NOTE_BYTES - 1, text);
}

static void fail(j_common_ptr codec)
{
	take_note(codec, errors_of(codec)->notes->error);
	longjmp(errors_of(codec)->escape, 1);
}

/* Level -1 is a warning of corrupt data; from 0 on it is chatter. */
static void hear_message(j_common_ptr codec, int level)
{
	struct jpeg_notes *notes = errors_of(codec)->notes;

	if (level < 0 && !notes->warning[0])
		take_note(codec, notes->warning);
}

static struct jpeg_error_mgr *errors_init(struct errors *errors, struct jpeg_notes *notes)
{
	jpeg_std_error(&errors->base);
	errors->base.error_exit = fail;
	errors->base.emit_message = hear_message;
	errors->notes = notes;
	*notes = (struct jpeg_notes){0};
	return &errors->base;
}

/* ---- decoding ---- */

static void do_nothing(j_decompress_ptr decoder)
{
	(void)decoder;
}

/* All of it is there from the start: asked for more, there is none. */
static boolean fill_input(j_decompress_ptr decoder)
{
	ERREXIT(decoder, JERR_INPUT_EOF);
	return FALSE;
}

static void skip_input(j_decompress_ptr decoder, long n_bytes)
{
	struct jpeg_source_mgr *source = decoder->src;

	if (n_bytes <= 0)
		return;
	if ((size_t)n_bytes > source->bytes_in_buffer)
		ERREXIT(decoder, JERR_INPUT_EOF);
	source->next_input_byte += n_bytes;
	source->bytes_in_buffer -= (size_t)n_bytes;
}

static void open_source(j_decompress_ptr decoder, struct jpeg_source_mgr *source,
			const unsigned char *data, size_t length_bytes)
{
	*source = (struct jpeg_source_mgr){
		.next_input_byte = data,
		.bytes_in_buffer = length_bytes,
		.init_source = do_nothing,
		.fill_input_buffer = fill_input,
		.skip_input_data = skip_input,
		.resync_to_restart = jpeg_resync_to_restart,
		.term_source = do_nothing,
	};
	decoder->src = source;
}

/* What may escape by longjmp() is called from here on. */
static int decode_rows(j_decompress_ptr decoder, int shrink, jpeg_row_sink *sink, void *context)
{
	JSAMPARRAY row;
	int error = 0;

	jpeg_read_header(decoder, TRUE);
	decoder->scale_num = 1;
	decoder->scale_denom = (unsigned)shrink;
	decoder->out_color_space = decoder->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_start_decompress(decoder);
	row = decoder->mem->alloc_sarray(
		(j_common_ptr)decoder, JPOOL_IMAGE,
		decoder->output_width * (JDIMENSION)decoder->output_components, 1);
	while (!error && decoder->output_scanline < decoder->output_height) {
		int y = (int)decoder->output_scanline;

		jpeg_read_scanlines(decoder, row, 1);
		if (sink)
			error = sink(context, y, row[0]);
	}
	return error;
}

int jpeg_decode(const unsigned char *data, size_t length_bytes, int shrink, jpeg_row_sink *sink,
		void *context, struct jpeg_notes *notes)
{
	struct jpeg_decompress_struct decoder;
	struct jpeg_source_mgr source;
	struct errors errors;
	int error;

	memset(&decoder, 0, sizeof decoder);
	decoder.err = errors_init(&errors, notes);
	if (setjmp(errors.escape)) {
		jpeg_destroy_decompress(&decoder);
		return -1;
	}
	jpeg_create_decompress(&decoder);
	open_source(&decoder, &source, data, length_bytes);
	error = decode_rows(&decoder, shrink, sink, context);
	/* Not finished but dropped: what follows the last row is nothing that is shown. */
	jpeg_destroy_decompress(&decoder);
	return error;
}

/* ---- encoding ---- */

static void encode_rows(j_compress_ptr encoder, const unsigned char *pixels, int quality)
{
	size_t row_bytes = (size_t)encoder->image_width * (size_t)encoder->input_components;

	jpeg_set_defaults(encoder);
	jpeg_set_quality(encoder, quality, TRUE);
	encoder->optimize_coding = TRUE;
	if (quality >= FULL_COLOUR_QUALITY)
		encoder->comp_info[0].h_samp_factor = encoder->comp_info[0].v_samp_factor = 1;
	jpeg_start_compress(encoder, TRUE);
	while (encoder->next_scanline < encoder->image_height) {
		JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + encoder->next_scanline * row_bytes);

		jpeg_write_scanlines(encoder, &row, 1);
	}
	jpeg_finish_compress(encoder);
}

int jpeg_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		struct buf *buf, struct jpeg_notes *notes)
{
	struct jpeg_compress_struct encoder;
	struct errors errors;
	/* Ours to begin with, so that an escape leaks nothing; libjpeg takes another when it is too
	 * small. */
	unsigned long length_bytes = FIRST_BUFFER_BYTES;
	unsigned char *first = alloc_resized(NULL, length_bytes, 1), *data = first;
	int error;

	memset(&encoder, 0, sizeof encoder);
	encoder.err = errors_init(&errors, notes);
	if (setjmp(errors.escape)) {
		jpeg_destroy_compress(&encoder);
		free(first);
		return -1;
	}
	jpeg_create_compress(&encoder);
	jpeg_mem_dest(&encoder, &data, &length_bytes);
	encoder.image_width = (JDIMENSION)width_px;
	encoder.image_height = (JDIMENSION)height_px;
	encoder.input_components = bands;
	encoder.in_color_space = bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
	encode_rows(&encoder, pixels, quality);
	jpeg_destroy_compress(&encoder);
	error = buf_append(buf, data, length_bytes);
	if (data != first)
		free(data);
	free(first);
	return error;
}
