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

/* Whether each coefficient has come to its last bit. */
static bool has_all_scans(const struct jpeg_decompress_struct *decoder)
{
	for (int i = 0; i < decoder->num_components; i++)
		for (int k = 0; k < DCTSIZE2; k++)
			if (decoder->coef_bits[i][k] != 0)
				return false;
	return true;
}

#define FIRST_VALID_MARKER 0xc0 /* SOF0 */

/* libjpeg passes over markers that there are not, to one after which a scan with restarts goes
 * on. */
static bool awaits_restart(const struct jpeg_decompress_struct *decoder)
{
	bool is_restart =
		decoder->unread_marker >= JPEG_RST0 && decoder->unread_marker <= JPEG_RST0 + 7;

	return decoder->restart_interval &&
	       (is_restart || decoder->unread_marker < FIRST_VALID_MARKER);
}

/* Whether what a scan lost is seen as grey: it brings the first of what its blocks have. */
static bool leaves_grey(const struct jpeg_decompress_struct *decoder)
{
	return decoder->Ss == 0 && decoder->Ah == 0 && !awaits_restart(decoder);
}

/* The data of a scan has ended at a marker. Before its last row of blocks, or at the end of the
 * file before the last scan, that is a file that was cut and then given an end, or went on
 * elsewhere; else, bits that are wrong. */
static bool was_cut(const struct jpeg_decompress_struct *decoder)
{
	bool is_at_end = decoder->unread_marker == JPEG_EOI;

	if (decoder->input_iMCU_row + 1 < decoder->total_iMCU_rows)
		return is_at_end || leaves_grey(decoder);
	return is_at_end && decoder->coef_bits && !has_all_scans(decoder);
}

/* Level -1 is a warning of corrupt data; from 0 on it is chatter. */
static void hear_message(j_common_ptr codec, int level)
{
	struct jpeg_notes *notes = errors_of(codec)->notes;

	if (level < 0 && codec->err->msg_code == JWRN_HIT_MARKER &&
	    was_cut((const struct jpeg_decompress_struct *)codec))
		fail(codec);
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

static void describe_planes(j_decompress_ptr decoder, struct jpeg_layout *ret_layout)
{
	*ret_layout = (struct jpeg_layout){
		.colours = decoder->num_components == 1           ? JPEG_GREY
			   : decoder->jpeg_color_space == JCS_RGB ? JPEG_RGB
								  : JPEG_YCC,
		.n_planes = decoder->num_components,
	};
	for (int i = 0; i < decoder->num_components; i++) {
		const jpeg_component_info *component = &decoder->comp_info[i];

		ret_layout->planes[i] = (struct jpeg_plane){
			.width_px = (int)component->downsampled_width,
			.height_px = (int)component->downsampled_height,
			.across = (double)(component->h_samp_factor * component->DCT_scaled_size) /
				  (decoder->max_h_samp_factor * DCTSIZE),
			.down = (double)(component->v_samp_factor * component->DCT_scaled_size) /
				(decoder->max_v_samp_factor * DCTSIZE),
		};
	}
}

/* Room for the rows of one line of blocks of each plane. */
static void make_row_buffers(j_decompress_ptr decoder, JSAMPARRAY ret_rows[MAX_COMPONENTS])
{
	for (int i = 0; i < decoder->num_components; i++) {
		const jpeg_component_info *component = &decoder->comp_info[i];
		JDIMENSION size = (JDIMENSION)component->DCT_scaled_size;

		ret_rows[i] = decoder->mem->alloc_sarray(
			(j_common_ptr)decoder, JPOOL_IMAGE, component->width_in_blocks * size,
			(JDIMENSION)component->v_samp_factor * size);
	}
}

/* The rows of a line of blocks that lie inside the image. */
static int hand_out_rows(j_decompress_ptr decoder, JSAMPARRAY rows[MAX_COMPONENTS], JDIMENSION line,
			 const struct jpeg_sink *sink)
{
	int error = 0;

	for (int i = 0; i < decoder->num_components; i++) {
		const jpeg_component_info *component = &decoder->comp_info[i];
		JDIMENSION n = (JDIMENSION)(component->v_samp_factor * component->DCT_scaled_size);
		JDIMENSION left = component->downsampled_height > line * n
					  ? component->downsampled_height - line * n
					  : 0;

		for (JDIMENSION y = 0; !error && y < n && y < left; y++)
			error = sink->take_row(sink->context, i, rows[i][y]);
	}
	return error;
}

/* What may escape by longjmp() is called from here on. */
static int decode_rows(j_decompress_ptr decoder, int shrink, const struct jpeg_sink *sink)
{
	JSAMPARRAY rows[MAX_COMPONENTS];
	struct jpeg_layout layout;
	JDIMENSION n_rows;
	int error = 0;

	jpeg_read_header(decoder, TRUE);
	if (sink && decoder->num_components != 1 && decoder->num_components != JPEG_MAX_PLANES)
		ERREXIT(decoder, JERR_CONVERSION_NOTIMPL);
	decoder->scale_num = 1;
	decoder->scale_denom = (unsigned)shrink;
	decoder->raw_data_out = TRUE;
	jpeg_start_decompress(decoder);
	make_row_buffers(decoder, rows);
	n_rows = (JDIMENSION)(decoder->max_v_samp_factor * decoder->min_DCT_scaled_size);
	if (sink) {
		describe_planes(decoder, &layout);
		error = sink->begin(sink->context, &layout);
	}
	for (JDIMENSION line = 0; !error && decoder->output_scanline < decoder->output_height;
	     line++) {
		jpeg_read_raw_data(decoder, rows, n_rows);
		if (sink)
			error = hand_out_rows(decoder, rows, line, sink);
	}
	return error;
}

int jpeg_decode(const unsigned char *data, size_t length_bytes, int shrink,
		const struct jpeg_sink *sink, struct jpeg_notes *notes)
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
	error = decode_rows(&decoder, shrink, sink);
	/* Not finished but dropped: what follows the last row is nothing that is shown. */
	jpeg_destroy_decompress(&decoder);
	return error;
}

/* ---- encoding ---- */

int jpeg_colour_shrink(int quality)
{
	return quality >= FULL_COLOUR_QUALITY ? 1 : 2;
}

static void begin_encoding(j_compress_ptr encoder, int quality)
{
	jpeg_set_defaults(encoder);
	jpeg_set_quality(encoder, quality, TRUE);
	encoder->optimize_coding = TRUE;
	if (jpeg_colour_shrink(quality) == 1)
		encoder->comp_info[0].h_samp_factor = encoder->comp_info[0].v_samp_factor = 1;
}

static void encode_rows(j_compress_ptr encoder, const unsigned char *pixels, int quality)
{
	size_t row_bytes = (size_t)encoder->image_width * (size_t)encoder->input_components;

	begin_encoding(encoder, quality);
	jpeg_start_compress(encoder, TRUE);
	while (encoder->next_scanline < encoder->image_height) {
		JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + encoder->next_scanline * row_bytes);

		jpeg_write_scanlines(encoder, &row, 1);
	}
	jpeg_finish_compress(encoder);
}

/* A row widened to whole blocks by its last sample. */
static void copy_row(JSAMPROW to, size_t to_samples, const unsigned char *from, size_t n)
{
	memcpy(to, from, n);
	memset(to + n, from[n - 1], to_samples - n);
}

/* The rows of a plane for the next line of blocks. libjpeg takes whole blocks: what is missing
 * repeats the last column and row. */
static void copy_rows(j_compress_ptr encoder, int plane, const unsigned char *from, JSAMPARRAY to)
{
	const jpeg_component_info *component = &encoder->comp_info[plane];
	JDIMENSION across = (JDIMENSION)(encoder->max_h_samp_factor / component->h_samp_factor);
	JDIMENSION down = (JDIMENSION)(encoder->max_v_samp_factor / component->v_samp_factor);
	JDIMENSION width = (encoder->image_width + across - 1) / across;
	JDIMENSION height = (encoder->image_height + down - 1) / down;
	JDIMENSION n_rows = (JDIMENSION)component->v_samp_factor * DCTSIZE;
	JDIMENSION first = encoder->next_scanline / down;

	for (JDIMENSION i = 0; i < n_rows; i++) {
		JDIMENSION y = first + i < height ? first + i : height - 1;

		copy_row(to[i], (size_t)component->width_in_blocks * DCTSIZE,
			 from + (size_t)y * width, width);
	}
}

static void encode_plane_rows(j_compress_ptr encoder, const unsigned char *const *planes,
			      int quality)
{
	JSAMPARRAY rows[JPEG_MAX_PLANES];
	JDIMENSION n_rows;

	begin_encoding(encoder, quality);
	encoder->raw_data_in = TRUE;
	jpeg_start_compress(encoder, TRUE);
	n_rows = (JDIMENSION)encoder->max_v_samp_factor * DCTSIZE;
	for (int i = 0; i < encoder->num_components; i++)
		rows[i] = encoder->mem->alloc_sarray(
			(j_common_ptr)encoder, JPOOL_IMAGE,
			encoder->comp_info[i].width_in_blocks * DCTSIZE, n_rows);
	while (encoder->next_scanline < encoder->image_height) {
		for (int i = 0; i < encoder->num_components; i++)
			copy_rows(encoder, i, planes[i], rows[i]);
		jpeg_write_raw_data(encoder, rows, n_rows);
	}
	jpeg_finish_compress(encoder);
}

/* Pixels, or planes where those are NULL. */
struct picture {
	const unsigned char *pixels;
	const unsigned char *const *planes;
	int bands, width_px, height_px;
};

static int encode(const struct picture *picture, int quality, struct buf *buf,
		  struct jpeg_notes *notes)
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
	encoder.image_width = (JDIMENSION)picture->width_px;
	encoder.image_height = (JDIMENSION)picture->height_px;
	encoder.input_components = picture->bands;
	encoder.in_color_space = picture->bands == 1 ? JCS_GRAYSCALE
				 : picture->pixels   ? JCS_RGB
						     : JCS_YCbCr;
	if (picture->pixels)
		encode_rows(&encoder, picture->pixels, quality);
	else
		encode_plane_rows(&encoder, picture->planes, quality);
	jpeg_destroy_compress(&encoder);
	error = buf_append(buf, data, length_bytes);
	if (data != first)
		free(data);
	free(first);
	return error;
}

int jpeg_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		struct buf *buf, struct jpeg_notes *notes)
{
	const struct picture picture = {pixels, NULL, bands, width_px, height_px};

	return encode(&picture, quality, buf, notes);
}

int jpeg_encode_planes(const unsigned char *const *planes, int n_planes, int width_px,
		       int height_px, int quality, struct buf *buf, struct jpeg_notes *notes)
{
	const struct picture picture = {NULL, planes, n_planes, width_px, height_px};

	return encode(&picture, quality, buf, notes);
}
