/*
 * command.h: the verbs. Each gives the exit status (run.h).
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "scanner.h"
#include "settings.h"

int cmd_build(struct settings *settings, const struct site *site);
int cmd_warm(struct settings *settings, const struct site *site);
int cmd_check(struct settings *settings, const struct site *site);
int cmd_localize(struct settings *settings, const struct site *site);
int cmd_fix(struct settings *settings, const struct site *site);
int cmd_scan(struct settings *settings, const struct site *site);
int cmd_report(struct settings *settings, const struct site *site);
int cmd_diff(struct settings *settings, const struct site *site);
int cmd_show(struct settings *settings, const struct site *site);
int cmd_stats(struct settings *settings, const struct site *site);
int cmd_gc(struct settings *settings, const struct site *site);
int cmd_fsck(struct settings *settings, const struct site *site);
int cmd_export(struct settings *settings, const struct site *site);
int cmd_import(struct settings *settings, const struct site *site);
int cmd_config(struct settings *settings, const struct site *site);
int cmd_init(struct settings *settings, const struct site *site);
/* settings.paths holds the verb asked about. `picdesk` alone is a usage error, with help. */
int cmd_help(const struct settings *settings, bool is_usage_error);

#endif
