/*
 * scanner.h: articles and data files of a site in, image references out.
 *
 *	scanner_new(&options, &scanner, &fault);
 *	while ((got = scanner_next(scanner, &file, &fault)) > 0)
 *		use file->refs and file->problems, valid until the next call;
 *	scanner_free(scanner);
 *
 * Files come in a stable order (byte order of their paths from the root), references in the order
 * of their place in the file. Nothing outside the root is read, symbolic links included. One thread
 * calls it; it may read ahead with threads of its own.
 *
 * Standards: CommonMark 0.31 with GFM tables, WHATWG HTML 13.2.5 (tokenization), "parse a srcset
 * attribute", CSS Syntax 3, YAML 1.1 as libyaml reads it, RFC 8259, TOML 1.0.
 */
#ifndef SCANNER_H
#define SCANNER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "fault.h"
#include "object_id.h"

/* Limits; a file that passes one gives a `limit` problem, and what was found up to there. Data and
 * front matter that are too long give the problem alone. */
#define SCANNER_MAX_FILE_BYTES (16u << 20)
#define SCANNER_MAX_FRONT_MATTER_BYTES (1u << 20)
#define SCANNER_MAX_REFS_A_FILE 50000u
/* Folders that a configuration names; what it names beyond is not looked into. */
#define SITE_MAX_FOLDERS 32

enum generator {
	GENERATOR_NONE,
	GENERATOR_JEKYLL,
	GENERATOR_HUGO,
	GENERATOR_ELEVENTY,
	GENERATOR_ASTRO,
	GENERATOR_MKDOCS,
};
const char *generator_name(enum generator generator); /* "Jekyll"; "none" */

/* What lies at another address in the built site than its folder says: of Eleventy's
 * addPassthroughCopy({"src/img": "images"}), the address "images"; and what it copies to where it
 * is, addPassthroughCopy("css"). A file is one of its own. */
struct site_copy {
	char *address, *source; /* from the site's address, and from the root */
};

/* Where a site is and who builds it. */
struct site {
	char *root; /* absolute path, no trailing '/' (but "/" itself) */
	/* Of a site that lies in a folder of the scanned one: what it lies in, that one or an inner
	 * one, and the folder from the root of the scanned one. Else NULL. */
	const struct site *outer;
	char *folder;
	enum generator generator;
	char *config_path; /* absolute path of picdesk.yml in the root, or NULL */
	const struct site_framework *framework; /* what builds it, where no generator is known */
	const char *builder;  /* the name of either, for people: "Jekyll", "Docusaurus", "none" */
	char *baseurl;        /* of its configuration: "/algorithm"; "" when none */
	char *framework_base; /* its path, which it puts before most addresses itself; or NULL */
	char *url;            /* of its configuration: "https://example.org"; "" when none */
	char *cdn; /* what Chirpy, a theme of Jekyll's, puts before addresses that are no whole
		      ones: "https://cdn.example.org"; or NULL */
	/* Where the generator's configuration says that it takes files from (Jekyll source, Hugo
	 * staticDir, MkDocs docs_dir...), NULL behind the last. All from the root. */
	char *folders[SITE_MAX_FOLDERS + 1];
	/* Where its articles are, of Hugo: several where each language has its own. These of
	 * languages are not in `folders`. */
	char *content_folders[SITE_MAX_FOLDERS + 1];
	struct site_copy copies[SITE_MAX_FOLDERS]; /* the rest is NULL */
	/* A bundler's names for folders: the address "@assets/", the source "/./src/assets/". */
	struct site_copy aliases[SITE_MAX_FOLDERS];
	char *public_folder; /* whose files a browser sees: "static/" (Hugo), "src/", "" the root */
	char *output;        /* where the generator builds the site: "public" (Hugo); or NULL */
	char *publish;       /* where thumbnails go by default: "static/assets/thumbs" */
	char *manifest;      /* and the manifest: "_data/picdesk.json" */
	char *data_folder;   /* where the generator reads data: "data" (Hugo); NULL: none named */
};

/* Finds the root of the first of `paths`, of which there is one at least (cli.md, "The root"), or
 * takes `root_dir` when it is not NULL. Where no marker stands above any path, it is the folder
 * that holds all of them. */
int site_find(const char *const *paths, size_t n_paths, const char *root_dir, struct site *ret_site,
	      struct fault *fault);
void site_release(struct site *site);

enum image_ref_kind {
	IMAGE_REF_FRONT_MATTER,
	IMAGE_REF_DATA,
	IMAGE_REF_MARKDOWN,
	IMAGE_REF_HTML,
	IMAGE_REF_CSS,
	IMAGE_REF_SHORTCODE,
	IMAGE_REF_RST,
	IMAGE_REF_ASCIIDOC,
};
const char *
image_ref_kind_name(enum image_ref_kind kind); /* "front-matter", "data", "markdown"... */

enum image_ref_target {
	IMAGE_REF_REMOTE, /* http, https: `url` is its identity */
	IMAGE_REF_LOCAL, /* `url` is the path from the root with a leading '/', `disk_path` the file
			  */
	IMAGE_REF_EMBEDDED, /* data:, and an e-mail's own cid: and mid: */
	IMAGE_REF_TEMPLATE, /* a template expression is in it */
	IMAGE_REF_BAD,      /* no URL at all, or a scheme that is none of ours: `why` says it */
};

enum local_state {
	LOCAL_FOUND,
	LOCAL_MISSING,
	LOCAL_CASE_MISMATCH, /* `actual` is what the file is really called, from the root */
	LOCAL_OUTSIDE_ROOT,  /* by "..", or by a symbolic link */
};

struct image_ref {
	enum image_ref_kind kind;
	enum image_ref_target target;
	const char *file;      /* path from the root, '/' separated, no leading '/' */
	unsigned line, column; /* 1-based, code points */
	unsigned defined_line,
		defined_column;   /* reference-style images: where the URL stands; else 0 */
	const char *data_path;    /* "images[0].url"; NULL outside data */
	const char *written;      /* as it stands in the file; of data the parsed value */
	const char *url;          /* the asset's identity (cli.md, "Identity") */
	int width_px, height_px;  /* declared; 0: not declared */
	bool is_in_html;          /* of a value of data that is HTML: they are those of a box */
	bool is_below_other_base; /* a path would not lead to the site: <base href> of another, or
				     a theme's folder before it */
	bool is_in_inner_site;    /* a site in a folder of this one, with paths of its own */
	const char *title;        /* or alt text; NULL: none */
	enum local_state local;   /* IMAGE_REF_LOCAL only */
	const char
		*disk_path; /* IMAGE_REF_LOCAL: path from the root, no leading '/'; what to open */
	const char *actual; /* LOCAL_CASE_MISMATCH */
	const char *why;    /* IMAGE_REF_BAD: plain words */
};

enum scan_problem_code {
	SCAN_BAD_FRONT_MATTER,
	SCAN_BAD_DATA,
	SCAN_UNREADABLE,
	SCAN_LIMIT,
	SCAN_NOT_TEXT,
};
const char *scan_problem_name(enum scan_problem_code code); /* "bad-front-matter" */
/* Whether a problem's file is a .gitignore or .picdeskignore: what it leaves out was scanned. */
bool scanner_is_ignore_file(const char *file);

struct scan_problem {
	enum scan_problem_code code;
	const char *file;      /* path from the root */
	unsigned line, column; /* 0: the whole file */
	const char *message;   /* what is wrong and what to do, one line, lower case */
};

/* One file's result; owned by the scanner until the next call of scanner_next(). */
struct scan_file {
	const char *file;
	struct image_ref *refs;
	size_t n_refs;
	struct scan_problem *problems;
	size_t n_problems;
};

/*
 * Remembers what earlier scans found in a file, so that it need not be parsed again. A key names
 * the file's bytes and all else that reading it depends on; whether local files exist is looked up
 * anew each time. The data mean something to the scanner alone, and may be damaged: then the file
 * is read.
 */
struct scan_memory {
	void *context;
	/* False: nothing is known. What it gives must stay until scanner_free(). Several threads
	 * call it at once. */
	bool (*recall)(void *context, const struct object_id *key, struct slice *ret_data);
	/* Both by the thread that calls scanner_next(). `keep`: recall() gave something that was
	 * used; `remember`: this was found, and is borrowed for the call. */
	void (*keep)(void *context, const struct object_id *key);
	void (*remember)(void *context, const struct object_id *key, struct slice data);
};

/* String lists are NULL-terminated and borrowed until scanner_free(); NULL means the default. */
struct scanner_options {
	const struct site *site;
	const char *const *paths;         /* as given on the command line, they beat all exclusions;
					     NULL: `content`, else the root */
	const char *const *content;       /* from picdesk.yml, relative to the root */
	const char *const *exclude_paths; /* gitignore patterns from picdesk.yml */
	const char *const
		*own_output; /* manifest and published folder, from the root: not scanned */
	const char *const *image_keys;
	const char *const *lazy_attributes;
	const char *const *shortcodes;
	const char *const *include_urls; /* POSIX extended regexes, matched anywhere in the URL */
	const char *const *exclude_urls;
	bool skip_unpublished; /* leave out articles with published: false or draft: true */
	bool no_ignore;        /* do not honour .gitignore and .picdeskignore */
	unsigned n_threads;    /* that read and parse; 0: as many as there are cores */
	const struct scan_memory *memory; /* NULL: every file is parsed */
};

struct scanner;
int scanner_new(const struct scanner_options *options, struct scanner **ret_scanner,
		struct fault *fault);
/* 1: a file; 0: the end; negative errno: a fault (the site cannot be read at all). Files without
 * references and problems are passed over silently. */
int scanner_next(struct scanner *scanner, const struct scan_file **ret_file, struct fault *fault);
void scanner_free(struct scanner *scanner);

/* Files read so far, how many of them were parsed, and the bytes of all. */
struct scan_counts {
	size_t files, parsed, bytes;
};
struct scan_counts scanner_counts(const struct scanner *scanner);

/* The defaults, NULL-terminated, for `picdesk config` and the man page. */
extern const char *const scanner_default_image_keys[];
extern const char *const scanner_default_lazy_attributes[];
extern const char *const scanner_default_shortcodes[];

#endif
