/*
 * site_language.h: which languages a site's generator reads in its articles.
 */
#ifndef SITE_LANGUAGE_H
#define SITE_LANGUAGE_H

#include "file_kind.h"
#include "front_matter.h"
#include "markdown_prepare.h"
#include "scanner.h"

/* TEMPLATE_ bits. */
unsigned site_templates(const struct site *site, enum file_kind kind);
enum markdown_dialect site_markdown(const struct site *site, enum file_kind kind);
enum front_matter_style site_front_matter(const struct site *site, enum file_kind kind);
/* Its Markdown is a template of Vue, with components. */
bool site_has_components(const struct site *site);
/* Docusaurus reads Markdown as MDX; of other generators it is an article about MDX. */
bool site_may_be_docusaurus(const struct site *site, enum file_kind kind);

#endif
