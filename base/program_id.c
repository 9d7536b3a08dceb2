#include "program_id.h"

#include <link.h>
#include <stdint.h>
#include <string.h>

#include "cleanup.h"

struct reading {
	struct object_hasher *hasher;
	bool has_executable; /* it comes first */
};

DEFINE_CLEANUP_POINTER(struct object_hasher, object_hasher_free)

static size_t padded(size_t length_bytes)
{
	return (length_bytes + 3) & ~(size_t)3;
}

/* The build ID among the notes of a segment: name "GNU", type NT_GNU_BUILD_ID (elf(5)). */
static bool add_build_id(struct object_hasher *hasher, const char *notes, size_t length_bytes)
{
	while (length_bytes >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, whole;

		memcpy(&note, notes, sizeof note);
		name = padded(note.n_namesz);
		whole = sizeof note + name + padded(note.n_descsz);
		if (whole > length_bytes)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes + sizeof note, "GNU", 4)) {
			object_hasher_add(hasher, notes + sizeof note + name, note.n_descsz);
			return true;
		}
		notes += whole;
		length_bytes -= whole;
	}
	return false;
}

static int add_object(struct dl_phdr_info *object, size_t size, void *context)
{
	struct reading *reading = context;
	bool is_executable = !*object->dlpi_name;
	bool has_id = false;

	(void)size;
	/* The kernel's own, which has no path, says nothing about the program. */
	if (!is_executable && !strchr(object->dlpi_name, '/'))
		return 0;
	for (unsigned i = 0; i < object->dlpi_phnum && !has_id; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE)
			has_id = add_build_id(
				reading->hasher,
				(const char *)(uintptr_t)(object->dlpi_addr + segment->p_vaddr),
				segment->p_memsz);
	}
	if (is_executable)
		reading->has_executable = has_id;
	return 0;
}

bool program_id(struct object_id *ret_id)
{
	CLEANUP(object_hasher_free_pointer) struct object_hasher *hasher = object_hasher_new();
	struct reading reading = {hasher, false};

	dl_iterate_phdr(add_object, &reading);
	*ret_id = object_hasher_finish(hasher);
	return reading.has_executable;
}
