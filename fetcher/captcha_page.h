/*
 * captcha_page.h: a page whose one matter is a captcha. Pure.
 *
 * Captchas stand in contact forms and logins, too, and so on pages that say "not found". One that
 * asks for nothing else, and says little else, is there to be solved before the image is shown.
 */
#ifndef CAPTCHA_PAGE_H
#define CAPTCHA_PAGE_H

#include <stddef.h>

/* Whose captcha it is: "hCaptcha"; NULL: the page is no such page. */
const char *captcha_page_find(const char *page, size_t page_bytes);

#endif
